"""What events there are, by kind of subject: what a webhook may ask for by name. A test keeps it complete.

Besides these, `kind.state` names the moment at which a subject comes into that state (`notice.objected`).
"""

from collections.abc import Mapping
from typing import Final

from workflows.kinds import WORKFLOWS


def _names(words: str) -> tuple[str, ...]:
    return tuple(words.split())


EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "processor": _names("created updated"),
    "customer": _names(
        "created awaits_agreement classified contact_corrected contacts_asked erased erasure_waits merged "
        "message_bounced needed over reply updated"
    ),
    "subprocessor": _names("created updated"),
    "agreement": _names(
        "created chosen classified corrected deleted deletion_began deletion_ordered "
        "end_cancelled end_warned ended entered_into_force erasure_asked held hold_over hold_overridden "
        "imported mailbox_read main_contract_added main_contract_ending message_bounced message_received "
        "plan_approved released reminded renewed reply return_awaited returned sent service_end_cancelled "
        "service_ended service_ending signed task_confirmed task_refused termination_received text_adopted "
        "text_agreed text_given_up text_passed_over text_taken_back text_waits transfer_planned transferred "
        "updated window_opened withdrawn"
    ),
    "announcement": _names("created carried not_announced notified scheduled updated withdrawn"),
    "change": _names(
        "created activated amended begin_deletion confirm deletion_ordered end_planned ended nothing_held "
        "notified scheduled task_refused waits window_opened withdrawn"
    ),
    "notice": _names(
        "created acknowledge agreed amended answered_again assumed bounced cancelled classified close "
        "close_waits consent copy_bounced copy_received copy_sent deemed-received disagreement engaged "
        "handed_over held_open late_answer maybe_sent not-received object overruled proceed readdressed "
        "received refuse rejoin reminded reply resend right_closed spoken_consent superseded take-back "
        "taken_back_late terminate upheld"
    ),
    "task": _names("opened assigned done dropped escalated reminded reminders_planned"),
    "webhook": _names("created disabled failed gave_up gone paused recovered resumed rotated tested updated"),
    "breach": _names("created closed corrected notify updated"),
    "breach_case": _names("created acknowledged bounced called close late notify received rediscovered updated"),
    "request": _names("created extended forwarded fulfilled help_asked paused refused resumed written"),
    "audit": _names("created certificate_offered closed improved planned refused reported secrecy_signed"),
    "matter": _names("created answered closed spoken_answer taken_back"),
    "upstream": _names("created accepted closed objected"),
}
"""In each, the first is how it begins."""


def known(kind: str) -> frozenset[str]:
    """What may stand behind the dot for a kind of subject: its events and its states."""
    return frozenset(EVENTS.get(kind, ())) | frozenset(WORKFLOWS[kind].states)


def asked(wanted: tuple[str, ...], kind: str, type: str, before: str | None, after: str) -> str | None:
    """By what name a webhook that asks for `wanted` is told of an event; None where it did not ask for it.

    The event's own type, unless it asked for the state alone that the subject came into.
    """
    if "*" in wanted or f"{kind}.*" in wanted or type in wanted:
        return type
    entered = f"{kind}.{after}"
    return entered if before != after and entered in wanted else None
