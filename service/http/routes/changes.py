"""Changes: looked at before they are announced, then carried to every agreement they concern."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from db.session import Connection
from service.http import subjects
from service.http.confirm_item import item_of_task
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, Page, text, uuid
from service.http.request_context import RequestContext, WriteUnit
from service.http.timeline import TIMELINE
from service.http.views import ChangeShown, MomentShown, change, moment
from workflows.change.table import CHANGE
from workflows.engine.engine import Engine
from workflows.intake.changes import ChangeIn, checked_amendment, create_change
from workflows.model.change import Amend, AmendChangeIn, Change, Notify
from workflows.reach.preview import Beside, Preview, beside, preview, require_digest

GLANCE: Final = 1_000
"""How many agreements are looked at for the `go_live_at` of a change that nobody was told of yet."""


class ChangeResource(subjects.Resource, frozen=True, kw_only=True):
    """A change, whose `go_live_at` comes from the preview while there are no notices."""

    async def answer(self, unit: WriteUnit, id: UUID, *, status: int = 200) -> StoredAnswer:
        """The change as it is now, as the answer to a write."""
        found = await shown(unit.connection, unit.engine, unit.processors, id)
        place = f"{subjects.API}/changes/{id}" if status == 201 else None
        return StoredAnswer(body=found, status=status, version=found.version, location=place)


CHANGES: Final = ChangeResource(
    kind="change",
    read="read_change",
    show=change,
    shape=ChangeShown,
    whole=False,
    listing=Listing(
        block="list_changes",
        order=BY_ID,
        filters={"kind": text, "subprocessor_id": uuid, "state": text},
    ),
)


async def shown(connection: Connection, engine: Engine, processors: Any, id: UUID) -> ChangeShown:
    """One change with its `go_live_at`. Raises NotFound."""
    row = await CHANGES.row(connection, processors, id)
    plain = await CHANGES.shown(connection, engine, row)
    found: ChangeShown = msgspec.structs.replace(plain, differences=await _differences(connection, engine, plain))
    if found.go_live_at is None and CHANGE.states[found.state].tags & {"editable", "unopened"}:
        ahead = await preview(connection, engine, found.processor_id, id, most=GLANCE)
        return msgspec.structs.replace(found, go_live_at=ahead.earliest_go_live)
    return found


async def _differences(connection: Connection, engine: Engine, found: ChangeShown) -> list[Beside]:
    """A new text beside each that agreements run or ran under when they were told; beside the text before it where
    none does."""
    if found.to_version_id is None:
        return []
    rows = await connection.fetch(sql("texts_before"), [found.processor_id], found.id)
    terms = await engine.terms(connection, [found.to_version_id, *(row["id"] for row in rows)])
    return [beside(terms[row["id"]], terms[found.to_version_id], row["agreements"]) for row in rows]


@get("/changes/{id:uuid}", tags=["changes"])
async def read_change(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[ChangeShown]:
    """One change. Its state follows from its notices, so it is read afresh each time."""
    async with call.reading() as connection:
        found = await shown(connection, call.parts.engine, call.caller.processors, id)
    return subjects.fresh(found, found.version)


@post("/changes", tags=["changes"])
async def create(call: NamedDependency[RequestContext], data: JSONBody[ChangeIn]) -> Response[ChangeShown]:
    """A new draft of a change; nobody is told before `notify`."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        moved = await create_change(
            unit.connection,
            unit.engine,
            unit.processor,
            data,
            actor=unit.caller.actor,
            at=unit.at,
            now=unit.now,
        )
        return await CHANGES.answer(unit, moved.id, status=201)

    return await call.write(work)


@get("/changes/{id:uuid}/preview", tags=["changes"])
async def read_preview(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Preview]:
    """What announcing it now would do; nothing is written. `notify` may name the `digest`."""
    async with call.reading() as connection:
        row = await CHANGES.row(connection, call.caller.processors, id)
        found = await preview(connection, call.parts.engine, row["processor_id"], id)
    return call.shown(found)


@get("/changes/{id:uuid}/timeline", tags=["changes"])
async def timeline(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Page[MomentShown]]:
    """What happened to it, its notices and tasks, and what is due and planned, by instant."""
    async with call.reading() as connection:
        await CHANGES.row(connection, call.caller.processors, id)
    return await call.page(TIMELINE, moment, id)


async def _notify(unit: WriteUnit, row: Any, data: Notify) -> Notify:
    if data.preview is not None:
        await unit.connection.fetch(sql("lock_subjects"), unit.processors, [row["id"]])
        await require_digest(unit.connection, unit.engine, row["processor_id"], row["id"], data.preview)
    return data


async def _amend(unit: WriteUnit, row: Any, data: AmendChangeIn) -> Amend:
    entity = msgspec.json.decode(row["entity"], type=Change)
    return await checked_amendment(unit.connection, unit.engine, entity, data)


_LIST, _ = subjects.reading(CHANGES)

ROUTES: Final = (
    _LIST,
    read_change,
    create,
    read_preview,
    timeline,
    *subjects.actions(
        CHANGES,
        shapes={"amend": AmendChangeIn},
        prepare={"notify": _notify, "amend": _amend, "confirm": item_of_task},
    ),
)
