"""Lists of the board: the API's own, as tables of names and words. A filter is part of the address: it can be sent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response
from markupsafe import Markup

from service.board.desk import READS, PageDesk
from service.board.forms.deeds import NEW, deeds
from service.board.names import Name
from service.http.auth import Caller
from service.http.lists import Listing
from service.http.request_context import ReadUnit
from service.http.subjects import Resource
from service.http.unreadable import apart

ROWS: Final = 50
IMPORTED: Final = "customers"
"""The list that may be read from a file, with what belongs to it."""
Names = Mapping[UUID, Name]
Cell = Callable[[PageDesk, Any, Names], Markup]
Show = Callable[[ReadUnit, Sequence[Any]], Awaitable[Sequence[Any]]]


class Column(msgspec.Struct, frozen=True):
    """A column: the name of what it shows, and how. The first one of a list names the row."""

    name: str
    cell: Cell


def plain(name: str) -> Column:
    """A column with a field as it is."""
    return Column(name, lambda desk, item, _: desk.said(name, getattr(item, name)))


class BoardList(msgspec.Struct, frozen=True, kw_only=True):
    """A list: where it stands below /board, what it reads and what of that it shows.

    `refs` are the subjects that a row names besides its own; `first` what is asked for where the address asks nothing,
    its order at least.
    """

    path: str
    kind: str
    listing: Listing
    show: Show
    columns: tuple[Column, ...]
    first: Mapping[str, str]
    refs: Callable[[Any], Sequence[UUID | None]] = lambda _: ()
    within: tuple[str, Callable[[Any], object], Callable[[Any], str]] | None = None
    """An order of the list in which several rows are alike, by what they are, and in which order these stand."""


def of_resource(resource: Resource) -> dict[str, Any]:
    """The parts of a list that a resource of the API has."""

    async def show(unit: ReadUnit, rows: Sequence[Any]) -> Sequence[Any]:
        unit.role = READS  # what may be done with each is nobody's question here
        return await resource.shown(unit, rows)

    return {"path": resource.path, "kind": resource.kind, "listing": resource.listing, "show": show}


class Choosing(msgspec.Struct, frozen=True, kw_only=True):
    """A filter as the page offers it: its choices, or a line to type in where it has none."""

    name: str
    label: Markup
    value: str
    choices: tuple[tuple[str, Markup], ...] = ()


Downloads = Callable[[PageDesk, BoardList, Mapping[str, str]], Sequence[tuple[str, Markup]]]
"""The ways to a list as a file, by its filters."""


async def list_page(desk: PageDesk, of: BoardList, downloads: Downloads) -> Response[str]:
    """A part of a list. Raises BadInput for a query that cannot be used."""
    known = of.listing.query
    asked = desk.query(known)
    given = {name: value for name, value in desk.request.query_params.items() if name in known and value}
    if not given:
        asked = dict(of.first)
        given = dict(of.first)
    call = desk.call(**{"limit": ROWS, **asked})
    async with call.reading() as unit:
        rows, more = await call.rows(unit, of.listing)
        items, unreadable = await apart(partial(of.show, unit), rows)
        items = _within(of, items, str(asked.get("sort", "")))
        names = await desk.names(unit, [id for item in items for id in of.refs(item)])
    kept = {name: value for name, value in given.items() if name not in ("cursor", "limit")}
    return desk.shown(
        "list.html",
        of=of,
        title=desk.w(f"list.{of.path}"),
        heads=[desk.label(one.name) for one in of.columns],
        rows=[[one.cell(desk, item, names) for one in of.columns] for item in items],
        unreadable=unreadable,
        choosing=_choosing(desk, of, kept),
        imports=desk.href(f"{of.path}/import") if of.path == IMPORTED and may_make(desk, of.path) else "",
        downloads=downloads(desk, of, kept) if items else (),
        hidden={name: value for name, value in kept.items() if name in _hidden(of)},
        whole=desk.href(of.path, sort=of.first["sort"]) if kept.keys() - {"sort"} else "",
        more=desk.href(of.path, **{**kept, "cursor": more}) if more else "",
        start=f"{desk.href(of.path)}?{urlencode(kept)}" if "cursor" in given else "",
        new=desk.href(f"{of.path}/{NEW}") if may_make(desk, of.path) else "",
    )


def _within(of: BoardList, items: Sequence[Any], sort: str) -> list[Any]:
    """Rows that the order of the list leaves alike, in an order that people see."""
    if of.within is None or of.within[0] != sort:
        return list(items)
    _, alike, by = of.within
    return [one for _, group in groupby(items, alike) for one in sorted(group, key=by)]


def may_make(desk: PageDesk, path: str) -> bool:
    """Whether the reader may add one to a list."""
    deed = deeds().get((path, NEW))
    caller: Caller = desk.call().caller
    return deed is not None and caller.may(deed.role)


def _choosing(desk: PageDesk, of: BoardList, given: Mapping[str, str]) -> list[Choosing]:
    found = []
    for name, filter in of.listing.query.items():
        words = filter.schema.get("enum")
        if filter.schema.get("type") == "boolean":
            words = ("true", "false")
        if words is None and name not in _TYPED:
            continue
        say = desk.state if name == "state" else desk.choice
        of_what = of.kind if name == "state" else name
        choices = tuple((word, say(of_what, word)) for word in words or ())
        found.append(Choosing(name=name, label=desk.label(name), value=given.get(name, ""), choices=choices))
    return sorted(found, key=lambda one: _ORDER.get(one.name, 1))


_TYPED: Final = ("q", "label")
"""Filters that one types."""
_ORDER: Final = {"q": 0, "state": 0, "sort": 2}


def _hidden(of: BoardList) -> set[str]:
    """Filters that a link sets and the page does not offer: of one agreement, before a day."""
    offered = {*_TYPED, "limit", "cursor"}
    return {
        name
        for name, filter in of.listing.query.items()
        if name not in offered and "enum" not in filter.schema and filter.schema.get("type") != "boolean"
    }
