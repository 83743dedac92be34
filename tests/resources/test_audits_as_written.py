"""Audits and changes as the texts of the five agreements have it: what is owed, at whose cost, and from when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import CONTACTS, Desk

# --- breaches ---------------------------------------------------------------------------------------


# --- requests ---------------------------------------------------------------------------------------


# --- audits -----------------------------------------------------------------------------------------


async def audited(desk: Desk, terms: str, **more: Any) -> tuple[str, Any]:
    agreement = await desk.agreement(terms)
    made = await desk.api.made("audits", {"agreement_id": agreement["id"], "indications": "Doubt", **more})
    await desk.world.drain()
    return f"audits/{made['id']}", made


async def test_contict_cannot_answer_an_audit_with_a_certificate(desk: Desk) -> None:
    """4.3: "heeft het recht om een inspectie of audit uit te laten voeren"; nothing takes its place."""
    path, made = await audited(desk, "contict")
    assert "certificate" not in made["actions"]
    no = await desk.refused(f"{path}/certificate", {"evidence": "ISO 27001"})
    assert no["status"] == 409
    assert not await desk.world.rows("select 1 from message where kind = 'audit' and data ->> 'step' = 'certificate'")


async def test_secrecy_under_kmo_is_signed_before_the_audit(desk: Desk) -> None:
    """4.1: "dient voorafgaande aan het onderzoek een geheimhoudingsverklaring te tekenen"."""
    path, _ = await audited(desk, "kmo-solutions")
    await desk.act(f"{path}/plan", {"on": "2026-04-01", "auditor": "Audit Ltd", "scope": "backups"})
    await desk.world.go(datetime(2026, 4, 5, 9, 0, tzinfo=UTC))
    late = await desk.act(f"{path}/sign-nda", {"on": "2026-04-03"})
    assert any("2026-04-03" in one and "4.1" in one for one in late["warnings"])
    no = await desk.refused(f"{path}/report", {"findings": []})
    assert no["guard"] == "secrecy_signed"
    done = await desk.act(f"{path}/report", {"findings": [], "unsigned": "It was found out afterwards"})
    assert done["state"] == "reported"
    assert any("It was found out afterwards" in one for one in done["warnings"])


@pytest.mark.parametrize("terms", ["stkkr", "constant-it"])
async def test_an_auditor_bound_to_secrecy_signs_nothing(desk: Desk, terms: str) -> None:
    """STKKR: "is aan geheimhouding gebonden"; II 7.4: "zal een geheimhoudingsplicht hebben"."""
    path, _ = await audited(desk, terms)
    await desk.act(f"{path}/plan", {"on": "2026-04-01", "auditor": "an RE", "scope": "backups"})
    assert not await desk.items("tasks", kind="audit_nda", state="open")
    (mail,) = await desk.world.rows("select data ->> 'secrecy' as said from message where data ->> 'step' = 'planned'")
    assert mail["said"] == "bound"
    assert (await desk.act(f"{path}/report", {"findings": []}))["state"] == "reported"


async def test_under_kmo_a_person_says_which_share_of_the_cost_is_whose(desk: Desk) -> None:
    """4.2: "tenzij en voor zover … toerekenbaar tekort is geschoten in materiële verplichtingen"."""
    path, _ = await audited(desk, "kmo-solutions")
    await desk.act(f"{path}/plan", {"on": "2026-04-01", "auditor": "Audit Ltd", "scope": "backups"})
    await desk.act(f"{path}/sign-nda", {"on": "2026-03-01", "evidence": "signed.pdf"})
    found = [{"text": "No lock", "kind": "material"}]
    reported = await desk.act(f"{path}/report", {"findings": found})
    assert (reported["cost"], reported["cost_share"], reported["cost_clause"]) == ("shared", None, "4.2")
    (task,) = await desk.items("tasks", kind="audit_cost", state="open")
    assert "4.2" in task["text"]
    assert (await desk.refused(f"{path}/divide-cost", {"processor": 101, "reason": "x"}))["status"] == 400
    divided = await desk.act(f"{path}/divide-cost", {"processor": 40, "reason": "One finding of five"})
    assert (divided["cost"], divided["cost_share"]) == ("shared", 40)
    assert not await desk.items("tasks", kind="audit_cost", state="open")
    rows = await desk.world.rows("select data ->> 'share' as share from message where data ->> 'step' = 'shared'")
    assert [one["share"] for one in rows] == ["40"]
    whole = await desk.act(f"{path}/divide-cost", {"processor": 100, "reason": "All of it"})
    assert whole["cost"] == "processor"


async def test_where_the_text_says_nothing_of_cost_nobody_is_told_to_pay(desk: Desk) -> None:
    """MMS has not a word on audits; neither has GDPR 28(3)(h) on their cost."""
    path, _ = await audited(desk, "mms-solutions")
    await desk.act(f"{path}/plan", {"on": "2026-04-01"})
    reported = await desk.act(f"{path}/report", {"findings": [{"text": "No lock", "kind": "material"}]})
    assert (reported["cost"], reported["cost_clause"]) == (None, "")
    rows = await desk.world.rows("select data from message where kind = 'audit' and data ->> 'step' = 'reported'")
    assert '"cost": null' in rows[0]["data"]


async def test_a_security_finding_under_stkkr_is_put_right_without_delay(desk: Desk) -> None:
    """Controlerecht: "zal Verwerker onverwijld de nodige maatregelen treffen"."""
    path, made = await audited(desk, "stkkr")
    await desk.act(f"{path}/plan", {"on": "2026-04-01"})
    found = [{"text": "No lock", "kind": "security"}, {"text": "Untidy", "kind": "minor"}]
    reported = await desk.act(f"{path}/report", {"findings": found})
    (deadline,) = await desk.items("deadlines", subject=made["id"])
    assert (deadline["due_at"], deadline["clause"]) == (reported["reported_at"], "Controlerecht")


# --- changes ----------------------------------------------------------------------------------------


async def test_a_change_of_measures_keeps_the_right_to_end_until_a_person_says_it_does_not_weigh(desk: Desk) -> None:
    """Constant IT II 2.2: "en met name de daarin opgenomen beveiligingsmaatregelen … binnen 30 dagen"."""
    agreement = await desk.agreement("constant-it")
    made = await desk.api.made("changes", {"kind": "measure", "reason": "De encryptie vervalt"})
    seen = await desk.get(f"changes/{made['id']}/preview")
    assert any("until then customers have the right to end" in one for one in seen["warnings"])
    (row,) = seen["agreements"]
    assert (row["rule"], [one["rule"] for one in row["rights"]]) == ("termination_right", ["amendment.termination"])
    await desk.act(f"changes/{made['id']}/notify")
    (notice,) = await desk.items("notices", change_id=made["id"])
    assert notice["rights"][0]["closes_at"] == "2026-04-01T22:00:00Z"
    ending = {
        "ground": "amendment",
        "reason": "Zonder encryptie kan het niet",
        "channel": "letter",
        "by": "Kim",
        "evidence": "the letter of 2 March",
    }
    await desk.act(f"agreements/{agreement['id']}/terminate", ending)
    ended = await desk.get(f"agreements/{agreement['id']}")
    assert (ended["state"], ended["end_ground"]) == ("deletion_pending", "amendment")
    # Said not to weigh, it is told and no more.
    light = await desk.api.made("changes", {"kind": "measure", "reason": "Nieuwe sloten", "significant": False})
    await desk.agreement("constant-it", customer_id=(await desk.customer("Another"))["id"])
    seen = await desk.get(f"changes/{light['id']}/preview")
    assert {one["rule"] for one in seen["agreements"]} == {"information"}
    assert not any("right to end" in one for one in seen["warnings"])


async def test_overruling_begins_no_earlier_than_was_promised(desk: Desk) -> None:
    """STKKR, Subverwerkers: the customer is told "tijdig"; what the notice promised stands, objection or not."""
    agreement = await desk.agreement("stkkr")
    host = await desk.subprocessor()
    change = await desk.announced(host["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    promised = notice["proceeds_at"]
    assert promised == "2026-04-01T22:00:00Z"
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "letter"})
    body = {"decision": "overrule", "reason": "no other host", "engage_not_before": "2026-03-05"}
    decided = await desk.act(f"notices/{notice['id']}/decide", body)
    assert decided["engages_at"] == promised
    (mail,) = await desk.world.rows("select data from message where kind = 'decision'")
    assert '"engage_not_before": "2026-04-02"' in mail["data"]
    await desk.world.go(datetime(2026, 3, 6, 9, 0, tzinfo=UTC))
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
    await desk.world.go(datetime(2026, 4, 1, 22, 0, tzinfo=UTC))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]


async def test_engagement_under_constant_it_waits_for_the_right_to_end(desk: Desk) -> None:
    """II 2.2 moves with weekends, the processor's own period does not: whoever may still end is not overtaken (m10)."""
    await desk.world.go(datetime(2026, 3, 5, 9, 0, tzinfo=UTC))  # thirty days end on Saturday 4 April, before Easter
    agreement = await desk.agreement("constant-it")
    host = await desk.subprocessor()
    change = await desk.announced(host["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    ends = next(one["closes_at"] for one in notice["rights"] if one["rule"] == "amendment.termination")
    assert (notice["proceeds_at"], ends) == ("2026-04-04T22:00:00Z", "2026-04-07T22:00:00Z")
    await desk.world.go(datetime(2026, 4, 6, 9, 0, tzinfo=UTC))
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
    await desk.world.go(datetime(2026, 4, 7, 22, 0, tzinfo=UTC))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]


async def test_a_refusal_without_its_reason_is_on_record_and_asked_for_it(desk: Desk) -> None:
    """Contict 5.1: consent "niet op onredelijke gronden"; without a reason the no stands all the same (CO-A2)."""
    await desk.agreement("contict")
    change = await desk.announced((await desk.subprocessor())["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    refused = await desk.act(f"notices/{notice['id']}/refuse", {"by": "Kim", "channel": "letter"})
    assert refused["state"] == "refused"
    (task,) = await desk.items("tasks", subject=notice["id"], kind="refused", state="open")
    assert "Er is geen reden gegeven" in task["text"]


# --- matters ----------------------------------------------------------------------------------------


# --- agreements -------------------------------------------------------------------------------------


async def test_processing_before_contict_signed_is_flagged(desk: Desk) -> None:
    """2.1: in force "op de datum waarop de betrokken Partijen deze ondertekenen", not before (CO-A1)."""
    late = await desk.agreement("contict")
    (task,) = await desk.items("tasks", subject=late["id"], kind="unsigned_processing", state="open")
    assert "1 januari 2026" in task["text"]
    assert "2.1" in task["text"]
    contract = {"reference": "M-2", "starts_on": "2026-03-02"}
    customer = await desk.customer("In time", contacts=CONTACTS)
    fresh = await desk.agreement("contict", customer_id=customer["id"], main_contract=contract)
    assert not await desk.items("tasks", subject=fresh["id"], kind="unsigned_processing", state="open")
