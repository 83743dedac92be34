"""The one clock: read it, and in simulated mode set it."""

import asyncio
import time
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from db import clock
from db.queries import sql
from db.session import transaction
from service.http.decode import Instant
from service.http.request_context import RequestContext
from workflows.errors import Refused, Unavailable

TAGS: Final = ["clock"]
ADMIN: Final = {"tenant": False, "role": "admin", "keyed": False}
LOOK_SECONDS: Final = 0.01
"""The first pause between looks at whether a jump has arrived; later ones are a tenth of the time that it took so far,
and a second at most."""
WAIT_SECONDS: Final = 900.0
"""How long a jump may take; all that is due on the way happens in it, mails included."""


class ClockIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the clock is to go."""

    now: Instant


class ClockAlarmShown(msgspec.Struct, frozen=True, kw_only=True):
    """The clock is in doubt since `since`: it left the time that truly passed by `seconds`. `held` timers, which
    cannot be undone, wait until it is right again or somebody confirms it."""

    since: datetime
    seconds: float
    held: int


class ClockShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the clock says (UTC), and whose time it is; `alarm` only while there is one."""

    now: datetime
    mode: Literal["system", "simulated"]
    alarm: ClockAlarmShown | None = None


@get("/clock", opt={"tenant": False}, tags=TAGS)
async def read_clock(call: NamedDependency[RequestContext]) -> Response[ClockShown]:
    """What time it is."""
    return call.shown(await _read(call))


@post("/clock/confirm", status_code=200, opt=ADMIN, tags=TAGS)
async def confirm_clock(call: NamedDependency[RequestContext]) -> Response[ClockShown]:
    """Say that the clock is right, after an alarm: what was held goes on. Without an alarm nothing happens.

    There is no dry run: `GET clock` says how many timers wait for it.
    """
    async with call.caller.transaction(call.parts.pool) as connection:
        await clock.confirm(connection)
    await call.parts.doorbell.ring()
    return call.shown(await _read(call))


@put("/clock", opt=ADMIN | {"also": (409,)}, tags=TAGS)
async def set_clock(call: NamedDependency[RequestContext], data: JSONBody[ClockIn]) -> Response[ClockShown]:
    """Let the simulated clock go forward to `now`.

    Fires everything due on the way, in order of its due instant, and answers when all of it is done. Until
    the first processor exists any instant will do. There is no dry run: `GET forecast` says what happens until then.
    """
    if (await _row(call))["mode"] != "simulated":
        raise Refused(
            "The clock is the system's and cannot be set: start with TERMIJN_CLOCK=simulated.", state="system"
        )
    async with call.caller.transaction(call.parts.pool) as connection:
        free = await connection.execute(sql("set_clock"), data.now)
        if free != "UPDATE 1" and await connection.fetchval(sql("aim_clock"), data.now) is None:
            now = await connection.fetchval(sql("now"))
            raise Refused(
                f"The clock stands at {now.isoformat()} and goes forward only: name a later instant.",
                state="simulated",
            )
    await call.parts.doorbell.ring()
    return call.shown(_shown(await _arrived(call)))


async def _arrived(call: RequestContext) -> Any:
    """The clock once it stands still again. Raises Unavailable where that takes too long."""
    began = time.monotonic()
    while (row := await _row(call))["target"] is not None:
        taken = time.monotonic() - began
        if taken > WAIT_SECONDS:
            raise Unavailable("The clock has not arrived yet: check that a worker is running, then ask again.", 30)
        await asyncio.sleep(min(max(taken / 10, LOOK_SECONDS), 1.0))
    return row


async def _row(call: RequestContext) -> Any:
    async with transaction(call.parts.pool, readonly=True) as connection:
        return await connection.fetchrow(sql("clock"))


async def _read(call: RequestContext) -> ClockShown:
    async with call.caller.transaction(call.parts.pool, readonly=True) as connection:
        row = await connection.fetchrow(sql("clock"))
        assert row is not None, "a migration makes the one row"
        if row["alarm_at"] is None:
            return _shown(row)
        held = await connection.fetchval(sql("held_timers"))
    alarm = ClockAlarmShown(since=row["alarm_at"], seconds=row["alarm_seconds"], held=held)
    return ClockShown(now=row["now"], mode=row["mode"], alarm=alarm)


def _shown(row: Any) -> ClockShown:
    return ClockShown(now=row["now"], mode=row["mode"])


ROUTES: Final = (read_clock, set_clock, confirm_clock)
