"""What two agreements say otherwise and for whom: nothing else, and whole in the language that was asked for."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from click.testing import CliRunner
from msgspec import Struct
from msgspec.structs import replace

from service.cli.main import main
from tests.drafts import draft
from workflows.errors import BadInput, TermijnError
from workflows.terms.comparing import compared
from workflows.terms.explain import explain
from workflows.terms.load import library, parse_document, parse_toml, to_document
from workflows.terms.model import Terms
from workflows.words import LANGUAGES, Language, said_in

PAIRS = [
    ("stkkr", "kmo-solutions"), ("constant-it", "mms-solutions"), ("contict", "stkkr"), ("posthog-dpa", "idio-avv"),
    ("github-dpa", "signals-dpa"), ("eu-scc-2021-915", "boly-dba"), ("bonterms-dpa", "herodesk-dpa"),
    ("c2c-baa", "myhealthily-baa"), ("ct-annexe-dcp", "lekbanken-pub"), ("oxil-annex", "starred-bwo"),
]  # fmt: skip
ENGLISH = re.compile(r"\b(the|and|with|which|must|not|from|after|within|may)\b")
QUOTED = re.compile(r"[“„«].*?[”“»] ?\(.*?\)")
SIXTH = Path(__file__).parent / "sixth.toml"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_what_differs_is_told_with_whose_it_is(first: str, second: str, lang: Language) -> None:
    one, other = library()[first], library()[second]
    lines = compared(one, other, lang)
    assert lines
    assert all(line.first != line.second and line.label and "{" not in line.first + line.second for line in lines)
    assert {line.whom for line in lines} >= {"controller", "processor"}
    assert not any(line.topic == "provision" for line in lines)
    # Whichever of the two says it, what is about one thing stands together.
    topics = [line.topic for line in lines]
    assert topics == sorted(topics, key=topics.index)
    if lang != "en":
        # Clauses, names and the place of the document are in the agreement's own words.
        said = [QUOTED.sub("", text) for line in lines if line.topic not in ("other", "need", "subprocessor")
                for text in (line.first, line.second)]  # fmt: skip
        assert [text for text in said if ENGLISH.search(re.sub(r"\([^)]*\)", "", text))] == []


def test_either_way_round_the_same_differs() -> None:
    one, other = library()["stkkr"], library()["contict"]
    there = {(line.label, line.whom, line.first, line.second) for line in compared(one, other, "nl")}
    back = {(line.label, line.whom, line.second, line.first) for line in compared(other, one, "nl")}
    assert {line[2:] for line in there} == {line[2:] for line in back}


def test_how_days_are_counted_is_told_as_far_as_it_differs() -> None:
    one, other = library()["github-dpa"], library()["signals-dpa"]
    (days,) = (line for line in compared(one, other, "en") if line.label == "How days are counted")
    assert "Los_Angeles" in days.first or "Los Angeles" in days.first
    assert "protective" not in days.first


def test_clauses_that_are_no_rules_are_compared_between_versions_of_one_text() -> None:
    old = library()["posthog-dpa"]
    new = replace(old, version="2", statements=(replace(old.statements[0], text="Otherwise."), *old.statements[1:]))
    (line,) = compared(old, new, "de")
    assert line.topic == "provision"
    assert "„Otherwise.“ (auf Englisch)" in line.second
    two = compared(old, library()["idio-avv"], "de", everything=True)
    assert any(one.topic == "provision" for one in two)


def test_a_draft_is_laid_beside_the_version_that_is_stored(tmp_path: Path) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text(SIXTH.read_text("utf-8").replace('period = "P7WD"', 'period = "P14D"'), "utf-8")
    result = CliRunner().invoke(main, ["terms", "compare", str(SIXTH), str(draft)])
    assert result.exit_code == 0
    assert "Objection to a subprocessor [controller]\n  A: the controller, for 7 working days" in result.stdout
    assert "B: the controller, for 14 days" in result.stdout
    assert result.stdout.count("  A: ") == 1
    assert not compared(parse_toml(SIXTH.read_bytes(), "a"), parse_toml(SIXTH.read_bytes(), "a"), "en")


def test_what_is_not_compared_is_said() -> None:
    shown = CliRunner().invoke(main, ["terms", "compare", "posthog-dpa", "idio-avv"]).stdout
    assert "clauses of the two that are no rules are not compared; --all shows them." in shown
    everything = CliRunner().invoke(main, ["terms", "compare", "posthog-dpa", "idio-avv", "--all"]).stdout
    assert "Processing on documented instructions" in everything
    assert "are not compared" not in everything


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_file_says_itself_of_law_court_and_place_is_quoted_in_the_language_that_it_is_in(
    lang: Language,
) -> None:
    for one in library().values():
        other = next(terms for terms in library().values() if terms.court and terms is not one)
        lines = compared(one, other, lang, everything=True)
        told = [text for line in lines if line.label in (said_in(lang)("terms.law"), said_in(lang)("terms.role"))
                for text in (line.first, line.second)]  # fmt: skip
        assert told
        assert lang == "en" or not any(ENGLISH.search(QUOTED.sub("", text)) for text in told)
    french = compared(library()["ct-annexe-dcp"], library()["idio-avv"], lang)
    (law,) = (line for line in french if line.label == said_in(lang)("terms.law"))
    assert ("droit français (16)\u202f; tribunaux français (16)" in law.first) == (lang == "fr")
    assert ("Deutsches Recht ohne UN-Kaufrecht (17.1)” (in German)" in law.second) == (lang == "en")


def test_a_service_is_called_as_readers_of_each_language_call_it() -> None:
    document = to_document(library()["contict"])
    names = {"nl": "Mobiel", "en": "Mobile", "de": "Mobilfunk", "fr": "Téléphonie mobile"}
    document["services"]["mobile"] = names
    given = parse_document(document, "given")
    document = to_document(given)
    assert document["in_languages"] == {"services.mobile": names}
    again = parse_document(document, "again")
    assert again == given
    said = {lang: explain(again, lang) for lang in LANGUAGES}
    assert "- Mobilfunk: " in said["de"]
    assert "- Téléphonie mobile\u202f: " in said["fr"]
    assert "- Mobiel: " in said["nl"]
    assert "- Mobile: " in said["en"]
    document["in_languages"]["services.mobil"] = {"en": "Mobile"}
    with pytest.raises(BadInput, match="which is no text of this part"):
        parse_document(document, "again")
    del document["in_languages"]
    document["services"]["mobile"] = {"nl": "Mobiel"}
    assert "„Mobiel“ (auf Niederländisch): " in explain(parse_document(document, "again"), "de")


def _variants(part: Any) -> Iterator[tuple[str, Any]]:
    """A part of a file with one key otherwise: each other word that it takes, the other truth, text or none."""
    hints = get_type_hints(type(part))
    for key in part.__struct_fields__:
        value = getattr(part, key)
        if isinstance(value, bool):
            others: list[tuple[str, Any]] = [("", not value)]
        elif get_origin(hints[key]) is Literal:
            others = [("", one) for one in get_args(hints[key]) if one != value]
        elif hints[key] is str:
            others = [("", one) for one in ("", "99") if one != value]
        elif isinstance(value, Struct):
            others = list(_variants(value))
        elif isinstance(value, tuple) and value and isinstance(value[0], Struct):
            others = [(below, (one, *value[1:])) for below, one in _variants(value[0])]
        elif isinstance(value, dict) and key in ("rules", "penalties"):
            others = [(f"{name}.{b}", {**value, name: one}) for name in value for b, one in _variants(value[name])]
        else:
            continue
        yield from ((f"{key}.{below}", replace(part, **{key: other})) for below, other in others)


def test_two_files_that_explaining_tells_apart_are_not_said_to_say_the_same() -> None:
    name, penalty = next((name, one) for terms in library().values() for name, one in terms.penalties.items())
    terms = replace(parse_toml(SIXTH.read_bytes(), "sixth"), penalties={name: replace(penalty, reading="")})
    told = explain(terms, "en")
    tried, silent = 0, []
    for path, other in _variants(terms):
        if path.startswith(("title.", "version.", "id.")):
            continue
        try:
            parse_document(to_document(other), terms.id)
            apart = explain(other, "en") != told
        except (TermijnError, LookupError):
            continue
        tried += apart
        if apart and not compared(terms, other, "en"):
            silent.append(path)
    assert tried > 50
    assert silent == []


def test_damages_readings_and_what_may_change_the_text_are_told_apart() -> None:
    terms = library()["stkkr"]
    name, penalty = next((name, one) for each in library().values() for name, one in each.penalties.items())
    one, other = (replace(terms, penalties={name: replace(penalty, damages=how)}) for how in ("reserved", "replaced"))
    (line,) = compared(one, other, "en")
    assert "Damages are reserved" in line.first
    assert "in the place of damages" in line.second
    may = replace(terms.amendment, how="unilateral")
    always, once = replace(terms, amendment=may), replace(terms, amendment=replace(may, only_on="change_of_law"))
    (line,) = compared(always, once, "en")
    assert line.second.startswith("The processor may change the text only to follow a change of the law")


def test_what_the_file_does_not_say_is_no_text_of_it_and_a_heading_takes_no_place_of_one_side() -> None:
    terms = library()["eu-scc-2021-915"]
    assert terms.breach is not None
    unsaid = replace(terms, id="a", breach=replace(terms.breach, contacts=(), channels=()))
    said = replace(terms, id="b", breach=replace(terms.breach, contacts=("security",), channels=("phone",)))
    lines = {line.label: line for line in compared(unsaid, said, "en")}
    assert lines["Who is told of a breach first"].first.startswith("Who is told first was not written down")
    assert lines["How a breach is told"].first.startswith("How it is told was not written down")
    assert lines["Who is told of a breach first"].second == "the contact for security"
    consents = {
        one.id: one for one in library().values()
        if one.subprocessors.region is not None and "subprocessor.consent" in one.rules
        and one.subprocessors.rule != "consent"
    }  # fmt: skip
    found = next(iter(consents.values()))
    region = found.subprocessors.region
    assert region is not None
    other = replace(
        found, subprocessors=replace(found.subprocessors, region=replace(region, inside=("CH",))),
        rules=found.rules | {"subprocessor.consent": replace(found.rules["subprocessor.consent"], grounds="required")},
    )  # fmt: skip
    labels = [line.label for line in compared(found, other, "en")]
    assert "Consent to a subprocessor" in labels
    assert not any("outside" in label for label in labels)


def test_duties_that_outlive_two_agreements_are_laid_side_by_side() -> None:
    """Each words them its own way; they are one line where they go on until the same."""

    def of(*duties: tuple[str, str]) -> Terms:
        survives = [{"duty": duty, "until": until, "clause": "9"} for duty, until in duties]
        return draft(ending={"survives": survives})

    first = of(("return or destruction", "data_gone"), ("secrecy", "no_end"))
    second = replace(of(("return, or destruction of all", "data_gone"), ("liability", "no_end")), id="another")
    lines = [one for one in compared(first, second, "en") if one.topic == "life"]
    assert [(bool(one.first), bool(one.second)) for one in lines] == [(True, True), (True, True)]
    assert "return or destruction" in lines[0].first
    assert "destruction of all" in lines[0].second
    more = replace(of(("secrecy", "no_end")), id="another")
    (left,) = [one for one in compared(first, more, "en") if one.topic == "life"]
    assert (bool(left.first), left.second) == (True, "")
