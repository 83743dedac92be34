"""Whether a subprocessor is bound to the same duties: before that the gate says no, whatever was announced (P21)."""

from uuid import UUID

import msgspec
from markupsafe import Markup

from service.board.desk import PageDesk
from service.board.forms.deeds import UPDATE, deeds
from service.http.request_context import ReadUnit
from service.http.routes.subprocessors import SUBPROCESSORS
from workflows.change.guards import PLACED
from workflows.model.parties import Subprocessor
from workflows.time import local_day


async def unbound(desk: PageDesk, unit: ReadUnit, kind: str, subprocessor: UUID | None) -> Markup:
    """That a change of this kind may not be used yet, and the form that mends it; nothing where it may."""
    if kind not in PLACED or subprocessor is None:
        return Markup()
    row = await SUBPROCESSORS.row(unit, subprocessor)
    return still_unbound(desk, msgspec.json.decode(row["entity"], type=Subprocessor))


def still_unbound(desk: PageDesk, one: Subprocessor) -> Markup:
    """The same of a subprocessor that is at hand."""
    if one.bound_by(local_day(desk.now, desk.house.timezone)):
        return Markup()
    name = desk.link(f"subprocessors/{one.id}", one.name)
    if one.bound_on is not None:
        said = desk.w("stopped.bound_later", name=name, day=desk.w.day(one.bound_on))
    else:
        said = desk.w("stopped.unbound", name=name)
    if not desk.call().caller.may(deeds()["subprocessors", UPDATE].role):
        return said
    return said + " " + desk.link(f"subprocessors/{one.id}/{UPDATE}", desk.w("stopped.enter"))
