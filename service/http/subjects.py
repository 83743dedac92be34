"""A subject's routes, from its table: list them, read one, make one, change one, and one for each action.

A module of `routes` says what a subject shows (`Resource`) and what its bodies need before the step (`Preparation`).
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.foresight.told import ActionForeseen
from service.http.conditional import etag
from service.http.decode import Incomplete, shaped
from service.http.idempotency import Kept, StoredAnswer
from service.http.lists import Filter, Listing, Page, tried_out
from service.http.offers import with_offers
from service.http.openapi.names import action_name, nouns
from service.http.request_context import Locked, ReadUnit, RequestContext, WriteUnit
from service.http.unreadable import apart
from workflows.errors import BadInput, NotFound, Problem
from workflows.intake.checks import check_filled, in_utc
from workflows.kinds import WORKFLOWS

API: Final = "/api/v1"


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of subject as it stands outside.

    `read` is the SQL block of one row ($1 processors, $2 id), `show` what turns that row, with its actions as
    `offered`, into `shape`. `whole` False: what is shown also follows from other rows (deadlines, attempts,
    progress), so a version does not say that a reader's copy is still right. `query` is what who reads one may ask
    for, and `note` says so.
    """

    kind: str
    read: str
    show: Callable[[Any], Any]
    shape: type[Any]
    listing: Listing
    whole: bool = True
    query: Mapping[str, Filter] = {}
    note: str = ""

    @property
    def path(self) -> str:
        """The address of the list below the API."""
        return WORKFLOWS[self.kind].table.path

    async def row(self, unit: ReadUnit, id: UUID) -> Any:
        """The row of one subject of this kind. Raises NotFound, also for another processor's."""
        row = await unit.connection.fetchrow(sql(self.read), unit.processors, id)
        if row is None:
            raise NotFound(f"There is no {self.kind} with the id {id}; look at {API}/{self.path} for its id.")
        return row

    async def shown(self, unit: ReadUnit, rows: Sequence[Any]) -> list[Any]:
        """Rows as they are shown in lists and in the answers to writes, each with what may be done now."""
        offered = await with_offers(unit.connection, unit.engine, self.kind, rows, unit.role)
        return [self.show(row) for row in offered]

    async def shown_alone(self, unit: ReadUnit, row: Any, asked: Mapping[str, Any]) -> Any:
        """A row as it is shown to who reads it alone; `asked` is the query."""
        del asked
        return (await self.shown(unit, [row]))[0]

    async def answer(self, unit: WriteUnit, id: UUID, *, status: int = 200) -> StoredAnswer:
        """The subject as it is now, as the answer to a write."""
        row = await self.row(unit, id)
        (found,) = await self.shown(unit, [row])
        place = f"{API}/{self.path}/{id}" if status == 201 else None
        return StoredAnswer(body=found, status=status, version=row["version"], location=place)


Lacks = Callable[[Locked, Mapping[str, Any]], Sequence[Problem]]


class Making(msgspec.Struct, frozen=True):
    """How one is made: the shape of the body, and what makes it and gives its id. Its docstring is the route's."""

    body: type[msgspec.Struct]
    make: Callable[[WriteUnit, Any], Awaitable[UUID]]


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """What a trigger needs besides its row of the table.

    `body` is the shape of the body, where that is not what the trigger carries; `prepare` gives what it carries,
    from the subject as it stands and the body; `also` the ids of others that must not move meanwhile; `lacks` what
    this subject requires of the body beyond its shape, given by the names of its fields.
    """

    body: type[msgspec.Struct] | None = None
    prepare: Callable[[WriteUnit, Locked, Any], Awaitable[Any]] | None = None
    also: Callable[[WriteUnit, UUID, Any], Awaitable[Sequence[UUID]]] | None = None
    lacks: Lacks | None = None


_PLAIN: Final = Preparation()
_ANYBODY: Final[Mapping[str, Any]] = {"channel": "letter", "by": "anybody", "evidence": "anything", "findings": []}


def routes(
    resource: Resource,
    *,
    create: Making | None = None,
    update: Preparation | None = None,
    actions: Mapping[str, Preparation] | None = None,
    but: tuple[str, ...] = (),
) -> tuple[HTTPRouteHandler, ...]:
    """All routes of a subject: `create` by POST, `update` by PATCH, and one for each action of its table.

    `actions` say what an action needs besides its row; those in `but` have routes of their own.
    """
    return (*reading(resource), *_writing(resource, create, update, dict(actions or {}), but))


def reading(resource: Resource) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """The routes that list the resource and read one of it."""

    async def list_them(call: NamedDependency[RequestContext]) -> Response[Any]:
        async with call.reading() as unit:
            rows, more = await call.rows(unit, resource.listing)
            items, unreadable = await apart(partial(resource.shown, unit), rows)
        return call.part(items, unreadable, more)

    async def read_one(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Any]:
        async with call.reading(by_id=True) as unit:
            row = await resource.row(unit, id)
            found = await resource.shown_alone(unit, row, call.asked)
        return call.shown(found, version=row["version"]) if resource.whole else fresh(found, row["version"])

    one, several = nouns(resource.kind, resource.path)
    words = f"All {several.replace('_', ' ')}, in the order of their ids unless `sort` says otherwise."
    _describe(list_them, f"list_{several}", words)
    list_them.__annotations__["return"] = Response[Page[resource.shape]]  # type: ignore[name-defined]  # a value
    _describe(read_one, f"read_{one}", f"One {one.replace('_', ' ')}. {resource.note}".strip())
    read_one.__annotations__["return"] = Response[resource.shape]  # type: ignore[name-defined]  # a value
    listed = {"spans": True, "query": resource.listing.query}
    read = {"query": resource.query, "kind": resource.kind, "cached": resource.whole}
    return (
        get(f"/{resource.path}", opt=listed, tags=[resource.path])(list_them),
        get(f"/{resource.path}/{{id:uuid}}", opt=read, tags=[resource.path])(read_one),
    )


def fresh(body: Any, version: int) -> Response[Any]:
    """An answer with the version that `If-Match` takes, never 304."""
    return Kept(200, msgspec.json.encode(body), etag(version)).response()


def _writing(
    resource: Resource,
    create: Making | None,
    update: Preparation | None,
    actions: dict[str, Preparation],
    but: tuple[str, ...],
) -> Iterator[HTTPRouteHandler]:
    table = WORKFLOWS[resource.kind].table
    carried = {row.trigger: row.data for row in table.rows}
    asked = dict.fromkeys(row.trigger for row in table.rows if row.action and row.trigger not in but)
    if create is not None:
        yield _create(resource, create)
    if update is not None:
        yield _update(resource, update, update.body or carried["update"], requested="update" in asked)
        asked.pop("update", None)
    if unknown := actions.keys() - asked.keys():
        raise ValueError(f"{resource.kind} has no action {sorted(unknown)}")
    for trigger in asked:
        preparation = actions.get(trigger, _PLAIN)
        yield _action(resource, trigger, preparation, preparation.body or carried[trigger])


def _create(resource: Resource, making: Making) -> HTTPRouteHandler:
    async def create(call: NamedDependency[RequestContext], data: Any) -> Response[Any]:
        async def work(unit: WriteUnit) -> StoredAnswer:
            return await resource.answer(unit, await making.make(unit, in_utc(await unit.attested(data))), status=201)

        return await call.write(work)

    _describe(create, f"create_{nouns(resource.kind, '')[0]}", making.make.__doc__ or f"A new {resource.kind}.")
    _shape(create, making.body, resource)
    return post(f"/{resource.path}", opt=tried_out(ActionForeseen), tags=[resource.path])(create)


def _update(
    resource: Resource, preparation: Preparation, body: type[msgspec.Struct], *, requested: bool
) -> HTTPRouteHandler:
    shares = WORKFLOWS[resource.kind].table.holds_parent

    async def update(call: NamedDependency[RequestContext], id: FromPath[UUID], data: Any) -> Response[Any]:
        async def work(unit: WriteUnit) -> StoredAnswer:
            await _enter(resource, unit, id, "update", preparation, data, requested=requested)
            return await resource.answer(unit, id)

        return await call.write(work, shares=shares)

    words = preparation.prepare.__doc__ if preparation.prepare is not None else None
    _describe(update, f"change_{resource.kind}", words or "Change what is given; what is absent stays.")
    _shape(update, body, resource)
    opt = {"versioned": True, **tried_out(ActionForeseen)}
    return patch(f"/{resource.path}/{{id:uuid}}", opt=opt, tags=[resource.path])(update)


def _action(resource: Resource, trigger: str, preparation: Preparation, body: type[msgspec.Struct]) -> HTTPRouteHandler:
    shares = WORKFLOWS[resource.kind].table.holds_parent

    async def act(call: NamedDependency[RequestContext], id: FromPath[UUID], data: Any) -> Response[Any]:
        async def work(unit: WriteUnit) -> StoredAnswer:
            await _enter(resource, unit, id, trigger, preparation, data, requested=True)
            return await resource.answer(unit, id)

        return await call.write(work, shares=shares)

    name = action_name(resource.kind, trigger)
    _describe(act, name, f"{name.replace('_', ' ').capitalize()}.\n\n{_moves(resource.kind, trigger)}")
    _shape(act, body, resource)
    path = f"/{resource.path}/{{id:uuid}}/{trigger}"
    opt = {"incomplete": preparation.lacks is not None, "versioned": True, **tried_out(ActionForeseen)}
    return post(path, status_code=200, opt=opt, tags=[resource.path])(act)


async def _enter(
    resource: Resource, unit: WriteUnit, id: UUID, trigger: str, preparation: Preparation, data: Any, *, requested: bool
) -> None:
    """Lock and read the subject, make of the body what the trigger carries, and take the step."""
    also = await preparation.also(unit, id, data) if preparation.also is not None else ()
    locked = await unit.hold(resource.kind, id, also)
    if preparation.lacks is not None and (missing := _missing(data, locked, preparation.lacks)):
        await _refuse_from_anybody(resource, unit, locked, trigger, preparation, data)
        raise BadInput("; ".join(f"{one.path} {one.message}" for one in missing) + ".", missing)
    given = in_utc(await unit.attested(data))
    check_filled(given)
    carried = given if preparation.prepare is None else await preparation.prepare(unit, locked, given)
    await unit.run(id, trigger, carried, requested=requested)


def _missing(data: Any, locked: Locked, lacks: Lacks) -> tuple[Problem, ...]:
    """Everything that the subject requires of a body and its shape does, and that is not there."""
    found = lacks(locked, _fields(data))
    told = {one.path for one in found}
    shape_lacks = data.missing if isinstance(data, Incomplete) else ()
    return (*(one for one in shape_lacks if one.path not in told), *found)


async def _refuse_from_anybody(
    resource: Resource, unit: WriteUnit, locked: Locked, trigger: str, preparation: Preparation, data: Any
) -> None:
    """What is refused whoever says it, and however it came, is refused for that reason rather than for what is missing.

    Raises Refused.
    """
    workflow = WORKFLOWS[resource.kind]
    body = preparation.body or workflow.shape(trigger)
    assert body is not None
    given = _fields(data)
    assumed = {
        name: value for name, value in _ANYBODY.items() if name in body.__struct_fields__ and not given.get(name)
    }
    with contextlib.suppress(BadInput):
        whole = await unit.attested(shaped({**given, **assumed}, body))
        carried = whole if preparation.prepare is None else await preparation.prepare(unit, locked, whole)
        command = unit.acting.command(locked.id, trigger, carried, requested=True)
        workflow.step(locked.state, locked.entity, locked.context, command)


def _fields(data: Any) -> dict[str, Any]:
    fields: dict[str, Any] = data.given if isinstance(data, Incomplete) else msgspec.to_builtins(data)
    return fields


def _moves(kind: str, trigger: str) -> str:
    """From which states an action is possible, and where it leads, by the table."""
    rows = [row for row in WORKFLOWS[kind].table.rows if row.trigger == trigger and row.action]
    sources = ", ".join(dict.fromkeys(f"`{state}`" for row in rows for state in row.source))
    reached = ", ".join(dict.fromkeys(f"`{row.dest}`" for row in rows if row.dest is not None))
    leads = f"leads to {reached}" if reached else "changes no state"
    return f"Possible in the states {sources}; {leads}."


def _describe(handler: Any, name: str, words: str) -> None:
    handler.__name__ = handler.__qualname__ = name
    handler.__doc__ = words


def _shape(handler: Any, body: type[msgspec.Struct], resource: Resource) -> None:
    handler.__annotations__["data"] = JSONBody[body]  # type: ignore[misc, valid-type]  # a value
    handler.__annotations__["return"] = Response[resource.shape]  # type: ignore[name-defined]  # a value
