"""Every route below `/api/v1`."""

from litestar.types import ControllerRouterHandler

from service.http.routes import (
    agreements,
    announcements,
    audits,
    breaches,
    calendars,
    changes,
    clock,
    customers,
    deadlines,
    dev,
    disclosures,
    engagements,
    events,
    evidence,
    feed,
    files,
    forecast,
    imports,
    inbound,
    letters,
    matters,
    notices,
    penalties,
    processors,
    requests,
    signatures,
    subprocessors,
    tasks,
    terms,
    terms_text,
    told,
    upstream,
    users,
    watches,
    webhooks,
)

_IN_ORDER = (
    processors, users, told, terms, terms_text, calendars, clock, dev, customers, subprocessors, agreements, changes,
    announcements, notices,
    engagements, tasks, deadlines, forecast, feed, events, evidence, files, letters, disclosures, imports, inbound,
    signatures,
    breaches, requests, audits, penalties,
    matters,
    upstream, watches, webhooks,
)  # fmt: skip
"""As the API's document lists them."""

ROUTES: tuple[ControllerRouterHandler, ...] = tuple(route for one in _IN_ORDER for route in one.ROUTES)
