"""The right instants for agreements of the library, each worked out by hand beside a calendar (`cases/<id>.json`)."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workflows.terms.due import due
from workflows.terms.load import library
from workflows.time import parse_instant

CASES = [
    pytest.param(one.stem, case, id=f"{one.stem} {case['rule']} {case['at']}")
    for one in sorted((Path(__file__).parent / "cases").glob("*.json"))
    for case in msgspec.json.decode(one.read_bytes())
]


@pytest.mark.parametrize(("terms", "case"), CASES)
def test_the_instant_is_the_one_that_the_agreement_means(terms: str, case: Any) -> None:
    found = due(library()[terms], case["rule"], parse_instant(case["at"]), case["facts"])
    expected = case["expected_due"]
    assert found.due_at == (datetime.fromisoformat(expected) if expected else None), case["why"]
