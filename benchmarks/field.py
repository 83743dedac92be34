"""One processor with many customers, made through the same engine that a deployment uses."""

import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import asyncpg
import msgspec

from benchmarks.stage import Database, Stage
from db import clock
from db.session import Connection, transaction
from workflows.engine.engine import Engine, New
from workflows.engine.sweep import sweep
from workflows.ids import new_id
from workflows.machine.acting import Acting
from workflows.machine.vocabulary import Command
from workflows.model.agreement import Agreement, MainContract
from workflows.model.change import Change
from workflows.model.parties import Contact, Customer, Entity, Processor, Subprocessor
from workflows.notice.scope import has_period
from workflows.reach.fan_out import carry_chunk
from workflows.terms.load import library
from workflows.terms.model import Terms
from workflows.terms.names import OBJECTION

T = TypeVar("T")
CHUNK = 500
BEGIN = datetime.now(UTC).replace(microsecond=0)
"""The simulated clock starts at the real instant, so that a measure on the system's clock finds windows open."""
ACTOR = "benchmark"


class Field(msgspec.Struct, frozen=True):
    """What the measures need to know of the world they find."""

    processor: UUID
    subprocessor: UUID
    change: UUID
    agreements: int


def chosen_terms() -> Terms:
    """The first terms of the library whose customers may object within a period, and that begin by a date."""
    return next(
        terms
        for _, terms in sorted(library().items())
        if terms.subprocessors.rule == "objection"
        and has_period(terms, OBJECTION)
        and terms.entry.event == "main_contract_start"
        and terms.entry.period is None
    )


async def sow(stage: Stage, database: Database, agreements: int, *, tidied: bool = True) -> Field:
    """Agreements in force, each with a customer and a contact of its own, and a change announced to nobody yet.

    `tidied`: with statistics, as a database that runs for a while has them.
    """
    engine = Engine(arrival="direct")
    terms = chosen_terms()
    processor, subprocessor, change = new_id(), new_id(), new_id()
    async with stage.pool(database, "termijn_api") as api, stage.pool(database, "termijn_worker") as worker:
        async with worker.acquire() as connection:
            await clock.start(connection, "simulated", BEGIN)
            version = await connection.fetchrow(
                "select id, version from terms_version where terms = $1 order by id desc limit 1", terms.id
            )
        now = BEGIN

        async def create(entities: Iterable[tuple[str, Entity]]) -> None:
            for chunk in _chunks(entities):
                async with transaction(api, [processor]) as connection:
                    news = [New(kind=kind, entity=entity) for kind, entity in chunk]
                    await engine.create(connection, news, Acting(actor=ACTOR, at=now, now=now, processors=()))

        await create(
            [
                ("processor", Processor(
                    id=processor, processor_id=processor, slug="benchmark", name="Benchmark", country="NL",
                    timezone=terms.zone, language="nl", terms=terms.id)),
                ("subprocessor", Subprocessor(
                    id=subprocessor, processor_id=processor, name="Hosting", service="hosting", country="NL",
                    bound_on=(BEGIN - timedelta(days=60)).date())),
            ]
        )  # fmt: skip
        customers = [new_id() for _ in range(agreements)]
        await create(("customer", _customer(processor, one, number)) for number, one in enumerate(customers))
        assert version is not None
        entities = [
            Agreement(
                id=new_id(), processor_id=processor, customer_id=customer, terms=terms.id,
                terms_version=version["version"], terms_version_id=version["id"],
                main_contracts=(MainContract(reference="M-1", starts_on=(BEGIN - timedelta(days=60)).date()),),
                facts={one.name: "P30D" for one in terms.fields if one.kind == "duration"})
            for customer in customers
        ]  # fmt: skip
        await create(("agreement", one) for one in entities)
        for chunk in _chunks(entities):
            await _run(api, engine, processor, [(one.id, "send") for one in chunk])
        await until_done(lambda: sweep(worker, engine))
        await until_done(lambda: carry_chunk(worker, engine))
        await create([("change", Change(id=change, processor_id=processor, kind="add", subprocessor_id=subprocessor))])
    async with stage.connect(database) as connection:
        # What is measured is the notices: mail about the beginning of the agreements is taken as arrived.
        await connection.execute("update message set state = 'received', next_at = null")
        if tidied:
            await tidy(connection)
    return Field(processor, subprocessor, change, agreements)


async def notify(stage: Stage, database: Database, field: Field) -> None:
    """Announce the change: from here on a fan-out waits to carry it to every agreement."""
    async with stage.pool(database, "termijn_api") as api:
        await _run(api, Engine(arrival="direct"), field.processor, [(field.change, "notify")])


async def arrive(stage: Stage, database: Database, *, tidied: bool = True) -> None:
    """Every announcement is received, a millisecond after the one before: a timer for each notice waits to say so."""
    async with stage.connect(database) as connection:
        await connection.execute(
            "with arrived as ("
            "  update message set state = 'received', next_at = null where next_at is not null returning *), "
            "numbered as (select *, row_number() over (order by id) as number from arrived) "
            "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
            "select uuidv7(), processor_id, subject_id, 'tell:' || id, 'received', "
            "  termijn_now() + number * interval '1 ms', 0, 'normal', "
            "  jsonb_build_object('contact_id', contact_id, 'how', 'direct') from numbered"
        )
        await connection.execute(
            "update clock set now = greatest(now, (select max(due_at) from timer where trigger = 'received'))"
        )
        if tidied:
            await tidy(connection)


async def let_windows_end(stage: Stage, database: Database) -> None:
    """The clock passes the end of every window that runs."""
    async with stage.connect(database) as connection:
        await connection.execute(
            "update clock set now = (select max(closes_at) from notice) + interval '1 minute' "
            "where (select max(closes_at) from notice) is not null"
        )
        await tidy(connection)


async def tidy(connection: Connection) -> None:
    """Statistics as a database that runs for a while has them; none of empty tables, as autovacuum makes none."""
    for row in await connection.fetch(
        "select relname::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    ):
        if await connection.fetchval(f"select exists (select from {row['relname']})"):
            await connection.execute(f"vacuum analyze {row['relname']}")


async def until_done(work: Callable[[], Awaitable[T]]) -> None:
    while await work():
        pass


async def _run(api: asyncpg.Pool, engine: Engine, processor: UUID, asked: list[tuple[UUID, str]]) -> None:
    async with transaction(api, [processor]) as connection:
        now = await clock.now(connection)
        commands = [Command(subject=who, trigger=what, at=now, now=now, actor=ACTOR) for who, what in asked]
        await engine.run(connection, [processor], commands)


def _customer(processor: UUID, id: UUID, number: int) -> Customer:
    contact = Contact(
        id=new_id(), name="Kim de Wit", email=f"kim@customer-{number}.example", phone="+31 10 1234567",
        roles=("contract", "privacy", "security"),
    )  # fmt: skip
    return Customer(
        id=id, processor_id=processor, name=f"Customer {number}", country="NL", language="nl", contacts=(contact,)
    )


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(itertools.islice(rest, CHUNK)):
        yield chunk
