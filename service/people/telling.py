"""What a processor's own people are told, as mails: one for each person with all that is to be said to them now."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import Connection, transaction, try_lock
from service.answers.deadline_text import deadline_text
from service.people.mails import TOLD, queue_mail
from service.wording import last_moment, moment
from workflows.engine.engine import Engine
from workflows.engine.poison import note
from workflows.engine.telling import BATCH, speak_of_concerns
from workflows.ids import new_id
from workflows.kinds import WORKFLOWS
from workflows.model.telling import QUIET, Occasion, overdue_from, topic_of
from workflows.terms.clauses import in_words
from workflows.terms.model import Terms
from workflows.terms.names import kept_unseen
from workflows.words import SOURCE, Language

log = logging.getLogger(__name__)

LINES: Final = 5_000
MOST: Final = 40
"""Lines of a mail; what is left is counted, and stands on the board."""
_LAST: Final[dict[Occasion, int]] = {"new": 0, "soon": 1, "overdue": 2}
_SHOWN_AS: Final = {"breach_case": "breach"}
_NO_PAGE: Final = frozenset({"processor", "task"})
"""Kinds that have no page of their own on the board: what is about them stands in the list of tasks."""


class ToldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a mail, in the reader's language. `path` is below the address of the service.

    `late_hours` None: it is not overdue. `day` empty: it has no end. `processor`: whose it is, where an admin reads it.
    `awaited`: it is the customer's to do, and nobody's here. `over`: the customer's own time is over, and whether it
    was late nobody here knows. `with_it`: what is due at the same moment by the task, and told of by this line.
    """

    occasion: Occasion
    what: str
    path: str
    customer: str = ""
    clause: str = ""
    day: str = ""
    time: str = ""
    place: str = ""
    late_hours: int | None = None
    processor: str = ""
    awaited: bool = False
    over: bool = False
    with_it: tuple[str, ...] = ()


async def tell(pool: asyncpg.Pool, engine: Engine) -> int:
    """Decide what is to be told now, and put it into mails; how much there was to do.

    One worker at a time, so that all that a person is told goes in one mail.
    """
    async with transaction(pool) as connection:
        if not await try_lock(connection, "telling"):
            return 0
        now = await clock.now(connection)
        spoken = await speak_of_concerns(connection, now)
        return spoken if spoken == BATCH else spoken + await write_mails(connection, engine, now)


async def write_mails(connection: Connection, engine: Engine, now: datetime, *, limit: int = LINES) -> int:
    """Put what is to be told now into a mail for each person; how many lines were settled. The caller commits."""
    rows = await connection.fetch(sql("lines_to_write"), now, limit, QUIET)
    if not rows:
        return 0
    terms = await engine.terms(connection, [row["terms_version_id"] for row in rows if row["terms_version_id"]])
    settled: list[tuple[UUID, UUID | None, datetime | None]] = []
    for user, mine in groupby(rows, lambda row: row["user_id"]):
        settled += await _write(connection, user, list(mine), terms, now)
    await _post(connection, rows, terms, now)
    await connection.execute(sql("settle_told"), *(list(column) for column in zip(*settled, strict=True)))
    return len(settled)


async def _write(
    connection: Connection, user: UUID, rows: Sequence[Any], terms: dict[UUID, Terms], now: datetime
) -> list[tuple[UUID, UUID | None, datetime | None]]:
    """One person's lines; for each the mail that it went in, or when it is looked at again."""
    said = [row for row in rows if row["open"] and row["there"]]
    over: list[tuple[UUID, UUID | None, datetime | None]] = [
        (row["id"], None, None) for row in rows if not (row["open"] and row["there"])
    ]
    if not said:
        return over
    again = _quiet_until(said, now)
    if again is not None:
        return [*over, *((row["id"], None, again) for row in said)]
    lines = [_line(row, terms, now, row["language"]) for row in _last_of_each(said)]
    # What is the customer's to do comes last; the order of the rows, by their ends, stays within.
    lines.sort(key=lambda one: (one.awaited, one.over, -_LAST[one.occasion]))
    own = [one for one in lines if not one.awaited]
    data = {
        "lines": lines[:MOST],
        "more": max(0, len(lines) - MOST),
        "overdue": _overdue(own),
        "count": len(own),
        "awaited": sum(one.awaited and not one.over for one in lines),
        "over": sum(one.over for one in lines),
    }
    of = said[0]["processor_id"] if said[0]["unattended"] is None else None  # an admin's mail is of no processor
    mail = await queue_mail(connection, user, of, TOLD, now, data=data)
    return [*over, *((row["id"], mail, None) for row in said)]


async def _post(connection: Connection, rows: Sequence[Any], terms: dict[UUID, Terms], now: datetime) -> None:
    """What is pressing among it is posted once where the people of its processor talk."""
    chats = await connection.fetch(sql("chats"), list({row["processor_id"] for row in rows}))
    if not chats:
        return
    before = {tuple(one) for one in await connection.fetch(sql("posted_lines"), [row["concern_id"] for row in rows])}
    for processor, lang in chats:
        fresh = {
            (row["concern_id"], row["occasion"]): row
            for row in rows
            if row["processor_id"] == processor and row["open"] and _pressing(row)
        }
        found = [
            row for row in _last_of_each(list(fresh.values())) if (row["concern_id"], row["occasion"]) not in before
        ]
        if found:
            lines = [_line(row, terms, now, lang) for row in found]
            data = msgspec.json.encode({"lines": lines[:MOST], "more": max(0, len(lines) - MOST)}).decode()
            concerns, occasions = [row["concern_id"] for row in found], [row["occasion"] for row in found]
            await connection.execute(sql("insert_chat_post"), new_id(), processor, data, now, concerns, occasions)


def _pressing(row: Any) -> bool:
    """What is overdue here, and what is new of a breach or of what a customer said."""
    if row["party"] == "controller":
        return False
    topic = topic_of(row["kind"], row["task_kind"], row["subject_kind"] or "", reminds=row["reminds"])
    return row["occasion"] == "overdue" or (row["occasion"] == "new" and topic in ("breaches", "answers"))


def _quiet_until(rows: Sequence[Any], now: datetime) -> datetime | None:
    """Until when a person is left alone who was written to at once a moment ago; None where this cannot wait."""
    written: datetime | None = rows[0]["written_at"]
    pressing = any(row["digest"] or row["kind"] == "breach" for row in rows)
    return None if written is None or pressing else max(written + QUIET, now + timedelta(seconds=1))


def _overdue(lines: Sequence[ToldLine]) -> int:
    """How much is late: each line, and what ends with it."""
    return sum(1 + len(one.with_it) for one in lines if one.occasion == "overdue")


def _last_of_each(rows: Sequence[Any]) -> list[Any]:
    """Of what is said about one concern, the latest occasion."""
    found: dict[UUID, Any] = {}
    for row in rows:
        before = found.get(row["concern_id"])
        if before is None or _LAST[row["occasion"]] > _LAST[before["occasion"]]:
            found[row["concern_id"]] = row
    return list(found.values())


def _line(row: Any, terms: dict[UUID, Terms], now: datetime, lang: Language) -> ToldLine:
    try:
        return _said(row, terms, now, lang)
    except Exception as error:  # one bad row stops nothing else, and is told of all the same
        note(log, f"saying in words what concern {row['concern_id']} is about", error)
        return ToldLine(occasion=row["occasion"], what=row["text"] or "", path=board_path("task", row["concern_id"]))


def _said(row: Any, terms: dict[UUID, Terms], now: datetime, lang: Language) -> ToldLine:
    known = terms.get(row["terms_version_id"])
    end = _end(row, known, lang)
    awaited, over = row["party"] == "controller", row["occasion"] == "overdue" and kept_unseen(row["rule"])
    known_late = row["occasion"] == "overdue" and not over and row["due_at"] is not None
    late = now - overdue_from(row["due_at"], inclusive=row["inclusive"]) if known_late else None
    return ToldLine(
        occasion=row["occasion"],
        what=_what(row, lang),
        path=_path(row),
        processor=row["unattended"] or "",
        awaited=awaited,
        over=awaited and over,
        customer=row["customer"] or "",
        clause=in_words(known, row["clause"], lang) if known is not None else row["clause"],
        day=end.day if end else "",
        time=end.time if end else "",
        place=end.place if end else "",
        late_hours=int(late / timedelta(hours=1)) if late is not None else None,
        with_it=_with_it(row, lang),
    )


def _with_it(row: Any, lang: Language) -> tuple[str, ...]:
    """Deadlines of which a task tells, by their names; one that says what the task says is none."""
    found = msgspec.json.decode(row["told_with"] or "[]")
    names = (deadline_text(one["rule"], one["text"], lang) for one in found)
    own = msgspec.json.decode(row["data"]).get("rule", "")
    return tuple(dict.fromkeys(name for name, one in zip(names, found, strict=True) if one["rule"] != own))


def _end(row: Any, known: Terms | None, lang: Language) -> Any:
    """By the clocks of the agreement, whose days these are; what belongs to none, by the processor's."""
    if row["due_at"] is None:
        return None
    return (moment if row["inclusive"] else last_moment)(
        row["due_at"], row["zone"] if known is None or row["kind"] == "deadline" else known.zone, lang
    )


def _what(row: Any, lang: Language) -> str:
    """What has to be done; what a task says of its deadline is said by the rule, as of the deadline itself."""
    data = msgspec.json.decode(row["data"])
    rule = row["rule"] or data.get("rule", "")
    text: str = row["text"] or ""
    if rule:
        return text.rstrip(".") if row["rule"] and lang == SOURCE else deadline_text(rule, text, lang)
    said: str = data.get(f"text_{lang}", text)
    return said


def _path(row: Any) -> str:
    """The page of what a line is about; an admin says first whose they look at."""
    path = board_path(row["subject_kind"], row["page"])
    return path if row["unattended"] is None else f"/board/processor?back={quote(path, safe='')}"


def board_path(kind: str, id: UUID) -> str:
    """The page of the board that shows a subject, or the list that it stands in; it opens for whoever signs in."""
    path = WORKFLOWS[_SHOWN_AS.get(kind, kind)].table.path
    return f"/board/{path}/{id}" if path and kind not in _NO_PAGE else "/board/tasks"
