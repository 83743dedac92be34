"""One function says whether two names are the same, in the program and in the database."""

import random
import sys
import unicodedata

import msgspec
import pytest

from db.session import transaction
from service.http.routes.processors import PlainName
from tests.world import World
from workflows.errors import BadInput
from workflows.intake.checks import check_filled, line_problem
from workflows.model.agreement import Sign
from workflows.names import can_be_seen, hidden_problem, name_key, same_name, written_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café Zoë", unicodedata.normalize("NFD", "Café Zoë")),
        ("Café Zoë", "CAFÉ  ZOË "),
        ("Bakker & Zn. BV", "Bakker\u00a0&\u202fZn.\u3000BV"),
        ("Straße GmbH", "STRASSE GmbH"),
        ("Acme 24 BV", "Ａｃｍｅ　２４　ＢＶ"),
        ("O'Brien", "O’Brien"),
        ("Jansen-De Vries", "Jansen\u2011De Vries"),
        ("Noordzee Hosting", "Noord\u00adzee Host\u200bing\ufeff"),
        ("ΟΔΥΣΣΕΎΣ", "οδυσσεύς"),
        ("각 주식회사", unicodedata.normalize("NFD", "각 주식회사")),
    ],
)
def test_the_same_name_in_two_forms_is_one(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(("one", "other"), [("José", "Jose"), ("Acme", "Acme BV"), ("Acme 1", "Acme I"), ("AB", "A B")])
def test_another_name_is_another(one: str, other: str) -> None:
    assert not same_name(one, other)


@pytest.mark.parametrize(
    "name",
    [
        "Acme\u202eemcA",
        "Ac\u2066me",
        "Ac\u200bme",
        "Ac\u00adme",
        "Acme\ufeff",
        "\u3164",
        "A\u2800B",
        "A\U0001d159B",
        "Acme\U000e0041",
        "\U0001f3f4\U000e0067 BV",
        "\U0001f600\U000e0067\U000e007f",
        "Acme\ufe0f",
        "\ufe0f Acme",
        "7\ufe0f BV",
        "Acme\u180b",
        "Acme\U000e0100",
        "Acme\ufe00",
        "\U0001f600\ufe0f\ufe0f",
    ],
)
def test_a_name_that_hides_something_is_refused(name: str) -> None:
    assert hidden_problem(name) is not None
    assert line_problem(name) == hidden_problem(name)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(name, PlainName)
    with pytest.raises(BadInput):
        check_filled(Sign(party="controller", name=name))


@pytest.mark.parametrize(
    "name",
    [
        "Müller & Söhne",
        "شرکت\u200cها",
        "שלום בע״מ",
        "क्\u200dष",
        "🏳\ufe0f\u200d🌈 BV",
        "Zee\u00a0BV",
        "☎\ufe0e 24",
        "7\ufe0f\u20e3 Hosting",
        "葛\U000e0100城",
        "\u182d\u180b\u1820",
        "BV ©\ufe0f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f Hosting",
    ],
)
def test_a_name_in_any_script_is_taken(name: str) -> None:
    assert hidden_problem(name) is None
    assert line_problem(name) is None
    assert msgspec.convert(name, PlainName) == name


@pytest.mark.parametrize(
    "text", ["\u2800", "\u3164", "\U000e0041", "\u115f\u00ad ", "\u0301", " \u200b\n", "\ue000", ""]
)
def test_what_shows_nothing_is_nothing(text: str) -> None:
    assert not can_be_seen(text)
    assert all(can_be_seen(f"{text}{one}") for one in ("a", "7", "–", "€", "ㅤ한"))


def test_in_a_number_capitals_count() -> None:
    assert written_key("K\u20111\u00a0") == "K-1"
    assert written_key("k-1") != written_key("K-1")


async def test_the_database_compares_as_the_program_does(world: World) -> None:
    known = [
        chr(code)
        for code in range(0x20, sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")
        # Of the long rows of ideographs and syllables a few will do.
        and (code % 50 == 0 or not unicodedata.name(chr(code), "").startswith(("CJK UNIFIED", "HANGUL SYL", "TANGUT")))
    ]
    dice = random.Random(39)
    mixed = ["".join(dice.choices(known, k=8)) for _ in range(10_000)]
    plain = ["".join(dice.choices("aB 'ß`\t\n\v\f\r\x1c\x1d\x1e\x1f-\"", k=5)) for _ in range(5_000)]
    names = [*(f"a{one}\u0301 {one}b" for one in known), *known, *mixed, *plain]
    async with transaction(world.pools.api, readonly=True) as connection:
        found = await connection.fetch(
            "select x.name, termijn_name_key(x.name) as key from unnest($1::text[]) as x (name)", names
        )
    other = [(row["name"], row["key"], name_key(row["name"])) for row in found if row["key"] != name_key(row["name"])]
    assert other == []
