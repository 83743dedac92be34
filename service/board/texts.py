"""The terms: each text's rules in plain words, its versions side by side, and what a rule would come to."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from litestar import Response
from markupsafe import Markup, escape

from db.queries import sql
from service.board.desk import PageDesk
from service.board.forms.clocks import NoTime, Skipped, Twice, instant
from service.board.view import Block, BoardFact, fact
from service.http.request_context import ReadUnit
from service.http.routes.terms import LATEST, VERSIONS
from service.pictures.picture import Picture
from service.pictures.strip import strip, strip_of
from workflows.errors import BadInput, NotFound
from workflows.terms.clauses import as_found
from workflows.terms.comparing import compared
from workflows.terms.due import PROTECTIVE, known_rules, reckon
from workflows.terms.explain import counted_in, explained, law_named
from workflows.terms.law import rule_of
from workflows.terms.model import Due, Terms
from workflows.terms.own import own_or_other
from workflows.terms.phrases import rule_title
from workflows.terms.telling.quoting import quoted
from workflows.words import Spoken

MOST: Final = 200
LONGEST: Final = 2_000


class WorkedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule came to: facts, the steps of the count, and a picture where there are days to draw."""

    facts: tuple[BoardFact, ...]
    steps: tuple[Markup, ...]
    picture: Picture | None


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of a rule, as it was typed, and what came of it or why not."""

    rules: Sequence[tuple[str, str]]
    rule: str
    at: str
    facts: str
    found: WorkedOut | None = None
    wrong: tuple[Markup, ...] = ()


async def terms_list(desk: PageDesk) -> Response[str]:
    """The latest version of each text."""
    call = desk.call(limit=MOST)
    async with call.reading() as unit:
        rows, _ = await call.rows(unit, LATEST, call.caller.processor)
    return desk.shown(
        "blocks_alone.html",
        title=desk.w("list.terms"),
        blocks=[
            Block(
                id="terms",
                title=desk.w("terms.latest"),
                heads=(desk.label("terms"), desk.label("terms_version"), desk.label("whose")),
                rows=[
                    (
                        desk.link(f"terms/{row['terms']}", row["title"]),
                        escape(row["version"]),
                        desk.w("terms.own" if row["processor_id"] else "terms.everyones"),
                    )
                    for row in rows
                ],
            )
        ],
    )


async def terms_page(desk: PageDesk, id: str) -> Response[str]:
    """One text in plain words. `?version=` names another than the latest, `?beside=` one to lay beside it.

    Raises NotFound.
    """
    params = desk.request.query_params
    call = desk.call(limit=MOST)
    async with call.reading() as unit:
        row = await _row(unit, call.caller.processor, id, params.get("version") or None)
        versions, _ = await call.rows(unit, VERSIONS, id)
        other = next((one for one in versions if one["version"] == params.get("beside")), None)
        wanted = [row["id"], *([other["id"]] if other is not None else [])]
        known: Mapping[Any, Terms] = await unit.engine.terms(unit.connection, wanted)
    terms = known[row["id"]]
    blocks = [
        Block(id=f"part-{number}", title=escape(part.title), points=tuple(_line(desk, one) for one in part.lines))
        for number, part in enumerate(explained(terms, desk.lang))
    ]
    return desk.shown(
        "terms.html",
        title=terms.title,
        version=row["version"],
        law=law_named(terms, desk.lang),
        counting=tuple(desk.w.marked(one) for one in counted_in(terms, desk.lang)),
        blocks=blocks,
        versions=_versions(desk, id, row, versions),
        beside=laid_beside(desk, known[other["id"]], terms) if other is not None else None,
        asked=_what_if(desk, terms),
        address=desk.href(f"terms/{id}"),
    )


def _line(desk: PageDesk, text: str) -> Markup:
    return desk.wrote(text) if isinstance(text, Spoken) else desk.w.marked(text)


async def _row(unit: ReadUnit, processor: Any, id: str, version: str | None) -> Any:
    row = await unit.connection.fetchrow(sql("read_terms"), processor, id, version)
    if row is None:
        raise NotFound("There are no such terms, or not in that version.")
    return row


def _versions(desk: PageDesk, id: str, row: Any, versions: Sequence[Any]) -> Block:
    def beside(one: Any) -> Markup:
        if one["version"] == row["version"]:
            return desk.w("terms.this")
        return desk.link(f"terms/{id}", desk.w("terms.compare"), version=row["version"], beside=one["version"])

    return Block(
        id="versions",
        title=desk.w("terms.versions"),
        heads=(desk.label("terms_version"), desk.label("since"), desk.w("terms.beside")),
        rows=[
            (
                desk.link(f"terms/{id}", one["version"], version=one["version"]),
                desk.day_of(one["created_at"]),
                beside(one),
            )
            for one in versions
        ],
    )


def laid_beside(desk: PageDesk, old: Terms, new: Terms) -> Block:
    """What two versions say otherwise, side by side."""
    return Block(
        id="beside",
        title=desk.w("terms.differences"),
        heads=(desk.w("terms.what"), escape(old.version), escape(new.version)),
        rows=[
            (escape(one.label), escape(one.first), escape(one.second))
            for one in compared(old, new, desk.lang)
            if one.in_substance
        ],
        none=desk.w("terms.same"),
    )


def _what_if(desk: PageDesk, terms: Terms) -> WhatIf:
    params = desk.request.query_params
    rule, at = params.get("rule", ""), params.get("at", "").strip()
    facts = params.get("facts", "")[:LONGEST]
    rules = [(one, rule_title(one, desk.lang)) for one in known_rules(terms)]
    asked = WhatIf(rules=rules, rule=rule, at=at, facts=facts)
    if not rule or not at:
        return asked
    try:
        event: datetime | date = _event(at, terms.zone)
        found = reckon(terms, rule, event, _facts(facts))
    except (NoTime, Skipped, Twice, ValueError):
        return msgspec.structs.replace(asked, wrong=(desk.w("terms.no_time"),))
    except BadInput as error:
        said = tuple(Markup("{}: {}").format(one.path, desk.f.told(one.message)) for one in error.problems)
        said = said or (desk.f.told(error.detail),)
        return msgspec.structs.replace(asked, wrong=said)
    title = rule_title(rule, desk.lang)
    drawn = strip_of(title, found, now=desk.now) if found.counts else None
    told = WorkedOut(
        facts=_found(desk, terms, found.due),
        steps=desk.steps(terms, rule, found.due.steps),
        picture=strip("what-if", drawn, desk.lang) if drawn is not None else None,
    )
    return msgspec.structs.replace(asked, found=told)


def _event(text: str, zone: str) -> datetime | date:
    """A day as a whole, or an instant by the clocks of the agreement's zone."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return instant(text, zone)


def _facts(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


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
