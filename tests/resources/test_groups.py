"""Places that are inside a region for as long as a group of countries has them."""

from datetime import UTC, datetime
from typing import Any

from tests.resources.conftest import Desk

DPF = {"framework": "US:DPF", "since": "2025-09-01", "until": "2026-08-31", "evidence": "the list of the department"}


async def region(desk: Desk, *inside: str) -> None:
    text = {**(await desk.get("terms/stkkr"))["document"], "id": "grouped"}
    rules = {**text["subprocessors"], "region": {"inside": list(inside), "outside": "refuse", "clause": "4.5"}}
    answer = await desk.api.post("terms", text | {"subprocessors": rules})
    assert answer.status_code == 201, answer.text


async def test_the_gate_says_no_from_the_day_on_which_a_place_leaves_its_group(desk: Desk) -> None:
    await region(desk, "EEA", "ADEQUATE")
    agreement = await desk.agreement("grouped")
    cloud = await desk.subprocessor("Cloud Inc", country="US", certifications=[DPF])
    change = await desk.change(cloud["id"])
    warned = str((await desk.get(f"changes/{change['id']}/preview"))["warnings"])
    assert "US lies inside EEA, ADEQUATE until Monday 31 August 2026, as far as is known" in warned
    await desk.act(f"changes/{change['id']}/notify")
    await desk.world.go(datetime(2026, 5, 1, 9, tzinfo=UTC))
    assert (await desk.gate(agreement["id"], cloud["id"]))["allowed"] is True
    await desk.world.go(datetime(2026, 8, 31, 21, 59, tzinfo=UTC))
    assert (await desk.gate(agreement["id"], cloud["id"]))["allowed"] is True
    await desk.world.go(datetime(2026, 8, 31, 22, 1, tzinfo=UTC))
    gone = await desk.gate(agreement["id"], cloud["id"])
    assert (gone["allowed"], gone["reason"], gone["clause"]) == (False, "left_region", "4.5")
    assert "US does not lie inside EEA, ADEQUATE any more (4.5)" in gone["why"]
    assert "US:DPF that is on record does not reach beyond 2026-08-31" in gone["why"]
    renewed = {**DPF, "since": "2026-09-01", "until": None}
    answer = await desk.api.call("PATCH", f"subprocessors/{cloud['id']}", json={"certifications": [DPF, renewed]})
    assert answer.status_code == 200, answer.text
    assert (await desk.gate(agreement["id"], cloud["id"]))["allowed"] is True


async def test_who_is_not_known_to_be_certified_is_outside(desk: Desk) -> None:
    await region(desk, "EEA", "US:DPF")
    agreement = await desk.agreement("grouped")
    cloud = await desk.subprocessor("Cloud Inc", country="US")
    change = await desk.change(cloud["id"])
    preview = await desk.get(f"changes/{change['id']}/preview")
    assert "refused: US lies outside EEA, US:DPF (4.5)" in preview["left_out"][0]["why"]
    assert (await desk.gate(agreement["id"], cloud["id"]))["allowed"] is False


async def test_a_certification_is_checked(desk: Desk) -> None:
    async def wrong(**more: Any) -> str:
        body = {"name": "X", "service": "x", "country": "US", "certifications": [{**DPF, **more}]}
        problem = await desk.refused("subprocessors", body)
        return str([(one["path"], one["message"]) for one in problem["errors"]])

    assert "certifications[0].framework" in await wrong(framework="DPF")
    assert "US:DPF" in await wrong(framework="DPF")
    assert "lies before since" in await wrong(until="2025-08-31")
    made = await desk.subprocessor("Cloud Inc", country="US", certifications=[DPF])
    assert made["certifications"] == [DPF]


async def signed(desk: Desk, terms: str) -> Any:
    agreement = await desk.agreement(terms)
    for party in ("controller", "processor"):
        await desk.act(f"agreements/{agreement['id']}/sign", {"party": party})
    return agreement


async def test_outside_only_with_safeguards_that_are_named(desk: Desk) -> None:
    """Starred 3.1: not outside the European Union unless suitable measures were taken; nobody is asked."""
    agreement = await signed(desk, "starred-bwo")
    cloud = await desk.subprocessor("Cloud Inc", country="US")
    path = f"changes/{(await desk.change(cloud['id']))['id']}"
    (left,) = (await desk.get(f"{path}/preview"))["left_out"]
    assert left["why"] == (
        "refused: US lies outside EU, and no safeguards are on record (3.1): name them in `transfer_basis` of the "
        "subprocessor"
    )
    named = {"transfer_basis": "standard clauses 2021/914"}
    await desk.api.call("PATCH", f"subprocessors/{cloud['id']}", json=named)
    (told,) = (await desk.get(f"{path}/preview"))["agreements"]
    assert told["rule"] == "information"
    assert "US lies outside EU, with safeguards (3.1): standard clauses 2021/914" in told["warnings"]
    await desk.act(f"{path}/notify")
    await desk.world.drain()
    assert (await desk.gate(agreement["id"], cloud["id"]))["allowed"] is True
    await desk.api.call("PATCH", f"subprocessors/{cloud['id']}", json={"transfer_basis": None})
    gone = await desk.gate(agreement["id"], cloud["id"])
    assert (gone["allowed"], gone["reason"], gone["clause"]) == (False, "left_region", "3.1")


async def test_outside_with_consent_and_safeguards(desk: Desk) -> None:
    """IDIO 5.1, 10.4: the consent, and safeguards beside it."""
    await signed(desk, "idio-avv")
    cloud = await desk.subprocessor("Cloud Inc", country="US")
    path = f"changes/{(await desk.change(cloud['id']))['id']}"
    (left,) = (await desk.get(f"{path}/preview"))["left_out"]
    assert "no safeguards are on record (5.1, 10.4)" in left["why"]
    await desk.api.call("PATCH", f"subprocessors/{cloud['id']}", json={"transfer_basis": "standard clauses"})
    (told,) = (await desk.get(f"{path}/preview"))["agreements"]
    assert (told["rule"], told["waits_for"]) == ("consent", "consent")
