"""The gate asked, by one or by many at once: the rows of all are read in one statement, and each is judged alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.change.guards import PLACED
from workflows.engine.engine import Engine
from workflows.errors import TermijnError
from workflows.gate.check import check_place, judge, unknown
from workflows.gate.verdict import Facts, Told, Verdict
from workflows.model.agreement import Agreement
from workflows.model.change import Change
from workflows.model.notice import Notice
from workflows.model.parties import Engagement, Subprocessor
from workflows.terms.model import Terms


class GateQuestion(NamedTuple):
    """What is asked of the gate; `country` (ISO 3166-1 alpha-2) None: the subprocessor's own."""

    agreement: UUID
    subprocessor: UUID
    country: str | None = None


async def check(connection: Connection, engine: Engine, processors: Sequence[UUID], question: GateQuestion) -> Verdict:
    """Ask the gate.

    Raises NotFound for an id that is not one of `processors`', BadInput for what is no country.
    """
    (found,) = await check_many(connection, engine, processors, [question])
    if isinstance(found, TermijnError):
        raise found
    return found


async def check_many(
    connection: Connection, engine: Engine, processors: Sequence[UUID], questions: Sequence[GateQuestion]
) -> list[Verdict | TermijnError]:
    """What `check` answers to each, in their order, or what it raises."""
    asked = list(dict.fromkeys(questions))
    columns = [list(column) for column in zip(*asked, strict=True)] or [[], [], []]
    rows = await connection.fetch(sql("gate"), list(processors), *columns)
    terms = await engine.terms(connection, [row["other"] for row in rows if row["other"] is not None])
    known = _Known(rows, terms)
    found = {one: _answer(known, number, one) for number, one in enumerate(asked, 1)}
    return [found[one] for one in questions]


class _Known:
    """What was read: what several questions share is decoded once."""

    now: datetime
    """The instant at which what works was told from what does not, UTC."""

    def __init__(self, rows: Sequence[Any], terms: dict[UUID, Terms]) -> None:
        decode = msgspec.json.decode
        self.agreements: dict[UUID, tuple[Agreement, str, Terms]] = {}
        self.workers: dict[UUID, Subprocessor] = {}
        self.engagements: dict[int, tuple[Engagement, ...]] = {}
        changes: dict[UUID, tuple[Change, str]] = {}
        told: dict[int, tuple[list[Notice], list[str]]] = {}
        for row in rows:
            entity = row["entity"]
            match row["what"]:
                case "now":
                    self.now = decode(entity, type=datetime)
                case "agreement":
                    self.agreements[row["id"]] = (decode(entity, type=Agreement), row["state"], terms[row["other"]])
                case "subprocessor":
                    self.workers[row["id"]] = decode(entity, type=Subprocessor)
                case "change":
                    changes[row["id"]] = (decode(entity, type=Change), row["state"])
                case "engagements":
                    self.engagements[int(row["state"])] = decode(entity, type=tuple[Engagement, ...])
                case _:
                    told[int(row["state"])] = (decode(entity, type=list[Notice]), decode(row["more"], type=list[str]))
        self.told = {
            number: tuple(
                Told(one, state, *changes[one.change_id])
                for one, state in zip(*both, strict=True)
                if changes[one.change_id][0].kind in PLACED
            )
            for number, both in told.items()
        }


def _answer(known: _Known, number: int, one: GateQuestion) -> Verdict | TermijnError:
    try:
        check_place(one.country)
        if one.agreement not in known.agreements:
            raise unknown("agreement", one.agreement)
        if one.subprocessor not in known.workers:
            raise unknown("subprocessor", one.subprocessor)
    except TermijnError as error:
        return error
    agreement, state, terms = known.agreements[one.agreement]
    worker = known.workers[one.subprocessor]
    return judge(
        Facts(
            now=known.now,
            agreement=agreement,
            state=state,
            terms=terms,
            subprocessor=worker,
            country=one.country or worker.country,
            engagements=known.engagements.get(number, ()),
            told=known.told.get(number, ()),
        )
    )
