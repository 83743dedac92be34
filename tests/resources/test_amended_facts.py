"""What customers were told of a subprocessor is amended with the change: they are told, and the record follows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.wording import say_announced_place
from tests.resources.conftest import Desk


async def amend(desk: Desk, change: Any, *, substance: bool = False, **fields: Any) -> Any:
    given = {"fields": fields, "substance": substance, "reason": "a correction"}
    answer = await desk.act(f"changes/{change['id']}/amend", given)
    await desk.world.drain()
    return answer


@pytest.mark.parametrize("substance", [False, True])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Hosting B.V."),
        ("service", "backups"),
        ("categories", ["names"]),
        ("address", "Hafenweg 1"),
        ("contact", "dpo@hosting.example"),
        ("transfer_basis", "standard clauses"),
    ],
)
async def test_a_fact_is_amended_in_the_text_and_in_the_record(
    desk: Desk, field: str, value: Any, substance: bool
) -> None:
    await desk.agreement()
    who = await desk.subprocessor()
    change = await desk.announced(who["id"])
    amended = await amend(desk, change, substance=substance, **{field: value})
    assert amended["announced"][-1]["subprocessor"][field] == value
    assert amended["announced"][0]["subprocessor"][field] == (who[field] or None if field != "categories" else [])
    assert amended["revision"] == 1 + substance
    assert (await desk.get(f"subprocessors/{who['id']}"))[field] == value
    (notice,) = await desk.items("notices")
    assert notice["revision"] == 1 + substance
    events = await desk.items("events", subject=who["id"])
    assert [one["type"] for one in events] == ["subprocessor.created", "subprocessor.updated"]


async def test_a_further_country_is_more_than_words(desk: Desk) -> None:
    await desk.agreement()
    who = await desk.subprocessor()
    change = await desk.announced(who["id"])
    path = f"changes/{change['id']}/amend"
    problem = await desk.refused(
        path, {"fields": {"countries": ["NL", "BE"]}, "substance": False, "reason": "forgotten"}
    )
    assert (problem["status"], "further country" in problem["detail"]) == (409, True)
    amended = await amend(desk, change, substance=True, countries=["NL", "BE"])
    assert amended["announced"][-1]["subprocessor"]["countries"] == ["BE"]
    assert (await desk.get(f"subprocessors/{who['id']}"))["countries"] == ["NL", "BE"]


async def test_what_another_open_change_announces_otherwise_stays_in_the_record(desk: Desk) -> None:
    await desk.agreement()
    other = await desk.customer("Other")
    await desk.agreement("constant-it", customer_id=other["id"])
    who = await desk.subprocessor()
    first = await desk.announced(who["id"])
    second = await desk.api.made("changes", {"kind": "add", "subprocessor_id": who["id"], "country": "BE"})
    await desk.act(f"changes/{second['id']}/notify")
    await amend(desk, first, service="backups")
    assert (await desk.get(f"subprocessors/{who['id']}"))["service"] == who["service"]
    told = (await desk.get(f"changes/{second['id']}"))["announced"][-1]["subprocessor"]["service"]
    assert told == who["service"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("measure", {"service": "x"}),
        ("add", {"service": " "}),
        ("add", {"name": "two\nlines"}),
        ("add", {"countries": ["XX"]}),
    ],
)
async def test_facts_that_do_not_fit_are_named(desk: Desk, kind: str, fields: Any) -> None:
    await desk.agreement()
    if kind == "measure":
        change = await desk.api.made("changes", {"kind": "measure", "reason": "locks"})
        await desk.act(f"changes/{change['id']}/notify")
    else:
        change = await desk.announced((await desk.subprocessor())["id"])
    problem = await desk.refused(
        f"changes/{change['id']}/amend", {"fields": fields, "substance": True, "reason": "because"}
    )
    assert problem["status"] == 400
    assert problem["errors"][0]["path"].startswith(f"fields.{next(iter(fields))}")


async def test_of_a_draft_the_record_itself_is_edited(desk: Desk) -> None:
    who = await desk.subprocessor()
    change = await desk.change(who["id"])
    given = {"fields": {"service": "backups"}, "substance": False, "reason": "because"}
    problem = await desk.refused(f"changes/{change['id']}/amend", given)
    assert f"PATCH subprocessors/{who['id']}" in problem["detail"]


async def unknown(desk: Desk, terms: str) -> Any:
    """A subprocessor of a register, whose place nobody has said."""
    await desk.agreement(terms)
    return next(one for one in await desk.items("subprocessors") if one["country"] is None)


async def place(desk: Desk, who: Any, country: str) -> Any:
    answer = await desk.api.call("PATCH", f"subprocessors/{who['id']}", json={"country": country})
    await desk.world.drain()
    return answer


async def test_a_place_that_becomes_known_while_customers_may_answer_is_added(desk: Desk) -> None:
    who = await unknown(desk, "constant-it")
    other = await desk.customer("Other")
    await desk.agreement("kmo-solutions", customer_id=other["id"])
    change = await desk.announced(who["id"])
    notices = await desk.items("notices", change_id=change["id"])
    assert notices
    await desk.world.days(2)
    answer = await place(desk, who, "DE")
    assert answer.status_code == 200, answer.text
    told = (await desk.get(f"changes/{change['id']}"))["announced"]
    assert [(one["country"], one["place_known_at"] is not None) for one in told] == [(None, False), ("DE", True)]
    assert {one["revision"] for one in await desk.items("notices", change_id=change["id"])} == {1}
    moved = await place(desk, who, "FR")
    assert moved.status_code == 409, "from then on it is what customers were told"


async def test_a_place_outside_the_region_is_asked_about(desk: Desk) -> None:
    who = await unknown(desk, "constant-it")
    other = await desk.customer("Other")
    await desk.agreement("mms-solutions", customer_id=other["id"])
    change = await desk.announced(who["id"])
    assert await desk.items("notices", change_id=change["id"])
    answer = await place(desk, who, "US")
    assert answer.status_code == 409
    assert f"POST changes/{change['id']}/amend" in answer.json()["detail"]
    assert "in substance" in answer.json()["detail"]
    amended = await amend(desk, change, substance=True, country="US")
    assert amended["announced"][-1]["country"] == "US"


async def test_the_public_page_says_what_was_announced(desk: Desk) -> None:
    await desk.agreement()
    who = await desk.subprocessor()
    change = await desk.announced(who["id"], country="BE")
    await amend(desk, change, substance=True, service="backups", country="DE")
    shown = await desk.api.call("PATCH", f"processors/{desk.processor}", json={"public": True})
    slug = shown.json()["slug"]
    answer = await desk.api.client.get(f"/s/{slug}/subprocessors.json")
    (one,) = answer.json()["announced"]
    assert (one["name"], one["service"], one["country"]) == (who["name"], "backups", "DE")


@pytest.mark.parametrize(
    ("lang", "said"), [("nl", "Duitsland (toegevoegd op 4 maart 2026)"), ("en", "Germany (added on 4 March 2026)")]
)
def test_a_place_that_was_added_is_shown_with_its_day(lang: Any, said: str) -> None:
    """By the clocks of the agreement: late in the evening before, elsewhere."""
    known = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    assert (
        say_announced_place("DE", known, "Europe/Amsterdam", lang).replace("woensdag ", "").replace("Wednesday ", "")
        == said
    )
    assert say_announced_place("DE", None, "Europe/Amsterdam", lang) == said.split(" (")[0]
