"""Last moments as a calendar (RFC 5545, 5546) that goes with a message. Pure.

Whatever it holds comes from the message and its Date, so that making it again makes the same bytes.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from icalendar import Alarm, Calendar, Event, vCalAddress

from service.mail.kinds.views import CalendarEntry, Entries
from service.mail.outgoing.mime import one_line
from service.mail.texts.texts import Remark
from service.wording import last_day_of
from workflows.time import end_of_day, start_of_day

PRODUCT: Final = "-//Termijn//Last moments//EN"
BLOCK: Final = timedelta(minutes=30)
"""How long before a moment within a day its entry begins."""
MORNING: Final = timedelta(hours=9)
DAYS_BEFORE: Final = (3, 1)
"""An entry rings so many days before its last day, or before its moment: the first that is still ahead."""
SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""A later message has the higher number: the seconds since then, which fit until the year 2088."""
_LARGEST: Final = 2**31 - 1  # RFC 5545, 3.3.8


class CalendarSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What all entries of a message share.

    `zone` is the agreement's, `host` stands behind the @ of their names, `now` is the message's Date (UTC);
    `organizer` and `address` are the processor as the sender.
    """

    contact: UUID
    zone: str
    host: str
    organizer: str
    address: str
    now: datetime


def calendar(
    entries: Entries, sheet: CalendarSheet, remark: Callable[[CalendarEntry], Remark], url: str | None
) -> bytes:
    """The entries, published or cancelled, with the words that `remark` has for each and the page to answer on."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", method(entries))
    for one in entries.entries:
        made.add_component(_event(one, sheet, remark(one), None if entries.cancelled else url))
    content: bytes = made.to_ical()
    return content


def method(entries: Entries) -> str:
    """The calendar's METHOD, which its Content-Type repeats."""
    return "CANCEL" if entries.cancelled else "PUBLISH"


def name_of(entry: CalendarEntry, sheet: CalendarSheet) -> str:
    """The UID: one for each right of a contact about a subject, whatever message speaks of it."""
    return f"{entry.subject}-{sheet.contact}-{entry.rule}@{sheet.host}"


def _event(entry: CalendarEntry, sheet: CalendarSheet, said: Remark, url: str | None) -> Event:
    made = Event()
    made.add("uid", name_of(entry, sheet))
    made.add("dtstamp", sheet.now.astimezone(UTC).replace(microsecond=0))
    made.add("sequence", min(max(int((sheet.now - SINCE).total_seconds()), 0), _LARGEST))
    made.add("organizer", _organizer(sheet))
    made.add("summary", one_line(said.summary))
    if entry.until is not None:
        _place(made, entry.until, sheet.zone)
    if url is None:
        made.add("status", "CANCELLED")
        return made
    made.add("description", "\n".join(one_line(line, 1000) for line in said.description.split("\n")))
    made.add("url", url)
    made.add("status", "CONFIRMED")
    made.add("transp", "TRANSPARENT")
    made.add("class", "PRIVATE")  # the page is the contact's own
    if entry.until is not None and (before := _rings(entry.until, sheet)) is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one_line(said.summary))
        alarm.add("trigger", before)
        made.add_component(alarm)
    return made


def _organizer(sheet: CalendarSheet) -> vCalAddress:
    made = vCalAddress(f"mailto:{sheet.address}")
    made.params["CN"] = one_line(sheet.organizer, 100).replace('"', "'")
    return made


def _whole_day(until: datetime, zone: str) -> bool:
    return end_of_day(last_day_of(until, zone), zone) == until


def _place(made: Event, until: datetime, zone: str) -> None:
    """The whole last day, wherever the reader is; else the half hour before the moment, in UTC."""
    if _whole_day(until, zone):
        day = last_day_of(until, zone)
        made.add("dtstart", day)
        made.add("dtend", day + timedelta(days=1))
    else:
        made.add("dtstart", until.astimezone(UTC) - BLOCK)
        made.add("dtend", until.astimezone(UTC))


def _rings(until: datetime, sheet: CalendarSheet) -> timedelta | None:
    """How long before its beginning (negative) the entry rings; None where all that is over."""
    whole = _whole_day(until, sheet.zone)
    begins = start_of_day(last_day_of(until, sheet.zone), sheet.zone) if whole else until - BLOCK
    for days in DAYS_BEFORE:
        before = (MORNING if whole else timedelta()) - timedelta(days=days)
        if begins + before > sheet.now:
            return before
    return None
