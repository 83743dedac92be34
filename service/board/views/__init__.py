"""The pages of single subjects, by the list that each is in."""

from collections.abc import Mapping
from typing import Final

from service.board.view import BoardPage
from service.board.views import agreements, breaches, changes, machines, notices, others, people

PAGES: Final[Mapping[str, BoardPage]] = {
    one.resource.path: one
    for one in (
        agreements.PAGE,
        changes.PAGE,
        changes.ANNOUNCEMENT,
        notices.PAGE,
        breaches.PAGE,
        people.CUSTOMER,
        people.SUBPROCESSOR,
        machines.WEBHOOK,
        *others.PAGES,
    )
}
