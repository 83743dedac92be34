"""A life as lanes: what happened, periods that ran or run, what comes if nobody acts, and now.

Moments carry the numbers of their rows in the table; those that would lie on each other share a mark.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal

import msgspec

from service.pictures import words
from service.pictures.drawing import LEADING, SMALL, Box, Drawing
from service.pictures.measure import width
from service.pictures.picture import Figures, Picture, both
from service.pictures.words import Lang, sentences
from workflows.time import local_day, start_of_day

How = Literal["was", "foreseen"]

MOST: Final = 200
"""So many moments of a life are drawn, the latest ones."""
_PILL: Final = 17.0
_BAR: Final = 8.0
_GAP: Final = 3.0
_TICK_ROOM: Final = 8.0


class Happening(msgspec.Struct, frozen=True):
    """Something at an instant (UTC), in words; `foreseen`: it comes if nobody acts."""

    at: datetime
    text: str
    how: How = "was"


class Window(msgspec.Struct, frozen=True):
    """A period in words; instants UTC. It is over, or it runs; a foreseen one is yet to open."""

    opens: datetime
    closes: datetime
    text: str
    how: How = "was"


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to one subject or one kind of them."""

    name: str
    moments: tuple[Happening, ...] = ()
    windows: tuple[Window, ...] = ()


class _Numbered(msgspec.Struct, frozen=True):
    """A moment or window with its number, and in words when and what."""

    number: int
    lane: Lane
    one: Happening | Window
    when: str
    what: str

    @property
    def title(self) -> str:
        return f"{self.number}: {self.when}, {self.what}"

    @property
    def at(self) -> datetime:
        return self.one.opens if isinstance(self.one, Window) else self.one.at


class _Mark(msgspec.Struct, frozen=True):
    """Moments that share a mark: their numbers, and where its middle lies."""

    numbers: tuple[int, ...]
    x: float
    title: str

    @property
    def label(self) -> str:
        return str(self.numbers[0]) if len(self.numbers) == 1 else f"{self.numbers[0]}–{self.numbers[-1]}"

    @property
    def width(self) -> float:
        return max(width(self.label, SMALL, bold=True) + 8, _PILL)


class _Scale(msgspec.Struct, frozen=True):
    """From instants to pixels."""

    first: datetime
    last: datetime
    across: float

    def x(self, at: datetime) -> float:
        return max(0.0, min(1.0, (at - self.first) / (self.last - self.first))) * self.across


def lanes(name: str, title: str, all_: Sequence[Lane], now: datetime, zone: str, lang: Lang) -> Picture:
    """Draw the lanes in their order. `now` UTC; `name` is for ids."""
    said = sentences(lang)
    numbered = list(_numbered(all_, now, zone, lang))
    rows = tuple((str(one.number), one.when, one.lane.name, one.what) for one in numbered)
    head = tuple(said(f"lanes.{key}") for key in ("number", "when", "lane", "what"))

    def draw(drawing: Drawing) -> None:
        if not numbered:
            drawing.lines(said("lanes.nothing"))
            return
        scale = _scale(numbered, now, drawing.across)
        _axis(drawing, scale, now, zone, lang)
        below = drawing.y
        for lane in all_:
            _lane(drawing, lane, [one for one in numbered if one.lane is lane], scale, now)
        drawing.line(scale.x(now), below, scale.x(now), drawing.y, "now-line", behind=True)
        _key(drawing, numbered, now, lang)

    return both(name, lang, title, said("lanes.description"), Figures(head, rows), draw)


def _numbered(all_: Iterable[Lane], now: datetime, zone: str, lang: Lang) -> Iterator[_Numbered]:
    """All of it in order of time, numbered from one; of very many moments only the latest."""
    found: list[tuple[Lane, Happening | Window]] = [(lane, one) for lane in all_ for one in lane.moments]
    found += [(lane, one) for lane in all_ for one in lane.windows]
    found.sort(key=lambda one: one[1].opens if isinstance(one[1], Window) else one[1].at)
    for number, (lane, one) in enumerate(found[-MOST:], 1):
        yield _Numbered(number, lane, one, _when(one, zone, lang), _what(one, now, lang))


def _when(one: Happening | Window, zone: str, lang: Lang) -> str:
    if isinstance(one, Happening):
        return words.at(one.at, zone, lang)
    return f"{words.at(one.opens, zone, lang)} – {words.at(one.closes, zone, lang)}"


def _what(one: Happening | Window, now: datetime, lang: Lang) -> str:
    """In words, with whether it was or comes."""
    return f"{one.text} ({sentences(lang)(f'lanes.{_how(one, now)}')})"


def _how(one: Happening | Window, now: datetime) -> str:
    if one.how == "foreseen":
        return "foreseen"
    if isinstance(one, Happening):
        return "was"
    return "ran" if one.closes <= now else "runs"


def _scale(numbered: Sequence[_Numbered], now: datetime, across: float) -> _Scale:
    ends = [one.one.closes for one in numbered if isinstance(one.one, Window)]
    instants = [now, *(one.at for one in numbered), *ends]
    first, last = min(instants), max(instants)
    air = max((last - first) * 0.02, timedelta(hours=1))
    return _Scale(first - air, last + air, across)


def _axis(drawing: Drawing, scale: _Scale, now: datetime, zone: str, lang: Lang) -> None:
    """Months or years, as many as have room, and the word for now above its line."""
    drawing.y += SMALL * LEADING
    label = sentences(lang)("lanes.now")
    half = width(label, SMALL, bold=True) / 2
    middle = min(max(scale.x(now), half), scale.across - half)
    drawing.text(middle, drawing.y, label, size=SMALL, anchor="middle", bold=True)
    drawing.y += SMALL * LEADING
    free = 0.0
    for day, text in _ticks(scale, zone, lang):
        x = scale.x(start_of_day(day, zone))
        drawing.line(x, drawing.y + 3, x, drawing.y + 8, "tick")
        if x >= free and x + width(text, SMALL) <= scale.across:
            drawing.text(x, drawing.y, text, "quiet", size=SMALL)
            free = x + width(text, SMALL) + _TICK_ROOM
    drawing.line(0, drawing.y + 8, scale.across, drawing.y + 8, "axis")
    drawing.y += 10


def _ticks(scale: _Scale, zone: str, lang: Lang) -> Iterator[tuple[date, str]]:
    first, last = local_day(scale.first, zone), local_day(scale.last, zone)
    days = (last - first).days
    if days <= 21:
        for ahead in range(0, days + 1, max(1, days // 4)):
            day = first + timedelta(days=ahead)
            if start_of_day(day, zone) >= scale.first:
                yield day, words.tick(day, lang)
        return
    step = 1 if days <= 500 else 3 if days <= 1200 else 12
    for month in range(first.year * 12 + first.month, last.year * 12 + last.month):
        if month % step == 0:
            day = date(month // 12, month % 12 + 1, 1)
            yield day, str(day.year) if step == 12 else f"{words.month(day, lang)} {day.year}"


def _lane(drawing: Drawing, lane: Lane, found: Sequence[_Numbered], scale: _Scale, now: datetime) -> None:
    if not found:
        return
    drawing.y += SMALL * LEADING + 4
    drawing.text(0, drawing.y, lane.name, "halo", bold=True, most=scale.across)
    drawing.y += 5
    for how in ("was", "foreseen"):
        moments = [one for one in found if isinstance(one.one, Happening) and one.one.how == how]
        if moments:
            _marks(drawing, moments, scale, how)
    for one in found:
        if isinstance(one.one, Window):
            _window(drawing, one, one.one, scale, now)
    drawing.y += 2
    drawing.line(0, drawing.y, scale.across, drawing.y, "axis")


def _marks(drawing: Drawing, moments: Sequence[_Numbered], scale: _Scale, how: str) -> None:
    kind = "pill" if how == "was" else "pill foreseen"
    for mark in _apart(moments, scale):
        with drawing.group(mark.title):
            drawing.box(Box(mark.x - mark.width / 2, drawing.y, mark.width, _PILL), kind, round_=8)
            drawing.text(mark.x, drawing.y + 12.5, mark.label, "" if how == "foreseen" else "turned",
                         size=SMALL, anchor="middle", bold=True)  # fmt: skip
    drawing.y += _PILL + 2


def _apart(moments: Sequence[_Numbered], scale: _Scale) -> list[_Mark]:
    """Marks from left to right; one that would touch the mark before it becomes part of it."""
    marks: list[_Mark] = []
    for one in moments:
        assert isinstance(one.one, Happening)
        new = _within(_Mark((one.number,), scale.x(one.at), one.title), scale)
        while marks and marks[-1].x + marks[-1].width / 2 + _GAP > new.x - new.width / 2:
            before = marks.pop()
            numbers = (*before.numbers, *new.numbers)
            share = len(before.numbers) / len(numbers)
            middle = before.x * share + new.x * (1 - share)
            new = _within(_Mark(numbers, middle, f"{before.title}; {new.title}"), scale)
        marks.append(new)
    return marks


def _within(mark: _Mark, scale: _Scale) -> _Mark:
    half = mark.width / 2
    return msgspec.structs.replace(mark, x=min(max(mark.x, half), scale.across - half))


def _window(drawing: Drawing, one: _Numbered, window: Window, scale: _Scale, now: datetime) -> None:
    text = f"{one.number}: {window.text}"
    x, end = scale.x(window.opens), scale.x(window.closes)
    drawing.y += SMALL * LEADING
    taken = min(width(text, SMALL), scale.across)
    drawing.text(max(0.0, min(x, scale.across - taken)), drawing.y, text, "halo", size=SMALL, most=scale.across)
    drawing.y += 4
    bar = Box(x, drawing.y, max(end - x, 3), _BAR)
    kind = {"foreseen": "foreseen", "ran": "ran", "runs": "runs"}[_how(window, now)]
    drawing.box(bar, f"bar {kind}", round_=3, title=one.title)
    if kind == "runs":
        passed = max(scale.x(now) - x, 0)
        drawing.box(Box(x, drawing.y, min(passed, bar.width), _BAR), "fill", round_=3)
    drawing.y += _BAR


def _key(drawing: Drawing, numbered: Sequence[_Numbered], now: datetime, lang: Lang) -> None:
    """The marks that were used, with what they mean."""
    said = sentences(lang)
    used = {
        "was": any(isinstance(one.one, Happening) and one.one.how == "was" for one in numbered),
        "foreseen": any(one.one.how == "foreseen" for one in numbered),
        "ran": any(isinstance(one.one, Window) and _how(one.one, now) == "ran" for one in numbered),
        "runs": any(isinstance(one.one, Window) and _how(one.one, now) == "runs" for one in numbered),
    }
    drawing.y += SMALL * LEADING + 6
    x = 0.0
    for how in (one for one, there in used.items() if there):
        text = said(f"lanes.{how}")
        if x and x + 22 + width(text, SMALL) > drawing.across:
            x, drawing.y = 0, drawing.y + SMALL * LEADING + 4
        if how in ("was", "foreseen"):
            drawing.box(Box(x, drawing.y - 10, 18, 12), "pill" if how == "was" else "pill foreseen", round_=6)
        else:
            drawing.box(Box(x, drawing.y - 8, 18, _BAR), f"bar {how}", round_=3)
            if how == "runs":
                drawing.box(Box(x, drawing.y - 8, 9, _BAR), "fill", round_=3)
        drawing.text(x + 22, drawing.y, text, size=SMALL, most=drawing.across - x - 22)
        x += 22 + width(text, SMALL) + 14
