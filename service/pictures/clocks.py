"""A breach's clocks: the hours of each agreement, from when they run to their last moment, and where now is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

import msgspec

from service.pictures import words
from service.pictures.drawing import LEADING, NORMAL, SMALL, Box, Drawing
from service.pictures.measure import width
from service.pictures.picture import Figures, Picture, both
from service.pictures.words import Lang, sentences

MOST: Final = 20
"""So many clocks are drawn, those that end soonest."""
_HOUR: Final = timedelta(hours=1)
_BAR: Final = 14.0
_TICKS: Final = (24, 48, 72)


class BreachClock(msgspec.Struct, frozen=True, kw_only=True):
    """One agreement's clock, UTC. `due_at` None: the agreement gives no number. `told_at`: the customer is informed.
    `own`: the end is the processor's own target, and no term of the agreement. `theirs`: the customer's own report to
    its authority, of which nobody here hears."""

    customer: str
    begun_at: datetime
    due_at: datetime | None
    told_at: datetime | None = None
    own: bool = False
    theirs: bool = False


def clocks(
    name: str, title: str, all_: Sequence[BreachClock], now: datetime, zone: str, lang: Lang, *, more: int = 0
) -> Picture:
    """Draw them, those that still run first and the soonest of them on top; `more` are not given at all."""
    said = sentences(lang)
    ordered = sorted(all_, key=_order)
    shown, left = ordered[:MOST], more + max(len(ordered) - MOST, 0)
    rows = [
        (one.customer, words.at(one.due_at, zone, lang) if one.due_at is not None else "–", stands(one, now, lang))
        for one in shown
    ]
    if left:
        rows.append((said("clocks.more_head"), "", said("clocks.more", count=left)))
    head = (said("clocks.who"), said("clocks.until"), said("clocks.stands"))

    def draw(drawing: Drawing) -> None:
        longest = max((_hours(one, now) for one in shown), default=24.0)
        scale = (drawing.across - 4) / longest
        for one in shown:
            _clock(drawing, one, now, scale, lang, zone)
        _axis(drawing, longest, scale)
        _key(drawing, lang)
        if left:
            drawing.y += SMALL * LEADING + 6
            drawing.text(0, drawing.y, said("clocks.more", count=left), "quiet", size=SMALL)

    return both(name, lang, title, said("clocks.description"), Figures(head, tuple(rows)), draw)


def _order(one: BreachClock) -> tuple[bool, bool, bool, datetime]:
    """Those that run first, the soonest of them on top; what customers report themselves comes last."""
    return one.theirs, one.told_at is not None, one.due_at is None, one.due_at or one.begun_at


def stands(one: BreachClock, now: datetime, lang: Lang) -> str:
    """How a clock stands, in whole hours: those left are never rounded up, those late never down to none."""
    said = sentences(lang)
    if one.told_at is not None:
        late = one.due_at is not None and one.told_at > one.due_at
        return said("clocks.told_late" if late else "clocks.told", count=int((one.told_at - one.begun_at) / _HOUR))
    if one.due_at is None:
        return said("clocks.no_limit")
    if one.theirs:
        if now > one.due_at:
            return said("clocks.theirs_over")
        return said("clocks.theirs", left=said("clocks.left", count=int((one.due_at - now) / _HOUR)))
    if now <= one.due_at:
        left = said("clocks.left", count=int((one.due_at - now) / _HOUR))
    else:
        left = said("clocks.late", count=ceil((now - one.due_at) / _HOUR))
    return said("clocks.own", left=left) if one.own else left


def _hours(one: BreachClock, now: datetime) -> float:
    """How far the bar of a clock reaches: a little beyond its end; what is very late does not make all others small."""
    end = one.due_at if one.due_at is not None else one.begun_at + 24 * _HOUR
    limit = (end - one.begun_at) / _HOUR
    reached = ((one.told_at or now) - one.begun_at) / _HOUR
    return max(limit * 1.05, min(reached, limit * 1.5), 24.0)


def _clock(drawing: Drawing, one: BreachClock, now: datetime, scale: float, lang: Lang, zone: str) -> None:
    said = stands(one, now, lang)
    late = one.due_at is not None and (one.told_at or now) > one.due_at and not one.theirs
    drawing.y += NORMAL * LEADING + 2
    how = f"! {said}" if late else said
    if width(one.customer, NORMAL, bold=True) + width(how, SMALL, bold=late) + 8 <= drawing.across:
        drawing.text(drawing.across, drawing.y, how, size=SMALL, anchor="end", bold=late)
        drawing.text(0, drawing.y, one.customer, size=NORMAL, bold=True)
    else:  # one below the other: the hours are what it is about
        drawing.text(0, drawing.y, one.customer, size=NORMAL, bold=True, most=drawing.across)
        drawing.y += SMALL * LEADING + 2
        drawing.text(0, drawing.y, how, size=SMALL, bold=late, most=drawing.across)
    drawing.y += 8
    y, far = drawing.y, drawing.across - 4
    until = words.at(one.due_at, zone, lang) if one.due_at is not None else "–"
    with drawing.group(f"{one.customer}: {until}, {said}"):
        limit = min((one.due_at - one.begun_at) / _HOUR * scale, far) if one.due_at is not None else far
        drawing.box(Box(0, y, limit, _BAR), "cell counted" if one.due_at is not None else "cell foreseen")
        reached = max(0.0, min(((one.told_at or now) - one.begun_at) / _HOUR * scale, far))
        drawing.box(Box(0, y + 4, min(reached, limit), _BAR - 8), "fill")
        if reached > limit:
            over = Box(limit, y, reached - limit, _BAR)
            drawing.box(over, "cell late")
            drawing.hatching(over)
        if one.due_at is not None:
            drawing.box(Box(limit - 1.5, y - 3, 3, _BAR + 6), "end")
        if one.told_at is not None:
            drawing.dot(reached, y + _BAR / 2, 5, "told")
        else:
            drawing.path([(reached - 5, y - 5), (reached + 5, y - 5), (reached, y + 2)], "now", closed=True)
    drawing.y += _BAR + 3


def _axis(drawing: Drawing, longest: float, scale: float) -> None:
    drawing.line(0, drawing.y + 2, drawing.across, drawing.y + 2, "axis")
    y = drawing.y + 2
    drawing.y += SMALL * LEADING + 4
    for hours in (0, *_TICKS):
        if hours <= longest:
            x = hours * scale
            drawing.line(x, y, x, y + 4, "tick")
            half = width(f"{hours} h", SMALL) / 2
            middle = min(max(x, half), drawing.across - half)
            drawing.text(middle, drawing.y, f"{hours} h", "quiet", size=SMALL, anchor="middle")


def _key(drawing: Drawing, lang: Lang) -> None:
    said = sentences(lang)
    drawing.y += SMALL * LEADING + 4
    x = 0.0
    for mark in ("now", "limit", "informed"):
        text = said("key.now_instant" if mark == "now" else f"clocks.{mark}")
        if x and x + 18 + width(text, SMALL) > drawing.across:
            x, drawing.y = 0, drawing.y + SMALL * LEADING + 3
        y = drawing.y - 4
        if mark == "now":
            drawing.path([(x + 2, y - 4), (x + 12, y - 4), (x + 7, y + 3)], "now", closed=True)
        elif mark == "limit":
            drawing.box(Box(x + 5, y - 6, 3, 12), "end")
        else:
            drawing.dot(x + 7, y, 5, "told")
        drawing.text(x + 18, drawing.y, text, size=SMALL, most=drawing.across - x - 18)
        x += 18 + width(text, SMALL) + 14
