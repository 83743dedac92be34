"""An agreement's life as lanes: its events and those of its notices, its periods, and what comes if nobody acts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from service.board.desk import PageDesk
from service.board.saying import say_deadline, say_event
from service.foresight.told import EventForeseen, told
from service.http.request_context import ReadUnit
from service.pictures.lanes import Happening, Lane, Window, lanes
from service.pictures.picture import Picture
from workflows.ledger.chain import Body
from workflows.terms.again import event_in
from workflows.time import start_of_day

EVENTS: Final = 120
"""The latest ones are drawn; the page lists all."""
PERIODS: Final = 20
AHEAD: Final = timedelta(days=366)
"""How far one looks ahead."""


async def life_picture(
    desk: PageDesk, unit: ReadUnit, agreement: UUID, title: str, zone: str, foreseen: Sequence[EventForeseen]
) -> Picture | None:
    """The lanes of an agreement by the clocks of `zone`, with what is `foreseen`; None before anything happened."""
    rows: Sequence[Any] = await unit.connection.fetch(sql("life_events"), unit.processors, agreement, EVENTS)
    periods: Sequence[Any] = await unit.connection.fetch(sql("life_deadlines"), unit.processors, agreement, PERIODS)
    if not rows:
        return None
    lanes_of = []
    for kind, name in (("agreement", desk.f.kind("agreement")), ("notice", desk.w("part.notices"))):
        happened = [_happened(desk, row["body"]) for row in reversed(rows) if row["kind"] == kind]
        comes = [_comes(desk, one) for one in foreseen if one.subject_kind == kind]
        lanes_of.append(Lane(name=name.unescape(), moments=(*happened, *comes)))
    # An item of a deletion plan has a period of its own for each that holds the data: one line says it.
    windows = tuple(dict.fromkeys(one for row in periods if (one := _window(desk, row)) is not None))
    lanes_of.append(Lane(name=desk.w("part.deadlines").unescape(), windows=windows))
    shown = [one for one in lanes_of if one.moments or one.windows]
    return lanes(f"life-{agreement}", title, shown, desk.now, zone, desk.lang)


async def foreseen_of(desk: PageDesk, agreement: UUID) -> list[EventForeseen]:
    """What happens to it within a year if nobody acts; as much of it as can be told in time.

    It takes a connection of its own: not to be asked by who holds one.
    """
    call = desk.call()
    async with call.reading() as unit:
        related = await unit.connection.fetch(sql("related_subjects"), unit.processors, agreement)
    async with call.looking_ahead([row["id"] for row in related]) as course:
        await course.go(course.now + AHEAD)
        found = await told(course)
    return found.events


def _happened(desk: PageDesk, body: str) -> Happening:
    said = msgspec.json.decode(body, type=Body)
    return Happening(said.at, say_event(desk, said).unescape())


def _comes(desk: PageDesk, one: EventForeseen) -> Happening:
    return Happening(one.at, say_event(desk, one).unescape(), "foreseen")


def _window(desk: PageDesk, row: Any) -> Window | None:
    """A period from its event; None where its steps do not say from when it runs."""
    begun = event_in(msgspec.json.decode(row["steps"]), row["zone"])
    if begun is None:
        return None
    opens = begun if isinstance(begun, datetime) else start_of_day(begun, row["zone"])
    closes = min(row["due_at"], row["closed_at"]) if row["closed_at"] is not None else row["due_at"]
    text = say_deadline(desk, row["rule"], row["text"]).unescape()
    return Window(opens, max(closes, opens), text)
