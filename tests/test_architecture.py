"""The house rules that no other tool sees: a name stands for one class, and the engine knows no kind by name."""

import ast
import re
import tomllib
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path

import pytest

from workflows.kinds import WORKFLOWS

ROOT = Path(__file__).parents[1]
WITH_DATABASE = {"engine", "gate", "intake", "reach"}
"""Rooms of `workflows` that read and write; of all others the contracts say that they are pure."""


@pytest.mark.parametrize("layer", ["service", "workflows", "db", "tests"])
def test_no_class_name_is_used_twice_in_a_layer(layer: str) -> None:
    texts = {path: path.read_text("utf-8") for path in sorted((ROOT / layer).rglob("*.py"))}
    written = {path: re.findall(r"\bclass\s+(\w+)", text) for path, text in texts.items()}
    often = {name for name, times in Counter(chain.from_iterable(written.values())).items() if times > 1}
    found: dict[str, list[str]] = defaultdict(list)
    for path in (one for one, names in written.items() if not often.isdisjoint(names)):  # in prose, or indeed
        for node in ast.walk(ast.parse(texts[path])):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("kind", sorted(WORKFLOWS.keys() - {"customer", "processor"}))  # parties are called so, too
def test_the_engine_knows_no_kind_by_name(kind: str) -> None:
    named = [path.name for path in (ROOT / "workflows/engine").glob("*.py") if f'"{kind}"' in path.read_text("utf-8")]
    assert named == []


def test_no_statement_compares_with_a_sentence() -> None:
    sentence = re.compile(r"\b(?:where|and|or|when|on)\s+[\w.]+\s*(?:=|<>|in \()\s*'[a-z]+ [a-z ]+'")
    found = {path.name: sentence.findall(path.read_text("utf-8")) for path in (ROOT / "db/sql").glob("*.sql")}
    assert {name: one for name, one in found.items() if one} == {}


def test_every_room_of_workflows_is_pure_or_said_to_be_none() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (pure,) = (one["source_modules"] for one in contracts if "are pure" in one["name"])
    (order,) = (one["layers"] for one in contracts if one.get("containers") == ["workflows"])
    rooms = {
        one.stem for one in (ROOT / "workflows").iterdir() if one.suffix == ".py" or (one / "__init__.py").is_file()
    }
    rooms -= {"__init__"}
    assert {f"workflows.{one}" for one in rooms - WITH_DATABASE} <= set(pure)
    assert rooms == {name.strip() for layer in order for name in layer.split("|")}
