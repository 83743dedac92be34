"""What customers say about a notice, and what each answer makes of it (P5 to P11). Pure."""

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask
from workflows.machine.messages import TERMINATE
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Terminate
from workflows.model.end_reason import EndReason
from workflows.model.notice import Answered, Answering, Notice
from workflows.model.outages import held_step
from workflows.model.task_words import after, clause_words, task_words
from workflows.notice.alternative import settled, sought
from workflows.notice.beginning import clock, engage_at, services_left
from workflows.notice.delivery import (
    ASK,
    answer,
    answer_fields,
    clear,
    confirm,
    disengage,
    received_by_answer,
)
from workflows.notice.guards import NoticeStep, TerminationOffer, arrived, begun, own_period_end, termination
from workflows.notice.timers import ASSUMED, CLOSE, ENGAGE, PROCEED, RIGHT_CLOSED
from workflows.notice.window import await_consent, begins, long_enough, open_window, windows
from workflows.terms.model import Ground
from workflows.terms.names import ALTERNATIVE, ENDS, OBJECTION
from workflows.time import local_day


def object_(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """P5, P7, P8: before engagement or in time it holds; after an own period it goes to who decides."""
    public, private = answer_fields(ctx)
    engaged_before = ctx.entity.engaged_at
    # What an emergency made begin was never waited for: an objection afterwards ends it.
    own_over = (
        ctx.entity.own_period
        and not ctx.entity.emergency
        and engaged_before is not None
        and arrived(ctx) >= engaged_before
    )
    entity = replace(
        ctx.entity,
        answers=answer(ctx, "object"),
        outcome=None,
        running=False,
        engaged_at=engaged_before if own_over else None,
        engages_at=engaged_before if own_over else None,
    )
    bare = not (ctx.data.grounds or "").strip()
    unreasoned = bare and ctx.entity.grounds == "required"
    entity = long_enough(ctx, received_by_answer(ctx, entity), arrived(ctx))
    entity, follows = sought(ctx, entity, arrived(ctx), reasoned=not unreasoned)
    effects: list[Effect] = [*clear(), CloseDeadline(OBJECTION, "met"), *_keep_right_timer(ctx), *follows]
    if engaged_before is not None and not own_over:
        effects.append(disengage(ctx, "objected_in_time"))
        public["engagement_ended"] = True
    role = "director" if ctx.context.terms.subprocessors.decided_by == "board" else "manager"
    text = task_words("decide_objection")
    if "closed" in ctx.tags:
        text = task_words("objection_after_close")
    over = ctx.context.terms.subprocessors.overruling
    if over is not None and not (over.allowed or over.reading):
        text = after(text, task_words("nobody_goes_on", clause=clause_words(ctx.context.terms, over.clause)))
    if ctx.entity.grounds != "none" and bare:
        text = after(text, task_words("no_grounds"))
    talks = ctx.context.terms.rules.get(ALTERNATIVE)
    if talks is not None:
        text = after(text, task_words("find_solution", clause=clause_words(ctx.context.terms, talks.clause)))
        if unreasoned and entity.alternative_until is not None:
            text = after(text, task_words("counted_unreasoned"))
    # No agreement says how soon: the processor's own period (P7) is what it gives itself.
    by = entity.alternative_until or own_period_end(ctx, arrived(ctx))
    effects.append(OpenTask("decide_objection", text, ctx.id, by, "director" if role == "director" else "manager"))
    return Outcome(entity, public, private, (*effects, *confirm(ctx, "object")))


def _keep_right_timer(ctx: NoticeStep) -> tuple[Effect, ...]:
    """A right to end runs on beside an objection (P11)."""
    offer = termination(ctx)
    if offer is None or offer.closes_at is None or offer.closes_at <= ctx.now:
        return ()
    return (RIGHT_CLOSED.at(offer.closes_at),) if ctx.entity.rule != "termination_right" else ()


def late_answer(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """Kept and marked; it changes nothing by itself."""
    kind: Answered = "terminate" if ctx.command.trigger == "terminate" else "object"
    public, private = answer_fields(ctx, late=True)
    entity = received_by_answer(ctx, replace(ctx.entity, answers=answer(ctx, kind, late=True)))
    task = OpenTask("late_answer", task_words("late_answer"), ctx.id)
    return Outcome(entity, public, private, (task, *confirm(ctx, kind)))


def another_objection(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """It stands beside the one that was there, also where that one is taken back (P6)."""
    public, private = answer_fields(ctx, answer="object")
    entity = long_enough(ctx, replace(ctx.entity, answers=answer(ctx, "object")), arrived(ctx))
    return Outcome(entity, public, private, confirm(ctx, "object"))


def another_answer(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """The same answer again, or one after the end: kept, without effect."""
    kind: Any = ctx.command.trigger
    public, private = answer_fields(ctx, answer=kind)
    entity = replace(ctx.entity, answers=answer(ctx, kind, counts="said_no" in ctx.tags))
    return Outcome(entity, public, private, confirm(ctx, kind))


def spoken_consent(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """P10: recorded, but none where writing is required."""
    public, private = answer_fields(ctx, form=ctx.entity.form)
    entity = received_by_answer(ctx, replace(ctx.entity, answers=answer(ctx, "consent", counts=False)))
    text = task_words("consent_in_text" if ctx.entity.form == "text" else "consent_in_writing")
    effects = (OpenTask("consent_in_writing", text, ctx.id), *confirm(ctx, "consent"))
    return Outcome(entity, public, private, effects)


def consent(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """P10: in the form the agreement asks for. Engagement begins on the later of this and the wished day."""
    public, private = answer_fields(ctx)
    entity = received_by_answer(ctx, ctx.entity)
    go = engage_at(ctx, max(arrived(ctx), ctx.now), entity)
    entity = replace(entity, answers=answer(ctx, "consent"), outcome="consented", running=False, engages_at=go)
    effects: tuple[Effect, ...] = (
        *clear(ASSUMED),
        *begins(go),
        CloseTasks(("consent_in_writing", "undeliverable", "consent_awaited", ASK)),
    )
    return Outcome(entity, public, private, (*effects, *confirm(ctx, "consent")))


def disagreement(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """P6: the protective answer stands and a person looks."""
    kind: Any = ctx.command.trigger
    public, private = answer_fields(ctx, answer=kind)
    entity = replace(ctx.entity, answers=answer(ctx, kind))
    text = task_words("disagreement")
    return Outcome(
        entity,
        public,
        private,
        (OpenTask("disagreement", text, ctx.id), *confirm(ctx, kind)),
    )


def refuse(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """The customer keeps what it has (P16), and may still consent (P9).

    Without the reason that the agreement wants it holds all the same, and is asked for its reason.
    """
    public, private = answer_fields(ctx)
    entity = replace(
        ctx.entity, answers=answer(ctx, "refuse"), outcome="refused", running=False, engages_at=None, engaged_at=None
    )
    entity = received_by_answer(ctx, entity)
    ended = (disengage(ctx, _stopped(ctx, "refused_in_time")),) if ctx.entity.engaged_at is not None else ()
    text = task_words("refused")
    rules = ctx.context.terms.subprocessors
    if rules.refusal_needs_reason and not (ctx.data.grounds or "").strip():
        clause = clause_words(ctx.context.terms, rules.clause)
        text = after(text, task_words("no_reason", clause=clause))
    return Outcome(
        entity,
        public,
        private,
        (
            *clear(ENGAGE, ASSUMED),
            *ended,
            CloseTasks(("consent_awaited", ASK)),
            OpenTask("refused", text, ctx.id),
            *confirm(ctx, "refuse"),
        ),
    )


def too_late_to_take_back(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """P9: consent may be taken back until engagement; later that is a task."""
    kind: Any = ctx.command.trigger
    public, private = answer_fields(ctx, answer=kind)
    entity = replace(ctx.entity, answers=answer(ctx, kind, counts=False))
    text = task_words("consent_withdrawn")
    return Outcome(
        entity, public, private, (OpenTask("consent_withdrawn", text, ctx.id), *confirm(ctx, kind)),
    )  # fmt: skip


def take_back_after_close(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """The window is over and nothing stands against the change any more: silence lets it go on."""
    public, private = answer_fields(ctx)
    go = engage_at(ctx, max(ctx.now, ctx.entity.closes_at or ctx.now))
    ahead = ctx.entity.proceeds_at is not None and ctx.entity.proceeds_at > ctx.now
    entity = long_enough(ctx, ctx.entity, arrived(ctx))
    entity = replace(entity, answers=answer(ctx, "take-back"), outcome="lapsed", running=ahead, engages_at=go)
    entity, fallen = settled(entity)
    return Outcome(
        entity,
        public,
        private,
        (*begins(go), *fallen, CloseTasks(("decide_objection",)), *confirm(ctx, "take-back")),
    )


def take_back_objection(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """Back to where it was: the window, or the processor's own period, runs on.

    A window whose end passed meanwhile closes at once, unless customers could not answer on its last day: then it is
    held open from here on, for while an objection stands nothing closes (P3).
    """
    public, private = answer_fields(ctx)
    entity, fallen = settled(replace(ctx.entity, answers=answer(ctx, "take-back"), outcome=None))
    effects: list[Effect] = [*fallen, CloseTasks(("decide_objection",))]
    if entity.received_at is None or (entity.closes_at is None and entity.proceeds_at is None):
        at, how = entity.received_at or ctx.now, entity.received_how or "answer"
        entity, opened = open_window(ctx, entity, at, how, now=ctx.now)
        effects += opened
    elif entity.closes_at is not None:
        go = engage_at(ctx, entity.closes_at)
        entity = replace(entity, running=True, engages_at=go)
        effects.append(CLOSE.at(max(entity.closes_at or ctx.now, ctx.now)))
        effects += _reopen(ctx, entity, OBJECTION)
    elif entity.engaged_at is None and entity.proceeds_at is not None:
        go = engage_at(ctx, max(entity.proceeds_at, ctx.now))
        entity = replace(entity, running=entity.proceeds_at > ctx.now, engages_at=go)
        effects.append(PROCEED.at(max(entity.proceeds_at or ctx.now, ctx.now)))
    return Outcome(entity, public, private, (*effects, *confirm(ctx, "take-back")))


def _reopen(ctx: NoticeStep, entity: Notice, rule: str) -> tuple[Effect, ...]:
    found = clock(ctx, entity, rule)
    if found is None or found.due_at is None:
        return ()
    if entity.closes_at is not None and entity.last_day is not None and entity.closes_at > found.due_at:
        steps = (*found.steps, held_step(entity.last_day))
        found = replace(found, due_at=entity.closes_at, last_day=entity.last_day, steps=steps)
    return (OpenDeadline(found, rule, entity.agreement_id),)


def take_back_consent(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """P9: back to waiting; what had begun stops at once, which is so only where the text lets a consent be revoked."""
    public, private = answer_fields(ctx)
    entity = replace(ctx.entity, answers=answer(ctx, "take-back"), outcome=None, engages_at=None, engaged_at=None)
    ended = (disengage(ctx, _stopped(ctx, "consent_taken_back")),) if ctx.entity.engaged_at is not None else ()
    # Who revokes a consent is not asked for it again.
    asked = await_consent(ctx, entity, ctx.now) if not begun(ctx) else ()
    effects = (ENGAGE.clear(), *ended, *asked, CloseTasks(("refused",)), *confirm(ctx, "take-back"))
    return Outcome(entity, public, private, effects)


def _stopped(ctx: NoticeStep[Answering], in_time: EndReason) -> EndReason:
    """Why it stops: an answer in time, or a consent that was revoked after it had begun."""
    return "consent_revoked" if begun(ctx) else in_time


def acknowledge(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """P9: changes no right."""
    public, private = answer_fields(ctx)
    entity = replace(ctx.entity, answers=answer(ctx, "acknowledge"))
    return Outcome(entity, public, private, confirm(ctx, "acknowledge"))


def acknowledge_first(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """Posting the form proves receipt (P1), so the window starts."""
    public, private = answer_fields(ctx)
    said = replace(ctx.entity, answers=answer(ctx, "acknowledge"))
    entity, effects = open_window(ctx, said, arrived(ctx), "answer", now=ctx.now)
    return Outcome(entity, {**public, **windows(entity)}, private, (*effects, *confirm(ctx, "acknowledge")))


def terminate(ctx: NoticeStep[Answering]) -> Outcome[Notice]:
    """The customer ends on a right this notice gives; the agreement itself decides what falls (P11)."""
    public, private = answer_fields(ctx)
    offer = termination(ctx)
    assert offer is not None
    ground: Ground = offer.ground
    entity = received_by_answer(ctx, replace(ctx.entity, answers=answer(ctx, "terminate")))
    left = services_left(ctx, entity) and entity.engaged_at is None
    if left:
        entity = replace(entity, engages_at=None)
    tell = TERMINATE.to(
        ctx.entity.agreement_id,
        Terminate(
            ground=ground,
            reason=ctx.data.grounds or "",
            party="controller",
            channel=ctx.data.channel,
            received_at=arrived(ctx),
            effective_on=_last_day(ctx, offer),
            notice_id=ctx.id,
        ),
    )
    return Outcome(
        entity,
        {**public, "ground": ground},
        private,
        (
            tell,
            *(clear(ENGAGE) if left else ()),
            *(CloseDeadline(one, "met") for one in ENDS),
            *confirm(ctx, "terminate"),
        ),
    )


def _last_day(ctx: NoticeStep[Answering], offer: TerminationOffer) -> date | None:
    """The day that the customer names; the one before the first of the subprocessor, where the right has it so and that
    is later."""
    named, begins = ctx.data.effective_on, ctx.entity.engages_at
    if offer.takes_effect != "engagement" or begins is None or begins <= arrived(ctx):
        return named
    before = local_day(begins - timedelta(microseconds=1), ctx.context.terms.zone)
    return max(before, named) if named is not None else before
