"""One processor follows the list of another: what is announced there is told to the customers here in their turn."""

from typing import Any

import httpx
import pytest

from tests.http.conftest import ACME
from tests.lists.conftest import Look
from tests.resources.conftest import CONTACTS, FACTS, Desk
from tests.webhooks.receiver import Call, Receiver


class Upstream:
    """A second processor of this service, whose public list is fetched over HTTP on this machine."""

    def __init__(self, desk: Desk, id: str, key: str, list: Receiver) -> None:
        self.desk, self.id, self.key, self.list = desk, id, key, list

    async def made(self, path: str, json: Any) -> Any:
        return await self.desk.api.made(path, json, key=self.key)

    async def act(self, path: str, json: Any = None) -> Any:
        answer = await self.desk.api.post(path, json, key=self.key)
        assert answer.status_code == 200, answer.text
        await self.desk.world.drain()
        return answer.json()

    async def announced(self, name: str, **more: Any) -> Any:
        body = {"name": name, "service": "storage", "country": "IE", "bound_on": "2026-01-01"}
        store = await self.made("subprocessors", body)
        change = await self.made("changes", {"kind": "add", "subprocessor_id": store["id"], **more})
        return await self.act(f"changes/{change['id']}/notify")


@pytest.fixture
async def above(desk: Desk, publisher: Receiver) -> Upstream:
    """A host with a customer of its own and a public list, which the publisher hands on as the service answers it."""
    made = await desk.api.made("processors", {**ACME, "name": "Host", "slug": "host", "public": True})
    key = await desk.api.key(made["id"], "director")
    host = Upstream(desk, made["id"], key, publisher)
    customer = await host.made("customers", {"name": "Ours", "country": "NL", "language": "nl", "contacts": CONTACTS})
    terms = "kmo-solutions"
    contract = {"reference": "H-1", "starts_on": "2026-01-01"}
    body = {"customer_id": customer["id"], "terms": terms, "main_contract": contract, "facts": FACTS[terms]}
    agreement = await host.made("agreements", body)
    await host.act(f"agreements/{agreement['id']}/send")

    async def hand_on(call: Call) -> None:
        found: httpx.Response = await desk.api.client.get(
            "/s/host/subprocessors.json", headers={"If-None-Match": call.headers.get("if-none-match", "")}
        )
        head = f"HTTP/1.1 {found.status_code} As told\r\n" + "".join(
            f"{name}: {found.headers[name]}\r\n" for name in ("content-type", "etag") if name in found.headers
        )
        length = f"Content-Length: {len(found.content)}\r\nConnection: close\r\n\r\n"
        publisher.always = f"{head}{length}".encode() + found.content

    publisher.before = hand_on
    return host


async def side(desk: Desk) -> Desk:
    """The desk of the follower, with a key of its own: there are two processors."""
    key = await desk.api.key(desk.processor, "director")
    return Desk(type(desk.api)(desk.api.app, desk.api.client, key), desk.world, desk.processor)


async def follower(desk: Desk, above: Upstream, terms: str, carry_on: str) -> tuple[Desk, Any, Any]:
    """Somebody who has the host at work, and follows its list."""
    mine = await side(desk)
    host = await mine.subprocessor("Host")
    agreement = await mine.agreement(terms, subprocessors=[host["id"]])
    body = {"subprocessor_id": host["id"], "url": above.list.url("/s/host/subprocessors.json"), "carry_on": carry_on}
    return mine, agreement, await mine.api.made("watches", body)


async def test_what_is_announced_above_is_announced_below(desk: Desk, above: Upstream, look: Look) -> None:
    mine, agreement, watch = await follower(desk, above, "kmo-solutions", "announce")
    await desk.api.call("PATCH", f"processors/{desk.processor}", json={"reply_to": "answers@acme.example"})
    known = {"address": "Quay 1, Dublin", "contact": "privacy@store.example", "categories": ["backups"]}
    await mine.subprocessor("Store Ltd", country="IE", **known)
    await look(0)
    assert await mine.items("upstream-notices") == []
    change = await above.announced("Store Ltd", effective_on="2026-06-01")
    await look()
    [notice] = await mine.items("upstream-notices")
    assert (notice["kind"], notice["effective_on"], notice["state"]) == ("add", "2026-06-01", "received")
    below = await mine.get(f"changes/{notice['change_id']}")
    assert (below["kind"], below["effective_on"], below["subprocessor_name"]) == ("add", "2026-06-01", "Store Ltd")
    assert below["state"] != "draft"
    [told] = await mine.items("notices", change_id=below["id"])
    assert (told["agreement_id"], told["state"]) == (agreement["id"], "open")
    [event] = await mine.items("events", subject=watch["id"], type="watch.differed")
    assert event["data"]["announced"] == [below["id"]]
    notified = [one["actor"] for one in await mine.items("events", subject=below["id"], type="change.notified")]
    assert notified == [f"watch:{watch['id']}"]
    # Whether to accept stays a person's, and so does what becomes of the draft when the host withdraws.
    assert [one["kind"] for one in await mine.items("tasks", subject=notice["id"])] == ["upstream"]
    await look()
    assert len(await mine.items("upstream-notices")) == 1
    await above.act(f"changes/{change['id']}/withdraw", {"reason": "not needed"})
    await look()
    [_, gone] = await mine.items("upstream-notices")
    assert "Store Ltd" in gone["text"]
    assert (await mine.get(f"changes/{below['id']}"))["state"] == below["state"]


async def test_what_needs_a_person_stays_a_draft(desk: Desk, above: Upstream, look: Look) -> None:
    """Nobody has said yet when the new one was bound, nor how customers reach it."""
    mine, _, watch = await follower(desk, above, "kmo-solutions", "announce")
    await above.announced("Store Ltd")
    await look(0)
    [notice] = await mine.items("upstream-notices")
    draft = await mine.get(f"changes/{notice['change_id']}")
    assert draft["state"] == "draft"
    assert (await mine.get(f"changes/{draft['id']}/preview"))["warnings"]
    record = await mine.get(f"subprocessors/{draft['subprocessor_id']}")
    assert (record["service"], record["country"], record["bound_on"]) == ("storage", "IE", None)
    [event] = await mine.items("events", subject=watch["id"], type="watch.differed")
    assert event["data"]["announced"] == []


async def test_a_draft_is_a_draft(desk: Desk, above: Upstream, look: Look) -> None:
    mine, _, _ = await follower(desk, above, "kmo-solutions", "draft")
    known = await mine.subprocessor("STORE ltd", country="IE")
    await above.announced("Store Ltd")
    await look(0)
    [notice] = await mine.items("upstream-notices")
    draft = await mine.get(f"changes/{notice['change_id']}")
    assert (draft["state"], draft["subprocessor_id"]) == ("draft", known["id"])
    assert await mine.items("notices", change_id=draft["id"]) == []


async def test_where_no_draft_can_be_made_the_notice_says_why(desk: Desk, above: Upstream, look: Look) -> None:
    mine, _, _ = await follower(desk, above, "kmo-solutions", "draft")
    await above.announced("Store Ltd", effective_on="2026-03-03")
    await look(72)
    [notice] = await mine.items("upstream-notices")
    assert notice["kind"] == "add"
    assert (notice["change_id"] is None) is ("kon geen concept" in notice["text"])


async def test_ones_own_list_brings_nothing_by_itself(desk: Desk, above: Upstream, look: Look) -> None:
    """Nor does a circle: what is announced here is under way here."""
    me = Desk(type(desk.api)(desk.api.app, desk.api.client, above.key), desk.world, above.id)
    host = await me.subprocessor("Host itself")
    body = {"subprocessor_id": host["id"], "url": above.list.url("/list"), "carry_on": "announce"}
    await me.api.made("watches", body)
    await look(0)
    await above.announced("Store Ltd")
    for _ in range(3):
        await look()
    [notice] = await me.items("upstream-notices")
    assert notice["change_id"] is None
    assert len(await me.items("changes")) == 1
    assert "/list" not in notice["text"]
