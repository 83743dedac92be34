"""What is still to happen by when, on a contact's own page and as a calendar to subscribe to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from markupsafe import Markup

from service.calendar import FeedEntry
from service.pages.change_view import headline
from service.pages.counted import MOST, drawn_from_steps
from service.pages.read import ContactPage
from service.pages.sections.section import Section
from service.pages.words import Words
from service.pictures.picture import Picture
from workflows.terms.clauses import in_words
from workflows.terms.phrases import has_title, rule_title


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An open deadline, with the change behind it where a notice set it."""

    id: UUID
    subject_id: UUID
    rule: str
    key: str
    due_at: datetime
    last_day: date
    zone: str
    boundary: Literal["exclusive", "inclusive", "from"]
    party: Literal["controller", "processor"]
    clause: str
    steps: list[str]
    agreement_id: UUID
    terms_version_id: UUID
    overdue: bool
    references: list[str]
    kind: str | None
    name: str | None
    old: str | None


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline in words: what, whose turn it is, until when; `counted` as a picture."""

    title: str
    about: Markup | str
    who: Markup
    until: Markup
    overdue: bool
    counted: Picture | None


def deadline_rows(rows: Sequence[Any]) -> list[Row]:
    """The deadlines that the page has words for; those that the processor set itself are left out. What one holder and
    another has to do by one rule until one instant is a single line, for nothing there tells them apart."""
    found = [msgspec.convert({**row, "steps": msgspec.json.decode(row["steps"])}, Row) for row in rows]
    told = {(one.subject_id, one.rule, one.due_at): one for one in reversed(found) if has_title(one.rule)}
    return [one for one in found if told.get((one.subject_id, one.rule, one.due_at)) is one]


def _about(one: Row, w: Words) -> Markup | str:
    return headline(w, one.kind, one.name, one.old) if one.kind else ", ".join(one.references)


def _who(one: Row, w: Words) -> Markup:
    """Whose deadline it is; of what is never late, that it may happen from then on."""
    return w("deadlines.from" if one.boundary == "from" else f"deadlines.{one.party}")


def _view(p: ContactPage, rows: Sequence[Any], w: Words) -> tuple[Deadline, ...]:
    return tuple(
        Deadline(
            title=rule_title(one.rule, w.lang),
            about=_about(one, w),
            who=_who(one, w),
            until=w.last(one.due_at, one.zone) if one.boundary == "exclusive" else w.at(one.due_at, one.zone),
            overdue=one.overdue,
            counted=_counted(p, one, w) if place < MOST else None,
        )
        for place, one in enumerate(deadline_rows(rows))
    )


def _counted(p: ContactPage, one: Row, w: Words) -> Picture | None:
    agreement, terms = p.agreement_of.get(one.agreement_id), p.terms.get(one.terms_version_id)
    if agreement is None or terms is None:
        return None
    title = rule_title(one.rule, w.lang)
    return drawn_from_steps(
        f"counted-{one.id}", title, terms, one.rule, one.steps, one.due_at, agreement.facts, p.now, w
    )


def entries(p: ContactPage, w: Words) -> list[FeedEntry]:
    """The deadlines of the section as entries for a calendar program."""
    return [_entry(p, one, w) for one in deadline_rows(p.more[DEADLINES.name])]


def _entry(p: ContactPage, one: Row, w: Words) -> FeedEntry:
    about = Markup(_about(one, w)).unescape() if one.kind else str(_about(one, w))
    title = rule_title(one.rule, w.lang)
    who = _who(one, w).unescape()
    said = [who]
    terms = p.terms.get(one.terms_version_id)
    if terms is not None and (clause := in_words(terms, one.clause, w.lang)):
        said.append(w("page.clause", clause=clause).unescape())
    said.append(w("deadlines.where").unescape())
    return FeedEntry(
        id=one.id,
        subject=one.subject_id,
        rule=one.rule,
        key=one.key,
        due_at=one.due_at,
        last_day=one.last_day if one.boundary == "exclusive" else None,
        summary=f"{p.processor.name}: {title} ({about})" if about else f"{p.processor.name}: {title}",
        description=" ".join(f"{one.rstrip('.')}." for one in said),
    )


DEADLINES: Final = Section(name="deadlines", block="contact_deadlines", view=_view)
