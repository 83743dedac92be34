"""What rows have alike is said once, and put together again it is the rows."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from workflows.engine.alike import said_once

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Line(msgspec.Struct):
    id: int
    change: UUID
    said: tuple[str, ...] = ()
    data: Any = None
    at: datetime | None = None


def again(rows: list[Any]) -> Any:
    """As the database has them."""
    each, alike = said_once(rows)
    return msgspec.json.decode(msgspec.json.encode([{**alike, **one} for one in each]))


@pytest.mark.parametrize("rows", [
    [Line(1, UUID(int=7))],
    [Line(1, UUID(int=7)), Line(2, UUID(int=7))],
    [Line(1, UUID(int=7), data=True), Line(1, UUID(int=7), data=1), Line(1, UUID(int=7), data=1.0)],
    [Line(1, UUID(int=7), ("a",), {"copy": 1}, NOON), Line(1, UUID(int=7), ("a",), {"copy": True}, NOON)],
    [Line(1, UUID(int=7), at=NOON), Line(1, UUID(int=8))],
    [{"id": 1, "kind": "one", "none": None}, {"id": 2, "kind": "one", "none": None}],
    [{"id": 1, "kind": "one"}, {"id": 1, "kind": "one"}],
], ids=str)  # fmt: skip
def test_rows_come_together_again_as_they_were(rows: list[Any]) -> None:
    assert msgspec.json.encode(again(rows), order="sorted") == msgspec.json.encode(rows, order="sorted")


def test_what_is_the_same_in_all_is_said_once() -> None:
    change = str(UUID(int=7))
    each, alike = said_once([Line(number, UUID(change)) for number in (1, 2)])
    assert each == [{"id": 1}, {"id": 2}]
    assert alike == {"change": UUID(change), "said": (), "data": None, "at": None}
