"""Shapes as JSON Schemas: what msgspec reads and writes, with what the code says of each field."""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import UnionType as UnionOfTypes
from typing import Any, Final, get_args

import msgspec
from msgspec.inspect import (
    CollectionType,
    DateTimeType,
    DictType,
    Metadata,
    NoneType,
    StructType,
    Type,
    UnionType,
    type_info,
)

from service.http.named import INTO, NUMBER, kinds_of
from service.http.openapi.narrowing import narrow_field
from service.http.openapi.words import FIELDS
from workflows.kinds import WORKFLOWS

REF: Final = "#/components/schemas/{name}"
_PAGE: Final = re.compile(r"Page_(\w+?)(?:Shown)?_")

Json = dict[str, Any]


class Shapes:
    """All shapes of the document: those that are read, and those that are written.

    What is only written always has all its fields, those with a default too.
    """

    def __init__(self, read: Sequence[Any], written: Sequence[Any]) -> None:
        types = [one for shape in (*read, *written) for one in _alternatives(shape)]
        found, components = msgspec.json.schema_components(types, ref_template=REF)
        self._schemas = dict(zip(map(repr, types), found, strict=True))
        infos = {_name(one.cls): one for one in _structs(types)}
        inputs = {_name(one.cls) for one in _structs(read)}
        self.components: Json = {}
        for name, schema in components.items():
            info = infos[name]  # a KeyError here: two shapes have one name
            self.components[name] = schema
            for field in info.fields:
                _date(schema["properties"][field.encode_name], field.type)
            _describe(schema, info)
            if name in inputs:
                schema["additionalProperties"] = False
                for field in info.fields:
                    narrow_field(schema["properties"][field.encode_name], field)
                    if kinds_of(field.encode_name) or field.encode_name == INTO:
                        schema["properties"][field.encode_name] = or_number(schema["properties"][field.encode_name])
            elif not _class(info).__struct_config__.omit_defaults:
                schema["required"] = [
                    one.encode_name for one in msgspec.structs.fields(_class(info)) if one.default is not msgspec.UNSET
                ]

    def schema(self, shape: Any) -> Json:
        """The schema of one of the types that were given."""
        found = [self._schemas[repr(one)] for one in _alternatives(shape)]
        return found[0] if len(found) == 1 else {"anyOf": found}

    def stand_in(self, shape: Any, kind: str, actions: Iterable[str]) -> None:
        """Say which states and actions a kind of subject has: its table knows, its shape does not."""
        properties = self.components[_name(shape)]["properties"]
        states = WORKFLOWS[kind].table.states
        meanings = "\n".join(f"* `{one.name}`: {one.meaning}" for one in states)
        properties["state"] |= {
            "enum": [one.name for one in states],
            "description": f"Where it stands.\n\n{meanings}",
        }
        if may := sorted(actions):
            properties["actions"]["items"]["enum"] = may
        else:  # an enumeration of nothing is none
            properties["actions"]["maxItems"] = 0


def or_number(schema: Mapping[str, Any]) -> Json:
    """The schema of an id, or of several, with the processor's own number as another way to say it."""
    match schema:
        case {"type": "string", "format": "uuid", **rest}:
            return {"anyOf": [{"type": "string", "format": "uuid"}, dict(NUMBER)], **rest}
        case {"type": "array", "items": items}:
            return {**schema, "items": or_number(items)}
        case {"anyOf": several}:
            flat = [or_number(one) for one in several]
            return {**schema, "anyOf": [inner for one in flat for inner in _ways(one)]}
        case _:
            return dict(schema)


def _ways(schema: Json) -> list[Json]:
    return schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]


def renamed(document: Any) -> Any:
    """The document, in which a part of a list is named for what it lists: `AgreementPage`."""
    match document:
        case dict():
            return {_renamed(key): renamed(value) for key, value in document.items()}
        case list():
            return [renamed(one) for one in document]
        case str() if document.startswith("#/") or document.startswith("Page["):
            return _renamed(document.replace("[", "_").replace("]", "_"))
        case _:
            return document


def _renamed(name: str) -> str:
    return _PAGE.sub(r"\1Page", name)


def _structs(types: Sequence[Any]) -> Iterator[StructType]:
    """Every Struct in these types, with those in its fields."""
    seen: set[Any] = set()
    waiting: list[Type] = [type_info(one) for one in types]
    while waiting:
        match waiting.pop():
            case StructType() as one if one.cls not in seen:
                seen.add(one.cls)
                yield one
                waiting += [field.type for field in one.fields]
            case Metadata(type=inner) | CollectionType(item_type=inner):
                waiting.append(inner)
            case DictType(value_type=inner):
                waiting.append(inner)
            case UnionType(types=several):
                waiting += several
            case _:
                pass


def _date(schema: Json, info: Type) -> None:
    """Instants are RFC 3339 whatever their type says of zones: naive ones are refused, and none is written."""
    match info:
        case DateTimeType():
            schema["format"] = "date-time"
        case Metadata(type=inner):
            _date(schema, inner)
        case CollectionType(item_type=inner) if "items" in schema:
            _date(schema["items"], inner)
        case DictType(value_type=inner) if isinstance(schema.get("additionalProperties"), dict):
            _date(schema["additionalProperties"], inner)
        case UnionType(types=several) if "anyOf" in schema:
            plain = [one for one in several if not isinstance(one, StructType | NoneType)]
            for option, one in zip(schema["anyOf"], plain, strict=False):
                _date(option, one)
        case _:
            pass


def _describe(schema: Json, info: StructType) -> None:
    own = field_words(info.cls)
    for field in info.fields:
        names = (f"{_class(info).__name__}.{field.encode_name}", field.encode_name)
        words = own.get(field.name) or next((FIELDS[name] for name in names if name in FIELDS), None)
        if words and "description" not in schema["properties"][field.encode_name]:
            schema["properties"][field.encode_name]["description"] = words
    if "description" in schema:
        first, _, rest = schema["description"].partition("\n")
        schema["description"] = f"{first}\n{textwrap.dedent(rest)}".strip()


def _class(info: StructType) -> type[msgspec.Struct]:
    """The Struct itself, also of one that stands for some type of data."""
    found: type[msgspec.Struct] = getattr(info.cls, "__origin__", info.cls)
    return found


@cache
def field_words(cls: Any) -> dict[str, str]:
    """What the strings below a Struct's fields say, in its own source and in that of its bases."""
    cls = getattr(cls, "__origin__", cls)
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        for merged in base.__dict__.get("__merged__", ()):
            found |= field_words(merged)
        found |= _words_of_module(base.__module__).get(base.__name__, {})
    return found


@cache
def _words_of_module(name: str) -> dict[str, dict[str, str]]:
    """By class and field, what stands below the field."""
    if not name.startswith(("service.", "workflows.")):
        return {}
    module = sys.modules[name]
    found: dict[str, dict[str, str]] = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ClassDef):
            found[node.name] = dict(_words_of_class(node))
    return found


def _words_of_class(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, inspect.cleandoc(words)
            case _:
                pass


def _name(cls: Any) -> str:
    if hasattr(cls, "__origin__"):
        inner = ", ".join(one.__name__ for one in cls.__args__)
        return re.sub(r"[^a-zA-Z0-9.\-_]", "_", f"{cls.__origin__.__name__}[{inner}]")
    return str(cls.__name__)


def _alternatives(shape: Any) -> tuple[Any, ...]:
    """What an answer may be, where it is one shape or another."""
    return get_args(shape) if isinstance(shape, UnionOfTypes) else (shape,)
