"""Pictures that the database counts for: a change over its customers, the year's deadlines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

from db.queries import sql
from db.session import Connection, transaction
from service.board.pictures.change import change_picture
from service.board.pictures.states import states_picture
from service.board.pictures.year import year_picture
from service.http.routes.changes import shown
from service.pictures.machine import DrawnAction
from service.pictures.picture import Picture
from tests.pictures.checking import right, words_of
from tests.world import World

ZONE = "Europe/Amsterdam"
MANY = (
    "insert into deadline select uuidv7(), processor_id, subject_id, agreement_id, rule, key || n, text, "
    "'2026-07-08'::timestamptz, last_day, zone, boundary, party, clause, reading, steps, calendar "
    "from (select * from deadline where closed_at is null limit 1) d, generate_series(1, 1001) n"
)
"""More deadlines in one week than a cell can say."""


@asynccontextmanager
async def reading(world: World) -> AsyncIterator[Connection]:
    async with transaction(world.pools.api, [world.processor], readonly=True) as connection:
        yield connection


async def over(world: World, change: UUID) -> Picture | None:
    async with reading(world) as connection:
        row = await connection.fetchrow(sql("read_change"), [world.processor], change)
        return await change_picture(
            connection, [world.processor], shown({**row, "offered": ()}), "A change", ZONE, "en"
        )


async def test_a_change_over_its_customers_and_who_holds_it_back(world: World) -> None:
    await world.make_processor()
    agreements = [
        await world.make_agreement("kmo-solutions", await world.make_customer(f"Customer {number}"))
        for number in range(3)
    ]
    change = await world.make_change(await world.make_subprocessor())
    assert await over(world, change) is None
    await world.announce(change)
    await world.do((await world.notice(change, agreements[1]))["id"], "object", channel="phone", grounds="No", by="Kim")
    found = await over(world, change)
    assert found is not None
    right(found)
    assert found.figures.rows == (
        ("Received, may be answered", "2", "67 %"),
        ("Objection", "1", "33 %"),
        ("Together", "3", "100 %"),
        ("May be served from Thursday 2 April 2026", "2", "67 %"),
        ("Who holds it back", "Customer 1", "Objection"),
    )
    await world.days(40)
    found = await over(world, change)
    assert found is not None
    assert [row[1] for row in found.figures.rows[:4]] == ["1", "2", "3", "2"]


async def test_the_year_counts_what_ends_in_each_week_in_the_zone(world: World) -> None:
    await world.make_processor()
    for number in range(2):
        await world.make_agreement("kmo-solutions", await world.make_customer(f"Customer {number}"))
    await world.announce(await world.make_change(await world.make_subprocessor()))
    rows = await world.rows("select last_day, boundary from deadline where closed_at is null")
    async with reading(world) as connection:
        found = await year_picture(connection, [world.processor], "A year", await world.now(), ZONE, "en")
    right(found)
    expected = sum(row["boundary"] != "from" and row["last_day"] < date(2027, 3, 8) for row in rows)
    assert sum(int(row[1]) for row in found.figures.rows) == expected
    counts = {row[0]: row[1] for row in found.figures.rows}
    assert counts["Monday 30 March 2026"] == "2", "the window ends with Wednesday 1 April"
    await world.rows("update deadline set due_at = '2026-03-02T08:59Z' where closed_at is null and boundary <> 'from'")
    async with reading(world) as connection:
        found = await year_picture(connection, [world.processor], "A year", await world.now(), ZONE, "en")
    assert found.figures.rows[0] == ("overdue", str(expected))
    await world.rows(MANY)
    async with reading(world) as connection:
        found = await year_picture(connection, [world.processor], "A year", await world.now(), ZONE, "en")
    right(found)
    assert ("Monday 6 July 2026", "999+") in found.figures.rows
    assert "Overdue: " in words_of(found.wide)


def test_states_and_actions_are_said_as_the_forms_say_them() -> None:
    found = states_picture(
        "notice", "notices", UUID(int=1), "A notice", "objected", [DrawnAction("Beslissen", "decide")], "nl"
    )
    right(found)
    assert "Beslissen" in words_of(found.narrow)
    assert "objected" not in words_of(found.narrow).split()
