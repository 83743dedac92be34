"""Webhooks: where events are sent to, signed; what was handed over, and the orders that systems carry out."""

import asyncio
import time
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.foresight.told import ActionForeseen
from service.http.decode import bad
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, Page, one_of, state_of, text, tried_out, uuid, whole
from service.http.request_context import Locked, ReadUnit, RequestContext, WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import API, Preparation, Resource, routes
from service.settings import Secret
from service.webhooks.signing import secret_for
from service.webhooks.trials import SHOWN
from workflows.errors import Refused, Unavailable
from workflows.ids import new_id
from workflows.intake.webhooks import WebhookIn, checked_update, new_webhook, url_problem
from workflows.kinds import states_of
from workflows.model.webhook import Paused, Resume, Rotate, Tested, Webhook, WebhookUpdate
from workflows.webhook.order_table import DELETION_ORDER, RESUMED
from workflows.webhook.table import WEBHOOK

TAGS: Final = ["webhooks"]
VERSIONED: Final = {"versioned": True, **tried_out(ActionForeseen)}
WAIT_SECONDS: Final = 15.0
"""How long a test is waited for: a receiver has ten seconds, a worker looks every second."""
LOOK_SECONDS: Final = 0.05


class WebhookShown(Webhook, SubjectShown, frozen=True, kw_only=True):
    """A webhook. `delivered_at` is when it last took an event; `tries` counts attempts at the next one."""

    delivered_at: datetime | None = None
    tries: int = 0
    next_at: datetime | None = None
    """When the next attempt is due, while one event waits for it."""


class WebhookSecretShown(WebhookShown, frozen=True, kw_only=True):
    """A webhook with its secret, which is shown once."""

    state: Annotated[str, states_of("webhook")]
    secret: str | None
    """What its messages are signed with; null in the answer to a request that is repeated."""
    detail: str | msgspec.UnsetType = msgspec.UNSET
    """Why it is null."""


class TestShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the receiver said to a test: its HTTP status, null where there was none, and what it wrote."""

    delivered: bool
    status: int | None
    words: str
    answer: Annotated[str, msgspec.Meta(description=f"The first {SHOWN} characters of the body.")]
    took_ms: int
    message_id: str


class DeliveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. `message_id` stays the same from attempt to attempt: it is the header `webhook-id`."""

    id: int
    message_id: str
    type: str
    subject: UUID
    at: datetime
    attempt: int
    outcome: Literal["delivered", "failed"]
    status: int | None
    words: str
    took_ms: int


class OrderShown(msgspec.Struct, frozen=True, kw_only=True):
    """An order. `ordered_at` is when it was first handed over; `words` say why it stands where it stands."""

    id: UUID
    message_id: str
    subject: UUID
    subject_kind: str
    task_id: UUID
    state: Annotated[str, states_of("webhook_order")]
    words: str
    tries: int
    next_at: datetime | None
    made_at: datetime
    ordered_at: datetime | None


def shown(row: Any) -> WebhookShown:
    """A row of `read_webhook`."""
    return WebhookShown(
        **own_fields(row, Webhook),
        **standing("webhook", row),
        delivered_at=row["delivered_at"],
        tries=row["tries"],
        next_at=row["next_at"],
    )


WEBHOOKS: Final = Resource(
    kind="webhook",
    read="read_webhook",
    show=shown,
    shape=WebhookShown,
    whole=False,
    listing=Listing(block="list_webhooks", order=BY_ID, filters={"state": state_of("webhook")}),
)
DELIVERIES: Final = Listing(
    block="list_deliveries",
    order={"id": whole},
    filters={"outcome": one_of("delivered", "failed"), "message_id": text, "type": text},
)
ORDERS: Final = Listing(
    block="list_orders",
    order=BY_ID,
    filters={
        "state": one_of(*DELETION_ORDER.states),
        "subject": uuid,
    },
)


@post("/webhooks", opt=tried_out(ActionForeseen), tags=TAGS)
async def create_webhook(
    call: NamedDependency[RequestContext], data: JSONBody[WebhookIn]
) -> Response[WebhookSecretShown]:
    """A new webhook, which is told of what happens from now on. The secret is shown in this answer alone."""
    await leads_somewhere(call, data.url)
    insecure = call.parts.settings.webhook_insecure

    async def work(unit: WriteUnit) -> StoredAnswer:
        new = await new_webhook(unit.connection, unit.processor, data, insecure=insecure)
        (moved,) = await unit.create(new)
        await unit.connection.execute(sql("start_feed"), unit.processor, moved.id)
        return await _with_secret(call, unit, moved.id, status=201)

    return await call.write(work)


@patch("/webhooks/{id:uuid}", opt=VERSIONED, tags=TAGS)
async def change_webhook(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[WebhookUpdate]
) -> Response[WebhookShown]:
    """Change what is given; what waits is tried at once at a new `url`."""
    moves = isinstance(data.url, str)
    if isinstance(data.url, str):
        await leads_somewhere(call, data.url)

    async def work(unit: WriteUnit) -> StoredAnswer:
        locked = await unit.hold("webhook", id)
        insecure = call.parts.settings.webhook_insecure
        update = await checked_update(unit.connection, locked.entity, data, insecure=insecure)
        await unit.run(id, "update", update, requested=False)
        if moves:
            await unit.connection.execute(sql("restart_feed"), unit.processors, id, False, *RESUMED)
        return await WEBHOOKS.answer(unit, id)

    return await call.write(work)


@delete("/webhooks/{id:uuid}", opt=VERSIONED, tags=TAGS)
async def delete_webhook(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> None:
    """Switch it off for good, as `disable` does; what it was sent stays on record."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        await unit.hold("webhook", id)
        await unit.run(id, "disable", Paused())
        return StoredAnswer(status=204)

    return await call.write(work)  # type: ignore[return-value]  # 204 has no body to document


@post("/webhooks/{id:uuid}/test", status_code=200, opt=VERSIONED, tags=TAGS)
async def test_webhook(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[TestShown]:
    """Send a `webhook.test` now, whatever it asked for, and answer what the receiver said; a dry run sends nothing."""
    if call.asked.get("dry_run"):
        return await call.write(partial(_tested, id, None))
    trial = new_id()
    async with call.caller.transaction(call.parts.pool) as connection:
        unit = ReadUnit(connection, call.parts.engine, call.caller.processors, call.caller.role)
        row = await WEBHOOKS.row(unit, id)
        if "test" not in WEBHOOK.actions(row["state"]):
            raise Refused("The webhook is switched off for good: make a new one.", state=row["state"], guard="state")
        await connection.execute(sql("ask_trial"), row["processor_id"], id, trial, call.arrived)
    await call.parts.doorbell.ring()
    return await call.write(partial(_tested, id, await _answered(call, trial)))


@post("/webhooks/{id:uuid}/rotate", status_code=200, opt=VERSIONED, tags=TAGS)
async def rotate_webhook(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[Rotate]
) -> Response[WebhookSecretShown]:
    """A new secret, shown in this answer alone. The old one signs beside it for a day, or `at_once` no more."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        await unit.hold("webhook", id)
        await unit.run(id, "rotate", data)
        return await _with_secret(call, unit, id)

    return await call.write(work)


@get("/webhooks/{id:uuid}/deliveries", opt={"query": DELIVERIES.query}, tags=TAGS)
async def list_deliveries(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Page[DeliveryShown]]:
    """Every attempt of the last 90 days, newest first; those at orders stay."""
    async with call.reading() as unit:
        await WEBHOOKS.row(unit, id)
        rows, more = await call.rows(unit, DELIVERIES, id)
    return call.shown({"items": [_delivery(row) for row in rows], "next": more})


@get("/webhooks/{id:uuid}/orders", opt={"query": ORDERS.query}, tags=TAGS)
async def list_orders(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Page[OrderShown]]:
    """The deletion orders that it was given or is to be given."""
    async with call.reading() as unit:
        await WEBHOOKS.row(unit, id)
        rows, more = await call.rows(unit, ORDERS, id)
    return call.shown({"items": [_order(row) for row in rows], "next": more})


async def leads_somewhere(call: RequestContext, url: str) -> None:
    """Refuse a name that leads to where nothing may be sent; one without an address now may have one later."""
    problem = url_problem(url, insecure=call.parts.settings.webhook_insecure) or await call.parts.sender.problem(url)
    if problem is not None:
        bad("url", problem)


async def _with_secret(call: RequestContext, unit: WriteUnit, id: UUID, *, status: int = 200) -> StoredAnswer:
    row = await WEBHOOKS.row(unit, id)
    (found,) = await WEBHOOKS.shown(unit, [row])
    secret: Secret = secret_for(call.parts.settings.secret_key, id, found.generation)
    return StoredAnswer(
        body=WebhookSecretShown(**msgspec.structs.asdict(found), secret=str(secret)),
        status=status,
        version=row["version"],
        location=f"{API}/webhooks/{id}" if status == 201 else None,
        once=("secret",),
    )


async def _resume(unit: WriteUnit, locked: Locked, data: Resume) -> Resume:
    """What waits is tried at once. The webhook is held already, as the worker holds it before its feed."""
    await unit.connection.execute(sql("restart_feed"), unit.processors, locked.id, data.from_now, *RESUMED)
    return data


async def _tested(id: UUID, found: TestShown | None, unit: WriteUnit) -> StoredAnswer:
    """What the receiver said goes on record; None where nothing was sent, since it is only asked what would be."""
    await WEBHOOKS.row(unit, id)
    said = Tested(delivered=False, status=None) if found is None else Tested(found.delivered, found.status)
    await unit.run(id, "test", said)
    return StoredAnswer(body=found)


async def _answered(call: RequestContext, trial: UUID) -> TestShown:
    """What the worker wrote down; a worker that is away is said so."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        async with call.reading() as unit:
            row = await unit.connection.fetchrow(sql("read_trial"), unit.processors, trial)
        if row is not None:
            status = row["status"]
            delivered = status is not None and 200 <= status < 300
            return TestShown(**dict(row), delivered=delivered, message_id=f"test_{trial}")
        await asyncio.sleep(LOOK_SECONDS)
    raise Unavailable("No worker has sent the test: check that one is running, then ask again.", 10)


def _delivery(row: Any) -> DeliveryShown:
    fields = dict(row)
    return DeliveryShown(subject=fields.pop("subject_id"), **fields)


def _order(row: Any) -> OrderShown:
    fields = dict(row)
    item = fields.pop("item_id")
    return OrderShown(subject=fields.pop("subject_id"), task_id=item, message_id=f"ord_{item}", **fields)


ROUTES: Final = (
    # `test` and `rotate` answer with more than the webhook.
    *routes(WEBHOOKS, actions={"resume": Preparation(prepare=_resume)}, but=("test", "rotate")),
    create_webhook,
    change_webhook,
    delete_webhook,
    test_webhook,
    rotate_webhook,
    list_deliveries,
    list_orders,
)
