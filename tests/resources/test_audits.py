"""Audits: a right that the terms limit by a warning, never by a block."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.drafts import ID, controller_rule, draft, store
from tests.resources.conftest import Desk
from tests.world import local


async def asked(desk: Desk, agreement: Any, **more: Any) -> Any:
    made = await desk.api.made("audits", {"agreement_id": agreement["id"], **more})
    await desk.world.drain()
    return made


async def carried_out(desk: Desk, audit: Any, findings: Any = (), *, secrecy: bool = True) -> Any:
    path = f"audits/{audit['id']}"
    await desk.act(f"{path}/plan", {"on": "2026-04-01", "auditor": "Audit Ltd", "scope": "backups"})
    if secrecy:
        await desk.act(f"{path}/sign-nda", {"on": "2026-03-01", "evidence": "signed.pdf"})
    return await desk.act(f"{path}/report", {"findings": list(findings)})


@pytest.mark.parametrize(
    ("terms", "kind", "cost"),
    [
        ("stkkr", "security", "processor"),
        ("stkkr", "material", "controller"),
        ("kmo-solutions", "material", "shared"),
        ("kmo-solutions", "security", "controller"),
        ("constant-it", "material", "controller"),
        ("contict", "material", "controller"),
    ],
)
async def test_who_pays_follows_from_what_was_found(desk: Desk, terms: str, kind: str, cost: str) -> None:
    audit = await asked(desk, await desk.agreement(terms), indications="A leak elsewhere")
    found = [{"text": "The door was open", "kind": kind, "improve_by": "2026-05-01"}]
    reported = await carried_out(desk, audit, found)
    assert (reported["state"], reported["cost"]) == ("reported", cost)
    (deadline,) = await desk.items("deadlines", subject=audit["id"])
    assert (deadline["rule"], deadline["last_day"]) == ("audit.improvement", "2026-05-01")
    await desk.act(f"audits/{audit['id']}/improve", {"finding_id": reported["findings"][0]["id"], "note": "locked"})
    assert not await desk.items("deadlines", subject=audit["id"])
    steps = ["requested", "planned", "reported", "closed"]
    if cost == "shared":
        await desk.act(f"audits/{audit['id']}/divide-cost", {"processor": 100, "reason": "It was this alone"})
        steps.insert(3, "shared")
    closed = await desk.act(f"audits/{audit['id']}/close", {"result": "All put right"})
    assert closed["state"] == "closed"
    assert not await desk.items("tasks", subject=audit["id"], state="open")
    rows = await desk.world.rows("select data ->> 'step' as step from message where kind = 'audit' order by id")
    assert [one["step"] for one in rows] == steps


async def test_closed_with_an_improvement_left_nothing_of_it_is_due_any_more(desk: Desk) -> None:
    audit = await asked(desk, await desk.agreement("stkkr"), indications="A leak elsewhere")
    found = [{"text": text, "kind": "material", "improve_by": "2026-05-01"} for text in ("A door", "A window")]
    reported = await carried_out(desk, audit, found)
    await desk.act(f"audits/{audit['id']}/improve", {"finding_id": reported["findings"][0]["id"], "note": "locked"})
    assert len(await desk.items("deadlines", subject=audit["id"])) == 1
    await desk.act(f"audits/{audit['id']}/close", {"result": "We move out"})
    assert not await desk.items("deadlines", subject=audit["id"])
    assert not await desk.items("tasks", subject=audit["id"], state="open")


@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it"])
async def test_a_second_one_in_a_year_warns_and_goes_on(desk: Desk, terms: str) -> None:
    agreement = await desk.agreement(terms)
    first = await asked(desk, agreement, indications="Because")
    assert first["warnings"] == []
    done = await carried_out(desk, first)
    assert done["next_from"] == "2026-12-31T23:00:00Z"
    second = await asked(desk, agreement, indications="Again" if terms != "stkkr" else "")
    assert len(second["warnings"]) == 1
    assert "nothing is blocked" in second["warnings"][0]
    assert (await carried_out(desk, second))["state"] == "reported"
    # An authority's demand frees it of the limit, and so do substantiated signs where the text says so.
    assert (await asked(desk, agreement, authority="AP", indications="x"))["warnings"] == []
    if terms == "stkkr":
        assert (await asked(desk, agreement, indications="Signs of poor security"))["warnings"] == []
    await desk.world.go(datetime(2027, 1, 2, 9, 0, tzinfo=UTC))
    assert (await asked(desk, agreement, indications="Yearly"))["warnings"] == []


async def test_secrecy_comes_before_the_report(desk: Desk) -> None:
    audit = await asked(desk, await desk.agreement("kmo-solutions"))
    await desk.act(f"audits/{audit['id']}/plan", {"on": "2026-04-01"})
    (task,) = await desk.items("tasks", subject=audit["id"], kind="audit_nda", state="open")
    assert task["due_at"] == "2026-04-01T22:00:00Z"
    no = await desk.refused(f"audits/{audit['id']}/report", {"findings": []})
    assert "sign-nda" in no["detail"]
    # Contict's text wants no signature.
    other = await asked(desk, await desk.agreement("contict"))
    assert (await carried_out(desk, other, secrecy=False))["state"] == "reported"


async def test_refusing_and_certificates_only_where_the_text_has_them(desk: Desk) -> None:
    stkkr = await asked(desk, await desk.agreement("stkkr"))
    assert {"refuse", "certificate"} & set(stkkr["actions"]) == set()
    no = await desk.refused(f"audits/{stkkr['id']}/refuse", {"reason": "busy"})
    assert no["status"] == 409
    assert "Controlerecht" in no["detail"]
    constant = await asked(desk, await desk.agreement("constant-it"), indications="Doubt")
    offered = await desk.act(f"audits/{constant['id']}/certificate", {"evidence": "ISO 27001"})
    assert (offered["state"], offered["certificate"]) == ("requested", "ISO 27001")
    refused = await desk.act(f"audits/{constant['id']}/refuse", {"reason": "It would open other customers' data"})
    assert refused["state"] == "refused"


async def test_an_audit_in_the_past_is_not_planned(desk: Desk) -> None:
    audit = await asked(desk, await desk.agreement("mms-solutions"))
    assert audit["warnings"] == []
    no = await desk.refused(f"audits/{audit['id']}/plan", {"on": "2026-03-01"})
    assert "past" in no["detail"]


NOTICE = {"audit.notice": controller_rule("request", "P30D", clause="8.2")}


async def test_notice_before_an_audit_is_kept_when_it_is_planned(desk: Desk) -> None:
    await store(desk.world, draft(NOTICE, audit={"clause": "8"}))
    audit = await asked(desk, await desk.agreement(ID))
    path = f"audits/{audit['id']}"
    # Asked for on 2 March: thirty whole days lie between through 1 April, so from 2 April on.
    (deadline,) = await desk.items("deadlines", subject=audit["id"])
    assert (deadline["rule"], deadline["due_at"], deadline["boundary"]) == (
        "audit.notice", "2026-04-01T22:00:00Z", "from",
    )  # fmt: skip
    early = await desk.refused(f"{path}/plan", {"on": "2026-04-01"})
    assert (early["guard"], "2026-04-02" in early["detail"], "8.2" in early["detail"]) == ("noticed", True, True)
    planned = await desk.act(f"{path}/plan", {"on": "2026-04-02"})
    assert planned["planned_on"] == "2026-04-02"
    assert [one["rule"] for one in await desk.items("deadlines", subject=audit["id"])] == ["audit.planned"]
    # Sooner where the processor agrees, which is on record.
    await desk.act(f"{path}/plan", {"on": "2026-03-10", "agreed_by": "Noor of Acme"})
    event = (await desk.items("events", subject=audit["id"], type="audit.planned"))[-1]
    assert event["data"]["sooner_than"] == "8.2"


async def test_an_authoritys_audit_waits_for_no_notice(desk: Desk) -> None:
    await store(desk.world, draft(NOTICE, audit={"clause": "8"}))
    audit = await asked(desk, await desk.agreement(ID), authority="The authority asks for it")
    assert not await desk.items("deadlines", subject=audit["id"])
    await desk.act(f"audits/{audit['id']}/plan", {"on": "2026-03-03"})


async def test_rolling_twelve_months_are_waited_for_and_never_move(desk: Desk) -> None:
    rules = {"audit.next": controller_rule("last_audit", "P12M", clause="8.3")}
    await store(desk.world, draft(rules, audit={"clause": "8"}))
    agreement = await desk.agreement(ID)
    first = await carried_out(desk, await asked(desk, agreement), secrecy=False)
    # Reported on 2 March 2026: from 3 March 2027 on, whichever day of the week that is.
    assert first["next_from"] == "2027-03-02T23:00:00Z"
    await desk.act(f"audits/{first['id']}/close")
    await desk.world.go(local("2027-03-02T23:59:59+01:00"))
    again = await asked(desk, agreement)
    assert ["from 2027-03-03 (8.3)" in one for one in again["warnings"]] == [True]
    await desk.act(f"audits/{again['id']}/close")
    await desk.world.go(local("2027-03-03T00:00:00+01:00"))
    assert (await asked(desk, agreement))["warnings"] == []


async def test_after_a_breach_the_notice_is_the_one_for_that(desk: Desk) -> None:
    sooner = {"audit.notice_after_breach": controller_rule("request", "P2D", clause="8.4")}
    await store(desk.world, draft({**NOTICE, **sooner}, audit={"clause": "8"}))
    audit = await asked(desk, await desk.agreement(ID), indications="Data of ours are for sale")
    # Asked for on 2 March: two whole days lie between through 4 March.
    (deadline,) = await desk.items("deadlines", subject=audit["id"])
    assert (deadline["rule"], deadline["due_at"]) == ("audit.notice_after_breach", "2026-03-04T23:00:00Z")
    early = await desk.refused(f"audits/{audit['id']}/plan", {"on": "2026-03-04"})
    assert "8.4" in early["detail"]
    await desk.act(f"audits/{audit['id']}/plan", {"on": "2026-03-05"})
    assert [one["rule"] for one in await desk.items("deadlines", subject=audit["id"])] == ["audit.planned"]


async def test_after_a_breach_there_may_be_no_notice_at_all(desk: Desk) -> None:
    none = {"audit.notice_after_breach": controller_rule("request", immediately=True, clause="8.4")}
    await store(desk.world, draft({**NOTICE, **none}, audit={"clause": "8"}))
    audit = await asked(desk, await desk.agreement(ID), indications="Data of ours are for sale")
    assert not await desk.items("deadlines", subject=audit["id"])
    await desk.act(f"audits/{audit['id']}/plan", {"on": "2026-03-03"})
