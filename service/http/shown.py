"""What every subject shows: its own fields, where it stands, and what may be done with it now.

Rows come from the views of the schema (`agreement_shown`, …): the entity as JSON beside its state.
"""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec.structs import asdict, fields

from service.http.openapi.names import action_links

S = TypeVar("S", bound=msgspec.Struct)


class Merged(msgspec.StructMeta):
    """Gives a Struct the fields of further bases: of itself msgspec lets a Struct have one base only."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> Any:
        """A Struct on its first base, with the fields of the others before its own."""
        first, *others = bases
        annotations: dict[str, Any] = {}
        for other in others:
            for field in fields(other):
                annotations[field.name] = field.type
                if not field.required:
                    namespace.setdefault(field.name, field.default)
        namespace["__merged__"] = tuple(others)
        namespace["__annotations__"] = {**annotations, **namespace.get("__annotations__", {})}
        return super().__new__(mcs, name, (first,), namespace, **config)


class SubjectShown(msgspec.Struct, frozen=True, kw_only=True, metaclass=Merged):
    """Where a subject stands, beside its own fields."""

    state: str
    """Where it stands."""
    version: int
    """Counts its changes: `If-Match` takes it as the ETag says it."""
    actions: tuple[str, ...]
    """What this key may ask for now, each by `POST …/{id}/{action}`."""
    action_links: dict[str, str]
    """For each of `actions`, where this document describes it: its body, its answers and who may ask."""
    created_at: datetime
    """When it was put on record."""
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""


def own_fields(row: Any, shape: type[S]) -> dict[str, Any]:
    """The fields of a row's entity."""
    return asdict(msgspec.json.decode(row["entity"], type=shape))


def standing(kind: str, row: Any) -> dict[str, Any]:
    """The fields of `SubjectShown`, of a row of that kind that has its actions as `offered`."""
    return {
        "state": row["state"],
        "version": row["version"],
        "actions": row["offered"],
        "action_links": action_links(kind, row["offered"]),
        "created_at": row["created_at"],
        "set_apart": row["parked_why"],
    }
