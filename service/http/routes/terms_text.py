"""The text of the agreement under a version of terms: handed in or made of the rules, set once, sent with the
agreement, bound by signatures."""

import asyncio
import io
from typing import Any, Final

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.certificate.agreement_text import file_name, press_text
from service.files.content import DOCX, PDF
from service.files.saving import BYTES
from service.files.shown import FileShown
from service.files.store import FIELD, LARGEST_FILE, HandedIn, keep, looked_at
from service.foresight.told import RecordForeseen
from service.http.idempotency import StoredAnswer
from service.http.lists import tried_out
from service.http.request_context import ReadUnit, RequestContext, WriteUnit
from service.http.routes.files import AROUND, MULTIPART, handed_in, saved
from service.http.routes.terms import TAGS, row_of
from workflows.errors import Conflict, NotFound
from workflows.words import Language

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


class TextWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which language a text is made."""

    language: Language


class TextShown(FileShown, frozen=True, kw_only=True):
    """The text of a version; one that was made of the rules says in which `language`, and of which document
    (`terms_sha256`, hex)."""

    language: Language | None
    terms_sha256: str | None


@put(
    "/terms/{id:str}/{version:str}/text",
    opt={"takes": _TAKES, **tried_out(RecordForeseen)},
    tags=TAGS,
    request_max_body_size=LARGEST_FILE + AROUND,
)
async def set_terms_text(
    call: NamedDependency[RequestContext], id: FromPath[str], version: FromPath[str]
) -> Response[TextShown]:
    """Set the text of the agreements that the processor makes under this version, once: another text is another
    version.

    From then on an agreement is sent with it, the customer's own page gives it, and a signature names its SHA-256.
    """
    async with handed_in(call, TAKEN, bare=True) as given:

        async def work(unit: WriteUnit) -> StoredAnswer:
            row = await _locked(unit, id, version)
            return StoredAnswer(body=await _set(unit, row, given))

        return await call.write(work, said=given.sha256 + given.name.encode())


@post("/terms/{id:str}/{version:str}/text/generate", opt=tried_out(RecordForeseen), status_code=200, tags=TAGS)
async def generate_terms_text(
    call: NamedDependency[RequestContext],
    id: FromPath[str],
    version: FromPath[str],
    data: JSONBody[TextWanted],
) -> Response[TextShown]:
    """Make the text of the rules themselves, in plain words with their clauses, and set it as the version's text.

    It says nothing that the rules do not say: what they leave blank is to be named in each agreement, and that is said.
    The same rules in the same language give the same bytes.
    """

    async def work(unit: WriteUnit) -> StoredAnswer:
        row = await _locked(unit, id, version)
        terms = (await unit.engine.terms(unit.connection, [row["id"]]))[row["id"]]
        there = await _text(unit, row["id"])
        if there is not None and (there["made_of"], there["language"]) == (row["digest"], data.language):
            return StoredAnswer(body=_shown(there))  # set by another release, perhaps, in a form of its own
        content = io.BytesIO(await asyncio.to_thread(press_text, terms, data.language))
        given = await looked_at(content, file_name(terms, data.language), TAKEN)
        return StoredAnswer(body=await _set(unit, row, given, data.language))

    return await call.write(work)


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


async def _locked(unit: WriteUnit, id: str, version: str) -> Any:
    """The row of a version, of which nobody else sets the text meanwhile."""
    await unit.connection.execute(sql("lock_terms"), id)
    return await row_of(unit.connection, unit.processor, id, version)


async def _set(unit: WriteUnit, row: Any, given: HandedIn, language: Language | None = None) -> TextShown:
    """Keep a text, which was made of the rules where it has a `language`. Raises Conflict where there is another."""
    there = await _text(unit, row["id"])
    if there is not None:
        if there["sha256"] != given.sha256:
            raise Conflict(
                f"Version {row['version']!r} of {row['terms']!r} has a text, and agreements may rest on it: "
                f"its SHA-256 is {there['sha256'].hex()}. Give another text a version of its own."
            )
        return _shown(there)
    actor, made_of = unit.acting.actor, row["digest"] if language is not None else None
    made = await keep(unit.connection, unit.processor, given, unit.now, actor, claimed=True)
    values = (unit.processor, row["id"], made, unit.now, actor, made_of, language)
    await unit.connection.execute(sql("set_terms_text"), *values)
    return _shown(await _text(unit, row["id"]))


async def _text(unit: ReadUnit, version: Any) -> Any:
    return await unit.connection.fetchrow(sql("terms_text"), unit.processors, version)


def _shown(row: Any) -> TextShown:
    return TextShown(
        id=row["id"],
        sha256=row["sha256"].hex(),
        name=row["name"],
        type=row["type"],
        size=row["size"],
        language=row["language"],
        terms_sha256=row["made_of"].hex() if row["made_of"] is not None else None,
    )


ROUTES: Final = (set_terms_text, generate_terms_text, read_terms_text)
