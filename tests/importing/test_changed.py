"""Rows that say otherwise than what is on record under their number: told, and changed where that was asked for."""

from typing import Any

from service.importing.load import Done
from tests.importing.conftest import ROW, Office

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
