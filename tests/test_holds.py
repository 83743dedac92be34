"""Legal holds (P27): what they keep back, partly or wholly, how they end, and who may override one."""

from typing import Any

import pytest

from tests.resources.conftest import Desk, acme, api, desk, settings
from tests.world import local

__all__ = ["acme", "api", "desk", "settings"]

TAX = "art. 52 AWR"


async def ended(desk: Desk, terms: str, **more: Any) -> tuple[str, Any]:
    """An agreement whose plan waits for approval: its path, and what it shows."""
    made = await desk.agreement(terms, **more)
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(local("2026-04-01T00:00:00+02:00"))
    found = await desk.get(path)
    assert found["state"] == "deletion_pending"
    return path, found


async def confirm(desk: Desk, path: str, item: Any, **more: Any) -> Any:
    return await desk.act(f"{path}/confirm", {"task_id": item["id"], "evidence": "log", **more})


def item(found: Any, **wanted: Any) -> Any:
    return next(one for one in found["plan"] if all(one[name] == value for name, value in wanted.items()))


async def test_a_category_that_the_terms_do_not_know_is_named_with_those_they_do(desk: Desk) -> None:
    made = await desk.agreement("contict")
    path = f"agreements/{made['id']}/hold"
    problem = await desk.refused(path, {"ground": TAX, "categories": ["iban", "invoices"], "until": "2030-01-01"})
    assert (problem["status"], problem["errors"][0]["path"]) == (400, "categories[1]")
    assert "call_detail_records" in problem["errors"][0]["message"]
    past = await desk.refused(path, {"ground": TAX, "categories": ["iban"], "until": "2026-03-01"})
    assert past["guard"] == "hold_ahead"
    nameless = await desk.act(path, {"ground": TAX})
    assert nameless["holds"][0]["categories"] == []
    (task,) = await desk.items("tasks", subject=made["id"], kind="hold_incomplete")
    assert "de soorten gegevens en het einde" in task["text"]


async def test_data_that_stay_are_restricted_where_the_agreement_asks_for_it(desk: Desk) -> None:
    """IDIO 14.1, 14.2: what may not be erased yet is restricted, and the customer is told."""
    made = await desk.agreement("idio-avv")
    path = f"agreements/{made['id']}"
    for party in ("controller", "processor"):
        await desk.act(f"{path}/sign", {"party": party})
    await desk.act(f"{path}/hold", {"ground": TAX, "categories": ["all"], "until": "2030-01-01"})
    (task,) = await desk.items("tasks", subject=made["id"], kind="restrict_held")
    assert TAX in task["text"]
    assert "14.1, 14.2" in task["text"]
    await desk.act(f"{path}/release", {"reason": "the inspection is over", "ground": TAX})
    assert not await desk.items("tasks", subject=made["id"], kind="restrict_held", state="open")


async def test_part_of_what_one_item_holds_is_kept_and_goes_later(desk: Desk) -> None:
    """Terms without a list of categories: any name will do, and whoever erases the rest says what was left."""
    path, _ = await ended(desk, "constant-it")
    await desk.act(f"{path}/approve-plan")
    held = await desk.act(f"{path}/hold", {"ground": TAX, "categories": ["invoices"], "until": "2033-12-31"})
    own = item(held, holder="processor")
    assert own["state"] == "held"
    no = await desk.refused(f"{path}/confirm", {"task_id": own["id"], "evidence": "log"})
    assert (no["guard"], "kept: ['invoices']" in no["detail"]) == ("not_held", True)
    other = await desk.refused(f"{path}/confirm", {"task_id": own["id"], "evidence": "log", "kept": ["mail"]})
    assert other["guard"] == "not_held"
    found = await confirm(desk, path, own, kept=["invoices"])
    assert item(found, id=own["id"])["kept"] == ["invoices"]
    left = item(found, category="invoices")
    assert (left["holder"], left["state"], left["held_by"]) == ("processor", "held", TAX)
    for one in [one for one in found["plan"] if one["confirms"] == "subprocessor"]:
        last = await confirm(desk, path, one, kept=["invoices"])
    assert last["state"] == "deletion_pending", "not called deleted while something is held"
    await desk.act(f"{path}/release", {"reason": "the inspection is over", "ground": TAX})
    waiting = await desk.get(path)
    assert {one["state"] for one in waiting["plan"] if one["category"] == "invoices"} == {"waiting"}
    nothing = await desk.refused(f"{path}/confirm", {"task_id": left["id"], "evidence": "log", "kept": ["invoices"]})
    assert "leave out `kept`" in nothing["detail"]
    for one in [one for one in waiting["plan"] if one["done_at"] is None]:
        last = await confirm(desk, path, one)
    assert last["state"] == "deleted"


async def test_backups_under_a_hold_of_their_own(desk: Desk) -> None:
    path, _ = await ended(desk, "stkkr", facts={"backup.retention": "P14D"})
    await desk.act(f"{path}/approve-plan")
    held = await desk.act(f"{path}/hold", {"ground": "dispute", "categories": ["backups"], "until": "2026-05-31"})
    backups = item(held, holder="backups")
    assert (backups["due_at"], backups["state"]) == ("2026-04-14T22:00:00Z", "held")
    assert item(held, holder="processor")["state"] == "ordered"
    no = await desk.refused(f"{path}/confirm", {"task_id": backups["id"], "evidence": "x", "kept": ["backups"]})
    assert no["guard"] == "not_held"


async def test_two_holds_are_lifted_one_by_one(desk: Desk) -> None:
    path, _ = await ended(desk, "contict", services=["voip"])
    for ground, category in ((TAX, "iban"), ("dispute", "call_detail_records")):
        await desk.act(f"{path}/hold", {"ground": ground, "categories": [category], "until": "2027-12-31"})
    unknown = await desk.refused(f"{path}/release", {"ground": "boredom"})
    assert (unknown["guard"], TAX in unknown["detail"]) == ("held", True)
    one = await desk.act(f"{path}/release", {"ground": "dispute"})
    assert [hold["ground"] for hold in one["holds"]] == [TAX]
    states = {entry["category"]: entry["state"] for entry in one["plan"] if entry["category"]}
    assert (states["iban"], states["call_detail_records"]) == ("held", "waiting")


async def test_a_director_overrides_a_hold_and_that_is_on_record(desk: Desk) -> None:
    path, _ = await ended(desk, "mms-solutions")
    await desk.act(f"{path}/approve-plan")
    await desk.act(f"{path}/hold", {"ground": "the customer's letter", "categories": ["all"], "until": "2026-12-31"})
    manager = await desk.api.key(desk.processor, "manager")
    refused = await desk.api.post(f"{path}/override", {"reason": "no"}, key=manager)
    assert refused.status_code == 403
    assert (await desk.refused(f"{path}/override", {}))["status"] == 400, "it needs a reason"
    found = await desk.act(f"{path}/override", {"reason": "The court set it aside on 1 April."})
    assert found["holds"][0]["overridden_at"] is not None
    (own,) = found["plan"]
    assert (own["state"], own["ordered_at"]) == ("waiting", None), "nothing goes by the override alone"
    (event,) = await desk.items("events", subject=found["id"], type="agreement.hold_overridden")
    assert event["data"]["reason"] == "The court set it aside on 1 April."
    assert event["data"]["items"] == [own["id"]]
    assert "override" not in found["actions"]
    await desk.act(f"{path}/approve-plan")
    assert (await confirm(desk, path, own))["state"] == "deleted"


async def test_a_declaration_names_what_is_held_and_another_follows(desk: Desk) -> None:
    """CO-A15: the rest is declared while the tax law keeps one category; it is deleted only with the last word."""
    path, found = await ended(desk, "contict", services=["voip"])
    await desk.act(f"{path}/hold", {"ground": TAX, "categories": ["contract_information"], "until": "2033-12-31"})
    await desk.act(f"{path}/approve-plan")
    await confirm(desk, path, item(found, kind="return"))
    for one in [one for one in found["plan"] if one["kind"] == "erase" and one["category"] != "contract_information"]:
        last = await confirm(desk, path, one)
    first = item(last, kind="declare", done_at=None)
    assert first["state"] == "ordered"
    declared = await confirm(desk, path, first)
    assert declared["state"] == "deletion_pending"
    further = item(declared, kind="declare", done_at=None)
    assert (further["id"] != first["id"], further["state"]) == (True, "waiting")
    await desk.world.go(local("2034-01-02T00:00:00+01:00"))
    await desk.act(f"{path}/approve-plan")
    await confirm(desk, path, item(found, category="contract_information"))
    assert (await confirm(desk, path, further))["state"] == "deleted"


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_hold_placed_while_it_is_in_force_holds_when_it_ends(desk: Desk, when: str) -> None:
    made = await desk.agreement("constant-it")
    path = f"agreements/{made['id']}"
    until = "2026-03-20" if when == "before" else "2026-05-31"
    await desk.act(f"{path}/hold", {"ground": TAX, "categories": ["all"], "until": until})
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(local("2026-04-01T00:00:00+02:00"))
    found = await desk.get(path)
    assert {one["state"] for one in found["plan"]} == {"waiting" if when == "before" else "held"}
    assert found["holds"] == [] if when == "before" else found["holds"]
    tasks = await desk.items("tasks", subject=made["id"], kind="approve_plan", state="open")
    assert len(tasks) == (1 if when == "before" else 0)
