"""A row that was altered by hand is named, and spoils no list."""

from uuid import UUID

import pytest

from tests.resources.conftest import Desk


@pytest.mark.parametrize(
    ("path", "table", "column"), [("customers", "customer", "contacts"), ("agreements", "agreement", "main_contracts")]
)
async def test_it_is_named_and_the_others_are_listed(desk: Desk, path: str, table: str, column: str) -> None:
    made = [await desk.agreement() for _ in range(3)]
    [row] = await desk.world.rows(
        f"select x.id, x.{column} as was from {table} x join agreement a on x.id in (a.id, a.customer_id) "
        "where a.id = $1",
        UUID(made[1]["id"]),
    )
    await desk.world.rows(f"update {table} set {column} = '[7]' where id = $1 returning id", row["id"])
    listed = await desk.get(path)
    assert listed["unreadable"] == [str(row["id"])]
    assert len(listed["items"]) == 2
    await desk.world.rows(f"update {table} set {column} = $2 where id = $1 returning id", row["id"], row["was"])
    whole = await desk.get(path)
    assert "unreadable" not in whole
    assert len(whole["items"]) == 3
