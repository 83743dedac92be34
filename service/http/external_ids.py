"""One's own numbers for ids: `external:<it>` wherever a request names a customer, an agreement or a subprocessor.

What a place names goes by its name, which means one thing throughout the API. In an address an id of no meaning stands
for it until it is known who asks (`set_aside`, before any route is chosen); then all that a request names is looked up
at once (`resolve`, a guard), and the address, the query and the body read as if ids had been given.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import unquote
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Scope
from msgspec.inspect import (
    AnyType,
    CollectionType,
    DictType,
    Metadata,
    StructType,
    Type,
    UnionType,
    UUIDType,
    type_info,
)

from db.queries import sql
from db.session import GONE, Connection, NotWrittenError
from service.http.auth import Caller
from service.http.decode import StrictRequest, is_json, read_json
from service.http.named import INTO, KINDS, ByNumber, kinds_of, of_the_address
from service.http.services import parts_of
from workflows.errors import BadInput, NotFound, Problem
from workflows.intake.external_ids import PREFIX, Numbered

_STANDS_FOR: Final = "00000000-0000-8000-8000-00000000000"
_MOST: Final = 9
_ASIDE: Final = "external_ids"


class Numbers(NamedTuple):
    """What was looked up: by kind and number, all that have it."""

    by: Mapping[tuple[str, str], Sequence[UUID]]
    of_address: tuple[Numbered, ...]

    def id(self, name: str, path: str, value: str) -> UUID:
        """The id that is meant at a place. Raises NotFound, and BadInput where several have the number."""
        kinds = kinds_of(name) or self.of_address
        number = value.removeprefix(PREFIX)
        found = [one for kind in kinds for one in self.by.get((kind, number), ())]
        if not found:
            raise NotFound(
                f"{path}: there is no {' or '.join(kinds)} with the external id {number[:200]!r}; look at the list."
            )
        if len(found) > 1:
            message = "is the number of more than one: name it by its id"
            raise BadInput(f"{path} {message}.", (Problem(path, message),))
        return found[0]


def set_aside(scope: Scope) -> None:
    """Put ids that stand for themselves in the place of `external:…` in an address below the API, and remember which.

    An escaped slash belongs to the number: so it is read from the address as it was sent.
    """
    raw = scope.get("raw_path") or b""
    if b"external" not in raw or not scope["path"].startswith("/api/v1/"):
        return
    segments = [unquote(one) for one in raw.partition(b"?")[0].decode("latin-1").split("/")]
    aside: dict[str, str] = {}
    for place, one in enumerate(segments):
        if one.startswith(PREFIX) and len(aside) < _MOST:
            segments[place] = f"{_STANDS_FOR}{len(aside)}"
            aside[segments[place]] = one
    if aside:
        scope["state"][_ASIDE] = aside
        scope["path"] = "/".join(segments)


def address_of(scope: Scope) -> bytes:
    """The address as one request is told from another by it."""
    aside: Mapping[str, str] = scope["state"].get(_ASIDE, {})
    said = "".join(f"\n{one}" for one in aside.values())
    return f"{scope['path']}{said}".encode()


async def resolve(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of the API's routes once the query was read: what is named by one's own number is known by its id.

    What puts ids into the body is left in the request's state, as `named`. Raises NotFound, BadInput, NotWrittenError.
    """
    state = connection.scope["state"]
    aside: Mapping[str, str] = state.get(_ASIDE, {})
    asked: dict[str, Any] = state["asked"]
    named = {name: one for name, one in asked.items() if isinstance(one, ByNumber)}
    in_body = await _in_body(connection, handler)
    numbers = {*aside.values(), *(one.value for one in named.values()), *in_body}
    if not numbers:
        return
    found = Numbers(await _look_up(connection, numbers), of_the_address(connection.scope["path"]))
    params: dict[str, Any] = dict(connection.scope["path_params"])  # the router keeps the dict for the next request
    params |= {name: found.id(name, name, aside[str(one)]) for name, one in params.items() if str(one) in aside}
    connection.scope["path_params"] = params
    for name, one in named.items():
        asked[name] = found.id(name, name, one.value)
    state["named"] = partial(with_ids, found)


async def _in_body(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> set[str]:
    """Every text of a JSON body that may name something by its number; a route with `own_numbers` looks itself."""
    reads = getattr(handler, "parsed_data_field", None) is not None and not handler.opt.get("own_numbers")
    if not isinstance(connection, StrictRequest) or not reads or not is_json(connection.headers.get("content-type")):
        return set()
    raw = await connection.body()
    if PREFIX.encode() not in raw and b"\\u" not in raw:
        return set()
    return {one for one in _texts(read_json(raw)) if one.startswith(PREFIX)}


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _texts(one)
        case dict():
            for one in value.values():
                yield from _texts(one)
        case _:
            pass


async def _look_up(
    connection: ASGIConnection[Any, Any, Any, Any], numbers: set[str]
) -> dict[tuple[str, str], list[UUID]]:
    caller: Caller = connection.scope["state"]["caller"]
    try:
        async with caller.transaction(parts_of(connection).pool, readonly=True) as reading:
            return await look_up(reading, caller.processors, numbers)
    except GONE as error:
        raise NotWrittenError from error


async def look_up(
    connection: Connection, processors: Sequence[UUID], named: set[str]
) -> dict[tuple[str, str], list[UUID]]:
    """What these processors have under texts such as `external:K-1`, by kind and number."""
    numbers = [one.removeprefix(PREFIX) for one in named]
    rows = await connection.fetch(sql("find_external_ids"), list(processors), list(KINDS), numbers)
    found: dict[tuple[str, str], list[UUID]] = {}
    for row in rows:
        found.setdefault((row["kind"], row["external_id"]), []).append(row["id"])
    return found


def with_ids(found: Numbers, value: Any, shape: Any) -> Any:
    """A body with ids in the place of numbers, wherever its shape has an id. Raises NotFound, BadInput."""
    return _with_ids(value, type_info(shape), "", "", found)


def _with_ids(value: Any, info: Type, name: str, path: str, found: Numbers) -> Any:
    match info:
        case Metadata(type=inner):
            return _with_ids(value, inner, name, path, found)
        case UUIDType() | AnyType() if isinstance(value, str):
            named = value.startswith(PREFIX) and (kinds_of(name) or name == INTO)
            return str(found.id(name, path, value)) if named else value
        case AnyType() if isinstance(value, dict):
            return {key: _with_ids(one, info, key, _below(path, key), found) for key, one in value.items()}
        case AnyType() if isinstance(value, list):
            return [_with_ids(one, info, name, f"{path}[{place}]", found) for place, one in enumerate(value)]
        case StructType() if isinstance(value, dict):
            known = {one.encode_name: one.type for one in info.fields}
            return {
                key: _with_ids(one, known[key], key, _below(path, key), found) if key in known else one
                for key, one in value.items()
            }
        case CollectionType(item_type=inner) if isinstance(value, list):
            return [_with_ids(one, inner, name, f"{path}[{place}]", found) for place, one in enumerate(value)]
        case DictType(value_type=inner) if isinstance(value, dict):
            return {key: _with_ids(one, inner, key, _below(path, key), found) for key, one in value.items()}
        case UnionType(types=several):
            for one in several:
                value = _with_ids(value, one, name, path, found)
            return value
        case _:
            return value


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
