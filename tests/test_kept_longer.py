"""What stays when the rest goes: who is told to erase everything is told what not, and so is the customer."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from tests.drafts import draft, processor_rule
from workflows.deletion.longer import kept_longer, named

LAST_DAY = date(2026, 3, 31)
ROW = {"category": "logs", "text": {"en": "logs", "nl": "logboeken"}, "clause": "12", "always": True}


@pytest.mark.parametrize(
    ("rule", "stays"),
    [
        (processor_rule("end", "P7Y", minimum=True), True),
        (processor_rule("end", "P5Y"), True),
        (processor_rule("end"), True),
        (processor_rule("end", "P30D"), False),
        (processor_rule("end", "P10D"), False),
        (processor_rule("record", "P6M", earlier_of_cancellation="P1W"), False),
    ],
)
def test_what_has_a_longer_time_or_none_stays(rule: dict[str, Any], *, stays: bool) -> None:
    """The rest has thirty days from the end."""
    terms = draft({"retention.logs": rule}, retention=[ROW])
    agreement: Any = SimpleNamespace(
        cancelled_services=(),
        services=(),
        facts={},
        choice=None,
        choice_until=None,
        ended_on=LAST_DAY,
        end_noticed_at=None,
    )
    found = kept_longer(terms, agreement, LAST_DAY)
    assert bool(found) is stays
    if stays:
        assert named(terms, found, "nl") == "logboeken (12)"
