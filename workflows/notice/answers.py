"""What customers say about a notice, and what each answer makes of it (practice P5-P11). Pure."""

from typing import Any

from msgspec.structs import replace

from workflows.machine.effects import (
    RANK_CLOSE,
    RANK_PROCEED,
    ClearTimer,
    CloseDeadline,
    CloseTasks,
    Effect,
    OpenDeadline,
    OpenTask,
    SetTimer,
    Tell,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.notice import (
    Answered,
    Notice,
)
from workflows.notice.delivery import (
    answer,
    await_consent,
    clear,
    confirm,
    disengage,
    engage_at,
    engage_timer,
    open_window,
    received_by_answer,
    said,
    windows,
)
from workflows.notice.guards import At, arrived, own_period_end, termination
from workflows.notice.scope import AMENDMENT, OBJECTION
from workflows.terms.due import due


def object_(c: At) -> Outcome[Notice]:
    """P5, P7, P8: before engagement or in time it holds; after an own period it goes to who decides."""
    public, private = said(c)
    engaged_before = c.entity.engaged_at
    own_over = c.entity.own_period and engaged_before is not None and arrived(c) >= engaged_before
    entity = replace(
        c.entity,
        answers=answer(c, "object"),
        outcome=None,
        running=False,
        engaged_at=engaged_before if own_over else None,
        engages_at=engaged_before if own_over else None,
    )
    entity = received_by_answer(c, entity)
    effects: list[Effect] = [*clear(), *_drop_deadlines_of(OBJECTION, "met"), *_keep_right_timer(c)]
    if engaged_before is not None and not own_over:
        effects.append(disengage(c, "the customer had objected in time"))
        public["engagement_ended"] = True
    role = "director" if c.context.terms.subprocessors.decided_by == "board" else "manager"
    text = "A customer objected: decide on it."
    if "closed" in c.tags:
        text = "An objection that was received in time was entered after the window closed: its lapse is undone."
    if c.entity.grounds != "none" and not (c.data.grounds or "").strip():
        text += " It gives no grounds: ask for them."
    # No agreement says how soon: the processor's own period (P7) is what it gives itself.
    by = own_period_end(c, arrived(c))
    effects.append(OpenTask("decide_objection", text, c.id, by, "director" if role == "director" else "manager"))
    return Outcome(entity, public, private, (*effects, *confirm(c, "object")))


def _drop_deadlines_of(rule: str, how: str) -> tuple[Effect, ...]:
    return (CloseDeadline(rule, "met" if how == "met" else "dropped"),)


def _keep_right_timer(c: At) -> tuple[Effect, ...]:
    """A right to end runs on beside an objection (P11)."""
    rule = termination(c)
    if rule is None or rule[2] is None or rule[2] <= c.now or c.entity.rule == "termination_right":
        return ()
    return (SetTimer("right_closed", rule[2], "right_closed", RANK_CLOSE),)


def late_answer(c: At) -> Outcome[Notice]:
    """Kept and marked; it changes nothing by itself."""
    kind: Answered = "terminate" if c.command.trigger == "terminate" else "object"
    public, private = said(c, late=True)
    entity = received_by_answer(c, replace(c.entity, answers=answer(c, kind, late=True)))
    task = OpenTask("late_answer", "A late answer came in: it has no effect by itself; look at it.", c.id)
    return Outcome(entity, public, private, (task, *confirm(c, kind)), event="late_answer")


def another_answer(c: At) -> Outcome[Notice]:
    """The same answer again, or one after the end: kept, without effect."""
    kind: Any = c.command.trigger
    public, private = said(c, answer=kind)
    entity = replace(c.entity, answers=answer(c, kind, counts="said_no" in c.tags))
    return Outcome(entity, public, private, confirm(c, kind), event="answered_again")


def spoken_consent(c: At) -> Outcome[Notice]:
    """P10: recorded, but none where writing is required."""
    public, private = said(c, form="written")
    entity = received_by_answer(c, replace(c.entity, answers=answer(c, "consent", counts=False)))
    text = "Consent was given by word of mouth, but the agreement requires writing: ask for it in writing."
    effects = (OpenTask("consent_in_writing", text, c.id), *confirm(c, "consent"))
    return Outcome(entity, public, private, effects, event="spoken_consent")


def consent(c: At) -> Outcome[Notice]:
    """P10: in the form the agreement asks for. Engagement begins on the later of this and the wished day."""
    public, private = said(c)
    go = engage_at(c, max(arrived(c), c.now))
    entity = replace(c.entity, answers=answer(c, "consent"), outcome="consented", running=False, engages_at=go)
    entity = received_by_answer(c, entity)
    effects: tuple[Effect, ...] = (
        *clear("assumed"),
        engage_timer(go),
        CloseTasks(("consent_in_writing", "undeliverable", "consent_awaited")),
    )
    return Outcome(entity, public, private, (*effects, *confirm(c, "consent")))


def disagreement(c: At) -> Outcome[Notice]:
    """P6: the protective answer stands and a person looks."""
    kind: Any = c.command.trigger
    public, private = said(c, answer=kind)
    entity = replace(c.entity, answers=answer(c, kind))
    text = "Contacts of one customer answered differently: the protective answer stands; talk to them."
    return Outcome(
        entity,
        public,
        private,
        (OpenTask("disagreement", text, c.id), *confirm(c, kind)),
        event="disagreement",
    )


def refuse(c: At) -> Outcome[Notice]:
    """The customer keeps what it has (P16), and may still consent (P9)."""
    public, private = said(c)
    entity = replace(
        c.entity, answers=answer(c, "refuse"), outcome="refused", running=False, engages_at=None, engaged_at=None
    )
    entity = received_by_answer(c, entity)
    ended = (disengage(c, "the customer had refused in time"),) if c.entity.engaged_at is not None else ()
    text = "A customer refused: it keeps what it has. Talk to it, or leave it as it is."
    return Outcome(
        entity,
        public,
        private,
        (
            *clear("engage", "assumed"),
            *ended,
            CloseTasks(("consent_awaited",)),
            OpenTask("refused", text, c.id),
            *confirm(c, "refuse"),
        ),
    )


def too_late_to_take_back(c: At) -> Outcome[Notice]:
    """P9: consent may be taken back until engagement; later that is a task."""
    kind: Any = c.command.trigger
    public, private = said(c, answer=kind)
    entity = replace(c.entity, answers=answer(c, kind, counts=False))
    text = "A customer took its consent back after engagement began: decide what follows."
    return Outcome(
        entity, public, private, (OpenTask("consent_withdrawn", text, c.id), *confirm(c, kind)),
        event="taken_back_late",
    )  # fmt: skip


def take_back_after_close(c: At) -> Outcome[Notice]:
    """The window is over and nothing stands against the change any more: silence lets it go on."""
    public, private = said(c)
    go = engage_at(c, max(c.now, c.entity.closes_at or c.now))
    entity = replace(c.entity, answers=answer(c, "take-back"), outcome="lapsed", running=False, engages_at=go)
    return Outcome(
        entity,
        public,
        private,
        (engage_timer(go), CloseTasks(("decide_objection",)), *confirm(c, "take-back")),
    )


def take_back_objection(c: At) -> Outcome[Notice]:
    """Back to where it was: the window, or the processor's own period, runs on."""
    public, private = said(c)
    entity = replace(c.entity, answers=answer(c, "take-back"), outcome=None)
    effects: list[Effect] = [CloseTasks(("decide_objection",))]
    if entity.received_at is None or (entity.closes_at is None and entity.proceeds_at is None):
        c.entity = entity
        entity, opened = open_window(c, entity.received_at or c.now, entity.received_how or "answer")
        effects += opened
    elif entity.closes_at is not None:
        go = engage_at(c, entity.closes_at)
        entity = replace(entity, running=True, engages_at=go)
        effects.append(SetTimer("close", max(entity.closes_at or c.now, c.now), "close", RANK_CLOSE))
        effects += _reopen(c, OBJECTION)
    elif entity.engaged_at is None and entity.proceeds_at is not None:
        go = engage_at(c, max(entity.proceeds_at, c.now))
        entity = replace(entity, running=entity.proceeds_at > c.now, engages_at=go)
        effects.append(SetTimer("proceed", max(entity.proceeds_at or c.now, c.now), "proceed", RANK_PROCEED))
    return Outcome(entity, public, private, (*effects, *confirm(c, "take-back")))


def _reopen(c: At, rule: str) -> tuple[Effect, ...]:
    found = due(c.context.terms, rule, c.entity.received_at or c.now, c.context.agreement.facts)
    return (OpenDeadline(found, rule, c.entity.agreement_id),) if found.due_at is not None else ()


def take_back_consent(c: At) -> Outcome[Notice]:
    """P9: back to waiting, as long as nothing is engaged."""
    public, private = said(c)
    entity = replace(c.entity, answers=answer(c, "take-back"), outcome=None, engages_at=None, engaged_at=None)
    ended = (disengage(c, "consent had been taken back in time"),) if c.entity.engaged_at is not None else ()
    asked = await_consent(c, entity)
    effects = (ClearTimer("engage"), *ended, *asked, CloseTasks(("refused",)), *confirm(c, "take-back"))
    return Outcome(entity, public, private, effects)


def acknowledge(c: At) -> Outcome[Notice]:
    """P9: changes no right."""
    public, private = said(c)
    entity = replace(c.entity, answers=answer(c, "acknowledge"))
    return Outcome(entity, public, private, confirm(c, "acknowledge"))


def acknowledge_first(c: At) -> Outcome[Notice]:
    """Posting the form proves receipt (P1), so the window starts."""
    public, private = said(c)
    c.entity = replace(c.entity, answers=answer(c, "acknowledge"))
    entity, effects = open_window(c, arrived(c), "answer")
    return Outcome(entity, {**public, **windows(entity)}, private, (*effects, *confirm(c, "acknowledge")))


def terminate(c: At) -> Outcome[Notice]:
    """The customer ends on a right this notice gives; the agreement itself decides what falls (P11)."""
    public, private = said(c)
    ground = "amendment" if any(r.rule == AMENDMENT for r in c.entity.rights) else "overruled_objection"
    entity = received_by_answer(c, replace(c.entity, answers=answer(c, "terminate")))
    tell = Tell(
        c.entity.agreement_id,
        "terminate",
        {
            "ground": ground,
            "reason": c.data.grounds or "",
            "party": "controller",
            "channel": c.data.channel,
            "received_at": arrived(c).isoformat(),
            "effective_on": c.data.effective_on.isoformat() if c.data.effective_on else None,
            "notice_id": str(c.id),
        },
    )
    return Outcome(
        entity,
        {**public, "ground": ground},
        private,
        (tell, CloseDeadline(AMENDMENT, "met"), *confirm(c, "terminate")),
    )
