"""Every list of the board, with its columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup, escape
from msgspec.structs import replace

from service.board.desk import READS, PageDesk
from service.board.lists import BoardList, Column, Names, of_resource, plain
from service.board.saying import say_deadline, say_doer, say_task
from service.http.request_context import ReadUnit
from service.http.routes.agreements import AGREEMENTS
from service.http.routes.announcements import ANNOUNCEMENTS
from service.http.routes.audits import AUDITS
from service.http.routes.breaches import BREACHES
from service.http.routes.changes import CHANGES
from service.http.routes.customers import CUSTOMERS
from service.http.routes.deadlines import DEADLINES
from service.http.routes.deadlines import shown as deadline_shown
from service.http.routes.matters import MATTERS
from service.http.routes.notices import NOTICES
from service.http.routes.requests import REQUESTS
from service.http.routes.subprocessors import SUBPROCESSORS
from service.http.routes.tasks import TASKS
from service.http.routes.upstream import UPSTREAM_NOTICES
from service.http.routes.watches import WATCHES
from workflows.model.task import Task

NEWEST: Final = {"sort": "-created_at"}


def own(name: str, say: Callable[[PageDesk, Any], object]) -> Column:
    """The column that names a row, and leads to its page."""

    def cell(desk: PageDesk, item: Any, names: Names) -> Markup:
        del names
        return desk.link(f"{desk.request.url.path.rstrip('/').rpartition('/')[2]}/{item.id}", say(desk, item))

    return Column(name, cell)


def called(name: str, ref: str) -> Column:
    """A column with another subject by its name."""
    return Column(name, lambda desk, item, names: desk.named(names.get(getattr(item, ref))))


def named(name: str = "name") -> Column:
    """A row whose own name the list knows."""
    return Column(name, lambda desk, item, names: desk.by(names, item.id))


def stands(kind: str) -> Column:
    """Where the row's subject stands."""
    return Column("state", lambda desk, item, _: desk.state(kind, item.state))


def day(name: str, label: str = "") -> Column:
    """The local day of an instant."""
    return Column(label or name, lambda desk, item, _: desk.day_of(getattr(item, name)))


def until(name: str, of: str = "") -> Column:
    """The last moment of a period, in the zone of the agreement that the subject `of` has."""
    return Column(
        name, lambda desk, item, names: desk.last_of(getattr(item, name), names.get(getattr(item, of)) if of else None)
    )


def _soonest(desk: PageDesk, item: Any, names: Names) -> Markup:
    first = min(item.deadlines, key=lambda one: one.due_at, default=None)
    if first is None:
        return Markup()
    due = desk.due(first.due_at, first.rule, first.boundary, desk.zone_of(names.get(item.id)))
    return say_deadline(desk, first.rule, first.text) + ", " + due


def _progress(desk: PageDesk, item: Any, names: Names) -> Markup:
    del names
    total: int = item.progress["total"]
    if not total:
        return Markup()
    settled = total - item.progress["outcomes"].get("pending", 0)
    return desk.w("list.settled", settled=desk.w.number(settled), total=desk.w.number(total))


def _informed(desk: PageDesk, item: Any, names: Names) -> Markup:
    del names
    informed = sum(one.informed_at is not None for one in item.cases)
    return desk.w("list.informed", informed=desk.w.number(informed), total=desk.w.number(len(item.cases)))


def _people(desk: PageDesk, item: Any, names: Names) -> Markup:
    del desk, names
    return Markup(", ").join(escape(one.name) for one in item.contacts)


def _doer(desk: PageDesk, item: Any, names: Names) -> Markup:
    del names
    return say_doer(desk, item.owner, item.role, item.escalated_at)


def _reference(item: Any) -> str:
    return item.main_contract.reference if item.main_contract is not None else ""


def _own_id(item: Any) -> Sequence[UUID | None]:
    return (item.id,)


def _of(*refs: str) -> Callable[[Any], Sequence[UUID | None]]:
    return lambda item: [getattr(item, ref) for ref in refs]


async def _deadlines(unit: ReadUnit, rows: Sequence[Any]) -> Sequence[Any]:
    del unit
    return [deadline_shown(row) for row in rows]


async def _tasks(unit: ReadUnit, rows: Sequence[Any]) -> Sequence[Any]:
    """Tasks with their text as it is stored, from which each reader gets it in the own language."""
    unit.role = READS
    return [
        replace(item, text=msgspec.json.decode(row["entity"], type=Task).text)
        for item, row in zip(await TASKS.shown(unit, rows), rows, strict=True)
    ]


_AGREEMENTS: Final = BoardList(
    **of_resource(AGREEMENTS),
    first={"sort": "customer_name"},
    refs=_own_id,
    within=("customer_name", lambda one: one.customer_id, _reference),
    columns=(named("agreement_id"), plain("terms"), stands("agreement"), Column("next", _soonest)),
)
_CUSTOMERS: Final = BoardList(
    **of_resource(CUSTOMERS),
    first={"sort": "name"},
    columns=(
        own("name", lambda _, one: one.name),
        plain("country"),
        plain("role"),
        Column("contacts", _people),
        stands("customer"),
    ),
)
_CHANGES: Final = BoardList(
    **of_resource(CHANGES),
    first=NEWEST,
    refs=_own_id,
    columns=(named("change_id"), plain("effective_on"), stands("change"), Column("progress", _progress)),
)
_NOTICES: Final = BoardList(
    **of_resource(NOTICES),
    first=NEWEST,
    refs=_of("id", "change_id"),
    columns=(
        own("customer_id", lambda _, one: one.customer_name),
        called("change_id", "change_id"),
        plain("rule"),
        until("closes_at", "id"),
        stands("notice"),
    ),
)
_ANNOUNCEMENTS: Final = BoardList(
    **of_resource(ANNOUNCEMENTS),
    first=NEWEST,
    refs=lambda one: one.changes,
    columns=(
        Column("changes", lambda desk, item, names: desk.link(f"announcements/{item.id}", _bundle(desk, item, names))),
        day("announced_at"),
        stands("announcement"),
    ),
)
_BREACHES: Final = BoardList(
    **of_resource(BREACHES),
    first={"sort": "-discovered_at"},
    columns=(
        own("summary", lambda desk, one: desk.wording(one.summary)),
        Column("discovered_at", lambda desk, item, _: desk.at(item.discovered_at)),
        Column("informed", _informed),
        stands("breach"),
    ),
)
_REQUESTS: Final = BoardList(
    **of_resource(REQUESTS),
    first={"sort": "-received_at"},
    refs=_of("customer_id", "agreement_id"),
    columns=(
        own("kind", lambda desk, one: desk.choice("kind", one.kind)),
        called("customer_id", "customer_id"),
        plain("reference"),
        day("received_at"),
        until("due_at", "agreement_id"),
        stands("request"),
    ),
)
_AUDITS: Final = BoardList(
    **of_resource(AUDITS),
    first={"sort": "-requested_at"},
    refs=_of("agreement_id", "id"),
    columns=(named("audit_id"), day("requested_at"), plain("planned_on"), plain("auditor"), stands("audit")),
)
_MATTERS: Final = BoardList(
    **of_resource(MATTERS),
    first=NEWEST,
    refs=_of("customer_id", "agreement_id"),
    columns=(
        own("subject", lambda _, one: one.subject),
        called("customer_id", "customer_id"),
        plain("kind"),
        until("due_at", "agreement_id"),
        stands("matter"),
    ),
)
_UPSTREAM: Final = BoardList(
    **of_resource(UPSTREAM_NOTICES),
    first=NEWEST,
    refs=_of("subprocessor_id"),
    columns=(
        own("kind", lambda desk, one: desk.choice("kind", one.kind)),
        called("subprocessor_id", "subprocessor_id"),
        day("received_at"),
        until("object_until"),
        stands("upstream"),
    ),
)
_WATCHES: Final = BoardList(
    **of_resource(WATCHES),
    first=NEWEST,
    refs=_of("subprocessor_id"),
    columns=(
        own("url", lambda _, one: one.url),
        called("subprocessor_id", "subprocessor_id"),
        day("looked_at"),
        day("differed_at"),
        stands("watch"),
    ),
)
_TASKS: Final = BoardList(
    **(of_resource(TASKS) | {"show": _tasks}),
    first={"state": "open", "sort": "-created_at"},
    refs=_of("about"),
    columns=(
        own("text", lambda desk, one: say_task(desk, one.text, one.data)),
        called("about", "about"),
        Column("owner", _doer),
        until("due_at", "about"),
        stands("task"),
    ),
)
_SUBPROCESSORS: Final = BoardList(
    **of_resource(SUBPROCESSORS),
    first={"sort": "name"},
    columns=(
        own("name", lambda _, one: one.name),
        Column("service", lambda desk, one, _: desk.wording(one.service)),
        Column("country", lambda desk, one, _: escape(desk.w.place(one.country))),
        plain("bound_on"),
    ),
)
_DEADLINES: Final = BoardList(
    path="deadlines",
    kind="",
    listing=DEADLINES,
    show=_deadlines,
    first={"sort": "due_at"},
    refs=_of("subject"),
    columns=(
        Column("what", lambda desk, one, _: say_deadline(desk, one.rule, one.text)),
        called("about", "subject"),
        plain("party"),
        Column("due_at", lambda desk, one, _: desk.due(one.due_at, one.rule, one.boundary, one.zone)),
    ),
)


def _bundle(desk: PageDesk, item: Any, names: Names) -> Markup:
    found = [names[id] for id in item.changes if id in names]
    return Markup("; ").join(desk.called(one) for one in found)


LISTS: Final[Mapping[str, BoardList]] = {
    one.path: one
    for one in (
        _AGREEMENTS,
        _CUSTOMERS,
        _CHANGES,
        _ANNOUNCEMENTS,
        _NOTICES,
        _BREACHES,
        _REQUESTS,
        _AUDITS,
        _MATTERS,
        _TASKS,
        _SUBPROCESSORS,
        _UPSTREAM,
        _WATCHES,
        _DEADLINES,
    )
}
"""By the part of the address that names it."""
