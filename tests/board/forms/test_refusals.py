"""Whatever a page of the board refuses, it says why in the reader's language: guards, problems of forms, roles."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

import pytest

from service.answers.english import bare, sentence_of
from service.answers.otherwise import CATALOGUE, otherwise
from service.answers.plain import plain
from service.board.forms.deeds import deeds
from service.board.forms.fields import fields_of
from service.board.forms.pages import TROUBLE
from service.board.forms.placing import said
from service.board.forms.words import form_words
from service.board.words import board_words
from service.http.auth import Role
from service.http.problems import KIND_OF_STATUS, STATUS
from tests.board.forms.test_every_action import DEEDS
from tests.test_languages import TRANSLATED
from workflows.errors import BadInput
from workflows.kinds import WORKFLOWS
from workflows.words import LANGUAGES, Language

WRONG: Final[Mapping[str, tuple[Any, ...]]] = {
    "text": ("", "two\nlines", "x" * 100_000),
    "long": ("", "x" * 100_000),
    "country": ("nonsense", ""),
    "period": ("P1X", "nonsense", "P0D"),
    "date": ("0001-01-01", "9999-12-31"),
    "instant": ("0001-01-01T00:00:00Z",),
    "number": (10**30, -1),
    "choice": ("nonsense",),
    "choices": (["nonsense"],),
    "lines": ([""], ["x" * 100_000], ["same", "same"]),
    "countries": (["nonsense"], []),
    "reference": ("nonsense", ""),
    "references": (["nonsense"],),
    "wording": ({"nl": ""}, ""),
    "wordings": ({"nl": []},),
    "group": ({},),
    "groups": ([{}],),
    "map": ({"nonsense": ""},),
    "evidence": ("", {"files": ["nonsense"]}),
}
"""By kind of an input: what may be typed or chosen in it, or sent in its place, that is no value of the field."""


def guards() -> Iterator[Any]:
    """Every guard that refuses an action."""
    for flow in WORKFLOWS.values():
        for row in flow.table.rows:
            if row.action:
                yield from row.require


def reasons(guard: Any) -> Iterator[str]:
    """What a guard answers, as code says it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(guard)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            parts = [node.value]
            while parts:
                match parts.pop():
                    case ast.IfExp(body=body, orelse=orelse):
                        parts += [body, orelse]
                    case ast.Constant(value=str()) | ast.JoinedStr() as said_so:
                        yield sentence_of(said_so)
                    case _:
                        pass


def test_every_guards_reason_stands_in_the_catalogue() -> None:
    english = CATALOGUE.in_language("en")
    there = {bare(english.text(key)) for key in english} | {bare(one) for one in plain()}
    found = {(guard.__name__, why) for guard in guards() for why in reasons(guard)}
    assert len(found) > 100
    left = sorted(one for one in found if bare(one[1]) not in there)
    assert left == []


def problems() -> set[str]:
    """What is wrong with bodies that no form would take, of every form."""
    found: set[str] = set()
    for deed in DEEDS:
        assert deed.body is not None
        bodies: list[Mapping[str, Any]] = [{}]
        bodies += [{one.name: value} for one in fields_of(deed.body) for value in WRONG.get(one.kind, ())]
        for body in bodies:
            try:
                deed.decode(body)
            except BadInput as error:
                found |= {one.message for one in error.problems} or {error.detail}
    return found


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_problem_of_a_form_has_words(lang: Language) -> None:
    w = form_words(lang)
    found = problems()
    assert len(found) > 10
    left = sorted(one for one in found if '<span lang="en">' in said(w, one))
    assert left == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_refusal_by_role_and_of_a_whole_form_has_words(lang: Language) -> None:
    for role in get_args(Role):
        assert otherwise(f"This needs the role {role}.", lang) is not None, role
    forms, pages = form_words(lang), board_words(lang)
    assert [key for key in TROUBLE.values() if not forms.has(key)] == []
    for status in sorted({*STATUS.values(), *KIND_OF_STATUS, 500}):
        known = status if pages.has(f"error.{status}_title") else 400  # as the page falls back
        assert pages.has(f"error.{known}"), status
    for deed in deeds().values():
        assert forms.has(f"act.{deed.list}.{deed.action}"), deed
