"""Reminders from outside: a processor's settings, tasks with an end that lead to what they are about."""

from datetime import timedelta

from litestar import Litestar

from tests.http.conftest import Api
from tests.resources.conftest import Desk
from tests.resources.test_notices import told
from tests.world import local
from workflows.kinds import WORKFLOWS

DEFAULTS = {
    "customer": ["P7D", "P1D"],
    "consent": ["P14D", "P28D"],
    "processor": ["P14D", "P3D", "P1D", "PT4H"],
    "tasks": ["P3D", "P1D", "PT4H"],
    "overdue": ["P0D", "P3D", "P7D"],
}


async def test_settings_are_shown_chosen_and_put_back(desk: Desk) -> None:
    path = f"processors/{desk.processor}"
    assert (await desk.get(path))["reminders"] == DEFAULTS
    chosen = await desk.api.call("PATCH", path, json={"reminders": {"customer": ["P10D"], "overdue": []}})
    assert chosen.json()["reminders"] == {**DEFAULTS, "customer": ["P10D"], "overdue": []}
    named = await desk.api.call("PATCH", path, json={"name": "Acme again"})
    assert named.json()["reminders"]["customer"] == ["P10D"], "what is absent stays"
    back = await desk.api.call("PATCH", path, json={"reminders": None})
    assert back.json()["reminders"] == DEFAULTS
    for wrong in ({"customers": ["P1D"]}, {"customer": "P1D"}, ["P1D"], {"tasks": [1]}):
        problem = await desk.refused(path, {"reminders": wrong}, method="PATCH")
        assert problem["errors"][0]["path"].startswith("reminders"), problem


async def test_other_settings_hold_for_windows_that_run(desk: Desk) -> None:
    await told(desk)
    (deadline,) = await desk.items("deadlines")
    assert local(deadline["remind_at"]) == local("2026-03-26T09:00:00+01:00"), "the clocks go forward after it"
    changed = await desk.api.call("PATCH", f"processors/{desk.processor}", json={"reminders": {"customer": ["P2D"]}})
    assert changed.status_code == 200
    await desk.world.drain()
    (deadline,) = await desk.items("deadlines")
    assert local(deadline["remind_at"]) == local(deadline["due_at"]) - timedelta(days=2, hours=-9)
    await desk.world.go(local(deadline["due_at"]))
    sent = await desk.world.rows("select created_at from message where kind = 'reminder'")
    assert [row["created_at"] for row in sent] == [local(deadline["remind_at"])]


async def test_a_task_has_an_end_and_leads_to_what_it_is_about(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    (task,) = await desk.items("tasks", subject=notice["id"])
    assert task["link"] == f"/api/v1/notices/{notice['id']}"
    assert (await desk.get(task["link"].removeprefix("/api/v1/")))["id"] == notice["id"]
    assert (task["role"], task["overdue"], task["escalated_at"]) == ("manager", False, None)
    due_at = local(task["due_at"])
    assert due_at == local("2026-04-02T00:00:00+02:00"), "the processor's own thirty days"
    assert await desk.items("tasks", overdue="true") == []
    assert await desk.items("tasks", due_before=due_at.isoformat()) == []
    later = (due_at + timedelta(seconds=1)).isoformat()
    assert [one["id"] for one in await desk.items("tasks", due_before=later)] == [task["id"]]
    await desk.world.go(due_at)
    (task,) = await desk.items("tasks", overdue="true", role="director")
    assert (task["id"], local(task["escalated_at"])) == (task["id"], due_at)
    events = await desk.items("events", subject=task["id"])
    assert [one["type"] for one in events] == ["task.opened", "task.reminded", "task.reminded", "task.escalated"]
    assert events[-1]["data"] == {"due_at": task["due_at"], "level": 1}
    await desk.act(f"tasks/{task['id']}/done", {"note": "rang them"})
    assert await desk.items("tasks", overdue="true") == []


async def test_what_is_planned_for_a_task_stands_in_the_timeline(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    found = await desk.items(f"agreements/{notice['agreement_id']}/timeline")
    planned = [one for one in found if one["what"] == "planned" and one["subject_kind"] == "task"]
    assert [one["type"] for one in planned] == ["remind"]


def test_every_kind_can_be_read_where_a_task_about_it_leads(api: Api) -> None:
    """A case of a breach is read with its breach."""
    paths = {kind: workflow.table.path for kind, workflow in WORKFLOWS.items()}
    assert [kind for kind, path in paths.items() if not path] == ["breach_case"]
    assert isinstance(api.app, Litestar)
    known = {route.path for route in api.app.routes}
    assert {f"/api/v1/{path}/{{id:uuid}}" for path in paths.values() if path} <= known
