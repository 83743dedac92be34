"""What the commands over terms say, in the language that was asked for: nothing is left in English."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli.main import main
from service.cli.words import CATALOGUE
from workflows.words import LANGUAGES, SOURCE, Language

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
    """What a command says itself: the frame that click puts around an error is in English."""
    _, _, error = result.stderr.rpartition("Error: ")
    return error


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_what_is_wrong_is_told_in_the_language_that_was_asked_for(
    files: Path, args: tuple[str, ...], lang: Language
) -> None:
    english, other = run(*args), run(*args, "--lang", lang)
    assert (english.exit_code, other.exit_code) == (2, 2)
    assert said(other) not in ("", said(english))
    assert ENGLISH.findall(re.sub(r"'[^']*'", "", said(other))) == []


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
    quoted = re.compile(re.escape(words("due.quoted", text="XX")).replace("XX", ".*?"))
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
    assert ENGLISH.findall(result.stdout) == []


def test_days_of_a_calendar_have_their_names_in_it() -> None:
    german = run("calendar", "DE-BY", "2026", "--lang", "de").stdout.splitlines()
    assert german[1].startswith("2026-01-01 Donnerstag Neujahr [")
    assert run("calendar", "none", "2026", "--lang", "fr").stdout == "none 2026: aucun jour n’est férié\n"
