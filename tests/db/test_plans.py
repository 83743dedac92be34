"""The statements of every day read a handful of rows for each that they are asked for, whatever was known of the
tables when they were planned: a plan is kept for as long as its connection, and tables grow.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest

from db.queries import blocks
from db.session import BY_INDEX, Role, session_settings
from tests.conftest import Database
from tests.db import crowd
from tests.db.hot import BATCH, CALLS, FEW_CALLS, OTHER_CALLS, WORKER_ALONE
from tests.db.plans import Read, explain, prepare, read

ROLES: tuple[Role, ...] = ("termijn_worker", "termijn_api")
MOST = 10
"""Rows that may be read for each that is asked for."""
BLOCKS = 48
"""Blocks that may be touched for each: a look-up in an index takes two to four."""
LARGER = {"load_agreement": 2, **{name: 2 for name in CALLS if name.endswith("_among")}}
"""All that an agreement's step needs is as many times more; ids that are given are looked up, and then shown."""
OFTEN = 6
"""After as many times the server chooses between a plan for all values and one for each."""

_ONE_PLAN = re.compile("_among$|_with_")
"""Forms of lists that have one plan for all values."""

EVERYTHING = {**CALLS, **{f"{name} (few)": values for name, values in FEW_CALLS.items()}, **OTHER_CALLS}

Sessions = dict[Role, asyncpg.Connection]


@asynccontextmanager
async def sessions(database: Database, **more: str) -> AsyncIterator[Sessions]:
    """A connection of each role, as the pools make them."""
    opened: Sessions = {}
    try:
        for role, dsn in zip(ROLES, (database.worker, database.api), strict=True):
            opened[role] = await asyncpg.connect(dsn, server_settings={**session_settings(role), **more})
            await opened[role].execute(f"set termijn.processors = '{{{crowd.OURS},{crowd.SMALL}}}'")
        yield opened
    finally:
        for connection in opened.values():
            await connection.close()


async def carried_out(
    opened: Sessions, *, filled: bool, calls: Mapping[str, tuple[Any, ...]] = EVERYTHING
) -> dict[Role, dict[str, Read]]:
    """What each statement reads, by role. Lists are planned as the server likes, all else as the engine asks for it."""
    found: dict[Role, dict[str, Read]] = {}
    for role, connection in opened.items():
        found[role] = {}
        known = {row[0] for row in await connection.fetch("select name from pg_prepared_statements")}
        for name, values in calls.items():
            block = name.split()[0]
            alone: Role | None = (
                "termijn_worker" if block in WORKER_ALONE else "termijn_api" if block.startswith("list_") else None
            )
            if alone not in (role, None):
                continue
            listed = block.startswith("list_") and not _ONE_PLAN.search(block)
            await connection.execute(f"set plan_cache_mode = {'auto' if listed else 'force_generic_plan'}")
            if f"{block}_" not in known:
                await prepare(connection, block)
                known.add(f"{block}_")
            # In empty tables there is nothing that a row could refer to; planned it is all the same.
            with suppress(*(() if filled else (asyncpg.ForeignKeyViolationError,))):
                found[role][name] = read(await explain(connection, block, values, before=OFTEN if listed else 0))
    return found


def check(found: dict[Role, dict[str, Read]]) -> None:
    bad = [
        f"{role} {name}: {one.rows} rows, {one.blocks} blocks: {one.by}"
        for role, reads in found.items()
        for name, one in reads.items()
        if one.rows > MOST * BATCH * LARGER.get(name, 1) + 20 or one.blocks > BLOCKS * BATCH * LARGER.get(name, 1)
    ]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("known", [(), ("timer", "personal")], ids=["nothing", "timer and personal empty"])
async def test_planned_on_empty_tables_a_statement_reads_no_more_when_they_are_full(
    spare: Database, known: tuple[str, ...]
) -> None:
    """A table that loses its rows is looked at by the server itself while it is empty, and then known to be so. That
    changes the plans of none but the statements that have to do with it."""
    owner = await asyncpg.connect(spare.superuser)
    await crowd.prepare(spare.superuser)
    calls = EVERYTHING
    if known:
        await owner.execute(f"vacuum analyze {', '.join(known)}")
        calls = await naming(owner, known)
        assert 10 < len(calls) < len(EVERYTHING)
    async with sessions(spare) as opened:
        await carried_out(opened, filled=False, calls=calls)
        await crowd.fill(spare.superuser)
        check(await carried_out(opened, filled=True, calls=calls))
        await owner.execute("analyze")
        check(await carried_out(opened, filled=True, calls=calls))
        await _roots_read_what_is_new(owner, opened["termijn_worker"])
    await owner.close()


async def _roots_read_what_is_new(owner: asyncpg.Connection, worker: asyncpg.Connection) -> None:
    """Every half minute it is asked what no root covers, among all that was ever recorded."""
    await owner.execute("select brin_summarize_new_values('event_by_tx')")
    # Far behind all: what statements wrote was undone here, but stays in the notes of blocks.
    await owner.execute(
        "insert into ledger_root "
        "(processor_id, number, day, from_tx, to_tx, events, root, previous, signature, made_at) "
        "select $1, 1, date '2026-01-01', 0, max(tx::text::bigint) + 1000000, count(*), '', '', '', now() from event",
        crowd.OURS,
    )
    read_by: list[dict[str, int]] = []
    for bitmaps in ("off", "on"):
        await worker.execute(f"discard plans; set enable_bitmapscan = {bitmaps}")
        await prepare(worker, "first_unrooted")
        by = read(await explain(worker, "first_unrooted", (crowd.OURS,))).by
        read_by.append({how: rows for how, rows in by.items() if how.startswith("event ")})
        await worker.execute("deallocate first_unrooted_")
    without, found = read_by
    assert sum(found.values()) == 0 < sum(without.values()), (found, without)


async def naming(owner: asyncpg.Connection, tables: tuple[str, ...]) -> dict[str, tuple[Any, ...]]:
    """The statements in whose text these words are, or a name of a view, a function or a table whose triggers have
    them, and so on."""
    said = await owner.fetch("""
        select viewname as name, definition as text from pg_views where schemaname = 'public'
        union all select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace
        union all select tgrelid::regclass::text, prosrc from pg_trigger join pg_proc p on p.oid = tgfoid
            where not tgisinternal""")
    words: set[str] = set()
    more = set(tables)
    while more:
        words |= more
        found = re.compile(rf"\b({'|'.join(sorted(words))})\b")
        more = {row["name"] for row in said if found.search(row["text"])} - words
    return {name: values for name, values in EVERYTHING.items() if found.search(blocks()[name.split()[0]])}


async def test_each_setting_of_the_planner_is_needed(spare: Database) -> None:
    """Without it one of these reads a table from end to end. Should that be so no longer, take it away."""
    await crowd.prepare(spare.superuser)
    calls = {name: CALLS[name] for name in ("carried_messages", "record_attempts", "claim_messages", "list_customers")}
    owner = await asyncpg.connect(spare.superuser)
    async with AsyncExitStack() as stack:
        without = {one: await stack.enter_async_context(sessions(spare, **{one: "on"})) for one in BY_INDEX}
        for opened in without.values():
            await carried_out(opened, filled=False, calls=calls)
        await crowd.fill(spare.superuser)
        found = {one: [await carried_out(opened, filled=True, calls=calls)] for one, opened in without.items()}
        await owner.execute("analyze")
        for one, opened in without.items():
            found[one].append(await carried_out(opened, filled=True, calls=calls))
    await owner.close()
    needed = {
        setting
        for setting, reads in found.items()
        if any(one.rows >= crowd.MANY / 2 for read in reads for role in ROLES for one in read[role].values())
    }
    assert set(BY_INDEX) - needed == set(), "these are not needed"


def test_the_statements_are_there() -> None:
    assert CALLS.keys() <= blocks().keys()
    assert CALLS.keys() >= WORKER_ALONE
