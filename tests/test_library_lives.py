"""Agreements of the library from their making to the day their data are gone, over HTTP and on the simulated clock."""

from typing import Any

from tests.resources.conftest import Desk, acme, api, desk, settings
from tests.world import local

__all__ = ["acme", "api", "desk", "settings"]

WORD = {"channel": "mail", "by": "Kim"}


async def deadlines(desk: Desk, agreement: Any) -> dict[str, str]:
    """The last day of each open deadline, or the first where nothing is late after it."""
    rows = await desk.items("deadlines", agreement_id=agreement["id"])
    return {one["rule"]: one["last_day"] for one in rows}


async def tasks(desk: Desk, agreement: Any) -> set[str]:
    rows = await desk.items("tasks", subject=agreement["id"], state="open")
    return {one["kind"] for one in rows if "deadline_id" not in one["data"]} - {"bind_subprocessors"}


async def gone(desk: Desk, agreement: Any) -> Any:
    """A person approves the plan, and everything is confirmed in its order."""
    path = f"agreements/{agreement['id']}"
    for task in await desk.items("tasks", subject=agreement["id"], kind="mailbox_read", state="open"):
        await desk.act(f"tasks/{task['id']}/done", {"note": "nothing asked"})
    shown = await desk.act(f"{path}/approve-plan")
    while shown["state"] != "deleted":
        item = next(one for one in shown["plan"] if one["state"] == "ordered")
        shown = await desk.act(f"{path}/confirm", {"task_id": item["id"], "evidence": "log 7"})
    return shown


async def test_a_business_associate_agreement(desk: Desk) -> None:
    agreement = await desk.agreement("c2c-baa", subprocessors=[(await desk.subprocessor())["id"]])
    path = f"agreements/{agreement['id']}"
    # A subcontractor: the text has no word on how one comes in, so nobody is told, and it is no until there is a yes.
    other = await desk.subprocessor("Store Inc", country="US")
    change = await desk.change(other["id"])
    preview = await desk.get(f"changes/{change['id']}/preview")
    (shown,) = preview["agreements"]
    assert (shown["waits_for"], shown["earliest_go_live"]) == ("consent", None)
    assert (
        "the agreement says nothing on subprocessors: a task asks a person whether this customer is asked, "
        "and until then it is not told"
    ) in shown["warnings"]
    await desk.act(f"changes/{change['id']}/notify")
    await desk.world.drain()
    (notice,) = await desk.items("notices", agreement_id=agreement["id"])
    assert (notice["rule"], notice["clause"], notice["state"], notice["attempts"]) == ("consent", "", "queued", [])
    no = await desk.gate(agreement["id"], other["id"])
    assert (no["allowed"], no["reason"]) == (False, "not_received")
    assert no["why"] == (
        "The agreement says nothing on how a subprocessor comes in. The customer was not asked: a person decides."
    )
    # Somebody new at the customer is not told of it either.
    fresh = [{"name": "Robin", "email": "robin@customer.example", "roles": ["contract"]}]
    customer = f"customers/{agreement['customer_id']}"
    contacts = [*(await desk.get(customer))["contacts"], *fresh]
    await desk.api.call("PATCH", customer, json={"contacts": contacts})
    await desk.world.drain()
    assert (await desk.get(f"notices/{notice['id']}"))["attempts"] == []
    asks = await desk.items("tasks", subject=notice["id"], state="open")
    assert [one["kind"] for one in asks] == ["ask_authorisation"]
    # The covered entity said yes on the telephone; its law asks for no form.
    await desk.act(f"notices/{notice['id']}/consent", {"channel": "phone", "by": "Kim"})
    await desk.world.drain()
    assert not await desk.items("tasks", subject=notice["id"], state="open")
    yes = await desk.gate(agreement["id"], other["id"])
    assert (yes["allowed"], yes["why"]) == (
        True,
        "The customer consented on Monday 2 March 2026. Store Inc works for this agreement in US since "
        "Monday 2 March 2026.",
    )
    # A breach: sixty days from discovery by the text, and by the law the covered entity's own from being informed.
    said = {"discovered_at": "2026-03-02T08:00:00Z", "summary": "A lost disk", "agreements": [agreement["id"]]}
    breach = await desk.api.made("breaches", said)
    await desk.act(f"breaches/{breach['id']}/notify")
    found = await desk.get(f"breaches/{breach['id']}")
    assert found["cases"][0]["due_at"] == "2026-05-02T04:00:00Z"
    assert (await deadlines(desk, agreement))["breach.authority"] == "2026-05-01"
    # A request: thirty days for the processor's help, and for the covered entity's answer by its law.
    await desk.api.made("requests", {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer"})
    open_now = await deadlines(desk, agreement)
    assert (open_now["request.assist"], open_now["request.answer"]) == ("2026-04-01", "2026-04-01")
    # The end: whose choice it is is not written, and no number either.
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(local("2026-04-01T00:00:00-04:00"))
    assert (await desk.get(path))["state"] == "terminated"
    assert {"ask_choice"} <= await tasks(desk, agreement)
    assert "end.erasure" not in await deadlines(desk, agreement)
    await desk.act(f"{path}/choose", {"data": "erase", **WORD})
    deleted = await gone(desk, agreement)
    assert [one["kind"] for one in deleted["plan"]][-1] == "declare"
    assert all(one["how"] == "confirmed" for one in deleted["plan"])


async def test_the_standard_clauses_with_a_suspension(desk: Desk) -> None:
    host = await desk.subprocessor()
    agreement = await desk.agreement("eu-scc-2021-915", subprocessors=[host["id"]])
    path = f"agreements/{agreement['id']}"
    for party in ("controller", "processor"):
        await desk.act(f"{path}/sign", {"party": party})
    assert (await desk.get(path))["state"] == "active"
    # Told thirty days ahead, which is the time to object: 2 March and thirty days, through 1 April.
    other = await desk.subprocessor("Other BV")
    await desk.announced(other["id"])
    await desk.world.go(local("2026-04-01T23:59:59+02:00"))
    assert not (await desk.gate(agreement["id"], other["id"]))["allowed"]
    await desk.world.go(local("2026-04-02T00:00:00+02:00"))
    assert (await desk.gate(agreement["id"], other["id"]))["allowed"]
    # Suspended on 2 April: nobody processes, and there is one month to restore compliance, through 2 May.
    body = {"reason": "No log was kept.", "suspends": True, **WORD}
    await desk.act(f"{path}/demand-cure", body)
    assert (await desk.gate(agreement["id"], host["id"]))["reason"] == "suspended"
    assert (await deadlines(desk, agreement))["ending.cure"] == "2026-05-02"
    early = await desk.refused(f"{path}/terminate", {"ground": "not_cured", **WORD})
    assert early["guard"] == "right_open"
    await desk.world.go(local("2026-05-03T00:00:00+02:00"))
    ended = await desk.act(f"{path}/terminate", {"ground": "not_cured", **WORD})
    # It stays in force until the last data are gone, and the choice is the controller's, without a last day.
    assert (ended["state"], ended["in_force"], ended["end_ground"]) == ("terminated", True, "not_cured")
    assert {"ask_choice"} <= await tasks(desk, agreement)
    await desk.world.days(100)
    await desk.act(f"{path}/choose", {"data": "return", "format": "CSV", **WORD})
    (back,) = [one for one in (await desk.get(path))["plan"] if one["kind"] == "return"]
    await desk.act(f"{path}/confirm", {"task_id": back["id"], "evidence": "signed for"})
    deleted = await gone(desk, agreement)
    assert (deleted["state"], deleted["in_force"]) == ("deleted", False)


async def test_a_norwegian_municipality(desk: Desk) -> None:
    agreement = await desk.agreement("boly-dba")
    path = f"agreements/{agreement['id']}"
    assert len(agreement["subprocessors"]) == 7
    # Thirty days' notice of a change, in which to object with reasons: through Wednesday 1 April, an ordinary day.
    other = await desk.subprocessor("Fjord AS", country="NO")
    await desk.announced(other["id"])
    (notice,) = await desk.items("notices", agreement_id=agreement["id"])
    assert notice["closes_at"] == "2026-04-01T22:00:00Z"
    # An audit: thirty days' notice.
    audit = await desk.api.made("audits", {"agreement_id": agreement["id"]})
    assert (await desk.refused(f"audits/{audit['id']}/plan", {"on": "2026-04-01"}))["guard"] == "noticed"
    await desk.act(f"audits/{audit['id']}/plan", {"on": "2026-04-02"})
    await desk.act(f"audits/{audit['id']}/report", {"findings": []})
    await desk.act(f"audits/{audit['id']}/close")
    # The end: a choice without a last day; without one everything is erased within sixty days, whatever kind it is.
    await desk.act(f"{path}/end-main-contract", {"on": "2026-08-31"})
    await desk.world.go(local("2026-09-01T00:00:00+02:00"))
    shown = await desk.get(path)
    assert shown["state"] == "deletion_pending"
    assert {one["due_at"] for one in shown["plan"] if one["kind"] == "erase"} == {"2026-10-30T23:00:00Z"}
    assert not [one for one in shown["plan"] if one["category"]]
    assert (await gone(desk, agreement))["plan"][-1]["kind"] == "declare"


async def test_kinds_of_data_with_a_time_of_their_own(desk: Desk) -> None:
    agreement = await desk.agreement("shipdocs-vwo")
    path = f"agreements/{agreement['id']}"
    # Told thirty days ahead, fourteen of them to object.
    other = await desk.subprocessor("Haven BV")
    await desk.announced(other["id"])
    (notice,) = await desk.items("notices", agreement_id=agreement["id"])
    assert notice["closes_at"] == "2026-03-16T23:00:00Z"
    await desk.world.go(local("2026-04-01T23:59:59+02:00"))
    assert not (await desk.gate(agreement["id"], other["id"]))["allowed"]
    await desk.world.go(local("2026-04-02T00:00:00+02:00"))
    assert (await desk.gate(agreement["id"], other["id"]))["allowed"]
    await desk.act(f"{path}/end-main-contract", {"on": "2026-08-31"})
    await desk.world.go(local("2026-09-01T00:00:00+02:00"))
    assert (await desk.get(path))["state"] == "terminated"
    assert {"ask_choice"} <= await tasks(desk, agreement)
    # Returned or destroyed within thirty days: through 30 September.
    await desk.act(f"{path}/choose", {"data": "return", **WORD})
    open_now = await deadlines(desk, agreement)
    assert (open_now["end.return"], open_now["end.erasure"]) == ("2026-09-30", "2026-09-30")
    (back,) = [one for one in (await desk.get(path))["plan"] if one["kind"] == "return"]
    shown = await desk.act(f"{path}/confirm", {"task_id": back["id"], "evidence": "signed for"})
    due = {one["category"] or one["holder"]: one["due_at"] for one in shown["plan"] if one["kind"] == "erase"}
    assert (due["processor"], due["account"]) == ("2026-09-30T22:00:00Z", "2028-08-31T22:00:00Z")
    assert (due["training"], due["certificates"]) == ("2033-08-31T22:00:00Z", "2036-08-31T22:00:00Z")
    assert (await gone(desk, agreement))["state"] == "deleted"


async def test_the_transfer_clauses_between_processors(desk: Desk) -> None:
    """2021/914, module three with option 1: a specific authorisation, asked for so long ahead as the parties named."""
    agreement = await desk.agreement("eu-scc-2021-914-p2p", facts={"subprocessor.notice": "P30D"})
    path = f"agreements/{agreement['id']}"
    for party in ("controller", "processor"):
        await desk.act(f"{path}/sign", {"party": party})
    other = await desk.subprocessor("Other Inc", country="US")
    await desk.announced(other["id"])
    (notice,) = await desk.items("notices", agreement_id=agreement["id"])
    assert (notice["rule"], notice["clause"]) == ("consent", "9(a)")
    await desk.world.days(40)
    assert (await desk.gate(agreement["id"], other["id"]))["reason"] == "no_consent"
    await desk.act(f"notices/{notice['id']}/consent", {**WORD, "evidence": "scan 4"})
    await desk.world.drain()
    assert (await desk.gate(agreement["id"], other["id"]))["allowed"]
    # It cannot keep the clauses any more, says so, and the exporter suspends: one month to put it right.
    made = await desk.api.made(
        "matters", {"agreement_id": agreement["id"], "kind": "cannot_comply", "subject": "A new law"}
    )
    assert (made["raised_by"], made["clause"]) == ("processor", "8.1(c), 16(a)")
    await desk.act(f"{path}/demand-cure", {"reason": "No safeguards", "suspends": True, **WORD})
    assert (await desk.gate(agreement["id"], other["id"]))["reason"] == "suspended"
    assert (await deadlines(desk, agreement))["ending.cure"] == "2026-05-11"
    # What a local law keeps stays, restricted.
    await desk.act(f"{path}/hold", {"ground": "a local law", "categories": ["all"], "until": "2030-01-01"})
    assert "restrict_held" in await tasks(desk, agreement)
