"""Changes: what each kind needs, the preview and its digest, progress, amending and withdrawing."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.queries import sql
from service.http.history import moment
from tests.resources.conftest import Desk


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"kind": "add"}, "subprocessor_id"),
        ({"kind": "remove"}, "subprocessor_id"),
        ({"kind": "replace", "subprocessor_id": "WORKER"}, "replaces_id"),
        ({"kind": "replace", "subprocessor_id": "WORKER", "replaces_id": "WORKER"}, "replaces_id"),
        ({"kind": "relocate", "subprocessor_id": "WORKER"}, "country"),
        ({"kind": "relocate", "subprocessor_id": "WORKER", "country": "NL"}, "country"),
        ({"kind": "relocate", "subprocessor_id": "WORKER", "country": "Narnia"}, "country"),
        ({"kind": "terms"}, "to_version"),
        ({"kind": "terms", "to_version": "77"}, "to_version"),
        ({"kind": "terms", "to_version": "1", "terms": "nobody"}, "terms"),
        ({"kind": "measure", "subprocessor_id": "WORKER"}, "subprocessor_id"),
        ({"kind": "add", "subprocessor_id": "WORKER", "replaces_id": "WORKER"}, "replaces_id"),
        ({"kind": "add", "subprocessor_id": "WORKER", "effective_on": "9999-12-31"}, "effective_on"),
        ({"kind": "add", "subprocessor_id": "WORKER", "state": "active"}, "state"),
        ({"kind": "paint"}, "kind"),
    ],
)
async def test_what_a_kind_lacks_is_named(desk: Desk, body: dict[str, Any], path: str) -> None:
    worker = (await desk.subprocessor())["id"]
    given = {name: worker if value == "WORKER" else value for name, value in body.items()}
    problem = await desk.refused("changes", given)
    assert problem["status"] == 400
    assert path in [one["path"] for one in problem["errors"]]
    assert await desk.items("changes") == []


async def test_every_kind_can_be_drafted(desk: Desk) -> None:
    old, new = await desk.subprocessor("Old"), await desk.subprocessor("New")
    add = await desk.change(new["id"], effective_on="2026-06-01", services=["voip"])
    assert add["state"] == "draft"
    assert add["actions"] == ["notify", "amend", "withdraw"]
    assert add["progress"]["total"] == 0
    replaced = await desk.change(new["id"], "replace", replaces_id=old["id"])
    assert replaced["replaces_id"] == old["id"]
    moved = await desk.change(new["id"], "relocate", country="US")
    assert moved["from_country"] == "NL"
    terms = await desk.api.made("changes", {"kind": "terms", "to_version": "1"})
    assert terms["terms"] == "kmo-solutions"
    named = await desk.api.made("changes", {"kind": "terms", "to_version": "1", "terms": "contict"})
    assert named["terms"] == "contict"
    measure = await desk.api.made("changes", {"kind": "measure", "reason": "stronger locks"})
    assert measure["go_live_at"] is None
    assert len(await desk.items("changes")) == 6
    assert [one["id"] for one in await desk.items("changes", kind="relocate")] == [moved["id"]]


async def test_another_processors_subprocessor_is_not_found(desk: Desk, other: str) -> None:
    foreign = await desk.api.made("subprocessors", {"name": "W", "service": "s", "country": "NL"}, key=other)
    own = {"Termijn-Processor": desk.processor}
    answer = await desk.api.post("changes", {"kind": "add", "subprocessor_id": foreign["id"]}, headers=own)
    assert answer.status_code == 404


async def test_the_preview_says_who_by_which_rule_and_until_when(desk: Desk) -> None:
    stkkr = await desk.agreement("stkkr")
    kmo = await desk.agreement("kmo-solutions", services=["voip"])
    contict = await desk.agreement("contict", services=["voip"])
    draft = await desk.agreement("constant-it", active=False, services=["voip"])
    phone_only = [{"name": "P", "email": "p@mute.example", "phone": "+31 20 1234567", "roles": ["security"]}]
    silent = await desk.customer("Mute", contacts=phone_only)
    mute = await desk.agreement("kmo-solutions", services=["voip"], customer_id=silent["id"])
    worker = await desk.subprocessor("Unbound", bound_on=None)
    change = await desk.change(worker["id"], services=["voip"], effective_on="2026-03-10")
    found = await desk.get(f"changes/{change['id']}/preview")
    rows = {one["agreement_id"]: one for one in found["agreements"]}
    assert set(rows) == {kmo["id"], contict["id"], mute["id"]}
    assert rows[kmo["id"]]["rule"] == "objection"
    # Received on Monday 2 March, thirty days: the last is Wednesday 1 April.
    assert rows[kmo["id"]]["closes_at"] == "2026-04-01T22:00:00Z"
    assert rows[kmo["id"]]["earliest_go_live"] == "2026-04-01T22:00:00Z"
    assert rows[kmo["id"]]["rights"][0]["rule"] == "subprocessor.objection"
    assert rows[contict["id"]]["rule"] == "consent"
    assert rows[contict["id"]]["closes_at"] is None
    assert (rows[contict["id"]]["earliest_go_live"], rows[contict["id"]]["waits_for"]) == (None, "consent")
    assert rows[kmo["id"]]["waits_for"] is None
    left = {one["agreement_id"]: one["why"] for one in found["left_out"]}
    assert set(left) == {stkkr["id"], draft["id"]}
    assert "voip" in left[stkkr["id"]]
    assert "not in force yet" in left[draft["id"]]
    assert [one["agreement_id"] for one in found["contacts_missing"]] == [mute["id"]]
    assert found["counts"]["agreements"] == 3
    assert found["counts"]["rules"] == {"objection": 2, "consent": 1}
    said = " ".join(found["warnings"])
    assert "reply_to" in said
    assert "bound" in said
    assert "2026-03-10" in said
    assert found["earliest_go_live"] == "2026-04-01T22:00:00Z", "the first that hangs on nobody's yes"
    assert found["counts"]["waiting"] == 1
    why = "1 of 3 agreements waits for a yes of the customer, and for this one no day is known"
    assert found["earliest_go_live_why"] == why
    shown = await desk.get(f"changes/{change['id']}")
    assert (shown["go_live_at"], shown["go_live_why"]) == (found["earliest_go_live"], why)
    assert await desk.items("notices") == []


async def test_nobody_says_now_where_everybody_has_to_say_yes(desk: Desk) -> None:
    await desk.agreement("contict")
    other = await desk.customer("Other")
    await desk.agreement("contict", customer_id=other["id"])
    change = await desk.change((await desk.subprocessor())["id"])
    why = "2 of 2 agreements wait for a yes of the customer, and for these no day is known"
    found = await desk.get(f"changes/{change['id']}/preview")
    assert (found["earliest_go_live"], found["earliest_go_live_why"]) == (None, why)
    draft = await desk.get(f"changes/{change['id']}")
    assert (draft["go_live_at"], draft["go_live_why"]) == (None, why)
    await desk.act(f"changes/{change['id']}/notify")
    told = await desk.get(f"changes/{change['id']}")
    assert (told["go_live_at"], told["go_live_why"], told["progress"]["waiting"]) == (None, why, 2)
    notice, _ = await desk.items("notices", change_id=change["id"])
    yes = {"by": "Kim", "channel": "letter", "evidence": "a letter"}
    await desk.act(f"notices/{notice['id']}/consent", yes)
    one = await desk.get(f"changes/{change['id']}")
    assert one["go_live_at"] is not None
    assert one["go_live_why"] == "1 of 2 agreements waits for a yes of the customer, and for this one no day is known"


async def test_the_preview_is_what_the_notices_become(desk: Desk) -> None:
    for terms in ("stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"):
        await desk.agreement(terms)
    worker = await desk.subprocessor()
    change = await desk.change(worker["id"])
    found = await desk.get(f"changes/{change['id']}/preview")
    assert found["counts"]["agreements"] == 5
    await desk.act(f"changes/{change['id']}/notify", {"preview": found["digest"]})
    notices = {one["agreement_id"]: one for one in await desk.items("notices", change_id=change["id"])}
    for row in found["agreements"]:
        told = notices[row["agreement_id"]]
        assert told["rule"] == row["rule"]
        assert told["closes_at"] == row["closes_at"]
        assert told["proceeds_at"] == row["proceeds_at"]
        assert [(one["rule"], one["clause"], one["closes_at"], one["form"]) for one in told["rights"]] == [
            (one["rule"], one["clause"], one["closes_at"], one["form"]) for one in row["rights"]
        ]
        if told["engages_at"] is not None:
            assert told["engages_at"] == row["earliest_go_live"]


async def test_a_stale_digest_tells_nobody(desk: Desk) -> None:
    await desk.agreement("kmo-solutions")
    change = await desk.change((await desk.subprocessor())["id"])
    path = f"changes/{change['id']}"
    digest = (await desk.get(f"{path}/preview"))["digest"]
    await desk.world.go(datetime(2026, 3, 3, tzinfo=UTC))
    assert (await desk.get(f"{path}/preview"))["digest"] == digest, "the hour is not part of it"
    await desk.agreement("stkkr")
    problem = await desk.refused(f"{path}/notify", {"preview": digest})
    assert problem["status"] == 409
    assert (await desk.get(path))["state"] == "draft"
    await desk.world.drain()
    assert await desk.items("notices") == []
    fresh = (await desk.get(f"{path}/preview"))["digest"]
    assert fresh != digest
    assert (await desk.act(f"{path}/notify", {"preview": fresh}))["state"] == "notified"
    assert len(await desk.items("notices")) == 2


async def test_every_field_that_decides_is_in_the_digest(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    change = await desk.change((await desk.subprocessor())["id"])
    path = f"changes/{change['id']}/preview"
    seen = {(await desk.get(path))["digest"]}
    customer = f"customers/{made['customer_id']}"
    contacts = (await desk.get(customer))["contacts"]
    contacts[0]["email"] = "new@customer.example"
    for method, place, body in (
        ("PATCH", customer, {"contacts": contacts}),
        ("POST", f"changes/{change['id']}/amend", {"fields": {"country": "BE"}, "substance": True, "reason": "moved"}),
        ("PATCH", f"processors/{desk.processor}", {"notice_time": "P45D"}),
        ("PATCH", f"subprocessors/{change['subprocessor_id']}", {"bound_on": "2026-02-02"}),
    ):
        answer = await desk.api.call(method, place, json=body)
        assert answer.status_code == 200, answer.text
        digest = (await desk.get(path))["digest"]
        assert digest not in seen, place
        seen.add(digest)


async def test_progress_counts_and_the_state_follows(desk: Desk) -> None:
    kmo, contict = await desk.agreement("kmo-solutions"), await desk.agreement("contict")
    change = await desk.announced((await desk.subprocessor())["id"])
    assert change["state"] == "objection_window"
    assert change["progress"]["total"] == 2
    assert change["progress"]["open"] == 2
    assert change["progress"]["outcomes"] == {"pending": 2}
    assert change["progress"]["told"] == {"done": 2, "total": 2, "finished": True}
    assert change["go_live_at"] == "2026-04-01T22:00:00Z"
    await desk.world.go(datetime(2026, 4, 1, 22, 30, tzinfo=UTC))
    change = await desk.get(f"changes/{change['id']}")
    assert change["state"] == "active"
    assert change["progress"]["lapsed"] == 1
    assert change["progress"]["outcomes"] == {"lapsed": 1, "pending": 1}
    assert change["progress"]["engaged"] == 1
    assert [one["agreement_id"] for one in await desk.items("notices", state="lapsed")] == [kmo["id"]]
    assert [one["agreement_id"] for one in await desk.items("notices", rule="consent")] == [contict["id"]]


async def test_until_not_before_it_goes_without_a_trace(desk: Desk) -> None:
    await desk.agreement("kmo-solutions")
    change = await desk.change((await desk.subprocessor())["id"])
    path = f"changes/{change['id']}"
    waits = await desk.act(f"{path}/notify", {"not_before": "2026-03-09T09:00:00+01:00"})
    assert waits["state"] == "draft"
    assert waits["not_before"] == "2026-03-09T08:00:00Z"
    gone = await desk.act(f"{path}/withdraw", {"reason": "never mind"})
    assert gone["state"] == "withdrawn"
    await desk.world.go(datetime(2026, 3, 10, tzinfo=UTC))
    assert await desk.items("notices") == []


async def test_an_amendment_holds_together(desk: Desk) -> None:
    await desk.agreement("kmo-solutions")
    worker = await desk.subprocessor()
    change = await desk.announced(worker["id"], reason="cheaper")
    path = f"changes/{change['id']}/amend"
    words = {"fields": {"reason": "Cheaper."}, "substance": False, "reason": "a full stop"}
    assert (await desk.act(path, words))["reason"] == "Cheaper."
    more = {"fields": {"country": "BE"}, "substance": False, "reason": "a typing error"}
    problem = await desk.refused(path, more)
    assert problem["status"] == 409
    assert "country" in problem["detail"]
    for fields, status in (
        ({}, 400),
        ({"country": "Narnia"}, 400),
        ({"replaces_id": worker["id"]}, 400),
        ({"subprocessor_id": desk.processor}, 404),
        ({"state": "active"}, 400),
    ):
        problem = await desk.refused(path, {"fields": fields, "substance": True, "reason": "because"})
        assert problem["status"] == status, fields
    amended = await desk.act(path, {**more, "substance": True})
    assert amended["revision"] == 2
    assert amended["country"] == "BE"
    (told,) = await desk.items("notices")
    assert told["revision"] == 2


async def test_withdrawn_everybody_hears_of_it(desk: Desk) -> None:
    made = await desk.agreement("kmo-solutions")
    worker = await desk.subprocessor()
    change = await desk.announced(worker["id"])
    await desk.act(f"changes/{change['id']}/withdraw", {"reason": "too dear"})
    assert (await desk.get(f"changes/{change['id']}"))["progress"]["cancelled"] == 1
    problem = await desk.refused(f"changes/{change['id']}/withdraw", {"reason": "too dear"})
    assert problem["status"] == 409
    assert problem["actions"] == []
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False


async def test_it_ends_and_the_subprocessor_confirms(desk: Desk) -> None:
    await desk.agreement("kmo-solutions")
    change = await desk.announced((await desk.subprocessor())["id"])
    await desk.world.go(datetime(2026, 4, 2, tzinfo=UTC))
    path = f"changes/{change['id']}"
    await desk.act(f"{path}/end", {"on": "2026-04-30"})
    await desk.world.go(datetime(2026, 5, 1, 1, tzinfo=UTC))
    ended = await desk.get(path)
    assert ended["state"] == "deletion_pending"
    (task,) = await desk.items("tasks", subject=change["id"], kind="confirm_deletion")
    done = await desk.act(f"{path}/confirm", {"task_id": task["id"], "evidence": "their letter of 3 May"})
    assert done["state"] == "deleted"


async def test_where_no_data_went_nothing_is_left_to_delete(desk: Desk) -> None:
    """A change of measures moves no data: once it ends it is over, and nobody is asked to confirm anything."""
    await desk.agreement("kmo-solutions")
    made = await desk.api.made("changes", {"kind": "measure", "reason": "Keys of another length"})
    path = f"changes/{made['id']}"
    await desk.act(f"{path}/notify")
    assert (await desk.get(path))["state"] == "active"
    ended = await desk.act(f"{path}/end", {"on": "2026-03-31"})
    assert ended["state"] == "active"
    await desk.world.go(datetime(2026, 3, 31, 23, tzinfo=UTC))
    gone = await desk.get(path)
    assert (gone["state"], gone["plan"], gone["actions"]) == ("deleted", [], [])
    assert await desk.items("tasks", subject=made["id"], state="open") == []
    assert await desk.items("deadlines", subject=made["id"]) == []
    types = [one["type"] for one in await desk.items("events", subject=made["id"], limit=200)]
    assert types[-1] == "change.nothing_held" or "change.nothing_held" in types


async def test_the_timeline_of_a_change_has_its_notices(desk: Desk) -> None:
    await desk.agreement("kmo-solutions")
    change = await desk.announced((await desk.subprocessor())["id"], effective_on="2026-06-01")
    items = await desk.items(f"changes/{change['id']}/timeline", limit=200)
    assert [one["at"] for one in items] == sorted(one["at"] for one in items)
    assert {"change.created", "change.notified", "notice.received", "subprocessor.objection", "close"} <= {
        one["type"] for one in items
    }


async def test_the_course_of_a_change_is_its_timeline_however_it_is_read(desk: Desk) -> None:
    """Events name their change; one from before there was that is read notice by notice. Both tell the same."""
    agreements = [await desk.agreement(terms) for terms in ("kmo-solutions", "stkkr", "kmo-solutions")]
    change = await desk.announced((await desk.subprocessor())["id"], effective_on="2026-06-01")
    other = await desk.announced((await desk.subprocessor())["id"])
    notices = await desk.items("notices", change_id=change["id"])
    for notice in notices[:2]:
        await desk.act(f"notices/{notice['id']}/object", {"grounds": "No", "channel": "phone", "by": "Kim"})
    path = f"changes/{change['id']}/timeline"

    async def pages(limit: int) -> list[Any]:
        found, cursor = [], None
        while True:
            page = await desk.get(path, limit=limit, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            if not (cursor := page["next"]):
                return found

    for days in (0, 12, 45):
        await desk.world.days(days)
        whole = await pages(200)
        assert len({one["subject"] for one in whole}) > len(agreements)
        assert {one["what"] for one in whole} >= {"event", "planned" if days < 45 else "event"}
        for limit in (1, 3, 7):
            assert await pages(limit) == whole
        own = [UUID(desk.processor)], 1000, None, None, UUID(change["id"]), True
        one_by_one = msgspec.to_builtins([moment(row) for row in await desk.world.rows(sql("timeline"), *own)])
        assert [(one["at"], one["type"], one["subject"]) for one in whole] == [
            (one["at"], one["type"], one["subject"]) for one in one_by_one
        ]
    assert other["id"] not in str(whole)


async def test_the_whole_preview_is_read_by_pages(desk: Desk) -> None:
    for name in ("One", "Two", "Three", "Four", "Five"):
        customer = await desk.customer(name)
        await desk.agreement("kmo-solutions", customer_id=customer["id"], active=name != "Two")
    worker = await desk.subprocessor()
    change = await desk.api.made("changes", {"kind": "add", "subprocessor_id": worker["id"], "reason": "Growth"})
    path = f"changes/{change['id']}/preview"
    whole = await desk.get(path)
    assert whole["next"] is None
    pages, cursor = [], None
    while True:
        page = await desk.get(path, limit=2, **({} if cursor is None else {"cursor": cursor}))
        pages.append(page)
        cursor = page["next"]
        if cursor is None:
            break
    assert [len(page["agreements"]) for page in pages] == [2, 2]
    for each in ("agreements", "left_out", "contacts_missing"):
        assert [one for page in pages for one in page[each]] == whole[each]
    assert {page["digest"] for page in pages} == {whole["digest"]}
    assert all(page["counts"] == whole["counts"] for page in pages)
    other = await desk.api.made("changes", {"kind": "remove", "subprocessor_id": worker["id"], "reason": "Less"})
    assert (await desk.refused(f"changes/{other['id']}/preview?cursor={pages[0]['next']}", method="GET"))[
        "status"
    ] == 400
