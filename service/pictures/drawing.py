"""A drawing: an SVG tree, so that nothing unescaped gets in, and the boxes of its texts.

Colours are classes of the one stylesheet, so both themes and paper are its matter. There are no scripts, no style
attributes (the pages' policy forbids them) and no fonts of its own.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import msgspec
from markupsafe import Markup

from service.pictures.measure import cut, width, wrapped

Anchor = Literal["start", "middle", "end"]

TINY: Final = 9.5
SMALL: Final = 11.0
NORMAL: Final = 13.0
LARGE: Final = 14.0
_SIZES: Final = {TINY: "tiny", SMALL: "small", NORMAL: "", LARGE: "large"}
"""The sizes that the stylesheet knows."""
LEADING: Final = 1.35
FOOT: Final = 4.0
"""What letters may need below the last line."""

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold, not even escaped (XML 1.0, 2.2)."""
_ASCENT: Final = 0.8
_BEFORE: Final = 2
"""Title and description come before all that is drawn."""
_APART: Final = 6
"""Pixels from one line of a hatching to the next."""


class Box(msgspec.Struct, frozen=True):
    """Where a text or a figure stands."""

    x: float
    y: float
    width: float
    height: float
    text: str = ""

    def overlaps(self, other: "Box") -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


class Drawing:
    """Drawn from top to bottom; `y` is how far it has come."""

    def __init__(self, name: str, across: float, title: str, description: str, *, links: bool = False) -> None:
        self.name = name
        self.across = across
        self.y = 0.0
        self.texts: list[Box] = []
        self._root = Element(
            "svg",
            {
                "role": "group" if links else "img",  # what is inside an image is not read out
                "aria-labelledby": f"{name}-title",
                "aria-describedby": f"{name}-desc",
                "focusable": "false",
            },
        )
        self._said(self._root, "title", title, id=f"{name}-title")
        self._said(self._root, "desc", description, id=f"{name}-desc")
        self._at = self._root

    def text(
        self,
        x: float,
        y: float,
        text: str,
        kind: str = "",
        *,
        size: float = NORMAL,
        anchor: Anchor = "start",
        most: float | None = None,
        bold: bool = False,
        whole: str = "",
    ) -> float:
        """One line on the baseline `y`, cut to `most` with the whole in its title; how wide it may be."""
        room = most if most is not None else self.across
        shown = cut(text, room, size, bold=bold)
        if not shown:
            return 0
        taken = width(shown, size, bold=bold)
        left = x - {"start": 0.0, "middle": taken / 2, "end": taken}[anchor]
        kinds = " ".join(one for one in (kind, _SIZES[size], "bold" if bold else "") if one)
        place = {"x": _n(x), "y": _n(y)} | ({"class": kinds} if kinds else {})
        if anchor != "start":
            place["text-anchor"] = anchor
        drawn = self._said(self._at, "text", shown, **place)
        if whole or shown != text:
            self._title(drawn, whole or text)
        self.texts.append(Box(left, y - size * _ASCENT, taken, size, text))
        return taken

    def lines(self, text: str, kind: str = "", *, size: float = NORMAL, bold: bool = False, x: float = 0) -> None:
        """A sentence over as many lines as it needs."""
        for line in wrapped(text, self.across - x, size, bold=bold):
            self.y += size * LEADING
            self.text(x, self.y, line, kind, size=size, bold=bold)

    def box(self, box: Box, kind: str, *, title: str = "", round_: float = 0) -> None:
        place = {"x": _n(box.x), "y": _n(box.y), "width": _n(box.width), "height": _n(box.height), "class": kind}
        if round_:
            place["rx"] = _n(round_)
        self._title(SubElement(self._at, "rect", place), title)

    def hatching(self, box: Box, kind: str = "") -> None:
        """Slanting lines over a box. No pattern: what was hidden when it was laid out prints without its patterns."""
        lines = []
        for step in range(1, int((box.width + box.height) / _APART) + 1):
            far = step * _APART
            low, high = max(0.0, far - box.width), min(far, box.height)
            if high > low:
                lines.append(f"M{_n(box.x + far - low)} {_n(box.y + low)}L{_n(box.x + far - high)} {_n(box.y + high)}")
        SubElement(self._at, "path", {"d": "".join(lines), "class": f"hatch {kind}".strip()})

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str, *, behind: bool = False) -> None:
        """A straight line; `behind` all that is drawn already."""
        place = {"x1": _n(x1), "y1": _n(y1), "x2": _n(x2), "y2": _n(y2), "class": kind}
        if behind:
            self._root.insert(_BEFORE, Element("line", place))
        else:
            SubElement(self._at, "line", place)

    def path(self, points: Sequence[tuple[float, float]], kind: str, *, closed: bool = False, title: str = "") -> None:
        """Straight lines through the points."""
        d = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + ("Z" if closed else "")
        self._title(SubElement(self._at, "path", {"d": d, "class": kind}), title)

    def dot(self, x: float, y: float, r: float, kind: str, *, title: str = "") -> None:
        self._title(SubElement(self._at, "circle", {"cx": _n(x), "cy": _n(y), "r": _n(r), "class": kind}), title)

    @contextmanager
    def group(self, title: str = "", *, href: str = "") -> Iterator[None]:
        """What belongs together: with a title, or a link."""
        before = self._at
        self._at = SubElement(before, "a" if href else "g", {"href": clean(href)} if href else {})
        self._title(self._at, title)
        yield
        self._at = before

    def svg(self) -> Markup:
        """The element as it goes into a page."""
        self._root.set("viewBox", f"0 0 {_n(self.across)} {_n(self.y + FOOT)}")
        self._root.set("width", _n(self.across))
        self._root.set("height", _n(self.y + FOOT))
        return Markup(ElementTree.tostring(self._root, encoding="unicode"))

    def _said(self, parent: Element, tag: str, text: str, **place: str) -> Element:
        made = SubElement(parent, tag, place)
        made.text = clean(text)
        return made

    def _title(self, parent: Element, text: str) -> None:
        if text:
            made = Element("title")
            made.text = clean(text)
            if parent.tag == "text":
                # A title goes before what it is about, so the text itself moves behind it.
                made.tail, parent.text = parent.text, None
            parent.insert(0, made)


def clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
