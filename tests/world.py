"""What the API and the worker do, in a few words, for tests of whole lives."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import transaction
from service.people.telling import tell
from tests.beginnings import Beginnings, lived
from workflows.engine.engine import Engine, Moved, New
from workflows.engine.reminders import remind
from workflows.engine.sweep import sweep
from workflows.ids import new_id
from workflows.machine.acting import Acting
from workflows.machine.vocabulary import Command
from workflows.model.agreement import Agreement, MainContract
from workflows.model.change import Change
from workflows.model.parties import Contact, Customer, Processor, Subprocessor
from workflows.reach.relay import carry_on


@dataclass(frozen=True)
class Pools:
    """Connections of the API's and of the worker's login."""

    api: asyncpg.Pool
    worker: asyncpg.Pool


DUE = """select exists (select from timer where due_at <= termijn_now())
        or (select mode = 'system' from clock) as timers,
    exists (select from fan_out where finished_at is null) as fan_outs,
    exists (select from deadline where remind_at <= termijn_now()) as reminders,
    exists (select from message where next_at <= termijn_now()) as mails,
    exists (select from app_user) as people"""
"""Which parts of a worker have something to do: asking all of them costs most of a short test. A sweep watches
the system's clock, due timers or not."""


class World:
    """One processor's world on a simulated clock."""

    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __init__(self, pools: Pools, engine: Engine) -> None:
        self.pools = pools
        self.engine = engine
        self.processor: UUID = new_id()
        self.beginnings: Beginnings | None = None
        self.receipt = "received"
        """What the mail server's answer means: `received`, or `handed_over` behind a relay."""

    def around(self) -> object:
        """All that a test may have set, such as another engine or another way to deliver."""
        apart = {name: value for name, value in vars(self).items() if name not in ("pools", "engine", "beginnings")}
        return type(self), type(self.engine), self.engine.arrival, apart

    async def now(self) -> datetime:
        async with self.pools.worker.acquire() as connection:
            return await clock.now(connection)

    async def acting(self) -> Acting:
        """A person of the processor, now."""
        now = await self.now()
        return Acting(actor="test", role="director", at=now, now=now, processors=(self.processor,))

    async def create(self, *new: New) -> list[Moved]:
        """Begin subjects, as the API does."""
        acting = await self.acting()
        async with transaction(self.pools.api, [self.processor]) as connection:
            return await self.engine.create(connection, new, acting)

    async def do(
        self, subject: UUID, trigger: str, *, arrived: datetime | None = None, role: str = "director", **data: Any
    ) -> Moved:
        """One command of a person."""
        now = await self.now()
        command = Command(
            subject=subject,
            trigger=trigger,
            at=arrived or now,
            now=now,
            actor="test",
            data=data,
            requested=True,
            role=role,
        )
        async with transaction(self.pools.api, [self.processor]) as connection:
            return (await self.engine.run(connection, [self.processor], [command]))[0]

    @lived
    async def make_processor(self, **more: Any) -> UUID:
        values: dict[str, Any] = {
            "slug": f"acme-{self.processor}", "name": "Acme", "country": "NL", "timezone": "Europe/Amsterdam",
            "language": "nl", "terms": "kmo-solutions", **more,
        }  # fmt: skip
        await self.create(
            New(kind="processor", entity=Processor(id=self.processor, processor_id=self.processor, **values))
        )
        return self.processor

    @lived
    async def make_customer(self, name: str = "Customer", **more: Any) -> UUID:
        """A customer with one contact who is everything."""
        contact = Contact(
            id=new_id(), name="Kim", email=f"kim@{name.lower().replace(' ', '-')}.example", phone="+31 10 1234567",
            roles=("contract", "privacy", "security"),
        )  # fmt: skip
        values: dict[str, Any] = {"country": "NL", "language": "nl", "contacts": (contact,), **more}
        entity = Customer(id=new_id(), processor_id=self.processor, name=name, **values)
        await self.create(New(kind="customer", entity=entity))
        return entity.id

    @lived
    async def make_subprocessor(self, name: str = "Hosting BV", **more: Any) -> UUID:
        """A subprocessor that is bound to the same duties."""
        values: dict[str, Any] = {"service": "hosting", "country": "NL", "bound_on": date(2026, 1, 1), **more}
        entity = Subprocessor(id=new_id(), processor_id=self.processor, name=name, **values)
        await self.create(New(kind="subprocessor", entity=entity))
        return entity.id

    @lived
    async def make_agreement(
        self, terms: str, customer: UUID | None = None, *, active: bool = True, **more: Any
    ) -> UUID:
        """An agreement; active unless said otherwise."""
        async with self.pools.worker.acquire() as connection:
            row = await connection.fetchrow(
                "select id, version from terms_version where terms = $1 order by id desc limit 1", terms
            )
        assert row is not None, terms
        values: dict[str, Any] = {
            "main_contracts": (MainContract(reference="M-1", starts_on=date(2026, 1, 1)),),
            "facts": FACTS.get(terms, {}),
            **more,
        }
        entity = Agreement(
            id=new_id(),
            processor_id=self.processor,
            customer_id=customer or await self.make_customer(f"Customer {terms}"),
            terms=terms,
            terms_version=row["version"],
            terms_version_id=row["id"],
            **values,
        )
        await self.create(New(kind="agreement", entity=entity))
        if active:
            await self.do(entity.id, "send")
            if terms == "contict":
                await self.do(entity.id, "sign", party="processor")
                await self.do(entity.id, "sign", party="controller")
            await self.drain()
        return entity.id

    @lived
    async def make_change(self, subprocessor: UUID | None, kind: str = "add", **more: Any) -> UUID:
        entity = Change(id=new_id(), processor_id=self.processor, kind=kind, subprocessor_id=subprocessor, **more)  # type: ignore[arg-type]  # kinds come as text in tests
        await self.create(New(kind="change", entity=entity))
        return entity.id

    @lived
    async def announce(self, change: UUID) -> None:
        """Notify and let everything that follows at once happen."""
        await self.do(change, "notify")
        await self.drain()

    async def drain(self) -> None:
        """Sweep, spread and deliver until nothing is due at this instant."""
        worker = self.pools.worker
        while True:
            due = await self.due()
            moved = due["timers"] and await sweep(worker, self.engine)
            carried = due["fan_outs"] and await carry_on(worker, self.engine)
            reminded = due["reminders"] and await remind(worker, self.engine)
            delivered = due["mails"] and await self.deliver()
            told = due["people"] and not moved and await self.tell()
            if not (moved or carried or reminded or delivered or told):
                return

    async def due(self) -> Any:
        """What is due at this instant: `timers`, `fan_outs`, `reminders`, `mails`."""
        async with self.pools.worker.acquire() as connection:
            return await connection.fetchrow(DUE)

    async def deliver(self) -> int:
        """Every message that waits arrives at once: the mail server is the customer's own."""
        async with transaction(self.pools.worker) as connection:
            rows = await connection.fetch(
                "update message m set state = 'received', next_at = null, message_id = "
                "'<' || lead.id || '.' || left(md5(lead.id::text), 20) || '@termijn.example>' "
                "from (select id from message where next_at <= termijn_now()) lead "
                "where m.id = lead.id or m.carried_by = lead.id "
                "returning m.id, m.processor_id, m.subject_id, m.contact_id, m.kind, "
                "coalesce((m.data ->> 'copy')::boolean, false) as copy"
            )
            now = await clock.now(connection)
            timers = [
                {
                    "id": new_id(), "processor_id": row["processor_id"], "subject_id": row["subject_id"],
                    "name": f"tell:{row['id']}",
                    "trigger": self.receipt if row["kind"] == "announcement" else "received",
                    "due_at": now, "rank": 0, "lane": "normal",
                    "data": {"contact_id": row["contact_id"], "how": "direct", "copy": row["copy"]},
                }
                for row in rows if row["kind"] in ("announcement", "agreement", "breach_notice")
            ]  # fmt: skip
            if timers:
                await connection.execute(sql("set_timers"), msgspec.json.encode(timers).decode())
            return len(rows)

    async def tell(self) -> int:
        """The processor's own people are told; every mail to them arrives at once."""
        told = await tell(self.pools.worker, self.engine)
        async with transaction(self.pools.worker) as connection:
            await connection.execute(
                "update user_mail set sent_at = termijn_now(), next_at = null "
                "where kind = 'told' and next_at is not null"
            )
        return told

    async def go(self, until: datetime) -> None:
        """Let time pass: the clock stops at every instant at which something is due."""
        while True:
            await self.drain()
            async with self.pools.worker.acquire() as connection:
                nearest = await connection.fetchval(sql("next_instant"))
                last = nearest is None or nearest > until
                await connection.execute("update clock set now = greatest(now, $1)", until if last else nearest)
            if last:
                break
        await self.drain()

    async def days(self, count: float) -> None:
        """Let this many times 24 hours pass."""
        await self.go(await self.now() + timedelta(days=count))

    async def state(self, subject: UUID) -> str:
        async with self.pools.worker.acquire() as connection:
            found: str = await connection.fetchval("select state from subject where id = $1", subject)
            return found

    async def notice(self, change: UUID, agreement: UUID) -> Any:
        """The notice of a change to an agreement, with its state."""
        async with self.pools.worker.acquire() as connection:
            return await connection.fetchrow(
                "select n.*, s.state from notice n join subject s on s.id = n.id "
                "where n.change_id = $1 and n.agreement_id = $2", change, agreement,
            )  # fmt: skip

    async def rows(self, query: str, *values: Any) -> list[Any]:
        async with self.pools.worker.acquire() as connection:
            return list(await connection.fetch(query, *values))

    async def engaged(self, agreement: UUID, subprocessor: UUID) -> bool:
        """Whether a yes is on record now."""
        return bool(
            await self.rows(
                "select 1 from engagement where agreement_id = $1 and subprocessor_id = $2 "
                "and since <= termijn_now() and (until is null or until > termijn_now())", agreement, subprocessor,
            )
        )  # fmt: skip


FACTS: dict[str, dict[str, str]] = {
    "mms-solutions": {"end.erasure": "P30D"},
    "kmo-solutions": {"backup.retention": "P30D"},
    "eu-scc-2021-915": {"subprocessor.objection": "P30D"},
    "eu-scc-2021-914-c2p": {"subprocessor.objection": "P30D"},
    "eu-scc-2021-914-p2p": {"subprocessor.notice": "P30D"},
    "cnil-clauses": {"entry.day": "2025-01-01", "breach.notice": "PT48H", "subprocessor.objection": "P30D"},
    "keepnet-dpa": {"data.region": "EU"},
}


def local(text: str) -> datetime:
    """An instant from ISO text with an offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


def gather(*things: Any) -> Any:
    return asyncio.gather(*things, return_exceptions=True)
