"""Breaches and requests as the texts of the five agreements have it: whom telling counts with, who may stop a clock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import Desk

FRIDAY = datetime(2026, 3, 27, 18, 0, tzinfo=UTC)
ALL = ("stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict")
RECEPTION = {"name": "Robin Jansen", "phone": "+31 10 7654321", "roles": []}
ICT = {"name": "Ali Demir", "email": "ict@customer.example", "phone": "+31 10 1112131", "roles": ["security"]}
CONTRACT = {"name": "Kim de Vries", "email": "kim@customer.example", "phone": "+31 10 1234567",
            "roles": ["contract", "privacy"]}  # fmt: skip


async def discovered(desk: Desk, **more: Any) -> Any:
    await desk.world.go(FRIDAY)
    body = {"discovered_at": "2026-03-27T17:00:00Z", "summary": "A laptop was stolen", **more}
    made = await desk.api.made("breaches", body)
    await desk.world.drain()
    return made


async def made_for(desk: Desk, terms: str, contacts: list[Any]) -> Any:
    customer = await desk.customer("With roles", contacts=contacts)
    return await desk.agreement(terms, customer_id=customer["id"])


@pytest.mark.parametrize("terms", ALL)
async def test_a_breach_is_not_closed_before_everybody_was_told(desk: Desk, terms: str) -> None:
    """STKKR "uiterlijk binnen 48 uur … informeren"; MMS bijlage 3; Contict 8.1; KMO 6.1; Constant IT II 4.1."""
    agreement = await desk.agreement(terms)
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    for body in ({}, {"conclusion": "It was nothing"}):
        no = await desk.refused(f"{path}/close", body)
        assert (no["status"], no["guard"]) == (409, "all_told")
        assert "drop" in no["detail"]
    await desk.world.days(5)
    (case,) = (await desk.get(path))["cases"]
    assert case["state"] == "running"
    assert case["late"] is (terms not in ("kmo-solutions", "constant-it"))
    assert await desk.items("deadlines", agreement_id=agreement["id"], party="processor")
    late = await desk.items("tasks", kind="breach_late", state="open")
    assert len(late) == 1


async def test_an_agreement_that_turned_out_not_concerned_is_dropped_with_its_reason(desk: Desk) -> None:
    mine, other = await desk.agreement("stkkr"), await desk.agreement("mms-solutions")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    assert (await desk.refused(f"{path}/drop", {"agreements": [other["id"]], "reason": " "}))["status"] == 400
    await desk.act(f"{path}/drop", {"agreements": [other["id"]], "reason": "Its data were elsewhere"})
    dropped = await desk.get(path)
    states = {one["terms"]: (one["state"], one["dropped_why"]) for one in dropped["cases"]}
    assert states == {"stkkr": ("running", ""), "mms-solutions": ("closed", "Its data were elsewhere")}
    assert not await desk.items("deadlines", agreement_id=other["id"])
    assert (await desk.refused(f"{path}/close", {"conclusion": "x"}))["guard"] == "all_told"
    await desk.act(f"{path}/notify")
    kinds = [
        row["agreement_id"]
        for row in await desk.world.rows(
            "select k.agreement_id from message m join breach_case k on k.id = m.subject_id "
            "where m.kind = 'breach_notice'"
        )
    ]
    assert [str(one) for one in kinds] == [mine["id"]]
    closed = await desk.act(f"{path}/close", {"conclusion": "Found unopened"})
    assert closed["state"] == "closed"
    # It did concern it after all: named once more, its clock runs from the discovery.
    await desk.act(f"{path}/reopen", {"reason": "The disk held a copy"})
    await desk.act(f"{path}/update", {"agreements": [other["id"]], "text": "A copy was on the disk"})
    again = await desk.get(path)
    states = {one["terms"]: (one["state"], one["due_at"]) for one in again["cases"]}
    assert states["mms-solutions"] == ("running", "2026-03-28T17:00:00Z")


async def test_a_breach_is_not_closed_in_silence_while_its_questions_are_open(desk: Desk) -> None:
    """Contict bijlage 3: seven questions; what never became known is told as that, and a close can be undone."""
    agreement = await desk.agreement("contict")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    call = {
        "agreement_id": agreement["id"],
        "contact": "Kim de Vries",
        "at": "2026-03-27T17:30:00Z",
        "outcome": "spoken",
    }
    await desk.act(f"{path}/record-call", call)
    no = await desk.refused(f"{path}/close", {})
    assert (no["status"], no["guard"]) == (409, "contents_answered")
    assert "cause" in no["detail"]
    assert "conclusion" in no["detail"]
    closed = await desk.act(f"{path}/close", {"conclusion": "The laptop never came back"})
    assert closed["state"] == "closed"
    (mail,) = await desk.world.rows("select data from message where kind = 'breach_closed'")
    assert "de onderliggende oorzaak" in mail["data"]
    events = await desk.items("events", subject=made["id"], limit=200)
    assert "cause" in next(one for one in events if one["type"] == "breach.closed")["data"]["unanswered"]
    await desk.act(f"{path}/reopen", {"reason": "A witness came forward"})
    back = await desk.get(path)
    assert back["state"] == "notified"
    assert {one["state"] for one in back["cases"]} == {"informed"}
    assert await desk.items("tasks", subject=made["id"], kind="breach_follow_up", state="open")


@pytest.mark.parametrize(
    ("terms", "contact", "counts"),
    [
        # Contict 8.1: "via het telefoonnummer van de ICT eindverantwoordelijke".
        ("contict", "Ali Demir", True),
        ("contict", "Kim de Vries", False),
        ("contict", "de receptioniste", False),
        # STKKR, Informeren klant: "de contactpersoon van het contract".
        ("stkkr", "Kim de Vries", True),
        ("stkkr", "Ali Demir", False),
        # MMS bijlage 3: "de contactpersoon van de verantwoordelijke".
        ("mms-solutions", "Ali Demir", True),
        ("mms-solutions", "Kim", True),
        ("mms-solutions", "Robin Jansen", False),
        ("mms-solutions", "de receptioniste", False),
    ],
)
async def test_a_call_counts_with_whom_the_text_names(desk: Desk, terms: str, contact: str, counts: bool) -> None:
    agreement = await made_for(desk, terms, [CONTRACT, ICT, RECEPTION])
    made = await discovered(desk)
    body = {"agreement_id": agreement["id"], "contact": contact, "at": "2026-03-27T17:30:00Z", "outcome": "spoken"}
    (case,) = (await desk.act(f"breaches/{made['id']}/record-call", body))["cases"]
    assert (case["state"], case["calls"][0]["counts"]) == (("informed", True) if counts else ("running", False))
    if counts:
        assert (case["informed_how"], case["late"]) == ("call", False)
        return
    # With a reason of its own it counts all the same, and the reason is on record.
    reasoned = {**body, "reason": "The contact is away and named this person in writing"}
    (case,) = (await desk.act(f"breaches/{made['id']}/record-call", reasoned))["cases"]
    assert (case["state"], case["calls"][1]["reason"]) == ("informed", reasoned["reason"])


async def test_a_contact_is_known_by_its_id_and_its_number(desk: Desk) -> None:
    agreement = await made_for(desk, "contict", [CONTRACT, ICT])
    customer = await desk.get(f"customers/{agreement['customer_id']}")
    ict = next(one for one in customer["contacts"] if "security" in one["roles"])
    made = await discovered(desk)
    for contact in (ict["id"], "+31101112131"):
        body = {"agreement_id": agreement["id"], "contact": contact, "at": "2026-03-27T17:30:00Z", "outcome": "spoken"}
        (case,) = (await desk.act(f"breaches/{made['id']}/record-call", body))["cases"]
        assert case["calls"][-1]["counts"]


async def test_an_own_target_is_no_period_of_the_agreement(desk: Desk) -> None:
    """KMO 6.1: "zonder onredelijke vertraging", no hours; the processor's own target stands apart (m7)."""
    await desk.agreement("kmo-solutions")
    made = await discovered(desk)
    await desk.world.days(3)
    (case,) = (await desk.get(f"breaches/{made['id']}"))["cases"]
    assert (case["own_target"], case["late"]) == (True, False)
    (task,) = await desk.items("tasks", kind="breach_late", state="open")
    assert "eigen streeftermijn" in task["text"]
    assert "de termijn is voorbij" not in task["text"]


async def test_stkkr_agrees_on_a_rhythm_with_the_first_report(desk: Desk) -> None:
    """Voortgang en maatregelen: "maakt hierover afspraken met de primaire contactpersoon bij de initiële melding"."""
    await desk.agreement("stkkr")
    made = await discovered(desk)
    await desk.act(f"breaches/{made['id']}/notify")
    rows = await desk.world.rows("select text from task where kind = 'breach_rhythm' and done_at is null")
    assert len(rows) == 1
    assert "Voortgang en maatregelen" in rows[0]["text"]


async def test_a_pause_of_the_processor_moves_nothing(desk: Desk) -> None:
    """Contict 3.6: "binnen een termijn van 14 dagen"; GDPR 12(3) runs on towards the data subject."""
    agreement = await desk.agreement("contict")
    body = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer"}
    made = await desk.api.made("requests", body)
    path = f"requests/{made['id']}"
    await desk.act(f"{path}/pause", {"reason": "wij hebben vakantie"})
    due = {one["rule"]: one["due_at"] for one in await desk.items("deadlines", subject=made["id"])}
    assert due == {"request.assist": made["due_at"], "request.answer": made["answer_due_at"]}
    await desk.world.days(10)
    back = await desk.act(f"{path}/resume")
    assert (back["due_at"], back["answer_due_at"]) == (made["due_at"], made["answer_due_at"])
    due = {one["rule"]: one["due_at"] for one in await desk.items("deadlines", subject=made["id"])}
    assert due == {"request.assist": made["due_at"], "request.answer": made["answer_due_at"]}
    assert await desk.world.rows("select 1 from message where kind = 'request' and data ->> 'step' = 'paused'")


async def test_a_pause_that_the_customer_agreed_to_moves_the_help_and_never_the_month(desk: Desk) -> None:
    agreement = await desk.agreement("contict")
    body = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer"}
    made = await desk.api.made("requests", body)
    path = f"requests/{made['id']}"
    await desk.act(f"{path}/pause", {"reason": "Whose data?", "agreed_by": "Kim de Vries"})
    await desk.world.days(10)
    back = await desk.act(f"{path}/resume")
    assert (made["due_at"], back["due_at"]) == ("2026-03-16T23:00:00Z", "2026-03-26T23:00:00Z")
    assert back["answer_due_at"] == made["answer_due_at"]
    (deadline,) = await desk.items("deadlines", subject=made["id"], rule="request.assist")
    assert "Kim de Vries" in deadline["steps"][0]
