"""How a deadline was counted, as a picture on a customer's page."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from service.pages.words import Words
from service.pictures.picture import Picture
from service.pictures.strip import strip, strip_of
from workflows.terms.again import event_in, recounted
from workflows.terms.model import Terms

MOST: Final = 12
"""So many strips at most on one page, which people on a train open too."""


def drawn(
    name: str,
    title: str,
    terms: Terms,
    rule: str,
    at: datetime | date | None,
    due_at: datetime,
    facts: Mapping[str, object],
    now: datetime,
    w: Words,
) -> Picture | None:
    """The strip of a deadline that stands; None where it cannot be said how it was counted."""
    found = recounted(terms, rule, at, due_at, facts)
    one = strip_of(title, found, now=now) if found is not None else None
    return strip(name, one, w.lang) if one is not None else None


def drawn_from_steps(
    name: str,
    title: str,
    terms: Terms,
    rule: str,
    steps: Sequence[str],
    due_at: datetime,
    facts: Mapping[str, object],
    now: datetime,
    w: Words,
) -> Picture | None:
    """The same for a deadline that is stored with its steps."""
    return drawn(name, title, terms, rule, event_in(steps, terms.zone), due_at, facts, now, w)
