"""Requests of data subjects, as far as they concern the processor."""

from typing import Any, Final
from uuid import UUID

import msgspec

from service.http.lists import BY_ID, Listing, text, uuid
from service.http.request_context import WriteUnit
from service.http.shown import SubjectShown, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.intake.answers import request_lacks
from workflows.intake.requests import new_request
from workflows.machine.offers import request_actions
from workflows.model.request import Request, RequestIn
from workflows.request.table import REQUEST


class RequestShown(Request, SubjectShown, frozen=True, kw_only=True):
    """A request of a data subject."""


def shown(row: Any) -> RequestShown:
    """A row of `request_shown`."""
    entity = msgspec.json.decode(row["entity"], type=Request)
    offered = request_actions(REQUEST.actions(row["state"]), entity)
    return RequestShown(**msgspec.structs.asdict(entity), **standing(row, "request", offered))


REQUESTS: Final = Resource(
    kind="request",
    read="read_request",
    show=shown,
    shape=RequestShown,
    listing=Listing(
        block="list_requests",
        order=BY_ID,
        filters={"agreement_id": uuid, "customer_id": uuid, "kind": text, "received_from": text, "state": text},
    ),
)


async def _new(unit: WriteUnit, data: RequestIn) -> UUID:
    """A request goes on record: helped with in the agreement's time, or passed on at once."""
    new = await new_request(unit.connection, unit.engine, unit.acting, data)
    return (await unit.create(new))[0].id


_CUSTOMERS_WORD: Final = Preparation(lacks=lambda locked, given: request_lacks(locked.context.terms, given))

ROUTES: Final = routes(
    REQUESTS,
    create=Making(RequestIn, _new),
    actions={"assist": _CUSTOMERS_WORD, "written": _CUSTOMERS_WORD},
)
