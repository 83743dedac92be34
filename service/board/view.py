"""A page about one subject: facts, parts and what may be done, as plain data for one template."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from markupsafe import Markup

from db.queries import sql
from service.board.desk import PageDesk
from service.board.forms.offers import done_in, offers_of
from service.board.names import Name
from service.board.pictures.parts import drawn_parts, drawn_states, foreseen_for
from service.board.saying import actor_id, say_actor, say_doer, say_event, say_task
from service.board.settling import FIRST, NextStep, of_task, settling
from service.http.request_context import ReadUnit
from service.http.subjects import Resource
from service.pictures.picture import Picture
from workflows.ledger.chain import Body
from workflows.task.table import of_director

MOST: Final = 50
"""Rows of one part of a page; a list has the others."""


class BoardFact(msgspec.Struct, frozen=True):
    """Something that is known: what it is called, and what it is."""

    label: Markup
    value: Markup


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits or happened: when, what, and what stands below it."""

    what: Markup
    when: Markup = Markup()
    more: Markup = Markup()
    counted: Picture | None = None
    """How it was counted, drawn."""
    steps: tuple[Markup, ...] = ()
    """How it was counted, step by step."""
    late: bool = False
    offer: NextStep | None = None
    """What settles it, as a button."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a page. `none` stands there where it has nothing; `id` is its anchor."""

    id: str
    title: Markup
    intro: Markup = Markup()
    facts: tuple[BoardFact, ...] = ()
    heads: tuple[Markup, ...] = ()
    rows: Sequence[Sequence[Markup]] = ()
    lines: Sequence[Line] = ()
    points: tuple[Markup, ...] = ()
    """Sentences, one below another."""
    log: bool = False
    """Whether the lines are what happened, one after another."""
    none: Markup = Markup()
    more: Markup = Markup()
    """A link to all of it."""

    @property
    def empty(self) -> bool:
        return not (self.facts or self.rows or self.lines or self.points)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says of its subject."""

    title: Markup
    facts: tuple[BoardFact, ...] = ()
    blocks: tuple[Block, ...] = ()
    links: tuple[Markup, ...] = ()
    """Further pages and files about it."""
    stopped: Markup = Markup()
    """What keeps it from being used, whatever else stands there, and what to do about it."""


Build = Callable[[PageDesk, ReadUnit, Any, Any], Awaitable[View]]
"""Makes the view of a subject as it is shown to the API, and of its row."""


class BoardPage(msgspec.Struct, frozen=True):
    """A kind of subject that has a page: how it is read, and what is said of it."""

    resource: Resource
    build: Build


async def subject_page(desk: PageDesk, of: BoardPage, id: UUID) -> Response[str]:
    """The page of one subject. Raises NotFound, also for another processor's."""
    resource = of.resource
    call = desk.call()
    foreseen = await foreseen_for(desk, resource, id)
    async with call.reading() as unit:
        row = await resource.row(unit, id)
        unit.known_now = desk.now
        shown = await resource.shown_alone(unit, row, {})
        view = await of.build(desk, unit, shown, row)
        # What waits about a customer of a breach is about that customer's part of it.
        about = [id, *(one.id for one in getattr(shown, "cases", ()))]
        own = await _tasks(desk, unit, about) if resource.kind != "task" else None
        files = await _files(desk, unit, id)
        drawn = await drawn_parts(desk, unit, resource, shown, foreseen)
    subject = {"id": shown.id, "state": shown.state, "actions": shown.actions}
    offers = await offers_of(desk.request, resource.path, subject)
    return desk.shown(
        "subject.html",
        view=view,
        kind=desk.f.kind(resource.kind),
        list_link=desk.link(resource.path, desk.w(f"list.{resource.path}")),
        state=desk.state(resource.kind, shown.state),
        set_apart=shown.set_apart or "",
        done=done_in(desk.request, resource.path),
        tasks=own,
        files=files,
        offers=offers,
        drawn=drawn,
        states=drawn_states(desk, resource, shown, offers),
        f=desk.f,
    )


def fact(desk: PageDesk, name: str, value: Markup) -> BoardFact:
    """A fact under its usual label."""
    return BoardFact(desk.label(name), value)


def facts(desk: PageDesk, shown: Any, *names: str) -> tuple[BoardFact, ...]:
    """Fields as they are, those that say something."""
    found = ((name, desk.said(name, getattr(shown, name))) for name in names)
    return tuple(fact(desk, name, value) for name, value in found if value)


def some(*found: BoardFact) -> tuple[BoardFact, ...]:
    """Facts that say something."""
    return tuple(one for one in found if one.value)


def chips(desk: PageDesk, listed: str, labels: Sequence[str]) -> Markup:
    """Labels, each a link to the list of those that have it."""
    links = (Markup("<li>{}</li>").format(desk.link(listed, one, label=one)) for one in labels)
    return Markup('<ul class="labels">{}</ul>').format(Markup("").join(links)) if labels else Markup()


async def _tasks(desk: PageDesk, unit: ReadUnit, about: Sequence[UUID]) -> Block | None:
    rows: Sequence[Any] = await unit.connection.fetch(sql("tasks_about"), unit.processors, about, MOST)
    if not rows:
        return None
    # What has to be done before another stands before it.
    rows = sorted(rows, key=lambda row: (row["due_at"] is None, row["due_at"], row["kind"] not in FIRST.values()))
    waiting = [
        of_task(
            row["kind"],
            row["about"],
            row["id"],
            msgspec.json.decode(row["data"]),
            directors=of_director(row["role"], row["escalated_at"]),
        )
        for row in rows
    ]
    names = await desk.names(unit, [row["about"] for row in rows])
    offers = await settling(desk, unit, waiting, names)
    lines = tuple(_task(desk, row, offer, names.get(row["about"])) for row, offer in zip(rows, offers, strict=True))
    return Block(id="tasks", title=desk.w("part.tasks"), lines=lines)


async def _files(desk: PageDesk, unit: ReadUnit, id: UUID) -> Block | None:
    """What was handed in as evidence, to be saved, the newest first."""
    rows: Sequence[Any] = await unit.connection.fetch(sql("evidence_files"), unit.processors, [id])
    there = {row["id"]: row for row in reversed(rows) if row["erased_at"] is None}
    if not there:
        return None
    lines = [
        Line(what=desk.link(f"files/{file}", row["name"]), when=desk.at(row["made_at"])) for file, row in there.items()
    ]
    return Block(id="files", title=desk.w("part.files"), lines=lines[:MOST])


def _task(desk: PageDesk, row: Any, offer: NextStep | None, about: Name | None) -> Line:
    return Line(
        what=desk.link(f"tasks/{row['id']}", say_task(desk, row["text"], msgspec.json.decode(row["data"]))),
        when=desk.last_of(row["due_at"], about),
        more=say_doer(desk, row["owner"], row["role"], row["escalated_at"]),
        late=row["due_at"] is not None and row["due_at"] <= desk.now,
        offer=offer,
    )


async def record(desk: PageDesk, unit: ReadUnit, id: UUID) -> Block:
    """What happened to a subject by itself, the newest first."""
    rows: Sequence[Any] = await unit.connection.fetch(sql("subject_events"), unit.processors, id, MOST)
    return Block(id="record", title=desk.w("part.record"), log=True, lines=await events(desk, unit, rows))


async def events(
    desk: PageDesk, unit: ReadUnit, rows: Sequence[Any], names: dict[UUID, Name] | None = None
) -> list[Line]:
    """Events of the ledger in words, each with who did it."""
    said = [msgspec.json.decode(row["body"], type=Body) for row in rows]
    ids = [found for one in said if (found := actor_id(one.actor)) is not None]
    persons = await unit.connection.fetch(sql("actor_names"), ids) if ids else []
    known = {row["id"]: row["name"] for row in persons}
    lines = []
    for one in said:
        about = names.get(one.subject) if names is not None else None
        what = say_event(desk, one)
        if about is not None:
            what = desk.w("event.about", what=what, about=desk.named(about))
        lines.append(Line(what=what, when=desk.at(one.at), more=say_actor(desk, one.actor, known)))
    return lines
