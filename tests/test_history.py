"""The history check names each kind of inconsistency, and finds none in a database that is as it should be."""

import asyncio
from datetime import datetime, timedelta

import asyncpg
import pytest
from click.testing import CliRunner

from service.cli.main import main
from tests.databases import Database
from tests.history import together
from tests.world import World
from workflows.engine.history import RULES, look
from workflows.engine.roots import make_roots

OBJECTED = '[{{"answer": "object", "late": false, "received_at": "{0}", "recorded_at": "{0}"}}]'
HANDED_IN = """
    insert into file (id, processor_id, sha256, name, type, size, origin, made_at, made_by)
    select id, id, '', '', 'text/plain', 0, 'upload', '2026-03-02Z', 'key' from processor;
    insert into file_use (file_id, subject_id, seq, processor_id, erased_at) select id, id, 1, id, null
    from processor"""
LAPSED = "(select id from subject where kind = 'notice' and tags && '{closed}')"

PLANTED = {
    "history_state_not_recorded": "update subject set state = 'consented' where kind = 'notice'",
    "history_states_apart": """
        update event set body = jsonb_set(body::jsonb, '{before}', '"draft"')::text where seq = 2""",
    "history_versions_missing": "update subject set version = version + 1 where kind = 'agreement'",
    "history_miscounted": "update notice_tally set count = count + 1",
    "history_course_apart": "update event set change_id = uuidv7()",
    "history_personal_altered": "update personal set body = 'altered'",
    "history_tenants_mixed": "update timer set processor_id = uuidv7()",
    "history_recorded_early": "update event set recorded_at = at - interval '1 hour'",
    "history_closed_early": f"update notice set closes_at = '2999-01-01Z' where id in {LAPSED}",
    "history_engaged_early": """
        update engagement set since = since - interval '10 days' where notice_id is not null""",
    "history_deleted_early": "update agreement set deleted_at = '2026-03-02Z'",
    "history_timer_undone": "update timer set due_at = '2026-01-01Z'",
    "history_mail_undone": "update message set next_at = '2026-01-01Z'",
    "history_reminder_undone": "update deadline set remind_at = '2026-01-01Z'",
    "history_fan_out_undone": "update fan_out set finished_at = null, created_at = '2026-01-01Z'",
    "history_nobody_told": """
        insert into app_user (id, processor_id, name, email, role, language, created_at)
        select id, id, 'Robin', 'robin@acme.example', 'manager', 'en', '2026-01-01Z' from processor;
        update task set due_at = '2026-03-04Z' where done_at is null""",
    "history_window_unwatched": "delete from timer",
    "history_never_attempted": "delete from attempt",
    "history_mail_unmade": "update message set dated_at = null",
    "history_message_id_twice": "update message set message_id = 'the same'",
    "history_never_told": "delete from message",
    "history_task_apart": "update task set done_at = '2026-03-03Z'",
    "history_engaged_twice": """
        insert into engagement (id, processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id)
        select uuidv7(), processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id
        from engagement""",
    "history_outcome_missing": "update subject set open = false where kind = 'notice'",
    "history_both_outcomes": f"""
        update notice set answers = '{OBJECTED.format("2026-03-03T09:00:00Z")}' where id in {LAPSED}""",
    "history_lateness_wrong": f"""
        update notice set answers = '{OBJECTED.format("2999-01-01T00:00:00Z")}' where id in {LAPSED}""",
    "history_engaged_without_yes": "update subject set tags = '{}' where kind = 'notice'",
    "history_engaged_for_nobody": "update subject set open = false where kind = 'agreement'",
    "history_joined_unsigned": "update agreement set joined = true, signatures = '[]'",
    "history_deadline_of_nothing": "update subject set open = false",
    "history_evidence_swept": HANDED_IN,
    "history_evidence_kept": f"{HANDED_IN}; update file_use set erased_at = '2026-03-03Z'",
    "history_store_kept": """
        insert into file_object (id, processor_id, file_id, due_at, next_at)
        select id, id, id, clock_timestamp() - interval '3 hours', clock_timestamp() from processor""",
    "history_kept_after_erasure": "update customer set erased_at = '2026-03-03Z'",
}


async def played(world: World) -> datetime:
    """A window that was closed by silence, an objection that waits for a decision, and a window that runs."""
    await world.make_processor()
    agreements = [await world.make_agreement(terms) for terms in ("kmo-solutions", "stkkr")]
    first = await world.make_change(await world.make_subprocessor("First BV"))
    await world.announce(first)
    await world.drain()
    objected = await world.notice(first, agreements[1])
    await world.do(objected["id"], "object", channel="phone", by="Kim", grounds="Not there.", evidence="a call")
    await world.days(40)
    await world.announce(await world.make_change(await world.make_subprocessor("Second BV")))
    await world.drain()
    await world.rows("update message set message_id = id::text, dated_at = created_at")
    await attempted(world)
    await make_roots(world.pools.worker, "secret")
    return await world.now()


async def attempted(world: World) -> None:
    """What a sender writes, which a World has none of."""
    await world.rows(
        "insert into attempt (processor_id, message_id, at, outcome, words) "
        "select processor_id, id, created_at, 'delivered', '' from message"
    )


async def test_each_kind_of_inconsistency_is_named(world: World, database: Database) -> None:
    assert set(PLANTED) == {one.block for one in RULES}
    now = await played(world) + timedelta(minutes=1)
    rules = {one.block: one for one in RULES}
    missed = []
    connection = await asyncpg.connect(database.superuser)
    try:
        assert (await look(connection, now)).broken == ()
        await connection.execute("set session_replication_role = replica")  # as nobody can but the database's owner
        for block, statement in PLANTED.items():
            attempt = connection.transaction(isolation="repeatable_read")
            await attempt.start()
            await connection.execute(statement)
            found = await look(connection, now)
            # What is asked after each test finds it too, unless it is about messages and none was ever tried.
            after_tests = await connection.fetchval(together(now, [rules[block]]))
            await attempt.rollback()
            if rules[block].says not in {one.says for one in found.broken}:
                missed.append((block, [str(one) for one in found.broken]))
            if not after_tests and block != "history_never_attempted":
                missed.append((block, ["not found after a test"]))
    finally:
        await connection.close()
    assert missed == []


MIXED = {
    "application": """
        update terms_version set processor_id = (select id from processor limit 1);
        insert into application (
            id, processor_id, nonce, language, terms_version_id, facts, text_sha256, address, typed, applied_at)
        select uuidv7(), uuidv7(), '', 'en', v.id, '{}', '', 'kim@customer.invalid', '{}', termijn_now()
        from terms_version v limit 1""",
    "terms_text": f"""{HANDED_IN};
        insert into terms_text (processor_id, terms_version_id, file_id, set_at, set_by)
        select uuidv7(), v.id, f.id, termijn_now(), 'key' from file f cross join terms_version v limit 1""",
    "file_object": f"""{HANDED_IN};
        insert into file_object (id, processor_id, file_id, due_at, next_at)
        select uuidv7(), uuidv7(), f.id, clock_timestamp(), clock_timestamp() from file f""",
    "inbound": """
        insert into inbound (
            id, processor_id, subject_id, kind, sender, subject_line, content, received_at, recorded_at)
        select uuidv7(), uuidv7(), id, 'reply', '', '', '', termijn_now(), termijn_now() from subject limit 1""",
    "document": """
        insert into document (id, processor_id, subject_id, kind, language, number, facts, content, sha256, made_at)
        select uuidv7(), uuidv7(), id, 'signed', 'en', '', '{}', '', '', termijn_now() from subject limit 1""",
    "letter": """
        insert into letter (
            id, processor_id, subject_id, kind, language, number, facts, content, sha256, made_at, made_by)
        select uuidv7(), uuidv7(), id, 'notice', 'en', '', '{}', '', '', termijn_now(), 'key' from subject limit 1""",
}


async def test_rows_of_another_processor_are_found_wherever_they_stand(world: World, database: Database) -> None:
    now = await played(world) + timedelta(minutes=1)
    [mixed] = [one for one in RULES if one.block == "history_tenants_mixed"]
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute("set session_replication_role = replica")
        missed = []
        for name, statement in MIXED.items():
            attempt = connection.transaction()
            await attempt.start()
            await connection.execute(statement)
            if not await connection.fetchval(together(now, [mixed])):
                missed.append(name)
            await attempt.rollback()
        assert missed == []
    finally:
        await connection.close()


@pytest.mark.parametrize(("planted", "status", "says"), [
    (None, 0, "everything holds: "),
    ("history_never_attempted", 1, "broken: D: the message is said to be sent, and no attempt is on record"),
])  # fmt: skip
async def test_the_command_says_so(
    world: World, database: Database, planted: str | None, status: int, says: str
) -> None:
    await played(world)
    if planted is not None:
        connection = await asyncpg.connect(database.superuser)
        await connection.execute("set session_replication_role = replica")
        await connection.execute(PLANTED[planted])
        await connection.close()
    runner = CliRunner(env={"TERMIJN_DATABASE_URL": database.worker})
    result = await asyncio.to_thread(runner.invoke, main, ["check"])
    assert (result.exit_code, says in result.output) == (status, True), result.output
    if planted is not None:
        await attempted(world)
