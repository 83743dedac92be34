"""Followed lists: read when they are due, within bounds; what is otherwise becomes a notice with a task."""

import asyncio
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from service import worker as worker_module
from service.lists.reader import EVERY, PAUSES, ListReader
from service.settings import Secret
from service.webhooks.sending import SendConfig, Sender
from service.worker import Worker
from tests.lists.conftest import Look
from tests.lists.test_listed import PAGE, change, use
from tests.resources.conftest import Desk
from tests.webhooks.receiver import Call, Receiver
from workflows.ids import new_id
from workflows.intake.watched import open_notices
from workflows.model.public_list import PublicList, Publisher


def published(*in_use: Any, announced: tuple[Any, ...] = ()) -> bytes:
    return msgspec.json.encode(PublicList(processor=Publisher(name="Hosting"), in_use=in_use, announced=announced))


def answer(body: bytes, kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n"
    return head.encode() + body


async def watched(desk: Desk, url: str, **more: Any) -> Any:
    vendor = await desk.subprocessor()
    return await desk.api.made("watches", {"subprocessor_id": vendor["id"], "url": url, **more})


async def of(desk: Desk, watch: Any) -> Any:
    return await desk.get(f"watches/{watch['id']}")


async def test_what_a_list_announces_becomes_a_notice_with_a_draft(desk: Desk, publisher: Receiver, look: Look) -> None:
    await desk.agreement()
    publisher.always = answer(published(use(), announced=(change(effective_on="2026-05-01"),)))
    watch = await watched(desk, publisher.url())
    assert (watch["state"], watch["form"], watch["actions"]) == ("following", None, ["look", "stop"])
    await look(0)
    [notice] = await desk.items("upstream-notices")
    assert (notice["kind"], notice["effective_on"], notice["state"]) == ("add", "2026-05-01", "received")
    assert "Store Ltd" in notice["text"]
    assert "Daar aangekondigd op maandag 2 maart 2026; vanaf wanneer" in notice["text"]
    [task] = await desk.items("tasks", subject=notice["id"])
    assert task["kind"] == "upstream"
    draft = await desk.get(f"changes/{notice['change_id']}")
    assert (draft["state"], draft["kind"], draft["effective_on"]) == ("draft", "add", "2026-05-01")
    assert "Hosting BV" in draft["reason"]["nl"]
    [told] = await desk.items("events", subject=watch["id"], type="watch.differed")
    assert told["actor"] == f"watch:{watch['id']}"
    assert (told["data"]["differences"], told["data"]["notices"]) == (1, [notice["id"]])
    found = await of(desk, watch)
    assert (found["form"], found["tries"], found["status"]) == ("json", 0, 200)
    await look()  # the same again
    assert len(publisher.calls) == 2
    assert len(await desk.items("upstream-notices")) == 1
    publisher.always = answer(published(use("Store Ltd", change().subprocessor_id)))
    await look()
    [_, other] = await desk.items("upstream-notices")
    assert (other["kind"], other["change_id"]) == ("other", None)
    assert "doorgevoerd: Store Ltd" in other["text"]


async def test_nothing_is_read_twice_that_stands_as_it_stood(desk: Desk, publisher: Receiver, look: Look) -> None:
    more = 'ETag: "1"\r\nLast-Modified: Mon, 02 Mar 2026 09:00:00 GMT\r\n'
    publisher.always = answer(published(use()), more=more)
    watch = await watched(desk, publisher.url())
    await look(0)
    publisher.always = 304
    await look()
    asked = publisher.calls[-1].headers
    assert asked["if-none-match"] == '"1"'
    assert asked["if-modified-since"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert ((await of(desk, watch))["tries"], await desk.items("upstream-notices")) == (0, [])
    # With its address given again it is read as if for the first time.
    answered = await desk.api.call("PATCH", f"watches/{watch['id']}", json={"url": publisher.url()})
    assert answered.status_code == 200, answered.text
    await look(0)
    assert "if-none-match" not in publisher.calls[-1].headers


async def test_a_list_that_cannot_be_read_says_why_and_waits_longer(
    desk: Desk, publisher: Receiver, look: Look
) -> None:
    publisher.always = 503
    watch = await watched(desk, publisher.url())
    await look(0)
    found = await of(desk, watch)
    assert (found["state"], found["tries"], found["status"], found["words"]) == ("following", 1, 503, "answered 503")
    await look(1)
    await look(1)
    found = await of(desk, watch)
    assert (found["state"], found["tries"]) == ("failing", 3)
    [task] = await desk.items("tasks", kind="watch_failing")
    assert "het antwoord was status 503" in task["text"]
    assert (await desk.items("events", subject=watch["id"]))[-1]["data"]["words"] == "the answer was status 503"
    assert (task["about"], task["subprocessor_name"]) == (watch["id"], "Hosting BV")
    before = len(publisher.calls)
    await look(1)
    assert len(publisher.calls) == before  # three hours after the third
    await desk.act(f"watches/{watch['id']}/look", {})
    publisher.always = answer(published(use()))
    await look(0)
    found = await of(desk, watch)
    assert (found["state"], found["tries"], found["failing_since"]) == ("following", 0, None)
    assert await desk.items("tasks", kind="watch_failing", state="open") == []


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (answer(b"{}"), "not by the schema"),
        (answer(b"x" * (2 * 1024 * 1024 + 1), "text/html"), "more than 2048 KiB"),
        ((301, b""), "redirects are not followed"),
        (304, "answered 304"),
        (answer(b"x", more="Content-Encoding: gzip\r\n"), "compressed"),
        (None, "no answer within 2 seconds"),
        (b"\0", "the connection broke"),
    ],
)
async def test_what_may_be_answered(desk: Desk, publisher: Receiver, look: Look, sent: Any, words: str) -> None:
    publisher.always = sent
    watch = await watched(desk, publisher.url())
    await look(0)
    found = await of(desk, watch)
    assert words in found["words"]
    assert found["tries"] == 1


async def test_what_was_on_record_once_is_not_opened_again(desk: Desk, publisher: Receiver, look: Look) -> None:
    """A list that moves is the same list."""
    publisher.always = answer(published(announced=(change(),)))
    watch = await watched(desk, publisher.url(), carry_on="announce")
    await look(0)
    [notice] = await desk.items("upstream-notices")
    assert (await desk.get(f"changes/{notice['change_id']}"))["state"] == "draft"
    await desk.api.call("PATCH", f"watches/{watch['id']}", json={"url": publisher.url("/moved")})
    await look(0)
    assert publisher.calls[-1].path == "/moved"
    assert len(await desk.items("upstream-notices")) == 1
    publisher.always = answer(published())
    await look()
    publisher.always = answer(published(announced=(change(),)))
    await look()  # it comes back, and is told
    again = (await desk.items("upstream-notices"))[-1]
    assert again["change_id"] is None  # the draft is there
    assert len(await desk.items("changes")) == 1


@pytest.mark.parametrize("kind", ["remove", "relocate"])
async def test_whom_a_vendor_gives_up_may_go_on_here(desk: Desk, publisher: Receiver, look: Look, kind: str) -> None:
    ours = await desk.subprocessor("Store Ltd", country="IE")
    agreement = await desk.agreement(subprocessors=[ours["id"]])
    publisher.always = answer(published())
    await watched(desk, publisher.url(), carry_on="announce")
    await look(0)
    publisher.always = answer(published(announced=(change(kind=kind, country="DE"),)))
    await look()
    [notice] = await desk.items("upstream-notices")
    assert (notice["kind"], notice["change_id"]) == (kind, None)
    assert "om andere redenen" in notice["text"]
    assert (await desk.gate(agreement["id"], ours["id"]))["allowed"]


async def test_in_whose_place_somebody_comes_stays_too(desk: Desk, publisher: Receiver, look: Look) -> None:
    ours = await desk.subprocessor("Own Host", country="IE")
    await desk.agreement(subprocessors=[ours["id"]])
    publisher.always = answer(published(announced=(change(kind="replace", replaces="Own Host"),)))
    await watched(desk, publisher.url())
    await look(0)
    [notice] = await desk.items("upstream-notices")
    draft = await desk.get(f"changes/{notice['change_id']}")
    assert (notice["kind"], draft["kind"], draft["replaces_id"]) == ("replace", "add", None)
    assert "Own Host" in notice["text"]


async def test_one_odd_change_keeps_none_of_the_others_from_being_told(
    desk: Desk, publisher: Receiver, look: Look
) -> None:
    odd = change(id=new_id(), effective_on=date(1, 1, 1), name="Odd\x07" + "x" * 9_500)
    publisher.always = answer(published(announced=(odd, change())))
    await watched(desk, publisher.url())
    await look(0)
    first, second = await desk.items("upstream-notices")
    assert (first["effective_on"], first["change_id"]) == (None, None)
    assert "kon geen concept" in first["text"]
    assert second["change_id"] is not None


async def test_a_long_difference_is_cut(desk: Desk, publisher: Receiver, look: Look) -> None:
    pages = ["".join(f"<p>{word} {one} {'x' * 300}" for one in range(60)) for word in ("old", "new")]
    publisher.always = answer(pages[0].encode(), "text/html")
    await watched(desk, publisher.url())
    await look(0)
    publisher.always = answer(pages[1].encode(), "text/html")
    await look()
    [notice] = await desk.items("upstream-notices")
    assert 8_000 < len(notice["text"]) <= 9_000


async def test_a_page_shows_its_differences(desk: Desk, publisher: Receiver, look: Look) -> None:
    publisher.always = answer(PAGE.encode(), "text/html")
    watch = await watched(desk, publisher.url())
    await look(0)
    assert await desk.items("upstream-notices") == []
    publisher.always = answer(PAGE.replace("NL", "BE").encode(), "text/html")
    await look()
    [notice] = await desk.items("upstream-notices")
    assert notice["kind"] == "other"
    assert notice["text"].splitlines()[1:] == ["− Hall BV NL", "+ Hall BV BE"]
    publisher.always = answer(published(use()))
    await look()
    assert "was page and is json now" in (await of(desk, watch))["words"]


async def test_what_is_refused(desk: Desk, publisher: Receiver) -> None:
    vendor = await desk.subprocessor()
    for url in ("http://10.0.0.1/list", "https://192.168.1.1/", "ftp://x.example/"):
        refused = await desk.refused("watches", {"subprocessor_id": vendor["id"], "url": url})
        assert refused["errors"][0]["path"] == "url", url
    unknown = await desk.refused("watches", {"subprocessor_id": desk.processor, "url": "https://hosting.example/list"})
    assert unknown["status"] == 404
    watch = await watched(desk, publisher.url())
    bad = await desk.refused(f"watches/{watch['id']}", {"url": "https://10.0.0.1/"}, method="PATCH")
    assert bad["errors"][0]["path"] == "url"


async def test_a_watch_that_was_stopped_is_not_read(desk: Desk, publisher: Receiver, look: Look) -> None:
    publisher.always = answer(published(use()))
    watch = await watched(desk, publisher.url())
    await look(0)
    assert (await of(desk, watch))["form"] == "json"
    stopped = await desk.act(f"watches/{watch['id']}/stop", {"reason": "the contract ended"})
    assert (stopped["state"], stopped["actions"], stopped["next_at"]) == ("stopped", [], None)
    await look(7)
    assert len(publisher.calls) == 1
    assert (await of(desk, watch))["form"] is None  # nothing is kept of what stood there


@pytest.mark.parametrize("inside", ["169.254.169.254", "10.0.0.1", "::1"])
async def test_a_name_that_leads_inside_is_not_called(inside: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return [inside]

    config = SendConfig(secret=Secret("s" * 32), base_url="http://termijn.test")
    reply = await Sender(config, resolver=resolve).get("https://hosting.example/list", {}, largest=10)
    assert reply.status is None
    assert "only public addresses are called" in reply.words


async def test_a_mistake_of_ours_is_told_too(
    desk: Desk, publisher: Receiver, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one odd answer would blind a watch without anybody hearing of it."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    publisher.always = answer(published(use()))
    watch = await watched(desk, publisher.url())
    with monkeypatch.context() as patched:
        patched.setattr("service.lists.reader.compare", broken)
        for hours in (0, 1, 1):
            await look(hours)
    found = await of(desk, watch)
    assert (found["state"], found["words"]) == ("failing", "it could not be taken in: ZeroDivisionError")
    assert len(await desk.items("tasks", kind="watch_failing")) == 1
    await look(3)
    assert (await of(desk, watch))["state"] == "following"


async def test_a_settlement_that_outlasts_its_lease_is_nobody_elses(
    desk: Desk, publisher: Receiver, reader: ListReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.always = answer(published(announced=(change(),)))
    await watched(desk, publisher.url())
    monkeypatch.setattr("service.lists.reader.LEASE", -1.0)  # it has run out before anything is read
    real, begun, on = open_notices, asyncio.Event(), asyncio.Event()

    async def slow(*given: Any, **more: Any) -> Any:
        begun.set()
        await on.wait()
        return await real(*given, **more)

    monkeypatch.setattr("service.lists.reader.open_notices", slow)
    first = asyncio.create_task(reader.round())
    await asyncio.wait_for(begun.wait(), 10)
    assert not await reader.round()
    on.set()
    await first
    assert len(await desk.items("upstream-notices")) == 1


async def test_two_workers_read_it_once(desk: Desk, publisher: Receiver, look: Look) -> None:
    publisher.always = answer(published(announced=(change(),)))
    await watched(desk, publisher.url(), carry_on="nothing")
    await asyncio.gather(look(0), look(0))
    [notice] = await desk.items("upstream-notices")
    assert notice["change_id"] is None
    assert len(publisher.calls) == 1


async def test_the_worker_reads_them(
    desk: Desk, publisher: Receiver, reader: ListReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its own loop, and beside a simulated clock before that goes on."""
    monkeypatch.setattr(worker_module, "LOOK_EVERY", 0.02)
    world = desk.world
    worker = Worker(world.pools.worker, world.engine, None, simulated=True, lists=reader)  # type: ignore[arg-type]  # sends no mail
    arrived = asyncio.Event()

    async def note(call: Call) -> None:
        arrived.set()

    publisher.before = note
    running = asyncio.create_task(worker.reader())
    await watched(desk, publisher.url())
    await asyncio.wait_for(arrived.wait(), 10)
    worker.stopping.set()
    await asyncio.wait_for(running, 10)
    await world.go(await world.now() + timedelta(hours=6))
    assert await worker.work()
    assert len(publisher.calls) == 2
    assert not await worker.work()


def test_pauses_grow() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert timedelta(seconds=EVERY) == timedelta(hours=6)
