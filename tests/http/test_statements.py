"""How many statements the main requests take: each row is read once, and the clock once."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db.queries import blocks
from service.links import Purpose, ensure_link, url
from tests.http.conftest import acme, api, settings
from tests.pages.conftest import hidden
from tests.resources.conftest import Desk, desk

__all__ = ["acme", "api", "desk", "settings"]

KEY = ["key_holder"]
"""Looked at anew in each request, so that a key that was revoked opens nothing more."""
ARRIVAL = ["now"]
"""A simulated clock is asked when a request arrives that may write; the system's is known without."""
TURN = ["link_opens", "belongs_to"]
"""Whose a link is and which change its notice holds still, looked up before a connection is kept: what the post waits
for where somebody has it."""
READS = ("read_", "load_", "list_", "now", "begin_write", "notice_page", "open_link")


class Statements:
    """What is executed, by the names of the blocks."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def within(self) -> list[str]:
        """Those of the last transaction: the request's own work."""
        last = max(place for place, name in enumerate(self.seen) if name == "begin")
        return self.seen[last:]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    names = {text: name for name, text in blocks().items()}
    found = Statements()
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        run = getattr(asyncpg.Connection, name)

        async def counted(self: Any, query: str, *args: Any, run: Any = run, **more: Any) -> Any:
            task = asyncio.current_task()
            # On a slow machine the heartbeat comes in between, which is no request's work.
            if task is None or "Periodic.keep" not in repr(task.get_coro()):
                found.seen.append(names.get(query, query.split()[0].rstrip(";")))
            return await run(self, query, *args, **more)

        monkeypatch.setattr(asyncpg.Connection, name, counted)
    return found


async def asked(desk: Desk, statements: Statements, method: str, path: str, json: Any = None) -> list[str]:
    """What a request's work executes; who asks and when it came take one of their own each."""
    statements.seen.clear()
    answer = await desk.api.call(method, path, json=json)
    assert answer.status_code in (200, 201), answer.text
    own = statements.within()
    assert statements.seen == [*(ARRIVAL if method != "GET" else []), *KEY, *own]
    read = [name for name in own if name.startswith(READS)]
    assert len(read) == len(set(read)), f"read twice: {read}"
    return own


async def test_a_read_takes_one_statement(desk: Desk, statements: Statements) -> None:
    made, worker = await desk.agreement(), await desk.subprocessor()
    change = await desk.announced(worker["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    for path, block in (
        (f"agreements/{made['id']}", "read_agreement"),
        (f"changes/{change['id']}", "read_change"),
        (f"notices/{notice['id']}", "read_notice"),
        ("agreements", "list_agreements"),
        ("changes", "list_changes"),
        ("notices", "list_notices"),
        ("tasks", "list_tasks"),
        ("deadlines", "list_deadlines"),
    ):
        assert await asked(desk, statements, "GET", path) == ["begin", block, "commit"], path
    question = f"engagements/check?agreement_id={made['id']}&subprocessor_id={worker['id']}"
    assert await asked(desk, statements, "GET", question) == ["begin", "gate", "commit"]


async def test_what_is_looked_up_by_its_id_is_planned_once(desk: Desk) -> None:
    """Left to itself the server plans the gate's statement anew for each question, which costs more than to ask it."""
    made, worker = await desk.agreement(), await desk.subprocessor()
    await desk.get(f"agreements/{made['id']}")
    before = await _custom_plans(desk)  # of an earlier test, which asked in another way over the same connection
    for _ in range(3):
        await desk.get("engagements/check", agreement_id=made["id"], subprocessor_id=worker["id"])
        await desk.get(f"agreements/{made['id']}")
    after = await _custom_plans(desk)
    assert len(after) == 2
    assert after == {one: before.get(one, 0) for one in after}


async def _custom_plans(desk: Desk) -> dict[str, int]:
    """How often the gate's statement and a read by id were planned anew, on the connection that was given back last."""
    async with desk.api.app.state.parts.pool.acquire() as connection:
        rows = await connection.fetch(
            "select statement, custom_plans from pg_prepared_statements where statement = any ($1)",
            [blocks()["gate"], blocks()["read_agreement"]],
        )
    return {row["statement"]: row["custom_plans"] for row in rows}


async def test_what_is_made_is_written_and_read_back(desk: Desk, statements: Statements) -> None:
    body = {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []}
    own = await asked(desk, statements, "POST", "customers", body)
    assert own[:2] == ["begin", "begin_write"]
    assert own[-2:] == ["read_customer", "commit"]
    assert len(own) <= 7


async def test_a_command_locks_and_reads_its_subject_once(desk: Desk, statements: Statements) -> None:
    made = await desk.agreement()
    for action, body in (("end-main-contract", {"on": "2026-12-31"}), ("hold", {"ground": "tax law"})):
        own = await asked(desk, statements, "POST", f"agreements/{made['id']}/{action}", body)
        assert own.count("lock_subjects") == own.count("load_agreement") == own.count("read_agreement") == 1
        assert len(own) <= 16, own
    stale = await desk.api.post(f"agreements/{made['id']}/send", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert "subject_states" not in statements.seen


async def test_announcing_looks_at_no_agreement(desk: Desk, statements: Statements) -> None:
    """60 of its 160 functions and 5 of its 24 statements were a preview, for one date."""
    await desk.agreement()
    worker = await desk.subprocessor()
    change = await desk.change(worker["id"])
    own = await asked(desk, statements, "POST", f"changes/{change['id']}/notify", {})
    assert "agreements_to_preview" not in own
    assert len(own) <= 13, own
    again = await desk.change(worker["id"], kind="remove")
    shown = await desk.get(f"changes/{again['id']}/preview")
    own = await asked(desk, statements, "POST", f"changes/{again['id']}/notify", {"preview": shown["digest"]})
    assert own.count("agreements_to_preview") == 1


async def test_an_answer_by_link_locks_and_reads_its_notice_once(desk: Desk, statements: Statements) -> None:
    made, worker = await desk.agreement(), await desk.subprocessor()
    change = await desk.announced(worker["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    path = await link(desk, UUID(made["customer_id"]), UUID(notice["id"]))
    form = {**hidden((await desk.api.client.get(path)).text), "answer": "object", "grounds": "No."}
    statements.seen.clear()
    sent = await desk.api.client.post(path, data=form)
    assert sent.status_code == 303, sent.text
    own = statements.within()
    assert statements.seen == [*ARRIVAL, *TURN, *own]
    for once in ("open_link", "notice_page", "lock_subjects", "share_parents", "load_notice", "begin_write"):
        assert own.count(once) == 1, once
    assert "now" not in own
    assert len(own) <= 23, own


async def test_an_answer_with_a_key_takes_two_statements_besides_its_own_work(
    desk: Desk, statements: Statements
) -> None:
    await desk.agreement()
    worker = await desk.subprocessor()
    change = await desk.announced(worker["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    statements.seen.clear()
    said = {"channel": "mail", "by": "Kim", "grounds": "No."}
    answer = await desk.api.call("POST", f"notices/{notice['id']}/object", json=said)
    assert answer.status_code == 200, answer.text
    own = statements.within()
    assert statements.seen == [*ARRIVAL, *KEY, "belongs_to", *own]
    assert own.count("lock_subjects") == own.count("read_notice") == 1
    assert "load_task" not in own, "there was none to close"
    assert len(own) <= 24, own


async def link(desk: Desk, customer: UUID, notice: UUID, purpose: Purpose = "notice") -> str:
    """The path of the customer's link, as its mail has it."""
    secret = desk.api.app.state.parts.settings.secret_key
    (row,) = await desk.world.rows("select (contacts -> 0 ->> 'id')::uuid as id from customer where id = $1", customer)
    async with desk.world.pools.worker.acquire() as connection:
        now = await desk.world.now()
        token = await ensure_link(connection, secret, UUID(desk.processor), customer, row["id"], purpose, notice, now)
    assert token is not None
    return url("", purpose, token)
