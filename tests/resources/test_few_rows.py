"""A filter that lets few rows through answers the same rows, in the same order, as a walk through the whole list."""

from typing import Any

import pytest

from db.queries import narrowed
from service.board.index import LISTS
from service.http import few_rows, request_context
from service.http.lists import Listing
from service.http.routes.engagements import ENGAGEMENTS
from service.http.routes.events import EVENTS
from tests.http.test_lists import all_of
from tests.resources.conftest import Desk

LISTED: dict[str, Listing] = {
    **{path: one.listing for path, one in LISTS.items()},
    "engagements": ENGAGEMENTS,
    "events": EVENTS,
}
NAMES = {"Zorg Vijf": "zorg v", "aap Zorg": None, "Noot": "Zorg"}
"""Each with the processor's own number, which may be in the name as well."""
NAMED = {"OÖT", "o", "zorg v"}


async def lived(desk: Desk) -> None:
    """Some of everything that can be listed."""
    for name, number in NAMES.items():
        customer = await desk.customer(name, external_id=number)
        made = await desk.agreement(customer_id=customer["id"], external_id=number)
        about = {"agreement_id": made["id"], "channel": "mail"}
        await desk.api.made("requests", {**about, "kind": "access", "received_from": "customer"})
        await desk.api.made("matters", {**about, "kind": "information", "subject": "Where?"})
    for host in ("One", "Two"):
        await desk.announced((await desk.subprocessor(host))["id"])
    for notice in (await desk.items("notices"))[:2]:
        await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    (task, *_) = await desk.items("tasks")
    await desk.act(f"tasks/{task['id']}/assign", {"owner": "Sam"})


def values(filter: str, items: list[dict[str, Any]]) -> set[str]:
    """What the filter can be asked for and finds, and a few parts of names."""
    return NAMED if filter == "q" else {said(one[filter]) for one in items if one.get(filter) is not None}


def said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def walked(*_: Any) -> None:
    """No row is looked for: the list is walked."""


async def test_few_rows_are_those_of_the_whole_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await lived(desk)
    for path, listing in LISTED.items():
        items = await all_of(desk.api, path, 200)
        for filter in narrowed(listing.block):
            for value in sorted(values(filter, items))[:3]:
                for order in ("", *[*listing.sorted, *listing.turned][:2]):
                    asked = f"{path}?{filter}={value}" + (f"&sort={order}" if order else "")
                    with monkeypatch.context() as walking:
                        walking.setattr(request_context, "few_rows", walked)
                        found = [[one["id"] for one in await all_of(desk.api, asked, 200)]]
                    for few, limit in ((1_000, 200), (1, 2), (0, 200)):
                        monkeypatch.setattr(few_rows, "FEW", few)
                        found.append([one["id"] for one in await all_of(desk.api, asked, limit)])
                    assert all(one == found[0] for one in found), asked
                if filter != "q":
                    assert set(found[0]) == {one["id"] for one in items if said(one[filter]) == value}, asked
