"""Somebody who acts through the engine, and what may be asked of it in passing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.session import Connection
from workflows.engine.engine import Engine
from workflows.errors import Refused
from workflows.machine.signals import D, Message
from workflows.machine.vocabulary import Command


class Acting(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, for which processors, and when (`at` arrival, `now` processing; UTC)."""

    engine: Engine
    processors: Sequence[UUID]
    actor: str
    at: datetime
    now: datetime
    role: str = "manager"

    def command(self, subject: UUID, trigger: str, data: Any, *, requested: bool = False) -> Command:
        """A command on one subject."""
        return Command(
            subject=subject,
            trigger=trigger,
            at=self.at,
            now=self.now,
            actor=self.actor,
            data=data,
            requested=requested,
            role=self.role,
        )

    async def run_unless_refused(self, connection: Connection, subject: UUID, message: Message[D], data: D) -> bool:
        """Tell a subject something that it may have no use for by now."""
        try:
            await self.engine.run(connection, self.processors, [self.command(subject, message.trigger, data)])
        except Refused:
            return False
        return True
