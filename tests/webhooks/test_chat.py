"""Slack and Teams: what is pressing is posted once, in words that make no marks of their own, and retries end."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from service.people.chat import TRIES, body_of, post_chats
from service.webhooks.sending import SendConfig, Sender
from tests.people import colleague
from tests.resources.conftest import Desk
from tests.webhooks.conftest import Hooked
from tests.webhooks.receiver import Receiver

LINE = {
    "occasion": "overdue", "what": "Erase <the data>.", "path": "/board/tasks", "customer": "Bakker & [Zoon](http://x)",
    "clause": "clause 9.5", "day": "Friday 8 May 2026", "time": "24:00", "place": "Amsterdam", "late_hours": 0,
}  # fmt: skip


def row(kind: str, **more: Any) -> dict[str, Any]:
    data = {"lines": [LINE, {**LINE, "occasion": "new", "day": ""}], "more": 0, **more}
    return {"kind": kind, "processor": "Acme", "language": "en", "data": msgspec.json.encode(data)}


def test_slack_gets_text_with_its_signs_written_otherwise() -> None:
    said = msgspec.json.decode(body_of(row("slack", more=3), "https://dpa.example"))
    assert said["text"].split("\n") == [
        "*Acme: 1 item is overdue*",
        "• <https://dpa.example/board/tasks|Erase &lt;the data&gt; · Bakker &amp; [Zoon](http://x) · clause 9.5 · "
        "Friday 8 May 2026 24:00 (Amsterdam)>",
        "• <https://dpa.example/board/tasks|Erase &lt;the data&gt; · Bakker &amp; [Zoon](http://x) · clause 9.5>",
        "3 more stand on the board.",
    ]


def test_teams_gets_a_card_in_which_nobody_writes_a_link() -> None:
    said = msgspec.json.decode(body_of(row("teams"), "https://dpa.example"))
    [card] = [one["content"] for one in said["attachments"]]
    assert card["body"][0]["text"] == "Acme: 1 item is overdue"
    assert card["body"][1]["text"].startswith("[Erase <the data> · Bakker & \\[Zoon\\]\\(http://x\\) · ")


async def patched(desk: Desk, **more: Any) -> Any:
    answer = await desk.api.call("PATCH", f"processors/{desk.processor}", json=more)
    return answer.json()


@pytest.fixture
def sender(world: Hooked, settings: Any) -> Sender:
    return Sender(replace(SendConfig.of(settings), timeout=2.0))


async def breach(desk: Desk) -> None:
    agreement = await desk.agreement("kmo-solutions")
    body = {"discovered_at": "2026-03-02T08:00:00Z", "summary": "A laptop was stolen", "agreements": [agreement["id"]]}
    await desk.act("breaches", body, status=201)


async def test_a_breach_is_posted_once(desk: Desk, world: Hooked, receiver: Receiver, sender: Sender) -> None:
    world.processor = UUID(desk.processor)
    for _ in range(2):
        await colleague(world, "manager")
    shown = await patched(desk, chat={"kind": "slack", "url": receiver.url("/services/secret")})
    assert (shown["chat"]["kind"], shown["chat"]["host"], shown["chat"]["failing_since"]) == (
        "slack",
        "127.0.0.1",
        None,
    )
    assert "secret" not in str(await desk.get(f"processors/{desk.processor}"))
    assert "secret" not in str(await desk.items("events"))
    await breach(desk)
    await post_chats(world.pools.worker, sender)
    [call] = receiver.calls
    assert "A laptop was stolen" in call.json["text"]
    assert f"{sender.config.base_url}/board/breaches/" in call.json["text"]
    assert await post_chats(world.pools.worker, sender) == 0


@pytest.mark.parametrize(("answer", "tries"), [(500, TRIES), (404, 1)])
async def test_what_nobody_takes_is_given_up_and_counted(
    desk: Desk, world: Hooked, receiver: Receiver, sender: Sender, answer: int, tries: int
) -> None:
    world.processor = UUID(desk.processor)
    await colleague(world, "manager")
    receiver.always = answer
    await patched(desk, chat={"kind": "teams", "url": receiver.url()})
    await breach(desk)
    while await post_chats(world.pools.worker, sender):
        async with world.pools.worker.acquire() as connection:
            await connection.execute("update chat_post set next_at = termijn_now() where next_at is not null")
    assert len(receiver.calls) == tries
    chat = (await desk.get(f"processors/{desk.processor}"))["chat"]
    assert (chat["undelivered"], chat["words"]) == (1, f"answered {answer!r}")
    assert chat["failing_since"] is not None
    assert (await patched(desk, chat=None))["chat"] is None
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update chat_post set next_at = termijn_now()")
    assert await post_chats(world.pools.worker, sender) == 0
    [post] = await world.rows("select next_at, words from chat_post")
    assert tuple(post) == (None, "the address was removed"), "nobody waits for it"


@pytest.mark.parametrize(
    "url", ["http://hooks.slack.com/x", "https://10.0.0.1/x", "https://user:pw@hooks.example/x", "x"]
)
async def test_an_address_that_may_not_be_called_is_refused(desk: Desk, url: str) -> None:
    problem = await patched(desk, chat={"kind": "slack", "url": url})
    assert [one["path"] for one in problem["errors"]] == ["chat.url"]
