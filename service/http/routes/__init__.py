"""Every route below `/api/v1`."""

from litestar.types import ControllerRouterHandler

from service.http.routes import (
    agreements,
    changes,
    clock,
    customers,
    deadlines,
    dev,
    engagements,
    events,
    inbound,
    notices,
    processors,
    subprocessors,
    tasks,
    terms,
)

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *processors.ROUTES,
    *terms.ROUTES,
    *clock.ROUTES,
    *dev.ROUTES,
    *customers.ROUTES,
    *subprocessors.ROUTES,
    *agreements.ROUTES,
    *changes.ROUTES,
    *notices.ROUTES,
    *engagements.ROUTES,
    *tasks.ROUTES,
    *deadlines.ROUTES,
    *events.ROUTES,
    *inbound.ROUTES,
)
