"""Where a subprocessor works is what somebody said; what customers were told of it stays as it was told."""

from typing import Any

import pytest

from tests.resources.conftest import Desk


async def unstated(desk: Desk) -> list[Any]:
    return [one for one in await desk.items("subprocessors") if one["country"] is None]


@pytest.mark.parametrize("terms", ["constant-it", "contict"])
async def test_a_place_that_the_register_does_not_state_is_unknown(desk: Desk, terms: str) -> None:
    agreement = await desk.agreement(terms)
    unknown = await unstated(desk)
    assert unknown, "the register names subprocessors without a place"
    assert all(one["countries"] == [] for one in unknown)
    tasks = [one for one in await desk.items("tasks", kind="place_unknown") if one["done_at"] is None]
    assert {one["subject"] for one in tasks} == {one["id"] for one in unknown}
    who = unknown[0]
    asked = {"agreement_id": agreement["id"], "subprocessor_id": who["id"]}
    gate = await desk.get("engagements/check", **asked)
    assert (gate["allowed"], gate["country"]) == (True, None)
    assert "no place is on record" in gate["why"]
    named = await desk.get("engagements/check", **asked, country="NL")
    assert named["allowed"] is False
    rows = await desk.items("engagements", agreement_id=agreement["id"], subprocessor_id=who["id"])
    assert [one["country"] for one in rows] == [None]


async def test_a_place_that_becomes_known_is_known_from_then_on(desk: Desk) -> None:
    agreement = await desk.agreement("constant-it")
    who = (await unstated(desk))[0]
    answer = await desk.api.call("PATCH", f"subprocessors/{who['id']}", json={"country": "DE"})
    assert answer.status_code == 200, answer.text
    await desk.world.drain()
    open_tasks = [one for one in await desk.items("tasks", kind="place_unknown") if one["done_at"] is None]
    assert who["id"] not in {one["subject"] for one in open_tasks}
    asked = {"agreement_id": agreement["id"], "subprocessor_id": who["id"]}
    assert (await desk.get("engagements/check", **asked))["country"] == "DE"
    assert (await desk.get("engagements/check", **asked, country="DE"))["allowed"] is True
    assert (await desk.get("engagements/check", **asked, country="NL"))["allowed"] is False
    before, after = await desk.items("engagements", agreement_id=agreement["id"], subprocessor_id=who["id"])
    assert (before["country"], after["country"]) == (None, "DE")
    assert before["until"] == after["since"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "US"),
        ("service", "something else"),
        ("categories", ["health"]),
        ("name", "Another BV"),
        ("countries", ["NL", "US"]),
        ("address", "Elsewhere 1"),
        ("transfer_basis", "standard clauses"),
    ],
)
async def test_what_was_announced_is_not_edited_while_customers_may_answer(desk: Desk, field: str, value: Any) -> None:
    await desk.agreement()
    who = await desk.subprocessor()
    change = await desk.announced(who["id"])
    problem = await desk.refused(f"subprocessors/{who['id']}", {field: value}, method="PATCH")
    assert problem["status"] == 409
    assert change["id"] in problem["detail"]
    assert ("relocate" if field == "country" else "amend") in problem["detail"]
    assert (await desk.get(f"subprocessors/{who['id']}"))[field] == who[field]


async def test_what_customers_do_not_read_may_be_edited_meanwhile_and_all_of_it_afterwards(desk: Desk) -> None:
    await desk.agreement()
    who = await desk.subprocessor()
    change = await desk.announced(who["id"])
    free = {"aliases": ["Hosting"], "bound_on": "2026-02-01", "bound_evidence": "a signed contract"}
    assert (await desk.api.call("PATCH", f"subprocessors/{who['id']}", json=free)).status_code == 200
    same = {"name": who["name"], "country": who["country"]}
    assert (await desk.api.call("PATCH", f"subprocessors/{who['id']}", json=same)).status_code == 200
    await desk.act(f"changes/{change['id']}/withdraw", {"reason": "not needed"})
    answer = await desk.api.call("PATCH", f"subprocessors/{who['id']}", json={"service": "something else"})
    assert answer.status_code == 200, answer.text


async def test_a_place_that_is_left_is_no_further_one(desk: Desk) -> None:
    await desk.agreement()
    who = await desk.subprocessor(countries=["NL", "BE"])
    first = await desk.announced(who["id"])
    assert first["announced"][-1]["subprocessor"]["countries"] == ["BE"]
    await desk.act(f"changes/{first['id']}/amend", {"fields": {"country": "ES"}, "substance": True, "reason": "moved"})
    told = (await desk.get(f"changes/{first['id']}"))["announced"][-1]
    assert (told["country"], told["subprocessor"]["countries"]) == ("ES", ["BE"])


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, ["address and contact"]),
        ({"address": "Kade 1, Utrecht"}, ["contact"]),
        ({"address": "Kade 1, Utrecht", "contact": "privacy@hosting.example"}, []),
    ],
)
async def test_the_preview_says_that_customers_would_read_a_bare_name(desk: Desk, known: Any, said: list[str]) -> None:
    await desk.agreement()
    made = await desk.change((await desk.subprocessor(**known))["id"])
    seen = await desk.get(f"changes/{made['id']}/preview")
    found = [one for one in seen["warnings"] if "by its name alone" in one]
    assert found == [f"customers read who it is by its name alone: its {one} is not on record" for one in said]
