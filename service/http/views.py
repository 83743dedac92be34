"""What is shown outside: a subject's own fields, where it stands, and what may be done with it now.

Rows come from the views of the schema (`agreement_shown`, …): the entity as JSON beside its state.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

import msgspec

from service.http.deletion_plan_view import Duty, PlanItemShown, plan_item, survives
from workflows.agreement.table import in_force
from workflows.agreement.versions import texts
from workflows.kinds import WORKFLOWS
from workflows.ledger.chain import Body
from workflows.model.agreement import Agreement, MainContract
from workflows.model.change import Change
from workflows.model.notice import Notice
from workflows.model.parties import Customer, Engagement, Subprocessor
from workflows.model.reminders import LOOK_AGAIN
from workflows.model.task import Task
from workflows.model.text import Text
from workflows.reach.preview import Beside, known_twice
from workflows.terms.model import Ending

S = TypeVar("S", bound=msgspec.Struct)

PLACES: Final[Mapping[str, str]] = {kind: flow.table.path for kind, flow in WORKFLOWS.items() if flow.table.path}
"""Where a subject of each kind is read, below the API; a case of a breach is read with its breach."""


class CustomerShown(Customer, frozen=True, kw_only=True):
    """A customer."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""


class SubprocessorShown(Subprocessor, frozen=True, kw_only=True):
    """A subprocessor."""

    warnings: tuple[str, ...] = ()
    """What a person should look at before it is announced."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""


class OpenDeadline(msgspec.Struct, frozen=True, kw_only=True):
    """An open deadline of an agreement; `subject` is the agreement or one of its notices."""

    id: UUID
    subject: UUID
    rule: str
    key: str
    text: str
    due_at: datetime
    last_day: date
    boundary: Literal["exclusive", "inclusive", "from"]
    clause: str
    party: Literal["controller", "processor"]


class AgreementShown(Agreement, frozen=True, kw_only=True):
    """An agreement. `main_contract` is the only one, or the first of `main_contracts`."""

    plan: tuple[PlanItemShown, ...] = ()

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""
    main_contract: MainContract | None
    in_force: bool
    deadlines: list[OpenDeadline]
    survives: tuple[Duty, ...]
    terms_history: tuple[Text, ...] = ()
    """Every version that ever bound it, the first one included; `GET …/terms?on=` gives the text itself."""


class ChangeShown(Change, frozen=True, kw_only=True):
    """A change. `progress` counts its notices by state, and what else there is to know of them."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""
    progress: dict[str, Any]
    go_live_at: datetime | None
    differences: list[Beside] | None = None
    """What a new text changes, by the text that it replaces; null in lists."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at delivery, with the server's words."""

    message_id: UUID
    kind: str
    contact_id: UUID
    to: str
    at: datetime
    outcome: str
    code: int | None
    words: str


class NoticeShown(Notice, frozen=True, kw_only=True):
    """A notice, with every answer ever given and every delivery."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""
    attempts: list[Attempt]


class TaskShown(Task, frozen=True, kw_only=True):
    """A task; `subject` is what it is about, `link` where that can be read."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""
    subject: UUID
    subject_kind: str
    link: str
    overdue: bool


class EngagementShown(Engagement, frozen=True, kw_only=True):
    """An engagement, with the subprocessor's name."""

    subprocessor: str


class DeadlineShown(OpenDeadline, frozen=True, kw_only=True):
    """An open deadline, with how it was counted."""

    processor_id: UUID
    subject_kind: str
    agreement_id: UUID | None
    customer: str | None
    zone: str
    reading: str
    steps: list[str]
    calendar: str
    overdue: bool
    remind_at: datetime | None
    """When it is spoken of next; null: nothing is left to say."""


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the ledger. `data` has the personal part while it is there; hashes are hex."""

    id: UUID
    processor_id: UUID
    subject: UUID
    subject_kind: str
    seq: int
    type: str
    at: datetime
    recorded_at: datetime
    actor: str
    before: str | None
    after: str
    data: dict[str, Any]
    personal: Literal["none", "here", "erased"]
    hash: str
    previous: str


class MomentShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timeline: an event that was, a deadline that is open, or a step that is planned."""

    at: datetime
    what: Literal["event", "deadline", "planned"]
    type: str
    subject: UUID
    subject_kind: str
    id: UUID | None = None
    """The event's own, as `correct` takes it; null for what is still to come."""
    actor: str | None = None
    state: str | None = None
    text: str | None = None
    clause: str | None = None
    party: str | None = None
    data: dict[str, Any] | None = None


def customer(row: Any) -> CustomerShown:
    """A row of `customer_shown`."""
    return CustomerShown(**_entity(row, Customer), **_standing(row))


def subprocessor(row: Any) -> SubprocessorShown:
    """A row of `subprocessor_shown`."""
    fields = _entity(row, Subprocessor)
    return SubprocessorShown(**fields, **_standing(row), warnings=known_twice(fields["duplicate_of"]))


def agreement(row: Any) -> AgreementShown:
    """A row of `agreement_shown`."""
    fields = _entity(row, Agreement)
    contracts: tuple[MainContract, ...] = fields["main_contracts"]
    ending = msgspec.json.decode(row["ending"], type=Ending)
    entity = Agreement(**fields)
    fields["plan"] = tuple(plan_item(entity, one) for one in entity.plan)
    fields["terms_history"] = texts(entity)
    return AgreementShown(
        **fields,
        survives=survives(entity, ending),
        **_standing(row),
        main_contract=contracts[0] if contracts else None,
        in_force=in_force(row["state"], row["in_force_until"]),
        deadlines=msgspec.json.decode(row["deadlines"], type=list[OpenDeadline]),
    )


def change(row: Any, go_live_at: datetime | None = None) -> ChangeShown:
    """A row of `change_shown`; `go_live_at` (UTC) is what the preview says, for one that has no notices yet."""
    groups = msgspec.json.decode(row["notices"], type=list[_Group])
    known = [one.go_live_at for one in groups if one.go_live_at is not None]
    return ChangeShown(
        **_entity(row, Change),
        **_standing(row),
        progress=_progress(groups, row["told"]),
        go_live_at=min(known) if known else go_live_at,
    )


def notice(row: Any) -> NoticeShown:
    """A row of `notice_shown`."""
    return NoticeShown(
        **_entity(row, Notice),
        **_standing(row),
        attempts=msgspec.json.decode(row["attempts"], type=list[Attempt]),
    )


def task(row: Any) -> TaskShown:
    """A row of `task_shown`."""
    fields = _entity(row, Task)
    about, kind = fields["about"], fields["about_kind"]
    place = ("breach", row["breach_id"]) if kind == "breach_case" else (kind, about)
    return TaskShown(
        **fields,
        **_standing(row),
        subject=about,
        subject_kind=kind,
        link=f"/api/v1/{PLACES[place[0]]}/{place[1]}",
        overdue=row["overdue"],
    )


def engagement(row: Any) -> EngagementShown:
    """A row of `list_engagements`."""
    return EngagementShown(**_entity(row, Engagement), subprocessor=row["subprocessor"])


def deadline(row: Any) -> DeadlineShown:
    """A row of `list_deadlines`."""
    return DeadlineShown(
        id=row["id"],
        processor_id=row["processor_id"],
        subject=row["subject_id"],
        subject_kind=row["subject_kind"],
        agreement_id=row["agreement_id"],
        customer=row["customer"],
        rule=row["rule"],
        key=row["key"],
        text=row["text"],
        due_at=row["due_at"],
        last_day=row["last_day"],
        zone=row["zone"],
        boundary=row["boundary"],
        clause=row["clause"],
        party=row["party"],
        reading=row["reading"],
        steps=msgspec.json.decode(row["steps"]),
        calendar=row["calendar"],
        overdue=row["overdue"],
        remind_at=row["remind_at"] if row["remind_at"] != LOOK_AGAIN else None,
    )


def event(row: Any) -> EventShown:
    """A row of `list_events`."""
    said = msgspec.json.decode(row["body"], type=Body)
    here = row["personal"] is not None
    return EventShown(
        id=row["id"],
        processor_id=row["processor_id"],
        subject=said.subject,
        subject_kind=said.kind,
        seq=said.seq,
        type=said.type,
        at=said.at,
        recorded_at=said.recorded_at,
        actor=said.actor,
        before=said.before,
        after=said.after,
        data=_whole(said, row["personal"]),
        personal="here" if here else "erased" if said.personal_sha256 else "none",
        hash=row["hash"].hex(),
        previous=row["previous"].hex(),
    )


def moment(row: Any) -> MomentShown:
    """A row of `timeline`."""
    if row["what"] != "event":
        return MomentShown(
            at=row["at"],
            what=row["what"],
            type=row["name"],
            subject=row["subject_id"],
            subject_kind=row["subject_kind"],
            text=row["text"],
            clause=row["clause"],
            party=row["party"],
        )
    said = msgspec.json.decode(row["body"], type=Body)
    return MomentShown(
        at=row["at"],
        what="event",
        id=row["id"],
        type=said.type,
        subject=said.subject,
        subject_kind=said.kind,
        actor=said.actor,
        state=said.after,
        data=_whole(said, row["personal"]),
    )


class _Group(msgspec.Struct, frozen=True):
    """Notices of a change that stand alike."""

    state: str
    outcome: str | None
    count: int
    running: int
    engaged: int
    go_live_at: datetime | None


def _progress(groups: list[_Group], told: str | None) -> dict[str, Any]:
    """Every state of a notice with its count, the counts by outcome, and how far telling has come."""
    progress: dict[str, Any] = {"total": sum(one.count for one in groups)}
    progress |= dict.fromkeys(WORKFLOWS["notice"].states, 0)
    outcomes: dict[str, int] = {}
    for one in groups:
        progress[one.state] += one.count
        name = one.outcome or "pending"
        outcomes[name] = outcomes.get(name, 0) + one.count
    carried = msgspec.json.decode(told) if told else {}
    return {
        **progress,
        "outcomes": outcomes,
        "running": sum(one.running for one in groups),
        "engaged": sum(one.engaged for one in groups),
        "told": {
            "done": carried.get("done") or 0,
            "total": carried.get("total") or 0,
            "finished": bool(carried.get("finished")),
        },
    }


def _entity(row: Any, shape: type[S]) -> dict[str, Any]:
    return msgspec.structs.asdict(msgspec.json.decode(row["entity"], type=shape))


def _standing(row: Any) -> dict[str, Any]:
    return {
        "state": row["state"],
        "version": row["version"],
        "actions": row["offered"],
        "created_at": row["created_at"],
        "set_apart": row["parked_why"],
    }


def _whole(said: Body, personal: str | None) -> dict[str, Any]:
    return {**said.data, **msgspec.json.decode(personal)} if personal is not None else said.data
