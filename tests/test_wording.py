"""Dutch and English that one would sign: phrases that a native reader struck out do not come back, anywhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workflows.model.task_words import _all as task_texts
from workflows.model.task_words import after, task_words
from workflows.terms.explain import explain
from workflows.terms.load import library

ROOT = Path(__file__).parents[1]
DUTCH = (
    "zijn weg", "gaat u niet meer aan", "willen opzeggen", "om een overtreding", "verbetering van uw", "teruggenomen",
    "geen antwoord is een nee", "antwoord kan", "langer de tijd", "is schriftelijk.", "te laat gemerkt", "een mens ",
    "Dit geldt nu", "Niet vóór", "werkt zodra", "op zichzelf", "wacht niets op uw antwoord", "Hoe het liep",
    "Wat wij elkaar", "(hoeft niet)", "bepaling {{", "Bepaling: ", "(bepaling", "gedrukt als", "Verbetering",
    "rekenen het strengst", "Dagen zijn dagen", "bij stilte", "gaat de verwerker niet voorbij",
    "zegt de overeenkomst iets", "annex", "preamble", "GDPR", "tot dan ", "Tot dan ", "niet terug te draaien",
)  # fmt: skip
ENGLISH = (
    "touches", "You need do nothing", "you need do nothing", "data are gone", "breach is settled",
    "need not", "taken back", "silence is a no", "What becomes of", "by itself nothing", "changes nothing by itself",
)  # fmt: skip


def files(lang: str) -> Iterator[Path]:
    """Every file that holds sentences of one language for customers."""
    yield from sorted((ROOT / "service/mail/texts/templates" / lang).glob("*.jinja"))
    yield ROOT / f"service/pages/catalogue/{lang}.toml"
    yield ROOT / f"service/certificate/templates/{lang}.typ"


@pytest.mark.parametrize(("lang", "struck"), [("nl", DUTCH), ("en", ENGLISH)])
def test_what_was_struck_out_does_not_come_back(lang: str, struck: tuple[str, ...]) -> None:
    phrases: dict[str, Any] = msgspec.toml.decode((ROOT / "workflows/terms/phrases.toml").read_bytes())
    texts = {path.name: " ".join(path.read_text("utf-8").split()) for path in files(lang)}
    texts["phrases.toml"] = "\n".join(phrases[lang]["phrases"].values())
    texts["task_words.toml"] = "\n".join(task_texts()["nl" if lang == "nl" else "en"].values())
    for terms in library().values():
        texts[terms.id] = explain(terms, "nl" if lang == "nl" else "en") if lang == "nl" else ""
    found = [(name, one) for name, text in texts.items() for one in struck if one in text]
    assert not found


def test_tasks_are_said_in_both_languages_with_the_same_blanks() -> None:
    english, dutch = task_texts()["en"], task_texts()["nl"]
    assert english.keys() == dutch.keys()
    for key, text in english.items():
        blanks = set(re.findall(r"\{\w+\}", text))
        assert set(re.findall(r"\{\w+\}", dutch[key])) == blanks, key


def test_a_task_fills_in_what_is_said_in_each_language() -> None:
    said = task_words("request_help", what=task_words("kind_access"))
    assert said.en == "Help the customer with a request for access, and record what was supplied."
    assert said.nl == "Help de klant met een verzoek om inzage, en leg vast wat is geleverd."
    assert after(task_words("decide_objection"), task_words("no_grounds")).nl == (
        "Een klant heeft bezwaar gemaakt: beslis erover. Er zijn geen redenen gegeven: vraag erom."
    )
