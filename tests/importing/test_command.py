"""`termijn import` as a person runs it: what it says, how it ends, and what a kill leaves."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli.import_ import SHOWN, import_command
from service.importing.writing import BATCH
from tests.conftest import Database
from tests.importing.conftest import ROW, Office, table
from tests.world import World
from workflows.engine.engine import New
from workflows.ids import new_id
from workflows.model.parties import Processor


async def run(database: Database, *words: str | Path) -> Result:
    """The command in a thread: it brings an event loop of its own."""
    runner = CliRunner()
    environ = {"TERMIJN_DATABASE_URL": database.worker}
    return await asyncio.to_thread(runner.invoke, import_command, list(map(str, words)), env=environ)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(*rows: dict[str, str], name: str = "customers.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(table(rows))
        return path

    return write


async def test_a_file_is_loaded_and_summed_up(office: Office, database: Database, file: Any) -> None:
    rows = [{**ROW, "customer": f"Klant {number}", "state": "active"} for number in range(3)]
    dry = await run(database, file(*rows), "--terms", "contict", "--dry-run", "--mapping", signed(file))
    assert (dry.exit_code, dry.stdout) == (
        0,
        "would load 3 customers and 3 agreements (3 active); nothing was written\n",
    )
    done = await run(database, file(*rows, rows[0]), "--terms", "contict", "--mapping", signed(file))
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        "loaded 3 customers and 3 agreements (3 active)",
        "1 row repeated an earlier one word for word",
    ]
    assert lines[2].startswith("no date on which they were bound")
    assert done.stderr == "", "no bar where nobody looks"
    again = await run(database, file(*rows), "--terms", "contict", "--mapping", signed(file))
    assert again.stdout.splitlines() == [
        "loaded 0 customers and 0 agreements",
        "3 agreements on record already, as the file has it: left as it is",
    ]


def signed(file: Any) -> Path:
    path: Path = file(name="map.toml")
    path.write_text('[defaults]\nsigned_by_controller = "2025-02-01"\nsigned_by_processor = "2025-02-01"\n')
    return path


async def test_a_bad_row_ends_it_with_its_place(office: Office, database: Database, file: Any) -> None:
    rows = [{**ROW, "customer": f"Klant {number}"} for number in range(SHOWN + 7)]
    before = await office.counts()
    one = await run(database, file(*rows, {**ROW, "country": "Atlantis"}), "--terms", "stkkr")
    assert one.exit_code == 2
    assert one.stderr.splitlines() == [
        f"customers.csv: line {SHOWN + 9}, column 'country': is 'Atlantis', which is no country: "
        "write its name, or two letters such as NL",
        "termijn: 1 line is wrong; nothing was loaded.",
    ]
    many = await run(database, file(*({**row, "country": "Atlantis"} for row in rows)), "--terms", "stkkr")
    assert many.exit_code == 2
    assert len(many.stderr.splitlines()) == SHOWN + 2
    assert many.stderr.splitlines()[-2:] == [
        "customers.csv: … and 7 more places",
        f"termijn: {SHOWN + 7} lines are wrong; nothing was loaded.",
    ]
    assert await office.counts() == before


async def test_the_processor_is_named_where_there_are_several(world: World, database: Database, file: Any) -> None:
    path = file(ROW)
    none = await run(database, path, "--terms", "stkkr")
    assert (none.exit_code, "no processor yet" in none.stderr) == (2, True)
    first = await world.make_processor()
    second = new_id()
    entity = Processor(
        id=second, processor_id=second, slug="second", name="Second", country="NL", timezone="Europe/Amsterdam",
        language="nl", terms="stkkr",
    )  # fmt: skip
    world.processor = second
    await world.create(New(kind="processor", entity=entity))
    for words in ((), ("--processor", "third")):
        several = await run(database, path, "--terms", "stkkr", *words)
        assert several.exit_code == 2
        assert str(first) in several.stderr
        assert "second" in several.stderr
    for wanted in (str(first), "SECOND"):
        assert (await run(database, path, "--terms", "stkkr", "--processor", wanted)).exit_code == 0
    owners = await world.rows("select processor_id from customer order by id")
    assert [row["processor_id"] for row in owners] == [first, second]


async def test_without_a_database_it_says_which_to_name(database: Database, file: Any, tmp_path: Path) -> None:
    path = file(ROW)
    bare = await asyncio.to_thread(
        CliRunner().invoke, import_command, [str(path), "--terms", "stkkr"], env={"TERMIJN_DATABASE_URL": ""}
    )
    assert (bare.exit_code, "--data DIR" in bare.stderr) == (2, True)
    folder = await run(database, path, "--terms", "stkkr", "--data", tmp_path / "nothing")
    assert (folder.exit_code, "holds no data" in folder.stderr) == (2, True)
    away = await asyncio.to_thread(
        CliRunner().invoke,
        import_command,
        [str(path), "--terms", "stkkr"],
        env={"TERMIJN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
    )
    assert (away.exit_code, "cannot be used" in away.stderr) == (1, True)
    reader = await run(database, path, "--terms", "stkkr", "--mapping", file(ROW, name="map.toml"))
    assert (reader.exit_code, "no mapping file" in reader.stderr) == (2, True)


async def test_killed_half_way_it_leaves_nothing_and_a_second_run_completes(
    office: Office, database: Database, file: Any
) -> None:
    rows = [{**ROW, "customer": f"Klant {number}", "state": "active"} for number in range(2 * BATCH + 10)]
    path = file(*rows)
    before = await office.counts()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.importing.killed", str(path), "--terms", "stkkr",
        env={**os.environ, "TERMIJN_DATABASE_URL": database.worker},
    )  # fmt: skip
    assert await process.wait() == -signal.SIGKILL
    # Granted once the dead import's own transaction is over.
    async with office.world.pools.worker.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"import {office.world.processor}")
    assert await office.counts() == before
    assert (await run(database, path, "--terms", "stkkr")).exit_code == 0
    assert len(await office.agreements()) == len(rows)
