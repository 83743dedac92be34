"""Persons who sign in: an admin's and a director's to manage."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec.structs import asdict

from db.queries import sql
from service.foresight.told import RecordForeseen
from service.http import value_checks as checks
from service.http.auth import TENANT_HEADER, Caller
from service.http.decode import bad
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, Page, tried_out, words_of
from service.http.request_context import ReadUnit, RequestContext, WriteUnit
from service.http.routes.feed import FeedShown
from service.http.routes.processors import PlainName
from service.links import feed_token
from service.people.managing import Managing, UserChange
from service.people.users import NewUser, User, user_of
from service.settings import Settings
from workflows.errors import NotAllowed, NotFound
from workflows.mail_address import one_address
from workflows.model.users import Hears, Role, UserState
from workflows.words import Language

DIRECTOR: Final = {"role": "director", "tenant": False}
TAGS: Final = ["users"]
_NONE: Final = "There is no such user; look at the list for its id."


class UserIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person to be let in. `processor_id` may be left out: it is the caller's, or the one that `Termijn-Processor`
    names; an admin has none."""

    name: PlainName
    email: str
    role: Role
    language: Language
    processor_id: UUID | None = None
    hears: Hears = Hears()


class UserPatchIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change; what is absent stays. An admin stays one, and nobody becomes one."""

    name: PlainName | msgspec.UnsetType = msgspec.UNSET
    email: str | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    hears: Hears | msgspec.UnsetType = msgspec.UNSET


class UserShown(msgspec.Struct, frozen=True, kw_only=True):
    """A person who signs in; `processor_id` is null for an admin."""

    id: UUID
    processor_id: UUID | None
    name: str
    email: str
    role: Role
    language: Language
    hears: Hears
    state: UserState
    version: int
    created_at: datetime
    removed_at: datetime | None = None


USERS: Final = Listing(
    block="list_users",
    order=BY_ID,
    filters={"state": words_of(UserState), "role": words_of(Role)},
)


@get("/users", opt=DIRECTOR | {"query": USERS.query}, tags=TAGS)
async def list_users(call: NamedDependency[RequestContext]) -> Response[Page[UserShown]]:
    """The users of a processor, oldest first, and those who were removed; for an admin also the admins."""
    caller = call.caller
    return await call.page(USERS, lambda row: _shown(user_of(row)), caller.role == "admin", caller.processor)


@get("/users/{id:uuid}", opt=DIRECTOR | {"cached": True}, tags=TAGS)
async def read_user(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[UserShown]:
    """One user."""
    async with call.reading() as unit:
        found = await _read(unit, id)
    return call.shown(_shown(found), version=found.version)


@post("/users", opt=DIRECTOR | {"form": True} | tried_out(RecordForeseen), tags=TAGS)
async def create_user(call: NamedDependency[RequestContext], data: JSONBody[UserIn]) -> Response[UserShown]:
    """Somebody new who may sign in. No mail goes out: signing in asks for one."""
    return await call.write(lambda unit: added(unit, data))


@patch("/users/{id:uuid}", opt=DIRECTOR | {"versioned": True, "form": True} | tried_out(RecordForeseen), tags=TAGS)
async def change_user(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[UserPatchIn]
) -> Response[UserShown]:
    """Change what is given. A new address or role ends the sessions that there are."""
    return await call.write(lambda unit: changed(unit, id, data))


@delete("/users/{id:uuid}", opt=DIRECTOR | {"versioned": True, "form": True} | tried_out(RecordForeseen), tags=TAGS)
async def remove_user(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> None:
    """Remove a user: sessions end at once, nobody signs in with the address, and what they did stays on record."""
    return await call.write(lambda unit: removed(unit, id))  # type: ignore[return-value]  # 204 has no body to document


@post("/users/{id:uuid}/feed", opt=DIRECTOR | {"form": False} | tried_out(RecordForeseen), tags=TAGS)
async def create_user_feed(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[FeedShown]:
    """An address at which this user's calendar program reads the deadlines, shown once; the one before it opens nothing
    any more."""
    return await call.write(lambda unit: calendar_made(unit, call.parts.settings, id))


async def calendar_made(unit: WriteUnit, settings: Settings, id: UUID) -> StoredAnswer:
    """The command behind `POST users/{id}/feed`; on a page everybody asks it of themselves. Raises NotFound."""
    number = await unit.connection.fetchval(sql("renew_user_calendar"), unit.processors, id)
    if number is None:
        raise NotFound(_NONE)
    token = feed_token(settings.secret_key, id, number)
    return StoredAnswer(body=FeedShown(f"{settings.base_url}/c/{token}/deadlines.ics"), status=201, once=("url",))


async def added(unit: WriteUnit, data: UserIn) -> StoredAnswer:
    """The command behind `POST users`, for pages too. Raises BadInput, NotAllowed, NotFound, Conflict."""
    checks.email("email", data.email)
    processor = _owner(unit.caller, data)
    user = NewUser(**{**asdict(data), "email": one_address(data.email), "processor_id": processor})
    found = await _read(unit, await _managing(unit).add(user))
    return StoredAnswer(body=_shown(found), status=201, version=found.version, location=f"/api/v1/users/{found.id}")


async def changed(unit: WriteUnit, id: UUID, data: UserPatchIn) -> StoredAnswer:
    """The command behind `PATCH users/{id}`. Raises NotFound, StaleVersion, BadInput, Conflict."""
    before = await _held(unit, id)
    email = data.email
    if isinstance(email, str):
        email = one_address(checks.email("email", email))
    if isinstance(data.role, str) and (data.role == "admin") != (before.role == "admin"):
        bad("role", "cannot become admin, or stop being it: remove the user and make another")
    await _managing(unit).change(before, UserChange(**{**asdict(data), "email": email}))
    found = await _read(unit, id)
    return StoredAnswer(body=_shown(found), version=found.version)


async def removed(unit: WriteUnit, id: UUID) -> StoredAnswer:
    """The command behind `DELETE users/{id}`; again, it changes nothing. Raises NotFound, StaleVersion."""
    if (await _read(unit, id)).state == "active":
        await _managing(unit).remove(await _held(unit, id))
    return StoredAnswer(status=204)


def _managing(unit: WriteUnit) -> Managing:
    return Managing(unit.connection, unit.engine, unit.acting)


def _owner(caller: Caller, data: UserIn) -> UUID | None:
    """The processor of a user to be."""
    if data.role == "admin":
        if caller.role != "admin":
            raise NotAllowed("An admin is made by an admin.")
        if data.processor_id is not None:
            bad("processor_id", "is not for an admin, who belongs to no processor")
        return None
    processor = data.processor_id or caller.processor
    if processor is None:
        bad("processor_id", f"names the processor that the user is of, unless {TENANT_HEADER} does")
    if processor not in caller.processors:
        raise NotFound(f"There is no processor {processor} for this key.")
    return processor


async def _held(unit: WriteUnit, id: UUID) -> User:
    found = await _managing(unit).hold(id)
    if found is None or (found.processor_id is None and unit.role != "admin"):
        raise NotFound(_NONE)
    unit.if_match.pick(found.version)
    return found


async def _read(unit: ReadUnit, id: UUID) -> User:
    row = await unit.connection.fetchrow(sql("read_user"), unit.processors, id)
    if row is None or (row["processor_id"] is None and unit.role != "admin"):
        raise NotFound(_NONE)
    return user_of(row)


def _shown(user: User) -> UserShown:
    return UserShown(**{name: getattr(user, name) for name in UserShown.__struct_fields__})


ROUTES: Final = (list_users, read_user, create_user, change_user, remove_user, create_user_feed)
