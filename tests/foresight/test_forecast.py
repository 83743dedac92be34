"""What happens by itself, and what then really happens."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from db.queries import sql
from db.session import transaction
from service.foresight import course
from tests.foresight.test_dry_run import rows
from tests.http.conftest import ACME
from tests.resources.conftest import Desk, acme, api, desk, settings

__all__ = ["acme", "api", "desk", "settings"]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(course, "SECONDS", 600.0)


async def forecast(desk: Desk, days: int, **more: Any) -> Any:
    until = await desk.world.now() + timedelta(days=days)
    return await desk.get("forecast", until=until.isoformat(), **more)


@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
async def test_what_is_foreseen_of_a_year_is_what_then_happens(desk: Desk, terms: str) -> None:
    """An announced change with its window and reminders, and a contract that ends, with the data that go after it."""
    agreement = await desk.agreement(terms, main_contract={
        "reference": "M-1", "starts_on": "2026-01-01", "ends_on": "2026-06-30"})  # fmt: skip
    sub = await desk.subprocessor()
    await desk.announced(sub["id"])
    before = await rows(desk)
    foreseen = await forecast(desk, 300)
    assert await rows(desk) == before
    assert foreseen["complete"]
    known = {one["id"] for one in await all_events(desk)}
    await desk.world.go(await desk.world.now() + timedelta(days=300))
    happened = [one for one in await all_events(desk) if one["id"] not in known]
    assert [(one["at"], *words) for one, words in _in_order(foreseen["events"])] == [
        (one["at"], *words) for one, words in _in_order(happened)
    ]
    assert any(one["subject"] == agreement["id"] for one in foreseen["events"])


def _in_order(events: list[Any]) -> list[tuple[Any, tuple[str, ...]]]:
    return sorted(
        ((one, (one["subject_kind"], one["type"], one["before"] or "", one["after"])) for one in events),
        key=lambda pair: (pair[0]["at"], pair[1]),
    )


async def all_events(desk: Desk) -> list[Any]:
    found, cursor = [], None
    while True:
        page = await desk.get("events", limit=200, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        if (cursor := page["next"]) is None:
            return found


async def test_of_one_agreement_alone(desk: Desk) -> None:
    mine, others = await desk.agreement("kmo-solutions"), await desk.agreement("stkkr")
    sub = await desk.subprocessor()
    await desk.announced(sub["id"])
    found = await forecast(desk, 60, subject=mine["id"])
    about = {row["id"]: row["agreement_id"] for row in await desk.items("notices")}
    lapsed = [one for one in found["events"] if one["subject_kind"] == "notice"]
    assert {about[one["subject"]] for one in lapsed} == {mine["id"]}
    assert {one["customer_name"] for one in lapsed} == {"Customer of kmo-solutions"}
    assert others["id"] not in {one["agreement_id"] for one in found["engagements"]}


async def test_of_what_another_processor_has_nothing_is_told(desk: Desk) -> None:
    agreement = await desk.agreement()
    made = await desk.api.made("processors", {**ACME, "name": "Another", "slug": "another"})
    other = await desk.api.key(made["id"], "director")
    until = (await desk.world.now() + timedelta(days=1)).isoformat()
    answer = await desk.api.call("GET", "forecast", key=other, params={"until": until, "subject": agreement["id"]})
    assert answer.status_code == 404
    assert (await desk.api.call("GET", "forecast", key=other, params={"until": until})).json()["events"] == []


async def test_what_is_over_cannot_be_foreseen(desk: Desk) -> None:
    until = (await desk.world.now() - timedelta(days=1)).isoformat()
    assert "past" in (await desk.refused("forecast", method="GET", params={"until": until}))["detail"]


async def test_the_database_keeps_nothing_that_is_foreseen(desk: Desk) -> None:
    """Whatever the program does: even a transaction that commits by mistake."""
    before = await rows(desk)

    async def keep() -> None:
        async with transaction(desk.world.pools.worker) as connection:
            await connection.execute(sql("foresee"), "2026-05-01T00:00:00+00:00")
            await connection.execute(
                "insert into event (processor_id, subject_id, seq, type, at, recorded_at, body, previous, hash) "
                "select processor_id, subject_id, seq + 100, type, at, recorded_at, body, previous, hash "
                "from event limit 1"
            )

    with pytest.raises(asyncpg.RaiseError, match="never kept"):
        await keep()
    assert await rows(desk) == before


async def test_one_that_cannot_be_read_hides_nothing_else(desk: Desk) -> None:
    """The forecast goes on without it and says that it is not complete; nothing is set apart in fact."""
    broken, sound = await desk.agreement("kmo-solutions"), await desk.agreement("kmo-solutions")
    await desk.announced((await desk.subprocessor())["id"])
    notices = {one["agreement_id"]: one["id"] for one in await desk.items("notices")}
    row = notices[broken["id"]]
    kept = (await desk.world.rows("select replies::text from notice where id = $1", row))[0]["replies"]
    await desk.world.rows("update notice set replies = '7' where id = $1", row)
    for asked in ({}, {"subject": sound["id"]}):
        found = await forecast(desk, 60, **asked)
        assert notices[sound["id"]] in {one["subject"] for one in found["events"]}
        assert found["complete"] is bool(asked)
    await desk.world.rows("update notice set replies = $2::jsonb where id = $1", row, kept)
    assert await desk.world.rows("select 1 from subject where parked_at is not null") == []
