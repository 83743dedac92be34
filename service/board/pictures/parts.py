"""The pictures on the page of a subject: what its kind has, and where it stands."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup

from service.board.desk import PageDesk
from service.board.forms.offers import Offers
from service.board.pictures.agreement import foreseen_of, life_picture
from service.board.pictures.breach import breach_picture
from service.board.pictures.change import change_picture
from service.board.pictures.states import states_picture
from service.foresight.told import EventForeseen
from service.http.request_context import ReadUnit
from service.http.subjects import Resource
from service.pictures.machine import DrawnAction
from service.pictures.picture import Picture
from service.pictures.words import sentences
from workflows.kinds import WORKFLOWS

_AHEAD: Final = "ahead"
_FEW: Final = 2
"""A kind with no more states than this has no way to draw."""


class DrawnPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a page that is a picture; `more` leads to more of it."""

    id: str
    title: str
    picture: Picture
    more: Markup = Markup()


async def foreseen_for(desk: PageDesk, resource: Resource, id: UUID) -> Sequence[EventForeseen] | None:
    """What comes, where the reader asks the picture of an agreement for it; None where not."""
    asked = resource.kind == "agreement" and _AHEAD in desk.request.query_params
    return await foreseen_of(desk, id) if asked else None


async def drawn_parts(
    desk: PageDesk, unit: ReadUnit, resource: Resource, shown: Any, foreseen: Sequence[EventForeseen] | None
) -> tuple[DrawnPart, ...]:
    """The picture that a subject of this kind has of its own; `shown` is as the API shows it."""
    said, zone = sentences(desk.lang), desk.house.timezone
    title = said(f"part.{resource.kind}") if f"part.{resource.kind}" in said else ""
    more = Markup()
    found: Picture | None = None
    match resource.kind:
        case "agreement":
            found = await life_picture(desk, unit, shown.id, title, zone, foreseen or ())
            if foreseen is None:
                more = desk.link(f"{resource.path}/{shown.id}", said("part.ahead"), **{_AHEAD: "1"})
        case "change":
            found = await change_picture(unit.connection, unit.processors, shown, title, zone, desk.lang)
        case "breach":
            found = breach_picture(shown, title, zone, desk.lang)
    return (DrawnPart(id="drawn", title=title, picture=found, more=more),) if found is not None else ()


def drawn_states(desk: PageDesk, resource: Resource, shown: Any, offers: Offers) -> DrawnPart | None:
    """Where a subject stands; None where its kind has too few states to draw."""
    if len(WORKFLOWS[resource.kind].states) <= _FEW:
        return None
    title = sentences(desk.lang)("part.states")
    actions = [DrawnAction(one.label.unescape(), one.href) for one in offers.mine if one.href]
    picture = states_picture(resource.kind, resource.path, shown.id, title, shown.state, actions, desk.lang)
    return DrawnPart(id="states", title=title, picture=picture)
