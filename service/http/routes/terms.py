"""The terms: the rules of agreements as data, everyone's and a processor's own, and what they reckon."""

import asyncio
import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody

from db.queries import sql
from db.session import Connection
from service.foresight.told import RecordForeseen
from service.http.decode import Name, bad, read_json, require_json
from service.http.idempotency import StoredAnswer
from service.http.lists import Listing, Page, text, tried_out, uuid
from service.http.request_context import RequestContext, WriteUnit
from service.http.value_checks import placed
from workflows.errors import BadInput, Conflict, NotFound, Problem
from workflows.ids import new_id
from workflows.terms.due import due
from workflows.terms.formerly import formerly
from workflows.terms.load import LARGEST, parse_document, parse_toml, to_document
from workflows.terms.model import Due, Terms
from workflows.terms.penalty import PenaltyDue, penalty
from workflows.time import parse_instant

TAGS: Final = ["terms"]
READ: Final = {"spans": True}
"""An admin's key that names no processor reads everyone's terms."""
VERSION: Final = {"query": {"version": text}}
"""`?version=` names another than the latest."""
RECKONS: Final = {"role": "auditor", "keyed": False}
_SOURCE: Final = "document"


class TermsShown(msgspec.Struct, frozen=True, kw_only=True):
    """A version of terms; `processor_id` null: everyone's."""

    id: str
    version: str
    title: str
    version_id: UUID
    processor_id: UUID | None
    created_at: datetime
    document: dict[str, Any]


class DueIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`at` is the event: an RFC 3339 instant, or a date for the whole of that day in the terms' zone."""

    rule: Name
    at: Name
    facts: dict[str, Any] = {}


class PenaltyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`due`: by when it had to be done, where the penalty runs from that; `at`: as of when."""

    rule: Name
    at: Name
    due: Name | None = None
    facts: dict[str, Any] = {}


_TAKES: Final = {
    "required": True,
    "description": "The rules as data, alone or as `document`; or a terms file.",
    "content": {
        "application/json": {"schema": {"type": "object"}},
        "application/toml": {"schema": {"type": "string"}},
    },
}
LATEST: Final = Listing(block="list_terms", order={"terms": text, "id": uuid}, filters={"id": text})
VERSIONS: Final = Listing(block="list_terms_versions", order={"id": uuid})


@get("/terms", opt=READ | {"query": LATEST.query}, tags=TAGS)
async def list_terms(call: NamedDependency[RequestContext]) -> Response[Page[TermsShown]]:
    """The latest version of each terms."""
    return await call.page(LATEST, _shown, call.caller.processor)


@get("/terms/{id:str}", opt=READ | VERSION, tags=TAGS)
async def read_terms(call: NamedDependency[RequestContext], id: FromPath[str]) -> Response[TermsShown]:
    """The latest version, or the one of `?version=`."""
    async with call.reading() as unit:
        row = await row_of(unit.connection, call.caller.processor, id, call.asked.get("version"))
    return call.shown(_shown(row))


@get("/terms/{id:str}/versions", opt=READ | {"query": VERSIONS.query}, tags=TAGS)
async def list_terms_versions(call: NamedDependency[RequestContext], id: FromPath[str]) -> Response[Page[TermsShown]]:
    """Every version of these terms, newest first."""
    async with call.reading() as unit:
        await row_of(unit.connection, call.caller.processor, id, None)
        rows, more = await call.rows(unit, VERSIONS, id)
    return call.shown({"items": [_shown(row) for row in rows], "next": more})


@post(
    "/terms",
    opt=READ | {"takes": _TAKES, "also": (200,)} | tried_out(RecordForeseen),
    tags=TAGS,
    request_max_body_size=LARGEST + 1024,
)
async def create_terms(call: NamedDependency[RequestContext]) -> Response[TermsShown]:
    """A new version: a processor's its own alone, an admin's everyone's."""
    terms = await _given(call)
    digest = hashlib.sha256(terms.document).digest()
    same = {digest, hashlib.sha256(terms.formerly).digest()}
    owner = call.caller.own

    async def work(unit: WriteUnit) -> StoredAnswer:
        await unit.connection.execute(sql("lock_terms"), terms.id)
        there = await unit.connection.fetchrow(sql("read_terms"), owner, terms.id, terms.version)
        if there is not None and there["processor_id"] == owner:
            if there["digest"] not in same:
                raise Conflict(
                    f"Version {terms.version!r} of {terms.id!r} is stored with other rules, and agreements "
                    "may rest on them: give the new rules a version of their own."
                )
            return StoredAnswer(body=_shown(there), location=_location(terms))
        values = (new_id(), owner, terms.id, terms.version, terms.title, terms.document.decode(), digest, unit.now)
        await unit.connection.execute(sql("insert_terms_version"), *values)
        made = await row_of(unit.connection, owner, terms.id, terms.version)
        return StoredAnswer(body=_shown(made), status=201, location=_location(terms))

    return await call.write(work)


@post("/terms/{id:str}/due", opt=READ | VERSION | RECKONS, status_code=200, tags=TAGS)
async def reckon_due(call: NamedDependency[RequestContext], id: FromPath[str], data: JSONBody[DueIn]) -> Response[Due]:
    """When a rule is due, with every step of the computation; nothing is written."""
    terms = await _terms(call, id)
    event = placed("at", lambda: parse_instant(data.at))
    # Ten thousand working days are counted day by day: beside the loop, so that others are answered meanwhile.
    return call.shown(await asyncio.to_thread(due, terms, data.rule, event, data.facts))


@post("/terms/{id:str}/penalty", opt=READ | VERSION | RECKONS, status_code=200, tags=TAGS)
async def reckon_penalty(
    call: NamedDependency[RequestContext], id: FromPath[str], data: JSONBody[PenaltyIn]
) -> Response[PenaltyDue]:
    """The contractual penalty as of an instant, with its steps; it is never collected."""
    terms = await _terms(call, id)
    since = None if data.due is None else _exact("due", data.due)
    at = _exact("at", data.at)
    return call.shown(await asyncio.to_thread(penalty, terms, data.rule, since, at, data.facts))


def _exact(path: str, said: str) -> datetime:
    found = placed(path, lambda: parse_instant(said))
    if not isinstance(found, datetime):
        bad(path, f"is an exact instant, such as {found}T10:00:00Z: hours are counted from it")
    return found


async def _terms(call: RequestContext, id: str) -> Terms:
    async with call.reading() as unit:
        row = await row_of(unit.connection, call.caller.processor, id, call.asked.get("version"))
        return (await unit.engine.terms(unit.connection, [row["id"]]))[row["id"]]


async def row_of(connection: Connection, processor: UUID | None, id: str, version: str | None) -> Any:
    """The row of a version, or of the latest. Raises NotFound."""
    row = await connection.fetchrow(sql("read_terms"), processor, id, version)
    if row is None:
        raise NotFound("There are no such terms, or not in that version; look at the list for their id.")
    return row


class _Given(msgspec.Struct, frozen=True):
    """Terms as they came, with their documents as today's release keeps them and the last one did.

    They are made where the body is read: a default is known by being the same object, which it is no more once it has
    come from another process.
    """

    id: str
    version: str
    title: str
    document: bytes
    formerly: bytes


async def _given(call: RequestContext) -> _Given:
    """The terms in the body, which is JSON or TOML. Raises BadInput with every problem, 415."""
    raw = await call.request.body()
    kind = call.request.headers.get("content-type", "")
    media = kind.partition(";")[0].strip().lower()
    if media not in ("application/toml", "application/json"):
        raise HTTPException(status_code=415, detail="Send terms as application/json or application/toml.")
    if media == "application/json":
        require_json(kind)
    try:
        return await call.parts.beside.read(read_body, raw, media)
    except BadInput as error:
        raise BadInput(error.detail, tuple(_bare(one) for one in error.problems)) from None


def read_body(raw: bytes, media: str) -> _Given:
    """The terms in a body. Raises BadInput with every problem."""
    if media == "application/toml":
        terms = parse_toml(raw, _SOURCE)
    else:
        document = read_json(raw)
        if isinstance(document, dict) and document.keys() == {"document"}:
            document = document["document"]
        terms = parse_document(document, _SOURCE)
    return _Given(terms.id, terms.version, terms.title, _document(terms), _document(formerly(terms)))


def _bare(one: Problem) -> Problem:
    """Without the name of a file, which a body has not."""
    return Problem(one.path.removeprefix(f"{_SOURCE}: ").removeprefix(_SOURCE), one.message)


def _document(terms: Terms) -> bytes:
    return msgspec.json.encode(to_document(terms), order="deterministic")


def _shown(row: Any) -> TermsShown:
    return TermsShown(
        id=row["terms"],
        version=row["version"],
        title=row["title"],
        version_id=row["id"],
        processor_id=row["processor_id"],
        created_at=row["created_at"],
        document=msgspec.json.decode(row["document"]),
    )


def _location(terms: _Given) -> str:
    return f"/api/v1/terms/{terms.id}"


ROUTES: Final = (list_terms, read_terms, list_terms_versions, create_terms, reckon_due, reckon_penalty)
