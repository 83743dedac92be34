"""The page on which a list of customers is handed in: it is looked at first, and loaded by a second press."""

import io
import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import UploadFile
from markupsafe import Markup, escape

from db import clock
from service.board.desk import PageDesk
from service.board.door import SIGNED_IN
from service.board.forms.words import form_words
from service.board.lists import IMPORTED
from service.files.content import CSV, TEXT, XLSX
from service.files.store import keep, looked_at
from service.http.request_context import RequestContext
from service.http.routes.imports import LARGEST, ImportShown, import_now
from service.http.routes.terms import LATEST
from service.importing.load import ImportOptions
from service.importing.sheet import SEPARATORS
from workflows.errors import BadInput, Conflict, Problem, Unavailable

MANAGERS: Final = SIGNED_IN | {"role": "manager"}
_TAKEN: Final = (CSV, TEXT, XLSX)
_MOST_TERMS: Final = 200
_MOST_SHOWN: Final = 100
_PATH: Final = f"/{IMPORTED}/import"


_PLACE: Final = re.compile(r"line (?P<line>\d+)(?:, column (['\"])(?P<column>.*)\2)?")


class Reading(msgspec.Struct, frozen=True):
    """What is said of a list: the terms of its agreements, and how it is read where that is not plain."""

    terms: str = ""
    sheet: str = ""
    encoding: str = ""
    separator: str = ""
    update: str = ""
    """`true`: what is on record under its number is changed where the list says otherwise."""


@get(_PATH, opt=MANAGERS)
async def ask_import(request: Request[Any, Any, Any]) -> Response[Any]:
    """The form."""
    return await _page(request, Reading())


@post(_PATH, opt=MANAGERS, request_max_body_size=LARGEST + 64 * 1024)
async def take_import(request: Request[Any, Any, Any]) -> Response[Any]:
    """Looks at a list and keeps it for the second press, which loads it."""
    form = await request.form()
    how = Reading(
        terms=str(form.get("terms") or ""),
        sheet=str(form.get("sheet") or ""),
        encoding=str(form.get("encoding") or ""),
        separator=str(form.get("separator") or ""),
        update="true" if form.get("update") == "true" else "",
    )
    call = RequestContext(request)
    kept = _kept_id(str(form.get("kept") or ""))
    try:
        files = [one for _, one in form.multi_items() if isinstance(one, UploadFile) and one.filename]
        if not how.terms or not (files or kept):
            return await _page(request, how, trouble="import.none", kept=kept, status=422)
        if files:
            kept = await _keep(call, files[0])
        assert kept is not None, "a list was handed in now or before"
        raw = io.BytesIO()
        await call.parts.files.copy(call.caller.processors, kept, raw)
        loading = form.get("step") == "do"
        wish = ImportOptions(
            raw=raw.getvalue(),
            terms=how.terms,
            sheet=how.sheet or None,
            encoding=how.encoding or None,
            separator=SEPARATORS.get(how.separator),
            dry_run=not loading,
            update=how.update == "true",
            actor=call.caller.actor,
        )
        done = await import_now(call, wish)
    except BadInput as error:
        wrong = error.problems or (Problem("", error.detail),)
        return await _page(request, how, trouble="import.wrong", wrong=wrong, kept=kept, status=422)
    except (Conflict, Unavailable):
        return await _page(request, how, trouble="import.busy", kept=kept, status=503)
    return await _page(request, how, done=done, kept=kept)


async def _page(
    request: Request[Any, Any, Any],
    how: Reading,
    *,
    trouble: str = "",
    wrong: Sequence[Problem] = (),
    done: ImportShown | None = None,
    kept: UUID | None = None,
    status: int = 200,
) -> Response[Any]:
    desk = PageDesk(request)
    call = desk.call(limit=_MOST_TERMS)
    async with call.reading() as unit:
        rows, _ = await call.rows(unit, LATEST, call.caller.processor)
    counts = []
    if done is not None:
        added = sum(done.agreements.values())
        same = sum(one.outcome == "same" for one in done.rows)
        found = (
            ("rows", len(done.rows)),
            ("customers", done.customers),
            ("agreements", added),
            ("same", same),
            ("changed", done.changed),
        )
        counts = [(desk.w(f"import.{name}"), desk.w.number(number)) for name, number in found]
    return desk.shown(
        "import.html",
        status,
        trouble=trouble,
        wrong=[_said(desk, one) for one in wrong[:_MOST_SHOWN]],
        more=desk.w("import.more", count=len(wrong) - _MOST_SHOWN) if len(wrong) > _MOST_SHOWN else "",
        f=form_words(desk.w.lang),
        how=how,
        separators=tuple(SEPARATORS),
        done=done,
        adds=done is not None and (done.customers or done.agreements or _updates(done)),
        changes=_changes(desk, done) if done is not None else (),
        counts=counts,
        kept=kept,
        all_terms=[(row["terms"], row["title"]) for row in rows],
        largest=desk.w.number(LARGEST // (1024 * 1024)),
        customers=desk.href(IMPORTED),
    )


def _updates(done: ImportShown) -> bool:
    """Whether something on record would be changed, or was."""
    return any(one.left is None for row in done.rows for one in row.fields)


def _changes(desk: PageDesk, done: ImportShown) -> list[tuple[Markup, Markup]]:
    """Where the list says otherwise than the record, row by row, and what becomes of it."""
    nothing = desk.w("import.empty")
    found = []
    differing = [(row.line, one) for row in done.rows for one in row.fields]
    for line, one in differing[:_MOST_SHOWN]:
        where = desk.w("import.cell", line=line, column=one.field)
        key = one.left or "updated"
        found.append((where, desk.w(f"import.change_{key}", was=one.was or nothing, now=one.now or nothing)))
    return found


def _said(desk: PageDesk, one: Problem) -> tuple[Markup, Markup]:
    """Where something is wrong, and what, in the reader's language."""
    place = _PLACE.fullmatch(one.path)
    if place is None:
        where = escape(one.path)
    elif place["column"] is None:
        where = desk.w("import.line", line=place["line"])
    else:
        where = desk.w("import.cell", line=place["line"], column=place["column"])
    return where, form_words(desk.w.lang).told(one.message)


async def _keep(call: RequestContext, upload: UploadFile) -> UUID:
    """The list as a file of the database, which is gone after a day. Raises BadInput for what is no list."""
    given = await looked_at(upload.file, upload.filename, _TAKEN)
    async with call.caller.transaction(call.parts.pool) as connection:
        now = await clock.now(connection)
        return await keep(connection, call.caller.tenant(), given, now, call.caller.actor)


def _kept_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


ROUTES: Final = (ask_import, take_import)
