"""How an agreement begins: drafted, sent, signed, in force; and how mistakes about it are put right. Pure."""

from typing import Any

import msgspec
from msgspec.structs import replace

from workflows.agreement_end import alive_again, changed_contracts, end_timer
from workflows.agreement_guards import At, corrected
from workflows.agreement_parts import engaged, legal_start, letters, start_at, start_timer
from workflows.entities import Agreement, Signature
from workflows.step import (
    ClearTimer,
    CloseTasks,
    Disengage,
    Effect,
    FanOut,
    OpenTask,
    Outcome,
    RevokeLinks,
    SetTimer,
    Tell,
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
        effects=(OpenTask("classify_reply", text, c.id, key=str(c.data.inbound_id)),),
    )


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
    mails = letters(c, "agreement_withdrawn") if "editable" not in c.tags else ()
    said = {"reason": c.data.reason} if c.data.reason else {}
    return Outcome(c.entity, said, effects=(ClearTimer("start"), *mails), event="withdrawn")


def correct(c: At) -> Outcome[Agreement]:
    """P25: appended, what followed is computed anew, and those who were told are told."""
    entity = corrected(c)
    _, effects = changed_contracts(c, entity.main_contracts)
    mails = letters(c, "corrected", {"reason": c.data.reason}) if "editable" not in c.tags else ()
    return Outcome(entity, _correction(c), effects=(*effects, *mails), event="corrected")


def correct_start(c: At) -> Outcome[Agreement]:
    """P25: it is not in force yet after all; what began ends, and it begins again on its own day."""
    entity = replace(corrected(c), in_force_since=None)
    effects: tuple[Effect, ...] = (
        ClearTimer("end"),
        *(Tell(notice, "agreement_ended") for notice in c.context.open_notices),
        Disengage(c.id, c.now, "the agreement was not in force yet"),
        *start_timer(c, entity),
        *letters(c, "corrected", {"reason": c.data.reason}),
    )
    return Outcome(entity, _correction(c), effects=effects, event="corrected")


def correct_active(c: At) -> Outcome[Agreement]:
    """P25: in force all the same; since when, is computed anew."""
    entity = corrected(c)
    since = legal_start(c, entity)
    entity = replace(entity, in_force_since=since if since is not None and since <= c.now else c.entity.in_force_since)
    effects = (*end_timer(c, entity.main_contracts), *letters(c, "corrected", {"reason": c.data.reason}))
    return Outcome(entity, _correction(c), effects=effects, event="corrected")


def _correction(c: At) -> dict[str, Any]:
    return {"event_id": c.data.event_id, "data": c.data.data, "reason": c.data.reason}


def correct_end(c: At) -> Outcome[Agreement]:
    """P25: the end was entered wrongly and lies ahead: it is in force again."""
    entity, effects = alive_again(c, corrected(c).main_contracts)
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
    """P26: the day has come on which it passes to another customer."""
    return Outcome(
        replace(c.entity, customer_id=c.data.customer_id),
        {"from": c.entity.customer_id, "to": c.data.customer_id},
        event="transferred",
    )
