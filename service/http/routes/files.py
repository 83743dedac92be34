"""Files that people hand in as evidence, and taking them away."""

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Stream

from db.queries import sql
from service.evidence.redact import cover
from service.files.content import TAKEN, FileType
from service.files.saving import BYTES, IN_MEMORY, SANDBOX, attached, chunks
from service.files.shown import FileListed, FileShown, file_listed
from service.files.store import FIELD, LARGEST_FILE, HandedIn, keep, looked_at
from service.foresight.told import RecordForeseen
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, Page, tried_out, uuid
from service.http.request_context import RequestContext, WriteUnit
from workflows.errors import BadInput, NotFound, Problem

MULTIPART: Final = "multipart/form-data"
AROUND: Final = 64 * 1024
"""What a form has beside its file."""
_TAKES: Final = {
    "required": True,
    "description": (
        "A form with one file: PDF, PNG, JPEG, WebP, TXT, CSV, EML, DOCX, XLSX, ODT or ZIP by its content, at most "
        "25 MiB."
    ),
    "content": {
        MULTIPART: {
            "schema": {
                "type": "object",
                "properties": {FIELD: {"type": "string", "format": "binary", "description": "The file."}},
                "required": [FIELD],
            }
        }
    },
}

FILES: Final = Listing(
    block="list_files",
    order=BY_ID,
    filters={"subject": uuid.saying("Only those that are evidence in an event of this subject.")},
)


@get("/files", opt={"spans": True, "query": FILES.query}, tags=["files"])
async def list_files(call: NamedDependency[RequestContext]) -> Response[Page[FileListed]]:
    """All files, in the order of their ids, with the events whose evidence they are."""
    return await call.page(FILES, file_listed)


@post(
    "/files",
    opt={"takes": _TAKES, **tried_out(RecordForeseen)},
    tags=["files"],
    request_max_body_size=LARGEST_FILE + AROUND,
)
async def hand_in_file(call: NamedDependency[RequestContext]) -> Response[FileShown]:
    """Hand in a file, to be named as evidence: `{"files": [id]}` wherever `evidence` is asked.

    It is kept by what it is, not by what it is called; its name gets the ending that fits. What is evidence of nothing
    is gone after a day.
    """
    async with handed_in(call) as given:

        async def work(unit: WriteUnit) -> StoredAnswer:
            made = await keep(unit.connection, unit.processor, given, unit.now, unit.acting.actor)
            shown = FileShown(id=made, sha256=given.sha256.hex(), name=given.name, type=given.type, size=given.size)
            return StoredAnswer(body=shown, status=201, location=f"/api/v1/files/{made}")

        return await call.write(work, said=given.sha256 + given.name.encode())


@get("/files/{id:uuid}", tags=["files"], media_type=BYTES)
async def read_file(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[bytes]:
    """Take a file away, byte for byte. Of mail that came in, the tokens of our own links are covered."""
    return await saved(call, id)


async def saved(call: RequestContext, id: UUID) -> Response[bytes]:
    """The answer by which a file is saved, once that is on record. Raises NotFound."""
    file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed when the last byte was sent
    try:
        row = await _copied(call, id, file)
        await call.disclose("message" if row["origin"] == "inbound" else "attachment", id)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    headers = {
        "Content-Disposition": attached(row["name"] or str(id)),
        "Content-Security-Policy": SANDBOX,
        "Content-Length": str(size),
        "Termijn-Received-Sha256": row["sha256"].hex(),
    }
    return Stream(chunks(file), media_type=BYTES, headers=headers)  # type: ignore[return-value]  # bytes too


@asynccontextmanager
async def handed_in(
    call: RequestContext, taken: Sequence[FileType] = TAKEN, *, bare: bool = False
) -> AsyncIterator[HandedIn]:
    """The one file of the request's form, looked at; it lies on disk, and is gone afterwards. `bare`: it may be the
    body itself.

    Where there is a store its bytes are there by then, unless it is only tried out. Raises BadInput, StoreAway, 413 and
    415.
    """
    if bare and call.request.content_type[0] in (BYTES, *(one.media for one in taken)):
        with SpooledTemporaryFile(IN_MEMORY) as body:
            async for piece in call.request.stream():
                body.write(piece)
            async with _placed(call, await looked_at(body, "text", taken)) as given:
                yield given
        return
    if call.request.content_type[0] != MULTIPART:
        raise HTTPException(status_code=415, detail=f"Send the file in a form, with Content-Type: {MULTIPART}.")
    form = await call.request.form()
    try:
        found = [one for _, one in form.multi_items() if isinstance(one, UploadFile)]
        if len(found) != 1:
            message = "is required: one file, in a part with a file name" if not found else "is one file, not several"
            raise BadInput(f"{FIELD} {message}.", (Problem(FIELD, message),))
        async with _placed(call, await looked_at(found[0].file, found[0].filename, taken)) as given:
            yield given
    finally:
        await form.close()


@asynccontextmanager
async def _placed(call: RequestContext, given: HandedIn) -> AsyncIterator[HandedIn]:
    if call.asked.get("dry_run"):
        yield given
        return
    processor = call.caller.tenant()
    placed = await call.parts.files.placed(processor, given)
    try:
        yield placed
    finally:
        await call.parts.files.settled(processor, placed)


async def _copied(call: RequestContext, id: UUID, out: IO[bytes]) -> Any:
    """The file's row, once its bytes are in `out`. Raises NotFound, and as `Files.copy`."""
    async with call.reading() as unit:
        row = await unit.connection.fetchrow(sql("read_file"), unit.processors, id)
        if row is None:
            raise NotFound(f"There is no file with the id {id}; look at the list for its id.")
        if row["erased_at"] is not None:
            raise NotFound(f"The file was erased with what it belonged to; its SHA-256 was {row['sha256'].hex()}.")
        if row["origin"] == "inbound":
            out.write((await cover(unit.connection, unit.processors, row["content"]))[0])
        elif row["origin"] == "publication":
            out.write(row["content"])
    if row["origin"] == "upload":
        await call.parts.files.copy(call.caller.processors, id, out)
    out.seek(0, io.SEEK_END)
    return row


ROUTES: Final = (list_files, hand_in_file, read_file)
