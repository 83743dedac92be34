"""Deletion orders: what a system's answer makes of one, and what lets it go out again.

An order is no subject: what it asks for and what came of it are events of the agreement or change whose plan it
carries out. The courier moves orders, many at once where it wakes them, and takes the states from this table.
"""

from datetime import datetime
from typing import Final

import msgspec

from workflows.machine.machine import Workflow
from workflows.machine.signals import NoData
from workflows.machine.vocabulary import BIRTH, Command, Outcome, Row, State, StepInput, Table
from workflows.model.parties import Entity, NoContext


class NotTaken(msgspec.Struct, frozen=True):
    """The receiver did not take it; `again` where it is handed over once more."""

    again: bool


def moved(ctx: StepInput[Entity, NoContext, msgspec.Struct]) -> Outcome[Entity]:
    """The state is all that the table rules; what else is written stands in the statement."""
    return Outcome(ctx.entity)


def _handed_over_again(ctx: StepInput[Entity, object, NotTaken]) -> str | None:
    return None if ctx.data.again else "it was tried often enough"


STATES: Final = (
    State("waiting", "It is to be handed over, or its evidence to be written down."),
    State("accepted", "The system took it, and has not confirmed with evidence that it carried it out."),
    State("stopped", "It may not go out now: its item is held, or not yet its turn. It is looked at again."),
    State("failed", "The system did not take it, however often it was tried; a person resumes it."),
    State("confirmed", "Carried out, and confirmed with evidence.", final=True),
    State("settled", "Nothing is left to do: confirmed otherwise, or no longer asked for.", final=True),
)
OPEN: Final = ("waiting", "accepted", "stopped", "failed")

ROWS: Final = (
    Row("plan", BIRTH, "waiting", moved),
    Row("settled", OPEN, "settled", moved),
    Row("stopped", OPEN, "stopped", moved),
    Row("not_taken", OPEN, "waiting", moved, when=(_handed_over_again,), data=NotTaken),
    Row("not_taken", OPEN, "failed", moved, unless=(_handed_over_again,), data=NotTaken),
    Row("accepted", OPEN, "accepted", moved),
    Row("confirmed", OPEN, "confirmed", moved),
    Row("subject_moved", ("stopped",), "waiting", moved),
    Row("ordered_anew", ("stopped", "accepted", "failed"), "waiting", moved),
    Row("resume", ("failed",), "waiting", moved),
)

DELETION_ORDER: Final = Workflow(
    Table(name="webhook_order", entity=Entity, context=NoContext, states=STATES, rows=ROWS)
)

RESUMED: Final = DELETION_ORDER.move("resume")
"""From which states an order is handed over anew to which one, once its webhook is resumed."""


def next_state(order: Entity, state: str, trigger: str, now: datetime, data: msgspec.Struct | None = None) -> str:
    """The state to which `trigger` moves an order at `now` (UTC). Raises Refused where no row does."""
    command = Command(subject=order.id, trigger=trigger, at=now, now=now, actor="courier", data=data or NoData())
    return DELETION_ORDER.step(state, order, NoContext(), command).dest
