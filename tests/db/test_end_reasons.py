"""Why an engagement ended: one code for statements, the words as they were always shown."""

from typing import get_args

import asyncpg
import pytest

from tests.conftest import Database
from tests.db.samples import INSTANT, Samples
from tests.world import World
from workflows.model.end_reason import WORDS, EndReason, reason_fields, reason_of


def test_each_reason_has_words() -> None:
    assert set(WORDS) == set(get_args(EndReason))
    assert len(set(WORDS.values())) == len(WORDS)


@pytest.mark.parametrize("reason", WORDS)
def test_what_was_written_before_there_were_codes_is_understood(reason: EndReason) -> None:
    assert reason_of(reason_fields(reason)) == reason
    assert reason_of({"why": WORDS[reason]}) == reason


def test_words_that_are_no_reason_are_none() -> None:
    assert reason_of({"why": "the region is covered"}) is None
    assert reason_of({}) is None


async def test_a_process_of_the_release_before_writes_words_and_the_code_follows(spare: Database) -> None:
    connection = await asyncpg.connect(spare.superuser)
    await connection.execute("begin; set local session_replication_role = replica")
    await connection.execute("alter table engagement enable always trigger engagement_end_reason")
    samples = await Samples.of(connection)
    for words, code in [*((words, code) for code, words in WORDS.items()), ("something else", None)]:
        row = await samples.insert(connection, "engagement")
        await connection.execute(
            "update engagement set until = $2, ended_why = $3 where id = $1", row["id"], INSTANT, words
        )
        assert await connection.fetchval("select end_reason from engagement where id = $1", row["id"]) == code
        new = await samples.insert(connection, "engagement", until=INSTANT, ended_why=words)
        assert await connection.fetchval("select end_reason from engagement where id = $1", new["id"]) == code
    await connection.close()


async def test_an_engagement_says_why_it_ended_in_words_and_as_a_code(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(host)
    await world.announce(change)
    await world.days(40)
    assert await world.engaged(agreement, host)
    await world.do(change, "end", on=(await world.now()).date().isoformat())
    await world.days(2)
    rows = await world.rows("select ended_why, end_reason from engagement where subprocessor_id = $1", host)
    assert [tuple(row) for row in rows] == [("the change ended", "change_ended")]
    (event,) = await world.rows("select body::json -> 'data' ->> 'why' as why, body::json -> 'data' ->> 'code' as code "
                                "from event where type = 'notice.cancelled'")  # fmt: skip
    assert tuple(event) == ("the change ended", "change_ended")
