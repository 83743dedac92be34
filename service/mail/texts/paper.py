"""A message as the parts of a letter: what `ui.letter.jinja` marks, taken apart. Pure."""

import re
from typing import Final, Literal

import msgspec

PartKind = Literal["title", "heading", "text", "small", "fact", "box", "quote", "rule", "item"]

_KINDS: Final[dict[str, PartKind]] = {
    "t": "title", "h": "heading", "p": "text", "s": "small", "f": "fact", "b": "box", "q": "quote", "r": "rule",
    "i": "item",
}  # fmt: skip
_PART: Final = re.compile("\x02([a-z])([^\x02\x03]*)\x03|([^\x02\x03]+)")
_BETWEEN: Final = "\x1f"


class PaperPart(msgspec.Struct, frozen=True):
    """A part of a letter: its words, and of a fact what it is called."""

    kind: PartKind
    text: str
    label: str = ""


def parts_of(marked: str) -> tuple[PaperPart, ...]:
    """The parts in their order; what stands in no part of a processor's own template is a paragraph."""
    found: list[PaperPart] = []
    for mark, inside, outside in _PART.findall(marked):
        if outside:
            found += [PaperPart("text", said) for one in outside.split("\n\n") if (said := _plain(one))]
            continue
        label, between, value = inside.partition(_BETWEEN)
        text = _plain(value if between else inside)
        if text or mark == "r":
            found.append(PaperPart(_KINDS[mark], text, _plain(label) if between else ""))
    return tuple(found)


def as_written(text: str) -> tuple[PaperPart, ...]:
    """The paragraphs of a message in plain text, for a template whose own building blocks no letter knows."""
    return tuple(PaperPart("text", said) for one in text.split("\n\n") if (said := _plain(one)))


def _plain(text: str) -> str:
    return " ".join(text.split())
