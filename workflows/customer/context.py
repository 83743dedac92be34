"""What a customer's table may know besides its own fields."""

from uuid import UUID

import msgspec

from workflows.machine.vocabulary import D_co, Standing, StepInput
from workflows.model.parties import Customer


class Kept(msgspec.Struct, frozen=True):
    """How much personal there is beside the contacts: mails with their text, what came back, answers, and
    records beside the ledger."""

    messages: int = 0
    inbound: int = 0
    answers: int = 0
    records: int = 0


class Needs(msgspec.Struct, frozen=True):
    """What decides when a customer's data go, read after the lock was taken."""

    retention: str = "P2Y"
    timezone: str = "UTC"
    agreements: int = 0
    """Agreements of the customer that are not over."""
    pending: int = 0
    """Notices, and cases under its agreements, that can still move."""
    merged: tuple[UUID, ...] = ()
    """Customers that were merged into it."""
    kept: Kept = Kept()


class CustomerContext(msgspec.Struct, frozen=True):
    """The agreements that pass on when a customer merges into another.

    `notices` are those that still live; `waiting` the contacts whose new address a person has not looked at yet.
    """

    agreements: tuple[UUID, ...] = ()
    notices: tuple[UUID, ...] = ()
    waiting: tuple[str, ...] = ()
    needs: Needs = Needs()


CustomerStep = StepInput[Customer, CustomerContext, D_co]
CustomerStanding = Standing[Customer, CustomerContext]
CustomerAlone = Standing[Customer, object]
