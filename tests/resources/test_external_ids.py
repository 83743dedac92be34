"""The processor's own numbers: given, found, and named wherever a request takes an id."""

from typing import Any
from urllib.parse import quote

import pytest

from service.http.named import NUMBER
from tests.resources.conftest import CONTACTS, Desk

CUSTOMER = {"name": "Bakkerij Jansen", "country": "NL", "language": "nl", "contacts": CONTACTS}
HOSTING = {"name": "Hosting BV", "service": "Hosting", "country": "NL"}
AGREEMENT = {
    "terms": "kmo-solutions",
    "main_contract": {"reference": "HC-1", "starts_on": "2026-01-01"},
    "facts": {"backup.retention": "P30D"},
}
ODD = "K 1/2//é:%2F?&+"


async def patched(desk: Desk, path: str, body: Any, **more: Any) -> Any:
    answer = await desk.api.call("PATCH", path, json=body, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def did(desk: Desk, path: str, body: Any = None) -> Any:
    """An action, with everything that is due after it."""
    answer = await desk.api.post(path, body)
    assert answer.status_code == 200, answer.text
    await desk.world.drain()
    return answer.json()


@pytest.mark.parametrize(("path", "body"), [("customers", CUSTOMER), ("subprocessors", HOSTING)])
async def test_a_number_is_given_shown_found_changed_and_taken_away(desk: Desk, path: str, body: Any) -> None:
    made = await desk.api.made(path, {**body, "external_id": "K-1"})
    assert made["external_id"] == "K-1"
    assert await desk.items(path, external_id="K-1") == [made]
    assert await desk.items(path, external_id="k-1") == []
    assert await desk.items(path, q="k-1") == [made]
    changed = await patched(desk, f"{path}/external:K-1", {"external_id": ODD})
    assert changed["external_id"] == ODD
    assert await desk.get(f"{path}/external:{quote(ODD, safe='')}") == changed
    same = await patched(desk, f"{path}/{made['id']}", {"external_id": ODD})
    assert same["external_id"] == ODD
    gone = await patched(desk, f"{path}/{made['id']}", {"external_id": None})
    assert gone["external_id"] is None
    assert await desk.items(path, q="K 1") == []
    problem = await desk.refused(f"{path}/external:K-1", method="GET")
    assert problem["status"] == 404
    assert problem["detail"] == f"id: there is no {path[:-1]} with the external id 'K-1'; look at the list."


@pytest.mark.parametrize("wrong", ["", " ", "two\nlines", "x" * 201, "\u200b"])
async def test_a_number_is_one_line_that_can_be_seen(desk: Desk, wrong: str) -> None:
    for path, body in (("customers", CUSTOMER), ("subprocessors", HOSTING)):
        problem = await desk.refused(path, {**body, "external_id": wrong})
        assert [one["path"] for one in problem["errors"]] == ["external_id"], problem
        assert problem["status"] == 400


async def test_each_has_its_own_number(desk: Desk, other: str) -> None:
    own: Any = {"headers": {"Termijn-Processor": desk.processor}}
    made = await desk.api.made("customers", {**CUSTOMER, "external_id": "7"}, **own)
    problem = await desk.refused("customers", {**CUSTOMER, "external_id": "7"}, **own)
    assert problem["errors"] == [
        {"path": "external_id", "message": f"is already that of the customer {made['id']}: each has its own"}
    ]
    second = await desk.api.made("customers", {**CUSTOMER, "external_id": "8"}, **own)
    problem = await desk.refused(f"customers/{second['id']}", {"external_id": "7"}, method="PATCH", **own)
    assert [one["path"] for one in problem["errors"]] == ["external_id"]
    # Another kind and another processor count for themselves, and see nothing of each other.
    await desk.api.made("subprocessors", {**HOSTING, "external_id": "7"}, **own)
    theirs = await desk.api.made("customers", {**CUSTOMER, "external_id": "7"}, key=other)
    found = await desk.api.get("customers/external:7", key=other)
    assert found.json()["id"] == theirs["id"]
    assert (await desk.refused("customers/external:8", method="GET", key=other))["status"] == 404
    # A list over all processors may mean either.
    problem = await desk.refused("agreements?customer_id=external:7", method="GET")
    assert problem["errors"] == [
        {"path": "customer_id", "message": "is the number of more than one: name it by its id"}
    ]


async def test_wherever_an_id_is_taken_a_number_is_too(desk: Desk) -> None:
    customer = await desk.api.made("customers", {**CUSTOMER, "external_id": "K-1"})
    into = await desk.api.made("customers", {**CUSTOMER, "name": "Slagerij", "external_id": "K-2"})
    worker = await desk.api.made("subprocessors", {**HOSTING, "external_id": "S-1", "bound_on": "2026-01-01"})
    body = {**AGREEMENT, "customer_id": "external:K-1", "subprocessors": ["external:S-1"], "external_id": "A-1"}
    made = await desk.api.made("agreements", body)
    assert (made["customer_id"], made["subprocessors"]) == (customer["id"], [worker["id"]])
    assert await desk.items("agreements", customer_id="external:K-1") == [made]
    assert await desk.items("agreements", external_id="A-1") == [made]
    assert await desk.items("agreements", q="a-1") == [made]
    await did(desk, "agreements/external:A-1/send")
    verdict = await desk.gate("external:A-1", "external:S-1")
    assert (verdict["allowed"], verdict["agreement_id"]) == (True, made["id"])
    assert (await desk.get("agreements/external:A-1/timeline"))["items"]
    assert await desk.items("events", subject="external:A-1")
    breach = {"discovered_at": "2026-02-01T10:00:00Z", "summary": "A leak.", "agreements": ["external:A-1"]}
    found = await desk.api.made("breaches", breach)
    assert [one["agreement_id"] for one in found["cases"]] == [made["id"]]
    new = await desk.change("external:S-1", "relocate", country="BE")
    assert new["subprocessor_id"] == worker["id"]
    # What no shape describes in full, and what the address is about.
    corrected = {"data": {"customer_id": "external:K-2"}, "reason": "A mistake."}
    assert (await did(desk, "agreements/external:A-1/correct", corrected))["customer_id"] == into["id"]
    assert (await did(desk, "customers/external:K-1/merge", {"into": "external:K-2"}))["merged_into"] == into["id"]


async def test_the_number_of_what_was_sent_may_still_change_and_nothing_else(desk: Desk) -> None:
    made = await desk.agreement(external_id="A-1")
    assert made["state"] == "active"
    changed = await patched(desk, "agreements/external:A-1", {"external_id": "A-2"})
    assert (changed["external_id"], changed["deadlines"]) == ("A-2", made["deadlines"])
    for body in ({"services": ["x"]}, {"external_id": "A-3", "services": ["x"]}, {}):
        problem = await desk.refused("agreements/external:A-2", body, method="PATCH")
        assert (problem["status"], problem["state"]) == (409, "active")
        assert "only `external_id`" in problem["detail"]
    assert (await patched(desk, "agreements/external:A-2", {"external_id": None}))["external_id"] is None
    draft = await desk.agreement(active=False, external_id="A-2")
    assert (await patched(desk, f"agreements/{draft['id']}", {"services": ["x"]}))["external_id"] == "A-2"


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("agreements", {**AGREEMENT, "customer_id": "external:none"}, "customer_id: there is no customer"),
        ("customers/external:K-1/merge", {"into": "external:none"}, "into: there is no customer"),
        ("breaches", {"agreements": ["external:none"]}, "agreements[0]: there is no agreement"),
    ],
)
async def test_an_unknown_number_is_named_with_its_place(desk: Desk, path: str, body: Any, says: str) -> None:
    await desk.api.made("customers", {**CUSTOMER, "external_id": "K-1"})
    problem = await desk.refused(path, body)
    assert (problem["status"], problem["detail"].startswith(says)) == (404, True), problem


async def test_a_number_stands_for_nothing_where_no_number_is_known(desk: Desk) -> None:
    made = await desk.customer("external:x", external_id="external:y")
    assert made["name"] == "external:x"
    assert (await desk.get("customers/external:external:y"))["id"] == made["id"]
    for path in ("changes/external:y", "customers/external:", "tasks/external:y/done"):
        assert (await desk.api.get(path)).status_code in (404, 405), path
    assert (await desk.refused("changes?change_id=external:y", method="GET"))["status"] == 400
    assert (await desk.refused("customers?manager_id=external:y", method="GET"))["status"] == 400
    problem = await desk.refused("customers", {**CUSTOMER, "manager_id": "external:y"})
    assert (problem["status"], problem["errors"][0]["path"]) == (400, "manager_id")


async def test_two_numbers_are_two_requests_for_one_key(desk: Desk) -> None:
    for number in ("1", "2"):
        await desk.api.made("customers", {**CUSTOMER, "external_id": number})
    headers = {"Idempotency-Key": "once"}
    first = await patched(desk, "customers/external:1", {"name": "Once"}, headers=headers)
    assert await patched(desk, "customers/external:1", {"name": "Once"}, headers=headers) == first
    assert (await desk.refused("customers/external:2", {"name": "Once"}, method="PATCH", headers=headers))[
        "status"
    ] == 422


async def test_the_document_says_where_a_number_is_taken(desk: Desk) -> None:
    document = (await desk.api.client.get("/docs/openapi.json")).json()
    either = {"anyOf": [{"type": "string", "format": "uuid"}, dict(NUMBER)]}
    assert NUMBER["pattern"].startswith("^external:")
    paths, shapes = document["paths"], document["components"]["schemas"]

    def parameter(path: str, name: str) -> Any:
        return next(one["schema"] for one in paths[path]["get"]["parameters"] if one["name"] == name)

    assert parameter("/api/v1/customers/{id}", "id") == either
    assert parameter("/api/v1/agreements/{id}/timeline", "id") == either
    assert parameter("/api/v1/changes/{id}", "id") == either["anyOf"][0]
    assert parameter("/api/v1/engagements/check", "agreement_id") == either
    assert shapes["AgreementIn"]["properties"]["customer_id"]["anyOf"] == either["anyOf"]
    assert shapes["Merge"]["properties"]["into"]["anyOf"] == either["anyOf"]
    assert shapes["AgreementShown"]["properties"]["customer_id"].get("anyOf") is None
