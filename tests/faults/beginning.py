"""What a storm begins with: a database with many agreements in force, made once and copied for each seed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Final

import asyncpg

from db import clock
from db.migrate import migrate
from db.session import connect_pool, transaction
from service.library import load_library
from service.up.embedded import RunningServers
from tests.databases import Database, named
from tests.world import FACTS, Pools, World
from workflows.engine.engine import Engine, New
from workflows.ids import new_id
from workflows.machine.acting import Acting
from workflows.machine.vocabulary import Command
from workflows.model.agreement import Agreement, MainContract
from workflows.model.parties import Contact, Customer
from workflows.model.reminders import Reminders

TERMS: Final = ("kmo-solutions", "stkkr", "constant-it", "mms-solutions")
FEW: Final = 1_000
AT_ONCE: Final = 500
SERVICES: Final = tuple(f"service {number}" for number in range(10))
"""Each is bought under a tenth of the agreements."""
NOTHING: Final = Reminders(customer=(), consent=(), processor=(), tasks=(), overdue=())


async def make_template(servers: RunningServers, name: str, agreements: int) -> None:
    """A database with so many agreements in force, unless it is there from an earlier run."""
    admin = await asyncpg.connect(servers.urls.superuser)
    try:
        if await admin.fetchval("select true from pg_database where datname = $1", name):
            there = await asyncpg.connect(named(servers, name).superuser)
            count = await there.fetchval("select count(*) from subject where kind = 'agreement' and state = 'active'")
            await there.close()
            if count == agreements:
                await migrate(named(servers, name).owner)  # what is kept may be of an earlier release
                return
            await admin.execute(f"drop database {name}")
        await admin.execute(f"create database {name} owner termijn_owner")
    finally:
        await admin.close()
    database = named(servers, name)
    await migrate(database.owner)
    pools = Pools(
        api=await connect_pool(database.api, "termijn_api", size=2),
        worker=await connect_pool(database.worker, "termijn_worker", size=2),
    )
    await load_library(pools.worker)
    world = World(pools, Engine(arrival="direct"))
    async with pools.worker.acquire() as connection:
        await clock.start(connection, "simulated", world.start)
    # Of so many agreements most mail would remind of something, which small storms have enough of.
    await world.make_processor(**({"reminders": NOTHING} if agreements > FEW else {}))
    for start in range(0, agreements, AT_ONCE):
        await _agree(world, range(start, min(start + AT_ONCE, agreements)))
    await pools.api.close()
    await pools.worker.close()


async def _agree(world: World, numbers: range) -> None:
    """Customers with an agreement each, in force."""
    async with world.pools.worker.acquire() as connection:
        versions = {
            terms: await connection.fetchrow(
                "select id, version from terms_version where terms = $1 order by id desc limit 1", terms
            )
            for terms in TERMS
        }
    customers, agreements = [], []
    for number in numbers:
        terms = TERMS[number % len(TERMS)]
        contact = Contact(
            id=new_id(), name="Kim", email=f"kim@c{number}.example", roles=("contract", "privacy", "security")
        )
        customer = Customer(
            id=new_id(), processor_id=world.processor, name=f"Customer {number}", country="NL", language="nl",
            contacts=(contact,),
        )  # fmt: skip
        customers.append(New(kind="customer", entity=customer))
        version: Any = versions[terms]
        agreements.append(New(kind="agreement", entity=Agreement(
            id=new_id(), processor_id=world.processor, customer_id=customer.id, terms=terms,
            terms_version=version["version"], terms_version_id=version["id"],
            main_contracts=(MainContract(reference="M-1", starts_on=date(2026, 1, 1)),), facts=FACTS.get(terms, {}),
            services=(SERVICES[number // len(TERMS) % len(SERVICES)],),
        )))  # fmt: skip
    await world.create(*customers)
    await world.create(*agreements)
    acting: Acting = await world.acting()
    commands = [
        Command(subject=one.entity.id, trigger="send", at=acting.now, now=acting.now, actor="test", data={},
                requested=True, role="director")
        for one in agreements
    ]  # fmt: skip
    async with transaction(world.pools.api, [world.processor]) as connection:
        await world.engine.run(connection, [world.processor], commands)
    await world.drain()


@contextlib.asynccontextmanager
async def copied(servers: RunningServers, template: str, name: str) -> AsyncIterator[Database]:
    """A copy, gone afterwards; what crashes meanwhile takes no connection of ours with it."""

    async def execute(words: str) -> None:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(asyncpg.CannotConnectNowError, OSError):
                    admin = await asyncpg.connect(servers.urls.superuser)
                    await admin.execute(words)
                    await admin.close()
                    return
                await asyncio.sleep(0.1)  # the server recovers, of which nothing can be awaited

    await execute(f"drop database if exists {name} with (force)")  # of a run that was killed
    await execute(f"create database {name} template {template} owner termijn_owner strategy file_copy")
    try:
        yield named(servers, name)
    finally:
        await execute(f"drop database {name} with (force)")
