"""What is handed over: bundles of evidence, declarations of deletion, and the ledger's daily roots."""

import base64
import contextlib
import hashlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, Literal
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from db.queries import sql
from db.session import transaction
from service.certificate.sealing import SealAway
from service.certificate.signed import signed_record
from service.certificate.store import Document, declaration
from service.evidence.bundle import bundle
from service.evidence.shown import RootShown, root_shown
from service.http.conditional import none_match
from service.http.lists import Listing, Page, uuid, whole
from service.http.request_context import Disclosed, RequestContext
from workflows.errors import Altered, NotFound

ROOTS: Final = Listing(block="list_roots", order={"processor_id": uuid, "number": whole})
_IN_MEMORY: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
_ZIP: Final = "application/zip"


@get(
    "/agreements/{id:uuid}/certificate.pdf",
    opt={"cached": True, "also": (409,)},
    tags=["agreements"],
    media_type="application/pdf",
)
async def read_certificate(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[bytes]:
    """The declaration that the data are gone, as PDF/A; the same bytes for ever."""
    processors = list(call.caller.processors)
    async with transaction(call.parts.pool, processors) as connection:
        made = await declaration(connection, call.parts.engine, processors, id, call.caller.role)
    return await _pressed(call, id, made, "declaration", "declaration")


@get(
    "/agreements/{id:uuid}/signed.pdf",
    opt={"cached": True, "also": (409, 503)},
    tags=["agreements"],
    media_type="application/pdf",
)
async def read_signed_record(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[bytes]:
    """The record of both signatures, as PDF/A-3 with the text within: who signed, when, how; always the same.

    Where a seal is set it is sealed (PAdES) when it is made; 503 while that cannot be done.
    """
    processors = list(call.caller.processors)
    parts = call.parts
    made = await signed_record(
        parts.pool, parts.engine, parts.seal, processors, id, call.caller.role, files=parts.files
    )
    return await _pressed(call, id, made, "record", "evidence")


async def _pressed(
    call: RequestContext, id: UUID, made: Document, called: Literal["declaration", "record"], what: Disclosed
) -> Response[bytes]:
    """A PDF that was made of an agreement; `what` goes on record."""
    if made.content is None:
        raise NotFound(
            f"The {called} was erased with the customer's other data; its number was {made.number}, "
            f"its SHA-256 {made.sha256.hex()}."
        )
    name = "declaration" if called == "declaration" else "signed"
    headers = _headers(made.sha256, f"{name}-{made.number[:16]}.pdf")
    if not _changed(call, headers["ETag"]):
        return Response(b"", status_code=304, headers=headers)
    await call.disclose(what, id)
    return Response(made.content, media_type="application/pdf", headers=headers)


@get("/agreements/{id:uuid}/evidence.zip", opt={"cached": True}, tags=["agreements"], media_type=_ZIP)
async def read_agreement_evidence(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Any]:
    """All that is on record about it, with a program that checks it offline."""
    return await _bundle(call, id, "agreement")


@get("/changes/{id:uuid}/evidence.zip", opt={"cached": True}, tags=["changes"], media_type=_ZIP)
async def read_change_evidence(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Any]:
    """All that is on record about it and its notices, with a program that checks it offline."""
    return await _bundle(call, id, "change")


@get("/ledger/roots", opt={"spans": True, "query": ROOTS.query}, tags=["events"])
async def list_roots(call: NamedDependency[RequestContext]) -> Response[Page[RootShown]]:
    """The ledger's daily roots, oldest first: keep them elsewhere, and compare."""
    return await call.page(ROOTS, root_shown)


async def _bundle(call: RequestContext, id: UUID, kind: str) -> Response[Any]:
    processors = list(call.caller.processors)
    await _declare(call, processors, id)
    file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed when the last byte was sent
    try:
        await bundle(call.parts.pool, processors, id, kind, file, call.parts.files.copy)
        digest, size = _measured(file)
        headers = _headers(digest, f"{kind}-{id}-evidence.zip")
        if not _changed(call, headers["ETag"]):
            file.close()
            return Response(b"", status_code=304, headers=headers)
        await call.disclose("evidence", id)
    except BaseException:
        file.close()
        raise
    return Stream(_chunks(file), media_type=_ZIP, headers={**headers, "Content-Length": str(size)})


async def _declare(call: RequestContext, processors: list[UUID], id: UUID) -> None:
    """What is deleted has its declaration in its bundle, even where the worker has not come to it yet; what was signed
    its record, unless that cannot be sealed now, a text in it is not what was handed in, or who signed was erased: the
    signatures stand in the bundle all the same."""
    parts = call.parts
    async with transaction(parts.pool, processors) as connection:
        if await connection.fetchval(sql("is_undeclared"), processors, id):
            await declaration(connection, parts.engine, processors, id)
        unrecorded = await connection.fetchval(sql("is_unrecorded"), processors, id)
    if unrecorded:
        with contextlib.suppress(SealAway, Altered, NotFound):
            await signed_record(parts.pool, parts.engine, parts.seal, processors, id, files=parts.files)


def _headers(digest: bytes, name: str) -> dict[str, str]:
    return {
        "ETag": f'"{digest.hex()}"',
        "Content-Disposition": f'attachment; filename="{name}"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",  # RFC 9530
    }


def _changed(call: RequestContext, tag: str) -> bool:
    return none_match(call.request.headers.get("if-none-match"), tag)


def _measured(file: IO[bytes]) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    return digest.digest(), size


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


ROUTES: Final = (read_certificate, read_signed_record, read_agreement_evidence, read_change_evidence, list_roots)
