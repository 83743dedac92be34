"""Each of the five agreements from its end to the day its data are gone, over HTTP and on the simulated clock."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from tests.history import check_history
from tests.resources.conftest import Desk, acme, api, desk, settings
from tests.world import local

__all__ = ["acme", "api", "desk", "settings"]

LAST_DAY = "2026-03-31"


@dataclass(frozen=True)
class Case:
    """What one agreement says about its data after a last day of 31 March 2026."""

    terms: str
    erasure: str
    """When the data on the processor's own systems are due, or from when on they go (`begins`)."""
    begins: bool = False
    """The text has erasure begin and gives it no last instant: nothing is ever late."""
    approve_by: str | None = None
    """When the plan is to be approved, where that is not `erasure`: the processor's own thirty days from there."""
    backups: str | None = None
    choice_until: str | None = None
    returns_first: bool = False
    declares: bool = False
    unconfirmed: bool = False
    """A subprocessor may end not confirmed."""
    in_force_after: bool = False


CASES = (
    Case("stkkr", "2026-04-01T00:00:00+02:00", backups="2026-04-01T00:00:00+02:00"),
    # 31 March + two weeks = Tuesday 14 April, and erasure follows (9.5); backups 30 days from the day it is done.
    Case("kmo-solutions", "2026-04-15T00:00:00+02:00", begins=True, approve_by="2026-05-16T00:00:00+02:00",
         choice_until="2026-04-15T00:00:00+02:00"),
    Case("constant-it", "2026-07-01T00:00:00+02:00", unconfirmed=True),
    Case("mms-solutions", "2026-05-01T00:00:00+02:00", in_force_after=True),
    Case("contict", "2026-05-01T00:00:00+02:00", returns_first=True, declares=True),
)  # fmt: skip


class Ending:
    """An agreement that ends, and what a manager does about its data."""

    def __init__(self, desk: Desk, case: Case, made: Any) -> None:
        self.desk, self.case, self.id = desk, case, made["id"]
        self.path = f"agreements/{self.id}"

    async def shown(self) -> Any:
        return await self.desk.get(self.path)

    async def end(self) -> Any:
        await self.desk.act(f"{self.path}/end-main-contract", {"on": LAST_DAY})
        await self.desk.world.go(local("2026-03-31T23:59:59.999999+02:00"))
        assert (await self.shown())["state"] == "active", "the last day counts whole (I-14)"
        await self.desk.world.go(local("2026-04-01T00:00:00+02:00"))
        return await self.shown()

    async def settle(self) -> None:
        """Until the period for a choice is over, where there is one."""
        if self.case.choice_until:
            assert (await self.shown())["state"] == "terminated"
            await self.desk.world.go(local(self.case.choice_until))
        assert (await self.shown())["state"] == "deletion_pending"

    async def approve(self) -> Any:
        for task in await self.tasks("mailbox_read"):
            unread = await self.desk.refused(f"{self.path}/approve-plan")
            assert unread["guard"] == "mailbox_was_read"
            await self.desk.act(f"tasks/{task['id']}/done", {"note": "nothing asked"})
        return await self.desk.act(f"{self.path}/approve-plan")

    async def tasks(self, kind: str) -> list[Any]:
        return await self.desk.items("tasks", subject=self.id, kind=kind, state="open", limit=200)

    async def open(self) -> list[Any]:
        return [one for one in (await self.shown())["plan"] if one["done_at"] is None]

    async def confirm(self, item: Any, **more: Any) -> Any:
        body = {"task_id": item["id"], "evidence": "log of the day", **more}
        return await self.desk.act(f"{self.path}/confirm", body)

    async def refuse(self, item: Any, **more: Any) -> Any:
        return await self.desk.refused(f"{self.path}/confirm", {"task_id": item["id"], "evidence": "x", **more})

    async def confirm_all(self, but: Callable[[Any], bool] = lambda item: False) -> None:
        """In the order of the plan: what goes back first, what is declared last."""
        for item in await self.open():
            if not but(item):
                await self.confirm(item)

    async def is_late(self, item: Any) -> None:
        """Late by the agreement; where that has no last instant, only what a person here has to do is."""
        late = await self.desk.items("deadlines", agreement_id=self.id, overdue="true")
        assert (item["id"] in {one["key"] for one in late}) is not self.case.begins
        now = await self.desk.world.now()
        assert {one["key"] for one in await self.tasks("erase") if datetime.fromisoformat(one["due_at"]) < now}

    async def is_deleted(self) -> None:
        found = await self.shown()
        assert found["state"] == "deleted"
        assert found["deadlines"] == []
        assert not {"confirm", "choose", "hold", "approve-plan", "cancel-end"} & set(found["actions"])
        assert found["in_force"] is False
        assert {one["state"] for one in found["plan"]} <= {"done", "not_confirmed"}
        (mail, *_) = await self.desk.world.rows(
            "select data from message where subject_id = $1 and kind = 'deleted'", self.id
        )
        assert mail
        open_tasks = await self.desk.items("tasks", subject=self.id, state="open")
        assert [one["kind"] for one in open_tasks] == []
        async with self.desk.world.pools.worker.acquire() as connection:
            await check_history(connection)


async def begin(desk: Desk, case: Case) -> Ending:
    services = ["voip"] if case.terms == "contict" else []
    return Ending(desk, case, await desk.agreement(case.terms, services=services))


async def without_choice(e: Ending) -> None:
    """Nobody asks for anything."""
    ended = await e.end()
    assert ended["in_force"] is e.case.in_force_after
    await e.settle()
    found = await e.shown()
    assert all(one["state"] == "waiting" and one["text_nl"] for one in found["plan"])
    own = next(one for one in found["plan"] if one["holder"] == "processor" and one["kind"] == "erase")
    assert datetime.fromisoformat(own["begins_at" if e.case.begins else "due_at"]) == local(e.case.erasure)
    assert own["due_at" if e.case.begins else "begins_at"] is None
    backups = [one for one in found["plan"] if one["holder"] == "backups"]
    due_at = [datetime.fromisoformat(one["due_at"]) for one in backups if not one["expected_at"]]
    assert due_at == [local(one) for one in [e.case.backups] if one]
    due = {one["key"]: one["due_at"] for one in found["deadlines"]}
    for one in found["plan"]:
        when = None if one["expected_at"] else one["due_at"] or one["begins_at"]
        assert due.get(one["id"]) == when, "each item's instant is among the deadlines, once it is known"
        assert one["expected_at"] in (None, one["due_at"])
    (approval,) = await e.tasks("approve_plan")
    assert datetime.fromisoformat(approval["due_at"]) == local(e.case.approve_by or e.case.erasure)
    first = next(one for one in found["plan"] if one["kind"] == "erase")
    early = await e.refuse(first)
    assert early["guard"] in ("approved", "in_order")
    before = {one["id"]: one["due_at"] for one in found["plan"]}
    approved = await e.approve()
    assert {one["id"]: one["due_at"] for one in approved["plan"]} == before, "approval moves nothing (P23)"
    if e.case.returns_first:
        assert {one["state"] for one in approved["plan"] if one["kind"] == "erase"} == {"waiting"}, "return first"
    await e.confirm_all(but=lambda item: bool(item["kind"] == "declare"))
    if e.case.declares:
        assert (await e.shown())["state"] == "deletion_pending", "deleted only with the declaration (10.3)"
        (declaration,) = await e.open()
        assert declaration["state"] == "ordered"
        await e.confirm(declaration)


async def with_choice(e: Ending) -> None:
    """An explicit erasure where it may be chosen; a return, asked in time, before anything goes."""
    await e.end()
    choose = f"{e.path}/choose"
    letter = {"channel": "letter", "by": "Kim", "evidence": "scan 7"}
    if e.case.returns_first:
        # On request they go at once (10.2), and back before that (10.1); a return asked besides changes nothing.
        asked = await e.desk.act(choose, {**letter, "data": "erase"})
        assert next(one["kind"] for one in asked["plan"] if one["done_at"] is None) == "return"
    elif e.case.choice_until:
        spoken = await e.desk.refused(choose, {"data": "return", "channel": "phone", "by": "Kim"})
        assert spoken["guard"] == "choice_timely"
    else:
        nothing = await e.desk.refused(choose, {**letter, "data": "erase"})
        assert "nothing to choose" in nothing["detail"]
    chosen = await e.desk.act(choose, {**letter, "data": "return", "format": "CSV"})
    assert chosen["choice"]["format"] == "CSV"
    if e.case.choice_until:
        await e.desk.world.go(local("2026-06-01T00:00:00+02:00"))
        assert (await e.shown())["state"] == "terminated", "a return is honoured before anything goes (KM-A5)"
    else:
        await e.approve()
        erase = next(one for one in await e.open() if one["kind"] == "erase")
        assert erase["state"] == "waiting"
        assert (await e.refuse(erase))["guard"] == "in_order"
    (back,) = [one for one in await e.open() if one["kind"] == "return"]
    assert (back["confirms"], (await e.refuse(back, evidence=" "))["status"]) == ("customer", 400)
    never = await e.refuse(back, outcome="not_confirmed")
    assert never["guard"] == "may_be_unconfirmed"
    await e.confirm(back, evidence="receipt of 2 June")
    if e.case.choice_until:
        assert (await e.shown())["state"] == "deletion_pending"
        assert await e.tasks("mailbox_read") == []
        await e.approve()
    await e.confirm_all()


async def with_a_hold(e: Ending) -> None:
    """Held on every path, let go by its own end, and then waiting for a person."""
    await e.end()
    await e.settle()
    await e.approve()
    for item in [one for one in await e.open() if one["kind"] == "return"]:
        await e.confirm(item)
    category = "call_detail_records" if e.case.terms == "contict" else "all"
    ground = "art. 52 AWR"
    body = {"categories": [category], "ground": ground, "until": "2026-08-31"}
    held = await e.desk.act(f"{e.path}/hold", body)
    stopped = [one for one in held["plan"] if one["state"] == "held"]
    assert stopped
    assert {one["held_by"] for one in stopped} == {ground}
    assert not {one["key"] for one in held["deadlines"]} & {one["id"] for one in stopped}
    if category != "all":
        assert {one["category"] for one in stopped} == {category}
    for item in stopped:
        assert (await e.refuse(item))["guard"] == "not_held"
    tasks = {one["key"] for one in await e.tasks("erase")}
    assert not tasks & {one["id"] for one in stopped}, "orders that were out are taken back"
    await e.confirm_all(but=lambda item: bool(item["held_by"]) or item["kind"] == "declare")
    again = await e.desk.refused(f"{e.path}/approve-plan")
    assert again["guard"] == "not_approved"
    await e.desk.world.go(local("2026-08-31T23:59:59+02:00"))
    assert (await e.refuse(stopped[0]))["guard"] == "not_held"
    await e.desk.world.go(local("2026-09-01T00:00:00+02:00"))
    free = [one for one in await e.open() if one["kind"] == "erase"]
    assert {one["id"] for one in free} == {one["id"] for one in stopped}
    assert {one["state"] for one in free} == {"waiting"}, "no order goes out by the hold's end alone"
    dated = [one for one in free if not (e.case.begins and one["holder"] == "backups")]
    when = "begins_at" if e.case.begins else "due_at"
    assert {datetime.fromisoformat(one[when]) for one in dated} == {local("2026-09-01T00:00:00+02:00")}
    due = {one["key"]: one["due_at"] for one in (await e.shown())["deadlines"]}
    assert all(due.get(one["id"]) == one[when] for one in free)
    (task,) = await e.tasks("approve_plan")
    by = "2026-10-02T00:00:00+02:00" if e.case.begins else "2026-09-01T00:00:00+02:00"
    assert datetime.fromisoformat(task["due_at"]) == local(by)
    ordered = await e.desk.act(f"{e.path}/approve-plan")
    assert {one["state"] for one in ordered["plan"] if one["id"] in due} == {"ordered"}
    await e.confirm_all()


async def with_a_refusing_system(e: Ending) -> None:
    """A system that refuses keeps its item open, with a task for a person."""
    await e.end()
    await e.settle()
    await e.approve()
    for item in [one for one in await e.open() if one["kind"] == "return"]:
        await e.confirm(item)
    stubborn = next(one for one in await e.open() if one["kind"] == "erase")
    shown = await e.confirm(stubborn, outcome="refused", evidence="500: no such customer")
    assert next(one for one in shown["plan"] if one["id"] == stubborn["id"])["state"] == "refused"
    (task,) = await e.tasks("erasure_refused")
    assert task["data"]["task_id"] == stubborn["id"]
    await e.confirm_all(but=lambda item: item["id"] == stubborn["id"] or item["kind"] == "declare")
    await e.desk.world.days(400)
    found = await e.shown()
    assert found["state"] == "deletion_pending", "nothing is called deleted while one is open"
    await e.is_late(stubborn)
    await e.confirm_all()


async def with_one_that_never_answers(e: Ending) -> None:
    """Overdue and escalated; where the terms allow it, listed as not confirmed with the reason."""
    await e.end()
    await e.settle()
    await e.approve()
    silent = next((one for one in await e.open() if one["confirms"] == "subprocessor"), None)
    if silent is None:
        # Its terms list no subprocessor: the backups stay silent instead.
        silent = next(one for one in await e.open() if one["kind"] == "erase")
    await e.confirm_all(but=lambda item: item["id"] == silent["id"] or item["kind"] == "declare")
    await e.desk.world.days(120)
    await e.is_late(silent)
    assert (await e.shown())["state"] == "deletion_pending"
    reason = "asked five times since 1 July; no answer"
    if e.case.unconfirmed:
        await e.confirm(silent, outcome="not_confirmed", evidence=reason)
        (listed,) = [one for one in (await e.shown())["plan"] if one["how"] == "not_confirmed"]
        assert (listed["evidence"], listed["state"]) == (reason, "not_confirmed")
        return
    no = await e.refuse(silent, outcome="not_confirmed", evidence=reason)
    assert no["guard"] == "may_be_unconfirmed"
    assert silent["clause"] in no["detail"]
    await e.confirm(silent, evidence="their letter of today")
    await e.confirm_all()


async def with_the_end_taken_back(e: Ending) -> None:
    """As if nothing had happened, and then it ends after all."""
    worked = {one["subprocessor_id"] for one in await e.desk.items("engagements", agreement_id=e.id, limit=200)}
    await e.end()
    await e.settle()
    if not e.case.in_force_after:
        now = await e.desk.items("engagements", agreement_id=e.id, current="true")
        assert now == [], "processing stops with the end"
    await e.approve()
    back = await e.desk.act(f"{e.path}/cancel-end", {"reason": "they stay"})
    assert (back["state"], back["plan"], back["deadlines"], back["ended_on"]) == ("active", [], [], None)
    assert back["main_contract"]["ends_on"] is None
    current = await e.desk.items("engagements", agreement_id=e.id, current="true", limit=200)
    assert {one["subprocessor_id"] for one in current} == worked, "who worked for it works on"
    left = await e.desk.items("tasks", subject=e.id, state="open")
    assert {one["kind"] for one in left} <= {"bind_subprocessors", "unsigned_processing"}
    await e.desk.world.days(200)
    assert (await e.shown())["state"] == "active"
    await e.desk.act(f"{e.path}/end-main-contract", {"on": "2026-11-30"})
    await e.desk.world.go(local("2026-12-20T00:00:00+01:00"))
    await e.approve()
    if len(await e.open()) > 1:
        first = (await e.open())[0]
        await e.confirm(first)
        if first["kind"] == "return":
            await e.confirm((await e.open())[0])
        gone = await e.desk.refused(f"{e.path}/cancel-end", {"reason": "too late"})
        assert gone["guard"] == "nothing_gone"
    await e.confirm_all()


SCENARIOS: tuple[Callable[[Ending], Awaitable[None]], ...] = (
    with_choice, without_choice, with_a_hold, with_a_refusing_system, with_one_that_never_answers,
    with_the_end_taken_back,
)  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda one: one.terms)
async def test_from_its_end_to_deleted(desk: Desk, case: Case, scenario: Callable[[Ending], Awaitable[None]]) -> None:
    ending = await begin(desk, case)
    await scenario(ending)
    await ending.is_deleted()
