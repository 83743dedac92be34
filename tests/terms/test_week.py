"""Working days are called as in a week of five days or of six, wherever the program says them; quoted texts stay."""

import ast
import json
from datetime import date
from pathlib import Path

import pytest

import service
import workflows
from service.answers.otherwise import otherwise
from service.pictures.strip import strip, strip_of
from workflows.terms.due import reckon
from workflows.terms.explain import explain
from workflows.terms.load import parse_file
from workflows.terms.model import Terms
from workflows.words import FIVE, Language, said_in

SIXTH = (Path(__file__).parent / "sixth.toml").read_text("utf-8")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
AT = date(2026, 6, 9)
WORDS: tuple[tuple[Language, str, str], ...] = (("fr", "ouvré", "ouvrable"), ("de", "rbeitstag", "erktag"))
OWN = {("service/certificate/wording.py", "facts.retention")}
"""Lengths that no agreement gives: how long the processor keeps a declaration."""


def _of(days: int, more: str = "") -> Terms:
    counting = f'[counting]\nclause = "1"\nday_ends = "17:00"\nworking_days = {json.dumps(DAYS[:days])}\n\n[entry]'
    return parse_file((SIXTH.replace("[entry]", counting, 1) + more).encode(), "sixth.toml")


@pytest.mark.parametrize(("lang", "five", "six"), WORDS)
def test_steps_and_pictures_follow_the_week(lang: Language, five: str, six: str) -> None:
    for days, word, other in ((5, five, six), (6, six, five)):
        found = reckon(_of(days), "subprocessor.objection", AT)
        steps = [otherwise(one, lang, days) for one in found.due.steps]
        drawn = strip_of("", found)
        assert drawn is not None
        for shown in (" ".join(one.text for one in steps if one), str(strip("s", drawn, lang))):
            assert word in shown
            assert other not in shown


@pytest.mark.parametrize(("lang", "five", "six"), WORDS)
def test_what_a_file_itself_says_of_working_days_stays(lang: Language, five: str, six: str) -> None:
    said = {"fr": "les jours ouvrés de la banque", "de": "die Bankarbeitstage"}[lang]
    sixth = explain(_of(6, f'\n[[ending.survives]]\nduty = "{said}"\nuntil = "no_end"\nclause = "3"\n'), lang)
    assert said in sixth
    assert six in sixth
    assert five not in sixth.replace(said, "")


def test_sentences_of_a_week_of_six_are_those_of_five_but_for_that_word() -> None:
    for lang, five, six in WORDS:
        usual, sixth = said_in(lang), said_in(lang, 6)
        other = [key for key in usual.messages if usual.messages[key] != sixth.messages[key]]
        assert 5 < len(other) < 20
        assert all(five not in form for key in other for form in sixth.messages[key].said)
        assert any(six in form for key in other for form in sixth.messages[key].said)
    assert said_in("nl", 6) is said_in("nl")
    assert said_in("en", 7) is said_in("en", FIVE)


def test_wherever_a_length_is_said_its_week_is_known() -> None:
    found = set()
    root = Path(service.__path__[0]).parent
    for package in (service, workflows):
        for path in Path(package.__path__[0]).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Attribute(attr="words", value=ast.Call(func=ast.Name("parse_period"), args=[length])),
                        args=[ast.Attribute() | ast.Name()],
                    ):
                        found.add((path.relative_to(root).as_posix(), ast.unparse(length)))
    assert found == OWN
