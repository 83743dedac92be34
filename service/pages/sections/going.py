"""What has to go, on a contact's own page: each item of a plan and how it stands, what stays and why, and
subprocessors that left."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from markupsafe import Markup, escape

from service.pages.read import ContactPage, Held
from service.pages.sections.section import Section
from service.pages.words import Words
from workflows.deletion.hold_rules import ALL, holding, item_state, standing
from workflows.deletion.items import item_in_words
from workflows.model.agreement import Agreement
from workflows.model.change import Change
from workflows.model.deletion import Hold, PlanItem
from workflows.terms.model import Retention, Terms
from workflows.terms.own import own_or_other
from workflows.terms.telling.quoting import quoted

NAME: Final = "going"


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has to go: what, by when, and how that stands."""

    text: Markup
    until: Markup | None
    state: Markup


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of one agreement, with what stays and why."""

    title: str
    items: tuple[ItemView, ...]
    stays: tuple[Markup, ...]


class GoingView(msgspec.Struct, frozen=True, kw_only=True):
    plans: tuple[PlanView, ...]
    left: tuple[ItemView, ...]
    """Subprocessors that left, with their word that the data are gone."""


def view(p: ContactPage, rows: Sequence[Any], w: Words) -> GoingView | None:
    """The section on data that have to go; None while there are none."""
    plans = tuple(_plan(p, one, w) for one in p.agreements if one.agreement.plan)
    left = tuple(_left(p, row, w) for row in rows)
    return GoingView(plans=plans, left=left) if plans or left else None


def _plan(p: ContactPage, held: Held, w: Words) -> PlanView:
    agreement = held.agreement
    terms = p.terms[agreement.terms_version_id]
    return PlanView(
        title=terms.title,
        items=tuple(
            _item(
                one,
                item_state(agreement, one),
                _when(agreement, one, terms.zone, w),
                terms.zone,
                w,
            )
            for one in agreement.plan
        ),
        stays=tuple(_stays(one, terms, w) for one in standing(agreement)),
    )


def _when(agreement: Agreement, item: PlanItem, zone: str, w: Words) -> Markup | None:
    """By when it goes, or from when on where the agreement gives no last moment; nothing where it is held or done."""
    if item.done_at is not None or holding(agreement, item) is not None:
        return None
    if item.begins_at is not None:
        return w("going.begins", since=w.at(item.begins_at, zone))
    return w("going.until", until=w.last(item.due_at, zone)) if item.due_at is not None else None


def _item(item: PlanItem, state: str, when: Markup | None, zone: str, w: Words) -> ItemView:
    done = item.done_at
    return ItemView(
        text=w.marked(item_in_words(item, w.lang)),
        until=when,
        state=w(f"going.{state}", day=w.day_of(done, zone)) if done is not None else w(f"going.{state}"),
    )


def _stays(hold: Hold, terms: Terms, w: Words) -> Markup:
    known = {one.category: _named(one, terms, w) for one in terms.retention}
    everything = not hold.categories or ALL in hold.categories
    names = (known.get(one, escape(one)) for one in hold.categories)
    what = w("going.everything") if everything else Markup(", ").join(names)
    if hold.until is None:
        return w("going.stays", what=what, ground=hold.ground)
    return w("going.stays_until", what=what, ground=hold.ground, day=w.day(hold.until))


def _named(row: Retention, terms: Terms, w: Words) -> Markup:
    return w.marked(quoted(*own_or_other(terms, row, "text", w.lang), w.lang))


def _left(p: ContactPage, row: Any, w: Words) -> ItemView:
    change = msgspec.json.decode(row["change"], type=Change)
    item, zone = change.plan[0], p.processor.timezone
    day = w.day(change.ends_on) if change.ends_on is not None else ""
    done = item.done_at
    return ItemView(
        text=w("going.left", name=row["name"], day=day),
        until=w("going.until", until=w.last(item.due_at, zone)) if item.due_at is not None and done is None else None,
        state=w("going.left_done", day=w.day_of(done, zone)) if done is not None else w("going.left_asked"),
    )


GOING: Final = Section(name=NAME, block="left_of_customer", view=view)
