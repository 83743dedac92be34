"""The text of a web page or of a mail in HTML, in one pass: it may be anything that somebody else wrote. Pure."""

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
_TAG: Final = re.compile(r"<(?=[a-zA-Z/!?])")
"""Where a tag begins, a comment or a declaration; any other sign is text."""
_NAME: Final = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*)")
_ENDS: Final = {name: re.compile(rf"</{name}", re.IGNORECASE | re.ASCII) for name in _SILENT}


def lines_of(page: str) -> tuple[str, ...]:
    """What a reader sees of a page, line by line, without what is empty; cut where it is very long."""
    seen = (" ".join(line.split()) for line in shown_text(page).split("\n"))
    return tuple(line[:LONGEST_LINE] for line in seen if line)[:MOST_LINES]


def shown_text(page: str) -> str:
    """The same as one text, with the blanks and empty lines that it has."""
    parts: list[str] = []
    place = 0
    while place < len(page):
        tag = _TAG.search(page, place)
        if tag is None:
            parts.append(_plain(page[place:]))
            break
        begins = tag.start()
        parts.append(_plain(page[place:begins]))
        named = _NAME.match(page, begins + 1)
        if named is not None:
            name = named[1].lower()
            if name in _ENDS and page[begins + 1] != "/":
                ends = _ENDS[name].search(page, begins)
                place = _behind(page, ">", ends.start()) if ends is not None else len(page)
                continue
            parts.append(" " if name in _CELLS else "" if name in _FLOWING else "\n")
            place = _behind(page, ">", begins)
        else:
            place = _behind(page, "-->" if page.startswith("<!--", begins) else ">", begins)
    return "".join(parts).replace("\xa0", " ")


def _plain(text: str) -> str:
    text = text.replace("\n", " ").replace("\r", " ")
    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits is no character
        return text


def _behind(text: str, wanted: str, place: int) -> int:
    """Where what is wanted ends; the end of all where it is not, so that nothing is looked through twice."""
    found = text.find(wanted, place)
    return len(text) if found < 0 else found + len(wanted)
