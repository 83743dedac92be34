"""Customers: the other parties, and the people there whom messages reach."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from service.http.decode import bad
from service.http.lists import BY_ID, Listing, instant, label, one_of, state_of, text, uuid, words_of
from service.http.request_context import Locked, WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.engine.engine import New
from workflows.errors import NotFound, Refused
from workflows.intake.checks import missing
from workflows.intake.customers import CustomerIn, CustomerPatchIn, customer_update, looked_after_by, new_customer
from workflows.intake.external_ids import check_external_id
from workflows.model.parties import Customer, CustomerUpdate, Merge
from workflows.words import Language


class CustomerShown(Customer, SubjectShown, frozen=True, kw_only=True):
    """A customer, with the names of those who look after it."""

    manager_name: str | None
    deputy_name: str | None


def shown(row: Any) -> CustomerShown:
    """A row of `customer_shown`."""
    return CustomerShown(
        **own_fields(row, Customer), **standing("customer", row),
        manager_name=row["manager_name"], deputy_name=row["deputy_name"],
    )  # fmt: skip


CUSTOMERS: Final = Resource(
    kind="customer",
    read="read_customer",
    show=shown,
    shape=CustomerShown,
    listing=Listing(
        block="list_customers",
        order=BY_ID,
        filters={
            "name": text,
            "country": text,
            "language": words_of(Language),
            "role": one_of("controller", "processor"),
            "state": state_of("customer"),
            "q": text,
            "since": instant,
            "manager_id": uuid,
            "external_id": text,
            "label": label,
        },
    ),
)


async def _new(unit: WriteUnit, data: CustomerIn) -> UUID:
    """A new customer; its contacts get ids."""
    await _check_people(unit, unit.processor, data)
    entity = new_customer(data, unit.processor)
    await check_external_id(unit.connection, "customer", unit.processor, data.external_id)
    await unit.create(New(kind="customer", entity=entity))
    return entity.id


async def _changed(unit: WriteUnit, locked: Locked, data: CustomerPatchIn) -> CustomerUpdate:
    """Change what is given. `contacts` is the whole list: links of those left out open nothing any more."""
    await _check_people(unit, locked.entity.processor_id, data)
    found = customer_update(data, locked.entity)
    await check_external_id(unit.connection, "customer", locked.entity.processor_id, data.external_id, locked.id)
    return found


async def _check_people(unit: WriteUnit, processor: UUID, data: CustomerIn | CustomerPatchIn) -> None:
    """Who looks after a customer can sign in for its processor, and may do something there."""
    for field, id in looked_after_by(data).items():
        if not await unit.connection.fetchval(sql("may_act"), [processor], id):
            bad(field, "is no user who works for this processor as a manager or director")


async def _both(unit: WriteUnit, id: UUID, data: Merge) -> Sequence[UUID]:
    """Both are held at once, so that two merges cannot cross."""
    del unit, id
    return [data.into]


async def _merge(unit: WriteUnit, locked: Locked, data: Merge) -> Merge:
    """Merge a customer into another of the same processor, which was not merged itself."""
    found = await unit.connection.fetchval(sql("one_customer"), unit.processors, data.into)
    if found is None:
        raise NotFound(missing("customer", data.into, "into"))
    into = msgspec.json.decode(found, type=Customer)
    if into.merged_into is not None:
        raise Refused(f"That customer was merged itself: {into.merged_into} goes on in its place.", guard="merged")
    if into.processor_id != locked.entity.processor_id:
        bad("into", "is another processor's customer")
    return data


ROUTES: Final = routes(
    CUSTOMERS,
    create=Making(CustomerIn, _new),
    update=Preparation(body=CustomerPatchIn, prepare=_changed),
    actions={"merge": Preparation(prepare=_merge, also=_both)},
)
