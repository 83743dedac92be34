"""Rows that say otherwise than what is on record under their number: told, and changed where that was asked for."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest

from db.session import transaction
from service.importing.load import Done
from tests.conftest import Database
from tests.importing.conftest import ROW, Office, assert_told
from tests.test_tasks import waiting
from workflows.errors import Conflict
from workflows.machine.vocabulary import Command
from workflows.model.parties import Contact

NUMBERED = {**ROW, "customer_key": "K-1", "agreement_key": "A-1"}


def said(done: Done) -> list[tuple[int, str, str | None, str | None, str | None]]:
    return [(row.line, one.field, one.was, one.now, one.left) for row in done.rows for one in row.fields]


def outcomes(done: Done) -> list[tuple[int, str]]:
    return [(one.line, one.outcome) for one in done.rows]


async def customer(office: Office) -> Any:
    (row,) = await office.world.rows("select name, country, language, contacts from customer")
    return row["name"], row["country"], row["language"], row["contacts"]


async def test_what_differs_is_told_and_left_then_changed_once(office: Office) -> None:
    await office.load(NUMBERED)
    before = await customer(office)
    moved = {**NUMBERED, "customer": "Alpha N.V.", "country": "BE", "contact_phone": "+31 10 7654321"}
    told = await office.load(moved)
    assert (told.changed, outcomes(told)) == (1, [(2, "changed")])
    assert [(field, was, now, left) for _, field, was, now, left in said(told)][:2] == [
        ("customer", "Alpha B.V.", "Alpha N.V.", "not_asked"),
        ("country", "NL", "BE", "not_asked"),
    ]
    assert await customer(office) == before
    tried = await office.load(moved, update=True, dry_run=True)
    assert [left for *_, left in said(tried)] == [None, None, None]
    assert await customer(office) == before
    done = await office.load(moved, update=True)
    assert said(done) == said(tried)
    name, country, _, contacts = await customer(office)
    assert (name, country) == ("Alpha N.V.", "BE")
    assert "+31 10 7654321" in contacts
    assert contacts.count('"id"') == 1, "the same contact, with its links"
    again = await office.load(moved, update=True)
    assert (again.changed, outcomes(again)) == (0, [(2, "same")])
    events = await office.world.rows(
        "select e.body from event e join customer c on c.id = e.subject_id where e.type = 'customer.updated'"
    )
    assert len(events) == 1


async def test_a_contact_is_added_and_none_taken_away(office: Office) -> None:
    await office.load(NUMBERED)
    lou = {"customer_key": "K-1", "contact_name": "Lou", "contact_email": "lou@alpha.example"}
    done = await office.load(NUMBERED, lou, update=True)
    assert said(done) == [(3, "contacts", None, "Lou, lou@alpha.example", None)]
    assert (await customer(office))[3].count('"id"') == 2


async def test_a_draft_is_changed_and_what_was_told_stays(office: Office) -> None:
    draft = {**NUMBERED, "services": "hosting", "ends_on": "2027-12-31"}
    sent = {**NUMBERED, "customer": "Beta", "customer_key": "K-2", "agreement_key": "A-2", "state": "notified"}
    await office.load(draft, sent)
    moved = [{**draft, "services": "hosting; support", "ends_on": "2028-12-31"}, {**sent, "ends_on": "2028-12-31"}]
    done = await office.load(*moved, update=True)
    assert said(done) == [
        (2, "ends_on", "2027-12-31", "2028-12-31", None),
        (2, "services", "hosting", "hosting; support", None),
        (3, "ends_on", None, "2028-12-31", "told"),
    ]
    rows = await office.world.rows("select external_id, services, main_contracts from agreement order by external_id")
    assert rows[0]["services"] == ["hosting", "support"]
    assert "2028-12-31" in rows[0]["main_contracts"]
    assert "2028-12-31" not in rows[1]["main_contracts"]


async def test_labels_are_taken_and_changed_also_of_what_was_sent(office: Office) -> None:
    sent = {**NUMBERED, "state": "notified", "labels": "eu-west; Tier 1"}
    await office.load(sent)
    [row] = await office.world.rows("select labels from agreement")
    assert row["labels"] == ["eu-west", "Tier 1"]
    assert said(await office.load({**sent, "labels": "Tier 1; eu-west"}, update=True)) == []
    assert said(await office.load({**sent, "labels": ""}, update=True)) == [], "an empty cell says nothing"
    done = await office.load({**sent, "labels": "eu-east"}, update=True)
    assert [(field, now, left) for _, field, _, now, left in said(done)] == [("labels", "eu-east", None)]
    [row] = await office.world.rows("select labels from agreement")
    assert row["labels"] == ["eu-east"]
    wrong = await office.wrong({**sent, "agreement_key": "A-9", "reference": "M-9", "labels": "a" * 61})
    assert [(where, "at most 60 characters" in why) for where, why in wrong] == [("line 2, column 'labels'", True)]


async def test_of_a_customer_that_went_into_another_nothing_is_changed(office: Office) -> None:
    other = {**ROW, "customer": "Beta", "contact_email": "kim@beta.example"}
    await office.load(NUMBERED, other)
    rows = await office.world.rows("select id from customer order by name")
    await office.world.do(rows[0]["id"], "merge", into=str(rows[1]["id"]))
    await office.world.drain()
    for update in (False, True):
        done = await office.load({**NUMBERED, "country": "BE"}, update=update)
        assert [(field, left) for _, field, _, _, left in said(done)] == [("country", "merged")]


async def test_what_has_no_number_may_be_meant_otherwise_and_is_refused(office: Office) -> None:
    await office.load(ROW)
    ((place, words),) = await office.wrong({**ROW, "country": "BE"})
    assert (place, words[:11]) == ("line 2, column 'country'", "is 'BE' her")


@contextlib.asynccontextmanager
async def changing(office: Office, kind: str, data: Any, trigger: str = "update") -> AsyncIterator[None]:
    """Somebody changes the first record of this kind, and commits that at the end."""
    world = office.world
    subject, *_ = await world.rows("select id from subject where kind = $1 order by id", kind)
    now = await world.now()
    command = Command(subject=subject["id"], trigger=trigger, at=now, now=now, actor="test", data=data)
    async with transaction(world.pools.api, [world.processor]) as connection:
        await world.engine.run(connection, [world.processor], [command])
        yield


async def meanwhile(
    office: Office, database: Database, kind: str, data: Any, *rows: dict[str, str], trigger: str = "update"
) -> Done:
    """Load these, where somebody changes the first record of this kind after the file was compared with it."""
    watch = await asyncpg.connect(database.superuser)
    try:
        async with changing(office, kind, data, trigger):
            load = asyncio.ensure_future(office.load(*rows, update=True))
            await waiting(watch, 1)
        return await load
    finally:
        await watch.close()


async def kims(office: Office) -> list[Contact]:
    return msgspec.json.decode((await customer(office))[3], type=list[Contact])


async def test_what_a_customer_changed_meanwhile_is_not_overwritten(office: Office, database: Database) -> None:
    await office.load(NUMBERED)
    (kim,) = await kims(office)
    moved = {**NUMBERED, "contact_phone": "+31 10 7654321"}
    theirs = msgspec.structs.replace(kim, email="kim.new@alpha.example")
    beta = {**ROW, "customer": "Beta", "customer_key": "K-2"}
    with pytest.raises(Conflict, match="What line 3 is about") as refused:
        await meanwhile(office, database, "customer", {"contacts": [theirs]}, beta, moved)
    assert_told(refused.value.detail)
    assert await kims(office) == [theirs]
    assert len(await office.agreements()) == 1, "all of the file, or nothing"
    await office.load(moved, update=True)
    assert [one.phone for one in await kims(office)] == ["+31 10 7654321"], "who loads it again saw it"


async def test_what_else_was_changed_meanwhile_stays(office: Office, database: Database) -> None:
    await office.load(NUMBERED)
    (kim,) = await kims(office)
    theirs = msgspec.structs.replace(kim, email="kim.new@alpha.example")
    lou = {"customer_key": "K-1", "contact_name": "Lou", "contact_email": "lou@alpha.example"}
    done = await meanwhile(office, database, "customer", {"contacts": [theirs]}, NUMBERED, lou)
    assert said(done) == [(3, "contacts", None, "Lou, lou@alpha.example", None)]
    assert [one.email for one in await kims(office)] == ["kim.new@alpha.example", "lou@alpha.example"]


async def test_what_another_did_already_is_not_done_again(office: Office, database: Database) -> None:
    await office.load(NUMBERED)
    await meanwhile(office, database, "customer", {"country": "BE"}, {**NUMBERED, "country": "BE"})
    events = await office.world.rows("select 1 from event where type = 'customer.updated'")
    assert len(events) == 1


async def test_a_contract_changed_meanwhile_and_one_beside_it(office: Office, database: Database) -> None:
    await office.load(NUMBERED)
    first = {"reference": "M-1", "starts_on": "2025-01-01"}
    second = {"reference": "M-2", "starts_on": "2025-02-01"}
    moved = {**NUMBERED, "ends_on": "2027-12-31"}
    await meanwhile(office, database, "agreement", {"main_contracts": [first, second]}, moved)
    assert await contracts(office) == [("M-1", "2027-12-31"), ("M-2", None)]
    third = {**first, "ends_on": "2026-12-31"}
    with pytest.raises(Conflict, match="What line 2 is about"):
        await meanwhile(
            office, database, "agreement", {"main_contracts": [third]}, {**NUMBERED, "ends_on": "2028-12-31"}
        )
    assert await contracts(office) == [("M-1", "2026-12-31")]


async def test_no_agreement_is_added_to_a_customer_who_went_into_another_meanwhile(
    office: Office, database: Database
) -> None:
    await office.load(NUMBERED, {**ROW, "customer": "Beta", "customer_key": "K-2"})
    beta = (await office.agreements())["Beta M-1"]["customer_id"]
    more = {**NUMBERED, "agreement_key": "A-2", "reference": "M-2"}
    with pytest.raises(Conflict, match="What line 2 is about"):
        await meanwhile(office, database, "customer", {"into": str(beta)}, more, trigger="merge")
    await office.world.drain()
    await office.load(more)
    assert {one["customer_id"] for one in (await office.agreements()).values()} == {beta}


async def test_each_line_of_one_agreement_goes_on_from_the_one_before(office: Office) -> None:
    await office.load(NUMBERED)
    both = [{"reference": one, "starts_on": "2025-01-01"} for one in ("M-1", "M-2")]
    async with changing(office, "agreement", {"main_contracts": both}):
        pass
    beside = {**NUMBERED, "agreement_key": "", "reference": "M-2", "ends_on": "2028-12-31"}
    await office.load({**NUMBERED, "ends_on": "2027-12-31"}, beside, update=True)
    assert await contracts(office) == [("M-1", "2027-12-31"), ("M-2", "2028-12-31")]


async def contracts(office: Office) -> list[tuple[str, str | None]]:
    (found,) = (await office.agreements()).values()
    return [(one["reference"], one["ends_on"]) for one in found["main_contracts"]]
