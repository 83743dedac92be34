"""Customers, contacts and agreements from a file: all of it, or nothing where a line is wrong."""

import asyncio
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException

from db.session import Pooler, connect_pool
from service.answers.otherwise import otherwise
from service.beside import IN_A_THREAD
from service.files.store import FIELD
from service.http.decode import bad
from service.http.list_files import XLSX
from service.http.lists import DRY_RUN, boolean, one_of, text
from service.http.request_context import RequestContext
from service.http.routes.files import AROUND, MULTIPART
from service.importing.load import Done, ImportOptions, RowDone, load_file
from service.importing.sheet import SEPARATORS
from service.importing.workbook import is_workbook
from workflows.engine.engine import Engine
from workflows.errors import BadInput, Problem, Unavailable
from workflows.words import SOURCE

LARGEST: Final = 8 * 1024 * 1024
SECONDS: Final = 600
"""Of a processor's time: more than a list of the largest kind takes."""
MEMORY: Final = 3 * 1024**3
"""What reading one may take."""
MOST_NAMED: Final = 1_000
"""Places of a list that are named as wrong: more of them nobody mends by hand."""
_MEDIA: Final = ("text/csv", XLSX)
_TAKES: Final = {
    "required": True,
    "description": "A list in CSV or a workbook, at most 8 MiB; larger ones: `termijn import`.",
    "content": {
        **{one: {"schema": {"type": "string", "format": "binary"}} for one in _MEDIA},
        MULTIPART: {
            "schema": {
                "type": "object",
                "properties": {FIELD: {"type": "string", "format": "binary", "description": "The list."}},
                "required": [FIELD],
            }
        },
    },
}
_QUERY: Final = {
    "terms": text.saying("The terms of its agreements."),
    "sheet": text.saying("Which sheet of a workbook, where several hold something."),
    "encoding": text.saying("Such as mac_roman, where it is not UTF-8, UTF-16 or Windows-1252."),
    "separator": one_of(*SEPARATORS).saying("What parts the cells of CSV, where the heading leaves it open."),
    "update": boolean.saying("`true`: what is on record under its number is changed where the list says otherwise."),
    **DRY_RUN,
}


class ImportShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a file added, or would add."""

    customers: int
    """How many customers are new."""
    agreements: dict[str, int]
    """How many agreements are new, by their state in the file."""
    there_already: int
    """How many agreements of the file were on record."""
    rows: tuple[RowDone, ...]
    """What each row did, by its line in the file, or its number in the sheet."""
    unbound: tuple[str, ...]
    """Engaged subprocessors of which no date is known on which they were bound."""
    changed: int
    """How many rows say otherwise than the record that has their number; it was changed only where `update` asked for
    it."""
    dry_run: bool
    """Whether nothing was written."""


_BUSY: Final[dict[Literal["one"], bool]] = {"one": False}
"""One file at a time in a process: a second one would take the time that answers need."""


@post(
    "/imports",
    opt={"takes": _TAKES, "query": _QUERY, "required": ("terms",), "keyed": False},
    status_code=200,
    request_max_body_size=LARGEST + AROUND,
    tags=["imports"],
)
async def import_list(call: NamedDependency[RequestContext]) -> Response[ImportShown]:
    """Customers, contacts and agreements from a list, all of it or nothing; wrong cells are named by line and column.

    What is on record already is left alone, unless `update` asks for what differs under its number: the same list again
    adds nothing, and says so of each row.
    """
    raw = await _given(call)
    asked = call.asked
    separator = asked.get("separator")
    wish = ImportOptions(
        raw=raw,
        terms=asked["terms"],
        sheet=asked.get("sheet"),
        encoding=asked.get("encoding"),
        separator=None if separator is None else SEPARATORS[separator],
        dry_run=asked.get("dry_run", False),
        update=asked.get("update", False),
        actor=call.caller.actor,
    )
    try:
        return call.shown(await import_now(call, wish))
    except BadInput as error:  # there are no mapping files here
        problems = tuple(Problem(one.path, _here(one.message)) for one in error.problems)
        raise BadInput(_here(error.detail), problems) from None


def _here(text: str) -> str:
    said = otherwise(text, SOURCE)
    return text if said is None else said.text


async def import_now(call: RequestContext, wish: ImportOptions) -> ImportShown:
    """Load a list for the processor that the caller acts for. Raises BadInput, Conflict, Unavailable."""
    if _BUSY["one"]:
        raise Unavailable("Another list is being read: send this one again.", retry_after=5)
    settings = call.parts.settings
    _BUSY["one"] = True
    try:
        given = (settings.database_url, settings.database_pooler, call.caller.tenant(), wish)
        if len(wish.raw) <= IN_A_THREAD and not is_workbook(wish.raw):
            read = await asyncio.to_thread(load_now, *given)
        else:  # hundreds of thousands of small things, which in this process the collector walks while others wait
            read = await call.parts.importing.run(load_now, *given)
    finally:
        _BUSY["one"] = False
    done = msgspec.json.decode(read, type=Done)
    await call.parts.doorbell.ring()
    return ImportShown(
        customers=done.customers,
        agreements=done.agreements,
        there_already=done.there_already,
        rows=done.rows,
        unbound=done.unbound,
        changed=done.changed,
        dry_run=wish.dry_run,
    )


async def _given(call: RequestContext) -> bytes:
    """The list: the body itself, or the one file of a form. Raises BadInput, 413 and 415."""
    media = call.request.content_type[0]
    if media in _MEDIA:
        return await call.request.body()
    if media != MULTIPART:
        said = ", ".join((*_MEDIA, MULTIPART))
        raise HTTPException(status_code=415, detail=f"Send the list with one of these as Content-Type: {said}.")
    form = await call.request.form()
    try:
        found = [one for _, one in form.multi_items() if isinstance(one, UploadFile)]
        if len(found) != 1:
            bad(FIELD, "is one file, in a part with a file name")
        return await found[0].read()
    finally:
        await form.close()


def load_now(url: str, pooler: Pooler, processor: UUID, wish: ImportOptions) -> bytes:
    """A list, loaded by a pool of its own, as a `Done` in JSON: what is read again at one go, however many its rows.

    Raises BadInput with the first `MOST_NAMED` problems, Conflict.
    """
    try:
        return msgspec.json.encode(asyncio.run(_load(url, pooler, processor, wish)))
    except BadInput as error:
        if len(error.problems) <= MOST_NAMED:
            raise
        raise BadInput(
            f"{error.detail} The first {MOST_NAMED} places are named here.", error.problems[:MOST_NAMED]
        ) from None


async def _load(url: str, pooler: Pooler, processor: UUID, wish: ImportOptions) -> Done:
    pool: Any = await connect_pool(url, "termijn_api", size=1, pooler=pooler)
    try:
        return await load_file(pool, Engine(), processor, wish)
    finally:
        await pool.close()


ROUTES: Final = (import_list,)
