"""Signatures by Standard Webhooks (standardwebhooks.com), with secrets that are derived and never stored."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from standardwebhooks.webhooks import Webhook as Signer

from service.settings import Secret
from workflows.model.webhook import Webhook
from workflows.secret_key import keys_of
from workflows.webhook.table import signs

_PURPOSE: Final = b"termijn webhook secret"
"""Keeps these apart from whatever else is derived from the same key."""


def secret_for(key: str, webhook: UUID, generation: int) -> Secret:
    """The secret of one generation, as its receiver is shown it: `whsec_` and 32 bytes in base64."""
    made = hmac.digest(key.encode(), _PURPOSE + webhook.bytes + generation.to_bytes(4, "big"), "sha256")
    return Secret("whsec_" + base64.b64encode(made).decode())


def headers(
    key: str, webhook: Webhook, message_id: str, body: bytes, *, sent_at: datetime, now: datetime
) -> Mapping[str, str]:
    """The three headers of one attempt.

    `sent_at` is real time, which receivers compare with theirs; `now` is the clock's, which says whether
    the secret before the last rotation still signs. Both UTC.
    """
    moment = sent_at.astimezone(UTC)  # the library reads its fields as UTC, whatever its zone
    text = body.decode()
    secrets = [secret_for(one, webhook.id, generation) for one in keys_of(key) for generation in signs(webhook, now)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(message_id, moment, text) for secret in secrets),
    }
