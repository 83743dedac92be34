"""The demo holds, and tells when something does not."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from click.testing import CliRunner
from rich.console import Console

from db import clock
from db.session import connect_pool
from service.certificate.store import Declarer
from service.cli.export import _lists, write_list
from service.cli.main import main
from service.demo.cast import load_cast
from service.demo.checking import differs, same
from service.demo.model import Act, Scene, SignUp, agreement
from service.demo.run import demo
from service.demo.scenes import SCENES
from service.up.embedded import RunningServers
from service.up.folder import Urls
from tests.archive.test_archive import OWN, rows_of
from tests.databases import Database, cloned
from tests.texts import FIVE
from workflows.engine.engine import Engine
from workflows.engine.history import look
from workflows.engine.verify import verify

ELSEWHERE = "the secret of another installation, thirty-two bytes"
ELSEWHERE_ITS_OWN = {"dev/messages", "ledger/roots", "terms"}
"""Lists of the sink's mails, of roots with whose secret signed them, and of terms, which everybody shared before."""
BY_ANOTHER_SECRET = {**OWN, "link": {"token_sha256"}, "ledger_root": {*OWN["ledger_root"], "signature"}}
"""What each database says for itself where its secret is another one, too."""


def paper() -> tuple[Console, StringIO]:
    written = StringIO()
    return Console(file=written, width=150), written


async def test_a_whole_year_holds_also_where_it_was_taken_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, servers: RunningServers, template: str
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    console, written = paper()
    async with cloned(servers, template) as there:
        status = await demo(None, 0, console, afterwards=partial(taken_in, there, tmp_path))
    said = written.getvalue()
    assert status == 0, [line for line in said.splitlines() if "expected" in line]
    acts = sum(len(scene.acts) for scene in SCENES)
    assert f"checks held in {acts} acts; the ledger was computed anew" in said
    assert said.count("  ok ") == acts


async def taken_in(there: Database, room: Path, here: Urls) -> None:
    """Each processor of the year as an archive, taken in by one other installation with a secret of its own: its ledger
    and its history hold there, every row is as it was, and every list reads the same."""
    old = await asyncpg.connect(here.superuser, server_settings={"timezone": "UTC"})
    new = await asyncpg.connect(there.superuser, server_settings={"timezone": "UTC"})
    # The worker here makes what declarations are missing twice a minute, also while the archives are written.
    async with reading(here.worker) as pool:
        await Declarer(pool, Engine(arrival="direct"), at_once=1_000).look()
    now = await clock.now(old)
    await clock.start(new, "simulated", now)
    processors = {row["slug"]: row["id"] for row in await old.fetch("select slug, id from processor")}
    assert len(processors) == len(FIVE)
    events = 0
    for slug in processors:
        file = room / f"{slug}.archive"
        said = await termijn(here.superuser, "archive", "export", slug, str(file))
        assert slug in said
        said = await termijn(there.superuser, "archive", "import", str(file))
        events += int(said.partition("the ledger holds: ")[2].partition(" ")[0])
    assert events == await new.fetchval("select count(*) from event") > 900
    for slug, id in processors.items():
        before, after = await rows_of(old, id, BY_ANOTHER_SECRET), await rows_of(new, id, BY_ANOTHER_SECRET)
        assert {name for name in before if before[name] != after[name]} == set(), slug
    assert (await verify(new, secret=ELSEWHERE)).wrong is None
    assert (await look(new, now)).broken == ()
    async with reading(here.worker) as pool_here, reading(there.worker) as pool_there:
        for slug, id in processors.items():
            for one in sorted(set(_lists()) - ELSEWHERE_ITS_OWN):
                assert await listed(pool_there, id, one) == await listed(pool_here, id, one), (slug, one)
    asked = ("export", "agreements", "--processor", next(iter(processors)), "--format", "jsonl")
    said = await termijn(there.worker, *asked)
    assert said == await termijn(here.worker, *asked) != ""
    await old.close()
    await new.close()


@contextlib.asynccontextmanager
async def reading(database: str) -> AsyncIterator[asyncpg.Pool]:
    """What `termijn export` reads a list with; it would connect anew for each of two dozen lists of five processors."""
    pool = await connect_pool(database, "termijn_worker", size=1)
    try:
        yield pool
    finally:
        await pool.close()


async def listed(pool: asyncpg.Pool, processor: UUID, listing: str) -> list[Any]:
    into = BytesIO()
    await write_list(pool, processor, listing, into, format="jsonl")
    return [json.loads(line) for line in into.getvalue().splitlines()]


async def termijn(database: str, *words: str) -> str:
    environ = {"TERMIJN_DATABASE_URL": database, "TERMIJN_SECRET_KEY": ELSEWHERE}
    done = await asyncio.to_thread(CliRunner().invoke, main, list(words), env=environ)
    assert done.exit_code == 0, done.output
    return done.stdout


async def test_what_does_not_hold_is_named_and_the_exit_status_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acts = (
        Act("2026-01-06T10:00:00+01:00", "linden", "An agreement is sent", (SignUp("linden", "2026-01-01"),),
            (agreement("linden", "a false expectation", state="deleted"),
             agreement("linden", "a true one", state="active")),
            told="anna@linden"),
        Act("2026-01-07T10:00:00+01:00", "haven", "Nobody knows this customer yet",
            expect=(agreement("haven", "never made", state="active"),)),
    )  # fmt: skip
    console, written = paper()
    keep = tmp_path / "kept"
    assert await demo(keep, 0, console, (Scene("survey", acts),)) == 1
    said = written.getvalue()
    assert "expected a false expectation; state is active, not deleted" in said
    assert "told: anna@linden, bram@linden (" in said, "the one who was not foreseen is named"
    assert "nothing was made that is called haven" in said
    assert "4 of 7 checks held in 2 acts" in said, said[-1500:]
    assert (keep / "admin.key").exists(), "--keep leaves the folder"
    assert await demo(keep, 0, console) == 2
    assert "is not empty" in capsys.readouterr().err


def test_the_five_are_played_through_the_whole_year() -> None:
    cast = load_cast()
    assert {cast[scene.processor].terms for scene in SCENES} == set(FIVE)
    for scene in SCENES:
        instants = [datetime.fromisoformat(act.at) for act in scene.acts]
        assert instants == sorted(instants), scene.processor
        assert (instants[0].year, instants[0].month) == (2026, 1)
        assert instants[-1] - instants[0] > (instants[0].replace(month=12) - instants[0]), scene.processor
        zone = ZoneInfo(cast[scene.processor].timezone)
        wrong = [act.at for act, at in zip(scene.acts, instants, strict=True)
                 if at.replace(tzinfo=zone).utcoffset() != at.utcoffset()]  # fmt: skip
        assert not wrong, "an offset that does not hold there and then"


def test_instants_are_compared_as_instants_and_all_else_as_it_is() -> None:
    assert same("2026-03-30T22:00:00Z", "2026-03-31T00:00:00+02:00")
    assert not same("2026-03-30T22:00:00.000001Z", "2026-03-31T00:00:00+02:00")
    assert not same("2026-03-31", "2026-03-31T00:00:00+02:00")
    assert same(["a", "2026-03-30T22:00:00Z"], ("a", "2026-03-31T00:00:00+02:00"))
    assert not same(["a"], ["a", "b"])
    shown = {"rights": [{"rule": "a.b", "until": None}], "answers": []}
    assert differs(shown, {"rights[rule=a.b].until": None, "rights#": 1, "answers#": 0}) == ""
    assert differs(shown, {"answers[0].late": True}) == "answers[0].late is (not there), not True"
    assert differs(shown, {"rights[rule=a.c].until": None}) == "rights[rule=a.c].until is (not there), not None"
