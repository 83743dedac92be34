"""Which input of a form a guard's refusal is about, so that it stands there. Pure."""

from collections.abc import Mapping
from typing import Final

GUARDED: Final[Mapping[str, str]] = {
    "after_discovery": "at",
    "agreed": "agreed_by",
    "agreed_by_now": "agreed_on",
    "agreement_meant": "service",
    "agreements_name_it": "agreements",
    "amended_facts": "facts",
    "amended_in_writing": "channel",
    "another": "into",
    "another_kind": "kind",
    "another_text": "to_version",
    "between_dispatch_and_now": "at",
    "choice_given": "data",
    "choice_in_form": "channel",
    "choice_timely": "received_at",
    "closes_in_future": "at",
    "correctable": "data",
    "day_ahead": "on",
    "days_fit": "erase_by",
    "delete_after": "delete_by",
    "discovered_by_now": "discovered_at",
    "ending_in_form": "channel",
    "ending_reasoned": "grounds",
    "ends_after_start": "on",
    "engage_not_before_given": "engage_not_before",
    "evidence_named": "evidence",
    "fits": "answer",
    "ground_given": "ground",
    "happened_by_now": "at",
    "has_address": "contact_id",
    "held": "ground",
    "hold_ahead": "until",
    "in_form": "channel",
    "in_order": "task_id",
    "kept_long_enough": "task_id",
    "kind_known": "kind",
    "known_contract": "reference",
    "known_finding": "finding_id",
    "known_item": "task_id",
    "known_service": "service",
    "known_task": "task_id",
    "latest_choice": "received_at",
    "latest_word": "received_at",
    "may_be_longer": "until",
    "may_be_unconfirmed": "evidence",
    "names_subprocessor": "subprocessor_id",
    "new_reference": "reference",
    "no_solution_sought": "decision",
    "noticed": "on",
    "noticed_by_now": "noticed_at",
    "not_signed_before": "party",
    "number_makes_sense": "people_min",
    "one_meaning": "agreements",
    "own_period_ahead": "at",
    "posted_by_now": "on",
    "posted_once": "correction",
    "proven": "evidence",
    "published_since_announced": "at",
    "reason_given": "reason",
    "reasons_given": "grounds",
    "right_open": "ground",
    "said_by_now": "at",
    "secrecy_signed": "unsigned",
    "service_cancelled": "service",
    "service_data_there": "service",
    "signed_by_now": "at",
    "suspends_where_that_counts": "suspends",
    "words_alone": "substance",
    "written_by_now": "received_at",
}
"""By name of a guard: the field that it judges."""
SEVERAL: Final = {"by_now": ("at", "received_at"), "signed_by_now": ("at", "on")}
"""Guards of one name in several tables, each about the field of its own shape."""
WHOLE: Final = frozenset(
    {"approved", "contents_answered", "in_first_month", "not_held", "place_free", "signed_text", "some_to_drop"}
)
"""Guards that judge no one input: they say why on top of the form."""


def places_of(guard: str) -> tuple[str, ...]:
    """The fields that a guard may be about, the likeliest first."""
    return (*SEVERAL.get(guard, ()), *((GUARDED[guard],) if guard in GUARDED else ()))
