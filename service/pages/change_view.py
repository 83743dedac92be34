"""What a change is, in words: its headline, its facts, and what was beside what becomes. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from markupsafe import Markup, escape

from service.pages.read import NoticePage, TextEvent
from service.pages.words import Words
from workflows.model.parties import Subprocessor
from workflows.terms.differences import Difference, differences

AMENDABLE = ("subprocessor_id", "replaces_id", "country", "to_version", "services", "reason", "effective_on")


class Fact(msgspec.Struct, frozen=True):
    """One line of what changes."""

    label: Markup
    value: Markup


class Compared(msgspec.Struct, frozen=True):
    """One line of what was, beside what becomes; either may be empty."""

    label: Markup
    was: Markup
    new: Markup


class Amended(msgspec.Struct, frozen=True, kw_only=True):
    """That the text was changed, why, and what in it."""

    said: Markup
    why: str
    lines: tuple[Compared, ...]


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """A change for a reader. `begins` and `stays` are clauses that sentences are made with."""

    headline: Markup
    begins: Markup
    stays: Markup
    facts: tuple[Fact, ...]
    compared: tuple[Compared, ...]
    amended: Amended | None


def headline(w: Words, kind: str, name: str | None, old: str | None) -> Markup:
    """`New subprocessor: X`."""
    return w(f"headline.{kind}", name=name or "", old=old or w("headline.another"))


def view_change(p: NoticePage, w: Words) -> ChangeView:
    """The change of a notice."""
    change = p.change
    name = p.subprocessor.name if p.subprocessor is not None else ""
    kind = change.kind
    compared = _compared(p, w)
    return ChangeView(
        headline=headline(w, kind, name, p.replaced.name if p.replaced is not None else None),
        begins=w(f"begins.{kind}", name=name),
        stays=w(f"stays.{kind}", name=name),
        facts=_facts(p, w, {one.label for one in compared}),
        compared=compared,
        amended=_amended(p, w),
    )


def _facts(p: NoticePage, w: Words, told: set[Markup]) -> tuple[Fact, ...]:
    change, sub = p.change, p.subprocessor
    found: list[tuple[str, object]] = []
    if sub is not None:
        name: object = sub.name
        if sub.aliases:
            name = Markup("{} ({})").format(sub.name, w("notice.also_known", names=", ".join(sub.aliases)))
        found += [
            ("name", name),
            ("service", sub.service),
            ("country", w.country(change.country or sub.country)),
            ("address", sub.address),
            ("contact", sub.contact),
            ("categories", ", ".join(sub.categories)),
            ("transfer_basis", sub.transfer_basis),
        ]
    found += [
        ("version", change.to_version),
        ("reason", change.reason),
        ("services", ", ".join(change.services)),
        ("effective_on", w.day(change.effective_on) if change.effective_on is not None else None),
        ("agreement", p.terms.title),
        ("references", ", ".join(one.reference for one in p.agreement.main_contracts)),
    ]
    facts = (Fact(w(f"fact.{key}"), escape(value)) for key, value in found if value)
    return tuple(fact for fact in facts if fact.label not in told)


def _compared(p: NoticePage, w: Words) -> tuple[Compared, ...]:
    change, sub, old = p.change, p.subprocessor, p.replaced
    if change.kind == "replace" and sub is not None and old is not None:
        return tuple(
            _line(w, key, was, new)
            for key, was, new in (
                ("name", old.name, sub.name),
                ("service", old.service, sub.service),
                ("country", w.country(old.country), w.country(change.country or sub.country)),
                ("address", _only(old, "address", sub), _only(sub, "address", old)),
            )
            if was or new
        )
    if change.kind == "relocate" and sub is not None:
        return (_line(w, "country", w.country(change.from_country or sub.country), w.country(change.country)),)
    if change.kind == "terms" and change.terms == p.agreement.terms:
        was = p.texts_beside[0].version if p.texts_beside is not None else p.agreement.terms_version
        return (_line(w, "version", was, change.to_version), *_new_text(p, w))
    return ()


def _new_text(p: NoticePage, w: Words) -> tuple[Compared, ...]:
    """Everything that a new text says otherwise than the one it was laid beside."""
    if p.texts_beside is None:
        return ()

    def said(one: Difference, text: str) -> Markup:
        return escape(w.country(text) if one.country else text)

    found = differences(*p.texts_beside, w.lang)
    return tuple(Compared(escape(one.label), said(one, one.was), said(one, one.becomes)) for one in found)


def _only(one: Subprocessor, field: str, other: Subprocessor) -> str:
    """A field worth comparing only where both say it."""
    value, beside = getattr(one, field), getattr(other, field)
    return value if value and beside else ""


def _line(w: Words, key: str, was: object, new: object) -> Compared:
    return Compared(w(f"fact.{key}"), escape(was or ""), escape(new or ""))


def _amended(p: NoticePage, w: Words) -> Amended | None:
    """The last text in place of another (P17), beside the one before it as far as events tell."""
    if p.notice.revision < 2 or not any(_in_substance(event) for event in p.texts):
        return None
    last = max(number for number, event in enumerate(p.texts) if _in_substance(event))
    before: dict[str, Any] = {}
    for event in p.texts[:last]:
        before |= _fields(event)
    event = p.texts[last]
    lines = tuple(
        _line(w, key, _say(p, w, key, before.get(key)), _say(p, w, key, value))
        for key, value in _fields(event).items()
        if key in AMENDABLE and value != before.get(key)
    )
    return Amended(
        said=w("notice.amended", day=w.day_of(event.at, p.terms.zone)),
        why=str(event.data.get("reason") or ""),
        lines=lines,
    )


def _in_substance(event: TextEvent) -> bool:
    return bool(event.data.get("substance"))


def _fields(event: TextEvent) -> Mapping[str, Any]:
    """What a text says: all of the first one, the amended fields of a later one."""
    fields = event.data.get("fields", event.data if event.type == "change.created" else {})
    return {key: value for key, value in fields.items() if value is not None}


def _say(p: NoticePage, w: Words, key: str, value: Any) -> object:
    match key:
        case _ if value is None:
            return ""
        case "country":
            return w.country(value)
        case "subprocessor_id" | "replaces_id":
            return p.names.get(value, "")
        case "effective_on":
            return w.day(date.fromisoformat(value))
        case "services":
            return ", ".join(value)
        case _:
            return value
