"""Bodies, read strictly: what two programs could read differently is refused (RFC 8259, 4 and 8).

Duplicate names, NaN, numbers that no number holds, lone surrogates, control characters, a byte order mark,
more than 50 levels: 400, with the place. What is left is given its shape by msgspec without conversions, and
every instant must have its offset.
"""

import json
import re
from collections.abc import AsyncGenerator, Callable
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Final, NoReturn, TypeVar

import msgspec
from litestar.connection import Request
from litestar.dto import AbstractDTO, DTOConfig
from litestar.exceptions import HTTPException, InternalServerException
from litestar.typing import FieldDefinition
from msgspec.inspect import (
    AnyType,
    CollectionType,
    DateTimeType,
    DictType,
    ListType,
    LiteralType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from workflows.errors import BadInput, Problem
from workflows.time.zones import check_day, check_instant

LARGEST_BODY: Final = 64 * 1024
DEEPEST: Final = 50
HUNG_UP: Final = 499
"""The status, seen in logs and metrics alone, of a request whose caller was gone before it came whole."""
LONGEST_NUMBER: Final = 20
LONGEST_TEXT: Final = 10_000
LONGEST_NAME: Final = 200

ONE_LINE: Final = r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$(?!\n)"
YEARS: Final = r"^(19[7-9]\d|[2-8]\d{3}|9[0-8]\d{2}|99[0-8]\d|9990)-"
"""FIRST_YEAR to LAST_YEAR of `workflows/time/zones.py`, with which a day or an instant begins."""
PLAIN: Final = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*"
"""Characters of a text: no control characters but tabs and ends of lines."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME, pattern=ONE_LINE)]
"""One line of text that is not blank: a name, an address, a reference."""
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
"""Some lines of text, which may be empty."""
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware instant, RFC 3339 with an offset."""

S = TypeVar("S")
_info: Final[Callable[[Any], Type]] = cache(type_info)
_LONGEST_INSTANT: Final = len("2026-03-02T09:00:00.000000")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_CONTROL: Final = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Control characters but tabs and ends of lines."""
_TOO_FINE: Final = re.compile(r"([0-9-]{10}[Tt ][0-9:]{8}\.[0-9]{6})[0-9]+(.*)", re.DOTALL)
"""An instant with more digits than are kept."""
_AT: Final = re.compile(r"^(?P<what>.*?) - at `(?P<path>[^`]*)`$", re.DOTALL)
_STEP: Final = re.compile(r"\[[^\]]*\]|[^.\[\]]+")
_FIELD: Final = re.compile(r"^Object (?:missing required|contains unknown) field `(?P<name>.*)`$", re.DOTALL)


def read_json(raw: bytes) -> Any:
    """A JSON text as Python data. Raises BadInput where it is not one, or says something two ways."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        bad("", f"is not UTF-8 from byte {error.start} on")
    if text.startswith("\ufeff"):
        bad("", "starts with a byte order mark: leave it out")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=lambda name: bad("", f"{name} is not JSON"),
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        bad("", f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}")
    except RecursionError:
        bad("", f"is nested deeper than {DEEPEST} levels")
    _check_plain(value, "", 0)
    return value


class Incomplete(msgspec.Struct, frozen=True):
    """A body that lacks what its shape requires, for a route that knows more of what is required than the shape."""

    given: dict[str, Any]
    missing: tuple[Problem, ...]


def shaped(value: Any, shape: type[S]) -> S:
    """Data in its shape, nothing converted on the way.

    Raises BadInput with every field that is unknown or missing, else with the first place that does not fit.
    """
    unknown, missing = _odd_fields(value, _info(shape), "")
    if unknown or missing:
        problems = (*unknown, *missing)
        raise BadInput("; ".join(f"{one.path} {one.message}" for one in problems) + ".", problems)
    try:
        found = msgspec.convert(_cut(value, _info(shape)), shape, strict=True)
    except msgspec.ValidationError as error:
        path, what = _place(str(error))
        bad(path, _allowed(_info(shape), path) if what.startswith("invalid enum value") else what)
    _check_times(found, "")
    return found


def shaped_or_incomplete(value: Any, shape: type[S]) -> S | Incomplete:
    """Data in its shape, or what is missing where no field of it is unknown. Raises BadInput as `shaped`."""
    unknown, missing = _odd_fields(value, _info(shape), "")
    if missing and not unknown:
        return Incomplete(value, tuple(missing))
    return shaped(value, shape)


def _odd_fields(value: Any, info: Type, path: str) -> tuple[list[Problem], list[Problem]]:
    """Fields that a shape does not know, and those that it requires and that are not there, at any depth."""
    unknown: list[Problem] = []
    missing: list[Problem] = []
    match info:
        case StructType() if isinstance(value, dict):
            known = {one.encode_name: one for one in info.fields}
            if not path or info.forbid_unknown_fields:
                said = f"is not known here: {_listed(set(known))}"
                unknown += [Problem(_joined(path, name), said) for name in value if name not in known]
            missing += [
                Problem(_joined(path, name), "is required")
                for name, one in known.items()
                if one.required and name not in value
            ]
            inner = [(value[name], one.type, _joined(path, name)) for name, one in known.items() if name in value]
        case ListType() | VarTupleType() if isinstance(value, list):
            inner = [(one, info.item_type, f"{path}[{number}]") for number, one in enumerate(value)]
        case UnionType():
            inner = [(value, one, path) for one in info.types if isinstance(one, StructType | ListType | VarTupleType)]
        case _:
            inner = []
    for more in inner:
        found = _odd_fields(*more)
        unknown += found[0]
        missing += found[1]
    return unknown, missing


def _cut(value: Any, info: Type) -> Any:
    """The same without digits of instants beyond the microsecond, which would be rounded up, past a last moment."""
    match info:
        case DateTimeType() if isinstance(value, str):
            return _TOO_FINE.sub(r"\1\2", value) if len(value) > _LONGEST_INSTANT else value
        case StructType() if isinstance(value, dict):
            known = {one.encode_name: one.type for one in info.fields}
            return {name: _cut(one, known[name]) if name in known else one for name, one in value.items()}
        case ListType() | VarTupleType() if isinstance(value, list):
            return [_cut(one, info.item_type) for one in value]
        case DictType() if isinstance(value, dict):
            return {name: _cut(one, info.value_type) for name, one in value.items()}
        case UnionType():
            for one in info.types:
                value = _cut(value, one)
            return value
        case _:
            return value


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def is_json(content_type: str | None) -> bool:
    """Whether a body is said to be JSON in UTF-8."""
    media, _, parameters = (content_type or "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    return media.strip().lower() == "application/json" and charset in ("", "charset=utf-8")


def require_json(content_type: str | None) -> None:
    """Raises 415 unless the body is said to be JSON in UTF-8."""
    if not is_json(content_type):
        raise HTTPException(status_code=415, detail="Send the body as JSON, with Content-Type: application/json.")


def bad(path: str, message: str) -> NoReturn:
    """Raise BadInput about one place; `message` goes on where the path ends."""
    raise BadInput(f"{path or 'The body'} {message}.", (Problem(path, message),))


class StrictRequest(Request[Any, Any, Any]):
    """A request whose absent body reads as `{}` where a handler takes `data`."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body's pieces; a caller who hangs up is nobody's failure."""
        try:
            async for piece in super().stream():
                yield piece
        except InternalServerException as error:
            raise HTTPException(status_code=HUNG_UP, detail="The caller hung up before all was sent.") from error

    async def body(self) -> bytes:
        """The body's bytes, at most as many as the route takes; 413 beyond."""
        raw = await super().body()
        route = self.scope.get("route_handler")
        takes_data = route is not None and getattr(route, "parsed_data_field", None) is not None
        return b"{}" if takes_data and not raw else raw


class Strict(AbstractDTO[Any]):
    """Reads a handler's `data` as above."""

    config = DTOConfig()
    shapes: ClassVar[dict[str, FieldDefinition]] = {}

    def decode_bytes(self, value: bytes) -> Any:
        """The body in the shape of the handler's `data`; raises BadInput, or 415."""
        handler = self.asgi_connection.route_handler
        if value != b"{}":
            require_json(self.asgi_connection.headers.get("content-type"))
        shape = self.shapes[handler.handler_id].annotation
        given = read_json(value)
        if (named := self.asgi_connection.scope["state"].get("named")) is not None:
            given = named(given, shape)
        return (shaped_or_incomplete if handler.opt.get("incomplete") else shaped)(given, shape)

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        """Remember the shape; there is nothing to generate."""
        cls.shapes[handler_id] = field_definition

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Any:
        """Not used: shapes are read as they are."""
        raise NotImplementedError

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Not used: shapes are read as they are."""
        raise NotImplementedError


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                bad(name[:LONGEST_NAME], "is given twice")
            seen.add(name)
    return found


def _int(text: str) -> int:
    if len(text.lstrip("-")) > LONGEST_NUMBER:
        bad("", f"holds a number of more than {LONGEST_NUMBER} digits")
    return int(text)


def _float(text: str) -> float:
    found = float(text)
    if found in (float("inf"), float("-inf")):
        bad("", f"holds a number that is too large: {text[:LONGEST_NUMBER]}")
    return found


def check_text(text: str, path: str, longest: int = LONGEST_TEXT) -> None:
    """Raises BadInput for what no database takes as text, or for too much of it."""
    if len(text) > longest:
        bad(path, f"has {len(text)} characters: at most {longest} are taken")
    if "\x00" in text:
        bad(path, "holds the character NUL: leave it out")
    if _SURROGATE.search(text):
        bad(path, "holds half of a surrogate pair: write the character whole")


def _check_plain(value: Any, path: str, depth: int) -> None:
    if depth > DEEPEST:
        bad("", f"is nested deeper than {DEEPEST} levels")
    match value:
        case str():
            check_text(value, path)
            if found := _CONTROL.search(value):
                bad(path, f"has the control character U+{ord(found[0]):04X}: leave it out")
        case list():
            for number, one in enumerate(value):
                _check_plain(one, f"{path}[{number}]", depth + 1)
        case dict():
            for name, one in value.items():
                check_text(name, path, LONGEST_NAME)
                _check_plain(one, f"{path}.{name}" if path else name, depth + 1)
        case _:
            pass


def _check_times(value: Any, path: str) -> None:
    """Instants and days anywhere in a shape: with an offset, in years that can be reckoned with."""
    match value:
        case datetime() | date():
            try:
                check_instant(value) if isinstance(value, datetime) else check_day(value)
            except BadInput as error:
                raise BadInput(f"{path}: {error.detail}", (Problem(path, error.detail),)) from None
        case msgspec.Struct():
            for name, written in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
                _check_times(getattr(value, name), f"{path}.{written}" if path else written)
        case list() | tuple():
            for number, one in enumerate(value):
                _check_times(one, f"{path}[{number}]")
        case dict():
            for name, one in value.items():
                _check_times(one, f"{path}.{name}" if path else str(name))
        case _:
            pass


def _place(message: str) -> tuple[str, str]:
    """msgspec's message as path and words."""
    found = _AT.match(message)
    what, path = (found["what"], found["path"].removeprefix("$").removeprefix(".")) if found else (message, "")
    field = _FIELD.match(what)
    if field is not None:
        path = f"{path}.{field['name']}" if path else field["name"]
        what = "is required" if "missing" in what else "is not known here"
    elif "matching regex" in what:
        what = "must be one line of text that is not blank"
    return path, what[:1].lower() + what[1:]


def _allowed(info: Type, path: str) -> str:
    """What may stand at a place that takes one of several words."""
    for step in _STEP.findall(path):
        info = _inside(info, step)
    words = info.types if isinstance(info, UnionType) else (info,)
    allowed = [str(value) for one in words if isinstance(one, LiteralType) for value in one.values]
    return f"is one of {', '.join(allowed)}" if allowed else "is none of the values that are taken here"


def _inside(info: Type, step: str) -> Type:
    """The type of a field, or of what a list or an object holds (`[…]`)."""
    several = info.types if isinstance(info, UnionType) else (info,)
    for one in several:
        match one:
            case StructType() if not step.startswith("["):
                found = next((field.type for field in one.fields if field.encode_name == step), None)
                if found is not None:
                    return found
            case CollectionType() if step.startswith("["):
                return one.item_type
            case DictType() if step.startswith("["):
                return one.value_type
            case _:
                pass
    return AnyType()


def _listed(names: set[str]) -> str:
    return f"known are {', '.join(sorted(names))}" if names else "nothing is taken here"
