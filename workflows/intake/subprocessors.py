"""Subprocessors as they are entered and changed."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine
from workflows.errors import NotFound, Refused
from workflows.ids import new_id
from workflows.intake.checks import Checks
from workflows.model.parties import Subprocessor, SubprocessorEdit, SubprocessorUpdate, Wording, WordingList
from workflows.model.per_language import base_of, list_base_of
from workflows.names import name_keys
from workflows.terms.countries import in_region

_LINES = ("name", "address", "contact", "transfer_basis")
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
    bound_evidence: str | None = None


def new_subprocessor(given: SubprocessorIn, processor: UUID) -> Subprocessor:
    """Make the row of a new subprocessor; it works at least in its own country.

    Raises BadInput with everything that is wrong.
    """
    fields = msgspec.structs.asdict(given)
    _check(fields)
    fields["countries"] = tuple(dict.fromkeys((given.country, *given.countries)))
    fields["service"], fields["service_in"] = base_of(given.service)
    fields["categories"], fields["categories_in"] = list_base_of(given.categories)
    return Subprocessor(id=new_id(), processor_id=processor, **fields)


async def with_known(connection: Connection, entity: Subprocessor) -> Subprocessor:
    """The new row with the record that has one of its names already, if there is one."""
    names = (entity.name, *entity.aliases)
    return msgspec.structs.replace(
        entity, duplicate_of=await _known_as(connection, entity.processor_id, names, entity.id)
    )


async def edit_of(connection: Connection, known: Subprocessor, given: SubprocessorEdit) -> SubprocessorEdit:
    """The update with the record that has one of the new names already; as it is where it gives none."""
    if given.name is msgspec.UNSET and given.aliases is msgspec.UNSET:
        return given
    name = known.name if given.name is msgspec.UNSET else given.name
    aliases = known.aliases if given.aliases is msgspec.UNSET else given.aliases
    found = await _known_as(connection, known.processor_id, (name, *aliases), known.id)
    return msgspec.structs.replace(given, duplicate_of=found)


async def _known_as(connection: Connection, processor: UUID, names: tuple[str, ...], subprocessor: UUID) -> UUID | None:
    """The oldest other record that goes by one of these names."""
    # Two entered at once must not both be the first.
    await connection.execute(sql("hold_register"), str(processor))
    wanted = set(name_keys(names))
    rows = await connection.fetch(sql("subprocessor_names"), [processor])
    others = (row for row in rows if row["id"] != subprocessor)
    return next((row["id"] for row in others if wanted & set(name_keys((row["name"], *row["aliases"])))), None)


ANNOUNCED: Final = (
    "name", "service", "services", "country", "countries", "address", "contact", "categories", "transfer_basis",
    "service_in", "categories_in",
)  # fmt: skip
"""What customers read of a subprocessor in a notice."""


async def not_announced(
    connection: Connection, engine: Engine, processor: UUID, subprocessor: UUID, given: SubprocessorEdit
) -> None:
    """What customers were told stays as it was told: an edit of it while they may still answer is refused.

    Raises Refused, which names the change and what to do instead; NotFound for an id of nobody here.
    """
    row = await connection.fetchrow(sql("announced_about"), processor, subprocessor)
    if row is None:
        raise NotFound(f"There is no subprocessor with the id {subprocessor}; look at the list for its id.")
    known = msgspec.json.decode(row["subprocessor"], type=Subprocessor)
    differing = (name for name in ANNOUNCED if getattr(given, name) not in (msgspec.UNSET, getattr(known, name)))
    changed = list(dict.fromkeys(name.removesuffix("_in") for name in differing))
    if row["change"] is not None and changed:
        how = "make a change of kind relocate" if changed == ["country"] else "amend that change"
        raise Refused(
            f"{', '.join(changed)} of {known.name} was announced with the change {row['change']}, which customers may "
            f"still answer: {how} (POST changes/{row['change']}/amend), so that they are told.",
            state="current",
            actions=("amend", "relocate"),
            guard="announced",
        )
    if known.country is None and given.country is not msgspec.UNSET and given.country is not None:
        await _inside_all(connection, engine, processor, known, given.country)


async def _inside_all(
    connection: Connection, engine: Engine, processor: UUID, known: Subprocessor, country: str
) -> None:
    """A place that becomes known must be one that every agreement it works for allows; else customers are asked."""
    versions = await connection.fetchval(sql("terms_worked_under"), processor, known.id)
    for terms in (await engine.terms(connection, versions)).values():
        region = terms.subprocessors.region
        if region is not None and not in_region(country, region.inside):
            raise Refused(
                f"{country} lies outside {', '.join(region.inside)}, where {terms.id} keeps the data "
                f"({region.clause}): make a change of kind relocate, so that its customers are asked.",
                state="current",
                actions=("relocate",),
                guard="region",
                clause=region.clause,
            )


def checked_update(given: SubprocessorUpdate) -> SubprocessorEdit:
    """The update with its texts in each language; BadInput with everything that is wrong."""
    fields = {name: value for name, value in msgspec.structs.asdict(given).items() if value is not msgspec.UNSET}
    _check(fields)
    if "service" in fields:
        fields["service"], fields["service_in"] = base_of(fields["service"])
    if "categories" in fields:
        fields["categories"], fields["categories_in"] = list_base_of(fields["categories"])
    return SubprocessorEdit(**fields)


def _check(fields: dict[str, Any]) -> None:
    checks = Checks()
    for name, value in fields.items():
        if name == "country":
            checks.country(name, value)
        elif name == "countries":
            checks.each(name, value, checks.country)
        elif name == "bound_on":
            checks.day(name, value)
        elif name == "service":
            checks.wording(name, value, checks.line)
        elif name == "categories":
            checks.wordings(name, value)
        elif name in _LISTS:
            checks.each(name, value, checks.line)
        elif name in _LINES:
            # An address or a contact may take several lines in a letter, but names and services may not.
            (checks.words if name in ("address", "contact") else checks.line)(name, value)
        else:
            checks.words(name, value)
    checks.done()
