"""What came back: posted by a provider's webhook or read from a mailbox, and classified by a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.http.decode import Text, bad, require_json
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, Page, boolean, one_of, text, uuid
from service.http.request_context import ReadUnit, RequestContext, WriteUnit
from service.mail.incoming.inbound import match, usable
from service.mail.incoming.intake import came
from workflows.engine.inbound import BY_ACTION, Acting, Classification, Inbound, classify, ingest
from workflows.errors import BadInput, NotFound, Problem
from workflows.time import parse_instant

LARGEST: Final = 2 * 1024 * 1024
"""Bytes of one message: a reply may quote at length and carry a picture or two."""
MOST_EVENTS: Final = 1000
_NOTHING: Final = "Nothing in this says what came back: give the whole message, or its kind and what ties it."
_MISSING: Final = (
    Problem("raw", "may hold the whole message (RFC 5322), as it is or in base64"),
    Problem("kind", "may be reply, bounce or delivery"),
    Problem("message_id", "may name the message that came back or arrived, as a notice's `attempts` show it"),
    Problem("in_reply_to", "may name the message that a reply answers"),
    Problem("from", "may be the address of who wrote it, with `text`"),
)


class ClassifyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says that a message is; an answer may also be called as its action is.

    `by` is who gave the answer (absent: the sender), `notice_id` is needed where nothing ties the message
    to a notice. `contact_id` is whose message came back or arrived, where it is a `bounce` or `delivery`;
    absent: the one whose receipt counts.
    """

    said: Literal[
        "objection",
        "object",
        "consent",
        "refusal",
        "refuse",
        "acknowledgement",
        "acknowledge",
        "take-back",
        "termination",
        "terminate",
        "bounce",
        "delivery",
        "question",
        "other",
    ] = msgspec.field(name="as")
    by: Text | None = None
    grounds: Text | None = None
    evidence: Text | None = None
    notice_id: UUID | None = None
    contact_id: UUID | None = None


@dataclass
class InboundOperation(Operation):
    """A body in either of two forms, which an annotation cannot say."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True,
            description=(
                "A whole message, in `raw` or as `message/rfc822`; or what a provider's webhook says, whose own "
                "names of these fields are understood at any depth."
            ),
            content={
                "application/json": OpenAPIMediaType(schema=_FIELDS),
                "message/rfc822": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING)),
            },
        )


def _said(words: str, **more: Any) -> Schema:
    return Schema(type=OpenAPIType.STRING, description=words, **more)


_FIELDS: Final = Schema(
    type=OpenAPIType.OBJECT,
    properties={
        "raw": _said("The whole message (RFC 5322), as it is or in base64; nothing else is needed beside it."),
        "kind": _said("What it is: `reply`, `bounce` or `delivery`.", examples=["bounce"]),
        "message_id": _said("The message that came back or arrived: `attempts[].message_id`, or its Message-ID."),
        "in_reply_to": _said("The message that a reply answers, in either form."),
        "references": _said("Message-IDs of the thread, in either form."),
        "recipient": _said("The return path that it came to."),
        "from": _said("Who wrote it."),
        "subject": _said("Its subject."),
        "text": _said("What it says."),
        "words": _said("What the server said."),
        "status": _said("The enhanced status code (RFC 3463).", examples=["5.1.1"]),
        "external_id": _said("Its own identity: the same one again does nothing."),
        "received_at": _said("When it came in, where that was earlier.", format=OpenAPIFormat.DATE_TIME),
    },
)


class InboundShown(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came back. `subject` is the notice or agreement it is about, null where nothing says.

    `outcome`: `taken`, its subject heard of it; `no_effect`, it had no use for it, as for a bounce after an answer;
    `untied`, nothing of ours is named; `forged`, a message is named by an address that was never made here.
    """

    id: UUID
    processor_id: UUID
    kind: str
    subject: UUID | None
    subject_kind: str | None
    message_id: UUID | None
    contact_id: UUID | None
    sender: str
    subject_line: str
    text: str
    external_id: str | None
    received_at: datetime
    recorded_at: datetime
    outcome: str | None
    classified_as: str | None
    classified_by: str | None
    classified_at: datetime | None


class InboundBatchShown(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a list of events, in its order."""

    items: list[InboundShown]


INBOUND: Final = Listing(
    block="list_inbound",
    order=BY_ID,
    filters={
        "kind": one_of("reply", "bounce", "delivery", "unknown"),
        "subject": uuid,
        "classified": boolean,
        "classified_as": text,
    },
)


@get("/inbound", opt={"spans": True, "query": INBOUND.query}, tags=["inbound"])
async def list_inbound(call: NamedDependency[RequestContext]) -> Response[Page[InboundShown]]:
    """What came back, oldest first; `classified=false` is what waits for a person."""
    return await call.page(INBOUND, _shown)


@get("/inbound/{id:uuid}", tags=["inbound"])
async def read_inbound(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[InboundShown]:
    """One message that came back."""
    async with call.reading() as unit:
        return call.shown(await _read(unit, id))


@post(
    "/inbound", opt={"basic": True}, tags=["inbound"], request_max_body_size=LARGEST, operation_class=InboundOperation
)
async def post_inbound(call: NamedDependency[RequestContext]) -> Response[InboundShown | InboundBatchShown]:
    """Take in a message: a provider's JSON, `{"raw": the whole message}`, or `message/rfc822` itself.

    A bounce, a delivery report and a reply do what follows from them; anything else is kept. The same
    message again answers 200 with what is there, and does nothing. A list of events is taken in one by one,
    all or none; what in it says nothing to go by is passed over.
    """
    given = _given(await call.request.body(), call.request.headers.get("content-type"))

    async def work(unit: WriteUnit) -> StoredAnswer:
        desk = _desk(unit)
        if not isinstance(given, list):
            made, new = await ingest(unit.connection, desk, unit.processor, _came(given, unit.at))
            found = await _read(unit, made)
            return StoredAnswer(body=found, status=201 if new else 200, location=f"/api/v1/inbound/{made}")
        took = [await ingest(unit.connection, desk, unit.processor, _came(one, unit.at)) for one in given]
        items = [await _read(unit, made) for made, _ in took]
        return StoredAnswer(body=InboundBatchShown(items=items), status=201 if any(new for _, new in took) else 200)

    return await call.write(work)


@post("/inbound/{id:uuid}/classify", status_code=200, tags=["inbound"])
async def classify_inbound(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[ClassifyIn]
) -> Response[InboundShown]:
    """Say what a message is. An answer counts from when the message came in, not from now."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        reading = Classification(
            said=BY_ACTION.get(data.said, data.said),  # type: ignore[arg-type]  # one of the words either way
            by=data.by,
            grounds=data.grounds,
            evidence=data.evidence,
            notice_id=data.notice_id,
            contact_id=data.contact_id,
        )
        await classify(unit.connection, _desk(unit), id, reading)
        return StoredAnswer(body=await _read(unit, id))

    return await call.write(work)


def _desk(unit: WriteUnit) -> Acting:
    return Acting(
        engine=unit.engine,
        processors=unit.processors,
        actor=unit.caller.actor,
        at=unit.at,
        now=unit.now,
        role=unit.caller.role,
    )


def _given(raw: bytes, content_type: str | None) -> bytes | dict[str, Any] | list[dict[str, Any]]:
    """The message's bytes, the provider's fields, or a list of such. Raises BadInput, or 415."""
    if not raw:
        bad("", "is empty")
    if (content_type or "").partition(";")[0].strip().lower() == "message/rfc822":
        return raw
    require_json(content_type)
    # Not the strict reading of other bodies: a provider's JSON is as it is, and texts are long.
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        bad("", "is not JSON")
    if isinstance(value, list) and 0 < len(value) <= MOST_EVENTS:
        found = [one for one in value if isinstance(one, dict) and usable(one)]
        if not found:
            raise BadInput(_NOTHING, _MISSING)
        return found
    if not isinstance(value, dict) or not value:
        bad("", f"is not a JSON object with a message in it, nor a list of 1 to {MOST_EVENTS} of them")
    if not usable(value):
        raise BadInput(_NOTHING, _MISSING)
    return value


def _came(given: bytes | dict[str, Any], at: datetime) -> Inbound:
    return came(match(given), _received_at(given, at))


def _received_at(given: bytes | dict[str, Any], at: datetime) -> datetime:
    """When it came in: `received_at` where a mailbox was read later than it was filled, else now."""
    said = given.get("received_at") if isinstance(given, dict) else None
    if said is None:
        return at
    try:
        found = parse_instant(said) if isinstance(said, str) else None
    except BadInput:
        found = None
    if not isinstance(found, datetime):
        message = "is not an instant with its offset: write it such as 2026-03-02T09:00:00Z, or leave it out"
        raise BadInput(f"received_at {message}.", (Problem("received_at", message),))
    return min(found, at)


async def _read(unit: ReadUnit, id: UUID) -> InboundShown:
    row = await unit.connection.fetchrow(sql("read_inbound"), unit.processors, id)
    if row is None:
        raise NotFound(f"There is no inbound message with the id {id}; look at the list for its id.")
    return _shown(row)


def _shown(row: Any) -> InboundShown:
    names = {"subject": "subject_id", "text": "content"}
    return InboundShown(**{name: row[names.get(name, name)] for name in InboundShown.__struct_fields__})


ROUTES: Final = (list_inbound, read_inbound, post_inbound, classify_inbound)
