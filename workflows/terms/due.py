"""When a rule of an agreement is due: pure, with every step of the reasoning."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from workflows.errors import BadInput, Problem
from workflows.terms.absent import of_right, why_absent
from workflows.terms.arising import right_rule
from workflows.terms.counting import ARRIVALS, calendar_of_rule
from workflows.terms.law import law_rules, rule_of, under_each
from workflows.terms.model import Due, Party, ReadAs, Rule, Terms
from workflows.terms.names import (
    INSTANT_FACTS,
    KIND_FACT,
    NOTICE,
    OBJECTION_RIGHT,
    OF_KIND,
    PLAIN,
    RULES,
    UNIT_FACTS,
    WAITING,
    did_you_mean,
    rule_name,
)
from workflows.terms.own import own_or_other
from workflows.terms.phrases import event_words
from workflows.time import (
    Calendar,
    Counted,
    Period,
    Span,
    count,
    due_at_once,
    local_day,
    parse_instant,
    parse_period,
    start_of_day,
    wait,
    when_over,
)
from workflows.time.words import say_day, say_utc
from workflows.words import SOURCE

_WHOLE_DAYS: Final[frozenset[str]] = frozenset(
    ("end", "cancellation", "record", "erasure", "last_audit", "signature", "notice_of_ending", "year_end")
)
"""Events that may be a day as a whole, from which hours run too."""
PROTECTIVE: Final = "the last day moves off free days, which is the program's protective reading and no clause (I-05)"
UNSAID_KIND: Final = (
    "The agreement counts by the kind of breach, and nobody has said of which kind this one is: of its clocks the one "
    "that is over first counts."
)
_NOTHING: Final[Mapping[str, object]] = {}


class Reckoned(msgspec.Struct, frozen=True):
    """A due instant with the counts that led to it, the last one's end its own: what a picture is drawn from."""

    due: Due
    counts: tuple[Counted, ...]
    calendar: Calendar


def due(terms: Terms, rule: str, at: datetime | date, facts: Mapping[str, object] = _NOTHING) -> Due:
    """Compute when `rule` is due, counted from its event at `at` (aware instant, or a whole local day).

    `facts` hold what the agreement leaves blank (ISO 8601 periods, by field name) and may hold
    `cancelled_at`, `discovered_at`, `informed_at`, `controller_received_at` (RFC 3339, a date, or the
    Python types). Where the agreement gives no number `due_at` is None and the steps say so; a clock that the
    file does not have may be that of the law which it names.
    Raises BadInput for an unknown rule or fact, a missing fact, a naive instant, or a date where the
    period runs from an instant.
    """
    return reckon(terms, rule, at, facts).due


def due_again(terms: Terms, rule: str, at: datetime, facts: Mapping[str, object]) -> Due:
    """The same as `due`, for what is asked of many agreements at one instant (UTC): the latest answers are kept."""
    if not all(isinstance(one, str) for one in facts.values()):
        return due(terms, rule, at, facts)
    return _kept_due(terms, rule, at, tuple(facts.items()))


@lru_cache(maxsize=512)
def _kept_due(terms: Terms, rule: str, at: datetime, facts: tuple[tuple[str, object], ...]) -> Due:
    return due(terms, rule, at, dict(facts))


def reckon(terms: Terms, rule: str, at: datetime | date, facts: Mapping[str, object] = _NOTHING) -> Reckoned:
    """The same with the counts that led to it; none where there is no date."""
    unused = _check_facts(terms, facts)
    if len(each := under_each(terms, rule)) > 1:
        return _earliest(tuple(reckon(one, rule, at, facts) for one in each), [one.law for one in each])
    if rule == NOTICE and (said := kind_said(terms, facts)) != PLAIN and kinds_of(terms):
        return reckon(terms, f"{OF_KIND}{said}", at, facts) if said else _shortest(terms, at, facts)
    spec = right_rule(terms) if rule == OBJECTION_RIGHT else rule_of(terms, rule)
    agreed = rule in terms.rules or rule == OBJECTION_RIGHT
    calendar = calendar_of_rule(terms, rule)
    if spec is None:
        return Reckoned(_absent(terms, rule, calendar), (), calendar)
    chain = _followed(terms, rule, spec)
    clock = chain[-1][1]
    length, came_from = _length(terms, clock, facts)
    steps = [f"{rule} rests on {spec.clause} and runs from {event_words(clock, 'en')}{came_from}."]
    steps += [
        f"It follows {name} ({followed.clause}) and is due with it, moving as that moves (I-06)."
        for name, followed in chain[1:]
    ]
    steps += unused
    waits = chain[-1][0] in WAITING or clock.minimum
    begun, before = _begun(terms, rule, clock, at, facts, steps)
    counted = _counted(terms, clock, length, begun, calendar, waits=waits) if begun is not None else None
    begins = counted is not None and spec.party == "processor" and clock.party == "controller"
    if begun is None:
        steps.append("Where that has no date this one has none, and none is made up.")
    elif counted is None:
        steps.append(f"The agreement gives no number here, and none is made up.{_sentence(clock.note)}")
    else:
        steps += counted.steps
        if clock.earlier_of_cancellation is not None:
            counted = _earlier(terms, clock, counted, facts, calendar, steps)
        _more_steps(terms, clock, length, facts, calendar, steps)
        if begins:
            soon = " and asks for it as soon as possible" if spec.target else ""
            steps.append(
                "What the processor does after that period may begin then and no earlier; "
                f"the agreement gives it no last instant{soon}."
            )
    own = agreed and spec.ends and (rule not in terms.rules or terms.rules[rule].ends)
    taken = _taken(terms, spec, agreed=agreed, protective=own and counted is not None and _protected(calendar, counted))
    readings = tuple(one.text for one in taken)
    steps += [f"Reading taken: {reading}." for reading in readings]
    found = Due(
        rule=rule,
        due_at=counted.due_at if counted else None,
        last_day=counted.last_day if counted else None,
        boundary="from" if begins else _boundary(spec, counted, follows=len(chain) > 1),
        clause=spec.clause,
        steps=tuple(steps),
        party=spec.party,
        reading="; ".join(readings),
        readings=taken,
        zone=terms.zone,
        calendar=calendar.version,
    )
    return Reckoned(found, (*before, counted) if counted else (), calendar)


def _taken(terms: Terms, spec: Rule, *, agreed: bool, protective: bool) -> tuple[ReadAs, ...]:
    """How the rule was read: as its file has it, or the program a law's, and what of the counting is nobody's word."""
    found = []
    if spec.reading:
        text, lang = own_or_other(terms, spec, "reading", SOURCE)
        found.append(ReadAs(text=text, lang=lang, by="file" if agreed else "program"))
    if protective:
        found.append(ReadAs(text=PROTECTIVE, lang=SOURCE, by="program"))
    return tuple(found)


def kinds_of(terms: Terms) -> tuple[str, ...]:
    """The kinds of breach that have a clock of their own."""
    return tuple(one.id for one in terms.breach.kinds) if terms.breach is not None else ()


def kind_said(terms: Terms, facts: Mapping[str, object]) -> str:
    """Of which kind a breach is; empty where nobody said so. Raises BadInput for one that these terms do not name."""
    said, known = facts.get(KIND_FACT, ""), (PLAIN, *kinds_of(terms))
    if said == "" or said in known:
        return str(said)
    hint = did_you_mean(str(said), known)
    raise _bad_fact(KIND_FACT, f"{str(said)[:60]!r} is no kind of breach here.{hint} Known: {', '.join(known)}")


def _shortest(terms: Terms, at: datetime | date, facts: Mapping[str, object]) -> Reckoned:
    """Of the clocks by kind the one that is over first, while nobody has said of which kind the breach is."""
    each = [reckon(terms, NOTICE, at, {**facts, KIND_FACT: one}) for one in (PLAIN, *kinds_of(terms))]
    dated = [one for one in each if one.due.due_at is not None]
    first = min(dated, key=lambda one: one.due.due_at or datetime.max) if dated else each[0]
    return replace(first, due=replace(first.due, steps=(UNSAID_KIND, *first.due.steps)))


def _earliest(found: tuple[Reckoned, ...], names: list[str]) -> Reckoned:
    """Of the clocks of several laws the one that is over first: which law the data fall under nobody has said."""
    dated = [one for one in found if one.due.due_at is not None]
    first = min(dated, key=lambda one: one.due.due_at or datetime.max) if dated else found[0]
    said = f"Several laws have a clock for this, as the data fall under them: {', '.join(names)}. The earliest counts."
    return replace(first, due=replace(first.due, steps=(said, *first.due.steps)))


def _protected(calendar: Calendar, counted: Counted) -> bool:
    """Whether the last day of an agreement's own period moved without a word of the agreement on how it is counted."""
    return not calendar.manner.ground and counted.last_day != counted.span.literal


def _boundary(spec: Rule, counted: Counted | None, *, follows: bool) -> Literal["exclusive", "inclusive", "from"]:
    """What a controller may do as long as another rule's time is waited for is in time until that is over."""
    if counted is None or (counted.boundary == "from" and follows and spec.party == "controller"):
        return "exclusive"
    return counted.boundary


def known_rules(terms: Terms) -> tuple[str, ...]:
    """Every rule id that can be asked of these terms: those of all agreements, and what this one has besides."""
    return tuple(dict.fromkeys((*RULES, OBJECTION_RIGHT, *terms.rules)))


def rules_here(terms: Terms) -> tuple[str, ...]:
    """The rule ids that these terms have an answer for: their own, those of their laws, and the right to end that an
    objection gives."""
    given = (OBJECTION_RIGHT,) if right_rule(terms) is not None else ()
    return (*terms.rules, *law_rules(terms), *given)


def _absent(terms: Terms, rule: str, calendar: Calendar) -> Due:
    name = rule_name(rule)
    party: Party | None = "controller" if rule == OBJECTION_RIGHT else name.party if name is not None else None
    if rule not in known_rules(terms) or party is None:
        known = rules_here(terms)
        hint = of_right(rule) or did_you_mean(rule, known) or did_you_mean(rule, known_rules(terms))
        raise BadInput(f"{terms.id} has no rule {rule[:80]!r}.{hint} Known: {', '.join(known)}.")
    clause, why = why_absent(terms, rule)
    return Due(
        rule=rule,
        due_at=None,
        last_day=None,
        boundary="exclusive",
        clause=clause,
        steps=(f"{why} So there is no date, and none is made up.",),
        party=party,
        reading="",
        zone=terms.zone,
        calendar=calendar.version,
    )


def clock_of(terms: Terms, rule: str) -> Rule:
    """The rule itself, or the one that it follows and whose clock is its own.

    Raises KeyError for a rule that the terms do not have.
    """
    return _followed(terms, rule, terms.rules[rule])[-1][1]


def _followed(terms: Terms, rule: str, spec: Rule) -> list[tuple[str, Rule]]:
    """The rule and those it follows, the one with the clock last; a loop is refused at loading."""
    chain = [(rule, spec)]
    while (follows := chain[-1][1].follows) is not None:
        chain.append((follows, terms.rules[follows]))
    return chain


def root_of(terms: Terms, name: str) -> Rule:
    """The rule with the event that `name` is found from, through every rule that it follows or runs after."""
    rule = terms.rules[name]
    while (before := rule.leads_to) is not None:
        rule = terms.rules[before]
    return rule


def _begun(
    terms: Terms, rule: str, clock: Rule, at: datetime | date, facts: Mapping[str, object], steps: list[str]
) -> tuple[datetime | date | None, tuple[Counted, ...]]:
    """What the period itself runs from: the event, the end of its year, or the end of another rule's time, which was
    counted before."""
    if clock.starts == "year_end":
        day = local_day(at, terms.zone) if isinstance(at, datetime) else at
        steps.append(f"The event lies on {say_day(day)}, and the period runs from the end of that calendar year.")
        return date(day.year, 12, 31), ()
    if clock.after is None:
        return at, ()
    before = reckon(terms, clock.after, at, facts)
    first = before.due
    steps += first.steps
    if first.due_at is None:
        return None, ()
    steps.append(f"From there the period of this rule runs, and it moves as {clock.after} moves (I-06).")
    return when_over(first.due_at, terms.zone), before.counts


@lru_cache(maxsize=1024)
def _period(text: str) -> Period:
    return parse_period(text)


def _length(terms: Terms, clock: Rule, facts: Mapping[str, object]) -> tuple[Period | None, str]:
    """The period of a clock and, in words, where it came from."""
    if clock.period is not None:
        length = _period(clock.period)
        return length, f", for {length.words('en')}"
    if clock.field is None:
        return None, ""
    value = facts.get(clock.field)
    if value is None:
        raise _bad_fact(
            clock.field,
            f"{terms.id} leaves {clock.field} blank ({clock.clause}): give it as a fact, such as {clock.field}=P30D",
        )
    if not isinstance(value, str):
        raise _bad_fact(clock.field, f"{clock.field} must be a period in quotes, such as P30D")
    try:
        length = _period(value)
    except BadInput as error:
        raise _bad_fact(clock.field, f"{clock.field}: {error.detail.rstrip('.')}") from None
    if length.count == 0:
        raise _bad_fact(clock.field, f"{clock.field}: {value} is no time at all: give a period, such as P30D")
    return length, f", for {length.words('en')}, which this agreement says where the terms are blank"


def _counted(
    terms: Terms, clock: Rule, length: Period | None, at: datetime | date, calendar: Calendar, *, waits: bool
) -> Counted | None:
    if clock.immediately and waits:
        begun = due_at_once(at, zone=terms.zone)
        return replace(begun, boundary="from", steps=(begun.steps[0], "Nothing is waited for: from then on it may be."))
    if clock.immediately:
        return due_at_once(at, zone=terms.zone)
    if clock.calendar_year:
        return _next_year(at, terms.zone)
    if length is None:
        due_at_once(at, zone=terms.zone)  # an event outside time is wrong also where nothing is counted
        return None
    if length.unit == "hours" and not isinstance(at, datetime) and not _whole_day(clock):
        raise BadInput(
            f"{length.words('en')} run from an exact instant: give date, time and offset, "
            f"such as {at.isoformat()}T10:00:00Z, not the date alone."
        )
    arrival = clock.starts in ARRIVALS
    if waits:
        return wait(length, at, zone=terms.zone, calendar=calendar, arrival=arrival)
    return count(length, at, zone=terms.zone, calendar=calendar, party=clock.party, arrival=arrival)


def _whole_day(clock: Rule) -> bool:
    """Whether the event may be a day as a whole, from the end of which hours run too."""
    return clock.starts in _WHOLE_DAYS or clock.after is not None


def _next_year(at: datetime | date, zone: str) -> Counted:
    """Once per calendar year: the next one begins it anew (I-17)."""
    day = local_day(at, zone) if isinstance(at, datetime) else at
    begun = due_at_once(at, zone=zone)
    due_at = start_of_day(date(day.year + 1, 1, 1), zone)
    last_day = date(day.year, 12, 31)
    return Counted(
        due_at=due_at,
        last_day=last_day,
        boundary="exclusive",
        steps=(
            begun.steps[0],
            f"Once in a calendar year: {day.year} is used until {say_day(last_day)} is over, "
            f"and from {say_utc(due_at)} the next year's turn may be taken.",
        ),
        span=Span(None, begun.span.event_at, day, day, last_day),
    )


def _earlier(
    terms: Terms,
    clock: Rule,
    counted: Counted,
    facts: Mapping[str, object],
    calendar: Calendar,
    steps: list[str],
) -> Counted:
    """Bound a period by another one from the cancellation: the earlier of the two (I-11)."""
    length = _period(clock.earlier_of_cancellation or "")
    cancelled = _moment(facts, "cancelled_at", terms.zone)
    if cancelled is None:
        steps.append(
            f"Also bounded by {length.words('en')} after the cancellation takes effect; "
            "no cancelled_at is given, so that bound does not count yet."
        )
        return counted
    other = count(length, cancelled, zone=terms.zone, calendar=calendar, party=clock.party)
    steps.append(f"Also bounded by {length.words('en')} after the cancellation takes effect:")
    steps += other.steps
    earlier = min(counted, other, key=lambda end: end.due_at)
    which = "the record's own period" if earlier is counted else "the cancellation's"
    steps.append(f"The earlier of the two counts (I-11): {which}, last day {say_day(earlier.last_day)}.")
    return earlier


def _more_steps(
    terms: Terms,
    clock: Rule,
    length: Period | None,
    facts: Mapping[str, object],
    calendar: Calendar,
    steps: list[str],
) -> None:
    """What is shown beside the due instant and decides nothing."""
    if clock.shown_from and length is not None:
        moment = _moment(facts, clock.shown_from, terms.zone)
        if moment is not None:
            other = count(length, moment, zone=terms.zone, calendar=calendar, party=clock.party)
            steps.append(f"Shown beside it, {clock.shown_as}: {say_utc(other.due_at)}.")
    if clock.target:
        steps.append("The text also says as soon as possible: at once is the aim, this is the limit.")
    if clock.debatable:
        steps.append(
            "Debatable: other ways of counting give a later instant (the current hour left out, two working "
            "days as a minimum); the exact count is the earliest and the only safe one (I-13)."
        )
    if clock.note:
        steps.append(f"Note: {clock.note}.")


def _check_facts(terms: Terms, facts: Mapping[str, object]) -> list[str]:
    """Refuse a mistyped fact; tell of one that these terms do not leave open."""
    if not facts:
        return []
    declared = {field.name for field in terms.fields}
    steps = []
    for name in facts:
        if name in declared or name in INSTANT_FACTS or name in UNIT_FACTS or (name == KIND_FACT and kinds_of(terms)):
            continue
        if "." not in name:
            known = (*INSTANT_FACTS, *UNIT_FACTS, *((KIND_FACT,) if kinds_of(terms) else ()), *sorted(declared))
            raise _bad_fact(name, f"{name[:60]!r} is not a fact.{did_you_mean(name, known)} Known: {', '.join(known)}")
        steps.append(f"The fact {name[:60]} is not used: {terms.id} does not leave it open.")
    return steps


def _moment(facts: Mapping[str, object], name: str, zone: str) -> datetime | date | None:
    value = facts.get(name)
    if value is None or isinstance(value, date):  # a datetime is a date
        return value
    if not isinstance(value, str):
        raise _bad_fact(name, f"{name} must be an instant or a date in quotes, such as 2026-03-31")
    try:
        return parse_instant(value, zone)
    except BadInput as error:
        raise _bad_fact(name, f"{name}: {error.detail.rstrip('.')}") from None


def _bad_fact(name: str, message: str) -> BadInput:
    return BadInput(f"{message}.", (Problem(f"facts.{name[:80]}", message),))


def _sentence(note: str) -> str:
    return f" {note[:1].upper()}{note[1:]}." if note else ""
