"""How agreements and services end, and how that is put right: renewals, rights to end, services, warnings."""

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.history import check_history
from tests.resources.conftest import Desk, acme, api, desk, settings
from tests.world import World, local
from workflows.model.agreement import MainContract

__all__ = ["acme", "api", "desk", "settings"]


async def last_days(world: World, contract: MainContract, months: int) -> list[date]:
    """The last days of a contract as it renews."""
    await world.make_processor()
    agreement = await world.make_agreement("constant-it", main_contracts=(contract,))
    found = []
    for _ in range(months):
        row = (await world.rows("select main_contracts::text as m from agreement where id = $1", agreement))[0]
        day = date.fromisoformat(row["m"].split('"ends_on": "')[1][:10])
        found.append(day)
        await world.go(datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC))
    assert await world.state(agreement) == "active"
    return found


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [
        # From the 31st: each month's last day, never stuck on the 28th.
        ("2026-02-01", "2026-03-31", ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31"]),
        # Not in whole months from its start: the first last day is the anchor.
        ("2026-01-15", "2026-03-31", ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31"]),
        # From the 31st of a month on: its period begins on the 31st, or on the month's last day.
        ("2025-12-31", "2026-03-30", ["2026-03-30", "2026-04-29", "2026-05-30", "2026-06-29", "2026-07-30"]),
        # A February that is a whole month is followed by whole months.
        ("2026-02-01", "2026-02-28", ["2026-03-31", "2026-04-30"]),
    ],
)
async def test_a_monthly_renewal_does_not_drift(world: World, starts: str, ends: str, days: list[str]) -> None:
    contract = MainContract(
        reference="M-1", starts_on=date.fromisoformat(starts), ends_on=date.fromisoformat(ends), renews="P1M"
    )
    assert await last_days(world, contract, len(days)) == [date.fromisoformat(one) for one in days]


async def test_it_ends_with_the_last_of_its_contracts(desk: Desk) -> None:
    made = await desk.agreement("constant-it")
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/add-main-contract", {"reference": "M-2", "starts_on": "2026-01-01", "ends_on": "2026-05-31",
                                                 "renews": "P1M"})  # fmt: skip
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31", "reference": "M-1"})
    await desk.world.go(local("2026-06-15T00:00:00+02:00"))
    renewed = await desk.get(path)
    assert (renewed["state"], renewed["main_contracts"][1]["ends_on"]) == ("active", "2026-06-30")
    await desk.act(f"{path}/end-main-contract", {"on": "2026-06-30", "reference": "M-2"})
    await desk.world.go(local("2026-07-01T00:00:00+02:00"))
    assert (await desk.get(path))["ended_on"] == "2026-06-30"


async def test_a_reasoned_termination_stops_processing_and_leaves_the_main_contract(desk: Desk) -> None:
    """CI-27, CI-A4: only the processing agreement ends, and the three months run from there."""
    made = await desk.agreement("constant-it")
    path = f"agreements/{made['id']}"
    worker = await desk.subprocessor()
    assert (await desk.refused(f"{path}/terminate", {"ground": "amendment", "reason": "r"}))["guard"] == "right_open"
    await desk.announced(worker["id"])
    bare = await desk.refused(f"{path}/terminate", {"ground": "amendment"})
    assert (bare["guard"], "II 2.2" in bare["detail"]) == ("ending_reasoned", True)
    spoken = await desk.refused(f"{path}/terminate", {"ground": "amendment", "reason": "r", "channel": "phone"})
    assert spoken["guard"] == "ending_in_form"
    letter = {"ground": "amendment", "reason": "too many", "channel": "letter", "by": "Kim", "evidence": "scan 4"}
    ended = await desk.act(f"{path}/terminate", letter)
    assert (ended["end_ground"], ended["main_contract"]["ends_on"]) == ("amendment", None)
    assert ended["in_force"] is False
    (erasure,) = [one for one in ended["deadlines"] if one["rule"] == "end.erasure" and not one["key"]]
    assert erasure["last_day"] == "2026-06-02"
    assert await desk.items("engagements", agreement_id=made["id"], current="true") == []
    for one in made["subprocessors"][:2]:
        assert (await desk.gate(made["id"], one))["reason"] == "not_in_force"
    assert [one["kind"] for one in await desk.items("tasks", subject=made["id"], kind="main_contract")] == [
        "main_contract"
    ]
    assert [one["until"] for one in ended["survives"] if one["binds"]] == ["data_gone"]
    # Entered for the wrong day (P25): it lies ahead, so the agreement is in force again until then.
    later = await desk.act(f"{path}/correct", {"data": {"effective_on": "2026-04-30"}, "reason": "they wrote April"})
    assert (later["state"], later["end_ground"]) == ("active", "amendment")
    assert await desk.items("engagements", agreement_id=made["id"], current="true", limit=200)
    await desk.world.go(local("2026-05-01T00:00:00+02:00"))
    assert (await desk.get(path))["ended_on"] == "2026-04-30"
    back = await desk.act(f"{path}/cancel-end", {"reason": "they think again"})
    assert (back["state"], back["end_ground"], back["terminates_at"]) == ("active", None, None)
    assert await desk.items("tasks", subject=made["id"], kind="main_contract", state="open") == []


async def test_an_overruled_objection_lets_the_customer_end_the_subscription(desk: Desk) -> None:
    """ST-21, ST-A1: the subscription ends, and with it the agreement; the data are due at that instant."""
    made = await desk.agreement("stkkr")
    path, worker = f"agreements/{made['id']}", await desk.subprocessor()
    change = await desk.announced(worker["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    early = await desk.refused(f"{path}/terminate", {"ground": "overruled_objection"})
    assert early["guard"] == "right_open"
    await desk.act(f"notices/{notice['id']}/object", {"channel": "mail", "by": "Kim", "grounds": "not them"})
    await desk.act(
        f"notices/{notice['id']}/decide",
        {"decision": "overrule", "reason": "no other", "engage_not_before": "2026-06-01"},
    )
    said = {"channel": "mail", "by": "Kim", "effective_on": "2026-04-30"}
    planned = await desk.act(f"{path}/terminate", {"ground": "overruled_objection", **said})
    assert planned["state"] == "active"
    kinds = {row["kind"] for row in await desk.world.rows("select kind from message where subject_id = $1", made["id"])}
    assert {"end_confirmed", "end_planned"} <= kinds, "no return is foreseen: warned while there is time (ST-A8)"
    await desk.world.go(local("2026-05-01T00:00:00+02:00"))
    ended = await desk.get(path)
    assert (ended["state"], ended["main_contract"]["ends_on"]) == ("deletion_pending", "2026-04-30")
    own = next(one for one in ended["plan"] if one["holder"] == "processor")
    assert datetime.fromisoformat(own["due_at"]) == local("2026-05-01T00:00:00+02:00")
    assert [one["duty"] for one in ended["survives"] if one["binds"]] == ["confidentiality"]


async def test_who_did_not_break_the_law_may_end_the_main_contract(desk: Desk) -> None:
    """MM-41, MM-A20: at once; the agreement goes on until the data are gone."""
    made = await desk.agreement("mms-solutions")
    path = f"agreements/{made['id']}"
    own = {"ground": "breach_of_law", "party": "processor", "broken_by": "processor", "reason": "ours"}
    assert "11.5" in (await desk.refused(f"{path}/terminate", own))["detail"]
    ended = await desk.act(f"{path}/terminate", {**own, "broken_by": "controller", "reason": "no ground to process"})
    assert ended["state"] == "deletion_pending"
    assert ended["in_force"] is True, "until the last data are destroyed (1.1, I-23)"
    assert ended["main_contract"]["ends_on"] == "2026-03-02"
    # The 30 days of its own annex 1, from that day on.
    assert ended["plan"][0]["due_at"] == "2026-04-01T22:00:00Z"


@pytest.mark.parametrize(
    ("terms", "ground", "clause"),
    [
        ("stkkr", "amendment", "Toepasselijkheid en looptijd"),
        ("stkkr", "breach_of_law", "Toepasselijkheid en looptijd"),
        ("kmo-solutions", "amendment", "1.1"),
        ("kmo-solutions", "overruled_objection", "1.1"),
        ("constant-it", "breach_of_law", "II 6.2"),
        ("mms-solutions", "amendment", "1.2"),
        ("contict", "breach_of_law", "2.3"),
    ],
)
async def test_anything_else_is_refused_with_the_clause(desk: Desk, terms: str, ground: str, clause: str) -> None:
    made = await desk.agreement(terms)
    problem = await desk.refused(f"agreements/{made['id']}/terminate", {"ground": ground, "reason": "r"})
    assert (problem["status"], problem["guard"]) == (409, "ground_given")
    assert clause in problem["detail"]
    assert "end-main-contract" in problem["actions"]


async def test_a_service_ends_alone_and_its_data_go_while_the_agreement_lives_on(desk: Desk) -> None:
    """P22, CO-28: its own rows, by its own last day, approved and confirmed like any other."""
    made = await desk.agreement("contict", services=["voip", "cloud"])
    path = f"agreements/{made['id']}"
    planned = await desk.act(f"{path}/cancel-service", {"service": "voip", "on": "2026-03-31"})
    assert planned["cancelled_services"] == [{"service": "voip", "on": "2026-03-31", "ended_at": None}]
    assert (planned["plan"], "cancel-end" in planned["actions"]) == ([], True)
    await desk.world.go(local("2026-04-01T00:00:00+02:00"))
    ended = await desk.get(path)
    assert (ended["state"], ended["services"], ended["in_force"]) == ("active", ["cloud"], True)
    assert {one["category"] for one in ended["plan"]} == {
        "user_profiles", "call_detail_records", "broadworks_contacts", "usage_statistics", "ip_address",
        "mac_address", "email_address",
    }  # fmt: skip
    # Call records at the earlier of six months from their making and a month from the cancellation (CO-A11).
    assert {one["due_at"] for one in ended["plan"]} == {"2026-04-30T22:00:00Z"}
    assert {one["service"] for one in ended["plan"]} == {"voip"}
    away = [one for one in ended["plan"] if one["confirms"] == "subprocessor"]
    assert {one["holder"] for one in away} == {"Enreach/Routit"}
    first = ended["plan"][0]
    body = {"task_id": first["id"], "evidence": "log"}
    assert (await desk.refused(f"{path}/confirm", body))["guard"] == "approved"
    await desk.act(f"{path}/hold", {"categories": ["call_detail_records"], "ground": "a court order"})
    approved = await desk.act(f"{path}/approve-plan")
    states = {one["category"]: one["state"] for one in approved["plan"]}
    assert (states.pop("call_detail_records"), set(states.values())) == ("held", {"ordered"})
    shown = await desk.act(f"{path}/confirm", body)
    assert shown["state"] == "active"
    late = await desk.refused(f"{path}/cancel-end", {"reason": "r", "service": "voip"})
    assert late["guard"] == "service_data_there"
    wrong = {"data": {"service": "voip", "on": "2026-05-31"}, "reason": "typo"}
    assert (await desk.refused(f"{path}/correct", wrong))["guard"] == "correctable"
    await desk.act(f"{path}/release", {"reason": "the court is done"})
    for one in [item for item in (await desk.get(path))["plan"] if item["done_at"] is None]:
        await desk.act(f"{path}/confirm", {"task_id": one["id"], "evidence": "log"})
    await desk.act(f"{path}/end-main-contract", {"on": "2026-06-30"})
    await desk.world.go(local("2026-07-01T00:00:00+02:00"))
    rest = [one for one in (await desk.get(path))["plan"] if one["done_at"] is None and one["category"]]
    assert "office_365_backup" in {one["category"] for one in rest}
    assert {one["category"] for one in rest} >= {"contact_details", "iban"}, "what the contract itself needs"
    assert "call_detail_records" not in {one["category"] for one in rest}, "gone with its own service"


async def test_the_end_of_a_service_is_corrected_and_taken_back(desk: Desk) -> None:
    made = await desk.agreement("contict", services=["voip", "cloud"])
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/cancel-service", {"service": "voip", "on": "2026-03-10"})
    await desk.world.go(local("2026-03-12T00:00:00+01:00"))
    assert (await desk.get(path))["services"] == ["cloud"]
    right = await desk.act(f"{path}/correct", {"data": {"service": "voip", "on": "2026-03-31"}, "reason": "typo"})
    assert (sorted(right["services"]), right["plan"]) == (["cloud", "voip"], [])
    assert [one["rule"] for one in right["deadlines"]] == []
    await desk.world.go(local("2026-04-01T00:00:00+02:00"))
    again = await desk.get(path)
    assert (again["services"], {one["due_at"] for one in again["plan"]}) == (["cloud"], {"2026-04-30T22:00:00Z"})
    unnamed = await desk.refused(f"{path}/cancel-end", {"reason": "they stay"})
    assert "voip" in unnamed["detail"]
    back = await desk.act(f"{path}/cancel-end", {"reason": "they stay", "service": "voip"})
    assert (sorted(back["services"]), back["plan"], back["cancelled_services"]) == (["cloud", "voip"], [], [])
    assert back["deadlines"] == []
    assert await desk.items("tasks", subject=made["id"], kind="approve_plan", state="open") == []
    unknown = await desk.refused(f"{path}/cancel-end", {"reason": "r", "service": "fax"})
    assert unknown["guard"] == "service_cancelled"


async def test_a_service_that_ended_before_is_confirmed_while_the_choice_about_the_rest_is_open(desk: Desk) -> None:
    """P22, by terms of one's own: services end apart, and the rest waits two weeks for a choice."""
    document = deepcopy((await desk.get("terms/kmo-solutions"))["document"])
    apart = (await desk.get("terms/contict"))["document"]
    document |= {"id": "own", "version": "1", "retention": [
        {**one, "holders": ["processor"]} for one in apart["retention"] if one.get("service") == "voip"]}  # fmt: skip
    document["rules"] |= {name: one for name, one in apart["rules"].items() if name.startswith("retention.")}
    document["ending"]["services_separately"] = True
    await desk.api.made("terms", document)
    made = await desk.agreement("own", services=["voip", "cloud"], facts={"backup.retention": "P30D"})
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/cancel-service", {"service": "voip", "on": "2026-03-31"})
    await desk.act(f"{path}/end-main-contract", {"on": "2026-04-15"})
    await desk.world.go(local("2026-04-01T00:00:00+02:00"))
    planned = (await desk.act(f"{path}/approve-plan"))["plan"]
    await desk.world.go(local("2026-04-16T12:00:00+02:00"))
    ended = await desk.get(path)
    assert (ended["state"], len(ended["plan"])) == ("terminated", len(planned))
    first, second = planned[:2]
    done = await desk.act(f"{path}/confirm", {"task_id": first["id"], "evidence": "log"})
    assert done["state"] == "terminated"
    assert next(one for one in done["plan"] if one["id"] == first["id"])["how"] == "confirmed"
    assert first["id"] not in {one["key"] for one in done["deadlines"]}
    left = [one["text"] for one in await desk.items("tasks", subject=made["id"], kind="erase", state="open")]
    assert (first["text_nl"] in left, second["text_nl"] in left) == (False, True)
    # Once the data are to go back first, nothing more is erased before they did.
    await desk.act(f"{path}/choose", {"data": "return", "channel": "letter", "by": "Kim", "evidence": "scan 2"})
    waits = await desk.refused(f"{path}/confirm", {"task_id": second["id"], "evidence": "log"})
    assert waits["guard"] == "in_order"


@pytest.mark.parametrize(("terms", "warned"), [("stkkr", True), ("kmo-solutions", True), ("constant-it", False)])
async def test_a_fixed_last_day_is_warned_of_before_it_comes(desk: Desk, terms: str, warned: bool) -> None:
    """ST-A8, KM-37: thirty days before, where nothing can be asked back afterwards or the choice comes first."""
    contract = {"reference": "M-1", "starts_on": "2026-01-01", "ends_on": "2026-06-30"}
    made = await desk.agreement(terms, main_contract=contract)

    async def mails() -> int:
        rows = await desk.world.rows(
            "select 1 from message where subject_id = $1 and kind = 'end_planned'", UUID(made["id"])
        )
        return len(rows)

    await desk.world.go(local("2026-05-31T23:59:59+02:00"))
    assert await mails() == 0
    await desk.world.go(local("2026-06-01T00:00:00+02:00"))
    assert await mails() == (1 if warned else 0)
    await desk.world.go(local("2026-07-01T00:00:00+02:00"))
    assert await mails() == (1 if warned else 0)
    async with desk.world.pools.worker.acquire() as connection:
        await check_history(connection)


async def test_who_worked_before_is_in_the_plan_until_it_confirmed_that_the_data_are_gone(desk: Desk) -> None:
    """Those that work at the end, and those that did and still may hold data; a change that ended clears one."""
    made = await desk.agreement("constant-it", subprocessors=[])
    workers = [(await desk.subprocessor(f"Worker {number}"))["id"] for number in range(3)]
    changes = []
    for one in workers:
        changes.append(await desk.announced(one))
    await desk.world.days(40)
    for change in changes[:2]:
        early = {"on": "2026-04-30", "delete_by": "2026-04-29"}
        assert (await desk.refused(f"changes/{change['id']}/end", early))["guard"] == "delete_after"
        await desk.act(f"changes/{change['id']}/end", {"on": "2026-04-30", "delete_by": "2026-05-31"})
    await desk.world.go(local("2026-05-01T00:00:00+02:00"))
    leaving = await desk.get(f"changes/{changes[0]['id']}")
    assert (leaving["state"], leaving["delete_by"]) == ("deletion_pending", "2026-05-31")
    (item,) = leaving["plan"]
    assert (item["due_at"], item["holder"]) == ("2026-05-31T22:00:00Z", "Worker 0")
    (due,) = await desk.items("deadlines", subject=leaving["id"])
    assert (due["due_at"], due["party"], due["last_day"]) == ("2026-05-31T22:00:00Z", "processor", "2026-05-31")
    path = f"changes/{leaving['id']}/confirm"
    still = await desk.act(path, {"task_id": item["id"], "evidence": "we keep it", "outcome": "refused"})
    assert still["state"] == "deletion_pending"
    await desk.world.go(local("2026-06-01T00:00:00+02:00"))
    assert [one["key"] for one in await desk.items("deadlines", subject=leaving["id"], overdue="true")] == [item["id"]]
    gone = await desk.act(path, {"task_id": item["id"], "evidence": "their letter"})
    assert gone["state"] == "deleted"
    assert await desk.items("tasks", subject=leaving["id"], state="open") == []
    await desk.act(f"agreements/{made['id']}/end-main-contract", {"on": "2026-06-30"})
    await desk.world.go(local("2026-07-01T00:00:00+02:00"))
    plan = (await desk.get(f"agreements/{made['id']}"))["plan"]
    assert [one["holder"] for one in plan if one["confirms"] == "subprocessor"] == ["Worker 1", "Worker 2"]


@pytest.mark.parametrize(("terms", "clause"), [("constant-it", True), ("signals-dpa", False)], ids=["law", "no law"])
async def test_the_day_for_a_subprocessor_that_left_is_the_processors_own(desk: Desk, terms: str, clause: bool) -> None:
    """Where its terms name no law, none is named for it either."""
    await desk.agreement(terms, subprocessors=[])
    change = await desk.announced((await desk.subprocessor())["id"])
    await desk.world.days(40)
    planned: Any = await desk.act(f"changes/{change['id']}/end", {"on": "2026-04-30"})
    assert planned["delete_by"] == "2026-05-30", "its own notice time, where it sets no day"
    await desk.world.go(local("2026-05-01T00:00:00+02:00"))
    shown = await desk.get(f"changes/{change['id']}")
    assert (shown["state"], bool(shown["plan"][0]["clause"])) == ("deletion_pending", clause)


async def test_a_window_that_closes_after_the_agreement_ended_lets_nothing_go_on(world: World) -> None:
    """Who is told while data are still held (P14) reads the same as who was told before the end: it falls."""
    await world.make_processor()
    before = await world.make_agreement("kmo-solutions")
    after = await world.make_agreement("kmo-solutions")
    change = await world.make_change(await world.make_subprocessor())
    await world.do(after, "end-main-contract", on="2026-03-02")
    await world.go(local("2026-03-03T10:00:00+01:00"))
    await world.announce(change)
    await world.do(before, "end-main-contract", on="2026-03-05")
    assert (await world.notice(change, after))["state"] == "open"
    await world.go(local("2026-05-01T10:00:00+02:00"))
    for agreement in (before, after):
        notice = await world.notice(change, agreement)
        assert (notice["state"], notice["outcome"], notice["engaged_at"]) == ("cancelled", "cancelled", None)
    async with world.pools.worker.acquire() as connection:
        await check_history(connection)
