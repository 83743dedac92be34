"""What templates may say, in plain words and moments: the shapes that an editor of templates sees."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from service.wording import Moment
from workflows.model.change import ChangeKind
from workflows.notice.fact_shapes import Effect, Ends, SilenceKind
from workflows.terms.model import Form

Act = Literal["object", "consent", "terminate", "choose"]
"""What a customer may do until a last moment."""


class Sub(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    aliases: str
    service: str
    country: str
    countries: str
    """Further countries, besides the one that the message is about."""
    address: str
    contact: str
    categories: str
    transfer_basis: str


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what a new text changes; what was or what becomes may be empty."""

    label: str
    was: str
    becomes: str


class MailChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changes, beside what was; absent words are empty. `more`: lines that only the page has room for."""

    kind: ChangeKind
    name: str
    sub: Sub | None
    replaced: Sub | None
    country: str
    from_country: str
    version: str
    version_now: str
    services: str
    reason: str
    wished: str
    lines: tuple[LineView, ...] = ()
    more: int = 0


class MailRight(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer may do; `until` None where the agreement sets no last moment, `over` where it has passed."""

    kind: Act
    clause: str
    until: Moment | None
    over: bool
    length: str
    """How long the agreement gives where no last moment is counted; empty where one is, or none is given."""
    form: Form
    grounds: str
    ends: Ends | Literal[""]


class MailNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that decides, each right, what silence means, and the customer's own earliest day (P13).

    `closes` is the last moment of what decides, `own` the end of the processor's own period; each may be over. `began`
    is the day on which it began. `anew`: what was answered to an earlier text counts no more.
    """

    rule: str
    clause: str
    form: Form
    rights: tuple[MailRight, ...]
    closes: Moment | None
    closes_over: bool
    own: Moment | None
    own_over: bool
    silence: SilenceKind
    lapses_beside: bool
    starts: Literal[
        "day", "at_once", "begun", "after_yes", "after_receipt", "after_publication", "once_agreed", "held",
    ]  # fmt: skip
    starts_day: str
    began: str
    amended: bool
    anew: bool
    objected: bool
    engaged: bool
    place_decides: bool
    unsaid: bool
    """Its place is why consent is needed where the agreement otherwise gives a right to object."""
    overruling: Literal["none", "allowed", "termination"]
    from_sending: bool
    """Whether its days run from the sending of the message, whenever that arrives."""
    barred_by: str
    """The clause by which nobody goes on against an objection; empty where the text does not say so itself."""
    objected_ends: Ends | Literal[""]
    objected_clause: str
    objected_after: str
    """How long a solution is sought before that right is there; empty where it comes with the objection."""
    overruled_ends: Ends | Literal[""]
    reasons_asked: bool
    """An objection stands for which the agreement asks reasons, and none has any."""
    over: str
    """The agreement's last day, where it has ended; else empty."""


class MailAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """Which agreement it is about."""

    title: str
    references: str


class SectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a mail about several notices: one change, for one agreement or for several that are alike."""

    change: MailChange
    notice: MailNotice
    agreement: MailAgreement
    notice_url: str | None
    agreements: int


class AnswerAwaited(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a mail that reminds of several things: one right, of one agreement or of several that are alike."""

    change: MailChange
    notice: MailNotice
    right: MailRight
    agreement: MailAgreement
    notice_url: str | None
    agreements: int


class ChoiceAwaited(msgspec.Struct, frozen=True, kw_only=True):
    """The like: what becomes of the data of an agreement that has ended, until a last moment.

    `outlives`: the clause by which the agreement outlives its main contract, or empty. `unchosen`: what follows where
    the customer chooses nothing, as in `DataView`.
    """

    agreement: MailAgreement
    last_day: str
    until: Moment
    clause: str
    outlives: str
    unchosen: str = "erase"


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given, and what it means now; `take_back`: the reader may take it back on the page. `ends` is
    what an ending brings to its end."""

    kind: str
    by: str
    received: Moment
    grounds: str
    effect: Effect
    take_back: bool
    ends: str = ""


class DataView(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the data after the end."""

    how: str
    clause: str
    chosen: str
    choice_until: Moment | None
    choice_open: bool
    choice_clause: str
    erased_by: Moment | None
    erased_after: bool
    """Erasure begins when the time for choosing is over, and has no last day."""
    erased_soon: bool
    """The agreement has it follow as soon as possible."""
    erasure_clause: str
    kept_longer: str
    """Data with a time of their own, which may be there still when the rest is gone; empty where there are none."""
    declaration: bool
    unchosen: str
    """What follows where the customer chooses nothing: `erase`, `return`, `keep`, or `unsaid`, and we ask."""
    returned_by: Moment | None
    return_clause: str
    on_request: str
    """How long after what the customer asks for it is done, in words; empty where its time runs from elsewhere."""
    request_clause: str
    certificate_clause: str
    """Where a certificate is given to who asks for one; empty where the agreement has none, or one comes unasked."""
    retention_clause: str
    """Where the customer names data that the law has kept longer; empty where the agreement does not ask it to."""


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A last moment for the reader's calendar: a right of `rule` about a subject, until `until` (UTC, exclusive).

    `clause` as the reader finds it. `until` is None only in an entry that is taken out again.
    """

    subject: UUID
    rule: str
    act: Act
    clause: str
    until: datetime | None


class Entries(msgspec.Struct, frozen=True):
    """What a message puts in the reader's calendar or, `cancelled`, takes out of it."""

    entries: tuple[CalendarEntry, ...] = ()
    cancelled: bool = False


class Framing(msgspec.Struct, frozen=True, kw_only=True):
    """What every message needs besides its rows: where links lead, and the instant it is made (UTC).

    `link_url` is a link of its own that only this kind of message carries. `by_letter`: it is printed and posted.
    """

    can_reply: bool
    notice_url: str | None
    page_url: str | None
    link_url: str | None = None
    host: str
    now: datetime
    by_letter: bool = False
