"""Subprocessors: who works for the processor, where, and since when bound to the same duties."""

from typing import Final
from uuid import UUID

from litestar import Response, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, text
from service.http.request_context import RequestContext, WriteUnit
from service.http.subjects import Resource, reading
from service.http.views import SubprocessorShown, subprocessor
from workflows.engine.engine import New
from workflows.intake.subprocessors import (
    SubprocessorIn,
    checked_update,
    edit_of,
    new_subprocessor,
    not_announced,
    with_known,
)
from workflows.model.parties import SubprocessorUpdate

SUBPROCESSORS: Final = Resource(
    kind="subprocessor",
    read="read_subprocessor",
    show=subprocessor,
    shape=SubprocessorShown,
    listing=Listing(block="list_subprocessors", order=BY_ID, filters={"name": text, "country": text}),
)


@post("/subprocessors", tags=["subprocessors"])
async def create_subprocessor(
    call: NamedDependency[RequestContext], data: JSONBody[SubprocessorIn]
) -> Response[SubprocessorShown]:
    """A new subprocessor. It works for no agreement until a signature or a change says so.

    Where a record goes by one of its names already, `duplicate_of` names that record and `warnings` say what to do.
    """

    async def work(unit: WriteUnit) -> StoredAnswer:
        entity = await with_known(unit.connection, new_subprocessor(data, unit.processor))
        await unit.create(New(kind="subprocessor", entity=entity))
        return await SUBPROCESSORS.answer(unit, entity.id, status=201)

    return await call.write(work)


@patch("/subprocessors/{id:uuid}", tags=["subprocessors"])
async def change_subprocessor(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[SubprocessorUpdate]
) -> Response[SubprocessorShown]:
    """Change what is given. Engagements keep their place: a move is a change of kind `relocate`."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        await SUBPROCESSORS.row(unit.connection, unit.processors, id)
        checked = checked_update(data)
        await not_announced(unit.connection, unit.engine, unit.processor, id, checked)
        edit = await edit_of(unit.connection, unit.processor, id, checked)
        await unit.run(id, "update", edit, requested=False)
        return await SUBPROCESSORS.answer(unit, id)

    return await call.write(work)


ROUTES: Final = (*reading(SUBPROCESSORS), create_subprocessor, change_subprocessor)
