"""Tasks found by a part of what they say: by the index where few say so, and left to a walk where many do."""

from uuid import UUID

import asyncpg
import pytest

from db.session import session_settings
from tests.conftest import Database

OURS, THEIRS = (UUID(int=number) for number in (1, 2))
MOST = 3
TASKS = """insert into task (id, processor_id, about, about_kind, kind, key, text, role, data)
    select uuidv7(), $1, uuidv7(), 'notice', 'look', '', 'Ask Ünïque ' || i, 'manager',
        jsonb_build_object('text_nl', 'Vraag ' || i, 'note', 'Aside ' || i)
    from generate_series(1, 60) i"""


@pytest.mark.parametrize(
    ("words", "owners", "said"),
    [
        ("uniqué 7", [OURS], ["Ask Ünïque 7"]),
        ("VRAAG 7", [OURS], ["Ask Ünïque 7"]),
        ("que 7 vr", [OURS], ["Ask Ünïque 7"]),  # the list itself looks at each language apart
        ("aside 7", [OURS], []),
        ("zzz", [OURS], []),
        ("uniqué 7", [OURS, THEIRS], ["Ask Ünïque 7"]),
        ("uniqué 7", [THEIRS], []),
        ("ask", [OURS], [None] * MOST),
        ("7", [OURS], [None] * MOST),
    ],
)
async def test_those_that_say_so_are_found(
    spare: Database, words: str, owners: list[UUID], said: list[str | None]
) -> None:
    """By one that works for `OURS` alone."""
    filling = await asyncpg.connect(spare.superuser, server_settings={"session_replication_role": "replica"})
    for one in (OURS, THEIRS):
        await filling.execute(TASKS, one)
    asking = await asyncpg.connect(spare.api, server_settings=session_settings("termijn_api"))
    await asking.execute(f"set termijn.processors = '{{{OURS}}}'")
    found = await asking.fetch(
        "select t.text from termijn_tasks_saying($1, $2, $3) f (id) left join task t on t.id = f.id",
        owners,
        words,
        MOST,
    )
    assert [row["text"] for row in found] == said
    for one in (filling, asking):
        await one.close()
