"""The one clock: the database's own, or a simulated instant kept in a row. And the watch over it."""

import logging
import os
import time
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple
from uuid import uuid4

from db.queries import sql
from db.session import Connection

log = logging.getLogger(__name__)

Mode = Literal["system", "simulated"]

MOST_DRIFT: Final = 300.0
"""Seconds by which the clock may leave the time that truly passed before what cannot be undone is held."""


class Look(NamedTuple):
    """The instant it is, UTC, and whether what cannot be undone must wait."""

    now: datetime
    held: bool


async def now(connection: Connection) -> datetime:
    """The instant it is, UTC."""
    found: datetime = await connection.fetchval(sql("now"))
    return found


async def look(connection: Connection) -> Look:
    """What time it is, checked against this machine's steady clock, which nobody sets.

    A database clock that since the machine's first look went more than MOST_DRIFT seconds further, or less far,
    than the steady clock did raises an alarm; it ends when the two agree again or a person confirms the clock.
    A machine that was started anew has nothing to compare with and begins anew. The caller commits.
    """
    machine, steady = _machine(), _steady()
    row = await connection.fetchrow(sql("look_at_clock"), machine, steady)
    assert row is not None, "a migration makes the one row"
    if row["mode"] == "simulated":
        return Look(row["now"], False)
    drift = row["drift"]
    if drift is None:
        await connection.execute(sql("witness_clock"), machine, steady, row["now"])
    elif abs(drift) > MOST_DRIFT and not row["alarmed"]:
        log.error("the clock left the time that passed by %+.0f s: irreversible timers wait", drift)
        await connection.execute(sql("raise_clock_alarm"), row["now"], machine, drift)
        return Look(row["now"], True)
    elif abs(drift) <= MOST_DRIFT and row["ours"]:
        log.warning("the clock agrees with the time that passed again: irreversible timers go on")
        await connection.execute(sql("end_clock_alarm"), machine)
        return Look(row["now"], False)
    return Look(row["now"], row["alarmed"])


async def alarmed(connection: Connection) -> bool:
    """Whether what cannot be undone must wait, as last looked."""
    row = await connection.fetchrow(sql("clock"))
    return row is not None and row["alarm_at"] is not None


async def confirm(connection: Connection) -> None:
    """A person says that the clock is right: the alarm ends, and all machines look anew."""
    await connection.execute(sql("confirm_clock"))


@lru_cache(maxsize=1)
def _machine() -> str:
    """What tells this run of this machine from others: steady clocks are compared within it alone."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/time')}"
    except OSError:  # elsewhere than on Linux every process stands for itself
        return str(uuid4())


def _steady() -> float:
    """Seconds of a clock that is never set and goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


async def mode(connection: Connection) -> Mode:
    """Which clock the database runs on."""
    row = await connection.fetchrow(sql("clock"))
    assert row is not None, "a migration makes the one row"
    found: Mode = row["mode"]
    return found


async def start(connection: Connection, wanted: Mode, instant: datetime | None) -> datetime | None:
    """Set the clock when the stack starts; where a simulated one then stands (UTC).

    A simulated clock that stood at an earlier instant has been away until `instant`: that span is an
    outage (P3). An earlier `instant` is ignored.
    """
    before = await connection.fetchrow(sql("clock"))
    after: datetime | None = await connection.fetchval(sql("start_clock"), wanted, instant)
    if before is not None and before["mode"] == "simulated" and after is not None:
        await connection.execute(sql("insert_outage"), before["now"], after)
    return after
