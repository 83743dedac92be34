"""A change: what the processor tells its customers it wants to do differently.

    draft → notified → objection_window → active → terminated → deletion_pending → deleted
    draft | notified | objection_window → withdrawn

Its own state follows from its notices (P12); only the gate says who may be served.
"""

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from workflows.change import end, guards
from workflows.change.announced import facts_of, reworded, text_of
from workflows.change.guards import ChangeStep, wished
from workflows.change.timers import ANNOUNCE, REVIEW_ON_THE_DAY, REVIEW_SOON, TIMERS
from workflows.deletion.orders import ordered
from workflows.machine.effects import CloseTasks, Effect, FanOut, OpenTask
from workflows.machine.machine import Workflow
from workflows.machine.messages import RECORD_AMENDED
from workflows.machine.vocabulary import BIRTH, AnyRow, Outcome, Review, Row, State, StepInput, Table
from workflows.model.change import (
    FACTS,
    Amend,
    AnnouncedWith,
    Change,
    ChangeContext,
    Confirm,
    End,
    Notify,
    PlaceKnownSince,
    Publication,
    Publish,
    Withdraw,
)
from workflows.model.deletion import Ordered
from workflows.model.per_language import base_of
from workflows.model.task_words import task_words

STATES = (
    State("draft", "Being written; no customer knows of it.", frozenset({"editable"})),
    State("notified", "Being sent to every agreement it concerns.", frozenset({"announced", "unopened", "watched"})),
    State(
        "objection_window",
        "Customers can answer: a window or an own period runs, or nobody is engaged yet.",
        frozenset({"announced", "watched"}),
    ),
    State("active", "At least one engagement rests on it. Later windows show in its progress.",
          frozenset({"announced"})),
    State("terminated", "It ended; engagements that rested on it are over."),
    State("deletion_pending", "The subprocessor has to confirm that the data are gone."),
    State("deleted", "Confirmed: nothing is left with the subprocessor.", final=True),
    State("withdrawn", "Taken back. Everyone who was told has been told so.", final=True),
)  # fmt: skip


# --- actions -------------------------------------------------------------------------------------------

ENTERED: Final = (
    "kind", "subprocessor_id", "replaces_id", "country", "terms", "to_version", "services", "reason", "effective_on",
    "significant",
)  # fmt: skip
"""What the first event tells of a change, where it is given."""


def drafted(ctx: StepInput[Change, object]) -> Outcome[Change]:
    """A draft; nobody is told of it."""
    values = {name: getattr(ctx.entity, name) for name in ENTERED}
    return Outcome(ctx.entity, {name: value for name, value in values.items() if value not in (None, "", ())})


def notify(ctx: ChangeStep[Notify]) -> Outcome[Change]:
    """Announced: carried to every agreement it concerns."""
    return _announced(ctx, ctx.data.preview)


def announce(ctx: ChangeStep) -> Outcome[Change]:
    """The day for which it was kept has come."""
    return _announced(ctx, None)


def _announced(ctx: ChangeStep, preview: str | None) -> Outcome[Change]:
    entity = _with_text(ctx, replace(ctx.entity, announced_at=ctx.at, not_before=None))
    return Outcome(entity, {"preview": preview}, effects=(ANNOUNCE.clear(), FanOut("announce", ctx.id)))


def _with_text(ctx: ChangeStep, entity: Change) -> Change:
    """With the text that customers are told from now on: what was announced is what may go on."""
    return replace(entity, announced=(text_of(entity, ctx.context.subprocessor, ctx.context.replaced, ctx.at),))


def announced_with(ctx: ChangeStep[AnnouncedWith]) -> Outcome[Change]:
    """P19: its announcement carries it to the agreements, beside others."""
    entity = replace(ctx.entity, announced_at=ctx.at, not_before=None, announcement_id=ctx.data.announcement_id)
    entity = _with_text(ctx, entity)
    return Outcome(entity, {"announcement_id": ctx.data.announcement_id}, effects=(ANNOUNCE.clear(),))


def schedule(ctx: ChangeStep[Notify]) -> Outcome[Change]:
    """P20: until then it can be taken back without a trace for customers."""
    at = ctx.data.not_before
    assert at is not None
    said = {"not_before": at, "preview": ctx.data.preview}
    return Outcome(replace(ctx.entity, not_before=at), said, effects=(ANNOUNCE.at(at),))


def review_soon(ctx: ChangeStep, change: Change) -> tuple[Effect, ...]:
    """Look again now, and on the wished day."""
    day = wished(replace(ctx, entity=change))
    wait = (REVIEW_ON_THE_DAY.at(day),) if day is not None and day > ctx.at else ()
    return (REVIEW_SOON.at(ctx.at), *wait)


def opened(ctx: ChangeStep) -> Outcome[Change]:
    """The first customer has received it."""
    return Outcome(ctx.entity, effects=review_soon(ctx, ctx.entity))


def activated(ctx: ChangeStep) -> Outcome[Change]:
    """P12: no window runs and somebody is engaged. It stays so."""
    return Outcome(replace(ctx.entity, active_at=ctx.at), effects=(CloseTasks(("nobody_engaged",)),))


def nobody_engaged(ctx: ChangeStep) -> Outcome[Change]:
    """P12: no window runs, yet nobody is engaged: it waits, with a task that says why."""
    why = guards.why_nobody(ctx)
    text = task_words("nobody_asked" if why else "nobody_engaged")
    before = (CloseTasks(("nobody_engaged",)),) if ctx.context.waiting is not None else ()
    return Outcome(ctx.entity, effects=(*before, OpenTask("nobody_engaged", text, ctx.id, key=why)))


def goes_on(ctx: ChangeStep) -> Outcome[Change]:
    """A window runs again, as of an agreement that began later: nothing waits for a person now."""
    return Outcome(ctx.entity, effects=(CloseTasks(("nobody_engaged",)),))


def _withdrawn(ctx: ChangeStep[Withdraw]) -> Change:
    why, each = base_of(ctx.data.reason)
    return replace(ctx.entity, withdrawn_why=why, withdrawn_why_in=each)


def withdraw_draft(ctx: ChangeStep[Withdraw]) -> Outcome[Change]:
    """Nobody knew of it, and nobody hears of it."""
    entity = replace(_withdrawn(ctx), not_before=None)
    return Outcome(entity, {"reason": ctx.data.reason}, effects=(ANNOUNCE.clear(),))


def withdraw(ctx: ChangeStep[Withdraw]) -> Outcome[Change]:
    """P18: its notices follow in chunks; the gate reads the change itself at once."""
    return Outcome(
        _withdrawn(ctx),
        {"reason": ctx.data.reason},
        effects=(
            REVIEW_SOON.clear(), REVIEW_ON_THE_DAY.clear(), FanOut("withdraw", ctx.id),
            CloseTasks(("nobody_engaged",)),
        ),
    )  # fmt: skip


def _with_fields(ctx: ChangeStep[Amend]) -> Change:
    given = msgspec.structs.asdict(ctx.data.fields)
    told = {key: value for key, value in given.items() if value is not None and key not in FACTS}
    if "reason" in told:
        told["reason"], told["reason_in"] = base_of(told["reason"])
    return replace(
        ctx.entity,
        **told,
        to_version_id=ctx.data.to_version_id or ctx.entity.to_version_id,
        from_country=ctx.data.from_country or ctx.entity.from_country,
    )


def _amendment(ctx: ChangeStep[Amend]) -> dict[str, Any]:
    return {"reason": ctx.data.reason, "substance": ctx.data.substance,
            "fields": msgspec.to_builtins(ctx.data.fields)}  # fmt: skip


def _reworded(ctx: ChangeStep[Amend], entity: Change) -> Change:
    """With one more text, that of the amended fields; in words alone, all else stays as it was told."""
    if not entity.announced:
        return entity
    if not ctx.data.substance:
        text = reworded(entity.announced[-1], ctx.data.fields, ctx.at, ctx.data.reason)
        return replace(entity, announced=(*entity.announced, text))
    who, old = ctx.data.subprocessor or ctx.context.subprocessor, ctx.data.replaced or ctx.context.replaced
    if who is not None:
        who = replace(who, **facts_of(ctx.data.fields))
    return replace(entity, announced=(*entity.announced, text_of(entity, who, old, ctx.at, ctx.data.reason)))


def _into_record(ctx: ChangeStep[Amend], entity: Change) -> tuple[Effect, ...]:
    """The subprocessor's record follows what customers are told."""
    if ctx.data.record is None or entity.subprocessor_id is None:
        return ()
    return (RECORD_AMENDED.to(entity.subprocessor_id, ctx.data.record),)


def amend_words(ctx: ChangeStep[Amend]) -> Outcome[Change]:
    """P17: a typo changes nothing but the text."""
    entity = _reworded(ctx, _with_fields(ctx))
    return Outcome(entity, _amendment(ctx), effects=_into_record(ctx, entity))


def amend(ctx: ChangeStep[Amend]) -> Outcome[Change]:
    """P17: in substance, so its notices start anew in chunks."""
    entity = _reworded(ctx, replace(_with_fields(ctx), revision=ctx.entity.revision + 1))
    anew = FanOut("amend", ctx.id, revision=entity.revision)
    effects = (anew, *_into_record(ctx, entity), *review_soon(ctx, entity))
    return Outcome(entity, _amendment(ctx), effects=effects)


def place_known(ctx: ChangeStep[PlaceKnownSince]) -> Outcome[Change]:
    """Nobody had said where its subprocessor works. From now on customers read it, and since when."""
    told = replace(ctx.entity.announced[-1], at=ctx.at, country=ctx.data.country, place_known_at=ctx.at)
    entity = replace(ctx.entity, announced=(*ctx.entity.announced, told))
    return Outcome(entity, {"country": ctx.data.country})


def publish(ctx: ChangeStep[Publish]) -> Outcome[Change]:
    """Who counts from the publication counts from now; its notices hear of it in chunks."""
    given = ctx.data
    page = Publication(
        revision=ctx.entity.revision,
        at=given.at,
        by=ctx.command.actor,
        url=given.url,
        file_id=given.file_id,
        sha256=given.sha256,
    )
    entity = replace(ctx.entity, publications=(*ctx.entity.publications, page))
    said = {"published_at": given.at, "url": given.url, "file_id": given.file_id, "sha256": given.sha256}
    return Outcome(entity, said, effects=(FanOut("publish", ctx.id),))


ROWS: tuple[AnyRow[Change, ChangeContext], ...] = (
    Row("create", BIRTH, "draft", drafted, event="created"),
    Row("notify", ("draft",), "notified", notify, when=(guards.announces_now,), require=(guards.names_all_it_needs,),
        data=Notify, event="notified", action=True),
    Row("notify", ("draft",), None, schedule, unless=(guards.announces_now,), require=(guards.names_all_it_needs,),
        data=Notify, event="scheduled", action=True),
    Row("announce", ("draft",), "notified", announce, require=(guards.names_all_it_needs,), event="notified"),
    Row("announced_with", ("draft",), "notified", announced_with, require=(guards.names_all_it_needs,),
        data=AnnouncedWith, event="notified"),
    Row("review", ("notified",), "objection_window", opened, when=(guards.a_customer_received,),
        event="window_opened"),
    Row("review", ("objection_window",), "active", activated, when=(guards.takes_effect,), event="activated"),
    Row("review", ("objection_window",), None, nobody_engaged, when=(guards.nobody_engaged_yet,), event="waits"),
    Row("review", ("objection_window",), None, goes_on, when=(guards.goes_on,), event="goes_on"),
    Row("amend", ("draft",), None, amend_words, data=Amend, event="amended", action=True),
    Row("amend", ("notified", "objection_window", "active"), None, amend_words, unless=(guards.in_substance,),
        require=(guards.words_alone,), data=Amend, event="amended", action=True),
    Row("amend", ("notified", "objection_window", "active"), None, amend, when=(guards.in_substance,),
        require=(guards.place_free,), data=Amend, event="amended", action=True),
    Row("place_known", ("notified", "objection_window", "active"), None, place_known,
        require=(guards.told_without_place,), data=PlaceKnownSince),
    Row("publish", ("notified", "objection_window", "active"), None, publish,
        require=(guards.published_since_announced,), data=Publish, event="published", action=True),
    Row("withdraw", ("draft",), "withdrawn", withdraw_draft, data=Withdraw, event="withdrawn", action=True),
    Row("withdraw", ("notified", "objection_window"), "withdrawn", withdraw, data=Withdraw, event="withdrawn",
        action=True),
    Row("end", ("active",), None, end.plan_end, when=(guards.end_ahead,), require=(guards.delete_after,), data=End,
        event="end_planned", action=True),
    Row("end", ("active",), "terminated", end.end_now, unless=(guards.end_ahead,), require=(guards.delete_after,),
        data=End, event="ended", action=True),
    Row("ended", ("active",), "terminated", end.ended),
    Row("begin_deletion", ("terminated",), "deletion_pending", end.begin_deletion, when=(guards.holds_data,)),
    Row("begin_deletion", ("terminated",), "deleted", end.nothing_held, unless=(guards.holds_data,),
        event="nothing_held"),
    Row("ordered", ("deletion_pending",), None, ordered, require=(guards.known_item,), data=Ordered,
        event="deletion_ordered"),
    Row("confirm", ("deletion_pending",), None, end.refused, when=(guards.refused,),
        require=(guards.known_item, guards.proven), data=Confirm, event="task_refused", action=True),
    # What is to be confirmed is one item, so with it the change is over.
    Row("confirm", ("deletion_pending",), "deleted", end.confirmed, unless=(guards.refused,),
        require=(guards.known_item, guards.proven), data=Confirm, action=True),
)  # fmt: skip

CHANGE = Workflow(
    Table(
        name="change",
        entity=Change,
        context=ChangeContext,
        states=STATES,
        rows=ROWS,
        timers=TIMERS,
        tells=(RECORD_AMENDED,),
        course="id",
        path="changes",
        timers_wait=True,
        reviews=Review("queue_change_reviews", "id"),
    )
)
