from datetime import UTC, datetime

import pytest

from service.up.stack import Clock, read_clock
from workflows.errors import BadInput


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("", Clock(None, None)),
        ("system", Clock("system", None)),
        ("simulated", Clock("simulated", None)),
        ("simulated=2026-01-01T00:00:00+01:00", Clock("simulated", datetime(2025, 12, 31, 23, tzinfo=UTC))),
        ("simulated=2026-01-01", Clock("simulated", datetime(2026, 1, 1, tzinfo=UTC))),
    ],
)
def test_reads_the_clock_to_run_on(text: str, clock: Clock) -> None:
    assert read_clock(text) == clock


@pytest.mark.parametrize(
    "text", ["sundial", "system=2026-01-01", "simulated=", "simulated=tomorrow", "simulated=2026-02-30"]
)
def test_refuses_any_other(text: str) -> None:
    with pytest.raises(BadInput):
        read_clock(text)
