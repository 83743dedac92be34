"""Tasks: what a person must do."""

from typing import Any, Final
from uuid import UUID

from service.http.lists import BY_ID, Listing, boolean, instant, one_of, state_of, text, uuid
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import API, Resource, routes
from workflows.kinds import WORKFLOWS
from workflows.model.task import Task


class TaskShown(Task, SubjectShown, frozen=True, kw_only=True):
    """A task; `subject` is what it is about, `link` where that can be read. `text` is in the processor's language."""

    subject: UUID
    subject_kind: str
    link: str
    customer_name: str | None
    """Whom what it is about concerns; null where that is nobody."""
    subprocessor_name: str | None
    overdue: bool


def shown(row: Any) -> TaskShown:
    """A row of `task_shown`."""
    fields = own_fields(row, Task)
    about, kind = fields["about"], fields["about_kind"]
    fields["text"] = fields["data"].get(f"text_{row['language']}") or fields["text"]
    place = ("breach", row["breach_id"]) if kind == "breach_case" else (kind, about)
    return TaskShown(
        **fields,
        **standing("task", row),
        subject=about,
        subject_kind=kind,
        link=f"{API}/{WORKFLOWS[place[0]].table.path}/{place[1]}",
        customer_name=row["customer_name"],
        subprocessor_name=row["subprocessor_name"],
        overdue=row["overdue"],
    )


TASKS: Final = Resource(
    kind="task",
    read="read_task",
    show=shown,
    shape=TaskShown,
    listing=Listing(
        block="list_tasks",
        order=BY_ID,
        filters={
            "subject": uuid,
            "kind": text,
            "state": state_of("task"),
            "owner": text,
            "role": one_of("manager", "director"),
            "overdue": boolean,
            "due_before": instant,
            "q": text,
            "since": instant,
        },
    ),
)

ROUTES: Final = routes(TASKS)
