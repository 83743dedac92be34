"""Messages and deletion orders move by their tables, and no statement moves one otherwise."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from db.queries import blocks, sql
from tests.conftest import Database
from tests.db.samples import INSTANT, Samples, as_json
from workflows.errors import Refused
from workflows.kinds import BESIDE_SUBJECTS
from workflows.machine.machine import UndeclaredError, Workflow
from workflows.machine.vocabulary import BIRTH, Command
from workflows.message import table as message
from workflows.model.parties import Entity, NoContext
from workflows.webhook import order_table as order

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROW = Entity(id=UUID(int=1), processor_id=UUID(int=2))
LATER, NO_MORE = message.NotYet(NOW + timedelta(hours=1)), message.NotYet(NOW)
TAKEN, RELAYED = message.Accepted(final=True), message.Accepted(final=False)
AGAIN, ENOUGH = order.NotTaken(again=True), order.NotTaken(again=False)
UNSENT, EVERY, OPEN = message.UNSENT, message.EVERY, order.OPEN

MESSAGES: tuple[tuple[str, tuple[str, ...], msgspec.Struct | None, str | None], ...] = (
    ("queue", BIRTH, None, "queued"),
    ("sent", UNSENT, TAKEN, "received"),
    ("sent", UNSENT, RELAYED, "sent"),
    ("deferred", UNSENT, NO_MORE, "rejected"),
    ("deferred", UNSENT, LATER, "deferred"),
    ("unknown", UNSENT, NO_MORE, "rejected"),
    ("unknown", UNSENT, LATER, "unknown"),
    ("rejected", UNSENT, None, "rejected"),
    ("drop", UNSENT, None, "dropped"),
    ("erase", UNSENT, None, "dropped"),
    ("came_back", EVERY, None, "bounced"),
    ("arrived", ("sent", "unknown"), None, "received"),
    ("delayed", EVERY, None, None),
)
ORDERS: tuple[tuple[str, tuple[str, ...], msgspec.Struct | None, str | None], ...] = (
    ("plan", BIRTH, None, "waiting"),
    ("settled", OPEN, None, "settled"),
    ("stopped", OPEN, None, "stopped"),
    ("not_taken", OPEN, AGAIN, "waiting"),
    ("not_taken", OPEN, ENOUGH, "failed"),
    ("accepted", OPEN, None, "accepted"),
    ("confirmed", OPEN, None, "confirmed"),
    ("subject_moved", ("stopped",), None, "waiting"),
    ("ordered_anew", ("stopped", "accepted", "failed"), None, "waiting"),
    ("resume", ("failed",), None, "waiting"),
)
BOTH = pytest.mark.parametrize(
    ("name", "walk", "next_state"),
    [("message", MESSAGES, message.next_state), ("webhook_order", ORDERS, order.next_state)],
    ids=["message", "order"],
)

NextState = Callable[..., str]


@BOTH
def test_every_row_is_walked_from_every_state(name: str, walk: Any, next_state: NextState) -> None:
    flow = BESIDE_SUBJECTS[name]
    assert [(row.trigger, row.source, row.dest) for row in flow.table.rows] == [
        (trigger, sources, dest) for trigger, sources, _, dest in walk
    ]
    for trigger, sources, data, dest in walk:
        for source in sources:
            assert next_state(ROW, source, trigger, NOW, data) == (dest or source)


@BOTH
def test_what_no_row_says_is_refused(name: str, walk: Any, next_state: NextState) -> None:
    flow = BESIDE_SUBJECTS[name]
    for trigger, _, data, _ in walk:
        for state in flow.states:
            if not flow.answers(trigger, state):
                with pytest.raises(Refused):
                    next_state(ROW, state, trigger, NOW, data)


def test_a_message_is_still_to_be_sent_in_its_waiting_states_alone() -> None:
    assert set(message.OUTGOING.tagged("waits")) == set(UNSENT)
    assert {one for one in EVERY if not message.OUTGOING.states[one].final} == set(UNSENT)


def test_a_trigger_that_guards_decide_is_no_move_of_a_statement() -> None:
    with pytest.raises(UndeclaredError):
        message.OUTGOING.move("sent")
    with pytest.raises(UndeclaredError):
        message.OUTGOING.move("no such trigger")
    assert message.OUTGOING.move("arrived") == (["sent", "unknown"], "received")
    assert message.OUTGOING.move("delayed") == (list(EVERY), None)


# What statements write

_SETS = re.compile(r"update (message|webhook_order)(?: \w+)?\s+set\b(.*?)(?:\bfrom\b|\bwhere\b|\Z)", re.DOTALL)
_BEGINS = re.compile(r"insert into (message|webhook_order) ")


def literal_states(text: str, flow: Workflow[Any, Any]) -> set[str]:
    return {one for one in re.findall(r"'([a-z]+)'", text) if one in flow.states}


def writers(found: dict[str, str]) -> dict[str, set[str]]:
    """Blocks that begin or move a message or an order, with the states that they name themselves."""
    moving: dict[str, set[str]] = {}
    for name, commented in found.items():
        text = re.sub(r"--.*", "", commented)
        for table, setting in _SETS.findall(text):
            if re.search(r"\bstate\s*=", setting):
                moving.setdefault(name, set()).update(literal_states(text, BESIDE_SUBJECTS[table]))
        for table in _BEGINS.findall(text):
            moving.setdefault(name, set()).update(literal_states(text, BESIDE_SUBJECTS[table]))
    return moving


def test_statements_are_given_the_states_that_they_write() -> None:
    found = writers(dict(blocks()))
    assert set(found) == {
        "insert_messages", "repeat_messages", "record_attempts", "record_return", "erase_personal", "drop_mail",
        "plan_orders", "wake_orders", "restart_feed", "settle_order",
    }  # fmt: skip
    assert {name: words for name, words in found.items() if words} == {}
    planted = {"planted": "update message m set state = 'sent', next_at = null where m.id = $1"}
    assert writers(planted) == {"planted": {"sent"}}


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Past row-level security and foreign keys: a row is what is tried. Nothing of it stays."""
    made = await asyncpg.connect(database.superuser)
    await made.execute("begin; set local session_replication_role = replica")
    yield made
    await made.execute("rollback")
    await made.close()


async def test_an_attempt_writes_no_move_that_the_table_lacks(connection: asyncpg.Connection) -> None:
    row = await (await Samples.of(connection)).insert(connection, "message", state="queued")
    planted = {name: row[name] for name in ("id", "processor_id", "subject_id")}
    planted |= {"outcome": None, "words": "", "data": {}}
    for state, dest in product(EVERY, EVERY):
        await connection.execute("update message set state = $2 where id = $1", row["id"], state)
        rows = as_json([{**planted, "state": dest}])
        await connection.execute(sql("record_attempts"), rows, [], message.OUTGOING.moves())
        found = await connection.fetchval("select state from message where id = $1", row["id"])
        declared = any(one.dest == dest and state in one.source for one in message.ROWS)
        assert found == (dest if declared else state), f"{state} to {dest}"


async def test_an_answer_writes_no_move_that_the_table_lacks(connection: asyncpg.Connection) -> None:
    row = await (await Samples.of(connection)).insert(connection, "webhook_order", state="waiting")
    for state, dest in product(order.DELETION_ORDER.states, order.DELETION_ORDER.states):
        await connection.execute("update webhook_order set state = $2 where id = $1", row["id"], state)
        said = (row["id"], dest, "", None, 1, 1, None, order.DELETION_ORDER.moves())
        await connection.execute(sql("settle_order"), *said)
        found = await connection.fetchval("select state from webhook_order where id = $1", row["id"])
        declared = any(one.dest == dest and state in one.source for one in order.ROWS)
        assert found == (dest if declared else state), f"{state} to {dest}"


@pytest.mark.parametrize(
    ("trigger", "state", "expected", "due"),
    [
        ("arrived", "unknown", "received", False),
        ("arrived", "deferred", "deferred", True),
        ("came_back", "queued", "bounced", False),
        ("delayed", "unknown", "unknown", True),
    ],
)
async def test_what_a_report_settles_is_not_sent_again(
    connection: asyncpg.Connection, trigger: str, state: str, expected: str, due: bool
) -> None:
    row = await (await Samples.of(connection)).insert(connection, "message", state=state, next_at=INSTANT)
    move, waits = message.OUTGOING.move(trigger), message.OUTGOING.tagged("waits")
    said = ([row["processor_id"]], row["id"], "delivered", "", INSTANT, *move, waits)
    await connection.execute(sql("record_return"), *said)
    after = await connection.fetchrow("select state, next_at from message where id = $1", row["id"])
    assert after is not None
    assert (after["state"], after["next_at"] is not None) == (expected, due)


async def test_what_was_settled_and_still_due_is_due_no_more(connection: asyncpg.Connection) -> None:
    row = await (await Samples.of(connection)).insert(connection, "message", state="received", next_at=INSTANT)
    same = {name: row[name] for name in ("id", "processor_id", "subject_id", "state")}
    rows = as_json([{**same, "outcome": None, "words": "", "data": {}}])
    await connection.execute(sql("record_attempts"), rows, [], message.OUTGOING.moves())
    after = await connection.fetchrow("select state, next_at from message where id = $1", row["id"])
    assert after is not None
    assert (after["state"], after["next_at"]) == ("received", None)


def test_a_command_of_a_table_beside_subjects_makes_no_event() -> None:
    step = message.OUTGOING.step(
        "queued", ROW, NoContext(), Command(subject=ROW.id, trigger="drop", at=NOW, now=NOW, actor="mail")
    )
    assert (step.effects, step.data, step.personal) == ((), {}, {})
