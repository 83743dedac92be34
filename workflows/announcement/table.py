"""An announcement: several changes that the processor tells its customers of as one (P19).

    draft → notified → sent
    draft | notified | sent → withdrawn

It tells its changes; from then on each goes its own way, with its own notices, windows and answers.
"""

import msgspec
from msgspec.structs import replace

from workflows.change.guards import lacks
from workflows.change.table import CHANGE
from workflows.machine.effects import RANK_START, CloseTasks, Effect, FanOut, OpenTask
from workflows.machine.machine import Workflow
from workflows.machine.messages import ANNOUNCED_WITH, WITHDRAW
from workflows.machine.signals import NoData, Timer
from workflows.machine.vocabulary import BIRTH, AnyRow, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.announcement import Announcement, Rebundle
from workflows.model.change import AnnouncedWith, Change, Notify, Withdraw
from workflows.model.per_language import base_of
from workflows.model.task_words import task_words


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
        return CHANGE.answers("withdraw", self.state)


class AnnouncementContext(msgspec.Struct, frozen=True, kw_only=True):
    """What an announcement may know besides its own fields: its changes, in its own order."""

    changes: tuple[Bundled, ...] = ()


AnnouncementStep = StepInput[Announcement, AnnouncementContext, D_co]
AnnouncementStanding = Standing[Announcement, AnnouncementContext]

ANNOUNCE = Timer("announce", NoData, RANK_START)

STATES = (
    State("draft", "Being put together; no customer knows of it.", frozenset({"editable"})),
    State("notified", "Its changes are on their way, together, to every agreement they concern."),
    State("sent", "Every agreement has its notices; each change goes its own way."),
    State("withdrawn", "Taken back, with every change that had not come into force.", final=True),
)


# --- guards ------------------------------------------------------------------------------------------


def _announces_now(ctx: AnnouncementStep[Notify]) -> str | None:
    wait = ctx.data.not_before
    return "it waits for not_before" if wait is not None and wait > ctx.now else None


def _all_ready(ctx: AnnouncementStanding) -> str | None:
    for one in ctx.context.changes:
        if "editable" not in one.tags:
            return (
                f"Change {one.change.id} is {one.state!r} already: leave it out of `changes`, then announce the others."
            )
        if (why := lacks(one.change)) is not None:
            return f"Change {one.change.id} lacks something: {why}"
    return None


def _some_ready(ctx: AnnouncementStanding) -> str | None:
    return None if any(one.ready for one in ctx.context.changes) else "none of its changes is a draft any more"


def _withdrawable(ctx: AnnouncementStanding) -> str | None:
    if any(one.withdrawable for one in ctx.context.changes):
        return None
    return "None of its changes can be taken back any more: end those that are active."


# --- actions -----------------------------------------------------------------------------------------


def drafted(ctx: StepInput[Announcement, object]) -> Outcome[Announcement]:
    """A draft; nobody is told of it."""
    return Outcome(ctx.entity, {"changes": ctx.entity.changes, "terms_version": ctx.entity.terms_version})


def rebundle(ctx: AnnouncementStep[Rebundle]) -> Outcome[Announcement]:
    """Other changes, while nobody knows of it."""
    given = {key: value for key, value in msgspec.structs.asdict(ctx.data).items() if value is not msgspec.UNSET}
    return Outcome(replace(ctx.entity, **given), given)


def notify(ctx: AnnouncementStep[Notify]) -> Outcome[Announcement]:
    """Its changes hear of it, and are then carried together to every agreement they concern."""
    return _announced(ctx, ctx.data.preview)


def announce(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """The day for which it was kept has come."""
    return _announced(ctx, None)


def _announced(ctx: AnnouncementStep, preview: str | None) -> Outcome[Announcement]:
    ready = [one.change.id for one in ctx.context.changes if one.ready]
    left = [one.change.id for one in ctx.context.changes if not one.ready]
    effects: list[Effect] = [ANNOUNCE.clear()]
    effects += [ANNOUNCED_WITH.to(one, AnnouncedWith(announcement_id=ctx.id)) for one in ready]
    effects.append(FanOut("announce", announcement=ctx.id))
    if left:
        text = task_words("announced_without")
        effects.append(OpenTask("announced_without", text, ctx.id, data={"changes": [str(one) for one in left]}))
    said = {"preview": preview, "changes": ready, "left_out": left}
    return Outcome(replace(ctx.entity, announced_at=ctx.at, not_before=None), said, effects=tuple(effects))


def schedule(ctx: AnnouncementStep[Notify]) -> Outcome[Announcement]:
    """P20: until then it can be taken back without a trace for customers."""
    at = ctx.data.not_before
    assert at is not None
    said = {"not_before": at, "preview": ctx.data.preview}
    return Outcome(replace(ctx.entity, not_before=at), said, effects=(ANNOUNCE.at(at),))


def nothing_left(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """Its day has come, and none of its changes is a draft any more."""
    text = task_words("nothing_to_announce")
    return Outcome(replace(ctx.entity, not_before=None), effects=(OpenTask("nothing_to_announce", text, ctx.id),))


def carried(ctx: AnnouncementStep) -> Outcome[Announcement]:
    """Every agreement concerned has its notices."""
    return Outcome(ctx.entity)


def withdraw(ctx: AnnouncementStep[Withdraw]) -> Outcome[Announcement]:
    """P18, for each of its changes that can still be taken back; one in force stays as it is."""
    gone = [one.change.id for one in ctx.context.changes if one.withdrawable]
    stay = [one.change.id for one in ctx.context.changes if not one.withdrawable]
    tells = tuple(WITHDRAW.to(one, Withdraw(reason=ctx.data.reason)) for one in gone)
    return Outcome(
        replace(ctx.entity, not_before=None, withdrawn_why=base_of(ctx.data.reason)[0]),
        {"reason": ctx.data.reason, "changes": gone, "stay": stay},
        effects=(ANNOUNCE.clear(), *tells, CloseTasks(("announced_without", "nothing_to_announce"))),
    )


ROWS: tuple[AnyRow[Announcement, AnnouncementContext], ...] = (
    Row("create", BIRTH, "draft", drafted, event="created"),
    Row("update", ("draft",), None, rebundle, data=Rebundle, event="updated"),
    Row("notify", ("draft",), "notified", notify, when=(_announces_now,), require=(_all_ready,), data=Notify,
        event="notified", action=True),
    Row("notify", ("draft",), None, schedule, unless=(_announces_now,), require=(_all_ready,), data=Notify,
        event="scheduled", action=True),
    Row("announce", ("draft",), "notified", announce, when=(_some_ready,), event="notified"),
    Row("announce", ("draft",), None, nothing_left, unless=(_some_ready,), event="not_announced"),
    Row("carried", ("notified",), "sent", carried),
    Row("withdraw", ("draft",), "withdrawn", withdraw, data=Withdraw, event="withdrawn", action=True),
    Row("withdraw", ("notified", "sent"), "withdrawn", withdraw, require=(_withdrawable,), data=Withdraw,
        event="withdrawn", action=True),
)  # fmt: skip

ANNOUNCEMENT = Workflow(
    Table(
        name="announcement",
        entity=Announcement,
        context=AnnouncementContext,
        states=STATES,
        rows=ROWS,
        timers=(ANNOUNCE,),
        tells=(ANNOUNCED_WITH, WITHDRAW),
        path="announcements",
        timers_wait=True,
    )
)
