"""One notice's rows with the words for them: what every part of its page asks. Pure."""

from datetime import datetime
from typing import Final

from markupsafe import Markup

from service.pages.change_view import view_change
from service.pages.read import NoticePage
from service.pages.words import words_in
from workflows.model.notice import Right
from workflows.notice.table import NOTICE
from workflows.terms.model import TerminationRight
from workflows.terms.names import AMENDMENT
from workflows.time import local_day

OVERRULED: Final = "overruled.termination"
_GROUNDS: Final = {AMENDMENT: "amendment", OVERRULED: "overruled_objection"}


def endings(p: NoticePage) -> list[tuple[Right, TerminationRight | None]]:
    """The rights to end that the notice gives, with what the agreement says of each."""
    return [
        (right, next((one for one in p.terms.ending.rights if one.ground == _GROUNDS[right.rule]), None))
        for right in p.notice.rights
        if right.rule in _GROUNDS
    ]


class Base:
    """A notice, the words of its customer's language and the zone of its agreement."""

    def __init__(self, p: NoticePage) -> None:
        self.p = p
        self.w = words_in(p.customer.language)
        self.zone = p.terms.zone
        self.change = view_change(p, self.w)
        self.final = NOTICE.states[p.state].final
        self.actions = NOTICE.actions(p.state)

    def say(self, key: str, **blanks: object) -> Markup:
        """A sentence that may use what the change begins, and what stays without it."""
        return self.w(key, begins=self.change.begins, stays=self.change.stays, **blanks)

    def past(self, instant: datetime | None) -> bool:
        """Whether that last moment is over."""
        return instant is not None and self.p.now >= instant

    def day(self, instant: datetime) -> Markup:
        """The agreement's day of an instant."""
        return self.w.day_of(instant, self.zone)

    def last(self, instant: datetime) -> Markup:
        """A last moment, in the agreement's zone."""
        return self.w.last(instant, self.zone)

    def what(self, given: TerminationRight | None) -> Markup:
        """What a right to end brings to its end."""
        if given is None or given.ends == "agreement":
            return self.w("right.ends_agreement")
        alone = self.p.terms.ending.in_force_until == "last_data"
        return self.w("right.ends_main_contract_alone" if alone else "right.ends_main_contract")

    def wished(self) -> Markup | None:
        """The day that the processor wishes, while it is ahead (P13)."""
        day = self.p.change.effective_on
        return self.w.day(day) if day is not None and day > local_day(self.p.now, self.zone) else None

    def begun(self) -> list[Markup]:
        """That it began, where it did."""
        since = self.p.notice.engaged_at
        if since is None:
            return []
        name = self.p.subprocessor.name if self.p.subprocessor is not None else ""
        return [self.w(f"began.{self.p.change.kind}", name=name, day=self.day(since))]
