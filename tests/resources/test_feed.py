"""The calendar of deadlines, by an address that a calendar program can take."""

from icalendar import Calendar

from tests.http.conftest import ACME
from tests.resources.conftest import Desk
from tests.resources.test_notices import told


async def test_a_calendar_program_reads_without_a_key(desk: Desk) -> None:
    await told(desk)
    key = await desk.api.key(desk.processor, "manager")
    made = await desk.api.made("feed", None, key=key)
    address = made["url"].removeprefix("http://termijn.test")
    assert made["url"] != address
    read = await desk.api.client.get(address)
    assert (read.status_code, read.headers["Content-Type"].partition(";")[0]) == (200, "text/calendar")
    assert Calendar.from_ical(read.content).events
    assert (await desk.api.client.get(address, headers={"If-None-Match": read.headers["ETag"]})).status_code == 304

    token = address.split("/")[2]
    for other in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-1], token + "A", "x", "%00", "é" * 64):
        assert (await desk.api.client.get(f"/c/{other}/deadlines.ics")).status_code == 404

    again = (await desk.api.made("feed", None, key=key))["url"].removeprefix("http://termijn.test")
    assert (await desk.api.client.get(address)).status_code == 404, "asking again ends the old one"
    assert (await desk.api.client.get(again)).status_code == 200
    assert (await desk.api.call("DELETE", "feed", key=key)).status_code == 204
    assert (await desk.api.client.get(again)).status_code == 404


async def test_it_shows_what_its_key_may_see_and_ends_with_it(desk: Desk) -> None:
    await told(desk)
    another = await desk.api.made("processors", {**ACME, "name": "Another", "slug": "another"})
    key = await desk.api.made(f"processors/{another['id']}/keys", {"name": "robot", "role": "manager"})
    theirs = (await desk.api.made("feed", None, key=key["key"]))["url"].removeprefix("http://termijn.test")
    everyones = (await desk.api.made("feed", None))["url"].removeprefix("http://termijn.test")
    assert not Calendar.from_ical((await desk.api.client.get(theirs)).content).events
    assert Calendar.from_ical((await desk.api.client.get(everyones)).content).events
    await desk.api.call("DELETE", f"processors/{another['id']}/keys/{key['id']}")
    assert (await desk.api.client.get(theirs)).status_code == 404
