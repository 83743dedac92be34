"""One request, as a route sees it: who asks, when it arrived, and the ways to read and to write."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import asyncpg
import msgspec
from litestar import Response
from litestar.connection import Request

from db import clock
from db.queries import sql
from db.session import Connection, transaction
from service.http.auth import TENANT_HEADER, Caller
from service.http.conditional import IfMatch, etag, none_match, parse_if_match
from service.http.decode import bad
from service.http.idempotency import HEADER, Claim, Kept, StoredAnswer, keep, once, plain
from service.http.lists import DEFAULT_LIMIT, Filter, Listing, after_of, limit_of, query_of, text
from service.http.offers import with_offers
from service.http.services import Services, parts_of
from workflows.engine.engine import Moved, New
from workflows.errors import NotFound
from workflows.machine.vocabulary import Command

_TRIES: Final = 3
_MOST_PARAMETERS: Final = 50


class WriteUnit:
    """One write: everything in it is one transaction, which commits when the route's work is done."""

    def __init__(
        self, connection: Connection, call: "RequestContext", *, now: datetime, processors: Sequence[UUID]
    ) -> None:
        self.connection = connection
        self.caller = call.caller
        self.engine = call.parts.engine
        self.if_match = call.if_match
        self.processors = list(processors)
        self.now = now
        """The instant of processing, UTC."""
        self.at = min(call.arrived, now)
        """The instant of arrival, UTC: what commands count from."""

    @property
    def processor(self) -> UUID:
        """The processor that the caller acts for."""
        return self.caller.tenant()

    async def create(self, *new: New) -> list[Moved]:
        """Begin subjects, each with its first event."""
        return await self.engine.create(self.connection, new, actor=self.caller.actor, at=self.at, now=self.now)

    async def run(self, subject: UUID, trigger: str, data: Any = None, *, requested: bool = True) -> Moved:
        """One command on one subject, based on the `If-Match` of the request.

        `requested=False` for triggers that are no actions (`update`). Raises NotFound, StaleVersion,
        Refused, BadInput.
        """
        command = Command(
            subject=subject,
            trigger=trigger,
            at=self.at,
            now=self.now,
            actor=self.caller.actor,
            data=data,
            if_match=await self._version(subject),
            requested=requested,
            role=self.caller.role,
        )
        return (await self.engine.run(self.connection, self.processors, [command]))[0]

    async def _version(self, subject: UUID) -> int | None:
        """The one version to insist on; the engine compares it again under the lock."""
        if self.if_match.versions is None:
            return None
        row = await self.connection.fetchrow(sql("subject_states"), self.processors, [subject])
        if not row:
            raise NotFound("There is no such thing here; look at the list for its id.")
        return self.if_match.pick(row["version"])


Work = Callable[[WriteUnit], Awaitable[StoredAnswer]]


class RequestContext:
    """A request; made anew for each by `service.app` and given to routes as `call`."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self.request = request
        self.parts: Services = parts_of(request)
        self._state: dict[str, Any] = request.scope["state"]

    @property
    def caller(self) -> Caller:
        """Who asks; there is none on a public route."""
        found: Caller = self._state["caller"]
        return found

    @property
    def arrived(self) -> datetime:
        """When a request that writes reached us, UTC; those that read have no such instant."""
        found: datetime = self._state["arrived"]
        return found

    @property
    def if_match(self) -> IfMatch:
        """What a change says that it was based on. Raises BadInput."""
        return parse_if_match(self._joined("if-match"))

    def _joined(self, name: str) -> str | None:
        found = self.request.headers.getall(name, [])
        return ", ".join(found) if found else None

    def query(self, known: Mapping[str, Filter]) -> dict[str, Any]:
        """The query parameters, each read by its filter; absent ones are absent. Raises BadInput."""
        raw = self.request.scope["query_string"].decode("latin-1")
        try:
            pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        except ValueError:
            bad("", "is a query of too many parameters")
        return query_of(pairs, known)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A read-only transaction that sees the caller's processors."""
        async with transaction(self.parts.pool, self.caller.processors, readonly=True) as connection:
            yield connection

    def shown(self, body: Any, *, version: int | None = None) -> Response[Any]:
        """The answer to a read; 304 without a body where the reader's copy is this version."""
        tag = etag(version) if version is not None else None
        if tag is not None and not none_match(self._joined("if-none-match"), tag):
            return Response(None, status_code=304, headers={"ETag": tag})
        return Kept(200, msgspec.json.encode(body), tag).response()

    async def page(
        self,
        listing: Listing,
        show: Callable[[Any], Any],
        *fixed: Any,
        where: Mapping[str, Any] | None = None,
        passing: Sequence[Any] = (),
        kind: str = "",
    ) -> Response[Any]:
        """A part of a list: `show` makes an item of a row. `fixed` are the statement's last values, and after them
        `passing` ones, which may be others for the next part of the same list. Of subjects of a `kind` it is shown
        what may be done now.

        `where` replaces what was asked of filters. Raises BadInput for a query that cannot be used.
        """
        rows, more = await self.rows(listing, *fixed, where=where, passing=passing)
        if kind:
            async with self.reading() as connection:
                rows = await with_offers(connection, self.parts.engine, kind, rows)
        return self.shown({"items": [show(row) for row in rows], "next": more})

    async def rows(
        self,
        listing: Listing,
        *fixed: Any,
        where: Mapping[str, Any] | None = None,
        passing: Sequence[Any] = (),
    ) -> tuple[list[Any], str | None]:
        """The rows of a part of a list, and the cursor of the next, for `page` and for those that read on."""
        asked = self.query({**listing.filters, "limit": limit_of, "cursor": text})
        filters = {name: asked.get(name) for name in listing.filters} | dict(where or {})
        limit: int = asked.get("limit", DEFAULT_LIMIT)
        of = msgspec.json.encode([listing.block, filters, fixed, self.caller.processor]).decode()
        if "cursor" in asked:
            after = after_of(listing, self.parts.cursors.read(of, asked["cursor"]))
        else:
            after = [None] * len(listing.order)
        async with self.reading() as connection:
            rows = await connection.fetch(
                sql(listing.block),
                list(self.caller.processors),
                limit + 1,
                *after,
                *filters.values(),
                *fixed,
                *passing,
            )
        more = None
        if len(rows) > limit:
            last = [rows[limit - 1][name] for name in listing.order]
            more = self.parts.cursors.write(of, last)
        return list(rows[:limit]), more

    async def write(self, work: Work, *, also: Sequence[UUID] = ()) -> Response[Any]:
        """Do `work` in one transaction and answer what it answers, once for each `Idempotency-Key`.

        `also` are processors that begin with this request. A deadlock is tried again; the doorbell is
        rung once all is committed.
        """
        claim = await self._claim()
        processors = [*self.caller.processors, *also]
        for left in reversed(range(_TRIES)):
            try:
                kept, replayed = await self._once(work, claim, processors)
                break
            except asyncpg.TransactionRollbackError:
                if not left:
                    raise
        if not replayed:
            await self.parts.doorbell.ring()
        return kept.response(replayed=replayed)

    async def _once(self, work: Work, claim: Claim | None, processors: list[UUID]) -> tuple[Kept, bool]:
        async with transaction(self.parts.pool, processors) as connection:

            async def begin() -> StoredAnswer:
                now = await clock.now(connection)
                return await work(WriteUnit(connection, self, now=now, processors=processors))

            if claim is None:
                return keep(await begin()), False
            return await once(connection, claim, begin)

    async def _claim(self) -> Claim | None:
        header = self.request.headers.get(HEADER)
        if header is None:
            return None
        scope = self.request.scope
        return Claim.of(
            scope=self.caller.key_id,
            processor=self.caller.own,
            header=header,
            request=(
                scope["method"].encode(),
                scope["path"].encode(),
                scope["query_string"],
                self.request.headers.get(TENANT_HEADER, "").encode(),
                plain(await self.request.body()),
            ),
        )


async def make_call(request: Request[Any, Any, Any]) -> RequestContext:
    """The dependency `call` of every route."""
    return RequestContext(request)
