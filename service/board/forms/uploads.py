"""Files that come with a form: kept at once, so that what follows, a look and the deed, names them by their ids."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.connection import Request
from litestar.datastructures import UploadFile

from db import clock
from db.queries import sql
from service.board.forms.sent import KEPT, Untaken
from service.board.forms.typed import BESIDE, Typed
from service.files.objects import StoreAway
from service.files.store import keep, looked_at
from service.http.request_context import RequestContext
from service.pages.forms import clean, read_pairs
from workflows.errors import BadInput, TooLarge
from workflows.intake.evidence import MOST_FILES

UPLOAD: Final = f"{BESIDE}file"
"""How the name of a file's input ends."""


class PostedForm(msgspec.Struct, frozen=True):
    """What a form posted: texts by the names of their inputs, and files."""

    pairs: list[tuple[str, str]]
    files: list[tuple[str, UploadFile]]


async def read_posted(request: Request[Any, Any, Any], most: int) -> PostedForm:
    """A posted form, with files or without. Raises HTTPException 415 or 400 for anything else, 413 for too much."""
    if request.content_type[0] != "multipart/form-data":
        return PostedForm(await read_pairs(request, most), [])
    form = await request.form()
    pairs, files = [], []
    for name, value in form.multi_items():
        if isinstance(value, str):
            pairs.append((name, clean(value)))
        elif name.endswith(UPLOAD):
            files.append((name.removesuffix(UPLOAD), value))
    return PostedForm(pairs, files)


async def with_files(
    request: Request[Any, Any, Any], typed: Typed, files: Sequence[tuple[str, UploadFile]]
) -> tuple[Typed, tuple[Untaken, ...]]:
    """What was typed with the ids of files that are kept now, and what is wrong with the others."""
    wrong = []
    for path, upload in files:
        kept = f"{path}{KEPT}"
        if len(typed.all(kept)) >= MOST_FILES:
            wrong.append(Untaken(path, "error.file_many"))
            continue
        try:
            made = await _kept(RequestContext(request), upload)
        except TooLarge:
            wrong.append(Untaken(path, "error.file_large"))
        except BadInput:
            wrong.append(Untaken(path, "error.file"))
        except StoreAway:
            wrong.append(Untaken(path, "error.file_away"))
        else:
            typed = typed | Typed({kept: (*typed.all(kept), str(made))})
    return typed, tuple(wrong)


async def file_names(request: Request[Any, Any, Any], ids: Sequence[str]) -> dict[str, str]:
    """The names of files that are there, by their ids as a form has them."""
    known = [one for one in map(_uuid, ids) if one is not None]
    if not known:
        return {}
    async with RequestContext(request).reading() as unit:
        rows = await unit.connection.fetch(sql("file_names"), unit.processors, known)
    return {str(row["id"]): row["name"] for row in rows}


async def _kept(call: RequestContext, upload: UploadFile) -> UUID:
    processor, files = call.caller.tenant(), call.parts.files
    given = await files.placed(processor, await looked_at(upload.file, upload.filename))
    try:
        async with call.caller.transaction(call.parts.pool) as connection:
            now = await clock.now(connection)
            return await keep(connection, processor, given, now, call.caller.actor)
    finally:
        await files.settled(processor, given)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
