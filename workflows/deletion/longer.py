"""Data that stay when the rest of an agreement's data go, because its terms give them a time of their own. Pure."""

from datetime import date
from typing import Final

from workflows.deletion.clocks import BACKUP, ERASURE, due_after
from workflows.model.agreement import Agreement
from workflows.names import name_key, name_keys
from workflows.terms.clauses import as_found
from workflows.terms.due import due
from workflows.terms.model import Retention, Terms
from workflows.terms.names import RETENTION
from workflows.terms.own import own_or_other
from workflows.terms.telling.quoting import quoted
from workflows.words import Language, said_in

PROCESSOR: Final = "processor"


def left_at_end(row: Retention, agreement: Agreement) -> bool:
    """Whether data of this row have a time of their own at the end of the agreement."""
    if row.while_running:
        return False
    if row.always or not row.service:
        return True
    if any(one.service == row.service and one.ended_at is not None for one in agreement.cancelled_services):
        return False
    return not agreement.services or name_key(row.service) in name_keys(agreement.services)


def kept_longer(terms: Terms, agreement: Agreement, last_day: date, holder: str = "") -> tuple[Retention, ...]:
    """The data that may, or must, be there still when the rest has to be gone, if that is the last day: kept for some
    time at least, due later than the rest, or without a last day. `holder`: only those that are held there."""
    return tuple(
        row
        for row in terms.retention
        if left_at_end(row, agreement) and _held(row, holder) and _outlasts(terms, agreement, row, last_day)
    )


def named(terms: Terms, rows: tuple[Retention, ...], lang: Language) -> str:
    """These data in a sentence, each with its clause."""
    told = (
        f"{quoted(*own_or_other(terms, row, 'text', lang), lang)} ({as_found(terms, row.clause, lang)})" for row in rows
    )
    *most, last = dict.fromkeys(told)
    return said_in(lang)("terms.and").join((", ".join(most), last)) if most else last


def _held(row: Retention, holder: str) -> bool:
    if holder in ("", PROCESSOR):
        return not holder or row.at_processor or not row.holders
    return name_key(holder) in name_keys(row.holders)


def _outlasts(terms: Terms, agreement: Agreement, row: Retention, last_day: date) -> bool:
    name = RETENTION + row.category
    rule = terms.rules[name]
    if rule.minimum:
        return True
    rest = due_after(terms, agreement, ERASURE, last_day)
    if name == BACKUP or rest is None or rest.due_at is None:
        return False  # backups go after the rest in any case, by a clock that runs from it
    if rule.field is not None and agreement.facts.get(rule.field) is None:
        return False
    own = due(terms, name, last_day, {**agreement.facts, "cancelled_at": last_day.isoformat()}).due_at
    return own is None or own > rest.due_at
