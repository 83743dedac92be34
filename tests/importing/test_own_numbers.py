"""The processor's own numbers in a file: given to what is new, and known by the next file; and what each row did."""

from typing import Any

from service.importing.load import Done
from tests.importing.conftest import ROW, Office

NUMBERED = {**ROW, "customer_key": "K-1", "agreement_key": "A-1"}


def outcomes(done: Done) -> list[tuple[int, str]]:
    return [(one.line, one.outcome) for one in done.rows]


async def numbers(office: Office, table: str) -> list[Any]:
    return [row[0] for row in await office.world.rows(f"select external_id from {table} order by id")]


async def test_what_is_new_has_its_number_and_the_same_file_adds_nothing(office: Office) -> None:
    rows = [
        NUMBERED,
        {**NUMBERED, "reference": "M-2", "agreement_key": "A-2"},
        {"customer_key": "K-1", "contact_name": "Lou", "contact_email": "lou@alpha.example"},
        NUMBERED,
        {**ROW, "customer": "Beta", "customer_key": "K-2", "agreement_key": ""},
    ]
    done = await office.load(*rows)
    assert outcomes(done) == [(2, "new"), (3, "new"), (4, "same"), (5, "same"), (6, "new")]
    assert await numbers(office, "customer") == ["K-1", "K-2"]
    assert await numbers(office, "agreement") == ["A-1", "A-2", None]
    again = await office.load(*rows)
    assert (again.customers, again.agreements) == (0, {})
    assert outcomes(again) == [(number, "same") for number in range(2, 7)]
    more = await office.load(*rows, {**NUMBERED, "reference": "M-3", "agreement_key": "A-3"})
    assert outcomes(more)[-1] == (7, "new")


async def test_a_number_is_nobody_elses(office: Office) -> None:
    await office.load(NUMBERED)
    told = await office.load({**NUMBERED, "reference": "M-2"})
    assert outcomes(told) == [(2, "changed")], "it is that agreement, under another reference"
    told = await office.load({**NUMBERED, "agreement_key": "A-9"})
    assert [(one.field, one.was, one.now) for row in told.rows for one in row.fields] == [
        ("agreement_key", "A-1", "A-9")
    ]
    beta = {**NUMBERED, "customer": "Beta", "customer_key": "K-2"}
    ((place, words),) = await office.wrong(beta)
    assert place == "line 2, column 'agreement_key'"
    assert words.startswith("is the number of the agreement ")
    both = [NUMBERED, {**NUMBERED, "reference": "M-2"}]
    assert await office.wrong(*both) == [
        ("line 3, column 'agreement_key'", "is the number on line 2: each has its own"),
    ]
    two = [{**NUMBERED, "reference": reference, "agreement_key": "A-5"} for reference in ("M-5", "M-6")]
    assert await office.wrong(*two) == [
        ("line 3, column 'agreement_key'", "is the number on line 2: each has its own"),
    ]
