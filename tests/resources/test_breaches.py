"""Breaches: one incident, many customers, each with its own clock, channel and contents."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.drafts import ID, draft, store
from tests.http.conftest import ACME
from tests.resources.conftest import Desk

FRIDAY = datetime(2026, 3, 27, 18, 0, tzinfo=UTC)
"""A Friday evening; the clocks of Europe go forward on Sunday 29 March 2026."""
ALL = ("stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict")
NOTICE_DUE = {
    "stkkr": "2026-03-29T17:00:00Z",
    "kmo-solutions": "2026-03-28T17:00:00Z",
    "constant-it": "2026-03-28T17:00:00Z",
    "mms-solutions": "2026-03-28T17:00:00Z",
    "contict": "2026-03-28T17:00:00Z",
}
"""Exact hours from the discovery at 17:00 UTC, whatever local clocks do (I-03); two of them are own targets."""


async def of_all_terms(desk: Desk) -> dict[str, Any]:
    """An agreement in force under each of the five."""
    return {terms: await desk.agreement(terms) for terms in ALL}


async def discovered(desk: Desk, **more: Any) -> Any:
    await desk.world.go(FRIDAY)
    body = {"discovered_at": "2026-03-27T17:00:00Z", "summary": "A laptop was stolen", **more}
    made = await desk.api.made("breaches", body)
    await desk.world.drain()
    return made


def by_terms(breach: Any) -> dict[str, Any]:
    return {one["terms"]: one for one in breach["cases"]}


async def test_friday_evening_before_a_clock_change(desk: Desk) -> None:
    await of_all_terms(desk)
    made = await discovered(desk, categories=["names"], people_min=10, people_max=200)
    assert made["state"] == "discovered"
    cases = by_terms(made)
    assert {terms: one["due_at"] for terms, one in cases.items()} == NOTICE_DUE
    assert {terms for terms, one in cases.items() if one["own_target"]} == {"kmo-solutions", "constant-it"}
    assert {terms: tuple(one["channels"]) for terms, one in cases.items()} == {
        "stkkr": ("email", "phone"),
        "kmo-solutions": ("email", "phone"),
        "constant-it": ("email", "phone"),
        "mms-solutions": ("phone", "email"),
        "contict": ("phone",),
    }
    asked = {terms: [one["id"] for one in case["contents"]] for terms, case in cases.items()}
    assert len(asked["kmo-solutions"]) == 7
    assert len(asked["contict"]) == 7
    assert len(asked["mms-solutions"]) == 9
    people = {one["id"]: one["answer"] for one in cases["contict"]["contents"]}
    assert people["people"] == "10–200"
    assert people["cause"] is None
    # The controller's hours: from discovery where the agreement has it so, else not before it knows.
    assert cases["mms-solutions"]["authority_due_at"] == "2026-03-30T17:00:00Z"
    assert all(one["authority_due_at"] is None for terms, one in cases.items() if terms != "mms-solutions")
    deadlines = await desk.items("deadlines", rule="breach.notice")
    assert {one["due_at"] for one in deadlines} == {"2026-03-28T17:00:00Z", "2026-03-29T17:00:00Z"}
    assert {one["party"] for one in deadlines} == {"processor"}


async def test_told_in_writing_and_by_telephone(desk: Desk) -> None:
    agreements = await of_all_terms(desk)
    made = await discovered(desk)
    told = await desk.act(f"breaches/{made['id']}/notify")
    assert told["state"] == "notified"
    shown = await desk.get(f"breaches/{made['id']}")
    cases = by_terms(shown)
    # The mail server's answer is receipt: writing informs everyone but the customer that must be telephoned.
    assert {terms for terms, one in cases.items() if one["state"] == "informed"} == set(ALL) - {"contict"}
    assert cases["stkkr"]["informed_how"] == "mail"
    assert cases["stkkr"]["authority_due_at"] == "2026-03-30T18:00:00Z"
    (call,) = await desk.items("tasks", kind="breach_call", state="open")
    assert call["due_at"] == "2026-03-28T17:00:00Z"

    async def phone(at: str, outcome: str) -> Any:
        body = {"agreement_id": agreements["contict"]["id"], "contact": "Kim", "at": at, "outcome": outcome}
        answer = await desk.act(f"breaches/{made['id']}/record-call", body)
        return by_terms(answer)["contict"]

    await desk.world.go(datetime(2026, 3, 27, 20, 0, tzinfo=UTC))
    assert (await phone("2026-03-27T19:00:00Z", "no_answer"))["state"] == "running"
    voicemail = await phone("2026-03-27T19:30:00Z", "voicemail")
    # A message on the voicemail counts with the written one that arrived (the later of the two).
    assert (voicemail["state"], voicemail["informed_how"]) == ("informed", "voicemail_and_mail")
    assert voicemail["informed_at"] == "2026-03-27T19:30:00Z"
    assert not voicemail["late"]
    # A call that was answered earlier and is typed in later is the earlier proof (P5).
    spoken = await phone("2026-03-27T18:30:00Z", "spoken")
    assert (spoken["informed_at"], spoken["informed_how"]) == ("2026-03-27T18:30:00Z", "call")
    assert [one["outcome"] for one in spoken["calls"]] == ["no_answer", "voicemail", "spoken"]
    assert not await desk.items("tasks", kind="breach_call", state="open")
    closed = await desk.act(f"breaches/{made['id']}/close", {"conclusion": "Found unopened"})
    assert closed["state"] == "closed"
    shown = await desk.get(f"breaches/{made['id']}")
    assert {one["state"] for one in shown["cases"]} == {"closed"}
    assert not await desk.items("deadlines", rule="breach.authority")
    letters = [one["kind"] for one in await desk.world.rows("select kind from message")]
    assert letters.count("breach_notice") == letters.count("breach_closed") == 5


async def test_penalty_grows_to_the_cent_until_the_customer_is_informed(desk: Desk) -> None:
    agreement = await desk.agreement("mms-solutions")
    made = await discovered(desk)

    async def amount(at: str) -> tuple[str, str, bool]:
        shown = await desk.get(f"breaches/{made['id']}", at=at)
        (case,) = shown["cases"]
        return case["penalty"]["amount"], case["penalty"]["exposure"], case["overdue"]

    assert await amount("2026-03-28T17:00:00Z") == ("0.00", "0.00", False)
    assert await amount("2026-03-28T17:00:01Z") == ("2500.00", "2550.00", True)
    assert await amount("2026-03-28T18:00:00Z") == ("2550.00", "2550.00", True)
    assert await amount("2026-03-28T18:59:59Z") == ("2550.00", "2600.00", True)
    assert await amount("2026-04-04T17:00:00Z") == ("10900.00", "10900.00", True)
    await desk.world.go(datetime(2026, 3, 29, 6, 0, tzinfo=UTC))
    assert (await desk.get(f"breaches/{made['id']}"))["cases"][0]["late"]
    assert await desk.items("tasks", kind="breach_late", role="director")
    body = {"agreement_id": agreement["id"], "contact": "Kim", "at": "2026-03-28T20:30:00Z", "outcome": "spoken"}
    shown = await desk.act(f"breaches/{made['id']}/record-call", body)
    (case,) = shown["cases"]
    assert (case["late"], case["penalty"]["amount"]) == (True, "2650.00")
    # Informed: it grows no more.
    assert await amount("2026-05-01T00:00:00Z") == ("2650.00", "2700.00", False)


async def test_where_the_text_is_silent_a_call_counts_as_it_does_for_the_clock(desk: Desk) -> None:
    await store(desk.world, draft(without=("breach.notice",), breach={"rule": "unsaid"}))
    await desk.agreement(ID)
    case = (await discovered(desk))["cases"][0]
    assert case["channels"] == ["email", "phone"]
    assert {role for one in case["contacts"] for role in one["roles"]} >= {"security"}


async def test_updates_move_no_clock_and_reach_who_was_told(desk: Desk) -> None:
    await desk.agreement("contict")
    made = await discovered(desk)
    await desk.act(f"breaches/{made['id']}/notify")
    before = (await desk.get(f"breaches/{made['id']}"))["cases"][0]
    await desk.world.go(datetime(2026, 3, 28, 9, 0, tzinfo=UTC))
    body = {"contents": {"cause": "A window was open"}, "people_min": 3, "people_max": 5, "text": "We know the cause."}
    shown = await desk.act(f"breaches/{made['id']}/update", body)
    case = shown["cases"][0]
    assert case["due_at"] == before["due_at"]
    assert {one["id"]: one["answer"] for one in case["contents"]}["cause"] == "A window was open"
    letters = await desk.world.rows("select from message where kind = 'breach_update'")
    assert len(letters) == 1
    wrong = await desk.refused(f"breaches/{made['id']}/update", {"contents": {"colour": "red"}})
    assert "cause" in wrong["detail"]
    assert wrong["errors"][0]["path"] == "contents.colour"


async def test_a_suppliers_breach_touches_those_it_works_for(desk: Desk) -> None:
    supplier = await desk.subprocessor("Cloud BV")
    mine = await desk.agreement("kmo-solutions", subprocessors=[supplier["id"]])
    await desk.agreement("stkkr")
    made = await discovered(desk, subprocessor_id=supplier["id"])
    assert made["agreements"] == [mine["id"]]


async def test_a_wrong_instant_of_discovery_is_corrected(desk: Desk) -> None:
    await desk.agreement("stkkr")
    made = await discovered(desk)
    await desk.act(f"breaches/{made['id']}/notify")
    body = {"discovered_at": "2026-03-25T17:00:00Z", "reason": "The log shows an earlier alarm"}
    await desk.act(f"breaches/{made['id']}/correct", body)
    (case,) = (await desk.get(f"breaches/{made['id']}"))["cases"]
    assert (case["due_at"], case["late"]) == ("2026-03-27T17:00:00Z", True)
    assert case["state"] == "informed"


async def report_to(desk: Desk, address: str = "kim@customer.example", kind: str = "breach_notice") -> str:
    """The last mail of this kind to an address."""
    rows = await desk.world.rows(
        "select id from message where kind = $1 and address = $2 order by id desc", kind, address
    )
    return str(rows[0]["id"])


async def only_case(desk: Desk, breach: Any) -> Any:
    (case,) = (await desk.get(f"breaches/{breach['id']}"))["cases"]
    return case


async def spoken_to(desk: Desk, breach: Any, agreement: Any, at: str, outcome: str = "spoken") -> Any:
    body = {"agreement_id": agreement["id"], "contact": "Kim", "at": at, "outcome": outcome}
    return await desk.act(f"breaches/{breach['id']}/record-call", body)


async def test_an_agreement_that_is_found_to_be_touched_later_is_told_with_notify(desk: Desk) -> None:
    first = await desk.agreement("stkkr")
    second = await desk.agreement("kmo-solutions")
    made = await discovered(desk, agreements=[first["id"]])
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    no = await desk.refused(f"{path}/notify")
    assert (no["status"], no["detail"]) == (409, "Every customer was told already.")
    await desk.world.go(datetime(2026, 3, 28, 9, 0, tzinfo=UTC))
    await desk.act(f"{path}/update", {"agreements": [second["id"]]})
    assert (await desk.refused(f"{path}/close", {"conclusion": "x"}))["guard"] == "all_told"
    told = await desk.act(f"{path}/notify")
    assert told["notified_at"] == "2026-03-27T18:00:00Z"
    cases = by_terms(await desk.get(path))
    assert {terms: one["notified_at"] for terms, one in cases.items()} == {
        "stkkr": "2026-03-27T18:00:00Z",
        "kmo-solutions": "2026-03-28T09:00:00Z",
    }
    # The first customer got no second report, and there is one task to follow the breach up.
    assert len(await desk.world.rows("select from message where kind = 'breach_notice'")) == 2
    assert len(await desk.items("tasks", kind="breach_follow_up")) == 1


async def test_a_breach_that_was_told_by_telephone_alone_opens_again_untold(desk: Desk) -> None:
    agreement = await desk.agreement("mms-solutions")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await spoken_to(desk, made, agreement, "2026-03-27T17:30:00Z")
    closed = await desk.act(f"{path}/close", {"conclusion": "Found unopened"})
    assert (closed["state"], closed["notified_at"]) == ("closed", None)
    assert not await desk.world.rows("select from message where kind like 'breach%'")
    back = await desk.act(f"{path}/reopen", {"reason": "It had been opened"})
    assert (back["state"], back["closed_at"], back["conclusion"]) == ("discovered", None, "")
    case = await only_case(desk, made)
    assert (case["state"], case["informed_how"], case["late"]) == ("informed", "call", False)
    # The customer knows, so the clock of its agreement is met; the controller's own runs on.
    assert [one["rule"] for one in await desk.items("deadlines", subject=case["id"])] == ["breach.authority"]
    assert not await desk.items("tasks", kind="breach_follow_up", state="open")
    assert (await desk.act(f"{path}/notify"))["state"] == "notified"
    assert await report_to(desk)


async def test_a_dropped_case_forfeits_nothing(desk: Desk) -> None:
    agreement = await desk.agreement("mms-solutions")
    made = await discovered(desk)
    await desk.world.days(3)
    forfeited = f"agreements/{agreement['id']}/penalties"
    assert [one["what"] for one in await desk.items(forfeited)] == ["breach"]
    await desk.act(f"breaches/{made['id']}/drop", {"reason": "Its data were elsewhere"})
    assert (await only_case(desk, made))["penalty"] is None
    assert await desk.items(forfeited) == []
    await desk.act(f"breaches/{made['id']}/update", {"agreements": [agreement["id"]], "text": "A copy was on it"})
    assert [one["what"] for one in await desk.items(forfeited)] == ["breach"]


async def test_a_call_that_is_typed_in_after_the_close_moves_the_instant_and_opens_nothing(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    await desk.act(f"{path}/close", {"conclusion": "Found unopened"})
    (case,) = (await spoken_to(desk, made, agreement, "2026-03-27T17:30:00Z"))["cases"]
    assert (case["state"], case["informed_at"], case["informed_how"]) == ("closed", "2026-03-27T17:30:00Z", "call")
    assert case["authority_due_at"] == "2026-03-30T17:30:00Z"
    assert await desk.items("deadlines", subject=case["id"]) == []


async def test_a_discovery_that_is_corrected_before_anybody_was_told_moves_the_clock(desk: Desk) -> None:
    await desk.agreement("stkkr")
    made = await discovered(desk)
    body = {"discovered_at": "2026-03-26T17:00:00Z", "reason": "The log shows an earlier alarm"}
    shown = await desk.act(f"breaches/{made['id']}/correct", body)
    assert shown["state"] == "discovered"
    case = await only_case(desk, made)
    assert (case["state"], case["due_at"], case["late"]) == ("running", "2026-03-28T17:00:00Z", False)
    (deadline,) = await desk.items("deadlines", subject=case["id"])
    assert (deadline["rule"], deadline["due_at"]) == ("breach.notice", "2026-03-28T17:00:00Z")
    await desk.world.go(datetime(2026, 3, 28, 17, 0, tzinfo=UTC))
    assert not (await only_case(desk, made))["late"]
    await desk.world.go(datetime(2026, 3, 28, 18, 0, tzinfo=UTC))
    assert (await only_case(desk, made))["late"]
    (task,) = await desk.items("tasks", kind="breach_late", state="open")
    assert task["due_at"] == "2026-03-28T17:00:00Z"
    # It was later after all: nothing is late, and nobody is asked to hurry.
    later = {"discovered_at": "2026-03-27T17:00:00Z", "reason": "Another alarm"}
    await desk.act(f"breaches/{made['id']}/correct", later)
    case = await only_case(desk, made)
    assert (case["due_at"], case["late"]) == ("2026-03-29T17:00:00Z", False)
    assert await desk.items("tasks", kind="breach_late", state="open") == []


async def test_the_call_is_due_with_the_clock_and_asked_for_again(desk: Desk) -> None:
    agreement = await desk.agreement("contict")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")

    async def calls() -> list[str]:
        return [one["due_at"] for one in await desk.items("tasks", kind="breach_call", state="open")]

    assert await calls() == ["2026-03-28T17:00:00Z"]
    await desk.act(f"{path}/correct", {"discovered_at": "2026-03-27T12:00:00Z", "reason": "An earlier alarm"})
    assert await calls() == ["2026-03-28T12:00:00Z"]
    await desk.act(f"{path}/drop", {"agreements": [agreement["id"]], "reason": "Its data were elsewhere"})
    assert await calls() == []
    await desk.act(f"{path}/update", {"agreements": [agreement["id"]], "text": "A copy was on it"})
    assert (await only_case(desk, made))["state"] == "running"
    assert await calls() == ["2026-03-28T12:00:00Z"]


async def test_a_customer_that_was_told_in_vain_hears_that_it_is_not_touched(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    await desk.agreement("kmo-solutions")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    mine = by_terms(await desk.get(path))["stkkr"]
    assert [one["rule"] for one in await desk.items("deadlines", subject=mine["id"])] == ["breach.authority"]
    await desk.act(f"{path}/drop", {"agreements": [agreement["id"]], "reason": "Its data were elsewhere"})
    dropped = by_terms(await desk.get(path))["stkkr"]
    assert (dropped["state"], dropped["dropped_why"]) == ("closed", "Its data were elsewhere")
    assert await desk.items("deadlines", subject=mine["id"]) == []
    (mail,) = await desk.world.rows("select data from message where kind = 'breach_closed'")
    assert "Its data were elsewhere" in mail["data"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"discovered_at": "2027-03-27T17:00:00Z", "summary": "x"}, "discovered_at"),
        ({"discovered_at": "2026-03-27T17:00:00Z", "summary": " "}, "summary"),
        ({"discovered_at": "2026-03-27T17:00:00Z", "summary": "x", "people_min": 5, "people_max": 1}, "people_max"),
        ({"discovered_at": "2026-03-27T17:00:00Z", "summary": "x", "agreements": []}, "agreements"),
    ],
)
async def test_bad_breaches_say_what_is_wrong(desk: Desk, body: Any, path: str) -> None:
    await desk.agreement("stkkr")
    await desk.world.go(FRIDAY)
    answer = await desk.refused("breaches", body)
    assert answer["errors"][0]["path"] == path


async def test_a_foreign_breach_is_not_there(desk: Desk) -> None:
    await desk.agreement("stkkr")
    made = await discovered(desk)
    another = await desk.api.made("processors", {**ACME, "name": "Another", "slug": "another"})
    other = await desk.api.key(another["id"], "director")
    for path in (f"breaches/{made['id']}/notify", f"breaches/{made['id']}/close"):
        answer = await desk.refused(path, {"conclusion": "x"} if path.endswith("close") else None, key=other)
        assert answer["status"] == 404


async def test_other_penalties_are_reckoned_from_what_is_on_record(desk: Desk) -> None:
    agreement = await desk.agreement("mms-solutions")
    stranger = await desk.subprocessor("Stranger BV")
    path = f"agreements/{agreement['id']}"
    worked = {"rule": "engagement.penalty", "at": "2026-03-01T10:00:00Z", "subprocessor_id": stranger["id"]}
    await desk.act(f"{path}/record-violation", worked)
    await desk.act(f"{path}/record-violation", {"rule": "secrecy.penalty", "at": "2026-03-02T08:00:00Z"})
    found = await desk.get(f"{path}/penalties")
    assert [(one["penalty"]["rule"], one["penalty"]["amount"]) for one in found["items"]] == [
        ("engagement.penalty", "500.00"),
        ("secrecy.penalty", "5000.00"),
    ]
    before = await desk.get(f"{path}/penalties", at="2026-03-02T07:59:59Z")
    assert [one["penalty"]["rule"] for one in before["items"]] == ["engagement.penalty"]
    assert await desk.items("tasks", kind="violation", role="director")
    unknown = {**worked, "subprocessor_id": agreement["id"]}
    (wrong,) = (await desk.refused(f"{path}/record-violation", unknown))["errors"]
    assert wrong["path"] == "subprocessor_id"
    nameless = {"rule": "engagement.penalty", "at": "2026-03-01T10:00:00Z"}
    assert (await desk.refused(f"{path}/record-violation", nameless))["status"] == 409
