"""The one clock: read it, and in simulated mode set it."""

import asyncio
import time
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from db.queries import sql
from db.session import transaction
from service.http.call import Call
from service.http.decode import Instant
from workflows.errors import Refused, Unavailable

TAGS: Final = ["clock"]
LOOK_SECONDS: Final = 0.01
WAIT_SECONDS: Final = 900.0
"""How long a jump may take; all that is due on the way happens in it, mails included."""


class ClockBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the clock is to go."""

    now: Instant


class ClockOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the clock says (UTC), and whose time it is."""

    now: datetime
    mode: Literal["system", "simulated"]


@get("/clock", opt={"tenant": False}, tags=TAGS)
async def read_clock(call: NamedDependency[Call]) -> Response[ClockOut]:
    """What time it is."""
    return call.shown(_shown(await _row(call)))


@put("/clock", opt={"tenant": False, "role": "admin"}, tags=TAGS)
async def set_clock(call: NamedDependency[Call], data: JSONBody[ClockBody]) -> Response[ClockOut]:
    """Let the simulated clock go forward to `now`.

    Fires everything due on the way, in order of its due instant, and answers when all of it is done. Until
    the first processor exists any instant will do.
    """
    if (await _row(call))["mode"] != "simulated":
        raise Refused(
            "The clock is the system's and cannot be set: start with TERMIJN_CLOCK=simulated.", state="system"
        )
    async with transaction(call.parts.pool, call.caller.processors) as connection:
        free = await connection.execute(sql("set_clock"), data.now)
        if free != "UPDATE 1" and await connection.fetchval(sql("aim_clock"), data.now) is None:
            now = await connection.fetchval(sql("now"))
            raise Refused(
                f"The clock stands at {now.isoformat()} and goes forward only: name a later instant.",
                state="simulated",
            )
    await call.parts.doorbell.ring()
    return call.shown(_shown(await _arrived(call)))


async def _arrived(call: Call) -> Any:
    """The clock once it stands still again. Raises Unavailable where that takes too long."""
    until = time.monotonic() + WAIT_SECONDS
    while (row := await _row(call))["target"] is not None:
        if time.monotonic() > until:
            raise Unavailable("The clock is still on its way: is a worker running? Ask again.", 30)
        await asyncio.sleep(LOOK_SECONDS)
    return row


async def _row(call: Call) -> Any:
    async with transaction(call.parts.pool, readonly=True) as connection:
        return await connection.fetchrow(sql("clock"))


def _shown(row: Any) -> ClockOut:
    return ClockOut(now=row["now"], mode=row["mode"])


ROUTES: Final = (read_clock, set_clock)
