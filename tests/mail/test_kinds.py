"""A kind of message is declared once; what it says of itself holds."""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import pytest
from msgspec.structs import replace

import service.mail.texts.texts as texts_module
import workflows
from service.mail.kinds.registry import MAIL_KINDS, KindError, check_kinds
from service.mail.texts.samples import sample_entries
from service.mail.texts.texts import PACKAGED, Texts, TextsError
from workflows.model.deletion import PlanItem

NOTICE_MAIL = MAIL_KINDS["announcement"]
ALL = tuple(MAIL_KINDS.values())
TEMPLATES = Path(texts_module.__file__).parent / "templates"


TO_PEOPLE = {"people.html.jinja", "people.text.jinja", "sign_in.jinja", "told.jinja"}
"""To the processor's own people, who are no customers: no processor writes these anew."""
ON_PAPER = {"ui.letter.jinja"}
"""The marks by which the form of letters knows building blocks."""


def test_every_template_belongs_to_a_kind_and_every_kind_has_one() -> None:
    assert {
        path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.jinja")
    } == PACKAGED | TO_PEOPLE | ON_PAPER


def test_a_kind_without_its_template_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAIL_KINDS, "poem", replace(NOTICE_MAIL, name="poem"))
    with pytest.raises(TextsError, match=r"poem\.jinja"):
        Texts()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(NOTICE_MAIL, name="reminder"), "two kinds of message are called reminder"),
        (replace(NOTICE_MAIL, name="poem", about=cast("Any", "poet")), "there is no such subject"),
    ],
)
def test_a_kind_that_contradicts_the_tables_is_refused(wrong: object, said: str) -> None:
    with pytest.raises(KindError, match=said):
        check_kinds((*ALL, wrong))  # type: ignore[arg-type]  # the second is about no kind of subject


def test_a_receipt_that_counts_is_of_a_kind_that_is_written() -> None:
    with pytest.raises(KindError, match="a notice hears what becomes of announcement"):
        check_kinds(tuple(one for one in ALL if one.name != "announcement"))
    assert {one.name for one in ALL if one.receipt_counts} == {"announcement", "agreement", "breach_notice"}


def test_every_kind_is_sent_by_some_workflow() -> None:
    said = {node.value for node in code() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert {one.name for one in ALL if not one.bundle} - said == set()


def code() -> Iterator[ast.AST]:
    """All that the workflows are written with."""
    (folder,) = workflows.__path__
    for path in Path(folder).rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text()))


def named(calls: Collection[str]) -> Iterator[str]:
    """What is said by its name where these are called; a name that is reckoned is not among it."""
    for node in code():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in calls:
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_what_a_workflow_sends_is_a_kind_or_a_step_that_one_tells() -> None:
    steps = {one["step"] for kind in ALL for one in kind.samples if "step" in one}
    sent = set(named(("letters", "Send")))
    assert len(sent) > 30
    assert sent - MAIL_KINDS.keys() - steps == set()


def test_a_task_that_is_closed_is_of_a_kind_that_is_opened() -> None:
    opened = {"restrict_held", *get_args(get_type_hints(PlanItem)["kind"])}  # by names that stand elsewhere
    closed: set[str] = set()
    for node in code():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            kinds = {str(one.value) for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)}
            opened |= kinds if node.func.id == "OpenTask" else set()
            closed |= kinds if node.func.id == "CloseTasks" else set()
    assert len(closed) > 30
    assert closed - opened == set()


def test_a_preview_has_the_entry_that_its_kind_makes() -> None:
    with_entries = {one.name for one in ALL if one.entries is not None}
    assert {name for name in MAIL_KINDS if sample_entries(name).entries} == with_entries
    assert {name for name in MAIL_KINDS if sample_entries(name).cancelled} == {
        "withdrawal", "superseded", "end_cancelled",
    }  # fmt: skip
