"""Whose a task is."""

from tests.resources.conftest import Desk


async def test_a_directors_task_is_closed_by_a_director(desk: Desk) -> None:
    agreement = await desk.agreement("mms-solutions")
    at = {"rule": "secrecy.penalty", "at": "2026-03-02T08:00:00Z"}
    await desk.act(f"agreements/{agreement['id']}/record-violation", at)
    (task,) = await desk.items("tasks", kind="violation")
    manager = await desk.api.key(desk.processor, "manager")
    director = await desk.api.key(desk.processor, "director")
    assert (await desk.refused(f"tasks/{task['id']}/done", key=manager))["status"] == 403
    await desk.act(f"tasks/{task['id']}/assign", {"owner": "Kim"}, key=manager)
    assert (await desk.act(f"tasks/{task['id']}/done", key=director))["state"] == "done"
