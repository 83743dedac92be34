"""Signatures, as the library that receivers use sees them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from service.webhooks.signing import headers, secret_for
from workflows.ids import new_id
from workflows.model.webhook import Webhook

KEY = "k" * 32
BODY = '{"type":"notice.object","data":{"naam":"Zoë"}}'.encode()


def webhook(generation: int = 1, old_signs_until: datetime | None = None) -> Webhook:
    return Webhook(
        id=UUID("0195d0c0-7e52-7000-8000-7465726d696a"), processor_id=new_id(), url="https://hooks.example.org/",
        events=("*",), generation=generation, old_signs_until=old_signs_until,
    )  # fmt: skip


def signed(hook: Webhook, now: datetime) -> dict[str, str]:
    return dict(headers(KEY, hook, "evt_1", BODY, sent_at=datetime.now(UTC), now=now))


def test_a_receiver_verifies_with_the_secret_it_was_shown() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    found = Verifier(secret_for(KEY, webhook().id, 1)).verify(BODY, signed(webhook(), now))
    assert found["data"]["naam"] == "Zoë"
    with pytest.raises(WebhookVerificationError):
        Verifier(secret_for(KEY, webhook().id, 1)).verify(BODY + b" ", signed(webhook(), now))
    with pytest.raises(WebhookVerificationError):
        Verifier(secret_for("another" * 5, webhook().id, 1)).verify(BODY, signed(webhook(), now))
    with pytest.raises(WebhookVerificationError):
        Verifier(secret_for(KEY, new_id(), 1)).verify(BODY, signed(webhook(), now))


def test_old_and_new_sign_together_until_the_old_one_ends() -> None:
    until = datetime(2026, 3, 3, 9, tzinfo=UTC)
    hook = webhook(3, until)
    during, after = signed(hook, until - timedelta(microseconds=1)), signed(hook, until)
    for generation, there in ((3, True), (2, True), (1, False)):
        assert verifies(hook, generation, during) == there
    assert verifies(hook, 3, after)
    assert not verifies(hook, 2, after)
    assert not verifies(replace(hook, old_signs_until=None), 2, signed(replace(hook, old_signs_until=None), until))


def verifies(hook: Webhook, generation: int, found: dict[str, str]) -> bool:
    try:
        Verifier(secret_for(KEY, hook.id, generation)).verify(BODY, found)
    except WebhookVerificationError:
        return False
    return True


def test_the_time_is_real_time_in_any_zone() -> None:
    amsterdam = datetime.now(UTC).astimezone(tz=None)
    found = dict(headers(KEY, webhook(), "evt_1", BODY, sent_at=amsterdam, now=amsterdam))
    assert verifies(webhook(), 1, found)
    assert found["webhook-timestamp"] == str(int(amsterdam.timestamp()))


def test_a_secret_does_not_show_itself() -> None:
    secret = secret_for(KEY, webhook().id, 1)
    assert secret.startswith("whsec_")
    assert secret[6:] not in repr(secret)
    assert secret != secret_for(KEY, webhook().id, 2)
