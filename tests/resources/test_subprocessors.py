"""Subprocessors: a second record of a known one is taken, and said to be one."""

import unicodedata
from typing import Any

import pytest

from tests.resources.conftest import Desk


@pytest.mark.parametrize(
    "name",
    ["Café Hosting", "CAFÉ\u00a0HOSTING", unicodedata.normalize("NFD", "Café Hosting"), "Ｃafé Hosting", "the café"],
)
async def test_a_second_record_of_a_known_one_is_taken_with_a_warning(desk: Desk, name: str) -> None:
    first = await desk.subprocessor("Café Hosting", aliases=["The Café", "CH"])
    assert (first["duplicate_of"], first["warnings"]) == (None, [])
    second = await desk.subprocessor(name)
    assert second["id"] != first["id"]
    assert second["duplicate_of"] == first["id"]
    assert first["id"] in second["warnings"][0]
    third = await desk.subprocessor("Another", aliases=["X", name])
    assert third["duplicate_of"] == first["id"]
    for one in await desk.items("subprocessors"):
        assert bool(one["warnings"]) == (one["id"] != first["id"])
    assert (await desk.get(f"subprocessors/{second['id']}"))["duplicate_of"] == first["id"]


async def test_a_rename_is_looked_at_again(desk: Desk) -> None:
    first = await desk.subprocessor("Alpha")
    second = await desk.subprocessor("Beta")

    async def changed(**fields: Any) -> Any:
        answer = await desk.api.call("PATCH", f"subprocessors/{second['id']}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["duplicate_of"]

    assert await changed(aliases=["ALPHA"]) == first["id"]
    assert await changed(service="mail") == first["id"]
    assert await changed(aliases=[]) is None
    assert (await desk.refused(f"subprocessors/{second['id']}", {"duplicate_of": None}, method="PATCH"))[
        "status"
    ] == 400


async def test_the_preview_says_so_before_customers_hear_of_a_company_twice(desk: Desk) -> None:
    await desk.agreement()
    first = await desk.subprocessor("Alpha")
    second = await desk.subprocessor("alpha")
    change = await desk.api.made("changes", {"kind": "add", "subprocessor_id": second["id"], "reason": "x"})
    warnings = (await desk.get(f"changes/{change['id']}/preview"))["warnings"]
    assert any(first["id"] in one for one in warnings)


async def test_a_list_is_asked_by_name_however_it_was_typed(desk: Desk) -> None:
    known = await desk.subprocessor("Café “De Zwaan”")
    customer = await desk.customer("O’Brien & Zoë")
    for name in ('café "de zwaan"', unicodedata.normalize("NFD", "Café “De Zwaan”"), "CAFÉ\u00a0“DE ZWAAN”"):
        assert [one["id"] for one in await desk.items("subprocessors", name=name)] == [known["id"]]
    assert [one["id"] for one in await desk.items("customers", name="o'brien & zoe\u0308")] == [customer["id"]]
    assert await desk.items("customers", name="o'brien & zoe") == []


async def test_services_written_otherwise_are_the_same_services(desk: Desk) -> None:
    """A tag typed with other capitals must not keep a customer from being told."""
    await desk.agreement(services=["Boekhouding Één"])
    worker = await desk.subprocessor()
    body = {"kind": "add", "subprocessor_id": worker["id"], "reason": "x", "services": ["boekhouding\u00a0ÉÉN"]}
    change = await desk.api.made("changes", body)
    found = await desk.get(f"changes/{change['id']}/preview")
    assert (found["counts"]["agreements"], found["counts"]["left_out"]) == (1, 0)
