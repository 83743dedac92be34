"""The text of a web page, line by line, in one pass: a page may be anything that somebody else wrote. Pure."""

import html
import re
from typing import Final

MOST_LINES: Final = 4_000
LONGEST_LINE: Final = 400

_SILENT: Final = ("script", "style", "template", "noscript", "svg", "head")
"""Elements whose text nobody reads."""
_FLOWING: Final = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "s",
     "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr")
)  # fmt: skip
"""Elements that do not end a line."""
_CELLS: Final = frozenset(("td", "th"))
_NAME: Final = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*)")


def lines_of(page: str) -> tuple[str, ...]:
    """What a reader sees of a page, without what is empty; cut where it is very long."""
    parts: list[str] = []
    place = 0
    lower = page.lower()
    while place < len(page):
        begins = page.find("<", place)
        if begins < 0:
            parts.append(_plain(page[place:]))
            break
        parts.append(_plain(page[place:begins]))
        if page.startswith("<!--", begins):
            place = _behind(page, "-->", begins)
            continue
        named = _NAME.match(page, begins + 1)
        ends = _behind(page, ">", begins)
        if named is None:
            if page[begins + 1 : begins + 2] not in ("!", "?"):
                parts.append("<")
                ends = begins + 1
            place = ends
            continue
        name = named[1].lower()
        if name in _SILENT and page[begins + 1] != "/":
            place = _behind(lower, ">", _at(lower, f"</{name}", begins))
            continue
        parts.append(" " if name in _CELLS else "" if name in _FLOWING else "\n")
        place = ends
    seen = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return tuple(line[:LONGEST_LINE] for line in seen if line)[:MOST_LINES]


def _plain(text: str) -> str:
    return html.unescape(" ".join(text.split(" ")).replace("\n", " ").replace("\r", " "))


def _at(text: str, wanted: str, place: int) -> int:
    """Where something stands; at the end where it does not, so that no part of a page is looked through twice."""
    found = text.find(wanted, place)
    return len(text) if found < 0 else found


def _behind(text: str, wanted: str, place: int) -> int:
    found = text.find(wanted, place)
    return len(text) if found < 0 else found + len(wanted)
