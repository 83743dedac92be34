"""Where a day begins: what is late, due today and within a week, what waits for the reader, and for customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from markupsafe import Markup, escape

from db.narrowing import among_name, with_name
from db.queries import sql
from service.board.desk import PageDesk
from service.board.names import Name
from service.board.saying import say_deadline, say_task
from service.board.settling import NextStep, Waiting, of_rule, of_task, settling
from service.http.request_context import ReadUnit
from service.http.routes.deadlines import DEADLINES
from workflows.model.telling import topic_of
from workflows.terms.names import kept_unseen
from workflows.time import end_of_day, local_day

SHOWN: Final = 10
"""Lines of one part; the list has the others."""
READ: Final = 5 * SHOWN
"""Deadlines that are read for them: several may say the same."""
LACKING: Final = ("bind_subprocessors", "place_unknown")
"""Kinds of task for what the records lack: several of a kind are one line with their number."""
AT_ONCE: Final = ("request_forward",)
"""Kinds of task that are due when they come up."""
COUNTED: Final = 1_000
"""So many of them are counted; more are said to be more."""
WEEK: Final = timedelta(days=7)
JUST_NOW: Final = timedelta(hours=1)
"""So long what has to be done at once is to be done now, and not late yet as people speak."""
_JUST: Final = timedelta(microseconds=1)
_LAST_ID: Final = UUID(int=2**128 - 1)


class DayLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits: what, for whom or about whom, by which clause, until when, and what is to be done."""

    what: Markup
    about: Markup
    clause: Markup
    when: Markup
    late: Markup = Markup()
    why: str = ""
    """Where it is shown how a deadline was counted."""
    offer: NextStep | None


class DayPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the page; `more` leads to the rest of it."""

    name: str
    title: Markup
    items: Sequence[DayLine]
    none: Markup
    more: Markup = Markup()


class _Due(msgspec.Struct, frozen=True, kw_only=True):
    """A row of either kind, with what both have."""

    subject: UUID
    what: Markup
    due_at: datetime | None
    rule: str = ""
    """The rule of a deadline."""
    at_once: bool = False
    """A task that is always to be done at once."""
    boundary: str = "exclusive"
    late: bool = False
    counted: bool = False
    """Whether it is a deadline, of which its subject's page shows how it was counted."""
    zone: str = ""
    clause: str = ""
    since: datetime | None = None
    """When it came up, where it has no end."""
    waiting: Waiting
    offer: NextStep | None = None
    """Where it leads, instead of what settles it: one line for several."""


_Span = tuple[datetime | None, datetime | None]


async def front_page(desk: PageDesk) -> Response[str]:
    """The page. What it costs does not grow with what is on record."""
    caller = desk.call().caller
    now, zone = desk.now, desk.house.timezone
    tonight = end_of_day(local_day(now, zone), zone)
    week = now + WEEK
    roles = ["manager", "director"] if caller.may("director") else ["manager"]
    async with desk.call().reading() as unit:
        unit.known_now = now
        spans: dict[str, _Span] = {
            "late": (None, now + _JUST),
            "today": (now + _JUST, tonight),
            "week": (tonight, week),
        }
        found = {name: await _both(desk, unit, span, roles) for name, span in spans.items()}
        found["late"], at_once = await _apart(desk, unit, found["late"])
        found["today"] = [*at_once, *found["today"]]
        found["mine"] = await _mine(desk, unit, week, roles)
        theirs, consents = await _deadlines(desk, unit, (None, None), "controller"), await _consents(desk, unit)
        found["customers"] = [*theirs[: SHOWN - min(len(consents), SHOWN // 2)], *consents]
        parts = await _shown(desk, unit, found)
        held: int = await unit.connection.fetchval(sql("mail_held"), unit.processors, COUNTED)
    more = {
        "late": desk.link("deadlines", desk.w("board.more_late"), overdue="true", party="processor"),
        "mine": desk.link("tasks", desk.w("board.more_tasks"), state="open", sort="due_at"),
        "customers": desk.link("deadlines", desk.w("board.more_customers"), party="controller"),
    }
    rest = desk.link("deadlines", desk.w("board.more_deadlines"))
    title = {name: desk.w(f"board.{name}") for name in found}
    none = {name: desk.w(f"board.{name}_none") for name in found}
    return desk.shown(
        "board.html",
        parts=[
            DayPart(
                name=name,
                title=title[name],
                items=parts[name],
                none=none[name],
                more=more.get(name, rest) if found[name] else Markup(),
            )
            for name in found
        ],
        today=desk.w.day(local_day(now, zone)),
        held=_held(desk, held, directs=caller.may("director")) if held else (),
    )


def _held(desk: PageDesk, count: int, *, directs: bool) -> tuple[Markup, ...]:
    """That mail waits since a restore, and what is to be done with it by whoever may have it done."""
    said = desk.w("held.count", count=count)
    if not directs:
        return said, desk.w("held.ask")
    named = {name: Markup("<code>termijn mail {}</code>").format(name) for name in ("held", "release", "drop")}
    return said, desk.w("held.ways", **named)


async def _both(desk: PageDesk, unit: ReadUnit, span: _Span, roles: list[str]) -> list[_Due]:
    """Deadlines of the processor and tasks that end in a span of time, in that order of time; of what is over, what is
    late alone."""
    own = await _late(desk, unit) if span[0] is None else await _deadlines(desk, unit, span, "processor")
    found = [*own, *await _tasks(desk, unit, span, roles)]
    return sorted(found, key=lambda one: one.due_at or desk.now)


async def _deadlines(desk: PageDesk, unit: ReadUnit, span: _Span, party: str) -> list[_Due]:
    since, before = span
    began = (since and since - _JUST, _LAST_ID if since else None)
    # Of one party alone: thousands of the other's may end before the first of these.
    soonest = await unit.connection.fetchval(
        sql(with_name(DEADLINES.block, "party")), unit.processors, party, READ, *began
    )
    return await _of_these(desk, unit, soonest, began, party=party, due_before=before)


async def _consents(desk: PageDesk, unit: ReadUnit) -> list[_Due]:
    """Consents without a period, which nothing else would speak of here, the longest awaited first."""
    rows: Sequence[Any] = await unit.connection.fetch(sql("awaited_consents"), unit.processors, SHOWN)
    return [
        _Due(
            subject=row["id"],
            what=desk.choice("rule", "consent"),
            due_at=None,
            since=row["received_at"],
            clause=row["clause"],
            waiting=Waiting(subject=row["id"], actions=()),
        )
        for row in rows
    ]


async def _late(desk: PageDesk, unit: ReadUnit) -> list[_Due]:
    """What the processor should have done, the longest ago first."""
    soonest = await unit.connection.fetchval(sql("late_deadlines"), unit.processors, "processor", READ, desk.now)
    return await _of_these(desk, unit, soonest, (None, None))


async def _begun(desk: PageDesk, unit: ReadUnit) -> list[_Due]:
    """What may go by now, and is never late."""
    soonest = await unit.connection.fetchval(sql("begun_deadlines"), unit.processors, READ, desk.now)
    return await _of_these(desk, unit, soonest, (None, None))


async def _of_these(desk: PageDesk, unit: ReadUnit, soonest: Any, began: tuple[Any, Any], **asked: Any) -> list[_Due]:
    rows: Sequence[Any] = await unit.connection.fetch(
        sql(among_name(DEADLINES.block)),
        unit.processors,
        READ,
        *began,
        *(asked.get(name) for name in DEADLINES.filters),
        soonest,
    )
    found = [
        _Due(
            subject=row["subject_id"],
            what=say_deadline(desk, row["rule"], row["text"]),
            due_at=row["due_at"],
            rule=row["rule"],
            boundary=row["boundary"],
            zone=row["zone"],
            clause=row["clause"],
            counted=True,
            late=row["overdue"],
            waiting=Waiting(subject=row["subject_id"], actions=of_rule(row["rule"])),
        )
        for row in rows
    ]
    # An item of a deletion plan has a deadline of its own for each that holds the data: one line says it.
    return list({(one.subject, one.what, one.due_at): one for one in found}.values())


async def _apart(desk: PageDesk, unit: ReadUnit, late: Sequence[_Due]) -> tuple[list[_Due], list[_Due]]:
    """What is late, and apart from it what is to be done at once and came up a moment ago: to do now."""
    moment = desk.now - JUST_NOW
    timed = [one for one in late if one.due_at is not None and one.due_at > moment]
    fresh = [one for one in timed if one.rule or one.at_once]
    if not fresh:
        return list(late), []
    names = await desk.names(unit, [one.subject for one in fresh])
    versions = {one.subject: _terms(names, one) for one in fresh}
    terms = await unit.engine.terms(unit.connection, [one for one in versions.values() if one is not None])
    now = set()
    for one in fresh:
        version = versions[one.subject]
        rule = terms[version].rules.get(one.rule) if version is not None else None
        if one.at_once or (rule is not None and rule.immediately):
            now.add((one.subject, one.due_at))
    to_do = [msgspec.structs.replace(one, late=False) for one in late if (one.subject, one.due_at) in now]
    return [one for one in late if (one.subject, one.due_at) not in now], to_do


async def _tasks(desk: PageDesk, unit: ReadUnit, span: _Span, roles: list[str]) -> list[_Due]:
    since, before = span
    rows: Sequence[Any] = await unit.connection.fetch(
        sql("list_open_tasks"), unit.processors, SHOWN, since, before, roles
    )
    return [_task(desk, row) for row in rows]


async def _mine(desk: PageDesk, unit: ReadUnit, since: datetime, roles: list[str]) -> list[_Due]:
    """What waits without a near end: breaches and what customers said first, what the records lack last, in one line
    for each kind of it."""
    rows: Sequence[Any] = await unit.connection.fetch(
        sql("waiting_tasks"), unit.processors, SHOWN, since, roles, list(LACKING), COUNTED + 1
    )
    ranks: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for row in sorted(rows, key=lambda row: (row["due_at"] is None, row["due_at"] or desk.now, row["id"])):
        topic = topic_of("task", row["kind"], row["about_kind"], reminds=False)
        ranks[0 if topic == "breaches" else 1 if topic == "answers" else 2].append(row)
    others = [row for row in ranks[2] if row["kind"] not in LACKING]
    lacking = [_alike(desk, row) for row in ranks[2] if row["kind"] in LACKING]
    begun = (await _begun(desk, unit))[: SHOWN // 2]
    pressing = [_task(desk, row) for row in (*ranks[0], *ranks[1])]
    found = [*pressing, *begun, *(_task(desk, row) for row in others)]
    return [*found[: SHOWN - len(lacking)], *lacking]


def _alike(desk: PageDesk, row: Any) -> _Due:
    """What several records lack, with how many; of one alone the task itself."""
    one, count = _task(desk, row), row["alike"]
    if count == 1:
        return one
    number = f"{desk.w.number(COUNTED)}+" if count > COUNTED else desk.w.number(count)
    rest = NextStep(desk.href("tasks", kind=row["kind"], state="open"), desk.w("board.all_alike", number=number))
    return msgspec.structs.replace(one, what=desk.w(f"alike.{row['kind']}", count=count, number=number), offer=rest)


def _task(desk: PageDesk, row: Any) -> _Due:
    data = msgspec.json.decode(row["data"])
    return _Due(
        subject=row["about"],
        what=say_task(desk, row["text"], data),
        due_at=row["due_at"],
        late=row["due_at"] is not None and row["due_at"] <= desk.now,
        at_once=row["kind"] in AT_ONCE,
        waiting=of_task(row["kind"], row["about"], row["id"], data),
    )


def _lateness(desk: PageDesk, one: _Due) -> Markup:
    """How late it is; of what is between the customer and others, that its time is over."""
    if not one.late or one.due_at is None:
        return Markup()
    return desk.w("late.over") if kept_unseen(one.rule) else desk.late_by(one.due_at)


async def _shown(desk: PageDesk, unit: ReadUnit, found: Mapping[str, Sequence[_Due]]) -> dict[str, list[DayLine]]:
    lines = [(name, one) for name, all in found.items() for one in all[:SHOWN]]
    names = await desk.names(unit, [one.subject for _, one in lines])
    offers = await settling(desk, unit, [one.waiting for _, one in lines], names)
    clauses = await desk.clauses(unit, [(one.clause, _terms(names, one)) for _, one in lines])
    shown: dict[str, list[DayLine]] = {name: [] for name in found}
    pairs = zip(lines, offers, strict=True)
    to_do = {(name, offer.href) for (name, one), offer in pairs if offer and one.waiting.task is not None}
    for (name, one), offer, clause in zip(lines, offers, clauses, strict=True):
        if one.counted and one.boundary == "from" and offer is not None and (name, offer.href) in to_do:
            continue  # it waits for a task that has a line of its own
        zone = one.zone or _zone(names, one) or desk.house.timezone
        shown[name].append(
            DayLine(
                what=one.what,
                about=desk.by(names, one.subject) if one.offer is None else Markup(),
                clause=escape(clause),
                when=_when(desk, one, zone),
                late=_lateness(desk, one),
                why=_why(desk, names.get(one.subject)) if one.counted else "",
                offer=one.offer or offer,
            )
        )
    return {name: _together(all) for name, all in shown.items()}


def _together(lines: Sequence[DayLine]) -> list[DayLine]:
    """What is due at the same moment and settled by the same button is one line, that says all of it."""
    found: dict[tuple[str, Markup] | int, DayLine] = {}
    for place, one in enumerate(lines):
        key: tuple[str, Markup] | int = (one.offer.href, one.when) if one.offer is not None and one.when else place
        first = found.get(key)
        if first is None:
            found[key] = one
            continue
        clause = first.clause or one.clause
        found[key] = msgspec.structs.replace(
            first, what=first.what + Markup("<br> ") + one.what, clause=clause, why=first.why or one.why
        )
    return list(found.values())


def _when(desk: PageDesk, one: _Due, zone: str) -> Markup:
    if one.due_at is None:
        return desk.w("board.since", since=desk.w.at(one.since, zone)) if one.since is not None else Markup()
    said = desk.due(one.due_at, one.rule, one.boundary, zone)
    return said if one.boundary == "from" else desk.w("board.when", when=said)


def _why(desk: PageDesk, name: Name | None) -> str:
    return f"{desk.href(name.path)}#deadlines" if name is not None and name.path else ""


def _zone(names: Mapping[UUID, Name], one: _Due) -> str:
    name = names.get(one.subject)
    return name.zone if name is not None and one.due_at is not None else ""


def _terms(names: Mapping[UUID, Name], one: _Due) -> UUID | None:
    name = names.get(one.subject)
    return name.terms_version_id if name is not None else None
