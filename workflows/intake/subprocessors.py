"""Subprocessors as they are entered and changed."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from db import clock
from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine
from workflows.errors import NotFound, Refused
from workflows.ids import new_id
from workflows.intake.checks import Checks
from workflows.intake.labels import checked_labels
from workflows.model.change import FACTS, AnnouncedSubprocessor
from workflows.model.evidence import Evidence
from workflows.model.parties import (
    Certification,
    Labels,
    Subprocessor,
    SubprocessorEdit,
    SubprocessorUpdate,
    Wording,
    WordingList,
)
from workflows.model.per_language import base_of, list_base_of
from workflows.names import name_keys
from workflows.terms.countries import frameworks, in_region
from workflows.terms.selected import region_of
from workflows.time import local_day

_LINES = ("name", "address", "contact", "transfer_basis", "external_id")
_LISTS = ("aliases", "services")


class SubprocessorIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    service: Wording
    country: str
    aliases: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    address: str | None = None
    contact: str | None = None
    categories: WordingList = ()
    transfer_basis: str | None = None
    bound_on: date | None = None
    bound_evidence: Evidence | None = None
    certifications: tuple[Certification, ...] = ()
    external_id: str | None = None
    labels: Labels = ()


def new_subprocessor(given: SubprocessorIn, processor: UUID) -> Subprocessor:
    """Make the row of a new subprocessor; it works at least in its own country.

    Raises BadInput with everything that is wrong.
    """
    fields = msgspec.structs.asdict(given)
    fields["labels"] = _check(fields)
    fields["countries"] = tuple(dict.fromkeys((given.country, *given.countries)))
    fields["service"], fields["service_in"] = base_of(given.service)
    fields["categories"], fields["categories_in"] = list_base_of(given.categories)
    return Subprocessor(id=new_id(), processor_id=processor, **fields)


async def with_known(connection: Connection, entity: Subprocessor) -> Subprocessor:
    """The new row with the record that has one of its names already, if there is one."""
    names = (entity.name, *entity.aliases)
    return msgspec.structs.replace(
        entity, duplicate_of=await known_as(connection, entity.processor_id, names, entity.id)
    )


async def edit_of(
    connection: Connection, known: Subprocessor, given: SubprocessorEdit, told: tuple[UUID, ...]
) -> SubprocessorEdit:
    """The update with the record that has one of the new names already, where it gives any, and the changes that were
    `told` without the place that becomes known."""
    given = msgspec.structs.replace(given, told_without_place=told)
    if given.name is msgspec.UNSET and given.aliases is msgspec.UNSET:
        return given
    name = known.name if given.name is msgspec.UNSET else given.name
    aliases = known.aliases if given.aliases is msgspec.UNSET else given.aliases
    found = await known_as(connection, known.processor_id, (name, *aliases), known.id)
    return msgspec.structs.replace(given, duplicate_of=found)


async def known_as(
    connection: Connection, processor: UUID, names: tuple[str, ...], but: UUID | None = None
) -> UUID | None:
    """The oldest record that goes by one of these names, other than `but`."""
    # Two entered at once must not both be the first.
    await connection.execute(sql("hold_register"), str(processor))
    wanted = set(name_keys(names))
    rows = await connection.fetch(sql("subprocessor_names"), [processor])
    others = (row for row in rows if row["id"] != but)
    return next((row["id"] for row in others if wanted & set(name_keys((row["name"], *row["aliases"])))), None)


ANNOUNCED: Final = (*FACTS, "country", "service_in", "categories_in")
"""What customers read of a subprocessor in a notice."""


async def not_announced(
    connection: Connection, engine: Engine, processor: UUID, subprocessor: UUID, given: SubprocessorEdit
) -> tuple[UUID, ...]:
    """What customers were told stays as it was told: an edit of it while they may still answer is refused.

    A place that nobody had said and that becomes known is no edit: the changes that were told without it are given
    back. Raises Refused, which names the change and what to do instead; NotFound for an id of nobody here.
    """
    row = await connection.fetchrow(sql("announced_about"), processor, subprocessor)
    if row is None:
        raise NotFound(f"There is no subprocessor with the id {subprocessor}; look at the list for its id.")
    known = msgspec.json.decode(row["subprocessor"], type=Subprocessor)
    differing = (name for name in ANNOUNCED if getattr(given, name) not in (msgspec.UNSET, getattr(known, name)))
    changed = list(dict.fromkeys(name.removesuffix("_in") for name in differing))
    found = known.country is None and "country" in changed
    if found:
        changed.remove("country")
    live = msgspec.json.decode(row["changes"], type=list[_Live])
    if live and changed:
        raise _was_announced(known, changed, live[0])
    if found and isinstance(given.country, str):
        await _inside_all(connection, engine, processor, known, given.country, live)
        return tuple(one.id for one in live if not one.goes)
    return ()


class _Live(msgspec.Struct, frozen=True):
    """A change about a subprocessor that customers may still answer; `goes`: it is the one that is replaced."""

    id: UUID
    goes: bool


def _was_announced(known: Subprocessor, changed: list[str], live: _Live) -> Refused:
    if live.goes:
        how = "wait until they are through, or withdraw it"
    elif changed == ["country"]:
        how = f"make a change of kind relocate, or amend that change (POST changes/{live.id}/amend)"
    else:
        how = f"amend that change (POST changes/{live.id}/amend)"
    return Refused(
        f"{', '.join(changed)} of {known.name} was announced with the change {live.id}, which customers may still "
        f"answer: {how}, so that they are told.",
        state="current",
        actions=("amend", "relocate"),
        guard="announced",
    )


async def _inside_all(
    connection: Connection, engine: Engine, processor: UUID, known: Subprocessor, country: str, live: list[_Live]
) -> None:
    """A place that becomes known must be one that every agreement it works for, or was announced to, allows; else
    customers are asked."""
    now = await clock.now(connection)
    versions = await connection.fetchval(sql("terms_told_or_worked_under"), processor, known.id)
    for terms in (await engine.terms(connection, versions)).values():
        # Here are no agreements, only their terms: where each selects its places, customers are asked.
        region = region_of(terms, {})
        if region is not None and not in_region(
            country, region.inside, local_day(now, terms.zone), known.certifications
        ):
            amend = next((one.id for one in live if not one.goes), None)
            inside = ", ".join(region.inside) or region.field
            how = (
                f"amend the change {amend} in substance (POST changes/{amend}/amend)"
                if amend is not None
                else "make a change of kind relocate"
            )
            raise Refused(
                f"{country} lies outside {inside}, where {terms.id} keeps the data "
                f"({region.clause}): {how}, so that its customers are asked.",
                state="current",
                actions=("amend",) if amend is not None else ("relocate",),
                guard="region",
                clause=region.clause,
            )


async def record_update(
    connection: Connection, known: Subprocessor, change: UUID, facts: dict[str, Any]
) -> SubprocessorEdit | None:
    """What of an amendment's facts goes into the record as well: not what another change, which customers may still
    answer, announces otherwise; None where nothing does."""
    rows = await connection.fetch(sql("announced_besides"), known.processor_id, known.id, change)
    others = [msgspec.json.decode(row["told"], type=AnnouncedSubprocessor) for row in rows]
    kept = {
        name: value
        for name, value in facts.items()
        if value != getattr(known, name) and all(getattr(one, name, value) == value for one in others)
    }
    return SubprocessorEdit(**kept) if kept else None


def checked_update(given: SubprocessorUpdate) -> SubprocessorEdit:
    """The update with its texts in each language; BadInput with everything that is wrong."""
    fields = {name: value for name, value in msgspec.structs.asdict(given).items() if value is not msgspec.UNSET}
    labels = _check(fields)
    if "labels" in fields:
        fields["labels"] = labels
    if "service" in fields:
        fields["service"], fields["service_in"] = base_of(fields["service"])
    if "categories" in fields:
        fields["categories"], fields["categories_in"] = list_base_of(fields["categories"])
    return SubprocessorEdit(**fields)


def _check(fields: dict[str, Any]) -> Labels:
    """The labels among them, as they are kept."""
    checks = Checks()
    check_facts(checks, {name: value for name, value in fields.items() if name != "labels"})
    labels = checked_labels(checks, fields.get("labels", ()))
    checks.done()
    return labels


def _check_certifications(checks: Checks, path: str, held: Sequence[Certification]) -> None:
    known = frameworks()
    for place, one in enumerate(held):
        at = f"{path}[{place}]"
        if one.framework not in known:
            checks.wrong(f"{at}.framework", f"is no framework that is known: write {' or '.join(known)}")
        checks.day(f"{at}.since", one.since)
        checks.day(f"{at}.until", one.until)
        if one.until is not None and one.until < one.since:
            checks.wrong(f"{at}.until", "lies before since")
        checks.words(f"{at}.evidence", one.evidence)


def check_facts(checks: Checks, fields: dict[str, Any], path: str = "") -> None:
    """Find what is wrong with fields of a subprocessor; their names stand behind `path`."""
    for name, value in fields.items():
        at = f"{path}{name}"
        if name == "country":
            checks.country(at, value)
        elif name == "countries":
            checks.each(at, value, checks.country)
        elif name == "bound_on":
            checks.day(at, value)
        elif name == "certifications":
            _check_certifications(checks, at, value)
        elif name == "service":
            checks.wording(at, value, checks.line)
        elif name == "categories":
            checks.wordings(at, value)
        elif name in _LISTS:
            checks.each(at, value, checks.line)
        elif name in _LINES:
            # An address or a contact may take several lines in a letter, but names and services may not.
            (checks.words if name in ("address", "contact") else checks.line)(at, value)
        else:
            checks.words(at, value)
