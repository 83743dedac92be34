"""Agreements: terms pinned, blanks required, subprocessors resolved, and every action of the table."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.drafts import ID, draft, store
from tests.resources.conftest import FACTS, Desk
from tests.world import local


def body(customer: str, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "terms": "stkkr",
        "main_contract": {"reference": "M-1", "starts_on": "2026-01-01"},
        **more,
    }


async def test_a_draft_shows_all_that_the_contract_names(desk: Desk) -> None:
    made = await desk.agreement("mms-solutions", active=False, services=["voip"])
    assert made["state"] == "draft"
    assert made["version"] == 1
    assert made["in_force"] is False
    assert made["terms"] == "mms-solutions"
    assert made["terms_version"] == "1"
    assert made["main_contract"]["reference"] == "M-1"
    assert made["main_contracts"] == [made["main_contract"]]
    assert made["facts"] == {"end.erasure": "P30D"}
    assert made["services"] == ["voip"]
    assert made["deadlines"] == []
    assert {"send", "withdraw", "sign", "add-main-contract", "correct"} <= set(made["actions"])
    assert "approve-plan" not in made["actions"]


async def test_sent_it_is_in_force_and_engages_its_register(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    assert made["state"] == "active"
    assert made["in_force"] is True
    (listed,) = made["subprocessors"]
    named = await desk.get(f"subprocessors/{listed}")
    assert named["country"] == "NL"
    (engaged,) = await desk.items("engagements", agreement_id=made["id"])
    assert engaged["subprocessor_id"] == listed
    assert engaged["subprocessor"] == named["name"]
    assert engaged["basis"] == "signature"
    assert await desk.get(f"engagements/{engaged['id']}") == engaged


async def test_the_register_is_resolved_by_name_and_alias(desk: Desk) -> None:
    known = await desk.subprocessor("solarwinds  COVE")
    alias = await desk.subprocessor("Telecom BV", aliases=["Enreach"])
    first = await desk.agreement("contict", active=False)
    assert {known["id"], alias["id"]} <= set(first["subprocessors"])
    count = len(await desk.items("subprocessors", limit=200))
    second = await desk.agreement("contict", active=False)
    assert second["subprocessors"] == first["subprocessors"]
    assert len(await desk.items("subprocessors", limit=200)) == count


async def test_a_list_given_stands_and_a_foreign_one_is_not_found(desk: Desk, other: str) -> None:
    own = {"Termijn-Processor": desk.processor}
    customer = await desk.api.made(
        "customers", {"name": "C", "country": "NL", "language": "nl", "contacts": []}, headers=own
    )
    worker = await desk.api.made("subprocessors", {"name": "W", "service": "s", "country": "NL"}, key=other)
    answer = await desk.api.post("agreements", body(customer["id"], subprocessors=[worker["id"]]), headers=own)
    assert answer.status_code == 404
    assert "subprocessors[0]" in answer.json()["detail"]
    answer = await desk.api.post("agreements", body(customer["id"], subprocessors=[]), headers=own)
    assert answer.status_code == 201, answer.text
    assert answer.json()["subprocessors"] == []
    assert (await desk.api.post("agreements", body(customer["id"]), key=other)).status_code == 404


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"terms": "nobody"}, "terms"),
        ({"terms_version": "99"}, "terms_version"),
        ({"main_contract": {"reference": "", "starts_on": "2026-01-01"}}, "main_contract.reference"),
        (
            {"main_contract": {"reference": "M", "starts_on": "2026-05-01", "ends_on": "2026-04-30"}},
            "main_contract.ends_on",
        ),
        ({"main_contract": {"reference": "M", "starts_on": "2026-01-01", "renews": "1 year"}}, "main_contract.renews"),
        ({"main_contract": {"reference": "M", "starts_on": "2026-01-01", "renews": "PT24H"}}, "main_contract.renews"),
        ({"main_contract": {"reference": "M", "starts_on": "9999-01-01"}}, "main_contract.starts_on"),
        ({"main_contract": {"reference": "M"}}, "main_contract.starts_on"),
        ({"main_contract": {"reference": "M", "starts_on": "2026-01-01", "ending": True}}, "main_contract.ending"),
        ({"facts": {"end.erasure": "P30D"}}, "facts.end.erasure"),
        ({"terms": "mms-solutions"}, "facts.end.erasure"),
        ({"terms": "mms-solutions", "facts": {"end.erasure": "a month"}}, "facts.end.erasure"),
        ({"terms": "mms-solutions", "facts": {"end.erasure": 30}}, "facts.end.erasure"),
        ({"state": "active"}, "state"),
    ],
)
async def test_what_is_wrong_is_named(desk: Desk, change: dict[str, Any], path: str) -> None:
    customer = await desk.customer()
    problem = await desk.refused("agreements", body(customer["id"], **change))
    assert problem["status"] == 400
    assert [one["path"] for one in problem["errors"]] == [path]


async def test_unknown_facts_are_told_the_known_ones(desk: Desk) -> None:
    customer = await desk.customer()
    facts = {**FACTS["kmo-solutions"], "backup.retentoin": "P30D"}
    problem = await desk.refused("agreements", body(customer["id"], terms="kmo-solutions", facts=facts))
    assert "backup.retention" in problem["errors"][0]["message"]


async def test_a_draft_can_be_written_on_and_nothing_else(desk: Desk) -> None:
    draft = await desk.agreement("stkkr", active=False)
    path = f"agreements/{draft['id']}"
    change = {"services": ["hosting"], "main_contract": {"reference": "M-2", "starts_on": "2026-04-01"}}
    answer = await desk.api.call("PATCH", path, json=change)
    assert answer.status_code == 200, answer.text
    assert answer.json()["services"] == ["hosting"]
    assert answer.json()["main_contract"]["reference"] == "M-2"
    await desk.act(f"{path}/send")
    problem = await desk.refused(path, change, method="PATCH")
    assert problem["status"] == 409
    assert problem["state"] == "notified"
    assert problem["actions"] == (await desk.get(path))["actions"]


async def test_main_contracts_come_and_go(desk: Desk) -> None:
    made = await desk.agreement("constant-it")
    path = f"agreements/{made['id']}"
    more = await desk.act(f"{path}/add-main-contract", {"reference": "M-2", "starts_on": "2026-02-01"})
    assert [one["reference"] for one in more["main_contracts"]] == ["M-1", "M-2"]
    twice = await desk.refused(f"{path}/add-main-contract", {"reference": "M-2", "starts_on": "2026-02-01"})
    assert twice["status"] == 409
    sneaky = {"reference": "M-3", "starts_on": "2026-02-01", "ending": True}
    assert (await desk.refused(f"{path}/add-main-contract", sneaky))["status"] == 400
    which = await desk.refused(f"{path}/end-main-contract", {"on": "2026-03-31"})
    assert "M-1, M-2" in which["detail"]
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31", "reference": "M-1"})
    ending = await desk.act(f"{path}/end-main-contract", {"on": "2026-04-30", "reference": "M-2"})
    assert ending["state"] == "active"
    back = await desk.act(f"{path}/cancel-end", {"reason": "they stay"})
    assert [one["ends_on"] for one in back["main_contracts"]] == [None, None]


async def test_signing_names_a_party_and_no_future(desk: Desk) -> None:
    made = await desk.agreement("contict", active=False)
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/send")
    assert (await desk.get(path))["state"] == "notified"
    assert (await desk.refused(f"{path}/sign", {"party": "witness"}))["status"] == 400
    naive = await desk.refused(f"{path}/sign", {"party": "processor", "at": "2026-02-01T10:00:00"})
    assert naive["status"] == 400
    ahead = await desk.refused(f"{path}/sign", {"party": "processor", "at": "2027-01-01T00:00:00Z"})
    assert ahead["status"] in (400, 409)
    await desk.act(f"{path}/sign", {"party": "processor", "at": "2026-02-01T10:00:00+01:00"})
    await desk.act(f"{path}/sign", {"party": "controller", "at": "2026-02-03T10:00:00+01:00"})
    signed = await desk.get(path)
    assert signed["state"] == "active"
    assert {one["party"] for one in signed["signatures"]} == {"processor", "controller"}


async def test_a_service_ends_apart_only_where_the_terms_allow(desk: Desk) -> None:
    made = await desk.agreement("contict", services=["voip", "cloud"])
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/cancel-service", {"service": "voip", "on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 1, tzinfo=UTC))
    assert (await desk.get(path))["services"] == ["cloud"]
    unknown = await desk.refused(f"{path}/cancel-service", {"service": "fax", "on": "2026-03-31"})
    assert unknown["status"] == 409
    kmo = await desk.agreement("kmo-solutions", services=["voip"])
    problem = await desk.refused(f"agreements/{kmo['id']}/cancel-service", {"service": "voip", "on": "2026-03-31"})
    assert problem["status"] == 409


async def test_the_end_the_choice_and_the_erasure(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 1, tzinfo=UTC))
    ended = await desk.get(path)
    assert ended["state"] == "terminated"
    assert ended["in_force"] is False
    assert {one["rule"] for one in ended["deadlines"]} == {"end.choice", "end.erasure"}
    for one in ended["deadlines"]:
        assert one["due_at"]
        assert one["clause"]
    letter = {"data": "erase", "channel": "letter", "by": "Kim", "evidence": "scan 1"}
    ahead = await desk.refused(f"{path}/choose", {**letter, "received_at": "2026-12-01T00:00:00Z"})
    assert ahead["errors"][0]["path"] == "received_at"
    chosen = await desk.act(f"{path}/choose", letter)
    assert chosen["state"] == "deletion_pending"
    assert chosen["choice"]["channel"] == "letter"
    early = await desk.refused(f"{path}/confirm", {"task_id": chosen["plan"][0]["id"], "evidence": "log"})
    assert early["status"] == 409
    assert early["guard"] == "approved"
    approved = await desk.act(f"{path}/approve-plan")
    held = await desk.act(f"{path}/hold", {"ground": "tax law", "categories": [], "until": "2030-01-01"})
    assert held["holds"][0]["ground"] == "tax law"
    item = approved["plan"][0]["id"]
    assert (await desk.refused(f"{path}/confirm", {"task_id": item, "evidence": "log"}))["guard"] == "not_held"
    await desk.act(f"{path}/release")
    tasks = await desk.items("tasks", subject=made["id"], kind="erase", state="open")
    assert len(tasks) == len(approved["plan"])
    for number, task in enumerate(tasks):
        # By the task's own id as well as by the plan's.
        named = task["id"] if number == 0 else task["data"]["task_id"]
        done = await desk.act(f"{path}/confirm", {"task_id": named, "evidence": "deletion log 7"})
    assert done["state"] == "deleted"
    assert not {"confirm", "choose", "hold", "approve-plan", "cancel-end"} & set(done["actions"])
    assert await desk.items("tasks", subject=made["id"], kind="erase", state="open") == []


async def test_a_termination_needs_a_right(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    path = f"agreements/{made['id']}/terminate"
    problem = await desk.refused(path, {"ground": "amendment", "reason": "no"})
    assert problem["status"] == 409
    assert (await desk.refused(path, {"ground": "boredom"}))["status"] == 400


async def test_a_wrong_entry_is_put_right_by_an_entry(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    wrong = (await desk.items("events", subject=made["id"], type="agreement.main_contract_ending"))[0]
    right = {"event_id": wrong["id"], "data": {"on": "2026-05-31"}, "reason": "a typing error"}
    put_right = await desk.act(f"{path}/correct", right)
    assert put_right["main_contract"]["ends_on"] == "2026-05-31"
    await desk.world.go(datetime(2026, 4, 2, tzinfo=UTC))
    assert (await desk.get(path))["state"] == "active"
    await desk.world.go(datetime(2026, 6, 1, 1, tzinfo=UTC))
    assert (await desk.get(path))["state"] == "terminated"
    ends = await desk.items("events", subject=made["id"], type="agreement.main_contract_ending")
    assert ends == [wrong]


async def corrected_mails(desk: Desk, agreement: Any) -> int:
    query = "select 1 from message where subject_id = $1 and kind = 'corrected'"
    return len(await desk.world.rows(query, UUID(agreement["id"])))


async def test_a_first_day_that_is_corrected_before_it_came_moves_the_beginning(desk: Desk) -> None:
    contract = {"reference": "M-1", "starts_on": "2026-04-01"}
    made = await desk.agreement("stkkr", active=False, main_contract=contract)
    path = f"agreements/{made['id']}"
    draft = await desk.act(f"{path}/correct", {"data": {"starts_on": "2026-03-20"}, "reason": "a typing error"})
    assert (draft["state"], draft["main_contract"]["starts_on"]) == ("draft", "2026-03-20")
    assert await corrected_mails(desk, made) == 0, "nobody has seen the draft"
    await desk.act(f"{path}/send")
    sent = await desk.act(f"{path}/correct", {"data": {"starts_on": "2026-05-01"}, "reason": "they begin later"})
    assert (sent["state"], sent["main_contract"]["starts_on"]) == ("notified", "2026-05-01")
    assert await corrected_mails(desk, made) == 1
    await desk.world.go(local("2026-04-30T23:59:00+02:00"))
    assert (await desk.get(path))["state"] == "notified"
    await desk.world.go(local("2026-05-01T00:00:00+02:00"))
    begun = await desk.get(path)
    assert (begun["state"], begun["in_force_since"]) == ("active", "2026-04-30T22:00:00Z")


async def test_a_signature_that_is_entered_by_a_correction_brings_it_into_force(desk: Desk) -> None:
    """Contict: in force from the last signature; the controller's was entered as if the processor had signed twice."""
    made = await desk.agreement("contict", active=False)
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/send")
    await desk.act(f"{path}/sign", {"party": "processor", "at": "2026-03-01T09:00:00Z"})
    right = {"data": {"party": "controller", "at": "2026-03-02T08:00:00Z"}, "reason": "it was the customer that signed"}
    put_right = await desk.act(f"{path}/correct", right)
    assert (await desk.get(path))["state"] == "active", put_right["signatures"]
    assert (await desk.get(path))["in_force_since"] == "2026-03-02T08:00:00Z"


@pytest.mark.parametrize("last", ["declaration", "withdrawal"])
async def test_mail_about_an_agreement_that_is_over_comes_back_to_a_person(desk: Desk, last: str) -> None:
    made = await desk.agreement("stkkr", main_contract={"reference": "M-1", "starts_on": "2026-04-01"})
    path = f"agreements/{made['id']}"
    if last == "withdrawal":
        over = await desk.act(f"{path}/withdraw", {"reason": "never mind"})
    else:
        await desk.world.go(local("2026-04-02T00:00:00+02:00"))
        await desk.act(f"{path}/end-main-contract", {"on": "2026-04-02"})
        await desk.world.go(local("2026-04-03T00:00:00+02:00"))
        await desk.act(f"{path}/approve-plan")
        for one in (await desk.get(path))["plan"]:
            over = await desk.act(f"{path}/confirm", {"task_id": one["id"], "evidence": "log"})
    assert over["state"] == {"declaration": "deleted", "withdrawal": "withdrawn"}[last]
    kind = {"declaration": "deleted", "withdrawal": "agreement_withdrawn"}[last]
    (mail,) = await desk.world.rows("select id from message where kind = $1", kind)
    bounce = {"kind": "bounce", "message_id": str(mail["id"]), "text": "550 no such user"}
    assert (await desk.act("inbound", bounce, status=201))["outcome"] == "taken"
    (task,) = await desk.items("tasks", subject=made["id"], kind="bounced", state="open")
    assert "kwam onbestelbaar terug" in task["text"]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({}, "data"),
        ({"colour": "red"}, "data"),
        ({"starts_on": "soon"}, "data"),
        ({"ends_on": "2025-01-01"}, "data.ends_on"),
        ({"party": "processor", "at": "2027-01-01T00:00:00Z"}, "data.signatures[0].at"),
        ({"facts": {"end.choice": "P1D"}}, "data.facts.end.choice"),
    ],
)
async def test_a_correction_is_checked(desk: Desk, data: dict[str, Any], path: str) -> None:
    made = await desk.agreement("kmo-solutions")
    problem = await desk.refused(f"agreements/{made['id']}/correct", {"data": data, "reason": "because"})
    assert problem["status"] == 400
    assert problem["errors"][0]["path"] == path


async def test_a_correction_names_an_event_of_its_own(desk: Desk) -> None:
    one, two = await desk.agreement("kmo-solutions"), await desk.agreement("stkkr")
    event = (await desk.items("events", subject=two["id"]))[0]
    correction = {"event_id": event["id"], "data": {"starts_on": "2026-02-01"}, "reason": "because"}
    problem = await desk.refused(f"agreements/{one['id']}/correct", correction)
    assert problem["errors"][0]["path"] == "event_id"


async def test_it_passes_to_another_customer(desk: Desk) -> None:
    made, new = await desk.agreement("stkkr"), await desk.customer("New")
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/transfer", {"customer_id": new["id"], "on": "2026-03-10"})
    assert (await desk.get(path))["customer_id"] == made["customer_id"]
    await desk.world.go(datetime(2026, 3, 10, tzinfo=UTC))
    assert (await desk.get(path))["customer_id"] == new["id"]
    assert (await desk.refused(f"{path}/transfer", {"customer_id": desk.processor}))["status"] == 404


async def test_withdrawn_before_it_began(desk: Desk) -> None:
    made = await desk.agreement("stkkr", active=False)
    gone = await desk.act(f"agreements/{made['id']}/withdraw", {"reason": "never mind"})
    assert gone["state"] == "withdrawn"
    problem = await desk.refused(f"agreements/{made['id']}/send")
    assert problem["status"] == 409
    assert problem["actions"] == []


async def test_one_kind_is_not_another(desk: Desk) -> None:
    made = await desk.agreement("stkkr")
    for path in (
        f"agreements/{made['customer_id']}/withdraw",
        f"notices/{made['id']}/object",
        f"changes/{made['id']}/end",
    ):
        data = {"on": "2026-05-01"} if path.endswith("end") else {}
        assert (await desk.refused(path, data))["status"] == 404
    assert (await desk.refused(f"agreements/{made['id']}/received", {}))["status"] in (404, 405)
    assert (await desk.refused(f"agreements/{made['id']}/start", {}))["status"] in (404, 405)


async def test_the_timeline_holds_past_and_future_in_one_order(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    await desk.act(f"agreements/{made['id']}/end-main-contract", {"on": "2026-05-31"})
    worker = await desk.subprocessor()
    await desk.announced(worker["id"])
    items = await desk.items(f"agreements/{made['id']}/timeline", limit=200)
    assert [one["at"] for one in items] == sorted(one["at"] for one in items)
    kinds = {(one["what"], one["subject_kind"]) for one in items}
    assert {("event", "agreement"), ("event", "notice"), ("deadline", "notice"), ("planned", "agreement")} <= kinds
    first = await desk.get(f"agreements/{made['id']}/timeline", limit=3)
    rest = await desk.get(f"agreements/{made['id']}/timeline", limit=200, cursor=first["next"])
    assert first["items"] + rest["items"] == items
    assert (await desk.refused(f"agreements/{made['customer_id']}/timeline", method="GET"))["status"] == 404


async def test_a_duty_that_outlives_it_for_some_time_says_until_when(desk: Desk) -> None:
    duty = {"duty": "secrecy", "clause": "8", "until": "period", "period": "P2M"}
    await store(desk.world, draft(ending={"survives": [duty]}))
    agreement = await desk.agreement(ID)
    path = f"agreements/{agreement['id']}"
    (before,) = agreement["survives"]
    assert (before["binds"], before["last_day"]) == (False, None)
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(local("2026-04-01T00:00:00+02:00"))
    # Two months from 31 March: through 31 May, by the days of Amsterdam.
    for instant, binds in (("2026-05-31T23:59:59+02:00", True), ("2026-06-01T00:00:00+02:00", False)):
        await desk.world.go(local(instant))
        (after,) = (await desk.get(path))["survives"]
        assert (after["last_day"], after["binds"]) == ("2026-05-31", binds)
