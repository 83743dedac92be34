"""How an agreement ends: its main contracts, services, rights to end, and an end taken back. Pure."""

from datetime import date, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from workflows.agreement.guards import (
    AgreementStanding,
    AgreementStep,
    corrected,
    ends_at,
    find_contract,
    right_for,
)
from workflows.agreement.outage import held_as_before
from workflows.agreement.plan import (
    PLAN_TASKS,
    approval,
    begin_anew,
    deadline_of_all,
    deadline_of_choice,
    open_return,
    waits_for_return,
    withdrawn,
)
from workflows.agreement.rights import end_services, ending_fields, refund, takes_effect
from workflows.agreement.services import service_timers
from workflows.agreement.shared import letters, passed, start_timer
from workflows.agreement.timers import END, KEPT_OVER, SETTLE, TERMINATED, WARN
from workflows.agreement.versions import goes_on, left_over
from workflows.deletion.clocks import CHOICE, ERASURE, by_rule, erasure_due
from workflows.machine.effects import (
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    Engage,
    FanOut,
    OpenTask,
)
from workflows.machine.messages import AGREEMENT_ENDED as NOTICE_ENDS
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, CancelEnd, Correct, EndMainContract, MainContract, Terminate
from workflows.model.parties import Engagement
from workflows.model.task_words import clause_words, task_words
from workflows.terms.due import root_of
from workflows.terms.model import Terms
from workflows.time import Period, calendar_for, count, end_of_day, local_day, parse_period

WARNING: Final = timedelta(days=30)
"""How long before the last day a customer is warned who cannot ask its data back afterwards. The processor's own."""


def end_timer(ctx: AgreementStep, contracts: tuple[MainContract, ...], *, told: bool = False) -> tuple[Effect, ...]:
    """Fires when the last contract's last day is over, or when one is due to renew; and before that, the warning.

    `told`: the customer hears of the end with this very step.
    """
    zone = ctx.context.terms.zone
    renewing = [end_of_day(one.ends_on, zone) for one in contracts if one.renews and not one.ending and one.ends_on]
    end = ends_at(ctx, contracts)
    instants = [*renewing, *((end,) if end is not None else ())]
    warn = _warning(ctx, None if renewing else end, told)
    if not instants:
        return (END.clear(), warn)
    return (END.at(min(instants)), warn)


def _warning(ctx: AgreementStep, end: datetime | None, told: bool) -> Effect:
    if end is None or not ctx.context.terms.end.warn_before_end or end <= ctx.now:
        return WARN.clear()
    at = end - WARNING
    if told and at < ctx.now + WARNING:
        # Told now, and again only where there is long to go.
        return WARN.clear()
    return WARN.at(max(at, ctx.now))


def warn(ctx: AgreementStep) -> Outcome[Agreement]:
    """Before the end: what becomes of the data, and that an export has to be made while there is time (ST-A8)."""
    end = ctx.entity.terminates_at or ends_at(ctx, ctx.entity.main_contracts)
    assert end is not None
    mails = letters(ctx, "end_planned", {"ends_at": end.isoformat()})
    return Outcome(ctx.entity, {"ends_at": end}, effects=mails)


def changed_contracts(
    ctx: AgreementStep, contracts: tuple[MainContract, ...], *, told: bool = False
) -> tuple[Agreement, tuple[Effect, ...]]:
    """The agreement with these main contracts, and the timers that follow from them."""
    entity = replace(ctx.entity, main_contracts=contracts)
    if "in_force" in ctx.tags:
        return entity, end_timer(ctx, contracts, told=told)
    if "editable" in ctx.tags:
        return entity, ()
    return entity, start_timer(ctx, entity, ctx.now)


def add_contract(ctx: AgreementStep[MainContract]) -> Outcome[Agreement]:
    """One more main contract: it ends with the last of them (CI-A6)."""
    entity, effects = changed_contracts(ctx, (*ctx.entity.main_contracts, ctx.data))
    return Outcome(entity, {"reference": ctx.data.reference}, effects=effects)


def end_contract(ctx: AgreementStep[EndMainContract]) -> Outcome[Agreement]:
    """The last day of a main contract is set; nothing happens before that day is over (I-14)."""
    ended = find_contract(ctx, ctx.data.reference)
    assert ended is not None
    contracts = tuple(_ending(one, ctx.data.on) if one is ended else one for one in ctx.entity.main_contracts)
    end = ends_at(ctx, contracts)
    told: tuple[Effect, ...] = ()
    if ctx.context.terms.end.warn_before_end and "in_force" in ctx.tags and end is not None and end > ctx.now:
        told = letters(ctx, "end_planned", {"on": ctx.data.on.isoformat(), "ends_at": end.isoformat()})
    entity, effects = changed_contracts(ctx, contracts, told=bool(told))
    noticed = ctx.data.noticed_at or ctx.at
    entity = replace(entity, end_noticed_at=noticed)
    said = {"reference": ended.reference, "on": ctx.data.on}
    if ctx.data.noticed_at is not None:
        said["noticed_at"] = noticed
    return Outcome(entity, said, effects=(*effects, *told, *runs_from_notice(ctx, entity)))


def runs_from_notice(ctx: AgreementStep, entity: Agreement) -> tuple[Effect, ...]:
    """Where the terms count from the day on which notice of the end is given, those clocks run from now on."""
    terms, found = ctx.context.terms, list[Effect]()
    if _from_notice(terms, CHOICE) and entity.choice is None:
        found += deadline_of_choice(ctx, by_rule(terms, entity, CHOICE))
    if _from_notice(terms, ERASURE):
        found += deadline_of_all(ctx, erasure_due(terms, entity))
    return tuple(found)


def _from_notice(terms: Terms, rule: str) -> bool:
    return rule in terms.rules and root_of(terms, rule).starts == "notice_of_ending"


def renew(ctx: AgreementStep) -> Outcome[Agreement]:
    """P22: a contract that nobody ended renews for its period, from its own last day."""
    zone = ctx.context.terms.zone

    def renewed(one: MainContract) -> MainContract:
        if not one.renews or one.ending or one.ends_on is None or end_of_day(one.ends_on, zone) > ctx.at:
            return one
        return replace(one, ends_on=next_last_day(ctx, one), renewed_from=one.renewed_from or one.ends_on)

    contracts = tuple(renewed(one) for one in ctx.entity.main_contracts)
    said = [{"reference": one.reference, "ends_on": one.ends_on} for one in contracts]
    return Outcome(
        replace(ctx.entity, main_contracts=contracts),
        {"main_contracts": said},
        effects=end_timer(ctx, contracts),
    )


def next_last_day(ctx: AgreementStanding, one: MainContract) -> date:
    """The last day of a contract's next period, counted from where it began so that no month's end drifts (I-04).

    From the first day on, where the contract has run for whole periods since; else from its first last day.
    """
    assert one.renews is not None
    assert one.ends_on is not None
    period = parse_period(one.renews)
    anchor, back = one.renewed_from or one.ends_on, timedelta(0)
    if _periods_to(ctx, period, one.starts_on, anchor + timedelta(days=1)):
        anchor, back = one.starts_on, timedelta(days=1)
    times = 1
    while (day := _after(ctx, period, anchor, times) - back) <= one.ends_on:
        times += 1
    return day


def _periods_to(ctx: AgreementStanding, period: Period, start: date, end: date) -> bool:
    """Whether a whole number of periods lies between two days."""
    times = 1
    while (day := _after(ctx, period, start, times)) < end:
        times += 1
    return day == end


def _after(ctx: AgreementStanding, period: Period, day: date, times: int) -> date:
    calendar = calendar_for(ctx.context.terms.calendar)
    longer = Period(unit=period.unit, count=period.count * times)
    return count(longer, day, zone=ctx.context.terms.zone, calendar=calendar, party="processor").last_day


def terminate(ctx: AgreementStep[Terminate]) -> Outcome[Agreement]:
    """On receipt of a valid notice, or on the later date it names (CI-A5)."""
    right = right_for(ctx, ctx.data.ground)
    assert right is not None
    if right.ends == "service":
        return end_services(ctx, right)
    arrived = ctx.data.received_at or ctx.at
    at = max(arrived, takes_effect(ctx, right, arrived))
    if ctx.data.effective_on is not None:
        at = max(at, end_of_day(ctx.data.effective_on, ctx.context.terms.zone))
    entity = replace(ctx.entity, end_ground=ctx.data.ground, terminates_at=at, end_noticed_at=arrived)
    if ctx.data.ground == "amendment":
        entity = left_over(entity, arrived)
    confirmed = letters(
        ctx, "end_confirmed", {"ground": ctx.data.ground, "ends_at": at.isoformat(), "party": ctx.data.party}
    )
    effects: list[Effect] = [TERMINATED.at(at), *confirmed, *runs_from_notice(ctx, entity)]
    if ctx.context.terms.end.warn_before_end and at > ctx.now:
        effects += letters(ctx, "end_planned", {"ends_at": at.isoformat()})
    effects += refund(ctx, right)
    if right.ends == "agreement":
        text = task_words("main_contract_goes_on", clause=clause_words(ctx.context.terms, right.clause))
        effects.append(OpenTask("main_contract", text, ctx.id, at if at > ctx.now else None))
    public, personal = ending_fields(ctx, right, arrived)
    return Outcome(entity, {**public, "ends_at": at}, personal, tuple(effects))


def ended(ctx: AgreementStep) -> Outcome[Agreement]:
    """The agreement ended: notices fall, deadlines for the data open, the choice may run.

    Where it is over with that, processing stops: nobody works for it any more. Where it goes on until the last
    data are gone (I-23), those who hold them do.
    """
    zone, ending = ctx.context.terms.zone, ctx.context.terms.ending
    last_day = local_day(ctx.at - timedelta(microseconds=1), zone)
    entity = replace(
        ctx.entity,
        main_contracts=_contracts_ended(ctx, last_day),
        ended_at=ctx.at,
        ended_on=last_day,
        end_ground=ctx.entity.end_ground or "main_contract",
    )
    effects: list[Effect] = [
        END.clear(),
        TERMINATED.clear(),
        WARN.clear(),
        CloseDeadline("ending.cure", "dropped"),
        CloseTasks(("cure",)),
    ]
    effects += [NOTICE_ENDS.to(notice) for notice in ctx.context.open_notices]
    if ending.in_force_until != "last_data":
        effects.append(Disengage(ctx.id, ctx.at, "agreement_ended"))
    effects += _data_deadlines(ctx, entity)
    settle_at = _settles_at(ctx, entity)
    effects.append(SETTLE.at(settle_at))
    if entity.choice is not None and entity.choice.data == "return" and ctx.context.terms.end.data != "return_first":
        entity, more = open_return(ctx, entity)
        effects += more
    elif entity.choice is not None:
        effects.append(SETTLE.at(ctx.at))
    effects += letters(ctx, "ended", {"ended_on": last_day.isoformat(), "settle_at": settle_at.isoformat()})
    return Outcome(entity, {"ended_on": last_day, "ground": entity.end_ground}, effects=tuple(effects))


def _contracts_ended(ctx: AgreementStanding, last_day: date) -> tuple[MainContract, ...]:
    """A right that ends the main contract ends each that would have gone on."""
    right = right_for(ctx, ctx.entity.end_ground or "")
    if right is None or right.ends != "main_contract" or ctx.entity.terminates_at is None:
        return ctx.entity.main_contracts
    return tuple(
        _ending(one, max(last_day, one.starts_on)) if one.ends_on is None or one.ends_on > last_day else one
        for one in ctx.entity.main_contracts
    )


def _settles_at(ctx: AgreementStep, entity: Agreement) -> datetime:
    """When what becomes of the data is settled: at once, or when the period for a choice is over."""
    if ctx.context.terms.end.data != "choice":
        return ctx.at
    found = by_rule(ctx.context.terms, entity, CHOICE)
    return found.due_at if found is not None and found.due_at is not None else ctx.at


def correct_ended(ctx: AgreementStep[Correct]) -> Outcome[Agreement]:
    """P25: it stays ended, with another last day: deadlines, choice and plan are computed from that day."""
    zone, owner = ctx.context.terms.zone, ctx.entity.customer_id
    entity = corrected(ctx)
    end = ends_at(ctx, entity.main_contracts)
    if entity.terminates_at != ctx.entity.terminates_at:
        end = entity.terminates_at
    elif entity.main_contracts == ctx.entity.main_contracts:
        end = None
    if end is not None:
        entity = replace(entity, ended_at=end, ended_on=local_day(end - timedelta(microseconds=1), zone))
    entity = held_as_before(ctx, entity)
    effects: list[Effect] = list(_data_deadlines(ctx, entity))
    if entity.plan:
        entity, more = begin_anew(ctx, entity)
        effects += more
    else:
        effects.append(SETTLE.at(_settles_at(ctx, entity)))
    said = {
        "event_id": ctx.data.event_id,
        "data": ctx.data.data,
        "reason": ctx.data.reason,
        "ended_on": entity.ended_on,
    }
    mails = letters(ctx, "corrected", {"reason": ctx.data.reason})
    told = passed(owner, entity.customer_id)
    return Outcome(entity, said, effects=(*effects, *mails, *told))


def _data_deadlines(ctx: AgreementStanding, entity: Agreement) -> list[Effect]:
    terms, found = ctx.context.terms, list[Effect]()
    if entity.ended_on is None:
        return found
    if entity.choice is None and not _from_notice(terms, CHOICE):
        found += deadline_of_choice(ctx, by_rule(terms, entity, CHOICE))
    returning = any(one.kind == "return" and one.done_at is None for one in entity.plan)
    if not (returning and waits_for_return(ctx, entity)):
        found += deadline_of_all(ctx, erasure_due(terms, entity))
    return found


def cancel_end(ctx: AgreementStep[CancelEnd]) -> Outcome[Agreement]:
    """P23: an end that lies ahead is taken back; each contract runs as it did before."""
    zone = ctx.context.terms.zone
    contracts = tuple(
        _goes_on(ctx, one) if one.ending and one.ends_on and end_of_day(one.ends_on, zone) > ctx.now else one
        for one in ctx.entity.main_contracts
    )
    entity = replace(ctx.entity, main_contracts=contracts, end_ground=None, terminates_at=None, end_noticed_at=None)
    return Outcome(
        entity,
        {"reason": ctx.data.reason},
        effects=(
            TERMINATED.clear(),
            *(CloseDeadline(rule, "dropped", key="") for rule in (CHOICE, ERASURE)),
            CloseTasks(("main_contract",)),
            *end_timer(ctx, contracts),
            *goes_on(entity),
            *letters(ctx, "end_cancelled"),
        ),
    )


def _ending(one: MainContract, on: date) -> MainContract:
    """Somebody ended it; what its last day was before is kept, to go back to."""
    before = one.ended_from if one.ending else one.ends_on
    return replace(one, ends_on=on, ending=True, ended_from=before)


def _goes_on(ctx: AgreementStep, one: MainContract) -> MainContract:
    """As it ran before somebody ended it; one whose own last day is past and that does not renew is open-ended."""
    last = one.ended_from if one.ending else one.ends_on
    if last is not None and not one.renews and end_of_day(last, ctx.context.terms.zone) <= ctx.now:
        last = None
    return replace(one, ends_on=last, ending=False, ended_from=None)


def alive_again(ctx: AgreementStep, contracts: tuple[MainContract, ...]) -> tuple[Agreement, tuple[Effect, ...]]:
    """As if it had not ended: its plan and deadlines fall, who worked for it works on, its contacts are told,
    changes under way reach it. What a service left that ended apart still has to go."""
    fallen = [one for one in ctx.entity.plan if not one.service]
    left = tuple(one for one in ctx.entity.plan if one.service)
    entity = replace(
        ctx.entity,
        main_contracts=contracts,
        ended_at=None,
        ended_on=None,
        end_ground=None,
        terminates_at=None,
        choice=None,
        plan=left,
        plan_approved_at=max((one.approved_at for one in left if one.approved_at is not None), default=None),
        mailbox_read_at=None,
        end_noticed_at=None,
        certificate_asked_at=None,
        choice_until=None,
    )
    effects: list[Effect] = [
        SETTLE.clear(),
        KEPT_OVER.clear(),
        *(CloseDeadline(rule, "dropped", key="") for rule in ("end.choice", "end.erasure", "end.certificate")),
        CloseTasks((*PLAN_TASKS, "main_contract")),
        *withdrawn(fallen),
        *approval(ctx, entity),
        *(_works_on(ctx, one) for one in ctx.context.worked),
        *service_timers(ctx, entity),
        *end_timer(ctx, contracts),
        *goes_on(entity),
        *letters(ctx, "end_cancelled"),
        FanOut("join", agreement=ctx.id),
    ]
    return entity, tuple(effects)


def _works_on(ctx: AgreementStep, one: Engagement) -> Engage:
    return Engage(
        ctx.id, one.subprocessor_id, one.country, ctx.now, one.basis, notice=one.notice_id, change=one.change_id
    )


def cancel_ended(ctx: AgreementStep[CancelEnd]) -> Outcome[Agreement]:
    """P23: until the first erasure has run, the end can be taken back."""
    last = max((one.ends_on for one in ctx.entity.main_contracts if one.ends_on), default=None)
    contracts = tuple(
        _goes_on(ctx, one) if one.ends_on is not None and one.ends_on == last else one
        for one in ctx.entity.main_contracts
    )
    entity, effects = alive_again(ctx, contracts)
    return Outcome(entity, {"reason": ctx.data.reason}, effects=effects)
