"""Letters: what a mail would say, made to be posted, and what a person says of having posted one."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from workflows.model.evidence import Evidence

PostedHow = Literal["ordinary", "registered"]


class LetterWritten(msgspec.Struct, frozen=True, kw_only=True):
    """A letter lies ready: which (`sha256` of the PDF, in hex), and for which contact, null where it names none."""

    letter_id: UUID
    sha256: str
    contact_id: UUID | None = None


class LetterPosted(msgspec.Struct, frozen=True, kw_only=True):
    """A person put a letter in the post on a day; `written_on` is when it was made, in the agreement's zone."""

    letter_id: UUID
    sha256: str
    on: date
    how: PostedHow
    written_on: date
    number: str | None = None
    evidence: Evidence | None = None


class WriteLetter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom a letter is made: one of the customer's contacts; absent, the customer as such."""

    contact_id: UUID | None = None


class RecordPosting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter was posted: which, on which day, and how; `number` is that of a registered item.

    `evidence` is what the post gave for it.
    """

    letter_id: UUID
    on: date
    how: PostedHow
    number: str | None = None
    evidence: Evidence | None = None
