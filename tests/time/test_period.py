"""Periods: what is read, what is refused, how they are written back."""

import msgspec
import pytest

from workflows.errors import BadInput
from workflows.time import Period, parse_period


@pytest.mark.parametrize(
    ("text", "unit", "number", "english", "dutch"),
    [
        ("PT48H", "hours", 48, "48 hours", "48 uur"),
        ("PT1H", "hours", 1, "1 hour", "1 uur"),
        ("P30D", "days", 30, "30 days", "30 dagen"),
        ("P1D", "days", 1, "1 day", "1 dag"),
        ("P0D", "days", 0, "0 days", "0 dagen"),
        ("P2W", "weeks", 2, "2 weeks", "2 weken"),
        ("P1W", "weeks", 1, "1 week", "1 week"),
        ("P3M", "months", 3, "3 months", "3 maanden"),
        ("P1M", "months", 1, "1 month", "1 maand"),
        ("P1Y", "years", 1, "1 year", "1 jaar"),
        ("P10Y", "years", 10, "10 years", "10 jaar"),
        ("P10WD", "working_days", 10, "10 working days", "10 werkdagen"),
        ("P1WD", "working_days", 1, "1 working day", "1 werkdag"),
        ("P100Y", "years", 100, "100 years", "100 jaar"),
    ],
)
def test_read_and_written_back(text: str, unit: str, number: int, english: str, dutch: str) -> None:
    period = parse_period(text)
    assert (period.unit, period.count) == (unit, number)
    assert period.text == text
    assert period.words("en") == english
    assert period.words("nl") == dutch


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "30D", "P30", "30", "PD", "PT48", "P48H", "PT30M", "PT30S", "PT2D", "PT10WD"),
        *("P1M2D", "P1DT2H", "P1Y6M", "PT1H30M", "P2W1D", "P-1D", "-P1D", "+P1D", "P1.5D", "PT0,5H"),
        *("p30d", "P30d", "pt48h", " P30D", "P30D ", "P30D\n", "P 30D", "P٣D", "P²D", "P1_0D", "P10BD"),
        *("P101Y", "P1201M", "P36526D", "P5218W", "P26090WD", "PT876601H", "P99999999999999D"),
        "P" + "9" * 5000 + "D",
    ],
)
def test_anything_else_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_period(text)
    assert "write" in caught.value.detail.lower()
    assert len(caught.value.detail) < 300


def test_an_impossible_period_cannot_be_built_or_decoded() -> None:
    with pytest.raises(BadInput):
        Period("days", -1)
    with pytest.raises(BadInput, match="years"):
        msgspec.convert({"unit": "years", "count": 101}, Period)
