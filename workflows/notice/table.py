"""The notice: one change told to one agreement, and everything the customer may answer.

    queued → sent → open → lapsed | objected | consented | refused
    objected → upheld | overruled;  anything not yet final → cancelled | superseded

Actions stand in `delivery`, `answers` and `progress`; this file says which state follows
which, and when.
"""

from datetime import datetime

from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import Row, State, Table
from workflows.model.notice import (
    Agreed,
    Amended,
    Answering,
    Bounce,
    Decide,
    DeemedReceived,
    Notice,
    NoticeContext,
    NotReceived,
    Receipt,
    Resend,
)
from workflows.model.reminders import Remind
from workflows.model.replies import Classified, ReplyIn
from workflows.notice import answers, delivery
from workflows.notice import progress as course
from workflows.notice import reminders as again
from workflows.notice.guards import GUARDS

# What guards, actions and SQL may ask of a state, instead of comparing names:
# live       it can still move
# permits    what was engaged on it may work on
# held       settled by a person; until then only what had begun before works on
# waiting    the customer is free to answer
# closed     its window is over
# said_no    an answer against the change stands
LIVE = frozenset({"live"})
PERMITS = LIVE | {"permits"}
HELD = LIVE | {"held"}

STATES = (
    State("queued", "Waits in the outbox; nobody has been told yet.", LIVE),
    State("sent", "Handed to a relay; receipt is not proven yet.", LIVE),
    State("open", "Received. The customer may answer; windows and own periods run.", PERMITS | {"waiting"}),
    State("objected", "The customer objected. Nothing is engaged for it until this is settled.", HELD | {"said_no"}),
    State("consented", "The customer said yes. Engagement begins on the later of that and the wished day.", PERMITS),
    State("refused", "The customer said no, and may still change its mind.", LIVE | {"said_no"}),
    State("lapsed", "The window closed without an objection in time; silence lets the change go on.",
          PERMITS | {"closed"}),
    State("undeliverable", "It did not reach the customer: nothing runs until it is sent again.", LIVE),
    State("overruled", "The processor goes on; the customer may end the agreement.", PERMITS),
    State("upheld", "The objection stands: never engaged for this agreement.", final=True),
    State("superseded", "A newer text no longer concerns this agreement.", final=True),
    State("cancelled", "The change was withdrawn, or the agreement ended first.", final=True),
)  # fmt: skip

UNRECEIVED = ("queued", "sent", "undeliverable")
ANSWERED = ("objected", "consented", "refused", "overruled")
CAN_ANSWER = ("queued", "sent", "open", "undeliverable")
ANY_LIVE = (*CAN_ANSWER, *ANSWERED, "lapsed")

ROWS: tuple[Row[Notice, NoticeContext], ...] = (
    # What delivery says (P1, P2)
    Row("handed_over", ("queued",), "sent", delivery.handed_over, when=("counts",), data=Receipt),
    Row("handed_over", ("queued",), None, delivery.receipt_of_copy, when=("copy",), data=Receipt),
    Row("received", ("objected",), None, delivery.received_while_held, when=("counts",), data=Receipt),
    Row("maybe_sent", ("queued",), None, delivery.maybe_sent),
    Row("received", UNRECEIVED, "open", delivery.received, when=("counts",), data=Receipt),
    Row("received", (*UNRECEIVED, "open"), None, delivery.receipt_of_copy, when=("copy",), data=Receipt),
    Row("assumed", ("sent",), "open", delivery.assumed),
    Row("bounced", ("queued", "sent", "open", "lapsed"), "undeliverable", delivery.bounced,
        when=("counts", "unanswered"), data=Bounce),
    Row("bounced", ANY_LIVE, None, delivery.bounce_of_copy, when=("copy_or_answered",), data=Bounce),
    Row("deemed-received", ("queued", "sent", "undeliverable"), "open", delivery.deemed_received,
        require=("between_dispatch_and_now", "closes_in_future", "own_period_ahead"), data=DeemedReceived, action=True),
    Row("not-received", ("queued", "sent", "open", "lapsed"), "undeliverable", delivery.not_received,
        require=("not_answered",), data=NotReceived, action=True),
    Row("resend", ("undeliverable",), "queued", delivery.resend, require=("has_address",), data=Resend, action=True),
    Row("resend", ("queued", "sent", "open", "objected", "consented", "refused", "lapsed", "overruled"), None,
        delivery.resend_copy, require=("has_address",), data=Resend, action=True),
    Row("readdressed", ("undeliverable",), "queued", delivery.resend, when=("counts_for",), require=("has_address",),
        data=Resend),
    # What customers say (P5, P7-P11)
    Row("object", (*CAN_ANSWER, "lapsed"), "objected", answers.object_, when=("timely",), require=("may_object",),
        data=Answering, action=True),
    Row("object", (*CAN_ANSWER, "lapsed"), None, answers.late_answer, when=("late",), require=("may_object",),
        data=Answering, action=True),
    Row("object", ("objected", "overruled", "upheld", "cancelled", "superseded"), None, answers.another_answer,
        require=("may_object",), data=Answering, action=True),
    Row("consent", (*CAN_ANSWER, "refused"), None, answers.spoken_consent, when=("form_missing",),
        require=("may_consent",), data=Answering, action=True),
    Row("consent", (*CAN_ANSWER, "refused"), "consented", answers.consent, when=("form_met", "one_voice"),
        require=("may_consent",), data=Answering, action=True),
    Row("consent", ("refused",), None, answers.disagreement, when=("form_met", "two_voices"),
        require=("may_consent",), data=Answering, action=True),
    Row("consent", ("consented", "cancelled", "superseded"), None, answers.another_answer, require=("may_consent",),
        data=Answering, action=True),
    Row("refuse", (*CAN_ANSWER, "consented"), "refused", answers.refuse, when=("not_engaged",),
        require=("may_consent", "reason_given"), data=Answering, action=True),
    Row("refuse", ("consented",), None, answers.too_late_to_take_back, when=("engaged",), require=("may_consent",),
        data=Answering, action=True),
    Row("refuse", ("refused", "cancelled", "superseded"), None, answers.another_answer, require=("may_consent",),
        data=Answering, action=True),
    Row("take-back", ("objected",), "lapsed", answers.take_back_after_close, when=("own_answer", "window_over"),
        data=Answering, action=True),
    Row("take-back", ("objected",), "open", answers.take_back_objection, when=("own_answer", "window_runs"),
        data=Answering, action=True),
    Row("take-back", ("consented",), "open", answers.take_back_consent, when=("own_answer", "not_engaged"),
        data=Answering, action=True),
    Row("take-back", ("consented",), None, answers.too_late_to_take_back, when=("own_answer", "engaged"),
        data=Answering, action=True),
    Row("take-back", ("refused",), "open", answers.take_back_consent, when=("own_answer",), data=Answering,
        action=True),
    Row("take-back", ("objected", "consented", "refused"), None, answers.disagreement, when=("another_voice",),
        data=Answering, action=True),
    Row("acknowledge", ("open", "objected", "consented", "refused", "lapsed", "overruled", "upheld"), None,
        answers.acknowledge, data=Answering, action=True),
    Row("acknowledge", UNRECEIVED, "open", answers.acknowledge_first, data=Answering, action=True),
    Row("terminate", (*CAN_ANSWER, "objected", "lapsed", "overruled", "consented", "refused"), None,
        answers.terminate, when=("termination_timely",), require=("may_terminate", "reasons_given", "in_form"),
        data=Answering, action=True),
    Row("terminate", (*CAN_ANSWER, "objected", "lapsed", "overruled", "consented", "refused"), None,
        answers.late_answer, when=("termination_late",), data=Answering, action=True),
    # Time passes
    Row("close", ("open",), None, course.hold_open_outage, when=("outage",)),
    Row("close", ("open",), None, course.wait_for_reading, when=("no_outage", "reply_unread")),
    Row("close", ("open",), "lapsed", course.lapse, when=("no_outage", "replies_read")),
    Row("right_closed", ANY_LIVE, None, course.right_closed, when=("right_outage",)),
    Row("right_closed", ANY_LIVE, None, course.right_over, when=("right_no_outage",)),
    Row("proceed", ("open",), None, course.proceed),
    Row("remind", ("open", "lapsed"), None, again.remind, require=("nobody_answered", "right_ahead"), data=Remind),
    Row("awaited", ("open",), None, again.awaited, require=("consent_awaited",)),
    Row("engage", ("lapsed", "consented", "open", "overruled"), None, course.engage,
        require=("not_yet_engaged", "current_text", "agreement_runs")),
    Row("agreed", (*CAN_ANSWER, "consented", "refused"), "consented", course.agreed, when=("asks_consent",),
        data=Agreed),
    Row("agreed", ANY_LIVE, None, course.agreed, when=("asks_none",), data=Agreed),
    # A person decides (P8)
    Row("decide", ("objected",), "upheld", course.uphold, when=("upholds",), require=("decider",), data=Decide,
        action=True),
    Row("decide", ("objected",), "overruled", course.overrule, when=("overrules",),
        require=("overruling_allowed", "decider", "engage_not_before_given"), data=Decide, action=True),
    # Replies (P4)
    Row("reply", ANY_LIVE, None, course.reply, data=ReplyIn),
    Row("classified", (*ANY_LIVE, "upheld", "superseded", "cancelled"), None, course.classified, data=Classified),
    # The change moves on (P17, P18), or the agreement ends
    Row("amended", ("objected",), None, course.amended_held, when=("still_concerned",), data=Amended),
    Row("amended", ("queued", "sent", "open", "consented", "refused", "lapsed", "undeliverable"), "queued",
        course.amended, when=("still_concerned", "not_engaged"), data=Amended),
    Row("amended", ("open", "consented", "lapsed"), None, course.amended_after, when=("still_concerned", "engaged"),
        data=Amended),
    Row("amended", ("overruled",), None, course.amended_after, when=("still_concerned",), data=Amended),
    Row("amended", ANY_LIVE, "superseded", course.supersede, when=("not_concerned", "not_engaged"), data=Amended),
    Row("amended", ANY_LIVE, None, course.amended_after, when=("not_concerned", "engaged"), data=Amended),
    Row("withdrawn", ANY_LIVE, "cancelled", course.withdrawn),
    Row("change_ended", ANY_LIVE, "cancelled", course.change_ended),
    Row("agreement_ended", ANY_LIVE, "cancelled", course.agreement_ended, when=("not_engaged",)),
    Row("agreement_gone", ANY_LIVE, "cancelled", course.agreement_ended),
    Row("rejoin", ("cancelled",), "queued", course.rejoin, require=("still_concerned",)),
)  # fmt: skip

TABLE = Table(
    name="notice",
    entity=Notice,
    context=NoticeContext,
    initial="queued",
    states=STATES,
    rows=ROWS,
    guards={**GUARDS, **again.REMIND_GUARDS},
)

NOTICE = Workflow(TABLE)


def permits(state: str, engaged_at: datetime | None) -> bool:
    """Whether an engagement that rests on a notice in this state may go on.

    One that began (`engaged_at`, UTC) on the processor's own period outlives an objection (P7).
    """
    tags = NOTICE.states[state].tags
    return "permits" in tags or ("held" in tags and engaged_at is not None)
