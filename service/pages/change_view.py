"""What a change is, in words: its headline, its facts, and what was beside what becomes. Pure."""

from datetime import date

import msgspec
from markupsafe import Markup, escape

from service.pages.words import Words
from workflows.model.change import AnnouncedSubprocessor
from workflows.notice.fact_shapes import NoticeFacts, NoticeRows, TextChange
from workflows.terms.differences import Difference, differences
from workflows.terms.model import Terms
from workflows.words import Spoken


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


def headline_of(w: Words, facts: NoticeFacts) -> Markup:
    """The headline of what was announced."""
    return headline(w, facts.kind, name_of(facts.text.subprocessor), name_of(facts.text.replaced))


def name_of(one: AnnouncedSubprocessor | None) -> str:
    """The name of a subprocessor as it was announced."""
    return one.name if one is not None else ""


def view_change(facts: NoticeFacts, rows: NoticeRows, texts: tuple[Terms, Terms] | None, w: Words) -> ChangeView:
    """The change of a notice; `texts` are the one that a new text was laid beside, and the new one."""
    name = name_of(facts.text.subprocessor)
    compared = _compared(facts, texts, w)
    return ChangeView(
        headline=headline_of(w, facts),
        begins=w(f"begins.{facts.kind}", name=name),
        stays=w(f"stays.{facts.kind}", name=name),
        facts=_facts(facts, rows, w, {one.label for one in compared}),
        compared=compared,
        amended=_amended(facts, rows.terms.zone, w),
    )


def _facts(facts: NoticeFacts, rows: NoticeRows, w: Words, told: set[Markup]) -> tuple[Fact, ...]:
    text, sub = facts.text, facts.text.subprocessor
    found: list[tuple[str, object]] = []
    if sub is not None:
        found += [
            ("name", _named(sub, w)),
            ("service", sub.service),
            ("country", w.announced_place(text, rows.terms.zone)),
            ("countries", _countries(sub, w)),
            ("address", sub.address),
            ("contact", sub.contact),
            ("categories", ", ".join(sub.categories)),
            ("transfer_basis", sub.transfer_basis),
        ]
    found += [
        ("version", text.to_version),
        ("reason", text.reason),
        ("services", ", ".join(text.services)),
        ("effective_on", w.day(text.effective_on) if text.effective_on is not None else None),
        ("agreement", rows.terms.title),
        ("references", ", ".join(one.reference for one in rows.agreement.main_contracts)),
    ]
    lines = (
        Fact(w(f"fact.{key}"), w.marked(value) if isinstance(value, Spoken) else escape(value))
        for key, value in found
        if value
    )
    return tuple(line for line in lines if line.label not in told)


def _typed(value: object, w: Words) -> Markup:
    """What the processor typed, marked with its language where the reader's lacks."""
    return w.marked(value) if isinstance(value, Spoken) else escape(value)


def _named(one: AnnouncedSubprocessor, w: Words) -> object:
    if not one.aliases:
        return one.name
    return Markup("{} ({})").format(one.name, w("notice.also_known", names=", ".join(one.aliases)))


def _countries(one: AnnouncedSubprocessor, w: Words) -> str:
    return ", ".join(w.country(code) for code in one.countries)


def _compared(facts: NoticeFacts, texts: tuple[Terms, Terms] | None, w: Words) -> tuple[Compared, ...]:
    text, sub, old = facts.text, facts.text.subprocessor, facts.text.replaced
    if facts.kind == "replace" and sub is not None and old is not None:
        return tuple(
            _line(w, key, was, new)
            for key, was, new in (
                ("name", _named(old, w), _named(sub, w)),
                ("service", old.service, sub.service),
                ("country", w.place(old.country), w.place(text.country)),
                ("address", _only(old.address, sub.address), _only(sub.address, old.address)),
            )
            if was or new
        )
    if facts.kind == "relocate" and sub is not None:
        return (_line(w, "country", w.place(text.from_country or sub.country), w.place(text.country)),)
    if facts.kind == "terms" and facts.version_now is not None:
        was = texts[0].version if texts is not None else facts.version_now
        return (_line(w, "version", was, text.to_version), *_new_text(texts, w))
    return ()


def _new_text(texts: tuple[Terms, Terms] | None, w: Words) -> tuple[Compared, ...]:
    """Everything that a new text says otherwise than the one it was laid beside."""
    if texts is None:
        return ()

    def readable(one: Difference, text: str) -> Markup:
        return escape(w.country(text)) if one.country else w.marked(text)

    found = differences(*texts, w.lang)
    return tuple(Compared(w.marked(one.label), readable(one, one.was), readable(one, one.becomes)) for one in found)


def _only(value: str | None, beside: str | None) -> str:
    """The value where the other side has one too; else empty."""
    return value if value and beside else ""


def _line(w: Words, key: str, was: object, new: object) -> Compared:
    return Compared(w(f"fact.{key}"), escape(was or ""), escape(new or ""))


def _amended(facts: NoticeFacts, zone: str, w: Words) -> Amended | None:
    """The last text in place of another (P17), beside the one that was told before it."""
    if facts.amended is None:
        return None
    return Amended(
        said=w("notice.amended", day=w.day_of(facts.amended.at, zone)),
        why=facts.amended.why,
        lines=tuple(_changed(one, w) for one in facts.amended.changes),
    )


def _changed(one: TextChange, w: Words) -> Compared:
    return _line(w, one.field, _say(one.field, one.was, w), _say(one.field, one.becomes, w))


def _say(field: str, value: str | date | tuple[str, ...] | None, w: Words) -> object:
    match value:
        case None:
            return ""
        case date():
            return w.day(value)
        case tuple():
            return ", ".join(w.country(one) if field == "countries" else one for one in value)
        case _:
            return w.country(value) if field == "country" else value
