"""Pages of a preview after the first: what that found over all is kept, and only the page itself is worked out."""

from typing import Any
from uuid import UUID

import pytest

from service.http import kept_previews
from tests.resources.conftest import Desk
from workflows.reach import preview as preview_module
from workflows.reach.fan_out import targets
from workflows.reach.previewed import Counts, Preview


@pytest.fixture
async def change(desk: Desk) -> str:
    """It reaches five agreements."""
    for name in ("One", "Two", "Three", "Four", "Five"):
        customer = await desk.customer(name)
        await desk.agreement("kmo-solutions", customer_id=customer["id"])
    worker = await desk.subprocessor()
    made = await desk.api.made("changes", {"kind": "add", "subprocessor_id": worker["id"], "reason": "Growth"})
    return str(made["id"])


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many agreements are looked at, each time."""
    seen: list[int] = []

    async def counted(connection: Any, engine: Any, rows: Any) -> Any:
        seen.append(len(rows))
        return await targets(connection, engine, rows)

    monkeypatch.setattr(preview_module, "targets", counted)
    return seen


async def test_a_page_looks_at_no_more_than_it_shows(desk: Desk, change: str, looked: list[int]) -> None:
    first = await desk.get(f"changes/{change}/preview", limit=2)
    assert looked == [5]
    second = await desk.get(f"changes/{change}/preview", limit=2, cursor=first["next"])
    assert looked == [5, 3], "one more, to know whether there is another page"
    last = await desk.get(f"changes/{change}/preview", limit=2, cursor=second["next"])
    assert (len(second["agreements"]), len(last["agreements"]), last["next"]) == (2, 1, None)
    of_all = ("digest", "counts", "warnings", "earliest_go_live", "earliest_go_live_why", "differences")
    assert [[page[name] for name in of_all] for page in (second, last)] == [[first[name] for name in of_all]] * 2


async def test_where_nothing_is_kept_the_page_is_the_same(
    desk: Desk, change: str, looked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in another process, or after too long."""
    first = await desk.get(f"changes/{change}/preview", limit=2)
    kept = await desk.get(f"changes/{change}/preview", limit=2, cursor=first["next"])
    monkeypatch.setattr(kept_previews, "SECONDS", 0.0)
    assert await desk.get(f"changes/{change}/preview", limit=2, cursor=first["next"]) == kept
    assert looked == [5, 3, 5]


async def test_what_is_kept_does_not_outlive_what_it_says(desk: Desk, change: str) -> None:
    first = await desk.get(f"changes/{change}/preview", limit=2)
    customer = await desk.customer("Six")
    await desk.agreement("kmo-solutions", customer_id=customer["id"])
    second = await desk.get(f"changes/{change}/preview", limit=2, cursor=first["next"])
    assert second["digest"] == first["digest"]
    refused = await desk.refused(f"changes/{change}/notify", {"preview": second["digest"]})
    assert refused["status"] == 409
    assert (await desk.get(f"changes/{change}/preview", limit=2))["counts"]["agreements"] == 6


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_previews, "MOST", 2)
    kept = kept_previews.KeptPreviews()
    found = Preview(
        change_id=UUID(int=1), digest="d", agreements=[], left_out=[], contacts_missing=[], earliest_go_live=None,
        earliest_go_live_why=None, warnings=[], differences=[],
        counts=Counts(agreements=0, left_out=0, contacts_missing=0, rules={}, waiting=0),
    )  # fmt: skip
    for number in (1, 2, 3):
        kept.keep(UUID(int=number), found)
    assert [kept.change(UUID(int=number)) for number in (1, 2, 3)] == [None, found, found]
    assert kept.announcement(UUID(int=3)) is None
