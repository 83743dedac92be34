"""How an agreement begins: drafted, sent, signed, in force; and how mistakes about it are put right. Pure."""

from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from workflows.agreement.end import alive_again, end_timer, runs_from_notice
from workflows.agreement.guards import AgreementStep, corrected, on_signature
from workflows.agreement.plan import approval
from workflows.agreement.reminders import ends_by
from workflows.agreement.services import corrected_services
from workflows.agreement.shared import engaged, legal_start, letters, passed, start_at, start_timer
from workflows.agreement.timers import END, MOVES, START, TERMINATED, WARN
from workflows.machine.effects import CloseTasks, Disengage, Effect, FanOut, OpenTask, RevokeLinks
from workflows.machine.messages import AGREEMENT_COMING, AGREEMENT_ENDED, AGREEMENT_MADE, AGREEMENT_OVER
from workflows.machine.vocabulary import Outcome, StepInput
from workflows.model.agreement import (
    Agreement,
    Correct,
    Drafted,
    DraftUpdate,
    Noted,
    PassedOn,
    Sign,
    Signature,
    Transfer,
)
from workflows.model.joining import Joined
from workflows.model.parties import Coming
from workflows.model.replies import Bounced, Classified, Receipt, ReplyIn, sealed
from workflows.model.task_words import after, rests_on, task_words
from workflows.terms.counting import calendar_of
from workflows.time import count, local_day, parse_period, start_of_day

JOINED: Final = "joined"
"""The kind of the task to look at whoever signed on the processor's page."""


def drafted(ctx: StepInput[Agreement, object, Drafted]) -> Outcome[Agreement]:
    """A draft; the customer has not seen it, and is needed from now on (P26)."""
    entity = ctx.entity
    said = {
        "customer_id": entity.customer_id,
        "terms": f"{entity.terms} {entity.terms_version}",
        "main_contract": entity.main_contracts[0],
        "services": entity.services,
        "subprocessors": entity.subprocessors,
        "facts": entity.facts,
        **ctx.data.source,
    }
    effects: tuple[Effect, ...] = (AGREEMENT_MADE.to(entity.customer_id),) if ctx.data.customer_was_over else ()
    if ctx.data.joined is not None:
        said["joined"] = True
        effects = (*effects, _look_at(ctx.data.joined, entity))
    return Outcome(entity, said, effects=effects)


def _look_at(joined: Joined, entity: Agreement) -> OpenTask:
    """Somebody looks who it is that signed on the page, before anybody signs for the processor."""
    text = task_words("joined", customer=joined.customer)
    if joined.looks_like:
        names = dict.fromkeys(joined.looks_like.values())  # several may have one name
        text = after(text, task_words("joined_alike", names=", ".join(names)))
    return OpenTask(JOINED, text, entity.id, data={"looks_like": [str(one) for one in joined.looks_like]})


def update(ctx: AgreementStep[DraftUpdate]) -> Outcome[Agreement]:
    """A draft is written on; each field given takes the place of the old."""
    given = {key: value for key, value in msgspec.structs.asdict(ctx.data).items() if value is not None}
    for name in ("external_id", "labels"):
        value = given.pop(name, None)
        if value is not msgspec.UNSET:
            given[name] = value
    return Outcome(replace(ctx.entity, **given), {"fields": sorted(given)})


def number(ctx: AgreementStep[DraftUpdate]) -> Outcome[Agreement]:
    """The processor's own number and labels for it are no part of what the parties agreed."""
    given: dict[str, Any] = {}
    if ctx.data.external_id is not msgspec.UNSET:
        given["external_id"] = ctx.data.external_id or None
    if ctx.data.labels is not msgspec.UNSET:
        given["labels"] = ctx.data.labels
    return Outcome(replace(ctx.entity, **given), {"fields": sorted(given)})


def send(ctx: AgreementStep) -> Outcome[Agreement]:
    """To the customer. It enters into force as its terms say: by date, or with the last signature (P0)."""
    starts = start_at(ctx, ctx.entity)
    text = ctx.context.text
    data: dict[str, Any] = {"starts_at": starts.isoformat() if starts else None}
    if text is not None:
        data["text"] = msgspec.to_builtins(text)
    effects = (*letters(ctx, "agreement", data), *start_timer(ctx, ctx.entity, ctx.now))
    return Outcome(ctx.entity, {"starts_at": starts, **_bound(ctx)}, effects=effects)


def _bound(ctx: AgreementStep[Any]) -> dict[str, Any]:
    """Which text it is, where there is one."""
    return {"text": ctx.context.text.said} if ctx.context.text is not None else {}


def open_window(ctx: AgreementStep) -> Outcome[Agreement]:
    """The terms give a period before entry into force: it runs from receipt."""
    period = ctx.context.terms.entry.period
    assert period is not None
    counted = count(
        parse_period(period),
        ctx.at,
        zone=ctx.context.terms.zone,
        calendar=calendar_of(ctx.context.terms),
        party="controller",
        arrival=True,
    )
    entity = replace(ctx.entity, entry_closes_at=counted.due_at)
    return Outcome(entity, {"closes_at": counted.due_at}, effects=start_timer(ctx, entity, ctx.now))


def received(ctx: AgreementStep[Receipt]) -> Outcome[Agreement]:
    """A message about it arrived; evidence, without effect on its state."""
    return Outcome(ctx.entity, {"contact_id": ctx.data.contact_id, "how": ctx.data.how})


def bounced(ctx: AgreementStep[Bounced]) -> Outcome[Agreement]:
    """A message about it came back: that contact's links die and a person looks for the right address."""
    text = task_words("agreement_bounced")
    return Outcome(
        ctx.entity,
        {"contact_id": ctx.data.contact_id, **sealed(ctx.data.sha256)},
        {"words": ctx.data.words},
        (RevokeLinks(ctx.data.contact_id), OpenTask("bounced", text, ctx.id, key=str(ctx.data.contact_id))),
    )


def reply(ctx: AgreementStep[ReplyIn]) -> Outcome[Agreement]:
    """P4: a message came back about the agreement itself; a person reads it, a wish for return among them."""
    text = task_words("agreement_reply")
    return Outcome(
        ctx.entity,
        ctx.data.event_fields(),
        effects=(OpenTask("classify_reply", text, ctx.id, _choice_ends(ctx), key=str(ctx.data.inbound_id)),),
    )


def _choice_ends(ctx: AgreementStep) -> datetime | None:
    """A wish for return is to be read before the period for a choice is over."""
    by = ends_by(ctx, "end.choice")
    return by if by is not None and by > ctx.now else None


def classified(ctx: AgreementStep[Classified]) -> Outcome[Agreement]:
    """A person said what a message is."""
    return Outcome(
        ctx.entity,
        {"inbound_id": ctx.data.inbound_id, "classified_as": ctx.data.classified_as},
        effects=(CloseTasks(("classify_reply",), key=str(ctx.data.inbound_id)),),
    )


def sign(ctx: AgreementStep[Sign]) -> Outcome[Agreement]:
    """A party signed. Where the last signature brings it into force, that instant is when (I-18)."""
    signed = sign_in_force(ctx)
    if on_signature(ctx.context.terms, ctx.entity) and "editable" not in ctx.tags:
        return replace(signed, effects=(*signed.effects, *start_timer(ctx, signed.entity, ctx.now)))
    return signed


def sign_in_force(ctx: AgreementStep[Sign]) -> Outcome[Agreement]:
    """A party signed what is in force already, by its date. The event binds the text by its digest."""
    data, text = ctx.data, ctx.context.text
    at = data.at or ctx.at
    signature = Signature(
        party=data.party, at=at, channel=data.channel, text_sha256=text.sha256 if text is not None else None
    )
    others = tuple(one for one in ctx.entity.signatures if one.party != data.party)
    said: dict[str, Any] = {"party": data.party, "signed_at": at, **_bound(ctx)}
    if data.channel is not None:
        said["channel"] = data.channel
    given = (("name", data.name), ("function", data.function), ("evidence", data.evidence))
    personal = {name: value for name, value in given if value}
    mails: tuple[Effect, ...] = (CloseTasks((JOINED,)),) if data.party == "processor" else ()
    if data.channel == "link":  # whoever had the link: every contact hears of it
        told = {"name": data.name, "function": data.function, "at": at.isoformat()}
        mails = (*mails, *letters(ctx, "signed", {**told, **_bound(ctx)}))
    return Outcome(replace(ctx.entity, signatures=(*others, signature)), said, personal, mails)


def start(ctx: AgreementStep) -> Outcome[Agreement]:
    """In force: the subprocessors it names work for it (P15), and changes under way reach it."""
    since = min(legal_start(ctx, ctx.entity) or ctx.at, ctx.at)
    entity = replace(ctx.entity, in_force_since=since)
    known = {one.id: one for one in ctx.context.subprocessors}
    unbound = [known[who] for who in ctx.entity.subprocessors if who in known and known[who].bound_on is None]
    tasks: tuple[Effect, ...] = ()
    if unbound:
        text = task_words("bind_subprocessors", names=", ".join(one.name for one in unbound))
        ids = {"subprocessors": [str(one.id) for one in unbound]}
        tasks = (OpenTask("bind_subprocessors", text, ctx.id, data=ids),)
    return Outcome(
        entity,
        {"in_force_since": since},
        effects=(
            *engaged(ctx, since),
            *tasks,
            *_unsigned(ctx, since),
            *end_timer(ctx, entity.main_contracts),
            FanOut("join", agreement=ctx.id),
        ),
    )


def _unsigned(ctx: AgreementStep, since: datetime) -> tuple[Effect, ...]:
    """Where the last signature counts: data that were processed for a contract before it had no agreement (I-18). The
    clause is named where the terms themselves wait for signatures."""
    entry, zone = ctx.context.terms.entry, ctx.context.terms.zone
    first = min(one.starts_on for one in ctx.entity.main_contracts)
    signed_on = local_day(since, zone)
    if not on_signature(ctx.context.terms, ctx.entity) or first >= signed_on:
        return ()
    text = task_words(
        "unsigned_processing",
        first=first,
        signed_on=signed_on,
        clause=rests_on(ctx.context.terms, entry.clause if entry.event == "last_signature" else ""),
    )
    return (OpenTask("unsigned_processing", text, ctx.id),)


def withdraw(ctx: AgreementStep[Noted]) -> Outcome[Agreement]:
    """Taken back before it entered into force; who was told is told so."""
    mails: tuple[Effect, ...] = letters(ctx, "agreement_withdrawn") if "editable" not in ctx.tags else ()
    said = {"reason": ctx.data.reason} if ctx.data.reason else {}
    over = AGREEMENT_OVER.to(ctx.entity.customer_id)
    return Outcome(ctx.entity, said, effects=(START.clear(), CloseTasks((JOINED,)), *mails, over))


def correct(ctx: AgreementStep[Correct]) -> Outcome[Agreement]:
    """P25: appended, what followed is computed anew, and those who were told are told."""
    entity = corrected(ctx)
    effects: tuple[Effect, ...] = passed(ctx.entity.customer_id, entity.customer_id)
    if "editable" not in ctx.tags:
        # What began by what is corrected now does not begin by itself any more.
        begins = start_timer(ctx, entity, ctx.now) or (START.clear(),)
        effects = (
            *begins,
            *_to_sign_again(ctx, entity),
            *letters(ctx, "corrected", {"reason": ctx.data.reason}),
            *effects,
        )
    return Outcome(entity, _correction(ctx), effects=effects)


def correct_start(ctx: AgreementStep[Correct]) -> Outcome[Agreement]:
    """P25: it is not in force yet after all; what began ends, and it begins again on its own day, or with the signature
    that was taken off."""
    entity = replace(corrected(ctx), in_force_since=None)
    effects: tuple[Effect, ...] = (
        END.clear(),
        WARN.clear(),
        *(AGREEMENT_ENDED.to(notice) for notice in ctx.context.open_notices),
        Disengage(ctx.id, ctx.now, "agreement_not_in_force"),
        *start_timer(ctx, entity, ctx.now),
        *_to_sign_again(ctx, entity),
        *passed(ctx.entity.customer_id, entity.customer_id),
        *letters(ctx, "corrected", {"reason": ctx.data.reason}),
    )
    return Outcome(entity, _correction(ctx), effects=effects)


def correct_active(ctx: AgreementStep[Correct]) -> Outcome[Agreement]:
    """P25: in force all the same; since when, is computed anew."""
    entity = corrected(ctx)
    since = legal_start(ctx, entity)
    entity = replace(
        entity, in_force_since=since if since is not None and since <= ctx.now else ctx.entity.in_force_since
    )
    effects: list[Effect] = [
        *end_timer(ctx, entity.main_contracts),
        *passed(ctx.entity.customer_id, entity.customer_id),
    ]
    if entity.terminates_at is not None and entity.terminates_at != ctx.entity.terminates_at:
        effects.append(TERMINATED.at(entity.terminates_at))
    if entity.end_noticed_at != ctx.entity.end_noticed_at:
        effects += runs_from_notice(ctx, entity)
    if entity.cancelled_services != ctx.entity.cancelled_services:
        given, before = entity.cancelled_services, ctx.entity.cancelled_services
        entity, more = corrected_services(ctx, replace(entity, cancelled_services=before), given)
        effects += [*more, *approval(ctx, entity)]
    effects += letters(ctx, "corrected", {"reason": ctx.data.reason})
    return Outcome(entity, _correction(ctx), effects=tuple(effects))


def _to_sign_again(ctx: AgreementStep, entity: Agreement) -> tuple[Effect, ...]:
    """The processor's signature under what came by its page was a mistake: somebody looks once more."""
    if not entity.joined or not _signed_by("processor", ctx.entity) or _signed_by("processor", entity):
        return ()
    return (_look_at(Joined(customer=ctx.context.customer.name), entity),)


def _signed_by(party: str, entity: Agreement) -> bool:
    return any(one.party == party for one in entity.signatures)


def _correction(ctx: AgreementStep[Correct]) -> dict[str, Any]:
    return {"event_id": ctx.data.event_id, "data": ctx.data.data, "reason": ctx.data.reason}


def correct_end(ctx: AgreementStep[Correct]) -> Outcome[Agreement]:
    """P25: the end was entered wrongly and lies ahead: it is in force again."""
    given = corrected(ctx)
    entity, effects = alive_again(ctx, given.main_contracts)
    if given.terminates_at is not None and given.terminates_at != ctx.entity.terminates_at:
        # Terminated all the same, on a later day.
        entity = replace(entity, end_ground=given.end_ground, terminates_at=given.terminates_at)
        effects = (*effects, TERMINATED.at(given.terminates_at))
    return Outcome(entity, _correction(ctx), effects=effects)


def transfer(ctx: AgreementStep[Transfer]) -> Outcome[Agreement]:
    """P26: history and links stay with what they were about."""
    at = ctx.now if ctx.data.on is None else max(ctx.now, start_of_day(ctx.data.on, ctx.context.terms.zone))
    to = ctx.data.customer_id
    effects = (MOVES.at(at, PassedOn(customer_id=to)), AGREEMENT_COMING.to(to, Coming(at=at)))
    return Outcome(ctx.entity, {"customer_id": to, "on": ctx.data.on}, effects=effects)


def moved(ctx: AgreementStep[PassedOn]) -> Outcome[Agreement]:
    """P26: the day has come on which it passes to another customer.

    A fan-out under way goes customer by customer and may have passed that one: it joins by itself.
    """
    return Outcome(
        replace(ctx.entity, customer_id=ctx.data.customer_id),
        {"from": ctx.entity.customer_id, "to": ctx.data.customer_id},
        effects=(FanOut("join", agreement=ctx.id), *passed(ctx.entity.customer_id, ctx.data.customer_id)),
    )
