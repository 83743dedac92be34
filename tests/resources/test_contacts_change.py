"""Contacts change while something is open: what is open goes to where they are now, and a person is asked what only a
person can know."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.resources.conftest import Desk
from tests.resources.test_inbound import bounce_of, message
from tests.resources.test_notices import told

NEW = {"name": "Sam", "email": "sam@customer.example", "roles": ["contract", "privacy"]}


async def patch(desk: Desk, notice: Any, contacts: list[Any]) -> None:
    answer = await desk.api.call("PATCH", f"customers/{notice['customer_id']}", json={"contacts": contacts})
    assert answer.status_code == 200, answer.text
    await desk.world.drain()


async def kim(desk: Desk, notice: Any) -> Any:
    return (await desk.get(f"customers/{notice['customer_id']}"))["contacts"][0]


async def mailed(desk: Desk, notice: Any) -> list[tuple[str, bool]]:
    rows = await desk.world.rows(
        "select address, coalesce(data ->> 'copy', 'false') as copy from message "
        "where subject_id = $1 and kind = 'announcement' order by id", UUID(notice["id"]),
    )  # fmt: skip
    return [(row["address"], row["copy"] == "true") for row in rows]


async def asked(desk: Desk, notice: Any) -> list[str]:
    return [one["kind"] for one in await desk.items("tasks", subject=notice["id"], state="open")]


async def test_a_corrected_address_gets_what_is_open_and_a_person_is_asked(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.world.days(3)
    await patch(desk, notice, [{**await kim(desk, notice), "email": "kim@custommer.example"}])
    assert (await mailed(desk, notice))[1:] == [("kim@custommer.example", True)]
    stands = await desk.get(f"notices/{notice['id']}")
    assert (stands["state"], stands["closes_at"]) == ("open", notice["closes_at"])
    (task,) = await desk.items("tasks", subject=notice["id"], kind="address_changed", state="open")
    assert task["due_at"] == notice["closes_at"]
    # It had gone astray: said so, a full window starts where it goes to now.
    await desk.act(f"notices/{notice['id']}/not-received", {"reason": "a typo"})
    await desk.act(f"notices/{notice['id']}/resend")
    anew = await desk.get(f"notices/{notice['id']}")
    assert (anew["state"], anew["closes_at"] > notice["closes_at"]) == ("open", True)
    assert (await mailed(desk, notice))[2:] == [("kim@custommer.example", False)]


@pytest.mark.parametrize("email", ["KIM@customer.example", "kim@customer.example\u200b"])
async def test_the_same_address_written_otherwise_is_none(desk: Desk, email: str) -> None:
    _, _, notice = await told(desk)
    await patch(desk, notice, [{**await kim(desk, notice), "email": email}])
    assert await mailed(desk, notice) == [("kim@customer.example", False)]
    assert await asked(desk, notice) == []
    assert "\u200b" not in (await kim(desk, notice))["email"]


async def test_who_takes_the_place_of_the_only_contact_is_told(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await patch(desk, notice, [NEW])
    assert (await mailed(desk, notice))[1:] == [("sam@customer.example", True)]
    assert (await desk.get(f"notices/{notice['id']}"))["closes_at"] == notice["closes_at"]


async def test_where_nobody_is_left_a_person_is_asked(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await patch(desk, notice, [])
    assert await asked(desk, notice) == ["contact_gone"]
    await patch(desk, notice, [NEW])
    assert await asked(desk, notice) == []
    assert (await mailed(desk, notice))[1:] == [("sam@customer.example", True)]


async def test_who_comes_besides_is_told_of_what_is_open(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await patch(desk, notice, [await kim(desk, notice), NEW, {"name": "Tech", "email": "t@c.example", "roles": []}])
    assert (await mailed(desk, notice))[1:] == [("sam@customer.example", True)]
    assert await asked(desk, notice) == []


async def test_what_came_back_goes_out_anew_where_the_contact_is_now(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act("inbound", {"raw": bounce_of((await message(desk, notice["id"])).return_path)}, status=201)
    await desk.world.days(3)
    await patch(desk, notice, [{**await kim(desk, notice), "email": "kim@right.example"}])
    anew = await desk.get(f"notices/{notice['id']}")
    assert (anew["state"], anew["closes_at"] > notice["closes_at"]) == ("open", True)
    assert (await mailed(desk, notice))[1:] == [("kim@right.example", False)]
    assert await asked(desk, notice) == []


async def test_who_comes_after_the_customer_has_answered_is_told_while_it_is_open(desk: Desk) -> None:
    """The objection may be taken back, and is not decided."""
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    await patch(desk, notice, [NEW])
    assert (await mailed(desk, notice))[1:] == [("sam@customer.example", True)]
    assert await asked(desk, notice) == ["decide_objection"], "nobody is asked whether it arrived: it was answered"
    await desk.act(f"notices/{notice['id']}/decide", {"decision": "uphold", "reason": "a fair point"})
    await patch(desk, notice, [{**NEW, "name": "Lee", "email": "lee@customer.example"}])
    assert len(await mailed(desk, notice)) == 2, "what is settled is told to nobody anew"


@pytest.mark.parametrize("answer", ["consent", "refuse"])
async def test_who_comes_after_a_yes_or_a_no_is_told_until_it_begins(desk: Desk, answer: str) -> None:
    await desk.agreement("contict")
    who = await desk.subprocessor()
    await desk.announced(who["id"], effective_on="2026-06-01")
    (notice,) = await desk.items("notices")
    given = {"by": "Kim", "channel": "letter", "evidence": "a letter", "grounds": "why"}
    await desk.act(f"notices/{notice['id']}/{answer}", given)
    people = [{**NEW, "phone": "+31 20 1234567", "roles": ["contract", "privacy", "security"]}]
    await patch(desk, notice, people)
    assert (await mailed(desk, notice))[-1] == ("sam@customer.example", True)


async def test_what_is_over_is_told_to_nobody_anew(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.world.go(datetime(2026, 4, 8, tzinfo=UTC))
    await patch(desk, notice, [NEW])
    assert await mailed(desk, notice) == [("kim@customer.example", False)]


async def test_who_comes_after_somebody_acknowledged_is_told_and_nobody_asked_whether_it_arrived(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/acknowledge", {"by": "Kim", "channel": "mail"})
    await patch(desk, notice, [{**await kim(desk, notice), "email": "kim@elsewhere.example"}])
    assert (await mailed(desk, notice))[1:] == [("kim@elsewhere.example", True)]
    assert await asked(desk, notice) == []


async def test_a_colleague_on_record_who_takes_over_is_told(desk: Desk) -> None:
    people = [{**NEW, "name": "Kim", "email": "kim@customer.example"}, {**NEW, "roles": ["security"]}]
    customer = await desk.customer(contacts=people)
    await desk.agreement(customer_id=customer["id"])
    await desk.announced((await desk.subprocessor())["id"])
    (notice,) = await desk.items("notices")
    _, sam = (await desk.get(f"customers/{customer['id']}"))["contacts"]
    await patch(desk, notice, [{**sam, "roles": ["security", "contract"]}])
    assert await mailed(desk, notice) == [("kim@customer.example", False), ("sam@customer.example", True)]
    assert await asked(desk, notice) == []
    # Whoever was told already is not told again for one part more.
    await patch(desk, notice, [{**sam, "roles": ["security", "contract", "privacy"]}])
    assert len(await mailed(desk, notice)) == 2
