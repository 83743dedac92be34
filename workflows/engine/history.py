"""The history check: what must hold in every database, whatever happened to it.

The letters are those of the promises in docs/safety.md. A database in use is looked at in one transaction of one
snapshot, so that what is under way is not taken for what is broken.
"""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.verify import Verified, verify
from workflows.message.table import MAYBE_THERE, OUTGOING
from workflows.model.telling import DAY

GRACE: Final = timedelta(minutes=5)
"""How long what is due may wait in a database in use: for a worker to come back, or for those before it."""
Promise = Literal["A", "B", "C", "D", "E", "F"]


class Invariant(msgspec.Struct, frozen=True):
    """One thing that must hold: the block that finds what breaks it, and a sentence about that."""

    block: str
    promise: Promise
    says: str
    given: Literal["nothing", "grace", "day", "tried"] = "nothing"


class BrokenPromise(msgspec.Struct, frozen=True):
    """What does not hold; `id` is of the row, None where `says` names it."""

    promise: Promise
    says: str
    id: UUID | None = None

    def __str__(self) -> str:
        return f"{self.promise}: {self.says}" + (f" ({self.id})" if self.id is not None else "")


class History(msgspec.Struct, frozen=True):
    """What was looked at, and everything that does not hold, the first of each kind."""

    verified: Verified
    broken: tuple[BrokenPromise, ...]


RULES: Final = (
    Invariant("history_state_not_recorded", "A", "the subject is in a state that its last event does not name"),
    Invariant("history_states_apart", "A", "an event begins in another state than the one before it ended in"),
    Invariant("history_versions_missing", "A", "the subject has another number of events than its version says"),
    Invariant("history_miscounted", "A", "the notices of the change are counted otherwise than they stand"),
    Invariant("history_personal_altered", "A", "the personal part of an event is not what the event committed to"),
    Invariant("history_course_apart", "A", "an event stands in the course of a change that it does not belong to"),
    Invariant("history_tenants_mixed", "A", "a row of one processor belongs to something of another"),
    Invariant("history_recorded_early", "B", "an event was written down before it happened"),
    Invariant("history_closed_early", "B", "the window was closed before its last moment"),
    Invariant("history_engaged_early", "B", "the engagement began before its yes"),
    Invariant("history_deleted_early", "B", "the data are said to be deleted of an agreement that has not ended"),
    Invariant("history_timer_undone", "C", "a timer of the subject is due and was not fired", "grace"),
    Invariant("history_mail_undone", "C", "a message is due and nobody tries to send it", "grace"),
    Invariant("history_reminder_undone", "C", "a reminder of the deadline is due and was not given", "grace"),
    Invariant("history_nobody_told", "C", "it is overdue for a day, and nobody was told", "day"),
    Invariant("history_fan_out_undone", "C", "a change is not carried to all its agreements", "grace"),
    Invariant("history_window_unwatched", "C", "the window runs, and nothing will close it"),
    Invariant("history_never_attempted", "D", "the message is said to be sent, and no attempt is on record", "tried"),
    Invariant("history_mail_unmade", "D", "the message was sent without a Message-ID or a date of its own", "tried"),
    Invariant("history_message_id_twice", "D", "two messages have one Message-ID"),
    Invariant("history_never_told", "D", "the notice is said to be handed over, and there is no message"),
    Invariant("history_task_apart", "E", "the task is done and still open"),
    Invariant("history_engaged_twice", "E", "one yes engaged a subprocessor twice"),
    Invariant("history_outcome_missing", "F", "the notice is settled, and its outcome is not on record"),
    Invariant("history_both_outcomes", "F", "silence was counted although an objection had come in time"),
    Invariant("history_lateness_wrong", "F", "an objection is marked late that was in time, or the other way round"),
    Invariant("history_engaged_without_yes", "F", "a subprocessor works on a notice that lets nobody work"),
    Invariant("history_engaged_for_nobody", "F", "a subprocessor works for an agreement that is over"),
    Invariant("history_joined_unsigned", "F", "a stranger's agreement is in force without both signatures"),
    Invariant("history_deadline_of_nothing", "F", "a deadline is open of something that is over"),
    Invariant("history_evidence_swept", "A", "a file that is evidence is gone, though nothing was erased"),
    Invariant("history_evidence_kept", "F", "all that the file is evidence of was erased, and its bytes are left"),
    Invariant("history_store_kept", "F", "the bytes of the file had to go from the store, and are still there"),
    Invariant("history_kept_after_erasure", "F", "the customer was erased, and contacts or links of it are left"),
)
TRIED: Final = [state.name for state in OUTGOING.table.states if state.tags & MAYBE_THERE]


async def look(connection: Connection, now: datetime, *, secret: str | None = None) -> History:
    """The ledger, and what must follow from it. `now` is UTC.

    Signatures of daily roots are checked where the secret is given.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        found = await verify(connection, secret=secret, now=now)
        broken = [BrokenPromise("A", found.wrong)] if found.wrong is not None else []
        given = {"grace": now - GRACE, "day": now - DAY - GRACE, "tried": TRIED}
        for rule in RULES:
            values = () if rule.given == "nothing" else (given[rule.given],)
            row = await connection.fetchrow(sql(rule.block), *values)
            if row is not None:
                broken.append(BrokenPromise(rule.promise, rule.says, row["id"]))
        return History(found, tuple(broken))
