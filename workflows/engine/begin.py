"""How a subject begins: its first row, its first event and what follows at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from workflows.engine.gathering import Gathering, Subject
from workflows.ledger.chain import GENESIS
from workflows.machine.effects import Effect
from workflows.machine.machine import Workflow
from workflows.model.parties import Entity


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A subject that begins: its kind, its first row, what it belongs to, and what follows at once."""

    kind: str
    entity: Entity
    parent: UUID | None = None
    data: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    effects: tuple[Effect, ...] = ()
    event: str = "created"


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Where a subject stands after a command."""

    id: UUID
    state: str
    version: int


def begin_in(workflow: Workflow, writes: Gathering, new: New, *, actor: str, at: datetime) -> Moved:
    """Gather a subject's first row, event and effects, in its workflow's first state."""
    state = workflow.states[workflow.table.initial]
    subject = Subject(
        id=new.entity.id,
        processor_id=new.entity.processor_id,
        kind=new.kind,
        parent_id=new.parent,
        state=state.name,
        version=0,
        head=GENESIS,
        tags=tuple(sorted(state.tags)),
        open=not state.final,
    )
    writes.put(subject, new.entity)
    writes.event(
        subject,
        f"{new.kind}.{new.event}",
        at=at,
        actor=actor,
        before=None,
        data=new.data,
        personal=new.personal,
    )
    if new.kind == "notice":
        writes.changes.add(new.entity.change_id)  # type: ignore[attr-defined]  # a Notice
    for effect in new.effects:
        writes.effect(subject, effect, at, actor)
    return Moved(id=subject.id, state=subject.state, version=subject.version)
