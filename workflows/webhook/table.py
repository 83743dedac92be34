"""The webhook: where events are sent to, while its receiver takes them.

    active ⇄ failing → paused → active        … → disabled

Only what changes its state is an event of its own; what was handed over, and what came of it, stands in its
deliveries.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import asdict, replace

from workflows.machine.effects import CloseTasks, Effect, OpenTask
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import BIRTH, AnyRow, D_co, Outcome, Row, State, StepInput, Table
from workflows.model.parties import NoContext
from workflows.model.task_words import task_words
from workflows.model.webhook import Failed, Paused, Resume, Rotate, Tested, Webhook, WebhookUpdate

OVERLAP: Final = timedelta(hours=24)
"""How long the secret before the last `rotate` signs beside the new one."""
SENDS: Final = "sends"
"""The tag of states in which events and orders are handed over."""
_TASKS: Final = ("webhook_failing", "webhook_paused")


WebhookStep = StepInput[Webhook, NoContext, D_co]

STATES = (
    State("active", "Its receiver takes what it is sent.", frozenset({SENDS})),
    State("failing", "Its receiver has not taken one message for several attempts. It is tried again, less often.",
          frozenset({SENDS})),
    State("paused", "Nothing is sent, and nothing is lost: `resume` goes on where it stopped."),
    State("disabled", "Nothing is sent any more: somebody said so, or its receiver is gone (410).", final=True),
)  # fmt: skip

OPEN = ("active", "failing", "paused")


def created(ctx: WebhookStep) -> Outcome[Webhook]:
    """Its receiver is sent what happens from now on."""
    entity = ctx.entity
    said = {"host": host_of(entity.url), "events": entity.events, "holders": entity.holders}
    return Outcome(entity, said)


def update(ctx: WebhookStep[WebhookUpdate]) -> Outcome[Webhook]:
    """Each field given takes the place of the old."""
    given = {key: value for key, value in asdict(ctx.data).items() if value is not msgspec.UNSET}
    said: dict[str, Any] = {"fields": sorted(given)} | ({"host": host_of(given["url"])} if "url" in given else {})
    return Outcome(replace(ctx.entity, **given), said)


def tested(ctx: WebhookStep[Tested]) -> Outcome[Webhook]:
    return Outcome(ctx.entity, {"delivered": ctx.data.delivered, "status": ctx.data.status})


def rotated(ctx: WebhookStep[Rotate]) -> Outcome[Webhook]:
    """The next generation of the secret; the one before that signed no longer than a day."""
    until = None if ctx.data.at_once else ctx.now + OVERLAP
    entity = replace(ctx.entity, generation=ctx.entity.generation + 1, old_signs_until=until)
    return Outcome(entity, {"generation": entity.generation, "old_signs_until": until})


def failed(ctx: WebhookStep[Failed]) -> Outcome[Webhook]:
    """A person should look at the receiver; attempts go on meanwhile."""
    text = task_words("webhook_failing", words=ctx.data.words)
    return Outcome(
        replace(ctx.entity, failing_since=ctx.at), _failure(ctx), effects=(OpenTask("webhook_failing", text, ctx.id),)
    )


def recovered(ctx: WebhookStep) -> Outcome[Webhook]:
    return Outcome(replace(ctx.entity, failing_since=None), effects=(CloseTasks(_TASKS),))


def gave_up(ctx: WebhookStep[Failed]) -> Outcome[Webhook]:
    """Attempts are used up: a person has to mend the receiver and resume."""
    text = task_words("webhook_paused", words=ctx.data.words, id=ctx.id)
    effects: tuple[Effect, ...] = (CloseTasks(("webhook_failing",)), OpenTask("webhook_paused", text, ctx.id))
    return Outcome(ctx.entity, _failure(ctx), effects=effects)


def gone(ctx: WebhookStep[Failed]) -> Outcome[Webhook]:
    """The receiver says that it wants nothing any more (410)."""
    text = task_words("webhook_gone")
    return Outcome(ctx.entity, _failure(ctx), effects=(CloseTasks(_TASKS), OpenTask("webhook_gone", text, ctx.id)))


def paused(ctx: WebhookStep[Paused]) -> Outcome[Webhook]:
    """A person stops it for a while."""
    return Outcome(ctx.entity, _reason(ctx), effects=(CloseTasks(_TASKS),))


def resumed(ctx: WebhookStep[Resume]) -> Outcome[Webhook]:
    """A person lets it go on; whatever waits is tried at once."""
    entity = replace(ctx.entity, failing_since=None)
    return Outcome(entity, {"from_now": ctx.data.from_now}, effects=(CloseTasks(_TASKS),))


def disabled(ctx: WebhookStep[Paused]) -> Outcome[Webhook]:
    """A person switches it off for good."""
    return Outcome(ctx.entity, _reason(ctx), effects=(CloseTasks((*_TASKS, "webhook_gone")),))


def _failure(ctx: WebhookStep[Failed]) -> dict[str, Any]:
    return {"words": ctx.data.words, "status": ctx.data.status}


def _reason(ctx: WebhookStep[Paused]) -> dict[str, Any]:
    return {"reason": ctx.data.reason} if ctx.data.reason else {}


ROWS: tuple[AnyRow[Webhook, NoContext], ...] = (
    Row("create", BIRTH, "active", created, event="created"),
    Row("update", OPEN, None, update, data=WebhookUpdate, event="updated"),
    Row("test", OPEN, None, tested, data=Tested, event="tested", action=True),
    Row("rotate", OPEN, None, rotated, data=Rotate, event="rotated", action=True),
    Row("pause", ("active", "failing"), "paused", paused, data=Paused, event="paused", action=True),
    Row("resume", OPEN, "active", resumed, data=Resume, event="resumed", action=True),
    Row("disable", OPEN, "disabled", disabled, data=Paused, event="disabled", action=True),
    Row("failed", ("active",), "failing", failed, data=Failed),
    Row("recovered", ("failing",), "active", recovered),
    Row("gave_up", ("active", "failing"), "paused", gave_up, data=Failed),
    Row("gone", ("active", "failing"), "disabled", gone, data=Failed),
)

WEBHOOK = Workflow(Table(name="webhook", entity=Webhook, context=NoContext, states=STATES, rows=ROWS, path="webhooks"))


def signs(webhook: Webhook, now: datetime) -> tuple[int, ...]:
    """The generations whose secrets sign at `now` (UTC), newest first."""
    old = webhook.old_signs_until
    if webhook.generation > 1 and old is not None and now < old:
        return (webhook.generation, webhook.generation - 1)
    return (webhook.generation,)


ORDER: Final = "deletion.ordered"
ORDER_TYPES: Final = frozenset({ORDER, "deletion.*"})
"""What asks for deletion orders: by name, since `*` listens and an order is there to be carried out."""


def host_of(url: str) -> str:
    """What the ledger keeps of an address: its path and query may hold somebody's token."""
    return urlsplit(url).netloc
