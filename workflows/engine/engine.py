"""The one way in: commands and timers alike lock a subject, take a pure step and write it in one commit.

command or timer → lock rows → load → step (pure) → move row, append event, timers, outbox → commit
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from db import clock
from db.queries import sql
from db.session import Connection
from workflows.agreement.versions import under
from workflows.engine.batch import Writes
from workflows.engine.begin import Moved, New, begin_in
from workflows.engine.firing import Loaded, Timer, fire, set_meanwhile
from workflows.engine.gathering import Subject
from workflows.errors import NotFound, StaleVersion
from workflows.kinds import WORKFLOWS
from workflows.machine.vocabulary import Command
from workflows.model.parties import Entity, Outage
from workflows.terms.load import parse_document
from workflows.terms.model import Terms

__all__ = ["Engine", "Moved", "New", "begin"]

WAITING = frozenset({"change", "announcement"})
"""Whose own timers do not fire with the command that made them due: a change first waits for its fan-out."""

HEARING = frozenset({"agreement", "breach", "breach_case"})
"""Who hears what it was told before it takes a command; notices, told by the thousand, leave that to the worker."""

OUTAGES_KEPT = timedelta(days=60)
"""How far back an outage can still concern a window that closes now."""


class Engine:
    """Steps subjects through their workflows; holds what never changes (terms versions)."""

    def __init__(self, *, arrival: Literal["direct", "relay"] = "direct") -> None:
        self.arrival = arrival
        self._terms: dict[UUID, Terms] = {}

    async def terms(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Terms]:
        """Terms versions by id; read once a process."""
        unknown = [one for one in set(ids) if one not in self._terms]
        if unknown:
            for row in await connection.fetch(sql("terms_documents"), unknown):
                self._terms[row["id"]] = parse_document(msgspec.json.decode(row["document"]), str(row["id"]))
        return {one: self._terms[one] for one in ids if one in self._terms}

    async def create(
        self, connection: Connection, new: Sequence[New], *, actor: str, at: datetime, now: datetime
    ) -> list[Moved]:
        """Begin subjects in their workflows' first states, each with its first event."""
        writes = Writes(now)
        moved = [begin(writes, one, actor=actor, at=at) for one in new]
        await writes.flush(connection)
        await self.queue_change_reviews(connection, writes, at)
        return moved

    async def run(self, connection: Connection, processors: Sequence[UUID], commands: Sequence[Command]) -> list[Moved]:
        """Carry out commands in order, all or none; the caller commits.

        Raises NotFound, StaleVersion, Refused, BadInput; the caller rolls back.
        """
        ids = list({command.subject for command in commands})
        locked = await self.lock(connection, processors, ids)
        if len(locked) != len(ids):
            raise NotFound("There is no such thing here; look at the list for its id.")
        loaded = await self.load(connection, locked)
        writes = Writes(commands[0].now)
        moved: list[Moved] = []
        for command in commands:
            subject = locked[command.subject]
            if command.if_match is not None and command.if_match != subject.version:
                raise StaleVersion(
                    f"It is at version {subject.version}, not {command.if_match}: read it again, then decide."
                )
            if subject.kind in HEARING:
                await self._heard(connection, writes, subject, loaded, command.now)
            writes.timer_changes.clear()
            self.take(writes, subject, loaded, command)
            if subject.kind not in WAITING:
                await self._at_once(connection, writes, subject, loaded, command.now)
            moved.append(Moved(id=subject.id, state=subject.state, version=subject.version))
        await writes.flush(connection)
        await self.queue_change_reviews(connection, writes, commands[0].now)
        return moved

    async def _heard(
        self, connection: Connection, writes: Writes, subject: Subject, loaded: Loaded, now: datetime
    ) -> None:
        """What another subject told it before this command is heard before it, whether or not a worker was by."""
        rows = await connection.fetch(sql("due_timers"), [subject.id], now)
        told = [Timer.stored(row) for row in rows if row["name"].startswith("tell:") and row["id"] not in writes.fired]
        if told:
            fire(self.take, writes, subject, loaded, told, now)

    async def _at_once(
        self, connection: Connection, writes: Writes, subject: Subject, loaded: Loaded, now: datetime
    ) -> None:
        """What the command made due already happens with it, after what was due before; the answer shows it."""
        soon = any(row is not None and row["due_at"] <= now for _, _, row in writes.timer_changes)
        held = soon and await clock.alarmed(connection)
        due = set_meanwhile(writes, subject, [], now, held=held)
        if not due:
            return
        names = {one.name for one in due}
        for row in await connection.fetch(sql("due_timers"), [subject.id], now):
            if row["name"] not in names and (subject.id, row["name"]) not in writes.timers:
                due.append(Timer.stored(row))
        fire(self.take, writes, subject, loaded, due, now, held=held)

    def take(self, writes: Writes, subject: Subject, loaded: dict[UUID, tuple[Entity, Any]], command: Command) -> None:
        """One step of one subject, gathered into `writes`; raises Refused and leaves nothing behind."""
        entity, context = loaded[subject.id]
        step = WORKFLOWS[subject.kind].step(subject.id, subject.processor_id, subject.state, entity, context, command)
        writes.step(subject, step, at=command.at, actor=command.actor)
        loaded[subject.id] = (step.entity, under(step.entity, context))  # type: ignore[assignment]  # a table's entity is an Entity

    async def lock(
        self, connection: Connection, processors: Sequence[UUID], ids: Sequence[UUID]
    ) -> dict[UUID, Subject]:
        """Lock subjects in the order of their ids, then their changes for sharing."""
        await connection.execute(sql("steady_plans"))
        rows = await connection.fetch(sql("lock_subjects"), list(processors), list(ids))
        return await self.share(connection, rows)

    async def share(self, connection: Connection, rows: Sequence[Any]) -> dict[UUID, Subject]:
        """Subjects from their rows; a notice's change is held still while the notice moves."""
        parents = {row["parent_id"] for row in rows if row["kind"] == "notice"}
        if parents:
            tenants = list({row["processor_id"] for row in rows})
            await connection.fetch(sql("share_parents"), tenants, sorted(parents))
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

    async def load(self, connection: Connection, subjects: dict[UUID, Subject]) -> dict[UUID, tuple[Entity, Any]]:
        """Rows and surroundings of locked subjects, read by a statement begun after the locks were held."""
        found: dict[UUID, tuple[Entity, Any]] = {}
        by_kind: dict[str, list[Subject]] = {}
        for subject in subjects.values():
            by_kind.setdefault(subject.kind, []).append(subject)
        for kind, group in by_kind.items():
            table = WORKFLOWS[kind].table
            rows = await connection.fetch(
                sql(f"load_{kind}"), list({one.processor_id for one in group}), [one.id for one in group]
            )
            around = [msgspec.json.decode(row["context"]) for row in rows]
            versions = [row["terms_version_id"] for row in rows if row["terms_version_id"] is not None]
            more = [UUID(one) for context in around for one in context.get("versions", ())]
            terms = await self.terms(connection, [*versions, *more])
            outages = await self._outages(connection) if kind == "notice" else ()
            for row, context in zip(rows, around, strict=True):
                if row["terms_version_id"] is not None:
                    context["terms"] = terms[row["terms_version_id"]]
                if "versions" in context:
                    context["versions"] = {UUID(one): terms[UUID(one)] for one in context["versions"]}
                if kind == "notice":
                    context["arrival"] = self.arrival
                    context["outages"] = outages
                found[row["id"]] = (
                    msgspec.json.decode(row["entity"], type=table.entity),
                    msgspec.convert(context, table.context),
                )
        return found

    async def _outages(self, connection: Connection) -> tuple[Outage, ...]:
        now = await clock.now(connection)
        rows = await connection.fetch(sql("recent_outages"), now - OUTAGES_KEPT)
        return tuple(Outage(row["began_at"], row["ended_at"]) for row in rows)

    async def queue_change_reviews(self, connection: Connection, writes: Writes, at: datetime) -> None:
        """P12: ask, without a counter, whether the changes behind these notices may move."""
        if writes.changes:
            await connection.execute(sql("queue_change_reviews"), list(writes.changes), at)


def begin(writes: Writes, new: New, *, actor: str, at: datetime) -> Moved:
    """Gather a subject's first row, event and effects."""
    return begin_in(WORKFLOWS[new.kind], writes, new, actor=actor, at=at)
