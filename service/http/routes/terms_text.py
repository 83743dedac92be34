"""The text of the agreement under a version of terms: set once, sent with the agreement, bound by signatures."""

from typing import Any, Final

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.files.content import DOCX, PDF
from service.files.saving import BYTES
from service.files.shown import FileShown
from service.files.store import FIELD, LARGEST_FILE, HandedIn, keep
from service.foresight.told import RecordForeseen
from service.http.idempotency import StoredAnswer
from service.http.lists import tried_out
from service.http.request_context import ReadUnit, RequestContext, WriteUnit
from service.http.routes.files import AROUND, MULTIPART, handed_in, saved
from service.http.routes.terms import TAGS, row_of
from workflows.errors import Conflict, NotFound

TAKEN: Final = (PDF, DOCX)
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_TAKES: Final = {
    "required": True,
    "description": "The text as PDF or DOCX, at most 25 MiB: in a form with one file, or as it is.",
    "content": {
        MULTIPART: {
            "schema": {
                "type": "object",
                "properties": {FIELD: {"type": "string", "format": "binary", "description": "The text."}},
                "required": [FIELD],
            }
        },
        **{one.media: _BINARY for one in TAKEN},
        BYTES: _BINARY,
    },
}


@put(
    "/terms/{id:str}/{version:str}/text",
    opt={"takes": _TAKES, **tried_out(RecordForeseen)},
    tags=TAGS,
    request_max_body_size=LARGEST_FILE + AROUND,
)
async def set_terms_text(
    call: NamedDependency[RequestContext], id: FromPath[str], version: FromPath[str]
) -> Response[FileShown]:
    """Set the text of the agreements that the processor makes under this version, once: another text is another
    version.

    From then on an agreement is sent with it, the customer's own page gives it, and a signature names its SHA-256.
    """
    async with handed_in(call, TAKEN, bare=True) as given:

        async def work(unit: WriteUnit) -> StoredAnswer:
            return StoredAnswer(body=await _set(unit, id, version, given))

        return await call.write(work, said=given.sha256 + given.name.encode())


@get("/terms/{id:str}/{version:str}/text", tags=TAGS, media_type=BYTES)
async def read_terms_text(
    call: NamedDependency[RequestContext], id: FromPath[str], version: FromPath[str]
) -> Response[bytes]:
    """The text, byte for byte."""
    async with call.reading() as unit:
        row = await row_of(unit.connection, call.caller.processor, id, version)
        text = await _text(unit, row["id"])
    if text is None:
        raise NotFound("No text was set for this version of the terms.")
    return await saved(call, text["id"])


async def _set(unit: WriteUnit, id: str, version: str, given: HandedIn) -> FileShown:
    await unit.connection.execute(sql("lock_terms"), id)
    row = await row_of(unit.connection, unit.processor, id, version)
    there = await _text(unit, row["id"])
    if there is not None:
        if there["sha256"] != given.sha256:
            raise Conflict(
                f"Version {version!r} of {id!r} has a text, and agreements may rest on it: its SHA-256 is "
                f"{there['sha256'].hex()}. Give another text a version of its own."
            )
        return _shown(there)
    actor = unit.acting.actor
    made = await keep(unit.connection, unit.processor, given, unit.now, actor, claimed=True)
    await unit.connection.execute(sql("set_terms_text"), unit.processor, row["id"], made, unit.now, actor, None, None)
    return _shown(await _text(unit, row["id"]))


async def _text(unit: ReadUnit, version: Any) -> Any:
    return await unit.connection.fetchrow(sql("terms_text"), unit.processors, version)


def _shown(row: Any) -> FileShown:
    return FileShown(id=row["id"], sha256=row["sha256"].hex(), name=row["name"], type=row["type"], size=row["size"])


ROUTES: Final = (set_terms_text, read_terms_text)
