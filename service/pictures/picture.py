"""A picture as a page shows it: drawn once wide and once narrow, with the same figures as a table."""

from collections.abc import Callable
from typing import Final

import msgspec
from markupsafe import Markup, escape

from service.pictures.drawing import Drawing, clean
from service.pictures.words import Lang, sentences

WIDE: Final = 616.0
NARROW: Final = 252.0
"""What a page leaves at a width of 320 pixels."""


class Figures(msgspec.Struct, frozen=True):
    """The table beside a picture. The first cell of a row says what the row is about."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """`name` begins the ids in it, so no two on a page have the same."""

    name: str
    lang: Lang
    title: str
    wide: Drawing
    narrow: Drawing
    figures: Figures

    def __html__(self) -> Markup:
        """What a template puts in: `{{ picture }}`."""
        said, title = sentences(self.lang), clean(self.title)
        head = Markup().join(Markup('<th scope="col">{}</th>').format(clean(one)) for one in self.figures.head)
        rows = Markup("\n".join(map(_row, self.figures.rows)))  # each cell is escaped there
        return Markup(
            '<figure class="picture">\n<div class="wide">{}</div>\n<div class="narrow">{}</div>\n'
            '<details class="figures">\n<summary>{}<span class="unseen">: {}</span></summary>\n'
            "<table>\n<caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>\n"
            "</details>\n</figure>"
        ).format(self.wide.svg(), self.narrow.svg(), said("picture.figures"), title, title, head, rows)


def both(
    name: str, lang: Lang, title: str, description: str, figures: Figures, draw: Callable[[Drawing], None],
    *, links: bool = False,
) -> Picture:  # fmt: skip
    """Draw it in both widths; `draw` looks at how far the drawing goes across."""
    wide, narrow = (
        Drawing(f"{name}-{width}", across, title, description, links=links)
        for width, across in (("wide", WIDE), ("narrow", NARROW))
    )
    for drawing in (wide, narrow):
        draw(drawing)
    return Picture(name=name, lang=lang, title=title, wide=wide, narrow=narrow, figures=figures)


def _row(cells: tuple[str, ...]) -> str:
    first, *rest = (escape(clean(one)) for one in cells)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{one}</td>" for one in rest)}</tr>'
