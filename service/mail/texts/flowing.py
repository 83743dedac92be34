"""Plain text in lines: paragraphs are broken between words, and addresses never."""

import re
from typing import Final

_WIDTH: Final = 72
_HELD: Final = re.compile(r"[\u00a0\u202f]")
_SPACE: Final = re.compile(r"[^\S\u00a0\u202f]+")
"""Where a line may be broken: not at a space that holds two words together."""


def words_of(text: str) -> list[str]:
    """A text in words; what a space that holds together has joined is one."""
    return [one for one in _SPACE.split(text) if one] if _HELD.search(text) else text.split()


def flow(text: str, first: str = "", rest: str = "") -> str:
    """One paragraph of plain text: words in lines of 72 characters, an address never broken."""
    lines: list[str] = []
    line, length = [first] if first else [], len(first)
    start = True
    for word in words_of(str(text)):
        more = len(word) + (0 if start else 1)
        if not start and length + more > _WIDTH:
            lines.append("".join(line))
            line, length, start, more = [rest], len(rest), True, len(word)
        if not start:
            line.append(" ")
        line.append(word)
        length += more
        start = False
    lines.append("".join(line))
    return "\n".join(lines)


def dense(text: str) -> str:
    """The text without its empty lines."""
    return "\n".join(line for line in str(text).split("\n") if line.strip())
