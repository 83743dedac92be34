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
    """Which fields of a kind's row a digest covers. `without`: paths in them that erasure empties; a list on the way
    stands for each of its items. `rewritten`: why rows were altered since by something other than an event, such as a
    migration: then a digest of this form proves nothing any more."""

    fields: tuple[str, ...]
    without: tuple[str, ...] = ()
    rewritten: str = ""


@lru_cache(maxsize=1)
def forms() -> Mapping[str, tuple[Form, ...]]:
    """Every form that a release has used, by kind; events name them by their place, from 1."""
    text = (files("workflows.ledger") / "row_forms.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, tuple[Form, ...]])


def form_of(kind: str, number: int) -> Form | None:
    """A form by its number; None where no release up to this one has used it."""
    known = forms().get(kind, ())
    return known[number - 1] if 0 < number <= len(known) else None


def seal(kind: str, entity: msgspec.Struct) -> tuple[int, str] | tuple[None, None]:
    """The present form's number and the digest of a row that is about to be written; none for a kind without forms."""
    known = forms().get(kind)
    if not known:
        return None, None
    row = msgspec.to_builtins(entity, builtin_types=_DATETIMES)
    return len(known), digest(text_of(known[-1], row))


def text_of(form: Form, row: dict[str, Any]) -> bytes | None:
    """What is hashed of a row whose own instants are datetimes; None where it lacks a field of the form."""
    try:
        kept = {name: row[name] for name in form.fields}
    except KeyError:
        return None
    kept = in_utc(kept)
    for path in form.without:
        name, *below = path.split(".")
        if below:
            kept[name] = _without(kept[name], below)
        else:
            del kept[name]
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


def _without(value: Any, path: list[str]) -> Any:
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
