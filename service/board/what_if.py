"""What a rule of a text would come to: any rule, on any day, asked and answered in the reader's words."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from markupsafe import Markup, escape

from service.board.desk import PageDesk
from service.board.forms.choices import Around
from service.board.forms.clocks import NoTime, Skipped, Twice, instant
from service.board.forms.fields import Field, Kind
from service.board.forms.filled import Filled, filled
from service.board.forms.placing import mistakes
from service.board.forms.sent import Untaken, sent
from service.board.forms.typed import Typed
from service.board.view import BoardFact, fact
from service.pictures.picture import Picture
from service.pictures.strip import strip, strip_of
from workflows.errors import BadInput
from workflows.terms.clauses import as_found
from workflows.terms.due import PROTECTIVE, known_rules, reckon
from workflows.terms.law import rule_of
from workflows.terms.model import Due, Terms
from workflows.terms.model import Field as Blank
from workflows.terms.own import own_or_other
from workflows.terms.phrases import rule_title
from workflows.terms.telling.quoting import quoted

LONGEST: Final = 2_000
"""Characters of what is asked: a link may hold no more."""
FACTS: Final = "facts"
"""What the terms leave blank, as bodies and forms call it."""
_CANCELLED: Final = "cancelled_at"
_KINDS: Final[Mapping[str, Kind]] = {"duration": "period", "text": "text", "date": "date", "places": "text"}


class WorkedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule came to: facts, the steps of the count, and a picture where there are days to draw."""

    facts: tuple[BoardFact, ...]
    steps: tuple[Markup, ...]
    picture: Picture | None


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of a rule, as it was typed, and what came of it or why not. `twice`: the clocks show the time
    twice on that day, and it is to be said which is meant."""

    rules: Sequence[tuple[str, str]]
    rule: str
    on: str
    time: str
    which: str
    blanks: tuple[Field, ...]
    form: Filled
    found: WorkedOut | None = None
    wrong: tuple[Markup, ...] = ()
    twice: bool = False


async def what_if(desk: PageDesk, terms: Terms) -> WhatIf:
    """What the address asks, `?rule=&on=&time=`, with its answer; `at` is a day, or an instant, in one."""
    params = desk.request.query_params
    rule, at = params.get("rule", ""), params.get("at", "").strip()[:LONGEST]
    day, _, clock = at.replace("T", " ", 1).partition(" ")
    typed = Typed.of((name, text[:LONGEST]) for name, text in params.multi_items())
    on, time, which = typed.one("on") or day, typed.one("time") or clock, typed.one("which")
    blanks = _blanks(desk, terms)
    read = sent(blanks, typed, terms.zone)
    form = await _filled(desk, terms, blanks, typed, read.wrong)
    titles = sorted(
        ((one, rule_title(one, desk.lang)) for one in known_rules(terms)), key=lambda one: one[1].casefold()
    )
    asked = WhatIf(rules=titles, rule=rule, on=on, time=time, which=which, blanks=blanks, form=form)
    if not rule:
        return asked
    if not on:
        return msgspec.structs.replace(asked, wrong=(desk.w("terms.no_day"),) if "on" in params else ())
    if read.wrong:
        return msgspec.structs.replace(
            asked, wrong=tuple(Markup("{}: {}").format(one.label, one.words) for one in form.mistakes)
        )
    try:
        event = _event(on, time, which, terms.zone)
        found = await asyncio.to_thread(reckon, terms, rule, event, read.body.get(FACTS, {}))
    except Twice:
        return msgspec.structs.replace(asked, wrong=(desk.f("error.instant.twice"),), twice=True)
    except Skipped:
        return msgspec.structs.replace(asked, wrong=(desk.f("error.instant.skipped"),))
    except (NoTime, ValueError):
        return msgspec.structs.replace(asked, wrong=(desk.w("terms.no_time"),))
    except BadInput as error:
        return msgspec.structs.replace(asked, wrong=_refused(desk, terms, error))
    title = rule_title(rule, desk.lang)
    drawn = strip_of(title, found, now=desk.now) if found.counts else None
    told = WorkedOut(
        facts=_found(desk, terms, found.due),
        steps=desk.steps(terms, rule, found.due.steps),
        picture=strip("what-if", drawn, desk.lang) if drawn is not None else None,
    )
    return msgspec.structs.replace(asked, found=told, twice=bool(which))


async def _filled(
    desk: PageDesk, terms: Terms, blanks: tuple[Field, ...], typed: Typed, wrong: tuple[Untaken, ...]
) -> Filled:
    around = Around(desk.request, "terms", {}, terms.zone, desk.f)
    return await filled(around, blanks, typed, mistakes(desk.f, blanks, typed, wrong))


def _blanks(desk: PageDesk, terms: Terms) -> tuple[Field, ...]:
    """What the text leaves open and a count may need, each by its own words; nothing where it leaves nothing open."""
    inner = [blank(desk, terms, one) for one in terms.fields]
    if any(one.earlier_of_cancellation for one in terms.rules.values()):
        inner.append(
            Field(
                name=_CANCELLED,
                shape=FACTS,
                kind="date",
                label=desk.w("terms.cancelled"),
                help=desk.w("terms.cancelled_help"),
            )
        )
    if not inner:
        return ()
    legend = desk.w("terms.facts")
    return (
        Field(name=FACTS, shape=FACTS, kind="map", inner=tuple(inner), label=legend, help=desk.w("terms.facts_help")),
    )


def blank(desk: PageDesk, terms: Terms, one: Blank, *, required: bool = False) -> Field:
    """What the text leaves open, by its own words."""
    text, lang = own_or_other(terms, one, "text", desk.lang)
    return Field(
        name=one.name,
        shape=FACTS,
        kind=_KINDS[one.kind],
        required=required,
        label=text,
        help=as_found(terms, one.clause, desk.lang),
        lang=lang,
    )


def _event(on: str, time: str, which: str, zone: str) -> datetime | date:
    """A day as a whole, or an instant by the clocks of the agreement's zone."""
    return instant(f"{on} {time}", zone, which) if time else date.fromisoformat(on)


def _refused(desk: PageDesk, terms: Terms, error: BadInput) -> tuple[Markup, ...]:
    """Why it cannot be counted; what the text leaves open is asked for by its own words."""
    open_ = {f"{FACTS}.{one.name}": one for one in terms.fields}
    said = []
    for one in error.problems:
        blank = open_.get(one.path)
        if blank is None:
            said.append(desk.f.told(one.message))
        else:
            said.append(desk.w("terms.give", what=own_or_other(terms, blank, "text", desk.lang)[0]))
    return tuple(said) or (desk.f.told(error.detail),)


def _found(desk: PageDesk, terms: Terms, due: Due) -> tuple[BoardFact, ...]:
    when = desk.w("say.no_period")
    if due.due_at is not None:
        when = desk.w.at(due.due_at, due.zone) if due.boundary == "from" else desk.last(due.due_at, due.zone)
    label = "terms.from" if due.boundary == "from" else "terms.last"
    shown = [BoardFact(desk.w(label), when), BoardFact(desk.label("party"), desk.w(f"who.{due.party}"))]
    if due.clause:
        shown.append(fact(desk, "clause", escape(as_found(terms, due.clause, desk.lang))))
    spec = rule_of(terms, due.rule)
    if spec is not None and spec.reading:
        reading = quoted(*own_or_other(terms, spec, "reading", desk.lang), desk.lang)
        shown.append(BoardFact(desk.w("terms.reading"), desk.w.marked(reading)))
    if due.reading.endswith(PROTECTIVE):
        shown.append(BoardFact(desk.w("terms.reading"), desk.f.read(PROTECTIVE)))
    return tuple(shown)
