"""What becomes of one notice, reckoned apart from the program: days counted one by one, and the answers that stand.

It knows one customer who speaks with one voice, and terms that say an objection, a consent, information or a right to
end, with a period or without one.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

Kind = Literal["objection", "consent", "information", "termination_right"]
DAY: Final = timedelta(days=1)
OWN: Final = 30
"""Days that a processor waits by itself where the text has no number (P7)."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the terms say; `period` as `("days", 14)`, None without one. `is_free` knows the calendar's free days, and
    `is_equated` those that are worked on and end no period (Good Friday in the Netherlands)."""

    kind: Kind
    period: tuple[Literal["hours", "days", "weeks", "working_days"], int] | None
    zone: str
    moves: bool
    is_free: Callable[[date], bool]
    is_equated: Callable[[date], bool]

    def local(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()

    def midnight_after(self, day: date) -> datetime:
        return datetime.combine(day + DAY, time(), ZoneInfo(self.zone)).astimezone(ZoneInfo("UTC"))

    def closes(self, at: datetime) -> datetime | None:
        """When a period from `at` is over."""
        if self.period is None:
            return None
        unit, number = self.period
        if unit == "hours":
            return at + timedelta(hours=number)
        day = self.local(at)
        if unit == "working_days":
            while number:
                day += DAY
                number -= 0 if day.weekday() > 4 or self.is_free(day) else 1
        else:
            day += number * (7 if unit == "weeks" else 1) * DAY
        return self.midnight_after(self.next_open(day) if self.moves else day)

    def next_open(self, day: date) -> date:
        while day.weekday() > 4 or self.is_free(day) or self.is_equated(day):
            day += DAY
        return day

    def own(self, at: datetime) -> datetime:
        return self.midnight_after(self.local(at) + OWN * DAY)


class Model:
    """One notice, from its receipt."""

    def __init__(self, rules: Rules, received: datetime, wished: date | None) -> None:
        self.rules = rules
        self.wished = rules.midnight_after(wished - DAY) if wished is not None else received
        self.outages: list[tuple[datetime, datetime]] = []
        self.upheld = False
        self.receive(received)

    def receive(self, at: datetime) -> None:
        """It counts as told anew, and nobody has answered."""
        self.received = at
        self.first = self.rules.closes(at)
        self.stands: str | None = None
        self.said = False
        self.since: datetime | None = None
        """From when a consent lets it begin, which is never before it was entered."""
        self.kept: datetime | None = None
        """Since when it works in spite of an objection that came afterwards (P7)."""

    def closes(self, now: datetime | None = None) -> datetime | None:
        """When the window is over, held open for outages on its last day (P3); as far as that is told by now, for an
        end is moved when it comes."""
        end = self.first
        while end is not None and (now is None or end <= now):
            day = self.rules.local(end - timedelta(microseconds=1))
            begins, ends = self.rules.midnight_after(day - DAY), self.rules.midnight_after(day)
            back = [until for since, until in self.outages if since < ends and until > begins and since < end]
            if not back:
                return end
            end = self.rules.midnight_after(self.rules.next_open(self.rules.local(max(back)) + DAY))
        return end

    def begins(self) -> datetime | None:
        """When it begins if nobody says any more."""
        if self.upheld or self.stands in ("object", "refuse"):
            return self.kept
        match self.rules.kind:
            case "consent":
                return max(self.since, self.wished) if self.since is not None else None
            case "information":
                return max(self.received, self.wished)
            case _:
                return max(self.closes() or self.rules.own(self.received), self.wished)

    def engaged(self, now: datetime) -> bool:
        begins = self.begins()
        return begins is not None and begins <= now

    def state(self, now: datetime) -> str:
        if self.upheld:
            return "upheld"
        if self.stands is not None:
            return {"object": "objected", "refuse": "refused", "consent": "consented"}[self.stands]
        end = self.closes() if self.rules.kind in ("objection", "termination_right") else None
        return "lapsed" if end is not None and end <= now else "open"

    def may(self, answer: str) -> bool:
        """Whether the state knows this answer."""
        if self.upheld:
            return False
        if self.rules.kind == "objection":
            return answer == "object" or (answer == "take-back" and self.stands == "object")
        if self.rules.kind == "consent":
            return answer in ("consent", "refuse") or (answer == "take-back" and self.stands is not None)
        return False

    def hear(self, answer: str, received: datetime, now: datetime) -> None:
        """An answer that was received then, and is entered now."""
        self.said = True
        end = self.closes() if self.rules.kind == "objection" else None
        before = self.begins()
        works = before is not None and before <= min(now, received)
        match answer:
            case "object":
                if (end is not None and received >= end) or self.stands == "object":
                    return
                self.kept = before if works and end is None else None
                self.stands = "object"
            case "consent":
                if self.stands != "consent":
                    self.stands, self.since = "consent", now
            case "refuse" | "take-back":
                if self.stands == "consent" and works:
                    return  # it works, and no consent is taken back after that (P9)
                self.since = self.kept = None
                self.stands = "refuse" if answer == "refuse" else None
