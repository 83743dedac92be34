"""What is wrong with a file, by line and column, told all at once. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from workflows.errors import BadInput, Problem


class WrongCell(msgspec.Struct, frozen=True):
    """One thing wrong: its line (1 is the first), its column's heading or nothing, and what would be right."""

    line: int
    column: str
    message: str


def refuse(wrong: Iterable[WrongCell]) -> None:
    """Raise BadInput with everything in `wrong`, by line; nothing there, nothing raised.

    A problem's path is its place: `line 12, column 'Land'`.
    """
    if found := sorted(wrong, key=lambda one: one.line):
        raise failure(found)


def failure(found: list[WrongCell]) -> BadInput:
    """The error that names these places."""
    lines = len({one.line for one in found})
    detail = "1 line is wrong; nothing was loaded." if lines == 1 else f"{lines} lines are wrong; nothing was loaded."
    return BadInput(detail, tuple(Problem(_place(one), one.message) for one in found))


def _place(one: WrongCell) -> str:
    return f"line {one.line}, column {one.column!r}" if one.column else f"line {one.line}"


class Findings:
    """Gathers what is wrong with rows; fields are named as the file's own heading names them."""

    def __init__(self, headings: Mapping[str, str]) -> None:
        self._headings = headings
        self.wrong: list[WrongCell] = []
        self.endless: Counter[str] = Counter()
        """What was read as "no end", as it is written there."""

    def add(self, line: int, field: str, message: str) -> None:
        """Note one thing; `field` is ours, such as `starts_on`, or nothing for the whole line."""
        self.wrong.append(WrongCell(line, self._headings.get(field, field), message))

    def add_once(self, line: int, field: str, message: str) -> None:
        """Note it unless it was noted so before."""
        if WrongCell(line, self._headings.get(field, field), message) not in self.wrong:
            self.add(line, field, message)

    def done(self) -> None:
        """Raise BadInput with everything noted, by line."""
        refuse(self.wrong)
