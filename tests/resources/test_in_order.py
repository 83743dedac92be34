"""What was told before is heard before; nobody begins under an agreement that is over; what cannot be is refused."""

from datetime import timedelta
from typing import Any

import pytest

from tests.resources.conftest import Desk


async def ended(desk: Desk) -> Any:
    """An agreement whose main contract ended yesterday, with two weeks for a choice."""
    agreement = await desk.agreement("kmo-solutions")
    today = (await desk.world.now()).date()
    await desk.act(f"agreements/{agreement['id']}/end-main-contract", {"on": today.isoformat()})
    await desk.world.days(1)
    return await desk.get(f"agreements/{agreement['id']}")


async def test_a_task_that_is_done_is_heard_by_the_next_command_without_a_worker(desk: Desk) -> None:
    agreement = await ended(desk)
    await desk.world.go(await desk.world.now() + timedelta(days=20))
    (task,) = await desk.items("tasks", kind="mailbox_read", state="open")
    path = f"agreements/{agreement['id']}/approve-plan"
    assert (await desk.api.post(path)).status_code == 409
    assert (await desk.api.post(f"tasks/{task['id']}/done", {})).status_code == 200
    assert (await desk.api.post(path)).status_code == 200


async def test_nobody_begins_to_work_for_an_agreement_that_is_over(desk: Desk) -> None:
    agreement = await ended(desk)
    assert agreement["state"] == "terminated"
    stranger = await desk.subprocessor("Late BV")
    change = await desk.announced(stranger["id"])
    assert await desk.items("notices", change_id=change["id"])
    await desk.world.days(60)
    assert await desk.items("engagements", subprocessor_id=stranger["id"]) == []
    assert not (await desk.gate(agreement["id"], stranger["id"]))["allowed"]


@pytest.mark.parametrize("value", ["2026-03-01T09:00:00", "x", "", "0000-01-01T00:00:00Z", 1763660000, True, []])
async def test_an_instant_that_cannot_be_used_is_refused(desk: Desk, value: Any) -> None:
    body = {"external_id": "1", "kind": "reply", "text": "hi", "received_at": value}
    answer = await desk.refused("inbound", body)
    assert answer["errors"][0]["path"] == "received_at"
    assert await desk.items("inbound") == []
