"""What came back: posted by a provider's webhook or read from a mailbox, and classified by a person."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Headers
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.beside import Beside
from service.evidence.redact import cover
from service.files.shown import FileShown
from service.foresight.told import RecordForeseen
from service.http.decode import Text, require_json
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, Page, boolean, one_of, text, tried_out, uuid
from service.http.request_context import ReadUnit, RequestContext, WriteUnit
from service.mail.incoming.body import (  # fmt: skip
    FORMS,
    JSON,
    LARGEST,
    MESSAGE,
    PostedMail,
    attachment,
    is_notification,
    media_type,
    posted,
)
from service.mail.incoming.intake import came
from service.mail.incoming.matched import Attachment
from workflows.engine.classify import BY_ACTION, Classification, classify
from workflows.engine.inbound import Inbound, ingest
from workflows.errors import BadInput, NotFound, Problem
from workflows.model.evidence import Evidence
from workflows.time import parse_instant

_PLAIN: Final = "text/plain"
_BYTES: Final = "application/octet-stream"


class ClassifyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says that a message is; an answer may also be called as its action is.

    `by` is who gave the answer (absent: the sender), `notice_id` is needed where nothing ties the message
    to a notice, or `notice_ids` where it is about several. `contact_id` is whose message came back or arrived, where
    it is a `bounce` or `delivery`; absent: the one whose receipt counts.
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
    evidence: Evidence | None = None
    notice_id: UUID | None = None
    notice_ids: tuple[UUID, ...] = ()
    contact_id: UUID | None = None


def _described(words: str, **more: Any) -> dict[str, Any]:
    """Without a type: a provider's own message may use the name for whatever it likes."""
    return {"description": words, **more}


_FIELDS: Final = {
    "properties": {
        "raw": _described("The whole message (RFC 5322), as it is or in base64; nothing else is needed beside it."),
        "kind": _described("What it is: `reply`, `bounce` or `delivery`.", examples=["bounce"]),
        "message_id": _described("The message that came back or arrived: `attempts[].message_id`, or its Message-ID."),
        "in_reply_to": _described("The message that a reply answers, in either form."),
        "references": _described("Message-IDs of the thread, in either form."),
        "recipient": _described("The return path that it came to."),
        "from": _described("Who wrote it."),
        "subject": _described("Its subject."),
        "text": _described("What it says."),
        "words": _described("What the server said."),
        "status": _described("The enhanced status code (RFC 3463).", examples=["5.1.1"]),
        "external_id": _described("Its own identity: the same one again does nothing."),
        "received_at": _described("When it came in, where that was earlier."),
    },
}
_TAKES: Final = {
    "required": True,
    "description": (
        "A whole message, in `raw` or as `message/rfc822`; or what a provider's webhook says, whose own names of these "
        "fields are understood at any depth: as JSON, as a form, or as Amazon SNS posts it (JSON in plain text)."
    ),
    "content": {
        JSON: {"schema": _FIELDS},
        MESSAGE: {"schema": {"type": "string"}},
        **{form: {"schema": _FIELDS} for form in FORMS},
        _PLAIN: {"schema": {"type": "string"}},
    },
}


class AttachmentShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a message brings besides its words, and where it is to be had."""

    number: int
    name: str
    type: str
    size: int
    url: str


class InboundShown(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came back. `subject` is the notice or agreement it is about, or the customer whose it may be; null
    where nothing says. `waiting` are the notices that wait until it is classified, though nothing but its sender ties
    it to them. `automatic`: a machine answered, such as an out-of-office note.

    `outcome`: `taken`, its subject heard of it; `no_effect`, it had no use for it, as for a bounce after an answer;
    `untied`, nothing of ours is named; `forged`, a message is named by an address that was never made here.

    `raw_url` gives what was received, with the tokens of our own links covered: whoever reads it cannot answer in the
    customer's place. A report of signatures is kept without what opens the document at its provider.
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
    automatic: bool
    waiting: list[UUID]
    file: FileShown | None
    raw_url: str | None
    attachments: list[AttachmentShown]
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
        "kind": one_of("reply", "bounce", "delivery", "signature", "unknown"),
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
        return call.shown(await read_message(unit, id))


@post(
    "/inbound",
    opt={"basic": True, "inbound": True, "takes": _TAKES, "also": (200,), **tried_out(RecordForeseen)},
    tags=["inbound"],
    request_max_body_size=LARGEST,
)
async def post_inbound(call: NamedDependency[RequestContext]) -> Response[InboundShown | InboundBatchShown]:
    """Take in a message: a provider's JSON, `{"raw": the whole message}`, or `message/rfc822` itself.

    A bounce, a delivery report and a reply do what follows from them; anything else is kept. All of it is kept as it
    was received. The same message again answers 200 with what is there, and does nothing. A list of events is taken in
    one by one, all or none; what in it says nothing to go by is passed over. Nothing that it names is ever fetched.
    """
    given = await _given(call.parts.beside, await call.request.body(), call.request.headers)

    async def work(unit: WriteUnit) -> StoredAnswer:
        if not isinstance(given, list):
            made, new = await ingest(unit.connection, unit.engine, unit.acting, unit.processor, _came(given, unit.at))
            found = await read_message(unit, made)
            return StoredAnswer(body=found, status=201 if new else 200, location=f"/api/v1/inbound/{made}")
        took = [
            await ingest(unit.connection, unit.engine, unit.acting, unit.processor, _came(one, unit.at))
            for one in given
        ]
        items = [await read_message(unit, made) for made, _ in took]
        return StoredAnswer(body=InboundBatchShown(items=items), status=201 if any(new for _, new in took) else 200)

    return await call.write(work)


@post("/inbound/{id:uuid}/classify", status_code=200, opt=tried_out(RecordForeseen), tags=["inbound"])
async def classify_inbound(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[ClassifyIn]
) -> Response[InboundShown]:
    """Say what a message is. An answer counts from when the message came in, not from now."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        given = await unit.attested(data)
        reading = Classification(
            said=BY_ACTION.get(data.said, data.said),  # type: ignore[arg-type]  # one of the words either way
            by=data.by,
            grounds=data.grounds,
            evidence=given.evidence,
            notices=(*((data.notice_id,) if data.notice_id is not None else ()), *data.notice_ids),
            contact_id=data.contact_id,
        )
        await classify(unit.connection, unit.engine, unit.acting, id, reading)
        return StoredAnswer(body=await read_message(unit, id))

    return await call.write(work)


async def _given(beside: Beside, raw: bytes, headers: Headers) -> PostedMail | list[PostedMail]:
    """What was posted. Raises BadInput, or 415."""
    content_type = headers.get("content-type")
    kind = media_type(content_type)
    if kind not in (MESSAGE, JSON, *FORMS) and not (kind == _PLAIN and is_notification(raw, headers)):
        require_json(content_type)
    return await beside.read(posted, raw, content_type)


def _came(given: PostedMail, at: datetime) -> Inbound:
    return came(given.matched, _received_at(given.received_at, at), given.received)


def _received_at(said: Any, at: datetime) -> datetime:
    """When it came in: `received_at` where a mailbox was read later than it was filled, else now."""
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


async def read_message(unit: ReadUnit, id: UUID) -> InboundShown:
    """One message. Raises NotFound."""
    row = await unit.connection.fetchrow(sql("read_inbound"), unit.processors, id)
    if row is None:
        raise NotFound(f"There is no inbound message with the id {id}; look at the list for its id.")
    return _shown(row)


def _shown(row: Any) -> InboundShown:
    at = f"/api/v1/inbound/{row['id']}"
    kept = row["file_id"] is not None and row["file_erased_at"] is None
    file = None
    if row["file_id"] is not None:
        file = FileShown(
            id=row["file_id"], sha256=row["sha256"].hex(), name=row["file_name"], type=row["file_type"],
            size=row["file_size"],
        )  # fmt: skip
    attached = msgspec.json.decode(row["attachments"], type=list[Attachment])
    others: dict[str, Any] = {
        "subject": row["subject_id"],
        "text": row["content"],
        "waiting": list(row["held"]) if row["classified_at"] is None else [],
        "file": file,
        "raw_url": f"{at}/raw" if kept else None,
        "attachments": [
            AttachmentShown(**msgspec.structs.asdict(one), url=f"{at}/attachments/{one.number}") for one in attached
        ],
    }
    names = [name for name in InboundShown.__struct_fields__ if name not in others]
    return InboundShown(**others, **{name: row[name] for name in names})


@get("/inbound/{id:uuid}/raw", opt={"gives": (JSON, _BYTES)}, tags=["inbound"], media_type=MESSAGE)
async def read_inbound_raw(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[bytes]:
    """What was received, with the tokens of our own links covered; a header names the digest of the whole."""
    row, covered = await _file(call, id, None)
    kind = row["type"] if media_type(row["type"]) in (MESSAGE, JSON) else _BYTES
    return _download(row, covered, f"{id}.{'eml' if kind == MESSAGE else 'txt'}", kind)


@get("/inbound/{id:uuid}/attachments/{number:int}", tags=["inbound"], media_type=_BYTES)
async def read_inbound_attachment(
    call: NamedDependency[RequestContext], id: FromPath[UUID], number: FromPath[int]
) -> Response[bytes]:
    """One attachment of a message."""
    row, content = await _file(call, id, number)
    return _download(row, content, f"{id}-{number}", _BYTES)


async def _file(call: RequestContext, id: UUID, number: int | None) -> tuple[Any, bytes]:
    async with call.reading() as unit:
        await read_message(unit, id)
        row = await unit.connection.fetchrow(sql("received_file"), unit.processors, id)
        if row is None:
            raise NotFound("The message was not kept as it was received: an older release took it in.")
        if row["content"] is None:
            raise NotFound(
                f"The message was erased with the customer's other data; its SHA-256 was {row['sha256'].hex()}."
            )
        content: bytes = row["content"]
        if number is not None:
            found = await call.parts.beside.read(attachment, content, row["type"], number)
            if found is None:
                raise NotFound("The message has no attachment with that number; `attachments` lists them.")
            content = found[1]
        covered, _ = await cover(unit.connection, unit.processors, content)
    await call.disclose("message" if number is None else "attachment", id)
    return row, covered


def _download(row: Any, content: bytes, name: str, kind: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Termijn-Received-Sha256": row["sha256"].hex()}
    return Response(content, media_type=kind, headers=headers)


ROUTES: Final = (list_inbound, read_inbound, post_inbound, classify_inbound, read_inbound_raw, read_inbound_attachment)
