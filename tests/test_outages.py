"""Our own outage is our risk (P3), on the system's clock with an API that really stops, and from outside."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from db import clock
from db.queries import sql
from db.session import transaction
from service.up.folder import temporary_folder
from tests.conftest import Database
from tests.databases import MEMORY
from tests.http.conftest import Api, serving, settings_of
from tests.test_clock_watch import Watched
from tests.world import Pools, local
from workflows.engine.engine import Engine
from workflows.engine.sweep import sweep
from workflows.reach.fan_out import carry_chunk

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLOSES = local("2026-04-02T00:00:00+02:00")
"""Thirty days after the Monday, at the end of a Wednesday."""


class Running(Watched):
    """A world whose system clock a test moves, with real time or without."""

    api: Api

    async def to(self, instant: datetime, *, down: bool = False) -> None:
        """It is now this instant. `down`: so much real time passed, too, and the API was silent."""
        was = await self.now()
        owner = await asyncpg.connect(self.database.owner)
        real = await owner.fetchval("select clock_timestamp()")
        if down:
            passed = f"interval '{(instant - was).total_seconds()} seconds'"
            await owner.execute(f"update heartbeat set beat_at = beat_at - {passed}")
        await owner.close()
        await self.set_clock(f"{(instant - real).total_seconds()} seconds")

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Api]:
        """The API, from its first heartbeat to its end."""
        async with serving(settings_of(self.database)) as api:
            await asyncio.gather(*(self.beat() for _ in range(3)))  # as several processes do
            yield api
            await self.beat()

    async def beat(self) -> None:
        async with transaction(self.pools.api) as connection:
            await connection.execute(sql("heartbeat"))

    async def trust(self) -> None:
        """Somebody says that the clock, which a test moved, is right; what cannot be undone goes on."""
        await self.drain()
        async with transaction(self.pools.worker) as connection:
            await clock.confirm(connection)
        await self.drain()

    async def outages(self) -> list[tuple[datetime, datetime]]:
        rows = await self.rows("select began_at, ended_at from outage order by id")
        return [(row["began_at"], row["ended_at"]) for row in rows]


@pytest.fixture
async def here(pools: Pools, engine: Engine, database: Database) -> Running:
    made = Running(pools, engine)
    made.database = database
    await made.to(MONDAY)
    await made.make_processor()
    return made


async def told(here: Running) -> tuple[Any, Any]:
    host = await here.make_subprocessor()
    agreement = await here.make_agreement("kmo-solutions")
    change = await here.make_change(host)
    await here.announce(change)
    return (await here.notice(change, agreement))["id"], agreement


@pytest.mark.parametrize("first", ["worker", "api"])
async def test_down_across_the_close_the_window_stays_open_to_the_right_day(here: Running, first: str) -> None:
    """Whoever is back first: the worker finds the outage under way, or the API has written it down."""
    async with here.up():
        notice, agreement = await told(here)
        await here.to(CLOSES - timedelta(hours=2))
        await here.beat()
    await here.to(CLOSES + timedelta(hours=9), down=True)
    if first == "worker":
        await here.drain()
    async with here.up() as api:
        await here.drain()
        ((began, ended),) = await here.outages()
        assert abs(began - (CLOSES - timedelta(hours=2))) < timedelta(minutes=1)
        assert abs(ended - (CLOSES + timedelta(hours=9))) < timedelta(minutes=1)
        # Back on Maundy Thursday: Good Friday, the weekend and Easter Monday are no working days.
        until = local("2026-04-08T00:00:00+02:00")
        shown = (await api.get(f"notices/{notice}")).json()
        assert (shown["state"], shown["closes_at"]) == ("open", "2026-04-07T22:00:00Z")
        assert {right["last_day"] for right in shown["rights"] if right["closes_at"]} == {"2026-04-07"}
        deadlines = (await api.get("deadlines", params={"subject": notice})).json()["items"]
        assert [one["due_at"] for one in deadlines] == ["2026-04-07T22:00:00Z"]
        events = (await api.get("events", params={"subject": notice})).json()["items"]
        (held,) = [one for one in events if one["type"] == "notice.held_open"]
        days = {name: held["data"][name] for name in ("last_day_before", "last_day")}
        assert days == {"last_day_before": "2026-04-01", "last_day": "2026-04-07"}
        mails = await here.rows("select data from message where kind = 'held_open'")
        assert [json.loads(row["data"])["last_day"] for row in mails] == ["2026-04-07"]
        # An answer on the new last day is in time; nothing lapses before its end.
        await here.to(until - timedelta(minutes=1))
        await here.beat()
        await here.drain()
        assert (await api.get(f"notices/{notice}")).json()["state"] == "open"
        answer = await api.post(f"notices/{notice}/object", {"by": "Kim", "channel": "mail", "grounds": "no"})
        assert answer.json()["answers"][0]["late"] is False
    assert agreement


async def test_an_answer_before_the_worker_has_held_the_window_open_is_in_time(here: Running) -> None:
    """Back after the close, the API takes an objection that the worker's own look at the window comes after."""
    async with here.up():
        notice, agreement = await told(here)
        await here.to(CLOSES - timedelta(hours=4))
        await here.beat()
    await here.to(CLOSES + timedelta(hours=2), down=True)
    async with here.up() as api:
        said = {"by": "Kim", "channel": "phone", "grounds": "no", "evidence": "a call at two"}
        answer = (await api.post(f"notices/{notice}/object", said)).json()
        assert answer["answers"][0]["late"] is False
        assert answer["state"] == "objected"
        await here.drain()
        await here.to(local("2026-04-08T00:00:01+02:00"))
        await here.beat()
        await here.drain()
        assert (await api.get(f"notices/{notice}")).json()["state"] == "objected"
        host = (await api.get("subprocessors")).json()["items"][0]["id"]
        asked = {"agreement_id": str(agreement), "subprocessor_id": host}
        gate = (await api.get("engagements/check", params=asked)).json()
        assert gate["allowed"] is False
        assert "objected" in gate["why"]


async def test_a_receipt_that_is_worked_off_after_the_end_of_its_window_opens_one_that_is_held_open(
    here: Running,
) -> None:
    """The word of the receipt lay there when everything stopped; one deadline is open afterwards, and nothing is set
    apart."""
    async with here.up():
        host = await here.make_subprocessor()
        agreement = await here.make_agreement("kmo-solutions")
        change = await here.make_change(host)
        await here.do(change, "notify")
        while await sweep(here.pools.worker, here.engine) or await carry_chunk(here.pools.worker, here.engine):
            pass
        await here.deliver()
    await here.to(CLOSES + timedelta(hours=2), down=True)
    async with here.up() as api:
        await here.drain()
        notice = await here.notice(change, agreement)
        assert notice["state"] == "open"
        assert await here.rows("select parked_why from subject where parked_at is not null") == []
        deadlines = (await api.get("deadlines", params={"subject": str(notice["id"])})).json()["items"]
        assert [one["rule"] for one in deadlines] == ["subprocessor.objection"]
        assert notice["closes_at"] > CLOSES


async def test_an_objection_taken_back_while_the_window_is_still_to_be_held_open_leaves_it_open(here: Running) -> None:
    async with here.up():
        notice, _ = await told(here)
        await here.to(CLOSES - timedelta(hours=4))
        await here.beat()
    await here.to(CLOSES + timedelta(hours=2), down=True)
    async with here.up() as api:
        said = {"by": "Kim", "channel": "phone", "grounds": "no", "evidence": "a call at two"}
        await api.post(f"notices/{notice}/object", said)
        back = (await api.post(f"notices/{notice}/take-back", said)).json()
        assert (back["state"], back["closes_at"]) == ("open", "2026-04-07T22:00:00Z")


async def test_a_right_to_end_is_judged_by_the_outage_too(here: Running) -> None:
    """Constant IT II 2.2: thirty days from receipt to end after a significant change."""
    async with here.up() as api:
        host = await here.make_subprocessor()
        agreement = await here.make_agreement("constant-it")
        change = await here.make_change(host)
        await here.announce(change)
        notice = (await here.notice(change, agreement))["id"]
        rights = (await api.get(f"notices/{notice}")).json()["rights"]
        (closes,) = {right["closes_at"] for right in rights if right["closes_at"]}
        assert closes == "2026-04-01T22:00:00Z"
        await here.to(CLOSES - timedelta(hours=4))
        await here.beat()
    await here.to(CLOSES + timedelta(hours=2), down=True)
    async with here.up() as api:
        said = {"by": "Kim", "channel": "mail", "grounds": "we cannot agree", "evidence": "a mail"}
        answered = (await api.post(f"notices/{notice}/terminate", said)).json()
        assert answered["answers"][-1]["late"] is False


async def test_down_across_the_end_of_the_choice_return_can_still_be_asked(here: Running) -> None:
    """Two weeks after 31 March, at the end of a Tuesday: back on Wednesday, open through Thursday."""
    closes = local("2026-04-15T00:00:00+02:00")
    async with here.up() as api:
        agreement = await here.make_agreement("kmo-solutions")
        await api.post(f"agreements/{agreement}/end-main-contract", {"on": "2026-03-31"})
        await here.to(closes - timedelta(days=13))
        await here.beat()
        await here.trust()
        await here.to(closes - timedelta(hours=2))
        await here.beat()
    await here.to(closes + timedelta(hours=9), down=True)
    await here.trust()  # the worker is back first
    async with here.up() as api:
        await here.trust()
        shown = (await api.get(f"agreements/{agreement}")).json()
        assert (shown["state"], shown["choice_until"]) == ("terminated", "2026-04-16T22:00:00Z")
        assert {one["rule"]: one["due_at"] for one in shown["deadlines"]} == {
            "end.choice": "2026-04-16T22:00:00Z", "end.erasure": "2026-04-16T22:00:00Z",
        }  # fmt: skip
        events = (await api.get("events", params={"subject": str(agreement)})).json()["items"]
        (held,) = [one for one in events if one["type"] == "agreement.choice_held_open"]
        days = {name: held["data"][name] for name in ("last_day_before", "last_day")}
        assert days == {"last_day_before": "2026-04-14", "last_day": "2026-04-16"}
        mails = await here.rows("select data from message where kind = 'choice_held_open'")
        assert [json.loads(row["data"])["last_day"] for row in mails] == ["2026-04-16"]
    # Typed in after the moved end, and received before it.
    await here.to(local("2026-04-17T09:00:00+02:00"))
    async with here.up() as api:
        await here.trust()
        assert (await api.get(f"agreements/{agreement}")).json()["state"] == "deletion_pending"
        asked = {"data": "return", "channel": "letter", "by": "Kim", "evidence": "a letter"}
        late = await api.post(f"agreements/{agreement}/choose", {**asked, "received_at": "2026-04-16T22:00:00Z"})
        assert late.status_code == 409, late.text
        assert "The period for asking return ended" in late.text
        early = await api.post(f"agreements/{agreement}/choose", {**asked, "received_at": "2026-04-16T21:59:00Z"})
        assert early.is_success, early.text
        assert early.json()["choice"]["data"] == "return"


async def test_a_right_to_end_is_judged_by_the_outage_at_the_agreement_too(here: Running) -> None:
    """Before the worker has looked at the notice, the agreement's own action takes the termination."""
    async with here.up() as api:
        host = await here.make_subprocessor()
        agreement = await here.make_agreement("constant-it")
        change = await here.make_change(host)
        await here.announce(change)
        await here.to(CLOSES - timedelta(hours=4))
        await here.beat()
    await here.to(CLOSES + timedelta(hours=2), down=True)
    async with here.up() as api:
        said = {
            "ground": "amendment",
            "by": "Kim",
            "channel": "mail",
            "grounds": "we cannot agree",
            "evidence": "a mail",
        }
        answered = await api.post(f"agreements/{agreement}/terminate", said)
        assert answered.is_success, answered.text


async def test_down_again_on_the_new_last_day_it_stays_open_once_more(here: Running) -> None:
    async with here.up():
        notice, _ = await told(here)
        await here.to(CLOSES - timedelta(hours=2))
        await here.beat()
    await here.to(CLOSES + timedelta(hours=9), down=True)
    async with here.up():
        await here.drain()
        await here.to(local("2026-04-07T20:00:00+02:00"))
        await here.beat()
    await here.to(local("2026-04-08T01:00:00+02:00"), down=True)
    await here.drain()
    (row,) = await here.rows("select closes_at from notice where id = $1", notice)
    assert row["closes_at"] == local("2026-04-10T00:00:00+02:00")
    assert len(await here.rows("select 1 from message where kind = 'held_open'")) == 2


async def test_a_day_on_which_all_went_well_closes_as_it_should(here: Running) -> None:
    """Down the day before and the day after: the last day was whole."""
    async with here.up():
        notice, _ = await told(here)
        await here.to(CLOSES - timedelta(hours=30))
        await here.beat()
    await here.to(CLOSES - timedelta(hours=25), down=True)
    async with here.up():
        await here.to(CLOSES + timedelta(seconds=1))
        await here.beat()
    await here.to(CLOSES + timedelta(hours=5), down=True)
    async with here.up() as api:
        await here.drain()
        assert (await api.get(f"notices/{notice}")).json()["state"] == "lapsed"
    assert len(await here.outages()) == 2


async def test_half_a_minute_is_no_outage_and_no_time_at_all_neither(here: Running) -> None:
    async with here.up():
        pass
    await here.to(await here.now() + timedelta(seconds=20), down=True)
    async with here.up():
        assert await here.outages() == []
    async with transaction(here.pools.worker) as connection:  # a simulated clock stands still meanwhile
        await connection.execute("update clock set mode = 'simulated', now = termijn_now()")
        await connection.execute("update heartbeat set beat_at = beat_at - interval '1 day', clock_at = termijn_now()")
        assert await connection.fetch("select from recent_outage") == []
    async with here.up():
        assert await here.outages() == []


@asynccontextmanager
async def program(data: Path, clock: str) -> AsyncIterator[httpx.AsyncClient]:
    """`termijn up`, from its ready line until it has stopped; a client with the admin's key."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service.cli.main", "up", "--data", str(data), "--port", "0", "--empty",
        "--clock", clock, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            words = (await process.stdout.readline()).decode().split()
        headers = {"Authorization": f"Bearer {words[4]}"}
        async with httpx.AsyncClient(base_url=f"{words[1]}/api/v1/", headers=headers, timeout=60) as client:
            yield client
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def made(client: httpx.AsyncClient, path: str, body: Any = None) -> Any:
    answer = await client.post(path, json=body if body is not None else {})
    assert answer.is_success, answer.text
    return answer.json()


@pytest.fixture
def data() -> Iterator[Path]:
    folder = temporary_folder(MEMORY)
    yield folder / "data"
    shutil.rmtree(folder)


async def test_the_program_stopped_across_a_windows_close_leaves_it_open_to_the_right_day(data: Path) -> None:
    """From outside: `termijn up`, stopped on the last day, started again the day after."""
    async with program(data, "simulated=2026-03-02T10:00:00+01:00") as client:
        processor = {"name": "Acme", "country": "NL", "timezone": "Europe/Amsterdam", "language": "nl",
                     "terms": "kmo-solutions"}  # fmt: skip
        await made(client, "processors", processor)
        contact = {"name": "Kim", "email": "kim@customer.example", "roles": ["contract", "privacy"]}
        customer = await made(client, "customers", {"name": "C", "country": "NL", "language": "nl",
                                                    "contacts": [contact]})  # fmt: skip
        agreement = await made(client, "agreements", {
            "customer_id": customer["id"], "terms": "kmo-solutions", "facts": {"backup.retention": "P30D"},
            "main_contract": {"reference": "M-1", "starts_on": "2026-01-01"},
        })  # fmt: skip
        await made(client, f"agreements/{agreement['id']}/send")
        host = await made(client, "subprocessors", {"name": "Host", "service": "hosting", "country": "NL",
                                                    "bound_on": "2026-01-01"})  # fmt: skip
        change = await made(client, "changes", {"kind": "add", "subprocessor_id": host["id"]})
        await made(client, f"changes/{change['id']}/notify")
        (await client.put("clock", json={"now": "2026-04-01T12:00:00+02:00"})).raise_for_status()
        (notice,) = (await client.get("notices")).json()["items"]
        assert (notice["state"], notice["closes_at"]) == ("open", "2026-04-01T22:00:00Z")
    async with program(data, "simulated=2026-04-02T12:00:00+02:00") as client:
        # Whatever the start made due is done once the clock has gone one second further.
        (await client.put("clock", json={"now": "2026-04-02T12:00:01+02:00"})).raise_for_status()
        (notice,) = (await client.get("notices")).json()["items"]
        assert (notice["state"], notice["closes_at"]) == ("open", "2026-04-07T22:00:00Z")
        mails = (await client.get("dev/messages")).json()["items"]
        assert mails[-1]["to"] == "kim@customer.example"
        assert "1 april 2026" in mails[-1]["text"], "the last day that was"
        assert "7 april 2026" in mails[-1]["text"], "the last day that is"
        (deadline,) = (await client.get("deadlines", params={"subject": notice["id"]})).json()["items"]
        assert deadline["due_at"] == "2026-04-07T22:00:00Z"
        (await client.put("clock", json={"now": "2026-04-08T00:00:00+02:00"})).raise_for_status()
        (notice,) = (await client.get("notices")).json()["items"]
        assert notice["state"] == "lapsed"
