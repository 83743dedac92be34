"""Nobody's word is made of an empty body: what a person enters for somebody else says how it came and who said it."""

from typing import Any

import pytest

from tests.resources.conftest import Desk
from tests.resources.test_matters import raised

MAIL = {"channel": "mail", "by": "Kim"}
PROOF = {"evidence": "mail of 2 March"}


def paths(problem: Any) -> list[str]:
    assert problem["status"] == 400, problem
    return [one["path"] for one in problem["errors"]]


async def told(desk: Desk, terms: str) -> tuple[Any, Any, Any]:
    """An agreement, a subprocessor and the notice of it."""
    made, worker = await desk.agreement(terms), await desk.subprocessor()
    change = await desk.announced(worker["id"])
    (notice,) = await desk.items("notices", change_id=change["id"], agreement_id=made["id"])
    return made, worker, notice


@pytest.mark.parametrize("terms", ["mms-solutions", "contict"])
async def test_an_empty_post_is_no_written_consent(desk: Desk, terms: str) -> None:
    made, worker, notice = await told(desk, terms)
    path = f"notices/{notice['id']}/consent"
    assert paths(await desk.refused(path)) == ["channel", "by", "evidence"]
    assert paths(await desk.refused(path, {})) == ["channel", "by", "evidence"]
    assert paths(await desk.refused(path, {"channel": "mail", "by": " "})) == ["by", "evidence"]
    problem = await desk.refused(path, MAIL)
    assert paths(problem) == ["evidence"]
    assert notice["clause"] in problem["detail"]
    assert paths(await desk.refused(path, {**MAIL, "evidence": " "})) == ["evidence"]
    assert (await desk.get(f"notices/{notice['id']}"))["answers"] == []
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    consented = await desk.act(path, {**MAIL, **PROOF})
    assert (consented["state"], consented["answers"][0]["evidence"]) == ("consented", PROOF["evidence"])
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True


@pytest.mark.parametrize("action", ["object", "acknowledge"])
async def test_an_answer_says_how_it_came_and_whose_it_is(desk: Desk, action: str) -> None:
    _, _, notice = await told(desk, "kmo-solutions")
    path = f"notices/{notice['id']}/{action}"
    assert paths(await desk.refused(path, {"grounds": "no"})) == ["channel", "by"]
    (answer,) = (await desk.act(path, MAIL))["answers"]
    assert (answer["channel"], answer["by"]) == ("mail", "Kim")


async def test_taking_back_refusing_and_ending_say_so_too(desk: Desk) -> None:
    _, _, notice = await told(desk, "kmo-solutions")
    await desk.act(f"notices/{notice['id']}/object", MAIL)
    assert paths(await desk.refused(f"notices/{notice['id']}/take-back", {})) == ["channel", "by"]
    _, _, asked = await told(desk, "mms-solutions")
    assert paths(await desk.refused(f"notices/{asked['id']}/refuse", {})) == ["channel", "by"]
    _, _, significant = await told(desk, "constant-it")
    wanted = await desk.refused(f"notices/{significant['id']}/terminate", {"grounds": "no"})
    assert paths(wanted) == ["channel", "by", "evidence"]


async def test_what_nobody_may_say_is_refused_before_it_is_asked_who_said_it(desk: Desk) -> None:
    _, _, notice = await told(desk, "kmo-solutions")
    no = await desk.refused(f"notices/{notice['id']}/consent", {})
    assert (no["status"], no["guard"], "object" in no["actions"]) == (409, "may_consent", True)
    made = await desk.agreement("stkkr")
    no = await desk.refused(f"agreements/{made['id']}/terminate", {"ground": "amendment"})
    assert (no["status"], no["guard"]) == (409, "ground_given")


async def test_a_customer_that_ends_or_chooses_has_said_so(desk: Desk) -> None:
    made, _, _ = await told(desk, "constant-it")
    path = f"agreements/{made['id']}/terminate"
    assert paths(await desk.refused(path, {})) == ["ground", "channel", "by"]
    asked = {"ground": "amendment", "reason": "too many"}
    assert paths(await desk.refused(path, asked)) == ["channel", "by", "evidence"]
    assert (await desk.get(f"agreements/{made['id']}"))["end_ground"] is None
    other = await desk.agreement("kmo-solutions")
    assert paths(await desk.refused(f"agreements/{other['id']}/choose", {})) == ["data", "channel", "by", "evidence"]
    assert (await desk.get(f"agreements/{other['id']}"))["choice"] is None


async def test_the_processors_own_word_is_its_keys(desk: Desk) -> None:
    made = await desk.agreement("mms-solutions")
    body = {"ground": "breach_of_law", "party": "processor", "broken_by": "controller", "reason": "no ground"}
    assert (await desk.act(f"agreements/{made['id']}/terminate", body))["state"] == "deletion_pending"
    agreement = await desk.agreement("kmo-solutions")
    asked = await raised(desk, agreement, "storage_places")
    assert (asked["raised_by"], asked["channel"]) == ("controller", None)
    done = await desk.act(f"matters/{asked['id']}/answer", {"answer": "done"})
    assert (done["answers"][0]["by"], done["answers"][0]["channel"]) == (None, None)


async def test_a_matter_is_answered_and_taken_back_by_somebody(desk: Desk) -> None:
    agreement = await desk.agreement("mms-solutions")
    made = await raised(desk, agreement, "storage_consent", country="US")
    path = f"matters/{made['id']}"
    assert paths(await desk.refused(f"{path}/answer", {})) == ["answer", "channel", "by", "evidence"]
    assert paths(await desk.refused(f"{path}/answer", {"answer": "consent"})) == ["channel", "by", "evidence"]
    where = {"agreement_id": agreement["id"], "country": "US"}
    assert (await desk.get("places/check", **where))["allowed"] is False
    await desk.act(f"{path}/answer", {"answer": "consent", **MAIL, **PROOF})
    assert (await desk.get("places/check", **where))["allowed"] is True
    assert paths(await desk.refused(f"{path}/take-back", {"reason": "no"})) == ["channel", "by"]
    await desk.act(f"{path}/take-back", {"reason": "too far", **MAIL})
    assert (await desk.get("places/check", **where))["allowed"] is False


async def test_what_nobody_said_of_a_channel_is_unknown(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    asked = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer"}
    made = await desk.api.made("requests", asked)
    assert made["channel"] is None
    assert made["due_at"] is not None, "counted as in writing: the processor's time runs at once"
    assert made["written_at"] is None, "and nobody has said that it is"
    (task,) = await desk.items("tasks", subject=made["id"], kind="request_written", state="open")
    assert "niemand heeft opgegeven hoe dit binnenkwam" in task["text"]
    letter = {"channel": "mail", "by": "Kim", "evidence": "mail 4", "received_at": made["received_at"]}
    written = await desk.act(f"requests/{made['id']}/written", letter)
    assert (written["written_at"], written["due_at"]) == (made["received_at"], made["due_at"])
    assert not await desk.items("tasks", subject=made["id"], kind="request_written", state="open")
    assert len(await desk.items("tasks", subject=made["id"], kind="request_help")) == 1
    assert (await desk.api.made("audits", {"agreement_id": agreement["id"]}))["channel"] is None
    spoken = await desk.api.made("requests", {**asked, "channel": "phone"})
    assert paths(await desk.refused(f"requests/{spoken['id']}/written", {})) == ["channel", "by", "evidence"]
    passed = await desk.api.made("requests", {**asked, "received_from": "data_subject"})
    await desk.act(f"requests/{passed['id']}/forward")
    assert paths(await desk.refused(f"requests/{passed['id']}/assist", {})) == ["channel", "by", "evidence"]
    helped = await desk.act(f"requests/{passed['id']}/assist", {**MAIL, **PROOF})
    assert helped["state"] == "received"


@pytest.mark.parametrize(
    ("action", "lacks"),
    [
        ("deemed-received", ["at", "reason", "evidence"]),
        ("not-received", ["reason"]),
        ("decide", ["decision", "reason"]),
    ],
)
async def test_everything_that_a_deed_lacks_is_told_at_once(desk: Desk, action: str, lacks: list[str]) -> None:
    _, _, notice = await told(desk, "kmo-solutions")
    assert paths(await desk.refused(f"notices/{notice['id']}/{action}", {})) == lacks


async def test_a_reply_without_a_sender_is_nobodys_answer(desk: Desk) -> None:
    _, _, notice = await told(desk, "kmo-solutions")
    came = await desk.act("inbound", {"kind": "reply", "text": "We object.", "external_id": "x-1"}, status=201)
    said = {"as": "objection", "notice_id": notice["id"]}
    assert paths(await desk.refused(f"inbound/{came['id']}/classify", said)) == ["by"]
    await desk.act(f"inbound/{came['id']}/classify", {**said, "by": "Kim"})
    assert (await desk.get(f"notices/{notice['id']}"))["answers"][0]["by"] == "Kim"


async def test_help_that_is_asked_by_telephone_is_not_in_writing(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    asked = {"agreement_id": agreement["id"], "kind": "access", "received_from": "data_subject"}
    made = await desk.api.made("requests", asked)
    await desk.act(f"requests/{made['id']}/forward")
    helped = await desk.act(f"requests/{made['id']}/assist", {"channel": "phone", "by": "Kim"})
    assert (helped["written_at"], helped["due_at"]) == (None, None)
    assert await desk.items("tasks", subject=made["id"], kind="request_written", state="open")
    assert (await desk.refused(f"requests/{made['id']}/fulfil", {}))["guard"] == "is_written"


async def test_nobody_signed_and_nothing_was_found_unless_somebody_says_so(desk: Desk) -> None:
    agreement = await desk.agreement("kmo-solutions")
    audit = await desk.api.made("audits", {"agreement_id": agreement["id"]})
    path = f"audits/{audit['id']}"
    await desk.act(f"{path}/plan", {"on": "2026-04-01"})
    assert paths(await desk.refused(f"{path}/sign-nda", {})) == ["on"]
    assert (await desk.refused(f"{path}/report", {}))["guard"] == "secrecy_signed"
    await desk.act(f"{path}/sign-nda", {"on": "2026-03-01"})
    assert paths(await desk.refused(f"{path}/report", {})) == ["findings"]
    grave = await desk.refused(f"{path}/report", {"findings": [{"text": "No lock"}]})
    assert paths(grave) == ["findings[0].kind"]
    assert "4.2" in grave["detail"] or "4.1" in grave["detail"]
    assert (await desk.get(path))["state"] == "planned"
    reported = await desk.act(f"{path}/report", {"findings": []})
    assert (reported["state"], reported["findings"]) == ("reported", [])


async def test_how_grave_a_finding_is_stays_unknown_where_nothing_turns_on_it(desk: Desk) -> None:
    agreement = await desk.agreement("mms-solutions")
    audit = await desk.api.made("audits", {"agreement_id": agreement["id"]})
    await desk.act(f"audits/{audit['id']}/plan", {"on": "2026-04-01"})
    reported = await desk.act(f"audits/{audit['id']}/report", {"findings": [{"text": "No lock"}]})
    assert (reported["findings"][0]["kind"], reported["cost"]) == (None, None)
