"""Behind a pooler in transaction mode: it works where it is told of it, and says so where it is not."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest

from db.session import PoolerError, connect_pool, session_settings, transaction
from service.settings import Settings
from tests.conftest import Database
from tests.world import World
from workflows.engine.engine import Engine
from workflows.engine.sweep import sweep
from workflows.errors import BadInput


async def test_each_transaction_says_anew_what_holds_in_it(world: World, database: Database) -> None:
    await world.make_processor()
    pool = await connect_pool(database.api, "termijn_api", size=1, pooler="transaction")
    try:
        async with transaction(pool, [world.processor]) as connection:
            row = await connection.fetchrow(
                "select current_user, current_setting('lock_timeout'), current_setting('timezone'), "
                "(select count(*) from processor)"
            )
            assert tuple(row) == ("termijn_api", "8s", "UTC", 1)
            assert await connection.fetchval("select count(*) from pg_prepared_statements where name <> ''") == 0
        async with transaction(pool) as connection:
            assert await connection.fetchval("select count(*) from processor") == 0
        async with pool.acquire() as connection:
            assert await connection.fetchval("select current_setting('lock_timeout')") == "0"
    finally:
        await pool.close()


def test_a_simulated_clock_goes_past_a_pooler() -> None:
    with pytest.raises(BadInput, match="TERMIJN_DATABASE_POOLER does not go with a simulated clock"):
        Settings.load({"TERMIJN_DATABASE_POOLER": "transaction", "TERMIJN_CLOCK": "simulated"}, ())


@pytest.fixture
def pooler(database: Database) -> Iterator[list[str]]:
    """The worker's address behind PgBouncer, with and without its ignoring of what it does not know."""
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.fail("no pgbouncer on this machine: apt-get install pgbouncer", pytrace=False)
    with contextlib.ExitStack() as closing:
        # Not pytest's own folder: another user, as whom it runs, may not enter that.
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        yield [
            closing.enter_context(_bouncing(program, folder / name, database.worker, ignored))
            for name, ignored in (("strict", ""), ("tolerant", ",".join(session_settings("termijn_worker"))))
        ]


@contextlib.contextmanager
def _bouncing(program: str, folder: Path, dsn: str, ignored: str) -> Iterator[str]:
    folder.mkdir()
    parts = urlsplit(dsn)
    host = parts.hostname or parse_qs(parts.query)["host"][0]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "users").write_text(f'"{parts.username}" "{parts.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={host}{f' port={parts.port}' if parts.port else ''}\n"
        f"[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={port}\nauth_type=plain\nauth_file={folder}/users\n"
        f"pool_mode=transaction\ndefault_pool_size=2\nunix_socket_dir=\nlogfile={folder}/log\n"
        f"ignore_startup_parameters=extra_float_digits,search_path{',' if ignored else ''}{ignored}\n"
    )
    (folder / "pgbouncer.ini").chmod(0o644)
    folder.chmod(0o777)
    # It refuses root; the folder of the sockets lets its own group in.
    who = ("nobody", os.stat(host).st_gid) if os.getuid() == 0 and Path(host).is_dir() else (None, None)
    process = subprocess.Popen(
        [program, str(folder / "pgbouncer.ini")], stderr=subprocess.DEVNULL, user=who[0], group=who[1]
    )
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            assert process.poll() is None, (folder / "log").read_text()
        yield urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}", query=""))
    finally:
        process.terminate()
        process.wait()


@pytest.mark.pooler
async def test_a_pooler_that_was_not_told_of_is_named(pooler: list[str]) -> None:
    for address, why in zip(pooler, ("unsupported startup parameter", "not as termijn_worker"), strict=True):
        with pytest.raises(PoolerError, match=rf"(?s){why}.*TERMIJN_DATABASE_POOLER=transaction"):
            await connect_pool(address, "termijn_worker", size=1)


@pytest.mark.pooler
async def test_work_is_done_through_a_pooler(pooler: list[str], world: World) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", active=False)
    await world.do(agreement, "send")
    for address in pooler:
        pool = await connect_pool(address, "termijn_worker", size=4, pooler="transaction")
        try:
            while await sweep(pool, Engine()):
                pass
            async with transaction(pool, [world.processor]) as connection:
                assert await connection.fetchval("select current_user") == "termijn_worker"
        finally:
            await pool.close()
    assert await world.state(agreement) == "active"
