"""The controller's audit: a right that the terms may limit by a warning and never by a block.

requested → planned → reported → closed
requested | planned → refused            only where the agreement lets the processor refuse
"""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from msgspec.structs import replace

from workflows.audit.cost import borne_by, cost_divides, divide, share_task
from workflows.audit.letters import letters, rules
from workflows.ids import item_id
from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.audit import (
    Audit,
    AuditContext,
    Certificate,
    CloseAudit,
    DivideCost,
    Finding,
    Improve,
    Plan,
    RefuseAudit,
    Report,
    SignNda,
)
from workflows.model.task_words import clause_words, task_words
from workflows.terms.due import due
from workflows.terms.model import Due
from workflows.terms.names import AFTER_BREACH
from workflows.terms.names import AUDIT_NOTICE as NOTICE
from workflows.time import calendar_for, due_at_once, end_of_day, local_day, start_of_day

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
    if rule is not None and not rule.calendar_year and ctx.context.last_at is not None and not free:
        from_day = due(ctx.context.terms, NEXT, ctx.context.last_at, ctx.context.agreement.facts).due_at
        if from_day is not None and ctx.entity.requested_at < from_day:
            zone = ctx.context.terms.zone
            found.append(
                f"The agreement foresees the next audit from {local_day(from_day, zone)} ({rule.clause}), and the "
                f"last one was on {local_day(ctx.context.last_at, zone)}; nothing is blocked: a person decides."
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
    text = task_words("audit_plan")
    notice = _notice(ctx)
    shown = (OpenDeadline(notice, "The audit may take place", entity.agreement_id),) if notice is not None else ()
    effects: tuple[Effect, ...] = (OpenTask("audit_plan", text, ctx.id), *shown, *letters(ctx, "requested", entity))
    return Outcome(entity, said, {key: value for key, value in words.items() if value}, effects)


def _notice(ctx: AuditStanding) -> Due | None:
    """From when on the audit may take place by the agreement; None where it wants no notice, or an authority asks.
    Where the customer names signs of a breach, by the notice that is for those."""
    terms = ctx.context.terms
    rule = AFTER_BREACH if ctx.entity.indications and AFTER_BREACH in terms.rules else NOTICE
    if rule not in terms.rules or ctx.entity.authority or terms.rules[rule].immediately:
        return None
    found = due(terms, rule, ctx.entity.requested_at, ctx.context.agreement.facts)
    return found if found.due_at is not None else None


def _notice_over(ctx: AuditStanding, how: Literal["met", "dropped"]) -> tuple[Effect, ...]:
    """Whichever notice was waited for, it is not any more."""
    rules_of = (NOTICE, *((AFTER_BREACH,) if AFTER_BREACH in ctx.context.terms.rules else ()))
    return tuple(CloseDeadline(rule, how) for rule in rules_of)


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
        *_notice_over(ctx, "met"),
        OpenDeadline(day, "The audit takes place", entity.agreement_id),
        *_secrecy_task(ctx, entity),
        *letters(ctx, "planned", entity),
    ]
    words = {"auditor": entity.auditor, "agreed_by": data.agreed_by.strip()}
    said: dict[str, Any] = {"on": data.on}
    if (notice := _too_soon(ctx)) is not None:
        said["sooner_than"] = notice.clause
    return Outcome(entity, said, {key: value for key, value in words.items() if value}, tuple(effects))


def _secrecy_task(ctx: AuditStanding, entity: Audit) -> tuple[Effect, ...]:
    if not rules(ctx).secrecy or entity.nda_signed_on is not None:
        return ()
    text = task_words("audit_nda", clause=clause_words(ctx.context.terms, rules(ctx).clause))
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
    data = ctx.data
    entity = replace(
        ctx.entity,
        nda_signed_on=data.on,
        nda_evidence=data.evidence,
        auditor=data.auditor if data.auditor is not None else ctx.entity.auditor,
        warnings=(*ctx.entity.warnings, *_signed_late(ctx, data.on)),
    )
    personal = {key: value for key, value in (("auditor", data.auditor), ("evidence", data.evidence)) if value}
    return Outcome(entity, {"on": entity.nda_signed_on}, personal, (CloseTasks(("audit_nda",)),))


def _signed_late(ctx: AuditStanding, on: date) -> tuple[str, ...]:
    """A warning where the signature came after the audit had begun."""
    planned = ctx.entity.planned_on
    if not rules(ctx).secrecy or planned is None or on <= planned:
        return ()
    return (
        f"The auditor signed for secrecy on {on}, after the audit on {planned}: the agreement wants it before "
        f"({rules(ctx).clause}).",
    )


def report(ctx: AuditStep[Report]) -> Outcome[Audit]:
    """What was found is on record: each with its improvement, and who pays."""
    data = ctx.data
    findings = tuple(
        Finding(id=item_id(ctx.id, "finding", str(place)), text=one.text, kind=one.kind, improve_by=one.improve_by)
        for place, one in enumerate(data.findings)
    )
    at, cost = data.received_at or ctx.at, borne_by(rules(ctx), findings)
    entity = replace(
        ctx.entity,
        reported_at=at,
        findings=findings,
        cost=cost,
        cost_clause=rules(ctx).borne_clause if cost is not None else "",
        next_from=_next(ctx, at),
        warnings=(*ctx.entity.warnings, *_unsigned(ctx)),
    )
    effects: list[Effect] = [CloseDeadline(PLANNED, "met"), CloseTasks(("audit_plan", "audit_nda"))]
    for one in findings:
        due_by = _improved_by(ctx, one, at)
        if due_by is not None:
            effects.append(OpenDeadline(due_by, "Put right what the audit found", entity.agreement_id, key=str(one.id)))
        effects.append(
            OpenTask(
                "audit_improve", task_words("audit_improve"), ctx.id,
                due_by.due_at if due_by is not None else None, key=str(one.id), data={"finding_id": str(one.id)},
            )
        )  # fmt: skip
    effects += share_task(ctx, entity)
    effects += letters(ctx, "reported", entity)
    said = {"findings": [one.kind for one in findings], "cost": entity.cost}
    personal = {"findings": [one.text for one in findings], "evidence": data.evidence}
    return Outcome(entity, said, personal, tuple(effects))


def _unsigned(ctx: AuditStep[Report]) -> tuple[str, ...]:
    """A warning where a report is on record though the auditor had not signed for secrecy before the audit."""
    if _signed_before(ctx) or not ctx.data.unsigned.strip():
        return ()
    why = ctx.data.unsigned
    return (f"Reported though the auditor had not signed for secrecy before the audit ({rules(ctx).clause}): {why}",)


def _improved_by(ctx: AuditStanding, finding: Finding, at: datetime) -> Due | None:
    """By when a finding is put right: the day that was set, else at once where the text has it so."""
    terms = rules(ctx)
    if finding.improve_by is not None:
        return _by_day(ctx, IMPROVE, finding.improve_by, "The day set for this improvement")
    if not terms.improve_at_once or finding.kind != terms.improve_at_once:
        return None
    zone, calendar = ctx.context.terms.zone, calendar_for(ctx.context.terms.calendar).version
    counted = due_at_once(at, zone=zone)
    clause = terms.improve_clause or terms.clause
    steps = (f"{clause} has it put right without delay once it is reported.", *counted.steps)
    return Due(
        rule=IMPROVE, due_at=counted.due_at, last_day=counted.last_day, boundary=counted.boundary, clause=clause,
        steps=steps, party="processor", reading="", zone=zone, calendar=calendar,
    )  # fmt: skip


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
    entity = replace(ctx.entity, closed_at=ctx.at, result=ctx.data.result)
    left = [one for one in ctx.entity.findings if one.done_at is None]
    over = (
        CloseDeadline(PLANNED, "dropped"),
        *_notice_over(ctx, "dropped"),
        *(CloseDeadline(IMPROVE, "dropped", str(one.id)) for one in left),
        CloseTasks(("audit_plan", "audit_nda", "audit_improve")),
    )
    personal = {"result": ctx.data.result} if ctx.data.result else {}
    return Outcome(entity, {}, personal, (*over, *letters(ctx, "closed", entity, {"result": ctx.data.result})))


def refuse(ctx: AuditStep[RefuseAudit]) -> Outcome[Audit]:
    """Refused on the agreement's own ground, with the reason."""
    entity = replace(ctx.entity, closed_at=ctx.at, result=ctx.data.reason)
    over = (
        CloseDeadline(PLANNED, "dropped"),
        *_notice_over(ctx, "dropped"),
        CloseTasks(("audit_plan", "audit_nda")),
    )
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


def _signed_before(ctx: AuditStanding) -> bool:
    signed, planned = ctx.entity.nda_signed_on, ctx.entity.planned_on
    return not rules(ctx).secrecy or (signed is not None and (planned is None or signed <= planned))


def _secrecy_signed(ctx: AuditStep[Report]) -> str | None:
    if _signed_before(ctx) or ctx.data.unsigned.strip():
        return None
    why = f"The auditor signs for secrecy before the audit ({rules(ctx).clause}): record it with sign-nda first"
    if ctx.entity.nda_signed_on is not None:
        why = f"The auditor signed for secrecy after the audit, and the agreement wants it before ({rules(ctx).clause})"
    return f"{why}, or say in unsigned why it was not."


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


def _too_soon(ctx: AuditStep[Plan]) -> Due | None:
    """The notice that the agreement wants, where it is not over by the first moment of that day."""
    notice, zone = _notice(ctx), ctx.context.terms.zone
    if notice is None or notice.due_at is None or notice.due_at <= start_of_day(ctx.data.on, zone):
        return None
    return notice


def _noticed(ctx: AuditStep[Plan]) -> str | None:
    notice = _too_soon(ctx)
    if notice is None or notice.due_at is None or ctx.data.agreed_by.strip():
        return None
    first = local_day(notice.due_at, ctx.context.terms.zone)
    if start_of_day(first, ctx.context.terms.zone) < notice.due_at:
        first += timedelta(days=1)
    return (
        f"The agreement wants notice of an audit, and that is over from {first.isoformat()} on ({notice.clause}): name "
        "that day or a later one, or say in agreed_by who agreed to an earlier one."
    )


def _signed_by_now(ctx: AuditStep[SignNda]) -> str | None:
    if ctx.data.on > local_day(ctx.at, ctx.context.terms.zone):
        return "It cannot have been signed later than today."
    return None


def _known_finding(ctx: AuditStep[Improve]) -> str | None:
    found = next((one for one in ctx.entity.findings if one.id == ctx.data.finding_id), None)
    if found is None:
        return "There is no such finding; `findings` shows their ids."
    return "This finding was put right already." if found.done_at is not None else None


AUDIT = Workflow(
    Table(
        name="audit",
        entity=Audit,
        context=AuditContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "requested", requested, event="created"),
            Row("plan", ("requested", "planned"), "planned", plan, require=(_day_ahead, _noticed), data=Plan,
                event="planned", action=True),
            Row("sign-nda", ("requested", "planned"), None, sign_nda, require=(_signed_by_now,), data=SignNda,
                event="secrecy_signed", action=True),
            Row("certificate", ("requested", "planned"), None, certificate,
                require=(_may_certify, _evidence_named), data=Certificate, event="certificate_offered", action=True),
            Row("report", ("planned",), "reported", report, require=(_secrecy_signed,), data=Report,
                event="reported", action=True),
            Row("divide-cost", ("reported", "closed"), None, divide, require=(cost_divides,), data=DivideCost,
                event="cost_divided", action=True),
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
