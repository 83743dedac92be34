"""Agreements of the library that say how long before something is told, each from its making to its end, over HTTP."""

from typing import Any

from tests.resources.conftest import Desk, acme, api, desk, settings
from tests.test_library_lives import deadlines, gone, tasks
from tests.world import local
from workflows.terms.load import library, to_document

__all__ = ["acme", "api", "desk", "settings"]

WORD = {"channel": "mail", "by": "Kim", "evidence": "mail of that day"}


async def signed(desk: Desk, terms: str, **more: Any) -> Any:
    agreement = await desk.agreement(terms, **more)
    for party in ("controller", "processor"):
        await desk.act(f"agreements/{agreement['id']}/sign", {"party": party})
    return await desk.get(f"agreements/{agreement['id']}")


async def told(desk: Desk, agreement: Any, **more: Any) -> tuple[Any, Any]:
    """A new subprocessor of which everybody was told, and the notice of it."""
    host = await desk.subprocessor(**{"name": "New Host", **more.pop("host", {})})
    change = await desk.announced(host["id"], **more)
    (notice,) = await desk.items("notices", agreement_id=agreement["id"], change_id=change["id"])
    return host, notice


async def ended(desk: Desk, agreement: Any, on: str, zone: str) -> Any:
    await desk.act(f"agreements/{agreement['id']}/end-main-contract", {"on": on})
    month = int(on[5:7]) + 1
    await desk.world.go(local(f"2026-{month:02}-01T00:00:00{zone}"))
    return await desk.get(f"agreements/{agreement['id']}")


async def test_fourteen_days_ahead_and_seven_to_object(desk: Desk) -> None:
    agreement = await signed(desk, "posthog-dpa", services=["analytics", "replay"])
    await desk.world.go(local("2026-06-03T15:00:00+01:00"))
    host, notice = await told(desk, agreement, services=["replay"])
    assert (notice["closes_at"], notice["proceeds_at"]) == ("2026-06-10T23:00:00Z", "2026-06-17T23:00:00Z")
    objected = await desk.act(f"notices/{notice['id']}/object", {**WORD, "grounds": "no recordings there"})
    # Thirty days to find a solution, from Wednesday 3 June: through Friday 3 July. Nobody goes on before.
    assert objected["alternative_until"] == "2026-07-03T23:00:00Z"
    body = {"decision": "overrule", "reason": "no other way", "engage_not_before": "2026-08-01"}
    assert (await desk.refused(f"notices/{notice['id']}/decide", body))["guard"] == "no_solution_sought"
    assert (await desk.refused(f"notices/{notice['id']}/terminate", WORD))["status"] == 409
    await desk.world.go(local("2026-07-04T00:00:00+01:00"))
    (open_one,) = await desk.items("notices", agreement_id=agreement["id"])
    assert [one["rule"] for one in open_one["rights"]] == ["subprocessor.objection", "objection.termination"]
    told_of = await desk.world.rows("select data ->> 'decision' as what from message where kind = 'decision'")
    assert [one["what"] for one in told_of] == ["no_solution"]
    # The affected service alone, from a day that the company names.
    await desk.act(f"notices/{notice['id']}/terminate", {**WORD, "effective_on": "2026-07-31"})
    await desk.world.go(local("2026-08-01T00:00:00+01:00"))
    shown = await desk.get(f"agreements/{agreement['id']}")
    assert (shown["state"], shown["services"]) == ("active", ["analytics"])
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
    # Nothing was asked: erased within ten business days of the cessation.
    shown = await ended(desk, agreement, "2026-11-30", "+00:00")
    assert (await deadlines(desk, agreement))["end.erasure"] == "2026-12-14"
    assert (await gone(desk, agreement))["state"] == "deleted"


async def test_ten_business_days_and_a_refund(desk: Desk) -> None:
    agreement = await desk.agreement("signals-dpa", services=["chat", "mail"])
    await desk.world.go(local("2026-06-26T10:00:00-05:00"))
    _, notice = await told(desk, agreement, services=["chat"])
    # Friday 3 July is Independence Day as it is observed: through Monday 13 July.
    assert notice["closes_at"] == "2026-07-14T05:00:00Z"
    await desk.act(f"notices/{notice['id']}/object", WORD)
    await desk.world.go(local("2026-07-27T00:00:00-05:00"))
    await desk.act(f"notices/{notice['id']}/terminate", WORD)
    assert {"refund", "service_end"} <= await tasks(desk, agreement)
    await desk.world.days(1)
    shown = await desk.get(f"agreements/{agreement['id']}")
    assert (shown["state"], shown["services"]) == ("active", ["mail"])
    await ended(desk, agreement, "2026-09-30", "-05:00")
    (back,) = [one for one in (await desk.get(f"agreements/{agreement['id']}"))["plan"] if one["kind"] == "return"]
    await desk.act(f"agreements/{agreement['id']}/confirm", {"task_id": back["id"], "evidence": "signed for"})
    assert (await gone(desk, agreement))["state"] == "deleted"


async def test_a_page_that_is_updated_and_a_right_to_end(desk: Desk) -> None:
    agreement = await desk.agreement("github-dpa", services=["actions", "pages"])
    await desk.world.go(local("2026-05-05T10:00:00-07:00"))
    host, notice = await told(desk, agreement, services=["actions"])
    assert (notice["rule"], notice["engages_at"]) == ("termination_right", None)
    assert (await desk.refused(f"notices/{notice['id']}/object", WORD))["status"] == 409
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
    body = {"url": "https://github.example/subprocessors", "content": "New Host, actions"}
    await desk.act(f"changes/{notice['change_id']}/publish", body)
    (open_one,) = await desk.items("notices", agreement_id=agreement["id"])
    # No number of days: no last day, and the processor's own thirty before it begins.
    assert open_one["rights"][0]["closes_at"] is None
    assert open_one["engages_at"] == "2026-06-05T07:00:00Z"
    await desk.world.go(local("2026-06-05T00:00:00-07:00"))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]
    # Ended because of it: the service, and not the agreement.
    await desk.act(f"notices/{notice['id']}/terminate", WORD)
    await desk.world.days(1)
    shown = await desk.get(f"agreements/{agreement['id']}")
    assert (shown["state"], shown["services"]) == ("active", ["pages"])
    # Nothing runs from the end; what is asked then goes within thirty days.
    await ended(desk, agreement, "2026-08-31", "-07:00")
    assert "end.erasure" not in await deadlines(desk, agreement)
    await desk.world.go(local("2026-09-10T10:00:00-07:00"))
    await desk.act(f"agreements/{agreement['id']}/choose", {"data": "erase", **WORD})
    plan = (await desk.get(f"agreements/{agreement['id']}"))["plan"]
    assert {one["due_at"] for one in plan if one["kind"] == "erase"} == {"2026-10-11T07:00:00Z"}
    assert (await gone(desk, agreement))["state"] == "deleted"


async def test_a_new_text_waits_twenty_business_days(desk: Desk) -> None:
    agreement = await signed(desk, "herodesk-dpa")
    # Fifteen business days over Easter, for a subprocessor in an adequate country.
    await desk.world.go(local("2026-03-20T10:00:00+01:00"))
    host, notice = await told(desk, agreement, host={"country": "CH"})
    assert (notice["rule"], notice["closes_at"]) == ("objection", "2026-04-15T22:00:00Z")
    await desk.world.go(local("2026-04-16T00:00:00+02:00"))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]
    _, elsewhere = await told(desk, agreement, host={"name": "Far Host", "country": "IN"})
    assert elsewhere["rule"] == "consent"
    await desk.world.go(local("2026-06-18T08:00:00+02:00"))
    further = {**to_document(library()["herodesk-dpa"]), "version": "2"}
    await desk.api.made("terms", {"document": further})
    change = await desk.api.made("changes", {"kind": "terms", "terms": "herodesk-dpa", "to_version": "2"})
    await desk.act(f"changes/{change['id']}/notify")
    await desk.world.go(local("2026-07-16T23:59:59+02:00"))
    assert (await desk.get(f"agreements/{agreement['id']}"))["terms_version"] == "1"
    await desk.world.go(local("2026-07-17T00:00:00+02:00"))
    assert (await desk.get(f"agreements/{agreement['id']}"))["terms_version"] == "2"
    shown = await ended(desk, agreement, "2026-08-31", "+02:00")
    assert shown["in_force"]
    assert (await gone(desk, agreement))["in_force"] is False


async def test_discussed_in_good_faith_and_ended_with_a_refund(desk: Desk) -> None:
    facts = {"end.erasure": "P30D"}
    agreement = await signed(desk, "bonterms-dpa", services=["cloud", "support"], facts=facts)
    await desk.world.go(local("2026-06-03T10:00:00-04:00"))
    host, notice = await told(desk, agreement, services=["cloud"])
    # Thirty days end on Friday 3 July, Independence Day observed: through Monday 6 July. The lead time stands still.
    assert (notice["closes_at"], notice["proceeds_at"]) == ("2026-07-07T04:00:00Z", "2026-07-04T04:00:00Z")
    assert notice["engages_at"] == notice["closes_at"]
    objected = await desk.act(f"notices/{notice['id']}/object", {**WORD, "grounds": "a data protection concern"})
    # The discussion has no time, so the right to end is there, without a last day.
    assert objected["alternative_until"] is None
    assert (objected["rights"][-1]["rule"], objected["rights"][-1]["closes_at"]) == ("objection.termination", None)
    (task,) = await desk.items("tasks", subject=notice["id"], kind="decide_objection", state="open")
    assert "4.4(a)" in task["text"]
    await desk.act(f"notices/{notice['id']}/terminate", WORD)
    assert {"refund", "service_end"} <= await tasks(desk, agreement)
    await desk.world.days(1)
    shown = await desk.get(f"agreements/{agreement['id']}")
    assert (shown["state"], shown["services"]) == ("active", ["support"])
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
    await ended(desk, agreement, "2026-08-31", "-04:00")
    assert (await deadlines(desk, agreement))["end.erasure"] == "2026-09-30"
    assert (await gone(desk, agreement))["state"] == "deleted"


async def test_an_objection_without_a_last_day_counts_until_it_begins(desk: Desk) -> None:
    agreement = await desk.agreement("deranged-dba")
    await desk.world.go(local("2026-06-03T16:00:00+02:00"))
    host, notice = await told(desk, agreement, effective_on="2026-06-20")
    # Two days in hand are over with 5 June, the day announced is 20 June; the processor's own thirty days, where the
    # text has no last day (P7), hold it longest: through 3 July.
    assert (notice["closes_at"], notice["proceeds_at"]) == (None, "2026-07-03T22:00:00Z")
    await desk.world.go(local("2026-07-03T23:00:00+02:00"))
    objected = await desk.act(f"notices/{notice['id']}/object", {**WORD, "grounds": "no audit there"})
    assert [one["late"] for one in objected["answers"]] == [False]
    await desk.world.go(local("2026-07-10T00:00:00+02:00"))
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
    body = {"decision": "overrule", "reason": "no other way", "engage_not_before": "2026-08-01"}
    assert (await desk.refused(f"notices/{notice['id']}/decide", body))["status"] == 409


async def test_a_notice_without_any_number_waits_for_the_day_announced(desk: Desk) -> None:
    agreement = await desk.agreement("planopia-dpa")
    await desk.world.go(local("2026-06-03T16:00:00+02:00"))
    host, _ = await told(desk, agreement, effective_on="2026-06-20")
    await desk.world.go(local("2026-06-19T23:59:00+02:00"))
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
    await desk.world.go(local("2026-06-20T00:00:00+02:00"))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]
