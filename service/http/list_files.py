"""Lists as files: whoever asks a list for CSV, a spreadsheet or JSON lines gets all of it, as its filters say."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from typing import Any, BinaryIO, Final, get_args, get_origin

import msgspec
from asyncpg import Pool
from litestar import Response
from litestar.connection import Request
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from service.http.decode import bad
from service.http.lists import LARGEST_LIMIT, Page
from service.http.request_context import RequestContext
from service.http.services import parts_of
from service.sheets.columns import SheetColumn, cells_of, columns_of
from service.sheets.writing import SheetFile, csv_lines

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA: Final[Mapping[str, str]] = {
    "text/csv": "csv",
    XLSX: "xlsx",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}
"""As what a list is given, by the media type that is asked for."""
FORMATS: Final[Mapping[str, str]] = {format: media for media, format in reversed(list(MEDIA.items()))}
_JSON: Final = "application/json"
_PIECE: Final = 1 << 18
_AT_ONCE: Final = 1 << 24
"""Bytes of a workbook that are kept in memory; more of them stand in a file meanwhile."""


class _ListPart(msgspec.Struct, frozen=True):
    items: list[msgspec.Raw]
    next: str | None


class ListCall(RequestContext):
    """A request for one part of a list."""

    def __init__(self, request: Request[Any, Any, Any], asked: Mapping[str, Any], reads_of: Pool) -> None:
        super().__init__(request)
        self._asked = asked
        self.reads_of = reads_of

    @property
    def asked(self) -> Mapping[str, Any]:
        return self._asked


async def as_file(request: Request[Any, Any, Any]) -> Response[Any] | None:
    """Before a route of the API answers: the whole list as a file, where that is asked for; else None.

    Raises BadInput where a part of it is asked for too.
    """
    handler = request.route_handler
    if "accept" not in request.headers or not isinstance(handler, HTTPRouteHandler):
        return None
    shape = listed(handler)
    media = request.accept.best_match([_JSON, *MEDIA]) if shape is not None else None
    if shape is None or media is None or media not in MEDIA:
        return None
    asked: Mapping[str, Any] = request.scope["state"]["asked"]
    for name in ("limit", "cursor"):
        if name in asked:
            bad(name, "is for parts of a list: a file holds all of it")

    async def part(cursor: str | None) -> bytes:
        wanted = {**asked, "limit": LARGEST_LIMIT, **({"cursor": cursor} if cursor is not None else {})}

        async def read(pool: Pool) -> bytes:
            found = await handler.fn(call=ListCall(request, wanted, pool), **request.path_params)
            raw: bytes = found.content
            return raw

        parts = parts_of(request)
        return await (read(parts.pool) if handler.opt.get("newest") else parts.old_reads.read(read))

    name = str(sorted(handler.tags or ["list"])[0])
    return await file_of(part, shape, MEDIA[media], media, name)


def listed(handler: HTTPRouteHandler) -> Any:
    """The shape of what a route lists; None where it lists nothing."""
    if "cursor" not in handler.opt.get("query", {}):
        return None
    inner = get_args(handler.parsed_fn_signature.return_type.annotation)
    return get_args(inner[0])[0] if inner and get_origin(inner[0]) is Page else None


async def file_of(part: Any, shape: Any, format: str, media: str, name: str, *, mark: bytes = b"") -> Response[Any]:
    """A list as a file; `part` gives the JSON of the part after a cursor, `mark` stands before CSV."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"', "Vary": "Accept"}
    parts = parts_of_list(part)
    first = await anext(parts)  # what is wrong is answered before anything was sent
    pieces = pieces_of(_again(first, parts), columns_of(shape), format, name, mark=mark)
    if format == "xlsx":
        begun = await anext(pieces)
        pieces = _again(begun, pieces)
    return Stream(pieces, media_type=media, headers=headers)


async def pieces_of(
    parts: AsyncIterator[list[msgspec.Raw]],
    columns: tuple[SheetColumn, ...],
    format: str,
    name: str,
    *,
    mark: bytes = b"",
) -> AsyncIterator[bytes]:
    """The file in pieces; of a workbook, nothing before it is whole. Raises BadInput where a sheet cannot hold it."""
    headings = [one.heading for one in columns]
    if format == "xlsx":
        with tempfile.SpooledTemporaryFile(_AT_ONCE) as spool:
            into: BinaryIO = spool  # type: ignore[assignment]  # it reads and writes like one
            book = SheetFile(into, name, headings)
            async for items in parts:
                book.write([cells_of(msgspec.json.decode(one), columns) for one in items])
            await asyncio.to_thread(book.close)
            into.seek(0)
            while piece := into.read(_PIECE):
                yield piece
        return
    if format == "csv":
        yield mark + csv_lines([headings])
    async for items in parts:
        if format == "csv":
            yield csv_lines([cells_of(msgspec.json.decode(one), columns) for one in items])
        else:
            yield b"".join(bytes(one) + b"\n" for one in items)


async def parts_of_list(part: Any) -> AsyncIterator[list[msgspec.Raw]]:
    """What stands in each part of a list, one after the other; `part` gives the JSON of the one after a cursor."""
    cursor: str | None = None
    while True:
        found = msgspec.json.decode(await part(cursor), type=_ListPart)
        yield found.items
        cursor = found.next
        if cursor is None:
            return


async def _again(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """What was looked at already, then the rest."""
    yield first
    async for one in rest:
        yield one
