"""Deadlines by week for a year, counted by the database up to as many as a cell can say."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.queries import sql
from db.session import Connection
from service.pictures.picture import Picture
from service.pictures.weeks import MOST, WEEKS, monday_of, weeks
from workflows.time import local_day
from workflows.words import Language


async def year_picture(
    connection: Connection, processors: Sequence[UUID], title: str, now: datetime, zone: str, lang: Language
) -> Picture:
    """The year that begins with the week of `now` (UTC) in `zone`."""
    today = local_day(now, zone)
    rows = await connection.fetch(sql("deadlines_by_week"), processors, zone, monday_of(today), WEEKS, MOST + 1)
    overdue: int = await connection.fetchval(sql("deadlines_overdue"), processors, MOST + 1)
    counts = {row["monday"]: row["count"] for row in rows}
    return weeks("year", title, counts, today, lang, overdue=overdue)
