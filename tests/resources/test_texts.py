"""New versions of terms: told and adopted, left over, consented to, agreed on; and which one binds on a day."""

from copy import deepcopy
from typing import Any

import pytest

from tests.resources.conftest import Desk
from tests.world import local


async def new_version(desk: Desk, terms: str, version: str, **rules: Any) -> None:
    """A further version of a library's terms, other only in the periods of some rules."""
    document = deepcopy((await desk.get(f"terms/{terms}"))["document"])
    document["version"] = version
    for name, period in rules.items():
        document["rules"][name.replace("__", ".")]["period"] = period
    await desk.api.made("terms", document)


async def told(desk: Desk, terms: str, version: str, **more: Any) -> Any:
    made = await desk.api.made("changes", {"kind": "terms", "terms": terms, "to_version": version, **more})
    await desk.act(f"changes/{made['id']}/notify")
    return await desk.get(f"changes/{made['id']}")


async def version_on(desk: Desk, agreement: Any, on: str | None = None) -> tuple[str, str]:
    found = await desk.get(f"agreements/{agreement['id']}/terms", **({"on": on} if on else {}))
    assert found["document"]["version"] == found["version"]
    return found["version"], found["how"]


async def notice_of(desk: Desk, change: Any, agreement: Any) -> Any:
    (one,) = await desk.items("notices", change_id=change["id"], agreement_id=agreement["id"])
    return one


def erased_by(agreement: Any) -> set[str]:
    return {one["due_at"] for one in agreement["deadlines"] if one["rule"] == "end.erasure"}


async def test_one_ends_over_a_new_statement_and_another_goes_on_under_it(desk: Desk) -> None:
    leaves = await desk.agreement("constant-it")
    stays = await desk.agreement("constant-it", customer_id=(await desk.customer("Stays"))["id"])
    await new_version(desk, "constant-it", "2026-01", end__erasure="P2M", breach__notice="PT72H")
    change = await desk.api.made("changes", {"kind": "terms", "terms": "constant-it", "to_version": "2026-01"})
    preview = await desk.get(f"changes/{change['id']}/preview")
    (beside,) = preview["differences"]
    assert (beside["from_version"], beside["to_version"], beside["agreements"]) == ("2025-01", "2026-01", 2)
    assert set(beside["significant"]) == {"retention", "breach"}
    (erasure,) = [one for one in beside["differences"] if one["en"]["label"] == "Erasure after the end"]
    assert "within 3 months" in erasure["en"]["was"]
    assert "within 2 months" in erasure["en"]["becomes"]
    assert "binnen 2 maanden" in erasure["nl"]["becomes"]
    await desk.act(f"changes/{change['id']}/notify")
    assert (await desk.get(f"changes/{change['id']}"))["differences"] == [beside]
    first, second = await notice_of(desk, change, leaves), await notice_of(desk, change, stays)
    assert [one["rule"] for one in second["rights"]] == ["amendment.termination"]
    # 30 days from receipt on 2 March: through Wednesday 1 April, local time (I-03, I-06).
    assert second["closes_at"] == "2026-04-01T22:00:00Z"
    await desk.world.go(local("2026-03-20T10:00:00+01:00"))
    no = await desk.refused(f"notices/{first['id']}/terminate", {"channel": "mail", "by": "Kim"})
    assert "II 2.2" in no["detail"]
    said = {"channel": "mail", "by": "Kim", "evidence": "mail of 20 March", "grounds": "Two months are too short."}
    await desk.act(f"notices/{first['id']}/terminate", said)
    await desk.world.go(local("2026-04-02T12:00:00+02:00"))
    gone = await desk.get(f"agreements/{leaves['id']}")
    assert (gone["state"], gone["terms_version"]) == ("deletion_pending", "2025-01")
    assert gone["end_ground"] == "amendment"
    assert gone["main_contract"]["ends_on"] is None
    (task,) = await desk.items("tasks", subject=leaves["id"], kind="main_contract")
    assert "Alleen de verwerkersovereenkomst eindigt" in task["text"]
    # It left under the old text, so its three months run and not the new two.
    assert erased_by(gone) == {"2026-06-20T22:00:00Z"}
    kept = await desk.get(f"agreements/{stays['id']}")
    assert (kept["state"], kept["terms_version"]) == ("active", "2026-01")
    assert [(one["version"], one["since"]) for one in kept["terms_history"]] == [
        ("2025-01", "2025-12-31T23:00:00Z"), ("2026-01", "2026-04-01T22:00:00Z"),
    ]  # fmt: skip
    assert await version_on(desk, stays, "2026-04-01") == ("2025-01", "signature")
    assert await version_on(desk, stays, "2026-04-02") == ("2026-01", "notice")
    assert await version_on(desk, stays) == ("2026-01", "notice")
    before = await desk.get(f"agreements/{stays['id']}/terms", on="2026-02-01")
    assert (before["since"], before["until"]) == ("2025-12-31T23:00:00Z", "2026-04-01T22:00:00Z")
    assert before["document"]["rules"]["end.erasure"]["period"] == "P3M"
    early = await desk.api.get(f"agreements/{stays['id']}/terms", params={"on": "2025-06-01"})
    assert early.status_code == 404
    bad = await desk.refused(f"agreements/{stays['id']}/terms?on=yesterday", method="GET")
    assert bad["errors"][0]["path"] == "on"
    # What opens from here on goes by the new text.
    await desk.act(f"agreements/{stays['id']}/end-main-contract", {"on": "2026-04-30"})
    await desk.world.go(local("2026-05-02T12:00:00+02:00"))
    ended = await desk.get(f"agreements/{stays['id']}")
    assert erased_by(ended) == {"2026-06-30T22:00:00Z"}


@pytest.mark.parametrize(
    ("significant", "rule"), [(None, "termination_right"), (True, "termination_right"), (False, "information")]
)
async def test_off_the_list_a_person_says_whether_it_weighs(desk: Desk, significant: bool | None, rule: str) -> None:
    agreement = await desk.agreement("constant-it")
    await new_version(desk, "constant-it", "2026-01", request__assist="P8WD")
    change = await told(desk, "constant-it", "2026-01", significant=significant)
    preview = await desk.get(f"changes/{change['id']}/preview")
    assert any("say with `significant`" in one for one in preview["warnings"]) == (significant is None)
    assert (await notice_of(desk, change, agreement))["rule"] == rule
    # Told and nothing more, it binds at once; with a right to end, once that has passed.
    now = "2026-01" if rule == "information" else "2025-01"
    assert await version_on(desk, agreement) == (now, "notice" if rule == "information" else "signature")


async def test_what_is_on_the_list_weighs_whatever_is_said(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    await new_version(desk, "constant-it", "2026-01", end__erasure="P2M")
    change = await told(desk, "constant-it", "2026-01", significant=False)
    assert (await notice_of(desk, change, agreement))["rule"] == "termination_right"
    wrong = await desk.refused("changes", {"kind": "remove", "subprocessor_id": agreement["id"], "significant": True})
    assert wrong["errors"][0]["path"] == "significant"


async def test_a_joint_change_binds_with_a_written_consent(desk: Desk) -> None:
    agreement = await desk.agreement("contict")
    await new_version(desk, "contict", "2", request__assist="P10D")
    change = await told(desk, "contict", "2", effective_on="2026-04-01")
    notice = await notice_of(desk, change, agreement)
    assert (notice["rule"], notice["rights"][0]["rule"]) == ("consent", "amendment.consent")
    await desk.act(f"notices/{notice['id']}/consent", {"channel": "phone", "by": "Kim"})
    await desk.act(f"notices/{notice['id']}/consent", {"channel": "letter", "by": "Kim", "evidence": "scan 12"})
    await desk.world.go(local("2026-03-31T12:00:00+02:00"))
    assert await version_on(desk, agreement) == ("1", "signature")
    await desk.world.go(local("2026-04-01T12:00:00+02:00"))
    assert await version_on(desk, agreement) == ("2", "consent")
    assert await version_on(desk, agreement, "2026-03-31") == ("1", "signature")
    # A request that comes in now has the new ten days.
    body = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer",
            "received_at": "2026-04-01T08:00:00Z", "reference": "R"}  # fmt: skip
    request = await desk.api.made("requests", body)
    assert request["due_at"] == "2026-04-11T22:00:00Z"


async def test_a_text_that_no_notice_makes_binding_waits_for_both(desk: Desk) -> None:
    agreement = await desk.agreement("kmo-solutions")
    await new_version(desk, "kmo-solutions", "2", end__choice="P3W")
    change = await told(desk, "kmo-solutions", "2")
    notice = await notice_of(desk, change, agreement)
    assert (notice["rule"], notice["engages_at"]) == ("information", None)
    (task,) = await desk.items("tasks", subject=notice["id"], kind="amendment_agree", state="open")
    assert "4.5" in task["text"]
    await desk.world.go(local("2026-06-01T12:00:00+02:00"))
    assert await version_on(desk, agreement) == ("1", "signature")
    path, body = f"agreements/{agreement['id']}/amend", {
        "to_version": "2", "agreed_on": "2026-05-20", "by": "Kim de Vries", "channel": "letter",
        "evidence": "letter of 20 May 2026, signed",
    }  # fmt: skip
    spoken = await desk.refused(path, {**body, "channel": "phone"})
    assert (spoken["status"], "4.5" in spoken["detail"]) == (409, True)
    assert (await desk.refused(path, {**body, "evidence": " "}))["errors"][0]["path"] == "evidence"
    assert (await desk.refused(path, {**body, "to_version": "9"}))["errors"][0]["path"] == "to_version"
    assert (await desk.refused(path, {**body, "agreed_on": "2026-06-02"}))["status"] == 409
    done = await desk.act(path, body)
    assert done["terms_version"] == "2"
    assert done["terms_history"][-1]["evidence"] == "letter of 20 May 2026, signed"
    assert done["terms_history"][-1]["notice_id"] == notice["id"]
    assert await version_on(desk, agreement, "2026-05-19") == ("1", "signature")
    assert await version_on(desk, agreement, "2026-05-20") == ("2", "agreed")
    assert not await desk.items("tasks", subject=notice["id"], kind="amendment_agree", state="open")
    assert (await notice_of(desk, change, agreement))["outcome"] == "agreed"
    assert (await desk.refused(path, body))["status"] == 409


@pytest.mark.parametrize("refused", [False, True])
async def test_what_both_agree_on_settles_the_notice_that_asked_for_consent(desk: Desk, refused: bool) -> None:
    """Contict: the change needs a written yes, and an amendment that both signed is one, whatever was said before."""
    agreement = await desk.agreement("contict")
    await new_version(desk, "contict", "2", request__assist="P10D")
    change = await told(desk, "contict", "2")
    notice = await notice_of(desk, change, agreement)
    if refused:
        await desk.act(f"notices/{notice['id']}/refuse", {"channel": "mail", "by": "Kim", "grounds": "Not yet"})
        assert await desk.items("tasks", subject=notice["id"], kind="refused", state="open")
    await desk.world.days(8)
    body = {"to_version": "2", "agreed_on": "2026-03-09", "by": "Kim", "channel": "letter", "evidence": "signed"}
    assert (await desk.act(f"agreements/{agreement['id']}/amend", body))["terms_version"] == "2"
    settled = await notice_of(desk, change, agreement)
    assert (settled["state"], settled["outcome"]) == ("consented", "consented")
    assert settled["engaged_at"] == "2026-03-08T23:00:00Z"
    assert await desk.items("tasks", subject=notice["id"], state="open") == []
    assert await desk.items("deadlines", subject=notice["id"]) == []
    assert (await desk.get(f"changes/{change['id']}"))["state"] == "active"


async def test_a_text_agreed_ahead_binds_on_its_day(desk: Desk) -> None:
    agreement = await desk.agreement("mms-solutions")
    await new_version(desk, "mms-solutions", "2", breach__notice="PT36H")
    body = {"to_version": "2", "agreed_on": "2026-03-02", "by": "Kim", "channel": "letter", "evidence": "signed"}
    body |= {"effective_on": "2026-07-01"}
    agreed = await desk.act(f"agreements/{agreement['id']}/amend", body)
    assert (agreed["terms_version"], agreed["adopting"]["waits_for"]) == ("1", "day")
    await desk.world.go(local("2026-07-01T09:00:00+02:00"))
    assert await version_on(desk, agreement) == ("2", "agreed")
    assert await version_on(desk, agreement, "2026-06-30") == ("1", "signature")


async def test_what_a_new_text_leaves_blank_is_asked_for_first(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    document = deepcopy((await desk.get("terms/constant-it"))["document"])
    document["version"] = "2026-01"
    field = {"name": "logs.retention", "kind": "duration", "clause": "I 11", "text": "how long logs are kept"}
    document["fields"] = [field]
    await desk.api.made("terms", document)
    change = await told(desk, "constant-it", "2026-01", significant=False)
    assert (await notice_of(desk, change, agreement))["engaged_at"]
    held = await desk.get(f"agreements/{agreement['id']}")
    assert (held["terms_version"], held["adopting"]["waits_for"]) == ("2025-01", "facts")
    (task,) = await desk.items("tasks", subject=agreement["id"], kind="facts_missing", state="open")
    assert "logs.retention" in task["text"]
    assert "give-facts" in held["actions"]
    path = f"agreements/{agreement['id']}/give-facts"
    assert (await desk.refused(path, {"facts": {"logs.retention": "long"}}))["errors"][0]["path"]
    assert (await desk.refused(path, {"facts": {"other.thing": "P1D"}}))["status"] == 400
    await desk.world.go(local("2026-03-10T10:00:00+01:00"))
    given = await desk.act(path, {"facts": {"logs.retention": "P30D"}})
    assert (given["terms_version"], given["adopting"]) == ("2026-01", None)
    assert given["terms_history"][-1]["since"] == "2026-03-10T09:00:00Z"
    assert "give-facts" not in given["actions"]
    assert not await desk.items("tasks", subject=agreement["id"], kind="facts_missing", state="open")


FIELDS = [
    {"name": "logs.retention", "kind": "duration", "clause": "I 11", "text": "how long logs are kept"},
    {"name": "mail.retention", "kind": "duration", "clause": "I 12", "text": "how long mail is kept"},
]


async def with_blanks(desk: Desk, terms: str, version: str, fields: list[Any] = FIELDS, **rules: Any) -> None:
    """A further version that leaves these fields blank."""
    document = deepcopy((await desk.get(f"terms/{terms}"))["document"])
    document |= {"version": version, "fields": fields}
    for name, period in rules.items():
        document["rules"][name.replace("__", ".")]["period"] = period
    await desk.api.made("terms", document)


async def waits_for_facts(desk: Desk, agreement: Any) -> list[str]:
    """The words of the open task that asks for what a version leaves blank."""
    tasks = await desk.items("tasks", subject=agreement["id"], kind="facts_missing", state="open")
    return [one["text"] for one in tasks]


async def test_what_is_still_blank_is_asked_for_again(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    await with_blanks(desk, "constant-it", "2026-01")
    await told(desk, "constant-it", "2026-01", significant=False)
    (both,) = await waits_for_facts(desk, agreement)
    assert ("logs.retention" in both, "mail.retention" in both) == (True, True)
    path = f"agreements/{agreement['id']}/give-facts"
    half = await desk.act(path, {"facts": {"logs.retention": "P30D"}})
    assert (half["terms_version"], half["adopting"]["waits_for"]) == ("2025-01", "facts")
    (left,) = await waits_for_facts(desk, agreement)
    assert ("logs.retention" in left, "mail.retention" in left) == (False, True)
    await desk.world.go(local("2026-03-10T10:00:00+01:00"))
    whole = await desk.act(path, {"facts": {"mail.retention": "P7D"}})
    assert (whole["terms_version"], whole["terms_history"][-1]["since"]) == ("2026-01", "2026-03-10T09:00:00Z")
    assert whole["facts"] == {"logs.retention": "P30D", "mail.retention": "P7D"}
    assert await waits_for_facts(desk, agreement) == []


async def test_a_text_that_waits_for_facts_falls_with_its_change(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    # One that enters into force later keeps the change's windows open, so that it can still be withdrawn.
    customer = await desk.customer("Late")
    await with_blanks(desk, "constant-it", "2026-01", end__erasure="P2M")
    change = await told(desk, "constant-it", "2026-01")
    await desk.world.go(local("2026-03-20T10:00:00+01:00"))
    await desk.agreement("constant-it", customer_id=customer["id"], terms_version="2025-01")
    await desk.world.go(local("2026-04-03T10:00:00+02:00"))
    held = await desk.get(f"agreements/{agreement['id']}")
    assert (held["terms_version"], held["adopting"]["text"]["version"]) == ("2025-01", "2026-01")
    assert len(await waits_for_facts(desk, agreement)) == 1
    await desk.act(f"changes/{change['id']}/withdraw", {"reason": "A mistake"})
    after = await desk.get(f"agreements/{agreement['id']}")
    assert (after["adopting"], [one["version"] for one in after["terms_history"]]) == (None, ["2025-01"])
    assert "give-facts" not in after["actions"]
    assert await waits_for_facts(desk, agreement) == []
    events = await desk.items("events", subject=agreement["id"], type="agreement.text_given_up")
    assert len(events) == 1


async def test_a_text_left_for_an_end_that_is_taken_back_may_still_leave_blanks(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    await with_blanks(desk, "constant-it", "2026-01", end__erasure="P2M")
    change = await told(desk, "constant-it", "2026-01")
    notice = await notice_of(desk, change, agreement)
    body = {"ground": "amendment", "reason": "Too short", "channel": "letter", "effective_on": "2026-05-31",
            "notice_id": notice["id"], "by": "Kim", "evidence": "scan 5"}  # fmt: skip
    await desk.act(f"agreements/{agreement['id']}/terminate", body)
    await desk.world.go(local("2026-04-15T10:00:00+02:00"))
    assert await waits_for_facts(desk, agreement) == [], "whoever leaves is asked for nothing"
    await desk.act(f"agreements/{agreement['id']}/cancel-end", {"reason": "We talked"})
    back = await desk.get(f"agreements/{agreement['id']}")
    assert (back["terms_version"], back["adopting"]["waits_for"]) == ("2025-01", "facts")
    assert len(await waits_for_facts(desk, agreement)) == 1
    facts = {"facts": {"logs.retention": "P30D", "mail.retention": "P7D"}}
    given = await desk.act(f"agreements/{agreement['id']}/give-facts", facts)
    assert given["terms_version"] == "2026-01"


async def test_a_text_whose_window_closes_as_the_agreement_ends_waits_for_an_end_taken_back(desk: Desk) -> None:
    """The window and the main contract end at the same midnight: the text that it was under stands for its data."""
    agreement = await desk.agreement("constant-it")
    await new_version(desk, "constant-it", "2026-01", end__erasure="P2M")
    change = await told(desk, "constant-it", "2026-01")
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-04-01"})
    assert (await notice_of(desk, change, agreement))["closes_at"] == "2026-04-01T22:00:00Z"
    await desk.world.go(local("2026-04-02T10:00:00+02:00"))
    ended = await desk.get(path)
    assert (ended["state"], ended["terms_version"]) == ("deletion_pending", "2025-01")
    assert ended["adopting"]["waits_for"] == "end"
    assert erased_by(ended) == {"2026-07-01T22:00:00Z"}
    await desk.act(f"{path}/cancel-end", {"reason": "We talked"})
    assert await version_on(desk, agreement) == ("2026-01", "notice")


async def test_a_withdrawn_text_binds_no_more(desk: Desk) -> None:
    early = await desk.agreement("constant-it")
    await new_version(desk, "constant-it", "2026-01", end__erasure="P2M")
    change = await told(desk, "constant-it", "2026-01")
    # One that enters into force later has its own window, so the change is not active yet when the first adopts.
    await desk.world.go(local("2026-03-20T10:00:00+01:00"))
    customer = await desk.customer("Late")
    late = await desk.agreement("constant-it", customer_id=customer["id"], terms_version="2025-01")
    await desk.world.go(local("2026-04-03T10:00:00+02:00"))
    assert await version_on(desk, early) == ("2026-01", "notice")
    await desk.act(f"changes/{change['id']}/withdraw", {"reason": "A mistake"})
    assert await version_on(desk, early) == ("2025-01", "taken_back")
    assert await version_on(desk, early, "2026-04-02") == ("2026-01", "notice")
    assert await version_on(desk, late) == ("2025-01", "signature")
    events = await desk.items("events", subject=early["id"], limit=200)
    assert "agreement.text_taken_back" in [one["type"] for one in events]
    await desk.world.go(local("2026-06-01T10:00:00+02:00"))
    assert await version_on(desk, late) == ("2025-01", "signature")


async def test_an_end_in_time_that_is_entered_late_leaves_the_old_text(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    await new_version(desk, "constant-it", "2026-01", end__erasure="P2M")
    change = await told(desk, "constant-it", "2026-01")
    await desk.world.go(local("2026-04-03T10:00:00+02:00"))
    assert await version_on(desk, agreement) == ("2026-01", "notice")
    notice = await notice_of(desk, change, agreement)
    said = {"channel": "letter", "by": "Kim", "evidence": "scan 3", "grounds": "Too short"}
    said["received_at"] = "2026-03-30T10:00:00+02:00"
    await desk.act(f"notices/{notice['id']}/terminate", said)
    ended = await desk.get(f"agreements/{agreement['id']}")
    assert (ended["terms_version"], ended["terms_history"][-1]["how"]) == ("2025-01", "taken_back")
    assert erased_by(ended) == {"2026-06-30T22:00:00Z"}


async def test_a_customer_that_leaves_later_keeps_the_text_it_left(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    await new_version(desk, "constant-it", "2026-01", end__erasure="P2M")
    change = await told(desk, "constant-it", "2026-01")
    notice = await notice_of(desk, change, agreement)
    body = {"ground": "amendment", "reason": "Too short", "channel": "letter", "effective_on": "2026-05-31",
            "notice_id": notice["id"], "by": "Kim", "evidence": "scan 5"}  # fmt: skip
    await desk.act(f"agreements/{agreement['id']}/terminate", body)
    await desk.world.go(local("2026-04-15T10:00:00+02:00"))
    held = await desk.get(f"agreements/{agreement['id']}")
    assert (held["terms_version"], held["adopting"]["waits_for"]) == ("2025-01", "end")
    back = await desk.act(f"agreements/{agreement['id']}/cancel-end", {"reason": "We talked"})
    assert (await desk.get(f"agreements/{agreement['id']}"))["terms_version"] == "2026-01", back


async def test_what_both_agreed_on_since_stands_against_a_notice(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    await new_version(desk, "constant-it", "2026-01", end__erasure="P2M")
    await new_version(desk, "constant-it", "2026-01-special", end__erasure="P4M")
    await told(desk, "constant-it", "2026-01")
    await desk.world.go(local("2026-03-10T10:00:00+01:00"))
    body = {
        "to_version": "2026-01-special",
        "agreed_on": "2026-03-10",
        "by": "Kim",
        "channel": "letter",
        "evidence": "signed",
    }
    await desk.act(f"agreements/{agreement['id']}/amend", body)
    await desk.world.go(local("2026-04-03T10:00:00+02:00"))
    assert await version_on(desk, agreement) == ("2026-01-special", "agreed")
    assert await desk.items("tasks", subject=agreement["id"], kind="text_passed_over", state="open")
