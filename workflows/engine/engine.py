"""The one way in: commands and timers alike lock a subject, take a pure step and write it in one commit.

command or timer → lock rows → load → step (pure) → move row, append event, timers, outbox → commit
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from db.failpoints import reach
from db.queries import sql
from db.session import Connection
from db.spans import Value, span
from workflows.engine.batch import MESSAGE, Batch, Subject
from workflows.engine.due import StoredTimers
from workflows.engine.firing import fire, set_meanwhile
from workflows.engine.steps import Loaded, Moved, New, begin, take
from workflows.engine.writing import write
from workflows.errors import NotFound, Refused
from workflows.kinds import WORKFLOWS
from workflows.machine.acting import Acting
from workflows.machine.signals import D, Message
from workflows.machine.vocabulary import Command
from workflows.model.parties import Entity
from workflows.terms.load import stored_digest, stored_terms
from workflows.terms.model import Terms

__all__ = ["Engine", "Moved", "New", "begin"]

VERSIONS: Final = "versions"
"""What a context calls further versions of terms: the database gives their ids."""


class Held(msgspec.Struct, frozen=True):
    """Subjects that are locked, and by their ids the rows and surroundings of those that were read."""

    subjects: dict[UUID, Subject]
    loaded: Loaded


class Engine:
    """Steps subjects through their workflows; holds what never changes (terms versions)."""

    def __init__(self, *, arrival: Literal["direct", "relay"] = "direct") -> None:
        self.arrival = arrival
        self._terms: dict[UUID, Terms] = {}
        self.texts: dict[UUID, str] = {}
        """The SHA-256 of the document of each version that was read, for the events of what rests on it."""

    def share_terms(self, other: "Engine") -> None:
        """Use the terms that another engine has read, and read for it too."""
        self._terms, self.texts = other._terms, other.texts

    async def terms(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Terms]:
        """Terms versions by id; read once a process."""
        unknown = [one for one in set(ids) if one not in self._terms]
        if unknown:
            for row in await connection.fetch(sql("terms_documents"), unknown):
                self._terms[row["id"]] = stored_terms(row["document"])
                self.texts[row["id"]] = stored_digest(row["document"]).hex()
        return {one: self._terms[one] for one in ids if one in self._terms}

    async def create(self, connection: Connection, new: Sequence[New], acting: Acting) -> list[Moved]:
        """Begin subjects in their workflows' first states, each with its first event."""
        with span("begin " + " ".join(sorted({one.kind for one in new})), _named([one.entity.id for one in new])):
            batch = Batch(acting.now, self.texts)
            moved = [begin(batch, one, actor=acting.actor, at=acting.at, files=acting.files) for one in new]
            await self.put(connection, batch, acting.at)
        return moved

    async def hold(
        self,
        connection: Connection,
        processors: Sequence[UUID],
        ids: Sequence[UUID],
        *,
        also: Sequence[UUID] = (),
    ) -> Held:
        """Lock subjects, and others that must not move meanwhile (`also`), and read the first; `run` may go on from it.

        What is not there, or is another processor's, is in neither.
        """
        locked = await self.lock(connection, processors, [*ids, *also])
        return Held(locked, await self.load(connection, {one: locked[one] for one in ids if one in locked}))

    async def run(
        self,
        connection: Connection,
        processors: Sequence[UUID],
        commands: Sequence[Command],
        *,
        held: Held | None = None,
    ) -> list[Moved]:
        """Carry out commands in order, all or none; the caller commits. `held`: their subjects, read before.

        Raises NotFound, Refused, BadInput; the caller rolls back.
        """
        ids = list({command.subject for command in commands})
        if held is None:
            held = await self.hold(connection, processors, ids)
        if not held.loaded.keys() >= set(ids):
            raise NotFound("There is no subject with this id; look at the list for its id.")
        called = f"{held.subjects[ids[0]].kind}.{commands[0].trigger}"
        with span(f"command {called}", _named(ids) | {"termijn.command": called}):
            return await self._carry_out(connection, commands, held)

    async def _carry_out(self, connection: Connection, commands: Sequence[Command], held: Held) -> list[Moved]:
        locked, loaded = held.subjects, held.loaded
        await reach("command.held")
        batch = Batch(commands[0].now, self.texts)
        stored = StoredTimers(connection, list(locked), max(command.now for command in commands))
        moved: list[Moved] = []
        for command in commands:
            subject = locked[command.subject]
            table = WORKFLOWS[subject.kind].table
            if table.reads_messages_first:
                await _take_messages(stored, batch, subject, loaded, command.now)
            if table.fires_due_first:
                await _fire_due_before(stored, batch, subject, loaded, command)
            batch.timer_changes.clear()
            take(batch, subject, loaded, command)
            if not table.timers_wait:
                await _fire_due_now(stored, batch, subject, loaded, command.now)
            moved.append(Moved(id=subject.id, state=subject.state, version=subject.version))
        await reach("command.stepped")
        await self.put(connection, batch, commands[0].now)
        await reach("command.written")
        return moved

    async def put(self, connection: Connection, batch: Batch, at: datetime) -> None:
        """Write what a batch gathered, and ask whether those behind it may move (P12); the caller commits."""
        await write(connection, batch)
        for block, ids in batch.reviews.items():
            await connection.execute(sql(block), list(ids), at)

    async def run_unless_refused(
        self, connection: Connection, acting: Acting, subject: UUID, message: Message[D], data: D
    ) -> bool:
        """Tell a subject something that it may have no use for by now; whether it had."""
        try:
            await self.run(connection, acting.processors, [acting.command(subject, message.trigger, data)])
        except Refused:
            return False
        return True

    async def lock(
        self, connection: Connection, processors: Sequence[UUID], ids: Sequence[UUID]
    ) -> dict[UUID, Subject]:
        """Lock subjects in the order of their ids, then their changes for sharing."""
        rows = await connection.fetch(sql("lock_subjects"), list(processors), list(ids))
        return await self.share(connection, rows)

    async def share(self, connection: Connection, rows: Sequence[Any]) -> dict[UUID, Subject]:
        """Subjects from their rows; where the table says so, what one belongs to is held still while it moves."""
        parents = {row["parent_id"] for row in rows if WORKFLOWS[row["kind"]].table.holds_parent}
        if parents:
            tenants = list({row["processor_id"] for row in rows})
            await connection.fetch(sql("share_parents"), tenants, sorted(parents))
        return subjects_of(rows)

    async def busy_parents(self, connection: Connection, rows: Sequence[Any]) -> frozenset[UUID]:
        """What locked subjects belong to and would hold still, where somebody else holds it; the rest is held."""
        wanted = {row["parent_id"] for row in rows if WORKFLOWS[row["kind"]].table.holds_parent}
        if not wanted:
            return frozenset()
        tenants = list({row["processor_id"] for row in rows})
        free = await connection.fetch(sql("share_free_parents"), tenants, sorted(wanted))
        return frozenset(wanted - {row["id"] for row in free})

    async def load(self, connection: Connection, subjects: Mapping[UUID, Subject]) -> Loaded:
        """Rows and surroundings of locked subjects, read by a statement begun after the locks were held."""
        found: Loaded = {}
        by_kind: dict[str, list[Subject]] = {}
        for subject in subjects.values():
            by_kind.setdefault(subject.kind, []).append(subject)
        for kind, group in by_kind.items():
            found |= await self.surroundings(
                connection, kind, list({one.processor_id for one in group}), [one.id for one in group]
            )
        return found

    async def surroundings(
        self,
        connection: Connection,
        kind: str,
        processors: Sequence[UUID],
        ids: Sequence[UUID],
    ) -> Loaded:
        """Rows of one kind, with what their table may know besides: `load_KIND`, versions of terms, and of this
        service whatever its context has a field for."""
        table = WORKFLOWS[kind].table
        fields = set(table.context.__struct_fields__)
        rows = await connection.fetch(sql(f"load_{kind}"), list(processors), list(ids))
        around = _around(rows, table.context)
        versions = [row["terms_version_id"] for row in rows if row["terms_version_id"] is not None]
        more = [UUID(one) for context in around for one in context.get(VERSIONS, ())]
        terms = await self.terms(connection, [*versions, *more])
        service: dict[str, Any] = {"arrival": self.arrival} if "arrival" in fields else {}
        found: dict[UUID, tuple[Entity, Any]] = {}
        for row, context in zip(rows, around, strict=True):
            context |= service
            if row["terms_version_id"] is not None:
                context["terms"] = terms[row["terms_version_id"]]
            if VERSIONS in context:
                context[VERSIONS] = {UUID(one): terms[UUID(one)] for one in context[VERSIONS]}
            found[row["id"]] = (
                msgspec.json.decode(row["entity"], type=table.entity),
                msgspec.convert(context, table.context),
            )
        return found


def _around(rows: Sequence[Any], context: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """What stands around each subject, by the fields of its context. Where a block says that several share a part of
    it, that part is read once, and is the same object in each."""
    types = {one.name: one.type for one in msgspec.structs.fields(context)}
    shared: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        if (part := row.get("shared")) is not None:
            shared[row["shared_by"]] = {
                name: one if name == VERSIONS else msgspec.convert(one, types[name])
                for name, one in msgspec.json.decode(part).items()
            }
    return [msgspec.json.decode(row["context"]) | shared.get(row.get("shared_by"), {}) for row in rows]


def _named(subjects: Sequence[UUID]) -> dict[str, Value]:
    """What a span says of subjects: the one, or how many there are."""
    return {"termijn.subject": str(subjects[0])} if len(subjects) == 1 else {"termijn.subjects": len(subjects)}


def subjects_of(rows: Sequence[Any]) -> dict[UUID, Subject]:
    """Locked subjects from their rows."""
    return {
        row["id"]: Subject(
            id=row["id"],
            processor_id=row["processor_id"],
            kind=row["kind"],
            parent_id=row["parent_id"],
            state=row["state"],
            version=row["version"],
            head=row["head"],
            was=row["version"],
        )
        for row in rows
    }


async def _take_messages(stored: StoredTimers, batch: Batch, subject: Subject, loaded: Loaded, now: datetime) -> None:
    """Apply messages that were queued for it before this command, whether or not a worker was by."""
    told = [one for one in await stored.due(batch, subject.id, now) if one.name.startswith(MESSAGE)]
    if told:
        fire(batch, subject, loaded, told, now)


async def _fire_due_before(
    stored: StoredTimers, batch: Batch, subject: Subject, loaded: Loaded, command: Command
) -> None:
    """Fire, in their order, its own timers that were due when the command arrived. Messages wait for the worker: a
    reminder need not go out to somebody who answers just now."""
    until = min(command.at, command.now)
    due = [one for one in await stored.due(batch, subject.id, until) if not one.name.startswith(MESSAGE)]
    if due:
        fire(batch, subject, loaded, due, until, held=await stored.held())


async def _fire_due_now(stored: StoredTimers, batch: Batch, subject: Subject, loaded: Loaded, now: datetime) -> None:
    """Fire what the command made due, after what was due before; the answer shows it."""
    soon = any(row is not None and row["due_at"] <= now for _, _, row in batch.timer_changes)
    held = soon and await stored.held()
    due = set_meanwhile(batch, subject, [], now, held=held)
    if not due:
        return
    names = {one.name for one in due}
    due += [
        one
        for one in await stored.due(batch, subject.id, now)
        if one.name not in names and (subject.id, one.name) not in batch.timers
    ]
    fire(batch, subject, loaded, due, now, held=held)
