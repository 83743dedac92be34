"""Subprocessors as they are entered and changed."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from workflows.ids import new_id
from workflows.intake.checks import Checks
from workflows.model.parties import Subprocessor, SubprocessorUpdate

_LINES = ("name", "service", "address", "contact", "transfer_basis")
_LISTS = ("aliases", "services", "categories")


class SubprocessorIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new subprocessor."""

    name: str
    service: str
    country: str
    aliases: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    address: str | None = None
    contact: str | None = None
    categories: tuple[str, ...] = ()
    transfer_basis: str | None = None
    bound_on: date | None = None
    bound_evidence: str | None = None


def new_subprocessor(given: SubprocessorIn, processor: UUID) -> Subprocessor:
    """Make the row of a new subprocessor; it works at least in its own country.

    Raises BadInput with everything that is wrong.
    """
    fields = msgspec.structs.asdict(given)
    _check(fields)
    fields["countries"] = tuple(dict.fromkeys((given.country, *given.countries)))
    return Subprocessor(id=new_id(), processor_id=processor, **fields)


def checked_update(given: SubprocessorUpdate) -> SubprocessorUpdate:
    """Give the update back; BadInput with everything that is wrong."""
    _check({name: value for name, value in msgspec.structs.asdict(given).items() if value is not msgspec.UNSET})
    return given


def _check(fields: dict[str, Any]) -> None:
    checks = Checks()
    for name, value in fields.items():
        if name == "country":
            checks.country(name, value)
        elif name == "countries":
            checks.each(name, value, checks.country)
        elif name == "bound_on":
            checks.day(name, value)
        elif name in _LISTS:
            checks.each(name, value, checks.line)
        elif name in _LINES:
            # An address or a contact may take several lines in a letter, but names and services may not.
            (checks.words if name in ("address", "contact") else checks.line)(name, value)
        else:
            checks.words(name, value)
    checks.done()
