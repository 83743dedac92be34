"""What holds of every picture: it is XML, nothing overlaps, and it shows what its table says."""

from itertools import takewhile
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from service.pictures.drawing import FOOT, Drawing, clean
from service.pictures.picture import Picture

EDGE = 0.5
"""Pixels by which an estimate may be off."""


def tree(drawing: Drawing) -> Element:
    return ElementTree.fromstring(drawing.svg())


def words_of(drawing: Drawing) -> str:
    """All that it says, titles included."""
    return _said(tree(drawing))


def _said(root: Element) -> str:
    return " ".join(text for one in root.iter() for text in (one.text, one.tail) if text)


def right(picture: Picture) -> None:
    """Nothing overlaps or sticks out, it is named for who does not see it, and no figure of the table lacks."""
    for drawing in (picture.wide, picture.narrow):
        root = tree(drawing)
        ids = [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
        assert len(ids) == len(set(ids))
        assert {root.attrib["aria-labelledby"], root.attrib["aria-describedby"]} <= set(ids)
        assert root[0].text
        assert root[1].text
        assert {one.tag for one in root.iter()} <= {
            "svg", "title", "desc", "g", "a", "rect", "line", "path", "circle", "text",
        }  # fmt: skip
        assert not any("style" in one.attrib or name.startswith("on") for one in root.iter() for name in one.attrib)
        for box in drawing.texts:
            assert box.x > -EDGE, box
            assert box.x + box.width < drawing.across + EDGE, box
            assert box.y >= 0, box
            assert box.y + box.height <= drawing.y + FOOT, box
        boxes = sorted(drawing.texts, key=lambda box: box.y)
        for place, one in enumerate(boxes):
            for other in takewhile(lambda box: box.y < one.y + one.height, boxes[place + 1 :]):  # noqa: B023  # used up at once
                assert not one.overlaps(other), (one, other)
        said = _said(root)
        for row in picture.figures.rows:
            assert len(row) == len(picture.figures.head)
            for cell in row:
                figures = [part for part in clean(cell).split("; ") if any(char.isdigit() for char in part)]
                assert all(part in said for part in figures), (cell, row)
    ElementTree.fromstring(str(picture.__html__()))
