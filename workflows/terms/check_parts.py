"""Whether the beginning, the end, the blanks and the sums of a terms file make sense. Pure."""

import re
from typing import Final

from workflows.terms.currencies import CURRENCIES, has_cents
from workflows.terms.finding import Found, period_problems, unique
from workflows.terms.model import Penalty, Terms
from workflows.terms.names import CHOICE, did_you_mean
from workflows.terms.shape import key_path
from workflows.time import parse_period

_FIELD: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
_PENALTY: Final = re.compile(r"[a-z][a-z0-9_]*\.penalty")
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})\.[0-9]{2}")
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,2})?")


def parts(terms: Terms) -> Found:
    """What does not hold together in the beginning, the end, the blanks and the sums of a file."""
    yield from _entry(terms)
    yield from _survival(terms)
    yield from _end(terms)
    yield from _fields(terms)
    yield from _free(terms)
    for name, penalty in terms.penalties.items():
        yield from _penalty(name, penalty, key_path("penalties", name))


def _entry(terms: Terms) -> Found:
    if (terms.entry.event == "named_day") != bool(terms.entry.field):
        yield (
            "entry.field",
            'goes with event = "named_day" and names the field with that day: write both or neither',
        )
    elif terms.entry.field:
        field = next((one for one in terms.fields if one.name == terms.entry.field), None)
        if field is not None and field.kind != "date":
            yield (
                f"fields[{terms.fields.index(field)}].kind",
                f'is {field.kind!r}, and {terms.entry.field} says the day on which the agreement begins: write "date"',
            )
        elif field is None or not field.required:
            hint = did_you_mean(terms.entry.field, [one.name for one in terms.fields])
            yield (
                "entry.field",
                f"{terms.entry.field[:60]!r} is no required field of kind date: add it under [[fields]].{hint}",
            )


def _survival(terms: Terms) -> Found:
    for place, duty in enumerate(terms.ending.survives):
        if (duty.until == "period") != (duty.period is not None):
            yield f"ending.survives[{place}].period", 'goes with until = "period": write both or neither'
        elif duty.period is not None:
            yield from _days_period(duty.period, f"ending.survives[{place}].period")


def _end(terms: Terms) -> Found:
    end = terms.end
    if end.data != "choice" and end.without_choice != "unsaid":
        yield "end.without_choice", 'goes with data = "choice": leave it out where the customer chooses nothing'
        if end.without_choice_clause.strip():
            yield (
                "end.without_choice_clause",
                'goes with data = "choice": leave it out where the customer chooses nothing',
            )
    elif (end.without_choice != "unsaid") != bool(end.without_choice_clause.strip()):
        yield (
            "end.without_choice_clause",
            "goes with what happens without a choice: write both or neither",
        )
    choice = terms.rules.get(CHOICE)
    if end.data != "choice" and choice is not None and choice.ends:
        yield (
            key_path("rules", CHOICE),
            f"contradicts end.data = {end.data!r}, under which nothing is chosen: remove one of the two",
        )
        for name, rule in terms.rules.items():
            if rule.leads_to == CHOICE:
                key = "follows" if rule.follows is not None else "starts"
                yield (
                    f"{key_path('rules', name)}.{key}",
                    f'is by the rule "{CHOICE}", which goes with data = "choice": write the event from which it runs',
                )
    if end.erasure_asked and end.erasure_asked not in terms.rules:
        yield "end.erasure_asked", f"{end.erasure_asked!r} is no rule of this file: write that rule, or leave this out"
    if terms.end.declaration != bool(terms.end.declaration_clause.strip()):
        yield "end.declaration_clause", "goes with declaration = true: write both or neither"
    if (terms.end.cost not in ("", "unsaid")) != bool(terms.end.cost_clause.strip()):
        yield "end.cost_clause", "goes with a cost that the text names: write both or neither"
    yield from unique("end.holders", [holder.name for holder in terms.end.holders])


def _fields(terms: Terms) -> Found:
    for place, field in enumerate(terms.fields):
        if not _FIELD.fullmatch(field.name):
            yield (
                f"fields[{place}].name",
                f"{field.name[:60]!r} is no name of a field: write a rule id or another dotted name in small letters, "
                "such as backup.retention",
            )
    yield from unique("fields", [field.name for field in terms.fields])


def _free(terms: Terms) -> Found:
    for part, told in (("requests", terms.requests), ("audit", terms.audit)):
        free = told.free if told is not None else None
        if free is not None and not _NUMBER.fullmatch(free.amount):
            yield (
                f"{part}.free.amount",
                f'{free.amount[:20]!r} is no amount: write a number below a million in quotes, such as "5"',
            )
        elif free is not None and not float(free.amount):
            yield f"{part}.free.amount", "is nothing: leave the table out where no help is free"


def _penalty(name: str, penalty: Penalty, path: str) -> Found:
    if not _PENALTY.fullmatch(name):
        yield path, "is no name of a penalty: write one in small letters that ends in .penalty, such as breach.penalty"
    sound = True
    if penalty.money not in CURRENCIES:
        hint = did_you_mean(penalty.currency.upper(), CURRENCIES)
        yield (
            f"{path}.currency",
            f"{penalty.currency[:20]!r} is no currency: write its ISO 4217 code, such as NOK.{hint}",
        )
    for key, amount in (("base", penalty.base), ("per_hour", penalty.per_hour)):
        if not _AMOUNT.fullmatch(amount):
            sound = False
            wanted = "with two digits behind the point and at most nine before it"
            yield (
                f"{path}.{key}",
                f'{amount[:40]!r} is no amount: write {penalty.money} {wanted}, such as "2500.00"'
                if penalty.money in CURRENCIES
                else f'{amount[:40]!r} is no amount: write it {wanted}, such as "2500.00"',
            )
        elif penalty.money in CURRENCIES and not has_cents(penalty.money) and not amount.endswith(".00"):
            whole = amount.partition(".")[0]
            yield (
                f"{path}.{key}",
                f"{amount} has a fraction that {penalty.money} does not have: write a whole sum, such as {whole}.00",
            )
    if penalty.per != "lateness" and penalty.per_hour != "0.00":
        yield f"{path}.per_hour", f"goes with lateness and not with {penalty.per}: leave it out"
    if sound and penalty.base == penalty.per_hour == "0.00":
        yield f"{path}.base", "is missing: a penalty is a sum, write base or per_hour"


def _days_period(text: str, path: str) -> Found:
    """A period that is counted in days of the calendar or longer."""
    problems = list(period_problems(text, path))
    yield from problems
    if not problems and parse_period(text).unit in ("hours", "working_days"):
        yield path, f"{text} does not say a day: write days, weeks, months or years, such as P24M"
