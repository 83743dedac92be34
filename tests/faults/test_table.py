"""The page on safety has every fault, in the words of the rules, with a test that is there."""

import ast
import re
import runpy
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from db import failpoints
from tests.faults.mutants import Mutant, mutants

ROOT: Final = Path(__file__).parents[2]
ROW: Final = re.compile(
    r"^\| (\d+) \| ([^|]+) \| ([A-I](?:, [A-I])*) \| ([^|]+) \| ([^|]*) \| `([^`]+)` \|$", re.MULTILINE
)
FAULTS: Final = ROW.findall((ROOT / "docs/safety.md").read_text("utf-8"))


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def test_all_forty_four_are_there_in_the_words_of_the_rules() -> None:
    rules = (ROOT / "docs/rules.md").read_text("utf-8").partition("## Faults")[2]
    said = {number: words.strip() for number, words in re.findall(r"\| (\d+) \| ([^|]+)", rules)}
    assert {number: words.strip() for number, words, *_ in FAULTS} == said
    assert [int(number) for number, *_ in FAULTS] == list(range(1, 45))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one[0])
def test_each_has_a_test(fault: tuple[str, ...]) -> None:
    path, _, name = fault[-1].partition("::")
    assert name in names_in(path)


def test_each_edge_that_did_not_hold_has_a_test() -> None:
    edges = re.findall(
        r"^\| (?!\d)[^|]+ \| `([^`]+\.py::\w+)` \|$", (ROOT / "docs/safety.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(edges) == 8
    for one in edges:
        path, _, name = one.partition("::")
        assert name in names_in(path)


def test_no_setting_arms_a_step_in_a_live_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERMIJN_FAILPOINTS", "commit.before=kill nonsense")
    assert runpy.run_path(str(failpoints.__file__))["ARMED"] == {}


OWN_CLOCKS: Final = re.compile(r"datetime\.now\(|utcnow\(|date\.today\(")


def test_no_clock_but_the_databases_is_read() -> None:
    """Instants come from `termijn_now()`; a process's own clock measures how long something takes, and no more."""
    read = {
        str(path.relative_to(ROOT))
        for folder in ("db", "workflows", "service")
        for path in (ROOT / folder).rglob("*.py")
        if OWN_CLOCKS.search(path.read_text("utf-8"))
    }
    assert read == {"service/certificate/sealing.py"}, "certificates are valid by the world's clock"


def test_every_file_that_the_page_on_security_names_is_there() -> None:
    page = (ROOT / "docs/security.md").read_text("utf-8")
    named = re.findall(r"`((?:db|deploy|service|tests|workflows)/[\w/.]+|requirements\.txt)`", page)
    assert len(named) > 60
    assert [one for one in named if not (ROOT / one).is_file()] == []


@pytest.mark.parametrize("mutant", mutants(), ids=lambda one: str(one.fault))
def test_a_mechanism_that_can_be_taken_out_is_there(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text("utf-8").count(mutant.text) == 1, "tests/faults/mutants.toml"
    path, _, name = mutant.test.removeprefix("tests/").partition("::")
    assert (ROOT / "tests" / path).is_file()
    assert not name or name in names_in(path)
