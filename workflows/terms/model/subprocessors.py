"""Who may work for the processor, and where."""

from typing import Literal

from workflows.terms.model.base import Base


class Region(Base, frozen=True, kw_only=True):
    """Where subprocessors may work; `outside` says what happens beyond it."""

    inside: tuple[str, ...]
    """Country codes (ISO 3166-1 alpha-2) and the groups `EU` and `EEA`."""
    outside: Literal["consent", "refuse"]
    clause: str
    reading: str = ""


class CountryFlag(Base, frozen=True, kw_only=True):
    """A country outside `inside` is shown as contradicting the agreement's text, without more."""

    inside: tuple[str, ...]
    clause: str
    text: str
    text_nl: str = ""


class RegisterEntry(Base, frozen=True, kw_only=True):
    """A subprocessor that the agreement itself names as already engaged."""

    name: str
    clause: str
    aliases: tuple[str, ...] = ()
    service: str = ""
    service_nl: str = ""
    services: tuple[str, ...] = ()
    country: str | None = None
    incomplete: str = ""
    note: str = ""


class Overruling(Base, frozen=True, kw_only=True):
    """What follows when the processor goes on in spite of an objection. `reading`: the clause itself is silent."""

    allowed: bool
    clause: str
    reading: str = ""
    then: Literal["termination", "none"] = "none"


class Subprocessors(Base, frozen=True, kw_only=True):
    """The rule for engaging a subprocessor: silence lets an objection rule go on, consent never."""

    rule: Literal["objection", "consent"]
    clause: str
    decided_by: Literal["manager", "board"] = "manager"
    overruling: Overruling
    region: Region | None = None
    flags: tuple[CountryFlag, ...] = ()
    binding_clause: str = ""
    refusal_needs_reason: bool = False
    reading: str = ""
    register: tuple[RegisterEntry, ...] = ()
