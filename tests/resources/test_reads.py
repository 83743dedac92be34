"""Who reads lists in which persons stand is on record, once an hour for each key and list."""

from datetime import timedelta

import pytest

from service.http.hours import HOUR, Hours
from tests.resources.conftest import Desk
from workflows.ids import new_id


async def test_who_reads_lists_of_persons_is_on_record_once_an_hour(desk: Desk) -> None:
    agreement = await desk.agreement()
    auditor = await desk.api.key(desk.processor, "auditor")
    customer, timeline = f"customers/{agreement['customer_id']}", f"agreements/{agreement['id']}/timeline"
    for path in ("customers", customer, "notices", "matters", "audits", timeline):
        assert (await desk.api.call("GET", path, key=auditor)).status_code == 200
    assert (await desk.api.call("GET", "agreements", key=auditor)).status_code == 200
    (key,) = [one for one in await desk.items(f"processors/{desk.processor}/keys") if one["role"] == "auditor"]
    read = await desk.items("disclosures", by=f"key:{key['id']}")
    assert [one["what"] for one in read] == ["customers", "notices", "matters", "audits", "timeline"]
    assert {one["about"] for one in read} == {desk.processor}


def forget(desk: Desk) -> None:
    """The hour is over for this process too."""
    desk.api.app.state.parts.reads._seen.clear()


async def test_the_next_hour_it_is_on_record_again(desk: Desk) -> None:
    manager = await desk.api.key(desk.processor, "manager")
    for _ in range(2):
        await desk.api.call("GET", "customers", key=manager)
        await desk.world.go(await desk.world.now() + timedelta(hours=1))
        forget(desk)
        await desk.api.call("GET", "customers", key=manager)
    (key,) = [one for one in await desk.items(f"processors/{desk.processor}/keys") if one["role"] == "manager"]
    assert [one["what"] for one in await desk.items("disclosures", by=f"key:{key['id']}")] == ["customers"] * 3


def test_what_was_seen_is_forgotten_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr("service.http.hours.time.monotonic", lambda: now[0])
    seen = Hours()
    key = (new_id(), None, "customers")
    seen.note(key)
    assert seen.known(key)
    now[0] += HOUR
    assert not seen.known(key)
