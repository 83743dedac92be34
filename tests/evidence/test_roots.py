"""Daily roots: made once a day, chained, signed, and what they find that nothing else can."""

import asyncio
import hashlib
import itertools
import json
import os
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from click.testing import CliRunner

from service.cli.main import main
from tests.conftest import Database
from tests.mail.conftest import SECRET
from tests.resources.conftest import Desk
from tests.world import World
from workflows.engine.roots import make_roots, root_of
from workflows.engine.verify import verify
from workflows.ledger.chain import link
from workflows.ledger.merkle import GENESIS, Growing, Root, Tree, chained, sign, statement


def naive(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:split]) + naive(leaves[split:])).digest()


@pytest.mark.parametrize("count", [*range(1, 18), 31, 64, 100])
def test_the_tree_is_that_of_the_rfc_and_every_path_leads_to_its_root(count: int) -> None:
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(count)]
    tree, growing = Tree(leaves), Growing()
    for leaf in leaves:
        growing.add(leaf)
    assert tree.root == growing.root == naive(leaves)
    assert growing.count == count
    for index, leaf in enumerate(leaves):
        up = hashlib.sha256(b"\x00" + leaf).digest()
        for step in tree.path(index):
            beside = bytes.fromhex(step.hash)
            up = hashlib.sha256(b"\x01" + (beside + up if step.side == "left" else up + beside)).digest()
        assert up == tree.root


async def test_one_a_day_and_nothing_is_left_out(world: World) -> None:
    await world.make_processor()
    assert await make_roots(world.pools.worker, SECRET) == 0, "the day is not over"
    agreement = await world.make_agreement("kmo-solutions")
    await world.days(1)
    assert await make_roots(world.pools.worker, SECRET) == 1
    assert await make_roots(world.pools.worker, SECRET) == 0
    await world.days(1)
    assert await make_roots(world.pools.worker, SECRET) == 0, "nothing happened that day"
    await world.do(agreement, "hold", ground="tax law")
    await world.days(3)
    assert await make_roots(world.pools.worker, SECRET) == 1
    first, second = [root_of(row) for row in await world.rows("select * from ledger_root order by number")]
    assert (first.number, second.number) == (1, 2)
    assert first.previous == GENESIS
    assert second.previous == chained(first)
    (count,) = await world.rows("select count(*) as events from event")
    assert first.events + second.events == count["events"]
    (kept,) = await world.rows("select signature from ledger_root where number = 2")
    assert kept["signature"] == sign(SECRET, second) != sign(SECRET + "x", second)


async def test_an_event_still_under_way_falls_under_the_next_root(world: World) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await world.days(1)
    slow = await world.pools.worker.acquire()
    try:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("select pg_current_xact_id()")
        await world.do(agreement, "hold", ground="tax law")
        assert await make_roots(world.pools.worker, SECRET) == 1
        await transaction.rollback()
    finally:
        await world.pools.worker.release(slow)
    await world.days(1)
    assert await make_roots(world.pools.worker, SECRET) == 1
    rows = await world.rows("select events, (select count(*) from event) as all from ledger_root")
    assert sum(row["events"] for row in rows) == rows[0]["all"]


async def test_a_day_that_somebody_holds_up_is_looked_at_again(world: World) -> None:
    """What began before all of it, and is not over at one in the morning either, may be an index that is built."""
    world.beginnings = None  # rows of a step that was kept have the transaction of then
    slow = await world.pools.worker.acquire()
    looked: dict[UUID, date] = {}
    try:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("select pg_current_xact_id()")
        await world.make_processor()
        await world.days(1)
        assert await make_roots(world.pools.worker, SECRET, looked) == 0
        assert looked == {}
        await transaction.rollback()
    finally:
        await world.pools.worker.release(slow)
    assert await make_roots(world.pools.worker, SECRET, looked) == 1


INSERT = """insert into event (id, uid, processor_id, subject_id, seq, tx, type, at, recorded_at, body, previous, hash)
    overriding system value
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""


def written(row: asyncpg.Record, body: str, digest: bytes) -> list[Any]:
    """The values of `INSERT`: those of an event, with these words and this digest."""
    columns = ("id", "uid", "processor_id", "subject_id", "seq", "tx", "type", "at", "recorded_at")
    return [*(row[one] for one in columns), body, row["previous"], digest]


async def test_a_history_written_anew_is_found(world: World, database: Database) -> None:
    """A superuser cuts the last event off, or writes it anew, and makes the subject agree: only the root remembers."""
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await world.do(agreement, "hold", ground="tax law")
    await world.days(1)
    await make_roots(world.pools.worker, SECRET)
    admin = await asyncpg.connect(database.superuser)
    try:
        assert (await verify(admin)).roots.wrong is None
        row = await admin.fetchrow("select * from event where subject_id = $1 order by seq desc limit 1", agreement)
        await admin.execute("set session_replication_role = replica")  # no triggers
        await admin.execute("delete from event where id = $1", row["id"])
        broken = (await verify(admin)).broken
        assert broken is not None
        assert "remembers" in broken.why, "cut off alone, the subject still remembers"
        remember = "update subject set version = $2, head = $3 where id = $1"
        await admin.execute(remember, agreement, row["seq"] - 1, row["previous"])
        found = await verify(admin)
        assert found.broken is None, "every chain holds"
        assert found.roots.wrong is not None
        assert "are left" in found.roots.wrong
        body = row["body"].replace("tax law", "tea law")
        digest = link(row["previous"], row["seq"], body)
        await admin.execute(INSERT, *written(row, body, digest))
        await admin.execute(remember, agreement, row["seq"], digest)
        found = await verify(admin)
        assert found.broken is None, "every chain holds"
        assert found.roots.wrong is not None
        assert "not those that it was made from" in found.roots.wrong
        said = await asyncio.to_thread(
            CliRunner(env={"TERMIJN_DATABASE_URL": database.worker}).invoke, main, ["verify"]
        )
        assert said.exit_code == 1
        assert "root 1 of processor" in said.output
        await admin.execute("delete from event where id = $1", row["id"])
        await admin.execute(INSERT, *written(row, row["body"], row["hash"]))
        await admin.execute(remember, agreement, row["seq"], row["hash"])
        assert (await verify(admin)).roots.wrong is None
    finally:
        await admin.close()


async def test_they_are_listed_exported_and_compared(desk: Desk, database: Database, tmp_path: Path) -> None:
    world = desk.world
    for _ in range(3):
        await desk.subprocessor()
        await world.days(1)
        await make_roots(world.pools.worker, SECRET)
    page = await desk.get("ledger/roots", limit=2)
    rest = await desk.get("ledger/roots", limit=2, cursor=page["next"])
    shown = [*page["items"], *rest["items"]]
    assert [one["number"] for one in shown] == [1, 2, 3]
    assert [one["day"] for one in shown] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    for before, after in itertools.pairwise(shown):
        one = Root(
            processor=UUID(before["processor_id"]), number=before["number"], day=before["day"],
            events=before["events"], root=bytes.fromhex(before["root"]), previous=bytes.fromhex(before["previous"]),
        )  # fmt: skip
        assert hashlib.sha256(statement(one)).hexdigest() == after["previous"]
    env = {**os.environ, "TERMIJN_DATABASE_URL": database.worker, "TERMIJN_SECRET_KEY": SECRET}
    said = await asyncio.to_thread(
        CliRunner(env=env).invoke, main, ["ledger", "roots", "--json", "--processor", desk.processor]
    )
    assert said.exit_code == 0, said.output
    lines = [json.loads(line) for line in said.output.splitlines()]
    assert [{**one, "signed": None} for one in lines] == [{**one, "signed": None} for one in shown]
    assert all(one["signed"] for one in lines)
    await _compared(said.output, env, tmp_path / "roots.jsonl")


async def _compared(exported: str, env: dict[str, str], file: Path) -> None:
    """`verify --roots`: with those of the day, with others, with what is none, and without any."""

    async def run(text: str | None, **more: str | None) -> tuple[int, str]:
        file.write_text(text or "")
        arguments = ["verify", *(["--roots", str(file)] if text is not None else [])]
        done = await asyncio.to_thread(CliRunner(env={**env, **more}).invoke, main, arguments)
        return done.exit_code, done.output

    status, said = await run(exported)
    assert (status, said.count("\n"), "the ledger holds" in said) == (0, 1, True), said
    first, *others = exported.splitlines()
    status, said = await run("\n".join([first.replace('"number":1', '"number":9'), *others]))
    assert (status, "root 9" in said, "was exported and is gone" in said) == (1, True, True), said
    status, said = await run(first.replace('"events":', '"events":1'))
    assert (status, "is not the one that was exported" in said) == (1, True), said
    for nothing in ("no json\n", "\n", '{"number": 1}\n'):
        status, said = await run(nothing)
        assert status == 2, said
    status, said = await run(None)
    assert (status, "only --roots shows" in said) == (0, True), said
    status, said = await run(None, TERMIJN_SECRET_KEY=None)
    assert (status, "not checked: signatures of daily roots (3)" in said) == (0, True), said
    status, said = await run(None, TERMIJN_SECRET_KEY=SECRET + " changed")
    assert (status, "not this secret's" in said) == (1, True), said


@pytest.mark.parametrize(
    "statement", ["update ledger_root set events = 2", "delete from ledger_root", "update document set number = 'x'",
                  "delete from document", "update document set content = 'x'"],
)  # fmt: skip
async def test_nobody_changes_what_is_kept(world: World, database: Database, statement: str) -> None:
    await world.make_processor()
    await world.days(1)
    await make_roots(world.pools.worker, SECRET)
    agreement = await world.make_agreement("kmo-solutions")
    admin = await asyncpg.connect(database.superuser)
    await admin.execute(
        "insert into document (id, processor_id, subject_id, kind, language, number, facts, content, sha256, made_at) "
        "values (uuidv7(), $1, $2, 'declaration', 'nl', '1', '{}', 'x', 'x', now())",
        world.processor,
        agreement,
    )
    await admin.close()
    for login in (database.superuser, database.owner, database.worker):
        connection = await asyncpg.connect(login)
        with pytest.raises((asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError)):
            await connection.execute(statement)
        await connection.close()


async def test_a_day_on_which_nothing_is_due_is_looked_at_once(world: World) -> None:
    await world.make_processor()
    for _ in range(3):
        await world.make_agreement("kmo-solutions")
    await world.days(1)
    looked: dict[UUID, date] = {}
    assert await make_roots(world.pools.worker, SECRET, looked) == 1
    assert looked == {}
    assert await make_roots(world.pools.worker, SECRET, looked) == 0
    await world.days(1)
    assert await make_roots(world.pools.worker, SECRET, looked) == 0
    assert looked == {world.processor: (await world.now()).date()}
    await world.days(1)
    await world.make_agreement("kmo-solutions")
    await world.days(1)
    assert await make_roots(world.pools.worker, SECRET, looked) == 1, "another day is looked at anew"
