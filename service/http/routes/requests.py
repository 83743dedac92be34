"""Requests of data subjects, as far as they concern the processor."""

from typing import Any, Final
from uuid import UUID

from service.http.lists import BY_ID, Listing, one_of, state_of, uuid, words_of
from service.http.request_context import WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.intake.answers import request_lacks
from workflows.intake.requests import new_request
from workflows.model.request import Request, RequestIn, RequestKind


class RequestShown(Request, SubjectShown, frozen=True, kw_only=True):
    """A request of a data subject."""


def shown(row: Any) -> RequestShown:
    """A row of `request_shown`."""
    return RequestShown(**own_fields(row, Request), **standing("request", row))


REQUESTS: Final = Resource(
    kind="request",
    read="read_request",
    show=shown,
    shape=RequestShown,
    listing=Listing(
        block="list_requests",
        order=BY_ID,
        filters={
            "agreement_id": uuid,
            "customer_id": uuid,
            "kind": words_of(RequestKind),
            "received_from": one_of("customer", "data_subject"),
            "state": state_of("request"),
        },
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
