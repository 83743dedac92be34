"""A change: what the processor tells its customers it wants to do differently.

    draft → notified → objection_window → active → terminated → deletion_pending → deleted
    draft | notified | objection_window → withdrawn

Its own state follows from its notices (P12); only the gate says who may be served.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from workflows.change import end
from workflows.change.end import PLACED, zone
from workflows.deletion.orders import Ordered, ordered
from workflows.machine.effects import RANK_START, ClearTimer, CloseTasks, Effect, FanOut, OpenTask, SetTimer
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import Outcome, Row, State, StepInput, Table
from workflows.model.change import Amend, AnnouncedWith, Change, ChangeContext, Confirm, End, Notify, Withdraw
from workflows.time import start_of_day

ChangeStep = StepInput[Change, ChangeContext]

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


def wished(ctx: ChangeStep) -> datetime | None:
    """The first instant of the wished day in the processor's zone (P13), UTC, or None."""
    day = ctx.entity.effective_on
    return start_of_day(day, zone(ctx)) if day is not None else None


# --- guards ------------------------------------------------------------------------------------------


def _now(ctx: ChangeStep) -> str | None:
    wait = ctx.data.not_before
    return "it waits for not_before" if wait is not None and wait > ctx.now else None


def _later(ctx: ChangeStep) -> str | None:
    return "it goes out now" if _now(ctx) is None else None


def _complete(ctx: ChangeStep) -> str | None:
    return lacks(ctx.entity)


def lacks(e: Change) -> str | None:
    """What a change of its kind cannot be announced without, or None."""
    if e.kind in (*PLACED, "remove") and e.subprocessor_id is None:
        return f"A change of kind {e.kind!r} needs `subprocessor_id`."
    if e.kind == "replace" and e.replaces_id is None:
        return "A replacement needs `replaces_id`: the subprocessor that goes."
    if e.kind == "relocate" and e.country is None:
        return "A relocation needs `country`: where the subprocessor moves to."
    if e.kind == "terms" and e.to_version is None:
        return "A change of terms needs `to_version`."
    return None


def _opened(ctx: ChangeStep) -> str | None:
    if ctx.context.received or not (ctx.context.spreading or ctx.context.running):
        return None
    return "nobody has received it yet"


def _settled(ctx: ChangeStep) -> str | None:
    if ctx.context.spreading or ctx.context.running:
        return "windows still run"
    day = wished(ctx)
    if day is not None and ctx.at < day and not ctx.context.engaged:
        return "its day has not come"
    if ctx.entity.kind in PLACED and not ctx.context.engaged:
        return "nobody is engaged yet"
    return None


def _nobody(ctx: ChangeStep) -> str | None:
    if ctx.context.waiting:
        return "it is known already"
    if ctx.context.spreading or ctx.context.running or ctx.context.engaged or ctx.entity.kind not in PLACED:
        return "windows run, or somebody is engaged"
    return None


def _in_substance(ctx: ChangeStep) -> str | None:
    return None if ctx.data.substance else "only the words change"


def _in_words(ctx: ChangeStep) -> str | None:
    return None if not ctx.data.substance else "it changes in substance"


def _words_alone(ctx: ChangeStep) -> str | None:
    more = [
        name
        for name, value in msgspec.structs.asdict(ctx.data.fields).items()
        if value is not None and name != "reason"
    ]
    if more:
        return f"{' and '.join(more)} is more than words: amend it with `substance: true`, and windows start anew."
    return None


def _place_free(ctx: ChangeStep) -> str | None:
    fields = ctx.data.fields
    if ctx.context.engaged and (fields.country or fields.subprocessor_id or fields.replaces_id):
        return (
            "Customers are served by this change already, so who and where stay as they are: "
            "make a new change (replace or relocate), or withdraw this one."
        )
    if ctx.context.engaged and fields.to_version:
        return "Agreements run under this text already: announce another version with a change of its own."
    return None


# --- actions -------------------------------------------------------------------------------------------


def notify(ctx: ChangeStep) -> Outcome[Change]:
    """Announced: carried to every agreement it concerns."""
    entity = replace(ctx.entity, announced_at=ctx.at, not_before=None)
    return Outcome(entity, {"preview": getattr(ctx.data, "preview", None)},
                   effects=(ClearTimer("announce"), FanOut("announce", ctx.id)), event="notified")  # fmt: skip


def announced_with(ctx: ChangeStep) -> Outcome[Change]:
    """P19: its announcement carries it to the agreements, beside others."""
    entity = replace(ctx.entity, announced_at=ctx.at, not_before=None, announcement_id=ctx.data.announcement_id)
    said = {"announcement_id": ctx.data.announcement_id}
    return Outcome(entity, said, effects=(ClearTimer("announce"),), event="notified")


def schedule(ctx: ChangeStep) -> Outcome[Change]:
    """P20: until then it can be taken back without a trace for customers."""
    at = ctx.data.not_before
    return Outcome(
        replace(ctx.entity, not_before=at),
        {"not_before": at, "preview": ctx.data.preview},
        effects=(SetTimer("announce", at, "announce", RANK_START),),
        event="scheduled",
    )


def review_soon(ctx: ChangeStep) -> tuple[Effect, ...]:
    """Look again now, and on the wished day."""
    day = wished(ctx)
    wait = [SetTimer("wished", day, "review", RANK_START)] if day is not None and day > ctx.at else []
    return (SetTimer("review", ctx.at, "review", RANK_START), *wait)


def opened(ctx: ChangeStep) -> Outcome[Change]:
    """The first customer has received it."""
    return Outcome(ctx.entity, effects=review_soon(ctx), event="window_opened")


def activated(ctx: ChangeStep) -> Outcome[Change]:
    """P12: no window runs and somebody is engaged. It stays so."""
    return Outcome(replace(ctx.entity, active_at=ctx.at), effects=(CloseTasks(("nobody_engaged",)),),
                   event="activated")  # fmt: skip


def nobody_engaged(ctx: ChangeStep) -> Outcome[Change]:
    """P12: no window runs, yet nobody is engaged: it waits, with a task."""
    text = "No customer can be served by this change yet: consents, objections or addresses stand in the way."
    return Outcome(ctx.entity, effects=(OpenTask("nobody_engaged", text, ctx.id),), event="waits")


def withdraw_draft(ctx: ChangeStep) -> Outcome[Change]:
    """Nobody knew of it, and nobody hears of it."""
    return Outcome(replace(ctx.entity, not_before=None, withdrawn_why=ctx.data.reason), {"reason": ctx.data.reason},
                   effects=(ClearTimer("announce"),), event="withdrawn")  # fmt: skip


def withdraw(ctx: ChangeStep) -> Outcome[Change]:
    """P18: its notices follow in chunks; the gate reads the change itself at once."""
    return Outcome(
        replace(ctx.entity, withdrawn_why=ctx.data.reason),
        {"reason": ctx.data.reason},
        effects=(
            ClearTimer("review"), ClearTimer("wished"), FanOut("withdraw", ctx.id),
            CloseTasks(("nobody_engaged",)),
        ),
        event="withdrawn",
    )  # fmt: skip


def _with_fields(ctx: ChangeStep) -> Change:
    given = msgspec.structs.asdict(ctx.data.fields)
    told = {key: value for key, value in given.items() if value is not None}
    return replace(ctx.entity, **told, to_version_id=ctx.data.to_version_id or ctx.entity.to_version_id)


def _told_of(ctx: ChangeStep) -> dict[str, Any]:
    return {"reason": ctx.data.reason, "substance": ctx.data.substance,
            "fields": msgspec.to_builtins(ctx.data.fields)}  # fmt: skip


def amend_words(ctx: ChangeStep) -> Outcome[Change]:
    """P17: a typo changes nothing but the text."""
    return Outcome(_with_fields(ctx), _told_of(ctx), event="amended")


def amend(ctx: ChangeStep) -> Outcome[Change]:
    """P17: in substance, so its notices start anew in chunks."""
    entity = replace(_with_fields(ctx), revision=ctx.entity.revision + 1)
    return Outcome(
        entity,
        _told_of(ctx),
        effects=(FanOut("amend", ctx.id, revision=entity.revision), *review_soon(replace_entity(ctx, entity))),
        event="amended",
    )


def replace_entity(ctx: ChangeStep, entity: Change) -> ChangeStep:
    """The same carrier with another entity, for helpers that read it."""
    ctx.entity = entity
    return ctx


GUARDS = {
    **end.CHANGE_END_GUARDS,
    "complete": _complete,
    "in_substance": _in_substance,
    "in_words": _in_words,
    "later": _later,
    "nobody": _nobody,
    "now": _now,
    "opened": _opened,
    "place_free": _place_free,
    "settled": _settled,
    "words_alone": _words_alone,
}

ROWS: tuple[Row[Change, ChangeContext], ...] = (
    Row("notify", ("draft",), "notified", notify, when=("now",), require=("complete",), data=Notify, action=True),
    Row("notify", ("draft",), None, schedule, when=("later",), require=("complete",), data=Notify, action=True),
    Row("announce", ("draft",), "notified", notify, require=("complete",)),
    Row("announced_with", ("draft",), "notified", announced_with, require=("complete",), data=AnnouncedWith),
    Row("review", ("notified",), "objection_window", opened, when=("opened",)),
    Row("review", ("objection_window",), "active", activated, when=("settled",)),
    Row("review", ("objection_window",), None, nobody_engaged, when=("nobody",)),
    Row("amend", ("draft",), None, amend_words, data=Amend, action=True),
    Row("amend", ("notified", "objection_window", "active"), None, amend_words, when=("in_words",),
        require=("words_alone",), data=Amend, action=True),
    Row("amend", ("notified", "objection_window", "active"), None, amend, when=("in_substance",),
        require=("place_free",), data=Amend, action=True),
    Row("withdraw", ("draft",), "withdrawn", withdraw_draft, data=Withdraw, action=True),
    Row("withdraw", ("notified", "objection_window"), "withdrawn", withdraw, data=Withdraw, action=True),
    Row("end", ("active",), None, end.plan_end, when=("end_ahead",), require=("delete_after",), data=End, action=True),
    Row("end", ("active",), "terminated", end.end_now, when=("end_past",), require=("delete_after",), data=End,
        action=True),
    Row("ended", ("active",), "terminated", end.ended),
    Row("begin_deletion", ("terminated",), "deletion_pending", end.begin_deletion, when=("holds_data",)),
    Row("begin_deletion", ("terminated",), "deleted", end.nothing_held, when=("holds_none",)),
    Row("ordered", ("deletion_pending",), None, ordered, require=("known_item",), data=Ordered),
    Row("confirm", ("deletion_pending",), None, end.refused, when=("refused",), require=("known_item", "proven"),
        data=Confirm, action=True),
    Row("confirm", ("deletion_pending",), "deleted", end.confirmed, when=("answered", "last_item"),
        require=("known_item", "proven"), data=Confirm, action=True),
    Row("confirm", ("deletion_pending",), None, end.confirmed, when=("answered", "more_items"),
        require=("known_item", "proven"), data=Confirm, action=True),
)  # fmt: skip

CHANGE = Workflow(
    Table(name="change", entity=Change, context=ChangeContext, initial="draft", states=STATES, rows=ROWS,
          guards=GUARDS)
)  # fmt: skip
