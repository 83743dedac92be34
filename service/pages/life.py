"""An agreement's life on its contact's own page: what happened, what runs and what comes. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

from markupsafe import Markup

from service.pages.change_view import headline_of
from service.pages.read import ContactPage, Held, Settled
from service.pages.sections.deadlines import Row
from service.pages.words import Words
from service.pictures.lanes import Happening, Lane, Window, lanes
from service.pictures.picture import Picture
from workflows.model.agreement import Agreement
from workflows.notice.fact_shapes import NoticeFacts
from workflows.terms.again import event_in
from workflows.terms.phrases import has_title, rule_title
from workflows.time import end_of_day

LIVES: Final = 6
"""The lives of so many agreements are drawn on one page, the first ones."""
_KEPT: Final = 40
"""So many notices of an agreement are in the picture, the newest."""


def view_life(
    p: ContactPage,
    held: Held,
    notices: Sequence[tuple[NoticeFacts, Settled | None]],
    deadlines: Sequence[Row],
    w: Words,
) -> Picture | None:
    """The lanes of one agreement; None before anything happened. `notices` are its own, the newest first,
    each with how it was settled."""
    agreement = held.agreement
    terms = p.terms[agreement.terms_version_id]
    own = Lane(name=w("life.agreement").unescape(), moments=tuple(_own(agreement, terms.zone, p.now, w)))
    told = Lane(
        name=w("life.notices").unescape(),
        moments=tuple(one for facts, settled in notices[:_KEPT] for one in _told(facts, settled, w)),
        windows=tuple(one for facts, settled in notices[:_KEPT] for one in _windows(facts, settled, w)),
    )
    other = Lane(
        name=w("life.deadlines").unescape(),
        moments=tuple(one for row in deadlines for one in _begins(row, p.now, w)),
        windows=tuple(one for row in deadlines for one in _deadline(row, w)),
    )
    all_ = [one for one in (own, told, other) if one.moments or one.windows]
    title = w("life.title", agreement=terms.title).unescape()
    return lanes(f"life-{agreement.id}", title, all_, p.now, terms.zone, w.lang) if all_ else None


def _own(agreement: Agreement, zone: str, now: datetime, w: Words) -> Iterator[Happening]:
    found = [(f"life.signed_{one.party}", one.at) for one in agreement.signatures]
    happened = (
        ("life.in_force", agreement.in_force_since),
        ("life.end_noticed", agreement.end_noticed_at),
        ("life.ended", agreement.ended_at),
        ("life.chosen", agreement.choice.received_at if agreement.choice is not None else None),
        ("life.deleted", agreement.deleted_at),
    )
    found += [(key, at) for key, at in happened if at is not None]
    for key, at in found:
        yield Happening(at, w(key).unescape(), "was" if at <= now else "foreseen")
    ends = _ends(agreement, zone)
    if agreement.ended_at is None and ends is not None and ends > now:
        yield Happening(ends, w("life.ends").unescape(), "foreseen")


def _ends(agreement: Agreement, zone: str) -> datetime | None:
    """When it ends as things stand; a contract that renews itself goes on."""
    if agreement.terminates_at is not None:
        return agreement.terminates_at
    last = [one.ends_on if one.ending or not one.renews else None for one in agreement.main_contracts]
    known: list[date] = [one for one in last if one is not None]
    return end_of_day(max(known), zone) if known and len(known) == len(last) else None


def _told(facts: NoticeFacts, settled: Settled | None, w: Words) -> Iterator[Happening]:
    headline = headline_of(w, facts)
    for key, at in (("life.sent", facts.sent_at), ("life.received", facts.received_at), ("life.begun", facts.begun_at)):
        if at is not None:
            yield Happening(at, _plain(w(key, headline=headline)))
    for one in facts.answers:
        answer = w(f"given.{one.answer.answer}")
        yield Happening(one.answer.received_at, _plain(w("life.answered", answer=answer, headline=headline)))
    if settled is not None:
        how = w(f"status.{settled.how}")
        yield Happening(settled.at, _plain(w("life.answered", answer=how, headline=headline)))


def _windows(facts: NoticeFacts, settled: Settled | None, w: Words) -> Iterator[Window]:
    """The periods of its rights; what was settled before one of them ended has ended it."""
    if facts.received_at is None:
        return
    over = settled.at if settled is not None else _answered_for_good(facts)
    for right in facts.rights:
        if right.closes_at is not None:
            yield Window(
                facts.received_at,
                right.closes_at if over is None else max(min(right.closes_at, over), facts.received_at),
                f"{rule_title(right.rule, w.lang)} ({_plain(headline_of(w, facts))})",
            )


def _answered_for_good(facts: NoticeFacts) -> datetime | None:
    """When the answer came after which nothing is decided any more."""
    return max((one.answer.received_at for one in facts.answers), default=None) if facts.final else None


def _deadline(row: Row, w: Words) -> Iterator[Window]:
    """A deadline that no notice set; where it does not say from when, it is not drawn."""
    begun = event_in(row.steps, row.zone)
    if row.kind is None and row.boundary != "from" and begun is not None and has_title(row.rule):
        opens = begun if isinstance(begun, datetime) else end_of_day(begun, row.zone)
        yield Window(opens, row.due_at, rule_title(row.rule, w.lang))


def _begins(row: Row, now: datetime, w: Words) -> Iterator[Happening]:
    """What may begin at an instant and has no last one: no period ends then."""
    if row.kind is None and row.boundary == "from" and has_title(row.rule):
        what = w("life.may_begin", what=rule_title(row.rule, w.lang))
        yield Happening(row.due_at, _plain(what), "was" if row.due_at <= now else "foreseen")


def _plain(text: Markup) -> str:
    return text.striptags() if "<" in text else text.unescape()
