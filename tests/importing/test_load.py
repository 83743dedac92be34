"""Files into the books: where agreements stand afterwards, what is refused, and that twice is once."""

import unicodedata
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from db.queries import sql
from db.session import transaction
from service.importing.headings import Mapping
from service.importing.load import Done
from service.importing.mapping_file import read_mapping
from tests.importing.conftest import PERSON, ROW, Office
from workflows.errors import BadInput

ACTIVE = {**ROW, "state": "active"}


def totals(done: Done) -> Done:
    """What was loaded, without what each row did."""
    return msgspec.structs.replace(done, rows=())


def midnight(day: str) -> datetime:
    """The first instant of a winter's day in Amsterdam, UTC."""
    return datetime.fromisoformat(f"{day}T00:00:00+01:00").astimezone(UTC)


async def test_of_what_is_new_nobody_else_waits_for_a_lock(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a list is one transaction, and the table of locks has some thousands of places."""
    asked: list[str] = []

    def heard(name: str) -> str:
        asked.append(name)
        return sql(name)

    monkeypatch.setattr("workflows.engine.writing.sql", heard)
    host = await office.world.make_subprocessor("Hosting BV")
    await office.load({**ACTIVE, "subprocessors": "Hosting BV"})
    [found] = (await office.agreements()).values()
    assert await office.world.engaged(found["id"], host)
    assert "engage_in_turn" not in asked


async def test_an_agreement_in_force_is_taken_over_without_a_letter(office: Office) -> None:
    host = await office.world.make_subprocessor("Hosting BV", aliases=("Hoster",))
    await office.world.make_subprocessor("Mail BV")
    done = await office.load(
        {**ACTIVE, "subprocessors": "hoster", "services": "mail; hosting", "ends_on": "2027-12-31"}
    )
    assert totals(done) == Done(customers=1, agreements={"active": 1}, there_already=0, repeated=0, unbound=())
    await office.world.drain()
    found = (await office.agreements())["Alpha B.V. M-1"]
    assert (found["state"], found["version"], found["in_force_since"]) == ("active", 2, midnight("2025-01-01"))
    assert found["services"] == ["mail", "hosting"]
    assert found["subprocessors"] == [host]
    assert await office.world.engaged(found["id"], host)
    assert await office.world.rows("select 1 from message") == []
    timers = await office.world.rows("select name, due_at from timer order by due_at")
    assert [(row["name"], row["due_at"]) for row in timers] == [
        ("warn", datetime(2027, 12, 1, 23, tzinfo=UTC)),
        ("end", datetime(2027, 12, 31, 23, tzinfo=UTC)),
    ]
    events = await office.world.rows(
        "select type, body::json ->> 'actor' from event where subject_id = $1 order by seq", found["id"]
    )
    assert [tuple(row) for row in events] == [("agreement.created", "import"), ("agreement.imported", "import")]


async def test_a_change_under_way_reaches_it(office: Office) -> None:
    host = await office.world.make_subprocessor("Hosting BV")
    change = await office.world.make_change(host)
    await office.world.announce(change)
    await office.load(ACTIVE, terms="kmo-solutions", mapping=Mapping(defaults={"fact:backup.retention": "P30D"}))
    await office.world.drain()
    found = (await office.agreements())["Alpha B.V. M-1"]
    assert (await office.world.notice(change, found["id"]))["state"] == "open"


async def test_the_terms_own_register_is_engaged_where_none_are_listed(office: Office) -> None:
    done = await office.load(
        ACTIVE, {**ACTIVE, "reference": "M-2", "subprocessors": "geen"}, terms="contict", mapping=signed()
    )
    found = await office.agreements()
    engaged = Counter(row[0] for row in await office.world.rows("select agreement_id from engagement"))
    assert engaged == {found["Alpha B.V. M-1"]["id"]: len(done.unbound)}
    assert len(done.unbound) > 3


def signed(controller: str = "2025-02-03", processor: str = "2025-02-01T12:00:00+01:00") -> Mapping:
    return Mapping(defaults={"signed_by_controller": controller, "signed_by_processor": processor})


async def test_the_last_signature_brings_it_into_force(office: Office) -> None:
    await office.load(ACTIVE, terms="contict", mapping=signed())
    found = (await office.agreements())["Alpha B.V. M-1"]
    assert found["in_force_since"] == midnight("2025-02-03")
    assert [one["party"] for one in found["signatures"]] == ["controller", "processor"]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ({}, "signed_by_controller", "give the day on which each party signed"),
        ({"signed_by_processor": "2025-02-01"}, "signed_by_controller", "give the day"),
        ({"signed_by_controller": "2026-03-03", "signed_by_processor": "2025-01-01"}, "signed_by_controller", "future"),
        (
            {"signed_by_controller": "2025-02-01", "signed_by_processor": "2025-02-01", "in_force_since": "2025-01-01"},
            "in_force_since",
            "since the last signature, 2025-02-01",
        ),
    ],
)
async def test_signatures_that_do_not_bring_it_into_force(
    office: Office, row: dict[str, str], column: str, words: str
) -> None:
    [(place, message)] = await office.wrong({**ACTIVE, **row}, terms="contict")
    assert place == f"line 2, column '{column}'"
    assert words in message


async def test_one_that_was_sent_waits_for_its_first_day(office: Office) -> None:
    await office.load({**ROW, "state": "verzonden", "starts_on": "2026-03-10"})
    assert (await office.agreements())["Alpha B.V. M-1"]["state"] == "notified"
    await office.world.go(datetime(2026, 3, 9, 22, 59, tzinfo=UTC))
    assert (await office.agreements())["Alpha B.V. M-1"]["state"] == "notified"
    await office.world.go(datetime(2026, 3, 9, 23, tzinfo=UTC))
    found = (await office.agreements())["Alpha B.V. M-1"]
    assert (found["state"], found["in_force_since"]) == ("active", datetime(2026, 3, 9, 23, tzinfo=UTC))
    assert await office.world.rows("select 1 from message") == []


async def test_one_that_ended_goes_on_to_what_happens_to_its_data(office: Office) -> None:
    await office.load({**ROW, "state": "beëindigd", "ends_on": "2026-03-01", "renews": "P1Y"})
    assert (await office.agreements())["Alpha B.V. M-1"]["state"] == "active"
    await office.world.drain()
    found = (await office.agreements())["Alpha B.V. M-1"]
    assert found["state"] in ("terminated", "deletion_pending")
    assert found["ended_on"] == date(2026, 3, 1)


async def test_a_contract_that_renews_catches_up(office: Office) -> None:
    await office.load({**ACTIVE, "starts_on": "2020-01-01", "ends_on": "2020-12-31", "renews": "P1Y"})
    await office.world.drain()
    found = (await office.agreements())["Alpha B.V. M-1"]
    assert (found["state"], found["main_contracts"][0]["ends_on"]) == ("active", "2026-12-31")


async def test_without_a_state_it_is_a_draft_unless_it_says_since_when_it_is_in_force(office: Office) -> None:
    await office.load(ROW, {**ROW, "reference": "M-2", "in_force_since": "2025-06-01"})
    found = await office.agreements()
    assert [found[f"Alpha B.V. {one}"]["state"] for one in ("M-1", "M-2")] == ["draft", "active"]
    assert found["Alpha B.V. M-2"]["in_force_since"] == datetime(2025, 5, 31, 22, tzinfo=UTC)


async def test_several_rows_speak_of_one_customer(office: Office) -> None:
    done = await office.load(
        {**ACTIVE, "contact_2_name": "Bo", "contact_2_email": "bo@alpha.example", "contact_2_roles": "ict"},
        {"customer": "alpha  b.v.", "reference": "M-2", "starts_on": "2025-01-01"},
        {"customer": "Alpha B.V.", "contact_name": "Li", "contact_email": "li@alpha.example"},
        {
            "customer": "Alpha B.V.",
            "contact_name": "Bo",
            "contact_email": "BO@alpha.example",
            "contact_roles": "privacy",
        },
        {"customer": "Alpha B.V.", "reference": "m-1", "contact_name": "Jo", "contact_phone": "010-1234567"},
        ACTIVE,
        {**ACTIVE, "customer": "Beta", "contact_email": "kim@beta.example"},
    )
    assert (done.customers, done.agreements, done.repeated) == (2, {"active": 2, "draft": 1}, 0)
    people = {
        row["name"]: [(one["name"], one["email"], one["roles"]) for one in msgspec.json.decode(row["contacts"])]
        for row in await office.world.rows("select name, contacts from customer order by id")
    }
    everything = ["contract", "privacy", "security"]
    assert people == {
        "Alpha B.V.": [
            ("Kim", "kim@alpha.example", everything),
            ("Bo", "bo@alpha.example", ["security", "privacy"]),
            ("Li", "li@alpha.example", []),
            ("Jo", None, []),
        ],
        "Beta": [("Kim", "kim@beta.example", everything)],
    }


async def test_a_row_repeated_word_for_word_counts_once(office: Office) -> None:
    assert totals(await office.load(ROW, ROW, ROW)) == Done(
        customers=1, agreements={"draft": 1}, there_already=0, repeated=2, unbound=()
    )


async def test_customers_of_one_name_are_told_apart_by_their_keys(office: Office) -> None:
    first = {**ROW, "klantnummer": "1"}
    second = {**ROW, "klantnummer": "2", "country": "BE"}
    assert (await office.load(first, second)).customers == 2
    again = await office.load(first, second)
    assert (again.customers, again.there_already) == (0, 2)
    assert (await office.wrong({**ROW, "reference": "M-9"}))[0] == (
        "line 2, column 'customer'",
        "is the name of 2 customers on record: give each its customer_key, or merge them",
    )


async def test_a_dry_run_says_the_same_and_writes_nothing(office: Office) -> None:
    before = await office.counts()
    done = await office.load(ACTIVE, terms="contict", dry_run=True, mapping=signed())
    assert (done.customers, done.agreements) == (1, {"active": 1})
    assert await office.counts() == before
    assert await office.wrong({**ACTIVE, "country": "XX"}, terms="contict", dry_run=True)


async def test_twice_is_once_even_after_life_went_on(office: Office) -> None:
    rows: list[Any] = [
        {**ACTIVE, "ends_on": "2026-03-31", "renews": "P1Y"},
        {**ROW, "customer": "Beta", "state": "terminated", "ends_on": "2026-02-28"},
        {**ROW, "customer": "Gamma"},
    ]
    await office.load(*rows)
    assert (await office.load(*rows)).there_already == 3
    await office.world.go(datetime(2026, 4, 2, tzinfo=UTC))
    found = await office.agreements()
    assert found["Alpha B.V. M-1"]["main_contracts"][0]["ends_on"] == "2027-03-31"
    before = await office.counts()
    done = await office.load(*rows)
    assert (done.customers, done.agreements, done.there_already) == (0, {}, 3)
    assert await office.counts() == before
    more = await office.load(*rows, {**ACTIVE, "reference": "M-2"}, {**ROW, "customer": "Delta"})
    assert (more.customers, more.agreements, more.there_already) == (1, {"active": 1, "draft": 1}, 3)


async def test_what_is_on_record_otherwise_is_told_and_left_alone(office: Office) -> None:
    customer = await office.world.make_customer("Alpha B.V.")
    await office.world.make_agreement("stkkr", customer)
    other = {
        **ACTIVE, "country": "BE", "contact_email": "other@alpha.example", "starts_on": "2026-01-02",
        "services": "mail", "state": "draft",
    }  # fmt: skip
    places = await office.wrong(other)
    assert sorted(place for place, _ in places) == [
        "line 2, column 'contact_name'",
        "line 2, column 'country'",
        "line 2, column 'services'",
        "line 2, column 'starts_on'",
        "line 2, column 'state'",
    ]
    same = {"customer": "Alpha B.V.", "country": "NL", "language": "nl", "reference": "m-1", "starts_on": "2026-01-01"}
    assert (await office.load({**same, "state": "active"})).there_already == 1
    places = await office.wrong({**same, "state": "active"}, terms="constant-it")
    assert places[0][0] == "line 2, column 'reference'"
    assert "under 'stkkr' on record, not under 'constant-it'" in places[0][1]


async def test_a_merged_customer_makes_no_double(office: Office) -> None:
    await office.load(ROW, {**ROW, "customer": "Beta", "contact_email": "kim@beta.example"})
    rows = await office.world.rows("select id from customer order by id")
    await office.world.do(rows[0]["id"], "merge", into=str(rows[1]["id"]))
    await office.world.drain()
    done = await office.load(ROW, {**ROW, "reference": "M-2"})
    assert (done.customers, done.agreements, done.there_already) == (0, {"draft": 1}, 1)
    owners = await office.world.rows("select customer_id from agreement")
    assert [row["customer_id"] for row in owners] == [rows[1]["id"]] * 3
    beta = {**ROW, "customer": "Beta", "contact_email": "kim@beta.example", "services": "mail"}
    assert "services" in (await office.wrong(beta))[0][0], "its own M-1, not the one that came to it"


async def test_somebody_elses_headings_words_and_days(office: Office) -> None:
    mapping = read_mapping(
        b'dates = "D-M-Y"\nignore = ["Fax"]\n[columns]\nRelatie = "customer"\nVanaf = "starts_on"\n'
        b'[values.state]\n"Loopt door" = "active"\n[values.country]\nNederland = "NL"\n[defaults]\nlanguage = "nl"\n',
        "map.toml",
    )
    row = {
        "Relatie": "Zoë", "Land": "Nederland", "Fax": "=x", "Vanaf": "1-2-2025", "Status": "loopt door",
        "Kenmerk": "K-1", **PERSON,
    }  # fmt: skip
    await office.load(row, mapping=mapping)
    found = (await office.agreements())["Zoë K-1"]
    assert (found["state"], found["main_contracts"][0]["starts_on"]) == ("active", "2025-02-01")


async def test_unknown_terms_are_named_with_the_known_ones(office: Office) -> None:
    with pytest.raises(BadInput, match="kmo-solutions"):
        await office.load(ROW, terms="kmo")


async def test_one_import_at_a_time(office: Office) -> None:
    async with transaction(office.world.pools.worker) as connection:
        await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"import {office.world.processor}")
        with pytest.raises(Exception, match="under way"):
            await office.load(ROW)
    assert (await office.load(ROW)).customers == 1


def as_typed(row: dict[str, str], how: str) -> dict[str, str]:
    """The same row as another program writes it."""
    match how:
        case "mac":
            return {name: unicodedata.normalize("NFD", text) for name, text in row.items()}
        case "no-break spaces":
            return {name: text.replace(" ", "\u00a0") for name, text in row.items()}
        case "full width":
            wide = str.maketrans({code: code + 0xFEE0 for code in range(ord("A"), ord("Z") + 1)})
            return {
                name: text.translate(wide) if name in ("customer", "reference") else text for name, text in row.items()
            }
        case _:
            curly = str.maketrans({"'": "’", "-": "\u2011"})
            return {name: text.translate(curly) if name.endswith(("customer", "_name")) else text
                    for name, text in row.items()}  # fmt: skip


@pytest.mark.parametrize("how", ["mac", "no-break spaces", "full width", "word processor"])
async def test_the_same_list_from_another_program_is_the_same_list(office: Office, how: str) -> None:
    await office.world.make_subprocessor("Ünïcode Hosting", aliases=("Café Crème",))
    row = {
        **ACTIVE, "customer": "Café d'Zoë-Été BV", "contact_name": "José d'Été", "reference": "HOOFD é 1",
        "services": "boekhouding één; mail", "subprocessors": "café crème", "customer_key": "KÉ 1",
    }  # fmt: skip
    await office.load(row)
    done = await office.load(as_typed(row, how))
    assert (done.customers, done.agreements, done.there_already) == (0, {}, 1)
    # In one file, too: two rows of one customer.
    assert totals(await office.load(row, as_typed(row, how))) == Done(
        customers=0, agreements={}, there_already=1, repeated=1 if how == "mac" else 0, unbound=()
    )


async def test_a_name_is_stored_composed_and_with_plain_spaces(office: Office) -> None:
    row = {**ROW, "customer": unicodedata.normalize("NFD", "Café\u00a0Zoë"), "contact_name": "Kim\u00a0Été"}
    await office.load(row)
    found = await office.world.rows("select name, contacts -> 0 ->> 'name' from customer")
    assert [tuple(one) for one in found] == [("Café Zoë", "Kim Été")]


@pytest.mark.parametrize(
    "name", ["@Leisure BV", "+Impuls Coaching", "-18 Graden BV", "=Gelijk", '=HYPERLINK("https://x.example")', "'t Hof"]
)
async def test_a_name_is_kept_also_where_it_looks_like_a_formula(office: Office, name: str) -> None:
    await office.load({**ROW, "customer": name, "reference": "-1"})
    # As a list says it that was defused for a spreadsheet.
    defused = name if name.startswith("'") else f"'{name}"
    assert (await office.load({**ROW, "customer": defused, "reference": "'-1"})).there_already == 1
    assert [row["name"] for row in await office.world.rows("select name from customer")] == [name]


async def test_a_number_that_a_spreadsheet_was_told_to_keep_is_that_number(office: Office) -> None:
    await office.load({**ROW, "reference": '="00123"', "contact_phone": '="0201234567"'})
    [row] = await office.world.rows("select contacts -> 0 ->> 'phone' from customer")
    assert row[0] == "0201234567"
    assert list(await office.agreements()) == ["Alpha B.V. 00123"]


@pytest.mark.parametrize(
    "written",
    [
        "9999-12-31", "31-12-9999", "12/31/9999", "31.12.9999", "9999-12-31 23:59:59.997", "9999-12-31T00:00:00",
        "0000-00-00", "00-00-0000", "0000-00-00 00:00:00", "0001-01-01", "01-01-0001 00:00:00", "2999-12-31",
        "3000-01-01", "1900-01-00", "1899-12-30", "1753-01-01", "2262-04-11", "0", "NULL", "n.v.t.", "onbepaald",
        "Onbepaalde tijd", "doorlopend", "indefinite", "unbefristet", "–",
    ],
)  # fmt: skip
async def test_what_other_systems_write_where_there_is_no_end_is_none(office: Office, written: str) -> None:
    done = await office.load({**ACTIVE, "ends_on": written})
    assert done.agreements == {"active": 1}
    assert done.endless == ({written: 1} if written != "–" else {})
    found = (await office.agreements())["Alpha B.V. M-1"]
    assert found["main_contracts"][0]["ends_on"] is None
    assert (await office.load({**ACTIVE, "ends_on": "9999-12-31"})).there_already == 1


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-31 00:00:00.000",
        "2026-12-31T00:00:00",
        "2026-12-31 23:59:59.997",
        "2026/12/31",
        "2026.12.31",
        "2026-12-31",
    ],
)
async def test_a_day_with_a_databases_time_behind_it_is_that_day(office: Office, written: str) -> None:
    await office.load({**ACTIVE, "ends_on": written})
    assert (await office.agreements())["Alpha B.V. M-1"]["main_contracts"][0]["ends_on"] == "2026-12-31"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Nederland", "NL"), ("België", "BE"), ("Belgie", "BE"), ("Duitsland", "DE"), ("the Netherlands", "NL"),
        ("NEDERLAND", "NL"), ("Deutschland", "DE"), ("Pays-Bas", "NL"), ("Verenigd Koninkrijk", "GB"), ("UK", "GB"),
        ("U.S.A.", "US"), ("Holland", "NL"), ("NLD", "NL"), ("nl", "NL"), ("Côte d’Ivoire", "CI"),
        ("Bosnia and Herzegovina", "BA"),
    ],
)  # fmt: skip
async def test_a_country_is_taken_by_its_name(office: Office, written: str, code: str) -> None:
    row = {**ROW, "land": written}
    del row["country"]
    await office.load(row, {**row, "reference": "M-2"})
    assert [one["country"] for one in await office.world.rows("select country from customer")] == [code]
