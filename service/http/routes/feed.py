"""The deadlines as a calendar to subscribe to, by an address of its own: calendar programs send no key."""

from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Pool
from litestar import Response, delete, get, post
from litestar.connection import ASGIConnection, Request
from litestar.di import NamedDependency
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath

from db.queries import sql
from db.session import transaction
from service.foresight.told import RecordForeseen
from service.http.idempotency import StoredAnswer
from service.http.lists import tried_out
from service.http.request_context import RequestContext, WriteUnit
from service.http.routes.deadlines import as_calendar
from service.http.services import parts_of
from service.links import calendar_link, feed_token, same_token
from workflows.errors import NotFound
from workflows.secret_key import keys_of

OWN: Final = {"tenant": False}
TAGS: Final = ["deadlines"]


class FeedShown(msgspec.Struct, frozen=True):
    """Where a calendar program reads the deadlines that the key or the user may see. Whoever has the address reads them
    too."""

    url: str | None
    """The address; null in the answer to a request that is repeated."""
    detail: str | msgspec.UnsetType = msgspec.UNSET
    """Why it is null."""


@post("/feed", opt=OWN | tried_out(RecordForeseen), tags=TAGS)
async def create_feed(call: NamedDependency[RequestContext]) -> Response[FeedShown]:
    """An address for this key's holder, shown once; the one before it opens nothing any more."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        settings = call.parts.settings
        number = await unit.connection.fetchval(sql("renew_calendar"), call.caller.id)
        token = feed_token(settings.secret_key, call.caller.id, number)
        return StoredAnswer(body=FeedShown(f"{settings.base_url}/c/{token}/deadlines.ics"), status=201, once=("url",))

    return await call.write(work)


@delete("/feed", opt=OWN | tried_out(RecordForeseen), tags=TAGS)
async def end_feed(call: NamedDependency[RequestContext]) -> None:
    """The address of this key's holder opens nothing any more."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        await unit.connection.execute(sql("end_calendar"), call.caller.id)
        return StoredAnswer(status=204)

    return await call.write(work)  # type: ignore[return-value]  # 204 has no body to document


async def count(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of what is fetched without a key. Raises 429 for whoever fetches too much."""
    del handler
    limiter = parts_of(connection).limiter
    await limiter.take("page", limiter.address_of(connection.scope), connection.scope)


@get(
    "/c/{token:str}/deadlines.ics", opt={"public": True, "tolerant": True}, guards=[count], media_type="text/calendar",
    include_in_schema=False,
)  # fmt: skip
async def read_feed(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[bytes]:
    """The soonest open deadlines of the processor of the key or the user; of everyone, where that is an admin's."""
    parts = parts_of(request)
    key = calendar_link(token)
    found = None if key is None else await _holder(request, key)
    if (
        key is None
        or found is None
        or not same_token(token, *(feed_token(one, key, found["feed"]) for one in keys_of(parts.settings.secret_key)))
    ):
        raise NotFound("There is no such calendar, or it has another address now: POST /api/v1/feed gives one.")

    async def read(pool: Pool) -> Response[bytes]:
        async with transaction(pool, found["processors"], readonly=True) as connection:
            return await as_calendar(connection, found["processors"], request, {})

    return await parts.old_reads.read(read)


async def _holder(request: Request[Any, Any, Any], key: UUID) -> Any:
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        return await connection.fetchrow(sql("calendar_holder"), key)


ROUTES: Final = (create_feed, end_feed)
PUBLIC: Final = (read_feed,)
