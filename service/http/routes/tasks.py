"""Tasks: what a person must do."""

from typing import Final

from service.http.lists import BY_ID, Listing, boolean, instant, text, uuid
from service.http.subjects import Resource, actions, reading
from service.http.views import TaskShown, task

TASKS: Final = Resource(
    kind="task",
    read="read_task",
    show=task,
    shape=TaskShown,
    listing=Listing(
        block="list_tasks",
        order=BY_ID,
        filters={
            "subject": uuid,
            "kind": text,
            "state": text,
            "owner": text,
            "role": text,
            "overdue": boolean,
            "due_before": instant,
        },
    ),
)

ROUTES: Final = (*reading(TASKS), *actions(TASKS))
