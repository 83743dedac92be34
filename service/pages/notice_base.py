"""One notice's facts with the words for them: what every part of its page asks. Pure."""

from datetime import date, datetime

from markupsafe import Markup

from service.pages.change_view import name_of, view_change
from service.pages.read import NoticePage
from service.pages.words import words_in
from workflows.change.guards import PLACED
from workflows.notice.fact_shapes import RightFacts
from workflows.notice.facts import notice_facts
from workflows.terms.clauses import in_words
from workflows.time import local_day


class Base:
    """A notice's facts, the words of its customer's language and the zone of its agreement."""

    def __init__(self, p: NoticePage) -> None:
        self.p = p
        self.facts = notice_facts(p.rows)
        self.w = words_in(p.customer.language)
        self.zone = p.terms.zone
        self.change = view_change(self.facts, p.rows, p.texts_beside, self.w)

    def say(self, key: str, **blanks: object) -> Markup:
        """A sentence that may use what the change begins, and what stays without it."""
        return self.w(key, begins=self.change.begins, stays=self.change.stays, **blanks)

    def day(self, instant: datetime) -> Markup:
        """The agreement's day of an instant."""
        return self.w.day_of(instant, self.zone)

    def last(self, instant: datetime) -> Markup:
        """A last moment, in the agreement's zone."""
        return self.w.last(instant, self.zone)

    def clause(self, clause: str) -> str:
        """A clause as the reader of the agreement finds it."""
        return in_words(self.p.terms, clause, self.w.lang)

    def endings(self) -> tuple[RightFacts, ...]:
        """The rights to end that the notice gives."""
        return tuple(one for one in self.facts.rights if one.act == "terminate")

    def what(self, right: RightFacts) -> Markup:
        """What ends by a right to end: the agreement, or a part of it."""
        return self.w(f"right.ends_{right.ends}")

    def wished(self) -> Markup | None:
        """The day that the processor wishes, while it is ahead (P13)."""
        day = self.facts.wished_ahead
        return self.w.day(day) if day is not None else None

    def begun(self) -> list[Markup]:
        since = self.facts.begun_at
        if since is None:
            return []
        name, who = name_of(self.facts.text.subprocessor), self.p.rows.subprocessor
        today = local_day(self.p.now, self.zone)
        if self.facts.kind in PLACED and who is not None and not who.bound_by(today):
            return [self.w("began.unbound", name=name)]
        return [self.w(f"began.{self.facts.kind}", name=name, day=self.day(since))]

    def begins(self, dated: str, now: str) -> Markup:
        """The sentence of the earliest day: with it, or that nothing stands in the way."""
        if self.facts.starts.kind == "after_publication":
            return self.w("nothing.published_later")
        day: date | None = self.facts.starts.day if self.facts.starts.kind == "day" else None
        return self.say(dated, day=self.w.day(day)) if day is not None else self.say(now)
