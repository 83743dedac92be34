"""One step of one subject, gathered into a batch: how it begins, and how it moves. Pure but for the batch."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from workflows.engine.batch import Batch, Subject
from workflows.kinds import WORKFLOWS
from workflows.ledger.chain import GENESIS
from workflows.machine.vocabulary import UNBORN, Command
from workflows.model.evidence import FileNamed
from workflows.model.parties import Entity

Loaded = dict[UUID, tuple[Entity, Any]]
"""Rows and surroundings of subjects, by id."""


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A subject that begins: what was entered of it, and what the row of its birth is given besides."""

    kind: str
    entity: Entity
    context: msgspec.Struct | None = None
    data: msgspec.Struct | None = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Where a subject stands after a command."""

    id: UUID
    state: str
    version: int


def begin(batch: Batch, new: New, *, actor: str, at: datetime, files: tuple[FileNamed, ...] = ()) -> Moved:
    """Begin a subject by its table; raises Refused and leaves nothing behind."""
    workflow, entity = WORKFLOWS[new.kind], new.entity
    command = Command(subject=entity.id, trigger=workflow.birth, at=at, now=batch.now, actor=actor, data=new.data)
    step = workflow.begin(entity, new.context, command)
    parent = workflow.table.parent
    subject = Subject(
        id=entity.id,
        processor_id=entity.processor_id,
        kind=new.kind,
        parent_id=getattr(step.entity, parent) if parent else None,
        state=UNBORN,
        version=0,
        head=GENESIS,
    )
    batch.step(subject, step, at=at, actor=actor, files=files)
    return Moved(id=subject.id, state=subject.state, version=subject.version)


def take(batch: Batch, subject: Subject, loaded: Loaded, command: Command) -> Moved:
    """Carry out a command; raises Refused and leaves nothing behind."""
    entity, context = loaded[subject.id]
    workflow = WORKFLOWS[subject.kind]
    step = workflow.step(subject.state, entity, context, command)
    batch.step(subject, step, at=command.at, actor=command.actor, files=command.files)
    around = workflow.table.surroundings
    loaded[subject.id] = (step.entity, context if around is None else around(step.entity, context))
    return Moved(id=subject.id, state=subject.state, version=subject.version)
