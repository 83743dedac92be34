"""One agreement from its first mail to its declaration, with real mails, for everything that is checked offline."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg

from db import clock as db_clock
from db.session import connect_pool, transaction
from service.certificate.store import Document, declaration
from service.evidence.bundle import bundle
from service.files.store import Files
from service.mail.outgoing.deliver import deliver
from service.up.embedded import RunningServers
from tests.databases import cloned
from tests.history import check_history
from tests.mail.conftest import SECRET, config_for
from tests.mail.server import Scripted
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.engine.roots import make_roots


@dataclass(frozen=True)
class WholeLife:
    """What is left of it. `other` is another customer's agreement under the same change."""

    agreement: UUID
    change: UUID
    notice: UUID
    other: UUID
    processor: UUID
    bundle: bytes
    again: bytes
    change_bundle: bytes
    document: Document
    tokens: set[str]
    """Of every link in every mail that was sent."""


async def first_item(world: World, agreement: UUID) -> UUID:
    """The first thing of the plan that is not done."""
    rows = await world.rows(
        "select p ->> 'id' as id from agreement, jsonb_array_elements(plan) p "
        "where agreement.id = $1 and p ->> 'done_at' is null",
        agreement,
    )
    return UUID(rows[0]["id"])


async def to_deleted(world: World, agreement: UUID, **answer: Any) -> None:
    """Through the plan, item by item; an item that may end unconfirmed does so where that is asked."""
    await world.days(50)
    while await world.state(agreement) != "deleted":
        if "approve_plan" in [one["kind"] for one in await open_tasks(world, agreement)]:
            for task in await open_tasks(world, agreement):
                if task["kind"] == "mailbox_read":
                    await world.do(task["id"], "done", note="Nothing was asked.")
                    await world.drain()
            await world.do(agreement, "approve-plan")
            await world.drain()
        item = await first_item(world, agreement)
        (row,) = await world.rows(
            "select p ->> 'may_end_unconfirmed' = 'true' as may from agreement, jsonb_array_elements(plan) p "
            "where agreement.id = $1 and p ->> 'id' = $2",
            agreement,
            str(item),
        )
        more: dict[str, Any] = {"outcome": "not_confirmed"} if row["may"] and answer.get("unconfirmed") else {}
        await world.do(agreement, "confirm", task_id=item, evidence=answer.get("evidence", "seen it"), **more)
        await world.drain()


async def open_tasks(world: World, about: UUID) -> list[Any]:
    return await world.rows("select id, kind from task where about = $1 and done_at is null", about)


async def bundle_of(world: World, subject: UUID, kind: str = "agreement") -> bytes:
    """As the API makes it, with the API's own login."""
    out = BytesIO()
    await bundle(world.pools.api, [world.processor], subject, kind, out, Files(world.pools.api, None).copy)
    return out.getvalue()


@contextlib.asynccontextmanager
async def world_of_its_own(servers: RunningServers, template: str) -> AsyncIterator[tuple[World, Scripted]]:
    """A world that outlives a test, with a real sender and a mail server behind it."""
    async with cloned(servers, template) as database:
        api = await connect_pool(database.api, "termijn_api", size=4)
        worker = await connect_pool(database.worker, "termijn_worker", size=6)
        async with worker.acquire() as connection:
            await db_clock.start(connection, "simulated", World.start)
        smtp = Scripted()
        await smtp.start()
        engine = Engine(arrival="direct")
        world = World(Pools(api=api, worker=worker), engine)
        world.deliver = partial(deliver, worker, engine, config_for(smtp.port))  # type: ignore[method-assign]
        try:
            yield world, smtp
            owner = await asyncpg.connect(database.superuser)
            await check_history(owner)
            await owner.close()
        finally:
            await smtp.stop()
            await api.close()
            await worker.close()


async def lived(world: World, smtp: Scripted) -> WholeLife:
    """Contict: a consent by letter, a second customer, the end, the return, the erasure, the declaration."""
    await world.make_processor(name="Acme Telecom B.V.", reply_to="privacy@acme.example")
    agreement = await world.make_agreement("contict", await world.make_customer("Gemeente Ons"))
    other = await world.make_agreement("kmo-solutions", await world.make_customer("Another One"))
    change = await world.make_change(await world.make_subprocessor("Nieuwe Cloud BV"))
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    await world.do(notice, "consent", channel="letter", by="Kim", evidence="letter of 3 March")
    await world.drain()
    await reply(world, notice, smtp)
    await make_roots(world.pools.worker, SECRET)
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await to_deleted(world, agreement, evidence="protocol 2026-114")
    await make_roots(world.pools.worker, SECRET)
    await world.do(other, "end-main-contract", on=date(2026, 9, 30))
    await world.drain()
    async with transaction(world.pools.api, [world.processor]) as connection:
        document = await declaration(connection, world.engine, [world.processor], agreement)
    return WholeLife(
        agreement=agreement,
        change=change,
        notice=notice,
        other=other,
        processor=world.processor,
        bundle=await bundle_of(world, agreement),
        again=await bundle_of(world, agreement),
        change_bundle=await bundle_of(world, change, "change"),
        document=document,
        tokens=tokens_in(smtp),
    )


async def reply(world: World, notice: UUID, smtp: Scripted) -> None:
    """A reply that quotes the link to the notice."""
    (token, *_) = sorted(tokens_in(smtp))
    await world.rows(
        "with kept as (insert into file "
        "(id, processor_id, sha256, name, type, size, content, origin, made_at, made_by) "
        "values (uuidv7(), $1, sha256($5), 'message.eml', 'message/rfc822', octet_length($5), $5, 'inbound', $4, 'x') "
        "returning id) "
        "insert into inbound (id, processor_id, subject_id, kind, sender, subject_line, content, received_at, "
        "recorded_at, file_id) select uuidv7(), $1, $2, 'reply', 'kim@gemeente-ons.example', 'Re', $3, $4, $4, kept.id "
        "from kept returning id",
        world.processor,
        notice,
        f"> https://dpa.example.org/n/{token}\nFine with us.",
        datetime(2026, 3, 3, tzinfo=UTC),
        f"From: kim@gemeente-ons.example\r\n\r\n> https://dpa.example.org/n/{token}\r\nFine with us.\r\n".encode(),
    )


def tokens_in(smtp: Scripted) -> set[str]:
    found = set()
    for one in smtp.attempts:
        for part in one.mail.walk():
            if part.get_content_maintype() == "text":
                words = part.get_content()
                text = words if isinstance(words, str) else words.decode()
                for piece in text.replace("\r\n ", "").split("https://dpa.example.org/")[1:]:
                    token = piece[2:].split("\n")[0].split('"')[0].split("<")[0].split(" ")[0].strip()
                    if len(token) >= 43:
                        found.add(token)
    return found
