"""A list of subprocessors as it is published for programs: `/s/{slug}/subprocessors.json`, and what others publish so.

The shape is a format of its own, which others may write and read: its JSON Schema stands at one address for ever, and
what breaks it is a new format with a new number.
"""

import json
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from workflows.words import Language

FORMAT: Final = "urn:termijn:subprocessors:1"
"""What this format is called, wherever it is published."""
SCHEMA_PATH: Final = "/schemas/subprocessors-1.json"
"""Where each installation has its schema."""
_COUNTRY: Final = msgspec.Meta(description="ISO 3166-1 alpha-2; null where nobody has said, or it is several.")

ListedKind = Literal["add", "replace", "remove", "relocate"]


class Publisher(msgspec.Struct, frozen=True, kw_only=True):
    """Whose list it is."""

    name: str
    slug: str = ""


class SubprocessorInUse(msgspec.Struct, frozen=True, kw_only=True):
    """A subprocessor that works for some customer, in this country, since (UTC); `until` where its end is known."""

    id: UUID | None = None
    """The same for as long as the list has it."""
    name: str
    service: str
    country: Annotated[str | None, _COUNTRY]
    since: datetime
    until: datetime | None = None
    address: str | None = None
    transfer_basis: str | None = None
    service_in: dict[Language, str] = {}


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """A change of subprocessors that customers were told of and that is not through yet.

    `effective_on` is the day for which it is planned, and null where it begins as agreed with each customer.
    """

    id: UUID
    kind: ListedKind
    name: str
    service: str
    country: Annotated[str | None, _COUNTRY]
    announced_at: datetime
    subprocessor_id: UUID | None = None
    """The same as in `in_use`, once it is there."""
    address: str | None = None
    transfer_basis: str | None = None
    from_country: str | None = None
    replaces: str | None = None
    replaces_id: UUID | None = None
    effective_on: date | None = None
    service_in: dict[Language, str] = {}
    published_at: datetime | None = None
    """Since when a page is on record on which it was published."""


class PublicList(msgspec.Struct, frozen=True, kw_only=True):
    """Who works for a processor, and what is announced. It tells of changes beside the notices under agreements, and
    takes the place of none."""

    schema: str = msgspec.field(name="$schema", default="")
    """Where this schema stands."""
    processor: Publisher
    in_use: tuple[SubprocessorInUse, ...]
    announced: tuple[Announced, ...]


def list_schema() -> bytes:
    """The format as a JSON Schema (2020-12)."""
    made: dict[str, Any] = msgspec.json.schema(PublicList)
    parts = made.pop("$defs")
    for one in parts.values():
        one["description"] = " ".join(one["description"].split())
    whole = parts.pop("PublicList")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": FORMAT, "title": "List of subprocessors"}
    return (json.dumps({**head, **whole, "title": head["title"], "$defs": parts}, indent=2) + "\n").encode()


def main() -> None:
    """Print the schema."""
    print(list_schema().decode(), end="")


if __name__ == "__main__":
    main()
