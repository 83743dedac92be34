"""Watches: lists of other vendors that are read again and again, and what came of the last look."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.foresight.told import ActionForeseen
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, state_of, tried_out, uuid
from service.http.request_context import Locked, RequestContext, WriteUnit
from service.http.routes.webhooks import leads_somewhere
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Preparation, Resource, routes
from workflows.intake.watches import WatchIn, checked_watch, new_watch
from workflows.model.watch import LookAgain, StopWatching, Watch, WatchUpdate
from workflows.watch.listed import ListForm

TAGS: Final = ["watches"]
_READ: Final = ("looked_at", "status", "words", "tries", "next_at", "form")


class WatchShown(Watch, SubjectShown, frozen=True, kw_only=True):
    """A watch. `words` say what came of the last look, `tries` how many failed in a row."""

    looked_at: datetime | None = None
    """When it was last looked at, whatever came of it; null before."""
    status: int | None = None
    """Of the last answer (HTTP); null where there was none."""
    words: str = ""
    tries: int = 0
    next_at: datetime | None = None
    """When the next look is due; null once it is stopped."""
    form: ListForm | None = None
    """As what the list was read; null before the first look that succeeded."""


def shown(row: Any) -> WatchShown:
    """A row of `watch_shown`."""
    return WatchShown(**own_fields(row, Watch), **standing("watch", row), **{name: row[name] for name in _READ})


WATCHES: Final = Resource(
    kind="watch",
    read="read_watch",
    show=shown,
    shape=WatchShown,
    whole=False,
    listing=Listing(block="list_watches", order=BY_ID, filters={"subprocessor_id": uuid, "state": state_of("watch")}),
)


@post("/watches", opt=tried_out(ActionForeseen), tags=TAGS)
async def create_watch(call: NamedDependency[RequestContext], data: JSONBody[WatchIn]) -> Response[WatchShown]:
    """Follow the list of a subprocessor: JSON by the published schema, an Atom feed, or a page.

    It is read at once. What it announces then, and whatever is otherwise at a later look, opens an upstream notice.
    """
    await leads_somewhere(call, data.url)
    insecure = call.parts.settings.webhook_insecure

    async def work(unit: WriteUnit) -> StoredAnswer:
        (moved,) = await unit.create(await new_watch(unit.connection, unit.processor, data, insecure=insecure))
        await unit.connection.execute(sql("start_reading"), unit.processor, moved.id)
        return await WATCHES.answer(unit, moved.id, status=201)

    return await call.write(work)


@patch("/watches/{id:uuid}", opt={"versioned": True, **tried_out(ActionForeseen)}, tags=TAGS)
async def change_watch(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[WatchUpdate]
) -> Response[WatchShown]:
    """Change what is given; with a `url`, what stands there is read as if for the first time."""
    if isinstance(data.url, str):
        await leads_somewhere(call, data.url)
    update = checked_watch(data, insecure=call.parts.settings.webhook_insecure)

    async def work(unit: WriteUnit) -> StoredAnswer:
        locked = await unit.hold("watch", id)
        await unit.run(id, "update", update, requested=False)
        if isinstance(update.url, str):
            await unit.connection.execute(sql("start_reading"), locked.entity.processor_id, id)
        return await WATCHES.answer(unit, id)

    return await call.write(work)


async def _look(unit: WriteUnit, locked: Locked, data: LookAgain) -> LookAgain:
    await unit.connection.execute(sql("read_at_once"), unit.processors, locked.id)
    return data


async def _stop(unit: WriteUnit, locked: Locked, data: StopWatching) -> StopWatching:
    await unit.connection.execute(sql("forget_reading"), unit.processors, locked.id)
    return data


ROUTES: Final = (
    *routes(WATCHES, actions={"look": Preparation(prepare=_look), "stop": Preparation(prepare=_stop)}),
    create_watch,
    change_watch,
)
