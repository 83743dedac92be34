"""Open deadlines, soonest first, as a list and as a calendar."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from asyncpg import Pool
from litestar import Response, get
from litestar.connection import Request
from litestar.di import NamedDependency

from db.queries import sql
from db.session import Connection
from service.answers.deadline_text import deadline_text
from service.calendar import FeedEntry, answer, calendar
from service.http.few_rows import few_rows
from service.http.lists import Filter, Listing, Page, boolean, instant, one_of, text, uuid
from service.http.request_context import RequestContext
from service.http.services import parts_of
from service.wording import last_moment, moment
from workflows.model.reminders import LOOK_AGAIN
from workflows.terms.phrases import rule_title
from workflows.words import SOURCE, Language, said_in

_FILTERS: Final[dict[str, Filter]] = {
    "agreement_id": uuid,
    "subject": uuid,
    "rule": text,
    "party": one_of("controller", "processor"),
    "overdue": boolean,
    "due_before": instant,
    "q": text,
}
DEADLINES: Final = Listing(
    block="list_deadlines",
    order={"due_at": instant, "id": uuid},
    filters=_FILTERS,
    turned={"due_at": "list_deadlines", "-due_at": "list_deadlines_latest"},
)
MOST: Final = 2_000
"""Entries of a calendar: the soonest."""


class OpenDeadline(msgspec.Struct, frozen=True, kw_only=True):
    """An open deadline of an agreement; `subject` is the agreement or one of its notices."""

    id: UUID
    subject: UUID
    rule: str
    key: str
    text: str
    due_at: datetime
    last_day: date
    boundary: Literal["exclusive", "inclusive", "from"]
    clause: str
    party: Literal["controller", "processor"]


class DeadlineShown(OpenDeadline, frozen=True, kw_only=True):
    """An open deadline, with how it was counted."""

    processor_id: UUID
    subject_kind: str
    agreement_id: UUID | None
    customer: str | None
    zone: str
    reading: str
    steps: list[str]
    calendar: str
    overdue: bool
    remind_at: datetime | None
    """When it is spoken of next; null: nothing is left to say."""


def shown(row: Any) -> DeadlineShown:
    """A row of `list_deadlines`."""
    own = {"subject": row["subject_id"], "steps": msgspec.json.decode(row["steps"])}
    own["text"] = _text(row["rule"], row["text"], row["language"])
    own["remind_at"] = row["remind_at"] if row["remind_at"] != LOOK_AGAIN else None
    return DeadlineShown(**own, **{name: row[name] for name in DeadlineShown.__struct_fields__ if name not in own})


def _text(rule: str, text: str, lang: Language) -> str:
    """What is to be done, for a reader at the processor."""
    return text if lang == SOURCE else deadline_text(rule, text, lang)


@get("/deadlines", opt={"spans": True, "query": DEADLINES.query}, tags=["deadlines"])
async def list_deadlines(call: NamedDependency[RequestContext]) -> Response[Page[DeadlineShown]]:
    """Every open deadline, soonest first unless `sort` says otherwise."""
    return await call.page(DEADLINES, shown)


_CALENDAR: Final = {"spans": True, "query": _FILTERS, "cached": True}


@get("/deadlines.ics", opt=_CALENDAR, tags=["deadlines"], media_type="text/calendar")
async def read_deadline_calendar(call: NamedDependency[RequestContext]) -> Response[bytes]:
    """The soonest open deadlines as a calendar (RFC 5545); takes the filters of the list."""

    async def read(pool: Pool) -> Response[bytes]:
        call.reads_of = pool
        async with call.reading() as unit:
            return await as_calendar(unit.connection, unit.processors, call.request, call.asked)

    return await call.parts.old_reads.read(read)


async def as_calendar(
    connection: Connection, processors: Sequence[UUID], request: Request[Any, Any, Any], asked: Mapping[str, Any]
) -> Response[bytes]:
    """The soonest open deadlines of these processors; `asked` are filters of the list."""
    block = DEADLINES.block
    filters = {name: asked.get(name) for name in _FILTERS}
    begin = [None] * len(DEADLINES.order)
    values = [processors, MOST, *begin, *filters.values()]
    rows = await few_rows(connection, block, block, filters, values, begin)
    if rows is None:
        rows = await connection.fetch(sql(block), *values)
    host = parts_of(request).settings.base_url.partition("://")[2]
    spoken: set[Language] = {row["language"] for row in rows}
    lang = next(iter(spoken)) if len(spoken) == 1 else SOURCE
    body = calendar(
        "Termijn", lang, host, (_entry(shown(row), _text(row["rule"], row["text"], lang), lang) for row in rows)
    )
    return answer(body, request.headers.get("if-none-match"), {})


def _entry(one: DeadlineShown, text: str, lang: Language) -> FeedEntry:
    """A person at the processor reads it: days and hours are those of the agreement's place."""
    said = last_moment if one.boundary == "exclusive" else moment
    until = said(one.due_at, one.zone, lang)
    how = "from" if one.boundary == "from" else "day" if until.whole_day else "hour"
    words = said_in(lang)
    when = words(
        f"terms.feed_{how}", who=words(f"party.{one.party}"), day=until.day, time=until.time, place=until.place
    )
    title = rule_title(one.rule, lang, unknown=text)
    return FeedEntry(
        id=one.id,
        subject=one.subject,
        rule=one.rule,
        key=one.key,
        due_at=one.due_at,
        last_day=one.last_day if one.boundary == "exclusive" else None,
        summary=f"{text}: {one.customer}" if one.customer else text,
        description=f"{title} ({one.clause}). {when[:1].upper()}{when[1:]}",
    )


ROUTES: Final = (list_deadlines, read_deadline_calendar)
