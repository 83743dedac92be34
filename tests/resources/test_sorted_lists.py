"""Lists in the order that a person asks for."""

from tests.http.test_lists import all_of
from tests.resources.conftest import Desk


async def test_what_has_no_value_comes_last_and_first_the_other_way_round(desk: Desk) -> None:
    worker = await desk.subprocessor()
    days = ["2026-09-01", None, "2026-08-01", None, "9990-12-31"]
    made = [await desk.change(worker["id"], **({"effective_on": day} if day else {})) for day in days]
    wanted = [made[number]["id"] for number in (2, 0, 4, 1, 3)]
    for limit in (1, 2, 200):
        assert [one["id"] for one in await all_of(desk.api, "changes?sort=effective_on", limit)] == wanted
        assert [one["id"] for one in await all_of(desk.api, "changes?sort=-effective_on", limit)] == wanted[::-1]


async def test_agreements_come_by_their_customers_names(desk: Desk) -> None:
    made = [await desk.agreement(customer_id=(await desk.customer(name))["id"]) for name in ("Zus", "aap", "Noot")]
    wanted = [made[number]["id"] for number in (1, 2, 0)]
    assert [one["id"] for one in await all_of(desk.api, "agreements?sort=customer_name", 1)] == wanted
    assert [one["id"] for one in await all_of(desk.api, "agreements?sort=-customer_name", 2)] == wanted[::-1]


async def test_the_ledger_and_the_deadlines_come_backwards_too(desk: Desk) -> None:
    await desk.agreement()
    for name in ("One", "Two"):
        await desk.announced((await desk.subprocessor(name))["id"])
    for path, key in (("events", "recorded_at"), ("deadlines", "due_at")):
        forth = await all_of(desk.api, path, 7)
        assert len(forth) > 1
        assert await all_of(desk.api, f"{path}?sort={key}", 3) == forth
        assert await all_of(desk.api, f"{path}?sort=-{key}", 3) == forth[::-1]
