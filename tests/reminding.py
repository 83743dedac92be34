"""What tests of reminders begin with: deadlines that are owed, tasks that are asked for, and a clock that jumps."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from db.session import transaction
from tests.world import World
from workflows.engine.batch import Batch, Subject
from workflows.engine.writing import write
from workflows.machine.effects import Effect, OpenDeadline
from workflows.terms.model import Due

AMSTERDAM = "Europe/Amsterdam"


async def asked(world: World, about: UUID, kind: str, *effects: Effect) -> None:
    """One batch in which a subject asks for these, in this order."""
    async with transaction(world.pools.worker) as connection:
        batch = Batch(await world.now())
        voice = Subject(
            id=about, processor_id=world.processor, kind=kind, parent_id=None, state="", version=0, head=b""
        )
        for effect in effects:
            batch.effect(voice, effect, batch.now, "test")
        await write(connection, batch)


def owed(due_at: datetime, party: Literal["controller", "processor"] = "processor", rule: str = "x.owed") -> Due:
    """A deadline, however it was counted."""
    return Due(
        rule=rule, due_at=due_at, last_day=due_at.date(), boundary="exclusive", clause="1.2", steps=(), party=party,
        reading="", zone=AMSTERDAM, calendar="",
    )  # fmt: skip


async def owing(world: World, due_at: datetime, text: str = "Do it") -> UUID:
    """An agreement of a known customer, with a deadline of the processor's own."""
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer("Bakery"))
    await asked(world, agreement, "agreement", OpenDeadline(owed(due_at), text, agreement))
    return agreement


async def said(world: World, *types: str) -> list[tuple[str, str, datetime]]:
    """What was said of tasks and subjects again: the event, the role or rule in it, and when it happened."""
    rows = await world.rows(
        "select type, at, recorded_at, body::json -> 'data' ->> 'level' as level from event "
        "where type = any ($1::text[]) order by id",
        list(types or ("task.opened", "task.reminded", "task.escalated", "task.dropped", "task.done")),
    )
    return [(row["type"].removeprefix("task."), row["level"] or "", row["at"]) for row in rows]


async def jump(world: World, to: datetime) -> None:
    """The clock goes on while no worker looks."""
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = $1", to)


async def window(world: World, terms: str = "kmo-solutions") -> tuple[UUID, Any]:
    """A change that one customer was told of; its notice."""
    await world.make_processor()
    agreement = await world.make_agreement(terms)
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    return change, await world.notice(change, agreement)


async def mails(world: World, kind: str = "reminder") -> list[Any]:
    return await world.rows(
        "select created_at, data::json ->> 'rule' as rule, (data::json ->> 'closes_at')::timestamptz as closes_at, "
        "counts from message where kind = $1 order by id",
        kind,
    )
