"""Deadlines by week for a year: a cell a week with how many end in it, and those that are overdue apart."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from service.pictures import words
from service.pictures.drawing import Drawing
from service.pictures.grid import Cell, Key, grid, heading, key
from service.pictures.picture import WIDE, Figures, Picture, both
from service.pictures.words import Lang, sentences

MOST: Final = 999
"""Of a week with more it is said that they are more."""
WEEKS: Final = 53
"""A year of whole weeks, this one included."""


def monday_of(day: date) -> date:
    """The first day of a day's week (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def weeks(name: str, title: str, counts: Mapping[date, int], today: date, lang: Lang, *, overdue: int = 0) -> Picture:
    """Draw the year that begins with this week. `counts` by the Monday of each week; a week without any may lack."""
    said, first = sentences(lang), monday_of(today)
    mondays = [first + timedelta(weeks=ahead) for ahead in range(WEEKS)]
    most = min(max(counts.get(monday, 0) for monday in mondays), MOST)
    rows = [(said("weeks.late"), _many(overdue))] if overdue else []
    rows += [(words.day(monday, lang), _many(counts.get(monday, 0))) for monday in mondays]
    figures = Figures((said("weeks.week"), said("weeks.count")), tuple(rows))

    def cell(place: int, columns: int) -> Cell:
        monday, count = mondays[place], counts.get(mondays[place], 0)
        return Cell(
            kind="plain",
            top=words.tick(monday, lang),
            middle=_many(count) if count else "–",
            title=said("weeks.cell", day=words.day(monday, lang), number=_many(count)),
            above=str(monday.year) if place == 0 or monday.year != mondays[place - 1].year else "",
            share=min(count / most, 1) if count else None,
            row=place // columns,
            column=place % columns,
            now=place == 0,
        )

    def draw(drawing: Drawing) -> None:
        columns = 10 if drawing.across >= WIDE else 4
        if overdue:
            heading(drawing, f"! {said('weeks.overdue', number=_many(overdue))}")
        grid(drawing, [cell(place, columns) for place in range(WEEKS)], columns)
        key(drawing, [Key("plain", said("weeks.key"), "1"), Key("now", said("weeks.this"))])

    return both(name, lang, title, said("weeks.description", late=_many(overdue)), figures, draw)


def _many(count: int) -> str:
    return str(count) if count <= MOST else f"{MOST}+"
