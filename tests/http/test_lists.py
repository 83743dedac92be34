"""Lists: every item once, in order, whatever the size of the parts; cursors that cannot be made up."""

import base64
from typing import Any

import pytest

from service.http.cursors import Cursors
from service.http.lists import boolean, instant, one_of, uuid, whole
from tests.http.conftest import ACME, Api
from workflows.errors import BadInput


async def all_of(api: Api, path: str, limit: int) -> list[Any]:
    """Every item, by following `next`."""
    found: list[Any] = []
    cursor = ""
    while True:
        answer = (await api.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{cursor}")).json()
        assert len(answer["items"]) <= limit
        found += answer["items"]
        if answer["next"] is None:
            return found
        assert len(answer["items"]) == limit
        cursor = f"&cursor={answer['next']}"


async def test_parts_make_the_whole(api: Api) -> None:
    made = [await api.made("processors", {**ACME, "name": f"P{number}"}) for number in range(7)]
    for limit in (1, 2, 6, 7, 200):
        assert await all_of(api, "processors", limit) == made
    assert await all_of(api, "processors?slug=p3", 1) == [made[3]]
    assert await all_of(api, "processors?country=BE", 1) == []


async def test_a_cursor_belongs_to_its_list_and_filters(api: Api, acme: Any) -> None:
    await api.made("processors", {**ACME, "name": "Two"})
    cursor = (await api.get("processors?limit=1")).json()["next"]
    assert (await api.get(f"processors?limit=1&cursor={cursor}")).status_code == 200
    for path in (f"processors?country=NL&cursor={cursor}", f"terms?cursor={cursor}", f"customers?cursor={cursor}"):
        answer = await api.get(path)
        assert answer.status_code == 400, path
        assert [one["path"] for one in answer.json()["errors"]] == ["cursor"]


async def test_a_list_has_the_order_that_is_asked_for(api: Api, acme: Any) -> None:
    """Names without case and accents, equals by id, in parts of any size; for an admin over all processors."""
    two = await api.made("processors", {**ACME, "name": "Two"})
    names = ["zeist", "Élan", "elan", "Abel", "ELAN", "中文", "Zeist 2"]
    made = [
        await api.made(
            "customers",
            {"name": name, "country": "NL", "language": "nl", "contacts": []},
            headers={"Termijn-Processor": (acme if number % 2 else two)["id"]},
        )
        for number, name in enumerate(names)
    ]
    in_order = [made[number]["id"] for number in (3, 1, 2, 4, 0, 6, 5)]
    for sort, wanted in (
        ("name", in_order),
        ("-name", in_order[::-1]),
        ("created_at", [one["id"] for one in made]),
        ("-created_at", [one["id"] for one in made][::-1]),
    ):
        for limit in (1, 3, 200):
            assert [one["id"] for one in await all_of(api, f"customers?sort={sort}", limit)] == wanted, (sort, limit)
    assert [one["name"] for one in await all_of(api, "customers?sort=-name&q=LAN", 1)] == ["ELAN", "elan", "Élan"]


async def test_a_cursor_belongs_to_its_order(api: Api, acme: Any) -> None:
    for name in "abc":
        body = {"name": name, "country": "NL", "language": "nl", "contacts": []}
        await api.made("customers", body)
    cursor = (await api.get("customers?limit=1&sort=name")).json()["next"]
    assert (await api.get(f"customers?limit=1&sort=name&cursor={cursor}")).status_code == 200
    for other in ("", "sort=-name&", "sort=created_at&"):
        refused = await api.get(f"customers?limit=1&{other}cursor={cursor}")
        assert refused.status_code == 400
        assert "with the same filters and `sort`, or begin without" in refused.json()["detail"]
    (problem,) = (await api.get("customers?sort=age")).json()["errors"]
    assert problem == {"path": "sort", "message": "is one of name, -name, created_at, -created_at"}


def test_a_cursor_that_was_touched_is_refused() -> None:
    cursors = Cursors("s" * 32)
    good = cursors.write("list", ["2026-03-02T09:00:00Z", 7])
    assert cursors.read("list", good) == ["2026-03-02T09:00:00Z", 7]
    raw = base64.urlsafe_b64decode(good + "=" * (-len(good) % 4))
    forged = base64.urlsafe_b64encode(raw.replace(b"7", b"8")).decode().rstrip("=")
    others = Cursors("t" * 32).write("list", ["2026-03-02T09:00:00Z", 7])
    for wrong in (good[:-1], good + "AAAA", good.swapcase(), forged, others, "", "é", "!!!!", "A" * 601):
        with pytest.raises(BadInput):
            cursors.read("list", wrong)
    with pytest.raises(BadInput):
        cursors.read("another", good)


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (uuid, "{0195d0c0-7e52-7000-8000-7465726d696a}"),
        (uuid, "0195d0c0-7e52-7000-8000-7465726d696"),
        (whole, "-1"),
        (whole, "1.0"),
        (whole, "٣"),
        (whole, "9" * 19),
        (boolean, "True"),
        (boolean, "1"),
        (one_of("a", "b"), "c"),
        (instant, "2026-03-02"),
    ],
)
def test_a_filter_reads_one_form(read: Any, said: str) -> None:
    with pytest.raises(ValueError, match="is"):
        read(said)


async def test_an_instant_may_come_with_its_plus_unescaped() -> None:
    assert instant("2026-03-02T10:00:00 01:00") == instant("2026-03-02T09:00:00Z")
