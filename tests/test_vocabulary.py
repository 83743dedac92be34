"""One word for one thing in each language: the glossary says which, and what is not to be taken for it."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.test_languages import CATALOGUES, said
from workflows.words import Language

GLOSSARY: Final = Path(__file__).parents[1] / "docs/glossary.md"
COLUMNS: Final[dict[Language, int]] = {"nl": 1, "de": 2, "fr": 3}
FORMS: Final = r"(?<![\w-]){}(?:e?n|e?s|er)?\b"
"""A word as it stands, and in the plural or another case."""
OTHERWISE: Final[dict[Language, frozenset[tuple[str, str]]]] = {
    # An agreement that two come to, which is no contract.
    "fr": frozenset({
        ("agreement", "the_agreement_does_not_let_the"), ("agreement", "the_text_changes_only_by_agreement"),
        ("agreement", "event.awaits_agreement"), ("agreement", "event.notice.agreed"),
        ("agreement", "matter.answered.agree"), ("agreement", "task.agree_text"),
        ("consent", "this_asks_for_no_consent_answer"),
    }),
    # The right to have data erased, as the law calls it.
    "nl": frozenset({("erase", "choice.kind.erasure")}),
    "de": frozenset(),
}  # fmt: skip
"""By language, word and key: where another word is right."""


def rows() -> list[list[str]]:
    """The table of the glossary, without its head."""
    part = GLOSSARY.read_text("utf-8").partition("## In each language")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def unwanted(cell: str) -> list[str]:
    """What a cell says is not to be taken."""
    found = re.search(r"\(not ([^)]*)\)", cell)
    return [one.strip() for one in found[1].split(",")] if found else []


def test_the_glossary_has_a_word_in_each_language() -> None:
    assert len(rows()) > 15
    assert [row for row in rows() if len(row) != 4 or not all(row)] == []


@pytest.mark.parametrize("lang", list(COLUMNS))
def test_one_thing_has_one_word(lang: Language) -> None:
    wrong = []
    for row in rows():
        word, never = row[0], unwanted(row[COLUMNS[lang]])
        asked = re.compile(rf"\b{word.removesuffix('e')}(?:e?s|ed|ure|ing|al)?\b", re.IGNORECASE)
        for catalogue in CATALOGUES:
            for key, english, text in said(catalogue, lang):
                plain = re.sub(r"`[^`]*`|\"[^\"]*\"|\{\w+\}|\w+\.[a-z]\w+", "", text)
                found = [one for one in never if re.search(FORMS.format(re.escape(one)), plain, re.IGNORECASE)]
                if found and asked.search(english) and (word, key) not in OTHERWISE[lang]:
                    wrong.append((word, key, found, text))
    assert wrong == []
