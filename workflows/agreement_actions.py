"""What each row of the agreement makes of it. Pure: new fields, the event's words, effects."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from workflows.agreement_guards import At, corrected, ends_at, find_contract, right_for, signed_by_all
from workflows.deletion import plan_items
from workflows.entities import Agreement, Choice, Contact, Hold, MainContract, PlanItem, Signature
from workflows.ids import item_id
from workflows.step import (
    RANK_END,
    RANK_ERASE,
    RANK_START,
    ClearTimer,
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    Engage,
    FanOut,
    OpenDeadline,
    OpenTask,
    Outcome,
    RevokeLinks,
    Send,
    SetTimer,
    Tell,
)
from workflows.terms.due import due
from workflows.time import calendar_for, count, end_of_day, local_day, parse_period, start_of_day


def letters(c: At, kind: str, data: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact the terms name, the first `contract` contact's being the one that counts."""
    to = contacts(c)
    return tuple(
        Send(
            kind=kind,
            customer=c.context.customer.id,
            contact=one.id,
            address=one.email or "",
            language=c.context.customer.language,
            data=data or {},
            counts=one is to[0],
        )
        for one in to
    )


def contacts(c: At) -> tuple[Contact, ...]:
    """Contacts with an address whom the terms name; where none has such a role, all with an address."""
    with_address = [one for one in c.context.customer.contacts if one.email]
    named = [one for one in with_address if set(one.roles) & set(c.context.terms.notice_contacts)]
    return tuple(sorted(named or with_address, key=lambda one: 0 if "contract" in one.roles else 1))


# --- beginning ---------------------------------------------------------------------------------------


def update(c: At) -> Outcome[Agreement]:
    given = {key: value for key, value in msgspec.structs.asdict(c.data).items() if value is not None}
    return Outcome(replace(c.entity, **given), {"fields": sorted(given)}, event="updated")


def start_at(c: At, entity: Agreement) -> datetime | None:
    """When it enters into force by its terms (P0), or None while that is not known."""
    zone = c.context.terms.zone
    match c.context.terms.entry.event:
        case "main_contract_start":
            days = [one.starts_on for one in entity.main_contracts]
            return start_of_day(min(days), zone) if days else None
        case "last_signature":
            return signed_by_all(entity.signatures)


def _start_timer(c: At, entity: Agreement, not_before: datetime | None = None) -> tuple[Effect, ...]:
    at = start_at(c, entity)
    if at is None:
        return ()
    return (SetTimer("start", max(at, not_before) if not_before else at, "start", RANK_START),)


def send(c: At) -> Outcome[Agreement]:
    starts = start_at(c, c.entity)
    data = {"starts_at": starts.isoformat() if starts else None}
    timers = () if c.context.terms.entry.period is not None else _start_timer(c, c.entity)
    return Outcome(
        c.entity, {"starts_at": starts}, effects=(*letters(c, "agreement", data), *timers), event="sent"
    )


def open_window(c: At) -> Outcome[Agreement]:
    """The terms give a period before entry into force: it runs from receipt."""
    period = c.context.terms.entry.period
    assert period is not None
    counted = count(
        parse_period(period),
        c.at,
        zone=c.context.terms.zone,
        calendar=calendar_for(c.context.terms.calendar),
        party="controller",
    )
    return Outcome(
        c.entity,
        {"closes_at": counted.due_at},
        effects=_start_timer(c, c.entity, counted.due_at)
        or (SetTimer("start", counted.due_at, "start", RANK_START),),
        event="window_opened",
    )


def received(c: At) -> Outcome[Agreement]:
    return Outcome(c.entity, {"contact_id": c.data.contact_id, "how": c.data.how}, event="message_received")


def bounced(c: At) -> Outcome[Agreement]:
    text = "A message about this agreement came back undelivered: correct the contact's address."
    return Outcome(
        c.entity,
        {"contact_id": c.data.contact_id},
        {"words": c.data.words},
        (RevokeLinks(c.data.contact_id), OpenTask("bounced", text, c.id, key=str(c.data.contact_id))),
        event="message_bounced",
    )


def sign(c: At) -> Outcome[Agreement]:
    at = c.data.at or c.at
    others = tuple(one for one in c.entity.signatures if one.party != c.data.party)
    entity = replace(c.entity, signatures=(*others, Signature(party=c.data.party, at=at)))
    effects: tuple[Effect, ...] = ()
    if c.context.terms.entry.event == "last_signature" and c.state != "draft":
        effects = _start_timer(c, entity)
    return Outcome(entity, {"party": c.data.party, "signed_at": at}, effects=effects, event="signed")


def start(c: At) -> Outcome[Agreement]:
    """In force: the subprocessors it names work for it (P15), and changes under way reach it."""
    entity = replace(c.entity, in_force_since=c.at)
    known = {one.id: one for one in c.context.subprocessors}
    engage = tuple(
        Engage(c.id, who, known[who].country, c.at, "signature")
        for who in c.entity.subprocessors
        if who in known
    )
    unbound = [
        known[who].name for who in c.entity.subprocessors if who in known and known[who].bound_on is None
    ]
    tasks: tuple[Effect, ...] = ()
    if unbound:
        text = f"No date on which they were bound to the same duties: {', '.join(unbound)}. Record it (bound_on)."
        tasks = (OpenTask("bind_subprocessors", text, c.id),)
    return Outcome(
        entity,
        {"in_force_since": c.at},
        effects=(*engage, *tasks, *_end_timer(c, entity.main_contracts), FanOut("join", agreement=c.id)),
        event="entered_into_force",
    )


def withdraw(c: At) -> Outcome[Agreement]:
    mails = letters(c, "agreement_withdrawn") if c.state != "draft" else ()
    return Outcome(c.entity, effects=(ClearTimer("start"), *mails), event="withdrawn")


# --- main contracts and ends -------------------------------------------------------------------------


def _end_timer(c: At, contracts: tuple[MainContract, ...]) -> tuple[Effect, ...]:
    """Fires when the last contract's last day is over, or when one is due to renew."""
    zone = c.context.terms.zone
    renewing = [
        end_of_day(one.ends_on, zone) for one in contracts if one.renews and not one.ending and one.ends_on
    ]
    end = ends_at(c, contracts)
    instants = [*renewing, *((end,) if end is not None else ())]
    if not instants:
        return (ClearTimer("end"),)
    return (SetTimer("end", min(instants), "end", RANK_END),)


def _changed_contracts(c: At, contracts: tuple[MainContract, ...]) -> tuple[Agreement, tuple[Effect, ...]]:
    entity = replace(c.entity, main_contracts=contracts)
    if c.state == "active":
        return entity, _end_timer(c, contracts)
    if c.state == "draft" or c.context.terms.entry.period is not None:
        return entity, ()
    return entity, _start_timer(c, entity)


def add_contract(c: At) -> Outcome[Agreement]:
    entity, effects = _changed_contracts(c, (*c.entity.main_contracts, c.data))
    return Outcome(entity, {"reference": c.data.reference}, effects=effects, event="main_contract_added")


def end_contract(c: At) -> Outcome[Agreement]:
    ended = find_contract(c, c.data.reference)
    assert ended is not None
    contracts = tuple(
        replace(one, ends_on=c.data.on, ending=True) if one is ended else one
        for one in c.entity.main_contracts
    )
    entity, effects = _changed_contracts(c, contracts)
    warn: tuple[Effect, ...] = ()
    if c.context.terms.end.warn_before_end and c.state == "active":
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
        effects=_end_timer(c, contracts),
        event="renewed",
    )


def cancel_service(c: At) -> Outcome[Agreement]:
    at = end_of_day(c.data.on, c.context.terms.zone)
    timer = SetTimer(
        f"service:{c.data.service}", at, "service_ended", RANK_END, data={"service": c.data.service}
    )
    return Outcome(
        c.entity, {"service": c.data.service, "on": c.data.on}, effects=(timer,), event="service_ending"
    )


def service_ended(c: At) -> Outcome[Agreement]:
    """The data of this service go by its own rows of the retention table (Contict's annex)."""
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
    entity = replace(c.entity, end_ground=c.data.ground)
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
    settle_at = c.at
    if c.context.terms.end.data == "choice":
        settle_at = due(c.context.terms, "end.choice", last_day, entity.facts).due_at or c.at
    effects.append(SetTimer("settle", settle_at, "settle", RANK_ERASE))
    if entity.choice is not None and entity.choice.data == "return":
        c.entity = entity
        entity, more = _open_return(c)
        effects += more
    elif entity.choice is not None:
        effects.append(SetTimer("settle", c.at, "settle", RANK_ERASE))
    effects += letters(c, "ended", {"ended_on": last_day.isoformat(), "settle_at": settle_at.isoformat()})
    return Outcome(
        entity, {"ended_on": last_day, "ground": entity.end_ground}, effects=tuple(effects), event="ended"
    )


def _data_deadlines(c: At, entity: Agreement) -> list[Effect]:
    found: list[Effect] = []
    for rule, text in (("end.choice", "Ask for return of the data"), ("end.erasure", "Erase the data")):
        if rule in c.context.terms.rules and entity.ended_on is not None:
            answer = due(c.context.terms, rule, entity.ended_on, entity.facts)
            if answer.due_at is not None:
                found.append(OpenDeadline(answer, text, c.id))
    return found


def cancel_end(c: At) -> Outcome[Agreement]:
    contracts = tuple(
        replace(one, ends_on=one.ends_on if one.renews else None, ending=False) if one.ending else one
        for one in c.entity.main_contracts
    )
    entity = replace(c.entity, main_contracts=contracts, end_ground=None)
    return Outcome(
        entity,
        {"reason": c.data.reason},
        effects=(ClearTimer("terminated"), *_end_timer(c, contracts), *letters(c, "end_cancelled")),
        event="end_cancelled",
    )


def _alive_again(c: At, contracts: tuple[MainContract, ...]) -> tuple[Agreement, tuple[Effect, ...]]:
    entity = replace(
        c.entity,
        main_contracts=contracts,
        ended_at=None,
        ended_on=None,
        end_ground=None,
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
        *_end_timer(c, contracts),
        *letters(c, "end_cancelled"),
        FanOut("join", agreement=c.id),
    ]
    return entity, tuple(effects)


def cancel_ended(c: At) -> Outcome[Agreement]:
    """P23: until the first erasure has run, the end can be taken back."""
    contracts = tuple(replace(one, ends_on=None, ending=False) for one in c.entity.main_contracts)
    entity, effects = _alive_again(c, contracts)
    return Outcome(entity, {"reason": c.data.reason}, effects=effects, event="end_cancelled")


# --- the data ------------------------------------------------------------------------------------------


def _chosen(c: At) -> Choice:
    return Choice(
        data=c.data.data, received_at=c.data.received_at or c.at, channel=c.data.channel, format=c.data.format
    )


def _choice_said(c: At) -> tuple[dict[str, Any], dict[str, Any]]:
    personal = {k: v for k, v in (("by", c.data.by), ("evidence", c.data.evidence)) if v}
    return {
        "data": c.data.data,
        "channel": c.data.channel,
        "received_at": c.data.received_at or c.at,
    }, personal


def choose_early(c: At) -> Outcome[Agreement]:
    """KM-37: made known before the end; it takes effect when the agreement ends."""
    public, personal = _choice_said(c)
    return Outcome(
        replace(c.entity, choice=_chosen(c)), public, personal, letters(c, "choice"), event="chosen"
    )


def _open_return(c: At) -> tuple[Agreement, tuple[Effect, ...]]:
    text = "Return the data to the customer in the form it asked for, and record its proof of receipt."
    item = PlanItem(
        id=item_id(c.id, "return", str(len(c.entity.plan))),
        kind="return",
        text=text,
        holder="processor",
        clause=c.context.terms.end.clause,
    )
    task = OpenTask("return", text, c.id, key=str(item.id), data={"task_id": str(item.id)})
    return replace(c.entity, plan=(*c.entity.plan, item)), (task,)


def choose_return(c: At) -> Outcome[Agreement]:
    """A return asked in time is honoured before anything is erased (KM-A5)."""
    public, personal = _choice_said(c)
    c.entity = replace(c.entity, choice=_chosen(c))
    entity, effects = _open_return(c)
    done = CloseDeadline("end.choice", "met")
    return Outcome(entity, public, personal, (*effects, done, *letters(c, "choice")), event="chosen")


def choose_erase(c: At) -> Outcome[Agreement]:
    """KM-A8: an explicit choice frees the processor from waiting."""
    public, personal = _choice_said(c)
    c.entity = replace(c.entity, choice=_chosen(c))
    entity, effects = _begin(c)
    done = (CloseDeadline("end.choice", "met"), ClearTimer("settle"))
    return Outcome(entity, public, personal, (*effects, *done, *letters(c, "choice")), event="chosen")


def wait_for_return(c: At) -> Outcome[Agreement]:
    return Outcome(c.entity, event="return_awaited")


def _begin(c: At) -> tuple[Agreement, tuple[Effect, ...]]:
    """The plan of what must go is made; no order goes out before a person approved it (P23)."""
    assert c.entity.ended_on is not None
    items = plan_items(c.context.terms, c.id, c.entity, c.context.subprocessors)
    entity = replace(c.entity, plan=(*c.entity.plan, *items))
    dues = [one.due_at for one in items if one.due_at is not None]
    effects: list[Effect] = [
        OpenTask(
            "approve_plan",
            "Approve the deletion plan: nothing goes before that, and its due instants do not move.",
            c.id,
            min(dues) if dues else None,
        )
    ]
    if c.context.terms.end.data == "choice" and c.entity.choice is None:
        text = (
            "No choice was made in time: read the mailbox once more for a request for return, and confirm it."
        )
        effects.append(OpenTask("mailbox_read", text, c.id))
        effects.append(CloseDeadline("end.choice", "met"))
    return entity, tuple(effects)


def begin_deletion(c: At) -> Outcome[Agreement]:
    entity, effects = _begin(c)
    return Outcome(entity, {"plan": len(entity.plan)}, effects=effects, event="deletion_began")


def returned(c: At) -> Outcome[Agreement]:
    c.entity = _done(c)
    entity, effects = _begin(c)
    return Outcome(
        entity,
        {"task_id": c.data.task_id},
        {"evidence": c.data.evidence},
        (CloseTasks(("return",)), ClearTimer("settle"), *effects),
        event="returned",
    )


def mailbox_read(c: At) -> Outcome[Agreement]:
    return Outcome(replace(c.entity, mailbox_read_at=c.at), event="mailbox_read")


def approve(c: At) -> Outcome[Agreement]:
    entity = replace(c.entity, plan_approved_at=c.at)
    tasks: list[Effect] = [
        OpenTask(one.kind, one.text, c.id, one.due_at, key=str(one.id), data={"task_id": str(one.id)})
        for one in entity.plan
        if one.done_at is None
    ]
    return Outcome(entity, effects=(CloseTasks(("approve_plan",)), *tasks), event="plan_approved")


def _done(c: At) -> Agreement:
    plan = tuple(
        replace(one, done_at=c.at, how=c.data.outcome, evidence=c.data.evidence, by=c.command.actor)
        if one.id == c.data.task_id
        else one
        for one in c.entity.plan
    )
    return replace(c.entity, plan=plan)


def confirmed(c: At) -> Outcome[Agreement]:
    item = next(one for one in c.entity.plan if one.id == c.data.task_id)
    return Outcome(
        _done(c),
        {"task_id": c.data.task_id, "outcome": c.data.outcome, "kind": item.kind},
        {"evidence": c.data.evidence},
        (CloseTasks((item.kind,), str(item.id)),),
        event="task_confirmed",
    )


def last_confirmed(c: At) -> Outcome[Agreement]:
    """Deleted: nothing is called so before every task is confirmed or listed as not confirmed."""
    entity = replace(_done(c), deleted_at=c.at)
    left = [one.text for one in entity.plan if one.how == "not_confirmed"]
    return Outcome(
        entity,
        {"task_id": c.data.task_id, "not_confirmed": left},
        {"evidence": c.data.evidence},
        (
            CloseTasks(("erase", "return", "declare")),
            CloseDeadline("end.erasure", "met"),
            Disengage(c.id, c.at, "the data are gone"),
            *letters(c, "deleted", {"not_confirmed": left}),
        ),
        event="deleted",
    )


def hold(c: At) -> Outcome[Agreement]:
    one = Hold(categories=c.data.categories, ground=c.data.ground, until=c.data.until)
    return Outcome(
        replace(c.entity, holds=(*c.entity.holds, one)),
        {"categories": c.data.categories, "ground": c.data.ground, "until": c.data.until},
        event="held",
    )


def release(c: At) -> Outcome[Agreement]:
    return Outcome(replace(c.entity, holds=()), event="released")


# --- mistakes and people -------------------------------------------------------------------------------


def correct(c: At) -> Outcome[Agreement]:
    """P25: appended, what followed is computed anew, and those who were told are told."""
    entity = corrected(c)
    _, effects = _changed_contracts(c, entity.main_contracts)
    mails = letters(c, "corrected", {"reason": c.data.reason}) if c.state != "draft" else ()
    return Outcome(entity, _correction(c), effects=(*effects, *mails), event="corrected")


def _correction(c: At) -> dict[str, Any]:
    return {"event_id": c.data.event_id, "data": c.data.data, "reason": c.data.reason}


def correct_end(c: At) -> Outcome[Agreement]:
    entity, effects = _alive_again(c, corrected(c).main_contracts)
    return Outcome(entity, _correction(c), effects=effects, event="corrected")


def transfer(c: At) -> Outcome[Agreement]:
    """P26: history and links stay with what they were about."""
    at = c.now if c.data.on is None else max(c.now, start_of_day(c.data.on, c.context.terms.zone))
    timer = SetTimer("moved", at, "moved", data={"customer_id": str(c.data.customer_id)})
    return Outcome(
        c.entity,
        {"customer_id": c.data.customer_id, "on": c.data.on},
        effects=(timer,),
        event="transfer_planned",
    )


def moved(c: At) -> Outcome[Agreement]:
    return Outcome(
        replace(c.entity, customer_id=c.data.customer_id),
        {"from": c.entity.customer_id, "to": c.data.customer_id},
        event="transferred",
    )
