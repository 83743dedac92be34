"""What each key of a terms file says, its default and an example of the library: for the schema, and for a page.

Run as a program it prints the page; `make docs` writes docs/terms-keys.md with it.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from msgspec import NODEFAULT, inspect

from workflows.terms import model
from workflows.terms.model import Terms
from workflows.terms.own import IN_LANGUAGES
from workflows.terms.shape import type_of

_EVERY: Final = "every"
_EXAMPLES: Final = "examples"
_LONGEST: Final = 90
_TABLES: Final[Mapping[str, str]] = {
    "Terms": "the file itself",
    "Counting": "[counting]",
    "Entry": "[entry]",
    "Ending": "[ending]",
    "TerminationRight": "[[ending.rights]]",
    "Survival": "[[ending.survives]]",
    "Amendment": "[amendment]",
    "Subprocessors": "[subprocessors]",
    "Overruling": "[subprocessors.overruling]",
    "Emergency": "[subprocessors.emergency]",
    "Revocation": "[subprocessors.revocation]",
    "Region": "[subprocessors.region]",
    "CountryFlag": "[[subprocessors.flags]]",
    "RegisterEntry": "[[subprocessors.register]]",
    "EndRules": "[end]",
    "Holder": "[[end.holders]]",
    "Field": "[[fields]]",
    "ContactNeed": "[[contact_needs]]",
    "Rule": '[rules."<id>"]',
    "Retention": "[[retention]]",
    "Penalty": '[penalties."<name>.penalty"]',
    "BreachRules": "[breach]",
    "Content": "[[breach.contents]]",
    "BreachKind": "[[breach.kinds]]",
    "Requests": "[requests]",
    "Allowance": "[requests.free], [audit.free]",
    "AuditRules": "[audit]",
    "MatterRule": "[[matters]]",
    "Statement": "[[statements]]",
}
"""How each part of the format is written, in the order of a file."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """`takes`: the words that it takes, or what kind of value. `default`: what holds where it is left out; empty where
    nothing does. `example` as TOML, from the library's file of the name `used_in`."""

    shape: str
    name: str
    says: str
    takes: str
    needed: bool
    default: str
    example: str
    used_in: str


@lru_cache(maxsize=1)
def _told() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("workflows.terms").joinpath("keys.toml").read_text("utf-8"))


def says(shape: str, key: str) -> str:
    """What a key of a part of the format says; empty where nobody has written that in keys.toml, which a test sees."""
    return _told().get(shape, {}).get(key) or _told()[_EVERY].get(key, "")


def shapes() -> tuple[type[msgspec.Struct], ...]:
    """Every part of the format, the file itself first."""
    kinds: tuple[type[msgspec.Struct], ...] = (Terms, *model.Base.__subclasses__())
    known = {one.__name__: one for one in kinds}
    order = [*_TABLES, *(name for name in known if name not in _TABLES)]
    return tuple(known[name] for name in order)


def written_as(shape: type[msgspec.Struct]) -> str:
    """How a part of the format is written: `[end]`."""
    return _TABLES.get(shape.__name__, "")


def keys_of(shape: type[msgspec.Struct]) -> Iterator[Key]:
    """Its keys, those that it needs first."""
    kind = type_of(shape)
    assert isinstance(kind, inspect.StructType)
    fields = [one for one in kind.fields if one.name != IN_LANGUAGES]
    for field in sorted(fields, key=lambda one: not one.required):
        used_in, example = _used(shape.__name__).get(field.name, ("", ""))
        yield Key(
            shape=shape.__name__,
            name=field.name,
            says=says(shape.__name__, field.name),
            takes=_takes(field.type),
            needed=field.required,
            default=_default(field),
            example=example or _told()[_EXAMPLES].get(f"{shape.__name__}.{field.name}", ""),
            used_in=used_in,
        )


def _takes(kind: inspect.Type) -> str:
    match kind:
        case inspect.LiteralType(values=values):
            return ", ".join(f"`{one}`" for one in values if one)
        case inspect.UnionType(types=types):
            return _takes(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.VarTupleType(item_type=inspect.StructType()) | inspect.StructType() | inspect.DictType():
            return "tables" if isinstance(kind, inspect.VarTupleType) else "a table"
        case inspect.VarTupleType(item_type=item):
            return f"a list of {_takes(item)}" if isinstance(item, inspect.LiteralType) else "a list of texts"
        case inspect.BoolType():
            return "`true`, `false`"
        case _:
            return "a text"


def _default(field: inspect.Field) -> str:
    value = field.default
    if value in (NODEFAULT, None, "", ()) or isinstance(value, dict):
        return ""
    return _toml(list(value) if isinstance(value, tuple) else value)


@lru_cache(maxsize=64)
def _used(shape: str) -> Mapping[str, tuple[str, str]]:
    """By key, the first file of the library that uses it, and how."""
    found: dict[str, tuple[str, str]] = {}
    for name, part in _parts().get(shape, ()):
        for key, value in part.items():
            if key not in found and (example := _example(key, value)):
                found[key] = (name, example)
    return found


@lru_cache(maxsize=1)
def _library() -> Mapping[str, Any]:
    found = {}
    for one in sorted(files("workflows.terms.library").iterdir(), key=lambda one: one.name):
        if one.name.endswith(".toml"):
            found[one.name.removesuffix(".toml")] = tomllib.loads(one.read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def _parts() -> Mapping[str, list[tuple[str, Mapping[str, Any]]]]:
    """By part of the format, each table of the library that is of it, with the name of its file."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name, document in _library().items():
        for shape, part in _within(document, type_of(Terms)):
            found.setdefault(shape, []).append((name, part))
    return found


def _within(value: Any, kind: inspect.Type) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every table in a document, with the part of the format that it is of."""
    match kind:
        case inspect.StructType(cls=cls, fields=fields) if isinstance(value, dict):
            yield cls.__name__, value
            for field in fields:
                if field.name in value:
                    yield from _within(value[field.name], field.type)
        case inspect.DictType(value_type=inner) if isinstance(value, dict):
            for one in value.values():
                yield from _within(one, inner)
        case inspect.VarTupleType(item_type=inner) if isinstance(value, list):
            for one in value:
                yield from _within(one, inner)
        case inspect.UnionType(types=types):
            for one in types:
                yield from _within(value, one)


def _example(key: str, value: Any) -> str:
    """A key as TOML, if that is one line; a table is shown by its own keys."""
    tables = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))
    if tables:
        return "…"
    said = f"{key} = {_toml(value)}"
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 2]} …"


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def page() -> str:
    """The whole of docs/terms-keys.md."""
    lines = [
        "# Every key of a terms file",
        "",
        "`make docs` writes this page from the format and from the library; [writing a terms file](terms.md) tells how",
        "they go together. **Bold** keys are needed. A key without a default says nothing where it is left out. Each",
        "example stands in the library's file that is named with it.",
    ]
    for shape in shapes():
        lines += ["", f"## {_TABLES.get(shape.__name__, shape.__name__)}", ""]
        lines += ["| key | what it says | takes | default | example |", "| --- | --- | --- | --- | --- |"]
        for one in keys_of(shape):
            name = f"**`{one.name}`**" if one.needed else f"`{one.name}`"
            default = f"`{one.default}`" if one.default else ""
            cells = (name, one.says, one.takes, default, _shown(one))
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _shown(one: Key) -> str:
    if one.example == "…":
        return f"{one.used_in}, see its table"
    return f"`{one.example}`" + (f" ({one.used_in})" if one.used_in else "") if one.example else ""


def _cell(text: str) -> str:
    return re.sub(r"\|", r"\\|", text)


if __name__ == "__main__":
    sys.stdout.write(page())
