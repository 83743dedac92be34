"""Timers and messages as they are declared: each names a trigger and the shape of what comes with it.

Whoever sets a timer or tells another subject something goes through one of these, so that every trigger that
can fire is known, and checked against the tables, before the first one does.
"""

from datetime import datetime
from typing import Generic, TypeVar, overload
from uuid import UUID

import msgspec

from workflows.machine.effects import RANK_TELL, ClearTimer, Lane, SetTimer, Tell

D = TypeVar("D", bound=msgspec.Struct)


class NoData(msgspec.Struct, frozen=True):
    """The data of a trigger that needs none."""


class Timer(msgspec.Struct, Generic[D], frozen=True):
    """A timer that a subject may set for itself; one a `name`, which is its trigger unless said otherwise."""

    trigger: str
    data: type[D]
    rank: int = RANK_TELL
    lane: Lane = "normal"
    name: str = ""

    @overload
    def at(self: "Timer[NoData]", due_at: datetime, *, name: str = "") -> SetTimer: ...

    @overload
    def at(self, due_at: datetime, data: D, *, name: str = "") -> SetTimer: ...

    def at(self, due_at: datetime, data: msgspec.Struct | None = None, *, name: str = "") -> SetTimer:
        """Set it to an instant (UTC); `name` where there may be several at a time."""
        carried = {} if data is None else msgspec.to_builtins(data)
        return SetTimer(name or self.name or self.trigger, due_at, self.trigger, self.rank, self.lane, carried)

    def clear(self, name: str = "") -> ClearTimer:
        return ClearTimer(name or self.name or self.trigger)


class Message(msgspec.Struct, Generic[D], frozen=True):
    """What a subject of `kind` may be told; `kind` empty: whatever it is about, where its table has the trigger."""

    kind: str
    trigger: str
    data: type[D]

    @overload
    def to(self: "Message[NoData]", subject: UUID) -> Tell: ...

    @overload
    def to(self, subject: UUID, data: D) -> Tell: ...

    def to(self, subject: UUID, data: msgspec.Struct | None = None) -> Tell:
        return Tell(self.kind, subject, self.trigger, {} if data is None else msgspec.to_builtins(data))
