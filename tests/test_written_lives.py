"""Agreements of the library that were written from the page on terms alone: what becomes of them, beside their text."""

from typing import Any

import pytest

from tests.drafts import ID, controller_rule, draft, store
from tests.resources.conftest import Desk, acme, api, desk, settings
from tests.test_library_lives import deadlines, gone, tasks
from tests.test_told_lives import WORD, ended, told
from tests.world import local

__all__ = ["acme", "api", "desk", "settings"]


async def plan(desk: Desk, agreement: Any) -> list[tuple[str, str, str | None]]:
    shown = await desk.get(f"agreements/{agreement['id']}")
    return [(one["holder"], one["category"], one["due_at"]) for one in shown["plan"]]


async def test_a_list_that_is_changed_and_a_right_without_a_last_day(desk: Desk) -> None:
    agreement = await desk.agreement("logfire-dpa")
    await desk.world.go(local("2026-06-03T10:00:00-04:00"))
    host, notice = await told(desk, agreement)
    assert (notice["rule"], notice["engages_at"]) == ("termination_right", None)
    body = {"url": "https://logfire.example/subprocessors", "content": "New Host"}
    await desk.act(f"changes/{notice['change_id']}/publish", body)
    (notice,) = await desk.items("notices", agreement_id=agreement["id"])
    # Seven days from the list by the text, which lets it begin beside the right that has no last day.
    assert notice["engages_at"] == "2026-06-11T04:00:00Z"
    assert notice["rights"][0]["closes_at"] is None
    await desk.world.go(local("2026-06-10T23:59:59-04:00"))
    assert (await desk.gate(agreement["id"], host["id"]))["reason"] == "begins_later"
    await desk.world.go(local("2026-06-11T00:00:00-04:00"))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]
    await desk.act(f"notices/{notice['id']}/terminate", WORD)
    await desk.world.days(1)
    assert (await desk.get(f"agreements/{agreement['id']}"))["state"] == "terminated"
    assert (await deadlines(desk, agreement), await tasks(desk, agreement)) == ({}, {"ask_choice"})


@pytest.mark.parametrize("waits", [True, False])
async def test_a_subprocessor_that_need_not_wait_for_a_right_to_end(desk: Desk, waits: bool) -> None:
    right = {"ground": "subprocessor", "clause": "7", "ends": "agreement", "party": "controller"}
    terms = draft(
        subprocessors={"rule": "termination_right", "overruling": None, "waits_for_right": waits},
        ending={"rights": [right]},
        rules={"subprocessor.termination": controller_rule("receipt", "P30D")},
        without=("subprocessor.objection",),
    )
    await store(desk.world, terms)
    agreement = await desk.agreement(ID)
    host, notice = await told(desk, agreement)
    assert notice["closes_at"] == "2026-04-01T22:00:00Z"
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"] is not waits
    await desk.world.go(local("2026-04-02T00:00:00+02:00"))
    assert (await desk.gate(agreement["id"], host["id"]))["allowed"]
    (notice,) = await desk.items("notices", agreement_id=agreement["id"])
    assert notice["state"] == "lapsed"


async def test_an_objection_without_a_number_thirty_days_to_export_and_sixty_to_erase(desk: Desk) -> None:
    agreement = await desk.agreement("baton-dpa")
    await desk.world.go(local("2026-05-05T09:00:00+01:00"))
    host, notice = await told(desk, agreement)
    assert (notice["closes_at"], notice["engages_at"]) == (None, "2026-06-04T23:00:00Z")
    await desk.act(f"notices/{notice['id']}/object", {**WORD, "grounds": "no such host"})
    body = {"decision": "overrule", "reason": "no other way"}
    assert (await desk.refused(f"notices/{notice['id']}/decide", body))["guard"] == "overruling_allowed"
    assert not (await desk.gate(agreement["id"], host["id"]))["allowed"]
    await ended(desk, agreement, "2026-06-30", "+01:00")
    assert await plan(desk, agreement) == []
    assert await deadlines(desk, agreement) == {"end.choice": "2026-07-30", "end.erasure": "2026-08-29"}
    await desk.world.go(local("2026-07-31T00:00:00+01:00"))
    assert await plan(desk, agreement) == [
        ("processor", "", "2026-08-29T23:00:00Z"),
        ("processor", "backups", None),
    ]
    assert (await gone(desk, agreement))["state"] == "deleted"


async def test_active_copies_within_thirty_days_and_backups_ninety_after(desk: Desk) -> None:
    agreement = await desk.agreement("igorbox-dpa")
    await desk.world.go(local("2026-08-24T09:00:00-04:00"))
    await ended(desk, agreement, "2026-09-15", "-04:00")
    assert await tasks(desk, agreement) == {"ask_choice"}
    await desk.act(f"agreements/{agreement['id']}/choose", {"data": "erase", **WORD})
    assert await plan(desk, agreement) == [
        ("processor", "", "2026-10-16T04:00:00Z"),
        ("processor", "backups", "2027-01-14T05:00:00Z"),
    ]
    assert (await gone(desk, agreement))["state"] == "deleted"
