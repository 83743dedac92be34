"""The API's document and what runs: the same routes, parameters, shapes and statuses, in both directions."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from service.http.openapi import examples
from service.http.openapi.words import FIELDS
from service.http.problems import KIND_OF_STATUS, STATUS
from tests.http.conftest import ACME, Api
from tests.http.test_routes import handlers
from workflows.kinds import BESIDE_SUBJECTS, WORKFLOWS

POINTER = re.compile(r"/docs/openapi\.json#(/.*)")


@pytest.fixture(scope="module")
def api(steady: Api) -> Api:
    return steady


@pytest_asyncio.fixture(scope="module")
async def document(steady: Api) -> Any:
    return (await steady.client.get("/docs/openapi.json")).json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def at(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to, as it stands in the fragment of an address."""
    found = document
    for step in pointer.split("/")[1:]:
        found = found[step.replace("%7B", "{").replace("%7D", "}").replace("~1", "/").replace("~0", "~")]
    return found


async def test_the_document_names_every_route_and_no_other(api: Api, document: Any) -> None:
    described = {(method, path) for method, path, _ in operations(document)}
    running = {
        (method, path) for method, path, _ in handlers(api.app) if path.startswith(("/api/v1", "/health", "/metrics"))
    }
    assert described == running


async def test_every_parameter_that_a_route_reads_is_described(api: Api, document: Any) -> None:
    for method, path, handler in handlers(api.app):
        if not path.startswith("/api/v1"):
            continue
        parameters = document["paths"][path][method.lower()].get("parameters", [])
        named = {one["name"] for one in parameters if one["in"] == "query"}
        assert named == set(handler.opt.get("query", {})), path
        assert {one["name"] for one in parameters if one["required"] and one["in"] == "query"} == set(
            handler.opt.get("required", ())
        )
        assert {one["name"] for one in parameters if one["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
        assert all(one["description"] for one in parameters), path


def test_every_operation_has_a_name_of_its_own_that_programs_can_use(document: Any) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]*)+", name) for name in names)
    assert {"listAgreements", "checkEngagement", "terminateAgreement", "objectToNotice"} <= set(names)
    for _, path, operation in operations(document):
        assert operation["summary"], path
        assert len(operation["summary"]) < 130, path
        assert "::" not in operation["description"]


def test_every_shape_has_a_title_of_its_own_and_says_what_its_fields_mean(document: Any) -> None:
    schemas = document["components"]["schemas"]
    titles = [schema["title"] for schema in schemas.values()]
    assert len(titles) == len(set(titles))
    for name, schema in schemas.items():
        for field, one in schema.get("properties", {}).items():
            assert one.get("description", "").strip(), f"{name}.{field}: say what it means where it is declared"


def test_no_word_is_said_of_a_field_that_there_is_none_of(document: Any) -> None:
    schemas = document["components"]["schemas"]
    fields = {field for schema in schemas.values() for field in schema.get("properties", {})}
    own = {f"{name}.{field}" for name, schema in schemas.items() for field in schema.get("properties", {})}
    assert set(FIELDS) <= fields | own


def test_every_reference_leads_somewhere(document: Any) -> None:
    def references(node: Any) -> Iterator[str]:
        match node:
            case {"$ref": str(found)}:
                yield found
            case dict():
                for one in node.values():
                    yield from references(one)
            case list():
                for one in node:
                    yield from references(one)

    for one in references(document):
        assert at(document, one.removeprefix("#")), one


def test_states_are_those_of_the_tables(document: Any) -> None:
    schemas = document["components"]["schemas"]
    for kind, shape in (("agreement", "AgreementShown"), ("notice", "NoticeShown"), ("webhook", "WebhookShown")):
        assert schemas[shape]["properties"]["state"]["enum"] == list(WORKFLOWS[kind].states)
    states = next(one for one in document["paths"]["/api/v1/notices"]["get"]["parameters"] if one["name"] == "state")
    assert states["schema"]["enum"] == list(WORKFLOWS["notice"].states)


def test_no_state_is_any_text(document: Any) -> None:
    schemas = document["components"]["schemas"]
    states = {name: one["properties"]["state"] for name, one in schemas.items() if "state" in one.get("properties", {})}
    assert len(states) > 20
    assert [name for name, one in states.items() if '"enum"' not in json.dumps(one)] == []
    deletion = schemas["OrderShown"]["properties"]["state"]
    assert deletion["enum"] == sorted(one.name for one in BESIDE_SUBJECTS["webhook_order"].table.states)


def test_generators_of_clients_know_each_kind_of_body(document: Any) -> None:
    known = {"application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream"}
    said = set(re.findall(r"^  ([\w./+-]+): ", Path("clients/python.yaml").read_text(), re.MULTILINE))
    taken = {kind for *_, one in operations(document) for kind in one.get("requestBody", {}).get("content", ())}
    assert taken - known <= said, "`make clients` ends at what clients/python.yaml does not name"


def test_what_is_in_an_array_is_said(document: Any) -> None:
    found = [
        at for at, schema in schemas_within(document, "") if schema.get("type") == "array" and "items" not in schema
    ]
    assert not found, "a generator drops what holds such an array"


def schemas_within(node: Any, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield at, node
        for key, inner in node.items():
            yield from schemas_within(inner, f"{at}/{key}")
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from schemas_within(inner, f"{at}/{number}")


def test_problems_come_as_problems(document: Any) -> None:
    responses = document["components"]["responses"]
    for method, path, operation in operations(document):
        if not path.startswith("/api/v1"):
            continue
        bad = {status for status in operation["responses"] if status >= "4"}
        assert {"400", "401", "404", "503"} <= bad, (method, path)
        assert bad <= {str(one) for one in (*STATUS.values(), *KIND_OF_STATUS)}
    for one in responses.values():
        assert list(one["content"]) == ["application/problem+json"]
        assert one["description"]


def test_what_is_no_json_has_its_media_type(document: Any) -> None:
    for path, media in (
        ("/api/v1/agreements/{id}/certificate.pdf", "application/pdf"),
        ("/api/v1/agreements/{id}/evidence.zip", "application/zip"),
        ("/api/v1/deadlines.ics", "text/calendar"),
        ("/api/v1/inbound/{id}/raw", "message/rfc822"),
    ):
        assert media in document["paths"][path]["get"]["responses"]["200"]["content"]
    raw = document["paths"]["/api/v1/inbound/{id}/raw"]["get"]["responses"]["200"]["content"]
    assert raw["application/json"] == {}, "a provider's own JSON has no shape of ours"
    done = document["paths"]["/api/v1/processors/{id}/keys/{key_id}"]["delete"]["responses"]["204"]
    assert "content" not in done


def test_the_document_says_what_webhooks_are_sent(document: Any) -> None:
    assert set(document["webhooks"]) == {"event", "deletionOrder", "webhookTest"}
    body = document["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "notice.objected" in body["allOf"][1]["properties"]["type"]["enum"]


async def test_examples_are_taken_as_they_stand(api: Api, document: Any) -> None:
    """Each in its turn, with the ids of what the earlier ones made."""
    processor = (await api.made("processors", {**ACME, "name": "Examples"}))["id"]
    key = await api.key(processor, "director")
    made: dict[str, str] = {}
    tried = set()
    for _, path, operation in sorted(operations(document), key=lambda one: order(one[2]["operationId"])):
        name = operation["operationId"]
        if name not in examples.EXAMPLES:
            continue
        tried.add(name)
        content = operation["requestBody"]["content"]["application/json"]
        body = known(content["example"], made)
        admin = name in ("createProcessor", "createKey")
        place = path.replace(
            "{id}", {"createKey": processor, "reckonDue": "contict"}.get(name, made.get("agreement", ""))
        )
        answer = await api.post(place, body, **({} if admin else {"key": key}))
        assert answer.status_code in (200, 201), (name, answer.text)
        if name == "signAgreement":
            await api.post(place, {**body, "party": "processor"}, key=key)
        made[name.removeprefix("create").lower()] = answer.json().get("id", "")
    assert tried == set(examples.EXAMPLES)


def test_every_body_has_an_example_that_fits_it(document: Any) -> None:
    shown = 0
    for _, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "$ref" not in content.get("schema", {}):
            continue
        shown += 1
        whole = {**content["schema"], "components": document["components"]}
        wrong = [one.message for one in Draft202012Validator(whole).iter_errors(content["example"])]
        assert wrong == [], (path, content["example"])
    assert shown > 100


def order(name: str) -> int:
    return list(examples.EXAMPLES).index(name) if name in examples.EXAMPLES else -1


def known(example: Any, made: dict[str, str]) -> Any:
    names = {
        examples.CUSTOMER: "customer",
        examples.AGREEMENT: "agreement",
        examples.SUBPROCESSOR: "subprocessor",
        examples.CHANGE: "change",
    }
    match example:
        case dict():
            return {name: known(one, made) for name, one in example.items()}
        case list():
            return [known(one, made) for one in example]
        case str() if example in names:
            return made[names[example]]
        case _:
            return example


async def test_actions_lead_to_their_descriptions_and_are_those_of_the_key(api: Api, document: Any) -> None:
    processor = (await api.made("processors", {**ACME, "name": "Actions"}))["id"]
    director, auditor = await api.key(processor, "director"), await api.key(processor, "auditor")
    body = {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []}
    customer = (await api.made("customers", body, key=director))["id"]
    contract = {"reference": "1", "starts_on": "2026-03-01"}
    draft = {"customer_id": customer, "terms": "contict", "main_contract": contract}
    made = await api.made("agreements", draft, key=director)
    assert "update" not in made["actions"]
    assert list(made["action_links"]) == made["actions"]
    for action, link in made["action_links"].items():
        found = POINTER.fullmatch(link)
        assert found is not None
        described = at(document, found[1])
        assert described["operationId"], action
        answer = await api.post(f"agreements/{made['id']}/{action}", {}, key=director)
        assert answer.status_code != 404, action
    seen = (await api.get(f"agreements/{made['id']}", key=auditor)).json()
    assert (seen["actions"], seen["action_links"]) == ([], {})


def test_every_action_of_a_table_has_its_route(document: Any) -> None:
    for flow in WORKFLOWS.values():
        for row in flow.table.rows:
            if row.action and flow.table.path:
                assert f"/api/v1/{flow.table.path}/{{id}}/{row.trigger}" in document["paths"], row.trigger


async def test_an_enumeration_that_does_not_fit_names_what_does(api: Api) -> None:
    processor = (await api.made("processors", {**ACME, "name": "Words"}))["id"]
    key = await api.key(processor, "manager")
    answer = (await api.post("changes", {"kind": "new"}, key=key)).json()
    allowed = "is one of add, measure, relocate, remove, replace, terms"
    assert answer["errors"] == [{"path": "kind", "message": allowed}]
    answer = (await api.post("customers", {"name": 1}, key=key)).json()
    assert {one["path"] for one in answer["errors"]} == {"country", "language", "contacts"}
    body = {"name": "x", "country": "NL", "language": "nl", "contacts": [{"name": "y", "roles": ["boss"]}]}
    answer = (await api.post("customers", body, key=key)).json()
    assert answer["errors"] == [{"path": "contacts[0].roles[0]", "message": "is one of contract, privacy, security"}]
