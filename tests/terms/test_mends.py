"""What a message of the checker says to do is enough: whoever does it is right, or gets further."""

import re
from typing import Any

import pytest

from tests.terms.mending import LEAST, Mend, changed
from tests.terms.mends import MENDS
from tests.terms.test_problems import CHECKS, TERMS, messages
from workflows.errors import BadInput, Problem
from workflows.terms.load import parse_document
from workflows.terms.problems import in_language
from workflows.words import LANGUAGES, SOURCE, Language

FOUND_IN = {*(path.name for path in CHECKS), *(f"{name}.py" for name in ("countries", "finding", "shape"))}


def problems_of(document: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        parse_document(document, "a.toml")
    except BadInput as error:
        return error.problems
    return ()


def test_the_least_file_is_right() -> None:
    assert problems_of(dict(LEAST)) == ()


@pytest.mark.parametrize("mend", MENDS, ids=lambda one: one.said[:60])
def test_whoever_does_what_the_message_says_is_right(mend: Mend) -> None:
    found = problems_of(changed(mend.wrong))
    assert any(mend.said in one.message for one in found), [one.message for one in found]
    assert problems_of(changed(mend.wrong, mend.mended)) == ()


def test_every_problem_that_the_checker_raises_is_mended_here() -> None:
    raised = [one.message for mend in MENDS for one in problems_of(changed(mend.wrong))]
    left = {
        where: said
        for where, said in messages()
        if where.partition(":")[0] in FOUND_IN and not any(_like(said).fullmatch(one) for one in raised)
    }
    assert left == {}
    assert {path.name for path in TERMS.glob("*.py") if path.name in FOUND_IN} == FOUND_IN


def _like(sample: str) -> re.Pattern[str]:
    """The message of which the sample shows the blanks as `x`."""
    hint = re.escape(" Did you mean x?")
    shape = re.escape(sample).replace(hint, "<>")
    return re.compile(re.sub(r"\bx+\b", ".*?", shape).replace("<>", "(?: .*)?"), re.DOTALL)


WORDS_OF_THE_FORMAT = re.compile(r"\"[^\"]*\"|'[^']*'|\[\[?[^\]]*\]\]?|\b\w+\.[\w.]+\b|\bshown_from\b")
ENGLISH = re.compile(r"\b(the|and|or|of|with|from|which|this|that|not|been|must|may|it|write|leave|there|was|has)\b")
THEIRS = {"nl": {"was", "of"}, "de": {"was"}}
"""Words of English that are words of the language, too."""


@pytest.mark.parametrize("lang", [one for one in LANGUAGES if one != SOURCE])
def test_no_part_of_a_message_is_left_in_english(lang: Language) -> None:
    for mend in MENDS:
        for one in problems_of(changed(mend.wrong)):
            said = WORDS_OF_THE_FORMAT.sub("", in_language(one.message, lang))
            assert set(ENGLISH.findall(said)) <= THEIRS.get(lang, set()), said
