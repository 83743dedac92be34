"""Tasks and deadlines, as lists and as a calendar; and that lists go on where they stopped."""

from datetime import UTC, datetime

from icalendar import Calendar

from tests.resources.conftest import Desk
from tests.resources.test_notices import told


async def test_a_task_is_assigned_and_done(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    (task,) = await desk.items("tasks", subject=notice["id"])
    assert task["kind"] == "decide_objection"
    assert task["state"] == "open"
    assert task["subject"] == notice["id"]
    assert task["subject_kind"] == "notice"
    assert task["owner"] is None
    assert task["actions"] == ["assign", "done"]
    mine = await desk.act(f"tasks/{task['id']}/assign", {"owner": "Sam"})
    assert mine["owner"] == "Sam"
    assert [one["id"] for one in await desk.items("tasks", owner="Sam")] == [task["id"]]
    done = await desk.act(f"tasks/{task['id']}/done", {"note": "rang them"})
    assert done["state"] == "done"
    assert done["note"] == "rang them"
    assert done["done_at"] is not None
    again = await desk.refused(f"tasks/{task['id']}/done", {})
    assert again["status"] == 409
    assert again["actions"] == []
    assert (await desk.refused(f"tasks/{task['id']}/assign", {}))["status"] == 400


async def test_a_task_that_needs_evidence_is_not_just_done(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    await desk.act(f"agreements/{made['id']}/end-main-contract", {"on": "2026-03-02"})
    await desk.world.go(datetime(2026, 3, 3, 1, tzinfo=UTC))
    await desk.act(
        f"agreements/{made['id']}/choose",
        {"data": "erase", "channel": "mail", "by": "Kim", "evidence": "mail of 2 March"},
    )
    (task,) = await desk.items("tasks", kind="approve_plan")
    problem = await desk.refused(f"tasks/{task['id']}/done", {})
    assert problem["status"] == 409
    assert "approve-plan" in problem["detail"]


async def test_deadlines_come_soonest_first(desk: Desk) -> None:
    first = await desk.agreement("kmo-solutions")
    await desk.agreement("constant-it")
    worker = await desk.subprocessor()
    await desk.announced(worker["id"])
    found = await desk.items("deadlines")
    assert [one["due_at"] for one in found] == sorted(one["due_at"] for one in found)
    assert {one["rule"] for one in found} == {"subprocessor.objection", "amendment.termination"}
    one = next(one for one in found if one["agreement_id"] == first["id"])
    assert one["subject_kind"] == "notice"
    assert one["party"] == "controller"
    assert one["clause"] == "7.1"
    assert one["overdue"] is False
    assert one["customer"] == "Customer of kmo-solutions"
    assert one["steps"]
    page = await desk.get("deadlines", limit=1)
    rest = await desk.get("deadlines", cursor=page["next"])
    assert page["items"] + rest["items"] == found
    assert await desk.items("deadlines", party="processor") == []
    assert await desk.items("deadlines", agreement_id=first["id"]) == [one]
    shown = (await desk.get(f"agreements/{first['id']}"))["deadlines"]
    assert [(each["rule"], each["due_at"], each["clause"]) for each in shown] == [
        (one["rule"], one["due_at"], one["clause"])
    ]


async def test_a_deadline_nobody_met_is_overdue(desk: Desk) -> None:
    made = await desk.agreement("mms-solutions")
    await desk.act(f"agreements/{made['id']}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 5, 2, tzinfo=UTC))
    late = await desk.items("deadlines", overdue="true")
    assert "end.erasure" in {one["rule"] for one in late}
    assert all(one["overdue"] for one in late)
    every = [one["id"] for one in await desk.items("deadlines")]
    assert [one for one in every if one not in {one["id"] for one in late}] == [
        one["id"] for one in await desk.items("deadlines", overdue="false")
    ]
    # What may be done from an instant on is not late, however long ago that was; and it hides nothing that is.
    await desk.world.rows(f"update deadline set boundary = 'from' where id = '{late[0]['id']}'")
    soonest = await desk.items("deadlines", overdue="false")
    assert soonest[0]["id"] == late[0]["id"]
    assert [one["id"] for one in await desk.items("deadlines", overdue="false", sort="-due_at")] == [
        one["id"] for one in soonest[::-1]
    ]


async def test_the_calendar_holds_the_same_days(desk: Desk) -> None:
    await told(desk)
    answer = await desk.api.get("deadlines.ics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    (entry,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert entry.decoded("dtstart").isoformat() == "2026-04-01"
    assert str(entry["description"]) == (
        "Bezwaar tegen een subverwerker (7.1). De verwerkingsverantwoordelijke is aan zet, uiterlijk op woensdag "
        "1 april 2026 (tijd in Amsterdam)."
    )
    again = await desk.api.get("deadlines.ics", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await desk.refused("deadlines.ics?party=nobody", method="GET"))["errors"][0]["path"] == "party"


async def test_a_list_goes_on_where_it_stopped(desk: Desk) -> None:
    made = [(await desk.customer(f"Customer {number}"))["id"] for number in range(5)]
    first = await desk.get("customers", limit=2)
    assert [one["id"] for one in first["items"]] == made[:2]
    await desk.customer("Later")
    second = await desk.get("customers", limit=2, cursor=first["next"])
    assert [one["id"] for one in second["items"]] == made[2:4]
    last = await desk.get("customers", limit=200, cursor=second["next"])
    assert len(last["items"]) == 2
    assert last["next"] is None
    for bad in ("limit=0", "limit=201", "limit=x", "cursor=made-up", "colour=red", f"cursor={first['next']}&name=x"):
        assert (await desk.refused(f"customers?{bad}", method="GET"))["status"] == 400


async def test_a_copy_is_only_called_fresh_where_its_version_says_all(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    worker = await desk.subprocessor()
    for path, status in ((f"subprocessors/{worker['id']}", 304), (f"agreements/{made['id']}", 200)):
        tag = (await desk.api.get(path)).headers["etag"]
        assert (await desk.api.get(path, headers={"If-None-Match": tag})).status_code == status
    before = (await desk.api.get(f"agreements/{made['id']}")).headers["etag"]
    await desk.announced(worker["id"])
    answer = await desk.api.get(f"agreements/{made['id']}", headers={"If-None-Match": before})
    assert [one["rule"] for one in answer.json()["deadlines"]] == ["subprocessor.objection"]


async def test_a_reason_says_something(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    problem = await desk.refused(f"agreements/{made['id']}/cancel-end", {"reason": "  \n"})
    assert problem["errors"][0]["path"] == "reason"


async def test_an_auditor_reads_and_writes_nothing(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    auditor = await desk.api.key(desk.processor, "auditor")
    for path in ("agreements", f"agreements/{made['id']}", "events", "deadlines", f"agreements/{made['id']}/timeline"):
        assert (await desk.api.get(path, key=auditor)).status_code == 200
    for path, body in (
        ("customers", {}),
        (f"agreements/{made['id']}/withdraw", {}),
        ("inbound", {"raw": "x"}),
        ("changes", {"kind": "measure"}),
    ):
        assert (await desk.api.post(path, body, key=auditor)).status_code == 403
    answer = await desk.api.call("PATCH", f"agreements/{made['id']}", json={}, key=auditor)
    assert answer.status_code == 403


async def test_every_resource_is_documented_with_its_shape(desk: Desk) -> None:
    schema = (await desk.api.client.get("/docs/openapi.json")).json()
    for path in (
        "/api/v1/agreements/{id}/send",
        "/api/v1/agreements/{id}/end-main-contract",
        "/api/v1/notices/{id}/object",
        "/api/v1/changes/{id}/preview",
        "/api/v1/engagements/check",
        "/api/v1/inbound/{id}/classify",
        "/api/v1/deadlines.ics",
        "/api/v1/events",
    ):
        assert path in schema["paths"], path
    body = schema["paths"]["/api/v1/notices/{id}/object"]["post"]["requestBody"]
    name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert set(schema["components"]["schemas"][name]["properties"]) == {
        "grounds", "channel", "received_at", "by", "evidence",
    }  # fmt: skip


async def test_lists_carry_names_and_are_searched_by_parts_of_them(desk: Desk) -> None:
    made, worker, notice = await told(desk)
    (change,) = await desk.items("changes")
    assert await desk.items("deadlines", q="CUSTÖMER")
    assert await desk.items("deadlines", q="nobody's name%") == []
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    customer = await desk.get(f"customers/{made['customer_id']}")
    await desk.api.call("PATCH", f"customers/{customer['id']}", json={"name": "Crèche Zuid"})
    await desk.api.call("PATCH", f"subprocessors/{worker['id']}", json={"aliases": ["Straße 7"]})
    names = {"customer_name": "Crèche Zuid", "subprocessor_name": worker["name"]}
    for path, id, carried in (
        ("agreements", made["id"], ("customer_name",)),
        ("notices", notice["id"], ("customer_name", "subprocessor_name")),
        ("changes", change["id"], ("subprocessor_name",)),
    ):
        (listed,) = [one for one in await desk.items(path) if one["id"] == id]
        alone = await desk.get(f"{path}/{id}")
        assert [one[name] for one in (listed, alone) for name in carried] == [names[name] for name in carried] * 2
    (task,) = await desk.items("tasks", kind="decide_objection")
    assert {name: task[name] for name in names} == names
    for path, asked in (
        ("customers", "CRECHE"), ("agreements", "crèche"), ("notices", "zuid"),
        ("subprocessors", "straße"), ("subprocessors", worker["name"][1:4].upper()), ("changes", worker["name"][:4]),
    ):  # fmt: skip
        assert await desk.items(path, q=asked), (path, asked)
        assert await desk.items(path, q="nobody's name%") == []
    assert await desk.items("tasks", q=task["text"][3:12].upper())
    assert await desk.items("tasks", q="nobody's name%") == []


async def test_lists_are_asked_for_by_date(desk: Desk) -> None:
    made, _, notice = await told(desk)
    (change,) = await desk.items("changes")
    for path, id in (("agreements", made["id"]), ("changes", change["id"]), ("notices", notice["id"])):
        at = (await desk.get(f"{path}/{id}"))["created_at"]
        assert id in [one["id"] for one in await desk.items(path, since=at)]
        assert await desk.items(path, since="2100-01-01T00:00:00Z") == []
    due = max(one["due_at"] for one in await desk.items("deadlines"))
    assert all(one["due_at"] < due for one in await desk.items("deadlines", due_before=due))
    assert len(await desk.items("deadlines", due_before="2100-01-01T00:00:00Z")) == len(await desk.items("deadlines"))
