"""The digest of a subject's row, as its events carry it: what erasure leaves of the row, in one order. Pure.

An event names the form by which its digest was made, so that a row is compared field by field as it was then known:
a column that a later release adds changes nothing of the digests that stand.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import msgspec

_DATETIMES: Final = (datetime,)


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which fields of a kind's row a digest covers.

    `without`: paths in them that erasure empties, a list on the way standing for each of its items; a field as a whole
    counts as null, one within a field as absent. `rewritten`: why rows were altered since by something other than an
    event, such as a migration: then a digest of this form proves nothing any more.
    """

    fields: tuple[str, ...]
    without: tuple[str, ...] = ()
    rewritten: str = ""
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """`without`, taken apart: the field, and the way in it."""

    def __post_init__(self) -> None:
        ways = tuple((name, tuple(below)) for name, *below in (path.split(".") for path in self.without))
        msgspec.structs.force_setattr(self, "left_out", ways)


@lru_cache(maxsize=1)
def listed() -> Mapping[str, tuple[Form, ...]]:
    """Every form that a release has used, by kind; events name them by their place, from 1."""
    text = (files("workflows.ledger") / "row_forms.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, tuple[Form, ...]])


@lru_cache(maxsize=64)
def forms(kind: str, entity: type[msgspec.Struct]) -> tuple[Form, ...]:
    """The forms of a kind; of one whose fields never changed, and of which erasure empties nothing, its fields."""
    return listed().get(kind) or (Form(tuple(one.encode_name for one in msgspec.structs.fields(entity))),)


def form_of(kind: str, entity: type[msgspec.Struct], number: int) -> Form | None:
    """A form by its number; None where no release up to this one has used it."""
    known = forms(kind, entity)
    return known[number - 1] if 0 < number <= len(known) else None


def seal(kind: str, entity: msgspec.Struct) -> tuple[int, str]:
    """The present form's number, and the digest of a row that is about to be written."""
    known = forms(kind, type(entity))
    form = known[-1]
    if _stands_as_it_is(form, entity):
        text: bytes | None = msgspec.json.encode(entity, order="sorted")
    else:
        text = text_of(form, msgspec.to_builtins(entity, builtin_types=_DATETIMES))
    return len(known), digest(text)


def _stands_as_it_is(form: Form, entity: msgspec.Struct) -> bool:
    """Whether nothing in it is left out or written otherwise: so it is with most rows, and quicker."""
    for name, below in form.left_out:
        value = getattr(entity, name)
        if below and value and not (type(value) is dict and below[0] not in value):
            return False
        if not below and value is not None:
            return False
    for name in _instants(type(entity)):
        at = getattr(entity, name)
        if at is not None and at.tzinfo is not UTC:
            return False
    return True


def text_of(form: Form, row: dict[str, Any]) -> bytes | None:
    """What is hashed of a row whose own instants are datetimes; None where it lacks a field of the form."""
    try:
        kept = in_utc({name: row[name] for name in form.fields})
    except KeyError:
        return None
    for name, below in form.left_out:
        kept[name] = _without(kept[name], below) if below else None
    return msgspec.json.encode(kept, order="sorted")


def in_utc(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its own instants in UTC, as everything writes them."""
    return {name: value.astimezone(UTC) if type(value) is datetime else value for name, value in row.items()}


def stored(entity: type[msgspec.Struct], row: str) -> dict[str, Any]:
    """A row as the database gives it in JSON, its own instants as datetimes."""
    found: dict[str, Any] = msgspec.json.decode(row)
    for name in _instants(entity):
        if found.get(name) is not None:
            found[name] = datetime.fromisoformat(found[name])
    return found


def digest(text: bytes | None) -> str:
    """SHA-256, hex; of what cannot be hashed any more an empty text."""
    return hashlib.sha256(text).hexdigest() if text is not None else ""


def _without(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, list | tuple):
        return [_without(one, path) for one in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {name: one for name, one in value.items() if name != path[0]}
    return {**value, path[0]: _without(value[path[0]], path[1:])}


@lru_cache(maxsize=64)
def _instants(entity: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a row that are instants."""
    return tuple(
        field.encode_name
        for field in msgspec.structs.fields(entity)
        if field.type is datetime or datetime in getattr(field.type, "__args__", ())
    )
