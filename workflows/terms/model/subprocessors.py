"""Who may work for the processor, and where."""

from typing import Literal

from workflows.terms.model.base import Base


class Region(Base, frozen=True, kw_only=True):
    """Where subprocessors may work; `outside` says what happens beyond it.

    `safeguards`: beyond it nobody may work without suitable safeguards, which the record of the subprocessor names
    (`transfer_basis`); with `outside` of that name nothing more is asked, with `safeguards` True the consent too.
    """

    inside: tuple[str, ...]
    """Country codes (ISO 3166-1 alpha-2) and the groups `EU` and `EEA`."""
    outside: Literal["consent", "refuse", "safeguards"]
    clause: str
    field: str = ""
    """Where the customer selects: the required field in which each agreement names its places, of those `inside`."""
    safeguards: bool = False
    safeguards_clause: str = ""
    reading: str = ""

    @property
    def safeguarded(self) -> str:
        """The clause that asks for safeguards beyond it; empty where none does."""
        if self.outside == "safeguards" or self.safeguards:
            return self.safeguards_clause or self.clause
        return ""


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


class Emergency(Base, frozen=True, kw_only=True):
    """A replacement that cannot wait: engaged first, told within the rule `subprocessor.emergency`, and the customer
    may object afterwards, by the window of its own rule."""

    clause: str
    reading: str = ""


class Revocation(Base, frozen=True, kw_only=True):
    """A consent that may be taken back at any time: the subprocessor stops at once."""

    clause: str
    reading: str = ""


class Subprocessors(Base, frozen=True, kw_only=True):
    """The rule for engaging a subprocessor, in the words of a notice's rule.

    `objection`: silence lets it go on. `consent`: silence never does. `information`: the customer is told and asked
    nothing. `termination_right`: it is told, and may end by the rule `subprocessor.termination`, but not object.
    `unsaid`: the text has no word on it; `clause` is then where it knows subprocessors all the same, if it does.
    `overruling` goes with an objection. `waits_for_right` False: the text lets the subprocessor begin while a right to
    end over it still runs.
    """

    rule: Literal["objection", "consent", "information", "termination_right", "unsaid"]
    clause: str = ""
    decided_by: Literal["manager", "board"] = "manager"
    overruling: Overruling | None = None
    emergency: Emergency | None = None
    revocation: Revocation | None = None
    waits_for_right: bool = True
    region: Region | None = None
    flags: tuple[CountryFlag, ...] = ()
    binding_clause: str = ""
    refusal_needs_reason: bool = False
    reading: str = ""
    register: tuple[RegisterEntry, ...] = ()

    @property
    def over_objection(self) -> Overruling:
        """What follows when the processor would go on against an objection: without a word of that, it does not."""
        return self.overruling or Overruling(allowed=False, clause=self.clause)
