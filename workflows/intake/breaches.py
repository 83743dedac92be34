"""Breaches as they are entered: whom they touch, and what may be said of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.breach.words import kind_carried, meanings
from workflows.engine.engine import Engine, New
from workflows.errors import BadInput, NotFound, Problem
from workflows.ids import new_id
from workflows.intake.checks import LINE, Checks
from workflows.machine.acting import Acting
from workflows.model.agreement import Agreement
from workflows.model.breach import Breach, BreachCase, BreachUpdate, CaseContext, Discovered, Said
from workflows.model.parties import Customer, Processor, Subprocessor, Wording, WordingList
from workflows.model.per_language import base_of, list_base_of
from workflows.terms.due import kinds_of
from workflows.terms.model import Terms
from workflows.terms.names import PLAIN

MOST_PEOPLE: Final = 2_000_000_000


class BreachIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new breach. `agreements` absent: every one in force or still holding data; for a breach at a
    subprocessor, those that it works for."""

    discovered_at: datetime
    summary: Wording
    categories: WordingList = ()
    people_min: int | None = None
    people_max: int | None = None
    agreements: tuple[UUID, ...] | None = None
    subprocessor_id: UUID | None = None
    contents: dict[str, Wording] = {}
    kind: str = ""


async def new_breach(
    connection: Connection, engine: Engine, acting: Acting, processor: UUID, given: BreachIn
) -> tuple[UUID, list[New]]:
    """The id of a new breach, and the breach with its cases as they begin.

    Raises BadInput where something cannot be, NotFound for agreements or a subprocessor of somebody else.
    """
    checks = Checks()
    check_words(checks, given.summary, given.categories, given.people_min, given.people_max, given.contents)
    checks.past("discovered_at", given.discovered_at, acting.now)
    summary, summary_in = base_of(given.summary)
    categories, categories_in = list_base_of(given.categories)
    if not summary.strip():
        checks.wrong("summary", "is empty: say in a few words what happened")
    if given.agreements is not None and not given.agreements:
        checks.wrong("agreements", "names none: leave it out for all that may be concerned, or name at least one")
    checks.done()
    supplier = await _subprocessor(connection, processor, given.subprocessor_id)
    breach = Breach(
        id=new_id(),
        processor_id=processor,
        discovered_at=given.discovered_at,
        summary=summary,
        summary_in=summary_in,
        categories=categories,
        categories_in=categories_in,
        people_min=given.people_min,
        people_max=given.people_max,
        subprocessor_id=given.subprocessor_id,
        contents=tuple(Said(id=id, text=text, at=acting.at) for id, text in given.contents.items()),
        kind=given.kind,
    )
    rows, terms = await scope(connection, engine, breach, given.agreements)
    check_contents(terms.values(), given.contents)
    _check_kind(terms.values(), given.kind)
    processed_by = await _processor(connection, processor)
    cases = [_case(breach, supplier, processed_by, row, terms, tuple(terms.values())) for row in rows]
    if not cases:
        message = "no agreement in force or holding data is concerned: name those that are"
        raise BadInput(f"agreements: {message}.", (Problem("agreements", message),))
    touched = Discovered(agreements=tuple(row["id"] for row in rows))
    return breach.id, [New(kind="breach", entity=breach, data=touched), *cases]


async def more_cases(
    connection: Connection,
    engine: Engine,
    breach: Breach,
    agreements: Sequence[UUID],
    before: Sequence[Terms],
) -> list[New]:
    """A case for each of these agreements that has none yet; its clock runs from the discovery.

    `before`: the terms of the cases that it has; what was said of its kind was said of those.

    Raises BadInput for one that cannot be concerned, NotFound for one of somebody else.
    """
    supplier = await _subprocessor(connection, breach.processor_id, breach.subprocessor_id)
    rows, terms = await scope(connection, engine, breach, agreements)
    processor = await _processor(connection, breach.processor_id)
    return [_case(breach, supplier, processor, row, terms, before) for row in rows if not row["known"]]


async def scope(
    connection: Connection, engine: Engine, breach: Breach, agreements: Sequence[UUID] | None
) -> tuple[Sequence[Any], dict[UUID, Terms]]:
    """The agreements that a breach touches, and their terms. Raises BadInput, NotFound."""
    wanted = None if agreements is None else list(agreements)
    rows = await connection.fetch(sql("breach_scope"), breach.processor_id, wanted, breach.subprocessor_id, breach.id)
    if agreements is not None:
        _all_there(agreements, rows)
    return rows, await engine.terms(connection, [row["terms_version_id"] for row in rows])


def _case(
    breach: Breach,
    supplier: Subprocessor | None,
    processor: Processor,
    row: Any,
    terms: dict[UUID, Terms],
    said_of: Sequence[Terms],
) -> New:
    agreement = msgspec.json.decode(row["agreement"], type=Agreement)
    fresh = BreachCase(
        id=new_id(),
        processor_id=breach.processor_id,
        breach_id=breach.id,
        agreement_id=agreement.id,
        customer_id=agreement.customer_id,
        kind=kind_carried(breach.kind, terms[row["terms_version_id"]], said_of),
    )
    context = CaseContext(
        breach=breach,
        agreement=agreement,
        customer=msgspec.json.decode(row["customer"], type=Customer),
        processor=processor,
        terms=terms[row["terms_version_id"]],
        subprocessor=supplier,
    )
    return New(kind="breach_case", entity=fresh, context=context)


def check_words(
    checks: Checks,
    summary: Wording | None,
    categories: WordingList | None,
    low: int | None,
    high: int | None,
    contents: dict[str, Wording],
) -> None:
    """Check what may be written down of a breach at all."""
    checks.wording("summary", summary, checks.words)
    checks.wordings("categories", categories)
    for name, value in (("people_min", low), ("people_max", high)):
        if value is not None and not 0 <= value <= MOST_PEOPLE:
            checks.wrong(name, "is not a number of persons: give 0 or more, or leave it out while it is unknown")
    if low is not None and high is not None and low > high:
        checks.wrong("people_max", "is less than people_min")
    for id, text in contents.items():
        checks.wording(f"contents.{id[:60]}", text, lambda path, one: checks.words(path, one, required=True))
        if len(id) > LINE:
            checks.wrong("contents", "has a name that is too long")


def check_contents(terms: Iterable[Terms], contents: dict[str, Wording]) -> None:
    """Check that each answer answers a question that one of these agreements asks. Raises BadInput."""
    asked = {one.id for each in terms if each.breach is not None for one in each.breach.contents}
    unknown = [one for one in contents if one not in asked]
    if unknown:
        message = f"is nothing that these agreements ask; known: {', '.join(sorted(asked)) or 'none'}"
        problems = tuple(Problem(f"contents.{one[:60]}", message) for one in unknown)
        raise BadInput(f"{problems[0].path} {message}.", problems)


def _check_kind(terms: Iterable[Terms], kind: str) -> None:
    """Check that one of these agreements counts by that kind, and that all that do mean the same. Raises BadInput."""
    terms = tuple(terms)
    known = tuple(dict.fromkeys(one for each in terms for one in kinds_of(each)))
    meant = {said[kind] for said in map(meanings, terms) if kind in said}
    if not kind or len(meant) == 1 or (known and kind == PLAIN):
        return
    listed = ", ".join((PLAIN, *known)) if known else "none"
    message = (
        "is not the same in all of these agreements: leave it out, and say it of each with name-kind"
        if meant
        else f"is no kind of breach that these agreements name; known: {listed}"
    )
    raise BadInput(f"kind {message}.", (Problem("kind", message),))


def check_update(terms: Iterable[Terms], given: BreachUpdate) -> None:
    """Check that an update holds. Raises BadInput."""
    checks = Checks()
    check_words(checks, given.summary, given.categories, given.people_min, given.people_max, given.contents)
    checks.wording("text", given.text, checks.words)
    if given == BreachUpdate():
        checks.wrong("text", "says nothing new: give what is known by now")
    checks.done()
    check_contents(terms, given.contents)


def _all_there(agreements: Sequence[UUID], rows: Sequence[Any]) -> None:
    found = {row["id"]: set(row["tags"]) for row in rows}
    problems = []
    for place, one in enumerate(agreements):
        if one not in found:
            raise NotFound(f"There is no agreement with the id {one}; look at /api/v1/agreements for its id.")
        if found[one] & {"editable", "coming"}:
            problems.append(
                Problem(f"agreements[{place}]", "is not in force yet: it has no data that could be concerned")
            )
    if problems:
        raise BadInput(f"{problems[0].path} {problems[0].message}.", tuple(problems))


async def _subprocessor(connection: Connection, processor: UUID, id: UUID | None) -> Subprocessor | None:
    if id is None:
        return None
    row = await connection.fetchrow(sql("load_subprocessor"), [processor], [id])
    if row is None:
        raise NotFound(f"There is no subprocessor with the id {id}; look at /api/v1/subprocessors for its id.")
    return msgspec.json.decode(row["entity"], type=Subprocessor)


async def _processor(connection: Connection, id: UUID) -> Processor:
    row = await connection.fetchrow(sql("load_processor"), [id], [id])
    assert row is not None
    return msgspec.json.decode(row["entity"], type=Processor)
