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
    """A person put a letter in the post on a day; `written_on` is when it was made, in the agreement's zone.

    `revision` is that of the text it was made of, null where it does not say so; `recorded_on` the day that is on
    record of it already; `counting` the letter whose posting is what was sent of the present text, since its subject
    came to stand where it stands.
    """

    letter_id: UUID
    sha256: str
    on: date
    how: PostedHow
    written_on: date
    revision: int | None = None
    recorded_on: date | None = None
    counting: UUID | None = None
    number: str | None = None
    evidence: Evidence | None = None
    correction: str | None = None


class WriteLetter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom a letter is made: one of the customer's contacts; absent, the customer as such."""

    contact_id: UUID | None = None


class RecordPosting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter was posted: which, on which day, and how; `number` is that of a registered item.

    `evidence` is what the post gave for it; `correction` says what was wrong where its posting is on record already.
    """

    letter_id: UUID
    on: date
    how: PostedHow
    number: str | None = None
    evidence: Evidence | None = None
    correction: str | None = None
