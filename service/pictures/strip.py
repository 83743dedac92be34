"""A deadline as a strip of days, drawn from how it was counted.

Up to some weeks each day has its cell, below that weeks, months and years are folded into one each. Hours are bars, a
row for each day that they run through.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

import msgspec

from service.pictures import words
from service.pictures.drawing import Drawing
from service.pictures.grid import Cell, Key, Kind, grid, heading, key
from service.pictures.hours import hour_rows, hours_drawn
from service.pictures.picture import WIDE, Figures, Picture, both
from service.pictures.words import Lang, sentences
from workflows.terms.due import Reckoned
from workflows.time import Boundary, Calendar, Counted, local_day
from workflows.time.strip import StripDay, What, days_of

DAYS: Final = 45
"""Up to so many days each has its own cell."""
_WEEKS: Final = 200
_MONTHS: Final = 3_700
_MONDAY_FIRST: Final = 7
_KINDS: Final[dict[What, Kind]] = {
    "event": "event", "waits": "event", "counted": "counted", "passed": "passed", "moved": "moved",
}  # fmt: skip
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


class Strip(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline with the counts that led to it; `now` marks today's cell."""

    title: str
    counts: tuple[Counted, ...]
    calendar: Calendar
    zone: str
    due_at: datetime
    boundary: Boundary
    now: datetime | None = None


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """One count, ready to be drawn."""

    heading: str
    counted: Counted
    days: tuple[StripDay, ...]
    week: int
    """How many working days one has."""
    notes: dict[str, str]
    """The holidays on the way, each with its letter."""


def strip_of(title: str, reckoned: Reckoned, *, now: datetime | None = None) -> Strip | None:
    """The strip of a due instant; None where there is no date."""
    due = reckoned.due
    if due.due_at is None:
        return None
    return Strip(
        title=title,
        counts=reckoned.counts,
        calendar=reckoned.calendar,
        zone=due.zone,
        due_at=due.due_at,
        boundary=due.boundary,
        now=now,
    )


def strip(name: str, one: Strip, lang: Lang) -> Picture:
    """Draw it. `name` is for ids: letters, digits and hyphens."""
    said = sentences(lang)
    parts = tuple(_part(counted, one, lang) for counted in one.counts)
    ends = words.until(one.due_at, one.boundary, one.zone, lang)
    rows = [row for part in parts for row in _figures(part, one, lang)]
    rows.append((said("strip.ends"), "", ends))
    figures = Figures((said("strip.when"), said("strip.number"), said("strip.what")), tuple(rows))

    def draw(drawing: Drawing) -> None:
        for part in parts:
            heading(drawing, part.heading)
            if hours_drawn(part.counted):
                hour_rows(drawing, part.counted, one.zone, lang, now=one.now)
            else:
                cells, columns, heads = _cells(part, one, lang, wide=drawing.across >= WIDE)
                grid(drawing, cells, columns, heads=heads)
                key(drawing, list(_keys(part, cells, one, lang)))
        drawing.y += 4
        drawing.lines(ends, "bold", bold=True)

    return both(name, lang, one.title, said("strip.description", ends=ends), figures, draw)


def _part(counted: Counted, one: Strip, lang: Lang) -> _Part:
    said, span = sentences(lang), counted.span
    days = tuple(days_of(counted, one.calendar, one.zone)) if not _by_years(counted) else ()
    names = dict.fromkeys(name for day in days if _each_day(counted) for name in day.free)
    week = len(one.calendar.manner.week)
    length = span.period.words(lang, week) if span.period is not None else ""
    event = words.at(span.event_at, one.zone, lang) if _in_hours(counted) else words.day(span.event_day, lang)
    return _Part(
        heading=said("strip.heading", length=length, event=event) if length else said("strip.once", event=event),
        counted=counted,
        days=days,
        week=week,
        notes={name: _letter(place) for place, name in enumerate(names)},
    )


def _letter(place: int) -> str:
    return _LETTERS[place] if place < len(_LETTERS) else "*"


def _length(counted: Counted) -> int:
    return (counted.last_day - counted.span.event_day).days + 1


def _each_day(counted: Counted) -> bool:
    return _length(counted) <= DAYS


def _in_hours(counted: Counted) -> bool:
    return counted.span.period is not None and counted.span.period.unit == "hours"


def _by_years(counted: Counted) -> bool:
    return _length(counted) > _MONTHS


def _cells(part: _Part, one: Strip, lang: Lang, *, wide: bool) -> tuple[list[Cell], int, list[str]]:
    """The cells of a count, in how many columns, and what stands above these."""
    length, today = _length(part.counted), local_day(one.now, one.zone) if one.now is not None else None
    if length <= DAYS:
        columns = 14 if wide and length > _MONDAY_FIRST else 7
        heads = [words.weekday(column % 7, lang) for column in range(columns)]
        return [_day(day, part, lang, columns, today) for day in part.days], columns, heads
    if length <= _WEEKS:
        columns = 10 if wide else 4
        return _weeks(part, lang, columns, today), columns, []
    if length <= _MONTHS:
        columns = 12 if wide else 4
        return _months(part, lang, columns, today), columns, []
    return _years(part.counted, lang, 12 if wide else 5, today)


def _day(day: StripDay, part: _Part, lang: Lang, columns: int, today: date | None) -> Cell:
    first = part.days[0].day
    place = (day.day - first).days + first.weekday()
    note = "".join(dict.fromkeys(part.notes[name] for name in day.free))[:1]
    begins = day.day == first or day.day.day == 1
    return Cell(
        kind=_kind(day),
        top=str(day.day.day),
        middle=_middle(day),
        title=f"{words.day(day.day, lang)}: {_in_words(day, part, lang)}",
        above=_month_and_year(day.day, lang) if begins else "",
        free=day.weekend or bool(day.free),
        note=note,
        row=place // columns,
        column=place % columns,
        now=day.day == today,
    )


def _month_and_year(day: date, lang: Lang) -> str:
    return f"{words.month(day, lang)} {day.year}"


def _kind(day: StripDay) -> Kind:
    if day.last:
        return "last"
    return _KINDS[day.what]


def _middle(day: StripDay) -> str:
    return str(day.number) if day.number is not None else {"event": "●", "waits": "·", "passed": "–"}.get(day.what, "+")


def _in_words(day: StripDay, part: _Part, lang: Lang) -> str:
    """What a day is, with why it is free."""
    said = sentences(lang, part.week)
    if day.number is None:
        parts = [said(f"strip.day_{day.what}")]
    elif _in_hours(part.counted):
        parts = [said("hours.passed", count=day.number)]
    else:
        parts = [said("strip.day_counted", number=day.number)]
    parts += [said("strip.weekend")] if day.weekend else []
    parts += [words.holiday(name, lang) for name in day.free]
    parts += [said("strip.last")] if day.last else []
    return "; ".join(parts)


def _weeks(part: _Part, lang: Lang, columns: int, today: date | None) -> list[Cell]:
    cells: list[Cell] = []
    groups = groupby(part.days, key=lambda day: day.day - timedelta(days=day.day.weekday()))
    for place, (monday, found) in enumerate(groups):
        days = list(found)
        cells.append(_folded(
            days, words.tick(monday, lang), lang, place, columns, today,
            above=str(days[0].day.year) if place == 0 or days[0].day.isocalendar()[1] == 1 else "",
            parts=tuple("last" if day.last else "passed" if day.weekend or day.free else _kind(day) for day in days),
        ))  # fmt: skip
    return cells


def _months(part: _Part, lang: Lang, columns: int, today: date | None) -> list[Cell]:
    cells: list[Cell] = []
    start = (part.days[0].day.month - 1) % columns
    for place, (_, found) in enumerate(groupby(part.days, key=lambda day: (day.day.year, day.day.month)), start):
        days = list(found)
        above = str(days[0].day.year) if not cells or days[0].day.month == 1 else ""
        cells.append(_folded(days, words.month(days[0].day, lang), lang, place, columns, today, above=above))
    return cells


def _folded(
    days: Sequence[StripDay], top: str, lang: Lang, place: int, columns: int, today: date | None,
    *, above: str, parts: tuple[Kind, ...] = (),
) -> Cell:  # fmt: skip
    """A week or a month: how many days were counted by its end."""
    reached = max((day.number for day in days if day.number is not None), default=None)
    last = days[-1].last
    free = [f"{words.tick(day.day, lang)}: {words.holiday(name, lang)}" for day in days for name in day.free]
    what = "; ".join([_reached(reached, last, lang), *free])
    return Cell(
        kind="last" if last else _kind(days[0]) if reached is None else "counted",
        top=top,
        middle=str(reached) if reached is not None else _middle(days[0]),
        title=f"{words.day(days[0].day, lang)} – {words.day(days[-1].day, lang)}: {what}",
        above=above,
        parts=parts,
        row=place // columns,
        column=place % columns,
        now=today is not None and days[0].day <= today <= days[-1].day,
    )


def _reached(number: int | None, last: bool, lang: Lang) -> str:
    said = sentences(lang)
    parts = [said("strip.reached", count=number)] if number is not None else [said("strip.none_counted")]
    return "; ".join([*parts, *([said("strip.last")] if last else [])])


def _years(counted: Counted, lang: Lang, columns: int, today: date | None) -> tuple[list[Cell], int, list[str]]:
    said = sentences(lang)
    first, last = counted.span.event_day.year, counted.last_day.year
    cells = [
        Cell(
            kind="last" if year == last else "event" if year == first else "counted",
            top=str(year),
            middle=str(year - first) if year > first else "●",
            title=f"{year}: {said('strip.years', count=year - first)}",
            row=(year - first) // columns,
            column=(year - first) % columns,
            now=today is not None and today.year == year,
        )
        for year in range(first, last + 1)
    ]
    return cells, columns, []


def _keys(part: _Part, cells: Iterable[Cell], one: Strip, lang: Lang) -> Iterator[Key]:
    """The marks that were used, and no others."""
    said, cells = sentences(lang, part.week), list(cells)
    kinds = {cell.kind for cell in cells}
    each = _each_day(part.counted)
    if "event" in kinds:
        yield Key("event", said("key.event"), "●")
    if "counted" in kinds:
        numbers = "key.hours" if _in_hours(part.counted) else "key.counted" if each else "key.reached"
        yield Key("counted", said(numbers), "1")
    if "passed" in kinds:
        yield Key("passed", said("key.passed"), "–")
    if "moved" in kinds or any(day.what == "moved" for day in part.days):
        yield Key("moved", said("key.moved"), "+")
    yield Key("last", said("key.last"), "1")
    if any(cell.free and cell.kind != "passed" for cell in cells):
        yield Key("free", said("key.free"))
    if any(cell.parts for cell in cells):
        yield Key("part", said("key.parts"))
    if any(cell.now for cell in cells):
        yield Key("now", said("key.now"))
    for name, letter in part.notes.items():
        days = [day.day for day in part.days if name in day.free]
        when = ", ".join(words.tick(day, lang) for day in days[:3])
        yield Key("note", said("key.note", days=when, name=words.holiday(name, lang)), letter)


def _figures(part: _Part, one: Strip, lang: Lang) -> Iterator[tuple[str, ...]]:
    """A row that says what is counted, and one for each cell."""
    if hours_drawn(part.counted):
        yield (words.at(part.counted.span.event_at, one.zone, lang), "0", part.heading)
    else:
        yield (words.day(part.counted.span.event_day, lang), "", part.heading)
    if _by_years(part.counted):
        cells, *_ = _years(part.counted, lang, 12, None)
        yield from ((cell.top, cell.middle, cell.title.partition(": ")[2]) for cell in cells)
    elif _each_day(part.counted) or hours_drawn(part.counted):
        for day in part.days:
            yield (words.day(day.day, lang), _middle(day), _in_words(day, part, lang))
    else:
        cells, *_ = _cells(part, one, lang, wide=True)
        for cell in cells:
            when, _, what = cell.title.partition(": ")
            yield (when, cell.middle, what)
