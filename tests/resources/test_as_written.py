"""The five agreements, driven as their texts have it: who may stop a clock, what counts as telling, cost and form."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import CONTACTS, Desk

FRIDAY = datetime(2026, 3, 27, 18, 0, tzinfo=UTC)
ALL = ("stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict")
RECEPTION = {"name": "Robin Jansen", "phone": "+31 10 7654321", "roles": []}
ICT = {"name": "Ali Demir", "email": "ict@customer.example", "phone": "+31 10 1112131", "roles": ["security"]}
CONTRACT = {"name": "Kim de Vries", "email": "kim@customer.example", "phone": "+31 10 1234567",
            "roles": ["contract", "privacy"]}  # fmt: skip


async def discovered(desk: Desk, **more: Any) -> Any:
    await desk.world.go(FRIDAY)
    body = {"discovered_at": "2026-03-27T17:00:00Z", "summary": "A laptop was stolen", **more}
    made = await desk.api.made("breaches", body)
    await desk.world.drain()
    return made


async def made_for(desk: Desk, terms: str, contacts: list[Any]) -> Any:
    customer = await desk.customer("With roles", contacts=contacts)
    return await desk.agreement(terms, customer_id=customer["id"])


# --- breaches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", ALL)
async def test_a_breach_is_not_closed_before_everybody_was_told(desk: Desk, terms: str) -> None:
    """STKKR "uiterlijk binnen 48 uur … informeren"; MMS bijlage 3; Contict 8.1; KMO 6.1; Constant IT II 4.1."""
    agreement = await desk.agreement(terms)
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    for body in ({}, {"conclusion": "It was nothing"}):
        no = await desk.refused(f"{path}/close", body)
        assert (no["status"], no["guard"]) == (409, "all_told")
        assert "drop" in no["detail"]
    await desk.world.days(5)
    (case,) = (await desk.get(path))["cases"]
    assert case["state"] == "running"
    assert case["late"] is (terms not in ("kmo-solutions", "constant-it"))
    assert await desk.items("deadlines", agreement_id=agreement["id"], party="processor")
    late = await desk.items("tasks", kind="breach_late", state="open")
    assert len(late) == 1


async def test_an_agreement_that_turned_out_not_concerned_is_dropped_with_its_reason(desk: Desk) -> None:
    mine, other = await desk.agreement("stkkr"), await desk.agreement("mms-solutions")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    assert (await desk.refused(f"{path}/drop", {"agreements": [other["id"]], "reason": " "}))["status"] == 400
    await desk.act(f"{path}/drop", {"agreements": [other["id"]], "reason": "Its data were elsewhere"})
    dropped = await desk.get(path)
    states = {one["terms"]: (one["state"], one["dropped_why"]) for one in dropped["cases"]}
    assert states == {"stkkr": ("running", ""), "mms-solutions": ("closed", "Its data were elsewhere")}
    assert not await desk.items("deadlines", agreement_id=other["id"])
    assert (await desk.refused(f"{path}/close", {"conclusion": "x"}))["guard"] == "all_told"
    await desk.act(f"{path}/notify")
    kinds = [
        row["agreement_id"]
        for row in await desk.world.rows(
            "select k.agreement_id from message m join breach_case k on k.id = m.subject_id "
            "where m.kind = 'breach_notice'"
        )
    ]
    assert [str(one) for one in kinds] == [mine["id"]]
    closed = await desk.act(f"{path}/close", {"conclusion": "Found unopened"})
    assert closed["state"] == "closed"
    # It did concern it after all: named once more, its clock runs from the discovery.
    await desk.act(f"{path}/reopen", {"reason": "The disk held a copy"})
    await desk.act(f"{path}/update", {"agreements": [other["id"]], "text": "A copy was on the disk"})
    again = await desk.get(path)
    states = {one["terms"]: (one["state"], one["due_at"]) for one in again["cases"]}
    assert states["mms-solutions"] == ("running", "2026-03-28T17:00:00Z")


async def test_a_breach_is_not_closed_in_silence_while_its_questions_are_open(desk: Desk) -> None:
    """Contict bijlage 3: seven questions; what never became known is told as that, and a close can be undone."""
    agreement = await desk.agreement("contict")
    made = await discovered(desk)
    path = f"breaches/{made['id']}"
    await desk.act(f"{path}/notify")
    call = {
        "agreement_id": agreement["id"],
        "contact": "Kim de Vries",
        "at": "2026-03-27T17:30:00Z",
        "outcome": "spoken",
    }
    await desk.act(f"{path}/record-call", call)
    no = await desk.refused(f"{path}/close", {})
    assert (no["status"], no["guard"]) == (409, "contents_answered")
    assert "cause" in no["detail"]
    assert "conclusion" in no["detail"]
    closed = await desk.act(f"{path}/close", {"conclusion": "The laptop never came back"})
    assert closed["state"] == "closed"
    (mail,) = await desk.world.rows("select data from message where kind = 'breach_closed'")
    assert "de onderliggende oorzaak" in mail["data"]
    events = await desk.items("events", subject=made["id"], limit=200)
    assert "cause" in next(one for one in events if one["type"] == "breach.closed")["data"]["unanswered"]
    await desk.act(f"{path}/reopen", {"reason": "A witness came forward"})
    back = await desk.get(path)
    assert back["state"] == "notified"
    assert {one["state"] for one in back["cases"]} == {"informed"}
    assert await desk.items("tasks", subject=made["id"], kind="breach_follow_up", state="open")


@pytest.mark.parametrize(
    ("terms", "contact", "counts"),
    [
        # Contict 8.1: "via het telefoonnummer van de ICT eindverantwoordelijke".
        ("contict", "Ali Demir", True),
        ("contict", "Kim de Vries", False),
        ("contict", "de receptioniste", False),
        # STKKR, Informeren klant: "de contactpersoon van het contract".
        ("stkkr", "Kim de Vries", True),
        ("stkkr", "Ali Demir", False),
        # MMS bijlage 3: "de contactpersoon van de verantwoordelijke".
        ("mms-solutions", "Ali Demir", True),
        ("mms-solutions", "Kim", True),
        ("mms-solutions", "Robin Jansen", False),
        ("mms-solutions", "de receptioniste", False),
    ],
)
async def test_a_call_counts_with_whom_the_text_names(desk: Desk, terms: str, contact: str, counts: bool) -> None:
    agreement = await made_for(desk, terms, [CONTRACT, ICT, RECEPTION])
    made = await discovered(desk)
    body = {"agreement_id": agreement["id"], "contact": contact, "at": "2026-03-27T17:30:00Z", "outcome": "spoken"}
    (case,) = (await desk.act(f"breaches/{made['id']}/record-call", body))["cases"]
    assert (case["state"], case["calls"][0]["counts"]) == (("informed", True) if counts else ("running", False))
    if counts:
        assert (case["informed_how"], case["late"]) == ("call", False)
        return
    # With a reason of its own it counts all the same, and the reason is on record.
    reasoned = {**body, "reason": "The contact is away and named this person in writing"}
    (case,) = (await desk.act(f"breaches/{made['id']}/record-call", reasoned))["cases"]
    assert (case["state"], case["calls"][1]["reason"]) == ("informed", reasoned["reason"])


async def test_a_contact_is_known_by_its_id_and_its_number(desk: Desk) -> None:
    agreement = await made_for(desk, "contict", [CONTRACT, ICT])
    customer = await desk.get(f"customers/{agreement['customer_id']}")
    ict = next(one for one in customer["contacts"] if "security" in one["roles"])
    made = await discovered(desk)
    for contact in (ict["id"], "+31101112131"):
        body = {"agreement_id": agreement["id"], "contact": contact, "at": "2026-03-27T17:30:00Z", "outcome": "spoken"}
        (case,) = (await desk.act(f"breaches/{made['id']}/record-call", body))["cases"]
        assert case["calls"][-1]["counts"]


async def test_an_own_target_is_no_period_of_the_agreement(desk: Desk) -> None:
    """KMO 6.1: "zonder onredelijke vertraging", no hours; the processor's own target stands apart (m7)."""
    await desk.agreement("kmo-solutions")
    made = await discovered(desk)
    await desk.world.days(3)
    (case,) = (await desk.get(f"breaches/{made['id']}"))["cases"]
    assert (case["own_target"], case["late"]) == (True, False)
    (task,) = await desk.items("tasks", kind="breach_late", state="open")
    assert "eigen streeftermijn" in task["text"]
    assert "de termijn is voorbij" not in task["text"]


async def test_stkkr_agrees_on_a_rhythm_with_the_first_report(desk: Desk) -> None:
    """Voortgang en maatregelen: "maakt hierover afspraken met de primaire contactpersoon bij de initiële melding"."""
    await desk.agreement("stkkr")
    made = await discovered(desk)
    await desk.act(f"breaches/{made['id']}/notify")
    rows = await desk.world.rows("select text from task where kind = 'breach_rhythm' and done_at is null")
    assert len(rows) == 1
    assert "Voortgang en maatregelen" in rows[0]["text"]


# --- requests ---------------------------------------------------------------------------------------


async def test_a_pause_of_the_processor_moves_nothing(desk: Desk) -> None:
    """Contict 3.6: "binnen een termijn van 14 dagen"; GDPR 12(3) runs on towards the data subject."""
    agreement = await desk.agreement("contict")
    body = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer"}
    made = await desk.api.made("requests", body)
    path = f"requests/{made['id']}"
    await desk.act(f"{path}/pause", {"reason": "wij hebben vakantie"})
    due = {one["rule"]: one["due_at"] for one in await desk.items("deadlines", subject=made["id"])}
    assert due == {"request.assist": made["due_at"], "request.answer": made["answer_due_at"]}
    await desk.world.days(10)
    back = await desk.act(f"{path}/resume")
    assert (back["due_at"], back["answer_due_at"]) == (made["due_at"], made["answer_due_at"])
    due = {one["rule"]: one["due_at"] for one in await desk.items("deadlines", subject=made["id"])}
    assert due == {"request.assist": made["due_at"], "request.answer": made["answer_due_at"]}
    assert await desk.world.rows("select 1 from message where kind = 'request' and data ->> 'step' = 'paused'")


async def test_a_pause_that_the_customer_agreed_to_moves_the_help_and_never_the_month(desk: Desk) -> None:
    agreement = await desk.agreement("contict")
    body = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer"}
    made = await desk.api.made("requests", body)
    path = f"requests/{made['id']}"
    await desk.act(f"{path}/pause", {"reason": "Whose data?", "agreed_by": "Kim de Vries"})
    await desk.world.days(10)
    back = await desk.act(f"{path}/resume")
    assert (made["due_at"], back["due_at"]) == ("2026-03-16T23:00:00Z", "2026-03-26T23:00:00Z")
    assert back["answer_due_at"] == made["answer_due_at"]
    (deadline,) = await desk.items("deadlines", subject=made["id"], rule="request.assist")
    assert "Kim de Vries" in deadline["steps"][0]


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


async def told(desk: Desk, terms: str, **more: Any) -> Any:
    agreement = await desk.agreement(terms)
    body = {"agreement_id": agreement["id"], "kind": "retention_terms", "channel": "letter",
            "subject": "Bewaartermijn", "text": "gegevens uiterlijk 1 september 2026 wissen", **more}  # fmt: skip
    made = await desk.api.made("matters", body)
    await desk.world.drain()
    return made, agreement


async def test_a_retention_under_kmo_is_a_day_by_which_the_data_go(desk: Desk) -> None:
    """9.2: "niet langer dan de door Verwerkingsverantwoordelijke tijdig schriftelijk aangegeven bewaartermijn"."""
    made, _ = await told(desk, "kmo-solutions", erase_by="2026-09-01")
    (deadline,) = await desk.items("deadlines", subject=made["id"])
    assert (deadline["last_day"], deadline["party"], deadline["clause"]) == ("2026-09-01", "processor", "9.1, 9.2")
    assert (made["due_at"], made["erase_by"]) == ("2026-09-01T22:00:00Z", "2026-09-01")
    (task,) = await desk.items("tasks", subject=made["id"], state="open")
    assert task["due_at"] == made["due_at"]
    # Noted is not done: somebody still erases, and says so.
    await desk.act(f"matters/{made['id']}/answer", {"answer": "noted"})
    (task,) = await desk.items("tasks", subject=made["id"], state="open")
    assert (task["kind"], task["due_at"]) == ("matter_erase", made["due_at"])
    assert await desk.items("deadlines", subject=made["id"])
    await desk.act(f"matters/{made['id']}/answer", {"answer": "done"})
    assert not await desk.items("tasks", subject=made["id"], state="open")
    assert not await desk.items("deadlines", subject=made["id"])


async def test_a_statutory_retention_under_mms_is_a_hold(desk: Desk) -> None:
    """12.2: "tenzij verantwoordelijke heeft aangegeven dat … langer moeten worden bewaard"."""
    made, agreement = await told(desk, "mms-solutions", keep_until="2033-12-31", text="art. 52 AWR")
    held = await desk.get(f"agreements/{agreement['id']}")
    (hold,) = held["holds"]
    assert (hold["until"], hold["ground"]) == ("2033-12-31", "art. 52 AWR (12.3)")
    assert made["keep_until"] == "2033-12-31"


async def test_a_day_that_is_only_written_in_words_is_asked_for(desk: Desk) -> None:
    made, _ = await told(desk, "kmo-solutions")
    (task,) = await desk.items("tasks", subject=made["id"], state="open")
    assert "erase_by" in task["text"]
    answered = await desk.act(f"matters/{made['id']}/answer", {"answer": "noted", "erase_by": "2026-09-01"})
    assert answered["erase_by"] == "2026-09-01"
    (deadline,) = await desk.items("deadlines", subject=made["id"])
    assert deadline["last_day"] == "2026-09-01"


# --- agreements -------------------------------------------------------------------------------------


async def deleted(desk: Desk, agreement: Any) -> Any:
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/approve-plan")
    for item in (await desk.get(path))["plan"]:
        await desk.act(f"{path}/confirm", {"task_id": item["id"], "evidence": "log of the day"})
    return await desk.get(path)


async def test_secrecy_outlives_the_data_and_so_does_its_penalty(desk: Desk) -> None:
    """MMS 1.3, 12.5: article 4 "blijft ook na afloop … van kracht", its € 5.000 included (4.4)."""
    agreement = await desk.agreement("mms-solutions")
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    assert (await deleted(desk, agreement))["state"] == "deleted"
    await desk.world.days(30)
    body = {"rule": "secrecy.penalty", "at": "2026-04-20T08:00:00Z", "note": "An employee talked"}
    after = await desk.act(f"{path}/record-violation", body)
    assert after["state"] == "deleted"
    (found,) = (await desk.get(f"{path}/penalties"))["items"]
    assert found["penalty"]["amount"] == "5000.00"
    assert await desk.items("tasks", kind="violation", role="director")


async def test_contict_destroys_on_request(desk: Desk) -> None:
    """10.2: "vernietigen na verstrijken van de wettelijke bewaartermijn en/of op verzoek"; 10.1: return first."""
    agreement = await desk.agreement("contict", services=["voip"])
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    before = {one["id"]: one["due_at"] for one in (await desk.get(path))["plan"] if one["kind"] == "erase"}
    assert set(before.values()) == {"2026-04-30T22:00:00Z"}
    asked = await desk.act(f"{path}/choose", {"data": "erase", "channel": "letter", "by": "Kim"})
    now = asked["choice"]["received_at"]
    assert {one["due_at"] for one in asked["plan"] if one["kind"] == "erase"} == {now}
    assert {one["due_at"] for one in asked["deadlines"] if one["rule"] != "end.erasure" or one["key"]} == {now}
    assert asked["plan"][0]["kind"] == "return"
    other = await desk.agreement("contict", services=["voip"], customer_id=(await desk.customer("B"))["id"])
    early = await desk.act(f"agreements/{other['id']}/choose", {"data": "erase", "channel": "letter", "by": "Kim"})
    assert early["choice"]["data"] == "erase"
    await desk.act(f"agreements/{other['id']}/end-main-contract", {"on": "2026-04-10"})
    await desk.world.go(datetime(2026, 4, 11, 9, 0, tzinfo=UTC))
    ended = await desk.get(f"agreements/{other['id']}")
    assert {one["due_at"] for one in ended["plan"] if one["kind"] == "erase"} == {"2026-04-10T22:00:00Z"}


async def test_contict_declares_with_the_exception_that_a_law_keeps(desk: Desk) -> None:
    """10.3 with 10.2: the declaration names what a legal duty keeps, and comes again when that is gone (CO-A15)."""
    agreement = await desk.agreement("contict", services=["voip"])
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    hold = {"categories": ["contract_information"], "ground": "art. 52 AWR", "until": "2033-12-31"}
    await desk.act(f"{path}/hold", hold)
    await desk.act(f"{path}/approve-plan")
    for item in (await desk.get(path))["plan"]:
        if item["kind"] == "declare" or item["category"] == "contract_information":
            continue
        await desk.act(f"{path}/confirm", {"task_id": item["id"], "evidence": "log"})
    declare = next(one for one in (await desk.get(path))["plan"] if one["kind"] == "declare")
    assert declare["state"] == "ordered"
    declared = await desk.act(f"{path}/confirm", {"task_id": declare["id"], "evidence": "the letter"})
    assert declared["state"] == "deletion_pending"
    assert [one["state"] for one in declared["plan"] if one["kind"] == "declare"] == ["done", "waiting"]


async def test_one_service_that_ends_is_asked_of_everybody_who_holds_its_data(desk: Desk) -> None:
    """Contict bijlage 1, column "Sub-verwerker": also where Contict holds the data itself ("Ja")."""
    agreement = await desk.agreement("contict", services=["voip", "mobile", "cloud", "security"])
    path = f"agreements/{agreement['id']}"
    for service in ("cloud", "security", "mobile", "voip"):
        await desk.act(f"{path}/cancel-service", {"service": service, "on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    plan = (await desk.get(path))["plan"]
    asked = {(one["service"], one["category"], one["holder"]) for one in plan}
    assert {
        ("cloud", "office_365_backup", "processor"), ("cloud", "office_365_backup", "Solarwinds Cove"),
        ("cloud", "office_365_backup", "AFAS"), ("cloud", "user_profiles", "Microsoft"),
        ("security", "user_profiles", "Phished"), ("security", "user_statistics", "Phished"),
        ("security", "user_profiles", "Fortinet"), ("security", "user_statistics", "Fortinet"),
        ("voip", "user_profiles", "Enreach/Routit"), ("voip", "mac_address", "Enreach/Routit"),
        ("voip", "email_address", "Enreach/Routit"), ("mobile", "imei", "Mobile provider"),
    } <= asked  # fmt: skip
    assert len({one["text_nl"] for one in plan}) == len(plan)
    assert len({one["text"] for one in plan}) == len(plan)
    assert {one["due_at"] for one in plan} == {"2026-04-30T22:00:00Z"}


async def test_backups_under_kmo_are_counted_from_the_day_the_data_left(desk: Desk) -> None:
    """9.3(c) "zo spoedig mogelijk", bijlage A 5; the file: from the day the data leave the live systems."""
    agreement = await desk.agreement("kmo-solutions")
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-04-30"})
    await desk.world.go(datetime(2026, 5, 19, 9, 0, tzinfo=UTC))
    assert not await desk.items("deadlines", agreement_id=agreement["id"], overdue="true")
    (task,) = await desk.items("tasks", subject=agreement["id"], kind="mailbox_read", state="open")
    await desk.act(f"tasks/{task['id']}/done", {"note": "nothing asked"})
    planned = await desk.act(f"{path}/approve-plan")
    (backups,) = [one for one in planned["plan"] if one["holder"] == "backups"]
    assert backups["due_at"] == backups["expected_at"] == "2026-06-18T22:00:00Z"  # P30D from 19 May, the first day
    assert backups["id"] not in {one["key"] for one in planned["deadlines"]}
    await desk.world.go(datetime(2026, 7, 9, 9, 0, tzinfo=UTC))
    assert not await desk.items("deadlines", agreement_id=agreement["id"], overdue="true")
    live = [one for one in planned["plan"] if one["holder"] != "backups"]
    for item in live:
        shown = await desk.act(f"{path}/confirm", {"task_id": item["id"], "evidence": "log of the day"})
    (backups,) = [one for one in shown["plan"] if one["holder"] == "backups"]
    assert backups["expected_at"] is None
    assert backups["due_at"] == "2026-08-08T22:00:00Z"  # P30D from 9 July: through 8 August
    (deadline,) = [one for one in shown["deadlines"] if one["key"] == backups["id"]]
    assert (deadline["due_at"], deadline["last_day"]) == ("2026-08-08T22:00:00Z", "2026-08-08")


async def test_nothing_is_due_under_kmo_while_a_return_is_open(desk: Desk) -> None:
    agreement = await desk.agreement("kmo-solutions")
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-04-30"})
    await desk.world.go(datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
    (shown,) = [one for one in (await desk.get(path))["deadlines"] if one["rule"] == "end.erasure"]
    assert (shown["boundary"], shown["due_at"]) == ("from", "2026-05-18T22:00:00Z")
    returning = await desk.act(f"{path}/choose", {"data": "return", "channel": "letter", "by": "Kim", "evidence": "it"})
    assert not [one for one in returning["deadlines"] if one["rule"] == "end.erasure"]
    await desk.world.go(datetime(2026, 6, 30, 9, 0, tzinfo=UTC))
    assert not await desk.items("deadlines", agreement_id=agreement["id"], overdue="true")


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
