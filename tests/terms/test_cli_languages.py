"""What the commands over terms say, in the language that was asked for: nothing is left in English."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from service.answers.otherwise import otherwise
from service.cli.helping import paragraphs
from service.cli.main import main
from service.cli.words import CATALOGUE
from service.pictures.words import known_holiday
from tests.drafts import draft
from workflows.terms.law import laws
from workflows.terms.load import library, to_document
from workflows.terms.phrases import rule_title
from workflows.terms.telling.quoting import quoted_in
from workflows.time.legal_days import calendar_year, known_calendars
from workflows.words import LANGUAGES, SOURCE, Language
from workflows.words.references import without_references

SIXTH = Path(__file__).parent / "sixth.toml"
AT = "2026-12-11T10:00:00Z"
OTHERS = tuple(lang for lang in LANGUAGES if lang != SOURCE)
ENGLISH = re.compile(r"\b(the|and|with|which|write|must|not|such|this|from|cannot|there)\b")
ALIKE = {"Audits", "Introduction"}
"""Headings that another language spells as English does."""
WRONG: tuple[tuple[str, ...], ...] = (
    ("terms", "check", "none.toml"),
    ("terms", "check", "."),
    ("terms", "explain", "kmo-solution"),
    ("terms", "explain", "bad.toml"),
    ("terms", "compare", "stkkr", "bad.toml"),
    ("terms", "compare", "stkkr", "nothing"),
    ("terms", "diagram", "bad.toml"),
    ("terms", "diagram", "stkkr", "--workflow", "nonsense"),
    ("calendar", "XX", "2026"),
    ("calendar", "DE-XX", "2026"),
    ("calendar", "US", "1999"),
    ("due",),
    ("due", "bad.toml", "end.erasure", "--at", AT),
    ("due", "stkkr", "end.erasures", "--at", AT),
    ("due", "stkkr", "breach.notice", "--at", "2026-12-11"),
    ("due", "stkkr", "breach.notice", "--at", "tomorrow"),
    ("due", "stkkr", "breach.notice", "--at", "2026-02-30"),
    ("due", "stkkr", "breach.notice", "--at", "2026-03-29T12:30"),
    ("due", "stkkr", "end.erasure", "--at", "9999-01-01"),
    ("due", "mms-solutions", "end.erasure", "--at", AT),
    ("due", "mms-solutions", "end.erasure", "--at", AT, "--fact", "end.erasure=30"),
    ("due", "mms-solutions", "end.erasure", "--at", AT, "--fact", "erasure"),
    ("due", "mms-solutions", "end.erasure", "--at", AT, "--fact", "violation=2"),
    ("due", "stkkr", "--stdin"),
    ("penalty",),
    ("penalty", "mms-solutions", "late.penalty", "--at", AT),
    ("penalty", "mms-solutions", "breach.penalty", "--at", AT),
    ("penalty", "mms-solutions", "secrecy.penalty", "--at", AT, "--fact", "violations=two"),
    ("penalty", "mms-solutions", "breach.penalty", "--at", AT, "--due", "2026-01-01"),
    ("due", "--att", "x"),
    ("due", "stkkr", "end.erasure", "--json=3"),
    ("terms", "explain"),
    ("terms", "explainn"),
    ("terms", "compare", "stkkr", "contict", "mms-solutions"),
    ("calendar", "NL"),
    ("calendar", "NL", "soon"),
    ("nonsense",),
)
RIGHT: tuple[tuple[str, ...], ...] = (
    ("terms", "check", "sixth.toml"),
    ("terms", "compare", "stkkr", "kmo-solutions", "--all"),
    ("terms", "compare", "stkkr", "kmo-solutions"),
    ("terms", "compare", "stkkr", "stkkr"),
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a right file and one with two things wrong, where the commands are run."""
    text = SIXTH.read_text("utf-8")
    (tmp_path / "sixth.toml").write_text(text, "utf-8")
    (tmp_path / "bad.toml").write_text(text.replace("calendar =", "calender =").replace("P7WD", "7 days"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def said(result: Result) -> str:
    """What a command says of what is wrong, behind the frame around it."""
    marks = [CATALOGUE.say("error", lang, message="").strip() for lang in LANGUAGES]
    return next(
        (error for mark in marks for _, found, error in [result.stderr.rpartition(mark)] if found), result.stderr
    )


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_what_is_wrong_is_told_in_the_language_that_was_asked_for(
    files: Path, args: tuple[str, ...], lang: Language
) -> None:
    english, other = run(*args), run(*args, "--lang", lang)
    assert (english.exit_code, other.exit_code) == (2, 2)
    assert said(other) not in ("", said(english))
    assert ENGLISH.findall(re.sub(r"'[^']*'", "", said(other))) == []
    assert not {"Usage:", "Try", "Error:"} & set(other.stderr.split()) - ({"Usage"} if lang == "fr" else set())


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("args", RIGHT, ids=" ".join)
def test_what_is_right_is_told_in_it_too(files: Path, args: tuple[str, ...], lang: Language) -> None:
    english, other = run(*args), run(*args, "--lang", lang)
    assert (english.exit_code, other.exit_code) == (0, 0)
    alike = set(english.stdout.splitlines()) & set(other.stdout.splitlines())
    assert [line for line in alike if line.strip()[:3] not in ("", "A: ", "B: ") and line not in ALIKE] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_wrong_file_does_not_stop_the_check_of_the_others(files: Path, lang: Language) -> None:
    result = run("terms", "check", "none.toml", "bad.toml", "sixth.toml", "--lang", lang)
    words = CATALOGUE.in_language(lang)
    assert result.exit_code == 2
    assert "sixth.toml" in result.stdout
    assert [line for line in result.stderr.splitlines() if line.startswith("bad.toml: ")]
    assert result.stderr.splitlines()[-1] == words("check.summary", count=3, right=1, wrong=1, unread=1)
    assert run("terms", "check", "bad.toml", "sixth.toml", "--lang", lang).exit_code == 1
    assert run("terms", "check", "sixth.toml", "sixth.toml", "--lang", lang).exit_code == 0


@pytest.mark.parametrize("lang", OTHERS)
def test_so_is_the_place_of_what_is_no_toml(files: Path, lang: Language) -> None:
    (files / "none.toml").write_text("id =\n", "utf-8")
    told = run("terms", "check", "none.toml", "--lang", lang).stderr
    assert told.startswith(f"none.toml: {CATALOGUE.say('line', lang, line=1, column=5)}: ")
    assert ENGLISH.findall(told) == []


@pytest.mark.parametrize("lang", OTHERS)
def test_a_due_date_is_told_in_it_with_its_steps(lang: Language) -> None:
    words = CATALOGUE.in_language(lang)
    forms = (words("due.quoted", text="XX"), quoted_in("en", lang).replace("{text}", "XX"))
    quoted = re.compile("|".join(re.escape(one).replace("XX", ".*?") for one in forms))
    told = run("due", "kmo-solutions", "end.choice", "--at", "2026-12-11", "--lang", lang).stdout
    assert words("party.controller") in told
    assert ENGLISH.findall(quoted.sub("", told)) == []
    owed = run("penalty", "mms-solutions", "breach.penalty", "--due", AT, "--at", AT, "--lang", lang).stdout
    assert words("due.clause") in owed


@pytest.mark.parametrize("lang", OTHERS)
def test_lines_of_standard_input_are_refused_in_it(lang: Language) -> None:
    given = ["{", "[]", "7", "", '{"a":1}', '{"terms":"stkkr"}', '{"terms":7,"rule":"x","at":"y"}', "[" * 100_000]
    given += ['{"terms":"stkkr","rule":"breach.notice","at":"2026-01-01"}', '{"terms":"x","rule":"y","at":"z"}']
    result = CliRunner().invoke(main, ["due", "--stdin", "--lang", lang], input="\n".join([*given, " " * (3 << 20)]))
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == len(given) + 1
    assert not re.search("`(str|int|object|array|null)`", result.stdout)
    assert ENGLISH.findall(result.stdout) == []


def commands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", one) for below, one in commands(command))
        yield name, command


SPEAKING = {name: one for name, one in commands(main) if name.split()[0] in ("terms", "due", "penalty", "calendar")}
ASKED = [name for name, one in SPEAKING.items() if any("--lang" in param.opts for param in one.params)]


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("name", ASKED)
def test_help_is_in_it_with_all_that_is_around_it(name: str, lang: Language) -> None:
    english, other = (run(*name.split(), "--help", "--lang", one) for one in (SOURCE, lang))
    assert (english.exit_code, other.exit_code) == (0, 0)
    kept = set(english.stdout.splitlines()) & set(other.stdout.splitlines())
    assert [line for line in kept if line.strip()] == []
    assert ENGLISH.findall(re.sub(r"`[^`]*`", "", other.stdout)) == []


def test_the_catalogue_has_the_help_of_every_command_as_its_code_says_it() -> None:
    said = CATALOGUE.in_language(SOURCE)
    english = {said.text(key) for key in said if key.startswith("help.")}
    for name, command in SPEAKING.items():
        assert set(paragraphs(command)) <= english, name
        assert {one.help for one in command.params if isinstance(one, click.Option) and one.help} <= english, name


def test_every_day_of_the_countries_of_europe_has_its_name_in_each_language() -> None:
    for calendar in known_calendars():
        if calendar.partition("-")[0] in ("US", "CA", "AU", "none"):
            continue
        days = {one.name for year in (2025, 2026, 2027, 2028) for one in calendar_year(calendar, year).days}
        for lang in LANGUAGES:
            assert [name for name in days if known_holiday(name, lang) is None] == []


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("calendar", ["AU-VIC", "GB-SCT", "LV", "US-AL", "CH-GE"])
def test_nothing_of_a_calendar_is_english_but_its_sources_and_what_is_called_so(calendar: str, lang: Language) -> None:
    shown = run("calendar", calendar, "2028", "--lang", lang).stdout
    bare = re.sub(r"\[[^\]]*\]|[“„«][^”“»]*[”“»] ?\([^)]*\)", "", shown)
    assert ENGLISH.findall(bare) == []
    assert not re.search(r"\b(Day|Birthday|known|Scotland|Geneva)\b", bare)
    assert CATALOGUE.say("calendar.sources", lang) in shown


@pytest.mark.parametrize("lang", OTHERS)
def test_laws_and_what_they_say_are_named_in_it(lang: Language) -> None:
    told = run("due", "keepnet-dpa", "request.answer", "--at", "2026-12-11", "--lang", lang).stdout
    law = laws()["GDPR"]
    assert law.cite("12(3)", lang) in told
    assert ", ".join(laws()[one].called_in(lang) for one in ("GDPR", "UK GDPR", "FADP", "CCPA")) in told
    assert without_references(law.rules["request.answer"].reading[lang]) in told
    owed = run("due", "constant-it", "breach.authority", "--at", AT, "--lang", lang).stdout
    assert ("datalekprotocol" in owed) == (lang == "nl")
    signals = run("due", "signals-dpa", "subprocessor.objection", "--at", "2026-11-20", "--lang", lang).stdout
    assert str(known_holiday("Thanksgiving Day", lang)) in signals


def test_two_holidays_of_a_step_are_both_told() -> None:
    step = "Passed over as holidays: Monday 25 May 2026 (Memorial Day), Friday 19 June 2026 (Truman Day)."
    told = otherwise(step, "fr")
    assert told is not None
    assert "lundi 25 mai 2026 (jour du Souvenir), vendredi 19 juin 2026 (Truman Day)" in told.text
    assert told.foreign == ("Truman Day",)


def test_days_of_a_calendar_have_their_names_in_it() -> None:
    german = run("calendar", "DE-BY", "2026", "--lang", "de").stdout.splitlines()
    assert german[1].startswith("2026-01-01 Donnerstag Neujahr [")
    assert run("calendar", "none", "2026", "--lang", "fr").stdout == "none 2026: aucun jour n’est férié\n"


@pytest.mark.parametrize(
    ("lang", "five", "six"),
    [("fr", "ouvré", "ouvrable"), ("de", "Arbeitstag", "Werktag"), ("nl", "werkdag", "werkdag")],
)
def test_working_days_are_called_by_one_word_as_the_week_has_five_of_them_or_six(
    tmp_path: Path, lang: Language, five: str, six: str
) -> None:
    sixth = (Path(__file__).parent / "sixth.toml").read_text("utf-8")
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    for count, word, other in ((5, five, six), (6, six, five)):
        file = tmp_path / f"{count}.toml"
        counting = f'[counting]\nclause = "1"\nday_ends = "17:00"\nworking_days = {json.dumps(days[:count])}\n\n[entry]'
        file.write_text(sixth.replace("[entry]", counting, 1), "utf-8")
        at = "2026-06-09T10:00:00+02:00"
        for shown in (
            run("terms", "explain", str(file), "--lang", lang),
            run("due", str(file), "subprocessor.objection", "--at", at, "--lang", lang),
        ):
            assert shown.exit_code == 0
            assert word in shown.stdout
            assert other == word or other not in shown.stdout
            assert "monday" not in shown.stdout


@pytest.mark.parametrize("lang", ["nl", "de", "fr"])
def test_what_is_taken_of_a_penalty_is_told_in_it(lang: Language) -> None:
    sums = ((terms.id, name) for terms in library().values() for name, one in terms.penalties.items()
            if one.per == "violations")  # fmt: skip
    terms, name = next(sums)
    ends = ("--due", "2026-06-09T10:00:00+02:00", "--at", "2026-06-12T10:00:00+02:00", "--lang", lang)
    shown = run("penalty", terms, name, *ends)
    assert shown.exit_code == 0
    assert "violations" not in shown.stdout
    assert " given" not in shown.stdout


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_erasure_that_may_come_first_in_some_years_is_told_and_no_mistake(tmp_path: Path, lang: Language) -> None:
    """A month is over before thirty days in February alone; and both in the same words never are."""
    for erasure, told in (("P1M", True), ("P30D", False), ("P31D", False)):
        back = {"clause": "5", "party": "processor", "starts": "end", "period": "P30D"}
        terms = draft({"end.return": back, "end.erasure": back | {"period": erasure}}, end={"data": "return_first"})
        file = tmp_path / f"{erasure}.json"
        file.write_text(json.dumps(to_document(terms)), "utf-8")
        shown = run("terms", "check", str(file), "--lang", lang)
        assert shown.exit_code == 0
        assert ("after:end.return" in shown.stdout) == told
        assert (rule_title("end.return", lang) in shown.stdout) == told
