"""What would happen, as it is told: events, mails, deadlines, engagements and tasks, with names that people know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from db.queries import sql
from service.foresight.course import Course, Foreseer
from workflows.kinds import states_of
from workflows.ledger.chain import Body
from workflows.model.task import Task
from workflows.task.table import TASK
from workflows.terms.model import Party
from workflows.words import Language


class EventForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """An event that would be appended; `before` null where the subject begins with it."""

    at: datetime
    subject: UUID
    subject_kind: str
    type: str
    before: str | None
    after: str
    actor: str
    customer_name: str | None
    subprocessor_name: str | None
    reference: str | None
    """The main contract of the agreement that it is about."""
    data: dict[str, Any] = {}
    """What the event says besides."""


class MailForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that would go out; that it arrives when it is sent is taken for granted."""

    at: datetime
    kind: str
    subject: UUID
    to: str
    language: Language
    customer_name: str | None
    reference: str | None


class DeadlineForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline that would begin, or end: met, no longer wanted, or replaced by another instant."""

    what: Literal["opened", "met", "dropped", "replaced"]
    rule: str
    subject: UUID
    due_at: datetime
    zone: str
    """By whose clocks it is counted."""
    clause: str
    party: Party
    text: str
    customer_name: str | None
    reference: str | None


class EngagementForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """A subprocessor that might work for an agreement from `since`, or no longer from `until`."""

    agreement_id: UUID
    subprocessor_id: UUID
    subprocessor_name: str
    country: str | None
    since: datetime
    until: datetime | None


class TaskForeseen(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person would have to do, or no longer."""

    what: Literal["opened", "closed"]
    kind: str
    about: UUID
    text: str
    data: dict[str, Any]
    due_at: datetime | None
    customer_name: str | None
    reference: str | None


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What would happen, in order; nothing of it is written.

    `complete` is false where only the first part of it could be told in time. `reached` is the instant up to which it
    is told.
    """

    reached: datetime
    complete: bool
    events: list[EventForeseen]
    mails: list[MailForeseen]
    deadlines: list[DeadlineForeseen]
    engagements: list[EngagementForeseen]
    tasks: list[TaskForeseen]


class ActionForeseen(Foreseen, frozen=True, kw_only=True):
    """What an action would do: `state` is where its subject would stand, with all that follows at once."""

    state: Annotated[str, states_of()]
    version: int


class RecordForeseen(Foreseen, frozen=True, kw_only=True):
    """What a write would do that moves no subject, such as one about a user, a key or a file.

    `answer` is what it would answer; ids in it are made anew when it is done, and what is shown once is null.
    """

    answer: Any


class _Named(msgspec.Struct, frozen=True):
    customer_name: str | None = None
    subprocessor_name: str | None = None
    reference: str | None = None


Names = Mapping[UUID, _Named]
_NOBODY = _Named()


async def told(course: Course) -> Foreseen:
    """Put in words what a course gathered; in its transaction, before it is undone."""
    engine, connection = course.engine, course.connection
    touched = engine.touched
    tasks = _tasks(engine)
    rows = await connection.fetch(
        sql("foreseen_names"), course.processors, [*touched, *(one.about for _, one in tasks)]
    )
    names = {row["id"]: _Named(row["customer_name"], row["subprocessor_name"], row["reference"]) for row in rows}
    deadlines = await connection.fetch(sql("foreseen_deadlines"), course.processors, touched)
    engagements = await connection.fetch(sql("foreseen_engagements"), course.processors, touched)
    return Foreseen(
        reached=course.now,
        complete=course.complete,
        events=[_event(row.body, names) for batch in engine.gathered for row in batch.events],
        mails=[_mail(row, names) for batch in engine.gathered for row in batch.messages if not row["carried_by"]],
        deadlines=[_deadline(row, names) for row in deadlines],
        engagements=[EngagementForeseen(**dict(row)) for row in engagements],
        tasks=[
            TaskForeseen(
                what=what, kind=one.kind, about=one.about, text=one.text, data=one.data,
                due_at=one.due_at, customer_name=names.get(one.about, _NOBODY).customer_name,
                reference=names.get(one.about, _NOBODY).reference,
            )
            for what, one in tasks
        ],
    )  # fmt: skip


async def write_told(course: Course, subject: UUID | None, answer: Any) -> ActionForeseen | RecordForeseen:
    """The same with where the subject of a write would stand, or with its `answer` where it is about none."""
    found = msgspec.structs.asdict(await told(course))
    stands = await course.connection.fetchrow(sql("stands"), course.processors, subject)
    if stands is None:
        return RecordForeseen(**found, answer=answer)
    return ActionForeseen(**found, state=stands["state"], version=stands["version"])


def _event(body: str, names: Names) -> EventForeseen:
    said = msgspec.json.decode(body, type=Body)
    about = names.get(said.subject, _NOBODY)
    return EventForeseen(
        at=said.at,
        subject=said.subject,
        subject_kind=said.kind,
        type=said.type,
        before=said.before,
        after=said.after,
        actor=said.actor,
        customer_name=about.customer_name,
        subprocessor_name=about.subprocessor_name,
        reference=about.reference,
        data=said.data,
    )


def _mail(row: Mapping[str, Any], names: Names) -> MailForeseen:
    return MailForeseen(
        at=row["created_at"],
        kind=row["kind"],
        subject=row["subject_id"],
        to=row["address"],
        language=row["language"],
        customer_name=names.get(row["subject_id"], _NOBODY).customer_name,
        reference=names.get(row["subject_id"], _NOBODY).reference,
    )


def _deadline(row: Any, names: Names) -> DeadlineForeseen:
    return DeadlineForeseen(
        what="opened" if row["open"] else row["closed_how"],
        rule=row["rule"],
        subject=row["subject_id"],
        due_at=row["due_at"],
        zone=row["zone"],
        clause=row["clause"],
        party=row["party"],
        text=row["text"],
        customer_name=names.get(row["subject_id"], _NOBODY).customer_name,
        reference=names.get(row["subject_id"], _NOBODY).reference,
    )


def _tasks(engine: Foreseer) -> list[tuple[Literal["opened", "closed"], Task]]:
    """Tasks as they stand at the end; one that was opened and closed on the way was never there."""
    new: set[UUID] = set()
    found: dict[UUID, Task] = {}
    for batch in engine.gathered:
        for id, entity in batch.entities.get(TASK.name, {}).items():
            assert isinstance(entity, Task)
            found[id] = entity
            if batch.subjects[id].was == 0:
                new.add(id)
    return [
        ("opened" if one.done_at is None else "closed", one)
        for id, one in found.items()
        if (id in new) == (one.done_at is None)
    ]
