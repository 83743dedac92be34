"""The benchmark looks for parts of the program by their names: each has to be there."""

import ast
from pathlib import Path

import pytest

from benchmarks.insight import PARTS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("place", sorted({place for places in PARTS.values() for place in places}))
def test_what_the_benchmark_looks_for_is_there(place: tuple[str, str]) -> None:
    file, name = place
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    assert name in {
        one.name for one in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))) if isinstance(one, functions)
    }
