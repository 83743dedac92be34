"""The controller's audit: a right that the terms may limit by a warning and never by a block.

requested → planned → reported → closed
requested | planned → refused            only where the agreement lets the processor refuse
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from workflows.ids import item_id
from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask, Send
from workflows.machine.machine import Workflow
from workflows.machine.recipients import addressed
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.audit import (
    Audit,
    AuditContext,
    Certificate,
    CloseAudit,
    Finding,
    Improve,
    Plan,
    RefuseAudit,
    Report,
    SignNda,
)
from workflows.terms.due import due
from workflows.terms.model import AuditRules as AuditTerms
from workflows.terms.model import Due
from workflows.time import calendar_for, end_of_day, local_day

AuditStep = StepInput[Audit, AuditContext, D_co]
AuditStanding = Standing[Audit, AuditContext]

NEXT = "audit.next"
PLANNED = "audit.planned"
IMPROVE = "audit.improvement"

STATES = (
    State("requested", "The customer asked for it; a day is to be agreed.", frozenset({"live"})),
    State("planned", "Its day is agreed; the auditor's secrecy is signed before it where the terms want it.",
          frozenset({"live"})),
    State("reported", "What was found is on record; improvements are followed.", frozenset({"live"})),
    State("closed", "Done, with every improvement or without any.", final=True),
    State("refused", "Refused on a ground that the agreement gives.", final=True),
)  # fmt: skip


def rules(ctx: AuditStanding) -> AuditTerms:
    """What the agreement says on audits; where it is silent, the law's right without a limit."""
    return ctx.context.terms.audit or AuditTerms(clause="GDPR 28(3)(h)")


def warnings(ctx: AuditStanding) -> tuple[str, ...]:
    """What the terms limit, in words; whoever decides does so with open eyes, and nothing is blocked."""
    found = []
    rule = ctx.context.terms.rules.get(NEXT)
    free = bool(ctx.entity.authority) or (bool(ctx.entity.indications) and rules(ctx).more_on_indications)
    if rule is not None and rule.calendar_year and ctx.context.same_year and not free:
        year = local_day(ctx.entity.requested_at, ctx.context.terms.zone).year
        found.append(
            f"The agreement foresees one audit a calendar year ({rule.clause}), and {year} had one already; "
            "nothing is blocked: a person decides (I-17)."
        )
    if rules(ctx).needs_reason and not ctx.entity.indications:
        found.append(f"The agreement wants a reason for an audit ({rules(ctx).clause}): ask the customer for it.")
    return tuple(found)


def requested(ctx: AuditStep) -> Outcome[Audit]:
    """An audit as it is asked for, with what the terms have to say to it."""
    entity = replace(ctx.entity, warnings=warnings(ctx))
    said = {
        "agreement_id": entity.agreement_id,
        "requested_at": entity.requested_at,
        "channel": entity.channel,
        "warnings": entity.warnings,
    }
    words = {"indications": entity.indications, "authority": entity.authority, "auditor": entity.auditor}
    text = "Agree with the customer on the day, the scope and the auditor of the audit it asked for."
    effects: tuple[Effect, ...] = (OpenTask("audit_plan", text, ctx.id), *letters(ctx, "requested", entity))
    return Outcome(entity, said, {key: value for key, value in words.items() if value}, effects)


def letters(ctx: AuditStanding, step: str, entity: Audit, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact for notices."""
    data = {
        "step": step,
        "clause": rules(ctx).clause,
        "requested_at": entity.requested_at.isoformat(),
        "planned_on": entity.planned_on.isoformat() if entity.planned_on is not None else None,
        "auditor": entity.auditor,
        "scope": entity.scope,
        "secrecy": rules(ctx).secrecy and entity.nda_signed_on is None,
        "cost": entity.cost,
        "cost_clause": entity.cost_clause,
        "findings": [one.text for one in entity.findings],
        **(more or {}),
    }
    lang = ctx.context.customer.language
    return tuple(
        Send("audit", ctx.context.customer.id, one.id, one.email or "", lang, data, counts=place == 0)
        for place, one in enumerate(addressed(ctx.context.customer, ctx.context.terms.notice_contacts))
    )


def plan(ctx: AuditStep[Plan]) -> Outcome[Audit]:
    """A day is agreed, or another one."""
    data = ctx.data
    entity = replace(
        ctx.entity,
        planned_on=data.on,
        scope=data.scope if data.scope is not None else ctx.entity.scope,
        auditor=data.auditor if data.auditor is not None else ctx.entity.auditor,
    )
    day = _by_day(ctx, PLANNED, data.on, "The day on which the audit is planned")
    effects: list[Effect] = [
        CloseTasks(("audit_plan",)),
        OpenDeadline(day, "The audit takes place", entity.agreement_id),
        *_secrecy_task(ctx, entity),
        *letters(ctx, "planned", entity),
    ]
    personal = {"auditor": entity.auditor} if entity.auditor else {}
    return Outcome(entity, {"on": data.on}, personal, tuple(effects))


def _secrecy_task(ctx: AuditStanding, entity: Audit) -> tuple[Effect, ...]:
    if not rules(ctx).secrecy or entity.nda_signed_on is not None:
        return ()
    text = f"Have the auditor sign for secrecy before the audit ({rules(ctx).clause})."
    assert entity.planned_on is not None
    return (OpenTask("audit_nda", text, entity.id, end_of_day(entity.planned_on, ctx.context.terms.zone)),)


def _by_day(ctx: AuditStanding, rule: str, day: Any, why: str) -> Due:
    terms = ctx.context.terms
    return Due(
        rule=rule, due_at=end_of_day(day, terms.zone), last_day=day, boundary="exclusive", clause=rules(ctx).clause,
        steps=(f"{why}: {day}, that whole day included.",), party="processor",
        reading="agreed between the parties, not a number of the agreement", zone=terms.zone,
        calendar=calendar_for(terms.calendar).version,
    )  # fmt: skip


def sign_nda(ctx: AuditStep[SignNda]) -> Outcome[Audit]:
    """The auditor is bound to secrecy."""
    data = ctx.data
    entity = replace(
        ctx.entity,
        nda_signed_on=data.on or local_day(ctx.at, ctx.context.terms.zone),
        nda_evidence=data.evidence,
        auditor=data.auditor if data.auditor is not None else ctx.entity.auditor,
    )
    personal = {key: value for key, value in (("auditor", data.auditor), ("evidence", data.evidence)) if value}
    return Outcome(entity, {"on": entity.nda_signed_on}, personal, (CloseTasks(("audit_nda",)),))


def borne_by(terms: AuditTerms, findings: Sequence[Finding]) -> Literal["controller", "processor"]:
    """Who bears the cost, by what was found and by what the terms let it turn on."""
    found = {one.kind for one in findings}
    return "processor" if terms.cost_turns_on and terms.cost_turns_on in found else "controller"


def report(ctx: AuditStep[Report]) -> Outcome[Audit]:
    """What was found is on record: each with its improvement, and who pays."""
    data = ctx.data
    findings = tuple(
        Finding(id=item_id(ctx.id, "finding", str(place)), text=one.text, kind=one.kind, improve_by=one.improve_by)
        for place, one in enumerate(data.findings)
    )
    entity = replace(
        ctx.entity,
        reported_at=data.received_at or ctx.at,
        findings=findings,
        cost=borne_by(rules(ctx), findings),
        cost_clause=rules(ctx).clause,
        next_from=_next(ctx, data.received_at or ctx.at),
    )
    effects: list[Effect] = [CloseDeadline(PLANNED, "met"), CloseTasks(("audit_plan", "audit_nda"))]
    for one in findings:
        if one.improve_by is not None:
            due_by = _by_day(ctx, IMPROVE, one.improve_by, "The day set for this improvement")
            effects.append(OpenDeadline(due_by, "Put right what the audit found", entity.agreement_id, key=str(one.id)))
        effects.append(
            OpenTask(
                "audit_improve", "Put right what the audit found, where that is possible.", ctx.id,
                end_of_day(one.improve_by, ctx.context.terms.zone) if one.improve_by is not None else None,
                key=str(one.id), data={"finding_id": str(one.id)},
            )
        )  # fmt: skip
    effects += letters(ctx, "reported", entity)
    said = {"findings": [one.kind for one in findings], "cost": entity.cost}
    personal = {"findings": [one.text for one in findings], "evidence": data.evidence}
    return Outcome(entity, said, personal, tuple(effects))


def _next(ctx: AuditStanding, at: datetime) -> datetime | None:
    """From when the terms foresee the next one, where they count audits."""
    if NEXT not in ctx.context.terms.rules:
        return None
    return due(ctx.context.terms, NEXT, at, ctx.context.agreement.facts).due_at


def certificate(ctx: AuditStep[Certificate]) -> Outcome[Audit]:
    """The terms let the processor prove compliance otherwise: a certificate, a third party's report, a statement."""
    entity = replace(ctx.entity, certificate=ctx.data.evidence)
    return Outcome(
        entity, {}, {"evidence": ctx.data.evidence},
        letters(ctx, "certificate", entity, {"evidence": ctx.data.evidence}),
    )  # fmt: skip


def improve(ctx: AuditStep[Improve]) -> Outcome[Audit]:
    """A finding was put right."""
    data = ctx.data
    findings = tuple(
        replace(one, done_at=ctx.at, note=data.note) if one.id == data.finding_id else one
        for one in ctx.entity.findings
    )
    key = str(data.finding_id)
    done = (CloseDeadline(IMPROVE, "met", key), CloseTasks(("audit_improve",), key))
    personal = {"note": data.note} if data.note else {}
    return Outcome(replace(ctx.entity, findings=findings), {"finding_id": data.finding_id}, personal, done)


def close(ctx: AuditStep[CloseAudit]) -> Outcome[Audit]:
    """It is over."""
    entity = replace(ctx.entity, closed_at=ctx.at, result=ctx.data.result)
    over = (
        CloseDeadline(PLANNED, "dropped"),
        CloseTasks(("audit_plan", "audit_nda", "audit_improve")),
    )
    personal = {"result": ctx.data.result} if ctx.data.result else {}
    return Outcome(entity, {}, personal, (*over, *letters(ctx, "closed", entity, {"result": ctx.data.result})))


def refuse(ctx: AuditStep[RefuseAudit]) -> Outcome[Audit]:
    """Refused on the agreement's own ground, with the reason."""
    entity = replace(ctx.entity, closed_at=ctx.at, result=ctx.data.reason)
    over = (CloseDeadline(PLANNED, "dropped"), CloseTasks(("audit_plan", "audit_nda")))
    mails = letters(ctx, "refused", entity, {"reason": ctx.data.reason})
    return Outcome(entity, {"clause": rules(ctx).clause}, {"reason": ctx.data.reason}, (*over, *mails))


def _may_refuse(ctx: AuditStanding) -> str | None:
    if rules(ctx).may_refuse:
        return None
    return (
        f"The agreement gives no ground to refuse an audit ({rules(ctx).clause}): a second one in a year is a "
        "warning, never a refusal."
    )


def _reason_given(ctx: AuditStep[RefuseAudit]) -> str | None:
    return None if ctx.data.reason.strip() else f"Say why: the agreement lets you refuse only {rules(ctx).may_refuse}."


def _secrecy_signed(ctx: AuditStanding) -> str | None:
    if rules(ctx).secrecy and ctx.entity.nda_signed_on is None:
        return f"The auditor signs for secrecy before the audit ({rules(ctx).clause}): record it with sign-nda first."
    return None


def _may_certify(ctx: AuditStanding) -> str | None:
    if rules(ctx).certificate_clause:
        return None
    return f"The agreement foresees no certificate instead of an audit ({rules(ctx).clause})."


def _evidence_named(ctx: AuditStep[Certificate]) -> str | None:
    return None if ctx.data.evidence.strip() else "Say in evidence which certificate, report or statement it is."


def _day_ahead(ctx: AuditStep[Plan]) -> str | None:
    if ctx.data.on < local_day(ctx.at, ctx.context.terms.zone):
        return "The day lies in the past: name the day on which the audit takes place."
    return None


def _signed_by_now(ctx: AuditStep[SignNda]) -> str | None:
    on = ctx.data.on
    return (
        "It cannot have been signed later than today."
        if on and on > local_day(ctx.at, ctx.context.terms.zone)
        else None
    )


def _known_finding(ctx: AuditStep[Improve]) -> str | None:
    found = next((one for one in ctx.entity.findings if one.id == ctx.data.finding_id), None)
    if found is None:
        return "There is no such finding; `findings` shows their ids."
    return "That one was put right already." if found.done_at is not None else None


AUDIT = Workflow(
    Table(
        name="audit",
        entity=Audit,
        context=AuditContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "requested", requested, event="created"),
            Row("plan", ("requested", "planned"), "planned", plan, require=(_day_ahead,), data=Plan,
                event="planned", action=True),
            Row("sign-nda", ("requested", "planned"), None, sign_nda, require=(_signed_by_now,), data=SignNda,
                event="secrecy_signed", action=True),
            Row("certificate", ("requested", "planned"), None, certificate,
                require=(_may_certify, _evidence_named), data=Certificate, event="certificate_offered", action=True),
            Row("report", ("planned",), "reported", report, require=(_secrecy_signed,), data=Report,
                event="reported", action=True),
            Row("improve", ("reported",), None, improve, require=(_known_finding,), data=Improve,
                event="improved", action=True),
            Row("close", ("requested", "planned", "reported"), "closed", close, data=CloseAudit, event="closed",
                action=True),
            Row("refuse", ("requested", "planned"), "refused", refuse, require=(_may_refuse, _reason_given),
                data=RefuseAudit, event="refused", action=True),
        ),
        path="audits",
        parent="agreement_id",
    )
)  # fmt: skip
