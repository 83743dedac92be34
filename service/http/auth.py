"""Who asks, and for which processor. Every route is closed unless its `opt` says `public=True`.

What a route's `opt` may say: `public`; `role`, the least one (else `auditor` to read, `manager` to
write); `spans=True`, a list that an admin's key reads over all processors; `tenant=False`, nothing of
one processor's (processors, keys, clock, dev messages); `basic=True`, the key may also come as the password of
Basic authentication, for callers that can be given nothing but an address; `inbound=True`, messages are handed in;
`key_header`, the header in which a caller gives the key that has no other for it;
`signed_in=True`, a page of persons, whom a session's cookie lets in and no key; `newest=True`, a list of which a file
too is read from the primary, never from a standby (`service/standby.py`).
"""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from asyncpg import Pool
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler

from db.session import GONE, Connection, NotWrittenError, transaction
from service.http.decode import bad
from service.http.services import parts_of
from service.http.session_cookie import cookie_of
from service.keys import mistyped
from service.people.sessions import Session, find_session
from workflows.errors import BadInput, NotAllowed, NotFound, Problem
from workflows.model import users

Role: TypeAlias = users.Role
AsyncGuard: TypeAlias = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]

RANK: Final[dict[Role, int]] = {"auditor": 0, "manager": 1, "director": 2, "admin": 3}
TENANT_HEADER: Final = "Termijn-Processor"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="termijn"'}
LARGEST_NUMBER: Final = 2**63 - 1

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_READS: Final = ("GET", "HEAD")


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key it is, or who is signed in. `processor` is the one it acts for, None where it reads over all or needs
    none; `processors` are those whose rows it may see in this request."""

    id: UUID
    """Of the key, or of the user."""
    kind: Literal["key", "user"] = "key"
    name: str
    role: Role
    processor: UUID | None
    processors: tuple[UUID, ...]
    own: UUID | None
    """The processor that the key or the user belongs to; None for an admin's."""

    @property
    def actor(self) -> str:
        """How events name who acts: by id, since two may have one name."""
        return f"{self.kind}:{self.id}"

    def may(self, role: Role) -> bool:
        """Whether the role reaches this far."""
        return RANK[self.role] >= RANK[role]

    def transaction(
        self, pool: Pool, *, readonly: bool = False, by_id: bool = False
    ) -> AbstractAsyncContextManager[Connection]:
        """A transaction that sees what the caller may see."""
        return transaction(pool, self.processors, readonly=readonly, admin=self.role == "admin", by_id=by_id)

    def tenant(self) -> UUID:
        """The processor it acts for. Raises BadInput where none is named."""
        if self.processor is None:
            raise _name_one()
        return self.processor


async def authenticate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard before every route: leaves a Caller in the request's state.

    Raises 401 without a valid key, NotAllowed below the least role, NotFound for a processor that is
    not the caller's, BadInput where a processor must be named.
    """
    opt = handler.opt
    _refuse_odd_ids(connection, tolerant=bool(opt.get("tolerant")))
    method = str(connection.scope.get("method", "GET"))
    if opt.get("public"):
        return
    if opt.get("signed_in"):
        await _let_in(connection, opt, method)
        return
    limiter = parts_of(connection).limiter
    try:
        row = await _resolve(connection, basic=opt.get("basic", False), header=opt.get("key_header", ""))
    except NotAuthorizedException:
        await limiter.take("failed", limiter.address_of(connection.scope), connection.scope)
        raise
    await limiter.take("key", str(row["id"]), connection.scope)
    if opt.get("inbound"):
        await limiter.take("inbound", str(row["id"]), connection.scope)
    role: Role = row["role"]
    least = least_role(opt, method)
    if RANK[role] < RANK[least]:
        raise NotAllowed(f"This needs the role {least}; the key {row['name']!r} is {role}.")
    named = _named(connection)
    everyone: tuple[UUID, ...] = tuple(row["processors"])
    processor, processors = _tenant(opt, row["processor_id"], named, everyone)
    connection.scope["state"]["caller"] = Caller(
        id=row["id"],
        name=row["name"],
        role=role,
        processor=processor,
        processors=processors,
        own=row["processor_id"],
    )


def in_order(*guards: AsyncGuard) -> AsyncGuard:
    """One guard that is these, one after the other: of each that is given to it the framework makes a copy of the whole
    handler, which takes longer than most of them do."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        for one in guards:
            await one(connection, handler)

    return guard


class NotSignedIn(NotAuthorizedException):
    """Nobody is signed in, or the session ended."""


class ChooseFirst(BadInput):
    """An admin acts for none of several processors by itself."""


async def _let_in(connection: ASGIConnection[Any, Any, Any, Any], opt: dict[str, Any], method: str) -> None:
    """Leave a Caller and its Session in the request's state. Raises NotSignedIn, NotAllowed, ChooseFirst."""
    parts = parts_of(connection)
    secret = connection.cookies.get(cookie_of(parts.settings.base_url).name, "")
    if not secret:
        raise NotSignedIn("Sign in first.")
    session = await find_session(parts.pool, secret)
    if session is None:
        await parts.limiter.take("failed", parts.limiter.address_of(connection.scope), connection.scope)
        raise NotSignedIn("The session ended: sign in again.")
    await parts.limiter.take("key", str(session.user_id), connection.scope)
    least = least_role(opt, method)
    if RANK[session.role] < RANK[least]:
        raise NotAllowed(f"This needs the role {least}; {session.name} is {session.role}.")
    try:
        processor, processors = _tenant(opt, session.processor_id, session.chosen_id, session.processors)
    except BadInput as error:
        raise ChooseFirst(error.detail, error.problems) from None
    state = connection.scope["state"]
    state["session"] = session
    state["asked"] = {}
    state["caller"] = Caller(
        id=session.user_id,
        kind="user",
        name=session.name,
        role=session.role,
        processor=processor,
        processors=processors,
        own=session.processor_id,
    )


def session_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Session | None:
    """Who is signed in, on a page of persons; None elsewhere."""
    found: Session | None = connection.scope["state"].get("session")
    return found


def least_role(opt: Mapping[str, Any], method: str) -> Role:
    """The least role that a route asks for."""
    found: Role = opt.get("role") or ("auditor" if method in _READS else "manager")
    return found


def _tenant(
    opt: dict[str, Any], own: UUID | None, named: UUID | None, everyone: tuple[UUID, ...]
) -> tuple[UUID | None, tuple[UUID, ...]]:
    """The processor acted for and those that may be seen, for a key of processor `own`."""
    if named is not None and named not in everyone:
        raise NotFound(f"There is no processor {named} for this key.")
    if own is not None:
        return own, (own,)
    if opt.get("tenant") is False:
        return named, everyone
    if named is not None:
        return named, (named,)
    if len(everyone) == 1:
        return everyone[0], everyone
    if opt.get("spans"):
        return None, everyone
    raise _name_one()


def _name_one() -> BadInput:
    message = "names the processor that is meant: an admin's key acts for none by itself"
    return BadInput(f"{TENANT_HEADER} {message}.", (Problem(TENANT_HEADER, message),))


async def _resolve(connection: ASGIConnection[Any, Any, Any, Any], *, basic: bool, header: str = "") -> Any:
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    if header and header in connection.headers:
        scheme, key = "bearer", connection.headers[header]
    parts = parts_of(connection)
    key = key.strip()
    if basic and scheme.lower() == "basic":
        scheme, key = "bearer", _password(key)
    if scheme.lower() != "bearer" or not key:
        raise NotAuthorizedException("Send Authorization: Bearer <key>.", headers=CHALLENGE)
    if mistyped(key) and key != parts.settings.admin_key:
        raise NotAuthorizedException("This is not a key: it was cut off or mistyped.", headers=CHALLENGE)
    try:
        row = await parts.keys.find(key)
    except GONE as error:
        raise NotWrittenError from error
    if row is None:
        raise NotAuthorizedException("This key is not known, or was revoked.", headers=CHALLENGE)
    return row


def _password(given: str) -> str:
    """The password of Basic authentication (RFC 7617), empty where it is none."""
    try:
        return base64.b64decode(given, validate=True).decode("ascii").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _named(connection: ASGIConnection[Any, Any, Any, Any]) -> UUID | None:
    text = connection.headers.get(TENANT_HEADER)
    if text is None:
        return None
    if not _UUID.fullmatch(text.strip()):
        bad(TENANT_HEADER, "is not a processor's id")
    return UUID(text.strip())


def _refuse_odd_ids(connection: ASGIConnection[Any, Any, Any, Any], *, tolerant: bool) -> None:
    """An address has one form: Python reads `{…}`, `urn:uuid:…`, `+1` and full-width digits as well, and
    numbers that no database holds; and no database reads NUL.

    Where a route is `tolerant`, it finds itself what was meant by the text in its address.
    """
    segments = connection.scope["path"].lower().split("/")
    for value in connection.path_params.values():
        match value:
            case UUID() | int():
                odd = str(value) not in segments or (isinstance(value, int) and value > LARGEST_NUMBER)
            case _:
                odd = not tolerant and not str(value).isprintable()
        if odd:
            raise NotFound("No route has this address; /docs lists all routes.")
