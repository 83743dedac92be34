"""What a preview of a change shows: whom it would reach, by which rule, until when, and who is left out (P14, P20)."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from workflows.model.notice import NoticeRule
from workflows.terms.differences import InBoth, in_both, significant_parts
from workflows.terms.model import Terms

SHOWN: Final = 200
"""Rows of each list that a page shows at most; the counts and the digest are over all."""


class PreviewRight(msgspec.Struct, frozen=True, kw_only=True):
    """A right as it would be if the notice were received now."""

    rule: str
    clause: str
    closes_at: datetime | None
    form: str


WaitsFor = Literal["consent", "agreement"]
"""A yes that no passing of time gives: the customer's consent, or that both have agreed."""


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement that would be told. Instants (UTC) are those of a notice received now.

    `earliest_go_live` is null where that hangs on a yes; `waits_for` says on which.
    """

    agreement_id: UUID
    customer_id: UUID
    customer: str
    terms: str
    rule: NoticeRule
    clause: str
    rights: tuple[PreviewRight, ...]
    closes_at: datetime | None
    proceeds_at: datetime | None
    earliest_go_live: datetime | None
    waits_for: WaitsFor | None
    warnings: tuple[str, ...]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement that would not be told, or whom no message would reach."""

    agreement_id: UUID
    customer_id: UUID
    customer: str
    why: str


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Over all agreements, also those that are not shown. `waiting`: those of whom a yes is needed first."""

    agreements: int
    left_out: int
    contacts_missing: int
    rules: dict[str, int]
    waiting: int


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """A new text beside one that agreements run under (`agreements` of them), and what of it is on that text's own
    list of significant changes."""

    from_version: str
    to_version: str
    agreements: int
    significant: tuple[str, ...]
    differences: tuple[InBoth, ...]


def beside(old: Terms, new: Terms, agreements: int) -> Beside:
    """Lay a new text beside an old one."""
    return Beside(
        from_version=old.version,
        to_version=new.version,
        agreements=agreements,
        significant=significant_parts(old, new),
        differences=in_both(old, new),
    )


class PreviewPage(msgspec.Struct, frozen=True):
    """Which agreements are shown, in the order of their ids: those after one, until a list has so many rows."""

    after: UUID | None = None
    limit: int = SHOWN


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What `notify` would do now. `earliest_go_live` is the first of those that wait for no yes, and null where there
    is none; `earliest_go_live_why` then says why, and how many wait for a yes wherever any does. `differences` are
    those of a new text from each text that it would replace."""

    change_id: UUID
    digest: str
    agreements: list[Reached]
    left_out: list[LeftOut]
    contacts_missing: list[LeftOut]
    earliest_go_live: datetime | None
    earliest_go_live_why: str | None
    warnings: list[str]
    counts: Counts
    differences: list[Beside]
    next: str | None = None
    """Goes on where this page of the lists ends; null at their end."""
