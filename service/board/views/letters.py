"""Letters about a subject: to be printed, and when each was posted."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from markupsafe import Markup

from db.queries import sql
from service.board.desk import PageDesk
from service.board.view import MOST, Block, Line
from service.http.request_context import ReadUnit


async def letters(desk: PageDesk, unit: ReadUnit, subject: UUID) -> tuple[Block, ...]:
    """The part of a page that has them; none where none was made."""
    found = (await letter_lines(desk, unit, [subject]))[subject]
    return (Block(id="letters", title=desk.w("part.letters"), lines=found),) if found else ()


async def letter_lines(desk: PageDesk, unit: ReadUnit, about: Sequence[UUID]) -> Mapping[UUID, tuple[Line, ...]]:
    """Each letter as a line, by what it is about, the newest first."""
    rows: list[Any] = await unit.connection.fetch(sql("letters_about"), unit.processors, list(about), MOST)
    found: dict[UUID, list[Line]] = {one: [] for one in about}
    for row in rows:
        found[row["subject_id"]].append(_line(desk, row))
    return {one: tuple(lines) for one, lines in found.items()}


def _line(desk: PageDesk, row: Any) -> Line:
    there = row["erased_at"] is None
    return Line(
        what=desk.link(f"letters/{row['id']}", desk.w("say.letter")) if there else desk.w("say.letter_erased"),
        when=desk.at(row["made_at"]),
        more=_posted(desk, row),
    )


def _posted(desk: PageDesk, row: Any) -> Markup:
    said = _when(desk, row)
    return desk.w("say.letter_outdated", posted=said) if row["outdated"] else said


def _when(desk: PageDesk, row: Any) -> Markup:
    if row["posted_on"] is None:
        return desk.w("say.not_posted")
    day = desk.w.day(date.fromisoformat(row["posted_on"]))
    return desk.w(f"say.posted_{row['posted_how']}", day=day)
