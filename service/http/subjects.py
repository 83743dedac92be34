"""What all subjects have in common outside: read one, list them, and one route for each action of a table."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from db.queries import sql
from db.session import Connection
from service.http.conditional import etag
from service.http.idempotency import Kept, StoredAnswer
from service.http.lists import Listing, Page
from service.http.offers import with_offers
from service.http.request_context import RequestContext, WriteUnit
from workflows.engine.engine import Engine
from workflows.errors import NotFound
from workflows.intake.checks import check_filled, in_utc
from workflows.kinds import WORKFLOWS

API: Final = "/api/v1"

Prepare = Callable[[WriteUnit, Any, Any], Awaitable[Any]]
"""Takes the unit, the subject's row and the body in its shape; gives what the step is to carry."""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of subject as it stands outside.

    `read` is the SQL block of one row ($1 processors, $2 id), `show` what turns that row, with its actions as
    `offered`, into `shape`. `whole` False: what is shown also follows from other rows (deadlines, attempts,
    progress), so a version does not say that a reader's copy is still right.
    """

    kind: str
    read: str
    show: Callable[[Any], Any]
    shape: type[Any]
    listing: Listing
    whole: bool = True

    @property
    def path(self) -> str:
        """Its list's address below the API."""
        return WORKFLOWS[self.kind].table.path

    async def row(self, connection: Connection, processors: Any, id: UUID) -> Any:
        """The row of one subject of this kind. Raises NotFound, also for another processor's."""
        row = await connection.fetchrow(sql(self.read), list(processors), id)
        if row is None:
            raise NotFound(f"There is no {self.kind} with the id {id}; look at {API}/{self.path} for its id.")
        return row

    async def shown(self, connection: Connection, engine: Engine, row: Any) -> Any:
        """What is shown of a row, with what may be done now."""
        (offered,) = await with_offers(connection, engine, self.kind, [row])
        return self.show(offered)

    async def answer(self, unit: WriteUnit, id: UUID, *, status: int = 200) -> StoredAnswer:
        """The subject as it is now, as the answer to a write."""
        row = await self.row(unit.connection, unit.processors, id)
        body = await self.shown(unit.connection, unit.engine, row)
        place = f"{API}/{self.path}/{id}" if status == 201 else None
        return StoredAnswer(body=body, status=status, version=row["version"], location=place)


def reading(resource: Resource) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """The routes that list the resource and read one of it."""

    async def list_them(call: NamedDependency[RequestContext]) -> Response[Any]:
        return await call.page(resource.listing, resource.show, kind=resource.kind)

    async def read_one(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Any]:
        async with call.reading() as connection:
            row = await resource.row(connection, call.caller.processors, id)
            found = await resource.shown(connection, call.parts.engine, row)
        return call.shown(found, version=row["version"]) if resource.whole else fresh(found, row["version"])

    _describe(list_them, f"list_{resource.path}", f"All {resource.path}, in the order of their ids.")
    list_them.__annotations__["return"] = Response[Page[resource.shape]]  # type: ignore[name-defined]  # a value
    _describe(read_one, f"read_{resource.kind}", f"One {resource.kind}.")
    read_one.__annotations__["return"] = Response[resource.shape]  # type: ignore[name-defined]  # a value
    return (
        get(f"/{resource.path}", opt={"spans": True}, tags=[resource.path])(list_them),
        get(f"/{resource.path}/{{id:uuid}}", tags=[resource.path])(read_one),
    )


def fresh(body: Any, version: int) -> Response[Any]:
    """An answer with the version that `If-Match` takes, never 304."""
    return Kept(200, msgspec.json.encode(body), etag(version)).response()


def actions(
    resource: Resource,
    *,
    shapes: Mapping[str, type[msgspec.Struct]] | None = None,
    prepare: Mapping[str, Prepare] | None = None,
    patched: tuple[str, ...] = ("update",),
) -> tuple[HTTPRouteHandler, ...]:
    """One route for each trigger that the resource's table marks as an action.

    `shapes` replace the shape of a trigger's body, `prepare` what is made of it before the step; what is
    `patched` has a route of its own.
    """
    table = WORKFLOWS[resource.kind].table
    triggers = {row.trigger: row.data for row in table.rows if row.action and row.trigger not in patched}
    wanted = dict(shapes or {})
    ready = dict(prepare or {})
    if unknown := (set(wanted) | set(ready)) - set(triggers):
        raise ValueError(f"{resource.kind} has no action {sorted(unknown)}")
    return tuple(
        _action(resource, trigger, wanted.get(trigger, shape), ready.get(trigger))
        for trigger, shape in triggers.items()
    )


def _action(resource: Resource, trigger: str, shape: type[msgspec.Struct], prepare: Prepare | None) -> HTTPRouteHandler:
    async def act(call: NamedDependency[RequestContext], id: FromPath[UUID], data: Any) -> Response[Any]:
        async def work(unit: WriteUnit) -> StoredAnswer:
            row = await resource.row(unit.connection, unit.processors, id)
            check_filled(data)
            given = in_utc(data)
            carried = given if prepare is None else await prepare(unit, row, given)
            await unit.run(id, trigger, carried)
            return await resource.answer(unit, id)

        return await call.write(work)

    words = trigger.replace("-", " ")
    _describe(act, f"{trigger.replace('-', '_')}_{resource.kind}", f"{words.capitalize()}: {resource.kind}.")
    act.__annotations__["data"] = JSONBody[shape]  # type: ignore[misc, valid-type]  # a value
    act.__annotations__["return"] = Response[resource.shape]  # type: ignore[name-defined]  # a value
    path = f"/{resource.path}/{{id:uuid}}/{trigger}"
    return post(path, status_code=200, tags=[resource.path])(act)


def _describe(handler: Any, name: str, words: str) -> None:
    handler.__name__ = handler.__qualname__ = name
    handler.__doc__ = words
