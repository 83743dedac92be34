"""Watches as they are entered and changed: an address that may be called, and a subprocessor that there is."""

from typing import Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import New
from workflows.errors import NotFound, Refused
from workflows.ids import new_id
from workflows.intake.checks import Checks
from workflows.intake.webhooks import url_problem
from workflows.model.watch import CarryOn, Watch, WatchUpdate

MOST: Final = 200
"""Lists that a processor may follow at a time."""


class WatchIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list of a subprocessor to follow."""

    subprocessor_id: UUID
    url: str
    carry_on: CarryOn = "draft"


async def new_watch(connection: Connection, processor: UUID, given: WatchIn, *, insecure: bool) -> New:
    """Make a new watch.

    Raises BadInput with what is wrong, NotFound for a subprocessor of another processor, Refused where there are as
    many as may be.
    """
    _check(given.url, insecure=insecure)
    if await connection.fetchrow(sql("load_subprocessor"), [processor], [given.subprocessor_id]) is None:
        raise NotFound(
            f"There is no subprocessor with the id {given.subprocessor_id}; look at /api/v1/subprocessors for its id."
        )
    await connection.execute(sql("hold_watches"), str(processor))
    if await connection.fetchval(sql("count_watches"), [processor]) >= MOST:
        raise Refused(f"There are {MOST} watches already: stop one that is no longer needed.", guard="most")
    return New(kind="watch", entity=Watch(id=new_id(), processor_id=processor, **msgspec.structs.asdict(given)))


def checked_watch(given: WatchUpdate, *, insecure: bool) -> WatchUpdate:
    """Give the update back; BadInput with what is wrong."""
    if isinstance(given.url, str):
        _check(given.url, insecure=insecure)
    return given


def _check(url: str, *, insecure: bool) -> None:
    checks = Checks()
    if problem := url_problem(url, insecure=insecure):
        checks.wrong("url", problem)
    checks.done()
