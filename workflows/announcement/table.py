"""An announcement: several changes that the processor tells its customers of as one (P19).

    draft → notified → sent
    draft | notified | sent → withdrawn

It tells its changes; from then on each goes its own way, with its own notices, windows and answers.
"""

import msgspec
from msgspec.structs import replace

from workflows.change.table import CHANGE, lacks
from workflows.machine.effects import RANK_START, ClearTimer, CloseTasks, Effect, FanOut, OpenTask, SetTimer, Tell
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import Outcome, Row, State, StepInput, Table
from workflows.model.announcement import Announcement, Rebundle
from workflows.model.change import Change, Notify, Withdraw


class Bundled(msgspec.Struct, frozen=True, kw_only=True):
    """One of its changes, and where that stands."""

    change: Change
    state: str
    tags: frozenset[str]

    @property
    def ready(self) -> bool:
        """Nobody was told of it yet, and nothing is missing."""
        return "editable" in self.tags and lacks(self.change) is None

    @property
    def withdrawable(self) -> bool:
        """It can still be taken back."""
        return CHANGE.answers("withdraw", self.state)


class AnnouncementContext(msgspec.Struct, frozen=True, kw_only=True):
    """What an announcement may know besides its own fields: its changes, in its own order."""

    changes: tuple[Bundled, ...] = ()


AnnouncementStep = StepInput[Announcement, AnnouncementContext]

STATES = (
    State("draft", "Being put together; no customer knows of it.", frozenset({"editable"})),
    State("notified", "Its changes are on their way, together, to every agreement they concern."),
    State("sent", "Every agreement has its notices; each change goes its own way."),
    State("withdrawn", "Taken back, with every change that had not come into force.", final=True),
)


# --- guards ------------------------------------------------------------------------------------------


def _now(ctx: AnnouncementStep) -> str | None:
    wait = ctx.data.not_before
    return "it waits for not_before" if wait is not None and wait > ctx.now else None


def _later(ctx: AnnouncementStep) -> str | None:
    return "it goes out now" if _now(ctx) is None else None


def _all_ready(ctx: AnnouncementStep) -> str | None:
    for one in ctx.context.changes:
        if "editable" not in one.tags:
            return (
                f"Change {one.change.id} is {one.state!r} already: leave it out of `changes`, then announce the others."
            )
        if (why := lacks(one.change)) is not None:
            return f"Change {one.change.id}: {why}"
    return None


def _some_ready(ctx: AnnouncementStep) -> str | None:
    return None if any(one.ready for one in ctx.context.changes) else "none of its changes is a draft any more"


def _none_ready(ctx: AnnouncementStep) -> str | None:
    return "some of its changes are drafts" if _some_ready(ctx) is None else None


def _withdrawable(ctx: AnnouncementStep) -> str | None:
    if any(one.withdrawable for one in ctx.context.changes):
        return None
    return "None of its changes can be taken back any more: end those that are active."


# --- actions -----------------------------------------------------------------------------------------


def rebundle(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """Other changes, while nobody knows of it."""
    given = {key: value for key, value in msgspec.structs.asdict(ctx.data).items() if value is not msgspec.UNSET}
    return Outcome(replace(ctx.entity, **given), given, event="updated")


def notify(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """Its changes hear of it, and are then carried together to every agreement they concern."""
    ready = [one.change.id for one in ctx.context.changes if one.ready]
    left = [one.change.id for one in ctx.context.changes if not one.ready]
    effects: list[Effect] = [ClearTimer("announce")]
    effects += [Tell(one, "announced_with", {"announcement_id": str(ctx.id)}) for one in ready]
    effects.append(FanOut("announce", announcement=ctx.id))
    if left:
        text = "Some changes of this announcement were sent or taken back before its day: it went without them."
        effects.append(OpenTask("announced_without", text, ctx.id, data={"changes": [str(one) for one in left]}))
    said = {"preview": getattr(ctx.data, "preview", None), "changes": ready, "left_out": left}
    entity = replace(ctx.entity, announced_at=ctx.at, not_before=None)
    return Outcome(entity, said, effects=tuple(effects), event="notified")


def schedule(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """P20: until then it can be taken back without a trace for customers."""
    at = ctx.data.not_before
    return Outcome(
        replace(ctx.entity, not_before=at),
        {"not_before": at, "preview": ctx.data.preview},
        effects=(SetTimer("announce", at, "announce", RANK_START),),
        event="scheduled",
    )


def nothing_left(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """Its day has come, and none of its changes is a draft any more."""
    text = "None of the changes of this announcement is a draft any more: give it others, or withdraw it."
    return Outcome(replace(ctx.entity, not_before=None), effects=(OpenTask("nothing_to_announce", text, ctx.id),),
                   event="not_announced")  # fmt: skip


def carried(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """Every agreement concerned has its notices."""
    return Outcome(ctx.entity)


def withdraw(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """P18, for each of its changes that can still be taken back; one in force stays as it is."""
    gone = [one.change.id for one in ctx.context.changes if one.withdrawable]
    stay = [one.change.id for one in ctx.context.changes if not one.withdrawable]
    tells = tuple(Tell(one, "withdraw", {"reason": ctx.data.reason}) for one in gone)
    return Outcome(
        replace(ctx.entity, not_before=None, withdrawn_why=ctx.data.reason),
        {"reason": ctx.data.reason, "changes": gone, "stay": stay},
        effects=(ClearTimer("announce"), *tells, CloseTasks(("announced_without", "nothing_to_announce"))),
        event="withdrawn",
    )


GUARDS = {
    "all_ready": _all_ready,
    "later": _later,
    "none_ready": _none_ready,
    "now": _now,
    "some_ready": _some_ready,
    "withdrawable": _withdrawable,
}

ROWS: tuple[Row[Announcement, AnnouncementContext], ...] = (
    Row("update", ("draft",), None, rebundle, data=Rebundle),
    Row("notify", ("draft",), "notified", notify, when=("now",), require=("all_ready",), data=Notify, action=True),
    Row("notify", ("draft",), None, schedule, when=("later",), require=("all_ready",), data=Notify, action=True),
    Row("announce", ("draft",), "notified", notify, when=("some_ready",)),
    Row("announce", ("draft",), None, nothing_left, when=("none_ready",)),
    Row("carried", ("notified",), "sent", carried),
    Row("withdraw", ("draft",), "withdrawn", withdraw, data=Withdraw, action=True),
    Row("withdraw", ("notified", "sent"), "withdrawn", withdraw, require=("withdrawable",), data=Withdraw, action=True),
)

ANNOUNCEMENT = Workflow(
    Table(name="announcement", entity=Announcement, context=AnnouncementContext, initial="draft", states=STATES,
          rows=ROWS, guards=GUARDS)
)  # fmt: skip
