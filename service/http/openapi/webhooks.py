"""What Termijn posts to a webhook, for the document: `POST webhooks` asks for it."""

from typing import Any, Final

from service.http.openapi.schemas import Json, Shapes
from service.webhooks.messages import TEST, EventSent, MessageSent, OrderSent, TrialSent
from workflows.event_types import EVENTS, known
from workflows.webhook.table import ORDER

MESSAGES: Final = (MessageSent[EventSent], MessageSent[OrderSent], MessageSent[TrialSent])
_SIGNED: Final = {
    "webhook-id": "The message's own id, the same at each attempt.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "By Standard Webhooks, with the webhook's secret.",
}
_SAID: Final = {
    "2XX": "It was taken.",
    "410": "Nobody is there any more: the webhook is switched off.",
    "default": "It was not taken: it is sent again.",
}


def webhooks(shapes: Shapes) -> Json:
    """The three kinds of message by their operation's name."""
    names = sorted(f"{kind}.{what}" for kind in EVENTS for what in known(kind))
    event, order, test = MESSAGES
    return {
        "event": _sent("receiveEvent", "Something happened", shapes.schema(event), names),
        "deletionOrder": _sent(
            "receiveDeletionOrder", "An item of a deletion plan is due to be done", shapes.schema(order), [ORDER]
        ),
        "webhookTest": _sent("receiveWebhookTest", "Somebody tries the webhook out", shapes.schema(test), [TEST]),
    }


def _sent(id: str, words: str, schema: Json, types: list[str]) -> Json:
    narrowed = {"allOf": [schema, {"type": "object", "properties": {"type": {"type": "string", "enum": types}}}]}
    return {
        "post": {
            "operationId": id,
            "tags": ["webhooks"],
            "summary": words,
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
                for name, said in _SIGNED.items()
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": narrowed}}},
            "responses": {status: _said(said) for status, said in _SAID.items()},
        }
    }


def _said(words: str) -> dict[str, Any]:
    return {"description": words}
