"""The agreement: from the first draft to the day its last data are gone.

    draft → notified → (objection_window →) active → terminated → deletion_pending → deleted
    draft | notified | objection_window → withdrawn

Actions stand in `agreement_actions`; what its terms say decides when each row holds.
"""

from workflows import agreement_actions as do
from workflows.agreement_data import (
    AgreementContext,
    Bounced,
    CancelService,
    Choose,
    ConfirmItem,
    Correct,
    Dropped,
    EndMainContract,
    HoldOn,
    Moved,
    Reasoned,
    Received,
    Sign,
    Terminate,
    Transfer,
    Update,
)
from workflows.agreement_guards import GUARDS
from workflows.entities import Agreement, MainContract
from workflows.machine import Workflow
from workflows.step import Row, State, Table

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

ROWS: tuple[Row[Agreement, AgreementContext], ...] = (
    Row("update", ("draft",), None, do.update, data=Update, action=True),
    Row("send", ("draft",), "notified", do.send, require=("facts_given", "contacts_given", "has_contract"),
        action=True),
    Row("sign", BEFORE, None, do.sign, require=("signed_by_now",), data=Sign, action=True),
    Row("received", ("notified",), "objection_window", do.open_window, when=("period_before_entry",),
        data=Received),
    Row("received", ("notified",), None, do.received, when=("no_period_before_entry",), data=Received),
    Row("received", ("objection_window", "active", *ENDED), None, do.received, data=Received),
    Row("bounced", (*BEFORE, "active", *ENDED), None, do.bounced, data=Bounced),
    Row("start", ("notified", "objection_window"), "active", do.start, when=("may_start",)),
    Row("withdraw", BEFORE, "withdrawn", do.withdraw, action=True),
    # The main contracts
    Row("add-main-contract", (*BEFORE, "active"), None, do.add_contract, require=("new_reference",),
        data=MainContract, action=True),
    Row("end-main-contract", (*BEFORE, "active"), None, do.end_contract, require=("known_contract", "ends_after_start"),
        data=EndMainContract, action=True),
    Row("cancel-service", ("active",), None, do.cancel_service, require=("services_apart", "known_service"),
        data=CancelService, action=True),
    Row("service_ended", ("active",), None, do.service_ended, data=Dropped),
    Row("end", ("active",), None, do.renew, when=("renews",)),
    Row("end", ("active",), "terminated", do.ended, when=("all_ended",)),
    # Other ends
    Row("terminate", ("active",), None, do.terminate,
        require=("ground_given", "right_open", "ending_reasoned", "ending_in_form"), data=Terminate, action=True),
    Row("terminated", ("active",), "terminated", do.ended),
    Row("cancel-end", ("active",), None, do.cancel_end, require=("end_planned",), data=Reasoned, action=True),
    Row("cancel-end", ENDED, "active", do.cancel_ended, require=("nothing_gone",), data=Reasoned, action=True),
    # The data
    Row("choose", ("active",), None, do.choose_early, require=("choice_given",), data=Choose, action=True),
    Row("choose", ("terminated",), None, do.choose_return, when=("return_asked",),
        require=("choice_given", "choice_timely"), data=Choose, action=True),
    Row("choose", ("terminated",), "deletion_pending", do.choose_erase, when=("erasure_asked",),
        require=("choice_given", "choice_in_form"), data=Choose, action=True),
    Row("settle", ("terminated",), None, do.wait_for_return, when=("return_open",)),
    Row("settle", ("terminated",), "deletion_pending", do.begin_deletion, when=("no_return_open",)),
    Row("hold", ("active", *ENDED), None, do.hold, data=HoldOn, action=True),
    Row("release", ("active", *ENDED), None, do.release, require=("held",), action=True),
    Row("mailbox_read", ENDED, None, do.mailbox_read),
    Row("approve-plan", ("deletion_pending",), None, do.approve, require=("not_approved", "mailbox_was_read"),
        action=True),
    Row("confirm", ("terminated",), "deletion_pending", do.returned, when=("is_return",),
        require=("known_task",), data=ConfirmItem, action=True),
    Row("confirm", ("deletion_pending",), "deleted", do.last_confirmed, when=("last_task",),
        require=("known_task", "approved", "not_held", "in_order", "may_be_unconfirmed"), data=ConfirmItem,
        action=True),
    Row("confirm", ("deletion_pending",), None, do.confirmed, when=("more_tasks",),
        require=("known_task", "approved", "not_held", "in_order", "may_be_unconfirmed"), data=ConfirmItem,
        action=True),
    # Mistakes and people (P25, P26)
    Row("correct", (*BEFORE, "active"), None, do.correct, require=("correctable",), data=Correct, action=True),
    Row("correct", ENDED, "active", do.correct_end, when=("end_moves_ahead",),
        require=("correctable", "nothing_gone"), data=Correct, action=True),
    Row("correct", ENDED, None, do.correct, when=("end_stays",), require=("correctable",), data=Correct,
        action=True),
    Row("transfer", (*BEFORE, "active", *ENDED), None, do.transfer, data=Transfer, action=True),
    Row("moved", (*BEFORE, "active", *ENDED), None, do.moved, data=Moved),
)  # fmt: skip

TABLE = Table(
    name="agreement",
    entity=Agreement,
    context=AgreementContext,
    initial="draft",
    states=STATES,
    rows=ROWS,
    guards=GUARDS,
)

AGREEMENT = Workflow(TABLE)


def in_force(state: str, in_force_until: str) -> bool:
    """Whether an agreement in this state is in force: a separate fact of its terms (I-23)."""
    tags = AGREEMENT.states[state].tags
    return "in_force" in tags or ("ending" in tags and in_force_until == "last_data")
