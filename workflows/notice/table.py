"""The notice: one change told to one agreement, and everything the customer may answer.

    queued → sent → open → lapsed | objected | consented | refused
    objected → upheld | overruled;  anything not yet final → cancelled | superseded

Actions stand in `delivery`, `posting`, `answers`, `progress` and `reminders`; this file says which state follows which,
and when.
"""

from workflows.machine.machine import Workflow
from workflows.machine.messages import ADOPT, TERMINATE, TEXT_TAKEN_BACK
from workflows.machine.posting import POSTED, WRITTEN
from workflows.machine.vocabulary import BIRTH, AnyRow, Review, Row, State, Table
from workflows.model.notice import (
    Agreed,
    Amended,
    Answering,
    ContactsChanged,
    Decide,
    DeemedReceived,
    Notice,
    NoticeContext,
    NotReceived,
    Resend,
)
from workflows.model.posting import LetterPosted, LetterWritten
from workflows.model.reminders import Remind
from workflows.model.replies import Bounced, Classified, Receipt, ReplyIn
from workflows.notice import answers, delivery, guards, posting, publication
from workflows.notice import progress as course
from workflows.notice import reminders as again
from workflows.notice.timers import TIMERS

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

ROWS: tuple[AnyRow[Notice, NoticeContext], ...] = (
    Row("announce", BIRTH, "queued", delivery.announced, event="created"),
    # What delivery says (P1, P2)
    Row("handed_over", ("queued",), "sent", delivery.handed_over, when=(guards.is_counting_receipt,), data=Receipt),
    Row("handed_over", ("queued",), None, delivery.receipt_of_copy, unless=(guards.is_counting_receipt,),
        data=Receipt, event="copy_received"),
    Row("received", ("objected",), None, delivery.received_while_held, when=(guards.is_counting_receipt,),
        data=Receipt),
    Row("maybe_sent", ("queued",), None, delivery.maybe_sent),
    Row("received", UNRECEIVED, "open", delivery.received, when=(guards.is_counting_receipt,), data=Receipt),
    Row("received", (*UNRECEIVED, "open"), None, delivery.receipt_of_copy, unless=(guards.is_counting_receipt,),
        data=Receipt, event="copy_received"),
    Row("delayed", ("queued", "sent"), None, delivery.delayed, when=(guards.is_counting_receipt,), data=Bounced),
    Row("assumed", ("sent",), "open", delivery.assumed, unless=(guards.heard_to_be_delayed,)),
    Row("assumed", ("sent",), "undeliverable", delivery.not_assumed, when=(guards.heard_to_be_delayed,),
        event="not_assumed"),
    Row("bounced", ("queued", "sent", "open", "lapsed"), "undeliverable", delivery.bounced,
        when=(guards.undoes_receipt,), data=Bounced),
    Row("published", UNRECEIVED, "open", publication.published, when=(publication.counts_by_page,)),
    Row("published", ("open",), None, publication.published_after, when=(publication.awaited_page,)),
    Row("published", ("lapsed", "consented", "overruled"), None, publication.published_at_last,
        when=(publication.awaited_page,)),
    Row("bounced", ("undeliverable",), None, delivery.bounced_at_last,
        when=(guards.undoes_receipt, guards.heard_to_be_delayed), data=Bounced),
    Row("bounced", ANY_LIVE, None, delivery.bounce_of_copy, unless=(guards.undoes_receipt,), data=Bounced,
        event="copy_bounced"),
    Row("deemed-received", ("queued", "sent", "undeliverable"), "open", delivery.deemed_received,
        require=(guards.between_dispatch_and_now, guards.closes_in_future, guards.own_period_ahead),
        data=DeemedReceived, action=True),
    Row("not-received", ("queued", "sent", "open", "lapsed"), "undeliverable", delivery.not_received,
        require=(guards.not_answered, guards.told_by_receipt), data=NotReceived, action=True),
    Row("resend", ("undeliverable",), "queued", delivery.resend, require=(guards.has_address,), data=Resend,
        action=True),
    Row("resend", ("queued",), None, delivery.resend_queued, require=(guards.has_address,), data=Resend,
        event="copy_sent", action=True),
    Row("resend", ("sent", "open", "objected", "consented", "refused", "lapsed", "overruled"), None,
        delivery.resend_copy, require=(guards.has_address,), data=Resend, event="copy_sent", action=True),
    # By post: told by a letter, received when a person has evidence of it
    Row("write-letter", (*ANY_LIVE, "upheld"), None, posting.written, data=LetterWritten, event=WRITTEN,
        action=True),
    Row("record-posting", ("queued",), None, posting.posted_first,
        when=(posting.of_present_text, posting.nothing_went), require=(posting.posted_by_now, posting.posted_once),
        data=LetterPosted, event=POSTED, action=True),
    Row("record-posting", ("queued",), None, posting.posted, when=(posting.of_present_text,),
        unless=(posting.nothing_went,), require=(posting.posted_by_now, posting.posted_once), data=LetterPosted,
        event=POSTED, action=True),
    Row("record-posting", ("undeliverable",), None, posting.posted_first,
        when=(posting.of_present_text, posting.no_letter_went), require=(posting.posted_by_now, posting.posted_once),
        data=LetterPosted, event=POSTED, action=True),
    Row("record-posting", ("undeliverable",), None, posting.posted, when=(posting.of_present_text,),
        unless=(posting.no_letter_went,), require=(posting.posted_by_now, posting.posted_once), data=LetterPosted,
        event=POSTED, action=True),
    Row("record-posting", ("queued", "undeliverable"), None, posting.posted_outdated,
        unless=(posting.of_present_text,), require=(posting.posted_by_now, posting.posted_once), data=LetterPosted,
        event=POSTED, action=True),
    Row("record-posting", ("sent", "open", *ANSWERED, "lapsed", "upheld", "superseded", "cancelled"), None,
        posting.posted, require=(posting.posted_by_now, posting.posted_once), data=LetterPosted, event=POSTED,
        action=True),
    Row("readdressed", ("undeliverable",), "queued", delivery.resend, when=(guards.to_counting_contact,),
        require=(guards.has_address,), data=Resend),
    Row("contacts_changed", ("queued", "undeliverable"), "queued", delivery.send_anew, when=(guards.counting_lost,),
        require=(guards.someone_to_tell,), data=ContactsChanged),
    Row("contacts_changed", ("queued", "undeliverable"), None, delivery.contacts_changed,
        unless=(guards.counting_lost,), require=(guards.concerns_it,), data=ContactsChanged),
    Row("contacts_changed", ("sent", "open", "objected", "consented", "refused"), None, delivery.contacts_changed,
        require=(guards.not_yet_engaged, guards.concerns_it), data=ContactsChanged),
    # What customers say (P5, P7-P11)
    Row("object", (*CAN_ANSWER, "lapsed"), "objected", answers.object_, unless=(guards.window_over,),
        require=(guards.may_object,), data=Answering, action=True),
    Row("object", (*CAN_ANSWER, "lapsed"), None, answers.late_answer, when=(guards.window_over,),
        require=(guards.may_object,), data=Answering, event="late_answer", action=True),
    Row("object", ("objected",), None, answers.another_objection, unless=(guards.window_over,),
        require=(guards.may_object,), data=Answering, event="answered_again", action=True),
    Row("object", ("objected",), None, answers.late_answer, when=(guards.window_over,), require=(guards.may_object,),
        data=Answering, event="late_answer", action=True),
    Row("object", ("overruled", "upheld", "cancelled", "superseded"), None, answers.another_answer,
        require=(guards.may_object,), data=Answering, event="answered_again", action=True),
    Row("consent", (*CAN_ANSWER, "refused"), None, answers.spoken_consent, unless=(guards.in_due_form,),
        require=(guards.may_consent,), data=Answering, event="spoken_consent", action=True),
    Row("consent", (*CAN_ANSWER, "refused"), "consented", answers.consent,
        when=(guards.in_due_form, guards.one_voice), require=(guards.may_consent, guards.latest_word), data=Answering,
        action=True),
    Row("consent", ("refused",), None, answers.disagreement, when=(guards.in_due_form,), unless=(guards.one_voice,),
        require=(guards.may_consent,), data=Answering, event="disagreement", action=True),
    Row("consent", ("consented", "cancelled", "superseded"), None, answers.another_answer,
        require=(guards.may_consent,), data=Answering, event="answered_again", action=True),
    Row("refuse", (*CAN_ANSWER, "consented"), "refused", answers.refuse, unless=(guards.engaged,),
        require=(guards.may_consent,), data=Answering, action=True),
    Row("refuse", ("consented",), "refused", answers.refuse, when=(guards.engaged, guards.revocable),
        require=(guards.may_consent,), data=Answering, event="revoked", action=True),
    Row("refuse", ("consented",), None, answers.too_late_to_take_back, when=(guards.engaged,),
        unless=(guards.revocable,), require=(guards.may_consent,), data=Answering, event="taken_back_late",
        action=True),
    Row("refuse", ("refused", "cancelled", "superseded"), None, answers.another_answer,
        require=(guards.may_consent,), data=Answering, event="answered_again", action=True),
    Row("take-back", ("objected",), "lapsed", answers.take_back_after_close,
        when=(guards.own_answer, guards.window_over), require=(guards.latest_word,), data=Answering, action=True),
    Row("take-back", ("objected",), "open", answers.take_back_objection, when=(guards.own_answer,),
        unless=(guards.window_over,), require=(guards.latest_word,), data=Answering, action=True),
    Row("take-back", ("consented",), "open", answers.take_back_consent, when=(guards.own_answer,),
        unless=(guards.engaged,), require=(guards.latest_word,), data=Answering, action=True),
    Row("take-back", ("consented",), "open", answers.take_back_consent,
        when=(guards.own_answer, guards.engaged, guards.revocable), require=(guards.latest_word,), data=Answering,
        event="revoked", action=True),
    Row("take-back", ("consented",), None, answers.too_late_to_take_back, when=(guards.own_answer, guards.engaged),
        unless=(guards.revocable,), require=(guards.latest_word,), data=Answering, event="taken_back_late",
        action=True),
    Row("take-back", ("refused",), "open", answers.take_back_consent, when=(guards.own_answer,),
        require=(guards.latest_word,), data=Answering, action=True),
    Row("take-back", ("objected", "consented", "refused"), None, answers.disagreement, unless=(guards.own_answer,),
        data=Answering, event="disagreement", action=True),
    Row("acknowledge", ("open", "objected", "consented", "refused", "lapsed", "overruled", "upheld"), None,
        answers.acknowledge, data=Answering, action=True),
    Row("acknowledge", UNRECEIVED, "open", answers.acknowledge_first, data=Answering, action=True),
    Row("terminate", (*CAN_ANSWER, "objected", "lapsed", "overruled", "consented", "refused"), None,
        answers.terminate, unless=(guards.right_to_end_over,),
        require=(guards.may_terminate, guards.reasons_given, guards.in_form), data=Answering, action=True),
    Row("terminate", (*CAN_ANSWER, "objected", "lapsed", "overruled", "consented", "refused"), None,
        answers.late_answer, when=(guards.right_to_end_over,), require=(guards.may_terminate,), data=Answering,
        event="late_answer", action=True),
    # Time passes
    Row("close", ("open",), "cancelled", course.agreement_ended, unless=(guards.agreement_runs,), event="cancelled"),
    Row("close", ("open",), None, course.hold_open_outage, when=(guards.outage_as_it_closed,), event="held_open"),
    Row("close", ("open",), None, course.wait_for_reading, unless=(guards.outage_as_it_closed, guards.replies_read),
        event="close_waits"),
    Row("close", ("open",), "lapsed", course.lapse, when=(guards.replies_read,),
        unless=(guards.outage_as_it_closed,)),
    Row("right_closed", ANY_LIVE, None, course.right_closed, when=(guards.outage_as_right_closed,),
        event="held_open"),
    Row("right_closed", ANY_LIVE, None, course.right_over, unless=(guards.outage_as_right_closed,)),
    Row("proceed", ("open",), None, course.proceed),
    Row("alternative_over", ("objected",), None, course.no_solution, event="no_solution"),
    Row("remind", ("open", "lapsed"), None, again.remind, require=(guards.not_answered, again.right_ahead),
        data=Remind, event="reminded"),
    Row("awaited", ("open",), None, again.awaited, require=(again.consent_awaited,), event="reminded"),
    Row("engage", UNRECEIVED, None, course.engage, when=(guards.engages_first,),
        require=(guards.not_yet_engaged, guards.agreement_runs), event="engaged"),
    Row("engage", ("lapsed", "consented", "open", "overruled"), None, course.engage,
        require=(guards.not_yet_engaged, guards.current_text, guards.agreement_runs), event="engaged"),
    Row("agreed", (*CAN_ANSWER, "consented", "refused"), "consented", course.agreed, when=(guards.asks_consent,),
        data=Agreed),
    Row("agreed", ANY_LIVE, None, course.agreed, unless=(guards.asks_consent,), data=Agreed),
    # A person decides (P8)
    Row("decide", ("objected",), "upheld", course.uphold, when=(guards.upholds,), require=(guards.decider,),
        data=Decide, event="upheld", action=True),
    Row("decide", ("objected",), "overruled", course.overrule, unless=(guards.upholds,),
        require=(guards.overruling_allowed, guards.decider, guards.no_solution_sought,
                 guards.engage_not_before_given),
        data=Decide,
        event="overruled", action=True),
    # Replies (P4)
    Row("reply", ANY_LIVE, None, course.reply, data=ReplyIn),
    Row("classified", (*ANY_LIVE, "upheld", "superseded", "cancelled"), None, course.classified, data=Classified),
    # The change moves on (P17, P18), or the agreement ends
    Row("amended", ("objected",), None, course.amended_held, when=(guards.still_concerned,), data=Amended),
    Row("amended", ("queued", "sent", "open", "consented", "refused", "lapsed", "undeliverable"), "queued",
        course.amended, when=(guards.still_concerned,), unless=(guards.engaged,), data=Amended),
    Row("amended", (*UNRECEIVED, "open", "consented", "lapsed"), None, course.amended_after,
        when=(guards.still_concerned, guards.engaged), data=Amended),
    Row("amended", ("overruled",), None, course.amended_after, when=(guards.still_concerned,), data=Amended),
    Row("amended", ANY_LIVE, "superseded", course.supersede, unless=(guards.still_concerned, guards.engaged),
        data=Amended, event="superseded"),
    Row("amended", ANY_LIVE, None, course.amended_after, when=(guards.engaged,), unless=(guards.still_concerned,),
        data=Amended),
    Row("withdrawn", ANY_LIVE, "cancelled", course.withdrawn, event="cancelled"),
    Row("change_ended", ANY_LIVE, "cancelled", course.change_ended, event="cancelled"),
    Row("agreement_ended", ANY_LIVE, "cancelled", course.agreement_ended, unless=(guards.engaged,),
        event="cancelled"),
    Row("service_ended", ANY_LIVE, "cancelled", course.service_ended, when=(guards.concerns_no_service,),
        event="cancelled"),
    Row("agreement_gone", ANY_LIVE, "cancelled", course.agreement_ended, event="cancelled"),
    Row("rejoin", ("cancelled",), "queued", course.rejoin, require=(guards.still_concerned,)),
)  # fmt: skip

NOTICE = Workflow(
    Table(
        name="notice",
        entity=Notice,
        context=NoticeContext,
        states=STATES,
        rows=ROWS,
        timers=TIMERS,
        tells=(TERMINATE, ADOPT, TEXT_TAKEN_BACK),
        path="notices",
        parent="change_id",
        course="change_id",
        holds_parent=True,
        fires_due_first=True,
        reviews=Review("queue_change_reviews", "change_id"),
        answers={
            "objection": "object",
            "consent": "consent",
            "refusal": "refuse",
            "acknowledgement": "acknowledge",
            "take-back": "take-back",
            "termination": "terminate",
        },
        receipts=frozenset({"announcement"}),
        # What else is said about a notice takes nothing back: the notice itself had arrived.
        bounces=frozenset({"announcement"}),
    )
)


def permits(state: str, notice: Notice) -> bool:
    """Whether an engagement that rests on this notice may go on.

    One that began on the processor's own period outlives an objection (P7); one that began in an emergency goes on
    while its notice is on its way.
    """
    tags = NOTICE.states[state].tags
    if "permits" in tags:
        return True
    return notice.engaged_at is not None and ("held" in tags or (notice.emergency and state in UNRECEIVED))
