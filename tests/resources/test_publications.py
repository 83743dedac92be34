"""Changes that count from the day on which a page was updated: recorded with its bytes, and shown to everybody."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from tests.lantern import LED_BY_PUBLICATION, PUBLISHED, lantern
from tests.resources.conftest import Desk
from workflows.terms.load import to_document

AT = datetime(2026, 6, 3, 14, 0, tzinfo=UTC)


async def announced(desk: Desk, other: dict[str, Any], **more: Any) -> tuple[Any, Any, Any]:
    """An agreement, its subprocessor and a change that was announced, on Wednesday 3 June at 15:00 in London."""
    await desk.api.made("terms", {"document": to_document(lantern(**other))})
    agreement = await desk.agreement("lantern-dpa")
    await desk.world.go(AT)
    host = await desk.subprocessor()
    return agreement, host, await desk.announced(host["id"], **more)


async def notice_of(desk: Desk, change: Any) -> Any:
    (found,) = await desk.items("notices", change_id=change["id"])
    return found


async def test_the_window_runs_from_the_publication_whatever_becomes_of_the_mail(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    agreement, host, change = await announced(desk, PUBLISHED)
    preview = await desk.get(f"changes/{change['id']}/preview")
    assert any("counts from the publication (5.3)" in one for one in preview["warnings"])
    assert (await notice_of(desk, change))["closes_at"] is None
    await desk.world.days(1)
    body = {"url": "https://lantern.example/subprocessors", "content": "<h1>Hosting BV</h1>"}
    published = await desk.act(f"changes/{change['id']}/publish", body)
    (page,) = published["publications"]
    assert page["at"] == "2026-06-04T14:00:00Z"
    assert (page["revision"], page["url"]) == (1, body["url"])
    assert page["sha256"] == hashlib.sha256(body["content"].encode()).hexdigest()
    kept = await desk.api.get(f"changes/{change['id']}/publications/{page['file_id']}")
    assert kept.content == body["content"].encode()
    notice = await notice_of(desk, change)
    assert (notice["state"], notice["received_how"]) == ("open", "published")
    # Seven days from Thursday 4 June, and fourteen before it may begin.
    assert notice["closes_at"] == "2026-06-11T23:00:00Z"
    assert notice["proceeds_at"] == notice["engages_at"] == "2026-06-18T23:00:00Z"
    (told,) = await desk.items("events", subject=change["id"], type="change.published")
    assert told["data"]["sha256"] == page["sha256"]
    await desk.world.go(datetime(2026, 6, 18, 23, 0, tzinfo=UTC))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]


async def test_until_it_is_published_nobody_can_say_when_it_begins(desk: Desk) -> None:
    agreement, host, change = await announced(desk, LED_BY_PUBLICATION)
    notice = await notice_of(desk, change)
    assert (notice["closes_at"], notice["engages_at"]) == ("2026-06-10T23:00:00Z", None)
    await desk.world.go(datetime(2026, 6, 30, 9, 0, tzinfo=UTC))
    asked = await desk.gate(agreement["id"], host["id"])
    assert not asked["allowed"]
    assert "publication" in asked["why"]
    body = {"url": "https://lantern.example/subprocessors", "content": "page"}
    await desk.act(f"changes/{change['id']}/publish", body)
    assert (await notice_of(desk, change))["engages_at"] == "2026-07-14T23:00:00Z"
    await desk.world.go(datetime(2026, 7, 14, 23, 0, tzinfo=UTC))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]


async def test_the_own_page_is_kept_as_it_reads(desk: Desk) -> None:
    _, _, change = await announced(desk, PUBLISHED)
    refused = await desk.refused(f"changes/{change['id']}/publish", {})
    assert refused["errors"][0]["path"] == "url"
    await desk.api.call("PATCH", f"processors/{desk.processor}", json={"public": True})
    published = await desk.act(f"changes/{change['id']}/publish", {})
    (page,) = published["publications"]
    assert page["url"].endswith("/s/acme-telecom")
    kept = await desk.api.get(f"changes/{change['id']}/publications/{page['file_id']}")
    assert b"Hosting BV" in kept.content
    feed = (await desk.api.client.get("/s/acme-telecom/feed.xml")).text
    assert "Gepubliceerd: woensdag 3 juni 2026, 16:00 uur" in feed
    assert kept.headers["content-disposition"].startswith("attachment")


async def test_what_cannot_be(desk: Desk) -> None:
    _, _, change = await announced(desk, PUBLISHED)
    path = f"changes/{change['id']}/publish"
    for body, place in (
        ({"url": "https://lantern.example"}, "content"),
        ({"content": "page"}, "url"),
        ({"url": "lantern", "content": "page"}, "url"),
        ({"url": "https://lantern.example", "content": " "}, "content"),
    ):
        assert (await desk.refused(path, body))["errors"][0]["path"] == place
    there = {"url": "https://lantern.example", "content": "page"}
    for at in ("2026-06-03T13:59:00Z", "2026-06-03T14:01:00Z"):
        assert (await desk.refused(path, {**there, "at": at}))["status"] == 409
    draft = await desk.change((await desk.subprocessor("Another"))["id"])
    assert (await desk.refused(f"changes/{draft['id']}/publish", there))["status"] == 409
    unknown = await desk.api.get(f"changes/{change['id']}/publications/{change['id']}")
    assert unknown.status_code == 404


async def test_a_new_text_has_to_be_published_anew(desk: Desk) -> None:
    _, _, change = await announced(desk, PUBLISHED)
    there = {"url": "https://lantern.example", "content": "page"}
    await desk.act(f"changes/{change['id']}/publish", there)
    await desk.world.days(2)
    amended = {"fields": {"reason": "another text"}, "substance": True, "reason": "it was wrong"}
    await desk.act(f"changes/{change['id']}/amend", amended)
    assert (await notice_of(desk, change))["closes_at"] is None
    await desk.world.days(1)
    await desk.act(f"changes/{change['id']}/publish", there)
    assert (await notice_of(desk, change))["closes_at"] == "2026-06-15T23:00:00Z"


async def test_an_emergency_is_entered_with_the_change(desk: Desk) -> None:
    agreement, host, _ = await announced(desk, {})
    new = await desk.subprocessor("Nood BV")
    body = {"kind": "add", "subprocessor_id": new["id"], "emergency_since": "2026-06-03T16:00:00Z"}
    assert (await desk.refused("changes", body))["errors"][0]["path"] == "emergency_since"
    change = await desk.announced(new["id"], emergency_since="2026-06-03T13:00:00Z")
    assert (await notice_of(desk, change))["engaged_at"] == "2026-06-03T13:00:00Z"
    assert (await desk.gate(agreement["id"], new["id"]))["allowed"]
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
