"""What the name of a field says of it that its shape does not. A name means one thing throughout the API."""

from collections.abc import Mapping
from typing import Final

import msgspec

from workflows.intake.agreements import MainContractIn
from workflows.intake.corrections import Corrected

LONG: Final = frozenset(
    {
        "address",
        "bound_evidence",
        "conclusion",
        "content",
        "description",
        "evidence",
        "ground",
        "grounds",
        "indications",
        "note",
        "reason",
        "result",
        "scope",
        "summary",
        "text",
        "unsigned",
    }
)
"""Texts of more than a line."""

COUNTRIES: Final = frozenset({"countries", "country"})
PERIODS: Final = frozenset({"breach_target", "notice_time", "renews", "retention"})

HIDDEN: Final = frozenset(
    {
        ("ContactIn", "id"),
        ("Notify", "preview"),
        ("Sign", "text_sha256"),
        ("Signature", "text_sha256"),
        ("UserIn", "processor_id"),
    }
)
"""What a page knows by itself: which contact a line is, which preview was looked at, which text was signed,
whose board it is."""
APART: Final = frozenset({("BreachIn", "kind"), ("ProcessorPatchIn", "joining"), ("ProcessorPatchIn", "logo")})
"""What no form of a shape asks: a picture has a page of its own, and which kinds of breach there are shows once it is
on record."""

SHAPES: Final[Mapping[tuple[str, str], type[msgspec.Struct]]] = {
    ("Correct", "data"): Corrected,
    ("Corrected", "main_contract"): MainContractIn,
}
"""Objects that the API takes as they come, with what they may hold."""

STANDING: Final = frozenset({("AmendChangeIn", "fields"), ("Correct", "data")})
"""Objects that hold only what is to be otherwise than it stands: they are filled with the subject as it is."""

REFERENCES: Final[Mapping[str, str]] = {
    "agreement_id": "agreements",
    "agreements": "agreements",
    "changes": "changes",
    "contact_id": "contacts",
    "customer_id": "customers",
    "deputy_id": "users",
    "event_id": "entries",
    "finding_id": "findings",
    "into": "customers",
    "letter_id": "letters",
    "manager_id": "users",
    "notice_id": "notices",
    "notice_ids": "notices",
    "owner": "people",
    "replaces_id": "subprocessors",
    "subprocessor_id": "subprocessors",
    "subprocessors": "subprocessors",
    "task_id": "items",
    "terms": "terms",
    "terms_version": "versions",
    "to_version": "versions",
    "AnnouncementIn.changes": "drafts",
    "AnnouncementPatchIn.changes": "drafts",
    "BreachDrop.agreements": "cases",
    "BreachOfKind.agreements": "cases",
    "BreachOfKind.kind": "breach_kinds",
    "CallData.agreement_id": "cases",
    "RecordCasePosting.agreement_id": "cases",
    "WriteCaseLetter.agreement_id": "cases",
    "WriteCaseLetter.contact_id": "case_contacts",
    "CallData.contact": "called",
}
"""Where what is chosen by name comes from: a list of the API, or something that the subject itself has."""
