"""Conditions of a change: each says why not, or None where it holds. Pure."""

from datetime import datetime
from typing import Final

import msgspec

from workflows.change.announced import further_places
from workflows.machine.vocabulary import D_co, Standing, StepInput
from workflows.model.change import FACTS, Amend, Change, ChangeContext, ChangeKind, Confirm, End, Notify, Publish
from workflows.model.deletion import Ordered
from workflows.time import end_of_day, start_of_day

ChangeStep = StepInput[Change, ChangeContext, D_co]
ChangeStanding = Standing[Change, ChangeContext]
ChangeAlone = Standing[Change, object]

PLACED: Final[tuple[ChangeKind, ...]] = ("add", "replace", "relocate")
"""Kinds by which a subprocessor comes to work somewhere."""
UNASKED: Final = "unasked"
"""Beside the task of a change that waits: no agreement has a notice of it."""


def zone(ctx: ChangeStanding) -> str:
    """The time zone of the processor, an IANA name."""
    return ctx.context.processor.timezone


def wished(ctx: ChangeStanding) -> datetime | None:
    """The first instant of the wished day in the processor's zone (P13), UTC, or None."""
    day = ctx.entity.effective_on
    return start_of_day(day, zone(ctx)) if day is not None else None


# --- announcing --------------------------------------------------------------------------------------


def announces_now(ctx: ChangeStep[Notify]) -> str | None:
    wait = ctx.data.not_before
    return "it waits for not_before" if wait is not None and wait > ctx.now else None


def names_all_it_needs(ctx: ChangeAlone) -> str | None:
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


# --- what its notices make of it (P12) ---------------------------------------------------------------


def a_customer_received(ctx: ChangeStanding) -> str | None:
    if ctx.context.received or not (ctx.context.spreading or ctx.context.running):
        return None
    return "nobody has received it yet"


def takes_effect(ctx: ChangeStep) -> str | None:
    if ctx.context.spreading or ctx.context.running:
        return "windows still run"
    day = wished(ctx)
    if day is not None and ctx.at < day and not ctx.context.engaged:
        return "its day has not come"
    if ctx.entity.kind in PLACED and not ctx.context.engaged:
        return "nobody is engaged yet"
    return None


def nobody_engaged_yet(ctx: ChangeStanding) -> str | None:
    if ctx.context.waiting == why_nobody(ctx):
        return "it is known already"
    if ctx.context.spreading or ctx.context.running or ctx.context.engaged or ctx.entity.kind not in PLACED:
        return "windows run, or somebody is engaged"
    return None


def goes_on(ctx: ChangeStanding) -> str | None:
    if ctx.context.waiting is None:
        return "nothing said that it waits"
    return None if ctx.context.spreading or ctx.context.running else "no window runs"


def why_nobody(ctx: ChangeStanding) -> str:
    """The key of the task that says why nobody is engaged: those with a notice stand in the way, or none has one."""
    return "" if ctx.context.asked else UNASKED


# --- amending (P17) ----------------------------------------------------------------------------------


def in_substance(ctx: ChangeStep[Amend]) -> str | None:
    return None if ctx.data.substance else "only the words change"


def words_alone(ctx: ChangeStep[Amend]) -> str | None:
    more = [
        name
        for name, value in msgspec.structs.asdict(ctx.data.fields).items()
        if value is not None and name not in ("reason", *FACTS)
    ]
    if ctx.entity.announced and further_places(ctx.entity.announced[-1], ctx.data.fields):
        more.append("a further country")
    if more:
        return f"{' and '.join(more)} is more than words: amend it with `substance: true`, and windows start anew."
    return None


def place_free(ctx: ChangeStep[Amend]) -> str | None:
    fields = ctx.data.fields
    further = ctx.entity.announced and further_places(ctx.entity.announced[-1], fields)
    if ctx.context.engaged and (fields.country or further or fields.subprocessor_id or fields.replaces_id):
        return (
            "Customers are served by this change already, so who and where stay as they are: "
            "make a new change (replace or relocate), or withdraw this one."
        )
    if ctx.context.engaged and fields.to_version:
        return "Agreements run under this text already: announce another version with a change of its own."
    return None


def told_without_place(ctx: ChangeAlone) -> str | None:
    told = ctx.entity.announced
    return None if told and told[-1].country is None else "customers were told a place"


def published_since_announced(ctx: ChangeStep[Publish]) -> str | None:
    told = ctx.entity.announced[-1].at if ctx.entity.announced else ctx.entity.announced_at
    if ctx.data.at > ctx.now:
        return "It cannot have been published in the future: give `at` up to now, or leave it out."
    if told is not None and ctx.data.at < told:
        return (
            f"This text stands since {told.isoformat()}, so no page can have told of it before: give a later `at`, "
            "or leave it out."
        )
    return None


# --- its end -----------------------------------------------------------------------------------------


def end_ahead(ctx: ChangeStep[End]) -> str | None:
    return None if end_of_day(ctx.data.on, zone(ctx)) > ctx.now else "its last day is over"


def delete_after(ctx: ChangeStep[End]) -> str | None:
    if ctx.data.delete_by is not None and ctx.data.delete_by < ctx.data.on:
        return f"The data cannot be due before its last day ({ctx.data.on.isoformat()}): give a later `delete_by`."
    return None


def holds_data(ctx: ChangeAlone) -> str | None:
    return None if ctx.entity.kind in (*PLACED, "remove") else "no subprocessor holds data because of it"


def proven(ctx: ChangeStep[Confirm]) -> str | None:
    if ctx.data.outcome == "not_confirmed":
        return "Nothing is deleted before the subprocessor has confirmed it: go on asking."
    if not ctx.data.evidence.strip():
        return "Say in `evidence` what proves it."
    return None


def refused(ctx: ChangeStep[Confirm]) -> str | None:
    return None if ctx.data.outcome == "refused" else "it was not refused"


def known_item(ctx: ChangeStep[Confirm | Ordered]) -> str | None:
    if any(item.id == ctx.data.task_id and item.done_at is None for item in ctx.entity.plan):
        return None
    return "No open task with this id belongs to this change."
