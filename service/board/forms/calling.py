"""The API's routes, called by a page for whoever is signed in: the same reading, the same commands, the same checks."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.connection import Request

from service.board.forms.deeds import Deed, readers
from service.foresight.course import Course
from service.foresight.told import ActionForeseen, Foreseen, RecordForeseen, told
from service.http.auth import Caller, Role
from service.http.conditional import IfMatch
from service.http.idempotency import Claim, Kept, plain
from service.http.problems import as_problem, encoded
from service.http.request_context import RequestContext, Work
from workflows.errors import NotFound

YEAR: Final = timedelta(days=366)
READ_AT_ONCE: Final = 50
"""How many of a list are offered to choose from."""


class Answer(msgspec.Struct, frozen=True):
    """What a route answered: a status, and its JSON."""

    status: int
    body: Any

    @property
    def taken(self) -> bool:
        """Whether it was done."""
        return self.status < 400


class FormCall(RequestContext):
    """A request that a page makes: nothing of it comes from headers of the page's own."""

    def __init__(
        self,
        request: Request[Any, Any, Any],
        *,
        asked: Mapping[str, Any] | None = None,
        version: int | None = None,
        key: str = "",
        same: tuple[bytes, ...] = (),
        role: Role | None = None,
    ) -> None:
        super().__init__(request)
        self._asked = asked or {}
        self._version = version
        self._key = key
        self._same = same
        self._role = role

    @property
    def caller(self) -> Caller:
        """Whoever is signed in; for reading alone, with the `role` that is asked about."""
        found = super().caller
        return found if self._role is None else msgspec.structs.replace(found, role=self._role)

    @property
    def asked(self) -> Mapping[str, Any]:
        return self._asked

    @property
    def if_match(self) -> IfMatch:
        return IfMatch(None if self._version is None else (self._version,))

    def _joined(self, name: str) -> str | None:
        del name
        return None

    async def _claim(self, said: bytes | None = None) -> Claim | None:
        del said
        if not self._key:
            return None
        caller = self.caller
        return Claim.of(scope=caller.id, processor=caller.own, header=self._key, request=self._same)


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is looked ahead (UTC): to an instant, or until the periods that begin are over; by default not."""

    to: datetime | None = None
    periods: bool = False

    def until(self, found: Foreseen, now: datetime) -> datetime | None:
        """The last of those instants; what lies more than a year ahead is nobody's question now."""
        ends = [one.due_at for one in found.deadlines if one.what == "opened"] if self.periods else []
        near = [one for one in (*ends, self.to) if one is not None and one <= now + YEAR]
        return max(near, default=None)


class Looking(FormCall):
    """A request that is made only to see what it would do."""

    foreseen: ActionForeseen | RecordForeseen | None = None
    ahead: Ahead = Ahead()
    until: datetime | None = None
    """The instant up to which it was looked ahead (UTC); None where it was not."""
    later: Foreseen | None = None
    """What would happen by then if nobody acts."""

    @property
    def asked(self) -> Mapping[str, Any]:
        return {"dry_run": True}

    async def write(
        self, work: Work, *, also: Sequence[UUID] = (), said: bytes | None = None, shares: bool = False
    ) -> Any:
        """Note what `work` and what follows at once would be."""
        del said
        self.foreseen = await self.foresee(work, also, shares)
        return Kept(200, b"{}").response()

    async def _go_on(self, course: Course, found: ActionForeseen | RecordForeseen) -> None:
        until = self.ahead.until(found, course.now)
        if until is None or until <= course.now:
            return
        course.subjects = [*(course.subjects or ()), *course.engine.touched]
        course.engine.gathered.clear()
        await course.go(until)
        self.later = await told(course)
        self.until = until


async def one(request: Request[Any, Any, Any], list: str, id: UUID, *, role: Role | None = None) -> dict[str, Any]:
    """A subject as the API shows it; `role` asks what that role might do. Raises NotFound."""
    found: dict[str, Any] = await _read(readers()[list][1], FormCall(request, role=role), id=id)
    return found


async def maybe(request: Request[Any, Any, Any], list: str, id: UUID) -> dict[str, Any] | None:
    """The same, None where there is none."""
    try:
        return await one(request, list, id)
    except NotFound:
        return None


async def by_text(request: Request[Any, Any, Any], list: str, id: str) -> dict[str, Any] | None:
    """The same of what may be an id; None where it is none."""
    try:
        return await maybe(request, list, UUID(id))
    except ValueError:
        return None


async def several(request: Request[Any, Any, Any], list: str, **asked: Any) -> tuple[list[dict[str, Any]], bool]:
    """The first of a list, and whether there are more."""
    query = {"limit": READ_AT_ONCE, **{name: value for name, value in asked.items() if value}}
    found = await _read(readers()[list][0], FormCall(request, asked=query))
    return found["items"], found["next"] is not None


async def inner(
    request: Request[Any, Any, Any], handler: Any, asked: Mapping[str, Any] | None = None, **given: Any
) -> dict[str, Any]:
    """What another route that reads answers."""
    found: dict[str, Any] = await _read(handler, FormCall(request, asked=asked), **given)
    return found


async def look(
    request: Request[Any, Any, Any], deed: Deed, body: Mapping[str, Any], ahead: Ahead
) -> tuple[ActionForeseen | RecordForeseen | Answer, Foreseen | None, datetime | None]:
    """What an action would do now, once all that is due has happened; an answer where it is refused.

    With it what follows by itself, and until when that was looked for (UTC); None where nothing lies ahead.
    """
    call = Looking(request)
    call.ahead = ahead
    answer = await _act(call, deed, body)
    return (call.foreseen, call.later, call.until) if call.foreseen is not None else (answer, None, None)


async def act(
    request: Request[Any, Any, Any], deed: Deed, body: Mapping[str, Any], version: int | None, key: str
) -> Answer:
    """Carry an action out, once for each key; an answer also where it is refused."""
    place = f"{deed.method} {deed.list} {request.path_params.get('id', '')} {deed.action} {version}".encode()
    same = (place, plain(msgspec.json.encode(dict(body))))
    return await _act(FormCall(request, version=version, key=key, same=same), deed, body)


async def _act(call: FormCall, deed: Deed, body: Mapping[str, Any]) -> Answer:
    given: dict[str, Any] = {"id": call.request.path_params["id"]} if "id" in call.request.path_params else {}
    try:
        if deed.body is not None:
            given["data"] = deed.decode(body)
        response = await deed.handler.fn(call=call, **given)
    except Exception as error:  # as the API's own edge does it, and logged there in the same words
        found = as_problem(error)
        return Answer(found.status_code, msgspec.json.decode(encoded(found)))
    if response is None:  # what is taken away has nothing to show
        return Answer(204, None)
    return Answer(response.status_code, msgspec.json.decode(response.content or b"null"))


async def _read(handler: Any, call: FormCall, **given: Any) -> Any:
    response = await handler.fn(call=call, **given)
    return msgspec.json.decode(response.content)
