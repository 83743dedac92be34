"""A change over its customers: how far it has come, and from when which share of them may be served."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from service.pictures import words
from service.pictures.drawing import LEADING, NORMAL, SMALL, Box, Drawing
from service.pictures.grid import Cell, grid, heading
from service.pictures.picture import WIDE, Figures, Picture, both
from service.pictures.words import Lang, sentences

NAMED: Final = 10
"""So many of those who hold a change back are named."""
MOST_DAYS: Final = 40
"""On so many days the share is drawn; where it grows on more, on some of them and on the last."""
_BAR: Final = 12.0


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """How many agreements stand where, each in one place, and how many are still `waiting` to be told.

    `served`: the day from which how many more may be served, in order. `holding` are the first of those without whom it
    does not go on, with where each stands, `more` how many others there are.
    """

    stands: tuple[tuple[str, int], ...]
    waiting: int = 0
    served: tuple[tuple[date, int], ...] = ()
    holding: tuple[tuple[str, str], ...] = ()
    more: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(count for _, count in self.stands) + self.waiting


def audience(name: str, title: str, one: Audience, lang: Lang) -> Picture:
    """Draw the counts as bars, the growing share as cells and the names below them; in the table the counts come to
    what stands as their total."""
    said = sentences(lang)
    counts = [*one.stands, *([(said("audience.untold"), one.waiting)] if one.waiting else [])]
    days = _growing(one)
    counts.append((said("audience.total"), one.total))
    rows = [(label, str(count), _share(count, one.total)) for label, count in counts]
    rows += [
        (said("audience.served", day=words.day(day, lang)), str(count), _share(count, one.total)) for day, count in days
    ]
    rows += [(said("audience.holding"), *holder) for holder in one.holding[:NAMED]]
    more = one.more + max(len(one.holding) - NAMED, 0)
    if more:
        rows.append((said("audience.holding"), said("audience.more", count=more), ""))
    head = (said("audience.step"), said("audience.part"), said("audience.share"))

    def draw(drawing: Drawing) -> None:
        for label, count in counts:
            _bar(drawing, label, count, one.total, lang)
        heading(drawing, said("audience.by_day"))
        if days:
            columns = 8 if drawing.across >= WIDE else 3
            grid(drawing, _cells(days, one.total, columns, lang), columns)
        else:
            drawing.lines(said("audience.undated"), size=SMALL)
        _holders(drawing, one, more, lang)

    return both(name, lang, title, said("audience.description"), Figures(head, tuple(rows)), draw)


def _share(count: int, total: int) -> str:
    """Rounded, but never up to all, nor down to none."""
    if not total:
        return "–"
    share = (200 * count + total) // (2 * total)
    if count < total:
        share = min(share, 99)
    return f"{share} %" if share or not count else "< 1 %"


def _growing(one: Audience) -> list[tuple[date, int]]:
    """How many may be served by then, on the days on which they become more."""
    reached, found = 0, []
    for day, count in sorted(one.served):
        reached += count
        found.append((day, reached))
    if len(found) <= MOST_DAYS:
        return found
    step = -(-len(found) // MOST_DAYS)
    return [*found[step - 1 : -1 : step], found[-1]]


def _bar(drawing: Drawing, label: str, count: int, total: int, lang: Lang) -> None:
    text = sentences(lang)("audience.of", name=label, part=count, count=total)
    drawing.y += NORMAL * LEADING
    taken = drawing.text(drawing.across, drawing.y, _share(count, total), size=NORMAL, anchor="end", bold=True)
    drawing.text(0, drawing.y, text, size=NORMAL, most=drawing.across - taken - 8)
    drawing.y += 4
    whole = Box(0, drawing.y, drawing.across, _BAR)
    drawing.box(whole, "cell plain", round_=3)
    if count and total:
        drawing.box(msgspec.structs.replace(whole, width=max(drawing.across * min(count / total, 1), 3)), "fill",
                    round_=3, title=text)  # fmt: skip
    drawing.y += _BAR + 2


def _cells(days: Sequence[tuple[date, int]], total: int, columns: int, lang: Lang) -> list[Cell]:
    said = sentences(lang)
    return [
        Cell(
            kind="plain",
            top=words.tick(day, lang),
            middle=_share(count, total).replace(" ", "\u202f"),
            above=str(day.year) if place == 0 or day.year != days[place - 1][0].year else "",
            title=said(
                "audience.day",
                day=said("audience.served", day=words.day(day, lang)),
                share=_share(count, total),
                part=count,
                count=total,
            ),
            share=min(count / total, 1) if total else 0,
            row=place // columns,
            column=place % columns,
        )
        for place, (day, count) in enumerate(days)
    ]


def _holders(drawing: Drawing, one: Audience, more: int, lang: Lang) -> None:
    said = sentences(lang)
    if not one.holding and not more:
        drawing.lines(said("audience.nobody"))
        return
    heading(drawing, said("audience.holding"))
    for name, state in one.holding[:NAMED]:
        drawing.y += SMALL * LEADING + 2
        drawing.dot(4, drawing.y - 4, 2, "told")
        holder = said("audience.holder", name=name, state=state)
        drawing.text(12, drawing.y, holder, size=SMALL, most=drawing.across - 12)
    if more:
        drawing.y += SMALL * LEADING + 2
        drawing.text(12, drawing.y, said("audience.more", count=more), "quiet", size=SMALL)
