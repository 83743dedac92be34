"""The gate: may this subprocessor work for this agreement, in this country, now? No without a yes on record.

It reads the change's own state beside the notice's, since notices of a withdrawn change follow in chunks. Pure.
"""

from uuid import UUID

from workflows.errors import BadInput, NotFound, Problem
from workflows.gate.refusals import left, not_bound, not_in_force, of_notice, suspended, unread, without
from workflows.gate.verdict import Facts, Told, Verdict, announced, covers, day, no, rests, until, where_said, yes
from workflows.model.parties import Engagement
from workflows.names import name_key, name_keys
from workflows.notice.guards import standing
from workflows.notice.table import permits
from workflows.terms.countries import country_problem
from workflows.terms.law import ground
from workflows.terms.names import CURE
from workflows.time.words import say_day


def check_place(country: str | None) -> None:
    """Raise BadInput for what is no country."""
    if country is not None and (problem := country_problem(country)):
        raise BadInput(f"country: {problem}.", (Problem("country", problem),))


def unknown(name: str, id: UUID) -> NotFound:
    """That this processor has no such agreement or subprocessor."""
    return NotFound(f"There is no {name} with the id {id}; look at the list for its id.")


def judge(f: Facts) -> Verdict:
    """Say yes only where every condition holds; the first that does not is the reason."""
    if why := not_in_force(f):
        return no(
            f,
            "not_in_force",
            why,
            clause=f.terms.ending.clause if f.agreement.ended_on else f.terms.entry.clause,
        )
    if why := suspended(f):
        return no(f, "suspended", why, clause=f.terms.rules[CURE].clause if CURE in f.terms.rules else None)
    current = next(
        (e for e in f.engagements if e.country == f.country and covers(e, f.now)),
        None,
    )
    if current is None:
        return without(f)
    if current.basis == "signature":
        return left(f, current, None) or _by_signature(f, current)
    told = next((one for one in f.told if one.notice.id == current.notice_id), None)
    if told is None:
        return no(f, "not_told", "The notice on which the engagement should rest is not on record.")
    if not permits(told.state, told.notice) or not announced(told):
        return of_notice(f, told)
    stands_against = unread(f, told) or not_bound(f, told) or left(f, current, told)
    return stands_against or yes(f, current, _on_which_yes(f, told), told)


def _by_signature(f: Facts, current: Engagement) -> Verdict:
    entry = next(
        (
            one
            for one in f.terms.subprocessors.register
            if name_key(f.subprocessor.name) in name_keys((one.name, *one.aliases))
        ),
        None,
    )
    clause = entry.clause if entry is not None else f.terms.entry.clause
    why = (
        f"{f.subprocessor.name} stands on the agreement's own list ({clause}) "
        f"and works for it{where_said(f.country)} since {day(f, current.since)}."
    )
    if f.subprocessor.bound_on is None:
        bound = f.terms.subprocessors.binding_clause or ground(f.terms, "binding")
        why += f" No date on which it was bound to the same duties is recorded{f' ({bound})' if bound else ''}."
    return yes(f, current, why, None, clause)


def _on_which_yes(f: Facts, told: Told) -> str:
    n = told.notice
    since = day(f, n.engaged_at) if n.engaged_at is not None else "now"
    works = f"{f.subprocessor.name} works for this agreement{where_said(f.country)} since {since}."
    if n.rule == "consent":
        given = standing(n.answers, "consent")
        on = f" on {day(f, given[-1].received_at)}" if given else ""
        return f"The customer consented{on}{rests(n)}. {works}"
    if n.engage_not_before is not None:
        clause = f.terms.subprocessors.over_objection.clause
        return f"The objection was overruled ({clause}), not before {say_day(n.engage_not_before)}. {works}"
    if n.emergency:
        clause = f.terms.subprocessors.emergency.clause if f.terms.subprocessors.emergency is not None else n.clause
        return f"It had to begin before the customer was told ({clause}), and no objection stands. {works}"
    if n.closes_at is not None:
        return f"No objection stood when the window closed at {until(f, n.closes_at)} ({n.clause}). {works}"
    if n.own_period and n.proceeds_at is not None:
        return f"{n.clause} gives no period; the processor's own time ran until {until(f, n.proceeds_at)}. {works}"
    received = day(f, n.received_at) if n.received_at is not None else "before"
    return f"The customer was told on {received}{rests(n)}. {works}"
