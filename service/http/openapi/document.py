"""The API's OpenAPI document, made of the routes that run: what they declare is what they read and answer.

What a route's `opt` may say besides what `auth` and `lists` read: `kind`, the subject that it reads; `versioned`, a
change that heeds `If-Match`; `cached`, an answer that `If-None-Match` may spare; `keyed=False`, a write without
`Idempotency-Key`; `takes`, bodies by media type where no shape says them; `gives`, further media types of its answer;
`also`, further statuses; `foreseen`, the shape of what a dry run answers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler

from service.http.auth import LARGEST_NUMBER, RANK, TENANT_HEADER, least_role
from service.http.idempotency import HEADER, REPLAYED
from service.http.list_files import MEDIA, listed
from service.http.lists import Filter
from service.http.named import kinds_of, of_the_address
from service.http.openapi import problems
from service.http.openapi.bodies import example_of
from service.http.openapi.examples import EXAMPLES
from service.http.openapi.schemas import Json, Shapes, or_number, renamed
from service.http.openapi.webhooks import MESSAGES, webhooks
from service.http.openapi.words import FIELDS, PATHS, QUERIES

API: Final = "/api/v1"
ABOUT: Final = """\
Data processing agreements that keep themselves. Times are RFC 3339 with an offset, dates and periods ISO 8601, and
working days `P10WD`. Errors are RFC 9457 problem details.

Send a key as `Authorization: Bearer <key>`. Its role is `auditor` (reads), `manager`, `director` or `admin`, each with
all that those before it may; an operation names the least one. A query parameter, or a field of a body, that is not
described here is refused.
"""
_TOLD: Final = 200
_JSON: Final = "application/json"
_READS: Final = ("GET", "HEAD")
_PARAMETER: Final = re.compile(r"{(\w+)}")
_TAG: Final = '(W/)?"[!#-~]*"'
_HEADERS: Final[Mapping[str, Json]] = {
    TENANT_HEADER: {
        "description": "The processor that is meant. An admin's key needs it wherever one processor's things are "
        "asked for, unless there is only one processor; any other key has its own.",
        "schema": {"type": "string", "format": "uuid"},
    },
    HEADER: {
        "description": "A key of your own for this request: sent again with it, the request is done once, and answered "
        "as the first time. A new one for each request, such as a UUID.",
        "schema": {"type": "string", "pattern": r"^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$"},
    },
    "If-Match": {
        "description": "The ETag that the change is based on; where the subject has changed since, 412.",
        "schema": {"type": "string", "pattern": rf"^(\*|{_TAG}(, *{_TAG})*)$", "examples": ['"7"']},
    },
    "If-None-Match": {
        "description": "The ETag of your copy; where it is still right, 304.",
        "schema": {"type": "string"},
    },
}


class Operation(msgspec.Struct, frozen=True):
    """One route with one method."""

    path: str
    method: str
    handler: HTTPRouteHandler

    @property
    def opt(self) -> dict[str, Any]:
        return self.handler.opt

    @property
    def id(self) -> str:
        """Its function's name, as programs write names."""
        first, *rest = self.handler.fn.__name__.split("_")
        return first + "".join(one.capitalize() for one in rest)

    @property
    def body(self) -> Any:
        """The shape of its body, or None."""
        field = self.handler.parsed_data_field
        return field.annotation if field is not None else None

    @property
    def shape(self) -> Any:
        """The shape of its answer, or None."""
        given = self.handler.parsed_return_field.annotation
        return get_args(given)[0] if getattr(given, "__origin__", None) is Response else given

    @property
    def media(self) -> str:
        given = self.handler.media_type
        return str(getattr(given, "value", given) or _JSON)

    @property
    def foreseen(self) -> Any:
        """The shape in which a dry run is told, or None."""
        return self.opt.get("foreseen")

    @property
    def is_json(self) -> bool:
        return self.media == _JSON and self.shape is not bytes

    @property
    def is_write(self) -> bool:
        return self.method not in _READS


def operations(app: Litestar) -> Iterator[Operation]:
    """Every operation of the API, in the order in which its routes are declared."""
    for route in app.routes:
        if not route.path_format.startswith((API, "/health", "/metrics")):
            continue
        for handler in getattr(route, "route_handlers", ()):
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield Operation(route.path_format, str(method), handler)


@cache
def encoded(app: Litestar) -> bytes:
    """The document as it is answered."""
    return msgspec.json.encode(document(app))


def document(app: Litestar) -> Json:
    """The whole document."""
    found = sorted(operations(app), key=_place)
    read = [one.body for one in found if one.body is not None]
    written = [one.shape for one in found if _has_shape(one)]
    written += dict.fromkeys(one.foreseen for one in found if one.foreseen is not None)
    shapes = Shapes(read, [*written, *problems.ALL, *MESSAGES])
    for one in found:
        if kind := one.opt.get("kind"):
            shapes.stand_in(one.shape, kind, _actions(found, one.path))
    paths: dict[str, Json] = {}
    for one in found:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, shapes)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Termijn", "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(one) for one in found)],
        "paths": paths,
        "webhooks": webhooks(shapes),
        "components": {
            "schemas": shapes.components,
            "responses": problems.answers(shapes.schema),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "password": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The key as the password, for callers that can be given nothing but an address.",
                },
            },
        },
    }
    return dict(renamed(whole))


def _place(one: Operation) -> tuple[str, str, int]:
    return _tag(one), one.path, ("GET", "POST", "PUT", "PATCH", "DELETE").index(one.method)


def _tag(one: Operation) -> str:
    return str(sorted(one.handler.tags or ["health"])[0])


def _has_shape(one: Operation) -> bool:
    return one.is_json and one.shape not in (None, type(None), Any)


def _actions(found: Sequence[Operation], path: str) -> list[str]:
    """What may be done with what stands at this address: the last word of each POST below it."""
    below = [one.path.removeprefix(f"{path}/") for one in found if one.method == "POST" and one.path.startswith(path)]
    return [one for one in below if one and "/" not in one]


def _operation(one: Operation, shapes: Shapes) -> Json:
    words = _plain(one.handler.fn.__doc__ or "")
    least = least_role(one.opt, one.method)
    roles = "" if one.opt.get("public") else f"Least role: `{least}`."
    found: Json = {
        "operationId": one.id,
        "tags": [_tag(one)],
        "summary": _title(words),
        "description": "\n\n".join(part for part in (words, roles) if part),
    }
    if one.opt.get("public"):
        found["security"] = []
    elif one.opt.get("basic"):
        found["security"] = [{"key": []}, {"password": []}]
    if parameters := [*_in_path(one), *_in_query(one), *_in_headers(one)]:
        found["parameters"] = parameters
    if (body := _body(one, shapes)) is not None:
        found["requestBody"] = body
    found["responses"] = _responses(one, shapes)
    return found


def _title(words: str) -> str:
    """The first sentence, without its full stop."""
    return re.split(r"(?<=[^.])[.:;](?:\s|$)", words.partition("\n\n")[0], maxsplit=1)[0].replace("`", "")


def _plain(doc: str) -> str:
    """A docstring without the indent of its code."""
    parts = [" ".join(part.split()) for part in doc.strip().split("\n\n")]
    return "\n\n".join(parts)


def _in_path(one: Operation) -> Iterator[Json]:
    signature = one.handler.parsed_fn_signature.parameters
    for name in _PARAMETER.findall(one.path):
        kind = signature[name].annotation
        schema: Json
        if kind is UUID:
            schema = {"type": "string", "format": "uuid"}
            if name == "id" and of_the_address(one.path):
                schema = or_number(schema)
        elif kind is int:
            schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
        else:
            schema = {"type": "string", "minLength": 1}
        words = PATHS.get(name, FIELDS.get(name, ""))
        yield {"name": name, "in": "path", "required": True, "description": words, "schema": schema}


def _in_query(one: Operation) -> Iterator[Json]:
    query: Mapping[str, Filter] = one.opt.get("query", {})
    for name, taken in query.items():
        yield {
            "name": name,
            "in": "query",
            "required": name in one.opt.get("required", ()),
            "description": taken.words or _asked(one, name),
            "schema": or_number(taken.schema) if kinds_of(name) else dict(taken.schema),
        }


def _asked(one: Operation, name: str) -> str:
    """What a parameter means: of a question, what it asks about; of a list, what it leaves out."""
    if one.opt.get("required"):
        return FIELDS[name]
    return QUERIES.get(name) or f"Only those whose `{name}` is this."


def _in_headers(one: Operation) -> Iterator[Json]:
    wanted = {
        TENANT_HEADER: not one.opt.get("public"),
        HEADER: _keyed(one),
        "If-Match": one.opt.get("versioned", False),
        "If-None-Match": one.opt.get("cached", False),
    }
    for name, there in wanted.items():
        if there:
            yield {"name": name, "in": "header", "required": False, **_HEADERS[name]}


def _keyed(one: Operation) -> bool:
    return one.is_write and bool(one.opt.get("keyed", True))


def _body(one: Operation, shapes: Shapes) -> Json | None:
    if takes := one.opt.get("takes"):
        return dict(takes)
    if one.body is None:
        return None
    schema = shapes.schema(one.body)
    name = schema["$ref"].rpartition("/")[2]
    content: Json = {"schema": schema}
    content["example"] = EXAMPLES[one.id] if one.id in EXAMPLES else example_of(schema, shapes.components)
    return {"required": bool(shapes.components[name]["required"]), "content": {_JSON: content}}


def _responses(one: Operation, shapes: Shapes) -> Json:
    status = one.handler.status_code
    also = (*one.opt.get("also", ()), *([_TOLD] if one.foreseen is not None else []))
    good = {str(each): _good(one, each, shapes) for each in (status, *also) if each < 400}
    if one.opt.get("cached"):
        good["304"] = {"description": "Your copy is still right.", "headers": {"ETag": problems.header("Its version.")}}
    bad = {str(each): problems.reference(each) for each in _problems(one)}
    return dict(sorted({**good, **bad}.items()))


def _good(one: Operation, status: int, shapes: Shapes) -> Json:
    headers: Json = {}
    if one.opt.get("versioned") or one.opt.get("cached") or one.opt.get("kind"):
        headers["ETag"] = problems.header("Its version, as `If-Match` takes it.")
    if status == 201:
        headers["Location"] = problems.header("Where it can be read.")
    if one.path.startswith(API):
        headers |= problems.LIMITS
    if _keyed(one):
        headers[REPLAYED] = problems.header("`true` where this is the answer to an earlier request with the same key.")
    found: Json = {"description": _done(one, status)}
    if headers:
        found["headers"] = headers
    if status == 204:
        return found
    if one.is_json:
        told = _shapes_at(one, status)
        found["content"] = {_JSON: {"schema": shapes.schema(told)} if told is not None else {}}
        if listed(one.handler) is not None:
            binary = {"schema": {"type": "string", "format": "binary"}}
            found["content"] |= {kind: dict(binary) for kind in MEDIA}
    else:
        binary = {"schema": {"type": "string", "format": "binary"}}
        kinds = (one.media, *one.opt.get("gives", ()))
        found["content"] = {kind: {} if kind == _JSON else binary for kind in kinds}  # JSON of no shape of ours
    return found


def _shapes_at(one: Operation, status: int) -> Any:
    """What an answer of this status may have as its shape, or None: at 200 also, or only, what a dry run tells."""
    shape = one.shape if _has_shape(one) else None
    if one.foreseen is None or status != _TOLD:
        return shape
    done = shape is not None and _TOLD in (one.handler.status_code, *one.opt.get("also", ()))
    return shape | one.foreseen if done else one.foreseen


def _done(one: Operation, status: int) -> str:
    if status == 204:
        return "Done."
    if status == 201:
        return "Made."
    if one.foreseen is not None and _TOLD not in (one.handler.status_code, *one.opt.get("also", ())):
        return "What would happen, where only that is asked."
    return "Done, as it stands now." if one.is_write else "As it stands."


def _problems(one: Operation) -> list[int]:
    """The statuses of what may go wrong."""
    if not one.path.startswith(API):
        return [each for each in one.opt.get("also", ()) if each >= 400]
    least = least_role(one.opt, one.method)
    takes = one.body is not None or "takes" in one.opt
    there = {
        400: True,
        401: True,
        403: RANK[least] > min(RANK.values()),
        404: True,  # whatever it asks for, the processor that is named may be none of the key's
        409: _keyed(one),
        412: one.opt.get("versioned", False),
        413: takes,
        415: takes,
        422: _keyed(one),
        429: True,
        503: True,
    }
    also = {each for each in one.opt.get("also", ()) if each >= 400}
    return sorted(also | {status for status, may in there.items() if may} & problems.KNOWN)
