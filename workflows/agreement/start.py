"""How an agreement begins: drafted, sent, signed, in force; and how mistakes about it are put right. Pure."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from workflows.agreement.end import alive_again, changed_contracts, end_timer
from workflows.agreement.guards import At, corrected
from workflows.agreement.plan import approval
from workflows.agreement.reminders import ends_by
from workflows.agreement.services import corrected_services
from workflows.agreement.shared import OVER, engaged, legal_start, letters, passed, start_at, start_timer
from workflows.machine.effects import (
    RANK_END,
    ClearTimer,
    CloseTasks,
    Disengage,
    Effect,
    FanOut,
    OpenTask,
    RevokeLinks,
    SetTimer,
    Tell,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import (
    Agreement,
    Signature,
)
from workflows.time import calendar_for, count, parse_period, start_of_day


def update(c: At) -> Outcome[Agreement]:
    """A draft is written on; each field given takes the place of the old."""
    given = {key: value for key, value in msgspec.structs.asdict(c.data).items() if value is not None}
    return Outcome(replace(c.entity, **given), {"fields": sorted(given)}, event="updated")


def send(c: At) -> Outcome[Agreement]:
    """To the customer. It enters into force as its terms say: by date, or with the last signature (P0)."""
    starts = start_at(c, c.entity)
    data = {"starts_at": starts.isoformat() if starts else None}
    effects = (*letters(c, "agreement", data), *start_timer(c, c.entity))
    return Outcome(c.entity, {"starts_at": starts}, effects=effects, event="sent")


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
    entity = replace(c.entity, entry_closes_at=counted.due_at)
    return Outcome(entity, {"closes_at": counted.due_at}, effects=start_timer(c, entity), event="window_opened")


def received(c: At) -> Outcome[Agreement]:
    """A message about it arrived; evidence, without effect on its state."""
    return Outcome(c.entity, {"contact_id": c.data.contact_id, "how": c.data.how}, event="message_received")


def bounced(c: At) -> Outcome[Agreement]:
    """A message about it came back: that contact's links die and a person looks for the right address."""
    text = "A message about this agreement came back undelivered: correct the contact's address."
    return Outcome(
        c.entity,
        {"contact_id": c.data.contact_id},
        {"words": c.data.words},
        (RevokeLinks(c.data.contact_id), OpenTask("bounced", text, c.id, key=str(c.data.contact_id))),
        event="message_bounced",
    )


def reply(c: At) -> Outcome[Agreement]:
    """P4: a message came back about the agreement itself; a person reads it, a wish for return among them."""
    text = "A message came back about this agreement: read it and say what it is."
    return Outcome(
        c.entity,
        {"inbound_id": c.data.inbound_id, "received_at": c.data.received_at},
        effects=(OpenTask("classify_reply", text, c.id, _choice_ends(c), key=str(c.data.inbound_id)),),
    )


def _choice_ends(c: At) -> datetime | None:
    """A wish for return is to be read before the period for a choice is over."""
    by = ends_by(c, "end.choice")
    return by if by is not None and by > c.now else None


def classified(c: At) -> Outcome[Agreement]:
    """A person said what a message is."""
    return Outcome(
        c.entity,
        {"inbound_id": c.data.inbound_id, "classified_as": c.data.classified_as},
        effects=(CloseTasks(("classify_reply",), key=str(c.data.inbound_id)),),
    )


def sign(c: At) -> Outcome[Agreement]:
    """A party signed. Where the last signature brings it into force, that instant is when (I-18)."""
    at = c.data.at or c.at
    others = tuple(one for one in c.entity.signatures if one.party != c.data.party)
    entity = replace(c.entity, signatures=(*others, Signature(party=c.data.party, at=at)))
    effects: tuple[Effect, ...] = ()
    if c.context.terms.entry.event == "last_signature" and "editable" not in c.tags:
        effects = start_timer(c, entity)
    return Outcome(entity, {"party": c.data.party, "signed_at": at}, effects=effects, event="signed")


def start(c: At) -> Outcome[Agreement]:
    """In force: the subprocessors it names work for it (P15), and changes under way reach it."""
    since = min(legal_start(c, c.entity) or c.at, c.at)
    entity = replace(c.entity, in_force_since=since)
    known = {one.id: one for one in c.context.subprocessors}
    unbound = [known[who].name for who in c.entity.subprocessors if who in known and known[who].bound_on is None]
    tasks: tuple[Effect, ...] = ()
    if unbound:
        text = f"No date on which they were bound to the same duties: {', '.join(unbound)}. Record it (bound_on)."
        tasks = (OpenTask("bind_subprocessors", text, c.id),)
    return Outcome(
        entity,
        {"in_force_since": since},
        effects=(*engaged(c, since), *tasks, *end_timer(c, entity.main_contracts), FanOut("join", agreement=c.id)),
        event="entered_into_force",
    )


def withdraw(c: At) -> Outcome[Agreement]:
    """Taken back before it entered into force; who was told is told so."""
    mails: tuple[Effect, ...] = letters(c, "agreement_withdrawn") if "editable" not in c.tags else ()
    said = {"reason": c.data.reason} if c.data.reason else {}
    over = Tell(c.entity.customer_id, OVER)
    return Outcome(c.entity, said, effects=(ClearTimer("start"), *mails, over), event="withdrawn")


def correct(c: At) -> Outcome[Agreement]:
    """P25: appended, what followed is computed anew, and those who were told are told."""
    entity = corrected(c)
    _, effects = changed_contracts(c, entity.main_contracts)
    mails = letters(c, "corrected", {"reason": c.data.reason}) if "editable" not in c.tags else ()
    told = passed(c.entity.customer_id, entity.customer_id)
    return Outcome(entity, _correction(c), effects=(*effects, *mails, *told), event="corrected")


def correct_start(c: At) -> Outcome[Agreement]:
    """P25: it is not in force yet after all; what began ends, and it begins again on its own day."""
    entity = replace(corrected(c), in_force_since=None)
    effects: tuple[Effect, ...] = (
        ClearTimer("end"),
        ClearTimer("warn"),
        *(Tell(notice, "agreement_ended") for notice in c.context.open_notices),
        Disengage(c.id, c.now, "the agreement was not in force yet"),
        *start_timer(c, entity),
        *passed(c.entity.customer_id, entity.customer_id),
        *letters(c, "corrected", {"reason": c.data.reason}),
    )
    return Outcome(entity, _correction(c), effects=effects, event="corrected")


def correct_active(c: At) -> Outcome[Agreement]:
    """P25: in force all the same; since when, is computed anew."""
    entity = corrected(c)
    since = legal_start(c, entity)
    entity = replace(entity, in_force_since=since if since is not None and since <= c.now else c.entity.in_force_since)
    effects: list[Effect] = [*end_timer(c, entity.main_contracts), *passed(c.entity.customer_id, entity.customer_id)]
    if entity.terminates_at is not None and entity.terminates_at != c.entity.terminates_at:
        effects.append(SetTimer("terminated", entity.terminates_at, "terminated", RANK_END))
    if entity.cancelled_services != c.entity.cancelled_services:
        given, before = entity.cancelled_services, c.entity.cancelled_services
        c.entity = replace(entity, cancelled_services=before)
        entity, more = corrected_services(c, given)
        effects += [*more, *approval(c, entity)]
    effects += letters(c, "corrected", {"reason": c.data.reason})
    return Outcome(entity, _correction(c), effects=tuple(effects), event="corrected")


def _correction(c: At) -> dict[str, Any]:
    return {"event_id": c.data.event_id, "data": c.data.data, "reason": c.data.reason}


def correct_end(c: At) -> Outcome[Agreement]:
    """P25: the end was entered wrongly and lies ahead: it is in force again."""
    given = corrected(c)
    entity, effects = alive_again(c, given.main_contracts)
    if given.terminates_at is not None and given.terminates_at != c.entity.terminates_at:
        # Terminated all the same, on a later day.
        entity = replace(entity, end_ground=given.end_ground, terminates_at=given.terminates_at)
        effects = (*effects, SetTimer("terminated", given.terminates_at, "terminated", RANK_END))
    return Outcome(entity, _correction(c), effects=effects, event="corrected")


def transfer(c: At) -> Outcome[Agreement]:
    """P26: history and links stay with what they were about."""
    at = c.now if c.data.on is None else max(c.now, start_of_day(c.data.on, c.context.terms.zone))
    timer = SetTimer("moved", at, "moved", data={"customer_id": str(c.data.customer_id)})
    coming = Tell(c.data.customer_id, "agreement_coming", {"at": at.isoformat()})
    return Outcome(
        c.entity,
        {"customer_id": c.data.customer_id, "on": c.data.on},
        effects=(timer, coming),
        event="transfer_planned",
    )


def moved(c: At) -> Outcome[Agreement]:
    """P26: the day has come on which it passes to another customer.

    A fan-out under way goes customer by customer and may have passed that one: it joins by itself.
    """
    return Outcome(
        replace(c.entity, customer_id=c.data.customer_id),
        {"from": c.entity.customer_id, "to": c.data.customer_id},
        effects=(FanOut("join", agreement=c.id), *passed(c.entity.customer_id, c.data.customer_id)),
        event="transferred",
    )
