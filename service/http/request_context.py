"""One request, as a route sees it: who asks, when it arrived, and the ways to read and to write."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

import msgspec
from asyncpg import Pool
from litestar import Response
from litestar.connection import ASGIConnection, Request
from litestar.handlers.base import BaseRouteHandler

from db import clock
from db.failpoints import reach
from db.narrowing import among_name
from db.queries import sql
from db.session import GONE, UNDONE, Connection, NotWrittenError, transaction, writing
from service.foresight.course import Course, Foreseer
from service.foresight.told import ActionForeseen, RecordForeseen, write_told
from service.http.auth import TENANT_HEADER, Caller, Role
from service.http.conditional import IfMatch, etag, none_match, parse_if_match
from service.http.external_ids import address_of
from service.http.few_rows import few_rows
from service.http.idempotency import (
    HEADER,
    Claim,
    Kept,
    StoredAnswer,
    keep,
    made_at,
    once,
    plain,
    shown_again,
)
from service.http.lists import DEFAULT_LIMIT, SORTED, Listing, after_of, read_query
from service.http.services import Services, parts_of
from service.http.turns import held_still
from service.http.unreadable import apart
from service.logs import about
from workflows.engine.engine import Engine, Held, Moved, New
from workflows.errors import NotFound
from workflows.ids import new_id
from workflows.intake.evidence import claim_evidence
from workflows.intake.publications import Page
from workflows.machine.acting import Acting

T = TypeVar("T")
_TRIES: Final = 3
Disclosed = Literal["evidence", "declaration", "message", "attachment"]
"""What holds personal data and is taken away: a bundle, a declaration of deletion, what came in."""


class ReadUnit:
    """What is read or written in one transaction."""

    def __init__(self, connection: Connection, engine: Engine, processors: Sequence[UUID], role: Role) -> None:
        self.connection = connection
        self.engine = engine
        self.role = role
        self.processors = list(processors)
        self.known_now: datetime | None = None
        """The instant it is, UTC, once it was read."""

    async def instant(self) -> datetime:
        """The instant it is, UTC; the clock is read once."""
        if self.known_now is None:
            self.known_now = await clock.now(self.connection)
        return self.known_now


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """A subject as it stands under its lock, with the surroundings that its table's guards see."""

    id: UUID
    state: str
    entity: Any
    context: Any


class WriteUnit(ReadUnit):
    """One write: everything in it is one transaction, which commits when the route's work is done."""

    def __init__(
        self,
        connection: Connection,
        call: "RequestContext",
        *,
        now: datetime,
        processors: Sequence[UUID],
        engine: Engine | None = None,
    ) -> None:
        super().__init__(connection, engine or call.parts.engine, processors, call.caller.role)
        self.known_now = now
        self._held: Held | None = None
        self._parts = call.parts
        self.caller = call.caller
        self.if_match = call.if_match
        self.acting = Acting(
            actor=call.caller.actor,
            role=call.caller.role,
            at=min(call.arrived, now),
            now=now,
            processors=tuple(processors),
        )

    @property
    def now(self) -> datetime:
        """The instant of processing, UTC."""
        return self.acting.now

    @property
    def at(self) -> datetime:
        """The instant of arrival, UTC: what commands count from."""
        return self.acting.at

    @property
    def processor(self) -> UUID:
        return self.caller.tenant()

    async def public_page(self, processor: UUID) -> Page | None:
        """A processor's own public page as it reads now; None where it has none."""
        return await self._parts.public_page(self.connection, processor, self._parts.settings.base_url)

    @property
    def templates(self) -> Path | None:
        """The folder of processors' own templates of what customers are told, where there is one."""
        return self._parts.settings.templates

    async def attested(self, data: T) -> T:
        """The data with evidence as text: the files that it names are claimed, and what is done from now on names them.

        Raises BadInput where there is no such file.
        """
        given, files = await claim_evidence(self.connection, self.processors, data, self.now)
        if files:
            self.acting = msgspec.structs.replace(self.acting, files=files)
        return given

    async def create(self, *new: New) -> list[Moved]:
        """Begin subjects, each with its first event. What is held is read again: they may be about it."""
        self._held = None
        return await self.engine.create(self.connection, new, self.acting)

    async def hold(self, kind: str, id: UUID, also: Sequence[UUID] = ()) -> Locked:
        """Lock a subject, with others that must not move meanwhile, and read it; `run` works on what was read.

        Raises NotFound, also for another kind's id, and StaleVersion where `If-Match` names another version.
        """
        held = await self._hold(id, also, kind)
        self._held = held
        entity, context = held.loaded[id]
        return Locked(id=id, state=held.subjects[id].state, entity=entity, context=context)

    async def run(self, subject: UUID, trigger: str, data: Any = None, *, requested: bool = True) -> Moved:
        """One command on one subject. `requested=False` for triggers that are no actions (`update`).

        Raises NotFound, StaleVersion, Refused, BadInput.
        """
        held, self._held = self._held, None
        if held is None or subject not in held.loaded:
            held = await self._hold(subject)
        command = self.acting.command(subject, trigger, data, requested=requested)
        return (await self.engine.run(self.connection, self.processors, [command], held=held))[0]

    async def _hold(self, id: UUID, also: Sequence[UUID] = (), kind: str | None = None) -> Held:
        about(subject=str(id))
        held = await self.engine.hold(self.connection, self.processors, [id], also=also)
        if id not in held.loaded or kind not in (None, held.subjects[id].kind):
            raise NotFound(f"There is no {kind or 'subject'} with the id {id}; look at the list for its id.")
        self.if_match.pick(held.subjects[id].version)
        return held


class _UndoneError(Exception):
    """Ends a transaction of which nothing is kept."""


Work = Callable[[WriteUnit], Awaitable[StoredAnswer]]


class RequestContext:
    """A request; made anew for each by `service.app` and given to routes as `call`."""

    reads_of: Pool | None = None
    """Where it reads, if not of the primary."""

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
    def asked(self) -> Mapping[str, Any]:
        """The query, each parameter read as the route declares it."""
        found: Mapping[str, Any] = self._state["asked"]
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

    @asynccontextmanager
    async def reading(self, *, by_id: bool = False) -> AsyncIterator[ReadUnit]:
        """A read-only transaction that sees the caller's processors; with `by_id` it reads what is known by its id.

        Raises NotWrittenError where it cannot be had.
        """
        try:
            pool = self.parts.pool if self.reads_of is None else self.reads_of
            async with self.caller.transaction(pool, readonly=True, by_id=by_id) as connection:
                yield ReadUnit(connection, self.parts.engine, self.caller.processors, self.caller.role)
        except GONE as error:
            raise NotWrittenError from error

    async def disclose(self, what: Disclosed, about: UUID) -> None:
        """Put on record that the caller is given this. Raises NotWrittenError where that cannot be done."""
        values = (new_id(), self.caller.tenant(), what, about, self.caller.actor)
        try:
            async with self.caller.transaction(self.parts.pool) as connection:
                await connection.execute(sql("insert_disclosure"), *values)
        except GONE as error:
            raise NotWrittenError from error

    def shown(self, body: Any, *, version: int | None = None) -> Response[Any]:
        """The answer to a read; 304 without a body where the reader's copy is this version."""
        tag = etag(version) if version is not None else None
        if tag is not None and not none_match(self._joined("if-none-match"), tag):
            return Response(None, status_code=304, headers={"ETag": tag})
        return Kept(200, msgspec.json.encode(body), tag).response()

    async def page(self, listing: Listing, show: Callable[[Any], Any], *fixed: Any) -> Response[Any]:
        """A part of a list: `show` makes an item of a row. `fixed` are the statement's last values.

        Raises BadInput for a cursor that cannot be used.
        """
        async with self.reading() as unit:
            rows, more = await self.rows(unit, listing, *fixed)

        async def items(some: Sequence[Any]) -> list[Any]:
            return [show(row) for row in some]

        return self.part(*await apart(items, rows), more)

    def part(self, items: Sequence[Any], unreadable: Sequence[UUID], more: str | None) -> Response[Any]:
        """A part of a list as it is answered."""
        return self.shown({"items": items, "next": more} | ({"unreadable": unreadable} if unreadable else {}))

    async def rows(
        self,
        unit: ReadUnit,
        listing: Listing,
        *fixed: Any,
        passing: Sequence[Any] = (),
        among: Sequence[Any] | None = None,
    ) -> tuple[list[Any], str | None]:
        """The rows of a part of a list, and the cursor of the next.

        `passing` values follow the `fixed` ones, and may be others for the next part of the same list. `among` are the
        ids that are looked through, where whoever asks knows them.
        """
        asked = self.asked
        filters = {name: asked.get(name) for name in listing.filters}
        limit: int = asked.get("limit", DEFAULT_LIMIT)
        form = listing.sorted.get(asked.get("sort", ""))
        block = form or listing.turned.get(asked.get("sort", ""), listing.block)
        order = SORTED if form else listing.order
        of = msgspec.json.encode([block, filters, fixed, self.caller.processor]).decode()
        if "cursor" in asked:
            after = after_of(order, self.parts.cursors.read(of, asked["cursor"]))
        else:
            after = [None] * len(order)
        own, by = (after[:1], after[1:]) if form else (after, [])
        values = [unit.processors, limit + 1, *own, *filters.values(), *fixed, *passing, *by]
        finders = listing.turned.get(asked.get("sort", ""), listing.block)
        began = [None] * len(listing.order) if form else after
        if among is not None:
            rows = await unit.connection.fetch(sql(among_name(block)), *values, among)
        else:
            rows = await few_rows(unit.connection, finders, block, filters, values, began, after)
        if rows is None:
            rows = await unit.connection.fetch(sql(block), *values)
        more = None
        if len(rows) > limit:
            last = [rows[limit - 1][name] for name in order]
            more = self.parts.cursors.write(of, last)
        return list(rows[:limit]), more

    async def write(
        self, work: Work, *, also: Sequence[UUID] = (), said: bytes | None = None, shares: bool = False
    ) -> Response[Any]:
        """Do `work` in one transaction and answer what it answers, once for each `Idempotency-Key`.

        `also` are processors that begin with this request, `said` what tells its body from another where that was read
        as it came; with `shares` what the subject belongs to is held still meanwhile (`holds_parent`). A deadlock is
        tried again; the doorbell is rung once all is committed.
        """
        claim = await self._claim(said)
        if self.asked.get("dry_run"):
            return Kept(200, msgspec.json.encode(await self.foresee(work, also, shares))).response()
        processors = [*self.caller.processors, *also]
        async with self.turn(shares):
            for left in reversed(range(_TRIES)):
                try:
                    kept, replayed = await self._once(work, claim, processors)
                    break
                except UNDONE:
                    if not left:
                        raise
        await reach("request.committed")
        if not replayed:
            await self.parts.doorbell.ring()
        return kept.response(replayed=replayed)

    async def _once(self, work: Work, claim: Claim | None, processors: list[UUID]) -> tuple[Kept, bool]:
        admin = self.caller.role == "admin"
        async with writing(self.parts.pool, processors, admin=admin) as (connection, now):

            async def begin() -> StoredAnswer:
                return await work(WriteUnit(connection, self, now=now, processors=processors))

            done = (keep(await begin()), False) if claim is None else await once(connection, claim, begin)
        return done

    @asynccontextmanager
    async def turn(self, shares: bool = False) -> AsyncIterator[None]:
        """A turn at what the address names, as whoever asks sees it. Raises Unavailable where none comes in time."""
        id: object = self.request.path_params.get("id")
        parent = None
        if shares and isinstance(id, UUID):
            parent = await held_still(self.parts.pool, self.caller.processors, id)
        async with self.parts.turns.to_write(self.caller.processor, id, parent):
            yield

    async def foresee(
        self, work: Work, also: Sequence[UUID] = (), shares: bool = False
    ) -> ActionForeseen | RecordForeseen:
        """Do `work` and what follows from it at once, and undo it all: what that would be.

        A deadlock is tried again, once.
        """
        async with self.turn(shares):
            try:
                return await self._foresee(work, also)
            except UNDONE:
                return await self._foresee(work, also)

    async def _foresee(self, work: Work, also: Sequence[UUID]) -> ActionForeseen | RecordForeseen:
        named = [one for one in self.request.path_params.values() if isinstance(one, UUID)]
        subject = named[-1] if named else None
        async with self.foreseeing(named, also) as course:
            unit = WriteUnit(
                course.connection, self, now=course.now, processors=course.processors, engine=course.engine
            )
            if await course.connection.fetchrow(sql("stands"), course.processors, subject) is None:
                course.subjects = []  # a write about none: what others wait for is neither done nor told
            else:
                await course.settle()
            course.engine.gathered.clear()
            done = await work(unit)
            await course.settle()
            about = made_at(done.location) if done.location is not None else subject
            found = await write_told(course, about, shown_again(done))
            await self._go_on(course, found)
        return found

    async def _go_on(self, course: Course, found: ActionForeseen | RecordForeseen) -> None:
        """What else is to be known of the course, of which `found` was told, before it is undone: here nothing."""

    @asynccontextmanager
    async def foreseeing(
        self, subjects: Sequence[UUID] | None = None, also: Sequence[UUID] = ()
    ) -> AsyncIterator[Course]:
        """A transaction in which time may pass, for all subjects or for those that move with these; it is undone.

        `also` are processors that begin in it. Raises NotWrittenError where the database goes away.
        """
        processors = [*self.caller.processors, *also]
        admin = self.caller.role == "admin"
        try:
            async with transaction(self.parts.pool, processors, admin=admin) as connection:
                engine = Foreseer(self.parts.engine)
                course = Course(connection, engine, await clock.now(connection), processors, subjects)
                await course.begin()
                yield course
                raise _UndoneError
        except _UndoneError:
            pass
        except GONE as error:
            raise NotWrittenError from error

    @asynccontextmanager
    async def looking_ahead(self, subjects: Sequence[UUID] | None) -> AsyncIterator[Course]:
        """The same for who only looks ahead: it locks what moves for as long as it lasts, so a few of one processor go
        at once. Raises Unavailable where no turn comes in time.
        """
        async with self.parts.turns.at(("ahead", self.caller.processor)), self.foreseeing(subjects) as course:
            yield course

    async def _claim(self, said: bytes | None = None) -> Claim | None:
        header = self.request.headers.get(HEADER)
        if header is None:
            return None
        scope = self.request.scope
        based_on = self._joined("if-match")  # on another version it is another request
        return Claim.of(
            scope=self.caller.id,
            processor=self.caller.own,
            header=header,
            request=(
                scope["method"].encode(),
                address_of(scope),
                scope["query_string"],
                self.request.headers.get(TENANT_HEADER, "").encode(),
                plain(await self.request.body()) if said is None else said,
                *(() if based_on is None else (based_on.encode(),)),
            ),
        )


async def make_call(request: Request[Any, Any, Any]) -> RequestContext:
    """The dependency `call` of every route."""
    return RequestContext(request)


async def check_query(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of the API's routes: leaves the query in the request's state.

    Raises BadInput for a query that the route does not declare, whatever else is wrong with the request.
    """
    opt = handler.opt
    raw = connection.scope["query_string"]
    connection.scope["state"]["asked"] = read_query(raw, opt.get("query", {}), opt.get("required", ()))
