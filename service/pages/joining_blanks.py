"""What terms leave blank, as a page for new customers has it filled in: the same for all who sign there. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
from markupsafe import Markup, escape

from service.pages.words import Words
from service.wording import say_country
from workflows.terms.clauses import as_found
from workflows.terms.counting import week_of
from workflows.terms.countries import groups
from workflows.terms.model import Field, Terms
from workflows.terms.own import own_or_other
from workflows.terms.phrases import rule_title
from workflows.terms.selected import places_in
from workflows.terms.telling.quoting import quoted
from workflows.time import parse_period
from workflows.words import said_in


class BlankView(msgspec.Struct, frozen=True):
    """What is left blank, with its clause, and what is said there."""

    label: Markup
    value: Markup


def blanks_of(terms: Terms, facts: Mapping[str, Any], w: Words) -> tuple[BlankView, ...]:
    """Those that were filled in, in the order of the terms."""
    return tuple(_views(terms, facts, w))


def _views(terms: Terms, facts: Mapping[str, Any], w: Words) -> Iterator[BlankView]:
    for one in terms.fields:
        value = facts.get(one.name)
        if value is not None:
            clause = f" ({as_found(terms, one.clause, w.lang)})" if one.clause else ""
            yield BlankView(_label(terms, one, w) + clause, _value(terms, one, value, w))


def _label(terms: Terms, one: Field, w: Words) -> Markup:
    title = rule_title(one.name, w.lang, unknown="")
    return escape(title) if title else w.marked(quoted(*own_or_other(terms, one, "text", w.lang), w.lang))


def _value(terms: Terms, one: Field, value: Any, w: Words) -> Markup:
    match one.kind:
        case "duration":
            return escape(parse_period(str(value)).words(w.lang, week_of(terms)))
        case "date":
            return w.day(date.fromisoformat(str(value)))
        case "places":
            said = said_in(w.lang)
            named = (said(f"group.{at}") if at in groups() else say_country(at, w.lang) for at in places_in(value))
            return escape(", ".join(named))
        case "text":
            return escape(str(value))
