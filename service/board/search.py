"""Search: each word somewhere in what a subject is known by, whatever its case and accents; and whole ids."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Response
from markupsafe import Markup, escape

from db.queries import sql
from service.board.desk import PageDesk
from service.board.index import LISTS
from service.board.names import Name
from service.board.view import Block, Line
from service.http.request_context import ReadUnit

SOUGHT: Final = ("customers", "agreements", "subprocessors", "changes", "breaches", "requests", "matters", "audits")
"""Lists whose subjects are looked for, in the order in which they are shown."""
BY_NAME: Final = frozenset({"customers", "agreements"})
"""Long lists, in which a part of a name is found by an index."""
SHOWN: Final = 10
MOST: Final = 200
"""Shown of one list, where that alone is asked for: `of=`."""
LONGEST: Final = 200
_MOST_WORDS: Final = 10


async def search_page(desk: PageDesk) -> Response[str]:
    """What was found; without a word to look for, the page asks for one."""
    params = desk.request.query_params
    q = params.get("q", "").replace("\0", "").strip()[:LONGEST]
    alone = params.get("of", "")
    lists = (alone,) if alone in SOUGHT else SOUGHT
    shown = MOST if alone in SOUGHT else SHOWN
    blocks = []
    async with desk.call().reading() as unit:
        found = await _found(desk, unit, q, lists, shown + 1) if q else {}
        names = await desk.names(unit, [id for ids in found.values() for id in ids[:shown]])
        for path, ids in found.items():
            lines = [_line(desk, names[id]) for id in ids[:shown] if id in names]
            more = desk.link("search", desk.w("part.all"), q=q, of=path) if len(ids) > shown and not alone else Markup()
            if lines:
                blocks.append(Block(id=path, title=desk.w(f"list.{path}"), lines=lines, more=more))
    return desk.shown("search.html", q=q, blocks=blocks)


async def _found(desk: PageDesk, unit: ReadUnit, q: str, lists: Sequence[str], most: int) -> dict[str, list[UUID]]:
    """Ids by list: what goes by that id, else what has each of the words."""
    found: dict[str, list[UUID]] = {path: [] for path in lists}
    try:
        by_id = await desk.names(unit, [UUID(q)])
    except ValueError:
        by_id = {}
    for id, name in by_id.items():
        if name.path:
            return {name.list: [id]}
    words = q.split()[:_MOST_WORDS]
    if len(words) == 1:
        for path in BY_NAME & found.keys():
            rows, _ = await desk.call(q=q, limit=most).rows(unit, LISTS[path].listing)
            found[path] = [row["id"] for row in rows]
    kinds = {LISTS[path].kind: path for path, ids in found.items() if len(ids) < most}
    rows = await unit.connection.fetch(sql("sought"), unit.processors, words, most, list(kinds))
    for row in rows:
        ids = found[kinds[row["kind"]]]
        if row["id"] not in ids:
            ids.append(row["id"])
    return found


def _line(desk: PageDesk, name: Name) -> Line:
    """A subject with its kind, where it stands, and whose it is where its name does not say so."""
    parts: list[Any] = [desk.f.kind(name.kind), desk.state(name.kind, name.state)]
    if name.kind not in ("customer", "agreement") and name.customer_name:
        parts.append(name.customer_name)
    return Line(what=desk.named(name), more=Markup(" · ").join(escape(one) for one in parts))
