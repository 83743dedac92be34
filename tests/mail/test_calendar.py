"""The last moment to answer in the reader's calendar, from the first mail to the last."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from service.mail.kinds.views import CalendarEntry, Entries
from service.mail.outgoing.calendar import CalendarSheet, calendar
from service.mail.texts.texts import Remark
from tests.mail.server import Attempt, Scripted
from tests.mail.test_content import announced, choice_held_open, held_open, last
from tests.world import World, local
from workflows.time import end_of_day, local_day

SUBJECT, CONTACT = UUID(int=1), UUID(int=2)
ZONE = "Europe/Amsterdam"
URL = "https://dpa.example.org/n/token"
SENT = datetime(2026, 3, 2, 9, 0, 30, 5, tzinfo=UTC)


def sheet(**more: Any) -> CalendarSheet:
    given: dict[str, Any] = {"contact": CONTACT, "zone": ZONE, "host": "dpa.example.org", "organizer": "Acme",
             "address": "dpa@acme.example", "now": SENT}  # fmt: skip
    return CalendarSheet(**(given | more))


def entry(until: datetime | None) -> CalendarEntry:
    return CalendarEntry(subject=SUBJECT, rule="subprocessor.objection", act="object", clause="7.1", until=until)


def made(until: datetime | None, *, cancelled: bool = False, said: str = "Last day", **more: Any) -> tuple[bytes, Any]:
    entries = Entries((entry(until),), cancelled)
    content = calendar(entries, sheet(**more), lambda _: Remark(said, f"{said}\nanswer at {URL}"), URL)
    event: Any
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return content, event


def test_a_whole_last_day_is_that_day_wherever_the_reader_is() -> None:
    content, event = made(end_of_day(date(2026, 4, 1), ZONE))
    found = Calendar.from_ical(content)
    assert (found["METHOD"], found["VERSION"]) == ("PUBLISH", "2.0")
    assert (event.start, event.end) == (date(2026, 4, 1), date(2026, 4, 2))
    assert event["UID"] == f"{SUBJECT}-{CONTACT}-subprocessor.objection@dpa.example.org"
    assert event["DTSTAMP"].dt == SENT.replace(microsecond=0)
    assert event["SEQUENCE"] == int((SENT - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds())
    assert (event["STATUS"], event["CLASS"], event["TRANSP"]) == ("CONFIRMED", "PRIVATE", "TRANSPARENT")
    assert event["URL"] == URL
    assert event["ORGANIZER"] == "mailto:dpa@acme.example"
    assert event["ORGANIZER"].params["CN"] == "Acme"
    (alarm,) = event.walk("VALARM")
    # Three days before, at nine.
    assert event.start - timedelta(days=3) == date(2026, 3, 29)
    assert alarm["TRIGGER"].dt == timedelta(days=-3, hours=9)


def test_a_moment_within_a_day_is_said_in_utc() -> None:
    until = local("2026-04-01T14:00:00+02:00")
    _, event = made(until)
    assert (event.start, event.end) == (until - timedelta(minutes=30), until)
    assert event.start.utcoffset() == timedelta(0)


@pytest.mark.parametrize(("days", "rings"), [(4, -3), (3, -1), (2, -1), (1, None)])
def test_it_rings_while_there_is_still_time(days: int, rings: int | None) -> None:
    _, event = made(SENT + timedelta(days=days))
    alarms = [alarm["TRIGGER"].dt.days for alarm in event.walk("VALARM")]
    assert alarms == ([rings] if rings is not None else [])


def test_what_is_cancelled_says_so_and_rings_no_more() -> None:
    content, event = made(end_of_day(date(2026, 4, 1), ZONE), cancelled=True)
    assert Calendar.from_ical(content)["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event.walk("VALARM") == []
    assert "URL" not in event
    _, bare = made(None, cancelled=True)
    assert "DTSTART" not in bare


@given(st.text(st.characters(), max_size=300))
def test_no_name_becomes_a_line_of_its_own(text: str) -> None:
    content, event = made(end_of_day(date(2026, 4, 1), ZONE), said=text, organizer=text)
    assert len(event.walk("VEVENT")) == 1
    assert {name for name, _ in event.property_items(recursive=False)} <= {
        "BEGIN", "END", "UID", "DTSTAMP", "SEQUENCE", "ORGANIZER", "SUMMARY", "DTSTART", "DTEND", "DESCRIPTION",
        "URL", "STATUS", "TRANSP", "CLASS"}  # fmt: skip
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    assert content == made(end_of_day(date(2026, 4, 1), ZONE), said=text, organizer=text)[0]


def entries_of(attempt: Attempt | Any) -> tuple[str, dict[str, Any]]:
    """The method of a mail's calendar and its entries by rule; empty where it has none."""
    mail = attempt.mail if isinstance(attempt, Attempt) else attempt
    parts = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    if not parts:
        return "", {}
    (part,) = parts
    assert part.get_content_disposition() == "attachment"
    assert str(part.get_filename()).endswith(".ics")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    found: Any = Calendar.from_ical(payload)
    assert found["METHOD"] == part.get_param("method")
    return str(found["METHOD"]), {str(one["UID"]): one for one in found.walk("VEVENT")}


def only(attempt: Any, method: str = "PUBLISH") -> Any:
    found, events = entries_of(attempt)
    assert found == method
    (event,) = events.values()
    return event


@pytest.mark.parametrize(
    ("terms", "rules"),
    [("kmo-solutions", ["subprocessor.objection"]), ("constant-it", ["amendment.termination"]), ("stkkr", []),
     ("mms-solutions", []), ("contict", [])],
)  # fmt: skip
async def test_an_announcement_carries_each_last_moment_that_the_agreement_gives(
    posted: World, smtp: Scripted, terms: str, rules: list[str]
) -> None:
    notice, _ = await announced(posted, terms, "nl")
    _, events = entries_of(last(smtp))
    contact = notice["counting_contact"]
    assert sorted(events) == [f"{notice['id']}-{contact}-{rule}@dpa.example.org" for rule in rules]
    for event in events.values():
        closes = next(one for one in (await rights(posted, notice)) if one["rule"] in str(event["UID"]))
        assert event.start == date.fromisoformat(closes["last_day"])
        assert "Frankfurt Cloud" in event["SUMMARY"]
        assert "https://dpa.example.org/n/" in event["URL"]
        assert closes["clause"] in event["DESCRIPTION"]


async def rights(posted: World, notice: Any) -> list[dict[str, Any]]:
    (row,) = await posted.rows("select rights::text as rights from notice where id = $1", notice["id"])
    found: list[dict[str, Any]] = msgspec.json.decode(row["rights"])
    return found


async def test_one_entry_moves_when_the_time_is_longer_and_goes_when_the_change_is_withdrawn(
    posted: World, smtp: Scripted
) -> None:
    await posted.make_processor(name="Acme")
    kmo = await posted.make_agreement("kmo-solutions", await posted.make_customer(language="en"))
    await held_open(posted, kmo)
    first, longer = (
        only(one) for one in smtp.attempts if entries_of(one)[0] and "still" not in str(one.mail["Subject"])
    )
    assert first["UID"] == longer["UID"]
    assert longer.start > first.start
    assert longer["SEQUENCE"] > first["SEQUENCE"]
    notice = (await posted.rows("select n.* from notice n"))[0]
    assert longer.start == local_day(notice["closes_at"] - timedelta(seconds=1), ZONE)
    await posted.go(notice["closes_at"] - timedelta(hours=1))
    await posted.do(notice["change_id"], "withdraw", reason="no need")
    await posted.drain()
    gone = only(last(smtp), "CANCEL")
    assert gone["UID"] == first["UID"]
    assert gone["STATUS"] == "CANCELLED"
    assert gone["SEQUENCE"] > longer["SEQUENCE"]


async def test_the_choices_entry_moves_when_its_time_is_longer_and_goes_when_the_end_is_taken_back(
    posted: World, smtp: Scripted
) -> None:
    await posted.make_processor(name="Acme")
    agreement = await choice_held_open(posted, await posted.make_customer(language="en"))
    first = next(only(one) for one in smtp.attempts if "has ended" in str(one.mail["Subject"]))
    longer = only(last(smtp))
    assert "more time to choose" in str(last(smtp)["Subject"])
    assert first["UID"] == longer["UID"]
    assert longer["SEQUENCE"] > first["SEQUENCE"]
    (row,) = await posted.rows("select choice_until from agreement where id = $1", agreement)
    assert longer.start == local_day(row["choice_until"] - timedelta(seconds=1), ZONE) > first.start
    await posted.do(agreement, "cancel-end", reason="a mistake")
    await posted.drain()
    gone = only(last(smtp), "CANCEL")
    assert (gone["UID"], gone["STATUS"]) == (first["UID"], "CANCELLED")


async def test_a_reminder_speaks_of_the_same_entry(posted: World, smtp: Scripted) -> None:
    notice, _ = await announced(posted, "kmo-solutions", "nl")
    first = only(last(smtp))
    await posted.go(notice["closes_at"] - timedelta(hours=12))
    mail = last(smtp)
    assert "u kunt nog reageren tot en met 1 april 2026" in mail["Subject"]
    text = str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    for wanted in ("artikel 7.1", "ALS U NIETS DOET", "1 april 2026", "https://dpa.example.org/n/"):
        assert wanted in text
    again = only(mail)
    assert again["UID"] == first["UID"]
    assert again.start == first.start == date(2026, 4, 1)
    assert again["SEQUENCE"] > first["SEQUENCE"]


async def test_an_answered_objection_leaves_the_way_out_or_nothing(posted: World, smtp: Scripted) -> None:
    notice, _ = await announced(posted, "kmo-solutions", "en")
    first = only(last(smtp))
    await posted.do(notice["id"], "object", by="Kim")
    await posted.do(notice["id"], "decide", decision="uphold", reason="a fair point")
    await posted.drain()
    assert only(last(smtp), "CANCEL")["UID"] == first["UID"]


async def test_the_choice_about_the_data_has_its_moment(posted: World, smtp: Scripted) -> None:
    await posted.make_processor(name="Acme")
    kmo = await posted.make_agreement("kmo-solutions", await posted.make_customer(language="en"))
    await posted.do(kmo, "end-main-contract", on="2026-07-31")
    await posted.drain()
    planned = only(last(smtp))
    assert planned["UID"].startswith(f"{kmo}-")
    assert planned.start == date(2026, 8, 14)
    assert planned["SUMMARY"].startswith("Last day to ask for your data to be returned")
    await posted.do(kmo, "cancel-end", reason="a mistake")
    await posted.drain()
    assert only(last(smtp), "CANCEL")["UID"] == planned["UID"]
    await posted.do(kmo, "end-main-contract", on="2026-07-31")
    await posted.go(local("2026-08-03T09:00:00+02:00"))
    ended = next(one for one in reversed(smtp.attempts) if "has ended" in str(one.mail["Subject"]))
    assert only(ended)["UID"] == planned["UID"]
    await posted.do(kmo, "choose", data="return", format="CSV", channel="mail", by="Kim")
    await posted.drain()
    assert only(last(smtp)).start == date(2026, 8, 14)
    text = " ".join(str(last(smtp).get_body(("plain",)).get_content()).split())  # type: ignore[union-attr]
    assert "You can change your choice until Friday 14 August 2026 24:00" in text


async def test_it_is_the_same_to_the_byte_when_it_is_tried_again(posted: World, smtp: Scripted) -> None:
    await posted.make_processor(name="Acme")
    host = await posted.make_subprocessor("Frankfurt Cloud")
    await posted.make_agreement("kmo-solutions", await posted.make_customer("C", language="en"))
    smtp.at_data["kim@c.example"].extend(["451 later", "451 later"])
    await posted.announce(await posted.make_change(host))
    await posted.days(2)
    contents = [one.content for one in smtp.to("kim@c.example") if entries_of(one)[0]]
    assert len(contents) == 3
    assert len(set(contents)) == 1
