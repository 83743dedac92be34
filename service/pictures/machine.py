"""The states of a kind of subject as its table has them, the current one lit, with what may be done now as links.

States stand in layers, by how many steps they are from the beginning. A way to the next layer is a straight line; any
other goes round in the margin, so that no line crosses a state.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from service.pictures.drawing import NORMAL, SMALL, Box, Drawing
from service.pictures.grid import heading
from service.pictures.measure import cut, width, wrapped
from service.pictures.picture import WIDE, Figures, Picture, both
from service.pictures.words import Lang, sentences
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import UNBORN

Name = Callable[[str], str]

FEW: Final = 20
"""Up to so many ways are all drawn; of more, those that touch the current state. The table has all."""
_TRACK: Final = 5.0
_HIGH: Final = 42.0
_LINES: Final = 3
_GAP: Final = 8.0


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow's states in layers, and the ways between them with their triggers."""

    layers: tuple[tuple[str, ...], ...]
    ways: Mapping[tuple[str, str], tuple[str, ...]]
    stays: Mapping[str, tuple[str, ...]]
    final: frozenset[str]


class DrawnAction(msgspec.Struct, frozen=True):
    """An action that is allowed now: its name in words, and where it is done; without an address it is no link."""

    text: str
    href: str = ""


def graph(workflow: Workflow[Any, Any]) -> Graph:
    """Read a table."""
    table = workflow.table
    ways: dict[tuple[str, str], list[str]] = {}
    stays: dict[str, list[str]] = {}
    for row in table.rows:
        for source in row.source:
            if source == UNBORN:
                continue
            if row.dest in (None, source):
                stays.setdefault(source, []).append(row.trigger)
            elif row.dest is not None:
                ways.setdefault((source, row.dest), []).append(row.trigger)
    return Graph(
        layers=_layers(table.initial, list(workflow.states), list(ways)),
        ways={way: tuple(dict.fromkeys(triggers)) for way, triggers in ways.items()},
        stays={state: tuple(dict.fromkeys(triggers)) for state, triggers in stays.items()},
        final=frozenset(state.name for state in table.states if state.final),
    )


def _layers(initial: str, states: Sequence[str], ways: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    depth = {initial: 0}
    ahead = [initial]
    while ahead:
        here = ahead.pop(0)
        for source, dest in ways:
            if source == here and dest not in depth:
                depth[dest] = depth[here] + 1
                ahead.append(dest)
    deepest = max(depth.values()) + 1
    return tuple(tuple(one for one in states if depth.get(one) == layer) for layer in range(deepest))


def machine(
    name: str,
    title: str,
    workflow: Workflow[Any, Any],
    state: str,
    lang: Lang,
    *,
    state_name: Name,
    trigger_name: Name,
    actions: Sequence[DrawnAction] = (),
) -> Picture:
    """Draw it with `state` lit. The names are how readers know states and triggers."""
    said, drawn = sentences(lang), graph(workflow)
    rows = [
        (state_name(source), _said(trigger_name, triggers), state_name(dest))
        for (source, dest), triggers in drawn.ways.items()
    ]
    rows += [
        (state_name(source), _said(trigger_name, triggers), said("machine.stays"))
        for source, triggers in drawn.stays.items()
    ]
    figures = Figures((said("machine.from"), said("machine.by"), said("machine.to")), tuple(rows))
    description = said("machine.description", state=state_name(state))

    def draw(drawing: Drawing) -> None:
        places = _places(drawing, drawn)
        ways = _shown(drawn, state)
        for source, dest in ways:
            triggers = _said(trigger_name, drawn.ways[source, dest])
            title = f"{state_name(source)} → {state_name(dest)}: {triggers}"
            _way(drawing, places, source, dest, ways, title, lit=source == state)
        for one, box in places.items():
            _state(drawing, box, state_name(one), lang, lit=one == state, final=one in drawn.final)
        drawing.y = max(box.y + box.height for box in places.values()) + 3 * _GAP
        if len(drawn.ways) > FEW:
            drawing.lines(said("machine.some"), "quiet", size=SMALL)
            drawing.y += 4
        _actions(drawing, actions, lang)

    return both(name, lang, title, description, figures, draw, links=True)


def _said(name: Name, triggers: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(map(name, triggers)))


def _shown(drawn: Graph, state: str) -> list[tuple[str, str]]:
    """Every way, those that leave `state` last and so on top; of very many only those that touch it."""
    few = len(drawn.ways) <= FEW
    return sorted((way for way in drawn.ways if few or state in way), key=lambda way: way[0] == state)


def _margin(drawn: Graph) -> float:
    """What the ways around take: a track each."""
    order = {one: place for place, layer in enumerate(drawn.layers) for one in layer}
    around = sum(1 for source, dest in drawn.ways if order[dest] != order[source] + 1)
    return min(around, 10) * _TRACK


def _places(drawing: Drawing, drawn: Graph) -> dict[str, Box]:
    """Where each state stands: layers from top to bottom, as many side by side as have room."""
    left = right = _margin(drawn) / 2 + 4
    room = drawing.across - left - right
    side = 4 if drawing.across >= WIDE else 2
    gap = _TRACK * 5
    places: dict[str, Box] = {}
    for layer in drawn.layers:
        for start in range(0, len(layer), side):
            row = layer[start : start + side]
            across = room / len(row)
            wide = min(across - _GAP, room / side - _GAP)
            drawing.y += gap
            for place, one in enumerate(row):
                x = left + across * place + (across - wide) / 2
                places[one] = Box(x, drawing.y, wide, _HIGH)
            drawing.y += _HIGH
    return places


def _way(
    drawing: Drawing, places: Mapping[str, Box], source: str, dest: str, ways: Sequence[tuple[str, str]], title: str,
    *, lit: bool,
) -> None:  # fmt: skip
    """A line from the foot of one state to the head of another, with its arrow."""
    begin, end = places[source], places[dest]
    x1, x2 = (
        _port(begin, (source, dest), [way for way in ways if way[0] == source]),
        _port(end, (source, dest), [way for way in ways if way[1] == dest]),
    )
    foot, head = begin.y + begin.height, end.y
    lanes = sorted({box.y for box in places.values()})
    kind = "way lit" if lit else "way"
    if lanes.index(end.y) == lanes.index(begin.y) + 1:
        points = [(x1, foot), (x2, head)]
    else:
        place = ways.index((source, dest))
        track = (place % 10 + 1) * _TRACK / 2
        x = track if end.y <= begin.y else drawing.across - track
        leave, arrive = foot + 4 + place % 4 * 3, head - 8 - place % 4 * 3
        points = [(x1, foot), (x1, leave), (x, leave), (x, arrive), (x2, arrive), (x2, head)]
    drawing.path(points, kind, title=title)
    tip = 4.5 if lit else 3.5
    drawing.path([(x2 - tip, head - tip * 1.6), (x2 + tip, head - tip * 1.6), (x2, head)],
                 "head lit" if lit else "head", closed=True)  # fmt: skip


def _port(box: Box, way: tuple[str, str], ways: Sequence[tuple[str, str]]) -> float:
    """Where on the edge of a state a way begins or ends: each has its own place."""
    return box.x + box.width * (ways.index(way) + 1) / (len(ways) + 1)


def _state(drawing: Drawing, box: Box, name: str, lang: Lang, *, lit: bool, final: bool) -> None:
    said = sentences(lang)
    title = "; ".join([name, *([said("machine.now")] if lit else []), *([said("machine.end")] if final else [])])
    with drawing.group(title):
        drawing.box(box, "cell last" if lit else "cell plain", round_=6)
        if final:
            drawing.box(
                Box(box.x + 3, box.y + 3, box.width - 6, box.height - 6), "inner lit" if lit else "inner", round_=4
            )
        text = f"▸ {name}" if lit else name
        lines = list(wrapped(text, box.width - 10, SMALL, bold=lit))
        if len(lines) > _LINES:
            lines = [*lines[: _LINES - 1], cut(" ".join(lines[_LINES - 1 :]), box.width - 10, SMALL, bold=lit)]
        y = box.y + box.height / 2 + 4 - (len(lines) - 1) * 6
        for line in lines:
            drawing.text(box.x + box.width / 2, y, line, "turned" if lit else "", size=SMALL, anchor="middle", bold=lit)
            y += 12


def _actions(drawing: Drawing, actions: Sequence[DrawnAction], lang: Lang) -> None:
    """What may be done now, each a link that is large enough to hit."""
    said = sentences(lang)
    if not actions:
        drawing.lines(said("machine.none"), size=NORMAL)
        return
    heading(drawing, said("machine.actions"))
    x, high = 0.0, 28.0
    for act in actions:
        wide = min(width(act.text, NORMAL) + 20, drawing.across)
        if x and x + wide > drawing.across:
            x, drawing.y = 0, drawing.y + high + _GAP
        with drawing.group(href=act.href):
            drawing.box(Box(x + 1, drawing.y, wide - 2, high), "button" if act.href else "cell plain", round_=8)
            drawing.text(x + 10, drawing.y + 18.5, act.text, size=NORMAL, most=wide - 20)
        x += wide + _GAP
    drawing.y += high + 2
