"""Files as somebody exports them who moves in with all their customers: a row for each customer and its agreement."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from benchmarks.copies import name_of
from workflows.terms.model import Terms

_DRAFTS: Final = 50
_ENDED: Final = 100
"""One agreement in so many is a draft, or has ended."""
_HEADS: Final = (
    "customer", "customer_key", "country", "language", "contact_name", "contact_email", "contact_phone",
    "contact_roles", "agreement_key", "reference", "starts_on", "ends_on", "renews", "state",
)  # fmt: skip
_LANGUAGES: Final = ("nl", "nl", "nl", "en", "de", "fr")


def write_sheet(path: Path, terms: Terms, first: int, count: int, today: date) -> None:
    """A CSV file of `count` customers from number `first` on, with an agreement each under these terms."""
    facts = [one.name for one in terms.fields if one.kind == "duration"]
    with path.open("w", encoding="utf-8", newline="") as into:
        rows = csv.writer(into)
        rows.writerow((*_HEADS, *(f"fact:{one}" for one in facts)))
        for number in range(first, first + count):
            rows.writerow((*_row(number, today), *("P30D" for _ in facts)))


def _row(number: int, today: date) -> tuple[str, ...]:
    began = today - timedelta(days=400 + number % 900)
    ends, renews, state = began + timedelta(days=2000), "P1Y", "active"
    if number % _DRAFTS == 1:
        state = "draft"
    elif number % _ENDED == 2:
        ends, renews, state = today - timedelta(days=1 + number % 20), "", "terminated"
    return (
        name_of(number), f"K-{number:07}", "NL", _LANGUAGES[number % len(_LANGUAGES)], "Kim de Wit",
        f"kim@customer-{number}.example", "+31 10 1234567", "contract; privacy; security", f"A-{number:07}",
        f"M-{number:07}", began.isoformat(), ends.isoformat(), renews, state,
    )  # fmt: skip
