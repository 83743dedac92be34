"""What the words of a message are made from: the letter at hand, in its zone and its language. Pure."""

from datetime import date, datetime
from functools import cached_property
from typing import Any

import msgspec

from service.mail.kinds.views import Framing
from service.mail.outgoing.outbox import Letter
from service.wording import Moment, last_moment, moment, say_day
from workflows.model.change import Change
from workflows.model.notice import Notice
from workflows.model.parties import Language
from workflows.notice.fact_shapes import NoticeFacts, NoticeRows
from workflows.notice.facts import as_received, notice_facts
from workflows.terms.clauses import in_words
from workflows.terms.counting import week_of
from workflows.terms.model import TerminationRight, Terms
from workflows.time import parse_period


class Source(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A letter at hand, with the zone and language it is written in; what is reckoned for it is reckoned once."""

    letter: Letter
    framing: Framing

    @property
    def lang(self) -> Language:
        return self.letter.message.language

    @property
    def terms(self) -> Terms:
        return self.letter.about.terms

    @property
    def data(self) -> dict[str, Any]:
        """What the step that asked for it gave along."""
        return self.letter.message.data

    @property
    def notice(self) -> Notice:
        """The notice it is about. Raises ValueError where it is about none."""
        found = self.letter.about.notice
        if found is None:
            raise ValueError(f"a message of kind {self.letter.message.kind} is about a notice")
        return found

    @property
    def change(self) -> Change:
        """The change behind its notice. Raises ValueError where there is none."""
        found = self.letter.about.change
        if found is None:
            raise ValueError("a notice has a change")
        return found

    @cached_property
    def rows(self) -> NoticeRows:
        """What the facts of its notice are made from, at the instant at which it is made. Raises as `notice`."""
        about = self.letter.about
        return NoticeRows(
            state=about.state,
            notice=self.notice,
            change=self.change,
            agreement=about.agreement,
            customer=self.letter.customer,
            processor=about.processor,
            subprocessor=about.subprocessor,
            replaced=about.replaced,
            terms=about.terms,
            now=self.framing.now,
        )

    @cached_property
    def facts(self) -> NoticeFacts:
        """The facts of its notice as it stands. Raises as `notice`."""
        return notice_facts(self.rows)

    @cached_property
    def rows_received(self) -> NoticeRows:
        """Its rows as the receipt of this very message will make them. Raises as `notice`."""
        return as_received(self.rows)

    @cached_property
    def facts_received(self) -> NoticeFacts:
        """The facts of those. Raises as `notice`."""
        return notice_facts(self.rows_received)

    def day(self, day: date) -> str:
        return say_day(day, self.lang)

    def moment(self, instant: datetime) -> Moment:
        """An instant (UTC) in words, in the agreement's zone."""
        return moment(instant, self.terms.zone, self.lang)

    def last(self, instant: datetime | None) -> Moment | None:
        """The last moment of a period that ends at an instant (UTC, exclusive), in words."""
        return last_moment(instant, self.terms.zone, self.lang) if instant is not None else None

    def clause(self, clause: str) -> str:
        """Clauses in the reader's words, with the number printed in the text where that is another one."""
        return in_words(self.terms, clause, self.lang)

    def length(self, period: str) -> str:
        """A length of time as it stands after “within”."""
        return parse_period(period).words(self.lang, week_of(self.terms))

    @property
    def outlives(self) -> str:
        """The clause by which the agreement outlives its main contract until the data are gone (I-23); else empty."""
        ending = self.terms.ending
        return self.clause(ending.clause) if ending.in_force_until == "last_data" else ""

    def falls(self, right: TerminationRight | None) -> str:
        """What a right to end brings to its end; empty where there is none."""
        if right is None:
            return ""
        alone = right.ends == "main_contract" and self.terms.ending.in_force_until == "last_data"
        return "main_contract_alone" if alone else right.ends

    def instant(self, key: str) -> datetime:
        return datetime.fromisoformat(self.data[key])
