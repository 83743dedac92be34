"""What a customer said last counts, in whatever order it is entered (P5)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import Desk
from tests.resources.test_inbound import message, post, reply_to
from tests.resources.test_matters import raised
from tests.resources.test_notices import told

KIM = {"channel": "mail", "by": "Kim", "evidence": "a mail on file"}
LATER = "2026-03-20T10:00:00Z"
EARLIER = {"received_at": "2026-03-10T10:00:00Z"}


async def stands(desk: Desk, path: str, answer: str, before: dict[str, Any], guard: str) -> None:
    """The answer that came before changes nothing, and says so."""
    kept = await desk.get(path)
    no = await desk.refused(f"{path}/{answer}", before)
    assert (no["status"], no["guard"]) == (409, guard)
    assert "received_at" in no["detail"]
    assert await desk.get(path) == kept


@pytest.mark.parametrize("over", [False, True], ids=["in the window", "once it closed"])
async def test_what_was_taken_back_before_is_no_later_objection(desk: Desk, over: bool) -> None:
    made, worker, notice = await told(desk)
    path = f"notices/{notice['id']}"
    await desk.world.go(datetime(2026, 3, 21, tzinfo=UTC))
    await desk.act(f"{path}/object", {**KIM, "received_at": LATER})
    if over:
        await desk.world.go(datetime(2026, 4, 5, tzinfo=UTC))
    await stands(desk, path, "take-back", {**KIM, **EARLIER}, "latest_word")
    assert (await desk.act(f"{path}/take-back", {**KIM, **EARLIER, "by": "Bo"}))["state"] == "objected"
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    assert (await desk.act(f"{path}/take-back", KIM))["state"] == ("lapsed" if over else "open")


async def test_a_reply_that_came_before_waits_and_is_something_else(desk: Desk) -> None:
    """It is read after the customer objected again: as a take-back it is refused, and nothing of it is lost."""
    made, worker, notice = await told(desk)
    await desk.world.go(datetime(2026, 3, 10, tzinfo=UTC))
    came = await post(desk, reply_to(await message(desk, notice["id"]), "We withdraw."))
    await desk.world.go(datetime(2026, 3, 21, tzinfo=UTC))
    await desk.act(f"notices/{notice['id']}/object", KIM)
    no = await desk.refused(f"inbound/{came['id']}/classify", {"as": "take-back", "by": "Kim"})
    assert (no["status"], no["guard"]) == (409, "latest_word")
    await desk.act(f"inbound/{came['id']}/classify", {"as": "other"})
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "objected"
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False


async def test_a_consent_of_before_undoes_no_refusal(desk: Desk) -> None:
    made, worker, notice = await told(desk, "contict")
    path = f"notices/{notice['id']}"
    await desk.world.go(datetime(2026, 3, 21, tzinfo=UTC))
    await desk.act(f"{path}/refuse", {**KIM, "received_at": LATER})
    await stands(desk, path, "consent", {**KIM, **EARLIER}, "latest_word")
    assert (await desk.act(f"{path}/take-back", KIM))["state"] == "open"
    await stands(desk, path, "consent", {**KIM, **EARLIER}, "latest_word")
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    assert (await desk.act(f"{path}/consent", KIM))["state"] == "consented"


async def test_a_consent_is_not_taken_back_before_it_was_given(desk: Desk) -> None:
    _, _, notice = await told(desk, "contict")
    path = f"notices/{notice['id']}"
    await desk.world.go(datetime(2026, 3, 21, tzinfo=UTC))
    await desk.act(f"{path}/consent", {**KIM, "received_at": LATER})
    await stands(desk, path, "take-back", {**KIM, **EARLIER}, "latest_word")


async def test_a_choice_of_before_undoes_none_of_after(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-01"})
    await desk.world.go(datetime(2026, 3, 12, tzinfo=UTC))
    await desk.act(f"{path}/choose", {**KIM, "data": "return", "received_at": "2026-03-10T10:00:00Z"})
    older = {**KIM, "data": "erase", "received_at": "2026-03-09T10:00:00Z"}
    await stands(desk, path, "choose", older, "latest_choice")
    assert (await desk.act(f"{path}/choose", {**KIM, "data": "erase"}))["state"] == "deletion_pending"


async def test_an_answer_of_before_undoes_none_in_a_matter(desk: Desk) -> None:
    made = await raised(desk, await desk.agreement("contict"), "storage_consent", country="US")
    path = f"matters/{made['id']}"
    letter = {"channel": "letter", "by": "Kim", "evidence": "scan 9"}
    await desk.world.go(datetime(2026, 3, 21, tzinfo=UTC))
    await desk.act(f"{path}/answer", {**letter, "answer": "refuse", "received_at": LATER})
    await stands(desk, path, "answer", {**letter, "answer": "consent", **EARLIER}, "latest_word")
    assert (await desk.act(f"{path}/answer", {**letter, "answer": "consent"}))["outcome"] == "consent"
    old = await desk.act(f"{path}/answer", {**letter, "answer": "refuse", **EARLIER})
    assert old["outcome"] == "refuse", "the answer that protects the customer stands"
