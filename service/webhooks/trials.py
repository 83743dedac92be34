"""Tests of a webhook: somebody asks for one through the API and waits; a worker, which has a way out, sends it."""

from typing import Any, Final

import msgspec

from db.queries import sql
from service.webhooks.feed import Shared, note
from service.webhooks.messages import trial_message
from workflows.intake.checks import words_problem
from workflows.model.webhook import Webhook
from workflows.webhook.order_table import RESUMED

SHOWN: Final = 2_000
"""Characters of a receiver's answer that are shown."""


async def send_trial(shared: Shared, row: Any) -> None:
    """Send the test of a row of `claim_trials`, and write down what the receiver said."""
    webhook = msgspec.json.decode(row["webhook"], type=Webhook)
    message = trial_message(webhook, row["id"], row["at"])
    reply = await shared.send(webhook, message)
    async with shared.writing() as connection:
        await note(connection, webhook, message, 1, reply)
        await connection.execute(
            sql("end_trial"), row["id"], reply.status, reply.words, _shown(reply.body), reply.took_ms
        )
        if reply.delivered and row["sends"]:
            await connection.execute(sql("restart_feed"), [webhook.processor_id], webhook.id, False, *RESUMED)


def _shown(body: bytes) -> str:
    """The beginning of an answer, where it is text that can be kept."""
    text = body.decode("utf-8", "replace")[:SHOWN]
    return text if words_problem(text) is None else ""
