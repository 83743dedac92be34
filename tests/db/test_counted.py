"""What the calendar counts from an index is what counting the rows gives."""

from datetime import date
from typing import Any, Final

import asyncpg

from db.queries import sql
from db.session import session_settings
from tests.conftest import Database
from tests.db import crowd
from tests.db.crowd import CHANGE, OURS

ZONE: Final = "America/New_York"
MOST: Final = 6
SPREAD: Final = """
update deadline d set
    due_at = timestamptz '2026-03-01 05:00Z' + n.number % 90 * interval '12 hours',
    boundary = (array['from', 'exclusive', 'inclusive'])[1 + n.number / 90 % 3]
from (select id, row_number() over (order by id) as number from deadline) n where n.id = d.id;
update notice n set engaged_at = case when x.number % 3 = 0 then timestamptz '2026-04-01 03:00Z' end,
    engages_at = case when x.number % 3 = 1 then timestamptz '2026-04-01 04:00Z' + x.number % 5 * interval '1 day' end
from (select id, row_number() over (order by id) as number from notice) x where x.id = n.id;
"""
BY_DAY: Final = """
select day::date, least((select count(*) from deadline d
    where d.closed_at is null
        and case d.boundary when 'from' then (d.due_at at time zone $1)::date = day
            else d.due_at > day at time zone $1 and d.due_at <= (day + interval '1 day') at time zone $1 end), $4)::int
from generate_series($2::date::timestamp, $2::date + $3::int - 1, interval '1 day') day order by 1
"""
BY_WEEK: Final = """
select monday::date, least((select count(*) from deadline d
    where d.closed_at is null and d.boundary <> 'from'
        and d.due_at > monday at time zone $1 and d.due_at <= (monday + interval '7 days') at time zone $1), $4)::int
from generate_series($2::date::timestamp, $2::date + 7 * ($3::int - 1), interval '7 days') monday order by 1
"""
SERVED: Final = """
select (coalesce(engaged_at, engages_at) at time zone $1)::date, count(*)::int from notice
where change_id = $2 and coalesce(engaged_at, engages_at) is not null group by 1 order by 1
"""


async def test_days_and_weeks_are_counted_as_their_rows_are(spare: Database) -> None:
    await crowd.prepare(spare.superuser)
    await crowd.fill(spare.superuser)
    filling = await asyncpg.connect(spare.superuser, server_settings={"session_replication_role": "replica"})
    await filling.execute(SPREAD)
    await filling.close()
    asking = await asyncpg.connect(spare.api, server_settings=session_settings("termijn_api"))
    await asking.execute(f"set termijn.processors = '{{{OURS}}}'")

    async def counted(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await asking.fetch(statement, *values)]

    for most in (MOST, 10_000):
        for first, days in ((date(2026, 3, 1), 31), (date(2026, 4, 1), 30)):
            found = await counted(sql("deadlines_by_day"), [OURS], ZONE, first, days, most)
            assert found == await counted(BY_DAY, ZONE, first, days, most)
        weeks = await counted(sql("deadlines_by_week"), [OURS], ZONE, date(2026, 2, 23), 12, most)
        assert weeks == await counted(BY_WEEK, ZONE, date(2026, 2, 23), 12, most)
    assert sum(count for _, count in weeks) > 500
    served = await counted(sql("change_served"), [OURS], CHANGE, ZONE)
    assert served == await counted(SERVED, ZONE, CHANGE)
    assert len(served) == 6, "a day before the others, by the clocks of New York"
    await asking.close()
