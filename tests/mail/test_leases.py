"""Many senders, and senders that die: each message goes out at least once, its bytes are always the same."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db.session import transaction
from service.mail.outgoing import deliver as module
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.deliver import deliver
from service.mail.outgoing.outbox import claim
from tests.mail.server import Scripted
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.engine.sweep import sweep
from workflows.ids import new_id
from workflows.model.parties import Contact
from workflows.reach.fan_out import carry_chunk

CONTACTS = tuple(
    Contact(id=new_id(), name=f"c{number}", email=f"c{number}@x.example", roles=("contract",)) for number in range(30)
)


@pytest.fixture
async def queued(posted: World, pools: Pools, engine: Engine, smtp: Scripted) -> tuple[UUID, UUID]:
    """An announcement to thirty contacts waits in the outbox."""
    await posted.make_processor()
    host = await posted.make_subprocessor()
    customer = await posted.make_customer("X", contacts=CONTACTS)
    agreement = await posted.make_agreement("kmo-solutions", customer)
    smtp.attempts.clear()
    smtp.reached_data.clear()
    change = await posted.make_change(host)
    await posted.do(change, "notify")
    while await sweep(pools.worker, engine) or await carry_chunk(pools.worker, engine):
        pass
    return change, agreement


async def outbox(world: World) -> list[Any]:
    return await world.rows("select * from message where kind = 'announcement' order by id")


async def test_eight_senders_send_each_message_once(
    posted: World, pools: Pools, engine: Engine, config: MailConfig, smtp: Scripted, queued: tuple[UUID, UUID]
) -> None:
    done = await asyncio.gather(*(deliver(pools.worker, engine, config, batch=7) for _ in range(8)))
    assert sum(done) == 30
    assert sorted(one.recipient for one in smtp.attempts) == sorted(str(one.email) for one in CONTACTS)
    assert {row["state"] for row in await outbox(posted)} == {"received"}
    assert len(await posted.rows("select 1 from attempt a join message m on m.id = a.message_id "
                                 "where m.kind = 'announcement'")) == 30  # fmt: skip
    assert len(await posted.rows("select 1 from timer where trigger = 'received'")) == 30
    assert await deliver(pools.worker, engine, config) == 0


async def test_a_held_message_is_left_alone_until_its_lease_runs_out(
    posted: World, pools: Pools, engine: Engine, config: MailConfig, smtp: Scripted, queued: tuple[UUID, UUID]
) -> None:
    async with transaction(pools.worker) as connection:  # a sender that takes all and dies
        assert len(await claim(connection, 100, 25.0)) == 30
    assert await deliver(pools.worker, engine, config) == 0
    async with transaction(pools.worker) as connection:  # a jump of the simulated clock frees nothing
        await connection.execute("update clock set now = now + interval '30 days'")
    assert await deliver(pools.worker, engine, config) == 0
    assert smtp.attempts == []
    async with transaction(pools.worker) as connection:
        await connection.execute("update message set leased_until = clock_timestamp() - interval '1 second'")
    assert await deliver(pools.worker, engine, config) == 30
    assert len(smtp.attempts) == 30


async def test_a_sender_killed_after_the_servers_yes_sends_the_same_bytes_again(
    posted: World, pools: Pools, engine: Engine, config: MailConfig, smtp: Scripted, queued: tuple[UUID, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async def away(*_: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(module._Batch, "_write", away)
        patched.setattr(module._Batch, "_leave", away)
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):
            await deliver(pools.worker, engine, config, batch=1)
    assert len(smtp.attempts) == 1
    assert [row["state"] for row in await outbox(posted)] == ["queued"] * 30
    async with transaction(pools.worker) as connection:
        await connection.execute(
            "update message set leased_until = clock_timestamp() - interval '1 second' where leased_until is not null"
        )
    await posted.go(await posted.now() + timedelta(hours=3))
    tried = await posted.rows(
        "select outcome from attempt a join message m on m.id = a.message_id where m.address = $1 "
        "and m.kind = 'announcement' order by a.id", smtp.attempts[0].recipient)  # fmt: skip
    assert [row["outcome"] for row in tried] == ["unknown", "sent"], "each delivery is on record"
    twice = [one for one in smtp.attempts if one.recipient == smtp.attempts[0].recipient]
    assert len(twice) == 2
    assert twice[0].content == twice[1].content
    assert len(smtp.attempts) == 31


async def test_a_sender_stopped_while_it_hands_over_leaves_an_unknown_and_gives_the_rest_back(
    posted: World, pools: Pools, engine: Engine, config: MailConfig, smtp: Scripted, queued: tuple[UUID, UUID]
) -> None:
    first = CONTACTS[0].email
    assert first is not None
    (row,) = await posted.rows("select min(id::text)::uuid as id from message where kind = 'announcement'")
    (row,) = await posted.rows("select address from message where id = $1", row["id"])
    smtp.at_data[row["address"]].append("wait")
    task = asyncio.create_task(deliver(pools.worker, engine, config, batch=10))
    await smtp.reached_data.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rows = await outbox(posted)
    assert [row["state"] for row in rows] == ["unknown"] + ["queued"] * 29
    assert {row["leased_until"] for row in rows} == {None}
    words = await posted.rows("select outcome, words from attempt where outcome = 'unknown'")
    assert "stopped" in words[0]["words"]
    smtp.gate.set()
    await posted.go(await posted.now() + timedelta(minutes=1))
    assert {row["state"] for row in await outbox(posted)} == {"received"}
    assert len({one.content for one in smtp.to(row["address"])}) == 1
    assert len(smtp.to(row["address"])) == 2


async def test_a_sender_that_lost_its_lease_sends_nothing_more(
    posted: World, pools: Pools, engine: Engine, config: MailConfig, smtp: Scripted, queued: tuple[UUID, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "LEASE", -1.0)  # it slept past it
    assert await deliver(pools.worker, engine, config) == 30
    assert smtp.attempts == []
    assert {row["state"] for row in await outbox(posted)} == {"queued"}


async def test_leases_are_renewed_while_the_server_is_slow(
    posted: World, pools: Pools, engine: Engine, config: MailConfig, smtp: Scripted, queued: tuple[UUID, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (row,) = await posted.rows("select address from message where kind = 'announcement' order by id limit 1")
    smtp.at_data[row["address"]].append("wait")
    monkeypatch.setattr(module, "RENEW_EVERY", 0.01)
    task = asyncio.create_task(deliver(pools.worker, engine, config, batch=1))
    await smtp.reached_data.wait()
    (before,) = await posted.rows("select leased_until from message where leased_until is not null")
    now = before
    async with asyncio.timeout(10):
        while now == before:
            (now,) = await posted.rows("select leased_until from message where leased_until is not null")
    smtp.gate.set()
    assert await task == 1
    assert (await outbox(posted))[0]["state"] == "received"


async def test_what_two_senders_conclude_is_told_once(
    posted: World, pools: Pools, engine: Engine, config: MailConfig, smtp: Scripted, queued: tuple[UUID, UUID]
) -> None:
    (row,) = await posted.rows("select id, address from message where kind = 'announcement' order by id limit 1")
    smtp.at_data[row["address"]].append("wait")
    task = asyncio.create_task(deliver(pools.worker, engine, config, batch=1))
    await smtp.reached_data.wait()
    async with transaction(pools.worker) as connection:  # another finds the lease gone, and is quicker
        await connection.execute("update message set leased_until = null where id = $1", row["id"])
    assert await deliver(pools.worker, engine, config, batch=1) == 1
    smtp.gate.set()
    await task
    assert len(await posted.rows("select 1 from attempt where message_id = $1", row["id"])) == 2
    assert len(await posted.rows("select 1 from timer where trigger = 'received'")) == 1
    assert len({one.content for one in smtp.to(row["address"])}) == 1
