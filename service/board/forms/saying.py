"""What an action would do, in sentences. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from service.answers.deadline_text import deadline_text
from service.board.forms.words import FormWords
from service.foresight.told import (
    ActionForeseen,
    DeadlineForeseen,
    EngagementForeseen,
    EventForeseen,
    Foreseen,
    MailForeseen,
    RecordForeseen,
    TaskForeseen,
)
from service.wording import say_day
from workflows.agreement.table import AGREEMENT
from workflows.change.table import CHANGE
from workflows.task.table import TASK
from workflows.time import local_day

T = TypeVar("T")
NOT_BEFORE: Final = "engage_not_before"
"""What an event says of the first day on which something begins."""
FOLLOWED: Final = frozenset({"announcement", "breach", "change", "notice", "request"})
"""Kinds whose periods are followed to their ends: what happens if nobody answers or acts."""
_JUST: Final = timedelta(microseconds=1)
MOST: Final = 25
"""Lines of one part; the rest are counted."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what would happen: a heading, and its lines."""

    title: Markup
    lines: tuple[Markup, ...]
    none: Markup = Markup("")
    """What stands there where nothing does."""


class SaidAction(msgspec.Struct, frozen=True, kw_only=True):
    """All that would happen: where the subject would stand, where it is about one, and the parts that there are."""

    state: Markup
    parts: tuple[Part, ...]
    whole: bool


def told(
    w: FormWords,
    found: ActionForeseen | RecordForeseen,
    kind: str,
    before: str,
    zone: str,
    deed: str = "",
    typed_day: str = "",
) -> SaidAction:
    """Put it in words; `before` is where the subject stands, empty for one that begins; `deed` names the form,
    `typed_day` is the day from which it was said to begin."""
    say = _Saying(w, zone)
    no_mails = w("look.mails.none") if isinstance(found, ActionForeseen) else Markup("")
    parts = (
        Part(title=w("look.begins_from"), lines=say.beginnings(found, typed_day)),
        Part(title=w("look.moves"), lines=say.moves(found)),
        Part(title=w("look.mails"), lines=say.several(found.mails, say.mail), none=no_mails),
        Part(title=w("look.deadlines"), lines=say.deadlines(found.deadlines)),
        Part(title=w("look.engagements"), lines=say.several(found.engagements, say.engagement)),
        Part(title=w("look.tasks"), lines=say.several(found.tasks, say.task)),
    )
    shown = tuple(one for one in parts if one.lines or one.none)
    if isinstance(found, ActionForeseen):
        state = say.state(kind, before, found.state)
    else:
        own = f"look.record.{deed}"
        state = w("look.record_more") if shown else w(own if w.has(own) else "look.record")
    return SaidAction(state=state, parts=shown, whole=found.complete)


def last_day(kind: str, body: Mapping[str, Any]) -> date | None:
    """The last day that an action gives an agreement, or a service of it; what it does happens when that is over."""
    given = body.get("on") or body.get("effective_on") if kind == AGREEMENT.name else None
    return date.fromisoformat(given) if isinstance(given, str) else None


def wished_day(kind: str, subject: Mapping[str, Any], body: Mapping[str, Any]) -> date | None:
    """The day on which a change is wished to begin."""
    fields = body.get("fields") or {}
    given = fields.get("effective_on") or subject.get("effective_on") if kind == CHANGE.name else None
    return date.fromisoformat(given) if isinstance(given, str) else None


def told_later(
    w: FormWords, now: Foreseen, found: Foreseen, subject: UUID | None, day: date | None, until: datetime, zone: str
) -> SaidAction | None:
    """What follows by itself when that day is over, or else until then; None where nothing does. What was told of
    `now` is not told again."""
    say = _Saying(w, zone)
    own = [one for one in found.events if one.subject == subject and one.before is not None and one.before != one.after]
    deadlines = [one for one in found.deadlines if one not in now.deadlines]
    engagements = [one for one in found.engagements if one not in now.engagements]
    steps = tuple(
        w("look.state", before=w.state(one.subject_kind, one.before or ""), after=w.state(one.subject_kind, one.after))
        for one in own
    )
    parts = (
        Part(title=w("look.moves"), lines=(*steps, *say.moves(found, subject))),
        Part(title=w("look.mails"), lines=say.several(found.mails, say.mail)),
        Part(title=w("look.deadlines"), lines=say.deadlines(deadlines)),
        Part(title=w("look.engagements"), lines=say.several(engagements, say.engagement)),
        Part(title=w("look.tasks"), lines=say.several(found.tasks, say.task)),
    )
    shown = tuple(one for one in parts if one.lines)
    if not shown:
        return None
    last = local_day(until - _JUST, zone)
    state = w("look.later", day=say_day(day, w.lang)) if day is not None else w("look.next", day=say_day(last, w.lang))
    return SaidAction(state=state, parts=shown, whole=found.complete)


class _Saying:
    def __init__(self, w: FormWords, zone: str) -> None:
        self.w = w
        self.zone = zone

    def state(self, kind: str, before: str, after: str) -> Markup:
        if not before:
            return self.w("look.begins", state=self.w.state(kind, after))
        if before == after:
            return self.w("look.stays", state=self.w.state(kind, after))
        return self.w("look.state", before=self.w.state(kind, before), after=self.w.state(kind, after))

    def moves(self, found: Foreseen, own: UUID | None = None) -> tuple[Markup, ...]:
        """Which subjects other than its `own` would stand elsewhere, alike ones counted."""
        first = found.events[0].subject if found.events and isinstance(found, ActionForeseen) else own
        moved: dict[Markup, int] = {}
        for one in found.events:
            if one.before is None or one.before == one.after or one.subject == first:
                continue
            if one.subject_kind == TASK.name:  # told by what they ask, in a part of their own
                continue
            after = self.w.state(one.subject_kind, one.after)
            before = self.w.state(one.subject_kind, one.before)
            line = self.about(one, self.w("look.move", before=before, after=after))
            moved[line] = moved.get(line, 0) + 1
        return self.several(tuple(moved), lambda line: line)

    def beginnings(self, found: ActionForeseen | RecordForeseen, typed_day: str) -> tuple[Markup, ...]:
        """From which day it would begin, as customers are told; and that this is not the day that was entered."""
        days = [str(one.data[NOT_BEFORE]) for one in found.events if one.data.get(NOT_BEFORE)]
        lines = []
        for day in days:
            said = self.w.day(date.fromisoformat(day))
            if typed_day and typed_day != day:
                wanted = self.w.day(date.fromisoformat(typed_day))
                lines.append(self.w("look.begins_later", day=said, wanted=wanted))
            else:
                lines.append(self.w("look.begins_day", day=said))
        return tuple(lines)

    def mail(self, one: MailForeseen) -> Markup:
        said = {"to": one.to, "language": self.w(f"choice.language.{one.language}")}
        if one.customer_name is None:
            return self.w("look.mail", **said)
        return self.w("look.mail.customer", customer=self.whom(one), **said)

    def deadline(self, one: DeadlineForeseen) -> Markup:
        last = self.w.last(one.due_at, one.zone)
        text = deadline_text(one.rule, one.text, self.w.lang)
        own = f"look.deadline.{one.what}.{one.rule}"
        key = own if self.w.has(own) else f"look.deadline.{one.what}"
        return self.about(one, self.w(key, text=text, last=last))

    def engagement(self, one: EngagementForeseen) -> Markup:
        if one.until is None:
            return self.w("look.engagement.since", name=one.subprocessor_name, since=self.at(one.since))
        return self.w("look.engagement.until", name=one.subprocessor_name, until=self.at(one.until))

    def task(self, one: TaskForeseen) -> Markup:
        text = self.w.named(one.data.get(f"text_{self.w.lang}") or one.text)
        if one.what == "opened" and one.due_at is not None:
            said = self.w("look.task.opened_due", text=text, due=self.w.last(one.due_at, self.zone))
        else:
            said = self.w(f"look.task.{one.what}", text=text)
        return self.about(one, said)

    def at(self, instant: datetime) -> Markup:
        return self.w.at(instant, self.zone)

    def about(self, one: EventForeseen | DeadlineForeseen | TaskForeseen, what: Markup) -> Markup:
        return self.w("look.for", customer=self.whom(one), what=what) if one.customer_name else what

    def whom(self, one: EventForeseen | MailForeseen | DeadlineForeseen | TaskForeseen) -> Markup:
        """A customer with its contract: one may have several."""
        if not one.reference:
            return escape(one.customer_name or "")
        return self.w("option.agreement", customer=one.customer_name, reference=one.reference)

    def several(self, found: Sequence[T], say: Callable[[T], Markup]) -> tuple[Markup, ...]:
        lines = tuple(say(one) for one in found[:MOST])
        more = len(found) - len(lines)
        return (*lines, self.w("look.more", count=more)) if more > 0 else lines

    def deadlines(self, found: Sequence[DeadlineForeseen]) -> tuple[Markup, ...]:
        """Periods, each once: one of a deletion plan begins for each that holds the data."""
        alike = {(one.subject, one.what, one.rule, one.due_at): one for one in found}
        return self.several(tuple(alike.values()), self.deadline)
