"""The one clock: the database's own, or a simulated instant kept in a row."""

from datetime import datetime
from typing import Literal

from db.queries import sql
from db.session import Connection

Mode = Literal["system", "simulated"]


async def now(connection: Connection) -> datetime:
    """The instant it is, UTC."""
    found: datetime = await connection.fetchval(sql("now"))
    return found


async def mode(connection: Connection) -> Mode:
    """Which clock the database runs on."""
    row = await connection.fetchrow(sql("clock"))
    assert row is not None, "a migration makes the one row"
    found: Mode = row["mode"]
    return found


async def start(connection: Connection, wanted: Mode, instant: datetime | None) -> None:
    """Set the clock when the stack starts.

    A simulated clock that stood at an earlier instant has been away until `instant`: that span is an
    outage (practice P3). An earlier `instant` is ignored.
    """
    before = await connection.fetchrow(sql("clock"))
    after = await connection.fetchval(sql("start_clock"), wanted, instant)
    if before is not None and before["mode"] == "simulated" and after is not None:
        await connection.execute(sql("insert_outage"), before["now"], after)
