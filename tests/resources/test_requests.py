"""Requests of data subjects: helped with in the agreement's time, or passed on at once and never answered."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.drafts import ID, draft, processor_rule, store
from tests.resources.conftest import Desk


async def asked(desk: Desk, terms: str, **more: Any) -> Any:
    agreement = await desk.agreement(terms)
    body = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer", **more}
    made = await desk.api.made("requests", body)
    await desk.world.drain()
    return made


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        # Monday 2 March 2026: the tenth working day is Monday 16 March; 14 days end on the 16th too (I-07).
        ("constant-it", "2026-03-16T23:00:00Z"),
        ("contict", "2026-03-16T23:00:00Z"),
        ("stkkr", None),
        ("kmo-solutions", None),
        ("mms-solutions", None),
    ],
)
async def test_help_is_due_as_the_agreement_says(desk: Desk, terms: str, due: str | None) -> None:
    made = await asked(desk, terms)
    assert made["state"] == "received"
    assert made["due_at"] == due
    # One month from the customer's own receipt, moved on from Easter weekends; here 2 April, a Thursday.
    assert made["answer_due_at"] == "2026-04-02T22:00:00Z"
    deadlines = await desk.items("deadlines", subject=made["id"])
    parties = {one["rule"]: one["party"] for one in deadlines}
    assert parties["request.answer"] == "controller"
    assert ("request.assist" in parties) == (due is not None)
    assert parties.get("request.assist", "processor") == "processor"
    done = await desk.act(f"requests/{made['id']}/fulfil", {"note": "An export was sent", "evidence": "ticket 12"})
    assert done["state"] == "fulfilled"
    assert not await desk.items("deadlines", subject=made["id"])
    assert not await desk.items("tasks", subject=made["id"], state="open")
    kinds = [one["kind"] for one in await desk.world.rows("select kind from message where kind = 'request'")]
    assert kinds == ["request"]


@pytest.mark.parametrize(("terms", "referred"), [("stkkr", True), ("constant-it", True), ("mms-solutions", False)])
async def test_a_person_is_never_answered(desk: Desk, terms: str, referred: bool) -> None:
    made = await asked(desk, terms, received_from="data_subject", reference="R-1")
    assert made["actions"] == ["forward"]
    # Where the text says at once it is due on arrival; one that gives no time gets none (P7).
    deadlines = await desk.items("deadlines", subject=made["id"], rule="request.forward")
    assert [one["due_at"] for one in deadlines] == ([] if terms == "stkkr" else [made["received_at"]])
    no = await desk.refused(f"requests/{made['id']}/fulfil", {})
    assert no["status"] == 409
    assert "answers nothing" in no["detail"]
    done = await desk.act(f"requests/{made['id']}/forward")
    assert done["state"] == "forwarded"
    (mail,) = await desk.world.rows("select data ->> 'referred' as referred from message where kind = 'request'")
    assert mail["referred"] == ("true" if referred else "false")
    helped = await desk.act(f"requests/{made['id']}/assist", {"by": "Kim", "channel": "mail", "evidence": "mail 3"})
    assert helped["state"] == "received"


async def test_it_is_passed_on_by_the_clause_and_the_time_of_the_agreement(desk: Desk) -> None:
    """Socialo 5.10: on the next working day at the latest. The law's article is for who has no word on it."""
    timed = {"request.forward": processor_rule("request", "P1WD", clause="5.10")}
    await store(desk.world, draft(timed, law="GDPR", requests={"clause": "5", "direct": "forward"}))
    made = await asked(desk, ID, received_from="data_subject", reference="R-1")
    [task] = await desk.items("tasks", subject=made["id"], state="open")
    [deadline] = await desk.items("deadlines", subject=made["id"], rule="request.forward")
    assert (task["kind"], task["due_at"]) == ("request_forward", deadline["due_at"])
    assert deadline["due_at"] > made["received_at"]
    assert "(5.10)" in task["text"]
    assert "28(3)" not in task["text"]


async def test_an_agreed_pause_moves_the_help_that_is_due_and_keeps_what_was(desk: Desk) -> None:
    made = await asked(desk, "contict")
    paused = await desk.act(f"requests/{made['id']}/pause", {"reason": "Whose data?", "agreed_by": "Kim"})
    assert paused["state"] == "paused"
    # What waits is the help; the month of the law runs on towards the person (GDPR 12(3)).
    assert [one["rule"] for one in await desk.items("deadlines", subject=made["id"])] == ["request.answer"]
    await desk.world.go(datetime(2026, 3, 5, 9, 0, tzinfo=UTC))
    back = await desk.act(f"requests/{made['id']}/resume")
    assert back["original_due_at"] == "2026-03-16T23:00:00Z"
    assert back["due_at"] == "2026-03-19T23:00:00Z"
    (deadline,) = await desk.items("deadlines", subject=made["id"], rule="request.assist")
    assert (deadline["due_at"], deadline["last_day"]) == ("2026-03-19T23:00:00Z", "2026-03-19")
    assert "Whose data?" in deadline["steps"][0]


async def test_a_day_that_is_agreed_on_during_a_pause_stands(desk: Desk) -> None:
    made = await asked(desk, "contict")
    path = f"requests/{made['id']}"
    await desk.act(f"{path}/pause", {"reason": "Whose data?", "agreed_by": "Kim"})
    await desk.world.go(datetime(2026, 3, 5, 9, 0, tzinfo=UTC))
    agreed = await desk.act(f"{path}/extend", {"reason": "much", "until": "2026-04-10", "agreed_by": "Kim"})
    assert (agreed["state"], agreed["due_at"]) == ("paused", "2026-04-10T22:00:00Z")
    (deadline,) = await desk.items("deadlines", subject=made["id"], rule="request.assist")
    assert deadline["due_at"] == "2026-04-10T22:00:00Z"
    await desk.world.go(datetime(2026, 3, 20, 9, 0, tzinfo=UTC))
    back = await desk.act(f"{path}/resume")
    assert (back["state"], back["due_at"]) == ("received", "2026-04-10T22:00:00Z")


async def test_the_processor_extends_nothing_by_itself(desk: Desk) -> None:
    made = await asked(desk, "contict")
    no = await desk.refused(f"requests/{made['id']}/extend", {"reason": "much", "until": "2026-04-10"})
    assert "agreed_by" in no["detail"]
    agreed = {"reason": "much", "until": "2026-04-10", "agreed_by": "Kim"}
    moved = await desk.act(f"requests/{made['id']}/extend", agreed)
    assert moved["due_at"] == "2026-04-10T22:00:00Z"
    # Without a day it is the controller's own extension: three months in all, the help is due as before.
    longer = await desk.act(f"requests/{made['id']}/extend", {"reason": "complex"})
    assert longer["answer_due_at"] == "2026-06-02T22:00:00Z"
    assert longer["due_at"] == moved["due_at"]


async def test_where_a_written_request_is_wanted_the_period_waits_for_it(desk: Desk) -> None:
    made = await asked(desk, "constant-it", channel="phone")
    assert made["due_at"] is None
    no = await desk.refused(f"requests/{made['id']}/fulfil", {})
    assert "written" in no["detail"]
    await desk.world.go(datetime(2026, 3, 4, 9, 0, tzinfo=UTC))
    letter = {"received_at": "2026-03-03T10:00:00Z", "channel": "letter", "by": "Kim", "evidence": "scan 2"}
    written = await desk.act(f"requests/{made['id']}/written", letter)
    assert written["due_at"] == "2026-03-17T23:00:00Z"
    assert not await desk.items("tasks", subject=made["id"], kind="request_written", state="open")


async def letters(desk: Desk) -> list[Any]:
    """The steps that the customer was told of, with what each says."""
    rows = await desk.world.rows(
        "select data ->> 'step' as step, data ->> 'reason' as reason from message where kind = 'request' order by id"
    )
    return [(row["step"], row["reason"]) for row in rows]


@pytest.mark.parametrize("paused", [False, True])
async def test_help_that_is_refused_is_refused_with_a_reason(desk: Desk, paused: bool) -> None:
    made = await asked(desk, "contict")
    path = f"requests/{made['id']}"
    if paused:
        await desk.act(f"{path}/pause", {"reason": "Whose data?", "agreed_by": "Kim"})
    silent = await desk.refused(f"{path}/refuse", {"reason": " "})
    assert silent["status"] in (400, 409)
    done = await desk.act(f"{path}/refuse", {"reason": "These data are another customer's"})
    assert (done["state"], done["result"], done["actions"]) == ("refused", "These data are another customer's", [])
    assert done["settled_at"] == "2026-03-02T09:00:00Z"
    assert await desk.items("deadlines", subject=made["id"]) == []
    assert await desk.items("tasks", subject=made["id"], state="open") == []
    assert (await letters(desk))[-1] == ("refused", "These data are another customer's")
    assert (await desk.refused(f"{path}/resume"))["status"] == 409
    # Whoever passes on what a person asked refuses nobody: that is the customer's.
    persons = await asked(desk, "kmo-solutions", received_from="data_subject", reference="R-1")
    assert (await desk.refused(f"requests/{persons['id']}/refuse", {"reason": "no"}))["status"] == 409


async def test_what_was_passed_on_is_settled_once_the_customer_has_what_it_needs(desk: Desk) -> None:
    made = await asked(desk, "mms-solutions", received_from="data_subject", reference="R-1")
    path = f"requests/{made['id']}"
    await desk.act(f"{path}/forward")
    (month,) = await desk.items("deadlines", subject=made["id"])
    assert (month["rule"], month["party"]) == ("request.answer", "controller")
    await desk.world.go(datetime(2026, 3, 5, 9, 0, tzinfo=UTC))
    done = await desk.act(f"{path}/fulfil", {"note": "The customer answered the person", "evidence": "mail 4"})
    assert (done["state"], done["settled_at"]) == ("fulfilled", "2026-03-05T09:00:00Z")
    assert await desk.items("deadlines", subject=made["id"]) == []
    assert await desk.items("tasks", subject=made["id"], state="open") == []
    assert [step for step, _ in await letters(desk)] == ["forwarded", "fulfilled"]
    (event,) = await desk.items("events", subject=made["id"], type="request.fulfilled")
    assert event["data"]["late"] is False


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"received_at": "2027-01-01T00:00:00Z"}, "received_at"),
        ({"received_at": "2026-03-01T09:00:00Z", "controller_received_at": "2026-03-02T08:00:00Z"},
         "controller_received_at"),
        ({"kind": "curiosity"}, "kind"),
    ],
)  # fmt: skip
async def test_bad_requests_say_what_is_wrong(desk: Desk, more: Any, path: str) -> None:
    agreement = await desk.agreement("stkkr")
    body = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer", **more}
    answer = await desk.refused("requests", body)
    assert answer["errors"][0]["path"] == path


async def test_nothing_is_asked_under_an_agreement_that_is_not_in_force(desk: Desk) -> None:
    draft = await desk.agreement("stkkr", active=False)
    body = {"agreement_id": draft["id"], "kind": "access", "received_from": "customer"}
    assert (await desk.refused("requests", body))["errors"][0]["path"] == "agreement_id"


async def test_when_the_customer_itself_got_a_request_is_not_taken_for_granted(desk: Desk) -> None:
    """GDPR 12(3) runs from the controller's receipt: counted from ours, the day is the latest, and that is said."""
    made = await asked(desk, "contict", channel="mail")
    (deadline,) = await desk.items("deadlines", subject=made["id"], rule="request.answer")
    assert "Nobody has said when the controller itself received" in deadline["steps"][0]
    known = await asked(desk, "contict", channel="mail", controller_received_at="2026-02-27T09:00:00Z")
    (deadline,) = await desk.items("deadlines", subject=known["id"], rule="request.answer")
    assert not any("Nobody has said" in one for one in deadline["steps"])
    for one in (made, known):
        await desk.act(f"requests/{one['id']}/pause", {"reason": "Whose data?"})
    rows = await desk.world.rows(
        "select data ->> 'counted_from_here' as said from message where data ->> 'step' = 'paused' order by id"
    )
    assert [one["said"] for one in rows] == ["true", "false"]


async def test_help_that_costs_nothing_at_first_is_to_be_written_down(desk: Desk) -> None:
    free = {"clause": "9.4", "amount": "5"}
    await store(desk.world, draft(requests={"clause": "9", "direct": "silent", "free": free}))
    agreement = await desk.agreement(ID)
    asked = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer", "channel": "mail"}
    made = await desk.api.made("requests", asked)
    (task,) = await desk.items("tasks", subject=made["id"], kind="request_help", state="open")
    assert task["text"].endswith("Een deel van deze hulp kost niets (9.4): noteer hoeveel het was.")
