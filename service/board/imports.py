"""The page on which a list of customers is handed in: it is looked at first, and loaded by a second press."""

import io
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import UploadFile

from db import clock
from service.board.desk import PageDesk
from service.board.door import SIGNED_IN
from service.board.lists import IMPORTED
from service.files.content import CSV, TEXT, XLSX
from service.files.store import copy_parts, keep, looked_at
from service.http.request_context import RequestContext
from service.http.routes.imports import LARGEST, ImportShown, import_now
from service.http.routes.terms import LATEST
from service.importing.load import ImportOptions
from workflows.errors import BadInput, Conflict, Problem, Unavailable

MANAGERS: Final = SIGNED_IN | {"role": "manager"}
_TAKEN: Final = (CSV, TEXT, XLSX)
_MOST_TERMS: Final = 200
_MOST_SHOWN: Final = 100
_PATH: Final = f"/{IMPORTED}/import"


@get(_PATH, opt=MANAGERS)
async def ask_import(request: Request[Any, Any, Any]) -> Response[Any]:
    """The form."""
    return await _page(request)


@post(_PATH, opt=MANAGERS, request_max_body_size=LARGEST + 64 * 1024)
async def take_import(request: Request[Any, Any, Any]) -> Response[Any]:
    """Looks at a list and keeps it for the second press, which loads it."""
    form = await request.form()
    terms = str(form.get("terms") or "")
    call = RequestContext(request)
    try:
        kept = _kept_id(str(form.get("kept") or ""))
        if kept is None:
            files = [one for _, one in form.multi_items() if isinstance(one, UploadFile) and one.filename]
            if not files or not terms:
                return await _page(request, trouble="import.none", terms=terms, status=422)
            kept = await _keep(call, files[0])
        raw = io.BytesIO()
        async with call.reading() as unit:
            await copy_parts(unit.connection, unit.processors, kept, raw)
        loading = form.get("step") == "do"
        wish = ImportOptions(raw=raw.getvalue(), terms=terms, dry_run=not loading, actor=call.caller.actor)
        done = await import_now(call, wish)
    except BadInput as error:
        wrong = error.problems or (Problem("", error.detail),)
        return await _page(request, trouble="import.wrong", wrong=wrong, terms=terms, status=422)
    except (Conflict, Unavailable):
        return await _page(request, trouble="import.busy", terms=terms, status=503)
    return await _page(request, done=done, kept=kept, terms=terms)


async def _page(
    request: Request[Any, Any, Any],
    *,
    trouble: str = "",
    wrong: Sequence[Problem] = (),
    done: ImportShown | None = None,
    kept: UUID | None = None,
    terms: str = "",
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
        found = (("rows", len(done.rows)), ("customers", done.customers), ("agreements", added), ("same", same))
        counts = [(desk.w(f"import.{name}"), desk.w.number(number)) for name, number in found]
    return desk.shown(
        "import.html",
        status,
        trouble=trouble,
        wrong=wrong[:_MOST_SHOWN],
        done=done,
        adds=done is not None and (done.customers or done.agreements),
        counts=counts,
        kept=kept,
        chosen=terms,
        all_terms=[(row["terms"], row["title"]) for row in rows],
        largest=desk.w.number(LARGEST // (1024 * 1024)),
        customers=desk.href(IMPORTED),
    )


async def _keep(call: RequestContext, upload: UploadFile) -> UUID:
    """The list as a file that is gone after a day. Raises BadInput for what is no list."""
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
