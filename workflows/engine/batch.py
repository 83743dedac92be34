"""What a batch of steps has to say, gathered in memory until it is written."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, assert_never
from uuid import UUID

import msgspec

from db.spans import here
from workflows.engine.rounds import Rounds, Rows
from workflows.ids import new_id
from workflows.kinds import WORKFLOWS
from workflows.ledger.chain import Body, commit, encode, link
from workflows.ledger.rows import seal
from workflows.machine.effects import (
    RANK_TELL,
    ClearTimer,
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    Engage,
    ErasePersonal,
    FanOut,
    OpenDeadline,
    OpenTask,
    PlaceKnown,
    RevokeLinks,
    Send,
    SetTimer,
    Tell,
)
from workflows.machine.vocabulary import UNBORN, Step
from workflows.message.table import OUTGOING
from workflows.model.end_reason import WORDS
from workflows.model.evidence import FileNamed
from workflows.model.parties import Entity

_QUEUED: Final = OUTGOING.table.initial
MESSAGE = "tell:"
"""How the names of timers begin that are messages from elsewhere."""


class Event(NamedTuple):
    """A row of the ledger, in the order in which `insert_events` takes its columns."""

    processor: UUID
    subject: UUID
    seq: int
    type: str
    at: datetime
    recorded_at: datetime
    body: str
    previous: bytes
    hash: bytes
    change: UUID | None


class Subject(msgspec.Struct, kw_only=True):
    id: UUID
    processor_id: UUID
    kind: str
    parent_id: UUID | None
    state: str
    version: int
    head: bytes
    was: int = 0
    """The version that was read; 0 for one that is new."""
    open: bool = True
    tags: tuple[str, ...] = ()


class Batch:
    """Everything one or more subjects have to say to the database.

    `texts` are digests of versions of the terms: what rests on one says so in its events.
    """

    def __init__(self, now: datetime, texts: Mapping[UUID, str] | None = None) -> None:
        self.now = now
        self.texts = texts or {}
        self.subjects: dict[UUID, Subject] = {}
        self.entities: dict[str, dict[UUID, Entity]] = {}
        self.events: list[Event] = []
        self.personal: Rows = []
        self.files: Rows = []
        """Which event has which file for its evidence."""
        self.timers: dict[tuple[UUID, str], dict[str, Any] | None] = {}
        self.timer_changes: list[tuple[UUID, str, dict[str, Any] | None]] = []
        """What steps did to timers, in order, for whoever fires the rest of a batch."""
        self.fired: set[UUID] = set()
        self.deadlines = Rounds()
        self._opened: set[tuple[UUID, str, str]] = set()
        self._begun: set[tuple[UUID, UUID, str | None]] = set()
        """Where somebody begins for an agreement: a second yes for the same place finds the first one's row."""
        self.engagements = Rounds()
        self._engaged: Rows = []
        """What the present step does to engagements, for its event."""
        self.messages: Rows = []
        self.leading: dict[tuple[UUID, UUID, str], UUID] = {}
        """The message that carries the others, by what goes together, the contact and its kind (P19)."""
        self.links_revoked: Rows = []
        self.places: Rows = []
        self.erased: Rows = []
        """Customers whose personal data go."""
        self.fan_outs: Rows = []
        self.tasks: list[tuple[Subject, OpenTask | CloseTasks, datetime]] = []
        """In the order in which steps asked: a close takes back what was opened before it."""
        self.reviews: dict[str, set[UUID]] = {}
        """Subjects whose state may follow from what was written (P12), by the block that makes them look."""

    def put(self, subject: Subject, entity: Entity) -> None:
        """The subject's row as it is now."""
        self.entities.setdefault(subject.kind, {})[subject.id] = entity

    def event(
        self,
        subject: Subject,
        kind: str,
        *,
        at: datetime,
        actor: str,
        before: str | None,
        data: dict[str, Any],
        personal: dict[str, Any],
    ) -> None:
        """Append to the subject's chain; its version is the number of its events."""
        commitment = None
        seq = subject.version + 1
        entity = self.entities[subject.kind][subject.id]
        form, sealed = seal(subject.kind, entity)
        version: UUID | None = getattr(entity, "terms_version_id", None)
        text = self.texts.get(version) if version is not None else None
        if personal:
            salt = os.urandom(16)
            words = msgspec.json.encode(personal).decode()
            commitment = commit(salt, words)
            self.personal.append(
                {
                    "subject_id": subject.id,
                    "seq": seq,
                    "processor_id": subject.processor_id,
                    "salt": salt.hex(),
                    "body": words,
                }
            )
        body = encode(
            Body(
                subject=subject.id,
                kind=subject.kind,
                seq=seq,
                type=kind,
                at=at,
                recorded_at=self.now,
                actor=actor,
                before=before,
                after=subject.state,
                data=data,
                personal_sha256=commitment,
                row_form=form,
                row_sha256=sealed,
                terms=(version, text) if version is not None and text is not None else None,
                engagements=tuple(self._engaged),
            )
        )
        self._engaged.clear()
        previous = subject.head
        subject.head = link(previous, seq, body)
        subject.version = seq
        self.subjects[subject.id] = subject
        course = WORKFLOWS[subject.kind].table.course
        change = getattr(entity, course) if course else None
        self.events.append(
            Event(subject.processor_id, subject.id, seq, kind, at, self.now, body, previous, subject.head, change)
        )

    def step(
        self, subject: Subject, step: Step, *, at: datetime, actor: str, files: tuple[FileNamed, ...] = ()
    ) -> None:
        """One step: the state, its one event, the row and the effects. `files` are its evidence."""
        before = subject.state if subject.state != UNBORN else None
        subject.state = step.dest
        subject.open = not step.final
        subject.tags = tuple(sorted(step.tags))
        self.put(subject, step.entity)
        for effect in step.effects:
            self.effect(subject, effect, at, actor)
        data = {**step.data, "files": [one.said for one in files]} if files else step.data
        self.event(subject, step.event, at=at, actor=actor, before=before, data=data, personal=step.personal)
        own = {"processor_id": subject.processor_id, "subject_id": subject.id, "seq": subject.version}
        self.files += [{"file_id": one.id, **own} for one in files]
        review = WORKFLOWS[subject.kind].table.reviews
        if review is not None:
            self.reviews.setdefault(review.block, set()).add(getattr(step.entity, review.field))

    def effect(self, subject: Subject, effect: Effect, at: datetime, actor: str) -> None:
        """Gather what an effect writes."""
        own = {"processor_id": subject.processor_id, "subject_id": subject.id}
        match effect:
            case SetTimer():
                self.timer(own, effect.name, effect.trigger, effect.due_at, effect.rank, effect.lane, effect.data)
            case ClearTimer():
                self._timer(subject.id, effect.name, None)
            case Tell():
                self.tell(subject.processor_id, effect, at)
            case OpenDeadline():
                one = (subject.id, effect.due.rule, effect.key)
                self.deadlines.begin(one[:2], {**_deadline(own, effect), "at": at}, apart=one in self._opened)
                self._opened.add(one)
            case CloseDeadline():
                row = {**own, "rule": effect.rule, "key": effect.key, "how": effect.how, "at": self.now}
                self.deadlines.end((subject.id, effect.rule), row)
            case Send():
                self._message(own, effect)
            case Engage():
                row = _engagement(own, effect)
                place = (effect.agreement, effect.subprocessor, effect.country)
                apart = effect.replaces is not None or place in self._begun
                self.engagements.begin(effect.agreement, row, apart=apart)
                self._begun.add(place)
                self._tell_engaged({**row, "begin": row["id"], "id": None, "processor_id": None})
            case Disengage():
                row = {**own, **msgspec.structs.asdict(effect), "why": WORDS[effect.reason]}
                self.engagements.end(effect.agreement, row)
                told = {name: one for name, one in msgspec.structs.asdict(effect).items() if one != effect.agreement}
                self._tell_engaged({"end": effect.agreement, **told})
            case OpenTask() | CloseTasks():
                self.tasks.append((subject, effect, at))
            case FanOut():
                self.fan_outs.append(
                    {
                        "id": new_id(),
                        **own,
                        "kind": effect.kind,
                        "change_id": effect.change,
                        "agreement_id": effect.agreement,
                        "revision": effect.revision,
                        "announcement_id": effect.announcement,
                        "at": at,
                        "actor": actor,
                        "created_at": self.now,
                        "traceparent": here(),
                    }
                )
            case RevokeLinks():
                which = {"contact_id": effect.contact, "whole": effect.whole, "purpose": effect.purpose}
                self.links_revoked.append({**own, **which, "at": self.now})
            case PlaceKnown():
                self.places.append({**own, "country": effect.country, "at": at})
                self._tell_engaged({"place": effect.subprocessor, "country": effect.country, "at": at})
            case ErasePersonal():
                self.erased.append({"processor_id": subject.processor_id, "customer": effect.customer, "at": at})
            case _:
                assert_never(effect)

    def _tell_engaged(self, what: dict[str, Any]) -> None:
        self._engaged.append({name: value for name, value in what.items() if value is not None})

    def tell(self, processor: UUID, message: Tell, at: datetime) -> None:
        """A message to a subject: a timer on it that is due. No lock is taken on it."""
        target = {"processor_id": processor, "subject_id": message.subject}
        name = f"{MESSAGE}{new_id()}"
        self.timer(target, name, message.trigger, at, RANK_TELL, "normal", message.data, traceparent=here())

    def timer(
        self,
        target: dict[str, Any],
        name: str,
        trigger: str,
        due_at: datetime,
        rank: int,
        lane: str,
        data: dict[str, Any],
        traceparent: str | None = None,
    ) -> None:
        """One timer a name: the last one set counts. `traceparent` is what a message came from (`db.spans.here`)."""
        row = {
            "id": new_id(),
            **target,
            "name": name,
            "trigger": trigger,
            "due_at": due_at,
            "rank": rank,
            "lane": lane,
            "data": data,
            "traceparent": traceparent,
        }
        self._timer(target["subject_id"], name, row)

    def _message(self, own: dict[str, Any], effect: Send) -> None:
        row = _message(own, effect, self.now)
        if effect.together is not None:
            lead = self.leading.setdefault((effect.together, effect.contact, effect.kind), row["id"])
            row["carried_by"] = lead if lead != row["id"] else None
        self.messages.append(row)

    def _timer(self, subject: UUID, name: str, row: dict[str, Any] | None) -> None:
        self.timers[subject, name] = row
        self.timer_changes.append((subject, name, row))


def _deadline(own: dict[str, Any], effect: OpenDeadline) -> dict[str, Any]:
    due = effect.due
    return {
        "id": new_id(),
        **own,
        "agreement_id": effect.agreement,
        "rule": due.rule,
        "key": effect.key,
        "text": effect.text,
        "due_at": due.due_at,
        "last_day": due.last_day,
        "zone": due.zone,
        "boundary": due.boundary,
        "party": due.party,
        "clause": due.clause,
        "reading": due.reading,
        "steps": due.steps,
        "calendar": due.calendar,
    }


def _message(own: dict[str, Any], effect: Send, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        **own,
        "customer_id": effect.customer,
        "contact_id": effect.contact,
        "kind": effect.kind,
        "address": effect.address,
        "language": effect.language,
        "data": effect.data,
        "counts": effect.counts,
        "state": _QUEUED,
        "created_at": now,
        "carried_by": None,
        "reminds": effect.reminds,
        "traceparent": here(),
    }


def _engagement(own: dict[str, Any], effect: Engage) -> dict[str, Any]:
    return {
        "id": new_id(),
        "processor_id": own["processor_id"],
        "agreement_id": effect.agreement,
        "subprocessor_id": effect.subprocessor,
        "country": effect.country,
        "since": effect.since,
        "basis": effect.basis,
        "notice_id": effect.notice,
        "change_id": effect.change,
        "replaces_id": effect.replaces,
        "leaves_country": effect.leaves_country,
    }
