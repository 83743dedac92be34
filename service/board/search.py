"""Search by a part of a name, any case and accent: customers, their agreements, subprocessors, changes."""

from typing import Final

from litestar import Response
from markupsafe import Markup

from service.board.desk import PageDesk
from service.board.index import LISTS
from service.board.view import Block, Line

SOUGHT: Final = ("customers", "agreements", "subprocessors", "changes")
SHOWN: Final = 10
LONGEST: Final = 200


async def search_page(desk: PageDesk) -> Response[str]:
    """What was found; without a word to look for, the page asks for one."""
    q = desk.request.query_params.get("q", "").replace("\0", "").strip()[:LONGEST]
    blocks = []
    async with desk.call().reading() as unit:
        for path in SOUGHT if q else ():
            listing = LISTS[path].listing
            rows, more = await desk.call(q=q, limit=SHOWN).rows(unit, listing)
            names = await desk.names(unit, [row["id"] for row in rows])
            lines = [
                Line(what=desk.named(names[row["id"]]), more=desk.state(LISTS[path].kind, row["state"])) for row in rows
            ]
            if lines:
                rest = desk.link(path, desk.w("part.all"), q=q) if more else Markup()
                blocks.append(Block(id=path, title=desk.w(f"list.{path}"), lines=lines, more=rest))
    return desk.shown("search.html", q=q, blocks=blocks)
