"""Notices and the gate over HTTP: answers, deliveries, decisions, and which kind of no a no is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import FACTS, Desk

BY_MAIL = {"channel": "mail", "by": "Kim"}


async def told(desk: Desk, terms: str = "kmo-solutions", **change: Any) -> tuple[Any, Any, Any]:
    """An agreement, a subprocessor, and the notice of its coming."""
    made = await desk.agreement(terms)
    worker = await desk.subprocessor(**change.pop("worker", {}))
    change = await desk.announced(worker["id"], **change)
    (notice,) = await desk.items("notices", change_id=change["id"])
    return made, worker, notice


async def test_a_notice_shows_what_the_contract_names(desk: Desk) -> None:
    made, _, notice = await told(desk)
    assert notice["agreement_id"] == made["id"]
    assert notice["rule"] == "objection"
    assert notice["state"] == "open"
    assert notice["outcome"] is None
    assert notice["received_at"] == "2026-03-02T09:00:00Z"
    assert notice["received_how"] == "direct"
    assert notice["closes_at"] == "2026-04-01T22:00:00Z"
    assert notice["rights"][0]["closes_at"] == notice["closes_at"]
    assert notice["answers"] == []
    assert notice["attempts"] == []
    assert {"object", "acknowledge", "not-received", "resend"} <= set(notice["actions"])
    assert await desk.get(f"notices/{notice['id']}") == notice
    assert (await desk.api.get(f"notices/{notice['id']}")).headers["etag"] == f'"{notice["version"]}"'


async def test_an_answer_says_by_whom_when_and_how(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.world.go(datetime(2026, 4, 5, tzinfo=UTC))
    answer = {
        "grounds": "a competitor", "channel": "phone", "received_at": "2026-03-30T10:00:00+02:00", "by": "Kim",
        "evidence": "call note 12",
    }  # fmt: skip
    objected = await desk.act(f"notices/{notice['id']}/object", answer)
    assert objected["state"] == "objected"
    (given,) = objected["answers"]
    assert given["answer"] == "object"
    assert given["received_at"] == "2026-03-30T08:00:00Z"
    assert given["recorded_at"] == "2026-04-05T00:00:00Z"
    assert given["recorded_by"].startswith("key:")
    assert given["late"] is False
    assert (given["by"], given["channel"], given["grounds"], given["evidence"]) == (
        "Kim", "phone", "a competitor", "call note 12",
    )  # fmt: skip


async def test_a_late_answer_is_kept_and_changes_nothing(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.world.go(datetime(2026, 4, 5, tzinfo=UTC))
    late = await desk.act(f"notices/{notice['id']}/object", BY_MAIL)
    assert late["state"] == "lapsed"
    assert late["answers"][0]["late"] is True


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"received_at": "2026-12-01T00:00:00Z"}, "received_at"),
        ({"received_at": "2026-03-02T10:00:00"}, "received_at"),
        ({"received_at": "2026-03-02"}, "received_at"),
        ({"channel": "fax"}, "channel"),
        ({"late": False}, "late"),
        ({"recorded_by": "somebody else"}, "recorded_by"),
        ({"state": "lapsed"}, "state"),
    ],
)
async def test_an_answer_is_checked(desk: Desk, body: dict[str, Any], path: str) -> None:
    _, _, notice = await told(desk)
    problem = await desk.refused(f"notices/{notice['id']}/object", {**BY_MAIL, **body})
    assert problem["status"] == 400
    assert path in [one["path"] for one in problem["errors"]]
    assert (await desk.get(f"notices/{notice['id']}"))["answers"] == []


async def test_a_wrong_kind_of_answer_is_refused_with_what_is_allowed(desk: Desk) -> None:
    _, _, notice = await told(desk)
    problem = await desk.refused(f"notices/{notice['id']}/consent", {})
    assert problem["status"] == 409
    assert problem["state"] == "open"
    assert "object" in problem["actions"]


async def test_only_a_director_overrules(desk: Desk) -> None:
    _, _, notice = await told(desk, "stkkr")
    path = f"notices/{notice['id']}"
    await desk.act(f"{path}/object", {**BY_MAIL, "grounds": "a competitor"})
    manager = await desk.api.key(desk.processor, "manager")
    overrule = {"decision": "overrule", "reason": "it is safe", "engage_not_before": "2026-06-01"}
    problem = await desk.refused(f"{path}/decide", overrule, key=manager)
    assert problem["status"] == 403
    without = {"decision": "overrule", "reason": "it is safe"}
    wrong = await desk.refused(f"{path}/decide", without)
    assert (wrong["status"], wrong["errors"][0]["path"]) == (400, "engage_not_before")
    decided = await desk.act(f"{path}/decide", overrule)
    assert decided["state"] == "overruled"
    assert decided["outcome"] == "overruled"


async def test_overruling_is_refused_where_the_text_has_none(desk: Desk) -> None:
    _, _, notice = await told(desk)
    path = f"notices/{notice['id']}"
    await desk.act(f"{path}/object", BY_MAIL)
    overrule = {"decision": "overrule", "reason": "it is safe", "engage_not_before": "2026-06-01"}
    problem = await desk.refused(f"{path}/decide", overrule)
    assert problem["status"] == 409
    assert "7.1" in problem["detail"]
    upheld = await desk.act(f"{path}/decide", {"decision": "uphold", "reason": "they are right"})
    assert upheld["outcome"] == "upheld"


async def test_not_received_takes_the_window_back_and_resend_starts_a_full_one(desk: Desk) -> None:
    _, _, notice = await told(desk)
    path = f"notices/{notice['id']}"
    await desk.world.go(datetime(2026, 3, 12, 9, tzinfo=UTC))
    gone = await desk.act(f"{path}/not-received", {"reason": "another's mailbox"})
    assert gone["state"] == "undeliverable"
    assert gone["closes_at"] is None
    assert [one["kind"] for one in await desk.items("tasks", subject=notice["id"], state="open")] == ["undeliverable"]
    again = await desk.act(f"{path}/resend")
    again = await desk.get(path)
    assert again["state"] == "open"
    # Thirty days from Thursday 12 March is Saturday 11 April; the last day moves to the next working day.
    assert again["closes_at"] == "2026-04-13T22:00:00Z"
    assert (await desk.refused(f"{path}/resend", {"contact_id": desk.processor}))["status"] == 409


async def test_deemed_received_needs_evidence_and_no_window_in_the_past(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    path = f"notices/{notice['id']}"
    assert (await desk.get(path))["state"] == "sent"
    deemed = {"at": "2026-03-02T09:30:00Z", "reason": "they rang", "evidence": "call note"}
    assert (await desk.refused(f"{path}/deemed-received", {"at": deemed["at"], "reason": "x"}))["status"] == 400
    assert (await desk.refused(f"{path}/deemed-received", deemed))["status"] == 409
    await desk.world.go(datetime(2026, 3, 3, tzinfo=UTC))
    early = {**deemed, "at": "2026-03-01T00:00:00Z"}
    assert (await desk.refused(f"{path}/deemed-received", early))["status"] == 409
    opened = await desk.act(f"{path}/deemed-received", deemed)
    assert opened["state"] == "open"
    assert opened["received_how"] == "deemed"


# --- the gate ------------------------------------------------------------------------------------


async def test_the_gate_is_closed_until_the_window_is_over(desk: Desk) -> None:
    made, worker, notice = await told(desk)
    no = await desk.gate(made["id"], worker["id"])
    assert no["allowed"] is False
    assert no["since"] is None
    assert no["reason"] == "window_runs"
    assert "1 April 2026" in no["why"]
    assert "7.1" in no["why"]
    assert no["notice_id"] == notice["id"]
    await desk.world.go(datetime(2026, 4, 1, 21, 59, tzinfo=UTC))
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    await desk.world.go(datetime(2026, 4, 1, 22, tzinfo=UTC))
    yes = await desk.gate(made["id"], worker["id"])
    assert yes["allowed"] is True
    assert yes["since"] == "2026-04-01T22:00:00Z"
    assert "1 April 2026" in yes["why"]
    assert yes["clause"] == "7.1"


async def test_the_gate_knows_the_place(desk: Desk) -> None:
    made, worker, _ = await told(desk)
    await desk.world.go(datetime(2026, 4, 2, tzinfo=UTC))
    assert (await desk.gate(made["id"], worker["id"], country="NL"))["allowed"] is True
    elsewhere = await desk.gate(made["id"], worker["id"], country="US")
    assert elsewhere["allowed"] is False
    assert elsewhere["reason"] == "elsewhere"
    assert "NL" in elsewhere["why"]
    assert "EEA" in elsewhere["why"]
    problem = await desk.refused(
        f"engagements/check?agreement_id={made['id']}&subprocessor_id={worker['id']}&country=USA", method="GET"
    )
    assert problem["errors"][0]["path"] == "country"


@pytest.mark.parametrize(
    ("action", "body", "reason"),
    [
        ("object", BY_MAIL, "objected"),
        ("not-received", {"reason": "wrong address"}, "not_received"),
    ],
)
async def test_a_no_before_engagement(desk: Desk, action: str, body: dict[str, Any], reason: str) -> None:
    made, worker, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/{action}", body)
    await desk.world.go(datetime(2026, 5, 1, tzinfo=UTC))
    verdict = await desk.gate(made["id"], worker["id"])
    assert verdict["allowed"] is False
    assert verdict["reason"] == reason


async def test_an_upheld_objection_stays_a_no(desk: Desk) -> None:
    made, worker, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/object", BY_MAIL)
    await desk.act(f"notices/{notice['id']}/decide", {"decision": "uphold", "reason": "right"})
    verdict = await desk.gate(made["id"], worker["id"])
    assert (verdict["allowed"], verdict["reason"]) == (False, "notice_over")


async def test_an_objection_entered_late_but_in_time_ends_what_began(desk: Desk) -> None:
    made, worker, notice = await told(desk)
    await desk.world.go(datetime(2026, 4, 5, tzinfo=UTC))
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True
    in_time = {"received_at": "2026-03-20T10:00:00Z", "channel": "phone", "by": "Kim"}
    await desk.act(f"notices/{notice['id']}/object", in_time)
    verdict = await desk.gate(made["id"], worker["id"])
    assert (verdict["allowed"], verdict["reason"]) == (False, "objected")
    assert "20 March 2026" in verdict["why"]
    (engaged,) = await desk.items("engagements", subprocessor_id=worker["id"])
    assert engaged["until"] is not None
    assert await desk.items("engagements", subprocessor_id=worker["id"], current="true") == []


async def test_consent_is_waited_for_and_never_lapses(desk: Desk) -> None:
    made, worker, notice = await told(desk, "contict", effective_on="2026-04-15")
    await desk.world.go(datetime(2026, 4, 10, tzinfo=UTC))
    verdict = await desk.gate(made["id"], worker["id"])
    assert (verdict["allowed"], verdict["reason"]) == (False, "no_consent")
    assert "writing" in verdict["why"]
    refused = await desk.act(f"notices/{notice['id']}/refuse", {**BY_MAIL, "grounds": "a competitor"})
    assert refused["outcome"] == "refused"
    assert "refused on Friday 10 April 2026" in (await desk.gate(made["id"], worker["id"]))["why"]
    await desk.act(f"notices/{notice['id']}/consent", {**BY_MAIL, "evidence": "mail of 3 March"})
    later = await desk.gate(made["id"], worker["id"])
    assert (later["allowed"], later["reason"]) == (False, "begins_later")
    assert "15 April 2026" in later["why"]
    await desk.world.go(datetime(2026, 4, 15, tzinfo=UTC))
    yes = await desk.gate(made["id"], worker["id"])
    assert yes["allowed"] is True
    assert "consented" in yes["why"]


async def test_spoken_consent_is_none(desk: Desk) -> None:
    made, worker, notice = await told(desk, "contict")
    await desk.act(f"notices/{notice['id']}/consent", {"by": "Kim", "channel": "phone"})
    await desk.world.go(datetime(2026, 6, 1, tzinfo=UTC))
    assert (await desk.gate(made["id"], worker["id"]))["reason"] == "no_consent"


async def test_own_time_runs_where_the_agreement_gives_none(desk: Desk) -> None:
    made, worker, notice = await told(desk, "stkkr")
    assert notice["closes_at"] is None
    verdict = await desk.gate(made["id"], worker["id"])
    assert (verdict["allowed"], verdict["reason"]) == (False, "own_time_runs")
    assert "until the end of Wednesday 1 April 2026" in verdict["why"]
    await desk.world.go(datetime(2026, 4, 2, tzinfo=UTC))
    yes = await desk.gate(made["id"], worker["id"])
    assert yes["allowed"] is True
    assert "own time ran until the end of Wednesday 1 April 2026" in yes["why"]
    # P7: an objection after that goes to whoever decides and ends nothing by itself.
    await desk.act(f"notices/{notice['id']}/object", {**BY_MAIL, "grounds": "a competitor"})
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True


async def test_an_unbound_subprocessor_is_a_no(desk: Desk) -> None:
    made, worker, _ = await told(desk, worker={"bound_on": None})
    await desk.world.go(datetime(2026, 4, 2, tzinfo=UTC))
    verdict = await desk.gate(made["id"], worker["id"])
    assert (verdict["allowed"], verdict["reason"], verdict["clause"]) == (False, "not_bound", "7.2")
    path = f"subprocessors/{worker['id']}"
    await desk.api.call("PATCH", path, json={"bound_on": "2026-05-01"})
    assert "1 May 2026" in (await desk.gate(made["id"], worker["id"]))["why"]
    await desk.api.call("PATCH", path, json={"bound_on": "2026-04-02"})
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True


async def test_the_agreements_own_list_is_a_yes_and_an_unlisted_one_a_no(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    yes = await desk.gate(made["id"], made["subprocessors"][0])
    assert yes["allowed"] is True
    assert yes["clause"] == "bijlage A 6"
    assert "bound" in yes["why"]
    stranger = await desk.subprocessor("Stranger")
    no = await desk.gate(made["id"], stranger["id"])
    assert (no["allowed"], no["reason"]) == (False, "not_told")
    abroad = await desk.gate(made["id"], stranger["id"], country="US")
    assert "outside EEA" in abroad["why"]


async def test_only_an_agreement_in_force_lets_anybody_work(desk: Desk) -> None:
    draft = await desk.agreement("kmo-solutions", active=False)
    worker = draft["subprocessors"][0]
    assert (await desk.gate(draft["id"], worker))["reason"] == "not_in_force"
    await desk.act(f"agreements/{draft['id']}/send")
    assert (await desk.gate(draft["id"], worker))["allowed"] is True
    await desk.act(f"agreements/{draft['id']}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 3, 31, 21, 59, tzinfo=UTC))
    assert (await desk.gate(draft["id"], worker))["allowed"] is True
    await desk.world.go(datetime(2026, 3, 31, 22, tzinfo=UTC))
    ended = await desk.gate(draft["id"], worker)
    assert (ended["allowed"], ended["reason"]) == (False, "not_in_force")
    assert "31 March 2026" in ended["why"]


async def test_the_end_counts_before_its_timer_was_fired(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    await desk.act(f"agreements/{made['id']}/end-main-contract", {"on": "2026-03-31"})
    async with desk.world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = '2026-03-31T22:00:00Z'")
    assert (await desk.get(f"agreements/{made['id']}"))["state"] == "active"
    assert (await desk.gate(made["id"], made["subprocessors"][0]))["allowed"] is False


async def test_a_withdrawn_change_is_a_no_before_its_notices_follow(desk: Desk) -> None:
    made = await desk.agreement("stkkr")
    contict = await desk.agreement("contict")
    worker = await desk.subprocessor()
    change = await desk.announced(worker["id"])
    (notice,) = await desk.items("notices", agreement_id=contict["id"])
    await desk.act(f"notices/{notice['id']}/consent", {**BY_MAIL, "evidence": "mail of 3 March"})
    assert (await desk.gate(contict["id"], worker["id"]))["allowed"] is True
    answer = await desk.api.post(f"changes/{change['id']}/withdraw", {"reason": "too dear"})
    assert answer.status_code == 200, answer.text
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "consented"
    verdict = await desk.gate(contict["id"], worker["id"])
    assert (verdict["allowed"], verdict["reason"]) == (False, "taken_back")
    await desk.world.drain()
    verdict = await desk.gate(contict["id"], worker["id"])
    assert (verdict["allowed"], verdict["reason"]) == (False, "taken_back")
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False


async def test_a_removed_subprocessor_has_ended(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    worker = made["subprocessors"][0]
    await desk.announced(worker, "remove")
    verdict = await desk.gate(made["id"], worker)
    assert (verdict["allowed"], verdict["reason"]) == (False, "ended")
    assert "removed" in verdict["why"]


async def test_the_gate_asks_for_both_and_finds_no_foreign_one(desk: Desk, other: str) -> None:
    own = {"Termijn-Processor": desk.processor}
    customer = await desk.api.made(
        "customers", {"name": "C", "country": "NL", "language": "nl", "contacts": []}, headers=own
    )
    made = await desk.api.made(
        "agreements",
        {
            "customer_id": customer["id"],
            "terms": "kmo-solutions",
            "main_contract": {"reference": "M-1", "starts_on": "2026-01-01"},
            "facts": FACTS["kmo-solutions"],
        },
        headers=own,
    )
    ask = f"engagements/check?agreement_id={made['id']}"
    assert (await desk.api.get(ask, headers=own)).status_code == 400
    whole = f"{ask}&subprocessor_id={made['subprocessors'][0]}"
    assert (await desk.api.get(whole, headers=own)).status_code == 200
    assert (await desk.api.get(whole, key=other)).status_code == 404
    nobody = f"{ask}&subprocessor_id={desk.processor}"
    assert (await desk.api.get(nobody, headers=own)).status_code == 404
    for path in (f"agreements/{made['id']}", f"agreements/{made['id']}/timeline"):
        assert (await desk.api.get(path, key=other)).status_code == 404
    assert (await desk.api.post(f"agreements/{made['id']}/send", key=other)).status_code == 404
