"""Deletion orders: a system is asked to carry out an item of an approved plan, and answers with evidence.

Checked as a person's confirmation is, under the subject's lock, and on record before it goes out. What is held,
not approved or not yet its turn is not ordered; what was ordered and is not confirmed stays a person's task.
"""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.webhooks.feed import GONE, LEASE, PAUSES, Feed
from service.webhooks.messages import WebhookMessage, order_message
from service.webhooks.sending import Reply
from workflows.errors import Refused, TermijnError
from workflows.intake.checks import words_problem
from workflows.kinds import WORKFLOWS
from workflows.machine.messages import ORDERED, WEBHOOK_GONE
from workflows.machine.vocabulary import Command
from workflows.model.deletion import Ordered, PlanItem
from workflows.model.parties import Entity
from workflows.webhook.order_table import DELETION_ORDER, NotTaken, next_state

AT_A_TIME: Final = 20
LOOK_AGAIN: Final = 86_400.0
"""Seconds until a stopped order is looked at again, besides whenever its subject moves: a hold may run out."""
ACCEPTED: Final = 202
Trigger = Literal["accepted", "confirmed", "stopped", "settled", "not_taken"]
MOVES: Final = DELETION_ORDER.moves()
_SETTLED: Final = frozenset({"known_task", "known_item"})
"""Guards that say no because nothing is left to do."""


class Evidence(msgspec.Struct, frozen=True):
    """What a system answers once the data are gone, or back with the customer."""

    evidence: str


class Order(Entity, frozen=True, kw_only=True):
    """A row of `due_orders`; `ordered_at` None until it was first handed over (UTC)."""

    state: str
    subject: UUID
    kind: str
    item_id: UUID
    item: PlanItem | None
    made_at: datetime
    ordered_at: datetime | None
    tries: int
    evidence: str | None


class OrderVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an order: its trigger. `pause` in seconds until the next look, None for none."""

    trigger: Trigger
    words: str
    pause: float | None = None
    tries: int = 0
    evidence: str | None = None


async def carry(feed: Feed) -> None:
    """Hand over what is due, oldest first, until the receiver takes none or it is another's turn."""
    if not feed.goes_on:
        return
    async with feed.shared.writing() as connection:
        rows = await connection.fetch(sql("due_orders"), feed.webhook.id, AT_A_TIME)
    for row in rows:
        if not feed.goes_on or not await _carry_one(feed, _order(row)):
            return


async def _carry_one(feed: Feed, order: Order) -> bool:
    """Hand over one order; gives whether the next may follow."""
    if order.item is None:
        await _settle(feed, order, OrderVerdict(trigger="settled", words="the item is no longer in the plan"))
        return True
    if order.evidence is not None:
        async with feed.shared.writing() as connection:
            await _write(feed, connection, order, await _confirm(feed, connection, order, order.evidence))
        return True
    if not await _allow(feed, order):
        return True
    message = order_message(order.kind, order.subject, order.item, order.made_at, feed.shared.sender.config.base_url)
    return await _hand_over(feed, order, message)


async def _allow(feed: Feed, order: Order) -> bool:
    """Check it under the lock, and put the first handing over on record; whether it may go out."""
    async with feed.shared.writing() as connection:
        try:
            await _check(feed, connection, order)
        except TermijnError as error:
            await _write(feed, connection, order, _stopped(error))
            return False
        feed.lease = await connection.fetchval(sql("renew_feed"), feed.webhook.id, feed.lease, LEASE)
    return feed.lease is not None


async def _check(feed: Feed, connection: Connection, order: Order) -> None:
    """Raises what forbids it. A further attempt is checked again and makes no further event."""
    engine, processors = feed.shared.engine, feed.processors
    now = await connection.fetchval(sql("now"))
    command = Command(
        subject=order.subject,
        trigger=ORDERED.trigger,
        at=now,
        now=now,
        actor=_actor(feed),
        data=Ordered(task_id=order.item_id, webhook_id=feed.webhook.id),
    )
    if order.ordered_at is None:
        await engine.run(connection, processors, [command])
        await connection.execute(sql("order_is_out"), order.id)
        return
    subjects = await engine.lock(connection, processors, [order.subject])
    loaded = await engine.load(connection, subjects)
    entity, context = loaded[order.subject]
    subject = subjects[order.subject]
    WORKFLOWS[order.kind].step(subject.state, entity, context, command)


async def _hand_over(feed: Feed, order: Order, message: WebhookMessage) -> bool:
    reply = await feed.send(message)
    tries = order.tries + 1
    async with feed.shared.writing() as connection:
        if reply.status == GONE:
            await connection.fetch(sql("lock_subjects"), feed.processors, [feed.webhook.id])
        verdict = await _answered(feed, connection, order, reply, tries)
        await feed.note(connection, message, tries, reply)
        await _write(feed, connection, order, verdict)
        if not reply.delivered:
            await connection.execute(sql("delay_orders"), feed.webhook.id, verdict.pause or PAUSES[0])
        if reply.status == GONE:
            await feed.tell(connection, WEBHOOK_GONE, reply)
        await feed.look(connection)
    return reply.delivered


async def _answered(feed: Feed, connection: Connection, order: Order, reply: Reply, tries: int) -> OrderVerdict:
    if not reply.delivered:
        pause = PAUSES[tries - 1] if tries <= len(PAUSES) and reply.status != GONE else None
        return OrderVerdict(trigger="not_taken", words=reply.words, pause=pause, tries=tries)
    if reply.status == ACCEPTED:
        return OrderVerdict(trigger="accepted", words="answered 202: it confirms later", tries=tries)
    evidence = evidence_of(reply.body)
    if evidence is None:
        words = f"{reply.words} without evidence: it is not confirmed"
        return OrderVerdict(trigger="accepted", words=words, tries=tries)
    return await _confirm(feed, connection, order, evidence)


async def _confirm(feed: Feed, connection: Connection, order: Order, evidence: str) -> OrderVerdict:
    """Confirm the item in the system's name; evidence that may not count now is kept until it may."""
    now = await connection.fetchval(sql("now"))
    command = Command(
        subject=order.subject,
        trigger="confirm",
        at=now,
        now=now,
        actor=_actor(feed),
        data={"task_id": order.item_id, "evidence": evidence},
    )
    try:
        await feed.shared.engine.run(connection, feed.processors, [command])
    except TermijnError as error:
        verdict = _stopped(error)
        kept = evidence if verdict.trigger == "stopped" else None
        return msgspec.structs.replace(verdict, words=f"its evidence waits: {verdict.words}", evidence=kept)
    return OrderVerdict(trigger="confirmed", words="confirmed with its evidence", tries=order.tries)


def evidence_of(body: bytes) -> str | None:
    """What proves it, in a system's answer; None where the answer does not say so in a form that can be kept."""
    try:
        said = msgspec.json.decode(body, type=Evidence).evidence
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return said if said.strip() and words_problem(said) is None else None


def _stopped(error: TermijnError) -> OrderVerdict:
    if isinstance(error, Refused) and error.guard in _SETTLED:
        return OrderVerdict(trigger="settled", words="it was confirmed otherwise, or is no longer asked for")
    return OrderVerdict(trigger="stopped", words=error.detail, pause=LOOK_AGAIN)


async def _settle(feed: Feed, order: Order, verdict: OrderVerdict) -> None:
    async with feed.shared.writing() as connection:
        await _write(feed, connection, order, verdict)


async def _write(feed: Feed, connection: Connection, order: Order, verdict: OrderVerdict) -> None:
    version = await connection.fetchval(sql("subject_version"), feed.processors, order.subject)
    data = NotTaken(again=verdict.pause is not None) if verdict.trigger == "not_taken" else None
    state = next_state(order, order.state, verdict.trigger, await connection.fetchval(sql("now")), data)
    await connection.execute(
        sql("settle_order"),
        order.id,
        state,
        verdict.words,
        verdict.pause,
        version,
        verdict.tries,
        verdict.evidence,
        MOVES,
    )


def _actor(feed: Feed) -> str:
    return f"webhook:{feed.webhook.id}"


def _order(row: Any) -> Order:
    plan = msgspec.json.decode(row["plan"], type=tuple[PlanItem, ...])
    return Order(
        id=row["id"],
        processor_id=row["processor_id"],
        state=row["state"],
        subject=row["subject_id"],
        kind=row["kind"],
        item_id=row["item_id"],
        item=next((one for one in plan if one.id == row["item_id"]), None),
        made_at=row["made_at"],
        ordered_at=row["ordered_at"],
        tries=row["tries"],
        evidence=row["evidence"],
    )
