"""How soon the real worker fires what just came due: rung for through arq, and found by its own look each second."""

import asyncio
import random
import time
from collections.abc import Mapping
from uuid import UUID

from benchmarks.crew import process
from benchmarks.field import ACTOR
from benchmarks.figures import Latency
from benchmarks.stage import Database, Stage
from db import clock
from db.session import Connection, transaction
from service.doorbell import Doorbell
from workflows.engine.engine import Engine, New
from workflows.ids import new_id
from workflows.machine.acting import Acting
from workflows.model.parties import Processor
from workflows.model.task import Task

POLL = 0.001
GIVE_UP = 20.0


async def measure(stage: Stage, count: int) -> list[Latency]:
    """`count` timers each way, on a database with nothing else to do and the system's own clock."""
    found = []
    ways: list[tuple[str | None, str]] = [(None, "the worker's own look each second, without Redis")]
    if stage.servers.urls.redis:
        ways.insert(0, (stage.servers.urls.redis, "a ring through arq"))
    for url, what in ways:
        database = await stage.clone("bench_bell")
        task = await _task(stage, database)
        worker = process(stage.folder, "service.cli.main", "worker", environ=environ(database, url))
        async with worker, stage.connect(database) as connection:
            bell = Doorbell(url)
            await _fired(connection, bell, task)  # waits until the worker is up
            taken = []
            for _ in range(count):
                # Anywhere between two looks, or the next would always be a whole second away.
                await asyncio.sleep(random.uniform(0.1, 1.1))
                taken.append(1000 * await _fired(connection, bell, task))
            await bell.close()
        await stage.drop(database.name)
        found.append(Latency.of(f"a timer: {what}", taken))
    return found


async def _task(stage: Stage, database: Database) -> UUID:
    engine = Engine(arrival="direct")
    processor = new_id()
    task = Task(id=new_id(), processor_id=processor, about=new_id(), about_kind="agreement", kind="look", text="Look.")
    entity = Processor(
        id=processor, processor_id=processor, slug="benchmark", name="Benchmark", country="NL",
        timezone="Europe/Amsterdam", language="nl", terms="none",
    )  # fmt: skip
    async with stage.pool(database, "termijn_worker", size=1) as pool, transaction(pool) as connection:
        await clock.start(connection, "system", None)
        now = await clock.now(connection)
        news = [New(kind="processor", entity=entity), New(kind="task", entity=task)]
        await engine.create(connection, news, Acting(actor=ACTOR, at=now, now=now, processors=()))
    return task.id


async def _fired(connection: Connection, bell: Doorbell, task: UUID) -> float:
    """Set a timer that is due now, ring, and see how long it stays."""
    await connection.execute(
        "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
        "select uuidv7(), processor_id, id, 'now', 'assign', termijn_now(), 0, 'normal', '{\"owner\": \"me\"}' "
        "from subject where id = $1",
        task,
    )
    began = time.perf_counter()
    await bell.ring()
    while await connection.fetchval("select exists (select from timer where subject_id = $1)", task):
        if time.perf_counter() - began > GIVE_UP:
            raise RuntimeError("the worker does not fire: see what it says above")
        await asyncio.sleep(POLL)
    return time.perf_counter() - began


def environ(database: Database, redis: str | None) -> Mapping[str, str]:
    """A worker's settings, with a mail server that is not there."""
    return {
        "TERMIJN_DATABASE_URL": database.worker,
        "TERMIJN_REDIS_URL": redis or "none",
        "TERMIJN_SMTP_URL": "smtp://127.0.0.1:1",
        "TERMIJN_BASE_URL": "http://127.0.0.1",
        "TERMIJN_SECRET_KEY": "a secret that opens nothing, for a benchmark",
        "TERMIJN_CLOCK": "system",
        "TERMIJN_SMTP_ARRIVAL": "direct",
    }
