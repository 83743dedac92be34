"""Cells in rows, such as the days of a period or the weeks of a year, and the key below them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, Literal

import msgspec

from service.pictures.drawing import LARGE, LEADING, NORMAL, SMALL, TINY, Box, Drawing
from service.pictures.measure import fitting, width, wrapped

Kind = Literal["plain", "event", "counted", "passed", "moved", "last", "late"]

HIGH: Final = 44.0
_GAP: Final = 2.0
_BAND: Final = 9.0
_FOOT: Final = 10.0
_MARK: Final = 4.0
_SYMBOL: Final = 20.0
_TOP: Final = (SMALL, TINY)
_MIDDLE: Final = (LARGE, SMALL, TINY)


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: what stands small on top and large in the middle; `title` is the whole in words.

    `above` begins a stretch of cells, such as a month. `free`: hatched at its foot; `note` is the letter there, under
    which the key gives the reason. `share` is a bar at its foot. `parts` are drawn as small squares, the free ones
    filled. `now`: marked as today's.
    """

    kind: Kind
    top: str
    middle: str
    title: str
    above: str = ""
    free: bool = False
    note: str = ""
    share: float | None = None
    parts: tuple[Kind, ...] = ()
    column: int = 0
    row: int = 0
    now: bool = False


class Key(msgspec.Struct, frozen=True):
    """A line of the key: a cell of that kind, a letter or a mark, with what it means."""

    kind: Kind | Literal["free", "note", "now", "part"]
    text: str
    letter: str = ""


def grid(drawing: Drawing, cells: Sequence[Cell], columns: int, *, heads: Sequence[str] = ()) -> None:
    """Draw the cells below what is there; each knows its row and column."""
    across = drawing.across / columns
    if heads:
        drawing.y += SMALL * LEADING
        for column, head in enumerate(heads):
            middle = (column + 0.5) * across
            drawing.text(middle, drawing.y, head, "quiet", size=SMALL, anchor="middle", most=across - _GAP)
        drawing.y += _MARK
    for _, row in groupby(cells, key=lambda one: one.row):
        here = list(row)
        if any(one.above for one in here):
            drawing.y += SMALL * LEADING
            _stretches(drawing, here, columns, across)
            drawing.y += _MARK
        if any(one.now for one in here):
            drawing.y += _MARK
        for one in here:
            _cell(drawing, one, across)
        drawing.y += HIGH + _GAP + _MARK


def key(drawing: Drawing, lines: Sequence[Key]) -> None:
    """What the marks mean, side by side where there is room."""
    drawing.y += SMALL * LEADING + 3
    x = 0.0
    for one in lines:
        text = _SYMBOL + width(one.text, SMALL)
        if x and x + text > drawing.across:
            x, drawing.y = 0, drawing.y + SMALL * LEADING + 4
        _symbol(drawing, one, x)
        first, *rest = wrapped(one.text, drawing.across - x - _SYMBOL, SMALL)
        drawing.text(x + _SYMBOL, drawing.y, first, size=SMALL)
        for line in rest:
            drawing.y += SMALL * LEADING
            drawing.text(x + _SYMBOL, drawing.y, line, size=SMALL)
        x += text + 14
    drawing.y += 4


def _stretches(drawing: Drawing, cells: Sequence[Cell], columns: int, across: float) -> None:
    """The names of stretches that begin in a row, each as far as the next one; the first goes where it has no room."""
    begin = [one for one in cells if one.above]
    for one, following in zip(begin, [*begin[1:], None], strict=True):
        room = ((following.column if following is not None else columns) - one.column) * across - 6
        if width(one.above, SMALL) <= room or following is None:
            drawing.text(one.column * across + 1, drawing.y, one.above, "quiet", size=SMALL, most=room)


def _cell(drawing: Drawing, one: Cell, across: float) -> None:
    x, y = one.column * across + _GAP / 2, drawing.y
    wide, middle = across - _GAP, one.column * across + across / 2
    with drawing.group(one.title):
        drawing.box(Box(x, y, wide, HIGH), f"cell {one.kind}", round_=4)
        if one.kind == "passed":
            drawing.hatching(Box(x + 1, y + 1, wide - 2, HIGH - 2))
        if one.share is not None:
            # At its foot, where no line of it goes through what is written.
            drawing.box(Box(x + 4, y + HIGH - _FOOT, max(one.share * (wide - 8), 1), _FOOT - 4), "share")
        if one.free and one.kind != "passed":
            drawing.hatching(Box(x + 1, y + HIGH - _BAND, wide - 2, _BAND - 1))
        kind = "turned" if one.kind == "last" else "halo"
        for text, foot, sizes, bold in ((one.top, 13, _TOP, False), (one.middle, 29, _MIDDLE, True)):
            size = fitting(text, wide - 2, sizes, bold=bold)
            drawing.text(middle, y + foot, text, kind, size=size, anchor="middle", most=wide - 2, bold=bold)
        if one.note:
            _letter(drawing, middle, y + HIGH - 1.5, one.note)
        _parts(drawing, one, middle, y)
        if one.now:
            drawing.path([(middle - 5, y - 5), (middle + 5, y - 5), (middle, y + 1)], "now", closed=True)


def _parts(drawing: Drawing, one: Cell, middle: float, y: float) -> None:
    side, step = 4.5, 5.5
    left = middle - len(one.parts) * step / 2
    for place, part in enumerate(one.parts):
        drawing.box(Box(left + place * step, y + HIGH - side - 3, side, side), f"part {part}")


def _letter(drawing: Drawing, x: float, y: float, letter: str) -> None:
    drawing.box(Box(x - 6, y - 10, 12, 11.5), "slip", round_=2)
    drawing.text(x, y - 1, letter, size=SMALL, anchor="middle", bold=True)


def _symbol(drawing: Drawing, one: Key, x: float) -> None:
    y = drawing.y - SMALL + 0.5
    if one.kind == "note":
        _letter(drawing, x + 7, drawing.y + 0.5, one.letter)
        return
    if one.kind == "part":
        drawing.box(Box(x + 4, y + 3.5, 5, 5), "part passed")
        return
    if one.kind == "now":
        drawing.path([(x + 2, y + 2), (x + 12, y + 2), (x + 7, y + 9)], "now", closed=True)
        return
    box = Box(x, y, 14, 12)
    drawing.box(box, f"cell {'plain' if one.kind == 'free' else one.kind}", round_=2)
    if one.kind in ("free", "passed"):
        low = Box(x, y + 6, 14, 6) if one.kind == "free" else box
        drawing.hatching(low)
    if one.letter:
        kind = "turned" if one.kind == "last" else ""
        drawing.text(x + 7, drawing.y - 0.5, one.letter, kind, size=TINY, anchor="middle", most=14)


def heading(drawing: Drawing, text: str) -> None:
    """A line that says what follows, over the whole width."""
    drawing.lines(text, "bold", size=NORMAL, bold=True)
    drawing.y += 6
