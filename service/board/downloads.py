"""A list of the board as a file: all of it, as the filters of its page say, with the API's columns."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from asyncpg import Pool
from litestar import Response
from markupsafe import Markup

from service.board.desk import PageCall, PageDesk
from service.board.forms.deeds import readers
from service.board.lists import BoardList
from service.http.list_files import FORMATS, file_of, listed
from service.http.lists import LARGEST_LIMIT
from service.http.services import parts_of
from workflows.errors import NotFound

OFFERED: Final = {"csv": Markup("CSV"), "xlsx": Markup("XLSX")}
"""What people open, by its name, which is the same in every language."""
_MARK: Final = b"\xef\xbb\xbf"
"""By which spreadsheets know that a CSV file is UTF-8."""
_OF_PARTS: Final = frozenset({"limit", "cursor"})


async def download(desk: PageDesk, of: BoardList) -> Response[Any]:
    """The file. Raises BadInput for a query that cannot be used, NotFound for a form that there is none of."""
    format = desk.request.query_params.get("format", "")
    if format not in OFFERED:
        raise NotFound("There is no such file.")
    handler = readers()[of.path][0]
    asked = {name: value for name, value in desk.query(of.listing.query).items() if name not in _OF_PARTS}

    async def part(cursor: str | None) -> bytes:
        wanted = {**asked, "limit": LARGEST_LIMIT, **({"cursor": cursor} if cursor is not None else {})}

        async def read(pool: Pool) -> bytes:
            call = PageCall(desk.request, wanted)
            call.reads_of = pool
            found = await handler.fn(call=call)
            raw: bytes = found.content
            return raw

        return await parts_of(desk.request).old_reads.read(read)

    return await file_of(part, listed(handler), format, FORMATS[format], of.path, mark=_MARK)


def links_to(desk: PageDesk, of: BoardList, given: Mapping[str, str]) -> list[tuple[str, Markup]]:
    """The ways to the files of a list with these filters, each with what it is called."""
    kept = {name: value for name, value in given.items() if name not in _OF_PARTS}
    return [
        (f"{desk.href(of.path)}/download?{urlencode({**kept, 'format': format})}", name)
        for format, name in OFFERED.items()
    ]
