"""Every kind of subject with its workflow: one place, so that a new kind is one line."""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from typing import Any, Final

import msgspec

from workflows.agreement.table import AGREEMENT
from workflows.announcement.table import ANNOUNCEMENT
from workflows.audit.table import AUDIT
from workflows.breach.case import BREACH_CASE
from workflows.breach.table import BREACH
from workflows.change.table import CHANGE
from workflows.customer.table import CUSTOMER
from workflows.machine import messages
from workflows.machine.checking import TableError
from workflows.machine.machine import Workflow
from workflows.machine.signals import Message
from workflows.matter.table import MATTER
from workflows.message.table import OUTGOING
from workflows.notice.table import NOTICE
from workflows.parties.table import PROCESSOR, SUBPROCESSOR
from workflows.request.table import REQUEST
from workflows.task.table import TASK
from workflows.upstream.table import UPSTREAM
from workflows.watch.table import WATCH
from workflows.webhook.order_table import DELETION_ORDER
from workflows.webhook.table import WEBHOOK

WORKFLOWS: Final[dict[str, Workflow[Any, Any]]] = {
    one.name: one
    for one in (
        PROCESSOR,
        CUSTOMER,
        SUBPROCESSOR,
        AGREEMENT,
        ANNOUNCEMENT,
        CHANGE,
        NOTICE,
        TASK,
        WEBHOOK,
        BREACH,
        BREACH_CASE,
        REQUEST,
        AUDIT,
        MATTER,
        UPSTREAM,
        WATCH,
    )
}

BESIDE_SUBJECTS: Final[dict[str, Workflow[Any, Any]]] = {one.name: one for one in (OUTGOING, DELETION_ORDER)}
"""Rows that move by a table and are no subjects: they have no events, and statements move many at once."""


def states_of(*kinds: str) -> msgspec.Meta:
    """The states of these kinds as an enumeration for a field of type `str`; of all subjects where none is named."""
    known = WORKFLOWS | BESIDE_SUBJECTS
    names = {one.name for kind in kinds or WORKFLOWS for one in known[kind].table.states}
    return msgspec.Meta(extra_json_schema={"enum": sorted(names)})


def in_order(workflows: Mapping[str, Workflow[Any, Any]]) -> tuple[str, ...]:
    """Kinds, those first that others point at: a field `KIND_id` holds the id of a subject of that kind."""
    pointed_at = {
        name: {field.removesuffix("_id") for field in one.table.entity.__struct_fields__ if field.endswith("_id")}
        & (set(workflows) - {name})
        for name, one in workflows.items()
    }
    return tuple(TopologicalSorter(pointed_at).static_order())


def check_messages(workflows: Mapping[str, Workflow[Any, Any]], told: Iterable[Message[Any]]) -> None:
    """Check that every message finds a row that takes it, with its data. Raises TableError."""
    for one in told:
        if one.kind:
            takers = [workflows[one.kind]] if one.kind in workflows else []
        else:
            takers = [flow for flow in workflows.values() if flow.shape(one.trigger) and not flow.sets(one.trigger)]
        if not takers or any(flow.shape(one.trigger) is not one.data for flow in takers):
            whom = one.kind or "any subject"
            raise TableError(f"no row takes the message {one.trigger!r} to {whom} with {one.data.__name__}")


check_messages(WORKFLOWS, (*messages.ALL, *(one for flow in WORKFLOWS.values() for one in flow.table.tells)))

WRITTEN: Final = in_order(WORKFLOWS)
"""The order in which rows are put down."""

KNOWN: Final = sorted({f"{kind}.{row.trigger}" for kind, flow in WORKFLOWS.items() for row in flow.table.rows})
"""Every trigger that a table of this program has a row for, with the kind before it: an older or newer program may
know others."""
