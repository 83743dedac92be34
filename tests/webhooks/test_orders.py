"""Deletion orders: to the system that holds the data, after approval, never for what is held, with evidence back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.settings import Settings
from service.webhooks.courier import Courier
from service.webhooks.feed import PAUSES
from service.webhooks.orders import evidence_of
from service.webhooks.sending import Reply, SendConfig, Sender
from tests.resources.conftest import Desk
from tests.webhooks.conftest import Hooked, deliveries
from tests.webhooks.receiver import Call, Receiver

DONE = (200, b'{"evidence": "job 4711: 1,204 objects erased, checked"}')


@pytest.fixture
async def taker(desk: Desk, receiver: Receiver) -> Any:
    """A system that carries out what the processor itself has to erase, and its backups."""
    body = {"url": receiver.url(), "events": ["deletion.ordered"], "holders": ["processor", "backups"]}
    return await desk.api.made("webhooks", body)


@pytest.fixture
async def ended(desk: Desk, world: Hooked) -> Any:
    """An agreement whose erasure is asked for, with a plan that waits for approval."""
    sub = await desk.subprocessor("Hosting BV")
    made = await desk.agreement("kmo-solutions", subprocessors=[sub["id"]])
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await world.go(datetime(2026, 4, 1, 1, tzinfo=UTC))
    await desk.act(f"{path}/choose", {"data": "erase", "channel": "letter", "by": "Kim", "evidence": "scan 1"})
    return await desk.get(path)


def item(agreement: Any, holder: str) -> Any:
    return next(one for one in agreement["plan"] if one["holder"] == holder and one["kind"] == "erase")


async def orders(desk: Desk, taker: Any) -> dict[str, Any]:
    return {one["task_id"]: one for one in await desk.items(f"webhooks/{taker['id']}/orders")}


async def test_nothing_is_ordered_before_a_person_approved(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    await world.days(5)
    assert receiver.calls == []
    assert await orders(desk, taker) == {}


async def test_evidence_confirms_in_the_systems_name(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = DONE
    path = f"agreements/{ended['id']}"
    await desk.act(f"{path}/approve-plan")
    own = item(ended, "processor")
    call = next(one for one in receiver.calls if one.json["data"]["task_id"] == own["id"])
    said = call.verified(taker["secret"])
    assert said["type"] == "deletion.ordered"
    assert said["data"]["agreement_id"] == ended["id"]
    assert said["data"]["holder"] == "processor"
    assert said["data"]["text"] == own["text"]
    assert said["data"]["due_at"] == own["due_at"]
    assert said["data"]["confirm_url"] == f"http://termijn.test/api/v1/{path}/confirm"
    assert call.id == f"ord_{own['id']}"
    assert {one.json["data"]["holder"] for one in receiver.calls} == {"processor", "backups"}
    assert len({one.id for one in receiver.calls}) == len(receiver.calls)
    after = await desk.get(path)
    for holder in ("processor", "backups"):
        done = item(after, holder)
        assert (done["how"], done["by"]) == ("confirmed", f"webhook:{taker['id']}")
        assert "4711" in done["evidence"]
    assert item(after, "Hosting BV")["done_at"] is None, "another holder's"
    assert after["state"] == "deletion_pending"
    (events,) = [
        [one for one in await desk.items("events", subject=ended["id"], limit=200) if one["type"] == kind]
        for kind in ("agreement.deletion_ordered",)
    ]
    assert {one["data"]["task_id"] for one in events} == {item(after, h)["id"] for h in ("processor", "backups")}
    assert {one["actor"] for one in events} == {f"webhook:{taker['id']}"}
    assert {one["state"] for one in (await orders(desk, taker)).values()} == {"confirmed"}
    open_tasks = {one["data"].get("task_id") for one in await desk.items("tasks", subject=ended["id"], state="open")}
    assert own["id"] not in open_tasks


async def test_202_confirms_later_over_the_api(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = 202
    path = f"agreements/{ended['id']}"
    await desk.act(f"{path}/approve-plan")
    own = item(ended, "processor")
    assert item(await desk.get(path), "processor")["done_at"] is None
    assert (await orders(desk, taker))[own["id"]]["state"] == "accepted"
    await world.days(3)
    assert len([one for one in receiver.calls if one.json["data"]["task_id"] == own["id"]]) == 1, (
        "it is not asked twice"
    )
    tasks = [one for one in await desk.items("tasks", subject=ended["id"], state="open")]
    assert own["id"] in {one["data"].get("task_id") for one in tasks}, "a person's task until then"
    confirmed = await desk.act(f"{path}/confirm", {"task_id": own["id"], "evidence": "job 9 is done"})
    assert item(confirmed, "processor")["how"] == "confirmed"


@pytest.mark.parametrize("answer", [204, (200, b'{"evidence": "  "}')])
async def test_a_yes_without_evidence_confirms_nothing(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked, answer: Any
) -> None:
    receiver.always = answer
    await desk.act(f"agreements/{ended['id']}/approve-plan")
    assert receiver.calls
    after = await desk.get(f"agreements/{ended['id']}")
    assert item(after, "processor")["done_at"] is None
    found = (await orders(desk, taker))[item(after, "processor")["id"]]
    assert found["state"] == "accepted"
    assert "without evidence" in found["words"]


UNFIT = [
    b"",
    b"ok",
    b"null",
    b"[]",
    b"[" * 20_000,
    b'{"evidence": 7}',
    b'{"evidence": ""}',
    b'{"evidence": "a\\u0000b"}',
    b'{"evidence": "\\ud800"}',
    b'{"evidence": "\xff"}',
    b'{"evidence": "' + b"x" * 20_000 + b'"}',
]


@pytest.mark.parametrize("body", UNFIT)
def test_evidence_is_read_strictly(body: bytes) -> None:
    assert evidence_of(b'{"evidence": "done", "more": 1}') == "done"
    assert evidence_of(body) is None


async def test_what_is_held_is_not_ordered_until_it_is_released(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = DONE
    path = f"agreements/{ended['id']}"
    await desk.act(f"{path}/hold", {"ground": "tax law", "until": "2033-01-01", "categories": []})
    await desk.act(f"{path}/approve-plan")
    await world.days(2)
    assert receiver.calls == []
    await desk.act(f"{path}/release", {"reason": "the case is over"})
    if not receiver.calls:  # what was freed wants a person's approval once more
        await desk.act(f"{path}/approve-plan")
    assert item(await desk.get(path), "processor")["how"] == "confirmed"


async def test_a_hold_between_approval_and_sending_stops_the_order(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = DONE
    path = f"agreements/{ended['id']}"
    assert (await desk.api.post(f"{path}/approve-plan")).status_code == 200
    assert (await desk.api.post(f"{path}/hold", {"ground": "tax law", "until": "2033-01-01"})).status_code == 200
    await world.drain()
    await world.days(2)
    assert receiver.calls == []
    assert item(await desk.get(path), "processor")["done_at"] is None


async def test_a_hold_between_two_attempts_stops_the_second(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.script, receiver.always = [503, 503], DONE
    path = f"agreements/{ended['id']}"
    await desk.act(f"{path}/approve-plan")
    sent = len(receiver.calls)
    assert sent >= 1
    await desk.act(f"{path}/hold", {"ground": "tax law", "until": "2033-01-01"})
    await world.days(3)
    assert len(receiver.calls) == sent
    first = receiver.calls[0].json["data"]["task_id"]
    found = (await orders(desk, taker))[first]
    assert found["state"] == "stopped"
    assert found["ordered_at"] is not None, "that it was sent once stays on record"
    kinds = [one["type"] for one in await desk.items("events", subject=ended["id"], limit=200)]
    assert kinds.count("agreement.deletion_ordered") >= 1


async def test_evidence_that_comes_while_it_is_held_waits_for_the_release(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    path = f"agreements/{ended['id']}"
    receiver.always = DONE

    async def hold(call: Call) -> None:
        receiver.before = None
        answer = await desk.api.post(f"{path}/hold", {"ground": "tax law", "until": "2033-01-01"})
        assert answer.status_code == 200, answer.text

    receiver.before = hold
    await desk.act(f"{path}/approve-plan")
    (call,) = receiver.calls
    task = call.json["data"]["task_id"]
    found = (await orders(desk, taker))[task]
    assert found["state"] == "stopped"
    assert "its evidence waits" in found["words"]
    await desk.act(f"{path}/release", {"reason": "it is gone already"})
    after = next(one for one in (await desk.get(path))["plan"] if one["id"] == task)
    if after["how"] is None:
        await desk.act(f"{path}/approve-plan")
        after = next(one for one in (await desk.get(path))["plan"] if one["id"] == task)
    assert after["how"] == "confirmed"
    assert len([one for one in receiver.calls if one.json["data"]["task_id"] == task]) == 1, "not ordered twice"


async def test_errors_are_retried_with_one_id_then_a_person_is_left_with_the_task(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = 500
    path = f"agreements/{ended['id']}"
    await desk.act(f"{path}/approve-plan")
    start = await world.now()
    await world.go(start + timedelta(days=60))
    per_item: dict[str, int] = {}
    for call in receiver.calls:
        per_item[call.id] = per_item.get(call.id, 0) + 1
    assert set(per_item.values()) == {len(PAUSES) + 1}, "bounded, each under one id"
    assert {one["state"] for one in (await orders(desk, taker)).values()} == {"failed"}
    own = item(await desk.get(path), "processor")
    assert own["done_at"] is None
    tasks = await desk.items("tasks", subject=ended["id"], state="open")
    assert own["id"] in {one["data"].get("task_id") for one in tasks}
    receiver.always = DONE
    await desk.act(f"webhooks/{taker['id']}/resume")
    assert item(await desk.get(path), "processor")["how"] == "confirmed"


async def test_killed_after_the_answer_it_asks_again_under_the_same_id(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    class CourierKilled(BaseException):
        pass

    receiver.always = DONE
    sender = Sender(SendConfig.of(settings))
    sent = sender.post

    async def post_and_die(*given: Any) -> Reply:
        await sent(*given)
        raise CourierKilled

    monkeypatch.setattr(sender, "post", post_and_die)
    path = f"agreements/{ended['id']}"
    assert (await desk.api.post(f"{path}/approve-plan")).status_code == 200
    with pytest.raises(CourierKilled):
        await Courier(world.pools.worker, world.engine, sender).round()
    (first,) = receiver.calls
    await world.rows("update webhook_feed set leased_until = clock_timestamp() - interval '1 second' returning cursor")
    await world.drain()
    again = [one for one in receiver.calls if one.id == first.id]
    assert len(again) == 2
    assert again[0].body == again[1].body
    task = first.json["data"]["task_id"]
    ledger = await desk.items("events", subject=ended["id"], limit=200)
    assert len([one for one in ledger if one["data"].get("task_id") == task]) == 2, "ordered once, confirmed once"


async def test_what_a_person_confirmed_meanwhile_is_not_asked_again(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = 500
    path = f"agreements/{ended['id']}"
    await desk.act(f"{path}/approve-plan")
    own = item(ended, "processor")
    await desk.act(f"{path}/confirm", {"task_id": own["id"], "evidence": "done by hand"})
    receiver.always = DONE
    receiver.calls.clear()
    await world.days(1)
    assert own["id"] not in {one.json["data"]["task_id"] for one in receiver.calls}
    assert (await orders(desk, taker))[own["id"]]["state"] in ("settled", "waiting")


async def test_a_subprocessor_by_name_or_id(desk: Desk, ended: Any, receiver: Receiver, world: Hooked) -> None:
    sub = (await desk.items("subprocessors"))[0]
    by_id = {"url": receiver.url("/id"), "events": ["deletion.ordered"], "holders": [sub["id"]]}
    by_name = {"url": receiver.url("/name"), "events": ["deletion.*"], "holders": ["hosting bv"]}
    for body in (by_id, by_name):
        await desk.api.made("webhooks", body)
    await desk.act(f"agreements/{ended['id']}/approve-plan")
    for place in ("/id", "/name"):
        assert {one.json["data"]["holder"] for one in receiver.to(place)} == {"Hosting BV"}
        assert len(receiver.to(place)) == 1


async def test_everything_listens_and_is_ordered_nothing(
    desk: Desk, hook: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    await desk.act(f"agreements/{ended['id']}/approve-plan")
    kinds = {one.json["type"] for one in receiver.calls}
    assert "agreement.plan_approved" in kinds
    assert "deletion.ordered" not in kinds


async def test_a_subprocessor_that_leaves_is_asked_to_confirm(desk: Desk, receiver: Receiver, world: Hooked) -> None:
    sub = await desk.subprocessor("Logging BV")
    taker = await desk.api.made("webhooks", {"url": receiver.url(), "events": ["deletion.ordered"]})
    await desk.agreement()
    change = await desk.announced(sub["id"])
    await world.days(60)
    assert (await desk.get(f"changes/{change['id']}"))["state"] == "active"
    receiver.always = DONE
    today = (await world.now()).date()
    await desk.act(f"changes/{change['id']}/end", {"on": (today - timedelta(days=1)).isoformat()})
    await world.drain()
    (call,) = receiver.calls
    assert call.json["data"]["change_id"] == change["id"]
    assert call.json["data"]["holder"] == "Logging BV"
    after = await desk.get(f"changes/{change['id']}")
    assert after["state"] == "deleted"
    assert after["plan"][0]["by"] == f"webhook:{taker['id']}"


async def test_orders_wait_while_the_clock_is_doubted(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked
) -> None:
    receiver.always = DONE
    await world.rows("update clock set alarm_at = now, alarm_by = 'x', alarm_seconds = 400 returning mode")
    assert (await desk.api.post(f"agreements/{ended['id']}/approve-plan")).status_code == 200
    await world.courier.round()
    assert receiver.calls == []
    await world.rows("update clock set alarm_at = null, alarm_by = null, alarm_seconds = null returning mode")
    await world.drain()
    assert receiver.calls


async def test_another_processors_order_is_not_carried(
    desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked, other: str
) -> None:
    stranger = await desk.api.made(
        "webhooks", {"url": receiver.url("/other"), "events": ["deletion.ordered"]}, key=other
    )
    await desk.act(f"agreements/{ended['id']}/approve-plan", headers={"Termijn-Processor": desk.processor})
    assert receiver.to("/other") == []
    assert receiver.to("/hook")
    answer = await desk.api.get(f"webhooks/{stranger['id']}/orders", key=other)
    assert answer.json()["items"] == []


async def test_deliveries_show_the_order(desk: Desk, taker: Any, ended: Any, receiver: Receiver, world: Hooked) -> None:
    receiver.script, receiver.always = [500], DONE
    await desk.act(f"agreements/{ended['id']}/approve-plan")
    await world.days(1)
    first = receiver.calls[0].id
    found = await deliveries(desk.api, taker, message_id=first)
    assert [(one["attempt"], one["status"]) for one in found] == [(2, 200), (1, 500)]
    assert {one["subject"] for one in found} == {ended["id"]}
