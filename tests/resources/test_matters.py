"""Matters between the parties, and what subprocessors announce: silence is never an answer."""

import json
from datetime import datetime
from typing import Any

import pytest

from service.answers.deadline_text import deadline_text
from tests.resources.conftest import Desk
from workflows.terms.phrases import rule_title
from workflows.words import LANGUAGES


async def raised(desk: Desk, agreement: Any, kind: str, **more: Any) -> Any:
    made = await desk.api.made("matters", {"agreement_id": agreement["id"], "kind": kind, "subject": "Backups", **more})
    await desk.world.drain()
    return made


async def place(desk: Desk, agreement: Any, country: str) -> Any:
    return await desk.get("places/check", agreement_id=agreement["id"], country=country)


@pytest.mark.parametrize(("terms", "clause"), [("kmo-solutions", "2.4"), ("mms-solutions", "3.7"), ("contict", "6.1")])
async def test_a_place_outside_needs_a_written_yes(desk: Desk, terms: str, clause: str) -> None:
    agreement = await desk.agreement(terms)
    assert (await place(desk, agreement, "DE"))["allowed"]
    assert not (await place(desk, agreement, "US"))["allowed"]
    made = await raised(desk, agreement, "storage_consent", country="US")
    assert (made["raised_by"], made["clause"], made["form"]) == ("processor", clause, "written")
    assert not (await place(desk, agreement, "US"))["allowed"]
    # Spoken, it is on record and is none (P10).
    path = f"matters/{made['id']}"
    spoken = await desk.act(f"{path}/answer", {"answer": "consent", "by": "Kim", "channel": "phone"})
    assert (spoken["state"], spoken["answers"][0]["counts"]) == ("open", False)
    assert not (await place(desk, agreement, "US"))["allowed"]
    given = await desk.act(
        f"{path}/answer", {"answer": "consent", "by": "Kim", "channel": "letter", "evidence": "scan 9"}
    )
    assert (given["state"], given["outcome"]) == ("answered", "consent")
    assert (await place(desk, agreement, "US"))["matter_id"] == made["id"]
    assert not (await place(desk, agreement, "CN"))["allowed"]
    await desk.act(f"{path}/take-back", {"reason": "Too far away", "by": "Kim", "channel": "phone"})
    assert not (await place(desk, agreement, "US"))["allowed"]
    assert await desk.items("tasks", kind="consent_taken_back", role="director")


async def test_no_consent_can_be_given_where_the_text_leaves_none(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    body = {"agreement_id": agreement["id"], "kind": "storage_consent", "subject": "Backups", "country": "US"}
    answer = await desk.refused("matters", body)
    assert answer["errors"][0]["path"] == "country"
    assert "Subverwerkers" in answer["detail"]


async def test_places_of_storage_are_named_at_first_request(desk: Desk) -> None:
    agreement = await desk.agreement("kmo-solutions")
    made = await raised(desk, agreement, "storage_places")
    assert made["raised_by"] == "controller"
    assert made["due_at"] == made["raised_at"]
    (deadline,) = await desk.items("deadlines", subject=made["id"])
    assert (deadline["party"], deadline["clause"]) == ("processor", "2.4")
    no = await desk.refused(f"matters/{made['id']}/answer", {"answer": "consent"})
    assert no["status"] == 409
    done = await desk.act(f"matters/{made['id']}/answer", {"answer": "done", "text": "Two halls in Groningen"})
    assert done["state"] == "answered"
    assert not await desk.items("deadlines", subject=made["id"])
    assert not await desk.items("tasks", subject=made["id"], state="open")


@pytest.mark.parametrize(
    ("terms", "kind", "by"),
    [
        ("stkkr", "authority_copy", "processor"),
        ("kmo-solutions", "authority_message", "controller"),
        ("kmo-solutions", "legal_change", "processor"),
        ("mms-solutions", "unlawful_instruction", "processor"),
        ("constant-it", "extra_measures", "controller"),
        ("contict", "impact_assessment", "controller"),
        ("contict", "retention_terms", "controller"),
    ],
)
async def test_who_raises_follows_from_the_agreement(desk: Desk, terms: str, kind: str, by: str) -> None:
    made = await raised(desk, await desk.agreement(terms), kind)
    assert made["raised_by"] == by
    rows = await desk.world.rows("select data ->> 'step' as step from message where kind = 'matter'")
    steps = [one["step"] for one in rows]
    assert steps == (["raised"] if by == "processor" else ["received"])
    closed = await desk.act(f"matters/{made['id']}/close", {"reason": "settled"})
    assert closed["state"] == "closed"


async def test_an_answer_within_a_number_of_days(desk: Desk) -> None:
    """My Healthily 2(f): copies of contracts within ten business days of a request; 3 April is Good Friday."""
    agreement = await desk.agreement("myhealthily-baa")
    made = await raised(desk, agreement, "subcontract_copy", raised_at="2026-03-02T09:00:00Z")
    assert (made["raised_by"], made["clause"], made["due_at"]) == ("controller", "2(f)", "2026-03-17T04:00:00Z")
    (deadline,) = await desk.items("deadlines", subject=made["id"])
    assert (deadline["rule"], deadline["party"], deadline["last_day"]) == ("matter.answer", "processor", "2026-03-16")
    # Other information has no number here, and none is made up.
    assert (await raised(desk, agreement, "information"))["due_at"] is None
    await desk.act(f"matters/{made['id']}/answer", {"answer": "done", "text": "Sent"})
    assert not await desk.items("deadlines", subject=made["id"])


async def test_what_either_party_may_raise(desk: Desk) -> None:
    """Spacelift 2.4, 11.2: whoever cannot keep the terms says so; either may raise a change of the law."""
    agreement = await desk.agreement("spacelift-dpa")
    for kind, given, by in (
        ("legal_change", None, "processor"),
        ("legal_change", "controller", "controller"),
        ("cannot_comply", "controller", "controller"),
        ("cannot_comply", "processor", "processor"),
    ):
        assert (await raised(desk, agreement, kind, raised_by=given))["raised_by"] == by
    body = {"agreement_id": agreement["id"], "kind": "information", "subject": "Reports", "raised_by": "processor"}
    assert "is raised by the controller" in (await desk.refused("matters", body))["detail"]


async def test_an_upstream_window_that_is_too_short_is_said_at_once(desk: Desk) -> None:
    supplier = await desk.subprocessor("Cloud BV")
    await desk.agreement("kmo-solutions", subprocessors=[supplier["id"]])
    newcomer = await desk.subprocessor("Newcomer BV")
    body = {
        "subprocessor_id": supplier["id"],
        "kind": "add",
        "text": "From April we work with Newcomer.",
        "received_at": "2026-03-02T08:00:00Z",
        "object_by": "2026-03-16",
        "effective_on": "2026-04-15",
        "change": {"kind": "add", "subprocessor_id": newcomer["id"]},
    }
    made = await desk.api.made("upstream-notices", body)
    assert made["object_until"] == "2026-03-16T23:00:00Z"
    assert "1 of the customers" in made["warning"]
    (short,) = made["shortfalls"]
    assert short["clause"] == "7.1"
    tasks = await desk.items("tasks", subject=made["id"], state="open")
    assert {one["kind"] for one in tasks} == {"upstream", "upstream_short"}
    draft = await desk.get(f"changes/{made['change_id']}")
    assert draft["state"] == "draft"
    answered = await desk.act(f"upstream-notices/{made['id']}/object", {"note": "Too soon for our customers"})
    assert (answered["state"], answered["answer"]) == ("answered", "object")
    assert not await desk.items("tasks", subject=made["id"], state="open")


async def test_time_enough_upstream_warns_of_nothing(desk: Desk) -> None:
    supplier = await desk.subprocessor("Cloud BV")
    await desk.agreement("kmo-solutions")
    newcomer = await desk.subprocessor("Newcomer BV")
    body = {
        "subprocessor_id": supplier["id"],
        "kind": "add",
        "text": "x",
        "object_by": "2026-06-01",
        "change": {"kind": "add", "subprocessor_id": newcomer["id"]},
    }
    made = await desk.api.made("upstream-notices", body)
    assert (made["warning"], made["shortfalls"]) == ("", [])


async def upstream(desk: Desk, **more: Any) -> Any:
    supplier = await desk.subprocessor("Cloud BV")
    body = {"subprocessor_id": supplier["id"], "kind": "other", "text": "We move our halls.", **more}
    return await desk.api.made("upstream-notices", body)


@pytest.mark.parametrize(("days", "late"), [(1, False), (20, True)])
async def test_going_along_with_a_subprocessor_is_on_record_and_whether_it_was_in_time(
    desk: Desk, days: int, late: bool
) -> None:
    made = await upstream(desk, object_by="2026-03-16")
    (task,) = await desk.items("tasks", subject=made["id"], kind="upstream", state="open")
    assert task["due_at"] == made["object_until"] == "2026-03-16T23:00:00Z"
    await desk.world.days(days)
    path = f"upstream-notices/{made['id']}"
    answered = await desk.act(f"{path}/accept", {"note": "Fine with us"})
    assert (answered["state"], answered["answer"], answered["note"]) == ("answered", "accept", "Fine with us")
    assert answered["answered_at"] is not None
    assert await desk.items("tasks", subject=made["id"], state="open") == []
    (event,) = await desk.items("events", subject=made["id"], type="upstream.accepted")
    assert event["data"]["late"] is late
    assert (await desk.refused(f"{path}/object", {"note": "On second thoughts"}))["status"] == 409
    closed = await desk.act(f"{path}/close", {"note": "They moved"})
    assert (closed["state"], closed["answer"], closed["actions"]) == ("closed", "accept", [])


async def test_what_asks_for_no_answer_is_closed_as_it_came(desk: Desk) -> None:
    made = await upstream(desk)
    assert {one["kind"] for one in await desk.items("tasks", subject=made["id"], state="open")} == {"upstream"}
    closed = await desk.act(f"upstream-notices/{made['id']}/close", {"note": "Known already"})
    assert (closed["state"], closed["answer"], closed["closed_at"]) == ("closed", None, "2026-03-02T09:00:00Z")
    assert await desk.items("tasks", subject=made["id"], state="open") == []


async def test_data_that_have_to_go_are_no_question(desk: Desk) -> None:
    """Baton 2.6: erased or given back within sixty days; the customer is told by when, and nobody is to answer."""
    agreement = await desk.agreement("baton-dpa")
    made = await raised(desk, agreement, "erasure_or_return", raised_at="2026-03-02T09:00:00Z")
    (deadline,) = await desk.items("deadlines", subject=made["id"])
    (task,) = await desk.items("tasks", subject=made["id"], state="open")
    named = {
        lang: deadline_text("matter.answer", "Erase or return what the customer named", lang) for lang in LANGUAGES
    }
    assert len(set(named.values())) == len(LANGUAGES)
    assert deadline["text"] == named["nl"]
    assert "zorg daar op tijd voor" in task["text"]
    (mail, *_) = await desk.world.rows("select data from message where kind = 'matter'")
    assert datetime.fromisoformat(json.loads(mail["data"])["due_at"]) == datetime.fromisoformat(made["due_at"])
    assert rule_title("matter.erasure_or_return", "en").startswith("Erasure or return")
