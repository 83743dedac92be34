"""Rows of two statements that undo each other, kept in the order in which steps asked for them. Pure."""

from collections.abc import Hashable, Iterator
from typing import Any

Rows = list[dict[str, Any]]


class Rounds:
    """In each round all ends are written, then all beginnings: as few rounds as the order of each key's rows needs.

    A batch may begin what it ends again, and end what it begins: a window that an answer overtakes, an engagement
    that an objection in time takes back. Most batches need one round.
    """

    def __init__(self) -> None:
        self._rounds: list[tuple[Rows, Rows]] = []
        self._last: dict[Hashable, tuple[int, bool]] = {}
        """The round of a key's last row, and whether that began something."""

    def end(self, key: Hashable, row: dict[str, Any]) -> None:
        """A row that ends something of this key, after whatever it began."""
        number, began = self._last.get(key, (0, False))
        self._add(key, number + began, False, row)

    def begin(self, key: Hashable, row: dict[str, Any], *, apart: bool = False) -> None:
        """A row that begins something of this key; `apart` from what it began before, which it may replace."""
        number, began = self._last.get(key, (0, False))
        self._add(key, number + (began and apart), True, row)

    def __iter__(self) -> Iterator[tuple[Rows, Rows]]:
        return iter(self._rounds)

    def keys(self) -> list[Hashable]:
        """Of which anything begins or ends."""
        return list(self._last)

    def begun(self) -> Rows:
        """All rows that begin something, over all rounds."""
        return [row for _, begins in self._rounds for row in begins]

    def _add(self, key: Hashable, number: int, begins: bool, row: dict[str, Any]) -> None:
        if number == len(self._rounds):
            self._rounds.append(([], []))
        self._rounds[number][begins].append(row)
        self._last[key] = (number, begins)
