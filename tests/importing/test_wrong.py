"""Files with mistakes: every one is named by line and column with what would be right, and nothing is loaded."""

import pytest

from tests.importing.conftest import ROW, Office

ACTIVE = {**ROW, "state": "active"}


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ({"customer": "\x00Alpha"}, "customer", "control character"),
        ({"customer": "Al\x00pha"}, "customer", "control character"),
        ({"customer": "Alpha\u2028Beta"}, "customer", "line break"),
        ({"customer": "Alpha\nBeta"}, "customer", "line break"),
        ({"customer": "Al\u202epha"}, "customer", "direction"),
        ({"customer": ""}, "customer", "is empty"),
        ({"customer": "x" * 10_000}, "customer", "10000 characters"),
        ({"reference": ""}, "reference", "is empty"),
        ({"country": "Nederlnd"}, "country", "Did you mean Nederland?"),
        ({"country": "EU"}, "country", "two capital letters"),
        ({"country": ""}, "country", "is empty"),
        ({"language": "es"}, "language", "write nl, en, de or fr"),
        ({"role": "boss"}, "role", "write controller or processor"),
        ({"contact_name": ""}, "contact_name", "is empty"),
        ({"contact_email": "a@b, evil@x"}, "contact_email", "not one e-mail address"),
        ({"contact_email": "kim@"}, "contact_email", "domain that cannot exist"),
        ({"contact_phone": "=1+1"}, "contact_phone", "not a telephone number"),
        ({"contact_phone": "3,1201E+10"}, "contact_phone", "format the column as text"),
        ({"contact_phone": "112"}, "contact_phone", "too short"),
        ({"contact_phone": "+3120123456789012345"}, "contact_phone", "19 digits"),
        ({"contact_phone": "020-1234567 / 06-12345678"}, "contact_phone", "write one"),
        ({"contact_phone": "call me"}, "contact_phone", "not a telephone number"),
        ({"contact_roles": "contrct"}, "contact_roles", "Did you mean contract?"),
        ({"starts_on": ""}, "starts_on", "is empty"),
        ({"starts_on": "2025-02-30"}, "starts_on", "no day"),
        ({"starts_on": "01-02-2025"}, "starts_on", 'dates = "D-M-Y"'),
        ({"starts_on": "0001-01-01"}, "starts_on", "outside 1970"),
        ({"starts_on": "9999-12-31"}, "starts_on", "write the day itself"),
        ({"starts_on": "45658"}, "starts_on", "perhaps for 2025-01-01: write the day"),
        ({"ends_on": "46387,0"}, "ends_on", "perhaps for 2026-12-31: write the day"),
        ({"ends_on": "3026-01-31"}, "ends_on", "leave it empty"),
        ({"ends_on": "31-12-2026"}, "ends_on", 'dates = "D-M-Y"'),
        ({"ends_on": "2024-01-01"}, "ends_on", "before starts_on"),
        ({"ends_on": "2025-12-31", "state": "active"}, "ends_on", "its state is 'terminated'"),
        ({"state": "terminated"}, "ends_on", "give its last day"),
        ({"state": "terminated", "ends_on": "2027-01-01"}, "ends_on", "give its last day"),
        ({"renews": "1 jaar"}, "renews", "not a period"),
        ({"renews": "PT48H"}, "renews", "no time by which a contract renews"),
        ({"state": "activ"}, "state", "Did you mean active?"),
        ({"state": "deleted"}, "state", "write draft, notified, active or terminated"),
        ({"state": "active", "starts_on": "2027-01-01"}, "starts_on", "not in force before 2027-01-01"),
        ({"state": "active", "in_force_since": "2026-06-01"}, "in_force_since", "not in force before 2026-06-01"),
        ({"state": "draft", "in_force_since": "2025-06-01"}, "in_force_since", "does not go with"),
        ({"state": "active", "in_force_since": "2025-06-01T10:00:00"}, "", ""),
        ({"state": "active", "contact_email": ""}, "contact_email", "no contact with an e-mail address"),
        ({"in_force_since": "yesterday"}, "in_force_since", "no day"),
        ({"terms_version": "0.0"}, "terms_version", "no version of these terms"),
        ({"subprocessors": "Hosting B.V."}, "subprocessors", "Did you mean Hosting BV?"),
        ({"facts": "{"}, "facts", "no JSON object"),
        ({"facts": "[" * 20_000}, "facts", "no JSON object"),
        ({"facts": '{"end.erasure": "P30D"}'}, "facts", "nothing that stkkr leaves blank"),
        ({"fact:end.erasure": "P30D"}, "fact:end.erasure", "nothing that stkkr leaves blank"),
    ],
)  # fmt: skip
async def test_every_wrong_cell_is_named(office: Office, row: dict[str, str], column: str, words: str) -> None:
    await office.world.make_subprocessor("Hosting BV")
    rows = [{**ROW, "customer": "First"}, {**ROW, **row}]
    if not column:
        assert (await office.load(*rows)).customers == 2
        return
    [(place, message)] = await office.wrong(*rows)
    assert place == f"line 3, column '{column}'"
    assert words in message


async def test_what_the_terms_leave_blank_is_asked_for(office: Office) -> None:
    [(place, message)] = await office.wrong(ROW, terms="mms-solutions")
    assert place == "line 2, column 'fact:end.erasure'"
    assert "annex 1" in message
    row = {**ROW, "end.erasure": "P30D"}
    await office.load(row, {**ROW, "reference": "M-2", "facts": '{"end.erasure": "P60D"}'}, terms="mms-solutions")
    assert [one["facts"] for one in (await office.agreements()).values()] == [
        {"end.erasure": "P30D"},
        {"end.erasure": "P60D"},
    ]
    [(place, message)] = await office.wrong({**row, "facts": '{"end.erasure": "P60D"}'}, terms="mms-solutions")
    assert place == "line 2, column 'end.erasure'"
    assert "'P30D' here and 'P60D'" in message


async def test_all_bad_rows_are_named_and_the_repaired_file_loads(office: Office) -> None:
    rows = [{**ACTIVE, "customer": f"Klant {number}"} for number in range(60)]
    bad = [{**row, "country": "XX"} if number in (7, 41) else row for number, row in enumerate(rows)]
    bad[3] = {**bad[3], "starts_on": "soon", "contact_email": "nobody"}
    places = [place for place, _ in await office.wrong(*bad)]
    assert places == [
        "line 5, column 'contact_email'",
        "line 5, column 'starts_on'",
        "line 9, column 'country'",
        "line 43, column 'country'",
    ]
    assert (await office.load(*rows)).customers == 60


async def test_one_thing_said_in_two_ways_is_named(office: Office) -> None:
    places = await office.wrong(
        ROW,
        {**ROW, "language": "en"},
        {**ROW, "contact_phone": "+31 20 7654321"},
        {**ROW, "starts_on": "2025-01-02"},
    )
    assert [place for place, _ in places] == [
        "line 3, column 'language'",
        "line 4, column 'contact_phone'",
        "line 5, column 'reference'",
    ]
