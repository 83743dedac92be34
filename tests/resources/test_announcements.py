"""Announcements: changes put together, looked at, sent as one, answered one by one (P19)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import Desk
from workflows.engine.sweep import sweep
from workflows.reach.fan_out import carry_chunk

NOBODY = "01a200bc-c6ff-753a-baf5-d21f5297a9b9"


@dataclass(frozen=True)
class Three:
    """Two subprocessors and a new measure, still drafts."""

    desk: Desk
    hosts: list[str]
    changes: list[str]

    async def announcement(self, **more: Any) -> Any:
        return await self.desk.api.made("announcements", {"changes": self.changes, **more})

    async def states(self) -> list[str]:
        return [(await self.desk.get(f"changes/{one}"))["state"] for one in self.changes]


@pytest.fixture
async def three(desk: Desk) -> Three:
    hosts = [(await desk.subprocessor(name))["id"] for name in ("First BV", "Second BV")]
    changes = [(await desk.change(host))["id"] for host in hosts]
    measure = await desk.api.made("changes", {"kind": "measure", "reason": "stronger locks"})
    return Three(desk, hosts, [*changes, measure["id"]])


async def test_sent_as_one_and_answered_one_by_one(three: Three) -> None:
    desk = three.desk
    customer = await desk.customer("Bakery")
    agreements = [await desk.agreement(terms, customer_id=customer["id"]) for terms in ("kmo-solutions", "constant-it")]
    made = await three.announcement(terms_version="1")
    assert (made["state"], made["terms_version"], made["changes"]) == ("draft", "1", three.changes)
    assert made["actions"] == ["notify", "withdraw"]
    assert [one["state"] for one in made["bundled"]] == ["draft"] * 3
    assert await desk.items("notices") == []
    sent = await desk.act(f"announcements/{made['id']}/notify")
    assert sent["state"] == "notified"
    now = await desk.get(f"announcements/{made['id']}")
    assert now["state"] == "sent"
    assert now["progress"] == {"done": 2, "total": 2, "finished": True}
    assert [one["kind"] for one in now["bundled"]] == ["add", "add", "measure"]
    assert [sum(one["notices"].values()) for one in now["bundled"]] == [2, 2, 2]
    notices = await desk.items("notices")
    assert {(one["change_id"], one["agreement_id"]) for one in notices} == {
        (change, agreement["id"]) for change in three.changes for agreement in agreements
    }
    for one in three.changes:
        change = await desk.get(f"changes/{one}")
        assert change["announcement_id"] == made["id"]
        assert change["progress"]["told"] == {"done": 2, "total": 2, "finished": True}
    kmo = {one["change_id"]: one for one in notices if one["agreement_id"] == agreements[0]["id"]}
    first, second = kmo[three.changes[0]], kmo[three.changes[1]]
    assert first["closes_at"] == second["closes_at"] == "2026-04-01T22:00:00Z"
    await desk.act(f"notices/{first['id']}/object", {"grounds": "not there", "by": "Kim", "channel": "mail"})
    await desk.world.go(datetime(2026, 4, 2, tzinfo=UTC))
    assert (await desk.get(f"notices/{first['id']}"))["state"] == "objected"
    assert (await desk.get(f"notices/{second['id']}"))["state"] == "lapsed"
    gate = [(await desk.gate(agreements[0]["id"], host))["allowed"] for host in three.hosts]
    assert gate == [False, True]
    with_it = await desk.items("announcements", change_id=three.changes[1])
    assert [one["id"] for one in with_it] == [made["id"]]
    assert await desk.items("announcements", state="draft") == []


async def test_one_message_leads_and_carries_the_others(three: Three) -> None:
    desk = three.desk
    customer = await desk.customer("Bakery")
    for _ in range(2):
        await desk.agreement(customer_id=customer["id"])
    other = await desk.customer("Smithy")
    await desk.agreement(customer_id=other["id"])
    made = await three.announcement()
    found = await desk.get(f"announcements/{made['id']}/preview")
    assert found["mails"] == 2
    await desk.act(f"announcements/{made['id']}/notify", {"preview": found["digest"]})
    rows = await desk.world.rows(
        "select coalesce(carried_by, id) as lead, count(*) as n, count(distinct contact_id) as contacts, "
        "count(distinct customer_id) as customers from message where kind = 'announcement' group by 1 order by 2"
    )
    assert [(row["n"], row["contacts"], row["customers"]) for row in rows] == [(3, 1, 1), (6, 1, 1)]


async def test_what_does_not_fit_is_named_and_nothing_is_written(three: Three) -> None:
    one = three.changes[0]
    for body, status, path in (
        ({}, 400, "changes"),
        ({"changes": []}, 400, "changes"),
        ({"changes": [one, one]}, 400, "changes[1]"),
        ({"changes": one}, 400, "changes"),
        ({"changes": ["not an id"]}, 400, "changes[0]"),
        ({"changes": [one], "terms_version": "no such version"}, 400, "terms_version"),
        ({"changes": [one], "terms_version": ""}, 400, "terms_version"),
        ({"changes": [one], "terms_version": 7}, 400, "terms_version"),
        ({"changes": [one], "state": "sent"}, 400, "state"),
        ({"changes": [one, *[NOBODY] * 60]}, 400, "changes"),
        ({"changes": [one, NOBODY]}, 404, None),
        ({"changes": [three.hosts[0]]}, 404, None),
    ):
        problem = await three.desk.refused("announcements", body)
        assert problem["status"] == status, body
        if path is not None:
            assert path in [wrong["path"] for wrong in problem["errors"]], problem
    assert await three.desk.items("announcements") == []


async def test_another_processors_change_is_not_found(three: Three, other: str) -> None:
    measure = await three.desk.api.made("changes", {"kind": "measure", "reason": "locks"}, key=other)
    own = {"Termijn-Processor": three.desk.processor}
    answer = await three.desk.api.post("announcements", {"changes": [measure["id"]]}, headers=own)
    assert answer.status_code == 404
    made = await three.desk.api.made("announcements", {"changes": three.changes}, headers=own)
    for method, place in (("GET", ""), ("GET", "/preview"), ("POST", "/notify"), ("PATCH", "")):
        answer = await three.desk.api.call(method, f"announcements/{made['id']}{place}", key=other, json={})
        assert answer.status_code == 404, place


async def test_a_version_that_its_own_text_does_not_have_is_refused(desk: Desk) -> None:
    change = await desk.api.made("changes", {"kind": "terms", "to_version": "1"})
    versions = await desk.world.rows("select version from terms_version where terms = 'kmo-solutions'")
    assert versions[0]["version"] == "1"
    document = (await desk.get("terms/kmo-solutions"))["document"]
    await desk.api.made("terms", {**document, "version": "2"})
    problem = await desk.refused("announcements", {"changes": [change["id"]], "terms_version": "2"})
    assert problem["status"] == 400
    assert problem["errors"][0]["path"] == "terms_version"
    await desk.api.made("announcements", {"changes": [change["id"]], "terms_version": "1"})


async def test_only_drafts_go_together_and_each_in_one_announcement(three: Three) -> None:
    desk = three.desk
    await desk.agreement()
    await desk.act(f"changes/{three.changes[0]}/notify")
    problem = await desk.refused("announcements", {"changes": three.changes})
    assert problem["status"] == 409
    assert "objection_window" in problem["detail"]
    rest = await desk.api.made("announcements", {"changes": three.changes[1:]})
    problem = await desk.refused("announcements", {"changes": three.changes[1:2]})
    assert problem["status"] == 409
    assert rest["id"] in problem["detail"]
    # One that went by itself meanwhile is left out first: until then the announcement cannot go.
    await desk.act(f"changes/{three.changes[1]}/notify")
    problem = await desk.refused(f"announcements/{rest['id']}/notify")
    assert (problem["status"], problem["state"], problem["actions"]) == (409, "draft", ["withdraw"])
    path = f"announcements/{rest['id']}"
    patched = await desk.api.call("PATCH", path, json={"changes": three.changes[2:]})
    assert patched.status_code == 200, patched.text
    assert patched.json()["changes"] == three.changes[2:]
    await desk.act(f"{path}/notify")
    assert (await desk.get(path))["state"] == "sent"
    assert len(await desk.items("notices")) == 3
    problem = await desk.refused(path, {"changes": three.changes[2:]}, method="PATCH")
    assert problem["status"] == 409
    problem = await desk.refused(f"{path}/notify")
    assert (problem["status"], problem["actions"]) == (409, []), (
        "its changes took effect: nothing of it can be taken back"
    )


async def test_the_preview_shows_each_change_and_a_stale_one_tells_nobody(three: Three) -> None:
    desk = three.desk
    await desk.agreement("kmo-solutions")
    made = await three.announcement()
    path = f"announcements/{made['id']}"
    found = await desk.get(f"{path}/preview")
    assert [one["change_id"] for one in found["changes"]] == three.changes
    assert [one["counts"]["rules"] for one in found["changes"]] == [
        {"objection": 1},
        {"objection": 1},
        {"information": 1},
    ]
    assert await desk.items("notices") == []
    amended = {"fields": {"reason": "another"}, "substance": True, "reason": "words"}
    await desk.act(f"changes/{three.changes[2]}/amend", amended)
    problem = await desk.refused(f"{path}/notify", {"preview": found["digest"]})
    assert problem["status"] == 409
    assert await three.states() == ["draft"] * 3
    found = await desk.get(f"{path}/preview")
    await desk.act(f"{path}/notify", {"preview": found["digest"]})
    assert len(await desk.items("notices")) == 3


async def test_the_whole_preview_is_read_by_pages_that_all_its_changes_share(three: Three) -> None:
    desk = three.desk
    for name, terms in (("One", "kmo-solutions"), ("Two", "mms-solutions"), ("Three", "kmo-solutions")):
        await desk.agreement(terms, customer_id=(await desk.customer(name))["id"], active=name != "Two")
    path = f"announcements/{(await three.announcement())['id']}/preview"
    whole = await desk.get(path)
    assert whole["next"] is None
    pages = [await desk.get(path, limit=1)]
    while pages[-1]["next"] is not None:
        pages.append(await desk.get(path, limit=1, cursor=pages[-1]["next"]))
    assert len(pages) > 2
    assert {(page["digest"], page["mails"]) for page in pages} == {(whole["digest"], whole["mails"])}
    for number, change in enumerate(whole["changes"]):
        for each in ("agreements", "left_out", "contacts_missing"):
            assert [row for page in pages for row in page["changes"][number][each]] == change[each]
        assert all(page["changes"][number]["counts"] == change["counts"] for page in pages)
    for page in pages:
        rows = [row["agreement_id"] for one in page["changes"] for row in one["agreements"] + one["left_out"]]
        assert len(set(rows)) <= 1, "a page is about the same agreements under each change"
    first = pages[0]["changes"][0]
    own = f"changes/{first['change_id']}/preview"
    assert (await desk.get(own, cursor=first["next"]))["agreements"] == whole["changes"][0]["agreements"][1:]
    assert (await desk.refused(f"{own}?cursor={pages[0]['next']}", method="GET"))["errors"][0]["path"] == "cursor"


async def test_until_not_before_it_goes_without_a_trace_and_on_its_day_as_one(three: Three) -> None:
    desk = three.desk
    await desk.agreement("kmo-solutions")
    made = await three.announcement()
    path = f"announcements/{made['id']}"
    waits = await desk.act(f"{path}/notify", {"not_before": "2026-03-09T09:00:00+01:00"})
    assert (waits["state"], waits["not_before"]) == ("draft", "2026-03-09T08:00:00Z")
    await desk.act(f"changes/{three.changes[1]}/withdraw", {"reason": "never mind"})
    await desk.world.go(datetime(2026, 3, 9, 8, tzinfo=UTC))
    assert (await desk.get(path))["state"] == "sent"
    assert {one["change_id"] for one in await desk.items("notices")} == {three.changes[0], three.changes[2]}
    (task,) = await desk.items("tasks", subject=made["id"])
    assert task["kind"] == "announced_without"
    assert task["data"]["changes"] == [three.changes[1]]


async def test_on_its_day_nothing_is_left_to_send(three: Three) -> None:
    desk = three.desk
    await desk.agreement("kmo-solutions")
    made = await three.announcement()
    await desk.act(f"announcements/{made['id']}/notify", {"not_before": "2026-03-09T08:00:00Z"})
    for one in three.changes:
        await desk.act(f"changes/{one}/withdraw", {"reason": "never mind"})
    await desk.world.go(datetime(2026, 3, 10, tzinfo=UTC))
    now = await desk.get(f"announcements/{made['id']}")
    assert (now["state"], now["not_before"]) == ("draft", None)
    assert [one["kind"] for one in await desk.items("tasks", subject=made["id"])] == ["nothing_to_announce"]
    assert await desk.items("notices") == []
    await desk.act(f"announcements/{made['id']}/withdraw", {"reason": "never mind"})
    assert [one["state"] for one in await desk.items("tasks", subject=made["id"])] != ["open"]


async def test_withdrawn_takes_back_all_that_is_not_in_force(three: Three) -> None:
    desk = three.desk
    agreement = await desk.agreement("kmo-solutions")
    made = await three.announcement()
    path = f"announcements/{made['id']}"
    await desk.act(f"{path}/notify")
    assert await three.states() == ["objection_window", "objection_window", "active"]
    gone = await desk.act(f"{path}/withdraw", {"reason": "too dear"})
    assert (gone["state"], gone["withdrawn_why"], gone["actions"]) == ("withdrawn", "too dear", [])
    assert await three.states() == ["withdrawn", "withdrawn", "active"]
    assert {one["state"] for one in await desk.items("notices", change_id=three.changes[0])} == {"cancelled"}
    assert not (await desk.gate(agreement["id"], three.hosts[0]))["allowed"]
    assert len(await desk.world.rows("select 1 from message where kind = 'withdrawal'")) == 2
    assert (await desk.refused(f"{path}/withdraw", {"reason": "again"}))["status"] == 409


async def test_a_draft_is_withdrawn_with_its_drafts(three: Three) -> None:
    made = await three.announcement()
    await three.desk.act(f"announcements/{made['id']}/withdraw", {"reason": "never mind"})
    assert await three.states() == ["withdrawn"] * 3
    assert await three.desk.world.rows("select 1 from message") == []


async def test_who_joins_later_gets_all_of_it_in_one_mail(three: Three) -> None:
    desk = three.desk
    await desk.agreement("kmo-solutions")
    made = await three.announcement()
    await desk.act(f"announcements/{made['id']}/notify")
    late = await desk.agreement("stkkr")
    told = await desk.items("notices", agreement_id=late["id"])
    assert {one["change_id"] for one in told} == set(three.changes)
    rows = await desk.world.rows(
        "select count(distinct coalesce(m.carried_by, m.id)) as mails from message m join notice n "
        "on n.id = m.subject_id where n.agreement_id = $1 and m.kind = 'announcement'", late["id"],
    )  # fmt: skip
    assert rows[0]["mails"] == 1


async def test_an_agreement_that_passes_on_is_told_whoever_the_fan_out_has_passed(three: Three) -> None:
    desk = three.desk
    early = await desk.customer("Early")
    late = await desk.customer("Late")
    agreement = await desk.agreement("kmo-solutions", customer_id=late["id"])
    await desk.agreement("kmo-solutions", customer_id=early["id"])
    made = await three.announcement()
    answer = await desk.api.post(f"announcements/{made['id']}/notify")
    assert answer.status_code == 200

    pools, engine = desk.world.pools, desk.world.engine
    while await sweep(pools.worker, engine):
        pass
    assert await carry_chunk(pools.worker, engine, chunk=3)
    assert len(await desk.items("notices")) == 3, "the first customer's"
    await desk.act(f"agreements/{agreement['id']}/transfer", {"customer_id": early["id"]})
    assert {one["change_id"] for one in await desk.items("notices", agreement_id=agreement["id"])} == set(three.changes)


async def test_roles_and_repeats(three: Three) -> None:
    desk = three.desk
    await desk.agreement("kmo-solutions")
    reader = await desk.api.key(desk.processor, "auditor")
    body = {"changes": three.changes}
    assert (await desk.api.post("announcements", body, key=reader)).status_code == 403
    first = await desk.api.post("announcements", body, headers={"Idempotency-Key": "one"})
    again = await desk.api.post("announcements", body, headers={"Idempotency-Key": "one"})
    assert first.json()["id"] == again.json()["id"]
    path = f"announcements/{first.json()['id']}"
    assert (await desk.api.get(path, key=reader)).status_code == 200
    assert (await desk.api.post(f"{path}/notify", key=reader)).status_code == 403
    stale = await desk.api.post(f"{path}/notify", headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    fresh = await desk.api.get(path)
    done = await desk.api.post(f"{path}/notify", headers={"If-Match": fresh.headers["etag"]})
    assert done.status_code == 200
