"""Penalties: the readings of a broken hour, the boundary second, units, and what is no penalty."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from service.answers.otherwise import otherwise
from workflows.errors import BadInput
from workflows.terms.load import library, parse_document, to_document
from workflows.terms.penalty import PenaltyDue, known_penalties, penalty

DUE = datetime(2026, 3, 28, 12, tzinfo=UTC)  # the clocks change in the night that follows
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def late(by: timedelta, **facts: object) -> PenaltyDue:
    return penalty(library()["mms-solutions"], "breach.penalty", DUE, DUE + by, facts)


@pytest.mark.parametrize(
    ("by", "amount", "exposure"),
    [
        (-HOUR, "0.00", "0.00"),
        (timedelta(0), "0.00", "0.00"),  # at the very instant it is in time
        (timedelta(microseconds=1), "2500.00", "2550.00"),
        (SECOND, "2500.00", "2550.00"),
        (HOUR - SECOND, "2500.00", "2550.00"),
        (HOUR, "2550.00", "2550.00"),  # at whole hours the readings meet
        (HOUR + SECOND, "2550.00", "2600.00"),
        (24 * HOUR, "3700.00", "3700.00"),  # 24 elapsed hours, of a day that has 23
        (50 * HOUR, "5000.00", "5000.00"),
        (timedelta(days=7), "10900.00", "10900.00"),
    ],
)
def test_late_notice_of_a_breach(by: timedelta, amount: str, exposure: str) -> None:
    found = late(by)
    assert (found.amount, found.exposure, found.currency) == (amount, exposure, "EUR")
    assert found.clause == "6.5"
    assert found.damages == "replaced"


@pytest.mark.parametrize(
    ("hours", "by", "amount"),
    [
        ("started", SECOND, "2550.00"),
        ("started", HOUR, "2550.00"),
        ("pro_rata", SECOND, "2500.01"),
        ("pro_rata", timedelta(minutes=30), "2525.00"),
        ("pro_rata", timedelta(seconds=1.9), "2500.01"),  # to the second
        ("pro_rata", timedelta(seconds=36), "2500.50"),
    ],
)
def test_other_readings_of_a_broken_hour(hours: str, by: timedelta, amount: str) -> None:
    document = to_document(library()["mms-solutions"])
    document["penalties"]["breach.penalty"]["hours"] = hours
    terms = parse_document(document, "other reading")
    assert penalty(terms, "breach.penalty", DUE, DUE + by).amount == amount


def test_the_steps_show_every_reading() -> None:
    steps = " ".join(late(SECOND).steps)
    for said in ("2500.00 EUR", "2550.00 EUR", "2500.01 EUR", "6:92(2)", "6:94"):
        assert said in steps


def test_it_keeps_growing_and_stays_exact() -> None:
    years = late(timedelta(days=3_652_000 // 10))
    assert Decimal(years.amount) == 2500 + 50 * 24 * (3_652_000 // 10)


@pytest.mark.parametrize(
    ("rule", "facts", "amount"),
    [
        ("secrecy.penalty", {}, "5000.00"),
        ("secrecy.penalty", {"violations": 1}, "5000.00"),
        ("secrecy.penalty", {"violations": 3}, "15000.00"),
        ("engagement.penalty", {"engagements": 2}, "1000.00"),
        ("engagement.penalty", {"engagements": 2, "end.erasure": "P30D"}, "1000.00"),
    ],
)
def test_a_sum_for_each(rule: str, facts: dict, amount: str) -> None:
    terms = library()["mms-solutions"]
    for since in (None, DUE):
        found = penalty(terms, rule, since, DUE, facts)
        assert found.amount == found.exposure == amount
        assert found.damages == "reserved"
    assert penalty(terms, rule, DUE + SECOND, DUE, facts).amount == "0.00"


def test_agreements_without_a_penalty_forfeit_nothing() -> None:
    for terms in library().values():
        for rule in known_penalties(terms):
            found = penalty(terms, rule, DUE, DUE + 50 * HOUR)
            if terms.id != "mms-solutions":
                assert (found.amount, found.damages) == ("0.00", "none")


@pytest.mark.parametrize("number", [0, -1, True, 1.0, "2", 10**30, [1]])
def test_a_number_of_violations_is_a_whole_number(number: object) -> None:
    with pytest.raises(BadInput, match="whole number"):
        penalty(library()["mms-solutions"], "secrecy.penalty", None, DUE, {"violations": number})


def test_what_cannot_be_reckoned_says_what_to_do() -> None:
    terms = library()["mms-solutions"]
    with pytest.raises(BadInput, match=r"Did you mean breach\.penalty"):
        penalty(terms, "breach.penality", DUE, DUE)
    with pytest.raises(BadInput, match="give due"):
        penalty(terms, "breach.penalty", None, DUE)
    with pytest.raises(BadInput, match="at needs its offset"):
        penalty(terms, "breach.penalty", DUE, datetime(2026, 1, 1))
    with pytest.raises(BadInput, match="due needs its offset"):
        penalty(terms, "breach.penalty", datetime(2026, 1, 1), DUE)
    with pytest.raises(BadInput, match="Did you mean violations"):
        penalty(terms, "secrecy.penalty", None, DUE, {"violation": 2})
    with pytest.raises(BadInput, match="1970 to 9990"):
        penalty(terms, "breach.penalty", DUE, datetime(9999, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("currency", "base", "rate", "amount", "least"),
    [
        # A third of an hour: 33.33…, in whole yen, in cents, in fils of which a dinar has a thousand.
        ("JPY", "2500.00", "100.00", "2533.00", "1 JPY"),
        ("EUR", "2500.00", "100.00", "2533.33", "the cent"),
        ("KWD", "2500.00", "100.00", "2533.333", "0.001 KWD"),
    ],
)
def test_a_broken_hour_is_rounded_to_what_its_currency_has(
    currency: str, base: str, rate: str, amount: str, least: str
) -> None:
    document = to_document(library()["mms-solutions"])
    document["penalties"]["breach.penalty"] |= {
        "hours": "pro_rata", "currency": currency, "base": base, "per_hour": rate,
    }  # fmt: skip
    found = penalty(parse_document(document, "sums"), "breach.penalty", DUE, DUE + timedelta(minutes=20))
    assert found.amount == amount
    (step,) = [one for one in found.steps if one.startswith("Pro rata")]
    assert f"rounded half up to {least}" in step
    shown = amount.removesuffix(".00") if currency == "JPY" else amount
    assert step.endswith(f": {shown} {currency}.")
    assert otherwise(step, "de") is not None
