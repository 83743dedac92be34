"""The bodies that are sent: `{"type", "timestamp", "data"}` as Standard Webhooks has it, with ids and no persons.

The same event makes the same bytes each time, so that every attempt carries one body.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec

from workflows.kinds import states_of
from workflows.ledger.chain import Body
from workflows.model.deletion import PlanItem
from workflows.model.webhook import Webhook
from workflows.webhook.table import ORDER

TEST: Final = "webhook.test"


class WebhookMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed over: its id, which stays the same however often it is tried, its type and its bytes.

    `subject` is what it is about.
    """

    id: str
    type: str
    subject: UUID
    body: bytes


class EventSent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the ledger: which, of what, and when. The rest is asked for with a key: `GET events/{id}`."""

    id: UUID
    """The event's own."""
    type: str
    """What the ledger calls it."""
    subject: UUID
    """What it is about."""
    subject_kind: str
    """Which kind of subject that is."""
    parent: UUID | None
    """What the subject belongs to, such as a notice's change."""
    processor_id: UUID
    """Whose ledger it is."""
    seq: int
    """Which of its subject's events it is, from 1."""
    before: Annotated[str, states_of()] | None
    """The state before; null for the first."""
    state: Annotated[str, states_of()]
    """The state after."""
    at: datetime
    """When it happened."""
    recorded_at: datetime
    """When it was written down."""
    ids: dict[str, str]
    """The ids that the event names, by their fields."""


class OrderSent(msgspec.Struct, frozen=True, kw_only=True):
    """An order to carry out one item of a deletion plan. A 2xx says that it is done."""

    agreement_id: UUID | msgspec.UnsetType = msgspec.UNSET
    """The agreement that ended, where the plan is an agreement's."""
    change_id: UUID | msgspec.UnsetType = msgspec.UNSET
    """The change, where the plan is a change's."""
    task_id: UUID
    """The item: whoever has done it once need not do it twice."""
    kind: str
    """What is to be done."""
    holder: str
    """Who holds the data: `processor`, `backups`, or a subprocessor's id."""
    category: str
    """Which data; empty: all."""
    service: str
    """Of which service; empty: of all."""
    due_at: datetime | None
    """By when; null while that is not known."""
    text: str
    """The same in words."""
    clause: str
    """The place in the agreement that says so."""
    confirm_url: str
    """Where it can be confirmed later, with a key."""


class TrialSent(msgspec.Struct, frozen=True, kw_only=True):
    """A trial, which tells of nothing."""

    id: UUID
    """The trial's own."""
    subject: UUID
    """The webhook."""
    subject_kind: str
    """`webhook`."""
    type: str
    """`webhook.test`."""
    at: datetime
    """When it was asked for."""


S = TypeVar("S", bound=msgspec.Struct)


class MessageSent(msgspec.Struct, Generic[S], frozen=True, kw_only=True):
    """What is sent, as Standard Webhooks has it."""

    type: str
    """What it was asked for as: `notice.objected`, `deletion.ordered`, `webhook.test`."""
    timestamp: datetime
    """When that happened."""
    data: S
    """What happened."""


def event_message(name: str, uid: UUID, parent: UUID | None, processor: UUID, said: Body) -> WebhookMessage:
    """An event of the ledger: which, of what, when, and the ids that it names. The rest is asked for with a key."""
    data = EventSent(
        id=uid,
        type=said.type,
        subject=said.subject,
        subject_kind=said.kind,
        parent=parent,
        processor_id=processor,
        seq=said.seq,
        before=said.before,
        state=said.after,
        at=said.at,
        recorded_at=said.recorded_at,
        ids={key: value for key, value in said.data.items() if _is_id(value)},
    )
    return _message(f"evt_{uid}", name, said.subject, said.at, data)


def order_message(kind: str, subject: UUID, item: PlanItem, made_at: datetime, base_url: str) -> WebhookMessage:
    """An order to carry out an item of a plan; `kind` is `agreement` or `change`, `made_at` UTC.

    Its id is the item's: whoever has done it once need not do it twice.
    """
    data = OrderSent(
        agreement_id=subject if kind == "agreement" else msgspec.UNSET,
        change_id=subject if kind == "change" else msgspec.UNSET,
        task_id=item.id,
        kind=item.kind,
        holder=item.holder,
        category=item.category,
        service=item.service,
        due_at=item.due_at,
        text=item.text,
        clause=item.clause,
        confirm_url=f"{base_url}/api/v1/{kind}s/{subject}/confirm",
    )
    return _message(f"ord_{item.id}", ORDER, subject, made_at, data)


def trial_message(webhook: Webhook, id: UUID, at: datetime) -> WebhookMessage:
    """The message of a test, which tells of no event; `at` UTC."""
    data = TrialSent(id=id, subject=webhook.id, subject_kind="webhook", type=TEST, at=at)
    return _message(f"test_{id}", TEST, webhook.id, at, data)


def _message(id: str, type: str, subject: UUID, at: datetime, data: msgspec.Struct) -> WebhookMessage:
    body = msgspec.json.encode(MessageSent(type=type, timestamp=at, data=data))
    return WebhookMessage(id=id, type=type, subject=subject, body=body)


def _is_id(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False
