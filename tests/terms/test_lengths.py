"""Lengths that are said in words are taken as the format writes them, and what is unclear is not."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli.main import main
from workflows.terms.lengths import length_said
from workflows.words import Language


@pytest.mark.parametrize(
    ("said", "lang", "length"),
    [
        ("30 days", "en", "P30D"), ("Two weeks", "en", "P2W"), ("thirty (30) days", "en", "P30D"),
        ("10 business days", "en", "P10WD"), ("forty-five days.", "en", "P45D"), ("72 hours", "en", "PT72H"),
        ("30 dagen", "nl", "P30D"), ("2 weken", "nl", "P2W"), ("één maand", "nl", "P1M"), ("48 uur", "nl", "PT48H"),
        ("30 Tage", "de", "P30D"), ("zwei Wochen", "de", "P2W"), ("drei Monaten", "de", "P3M"),
        ("5 Arbeitstage", "de", "P5WD"), ("30\N{NO-BREAK SPACE}jours", "fr", "P30D"), ("un an", "fr", "P1Y"),
        ("10 jours ouvrés", "fr", "P10WD"), ("30 days", "fr", "P30D"),
    ],
)  # fmt: skip
def test_a_length_in_words_is_taken(said: str, lang: Language, length: str) -> None:
    assert length_said(said, lang) == length


@pytest.mark.parametrize(
    ("said", "lang"),
    [
        ("thirty (20) days", "en"), ("30", "en"), ("days", "en"), ("30 days or so", "en"), ("30 jours", "nl"),
        # Saturday is one of them: which days count is for [counting] to say.
        ("10 Werktage", "de"), ("10 jours ouvrables", "fr"), ("P30D", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_what_is_no_length_or_no_clear_one_is_none(said: str, lang: Language) -> None:
    assert length_said(said, lang) is None


def test_answers_of_a_file_and_of_a_reader_take_them(tmp_path: Path) -> None:
    answers = tmp_path / "a.toml"
    answers.write_text('"subprocessors.rule" = "objection"\n"subprocessor.objection.period" = "30 jours"\n'
                       '"subprocessor.objection.form" = "text"\n')  # fmt: skip
    made = CliRunner().invoke(main, ["terms", "new", "--answers", str(answers), "--lang", "fr"])
    assert 'period = "P30D"' in made.stdout
    assert 'form = "text"' in made.stdout
    answers.write_text('"subprocessors.rule" = "objection"\n"subprocessor.objection.period" = "10 jours ouvrables"\n')
    refused = CliRunner().invoke(main, ["terms", "new", "--answers", str(answers), "--lang", "fr"])
    assert "10 jours ouvrables" in refused.stderr
