"""The bodies that are sent: `{"type", "timestamp", "data"}` as Standard Webhooks has it, with ids and no persons.

The same event makes the same bytes each time, so that every attempt carries one body.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

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


def event_message(name: str, uid: UUID, parent: UUID | None, processor: UUID, said: Body) -> WebhookMessage:
    """An event of the ledger: which, of what, when, and the ids that it names. The rest is asked for with a key."""
    data = {
        "id": uid,
        "type": said.type,
        "subject": said.subject,
        "subject_kind": said.kind,
        "parent": parent,
        "processor_id": processor,
        "seq": said.seq,
        "before": said.before,
        "state": said.after,
        "at": said.at,
        "recorded_at": said.recorded_at,
        "ids": {key: value for key, value in said.data.items() if _is_id(value)},
    }
    return _message(f"evt_{uid}", name, said.subject, said.at, data)


def order_message(kind: str, subject: UUID, item: PlanItem, made_at: datetime, base_url: str) -> WebhookMessage:
    """An order to carry out an item of a plan; `kind` is `agreement` or `change`, `made_at` UTC.

    Its id is the item's: whoever has done it once need not do it twice.
    """
    data = {
        f"{kind}_id": subject,
        "task_id": item.id,
        "kind": item.kind,
        "holder": item.holder,
        "category": item.category,
        "service": item.service,
        "due_at": item.due_at,
        "text": item.text,
        "clause": item.clause,
        "confirm_url": f"{base_url}/api/v1/{kind}s/{subject}/confirm",
    }
    return _message(f"ord_{item.id}", ORDER, subject, made_at, data)


def trial_message(webhook: Webhook, id: UUID, at: datetime) -> WebhookMessage:
    """The message of a test, which tells of no event; `at` UTC."""
    data = {"id": id, "subject": webhook.id, "subject_kind": "webhook", "type": TEST, "at": at}
    return _message(f"test_{id}", TEST, webhook.id, at, data)


def _message(id: str, type: str, subject: UUID, at: datetime, data: dict[str, Any]) -> WebhookMessage:
    body = msgspec.json.encode({"type": type, "timestamp": at, "data": data})
    return WebhookMessage(id=id, type=type, subject=subject, body=body)


def _is_id(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False
