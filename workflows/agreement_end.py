"""How an agreement ends: its main contracts, services, rights to end, and an end taken back. Pure."""

from datetime import date, datetime, timedelta

from msgspec.structs import replace

from workflows.agreement_erasure import open_return, plan_anew
from workflows.agreement_guards import At, corrected, ends_at, find_contract, right_for
from workflows.agreement_parts import letters, start_timer
from workflows.deletion import end_event
from workflows.entities import Agreement, MainContract
from workflows.step import (
    RANK_END,
    RANK_ERASE,
    ClearTimer,
    CloseDeadline,
    CloseTasks,
    Effect,
    FanOut,
    OpenDeadline,
    OpenTask,
    Outcome,
    SetTimer,
    Tell,
)
from workflows.terms.due import due
from workflows.time import calendar_for, count, end_of_day, local_day, parse_period


def end_timer(c: At, contracts: tuple[MainContract, ...]) -> tuple[Effect, ...]:
    """Fires when the last contract's last day is over, or when one is due to renew."""
    zone = c.context.terms.zone
    renewing = [end_of_day(one.ends_on, zone) for one in contracts if one.renews and not one.ending and one.ends_on]
    end = ends_at(c, contracts)
    instants = [*renewing, *((end,) if end is not None else ())]
    if not instants:
        return (ClearTimer("end"),)
    return (SetTimer("end", min(instants), "end", RANK_END),)


def changed_contracts(c: At, contracts: tuple[MainContract, ...]) -> tuple[Agreement, tuple[Effect, ...]]:
    """The agreement with these main contracts, and the timers that follow from them."""
    entity = replace(c.entity, main_contracts=contracts)
    if "in_force" in c.tags:
        return entity, end_timer(c, contracts)
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
    entity, effects = changed_contracts(c, contracts)
    warn: tuple[Effect, ...] = ()
    if c.context.terms.end.warn_before_end and "in_force" in c.tags:
        end = ends_at(c, contracts)
        if end is not None and end > c.now:
            warn = letters(c, "end_planned", {"on": c.data.on.isoformat(), "ends_at": end.isoformat()})
    return Outcome(
        entity,
        {"reference": ended.reference, "on": c.data.on},
        effects=(*effects, *warn),
        event="main_contract_ending",
    )


def renew(c: At) -> Outcome[Agreement]:
    """P22: a contract that nobody ended renews for its period, from its own last day."""
    zone = c.context.terms.zone

    def renewed(one: MainContract) -> MainContract:
        if not one.renews or one.ending or one.ends_on is None or end_of_day(one.ends_on, zone) > c.at:
            return one
        period = parse_period(one.renews)
        counted = count(
            period, one.ends_on, zone=zone, calendar=calendar_for(c.context.terms.calendar), party="processor"
        )
        return replace(one, ends_on=counted.last_day)

    contracts = tuple(renewed(one) for one in c.entity.main_contracts)
    said = [{"reference": one.reference, "ends_on": one.ends_on} for one in contracts]
    return Outcome(
        replace(c.entity, main_contracts=contracts),
        {"main_contracts": said},
        effects=end_timer(c, contracts),
        event="renewed",
    )


def cancel_service(c: At) -> Outcome[Agreement]:
    """One service ends apart from its contract, where the terms know that."""
    at = end_of_day(c.data.on, c.context.terms.zone)
    timer = SetTimer(f"service:{c.data.service}", at, "service_ended", RANK_END, data={"service": c.data.service})
    return Outcome(c.entity, {"service": c.data.service, "on": c.data.on}, effects=(timer,), event="service_ending")


def service_ended(c: At) -> Outcome[Agreement]:
    """The data of this service go by its own rows of the retention table."""
    services = tuple(one for one in c.entity.services if one != c.data.service)
    day = local_day(c.at - timedelta(microseconds=1), c.context.terms.zone)
    tasks: list[Effect] = []
    for row in c.context.terms.retention:
        rule = f"retention.{row.category}"
        if row.service == c.data.service and rule in c.context.terms.rules:
            found = due(c.context.terms, rule, day, c.entity.facts)
            text = f"{row.service}: {row.text} has to go ({row.clause})."
            key = f"{c.data.service}/{row.category}"
            tasks.append(OpenTask("erase_service_data", text, c.id, found.due_at, key=key))
            tasks.append(OpenDeadline(found, text, c.id, key))
    return Outcome(replace(c.entity, services=services), {"service": c.data.service}, effects=tuple(tasks))


def terminate(c: At) -> Outcome[Agreement]:
    """On receipt of a valid notice, or on the later date it names (CI-A5)."""
    right = right_for(c, c.data.ground)
    assert right is not None
    arrived = c.data.received_at or c.at
    at = arrived
    if c.data.effective_on is not None:
        at = max(arrived, end_of_day(c.data.effective_on, c.context.terms.zone))
    entity = replace(c.entity, end_ground=c.data.ground, terminates_at=at)
    effects: list[Effect] = [SetTimer("terminated", at, "terminated", RANK_END), *letters(c, "end_confirmed", {
        "ground": c.data.ground, "ends_at": at.isoformat()})]  # fmt: skip
    if right.ends == "agreement":
        text = (
            f"Only the processing agreement ends ({right.clause}): the main contract goes on without a ground "
            "for processing. Settle what becomes of it."
        )
        effects.append(OpenTask("main_contract", text, c.id))
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
        },
        personal,
        tuple(effects),
        event="termination_received",
    )


def ended(c: At) -> Outcome[Agreement]:
    """The agreement ended: notices fall, deadlines for the data open, the choice may run."""
    zone = c.context.terms.zone
    last_day = local_day(c.at - timedelta(microseconds=1), zone)
    entity = replace(
        c.entity,
        ended_at=c.at,
        ended_on=last_day,
        end_ground=c.entity.end_ground or "main_contract",
    )
    effects: list[Effect] = [ClearTimer("end"), ClearTimer("terminated")]
    effects += [Tell(notice, "agreement_ended") for notice in c.context.open_notices]
    effects += _data_deadlines(c, entity)
    settle_at = _settles_at(c, entity)
    effects.append(SetTimer("settle", settle_at, "settle", RANK_ERASE))
    if entity.choice is not None and entity.choice.data == "return":
        c.entity = entity
        entity, more = open_return(c)
        effects += more
    elif entity.choice is not None:
        effects.append(SetTimer("settle", c.at, "settle", RANK_ERASE))
    effects += letters(c, "ended", {"ended_on": last_day.isoformat(), "settle_at": settle_at.isoformat()})
    return Outcome(entity, {"ended_on": last_day, "ground": entity.end_ground}, effects=tuple(effects), event="ended")


def _settles_at(c: At, entity: Agreement) -> datetime:
    """When what becomes of the data is settled: at once, or when the period for a choice is over."""
    if c.context.terms.end.data != "choice":
        return c.at
    return due(c.context.terms, "end.choice", end_event(entity, c.context.terms.zone), entity.facts).due_at or c.at


def correct_ended(c: At) -> Outcome[Agreement]:
    """P25: it stays ended, with another last day: deadlines, choice and plan are computed from that day."""
    zone = c.context.terms.zone
    entity = corrected(c)
    end = ends_at(c, entity.main_contracts)
    if end is not None and entity.main_contracts != c.entity.main_contracts:
        entity = replace(entity, ended_at=end, ended_on=local_day(end - timedelta(microseconds=1), zone))
    effects: list[Effect] = list(_data_deadlines(c, entity))
    if entity.plan:
        c.entity = entity
        entity, more = plan_anew(c)
        effects += more
    else:
        effects.append(SetTimer("settle", _settles_at(c, entity), "settle", RANK_ERASE))
    said = {"event_id": c.data.event_id, "data": c.data.data, "reason": c.data.reason, "ended_on": entity.ended_on}
    mails = letters(c, "corrected", {"reason": c.data.reason})
    return Outcome(entity, said, effects=(*effects, *mails), event="corrected")


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
        effects=(ClearTimer("terminated"), *end_timer(c, contracts), *letters(c, "end_cancelled")),
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
    """As if it had not ended: its plan and deadlines fall, its contacts are told, changes under way reach it."""
    entity = replace(
        c.entity,
        main_contracts=contracts,
        ended_at=None,
        ended_on=None,
        end_ground=None,
        terminates_at=None,
        choice=None,
        plan=(),
        plan_approved_at=None,
        mailbox_read_at=None,
    )
    effects: list[Effect] = [
        ClearTimer("settle"),
        CloseDeadline("end.choice", "dropped"),
        CloseDeadline("end.erasure", "dropped"),
        CloseTasks(("approve_plan", "mailbox_read", "erase", "return", "declare")),
        *end_timer(c, contracts),
        *letters(c, "end_cancelled"),
        FanOut("join", agreement=c.id),
    ]
    return entity, tuple(effects)


def cancel_ended(c: At) -> Outcome[Agreement]:
    """P23: until the first erasure has run, the end can be taken back."""
    last = max((one.ends_on for one in c.entity.main_contracts if one.ends_on), default=None)
    contracts = tuple(
        _goes_on(c, one) if one.ends_on is not None and one.ends_on == last else one for one in c.entity.main_contracts
    )
    entity, effects = alive_again(c, contracts)
    return Outcome(entity, {"reason": c.data.reason}, effects=effects, event="end_cancelled")
