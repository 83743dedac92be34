"""The calendar: deadlines by day for a month, by week for a year, and those of one week in words."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from markupsafe import Markup, escape

from db.queries import sql
from service.board.desk import PageDesk
from service.board.pictures.year import year_picture
from service.board.saying import say_deadline
from service.board.view import Block, Line
from service.http.decode import bad
from service.http.request_context import ReadUnit
from service.http.routes.deadlines import DEADLINES
from service.wording import short_day
from workflows.time import local_day, start_of_day
from workflows.words import locale_of

SHOWN: Final = 100
"""Deadlines of a week; the list has the others."""
MOST: Final = 99
"""A day with more says that there are more."""
WEEK: Final = 7
_LAST_ID: Final = UUID(int=2**128 - 1)
_FARTHEST: Final = 2200


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the month: how much ends on it, and the week that it leads to."""

    number: int
    count: str
    href: str
    label: str
    now: bool
    shown: bool


async def calendar_page(desk: PageDesk) -> Response[str]:
    """The month and the week of `?day=`, or of today. Raises BadInput."""
    zone = desk.house.timezone
    today = local_day(desk.now, zone)
    day = _asked(desk, today)
    monday = day - timedelta(days=day.weekday())
    first = day.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    async with desk.call().reading() as unit:
        counts = await unit.connection.fetch(
            sql("deadlines_by_day"), unit.processors, zone, first, (after - first).days, MOST + 1
        )
        week = await _week(desk, unit, monday)
        title = desk.w("calendar.year").unescape()
        year = await year_picture(unit.connection, unit.processors, title, desk.now, zone, desk.lang)
    locale = locale_of(desk.lang)
    return desk.shown(
        "calendar.html",
        month=locale.months["stand-alone"]["wide"][first.month],
        number=first.year,
        heads=[(locale.days["format"]["abbreviated"][n], locale.days["format"]["wide"][n]) for n in range(WEEK)],
        weeks=_weeks(desk, counts, monday, today),
        before=desk.href("calendar", day=(first - timedelta(days=1)).replace(day=1).isoformat()),
        after=desk.href("calendar", day=after.isoformat()),
        last_week=desk.href("calendar", day=(monday - timedelta(days=WEEK)).isoformat()),
        next_week=desk.href("calendar", day=(monday + timedelta(days=WEEK)).isoformat()),
        week=week,
        year=year,
    )


def _asked(desk: PageDesk, today: date) -> date:
    text = desk.request.query_params.get("day", "")
    if not text:
        return today
    try:
        found = date.fromisoformat(text)
    except ValueError:
        bad("day", "is a day such as 2026-03-02")
    if not 1970 <= found.year < _FARTHEST:
        bad("day", f"lies between 1970 and {_FARTHEST}")
    return found


def _weeks(desk: PageDesk, counts: Sequence[Any], monday: date, today: date) -> list[list[Day | None]]:
    """The days of a month in rows of a week."""
    days = [_day(desk, row["day"], row["count"], monday, today) for row in counts]
    padded: list[Day | None] = [None] * counts[0]["day"].weekday() + list(days)
    padded += [None] * (-len(padded) % WEEK)
    return [padded[start : start + WEEK] for start in range(0, len(padded), WEEK)]


def _day(desk: PageDesk, day: date, count: int, monday: date, today: date) -> Day:
    many = f"{MOST}+" if count > MOST else str(count)
    return Day(
        number=day.day,
        count=many if count else "",
        href=desk.href("calendar", day=day.isoformat()),
        label=desk.w("calendar.day", day=short_day(day, desk.lang), number=many).unescape(),
        now=day == today,
        shown=monday <= day < monday + timedelta(days=WEEK),
    )


async def _week(desk: PageDesk, unit: ReadUnit, monday: date) -> Block:
    zone = desk.house.timezone
    since, before = start_of_day(monday, zone), start_of_day(monday + timedelta(days=WEEK), zone)
    filters = [{"due_before": before + timedelta(microseconds=1)}.get(name) for name in DEADLINES.filters]
    rows: Sequence[Any] = await unit.connection.fetch(
        sql("list_deadlines"), unit.processors, SHOWN + 1, since - timedelta(microseconds=1), _LAST_ID, *filters
    )
    # An instant between two weeks ends the first, or is the first from which something may be done in the second; an
    # item of a deletion plan has a deadline of its own for each that holds the data: one line says it.
    there = (row for row in rows if row["due_at"] != (before if row["boundary"] == "from" else since))
    alike = {(row["subject_id"], row["rule"], row["text"], row["due_at"]): row for row in there}
    shown = list(alike.values())[:SHOWN]
    names = await desk.names(unit, [row["subject_id"] for row in shown])
    clauses = await desk.clauses(unit, [(row["clause"], names[row["subject_id"]].terms_version_id) for row in shown])
    lines = []
    for row, clause in zip(shown, clauses, strict=True):
        parts = (desk.w(f"who.{row['party']}"), escape(clause), desk.by(names, row["subject_id"]))
        lines.append(
            Line(
                what=say_deadline(desk, row["rule"], row["text"]),
                when=desk.due(row["due_at"], row["rule"], row["boundary"], row["zone"]),
                more=Markup(" · ").join(part for part in parts if part),
                late=row["overdue"] and row["party"] == "processor",
            )
        )
    rest = desk.link("deadlines", desk.w("part.all"), due_before=before.isoformat())
    return Block(
        id="week",
        title=desk.w("calendar.week", day=desk.w.day(monday)),
        lines=lines,
        none=desk.w("calendar.none"),
        more=rest if len(rows) > SHOWN else Markup(),
    )
