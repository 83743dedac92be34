"""Who acts, for whom and when: what every command of one request, form or message has in common."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from workflows.machine.vocabulary import Command
from workflows.model.evidence import FileNamed


class Acting(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` is how events name who acts, `role` the key's or `contact`, `processors` those whose rows may be seen.

    `at` is when it arrived, which is what counts; `now` when it is carried out. Both UTC.
    """

    actor: str
    role: str = ""
    at: datetime
    now: datetime
    processors: tuple[UUID, ...]
    files: tuple[FileNamed, ...] = ()
    """What proves it: each event that follows from its commands names them."""

    def command(self, subject: UUID, trigger: str, data: Any = None, *, requested: bool = False) -> Command:
        """A command on one subject; `requested` where only rows marked as actions may answer."""
        return Command(
            subject=subject,
            trigger=trigger,
            at=self.at,
            now=self.now,
            actor=self.actor,
            data=data,
            requested=requested,
            role=self.role,
            files=self.files,
        )
