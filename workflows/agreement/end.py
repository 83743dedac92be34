"""How an agreement ends: its main contracts, services, rights to end, and an end taken back. Pure."""

from datetime import date, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from workflows.agreement.guards import At, corrected, ends_at, find_contract, right_for
from workflows.agreement.plan import approval, begin_anew, open_return, withdrawn
from workflows.agreement.services import service_timers
from workflows.agreement.shared import letters, passed, start_timer
from workflows.agreement.versions import goes_on, left_over
from workflows.deletion.items import end_event
from workflows.machine.effects import (
    RANK_END,
    RANK_ERASE,
    ClearTimer,
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    Engage,
    FanOut,
    OpenDeadline,
    OpenTask,
    SetTimer,
    Tell,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import (
    Agreement,
    MainContract,
)
from workflows.model.parties import Engagement
from workflows.terms.due import due
from workflows.time import Period, calendar_for, count, end_of_day, local_day, parse_period

AGREEMENT_ENDED: Final = "the agreement ended"
"""Why its engagements are over; the statement that loads an agreement knows these words."""
WARNING: Final = timedelta(days=30)
"""How long before the last day a customer is warned who cannot ask its data back afterwards. The processor's own."""


def end_timer(c: At, contracts: tuple[MainContract, ...], *, told: bool = False) -> tuple[Effect, ...]:
    """Fires when the last contract's last day is over, or when one is due to renew; and before that, the warning.

    `told`: the customer hears of the end with this very step.
    """
    zone = c.context.terms.zone
    renewing = [end_of_day(one.ends_on, zone) for one in contracts if one.renews and not one.ending and one.ends_on]
    end = ends_at(c, contracts)
    instants = [*renewing, *((end,) if end is not None else ())]
    warn = _warning(c, None if renewing else end, told)
    if not instants:
        return (ClearTimer("end"), warn)
    return (SetTimer("end", min(instants), "end", RANK_END), warn)


def _warning(c: At, end: datetime | None, told: bool) -> Effect:
    if end is None or not c.context.terms.end.warn_before_end or end <= c.now:
        return ClearTimer("warn")
    at = end - WARNING
    if told and at < c.now + WARNING:
        # Told now, and again only where there is long to go.
        return ClearTimer("warn")
    return SetTimer("warn", max(at, c.now), "warn")


def warn(c: At) -> Outcome[Agreement]:
    """Before the end: what becomes of the data, and that an export has to be made while there is time (ST-A8)."""
    end = c.entity.terminates_at or ends_at(c, c.entity.main_contracts)
    assert end is not None
    mails = letters(c, "end_planned", {"ends_at": end.isoformat()})
    return Outcome(c.entity, {"ends_at": end}, effects=mails, event="end_warned")


def changed_contracts(
    c: At, contracts: tuple[MainContract, ...], *, told: bool = False
) -> tuple[Agreement, tuple[Effect, ...]]:
    """The agreement with these main contracts, and the timers that follow from them."""
    entity = replace(c.entity, main_contracts=contracts)
    if "in_force" in c.tags:
        return entity, end_timer(c, contracts, told=told)
    if "editable" in c.tags:
        return entity, ()
    return entity, start_timer(c, entity)


def add_contract(c: At) -> Outcome[Agreement]:
    """One more main contract: it ends with the last of them (CI-A6)."""
    entity, effects = changed_contracts(c, (*c.entity.main_contracts, c.data))
    return Outcome(entity, {"reference": c.data.reference}, effects=effects, event="main_contract_added")


def end_contract(c: At) -> Outcome[Agreement]:
    """The last day of a main contract is set; nothing happens before that day is over (I-14)."""
    ended = find_contract(c, c.data.reference)
    assert ended is not None
    contracts = tuple(_ending(one, c.data.on) if one is ended else one for one in c.entity.main_contracts)
    end = ends_at(c, contracts)
    told: tuple[Effect, ...] = ()
    if c.context.terms.end.warn_before_end and "in_force" in c.tags and end is not None and end > c.now:
        told = letters(c, "end_planned", {"on": c.data.on.isoformat(), "ends_at": end.isoformat()})
    entity, effects = changed_contracts(c, contracts, told=bool(told))
    return Outcome(
        entity,
        {"reference": ended.reference, "on": c.data.on},
        effects=(*effects, *told),
        event="main_contract_ending",
    )


def renew(c: At) -> Outcome[Agreement]:
    """P22: a contract that nobody ended renews for its period, from its own last day."""
    zone = c.context.terms.zone

    def renewed(one: MainContract) -> MainContract:
        if not one.renews or one.ending or one.ends_on is None or end_of_day(one.ends_on, zone) > c.at:
            return one
        return replace(one, ends_on=next_last_day(c, one), renewed_from=one.renewed_from or one.ends_on)

    contracts = tuple(renewed(one) for one in c.entity.main_contracts)
    said = [{"reference": one.reference, "ends_on": one.ends_on} for one in contracts]
    return Outcome(
        replace(c.entity, main_contracts=contracts),
        {"main_contracts": said},
        effects=end_timer(c, contracts),
        event="renewed",
    )


def next_last_day(c: At, one: MainContract) -> date:
    """The last day of a contract's next period, counted from where it began so that no month's end drifts (I-04).

    From the first day on, where the contract has run for whole periods since; else from its first last day.
    """
    assert one.renews is not None
    assert one.ends_on is not None
    period = parse_period(one.renews)
    anchor, back = one.renewed_from or one.ends_on, timedelta(0)
    if _periods_to(c, period, one.starts_on, anchor + timedelta(days=1)):
        anchor, back = one.starts_on, timedelta(days=1)
    times = 1
    while (day := _after(c, period, anchor, times) - back) <= one.ends_on:
        times += 1
    return day


def _periods_to(c: At, period: Period, start: date, end: date) -> bool:
    """Whether a whole number of periods lies between two days."""
    times = 1
    while (day := _after(c, period, start, times)) < end:
        times += 1
    return day == end


def _after(c: At, period: Period, day: date, times: int) -> date:
    calendar = calendar_for(c.context.terms.calendar)
    longer = Period(unit=period.unit, count=period.count * times)
    return count(longer, day, zone=c.context.terms.zone, calendar=calendar, party="processor").last_day


def terminate(c: At) -> Outcome[Agreement]:
    """On receipt of a valid notice, or on the later date it names (CI-A5)."""
    right = right_for(c, c.data.ground)
    assert right is not None
    arrived = c.data.received_at or c.at
    at = arrived
    if c.data.effective_on is not None:
        at = max(arrived, end_of_day(c.data.effective_on, c.context.terms.zone))
    entity = replace(c.entity, end_ground=c.data.ground, terminates_at=at)
    if c.data.ground == "amendment":
        entity = left_over(c, entity, arrived)
    effects: list[Effect] = [SetTimer("terminated", at, "terminated", RANK_END), *letters(c, "end_confirmed", {
        "ground": c.data.ground, "ends_at": at.isoformat()})]  # fmt: skip
    if c.context.terms.end.warn_before_end and at > c.now:
        effects += letters(c, "end_planned", {"ends_at": at.isoformat()})
    if right.ends == "agreement":
        text = (
            f"Only the processing agreement ends ({right.clause}): the main contract goes on without a ground "
            "for processing. Settle what becomes of it."
        )
        effects.append(OpenTask("main_contract", text, c.id, at if at > c.now else None))
    personal = {
        key: value
        for key, value in (
            ("reason", c.data.reason or c.data.grounds),
            ("by", c.data.by),
            ("evidence", c.data.evidence),
        )
        if value
    }
    return Outcome(
        entity,
        {
            "ground": c.data.ground,
            "clause": right.clause,
            "party": c.data.party,
            "received_at": arrived,
            "ends_at": at,
            **({"broken_by": c.data.broken_by} if c.data.broken_by else {}),
        },
        personal,
        tuple(effects),
        event="termination_received",
    )


def ended(c: At) -> Outcome[Agreement]:
    """The agreement ended: notices fall, deadlines for the data open, the choice may run.

    Where it is over with that, processing stops: nobody works for it any more. Where it goes on until the last
    data are gone (I-23), those who hold them do.
    """
    zone, ending = c.context.terms.zone, c.context.terms.ending
    last_day = local_day(c.at - timedelta(microseconds=1), zone)
    entity = replace(
        c.entity,
        main_contracts=_contracts_ended(c, last_day),
        ended_at=c.at,
        ended_on=last_day,
        end_ground=c.entity.end_ground or "main_contract",
    )
    effects: list[Effect] = [ClearTimer("end"), ClearTimer("terminated"), ClearTimer("warn")]
    effects += [Tell(notice, "agreement_ended") for notice in c.context.open_notices]
    if ending.in_force_until == "end":
        effects.append(Disengage(c.id, c.at, AGREEMENT_ENDED))
    effects += _data_deadlines(c, entity)
    settle_at = _settles_at(c, entity)
    effects.append(SetTimer("settle", settle_at, "settle", RANK_ERASE, "irreversible"))
    if entity.choice is not None and entity.choice.data == "return" and c.context.terms.end.data != "return_first":
        c.entity = entity
        entity, more = open_return(c)
        effects += more
    elif entity.choice is not None:
        effects.append(SetTimer("settle", c.at, "settle", RANK_ERASE, "irreversible"))
    effects += letters(c, "ended", {"ended_on": last_day.isoformat(), "settle_at": settle_at.isoformat()})
    return Outcome(entity, {"ended_on": last_day, "ground": entity.end_ground}, effects=tuple(effects), event="ended")


def _contracts_ended(c: At, last_day: date) -> tuple[MainContract, ...]:
    """A right that ends the main contract ends each that would have gone on."""
    right = right_for(c, c.entity.end_ground or "")
    if right is None or right.ends != "main_contract" or c.entity.terminates_at is None:
        return c.entity.main_contracts
    return tuple(
        _ending(one, max(last_day, one.starts_on)) if one.ends_on is None or one.ends_on > last_day else one
        for one in c.entity.main_contracts
    )


def _settles_at(c: At, entity: Agreement) -> datetime:
    """When what becomes of the data is settled: at once, or when the period for a choice is over."""
    if c.context.terms.end.data != "choice":
        return c.at
    return due(c.context.terms, "end.choice", end_event(entity, c.context.terms.zone), entity.facts).due_at or c.at


def correct_ended(c: At) -> Outcome[Agreement]:
    """P25: it stays ended, with another last day: deadlines, choice and plan are computed from that day."""
    zone, owner = c.context.terms.zone, c.entity.customer_id
    entity = corrected(c)
    end = ends_at(c, entity.main_contracts)
    if entity.terminates_at != c.entity.terminates_at:
        end = entity.terminates_at
    elif entity.main_contracts == c.entity.main_contracts:
        end = None
    if end is not None:
        entity = replace(entity, ended_at=end, ended_on=local_day(end - timedelta(microseconds=1), zone))
    effects: list[Effect] = list(_data_deadlines(c, entity))
    if entity.plan:
        c.entity = entity
        entity, more = begin_anew(c)
        effects += more
    else:
        effects.append(SetTimer("settle", _settles_at(c, entity), "settle", RANK_ERASE, "irreversible"))
    said = {"event_id": c.data.event_id, "data": c.data.data, "reason": c.data.reason, "ended_on": entity.ended_on}
    mails = letters(c, "corrected", {"reason": c.data.reason})
    told = passed(owner, entity.customer_id)
    return Outcome(entity, said, effects=(*effects, *mails, *told), event="corrected")


def _data_deadlines(c: At, entity: Agreement) -> list[Effect]:
    found: list[Effect] = []
    for rule, text in (("end.choice", "Ask for return of the data"), ("end.erasure", "Erase the data")):
        if rule == "end.choice" and entity.choice is not None:
            continue
        if rule in c.context.terms.rules and entity.ended_on is not None:
            answer = due(c.context.terms, rule, end_event(entity, c.context.terms.zone), entity.facts)
            if answer.due_at is not None:
                found.append(OpenDeadline(answer, text, c.id))
    return found


def cancel_end(c: At) -> Outcome[Agreement]:
    """P23: an end that lies ahead is taken back; each contract runs as it did before."""
    zone = c.context.terms.zone
    contracts = tuple(
        _goes_on(c, one) if one.ending and one.ends_on and end_of_day(one.ends_on, zone) > c.now else one
        for one in c.entity.main_contracts
    )
    entity = replace(c.entity, main_contracts=contracts, end_ground=None, terminates_at=None)
    return Outcome(
        entity,
        {"reason": c.data.reason},
        effects=(
            ClearTimer("terminated"),
            CloseTasks(("main_contract",)),
            *end_timer(c, contracts),
            *goes_on(entity),
            *letters(c, "end_cancelled"),
        ),
        event="end_cancelled",
    )


def _ending(one: MainContract, on: date) -> MainContract:
    """Somebody ended it; what its last day was before is kept, to go back to."""
    before = one.ended_from if one.ending else one.ends_on
    return replace(one, ends_on=on, ending=True, ended_from=before)


def _goes_on(c: At, one: MainContract) -> MainContract:
    """As it ran before somebody ended it; one whose own last day is past and that does not renew is open-ended."""
    last = one.ended_from if one.ending else one.ends_on
    if last is not None and not one.renews and end_of_day(last, c.context.terms.zone) <= c.now:
        last = None
    return replace(one, ends_on=last, ending=False, ended_from=None)


def alive_again(c: At, contracts: tuple[MainContract, ...]) -> tuple[Agreement, tuple[Effect, ...]]:
    """As if it had not ended: its plan and deadlines fall, who worked for it works on, its contacts are told,
    changes under way reach it. What a service left that ended apart still has to go."""
    fallen = [one for one in c.entity.plan if not one.service]
    left = tuple(one for one in c.entity.plan if one.service)
    entity = replace(
        c.entity,
        main_contracts=contracts,
        ended_at=None,
        ended_on=None,
        end_ground=None,
        terminates_at=None,
        choice=None,
        plan=left,
        plan_approved_at=max((one.approved_at for one in left if one.approved_at is not None), default=None),
        mailbox_read_at=None,
    )
    effects: list[Effect] = [
        ClearTimer("settle"),
        CloseDeadline("end.choice", "dropped"),
        CloseDeadline("end.erasure", "dropped", key=""),
        CloseTasks(("approve_plan", "mailbox_read", "main_contract")),
        *withdrawn(fallen),
        *approval(c, entity),
        *(_works_on(c, one) for one in c.context.worked),
        *service_timers(c, entity),
        *end_timer(c, contracts),
        *goes_on(entity),
        *letters(c, "end_cancelled"),
        FanOut("join", agreement=c.id),
    ]
    return entity, tuple(effects)


def _works_on(c: At, one: Engagement) -> Engage:
    return Engage(c.id, one.subprocessor_id, one.country, c.now, one.basis, notice=one.notice_id, change=one.change_id)


def cancel_ended(c: At) -> Outcome[Agreement]:
    """P23: until the first erasure has run, the end can be taken back."""
    last = max((one.ends_on for one in c.entity.main_contracts if one.ends_on), default=None)
    contracts = tuple(
        _goes_on(c, one) if one.ends_on is not None and one.ends_on == last else one for one in c.entity.main_contracts
    )
    entity, effects = alive_again(c, contracts)
    return Outcome(entity, {"reason": c.data.reason}, effects=effects, event="end_cancelled")
