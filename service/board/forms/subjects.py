"""What pages of actions say of a subject: its name, and the clocks of its processor."""

from typing import Any
from uuid import UUID

from litestar.connection import Request

from service.board.forms import calling
from service.board.forms.choices import Around, agreement_name, change_name
from service.board.names import names_of
from service.http.request_context import RequestContext


async def zone(request: Request[Any, Any, Any]) -> str:
    """The processor's time zone: local times on a form are on its clocks."""
    found = await calling.one(request, "processors", RequestContext(request).caller.tenant())
    zone: str = found["timezone"]
    return zone


async def own_zone(around: Around) -> str:
    """The clocks by which a subject's days are counted: those of its agreement, else the processor's."""
    id = around.subject.get("id")
    if id is None:
        return around.zone
    async with calling.FormCall(around.request).reading() as unit:
        found = (await names_of(unit, [UUID(id)])).get(UUID(id))
    return (found.zone if found is not None else "") or around.zone


def name(around: Around) -> str:
    """What a person calls a subject: never its id."""
    subject = around.subject
    match around.list:
        case "agreements":
            return agreement_name(around, subject)
        case "changes":
            return change_name(around, subject)
        case _:
            parts = [_first(around, "customer_name", "name", "subject", "summary", "text", "url", "reference")]
            parts += [subject["subprocessor_name"]] if subject.get("subprocessor_name") else []
            return ", ".join(str(one) for one in parts if one)


def _first(around: Around, *names: str) -> str:
    """The first of these that says something, in the reader's language where it was given so."""
    found = next((around.subject[one] for one in names if around.subject.get(one)), "")
    if isinstance(found, dict):
        return str(found.get(around.lang) or next(iter(found.values()), ""))
    return str(found)
