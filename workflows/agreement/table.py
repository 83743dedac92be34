"""The agreement: from the first draft to the day its last data are gone.

    draft → notified → (objection_window →) active → terminated → deletion_pending → deleted
    draft | notified | objection_window → withdrawn

Actions stand in `start`, `takeover`, `end`, `services`, `choice`, `plan`, `holds` and `versions`; what its terms
say decides when each row holds.
"""

from workflows.agreement import (
    certificate,
    cures,
    data_guards,
    end,
    end_guards,
    guards,
    holds,
    outage,
    plan,
    posting,
    services,
    start,
    takeover,
    version_guards,
    violations,
)
from workflows.agreement import choice as erasure
from workflows.agreement import erasure_request as asks
from workflows.agreement import reminders as again
from workflows.agreement import versions as texts
from workflows.agreement.timers import TIMERS
from workflows.deletion import orders
from workflows.machine.machine import Workflow
from workflows.machine.messages import (
    AGREED,
    AGREEMENT_COMING,
    AGREEMENT_ENDED,
    AGREEMENT_GONE,
    AGREEMENT_MADE,
    AGREEMENT_OVER,
    SERVICE_ENDED,
)
from workflows.machine.posting import POSTED, WRITTEN
from workflows.machine.vocabulary import BIRTH, AnyRow, Row, State, Table
from workflows.model.agreement import (
    Agreement,
    AgreementContext,
    CancelEnd,
    CancelService,
    Choose,
    ConfirmItem,
    Correct,
    Drafted,
    DraftUpdate,
    EndedService,
    EndMainContract,
    HoldOn,
    MainContract,
    Noted,
    Override,
    PassedOn,
    Release,
    Sign,
    Terminate,
    Transfer,
)
from workflows.model.deletion import Ordered
from workflows.model.posting import LetterPosted, LetterWritten
from workflows.model.reminders import Remind
from workflows.model.replies import Bounced, Classified, Receipt, ReplyIn
from workflows.model.terms_version import Adopt, AmendText, GiveFacts, TakenBack

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
OVER = ("deleted", "withdrawn")
WITH_PLAN = ("active", *ENDED)
CONFIRMABLE = (
    data_guards.known_task, data_guards.approved, data_guards.not_held, data_guards.kept_long_enough,
    data_guards.in_order, data_guards.may_be_unconfirmed, data_guards.something_open,
)  # fmt: skip

AMENDED = (
    version_guards.amended_in_writing,
    version_guards.another_text,
    version_guards.agreed_by_now,
    version_guards.amended_facts,
)

ROWS: tuple[AnyRow[Agreement, AgreementContext], ...] = (
    Row("create", BIRTH, "draft", start.drafted, data=Drafted, event="created"),
    Row("update", ("draft",), None, start.update, data=DraftUpdate, event="updated"),
    Row("update", (*BEFORE[1:], "active", *ENDED, *OVER), None, start.number, require=(guards.number_alone,),
        data=DraftUpdate, event="updated"),
    Row("send", ("draft",), "notified", start.send,
        require=(guards.facts_given, guards.contacts_given, guards.has_contract), event="sent", action=True),
    Row("sign", BEFORE, None, start.sign, require=(guards.signed_by_now, guards.signed_text), data=Sign,
        event="signed", action=True),
    Row("sign", ("active",), None, start.sign_in_force,
        require=(guards.one_to_sign, guards.not_signed_before, guards.signed_by_now, guards.signed_text), data=Sign,
        event="signed", action=True),
    Row("received", ("notified",), "objection_window", start.open_window, when=(guards.period_before_entry,),
        data=Receipt, event="window_opened"),
    Row("received", ("notified",), None, start.received, unless=(guards.period_before_entry,), data=Receipt,
        event="message_received"),
    Row("received", ("objection_window", "active", *ENDED), None, start.received, data=Receipt,
        event="message_received"),
    Row("bounced", (*BEFORE, "active", *ENDED, *OVER), None, start.bounced, data=Bounced, event="message_bounced"),
    Row("reply", (*BEFORE, "active", *ENDED), None, start.reply, data=ReplyIn),
    Row("classified", (*BEFORE, "active", *ENDED), None, start.classified, data=Classified),
    Row("start", ("notified", "objection_window"), None, outage.hold_entry_open, when=(guards.outage_as_entry_closed,),
        event="entry_held_open"),
    Row("start", ("notified", "objection_window"), "active", start.start, when=(guards.may_start,),
        unless=(guards.outage_as_entry_closed,), event="entered_into_force"),
    Row("withdraw", BEFORE, "withdrawn", start.withdraw, data=Noted, event="withdrawn", action=True),
    # Taken over from elsewhere: what was sent once is not sent again
    Row("import", ("draft",), "active", takeover.imported, when=(takeover.was_in_force,),
        require=(guards.facts_given, guards.contacts_given, guards.has_contract, takeover.entered_by_now),
        data=takeover.Imported, event="imported"),
    Row("import", ("draft",), "notified", takeover.imported_sent, unless=(takeover.was_in_force,),
        require=(guards.facts_given, guards.contacts_given, guards.has_contract, guards.no_period_before_entry),
        data=takeover.Imported, event="imported"),
    # The main contracts
    Row("add-main-contract", (*BEFORE, "active"), None, end.add_contract, require=(end_guards.new_reference,),
        data=MainContract, event="main_contract_added", action=True),
    Row("end-main-contract", (*BEFORE, "active"), None, end.end_contract,
        require=(end_guards.known_contract, end_guards.ends_after_start, end_guards.noticed_by_now),
        data=EndMainContract,
        event="main_contract_ending", action=True),
    Row("cancel-service", ("active",), None, services.cancel_service,
        require=(end_guards.services_apart, end_guards.known_service), data=CancelService, event="service_ending",
        action=True),
    Row("service_ended", ("active",), None, services.service_ended, data=EndedService),
    Row("warn", ("active",), None, end.warn, event="end_warned"),
    Row("end", ("active",), None, end.renew, when=(end_guards.renews,), event="renewed"),
    Row("end", ("active",), "terminated", end.ended, when=(end_guards.all_ended,), event="ended"),
    # Other ends
    Row("terminate", ("active",), None, end.terminate,
        require=(end_guards.ground_given, end_guards.right_open, end_guards.ending_reasoned,
                 end_guards.ending_in_form, end_guards.gives_a_right),
        data=Terminate, event="termination_received", action=True),
    Row("terminated", ("active",), "terminated", end.ended, event="ended"),
    Row("demand-cure", ("active",), None, cures.demand,
        require=(cures.cure_foreseen, cures.suspends_where_that_counts, cures.no_cure_open), data=cures.DemandCure,
        event="cure_demanded", action=True),
    Row("confirm-cure", ("active",), None, cures.confirm, require=(cures.cure_open, cures.said_by_now),
        data=cures.ConfirmCure, event="cure_confirmed", action=True),
    Row("cancel-end", ("active",), None, services.cancel_service_end, when=(end_guards.service_named,),
        require=(end_guards.service_cancelled, end_guards.service_data_there, end_guards.a_service_cancelled),
        data=CancelEnd, event="service_end_cancelled", action=True),
    Row("cancel-end", ("active",), None, end.cancel_end, unless=(end_guards.service_named,),
        require=(end_guards.end_planned,), data=CancelEnd, event="end_cancelled", action=True),
    Row("cancel-end", ENDED, "active", end.cancel_ended,
        require=(end_guards.agreement_meant, end_guards.nothing_gone), data=CancelEnd, event="end_cancelled",
        action=True),
    # The data
    Row("choose", ("active",), None, erasure.choose_early,
        require=(data_guards.choice_given, data_guards.latest_choice), data=Choose, event="chosen", action=True),
    Row("choose", ("terminated",), None, erasure.choose_return, when=(data_guards.return_asked,),
        require=(data_guards.choice_given, data_guards.choice_timely, data_guards.latest_choice), data=Choose,
        event="chosen", action=True),
    Row("choose", ("terminated",), "deletion_pending", erasure.choose_erase, unless=(data_guards.return_asked,),
        require=(data_guards.choice_given, data_guards.choice_in_form, data_guards.latest_choice), data=Choose,
        event="chosen", action=True),
    Row("choose", ("deletion_pending",), None, erasure.choose_return_late, when=(data_guards.return_asked,),
        require=(data_guards.choice_given, data_guards.choice_timely, data_guards.latest_choice,
                 end_guards.nothing_gone),
        data=Choose, event="chosen", action=True),
    Row("choose", ("deletion_pending",), None, erasure.choose_erase_late, unless=(data_guards.return_asked,),
        require=(data_guards.choice_given, data_guards.choice_in_form, data_guards.latest_choice), data=Choose,
        event="chosen", action=True),
    Row("ask_erasure", ("active", *ENDED), None, asks.ask_erasure, require=(asks.contact_here, asks.erasure_open),
        data=asks.Ask, event="erasure_asked"),
    Row("remind", ("terminated",), None, again.remind_choice, require=(again.choice_open,), data=Remind,
        event="reminded"),
    Row("settle", ("terminated",), None, outage.hold_choice_open, when=(data_guards.outage_as_choice_ended,),
        event="choice_held_open"),
    Row("settle", ("terminated",), None, erasure.wait_for_return, when=(data_guards.return_open,),
        unless=(data_guards.outage_as_choice_ended,), event="return_awaited"),
    Row("settle", ("terminated",), None, erasure.return_unchosen, when=(data_guards.returned_unchosen,),
        unless=(data_guards.outage_as_choice_ended, data_guards.return_open), event="return_began"),
    Row("settle", ("terminated",), None, erasure.keep_unchosen, when=(data_guards.kept_unchosen,),
        unless=(data_guards.outage_as_choice_ended, data_guards.return_open), event="choice_awaited"),
    Row("settle", ("terminated",), "deletion_pending", erasure.begin_deletion,
        unless=(data_guards.outage_as_choice_ended, data_guards.return_open, data_guards.returned_unchosen,
                data_guards.kept_unchosen),
        event="deletion_began"),
    Row("unchosen", ("terminated",), "deletion_pending", erasure.begin_unchosen, event="deletion_began"),
    Row("ask-certificate", ENDED, None, certificate.ask, require=(certificate.on_request,),
        data=certificate.AskCertificate, event="certificate_asked", action=True),
    Row("ask-certificate", ("deleted",), None, certificate.give, require=(certificate.on_request,),
        data=certificate.AskCertificate, event="certificate_given", action=True),
    Row("write-letter", ("deleted",), None, posting.written, data=LetterWritten, event=WRITTEN, action=True),
    Row("record-posting", ("deleted",), None, posting.posted, require=(posting.posted_by_now, posting.posted_once),
        data=LetterPosted, event=POSTED, action=True),
    Row("hold", ("active", *ENDED), None, holds.hold, require=(data_guards.hold_ahead,), data=HoldOn, event="held",
        action=True),
    Row("release", ("active", *ENDED), None, holds.release,
        require=(data_guards.held, data_guards.something_held), data=Release, event="released", action=True),
    Row("override", ("active", *ENDED), None, holds.override,
        require=(data_guards.overrider, data_guards.held, data_guards.something_held), data=Override,
        event="hold_overridden", action=True),
    Row("hold_over", ("active", *ENDED), None, holds.hold_over, require=(data_guards.hold_due,)),
    Row("kept_over", WITH_PLAN, None, plan.kept_over, event="kept_long_enough"),
    Row("mailbox_read", ENDED, None, erasure.mailbox_read),
    Row("approve-plan", WITH_PLAN, None, plan.approve,
        require=(data_guards.not_approved, data_guards.mailbox_was_read), event="plan_approved", action=True),
    Row("confirm", ("active", *ENDED), None, plan.refused, unless=(data_guards.answered,),
        require=(data_guards.known_task, data_guards.approved, data_guards.may_be_unconfirmed,
                 data_guards.something_open),
        data=ConfirmItem, event="task_refused", action=True),
    Row("confirm", ("active",), None, plan.confirmed, when=(data_guards.answered,), require=CONFIRMABLE,
        data=ConfirmItem, event="task_confirmed", action=True),
    Row("confirm", ("terminated",), "deletion_pending", plan.returned,
        when=(data_guards.answered, data_guards.is_return),
        require=(data_guards.known_task, data_guards.may_be_unconfirmed, data_guards.something_open),
        data=ConfirmItem, event="returned", action=True),
    Row("confirm", ("terminated",), None, plan.confirmed, when=(data_guards.answered, data_guards.is_service),
        require=CONFIRMABLE, data=ConfirmItem, event="task_confirmed", action=True),
    Row("confirm", ("deletion_pending",), "deleted", plan.last_confirmed,
        when=(data_guards.answered, data_guards.last_task), require=CONFIRMABLE, data=ConfirmItem, event="deleted",
        action=True),
    Row("confirm", ("deletion_pending",), None, plan.confirmed, when=(data_guards.answered,),
        unless=(data_guards.last_task,), require=CONFIRMABLE, data=ConfirmItem, event="task_confirmed", action=True),
    Row("ordered", WITH_PLAN, None, orders.ordered,
        require=(orders.plan_approved, data_guards.known_task, data_guards.not_held, data_guards.kept_long_enough,
                 data_guards.in_order, data_guards.order_out),
        data=Ordered, event="deletion_ordered"),
    # The version of its terms
    Row("adopt", ("active",), None, texts.passed_over, when=(version_guards.newer_binds,), data=Adopt,
        event="text_passed_over"),
    Row("adopt", ("active",), None, texts.adopt_later, when=(version_guards.leaving,),
        unless=(version_guards.newer_binds,), data=Adopt, event="text_waits"),
    Row("adopt", ("active",), None, texts.adopt_with_facts,
        unless=(version_guards.newer_binds, version_guards.leaving, version_guards.says_all), data=Adopt,
        event="text_waits"),
    Row("adopt", ("active",), None, texts.adopt, when=(version_guards.says_all,),
        unless=(version_guards.newer_binds, version_guards.leaving), data=Adopt, event="text_adopted"),
    Row("adopt", ENDED, None, texts.adopt_later, unless=(version_guards.newer_binds,), data=Adopt,
        event="text_waits"),
    Row("bind", ("active",), None, texts.bind, when=(version_guards.waiting_says_all,),
        require=(version_guards.text_ready,), event="text_adopted"),
    Row("bind", ("active",), None, texts.bind_with_facts, unless=(version_guards.waiting_says_all,),
        require=(version_guards.text_ready,), event="text_waits"),
    Row("give-facts", ("active",), None, texts.give_facts, when=(version_guards.facts_complete,),
        require=(version_guards.facts_awaited,), data=GiveFacts, event="text_adopted", action=True),
    Row("give-facts", ("active",), None, texts.give_some_facts, unless=(version_guards.facts_complete,),
        require=(version_guards.facts_awaited,), data=GiveFacts, event="text_waits", action=True),
    Row("amend", ("active",), None, texts.amend, when=(version_guards.binds_by_now,), require=AMENDED,
        data=AmendText, event="text_adopted", action=True),
    Row("amend", ("active",), None, texts.amend_later, unless=(version_guards.binds_by_now,), require=AMENDED,
        data=AmendText, event="text_agreed", action=True),
    Row("text_taken_back", ("active",), None, texts.take_back, when=(version_guards.text_rests,), data=TakenBack),
    Row("text_taken_back", ("active", *ENDED), None, texts.forget, when=(version_guards.text_waits,),
        data=TakenBack, event="text_given_up"),
    # Mistakes and people (P25, P26)
    Row("correct", BEFORE, None, start.correct, require=(guards.correctable,), data=Correct, event="corrected",
        action=True),
    Row("correct", ("active",), "notified", start.correct_start, when=(guards.start_moves_ahead,),
        require=(guards.correctable,), data=Correct, event="corrected", action=True),
    Row("correct", ("active",), None, start.correct_active, unless=(guards.start_moves_ahead,),
        require=(guards.correctable,), data=Correct, event="corrected", action=True),
    Row("correct", ENDED, "active", start.correct_end, when=(end_guards.end_moves_ahead,),
        require=(guards.correctable, end_guards.nothing_gone), data=Correct, event="corrected", action=True),
    Row("correct", ENDED, None, end.correct_ended, unless=(end_guards.end_moves_ahead,),
        require=(guards.correctable,), data=Correct, event="corrected", action=True),
    Row("record-violation", ("active", *ENDED), None, violations.record_violation,
        require=(violations.happened_by_now, violations.names_subprocessor), data=violations.Violation,
        event=violations.EVENT, action=True),
    Row("record-violation", ("deleted",), None, violations.record_violation,
        require=(violations.carries_penalty, violations.happened_by_now, violations.names_subprocessor),
        data=violations.Violation, event=violations.EVENT, action=True),
    Row("transfer", (*BEFORE, "active", *ENDED), None, start.transfer, data=Transfer, event="transfer_planned",
        action=True),
    Row("moved", (*BEFORE, "active", *ENDED), None, start.moved, data=PassedOn, event="transferred"),
)  # fmt: skip

AGREEMENT = Workflow(
    Table(
        name="agreement",
        entity=Agreement,
        context=AgreementContext,
        states=STATES,
        rows=ROWS,
        timers=TIMERS,
        tells=(
            AGREEMENT_MADE,
            AGREEMENT_OVER,
            AGREEMENT_COMING,
            AGREEMENT_ENDED,
            AGREEMENT_GONE,
            AGREED,
            SERVICE_ENDED,
        ),
        path="agreements",
        reads_messages_first=True,
        surroundings=texts.under,
        receipts=frozenset({"agreement"}),
    )
)


def in_force(state: str, in_force_until: str) -> bool:
    """Whether an agreement in this state is in force: a separate fact of its terms (I-23)."""
    tags = AGREEMENT.states[state].tags
    return "in_force" in tags or ("ending" in tags and in_force_until == "last_data")
