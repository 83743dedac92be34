"""Every kind of subject that has a page of its own, by the list that it is in."""

from collections.abc import Mapping
from typing import Final

from service.http.routes.agreements import AGREEMENTS
from service.http.routes.announcements import ANNOUNCEMENTS
from service.http.routes.audits import AUDITS
from service.http.routes.breaches import BREACHES
from service.http.routes.changes import CHANGES
from service.http.routes.customers import CUSTOMERS
from service.http.routes.matters import MATTERS
from service.http.routes.notices import NOTICES
from service.http.routes.requests import REQUESTS
from service.http.routes.subprocessors import SUBPROCESSORS
from service.http.routes.tasks import TASKS
from service.http.routes.upstream import UPSTREAM_NOTICES
from service.http.routes.watches import WATCHES
from service.http.routes.webhooks import WEBHOOKS
from service.http.subjects import Resource

RESOURCES: Final[Mapping[str, Resource]] = {
    one.path: one
    for one in (
        AGREEMENTS,
        CHANGES,
        ANNOUNCEMENTS,
        NOTICES,
        BREACHES,
        CUSTOMERS,
        SUBPROCESSORS,
        WEBHOOKS,
        REQUESTS,
        AUDITS,
        MATTERS,
        UPSTREAM_NOTICES,
        WATCHES,
        TASKS,
    )
}
