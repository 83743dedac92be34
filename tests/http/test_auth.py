"""Whose key, which processor, how far."""

from typing import Any

import pytest

from tests.http.conftest import ACME, Api

UNKNOWN = "0195d0c0-7e52-7000-8000-7465726d696a"


def naming(processor: str) -> dict[str, str]:
    return {"Termijn-Processor": processor}


@pytest.fixture
async def other(api: Api, acme: Any) -> Any:
    return await api.made("processors", {**ACME, "name": "Other"})


async def test_while_one_processor_exists_an_admin_need_not_name_it(api: Api, acme: Any) -> None:
    made = await api.post("customers", {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []})
    assert made.status_code == 201, made.text


async def test_an_admin_names_the_processor_it_means(api: Api, acme: Any, other: Any) -> None:
    bakery = {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []}
    unnamed = await api.post("customers", bakery)
    assert unnamed.status_code == 400
    assert [one["path"] for one in unnamed.json()["errors"]] == ["Termijn-Processor"]

    mine = await api.made("customers", bakery, headers=naming(acme["id"]))
    await api.made("customers", bakery, headers=naming(other["id"]))
    read = f"customers/{mine['id']}"
    assert (await api.get(read)).status_code == 400
    assert (await api.get(read, headers=naming(acme["id"]))).status_code == 200
    assert (await api.get(read, headers=naming(other["id"]))).status_code == 404
    assert (await api.get(read, headers=naming(UNKNOWN))).status_code == 404


async def test_lists_span_all_processors_unless_one_is_named(api: Api, acme: Any, other: Any) -> None:
    bakery = {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []}
    for one in (acme, other):
        await api.made("customers", bakery, headers=naming(one["id"]))
    assert len((await api.get("customers")).json()["items"]) == 2
    assert len((await api.get("customers", headers=naming(acme["id"]))).json()["items"]) == 1
    key = await api.key(acme["id"], "auditor")
    assert len((await api.get("customers", key=key)).json()["items"]) == 1


async def test_a_processors_key_acts_for_it_alone(api: Api, acme: Any, other: Any) -> None:
    key = await api.key(acme["id"], "director")
    assert (await api.get("customers", key=key, headers=naming(acme["id"]))).status_code == 200
    assert (await api.get("customers", key=key, headers=naming(other["id"]))).status_code == 404
    assert (await api.get("customers", key=key, headers=naming(UNKNOWN))).status_code == 404


@pytest.mark.parametrize(
    ("role", "reads", "writes", "rules"),
    [("auditor", 200, 403, 403), ("manager", 200, 201, 403), ("director", 200, 201, 403), ("admin", 200, 201, 200)],
)
async def test_roles_reach_as_far_as_they_should(
    api: Api, acme: Any, role: str, reads: int, writes: int, rules: int
) -> None:
    key = await api.key(acme["id"], role)
    bakery = {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []}
    assert (await api.get("customers", key=key)).status_code == reads
    assert (await api.get("clock", key=key)).status_code == 200
    assert (await api.post("customers", bakery, key=key)).status_code == writes
    assert (await api.get("processors", key=key)).status_code == rules
    assert (await api.get(f"processors/{acme['id']}/keys", key=key)).status_code == rules
    assert (await api.get("dev/messages", key=key)).status_code == rules
    if role != "admin":
        answer = await api.call("PUT", "clock", json={"now": "2026-03-02T09:00:00Z"}, key=key)
        assert answer.status_code == 403


async def test_events_name_the_key(api: Api, acme: Any) -> None:
    made = await api.made(f"processors/{acme['id']}/keys", {"name": "Back office", "role": "manager"})
    key, id = made["key"], made["id"]
    bakery = {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []}
    made = await api.made("customers", bakery, key=key)
    events = (await api.get("events?limit=200")).json()["items"]
    (created,) = [one for one in events if one["type"] == "customer.created"]
    assert made["id"] in str(created["subject"])
    assert created["actor"] == f"key:{id}", "two keys may have one name"
