"""Customers: the other parties, and the people there whom messages reach."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.http.decode import bad
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, text
from service.http.request_context import RequestContext, WriteUnit
from service.http.subjects import Resource, actions, reading
from service.http.views import CustomerShown, customer
from workflows.engine.engine import New
from workflows.errors import NotFound, Refused
from workflows.intake.checks import missing
from workflows.intake.customers import CustomerIn, CustomerPatch, customer_update, new_customer
from workflows.model.parties import Customer, Merge

CUSTOMERS: Final = Resource(
    kind="customer",
    read="read_customer",
    show=customer,
    shape=CustomerShown,
    listing=Listing(
        block="list_customers",
        order=BY_ID,
        filters={"name": text, "country": text, "language": text, "role": text, "state": text},
    ),
)


@post("/customers", tags=["customers"])
async def create_customer(call: NamedDependency[RequestContext], data: JSONBody[CustomerIn]) -> Response[CustomerShown]:
    """A new customer; its contacts get ids."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        entity = new_customer(data, unit.processor)
        await unit.create(New(kind="customer", entity=entity))
        return await CUSTOMERS.answer(unit, entity.id, status=201)

    return await call.write(work)


@patch("/customers/{id:uuid}", tags=["customers"])
async def change_customer(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[CustomerPatch]
) -> Response[CustomerShown]:
    """Change what is given. `contacts` is the whole list: links of those left out open nothing any more."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        # Locked before it is read, so that contacts given by address find those that are there now.
        await unit.connection.fetch(sql("lock_subjects"), unit.processors, [id])
        row = await CUSTOMERS.row(unit.connection, unit.processors, id)
        update = customer_update(data, msgspec.json.decode(row["entity"], type=Customer))
        await unit.run(id, "update", update, requested=False)
        return await CUSTOMERS.answer(unit, id)

    return await call.write(work)


async def _merge(unit: WriteUnit, row: object, data: Merge) -> Merge:
    """Both are held at once, so that two merges cannot cross; the one that goes on has to be there still."""
    await unit.connection.fetch(sql("lock_subjects"), unit.processors, [row["id"], data.into])  # type: ignore[index]  # a Record
    found = await unit.connection.fetchval(sql("one_customer"), unit.processors, data.into)
    if found is None:
        raise NotFound(missing("customer", data.into, "into"))
    into = msgspec.json.decode(found, type=Customer)
    if into.merged_into is not None:
        raise Refused(f"That customer was merged itself: {into.merged_into} goes on in its place.", guard="merged")
    if into.processor_id != row["processor_id"]:  # type: ignore[index]  # a Record
        bad("into", "is another processor's customer")
    return data


ROUTES: Final = (
    *reading(CUSTOMERS),
    create_customer,
    change_customer,
    *actions(CUSTOMERS, prepare={"merge": _merge}),
)
