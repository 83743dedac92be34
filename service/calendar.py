"""Deadlines as a calendar that programs subscribe to (RFC 5545): the same deadline is the same entry for ever."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

import msgspec
from icalendar import Calendar, Event
from litestar import Response

from service.http.conditional import none_match

_END: Final = b"END:VCALENDAR\r\n"
_AGAIN: Final = timedelta(hours=12)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline in words.

    `id` is its row's (a new row takes the place of one that moved), `due_at` its instant, UTC; `last_day` is the
    whole day that is the last one, None where it is due at an hour.
    """

    id: UUID
    subject: UUID
    rule: str
    key: str = ""
    due_at: datetime
    last_day: date | None
    summary: str
    description: str
    url: str | None = None


def uid(subject: UUID, rule: str, key: str, host: str) -> str:
    """The entry's name, the same wherever and whenever the deadline is told of."""
    said = f"{rule}/{key}".encode()
    return f"{subject}-{hashlib.sha256(said).hexdigest()[:16]}@{host}"


def calendar(name: str, lang: str, host: str, entries: Iterable[FeedEntry]) -> bytes:
    """The deadlines as an iCalendar file; equal deadlines give equal bytes."""
    made = Calendar()
    made.add("prodid", f"-//Termijn//Deadlines//{lang.upper()}")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("refresh-interval", _AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", _AGAIN, parameters={"VALUE": "DURATION"})
    whole: bytes = made.to_ical()
    head, end, _ = whole.rpartition(_END)
    return b"".join((head, *(_written(one, host) for one in entries), end))


def answer(body: bytes, if_none_match: str | None, headers: dict[str, str]) -> Response[bytes]:
    """The calendar as an answer, 304 where the reader has it; `headers` besides its own."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    own = {
        **headers,
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="deadlines.ics"',
    }
    if not none_match(if_none_match, tag):
        return Response(b"", status_code=304, headers=own)
    return Response(body, media_type="text/calendar", headers=own)


@lru_cache(maxsize=4096)
def _written(one: FeedEntry, host: str) -> bytes:
    """A calendar is asked for again and again, and each time most of it is as it was."""
    found: bytes = _event(one, host).to_ical()
    return found


def _event(one: FeedEntry, host: str) -> Event:
    """A whole last day is a day's entry; what is due at an instant stands at that instant."""
    event = Event()
    event.add("uid", uid(one.subject, one.rule, one.key, host))
    event.add("dtstamp", _made_at(one.id))
    if one.last_day is not None:
        event.add("dtstart", one.last_day)
        event.add("dtend", one.last_day + timedelta(days=1))
    else:
        event.add("dtstart", one.due_at)
    event.add("summary", one.summary)
    event.add("description", one.description)
    event.add("categories", [one.rule])
    event.add("transp", "TRANSPARENT")
    if one.url is not None:
        event.add("url", one.url)
    return event


def _made_at(id: UUID) -> datetime:
    """When a row was made: its UUIDv7 begins with milliseconds (RFC 9562, 5.7)."""
    return _EPOCH + timedelta(milliseconds=id.int >> 80)
