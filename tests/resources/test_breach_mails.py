"""What comes of the mails about a breach: reports that arrive or come back, early and late (P1, P2, I-08)."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.resources.conftest import CONTACTS, Desk
from tests.resources.test_breaches import by_terms, discovered, only_case, report_to, spoken_to


async def test_a_returned_report_informs_nobody(desk: Desk) -> None:
    await desk.agreement("kmo-solutions")
    made = await discovered(desk)
    await desk.act(f"breaches/{made['id']}/notify")
    (case,) = (await desk.get(f"breaches/{made['id']}"))["cases"]
    assert case["state"] == "informed"
    (message,) = await desk.world.rows("select id from message where kind = 'breach_notice'")
    came_back = {"kind": "bounce", "message_id": str(message["id"]), "text": "550 no such user"}
    await desk.act("inbound", came_back, status=201)
    (case,) = (await desk.get(f"breaches/{made['id']}"))["cases"]
    assert (case["state"], case["informed_at"]) == ("running", None)
    assert await desk.items("tasks", kind="breach_bounced", state="open")
    left = await desk.refused(f"breaches/{made['id']}/close", {"conclusion": "done"})
    assert "telephone" in left["detail"]


async def came_back(desk: Desk, message: str) -> None:
    body = {"kind": "bounce", "message_id": message, "text": "550 no such user"}
    await desk.act("inbound", body, status=201)


SECOND = {"name": "Robin Jansen", "email": "robin@customer.example", "roles": ["contract", "privacy", "security"]}


async def of_two(desk: Desk, terms: str) -> Any:
    customer = await desk.customer("Two", contacts=[*CONTACTS, SECOND])
    return await desk.agreement(terms, customer_id=customer["id"])


async def test_each_receipt_is_kept_and_the_first_one_informs(desk: Desk) -> None:
    await of_two(desk, "stkkr")
    made = await discovered(desk)
    await desk.act(f"breaches/{made['id']}/notify")
    case = await only_case(desk, made)
    assert len({one["contact_id"] for one in case["receipts"]}) == 2
    assert (case["state"], case["informed_at"]) == ("informed", "2026-03-27T18:00:00Z")
    assert case["authority_due_at"] == "2026-03-30T18:00:00Z"


async def test_a_report_that_arrives_after_its_case_was_dropped_starts_no_clock(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    await desk.agreement("kmo-solutions")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    assert (await desk.api.post(f"{path}/notify")).status_code == 200
    why = {"agreements": [agreement["id"]], "reason": "Its data were elsewhere"}
    await desk.act(f"{path}/drop", why)
    case = by_terms(await desk.get(path))["stkkr"]
    assert (case["state"], case["informed_how"]) == ("closed", "mail")
    kinds = await desk.world.rows("select kind from message where subject_id = $1 order by id", UUID(case["id"]))
    assert [one["kind"] for one in kinds] == ["breach_notice", "breach_closed"]
    assert not await desk.items("deadlines", subject=case["id"])


async def test_a_written_report_that_came_back_helps_no_voicemail(desk: Desk) -> None:
    """Contict 8.1: by telephone; a voicemail counts with the written report, and that did not arrive."""
    agreement = await desk.agreement("contict")
    made = await discovered(desk)
    await desk.act(f"breaches/{made['id']}/notify")
    case = await only_case(desk, made)
    assert (case["state"], len(case["receipts"])) == ("running", 1)
    await came_back(desk, await report_to(desk))
    case = await only_case(desk, made)
    assert (case["state"], case["receipts"]) == ("running", [])
    (task,) = await desk.items("tasks", kind="breach_bounced", state="open")
    assert task["due_at"] == case["due_at"]
    (case,) = (await spoken_to(desk, made, agreement, "2026-03-27T17:30:00Z", "voicemail"))["cases"]
    assert (case["state"], case["informed_at"]) == ("running", None)


async def test_what_else_informed_stands_when_a_report_comes_back(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    made = await discovered(desk)
    await desk.act(f"breaches/{made['id']}/notify")
    await desk.world.go(datetime(2026, 3, 27, 20, 0, tzinfo=UTC))
    await spoken_to(desk, made, agreement, "2026-03-27T19:00:00Z")
    assert (await only_case(desk, made))["informed_at"] == "2026-03-27T18:00:00Z"
    await came_back(desk, await report_to(desk))
    case = await only_case(desk, made)
    assert (case["state"], case["informed_at"], case["informed_how"]) == ("informed", "2026-03-27T19:00:00Z", "call")
    # The controller's own hours run from when it was informed, and that is an hour later now.
    assert case["authority_due_at"] == "2026-03-30T19:00:00Z"
    (deadline,) = await desk.items("deadlines", subject=case["id"])
    assert (deadline["rule"], deadline["due_at"]) == ("breach.authority", "2026-03-30T19:00:00Z")
    assert await desk.items("tasks", kind="breach_bounced", state="open")


async def test_an_update_that_comes_back_takes_no_report_back(desk: Desk) -> None:
    await desk.agreement("mms-solutions")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    await desk.world.days(20)
    await desk.act(f"{path}/update", {"text": "We know the cause"})
    await came_back(desk, await report_to(desk, kind="breach_update"))
    case = await only_case(desk, made)
    assert (case["state"], case["informed_at"], case["late"]) == ("informed", "2026-03-27T18:00:00Z", False)
    assert case["penalty"]["amount"] == "0.00"
    assert case["reported_at"] is None
    assert await desk.items("tasks", kind="breach_bounced", state="open")


async def test_an_update_stands_while_one_of_those_who_were_sent_it_has_it(desk: Desk) -> None:
    await of_two(desk, "mms-solutions")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    await desk.act(f"{path}/update", {"text": "We know the cause"})
    sent = await desk.world.rows("select id from message where kind = 'breach_update' order by id")
    reported = []
    for one in sent:
        await came_back(desk, str(one["id"]))
        reported.append((await only_case(desk, made))["reported_at"])
    assert reported == ["2026-03-27T18:00:00Z", None]


async def test_a_conclusion_that_comes_back_reaches_a_person(desk: Desk) -> None:
    await desk.agreement("stkkr")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    await desk.act(f"{path}/close", {"conclusion": "Found unopened"})
    await came_back(desk, await report_to(desk, kind="breach_closed"))
    case = await only_case(desk, made)
    assert (case["state"], case["informed_at"]) == ("closed", "2026-03-27T18:00:00Z")
    assert await desk.items("tasks", kind="breach_bounced", state="open")


async def test_a_report_that_comes_back_after_the_close_leaves_its_customer_uninformed(desk: Desk) -> None:
    await desk.agreement("mms-solutions")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    await desk.act(f"{path}/close", {"conclusion": "Found unopened"})
    await desk.world.days(2)
    await came_back(desk, await report_to(desk))
    case = await only_case(desk, made)
    assert (case["state"], case["informed_at"], case["late"]) == ("closed", None, True)
    assert not await desk.items("deadlines", subject=case["id"])
    assert await desk.items("tasks", kind="breach_bounced", state="open")
    await desk.act(f"{path}/reopen", {"reason": "The customer was never told"})
    assert (await only_case(desk, made))["state"] == "running"
    assert await desk.items("tasks", kind="breach_late", state="open")
