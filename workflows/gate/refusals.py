"""Which kind of no the gate's no is, in words: clause, dates, and what would have to happen. Pure."""

from datetime import date
from typing import Final

from workflows.agreement.table import AGREEMENT, in_force
from workflows.change.announced import place
from workflows.change.table import CHANGE
from workflows.gate.verdict import (
    Facts,
    Told,
    Verdict,
    announced,
    covers,
    day,
    lower,
    no,
    rests,
    today,
    until,
    where_said,
)
from workflows.model.agreement import Agreement
from workflows.model.parties import Engagement
from workflows.notice.guards import standing
from workflows.notice.scope import unasked
from workflows.notice.table import NOTICE
from workflows.terms.countries import in_region, left_region
from workflows.terms.due import clock_of
from workflows.terms.law import authorisation, ground
from workflows.terms.names import AUTHORISATION, LEAD
from workflows.terms.selected import region_of
from workflows.time import end_of_day, local_day, start_of_day
from workflows.time.words import say_day

_FORMS: Final = {"any": "", "text": " in text form", "written": " in writing"}
"""How a consent has to be said, as it goes on after the word."""


def not_in_force(f: Facts) -> str | None:
    """Why the agreement is not in force, or None where it is. A timer that is late makes no yes."""
    a, ending = f.agreement, f.terms.ending
    last = a.ended_on or _last_day(a)
    over = (
        f"The agreement is not in force any more: its last day was {say_day(last)} ({ending.clause})." if last else ""
    )
    if in_force(f.state, ending.in_force_until):
        if a.ended_at is None and a.terminates_at is not None and a.terminates_at <= f.now:
            return f"The agreement is not in force any more: it was terminated on {day(f, a.terminates_at)}."
        late = a.ended_at is None and last is not None and end_of_day(last, f.terms.zone) <= f.now
        return over if late else None
    if a.ended_on is not None:
        return over
    starts = min((one.starts_on for one in a.main_contracts), default=None)
    ahead = ""
    if starts is not None and start_of_day(starts, f.terms.zone) > f.now:
        ahead = f" Its main contract starts on {say_day(starts)}."
    meaning = lower(AGREEMENT.states[f.state].meaning)
    return f"The agreement is not in force ({f.terms.entry.clause}): {meaning}{ahead}"


def _last_day(a: Agreement) -> date | None:
    """The last day of the last main contract, or None while one goes on or renews."""
    days = [None if one.renews and not one.ending else one.ends_on for one in a.main_contracts]
    return None if None in days else max((one for one in days if one is not None), default=None)


def suspended(f: Facts) -> str | None:
    """Why nobody may process for the agreement at present, or None where that is not so."""
    cure = f.agreement.cure
    if cure is None or not cure.suspends or cure.cured_at is not None:
        return None
    return f"The customer had processing suspended on {day(f, cure.told_at)}, and what it named is not put right yet."


def without(f: Facts) -> Verdict:
    """No engagement covers this moment and place."""
    who = f.subprocessor
    live = [one for one in f.told if "live" in NOTICE.states[one.state].tags and announced(one)]
    waits = [one for one in live if one.notice.engaged_at is None]
    here = [one for one in waits if place(one.change, who) == f.country]
    if here:
        return of_notice(f, here[0])
    elsewhere = next((one for one in f.engagements if covers(one, f.now)), None)
    if elsewhere is not None:
        why = (
            f"{who.name} works for this agreement{where_said(elsewhere.country)} since {day(f, elsewhere.since)}, "
            f"not{where_said(f.country)}: another place needs its own notice.{_region(f)}"
        )
        return no(f, "elsewhere", why)
    last = next(iter(f.engagements), None)
    told = next(iter(f.told), None)
    if told is not None and (last is None or told.notice.engaged_at is None or not announced(told)):
        return of_notice(f, told)
    if last is not None and last.until is not None:
        ended = last.ended_why or "it ended"
        why = f"{who.name} worked for this agreement{where_said(last.country)} until {until(f, last.until)}: {ended}."
        return no(f, "ended", why, told)
    if last is not None:
        why = f"{who.name} begins to work for this agreement on {day(f, last.since)}."
        return no(f, "begins_later", why, told)
    clause = f.terms.subprocessors.clause
    told_by = f" ({clause})" if clause else ""
    silent = f"{_silent(f)} " if f.terms.subprocessors.rule == "unsaid" else ""
    why = f"{silent}The customer was never told of {who.name}{told_by}, and the agreement does not list it.{_region(f)}"
    return no(f, "not_told", why, clause=clause or None)


def of_notice(f: Facts, told: Told) -> Verdict:
    """What stands between this notice and a yes."""
    n, state = told.notice, NOTICE.states[told.state]
    meaning = lower(state.meaning)
    if not announced(told):
        stopped = lower(CHANGE.states[told.change_state].meaning)
        why = f"The change that would bring {f.subprocessor.name} does not go on: {stopped}"
        return no(f, "taken_back", why, told)
    if "held" in state.tags:
        said = standing(n.answers, "object")
        on = f" on {day(f, said[-1].received_at)}" if said else ""
        why = f"The customer objected{on}{rests(n)}; until that is settled nothing is engaged for it."
        return no(f, "objected", why, told)
    if "live" not in state.tags:
        return no(f, "notice_over", f"The notice is closed{rests(n)}: {meaning}", told)
    if unasked(n):
        return no(f, "not_received", f"{_silent(f)} The customer was not asked: a person decides.", told)
    if n.received_at is None:
        why = f"The customer has not received the notice{rests(n)}: {meaning}"
        return no(f, "not_received", why, told)
    return unread(f, told) or _while_it_runs(f, told)


def _while_it_runs(f: Facts, told: Told) -> Verdict:
    n = told.notice
    if n.rule == "consent" and n.engages_at is None:
        form = _FORMS[n.form]
        asks = f"{n.clause} asks for the customer's prior consent{form}{where_said(f.country)}."
        unsaid = any(one.rule == AUTHORISATION for one in n.rights)
        why = f"{_silent(f) if unsaid else asks} {_consent(f, told)}"
        return no(f, "no_consent", why, told)
    if n.closes_at is not None and n.closes_at > f.now:
        runs = until(f, n.closes_at)
        why = f"The window runs until {runs} ({n.clause}, {f.terms.zone}): the customer may still answer."
        return no(f, "window_runs", why, told)
    waiting = "waiting" in NOTICE.states[told.state].tags
    lead = f.terms.rules.get(LEAD)
    if waiting and n.own_period and n.proceeds_at is not None and n.proceeds_at > f.now:
        runs = until(f, n.proceeds_at)
        why = f"{n.clause} gives no period, and the processor's own time before engaging runs until {runs}."
        return no(f, "own_time_runs", why, told)
    if n.engages_at is not None:
        begins = day(f, n.engages_at)
        why = f"Nothing stands against it any more{rests(n)}, but the engagement begins on {begins}."
        if lead is not None and n.engages_at == n.proceeds_at:
            why += f" The agreement puts a time between telling and beginning ({lead.clause})."
        return no(f, "begins_later", why, told)
    if lead is not None and clock_of(f.terms, LEAD).starts == "publication" and n.engaged_at is None:
        why = f"The agreement counts from the publication of the change ({lead.clause}), and none is on record."
        return no(f, "begins_later", why, told)
    meaning = lower(NOTICE.states[told.state].meaning)
    return no(f, "notice_over", f"No yes is on record{rests(n)}: {meaning}", told)


def _silent(f: Facts) -> str:
    """That the agreement has no word on subprocessors, and what its law asks for."""
    law = authorisation(f.terms)
    form = _FORMS[law.form]
    asks = f", and {law.clause} asks for the customer's prior consent{form}" if law.clause else ""
    return f"The agreement says nothing on how a subprocessor comes in{asks}."


def _consent(f: Facts, told: Told) -> str:
    refusals = standing(told.notice.answers, "refuse")
    if refusals:
        return f"It was refused on {day(f, refusals[-1].received_at)}; the customer may still change its mind."
    return "None is on record, and silence is none."


def unread(f: Facts, told: Told) -> Verdict | None:
    """P4: until a person has said what a reply is, the answer stays no."""
    waiting = [one for one in told.notice.replies if one.classified_as is None]
    if not waiting:
        return None
    about = "about this notice" if any(one.sure for one in waiting) else "that may be about this notice"
    why = (
        f"A message {about} came in on {day(f, waiting[0].received_at)} and has not been read: "
        "a person has to say first what it is."
    )
    return no(f, "unread_reply", why, told)


def not_bound(f: Facts, told: Told) -> Verdict | None:
    """P21: bound to the same duties before data go."""
    who, clause = f.subprocessor, f.terms.subprocessors.binding_clause or ground(f.terms, "binding")
    bound = who.bound_on
    if who.bound_by(local_day(f.now, f.terms.zone)):
        return None
    when = f"is bound only from {say_day(bound)}" if bound is not None else "has no date on which it was bound"
    why = (
        f"{who.name} {when} to the same duties, and it must be before data go to it{f' ({clause})' if clause else ''}: "
        "record the date in `bound_on`."
    )
    return no(f, "not_bound", why, told, clause=clause)


def left(f: Facts, current: Engagement, told: Told | None) -> Verdict | None:
    """The place was one that the agreement allows when the customer was told, and is so no more: nobody consented."""
    region, held = region_of(f.terms, f.agreement.facts), f.subprocessor.certifications
    if unsafe := _unsafe(f, told):
        return no(f, "left_region", unsafe, told, clause=region.safeguarded if region is not None else None)
    if region is None or f.country is None or (told is not None and told.notice.rule == "consent"):
        return None
    asked = told.notice.sent_at if told is not None else None
    began = local_day(asked or current.since, f.terms.zone)
    now, then = (in_region(f.country, region.inside, on, held) for on in (today(f), began))
    if now or not then:
        return None
    by = left_region(f.country, region.inside, today(f), held)
    why = (
        f"{f.country} does not lie inside {', '.join(region.inside)} any more ({region.clause}): {by}. "
        f"{f.subprocessor.name} worked there for this agreement since {day(f, current.since)}."
    )
    return no(f, "left_region", why, told, clause=region.clause)


def _unsafe(f: Facts, told: Told | None) -> str:
    """Why it may not work on where the safeguards that it was announced with are on record no more; empty where it may.
    Whom the agreement itself names works by its signature."""
    region = region_of(f.terms, f.agreement.facts)
    if told is None or region is None or not region.safeguarded or f.subprocessor.transfer_basis:
        return ""
    if f.country is not None and in_region(f.country, region.inside, today(f), f.subprocessor.certifications):
        return ""
    where = f.country or "A place that nobody has said"
    return (
        f"{where} lies outside {', '.join(region.inside)}, and no safeguards are on record ({region.safeguarded}): "
        "name them in `transfer_basis` of the subprocessor."
    )


_OUTSIDE: Final = {
    "refuse": "which is refused",
    "consent": "which needs prior consent",
    "safeguards": "which needs safeguards on record",
}


def _region(f: Facts) -> str:
    region = region_of(f.terms, f.agreement.facts)
    if region is None or (
        f.country is not None and in_region(f.country, region.inside, today(f), f.subprocessor.certifications)
    ):
        return ""
    needs = _OUTSIDE[region.outside]
    where = f.country or "A place that nobody has said"
    return f" {where} lies outside {', '.join(region.inside)}, {needs} ({region.clause})."
