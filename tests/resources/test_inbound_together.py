"""What comes back to one mail about two notices."""

from datetime import UTC, datetime
from typing import Any

from tests.resources.conftest import Desk
from tests.resources.test_inbound import Sent, bounce_of, post, reply_to


async def bundle(desk: Desk) -> tuple[list[Any], Sent]:
    """One mail that tells a customer of two changes (P19): its notices, and the mail."""
    await desk.agreement()
    changes = []
    for name in ("First BV", "Second BV"):
        worker = await desk.subprocessor(name)
        changes.append((await desk.change(worker["id"]))["id"])
    made = await desk.api.made("announcements", {"changes": changes})
    await desk.act(f"announcements/{made['id']}/notify")
    notices = await desk.items("notices")
    async with desk.world.pools.worker.acquire() as connection:
        row = await connection.fetchrow(
            "select id, message_id from message where kind = 'announcement' and carried_by is null"
        )
    assert row is not None
    return notices, Sent(row["id"], row["message_id"])


async def states(desk: Desk, notices: list[Any]) -> list[str]:
    return [(await desk.get(f"notices/{one['id']}"))["state"] for one in notices]


async def test_a_reply_to_one_mail_about_two_notices_holds_and_answers_both(desk: Desk) -> None:
    notices, mail = await bundle(desk)
    came = await post(desk, reply_to(mail))
    assert came["outcome"] == "taken"
    await desk.world.go(datetime(2026, 4, 8, tzinfo=UTC))
    assert await states(desk, notices) == ["open", "open"]
    await desk.act(f"inbound/{came['id']}/classify", {"as": "objection", "by": "Kim", "grounds": "no"})
    assert await states(desk, notices) == ["objected", "objected"]


async def test_a_reply_to_one_mail_answers_what_it_can_answer(desk: Desk) -> None:
    """Two subprocessors and a measure: an objection is none to what is only told."""
    await desk.agreement()
    changes = [(await desk.change((await desk.subprocessor(name))["id"]))["id"] for name in ("First BV", "Second BV")]
    changes.append((await desk.api.made("changes", {"kind": "measure", "reason": "locks"}))["id"])
    made = await desk.api.made("announcements", {"changes": changes})
    await desk.act(f"announcements/{made['id']}/notify")
    rows = await desk.world.rows(
        "select id, message_id from message where kind = 'announcement' and carried_by is null"
    )
    came = await post(desk, reply_to(Sent(rows[0]["id"], rows[0]["message_id"])))
    await desk.act(f"inbound/{came['id']}/classify", {"as": "objection", "by": "Kim", "grounds": "no"})
    notices = {one["change_id"]: one for one in await desk.items("notices")}
    assert [notices[one]["state"] for one in changes] == ["objected", "objected", "open"]
    assert {one["classified_as"] for notice in notices.values() for one in notice["replies"]} == {"objection"}


async def test_a_reply_about_one_of_them_leaves_the_other_be(desk: Desk) -> None:
    notices, mail = await bundle(desk)
    came = await post(desk, reply_to(mail))
    await desk.world.go(datetime(2026, 4, 8, tzinfo=UTC))
    said = {"as": "objection", "by": "Kim", "grounds": "no", "notice_id": notices[1]["id"]}
    await desk.act(f"inbound/{came['id']}/classify", said)
    assert await states(desk, notices) == ["lapsed", "objected"]
    assert await desk.items("tasks", kind="classify_reply", state="open") == []


async def test_a_bounce_of_one_mail_about_two_notices_takes_both_back(desk: Desk) -> None:
    notices, mail = await bundle(desk)
    assert await states(desk, notices) == ["open", "open"]
    await post(desk, bounce_of(mail.return_path))
    assert await states(desk, notices) == ["undeliverable", "undeliverable"]
