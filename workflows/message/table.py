"""Messages of the outbox: what a mail server's answer, a report or a person's word makes of one.

A message is no subject: it has no events and no lock. The sender and whoever takes in reports move many at once, in
one statement each, and take the states from this table.
"""

from datetime import datetime
from typing import Final

import msgspec

from workflows.machine.machine import Workflow
from workflows.machine.signals import NoData
from workflows.machine.vocabulary import BIRTH, Command, Outcome, Row, State, StepInput, Table
from workflows.model.parties import Entity, NoContext


class Accepted(msgspec.Struct, frozen=True):
    """A mail server took it; `final` where that server is the recipient's own (P1)."""

    final: bool


class NotYet(msgspec.Struct, frozen=True):
    """It was not taken, or nobody knows; it is tried until `until` (UTC)."""

    until: datetime


MessageStep = StepInput[Entity, NoContext, msgspec.Struct]


def moved(ctx: MessageStep) -> Outcome[Entity]:
    """The state is all that the table rules; what else is written stands in the statement."""
    return Outcome(ctx.entity)


def _reached_its_recipient(ctx: StepInput[Entity, object, Accepted]) -> str | None:
    return None if ctx.data.final else "a relay took it; that proves no receipt"


def _given_up(ctx: StepInput[Entity, object, NotYet]) -> str | None:
    return None if ctx.now >= ctx.data.until else "it is tried again"


WAITING: Final = frozenset({"waits"})
"""Tag of states in which it is still to be sent."""
MAYBE_THERE: Final = frozenset({"maybe_there"})
"""Tag of states in which its contact may have it."""
FAILED: Final = frozenset({"failed"})
"""Tag of states in which it is known that it reached nobody."""

STATES: Final = (
    State("queued", "It waits to be sent, by itself or in the mail of another message.", WAITING),
    State("deferred", "The mail server did not take it; it is sent again.", WAITING),
    State("unknown", "The connection broke before the answer; it is sent again, byte for byte.", WAITING | MAYBE_THERE),
    State("sent", "A relay took it; receipt is not proven.", MAYBE_THERE, final=True),
    State("received", "The recipient's own server took it, or a report says that it arrived.", MAYBE_THERE, final=True),
    State(
        "rejected",
        "Refused, impossible to make, or tried for five days in vain.",
        FAILED,
        final=True,
    ),
    State("bounced", "It came back after it was sent.", FAILED, final=True),
    State("dropped", "It no longer had to be sent.", final=True),
)
UNSENT: Final = ("queued", "deferred", "unknown")
DROPPED: Final = "dropped"
EVERY: Final = tuple(state.name for state in STATES)

ROWS: Final = (
    Row("queue", BIRTH, "queued", moved),
    Row("sent", UNSENT, "received", moved, when=(_reached_its_recipient,), data=Accepted),
    Row("sent", UNSENT, "sent", moved, unless=(_reached_its_recipient,), data=Accepted),
    Row("deferred", UNSENT, "rejected", moved, when=(_given_up,), data=NotYet),
    Row("deferred", UNSENT, "deferred", moved, unless=(_given_up,), data=NotYet),
    Row("unknown", UNSENT, "rejected", moved, when=(_given_up,), data=NotYet),
    Row("unknown", UNSENT, "unknown", moved, unless=(_given_up,), data=NotYet),
    Row("rejected", UNSENT, "rejected", moved),
    Row("drop", UNSENT, "dropped", moved),
    Row("erase", UNSENT, "dropped", moved),
    Row("came_back", EVERY, "bounced", moved),
    Row("arrived", ("sent", "unknown"), "received", moved),
    Row("delayed", EVERY, None, moved),
)

OUTGOING: Final = Workflow(Table(name="message", entity=Entity, context=NoContext, states=STATES, rows=ROWS))


def next_state(message: Entity, state: str, trigger: str, now: datetime, data: msgspec.Struct | None = None) -> str:
    """The state to which `trigger` moves a message at `now` (UTC). Raises Refused where no row does."""
    command = Command(subject=message.id, trigger=trigger, at=now, now=now, actor="mail", data=data or NoData())
    return OUTGOING.step(state, message, NoContext(), command).dest
