"""A walk over every route: closed unless it says otherwise, and blind to another processor's things."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from service.http.decode import Strict
from tests.http.conftest import ACME, Api

SOME = "0195d0c0-7e52-7000-8000-7465726d696a"
WORDS: dict[Any, str] = {UUID: SOME, int: "999999999"}


@pytest.fixture(scope="module")
def api(steady: Api) -> Api:
    return steady


def handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Method, path template and handler of every route, but for what Litestar answers to OPTIONS."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods - {"OPTIONS"}:
                yield str(method), route.path_format, handler


def address(template: str, handler: HTTPRouteHandler) -> str:
    """The path with an id that nothing has, or a word."""
    path = template
    for name, field in handler.parsed_fn_signature.parameters.items():
        path = path.replace(f"{{{name}}}", WORDS.get(field.annotation, "word"))
    return path.replace("{id}", SOME)  # where a page goes on to another, whatever the id


async def test_every_route_is_closed_unless_it_says_otherwise(api: Api) -> None:
    public = set()
    for method, template, handler in handlers(api.app):
        path = address(template, handler)
        answer = await api.client.request(method, path, json={} if method != "GET" else None)
        if handler.opt.get("public"):
            public.add(template.split("/")[1])
            assert answer.status_code != 401, path
        elif handler.opt.get("signed_in"):
            # A form that somebody who is signed out posts is kept for when they are in again.
            refused = (303,) if method == "GET" else (401, 403)
            assert answer.status_code in refused, (method, path, answer.status_code)
        else:
            assert answer.status_code == 401, (method, path, answer.status_code)
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert public <= {
        "",
        "health",
        "metrics",
        "docs",
        "problems",
        "schemas",
        "dev",
        "a",
        "n",
        "p",
        "e",
        "c",
        "s",
        "u",
        "j",
        "w",
        "assets",
        "board",
    }


async def test_every_route_refuses_a_query_that_it_does_not_know(api: Api) -> None:
    """Whoever asks for a rehearsal that there is none of must not get the deed; pages pass over what they are sent."""
    for method, template, handler in handlers(api.app):
        if not template.startswith("/api/v1"):
            continue
        answer = await api.call(method, f"{address(template, handler)}?dry_rum=true", json={})
        assert answer.status_code == 400, (method, template, answer.status_code)
        known = ", ".join(sorted(handler.opt.get("query", {})))
        wanted = f"is not known here; known: {known}" if known else "is not known here: none is taken"
        assert {"path": "dry_rum", "message": wanted} in answer.json()["errors"], (method, template, answer.text)
    assert (await api.client.get(f"/n/{'A' * 43}?fbclid=1")).status_code == 404
    assert (await api.client.get("/health/live?x=1")).status_code == 200


async def test_what_changes_something_is_no_auditors(api: Api) -> None:
    acme = (await api.get("processors")).json()["items"][0]
    key = await api.key(acme["id"], "auditor")
    reckons = {"/api/v1/terms/{id}/due", "/api/v1/terms/{id}/penalty", "/api/v1/engagements/check"}
    for method, template, handler in handlers(api.app):
        if method == "GET" or not template.startswith("/api/v1") or template in reckons:
            continue
        answer = await api.call(method, address(template, handler), json={}, key=key)
        assert answer.status_code == 403, (method, template, answer.status_code)


async def test_an_id_that_nothing_has_is_not_found(api: Api) -> None:
    for method, template, handler in handlers(api.app):
        if method != "GET" or "{" not in template or handler.opt.get("public") or handler.opt.get("signed_in"):
            continue
        answer = await api.get(address(template, handler))
        assert answer.status_code == 404, (template, answer.status_code, answer.text)


async def test_another_processors_things_are_not_found(api: Api) -> None:
    """Whatever a list shows to one processor, the other finds at no address of that list."""
    acme, *_ = (await api.get("processors")).json()["items"]
    other = await api.made("processors", {**ACME, "name": "Other"})
    mine, theirs = await api.key(acme["id"], "director"), await api.key(other["id"], "director")
    await api.made("customers", {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []}, key=mine)
    await api.made("subprocessors", {"name": "Hosting", "service": "servers", "country": "NL"}, key=mine)
    seen = 0
    for method, template, handler in handlers(api.app):
        if method != "GET" or not template.endswith("/{id}") or handler.opt.get("public") or "terms" in template:
            continue
        listed = await api.get(template.removesuffix("/{id}"), key=mine)
        if listed.status_code != 200:
            continue
        for item in listed.json()["items"]:
            seen += 1
            assert (await api.get(template.replace("{id}", str(item["id"])), key=theirs)).status_code == 404, template
            assert (await api.get(template.replace("{id}", str(item["id"])), key=mine)).status_code == 200, template
    assert seen >= 2


async def test_every_body_refuses_what_it_does_not_know(api: Api) -> None:
    """Mass assignment: no shape of a body, nor a shape within one, lets an unknown field pass."""
    for method, template, handler in handlers(api.app):
        if handler.parsed_data_field is None or handler.resolve_data_dto() is not Strict:
            continue
        _, *inner = structs(handler.parsed_data_field.annotation)
        for shape in inner:  # the outermost is checked by `shaped` whatever it says itself
            assert shape.__struct_config__.forbid_unknown_fields, (method, template, shape)


def structs(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    """Every Struct in a type, with those in its fields."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
        for field in msgspec.structs.fields(annotation):
            yield from structs(field.type)
    for inner in getattr(annotation, "__args__", ()):
        yield from structs(inner)


async def test_the_document_describes_every_route_and_body(api: Api) -> None:
    document = (await api.client.get("/docs/openapi.json")).json()
    paths = document["paths"]
    for method, template, handler in handlers(api.app):
        if not template.startswith("/api/v1"):
            continue
        operation = paths[template][method.lower()]
        assert operation["description"], template
        if handler.parsed_data_field is not None:
            assert "application/json" in operation["requestBody"]["content"], template
