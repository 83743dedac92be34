"""The agreement: from the first draft to the day its last data are gone.

    draft → notified → (objection_window →) active → terminated → deletion_pending → deleted
    draft | notified | objection_window → withdrawn

Actions stand in the other files of this folder; what its
terms say decides when each row holds.
"""

from workflows.agreement import choice as erasure
from workflows.agreement import end, holds, plan, services, start, violations
from workflows.agreement import erasure_request as asks
from workflows.agreement import reminders as again
from workflows.agreement import versions as texts
from workflows.agreement.data_guards import DATA_GUARDS
from workflows.agreement.end_guards import END_GUARDS
from workflows.agreement.guards import GUARDS
from workflows.agreement.takeover import IMPORT_GUARDS, Imported, imported, imported_sent
from workflows.deletion import orders
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import Row, State, Table
from workflows.model.agreement import (
    Agreement,
    AgreementContext,
    CancelEnd,
    CancelService,
    Choose,
    ConfirmItem,
    Correct,
    DraftUpdate,
    Dropped,
    EndMainContract,
    HoldOn,
    MainContract,
    Noted,
    Override,
    PassedOn,
    Received,
    Release,
    Sign,
    Terminate,
    Transfer,
)
from workflows.model.reminders import Remind
from workflows.model.replies import Bounced, Classified, ReplyIn
from workflows.model.text import Adopt, AmendText, GiveFacts, TakenBack

STATES = (
    State("draft", "Being written; the customer has not seen it.", frozenset({"editable"})),
    State("notified", "Sent to the customer; it enters into force as its terms say.", frozenset({"coming"})),
    State("objection_window", "The terms give the customer a period before it enters into force.",
          frozenset({"coming"})),
    State("active", "In force.", frozenset({"in_force", "told"})),
    State("terminated", "Ended; what happens to the data is being settled.", frozenset({"ending", "told"})),
    State("deletion_pending", "Its data have to go: every task of the plan is to be confirmed.",
          frozenset({"ending", "told"})),
    State("deleted", "Every task is confirmed, or listed as not confirmed where the terms allow it.", final=True),
    State("withdrawn", "Taken back before it entered into force.", final=True),
)  # fmt: skip

BEFORE = ("draft", "notified", "objection_window")
ENDED = ("terminated", "deletion_pending")
WITH_PLAN = ("active", *ENDED)
CONFIRMABLE = ("known_task", "approved", "not_held", "in_order", "may_be_unconfirmed")

ROWS: tuple[Row[Agreement, AgreementContext], ...] = (
    Row("update", ("draft",), None, start.update, data=DraftUpdate, action=True),
    Row("send", ("draft",), "notified", start.send, require=("facts_given", "contacts_given", "has_contract"),
        action=True),
    Row("sign", BEFORE, None, start.sign, require=("signed_by_now",), data=Sign, action=True),
    Row("received", ("notified",), "objection_window", start.open_window, when=("period_before_entry",),
        data=Received),
    Row("received", ("notified",), None, start.received, when=("no_period_before_entry",), data=Received),
    Row("received", ("objection_window", "active", *ENDED), None, start.received, data=Received),
    Row("bounced", (*BEFORE, "active", *ENDED), None, start.bounced, data=Bounced),
    Row("reply", (*BEFORE, "active", *ENDED), None, start.reply, data=ReplyIn),
    Row("classified", (*BEFORE, "active", *ENDED), None, start.classified, data=Classified),
    Row("start", ("notified", "objection_window"), "active", start.start, when=("may_start",)),
    Row("withdraw", BEFORE, "withdrawn", start.withdraw, data=Noted, action=True),
    # Taken over from elsewhere: what was sent once is not sent again
    Row("import", ("draft",), "active", imported, when=("was_in_force",),
        require=("facts_given", "contacts_given", "has_contract", "entered_by_now"), data=Imported),
    Row("import", ("draft",), "notified", imported_sent, when=("was_sent",),
        require=("facts_given", "contacts_given", "has_contract", "no_period_before_entry"), data=Imported),
    # The main contracts
    Row("add-main-contract", (*BEFORE, "active"), None, end.add_contract, require=("new_reference",),
        data=MainContract, action=True),
    Row("end-main-contract", (*BEFORE, "active"), None, end.end_contract,
        require=("known_contract", "ends_after_start"), data=EndMainContract, action=True),
    Row("cancel-service", ("active",), None, services.cancel_service, require=("services_apart", "known_service"),
        data=CancelService, action=True),
    Row("service_ended", ("active",), None, services.service_ended, data=Dropped),
    Row("warn", ("active",), None, end.warn),
    Row("end", ("active",), None, end.renew, when=("renews",)),
    Row("end", ("active",), "terminated", end.ended, when=("all_ended",)),
    # Other ends
    Row("terminate", ("active",), None, end.terminate,
        require=("ground_given", "right_open", "ending_reasoned", "ending_in_form"), data=Terminate, action=True),
    Row("terminated", ("active",), "terminated", end.ended),
    Row("cancel-end", ("active",), None, services.cancel_service_end, when=("service_named",),
        require=("service_cancelled", "service_data_there"), data=CancelEnd, action=True),
    Row("cancel-end", ("active",), None, end.cancel_end, when=("no_service_named",), require=("end_planned",),
        data=CancelEnd, action=True),
    Row("cancel-end", ENDED, "active", end.cancel_ended, when=("no_service_named",), require=("nothing_gone",),
        data=CancelEnd, action=True),
    # The data
    Row("choose", ("active",), None, erasure.choose_early, require=("choice_given",), data=Choose, action=True),
    Row("choose", ("terminated",), None, erasure.choose_return, when=("return_asked",),
        require=("choice_given", "choice_timely"), data=Choose, action=True),
    Row("choose", ("terminated",), "deletion_pending", erasure.choose_erase, when=("erasure_asked",),
        require=("choice_given", "choice_in_form"), data=Choose, action=True),
    Row("choose", ("deletion_pending",), None, erasure.choose_return_late, when=("return_asked",),
        require=("choice_given", "choice_timely", "nothing_gone"), data=Choose, action=True),
    Row("choose", ("deletion_pending",), None, erasure.choose_erase_late, when=("erasure_asked",),
        require=("choice_given", "choice_in_form"), data=Choose, action=True),
    Row("ask_erasure", ("active", *ENDED), None, asks.ask_erasure, require=("contact_here", "erasure_open"),
        data=asks.Ask),
    Row("remind", ("terminated",), None, again.remind_choice, require=("choice_open",), data=Remind),
    Row("settle", ("terminated",), None, erasure.wait_for_return, when=("return_open",)),
    Row("settle", ("terminated",), "deletion_pending", erasure.begin_deletion, when=("no_return_open",)),
    Row("hold", ("active", *ENDED), None, holds.hold, require=("hold_ahead",), data=HoldOn, action=True),
    Row("release", ("active", *ENDED), None, holds.release, require=("held",), data=Release, action=True),
    Row("override", ("active", *ENDED), None, holds.override, require=("overrider", "held"), data=Override,
        action=True),
    Row("hold_over", ("active", *ENDED), None, holds.hold_over, require=("hold_due",)),
    Row("mailbox_read", ENDED, None, erasure.mailbox_read),
    Row("approve-plan", WITH_PLAN, None, plan.approve, require=("not_approved", "mailbox_was_read"), action=True),
    Row("confirm", ("active", *ENDED), None, plan.refused, when=("refused",),
        require=("known_task", "approved", "may_be_unconfirmed"), data=ConfirmItem, action=True),
    Row("confirm", ("active",), None, plan.confirmed, when=("answered",), require=CONFIRMABLE, data=ConfirmItem,
        action=True),
    Row("confirm", ("terminated",), "deletion_pending", plan.returned, when=("answered", "is_return"),
        require=("known_task", "may_be_unconfirmed"), data=ConfirmItem, action=True),
    Row("confirm", ("terminated",), None, plan.confirmed, when=("answered", "is_service"), require=CONFIRMABLE,
        data=ConfirmItem, action=True),
    Row("confirm", ("deletion_pending",), "deleted", plan.last_confirmed, when=("answered", "last_task"),
        require=CONFIRMABLE, data=ConfirmItem, action=True),
    Row("confirm", ("deletion_pending",), None, plan.confirmed, when=("answered", "more_tasks"),
        require=CONFIRMABLE, data=ConfirmItem, action=True),
    Row("ordered", WITH_PLAN, None, orders.ordered,
        require=("plan_approved", "known_task", "not_held", "in_order", "order_out"), data=orders.Ordered),
    # The version of its terms
    Row("adopt", ("active",), None, texts.passed_over, when=("newer_binds",), data=Adopt),
    Row("adopt", ("active",), None, texts.adopt_later, when=("newest", "leaving"), data=Adopt),
    Row("adopt", ("active",), None, texts.adopt_with_facts, when=("newest", "staying", "leaves_blank"), data=Adopt),
    Row("adopt", ("active",), None, texts.adopt, when=("newest", "staying", "says_all"), data=Adopt),
    Row("adopt", ENDED, None, texts.adopt_later, when=("newest",), data=Adopt),
    Row("bind", ("active",), None, texts.bind, require=("text_ready",)),
    Row("give-facts", ("active",), None, texts.give_facts, require=("facts_awaited",), data=GiveFacts, action=True),
    Row("amend", ("active",), None, texts.amend,
        require=("amended_in_writing", "another_text", "agreed_by_now", "amended_facts"), data=AmendText, action=True),
    Row("text_taken_back", ("active",), None, texts.take_back, when=("text_rests",), data=TakenBack),
    Row("text_taken_back", ("active", *ENDED), None, texts.forget, when=("text_waits",), data=TakenBack),
    # Mistakes and people (P25, P26)
    Row("correct", BEFORE, None, start.correct, require=("correctable",), data=Correct, action=True),
    Row("correct", ("active",), "notified", start.correct_start, when=("start_moves_ahead",),
        require=("correctable",), data=Correct, action=True),
    Row("correct", ("active",), None, start.correct_active, when=("start_stays",), require=("correctable",),
        data=Correct, action=True),
    Row("correct", ENDED, "active", start.correct_end, when=("end_moves_ahead",),
        require=("correctable", "nothing_gone"), data=Correct, action=True),
    Row("correct", ENDED, None, end.correct_ended, when=("end_stays",), require=("correctable",), data=Correct,
        action=True),
    Row("record-violation", ("active", *ENDED), None, violations.record_violation,
        require=("happened_by_now", "names_subprocessor"), data=violations.Violation, action=True),
    Row("transfer", (*BEFORE, "active", *ENDED), None, start.transfer, data=Transfer, action=True),
    Row("moved", (*BEFORE, "active", *ENDED), None, start.moved, data=PassedOn),
)  # fmt: skip

TABLE = Table(
    name="agreement",
    entity=Agreement,
    context=AgreementContext,
    initial="draft",
    states=STATES,
    rows=ROWS,
    guards={
        **GUARDS,
        **END_GUARDS,
        **DATA_GUARDS,
        **IMPORT_GUARDS,
        **asks.ASK_GUARDS,
        **again.REMIND_GUARDS,
        **texts.TEXT_GUARDS,
        "plan_approved": orders.plan_approved,
        "happened_by_now": violations.happened_by_now,
        "names_subprocessor": violations.names_subprocessor,
    },
)

AGREEMENT = Workflow(TABLE)


def in_force(state: str, in_force_until: str) -> bool:
    """Whether an agreement in this state is in force: a separate fact of its terms (I-23)."""
    tags = AGREEMENT.states[state].tags
    return "in_force" in tags or ("ending" in tags and in_force_until == "last_data")
