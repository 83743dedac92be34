"""Why an engagement ended, or a notice fell: a code for programs and statements, words for people."""

from collections.abc import Mapping
from typing import Any, Final, Literal

EndReason = Literal[
    "agreement_ended",
    "agreement_not_in_force",
    "change_ended",
    "change_withdrawn",
    "consent_revoked",
    "consent_taken_back",
    "data_gone",
    "never_received",
    "objected_in_time",
    "objection_upheld",
    "place_known",
    "refused_in_time",
    "replaced",
    "service_ended",
    "subprocessor_removed",
]

WORDS: Final[dict[EndReason, str]] = {
    "agreement_ended": "the agreement ended",
    "agreement_not_in_force": "the agreement was not in force yet",
    "change_ended": "the change ended",
    "change_withdrawn": "the change was withdrawn",
    "consent_revoked": "consent was withdrawn, and it stopped at once",
    "consent_taken_back": "consent had been taken back in time",
    "data_gone": "the data are gone",
    "never_received": "the notice it rested on was never received",
    "objected_in_time": "the customer had objected in time",
    "objection_upheld": "the objection was upheld",
    "place_known": "the place became known",
    "refused_in_time": "the customer had refused in time",
    "replaced": "replaced",
    "service_ended": "the services that it was for ended",
    "subprocessor_removed": "the subprocessor was removed",
}
"""As `ended_why` and events have said them from the first day on."""

_BY_WORDS: Final = {words: reason for reason, words in WORDS.items()}


def reason_fields(reason: EndReason) -> dict[str, str]:
    """What an event or a message says of it: the words, and the code beside them."""
    return {"why": WORDS[reason], "code": reason}


def reason_of(record: Mapping[str, Any]) -> EndReason | None:
    """The reason that an event or a message names. Those written before there were codes have the words alone."""
    code = record.get("code")
    return code if code in WORDS else _BY_WORDS.get(str(record.get("why")))
