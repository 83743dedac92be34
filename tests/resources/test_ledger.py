"""The ledger over HTTP, and `termijn verify`: every kind of tampering is found, and where."""

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator
from io import BytesIO
from uuid import UUID

import asyncpg
import pytest
from click.testing import CliRunner

from service.cli.main import main
from tests.conftest import Database
from tests.resources.conftest import Desk
from workflows.engine.verify import verify


@pytest.fixture
async def tamper(desk: Desk, database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A superuser who can do what the service cannot; what was altered is put back, for the history check. Rows are all
    that changes, so that the next test gets this database."""
    made = await desk.agreement("kmo-solutions")
    await desk.act(f"agreements/{made['id']}/end-main-contract", {"on": "2026-05-31"})
    connection = await asyncpg.connect(database.superuser)
    await connection.execute("set session_replication_role = replica")  # no triggers
    kept = {one: BytesIO() for one in ("event", "personal")}
    for table, rows in kept.items():
        await connection.copy_from_table(table, output=rows)
    subjects = await connection.fetch("select id, head, version, state from subject")
    yield connection
    await connection.execute("delete from personal; delete from event")
    remember = "update subject set head = $2, version = $3, state = $4 where id = $1"
    await connection.executemany(remember, [tuple(one) for one in subjects])
    for table, rows in kept.items():
        await connection.copy_to_table(table, source=BytesIO(rows.getvalue()))
    await connection.close()


async def test_an_untouched_ledger_holds(tamper: asyncpg.Connection) -> None:
    found = await verify(tamper)
    assert found.broken is None
    assert found.events == await tamper.fetchval("select count(*) from event")
    assert found.subjects == await tamper.fetchval("select count(*) from subject")


@pytest.mark.parametrize(
    ("alteration", "why"),
    [
        ("update event set body = replace(body, 'M-1', 'M-2') where {}", "words were altered"),
        ("delete from event where {}", "missing"),
        ("update event set hash = previous, previous = hash where {}", "does not follow"),
        ("update event set type = 'agreement.updated' where {}", "columns"),
        ("update event set at = at - interval '1 day' where {}", "columns"),
        ("update event set processor_id = uuidv7() where {}", "another processor"),
    ],
)
async def test_what_was_altered_in_the_middle_is_found(tamper: asyncpg.Connection, alteration: str, why: str) -> None:
    subject = await tamper.fetchval("select id from agreement")
    place = f"subject_id = '{subject}' and seq = 1"
    if alteration.startswith("delete"):
        await tamper.execute(f"delete from personal where {place}")
    assert await tamper.execute(alteration.format(place)) in ("UPDATE 1", "DELETE 1")
    broken = (await verify(tamper)).broken
    assert broken is not None
    assert broken.subject == subject
    assert broken.seq == 1
    assert why in broken.why


async def test_a_cut_off_end_is_found(tamper: asyncpg.Connection) -> None:
    subject = await tamper.fetchval("select id from agreement")
    last = "subject_id = $1 and seq = (select max(seq) from event where subject_id = $1)"
    await tamper.execute(f"delete from event where {last}", subject)
    broken = (await verify(tamper)).broken
    assert broken is not None
    assert broken.subject == subject
    assert "remembers" in broken.why


async def test_two_that_changed_places_are_found(tamper: asyncpg.Connection) -> None:
    subject = await tamper.fetchval("select id from agreement")
    await tamper.execute("update event set seq = seq + 100 where subject_id = $1 and seq in (1, 2)", subject)
    await tamper.execute("update event set seq = 203 - seq - 100 where subject_id = $1 and seq > 100", subject)
    assert (await verify(tamper)).broken is not None


async def test_a_whole_history_rewritten_to_another_state_is_found(tamper: asyncpg.Connection) -> None:
    subject = await tamper.fetchval("select id from agreement")
    await tamper.execute("update subject set state = 'draft' where id = $1", subject)
    broken = (await verify(tamper)).broken
    assert broken is not None
    assert "draft" in broken.why


async def test_altered_personal_data_are_found_and_erased_ones_are_none(tamper: asyncpg.Connection) -> None:
    await tamper.execute("update personal set body = replace(body, 'Kim', 'Eve')")
    broken = (await verify(tamper)).broken
    assert broken is not None
    assert "personal" in broken.why
    gone = await tamper.fetchval("with gone as (delete from personal returning 1) select count(*) from gone")
    erased = await verify(tamper)
    assert erased.broken is None
    assert erased.erased == gone > 0


async def test_only_one_processors_ledger_can_be_asked_for(tamper: asyncpg.Connection, desk: Desk) -> None:
    subject = await tamper.fetchval("select id from agreement")
    await tamper.execute("update event set body = replace(body, 'M-1', 'M-2') where subject_id = $1", subject)
    assert (await verify(tamper, UUID(desk.processor))).broken is not None
    nobody = await verify(tamper, UUID("0195d0c0-7e52-7000-8000-7465726d696a"))
    assert nobody.broken is None
    assert nobody.events == 0


async def test_the_command_says_so_and_ends_with_its_status(
    tamper: asyncpg.Connection, database: Database, desk: Desk
) -> None:
    async def run(*args: str) -> tuple[int, str]:
        environment = {**os.environ, "TERMIJN_DATABASE_URL": database.worker}
        result = await asyncio.to_thread(CliRunner().invoke, main, ["verify", *args], env=environment)
        return result.exit_code, result.output

    status, said = await run()
    assert (status, "the ledger holds" in said) == (0, True), said
    status, said = await run("--processor", desk.processor)
    assert status == 0, said
    status, said = await run("--processor", "0195d0c0-7e52-7000-8000-7465726d696a")
    assert status == 2, said
    subject = await tamper.fetchval("select id from agreement")
    await tamper.execute(
        "update event set body = replace(body, 'M-1', 'M-2') where subject_id = $1 and seq = 1", subject
    )
    status, said = await run()
    assert status == 1
    assert f"subject {subject}, event 1" in said


async def test_events_are_listed_oldest_first_with_what_was_said(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    every = await desk.items("events", limit=200)
    assert [one["id"] for one in every] == sorted(one["id"] for one in every)
    own = await desk.items("events", subject=made["id"])
    assert [one["type"] for one in own][:2] == ["agreement.created", "agreement.sent"]
    assert [one["seq"] for one in own] == list(range(1, len(own) + 1))
    for one, after in itertools.pairwise(own):
        assert after["previous"] == one["hash"]
        assert after["before"] == one["after"]
    assert own[0]["previous"] == "00" * 32
    assert own[0]["actor"].startswith("key:")
    assert own[0]["data"]["main_contract"]["reference"] == "M-1"
    assert await desk.get(f"events/{own[0]['id']}") == own[0]
    assert [one["id"] for one in await desk.items("events", type="agreement.sent")] == [own[1]["id"]]
    assert {UUID(one["id"]).version for one in own} == {7}
    line = await desk.items(f"agreements/{made['id']}/timeline")
    assert {one["id"] for one in own} <= {one["id"] for one in line if one["what"] == "event"}
    page = await desk.get("events", limit=2)
    rest = await desk.get("events", limit=200, cursor=page["next"])
    assert page["items"] + rest["items"] == every
    assert rest["next"] is None


async def test_an_event_is_not_shown_while_an_older_one_may_still_come(desk: Desk, database: Database) -> None:
    before = await desk.items("events", limit=200)
    slow = await asyncpg.connect(database.superuser)
    try:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("select pg_current_xact_id()")
        made = await desk.customer()
        assert await desk.items("events", limit=200) == before
        await transaction.rollback()
        (event,) = await desk.items("events", subject=made["id"])
        assert event["type"] == "customer.created"
    finally:
        await slow.close()


async def test_an_unknown_event_is_not_found(desk: Desk) -> None:
    for number in ("0", "-1", "999999999999999999999", "99999999"):
        problem = await desk.refused(f"events/{number}", method="GET")
        assert problem["status"] == 404
    assert (await desk.refused("events?subject=me", method="GET"))["errors"][0]["path"] == "subject"
    assert json.dumps(await desk.items("events", type="nothing")) == "[]"
