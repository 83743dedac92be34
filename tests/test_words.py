"""The loader of catalogues: what it says, what it falls back on, what it keeps."""

import logging
import sys
from pathlib import Path

import pytest

from workflows.words import Catalogue
from workflows.words import catalogue as loader
from workflows.words.update import update

TEMPLATE = """
msgctxt "hello"
msgid "Hello {name}, it is {day}."
msgstr ""

msgctxt "changes"
msgid "{count} change"
msgid_plural "{count} changes"
msgstr[0] ""
msgstr[1] ""
"""
HEAD = r"""
msgid ""
msgstr ""
"Language: nl\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=%s;\n"
"""
DUTCH = """
msgctxt "hello"
msgid "Hello {name}, it is {day}."
msgstr "Dag {name}, het is {day}."

msgctxt "changes"
msgid "{count} change"
msgid_plural "{count} changes"
msgstr[0] "een wijziging"
msgstr[1] "{count} wijzigingen"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "spoken_here"
    made.mkdir()
    (made / "__init__.py").touch()
    (made / "messages.pot").write_text(HEAD % "(n != 1)" + TEMPLATE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "spoken_here", raising=False)
    loader._file.cache_clear()
    return made


def dutch(folder: Path, text: str, rule: str = "(n != 1)") -> Catalogue:
    (folder / "nl.po").write_text(HEAD % rule + text, "utf-8")
    loader._file.cache_clear()
    return Catalogue("spoken_here")


def of_dutch(catalogue: Catalogue) -> list[str]:
    return [one for one in catalogue.problems() if one.startswith("nl ")]


def test_a_sentence_is_said_with_its_blanks_in_each_language(folder: Path) -> None:
    found = dutch(folder, DUTCH)
    assert of_dutch(found) == []
    assert found.say("hello", "en", name="Ann", day="Monday") == "Hello Ann, it is Monday."
    assert found.say("hello", "nl", name="Ann", day="maandag") == "Dag Ann, het is maandag."
    assert tuple(found.in_language("nl")) == ("hello", "changes")


@pytest.mark.parametrize(
    ("rule", "said"),
    [("(n != 1)", ["0", "een", "2", "12.500"]), ("(n > 1)", ["een", "een", "2", "12.500"])],
)
def test_the_languages_own_rule_picks_the_form(folder: Path, rule: str, said: list[str]) -> None:
    found = dutch(folder, DUTCH, rule)
    counted = [found.say("changes", "nl", count=one).split()[0] for one in (0, 1, 2, 12_500)]
    assert counted == said
    assert found.say("changes", "en", count=12_500) == "12,500 changes"


BROKEN = {
    "is not translated": DUTCH.replace("Dag {name}, het is {day}.", ""),
    "has other blanks: 'Dag {naam}, het is {day}.'": DUTCH.replace("Dag {name}", "Dag {naam}"),
    "has a brace too many or too few": DUTCH.replace("Dag {name}", "Dag {name"),
    "the English has changed since it was translated": DUTCH.replace("Hello {name}", "Good day {name}"),
    "is marked fuzzy": DUTCH.replace('msgctxt "hello"', '#, fuzzy\nmsgctxt "hello"'),
}


@pytest.mark.parametrize("problem", BROKEN)
def test_what_a_language_lacks_is_said_in_english_as_a_whole_and_named(
    folder: Path, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = dutch(folder, BROKEN[problem])
    assert any(one.startswith("nl hello: ") and problem in one for one in found.problems())
    with caplog.at_level(logging.WARNING):
        words = found.in_language("nl")
    assert "1 sentences in 'nl' cannot be used, such as hello" in caplog.text
    assert words("hello", name="Ann", day="maandag") == "Hello Ann, it is maandag."
    assert words.spoken("hello") == "en"
    assert words("changes", count=2) == "2 wijzigingen"
    assert words.spoken("changes") == "nl"


def test_a_file_that_lacks_or_cannot_be_read_leaves_english(folder: Path) -> None:
    assert Catalogue("spoken_here").say("changes", "nl", count=1) == "1 change"
    found = dutch(folder, 'msgctxt "hello"\nmsgid broken')
    assert found.say("changes", "nl", count=2) == "2 changes"
    assert any("the file cannot be read" in one for one in found.problems())


def test_an_unknown_sentence_or_a_missing_blank_is_an_error(folder: Path) -> None:
    words = dutch(folder, DUTCH).in_language("nl")
    wrong: tuple[tuple[str, dict[str, str]], ...] = (("nothing", {}), ("hello", {"name": "Ann"}), ("changes", {}))
    for key, blanks in wrong:
        with pytest.raises(KeyError):
            words(key, **blanks)


def test_what_was_read_is_kept_until_the_file_is_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    assert dutch(folder, DUTCH).say("changes", "nl", count=1) == "een wijziging"
    kept = folder / "__pycache__" / "nl.po.kept"
    first = kept.read_bytes()
    assert dutch(folder, DUTCH).say("changes", "nl", count=1) == "een wijziging"
    assert kept.read_bytes() == first
    assert dutch(folder, DUTCH.replace("een wij", "één wij")).say("changes", "nl", count=1) == "één wijziging"
    kept.write_bytes(b"cut sho")
    assert dutch(folder, DUTCH).say("changes", "nl", count=1) == "een wijziging"


def test_a_template_that_changed_is_brought_into_the_files(folder: Path) -> None:
    dutch(folder, DUTCH)
    template = folder / "messages.pot"
    template.write_text(template.read_text("utf-8").replace("Hello {name}", "Good day {name}"), "utf-8")
    assert list(update(folder)) == [folder / "nl.po"]
    loader._file.cache_clear()
    assert of_dutch(Catalogue("spoken_here")) == ["nl hello: is marked fuzzy"]
    assert "Dag {name}, het is {day}." in (folder / "nl.po").read_text("utf-8")
    before = (folder / "nl.po").read_bytes()
    assert list(update(folder, "cs")) == [folder / "cs.po", folder / "nl.po"]
    assert (folder / "nl.po").read_bytes() == before
    (folder / "fr.po").write_text(HEAD % "(n > 1)" + DUTCH.replace("Dag {name}", "C'est {name} : « salut »"), "utf-8")
    list(update(folder))
    assert "C’est {name}\u202f: «\u202fsalut\u202f»" in (folder / "fr.po").read_text("utf-8")
    assert "nplurals=3" in (folder / "cs.po").read_text("utf-8")
