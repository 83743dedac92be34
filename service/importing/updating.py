"""What an import changes of what is on record, where it was asked to: by the steps that a person would take."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec

from db.session import Connection
from service.importing.comparing import Difference
from service.importing.findings import Findings
from service.importing.records import Books
from workflows.engine.engine import Engine
from workflows.errors import Refused
from workflows.kinds import WORKFLOWS
from workflows.machine.vocabulary import Command
from workflows.model.agreement import DraftUpdate
from workflows.model.parties import CustomerUpdate

_TRIGGER: Final = "update"
_AT_ONCE: Final = 200


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """A record of which a file says otherwise, and what would change it; `data` None: no import may."""

    kind: Literal["customer", "agreement"]
    subject: UUID
    state: str
    differences: tuple[Difference, ...]
    data: CustomerUpdate | DraftUpdate | None

    @property
    def number(self) -> str | None:
        """The number that it would have from then on."""
        found = self.data.external_id if self.data is not None else None
        return found if isinstance(found, str) else None


async def check_updates(
    connection: Connection, engine: Engine, updates: Sequence[Update], books: Books, actor: str, findings: Findings
) -> None:
    """Whether each may be carried out; what its table refuses stands at its line."""
    for kind in ("customer", "agreement"):
        mine = [(one, command) for one, command in _commands(updates, books, actor) if one.kind == kind]
        for start in range(0, len(mine), _AT_ONCE):
            some = mine[start : start + _AT_ONCE]
            ids = [one.subject for one, _ in some]
            loaded = await engine.surroundings(connection, kind, [books.processor.id], ids, books.now)
            for one, command in some:
                try:
                    WORKFLOWS[kind].step(one.state, *loaded[one.subject], command)
                except Refused as refused:
                    findings.add(one.differences[0].line, "", refused.detail.rstrip("."))


async def carry_out(
    connection: Connection, engine: Engine, updates: Sequence[Update], books: Books, actor: str
) -> None:
    """Change what may be changed; the caller commits."""
    commands = [command for _, command in _commands(updates, books, actor)]
    for start in range(0, len(commands), _AT_ONCE):
        await engine.run(connection, [books.processor.id], commands[start : start + _AT_ONCE])


def _commands(updates: Sequence[Update], books: Books, actor: str) -> Iterator[tuple[Update, Command]]:
    for one in updates:
        if one.data is not None:
            yield (
                one,
                Command(subject=one.subject, trigger=_TRIGGER, at=books.now, now=books.now, actor=actor, data=one.data),
            )
