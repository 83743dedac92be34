"""A contact's deadlines as a calendar to subscribe to."""

import html
import re
from datetime import date
from typing import Any

from icalendar import Calendar

from tests.pages.conftest import Site
from tests.pages.notices import told
from tests.pages.test_contact import customer_of


async def feed_of(site: Site, path: str) -> str:
    """The address that the page names, as a path."""
    shown = await site.client.get(path)
    found = re.search(r'value="(http[^"]*deadlines\.ics)"', shown.text)
    assert found is not None
    assert f'href="webcal://{found[1].partition("://")[2]}"' in shown.text
    return html.unescape(found[1]).removeprefix("http://testserver")


async def test_the_calendar_has_the_last_moments_in_the_customers_words(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions", lang="en")
    own = await site.own_page(await customer_of(site, agreement))
    feed = await feed_of(site, own)
    answer = await site.client.get(feed)
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    event: Any
    [event] = calendar.walk("VEVENT")
    assert event["SUMMARY"] == "Acme: Objection to a subprocessor (New subprocessor: Hosting BV)"
    assert "Your last moment" in event["DESCRIPTION"]
    assert event["DTSTART"].dt == date(2026, 4, 1)
    assert event["UID"].startswith(str(notice))
    assert b"\r\n" in answer.content
    tag = answer.headers["etag"]
    again = await site.client.get(feed, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await site.world.days(1)
    assert (await site.client.get(feed)).headers["etag"] == tag
    await site.answer(await site.link(notice), "object")
    await site.world.drain()
    assert (await site.client.get(feed, headers={"if-none-match": tag})).status_code in (200, 304)


async def test_an_entry_keeps_its_name_when_its_moment_moves(site: Site) -> None:
    agreement, change, _ = await told(site, "kmo-solutions", lang="nl")
    feed = await feed_of(site, await site.own_page(await customer_of(site, agreement)))
    before: Any
    after: Any
    [before] = Calendar.from_ical((await site.client.get(feed)).content).walk("VEVENT")
    await site.world.days(3)
    await site.world.do(change, "amend", fields={"reason": "Other"}, substance=True, reason="It changed")
    await site.world.drain()
    [after] = Calendar.from_ical((await site.client.get(feed)).content).walk("VEVENT")
    assert before["UID"] == after["UID"]
    assert before["DTSTART"].dt < after["DTSTART"].dt


async def test_the_calendars_address_reads_and_does_nothing_else(site: Site) -> None:
    agreement, _, _ = await told(site, "kmo-solutions", lang="en")
    customer = await customer_of(site, agreement)
    own = await site.own_page(customer)
    feed = await feed_of(site, own)
    token = feed.split("/")[2]
    assert token not in own
    forged = f"{token[:-4]}AAAA"
    for path in (f"/p/{token}", f"/n/{token}", f"/e/{token}", f"/p/{forged}/deadlines.ics", "/p/x/deadlines.ics"):
        assert (await site.client.get(path)).status_code == 404, path
    assert (await site.client.get(f"{own}/deadlines.ics")).status_code == 200
    await site.update(customer, contacts=())
    assert (await site.client.get(feed)).status_code == 404
