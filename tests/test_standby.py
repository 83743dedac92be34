"""A real standby: what may be old is read there while it is not too old, and a failover finds the new primary."""

import asyncio
import contextlib
import logging
import re
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import asyncpg
import psutil
import pytest

from db import clock
from db.migrate import migrate
from db.session import connect_pool
from service.library import load_library
from service.settings import Secret, Settings
from service.standby import ROLE, OldReads
from service.up.embedded import RunningServers, start_servers
from service.up.folder import DataFolder, Urls, temporary_folder
from tests.databases import ENDURING, MEMORY
from tests.http.conftest import ACME, ADMIN_KEY, Api, acme, api, serving, settings
from tests.up.test_point_in_time import copy_base, put_back
from tests.world import World
from workflows.errors import BadInput

__all__ = ["acme", "api", "settings"]

SENDING = {**ENDURING, "wal_level": "replica", "max_wal_senders": "4"}


class Pair:
    """A primary, and a standby that follows it."""

    def __init__(
        self, primary: RunningServers, standby: RunningServers, folders: tuple[DataFolder, DataFolder]
    ) -> None:
        self.folders = folders
        self.primary = primary
        self.standby = standby

    async def on(self, which: RunningServers, statement: str) -> Any:
        connection = await asyncpg.connect(which.urls.superuser)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    def kill(self, which: RunningServers) -> None:
        """As kill -9 of all its processes at once."""
        lines = (self.folders[which is self.standby].postgres / "postmaster.pid").read_text("ascii").splitlines()
        first = psutil.Process(int(lines[0]))
        killed = [first, *first.children(recursive=True)]  # a session that has not seen it die would answer
        for one in killed:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(killed, timeout=10)

    @contextlib.contextmanager
    def begun_anew(self) -> Iterator[RunningServers]:
        """The primary again, as a standby of nobody."""
        self.primary.stop()
        folder = self.folders[0]
        (folder.postgres / "standby.signal").touch()
        again = start_servers(folder.path, redis=False, settings=SENDING)
        try:
            yield again
        finally:
            again.stop()

    async def followed(self) -> None:
        """The standby has played all that the primary has written."""
        place = await self.on(self.primary, "select pg_current_wal_flush_lsn()::text")
        async with asyncio.timeout(30):
            while not await self.on(self.standby, f"select pg_last_wal_replay_lsn() >= '{place}' from pg_sleep(0.02)"):
                pass


def sockets_of(urls: Urls) -> str:
    return parse_qs(urlsplit(str(urls.superuser)).query)["host"][0]


def both(first: str, second: str) -> str:
    """One address of two servers."""
    parts = urlsplit(first)
    hosts = [parse_qs(urlsplit(one).query)["host"][0] for one in (first, second)]
    return urlunsplit(parts._replace(query=f"host={quote(','.join(hosts), safe='/,')}"))


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """For tests that leave both as they found them."""
    with made_pair() as made:
        yield made


@pytest.fixture
def doomed() -> Iterator[Pair]:
    """For a test that takes one of them away."""
    with made_pair() as made:
        yield made


@contextlib.contextmanager
def made_pair() -> Iterator[Pair]:
    room = temporary_folder(MEMORY)
    room.chmod(0o711)
    with contextlib.ExitStack() as closing:
        closing.callback(shutil.rmtree, room)
        old, new = DataFolder(room / "old"), DataFolder(room / "new")
        primary = start_servers(old.path, redis=False, settings=SENDING)
        closing.callback(primary.stop)
        asyncio.run(prepare(primary.urls))
        copy_base(primary.urls, room / "base")
        put_back(old, room / "base", new)
        (new.postgres / "recovery.signal").rename(new.postgres / "standby.signal")
        address = urlsplit(str(primary.urls.superuser))
        way = f"host={sockets_of(primary.urls)} user=postgres password={address.password}"
        standby = start_servers(new.path, redis=False, settings={**SENDING, "primary_conninfo": way})
        closing.callback(standby.stop)
        yield Pair(primary, standby, (old, new))


async def prepare(urls: Urls) -> None:
    await migrate(urls.owner)
    pool = await connect_pool(urls.worker, "termijn_worker", size=1)
    await load_library(pool)
    async with pool.acquire() as connection:
        await clock.start(connection, "simulated", World.start)
    await pool.close()


@contextlib.asynccontextmanager
async def served(pair: Pair, *, database: str = "", lag: int = 3600) -> AsyncIterator[tuple[Api, OldReads]]:
    settings = Settings(
        database_url=Secret(database or pair.primary.urls.api),
        database_replica_url=Secret(pair.standby.urls.api),
        database_replica_lag=lag,
        base_url="http://termijn.test",
        secret_key=Secret("s" * 32),
        admin_key=ADMIN_KEY,
        clock="simulated",
    )
    async with serving(settings) as api:
        yield api, api.app.state.parts.old_reads


async def caught_up(pair: Pair, reads: OldReads) -> None:
    await reads.look()
    await pair.followed()
    await reads.look()


async def counted(api: Api) -> dict[str, int]:
    """How often was read where."""
    text = (await api.client.get("/metrics")).text
    found = re.findall(r'^termijn_old_reads_total\{of="(\w+)"\} ([\d.]+)$', text, re.MULTILINE)
    return {of: int(float(times)) for of, times in found if float(times)}


async def a_key(api: Api, slug: str) -> str:
    """Of the manager of a new processor."""
    return await api.key((await api.made("processors", {**ACME, "slug": slug}))["id"], "manager")


async def as_csv(api: Api, path: str, key: str | None = None) -> str:
    answer = await api.get(path, headers={"Accept": "text/csv"}, key=key)
    assert answer.status_code == 200, answer.text
    return answer.text


CUSTOMER = {"country": "NL", "language": "nl", "contacts": []}


async def test_a_list_as_a_file_is_read_of_the_standby_and_a_part_of_one_is_not(pair: Pair) -> None:
    async with served(pair) as (api, reads):
        mine, theirs = [await a_key(api, name) for name in ("acme", "other")]
        await api.made("customers", {**CUSTOMER, "name": "Before"}, key=mine)
        await caught_up(pair, reads)
        await pair.on(pair.standby, "select pg_wal_replay_pause()")
        await api.made("customers", {**CUSTOMER, "name": "After"}, key=mine)
        said = await as_csv(api, "customers", mine)
        assert "Before" in said
        assert "After" not in said, "it is some seconds old"
        assert "Before" not in await as_csv(api, "customers", theirs), "tenants are apart there too"
        await pair.on(pair.standby, "select pg_wal_replay_resume()")
        listed = (await api.get("customers", key=mine)).json()["items"]
        assert {one["name"] for one in listed} == {"Before", "After"}
        assert await counted(api) == {"standby": 2}


async def test_whatever_may_be_old_can_be_read_there(pair: Pair) -> None:
    async with served(pair) as (api, reads):
        public = await api.made("processors", {**ACME, "slug": "public", "public": True})
        named = {"Termijn-Processor": public["id"]}
        feed = (await api.made("feed", {}))["url"]
        await caught_up(pair, reads)
        lists = sorted(
            route.path for route in api.app.routes for handler in getattr(route, "route_handlers", ())
            if "cursor" in handler.opt.get("query", {}) and "{" not in route.path and "/dev/" not in route.path
            and not handler.opt.get("newest") and not handler.opt.get("required")
        )  # fmt: skip
        assert len(lists) > 10
        for path in lists:
            answer = await api.get(path, headers={"Accept": "application/jsonl", **named})
            assert answer.status_code == 200, f"{path}: {answer.text}"
        rest = ["/s/public", "/s/public/subprocessors.json", "/s/public/feed.xml", urlsplit(feed).path]
        for path in [*rest, "/api/v1/deadlines.ics"]:
            assert (await api.get(path, headers=named)).status_code == 200, path
        assert await counted(api) == {"standby": len(lists) + len(rest) + 1}
        events = await api.get("events", headers={"Accept": "application/jsonl"})
        assert public["id"] in events.text
        assert (await api.get("events")).status_code == 200
        assert (await counted(api))["standby"] == len(lists) + len(rest) + 1


async def test_one_that_is_too_old_is_not_asked(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(pair, lag=60) as (api, reads):
        key = await a_key(api, "late")
        await caught_up(pair, reads)
        await pair.on(pair.standby, "select pg_wal_replay_pause()")
        await api.made("customers", {**CUSTOMER, "name": "After"}, key=key)
        assert "After" not in await as_csv(api, "customers", key)
        later = SimpleNamespace(monotonic=lambda: time.monotonic() + 61)
        monkeypatch.setattr("service.standby.time", later)
        assert "After" in await as_csv(api, "customers", key)
        await reads.look()
        assert "After" in await as_csv(api, "customers", key), "a look finds it no younger"
        assert await counted(api) == {"standby": 1, "instead": 2}
        caplog.set_level(logging.INFO)
        await pair.on(pair.standby, "select pg_wal_replay_resume()")
        await caught_up(pair, reads)
        assert "After" in await as_csv(api, "customers", key)
        assert await counted(api) == {"standby": 2, "instead": 2}
        assert "the standby is asked again" in caplog.text


async def test_one_that_is_killed_costs_nobody_anything(doomed: Pair, caplog: pytest.LogCaptureFixture) -> None:
    async with served(doomed) as (api, reads):
        await api.made("processors", ACME)
        await caught_up(doomed, reads)
        await as_csv(api, "customers")
        caplog.clear()  # of one that took a while to catch up with the primary
        doomed.kill(doomed.standby)
        began = time.monotonic()
        for _ in range(10):
            await as_csv(api, "customers")
        assert time.monotonic() - began < 5
        assert await counted(api) == {"standby": 1, "instead": 10}
        await reads.look()
        assert len([one for one in caplog.messages if "not asked any more" in one]) == 1


async def test_a_failover_finds_the_new_primary(doomed: Pair, caplog: pytest.LogCaptureFixture) -> None:
    address = both(str(doomed.standby.urls.api), str(doomed.primary.urls.api))
    async with served(doomed, database=address) as (api, reads):
        await api.made("processors", ACME)  # so it was not the standby, though that is named first
        await caught_up(doomed, reads)
        doomed.kill(doomed.primary)
        await doomed.on(doomed.standby, "select pg_promote()")
        async with asyncio.timeout(30):
            while (answer := await api.post("customers", {**CUSTOMER, "name": "After"})).status_code == 503:
                pass
        assert answer.status_code == 201, answer.text
        await reads.look()
        assert "After" in await as_csv(api, "customers")
        assert await counted(api) == {"instead": 1}
        assert "it is no standby" in caplog.text


async def test_one_that_does_not_follow_the_new_primary_is_not_asked(
    doomed: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    """Places in the log say nothing across a failover: it may have played what the new primary never had."""
    standby = await connect_pool(doomed.standby.urls.api, ROLE, size=1)
    old = await connect_pool(doomed.primary.urls.api, ROLE, size=1)
    reads = OldReads(old, standby, 3600)
    await caught_up(doomed, reads)
    assert await reads.read(of_a_standby) is True
    await old.close()
    with doomed.begun_anew() as primary:
        await doomed.on(primary, "select pg_promote()")
        reads._primary = new = await connect_pool(primary.urls.api, ROLE, size=1)  # as an address of both finds it
        await reads.look()
        assert reads.age is None
        assert "it has not followed the primary past its failover" in caplog.text
        assert await reads.read(of_a_standby) is False
        await new.close()
    await standby.close()


async def of_a_standby(pool: asyncpg.Pool) -> bool:
    found: bool = await pool.fetchval("select pg_is_in_recovery()")
    return found


async def test_a_slow_read_turns_the_standby_off_for_nobody_else(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(pair) as (_, reads):
        await caught_up(pair, reads)
        monkeypatch.setattr("service.standby.READ_SECONDS", 0.05)

        async def slow(pool: asyncpg.Pool) -> bool:
            waits = "select pg_is_in_recovery() from pg_sleep(case when pg_is_in_recovery() then 5 else 0 end)"
            found: bool = await pool.fetchval(waits)
            return found

        assert await reads.read(slow) is False
        assert reads.age is not None


async def test_where_there_is_none_the_primary_is_read(api: Api, acme: Any) -> None:
    await as_csv(api, "customers")
    assert await counted(api) == {"primary": 1}


def test_a_setting_names_one_standby() -> None:
    several = {"TERMIJN_DATABASE_REPLICA_URL": "postgresql://a:b@one,two/termijn", "TERMIJN_DATABASE_REPLICA_LAG": "0"}
    with pytest.raises(BadInput, match="names one standby") as wrong:
        Settings.load(several, ())
    assert "how many seconds" in wrong.value.detail
