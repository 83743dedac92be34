"""The same request twice: one effect, the same answer (`Idempotency-Key`).

The first answer is written in the transaction that does the work, so neither is ever there without the
other. A second request with the same key waits for the first and answers the same. Kept are successes
and the domain's refusals; not what may be otherwise next time (401, 403, 404, 412, 503).
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response

from db.queries import sql
from db.session import Connection
from service.http import problems
from service.http.conditional import etag
from service.http.decode import bad
from workflows.errors import KeyReused, TermijnError, Unavailable

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
SHOWN_ONCE: Final = "It was shown once, in the first answer to this request."
_KEPT_REFUSALS: Final = frozenset((400, 409))
_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")


class StoredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a write answers: a body (None for none), its status, the version it shows, where it stands.

    `once` names members of the body that are shown in the first answer only.
    """

    body: Any = None
    status: int = 200
    version: int | None = None
    location: str | None = None
    once: tuple[str, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """An answer as it goes out, or is stored to go out again."""

    status: int
    body: bytes
    etag: str | None = None
    location: str | None = None

    def response(self, *, replayed: bool = False) -> Response[Any]:
        headers = {
            name: value
            for name, value in (
                ("ETag", self.etag),
                ("Location", self.location),
                (REPLAYED, "true" if replayed else None),
            )
            if value is not None
        }
        kind = "application/problem+json" if self.status >= 400 else "application/json"
        return Response(self.body or None, status_code=self.status, headers=headers, media_type=kind)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A request that may come again: its key's holder, the key, and what it asked for, as a digest."""

    scope: UUID
    key: str
    processor: UUID | None
    digest: bytes

    @classmethod
    def of(cls, *, scope: UUID, processor: UUID | None, header: str, request: tuple[bytes, ...]) -> "Claim":
        """Read the header. Raises BadInput where it is empty, too long or not printable ASCII."""
        if not _KEY.fullmatch(header):
            bad(HEADER, "is 1 to 255 printable ASCII characters")
        hashed = hashlib.sha256()
        for part in request:
            hashed.update(len(part).to_bytes(8, "big") + part)
        return cls(scope=scope, key=header, processor=processor, digest=hashed.digest())


def plain(body: bytes) -> bytes:
    """A body as it is told from another: JSON that says the same in another order, or with other blanks, is the same.

    What is no JSON comes back as it is.
    """
    try:
        return msgspec.json.encode(msgspec.json.decode(body), order="deterministic")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return body


async def once(connection: Connection, claim: Claim, work: Callable[[], Awaitable[StoredAnswer]]) -> tuple[Kept, bool]:
    """Do the work unless its answer is there; the answer, and whether it is an earlier one.

    Raises KeyReused where the key was used for another request, and what the work raises that is not
    kept; then the caller's transaction is rolled back and the key is free.
    """
    if (earlier := await _earlier(connection, claim)) is not None:
        return earlier, True
    await connection.execute(sql("savepoint_work"))
    try:
        answer = await work()
    except TermijnError as error:
        if problems.status_of(error) not in _KEPT_REFUSALS:
            raise
        await connection.execute(sql("undo_work"))
        said = problems.of_domain(error)
        kept = Kept(said.status_code, problems.encoded(said))
        stored = kept.body
    else:
        kept = keep(answer)
        stored = keep(answer, hide=True).body
    await connection.execute(sql("store_answer"), claim.scope, claim.key, kept.status, stored, kept.etag, kept.location)
    return kept, False


def keep(answer: StoredAnswer, *, hide: bool = False) -> Kept:
    """An answer as bytes; with `hide`, what is shown once is null and a `detail` says why."""
    body = {**shown_again(answer), "detail": SHOWN_ONCE} if hide and answer.once else answer.body
    return Kept(
        answer.status,
        b"" if body is None else msgspec.json.encode(body),
        etag(answer.version) if answer.version is not None else None,
        answer.location,
    )


def shown_again(answer: StoredAnswer) -> Any:
    """The body of an answer, with null for what is shown once."""
    return {**msgspec.to_builtins(answer.body), **dict.fromkeys(answer.once)} if answer.once else answer.body


def made_at(location: str) -> UUID | None:
    """The id of what was made, of where it can be read; None where that goes by another name."""
    try:
        return UUID(location.rpartition("/")[2])
    except ValueError:
        return None


async def _earlier(connection: Connection, claim: Claim) -> Kept | None:
    """The answer that is there already; None where the place was free and is now taken."""
    for _ in range(3):
        taken = await connection.fetchval(sql("claim_answer"), claim.scope, claim.key, claim.processor, claim.digest)
        if taken:
            return None
        row = await connection.fetchrow(sql("read_answer"), claim.scope, claim.key)
        if row is None or row["expired"]:
            await connection.execute(sql("forget_answer"), claim.scope, claim.key)
            continue
        if row["request_sha256"] != claim.digest:
            raise KeyReused(f"This {HEADER} was used for another request: use a new one, or repeat that request.")
        return Kept(row["status"], row["body"], row["etag"], row["location"])
    raise Unavailable("The same request is under way elsewhere; send it again.")
