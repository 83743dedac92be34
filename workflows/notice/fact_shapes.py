"""The shapes of what is to be said of a notice: what it is made from, and what a reader is told. Pure data."""

from datetime import date, datetime
from typing import Literal

import msgspec

from workflows.model.agreement import Agreement
from workflows.model.change import AnnouncedText, Change, ChangeKind
from workflows.model.notice import Answer, Notice, NoticeContext, NoticeRule, ReceivedHow
from workflows.model.parties import Customer, Outage, Processor, Subprocessor
from workflows.terms.model import Form, Terms

Act = Literal["object", "consent", "terminate"]
Grounds = Literal["none", "asked", "required"]
Ends = Literal["agreement", "main_contract", "main_contract_alone", "service"]
"""What an ending brings to its end; the agreement outlives its main contract where it says so (I-23)."""


class NoticeRows(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with the rows around it, as they are at an instant (UTC)."""

    state: str
    notice: Notice
    change: Change
    agreement: Agreement
    customer: Customer
    processor: Processor
    subprocessor: Subprocessor | None
    replaced: Subprocessor | None
    terms: Terms
    now: datetime
    outages: tuple[Outage, ...] = ()
    """Spans in which customers could not answer, where a last moment has passed (P3)."""

    @property
    def context(self) -> NoticeContext:
        """What the notice's own table sees of them."""
        return NoticeContext(
            change=self.change,
            agreement=self.agreement,
            customer=self.customer,
            processor=self.processor,
            subprocessor=self.subprocessor,
            terms=self.terms,
            arrival="direct",
            outages=self.outages,
        )


class TextChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a text that was amended, as it was told before and now; either may be absent."""

    field: str
    was: str | date | tuple[str, ...] | None
    becomes: str | date | tuple[str, ...] | None


class AmendedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """That the customer was told another text before, when it was amended (UTC), why, and what in it.

    `anew`: answers to the text before count no more, and windows began again.
    """

    at: datetime
    why: str
    anew: bool
    changes: tuple[TextChange, ...]


class RightFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer may do: by which clause, until when (UTC, exclusive), in which form.

    `over`: its last moment has passed. `period` (ISO 8601) is how long it will run, while the notice is not on record
    as received; `uncounted` the same of a right whose last day is not counted. `ends` is what an ending brings to its
    end.
    """

    act: Act
    rule: str
    clause: str
    closes_at: datetime | None
    over: bool
    period: str | None
    uncounted: str | None
    form: Form
    grounds: Grounds
    ends: Ends | None


StartKind = Literal[
    "day", "now", "begun", "after_yes", "after_receipt", "after_publication", "once_agreed", "held",
]  # fmt: skip


class StartFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's own earliest day (P13).

    `day`: not before that day. `now`: nothing stands in its way. `begun`: it began on that day. `after_yes`: with
    consent, no earlier than `day` where one is wished. `after_receipt`: it is told by the receipt, which is not on
    record. `after_publication`: so it is by the publication of the change. `once_agreed`: no notice makes it hold.
    `held`: an answer stands against it, or it is settled.
    """

    kind: StartKind
    day: date | None = None


SilenceKind = Literal["goes_ahead", "own", "consent", "ending", "told", "to_agree", "held", "begun", "closing", "none"]


class SilenceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What follows when the customer says nothing more.

    `goes_ahead`: it goes ahead when the window ends. `own`: so it does after the processor's own period, until `until`
    (UTC; over where `over`), for `period` (ISO 8601) where that is still to begin. `consent`: nothing goes on.
    `ending`: the right to end lapses, and it applies. `told`: it goes ahead. `to_agree`: nothing binds yet. `held`:
    the customer's no stands until it is settled. `begun`: it began. `closing`: the last moment has just passed.
    `none`: it is answered or settled. `lapses_beside`: a right to end beside it lapses.
    """

    kind: SilenceKind
    until: datetime | None = None
    over: bool = False
    period: str | None = None
    lapses_beside: bool = False


Effect = Literal[
    "late", "none", "overtaken", "settled", "disagreement", "holds", "holds_after_beginning", "allows", "keeps",
    "reopens", "goes_ahead", "ends", "noted",
]  # fmt: skip
"""What an answer means, as things stand.

`late` and `none`: nothing by itself. `overtaken`: another of the same voice took its place.
`settled`: what it was about has been decided or is over. `disagreement`: it stands,
and another contact's no outweighs it. `holds`: nothing begins until the objection is settled;
`holds_after_beginning`: it had begun, and somebody decides. `allows`: consent, from the earliest day on. `keeps`:
refused. `reopens`: taken back, and silence counts again; `goes_ahead`: taken back after the last moment. `ends`: the
agreement. `noted`: no right changes.
"""


class AnswerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given, and what is to be said of it now."""

    answer: Answer
    effect: Effect


class ObjectedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a right over an objection brings to its end, by which clause; `after` (ISO 8601): only where no solution was
    found in that time."""

    ends: Ends
    clause: str
    after: str | None


class NoticeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of a notice. Instants are UTC; clauses as the terms number them.

    `reasons_asked`: an objection stands for which the agreement asks reasons, and none has any.
    `solution_until`: until when a solution for the objection is sought, while that is ahead; `solution_from`: when the
    objection arrived from which that is counted though it gives none of the reasons asked for. `window_over`: the
    last moment of what decides has passed. `objections` in time: none, those that were taken back or settled
    (`past`), or only to a text before this one. `answer_by` is the next last moment while the customer is free to
    answer; `undecided`: an answer still decides something. `place_decides`: consent is needed because of the place,
    where there would be a right to object. `unsaid`: the agreement has no word on it, and `clause`, if any, is
    its law's.
    """

    kind: ChangeKind
    text: AnnouncedText
    version_now: str | None
    amended: AmendedFacts | None
    rule: NoticeRule
    clause: str
    form: Form
    rights: tuple[RightFacts, ...]
    closes_at: datetime | None
    window_over: bool
    starts: StartFacts
    silence: SilenceFacts
    reasons_asked: bool
    solution_until: datetime | None
    solution_from: datetime | None
    begun_at: datetime | None
    stands_against: bool
    objections: Literal["none", "past", "earlier_text"]
    wished_ahead: date | None
    place_decides: bool
    unsaid: bool
    overruling: Literal["none", "allowed", "termination"]
    barred_by: str
    """The clause that itself says that nobody goes on against an objection; empty where it may be, or is a reading."""
    objected: ObjectedFacts | None
    """The right to end that an objection itself gives, beside what happens to the change."""
    overruled_ends: Ends | None
    """What the right brings to its end that an overruling gives."""
    sent_at: datetime | None
    received_at: datetime | None
    received_how: ReceivedHow | None
    answers: tuple[AnswerFacts, ...]
    unread_reply: bool
    answer_by: datetime | None
    undecided: bool
    over_on: date | None
    """The agreement's last day, where it has ended and nothing of this is settled yet."""
    live: bool
    final: bool
