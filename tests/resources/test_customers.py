"""Customers and subprocessors: what is taken, what is refused, and that contacts keep their ids."""

from typing import Any

import pytest

from tests.resources.conftest import CONTACTS, Desk


async def test_a_customer_is_made_read_and_listed(desk: Desk) -> None:
    made = await desk.customer("Bakkerij Jansen")
    assert made["state"] == "current"
    assert made["version"] == 1
    assert made["actions"] == ["merge"]
    assert made["contacts"][0]["id"]
    assert made["contacts"][0]["roles"] == ["contract", "privacy", "security"]
    assert await desk.get(f"customers/{made['id']}") == made
    assert await desk.items("customers", name="bakkerij jansen") == [made]
    assert await desk.items("customers", country="BE") == []


@pytest.mark.parametrize(
    "address",
    [
        "a@b, evil@x",
        "a@example.com,evil@example.com",
        "a@example.com\r\nBcc: evil@example.com",
        "Kim <kim@example.com>",
        "kim@example.com\n",
        "kim\u2028@example.com",
        "kim@",
        "@example.com",
        "kim@nodot",
        "kim@[127.0.0.1]",
        "kim@exa mple.com",
        "kim@example.com.",
        "k" * 65 + "@example.com",
        "",
    ],
)
async def test_only_one_plain_address_is_taken(desk: Desk, address: str) -> None:
    contacts = [{"name": "Kim", "email": address}]
    problem = await desk.refused("customers", {"name": "X", "country": "NL", "language": "nl", "contacts": contacts})
    assert problem["status"] == 400
    assert [one["path"] for one in problem["errors"]] == ["contacts[0].email"]
    assert await desk.items("customers") == []


async def test_an_address_in_another_script_is_taken(desk: Desk) -> None:
    made = await desk.customer(contacts=[{"name": "Jörg", "email": "joerg@müller.example"}])
    assert made["contacts"][0]["email"] == "joerg@müller.example"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": "Evil\r\nBcc: x"}, "name"),
        ({"name": "Evil\u2028name"}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "evil\u202eeman"}, "name"),
        ({"name": "Ac\u200bme"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"country": "UK"}, "country"),
        ({"country": "nl"}, "country"),
        ({"contacts": [{"name": "Kim", "phone": "call me"}]}, "contacts[0].phone"),
        ({"contacts": [{"name": "Kim\n", "email": "kim@example.com"}]}, "contacts[0].name"),
    ],
)
async def test_what_is_wrong_is_named(desk: Desk, change: dict[str, Any], path: str) -> None:
    body = {"name": "X", "country": "NL", "language": "nl", "contacts": CONTACTS, **change}
    problem = await desk.refused("customers", body)
    assert problem["status"] == 400
    assert [one["path"] for one in problem["errors"]] == [path]


@pytest.mark.parametrize("missing", ["name", "country", "language", "contacts"])
async def test_four_fields_are_required(desk: Desk, missing: str) -> None:
    body = {"name": "X", "country": "NL", "language": "nl", "contacts": CONTACTS}
    del body[missing]
    problem = await desk.refused("customers", body)
    assert problem["errors"][0]["path"] == missing


@pytest.mark.parametrize("extra", [{"state": "merged"}, {"version": 9}, {"merged_into": None}, {"actor": "x"}])
async def test_nothing_else_can_be_assigned(desk: Desk, extra: dict[str, Any]) -> None:
    body = {"name": "X", "country": "NL", "language": "nl", "contacts": CONTACTS, **extra}
    assert (await desk.refused("customers", body))["status"] == 400


async def test_a_contact_keeps_its_id_by_id_or_by_address(desk: Desk) -> None:
    made = await desk.customer()
    path = f"customers/{made['id']}"
    kim = made["contacts"][0]
    again = await desk.api.call("PATCH", path, json={"contacts": [{"name": "Kim V.", "email": "KIM@customer.example"}]})
    assert again.status_code == 200, again.text
    assert again.json()["contacts"][0]["id"] == kim["id"]
    moved = [{"id": kim["id"], "name": "Kim V.", "email": "kim@new.example"}, {"name": "Sam", "email": "s@new.example"}]
    body = (await desk.api.call("PATCH", path, json={"contacts": moved})).json()
    assert body["contacts"][0]["id"] == kim["id"]
    assert body["contacts"][1]["id"] != kim["id"]
    assert body["version"] == 3
    strange = [{"id": desk.processor, "name": "Eve", "email": "eve@example.com"}]
    assert (await desk.refused(path, {"contacts": strange}, method="PATCH"))["errors"][0]["path"] == "contacts[0].id"


async def test_a_stale_version_changes_nothing(desk: Desk) -> None:
    made = await desk.customer()
    path = f"customers/{made['id']}"
    answer = await desk.api.get(path)
    tag = answer.headers["etag"]
    first = await desk.api.call("PATCH", path, json={"name": "New name"}, headers={"If-Match": tag})
    assert first.status_code == 200, first.text
    second = await desk.refused(path, {"name": "Other"}, method="PATCH", headers={"If-Match": tag})
    assert second["status"] == 412
    assert (await desk.get(path))["name"] == "New name"


async def test_customers_merge_and_agreements_pass_on(desk: Desk) -> None:
    old, new = await desk.customer("Old"), await desk.customer("New")
    agreement = await desk.agreement(customer_id=old["id"])
    merged = await desk.act(f"customers/{old['id']}/merge", {"into": new["id"]})
    assert merged["merged_into"] == new["id"]
    assert (await desk.get(f"agreements/{agreement['id']}"))["customer_id"] == new["id"]
    back = await desk.refused(f"customers/{new['id']}/merge", {"into": old["id"]})
    assert back["status"] == 409
    again = await desk.refused(f"customers/{old['id']}/merge", {"into": new["id"]})
    assert again["status"] == 409
    assert again["state"] == "merged"
    itself = await desk.refused(f"customers/{new['id']}/merge", {"into": new["id"]})
    assert itself["status"] == 409


async def test_mail_to_a_customer_that_merged_since_comes_back_to_a_person(desk: Desk) -> None:
    old, new = await desk.customer("Old"), await desk.customer("New")
    agreement = await desk.agreement(customer_id=old["id"])
    body = {"agreement_id": agreement["id"], "kind": "access", "received_from": "customer"}
    request = await desk.api.made("requests", body)
    await desk.act(f"requests/{request['id']}/refuse", {"reason": "These data are another customer's"})
    (mail,) = await desk.world.rows("select id from message where kind = 'request'")
    await desk.act(f"customers/{old['id']}/merge", {"into": new["id"]})
    bounce = {"kind": "bounce", "message_id": str(mail["id"]), "text": "550 no such user"}
    assert (await desk.act("inbound", bounce, status=201))["outcome"] == "taken"
    assert await desk.items("tasks", subject=old["id"], kind="bounced", state="open")


async def test_another_processors_customer_is_not_there(desk: Desk, other: str) -> None:
    made = await desk.api.made(
        "customers",
        {"name": "Mine", "country": "NL", "language": "nl", "contacts": CONTACTS},
        headers={"Termijn-Processor": desk.processor},
    )
    path = f"customers/{made['id']}"
    assert (await desk.api.get(path, key=other)).status_code == 404
    for method, body in (("PATCH", {"name": "x"}), ("POST", {"into": made["id"]})):
        address = path if method == "PATCH" else f"{path}/merge"
        assert (await desk.api.call(method, address, json=body, key=other)).status_code == 404
    assert (await desk.api.get("customers", key=other)).json()["items"] == []


async def test_contacts_stand_beside_the_ledger(desk: Desk) -> None:
    made = await desk.customer()
    (event,) = await desk.items("events", subject=made["id"])
    assert event["type"] == "customer.created"
    assert event["personal"] == "here"
    assert event["data"]["contacts"][0]["email"] == "kim@customer.example"
    async with desk.world.pools.worker.acquire() as connection:
        body = await connection.fetchval("select body from event where uid = $1", event["id"])
    assert "kim" not in body.casefold()


async def test_a_subprocessor_is_made_and_changed(desk: Desk) -> None:
    made = await desk.api.made("subprocessors", {"name": "Hosting BV", "service": "hosting", "country": "DE"})
    assert made["countries"] == ["DE"]
    assert made["bound_on"] is None
    path = f"subprocessors/{made['id']}"
    answer = await desk.api.call("PATCH", path, json={"bound_on": "2026-02-01", "aliases": ["HB"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["bound_on"] == "2026-02-01"
    assert answer.json()["version"] == 2
    assert (await desk.refused(path, {"country": "Germany"}, method="PATCH"))["errors"][0]["path"] == "country"
    assert (await desk.refused(path, {"name": "a\nb"}, method="PATCH"))["errors"][0]["path"] == "name"
    assert (await desk.refused("subprocessors", {"name": "X"}))["status"] == 400


async def user(desk: Desk, role: str) -> str:
    body = {"name": role, "email": f"{role}@acme.example", "role": role, "language": "nl"}
    return str((await desk.api.made("users", {**body, "processor_id": desk.processor}))["id"])


async def test_somebody_looks_after_a_customer(desk: Desk) -> None:
    manager, director = await user(desk, "manager"), await user(desk, "director")
    made = await desk.customer(manager_id=manager)
    assert (made["manager_name"], made["deputy_id"], made["deputy_name"]) == ("manager", None, None)
    path = f"customers/{made['id']}"
    changed = (await desk.api.call("PATCH", path, json={"deputy_id": director})).json()
    assert (changed["manager_id"], changed["deputy_name"]) == (manager, "director")
    assert await desk.items("customers", manager_id=manager) == [changed]
    assert await desk.items("customers", manager_id=director) == []
    gone = (await desk.api.call("PATCH", path, json={"manager_id": None})).json()
    assert (gone["manager_id"], gone["manager_name"], gone["deputy_id"]) == (None, None, director)


async def test_nobody_else_looks_after_it(desk: Desk) -> None:
    auditor = await user(desk, "auditor")
    made = await desk.customer()
    for field in ("manager_id", "deputy_id"):
        for wrong in (auditor, made["id"]):
            problem = await desk.refused(f"customers/{made['id']}", {field: wrong}, method="PATCH")
            assert [one["path"] for one in problem["errors"]] == [field]
