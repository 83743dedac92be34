"""Clocks, and the instants that are computed from them."""

from datetime import date, datetime
from typing import Final, Literal

import msgspec

from workflows.terms.model.base import Base, Form, Party
from workflows.words import Language

Starts = Literal[
    "receipt",  # the notice reached the customer (I-08)
    "sending",  # the notice was sent, whenever it arrived
    "publication",  # the page on which the change is told was updated
    "objection",  # the customer's objection was received
    "decision",  # the processor decided to go on against an objection, and the customer is told so
    "engagement",  # the subprocessor began to work, before anybody was told (an emergency)
    "discovery",  # the processor discovered it
    "informed",  # the controller was informed by the processor
    "aware",  # the party whose clock it is became aware (the controller: in the sense of GDPR art. 33)
    "request",  # the request was received, by the party whose clock it is
    "end",  # the agreement (or main contract) ended, or the cancellation took effect
    "cancellation",  # the cancellation of the service took effect
    "record",  # the record was made
    "erasure",  # the data were erased from the live systems (backups follow)
    "last_audit",
    "signature",
    "notice_of_ending",  # notice was given that the agreement (or main contract) ends
    "suspension",  # the controller had processing suspended
    "year_end",  # the calendar year was over in which the event lies
]
"""Events; a rule may also run from another rule, `after:end.choice`."""

AFTER: Final = "after:"


class Rule(Base, frozen=True, kw_only=True):
    """A clock: from which event it runs, how long, who must act, in which form.

    `period` absent with no `field`: the agreement gives no number and none is made up (P7).
    `field` names a required field of each agreement that holds the period (`end.erasure`).
    `starts` is one of `Starts`, or `after:` and another rule: the period begins when that rule's time is over.
    `follows` names another rule whose due instant is also this one's (what follows a customer's
    period moves with it, I-06); what the processor does after a period of the controller's may begin then,
    and has no last instant (`boundary` `from`). `immediately` is due at the event instant itself (I-16).
    `calendar_year`: once per calendar year, due is the first instant of the next one (I-17).
    `earlier_of_cancellation`: also bounded by this period counted from the fact `cancelled_at` (I-11).
    `minimum`: kept for at least so long; data may go from then on, and nothing says by when. Of an answer: it may
    not be asked for any sooner.
    `target`: the text also says "as soon as possible": at once is the aim, the period is the limit.
    `debatable`: the law can be read to give another instant; the earliest is taken.
    `form_clause`: where writing is asked for, if that is not in `clause`.
    """

    clause: str
    party: Party
    starts: str
    period: str | None = None
    field: str | None = None
    follows: str | None = None
    immediately: bool = False
    calendar_year: bool = False
    earlier_of_cancellation: str | None = None
    minimum: bool = False
    target: bool = False
    debatable: bool = False
    form: Form = "any"
    form_clause: str = ""
    grounds: Literal["none", "asked", "required"] = "none"
    reading: str = ""
    note: str = ""
    category: str = ""
    channel: str = ""
    shown_from: Literal["", "discovered_at", "informed_at", "controller_received_at"] = ""
    """A fact from which the same period gives another date worth showing; it decides nothing."""
    shown_as: str = ""

    @property
    def after(self) -> str | None:
        """The rule whose time is over when this one's begins; None where it runs from an event."""
        return self.starts.removeprefix(AFTER) if self.starts.startswith(AFTER) else None

    @property
    def ends(self) -> bool:
        """Whether it has a length of its own, or another rule's."""
        lengths = (self.period, self.field, self.follows)
        return self.immediately or self.calendar_year or any(one is not None for one in lengths)

    @property
    def leads_to(self) -> str | None:
        """The rule that this one's instant is found from, if any."""
        return self.follows if self.follows is not None else self.after


class ReadAs(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which something was read, in the language of its text: by who wrote the file, or by the program."""

    text: str
    lang: Language
    by: Literal["file", "program"]


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A due instant and how it was found.

    `due_at` is UTC, null where the agreement gives no number; `last_day` the last local day in the
    agreement's zone (null with it); `boundary` `exclusive` (in time: instant < due) for days, weeks, months
    and working days, `inclusive` (instant <= due) for hours and for what is due at once; `from` for the first
    instant at which something may be done: nothing is late after it.
    """

    rule: str
    due_at: datetime | None
    last_day: date | None
    boundary: Literal["exclusive", "inclusive", "from"]
    clause: str
    steps: tuple[str, ...]
    party: Party
    reading: str
    zone: str
    readings: tuple[ReadAs, ...] = ()
    """The same as `reading`, each with its language and whose it is."""
    calendar: str
    """Calendar and tz data version the instant was computed with, as `NL 2026-1, tzdata 2026.6`."""
