"""What a webhook may ask for is what happens."""

import pytest

from workflows.event_types import EVENTS, asked
from workflows.intake.webhooks import event_problem
from workflows.kinds import WORKFLOWS

PROMISED = {
    "processor": "classified created reply updated",
    "customer": "awaits_agreement classified contact_corrected contacts_asked created erased erasure_waits merged "
    "message_bounced needed over reply updated",
    "subprocessor": "created updated",
    "agreement": "chosen classified corrected created deleted deletion_began deletion_ordered end_cancelled "
    "end_warned ended entered_into_force erasure_asked held hold_over hold_overridden imported "
    "mailbox_read main_contract_added main_contract_ending message_bounced message_received "
    "plan_approved released reminded renewed reply return_awaited returned sent service_end_cancelled "
    "service_ended service_ending signed task_confirmed task_refused termination_received "
    "text_adopted text_agreed text_given_up text_passed_over text_taken_back text_waits "
    "transfer_planned transferred updated violation_recorded window_opened withdrawn",
    "announcement": "carried created not_announced notified scheduled updated withdrawn",
    "change": "activated amended begin_deletion confirm created deletion_ordered end_planned ended goes_on "
    "nothing_held notified scheduled task_refused waits window_opened withdrawn",
    "notice": "acknowledge agreed amended answered_again assumed bounced cancelled classified close close_waits "
    "consent contacts_changed copy_bounced copy_received copy_sent created deemed-received delayed disagreement "
    "engaged handed_over held_open late_answer maybe_sent not-received not_assumed object overruled proceed "
    "readdressed received refuse rejoin reminded reply resend right_closed spoken_consent superseded take-back "
    "taken_back_late terminate upheld",
    "task": "assigned done dropped escalated opened reminded reminders_planned",
    "webhook": "created disabled failed gave_up gone paused recovered resumed rotated tested updated",
    "breach": "closed corrected created dropped notify reopened updated",
    "breach_case": "acknowledged bounced called close created dropped late notify received rediscovered reopened "
    "updated",
    "request": "created extended forwarded fulfilled help_asked paused refused resumed written",
    "audit": "certificate_offered closed cost_divided created improved planned refused reported secrecy_signed",
    "matter": "answered closed created spoken_answer taken_back",
    "upstream": "accepted closed created objected",
    "watch": "asked created differed read_again stopped unread updated",
}
"""What receivers may have asked for by name: an event is never renamed."""


def test_no_event_that_was_promised_is_gone() -> None:
    for kind, names in PROMISED.items():
        assert set(names.split()) <= set(EVENTS[kind]), kind
    assert set(EVENTS) == set(WORKFLOWS)


@pytest.mark.parametrize(
    "name", ["*", "notice.*", "notice.object", "notice.objected", "task.opened", "deletion.ordered", "deletion.*"]
)
def test_known_ones_are_taken(name: str) -> None:
    assert event_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", ".", "notice", "notice.", "notice.nothing", "*.object", "deletion.x", "Notice.object", "notice.*.*"]
)
def test_unknown_ones_are_refused(name: str) -> None:
    assert event_problem(name)


def test_a_state_is_told_once_on_coming_into_it() -> None:
    assert asked(("notice.objected",), "notice", "notice.object", "open", "objected") == "notice.objected"
    assert asked(("notice.objected",), "notice", "notice.object", "objected", "objected") is None
    assert asked(("*", "notice.objected"), "notice", "notice.object", "open", "objected") == "notice.object"
    assert asked(("agreement.*",), "notice", "notice.object", "open", "objected") is None
    assert asked(("notice.objected",), "change", "change.x", "open", "objected") is None
