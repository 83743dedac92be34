"""What an action would do, and what then really happens."""

from typing import Any

import pytest

from service.foresight import course
from tests.resources.conftest import Desk, acme, api, desk, settings

__all__ = ["acme", "api", "desk", "settings"]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(course, "SECONDS", 600.0)


async def rows(desk: Desk) -> dict[str, int]:
    """How many rows each table has that steps write to."""
    tables = ("subject", "event", "message", "attempt", "timer", "deadline", "engagement", "task", "fan_out", "link")
    return {one: (await desk.world.rows(f"select count(*) from {one}"))[0][0] for one in tables}


def told(events: list[dict[str, Any]]) -> list[tuple[str, str, str | None, str]]:
    return sorted((one["subject_kind"], one["type"], one["before"] or "", one["after"]) for one in events)


@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
async def test_an_announcement_is_told_to_the_last_mail_and_nothing_is_written(desk: Desk, terms: str) -> None:
    await desk.agreement(terms)
    sub = await desk.subprocessor()
    change = await desk.change(sub["id"])
    before = await rows(desk)
    foreseen = (await desk.api.post(f"changes/{change['id']}/notify", params={"dry_run": "true"})).json()
    assert await rows(desk) == before
    last = await desk.items("events", limit=200)
    await desk.act(f"changes/{change['id']}/notify")
    found = await desk.get(f"changes/{change['id']}")
    happened = [one for one in await desk.items("events", limit=200) if one["id"] not in {was["id"] for was in last}]
    assert told(foreseen["events"]) == told(happened)
    assert (foreseen["state"], foreseen["version"]) == (found["state"], found["version"])
    mails = await desk.world.rows("select address, kind from message where kind = 'announcement'")
    assert sorted((one["to"], one["kind"]) for one in foreseen["mails"]) == sorted(map(tuple, mails))
    assert {one["customer_name"] for one in foreseen["mails"]} == {f"Customer of {terms}"}
    opened = await desk.world.rows("select rule, due_at from deadline where closed_at is null order by due_at")
    assert {(one["rule"], one["due_at"]) for one in foreseen["deadlines"] if one["what"] == "opened"} <= {
        (row["rule"], row["due_at"].isoformat().replace("+00:00", "Z")) for row in opened
    }


async def test_what_one_mail_carries_is_one_mail(desk: Desk) -> None:
    first = await desk.agreement()
    await desk.agreement(customer_id=first["customer_id"])
    change = await desk.change((await desk.subprocessor())["id"])
    foreseen = (await desk.api.post(f"changes/{change['id']}/notify", params={"dry_run": "true"})).json()
    await desk.act(f"changes/{change['id']}/notify")
    went = await desk.world.rows("select address from message where kind = 'announcement' and carried_by is null")
    assert sorted(one["to"] for one in foreseen["mails"]) == sorted(row["address"] for row in went)
    assert len(await desk.world.rows("select from message where carried_by is not null")) > 0


async def test_a_refusal_is_the_refusal_that_the_action_would_get(desk: Desk) -> None:
    agreement = await desk.agreement()
    path = f"agreements/{agreement['id']}"
    before = await rows(desk)
    tried = await desk.refused(f"{path}/send", params={"dry_run": "true"})
    assert tried == await desk.refused(f"{path}/send")
    assert tried["state"] == "active"
    answer = await desk.api.post(f"{path}/choose?dry_run=true", {"data": "erase"}, headers={"If-Match": '"1"'})
    assert answer.status_code == 412
    assert await rows(desk) == before


async def test_a_dry_run_takes_no_place_of_an_idempotency_key(desk: Desk) -> None:
    agreement = await desk.agreement(active=False)
    path, key = f"agreements/{agreement['id']}/send", {"Idempotency-Key": "once"}
    assert (await desk.api.post(path, params={"dry_run": "true"}, headers=key)).json()["state"] == "active"
    assert (await desk.api.post(path, headers=key)).json()["id"] == agreement["id"]


async def test_a_key_that_is_none_is_refused_in_a_dry_run_too(desk: Desk) -> None:
    body = {"name": "Hosting Rijn", "service": "servers", "country": "DE"}
    answer = await desk.api.post(
        "subprocessors", body, params={"dry_run": "true"}, headers={"Idempotency-Key": "k" * 300}
    )
    assert (answer.status_code, "Idempotency-Key" in answer.text) == (400, True)


async def test_a_write_about_no_subject_is_told_without_what_others_wait_for(desk: Desk) -> None:
    """A fan-out and mails that a worker has not come to are neither carried nor told."""
    await desk.agreement()
    change = await desk.change((await desk.subprocessor())["id"])
    assert (await desk.api.post(f"changes/{change['id']}/notify")).status_code == 200
    before = await rows(desk)
    body = {"name": "Hosting Rijn", "service": "servers", "country": "DE"}
    found = (await desk.api.post("subprocessors", body, params={"dry_run": "true"})).json()
    assert {one["subject_kind"] for one in found["events"]} == {"subprocessor"}
    assert (found["mails"], found["complete"]) == ([], True)
    assert await rows(desk) == before


async def test_an_auditor_may_foresee_and_not_try_actions_out(desk: Desk) -> None:
    agreement = await desk.agreement(active=False)
    auditor = await desk.api.key(desk.processor, "auditor")
    path = f"agreements/{agreement['id']}/send?dry_run=true"
    assert (await desk.api.call("POST", path, key=auditor)).status_code == 403
    until = (await desk.world.now()).isoformat()
    assert (await desk.api.call("GET", "forecast", key=auditor, params={"until": until})).status_code == 200
