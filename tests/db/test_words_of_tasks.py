"""Tasks found by a part of what they say: each thing that is said is looked at once, however many say it."""

from uuid import UUID

import asyncpg
import pytest

from db.session import session_settings
from tests.conftest import Database

OURS, THEIRS = (UUID(int=number) for number in (1, 2))
MOST = 3
TASKS = """insert into task (id, processor_id, about, about_kind, kind, key, text, role, data)
    select uuidv7(interval '1 second' * i), $1, uuidv7(), 'notice', 'look', '', 'Ask Ünïque ' || i % $2 || '.',
        'manager', jsonb_build_object('text_nl', 'Vraag ' || i % $2, 'note', 'Aside ' || i)
    from generate_series(1, $3) i"""


async def saying(database: Database, words: str, owners: list[UUID], after: UUID | None = None) -> list[asyncpg.Record]:
    """Asked by one who works for `OURS` alone."""
    asking = await asyncpg.connect(database.api, server_settings=session_settings("termijn_api"))
    await asking.execute(f"set termijn.processors = '{{{OURS}}}'")
    found: list[asyncpg.Record] = await asking.fetch(
        "select f.id, t.text from termijn_tasks_saying($1, $2, $3, $4) f (id) left join task t on t.id = f.id",
        owners,
        words,
        MOST,
        after,
    )
    await asking.close()
    return found


async def put(database: Database, said: int, count: int) -> None:
    """For either processor so many tasks that say so many different things."""
    filling = await asyncpg.connect(database.superuser, server_settings={"session_replication_role": "replica"})
    for one in (OURS, THEIRS):
        await filling.execute(TASKS, one, said, count)
    await filling.close()


@pytest.mark.parametrize(
    ("words", "owners", "said"),
    [
        ("uniqué 7.", [OURS], ["Ask Ünïque 7."] * 2),
        ("VRAAG 17", [OURS], ["Ask Ünïque 17."] * 2),
        ("7.", [OURS, THEIRS], ["Ask Ünïque 7.", "Ask Ünïque 17.", "Ask Ünïque 7."]),
        ("aside 7", [OURS], []),
        ("7.", [THEIRS], []),
    ],
)
async def test_those_that_say_so_are_found_in_their_order(
    spare: Database, words: str, owners: list[UUID], said: list[str]
) -> None:
    await put(spare, 20, 40)
    assert [row["text"] for row in await saying(spare, words, owners)] == said


async def test_the_next_come_after_the_last(spare: Database) -> None:
    await put(spare, 20, 40)
    first = await saying(spare, "7.", [OURS])
    after = await saying(spare, "7.", [OURS], first[-1]["id"])
    assert [row["text"] for row in after] == ["Ask Ünïque 17."]


async def test_where_thousands_say_something_else_nothing_is_known(spare: Database) -> None:
    await put(spare, 2_000, 2_000)
    assert [row["id"] for row in await saying(spare, "7.", [OURS])] == [None] * MOST
