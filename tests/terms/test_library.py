"""The terms that come with the program: complete, readable, and true to their agreements."""

from importlib.resources import files

import msgspec
import pytest

from tests.texts import FIVE
from workflows.terms.clauses import as_found
from workflows.terms.explain import explain, explained, rule_sentence
from workflows.terms.load import library, parse_document, parse_toml, to_document
from workflows.terms.model import Terms
from workflows.terms.names import AUTHORISATION, OBJECTED, OBJECTION_RIGHT, OVERRULED, PENALTIES, RULES
from workflows.words import LANGUAGES, Language, said_in

IDS = list(FIVE)
FIVES = {name: library()[name] for name in FIVE}
ROWS = {"stkkr": ("ST", 46), "kmo-solutions": ("KM", 44), "constant-it": ("CI", 59)}
ROWS |= {"mms-solutions": ("MM", 48), "contict": ("CO", 32)}


@pytest.fixture(params=IDS)
def terms(request: pytest.FixtureRequest) -> Terms:
    found: Terms = library()[request.param]
    return found


def structs_of(value: object) -> list[msgspec.Struct]:
    """Every Struct inside, itself included."""
    if isinstance(value, msgspec.Struct):
        inner = [structs_of(getattr(value, name)) for name in value.__struct_fields__]
        return [value, *(one for found in inner for one in found)]
    if isinstance(value, dict):
        return [one for item in value.values() for one in structs_of(item)]
    if isinstance(value, tuple):
        return [one for item in value for one in structs_of(item)]
    return []


def test_the_library_has_the_five() -> None:
    assert set(library()) >= set(IDS)


def test_every_row_of_the_reading_is_carried(terms: Terms) -> None:
    prefix, last = ROWS[terms.id]
    carried = {name for one in structs_of(terms) for name in getattr(one, "ids", ())}
    carried |= {statement.id for statement in terms.statements}
    assert carried == {f"{prefix}-{number:02}" for number in range(1, last + 1)}


def test_rules_name_clause_and_reading_or_why_there_is_no_number(terms: Terms) -> None:
    for name, rule in terms.rules.items():
        assert rule.clause, name
        assert rule.reading or rule.note, name
        timed = rule.period or rule.field or rule.follows or rule.immediately or rule.calendar_year
        assert timed or rule.note, f"{name} says neither how long nor why not"


def test_a_document_comes_back_the_same(terms: Terms) -> None:
    document = to_document(terms)
    assert parse_document(document, terms.id) == terms
    assert msgspec.json.decode(msgspec.json.encode(document)) == document


def test_a_file_is_far_below_the_limit(terms: Terms) -> None:
    raw = files("workflows.terms.library").joinpath(f"{terms.id}.toml").read_bytes()
    assert parse_toml(raw, "again") == terms
    assert len(raw) < 64 * 1024


def test_where_subprocessors_may_work() -> None:
    found = {name: terms.subprocessors.region for name, terms in FIVES.items()}
    said = {name: (region.inside, region.outside) for name, region in found.items() if region is not None}
    assert said == {
        "stkkr": (("EEA",), "refuse"),
        "kmo-solutions": (("EEA",), "consent"),
        "constant-it": (("EU", "EEA"), "refuse"),
        "mms-solutions": (("EEA",), "consent"),
        "contict": (("EEA",), "consent"),
    }
    assert [flag.inside for flag in library()["stkkr"].subprocessors.flags] == [("NL",)]


def test_who_is_named_in_the_registers() -> None:
    registers = {name: terms.subprocessors.register for name, terms in FIVES.items()}
    assert [entry.name for entry in registers["stkkr"]] == ["Oxilion"]
    assert [entry.name for entry in registers["kmo-solutions"]] == ["PinkRoccade Hosting Services"]
    assert len(registers["constant-it"]) == 15
    assert registers["mms-solutions"] == ()
    assert [entry.name for entry in registers["contict"] if entry.incomplete] == ["Mobile provider"]
    aliases = {alias for entry in registers["constant-it"] for alias in entry.aliases}
    assert {"Hostifi", "WatchGuard"} <= aliases


def test_what_each_agreement_must_still_say() -> None:
    required = {name: [field.name for field in terms.fields if field.required] for name, terms in FIVES.items()}
    assert required == {
        "stkkr": [],
        "kmo-solutions": ["backup.retention"],
        "constant-it": [],
        "mms-solutions": ["end.erasure"],
        "contict": [],
    }
    needs = [(need.role, need.channel) for terms in FIVES.values() for need in terms.contact_needs]
    assert needs == [("security", "phone")]


def test_the_table_of_retention() -> None:
    rows = library()["contict"].retention
    assert len(rows) == 25
    assert sum(row.category == "call_detail_records" for row in rows) == 2
    assert sum(not row.by_processor for row in rows) == 10
    named = {name for entry in library()["contict"].subprocessors.register for name in (entry.name,)}
    assert {holder for row in rows for holder in row.holders} == named


def test_misprinted_numbers_stand_beside_the_right_ones() -> None:
    terms = library()["constant-it"]
    assert terms.printed["II 4.2"] == "2.2"
    assert terms.printed["II 6.3"] == "2.3"
    assert "II 2.2" not in terms.printed
    assert len(terms.printed) == 27


def test_overruling_and_the_rights_to_end() -> None:
    overruled = [name for name, terms in FIVES.items() if terms.subprocessors.over_objection.allowed]
    assert overruled == ["stkkr"]
    assert library()["stkkr"].subprocessors.decided_by == "board"
    grounds = {name: [right.ground for right in terms.ending.rights] for name, terms in FIVES.items()}
    assert grounds == {
        "stkkr": ["overruled_objection"],
        "kmo-solutions": [],
        "constant-it": ["amendment"],
        "mms-solutions": ["breach_of_law"],
        "contict": [],
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_explained_in_every_language(terms: Terms, lang: Language) -> None:
    text = explain(terms, lang)
    assert terms.title in text
    assert "{" not in text
    for section in explained(terms, lang):
        assert section.title
        assert section.lines
        assert {one.lang for one in section.lines} == {lang}
    for rule in terms.rules.values():
        assert as_found(terms, rule.clause, lang) in text


def test_a_rule_in_a_sentence() -> None:
    terms = library()["kmo-solutions"]
    assert rule_sentence(terms, "end.choice", "nl", {}) == (
        "Keuze voor teruggave of verwijdering (9.5): de verwerkingsverantwoordelijke, gedurende 2 weken vanaf "
        "het einde, schriftelijk."
    )
    assert rule_sentence(terms, "amendment.termination", "nl") is None
    late = rule_sentence(library()["contict"], "breach.notice", "en")
    assert late is not None
    assert "within 24 hours of discovery by the processor, by telephone" in late


def test_a_misprinted_clause_is_explained_with_its_print() -> None:
    text = explain(library()["constant-it"], "en")
    assert "II 8.3, printed as 4.3" in text


RIGHTS = ("amendment.consent", AUTHORISATION, OBJECTED, OBJECTION_RIGHT, OVERRULED)
"""What a notice may give, and is no rule of the terms."""


def test_every_rule_and_penalty_has_a_title() -> None:
    titles = {key.removeprefix("title.") for key in said_in("en") if key.startswith("title.")}
    assert titles == {
        *RULES, *PENALTIES, *RIGHTS, "matter", "matter.erasure_or_return", "retention", "retention.backup",
    }  # fmt: skip


def test_a_reading_of_an_emergency_is_told() -> None:
    terms = library()["spacelift-dpa"]
    assert terms.subprocessors.emergency is not None
    assert terms.subprocessors.emergency.reading in explain(terms, "en")
    # A reader of another language is shown it too, and that it is in English.
    reading = terms.subprocessors.emergency.reading
    [told] = [line for part in explained(terms, "fr") for line in part.lines if reading in line]
    assert told == f"Lecture du programme, et non le texte\u202f: «\u202f{reading}\u202f» (en anglais)."
    assert [one for one in told.pieces() if one[1] != "fr"] == [(reading, "en")]
    # A customer is told what holds, not how it was read.
    assert not any(reading in line for part in explained(terms, "fr", {}) for line in part.lines)
