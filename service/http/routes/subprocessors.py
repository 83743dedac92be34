"""Subprocessors: who works for the processor, where, and since when bound to the same duties."""

from typing import Any, Final
from uuid import UUID

from service.http.lists import BY_ID, Listing, label, text
from service.http.request_context import Locked, WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.engine.engine import New
from workflows.intake.external_ids import check_external_id
from workflows.intake.subprocessors import (
    SubprocessorIn,
    checked_update,
    edit_of,
    new_subprocessor,
    not_announced,
    with_known,
)
from workflows.model.parties import Subprocessor, SubprocessorEdit, SubprocessorUpdate, Wording, WordingList
from workflows.model.per_language import as_given
from workflows.reach.preview import known_twice


class SubprocessorShown(Subprocessor, SubjectShown, frozen=True, kw_only=True):
    """`service` and `categories` as they were given, once or in each language."""

    service: Wording  # type: ignore[assignment]  # wider than what stands for everybody
    categories: WordingList = ()  # type: ignore[assignment]  # the same

    warnings: tuple[str, ...] = ()
    """What a person should look at before it is announced."""


def shown(row: Any) -> SubprocessorShown:
    """A row of `subprocessor_shown`."""
    fields = own_fields(row, Subprocessor)
    for name in ("service", "categories"):
        fields[name] = as_given(fields[name], fields[f"{name}_in"])
    return SubprocessorShown(**fields, **standing("subprocessor", row), warnings=known_twice(fields["duplicate_of"]))


SUBPROCESSORS: Final = Resource(
    kind="subprocessor",
    read="read_subprocessor",
    show=shown,
    shape=SubprocessorShown,
    listing=Listing(
        block="list_subprocessors",
        order=BY_ID,
        filters={"name": text, "country": text, "q": text, "external_id": text, "label": label},
    ),
)


async def _new(unit: WriteUnit, data: SubprocessorIn) -> UUID:
    """A new subprocessor. It works for no agreement until a signature or a change says so.

    Where a record goes by one of its names already, `duplicate_of` names that record and `warnings` say what to do.
    """
    entity = await with_known(unit.connection, new_subprocessor(data, unit.processor))
    await check_external_id(unit.connection, "subprocessor", unit.processor, data.external_id)
    await unit.create(New(kind="subprocessor", entity=entity))
    return entity.id


async def _changed(unit: WriteUnit, locked: Locked, data: SubprocessorUpdate) -> SubprocessorEdit:
    """Change what is given. Engagements keep their place: a move is a change of kind `relocate`."""
    checked = checked_update(data)
    await check_external_id(unit.connection, "subprocessor", unit.processor, data.external_id, locked.id)
    told = await not_announced(unit.connection, unit.engine, unit.processor, locked.id, checked)
    return await edit_of(unit.connection, locked.entity, checked, told)


ROUTES: Final = routes(
    SUBPROCESSORS, create=Making(SubprocessorIn, _new), update=Preparation(body=SubprocessorUpdate, prepare=_changed)
)
