"""The gate: may this subprocessor work for this agreement, in this country, now? No, unless a yes is on record.

The rows are read in one statement; `judge` is pure. It reads the change's own state beside the
notice's, since notices of a withdrawn change follow in chunks.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from db import clock
from db.queries import sql
from db.session import Connection
from workflows.agreement import AGREEMENT, in_force
from workflows.change import CHANGE
from workflows.engine import Engine
from workflows.entities import Agreement, Change, Engagement, Notice, Subprocessor
from workflows.errors import BadInput, NotFound, Problem
from workflows.notice import NOTICE, permits
from workflows.notice_guards import standing
from workflows.terms.countries import country_problem, in_region
from workflows.terms.model import Terms
from workflows.time import end_of_day, local_day, start_of_day
from workflows.time.words import say_day

Reason = Literal[
    "engaged",
    "not_in_force",
    "taken_back",
    "not_received",
    "unread_reply",
    "objected",
    "no_consent",
    "window_runs",
    "own_time_runs",
    "begins_later",
    "notice_over",
    "not_bound",
    "elsewhere",
    "ended",
    "not_told",
]


class Told(msgspec.Struct, frozen=True):
    """A notice about the subprocessor to this agreement, with its change, each with its state."""

    notice: Notice
    state: str
    change: Change
    change_state: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate knows. `engagements` latest first; `told` latest first; `now` UTC."""

    now: datetime
    agreement: Agreement
    state: str
    terms: Terms
    subprocessor: Subprocessor
    country: str
    engagements: tuple[Engagement, ...] = ()
    told: tuple[Told, ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`since` (UTC) is null unless allowed; `why` is for people, `reason` for programs."""

    allowed: bool
    since: datetime | None = None
    reason: Reason
    why: str
    clause: str | None = None
    notice_id: UUID | None = None
    change_id: UUID | None = None
    agreement_id: UUID
    subprocessor_id: UUID
    country: str
    asked_at: datetime


async def check(
    connection: Connection,
    engine: Engine,
    processors: Sequence[UUID],
    agreement: UUID,
    subprocessor: UUID,
    country: str | None = None,
) -> Verdict:
    """Ask the gate; `country` (ISO 3166-1 alpha-2) absent: the subprocessor's own.

    Raises NotFound for an id that is not one of `processors`', BadInput for what is no country.
    """
    if country is not None and (problem := country_problem(country)):
        raise BadInput(f"country: {problem}.", (Problem("country", problem),))
    row = await connection.fetchrow(sql("gate"), list(processors), agreement, subprocessor)
    assert row is not None
    for name, one in (("agreement", agreement), ("subprocessor", subprocessor)):
        if row[name] is None:
            raise NotFound(f"There is no {name} with the id {one}; look at the list for its id.")
    terms = await engine.terms(connection, [row["terms_version_id"]])
    decode = msgspec.json.decode
    worker = decode(row["subprocessor"], type=Subprocessor)
    return judge(
        Facts(
            now=await clock.now(connection),
            agreement=decode(row["agreement"], type=Agreement),
            state=row["state"],
            terms=terms[row["terms_version_id"]],
            subprocessor=worker,
            country=country or worker.country,
            engagements=tuple(decode(row["engagements"], type=list[Engagement])),
            told=tuple(decode(row["notices"], type=list[Told])),
        )
    )


def judge(f: Facts) -> Verdict:
    """Say yes only where every condition holds; the first that does not is the reason."""
    if why := _not_in_force(f):
        return _no(
            f,
            "not_in_force",
            why,
            clause=f.terms.ending.clause if f.agreement.ended_on else f.terms.entry.clause,
        )
    current = next(
        (e for e in f.engagements if e.country == f.country and _covers(e, f.now)),
        None,
    )
    if current is None:
        return _without(f)
    if current.basis == "signature":
        return _by_signature(f, current)
    told = next((one for one in f.told if one.notice.id == current.notice_id), None)
    if told is None:
        return _no(f, "not_told", "The notice on which the engagement should rest is not on record.")
    if not permits(told.state, told.notice.engaged_at) or not _announced(told):
        return _of_notice(f, told)
    if unread := _unread(f, told):
        return unread
    if unbound := _not_bound(f, told):
        return unbound
    return _yes(f, current, _on_which_yes(f, told), told)


def _covers(one: Engagement, now: datetime) -> bool:
    return one.since <= now and (one.until is None or one.until > now)


def _announced(told: Told) -> bool:
    return "announced" in CHANGE.states[told.change_state].tags


# --- no --------------------------------------------------------------------------------------------


def _not_in_force(f: Facts) -> str | None:
    a = f.agreement
    if in_force(f.state, f.terms.ending.in_force_until):
        last = _last_day(a)
        if a.ended_at is None and last is not None and end_of_day(last, f.terms.zone) <= f.now:
            return f"The agreement is not in force any more: its last day was {say_day(last)} ({f.terms.ending.clause})."
        return None
    if a.ended_on is not None:
        return f"The agreement is not in force any more: its last day was {say_day(a.ended_on)} ({f.terms.ending.clause})."
    meaning = AGREEMENT.states[f.state].meaning
    starts = min((one.starts_on for one in a.main_contracts), default=None)
    ahead = starts is not None and start_of_day(starts, f.terms.zone) > f.now
    day = f" Its main contract starts on {say_day(starts)}." if ahead and starts is not None else ""
    return f"The agreement is not in force ({f.terms.entry.clause}): {_lower(meaning)}{day}"


def _last_day(a: Agreement) -> date | None:
    """The last day of the last main contract, or None while one goes on or renews."""
    days = [None if one.renews and not one.ending else one.ends_on for one in a.main_contracts]
    return None if None in days else max((day for day in days if day is not None), default=None)


def _without(f: Facts) -> Verdict:
    """No engagement covers this moment and place: say which kind of no it is."""
    open_ones = [one for one in f.told if "live" in NOTICE.states[one.state].tags and _announced(one)]
    here = [one for one in open_ones if (one.change.country or f.subprocessor.country) == f.country]
    if here:
        return _of_notice(f, here[0])
    elsewhere = next((e for e in f.engagements if _covers(e, f.now)), None)
    if elsewhere is not None:
        why = (
            f"{f.subprocessor.name} works for this agreement in {elsewhere.country} since "
            f"{_day(f, elsewhere.since)}, not in {f.country}: another place needs its own notice.{_region(f)}"
        )
        return _no(f, "elsewhere", why)
    if f.told:
        latest = f.told[0]
        ended = next((e for e in f.engagements if e.until is not None and e.until <= f.now), None)
        if ended is None or latest.notice.engaged_at is None:
            return _of_notice(f, latest)
    if f.engagements:
        last = f.engagements[0]
        if last.until is not None:
            why = (
                f"{f.subprocessor.name} worked for this agreement in {last.country} until "
                f"{_day(f, last.until)}: {last.ended_why or 'it ended'}."
            )
            return _no(f, "ended", why)
        why = f"The engagement of {f.subprocessor.name} begins on {_day(f, last.since)}."
        return _no(f, "begins_later", why)
    why = (
        f"The customer was never told of {f.subprocessor.name}, and the agreement does not list it "
        f"({f.terms.subprocessors.clause}).{_region(f)}"
    )
    return _no(f, "not_told", why, clause=f.terms.subprocessors.clause)


def _of_notice(f: Facts, told: Told) -> Verdict:
    """What stands between this notice and a yes."""
    n, tags = told.notice, NOTICE.states[told.state].tags
    name = f.subprocessor.name
    if not _announced(told):
        why = f"The change that would bring {name} no longer goes on: {_lower(CHANGE.states[told.change_state].meaning)}"
        return _no(f, "taken_back", why, told)
    if "held" in tags:
        said = standing(n.answers, "object")
        on = f" on {_day(f, said[-1].received_at)}" if said else ""
        why = f"The customer objected{on} ({n.clause}), and that is not settled: nothing is engaged for it until then."
        return _no(f, "objected", why, told)
    if "live" not in tags:
        return _no(f, "notice_over", f"{_over(n)} {NOTICE.states[told.state].meaning}", told)
    if n.received_at is None:
        return _no(
            f,
            "not_received",
            f"The customer has not received the notice ({n.clause}): {_lower(NOTICE.states[told.state].meaning)}",
            told,
        )
    if unread := _unread(f, told):
        return unread
    if n.rule == "consent" and n.engages_at is None:
        why = (
            f"{n.clause} asks for the customer's prior consent in {f.country}"
            f"{' in writing' if n.form == 'written' else ''}: {_lower(_consent(f, told))}"
        )
        return _no(f, "no_consent", why, told)
    if n.closes_at is not None and n.closes_at > f.now:
        until = say_day(n.last_day) if n.last_day is not None else _day(f, n.closes_at)
        why = f"The customer may still answer until the end of {until} ({n.clause}, {f.terms.zone}): the window runs."
        return _no(f, "window_runs", why, told)
    if n.proceeds_at is not None and n.proceeds_at > f.now:
        why = (
            f"{n.clause} gives no period, and the processor's own time before it engages anybody runs "
            f"until {_day(f, n.proceeds_at)}."
        )
        return _no(f, "own_time_runs", why, told)
    if n.engages_at is not None:
        why = f"Nothing stands against it any more ({n.clause}), but the engagement begins on {_day(f, n.engages_at)}."
        return _no(f, "begins_later", why, told)
    return _no(
        f,
        "notice_over",
        f"No yes is on record ({n.clause}): {_lower(NOTICE.states[told.state].meaning)}",
        told,
    )


def _consent(f: Facts, told: Told) -> str:
    refusals = standing(told.notice.answers, "refuse")
    if refusals:
        return f"It was refused on {_day(f, refusals[-1].received_at)}, and the customer may still change its mind."
    return "None is on record, and silence is none."


def _over(n: Notice) -> str:
    return f"The notice of this change is closed ({n.clause})."


def _unread(f: Facts, told: Told) -> Verdict | None:
    waiting = [one for one in told.notice.replies if one.classified_as is None]
    if not waiting:
        return None
    why = (
        f"A message that came in on {_day(f, waiting[0].received_at)} about this notice has not been read: "
        "a person has to say what it is first."
    )
    return _no(f, "unread_reply", why, told)


def _not_bound(f: Facts, told: Told) -> Verdict | None:
    bound, clause = f.subprocessor.bound_on, f.terms.subprocessors.binding_clause or "GDPR art. 28(4)"
    if bound is not None and bound <= local_day(f.now, f.terms.zone):
        return None
    when = (
        f"is bound only from {say_day(bound)}" if bound is not None else "has no date on which it was bound"
    )
    why = (
        f"{f.subprocessor.name} {when} to the same duties, and must be before data go to it ({clause}): "
        "record it in `bound_on`."
    )
    return _no(f, "not_bound", why, told, clause=clause)


def _region(f: Facts) -> str:
    region = f.terms.subprocessors.region
    if region is None or in_region(f.country, region.inside):
        return ""
    needs = "is refused" if region.outside == "refuse" else "needs prior consent"
    return f" {f.country} lies outside {', '.join(region.inside)}, which {needs} ({region.clause})."


# --- yes -------------------------------------------------------------------------------------------


def _by_signature(f: Facts, current: Engagement) -> Verdict:
    entry = next(
        (
            one
            for one in f.terms.subprocessors.register
            if f.subprocessor.name.casefold() in {name.casefold() for name in (one.name, *one.aliases)}
        ),
        None,
    )
    clause = entry.clause if entry is not None else f.terms.entry.clause
    why = (
        f"{f.subprocessor.name} stands on the agreement's own list ({clause}) and works for it in {f.country} "
        f"since {_day(f, current.since)}."
    )
    if f.subprocessor.bound_on is None:
        bound = f.terms.subprocessors.binding_clause or "GDPR art. 28(4)"
        why += f" No date on which it was bound to the same duties is recorded ({bound})."
    return _yes(f, current, why, None, clause)


def _on_which_yes(f: Facts, told: Told) -> str:
    n = told.notice
    since = _day(f, n.engaged_at) if n.engaged_at is not None else "now"
    works = f"{f.subprocessor.name} works for this agreement in {f.country} since {since}."
    if n.rule == "consent":
        given = standing(n.answers, "consent")
        on = f" on {_day(f, given[-1].received_at)}" if given else ""
        return f"The customer consented{on} ({n.clause}). {works}"
    if n.engage_not_before is not None:
        clause = f.terms.subprocessors.overruling.clause
        return f"The objection was overruled ({clause}), not before {say_day(n.engage_not_before)}. {works}"
    if n.closes_at is not None:
        last = say_day(n.last_day) if n.last_day is not None else _day(f, n.closes_at)
        return f"No objection stood when the window closed at the end of {last} ({n.clause}). {works}"
    if n.proceeds_at is not None:
        return f"{n.clause} gives no period; the processor's own time ran until {_day(f, n.proceeds_at)}. {works}"
    received = _day(f, n.received_at) if n.received_at is not None else "before"
    return f"The customer was told on {received} ({n.clause}). {works}"


def _yes(f: Facts, current: Engagement, why: str, told: Told | None, clause: str | None = None) -> Verdict:
    return Verdict(
        allowed=True,
        since=current.since,
        reason="engaged",
        why=why,
        clause=clause or (told.notice.clause if told is not None else None),
        notice_id=current.notice_id,
        change_id=current.change_id,
        agreement_id=f.agreement.id,
        subprocessor_id=f.subprocessor.id,
        country=f.country,
        asked_at=f.now,
    )


def _no(f: Facts, reason: Reason, why: str, told: Told | None = None, clause: str | None = None) -> Verdict:
    return Verdict(
        allowed=False,
        reason=reason,
        why=why,
        clause=clause or (told.notice.clause if told is not None else None),
        notice_id=told.notice.id if told is not None else None,
        change_id=told.notice.change_id if told is not None else None,
        agreement_id=f.agreement.id,
        subprocessor_id=f.subprocessor.id,
        country=f.country,
        asked_at=f.now,
    )


def _day(f: Facts, instant: datetime) -> str:
    return say_day(local_day(instant, f.terms.zone))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
