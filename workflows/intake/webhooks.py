"""Webhooks as they are entered and changed: an address that may be called, events and holders that there are."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import New
from workflows.errors import Refused
from workflows.event_types import known
from workflows.ids import new_id
from workflows.intake.addresses import target_of
from workflows.intake.checks import Checks
from workflows.kinds import WORKFLOWS
from workflows.model.webhook import Webhook, WebhookUpdate
from workflows.names import name_key
from workflows.webhook.table import ORDER_TYPES

MOST: Final = 50
"""Webhooks that a processor may have at a time."""
OWN: Final = ("processor", "backups")
"""Holders that every plan knows, besides subprocessors."""


class WebhookIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new webhook; without `events` it gets all that happen."""

    url: str
    events: tuple[str, ...] = ("*",)
    holders: tuple[str, ...] = ()
    description: str = ""


async def new_webhook(connection: Connection, processor: UUID, given: WebhookIn, *, insecure: bool) -> New:
    """Make a new webhook.

    Raises BadInput with everything that is wrong, Refused where there are as many as may be.
    """
    fields = msgspec.structs.asdict(given)
    await _check(connection, processor, fields, insecure=insecure)
    if await connection.fetchval(sql("count_webhooks"), [processor]) >= MOST:
        raise Refused(f"There are {MOST} webhooks already: switch off one that is no longer needed.", guard="most")
    entity = Webhook(id=new_id(), processor_id=processor, **fields)
    return New(kind="webhook", entity=entity)


async def checked_update(
    connection: Connection, webhook: Webhook, given: WebhookUpdate, *, insecure: bool
) -> WebhookUpdate:
    """Give the update back; BadInput with everything that is wrong."""
    fields = {name: value for name, value in msgspec.structs.asdict(given).items() if value is not msgspec.UNSET}
    merged = {"events": webhook.events, "holders": webhook.holders, **fields}
    await _check(connection, webhook.processor_id, merged, insecure=insecure)
    return given


def url_problem(url: str, *, insecure: bool) -> str | None:
    """Say what is wrong with a receiver's URL; None where it may be called."""
    try:
        target_of(url, insecure=insecure)
    except ValueError as error:
        return str(error)
    return None


def event_problem(name: str) -> str | None:
    """Say what is wrong with one entry of `events`; None where it asks for something that there is."""
    if name == "*" or name in ORDER_TYPES:
        return None
    kind, dot, rest = name.partition(".")
    if not dot or kind not in WORKFLOWS:
        kinds = ", ".join(sorted(WORKFLOWS))
        return f"asks for no event: write *, deletion.ordered, or a type such as notice.object or notice.*; of: {kinds}"
    if rest == "*" or rest in known(kind):
        return None
    return f"is no event of a {kind}; those are: {', '.join(sorted(known(kind)))}"


async def _check(connection: Connection, processor: UUID, fields: dict[str, Any], *, insecure: bool) -> None:
    checks = Checks()
    if "url" in fields and (problem := url_problem(fields["url"], insecure=insecure)):
        checks.wrong("url", problem)
    events = tuple(fields["events"])
    if not events:
        checks.wrong("events", "is empty: leave it out for all, or name at least one")
    checks.each("events", events, lambda path, name: _event(checks, path, name))
    checks.words("description", fields.get("description"))
    await _check_holders(connection, processor, checks, fields)
    checks.done()


def _event(checks: Checks, path: str, name: str) -> None:
    if problem := event_problem(name):
        checks.wrong(path, problem)


async def _check_holders(connection: Connection, processor: UUID, checks: Checks, fields: dict[str, Any]) -> None:
    holders = tuple(fields["holders"])
    if not holders:
        return
    if not ORDER_TYPES & set(fields["events"]):
        checks.wrong("holders", "narrows deletion orders alone: add deletion.ordered to `events`")
    rows = await connection.fetch(sql("subprocessor_names"), [processor])
    checks.each("holders", holders, lambda path, holder: _holder(checks, path, holder, rows))


def _holder(checks: Checks, path: str, holder: str, rows: Iterable[Any]) -> None:
    taken = {name_key(one) for row in rows for one in (str(row["id"]), row["name"])}
    if holder not in OWN and name_key(holder) not in taken:
        names = ", ".join((*OWN, *(row["name"] for row in rows)))
        checks.wrong(path, f"holds no data here: name one of {names[:300]}, or a subprocessor's id")
