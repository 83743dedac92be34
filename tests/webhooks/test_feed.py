"""Events on their way: in order, at least once, each receiver on its own, tried until somebody has to look."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from db.queries import sql
from db.session import transaction
from service import worker as worker_module
from service.ledger_watermark import LedgerWatermark
from service.settings import Settings
from service.webhooks.courier import Courier
from service.webhooks.feed import FAILING_AT, PAUSES
from service.webhooks.sending import SendConfig, Sender
from service.worker import Worker
from tests.conftest import Database
from tests.resources.conftest import Desk
from tests.webhooks.conftest import Hooked, deliveries
from tests.webhooks.receiver import Call, Receiver
from workflows.engine.engine import Engine


def types(receiver: Receiver, path: str = "/hook") -> list[str]:
    return [one.json["type"] for one in receiver.to(path)]


async def test_everything_arrives_in_the_order_of_the_ledger(
    desk: Desk, hook: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = 200
    agreement = await desk.agreement()
    sub = await desk.subprocessor("Logging BV")
    change = await desk.announced(sub["id"])
    notice = (await desk.items("notices", change_id=change["id"]))[0]
    await desk.act(
        f"notices/{notice['id']}/object", {"grounds": "Kim de Vries disagrees", "by": "Kim", "channel": "mail"}
    )
    await world.drain()
    ledger = [one for one in await desk.items("events", limit=200) if one["subject"] != hook["id"]]
    after = [one for one in ledger if one["subject"] != desk.processor]
    assert [one.json["data"]["id"] for one in receiver.calls] == [one["id"] for one in after]
    assert [one.json["type"] for one in receiver.calls] == [one["type"] for one in after]
    objected = next(one for one in receiver.calls if one.json["type"] == "notice.object")
    said = objected.verified(hook["secret"])["data"]
    assert (said["subject"], said["parent"], said["state"]) == (notice["id"], change["id"], "objected")
    assert objected.id == f"evt_{said['id']}"
    everything = b"".join(one.body for one in receiver.calls).decode()
    for personal in ("Kim", "kim@customer.example", "disagrees", "Customer of", "Logging BV"):
        assert personal not in everything
    shown = await desk.get(f"webhooks/{hook['id']}")
    assert (shown["tries"], shown["next_at"]) == (0, None)
    assert shown["delivered_at"] is not None
    assert agreement["id"] in everything


async def test_it_gets_what_it_asked_for(desk: Desk, receiver: Receiver, world: Hooked) -> None:
    for path, events in (
        ("/prefix", ["subprocessor.*"]),
        ("/exact", ["notice.object", "customer.created"]),
        ("/state", ["notice.objected", "agreement.active"]),
        ("/orders", ["deletion.ordered"]),
    ):
        await desk.api.made("webhooks", {"url": receiver.url(path), "events": events})
    await desk.agreement()
    sub = await desk.subprocessor()
    change = await desk.announced(sub["id"])
    notice = (await desk.items("notices", change_id=change["id"]))[0]
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    assert set(types(receiver, "/prefix")) == {"subprocessor.created"}
    assert types(receiver, "/exact")[:2] == ["customer.created", "notice.object"]
    assert types(receiver, "/state") == ["agreement.active", "notice.objected"], "once each: on coming into it"
    assert types(receiver, "/orders") == []
    (entered,) = [one for one in receiver.to("/state") if one.json["type"] == "notice.objected"]
    assert entered.json["data"]["type"] == "notice.object", "the event's own type stands within"


async def test_what_was_before_is_no_news(desk: Desk, receiver: Receiver, world: Hooked) -> None:
    await desk.customer("Before")
    hook = await desk.api.made("webhooks", {"url": receiver.url()})
    await desk.customer("After")
    await world.drain()
    assert types(receiver) == ["customer.created"]
    assert [one["type"] for one in await deliveries(desk.api, hook)] == ["customer.created"]


async def test_500_then_200_with_one_id_and_one_body(desk: Desk, hook: Any, receiver: Receiver, world: Hooked) -> None:
    receiver.script = [500, 302, None, 204]
    await desk.customer("One")
    await desk.customer("Two")
    start = await world.now()
    await world.drain()
    assert len(receiver.calls) == 1, "the second waits for the first"
    shown = await desk.get(f"webhooks/{hook['id']}")
    assert (shown["tries"], shown["state"]) == (1, "active")
    await world.go(start + timedelta(seconds=PAUSES[0] - 1))
    assert len(receiver.calls) == 1, "not before its pause is over"
    await world.go(start + timedelta(hours=1))
    assert [one.id for one in receiver.calls[:4]] == [receiver.calls[0].id] * 4
    assert len({one.body for one in receiver.calls[:4]}) == 1
    assert len(receiver.calls) == 5, "then the second"
    found = await deliveries(desk.api, hook)
    assert [(one["attempt"], one["outcome"], one["status"]) for one in reversed(found)] == [
        (1, "failed", 500), (2, "failed", 302), (3, "failed", None), (4, "delivered", 204), (1, "delivered", 204),
    ]  # fmt: skip
    assert "redirect" in found[-2]["words"]
    assert len(await deliveries(desk.api, hook, outcome="failed")) == 3


async def test_it_fails_visibly_and_goes_on_by_itself(desk: Desk, hook: Any, receiver: Receiver, world: Hooked) -> None:
    receiver.script = [500] * (FAILING_AT + 1)
    await desk.customer("One")
    await desk.customer("Two")
    await world.go(await world.now() + timedelta(seconds=sum(PAUSES[: FAILING_AT - 1])))
    shown = await desk.get(f"webhooks/{hook['id']}")
    assert (shown["state"], shown["tries"]) == ("failing", FAILING_AT)
    assert shown["failing_since"] is not None
    (task,) = await desk.items("tasks", subject=hook["id"], state="open")
    assert (task["kind"], task["subject_kind"]) == ("webhook_failing", "webhook")
    assert "answered 500" in task["text"]
    await world.days(1)
    assert (await desk.get(f"webhooks/{hook['id']}"))["state"] == "active"
    assert await desk.items("tasks", subject=hook["id"], state="open") == []
    assert types(receiver).count("customer.created") == FAILING_AT + 2 + 1, (
        "the first until it was taken, then the second"
    )
    assert len({one.id for one in receiver.calls if one.json["type"] == "customer.created"}) == 2


async def test_attempts_end_and_a_person_resumes_where_it_stopped(
    desk: Desk, hook: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = 503
    await desk.customer("One")
    await desk.customer("Two")
    await world.days(30)
    assert len(receiver.calls) == len(PAUSES) + 1, "bounded"
    assert (await desk.get(f"webhooks/{hook['id']}"))["state"] == "paused"
    (task,) = await desk.items("tasks", subject=hook["id"], state="open")
    assert task["kind"] == "webhook_paused"
    receiver.always, receiver.calls[:] = 204, []
    await world.days(1)
    assert receiver.calls == [], "paused is paused"
    await desk.act(f"webhooks/{hook['id']}/resume")
    customers = [one for one in receiver.calls if one.json["type"] == "customer.created"]
    assert len(customers) == 2
    assert receiver.calls[0] is customers[0], "it goes on where it stopped"
    assert await desk.items("tasks", subject=hook["id"], state="open") == []


async def test_resume_from_now_leaves_out_what_lies_between(
    desk: Desk, hook: Any, receiver: Receiver, world: Hooked
) -> None:
    await desk.act(f"webhooks/{hook['id']}/pause", {"reason": "moving house"})
    await desk.customer("One")
    await world.drain()
    assert receiver.calls == []
    await desk.act(f"webhooks/{hook['id']}/resume", {"from_now": True})
    assert receiver.calls == []
    await desk.customer("Two")
    await world.drain()
    assert types(receiver) == ["customer.created"]


async def test_410_switches_it_off(desk: Desk, hook: Any, receiver: Receiver, world: Hooked) -> None:
    receiver.always = 410
    await desk.customer("One")
    await desk.customer("Two")
    await world.days(10)
    assert len(receiver.calls) == 1
    assert (await desk.get(f"webhooks/{hook['id']}"))["state"] == "disabled"
    (task,) = await desk.items("tasks", subject=hook["id"], state="open")
    assert task["kind"] == "webhook_gone"


async def test_a_new_url_is_tried_at_once(desk: Desk, hook: Any, receiver: Receiver, world: Hooked) -> None:
    receiver.paths = {"/hook": 500}
    await desk.customer("One")
    await world.drain()
    await desk.api.call("PATCH", f"webhooks/{hook['id']}", json={"url": receiver.url("/mended")})
    await world.drain()
    assert types(receiver, "/mended") == ["customer.created"]


async def test_one_that_hangs_holds_up_nobody(
    desk: Desk, receiver: Receiver, world: Hooked, settings: Settings
) -> None:
    receiver.paths = {"/hangs": None}
    for path in ("/hangs", "/one", "/two"):
        await desk.api.made("webhooks", {"url": receiver.url(path), "events": ["customer.*"]})
    courier = Courier(world.pools.worker, world.engine, Sender(replace(SendConfig.of(settings), timeout=30.0)))
    arrived: dict[str, asyncio.Event] = {path: asyncio.Event() for path in ("/hangs", "/one", "/two")}

    async def note(call: Call) -> None:
        arrived[call.path].set()

    receiver.before = note
    await desk.customer("One")
    assert await courier.look()
    await asyncio.wait_for(asyncio.gather(*(one.wait() for one in arrived.values())), 10)
    for one in arrived.values():
        one.clear()
    await desk.customer("Two")
    while not (arrived["/one"].is_set() and arrived["/two"].is_set()):
        await courier.look()  # the rest of the first round may still be being written down
        await asyncio.sleep(0)
    assert len(receiver.to("/one")) == len(receiver.to("/two")) == 2
    assert len(receiver.to("/hangs")) == 1, "its own wait goes on"
    hanging = [task for task in asyncio.all_tasks() if "Courier._work" in repr(task)]
    for task in hanging:
        task.cancel()
    await courier.finish()


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


async def test_killed_between_sending_and_writing_down_it_is_sent_again(
    desk: Desk, hook: Any, receiver: Receiver, world: Hooked, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    sender = Sender(SendConfig.of(settings))
    sent = sender.post

    async def post_and_die(*given: Any) -> Any:
        await sent(*given)
        raise Killed

    monkeypatch.setattr(sender, "post", post_and_die)
    await desk.customer("One")
    with pytest.raises(Killed):
        await Courier(world.pools.worker, world.engine, sender).round()
    assert len(receiver.calls) == 1
    await world.drain()
    assert len(receiver.calls) == 1, "its lease still runs: nobody else sends it meanwhile"
    await world.rows("update webhook_feed set leased_until = clock_timestamp() - interval '1 second' returning cursor")
    await world.drain()
    assert len(receiver.calls) == 2
    assert receiver.calls[0].id == receiver.calls[1].id
    assert receiver.calls[0].body == receiver.calls[1].body
    assert [one["outcome"] for one in await deliveries(desk.api, hook)] == ["delivered"]


async def test_one_that_lost_its_lease_writes_no_more(desk: Desk, hook: Any, receiver: Receiver, world: Hooked) -> None:
    async def overtaken(call: Call) -> None:
        await world.rows(
            "update webhook_feed set leased_until = clock_timestamp() + interval '1 hour' returning cursor"
        )

    receiver.before = overtaken
    await desk.customer("One")
    await desk.customer("Two")
    before = (await world.rows("select cursor from webhook_feed"))[0]["cursor"]
    await world.courier.round()
    assert len(receiver.calls) == 1
    assert (await world.rows("select cursor from webhook_feed"))[0]["cursor"] == before


async def test_an_event_that_appears_late_is_not_passed_over(
    desk: Desk, hook: Any, receiver: Receiver, world: Hooked, database: Database
) -> None:
    """A transaction that had its number early writes its event late; one that began after it commits before."""
    slow = await asyncpg.connect(database.superuser)
    late = slow.transaction()
    await late.start()
    await slow.fetchval("select pg_current_xact_id()")
    async with transaction(world.pools.api, [UUID(desk.processor)]) as fast:
        await fast.execute("select pg_current_xact_id()")
        place = await slow.fetchval("select nextval('event_id_seq')")
        made = await desk.customer("Fast")
    assert not await world.courier.round()
    assert receiver.calls == [], "an older transaction is still open"
    row = await slow.fetchrow("select * from event where subject_id = $1", UUID(made["id"]))
    assert row is not None
    assert row["id"] > place, "its place lies before what is there already"
    await late.rollback()
    await slow.close()
    await world.drain()
    assert types(receiver) == ["customer.created"]


async def test_the_watermark_waits_for_whoever_had_begun(database: Database) -> None:
    """Places are not given out in the order of transactions: the number alone (xmin) would pass over one."""
    reader, early, later = [await asyncpg.connect(database.superuser) for _ in range(3)]
    try:
        watermark = LedgerWatermark()
        await early.execute("create table probe (id bigint generated always as identity, tx xid8)")
        first, second = early.transaction(), later.transaction()
        await first.start()
        await second.start()
        assert await early.fetchval("select pg_current_xact_id()") < await later.fetchval("select pg_current_xact_id()")
        place_of_second = await later.fetchval("insert into probe (tx) values (pg_current_xact_id()) returning id")
        place_of_first = await early.fetchval("insert into probe (tx) values (pg_current_xact_id()) returning id")
        assert place_of_first > place_of_second, "the younger transaction has the earlier place"
        await first.commit()
        naive = "select max(id) from probe where tx < pg_snapshot_xmin(pg_current_snapshot())"
        assert await reader.fetchval(naive) == place_of_first, "so a reader by number goes past the one to come"
        last = sql("last_event")
        shown = "select coalesce(max(id), 0) from probe"

        async def look() -> int:
            class Snapshot:
                async def fetchval(self, query: str) -> Any:
                    return await reader.fetchval(shown if query == last else query)

                async def fetchrow(self, query: str) -> Any:
                    return await reader.fetchrow(query)

            return await watermark.look(Snapshot())

        assert await look() == 0, "the committed event lies behind one that is still to appear"
        assert await look() == 0
        third = early.transaction()
        await third.start()
        await early.fetchval("select pg_current_xact_id()")
        await second.commit()
        assert await look() == place_of_first, "whoever began after the first look does not matter to what was there"
        await third.rollback()
    finally:
        for one in (reader, early, later):
            await one.close()


async def test_the_worker_carries_them(
    desk: Desk, hook: Any, receiver: Receiver, world: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LOOK_EVERY", 0.02)
    worker = Worker(world.pools.worker, world.engine, None, simulated=False, webhooks=world.courier)  # type: ignore[arg-type]  # sends no mail
    arrived = asyncio.Event()

    async def note(call: Call) -> None:
        arrived.set()

    receiver.before = note
    running = asyncio.create_task(worker.caller())
    await desk.customer("One")
    await asyncio.wait_for(arrived.wait(), 10)
    worker.stopping.set()
    await asyncio.wait_for(running, 10)
    assert [one["outcome"] for one in await deliveries(desk.api, hook)] == ["delivered"]


async def test_the_simulated_clock_waits_for_them(desk: Desk, hook: Any, receiver: Receiver, world: Hooked) -> None:
    receiver.script = [500]
    await desk.customer("One")
    async with world.pools.worker.acquire() as connection:
        now = await world.now()
        assert await connection.fetchval(sql("anything_waiting"), now)
        await world.drain()
        assert not await connection.fetchval(sql("anything_waiting"), now)
        assert await connection.fetchval(sql("next_instant")) == now + timedelta(seconds=PAUSES[0])
        await desk.act(f"webhooks/{hook['id']}/pause")
        assert not await connection.fetchval(sql("anything_waiting"), now + timedelta(days=1))


async def test_without_webhooks_a_round_asks_one_question(world: Hooked) -> None:
    await world.make_processor()
    courier = Courier(world.pools.worker, Engine(), Sender(SendConfig(secret=world_secret(), base_url="")))
    assert not await courier.round()
    assert not await courier.look()


def world_secret() -> Any:
    return "s" * 32
