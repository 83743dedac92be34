"""The one thing to do about something that waits: the action that settles it, where the table allows it now."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup

from db.queries import sql
from service.board.desk import PageDesk
from service.board.forms.deeds import UPDATE, deeds
from service.board.names import Name
from service.board.resources import RESOURCES
from service.http.auth import Caller, Role
from service.http.request_context import ReadUnit
from workflows.task.table import NOT_BY_HAND
from workflows.terms.names import NOTICE, OF_KIND, RETENTION

OF_RULES: Final[Mapping[str, tuple[str, ...]]] = {
    "audit.improvement": ("improve",),
    "audit.next": ("plan",),
    "audit.notice": ("plan",),
    "audit.notice_after_breach": ("plan",),
    "audit.planned": ("report",),
    "breach.notice": ("notify", "record-call"),
    "breach.report": ("update",),
    "breach.target": ("notify", "record-call"),
    "end.certificate": ("confirm",),
    "end.choice": ("choose",),
    "end.declaration": ("confirm",),
    "end.erasure": ("approve-plan", "confirm"),
    "end.return": ("approve-plan", "confirm"),
    "ending.cure": ("confirm-cure",),
    "request.assist": ("fulfil", "forward"),
    "request.forward": ("forward",),
    "subprocessor.erasure": ("confirm",),
}
"""By rule of a deadline: the actions that bring about what it asks for, the first that is possible."""
OF_RETENTION: Final = ("approve-plan", "confirm")
"""The same for every rule of retention: what it keeps is an item of the deletion plan."""

OF_TASKS: Final[Mapping[str, tuple[str, ...]]] = {
    "approve_plan": ("approve-plan",),
    "ask_choice": ("choose",),
    "audit_cost": ("divide-cost",),
    "audit_improve": ("improve",),
    "audit_nda": ("sign-nda",),
    "audit_plan": ("plan",),
    "bounced": ("resend",),
    "breach_call": ("record-call",),
    "breach_follow_up": ("update",),
    "breach_late": ("record-call",),
    "breach_report": ("update",),
    "confirm_deletion": ("confirm",),
    "consent_in_writing": ("consent",),
    "cure": ("confirm-cure",),
    "decide_objection": ("decide",),
    "declare": ("confirm",),
    "erase": ("confirm",),
    "facts_missing": ("give-facts",),
    "erasure_refused": ("confirm",),
    "hold_incomplete": ("hold",),
    "joined": ("sign",),
    "main_contract": ("add-main-contract",),
    "matter": ("answer", "close"),
    "matter_in_writing": ("answer",),
    "request_forward": ("forward",),
    "request_help": ("fulfil",),
    "request_written": ("written",),
    "return": ("confirm",),
    "undeliverable": ("resend",),
    "place_unknown": (UPDATE,),
    "watch_failing": (UPDATE, "look", "stop"),
    "webhook_paused": ("resume",),
}
"""The same by kind of a task, of the subject that it is about."""
OTHERWISE: Final[Mapping[str, tuple[str, ...]]] = {"joined": ("withdraw",)}
"""The other way out, where the words of a task name one."""
OF_CUSTOMERS: Final = frozenset(
    {"bounced_copy", "breach_bounced", "breach_no_address", "contact_corrected", "contact_gone", "contacts_asked"}
)
"""Kinds of task that end where the customer's contacts are put right."""
OF_SUBPROCESSORS: Final = "bind_subprocessors"
"""A task that ends where each subprocessor has its date; its data name them."""

FIRST: Final[Mapping[str, str]] = {"approve-plan": "mailbox_read"}
"""By action that is not possible yet: the kind of the open task of its subject that comes before it."""

DECIDED: Final = frozenset({"classify_reply", "disagreement", "nobody_engaged", "upstream"})
"""Kinds of task with more than one way out: the page has them all."""


class NextStep(msgspec.Struct, frozen=True):
    """Something that may be done now, with the page that asks for the rest."""

    href: str
    words: Markup


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits about a subject; `task` where a task says so."""

    subject: UUID
    actions: tuple[str, ...]
    task: UUID | None = None
    otherwise: tuple[str, ...] = ()
    by_hand: bool = True
    """The task may be marked as done."""
    directors: bool = False
    """It is a director who may."""
    item: str | None = None
    """The item of the deletion plan that a task is about."""
    decided: bool = False
    """There is more than one way out."""
    before: str = ""
    """The kind of the task, where another waits for it."""
    contacts: bool = False
    """The customer's contacts are to be put right."""
    record: UUID | None = None
    """The subprocessor of whom something is to be entered."""


def of_task(kind: str, about: UUID, id: UUID, data: Mapping[str, Any], *, directors: bool = False) -> Waiting:
    """What a task waits for; `directors` where it is nobody else's to mark as done."""
    named = data.get("subprocessors") or [] if kind == OF_SUBPROCESSORS else []
    return Waiting(
        subject=about,
        actions=OF_TASKS.get(kind, ()),
        task=id,
        otherwise=OTHERWISE.get(kind, ()),
        by_hand=kind not in NOT_BY_HAND,
        directors=directors,
        item=data.get("task_id"),
        decided=kind in DECIDED,
        before=kind if kind in FIRST.values() else "",
        contacts=kind in OF_CUSTOMERS,
        record=UUID(named[0]) if named else None,
    )


def of_rule(rule: str) -> tuple[str, ...]:
    """The actions that bring about what a rule's deadline asks for."""
    if rule.startswith(OF_KIND):
        return OF_RULES[NOTICE]
    return OF_RULES.get(rule, OF_RETENTION if rule.startswith(RETENTION) else ())


async def settling(
    desk: PageDesk, unit: ReadUnit, waiting: Sequence[Waiting], names: Mapping[UUID, Name]
) -> list[NextStep | None]:
    """For each: the action that settles it, else the page where it is seen; None where there is neither."""
    caller = desk.call().caller
    offered: dict[UUID, tuple[str, ...]] = {}
    for one in waiting:
        name = names.get(one.subject)
        if name is not None and one.actions and name.page not in offered and name.list in RESOURCES:
            offered[name.page] = await _offered(unit, name)

    possible = [
        _possible(caller, names[one.subject], one.actions, offered.get(names[one.subject].page, ()))
        if one.subject in names
        else None
        for one in waiting
    ]
    first = await _first(unit, [one for one, action in zip(waiting, possible, strict=True) if action is None])

    def offer(one: Waiting, action: str | None) -> NextStep | None:
        name = names.get(one.subject)
        doer: Role = "director" if one.directors else "manager"
        if name is not None and action is not None:
            which = {"task_id": one.item} if one.item is not None and action == "confirm" else {}
            return NextStep(desk.href(f"{name.path}/{action}", **which), desk.f.action(name.list, action))
        record = _record(one, name) if caller.may(deeds()["customers", UPDATE].role) else None
        if record is not None:
            list, id = record
            return NextStep(desk.href(f"{list}/{id}/{UPDATE}"), desk.f.action(list, UPDATE))
        if one.subject in first and action is None and _waits(one) and caller.may("manager"):
            kind, before = first[one.subject]
            return NextStep(desk.href(f"tasks/{before}/done"), desk.w(f"first.{kind}"))
        if one.task is not None and one.by_hand and not one.decided and caller.may(doer):
            words = desk.w(f"first.{one.before}") if one.before else desk.f.action("tasks", "done")
            return NextStep(desk.href(f"tasks/{one.task}/done"), words)
        return NextStep(desk.href(name.path), desk.w("board.open")) if name is not None and name.path else None

    return [offer(one, action) for one, action in zip(waiting, possible, strict=True)]


async def ways_out(desk: PageDesk, unit: ReadUnit, one: Waiting, names: Mapping[UUID, Name]) -> list[NextStep]:
    """All that may be done about it now: what settles it first, then the other way out."""
    [first] = await settling(desk, unit, [one], names)
    found = [first] if first is not None else []
    name = names.get(one.subject)
    if name is not None and one.otherwise and name.list in RESOURCES:
        action = _possible(desk.call().caller, name, one.otherwise, await _offered(unit, name))
        if action is not None:
            found.append(NextStep(desk.href(f"{name.path}/{action}"), desk.f.action(name.list, action)))
    return found


def _waits(one: Waiting) -> bool:
    """Whether another task may have to be done before it."""
    return any(action in FIRST for action in one.actions)


async def _first(unit: ReadUnit, stuck: Sequence[Waiting]) -> dict[UUID, tuple[str, UUID]]:
    """By subject: the task that has to be done before anything else can be."""
    subjects = list({one.subject for one in stuck if _waits(one)})
    if not subjects:
        return {}
    rows: Sequence[Any] = await unit.connection.fetch(
        sql("open_tasks_of_kind"), unit.processors, subjects, list(FIRST.values())
    )
    return {row["about"]: (row["kind"], row["id"]) for row in rows}


def _record(one: Waiting, name: Name | None) -> tuple[str, UUID] | None:
    """The record that is to be put right, where that is another one than the subject."""
    if one.record is not None:
        return "subprocessors", one.record
    if one.contacts and name is not None and name.customer_id is not None:
        return "customers", name.customer_id
    return None


def _possible(caller: Caller, name: Name, wanted: Sequence[str], offered: Sequence[str]) -> str | None:
    """The first of the wanted actions that the table allows now, and the reader may ask for."""
    for action in wanted:
        deed = deeds().get((name.list, action))
        if deed is not None and caller.may(deed.role) and (action in offered or (action == UPDATE and deed.fills)):
            return action
    return None


async def _offered(unit: ReadUnit, name: Name) -> tuple[str, ...]:
    resource = RESOURCES[name.list]
    row: Any = await resource.row(unit, name.page)
    (shown,) = await resource.shown(unit, [row])
    found: tuple[str, ...] = shown.actions
    return found
