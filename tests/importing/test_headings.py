"""Headings in each language, and a mapping file for other people's."""

import pytest

from service.importing.headings import Mapping, columns_of, field_of, known, plain
from service.importing.mapping_file import read_mapping
from service.importing.sheet import Record
from workflows.errors import BadInput


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Customer", "customer"),
        ("Klantnaam", "customer"),
        ("main_contract.starts_on", "starts_on"),
        ("Ingangsdatum", "starts_on"),
        ("contact_email", "contact_1_email"),
        ("contact_2_email", "contact_2_email"),
        ("Contact e-mail 2", "contact_2_email"),
        ("contacts[3].phone", "contact_3_phone"),
        ("Contactpersoon", "contact_1_name"),
        ("contactpersoon_2_naam", "contact_2_name"),
        ("Rollen", "contact_1_roles"),
        ("fact:end.erasure", "fact:end.erasure"),
        ("facts['end.erasure']", "fact:end.erasure"),
        ("end.erasure", "fact:end.erasure"),
        ("Getekend door klant", "signed_by_controller"),
        ("Kundenname", "customer"),
        ("Vertragsbeginn", "starts_on"),
        ("Ansprechpartner 2 E-Mail-Adresse", "contact_2_email"),
        ("Kontaktperson", "contact_1_name"),
        ("Unterzeichnet vom Kunden", "signed_by_controller"),
        ("Raison sociale", "customer"),
        ("Date d'effet", "starts_on"),
        ("Interlocuteur", "contact_1_name"),
        ("Contact 2 téléphone", "contact_2_phone"),
        ("Sous-traitants ultérieurs", "subprocessors"),
        ("Fax", None),
        ("", None),
    ],
)
def test_headings(heading: str, field: str | None) -> None:
    assert field_of(heading) == field


def test_no_name_stands_for_two_columns() -> None:
    aliases = [alias for many in known().columns.values() for alias in many]
    assert len(set(aliases)) == len(aliases)
    for kind in known().values.values():
        words = [plain(alias) for many in kind.values() for alias in many]
        assert len(words) >= len(kind)
    assert all(plain(alias) == alias for alias in aliases)


def test_a_heading_nobody_knows_is_named_with_what_was_meant() -> None:
    heading = Record(1, ("customer", "countri", "language", "Fax", "Klant", ""))
    with pytest.raises(BadInput) as bad:
        columns_of(heading, Mapping(), ("fax",), frozenset({5}))
    assert [(one.path, "Did you mean country?" in one.message) for one in bad.value.problems] == [
        ("line 1, column 'countri'", True),
        ("line 1, column 'Klant'", False),
        ("line 1, column 'country'", False),
    ]


def test_a_mapping_file() -> None:
    mapping = read_mapping(
        b'dates = "D-M-Y"\nignore = ["Fax"]\n[columns]\n"Relatie" = "klant"\n"Bewaren" = "fact:end.erasure"\n'
        b'[values.roles]\n"Baas" = "contract"\n[defaults]\ncountry = "NL"\nlanguage = "nl"\n',
        "map.toml",
    )
    columns = columns_of(Record(1, ("RELATIE", "Bewaren", "Fax")), mapping, (), frozenset())
    assert columns.fields == ("customer", "fact:end.erasure", None)
    assert mapping.values == {"contact_1_roles": {"baas": "contract"}}


@pytest.mark.parametrize(
    "text",
    [
        "columns = 3",
        'dates = "some"',
        "[colums]",
        "[columns]\nx = 'custmer'",
        "[defaults]\nfax = '1'",
        "[values.fax]\na = 'b'",
        "x = ",
        "\xff",
        "x = 1" * 30_000,
    ],
)
def test_a_mapping_file_that_cannot_be_used_says_why(text: str) -> None:
    with pytest.raises(BadInput, match=r"map\.toml"):
        read_mapping(text.encode("latin-1"), "map.toml")
