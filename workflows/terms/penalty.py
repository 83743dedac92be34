"""The contractual penalty as of an instant: computed and shown, never collected."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, assert_never

import msgspec

from workflows.errors import BadInput, Problem
from workflows.terms.currencies import places
from workflows.terms.governing import penalty_words
from workflows.terms.model import Penalty, Terms
from workflows.terms.names import INSTANT_FACTS, PENALTIES, UNIT_FACTS, did_you_mean
from workflows.time.zones import check_instant

_BESIDE: Final = {
    "reserved": "Full damages are reserved beside it; what else follows is for the law that governs the agreement.",
    "replaced": "It stands in the place of damages; what else follows is for the law that governs the agreement.",
}
_CENTS: Final = 2
_HOUR: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)
_NOTHING: Final[Mapping[str, object]] = {}
_MOST_UNITS: Final = 1_000_000


class PenaltyDue(msgspec.Struct, frozen=True, kw_only=True):
    """What a party has forfeited as of an instant.

    Amounts are decimal strings with two places, more where the currency has more. `exposure` is what the reading
    worst for the processor gives (a started hour counted whole). `damages`: `reserved` beside the penalty, `replaced`
    by it, or `none` where the agreement sets no penalty.
    """

    rule: str
    amount: str
    exposure: str
    currency: str = "EUR"
    """ISO 4217."""
    clause: str
    reading: str
    damages: Literal["reserved", "replaced", "none"]
    due: datetime | None
    at: datetime
    steps: tuple[str, ...]


def penalty(
    terms: Terms,
    rule: str,
    due: datetime | None,
    at: datetime,
    facts: Mapping[str, object] = _NOTHING,
) -> PenaltyDue:
    """Compute the penalty as of `at` for what was due at `due` (both aware instants).

    A penalty for lateness needs `due`; one for each violation or engagement takes their number from the
    fact of that name (an int from 1, one where absent), and `due` is then the instant of the violation,
    if known. Without a penalty in the agreement the amount is 0.00.
    Raises BadInput for an unknown rule or fact, a naive instant, or a number that is none.
    """
    at = _utc(at, "at")
    due = _utc(due, "due") if due is not None else None
    _check_facts(facts)
    spec = terms.penalties.get(rule)
    if spec is None:
        return _none(terms, rule, due, at)
    match spec.per:
        case "lateness":
            if due is None:
                raise BadInput(
                    f"{rule} grows with lateness: give due, the instant by which it had to be done.",
                    (Problem("due", "is missing: write an instant such as 2026-03-02T10:00:00Z"),),
                )
            amount, exposure, steps = _lateness(rule, spec, due, at)
        case "violations" | "engagements":
            amount, exposure, steps = _units(rule, spec, spec.per, due, at, facts)
        case _:
            assert_never(spec.per)
    steps.append(_damages(terms, spec.damages))
    if spec.reading:
        steps.append(f"Reading taken: {spec.reading}.")
    shown = max(_CENTS, places(spec.money))
    return PenaltyDue(
        rule=rule,
        amount=f"{amount:.{shown}f}",
        exposure=f"{exposure:.{shown}f}",
        currency=spec.money,
        clause=spec.clause,
        reading=spec.reading,
        damages=spec.damages,
        due=due,
        at=at,
        steps=tuple(steps),
    )


def known_penalties(terms: Terms) -> tuple[str, ...]:
    """Every penalty id that can be asked of these terms."""
    return tuple(dict.fromkeys((*PENALTIES, *terms.penalties)))


def _none(terms: Terms, rule: str, due: datetime | None, at: datetime) -> PenaltyDue:
    known = known_penalties(terms)
    if rule not in known:
        raise BadInput(
            f"{terms.id} has no penalty {rule[:80]!r}.{did_you_mean(rule, known)} Known: {', '.join(known)}."
        )
    return PenaltyDue(
        rule=rule,
        amount="0.00",
        exposure="0.00",
        clause="",
        reading="",
        damages="none",
        due=due,
        at=at,
        steps=("The agreement sets no penalty here; damages follow the law.",),
    )


def _lateness(rule: str, spec: Penalty, due: datetime, at: datetime) -> tuple[Decimal, Decimal, list[str]]:
    """Base at once and so much an hour, by the terms' reading of a broken hour (I-12)."""
    late = at - due
    steps = [
        f"{rule} rests on {spec.clause}: due at {_iso(due)}, reckoned as of {_iso(at)}.",
    ]
    if late <= timedelta(0):
        steps.append("That is in time, as the very instant it is due still is: nothing is forfeited.")
        return Decimal(0), Decimal(0), steps
    base, rate = Decimal(spec.base), Decimal(spec.per_hour)
    completed = late // _HOUR
    started = -(-late // _HOUR)
    broken = Decimal(late // _SECOND) / 3600
    least = Decimal(1).scaleb(-places(spec.money))
    by_reading = {
        "completed": base + rate * completed,
        "started": base + rate * started,
        "pro_rata": (base + rate * broken).quantize(least, ROUND_HALF_UP),
    }
    sums = {one: _sum(found, spec.money) for one, found in by_reading.items()}
    steps += [
        f"It is late by {late} (hours, minutes, seconds of time that really passed): "
        f"{completed} completed and {started} started hours.",
        f"Completed hours: {base} + {completed} x {rate} = {sums['completed']} {spec.money}.",
        f"Started hours: {base} + {started} x {rate} = {sums['started']} {spec.money}, shown as exposure.",
        f"Pro rata to the second, rounded half up to the cent: {sums['pro_rata']} {spec.money}."
        if places(spec.money) == _CENTS
        else f"Pro rata to the second, rounded half up to {least} {spec.money}, the least that this currency has: "
        f"{sums['pro_rata']} {spec.money}.",
        f"Taken is the reading: {spec.hours.replace('_', ' ')}. Without a notice the sum keeps growing.",
    ]
    return by_reading[spec.hours], by_reading["started"], steps


def _units(
    rule: str,
    spec: Penalty,
    per: Literal["violations", "engagements"],
    due: datetime | None,
    at: datetime,
    facts: Mapping[str, object],
) -> tuple[Decimal, Decimal, list[str]]:
    """A sum for each violation or engagement, whatever time has passed since."""
    units = _number(facts, per)
    said = "" if facts.get(per) is not None else f" (no {per} given: one is taken)"
    steps = [f"{rule} rests on {spec.clause}: {spec.base} {spec.money} for each of the {per}."]
    if due is not None and at < due:
        steps.append(f"It happened at {_iso(due)}, after {_iso(at)}: nothing is forfeited yet.")
        return Decimal(0), Decimal(0), steps
    amount = Decimal(spec.base) * units
    total = _sum(amount, spec.money)
    steps.append(f"{units} x {spec.base} = {total} {spec.money}{said}; it does not grow with time.")
    return amount, amount, steps


def _sum(amount: Decimal, currency: str) -> str:
    """A sum with as many digits behind the point as its currency has."""
    return f"{amount:.{places(currency)}f}"


def _damages(terms: Terms, damages: Literal["reserved", "replaced"]) -> str:
    """What stands beside the penalty: by the law that the parties chose, where the program knows it."""
    return penalty_words(terms, damages) or _BESIDE[damages]


def _number(facts: Mapping[str, object], name: str) -> int:
    value = facts.get(name)
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_UNITS:
        message = f"{name} must be a whole number from 1 to {_MOST_UNITS}, such as {name}=2"
        raise BadInput(f"{message}.", (Problem(f"facts.{name}", message),))
    return value


def _check_facts(facts: Mapping[str, object]) -> None:
    for name in facts:
        if name not in UNIT_FACTS and name not in INSTANT_FACTS and "." not in name:
            raise BadInput(
                f"{name[:60]!r} is not a fact of a penalty.{did_you_mean(name, UNIT_FACTS)} "
                f"Known: {', '.join(UNIT_FACTS)}.",
                (Problem(f"facts.{name[:80]}", f"is not known: write one of {', '.join(UNIT_FACTS)}"),),
            )


def _utc(instant: datetime, name: str) -> datetime:
    if instant.tzinfo is None:
        raise BadInput(
            f"{name} needs its offset from UTC, such as 2026-03-02T10:00:00Z.",
            (Problem(name, "needs its offset from UTC"),),
        )
    return check_instant(instant)


def _iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
