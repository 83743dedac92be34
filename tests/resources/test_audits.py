"""Audits: a right that the terms limit by a warning, never by a block."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import Desk


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
    rows = await desk.world.rows("select data ->> 'step' as step from message where kind = 'audit'")
    assert [one["step"] for one in rows] == steps


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
