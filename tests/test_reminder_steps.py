"""When reminders are due and what several missed ones collapse into: counted, without a database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.drafts import draft
from tests.reminding import AMSTERDAM
from tests.world import local
from workflows.model.reminders import (
    Reminders,
    first,
    following,
    latest,
    of_consent,
    of_deadline,
    of_task,
    step_problem,
)
from workflows.terms.counting import calendar_of
from workflows.time import calendar_for


def test_days_are_counted_back_on_the_clocks_of_the_zone() -> None:
    """A window that closes at midnight after the clocks went forward: each step is a local midnight too."""
    due_at = local("2026-04-02T00:00:00+02:00")
    steps = of_deadline(Reminders(processor=("P7D", "P1D", "PT4H"), overdue=()), "processor", due_at, AMSTERDAM, "NL")
    assert [one.at for one in steps] == [local("2026-03-26T00:00:00+01:00"), local("2026-04-01T00:00:00+02:00")]


def mornings(close: str, *lengths: str, zone: str = AMSTERDAM, calendar: str = "NL") -> list[str]:
    steps = of_deadline(Reminders(customer=lengths), "controller", local(close), zone, calendar)
    assert not any(one.overdue or one.level for one in steps), "a customer is pressed by nobody"
    return [one.at.astimezone(ZoneInfo(zone)).isoformat() for one in steps]


@pytest.mark.parametrize(
    ("close", "lengths", "expected"),
    [
        # a window through Wednesday 1 April: its last day, and a week before
        ("2026-04-02T00:00:00+02:00", ("P7D", "P1D"), ["2026-03-26T09:00:00+01:00", "2026-04-01T09:00:00+02:00"]),
        # its last day is a Sunday: the Friday before
        ("2026-03-23T00:00:00+01:00", ("P1D",), ["2026-03-20T09:00:00+01:00"]),
        # two days of one weekend are one morning
        ("2026-03-23T00:00:00+01:00", ("P2D", "P1D"), ["2026-03-20T09:00:00+01:00"]),
        # the second Christmas day of 2026 is a Saturday, the first a Friday
        ("2026-12-28T00:00:00+01:00", ("P1D",), ["2026-12-24T09:00:00+01:00"]),
        # Easter Monday; Good Friday is a working day (I-07)
        ("2026-04-07T00:00:00+02:00", ("P1D",), ["2026-04-03T09:00:00+02:00"]),
        # King's Day on a Monday
        ("2026-04-28T00:00:00+02:00", ("P1D",), ["2026-04-24T09:00:00+02:00"]),
        # at ten the next working day: the morning of the day that the step says
        ("2026-03-24T10:00:00+01:00", ("P1D",), ["2026-03-23T09:00:00+01:00"]),
        ("2026-03-24T10:00:00+01:00", ("PT1H",), ["2026-03-24T09:00:00+01:00"]),
        # at nine or before, that day's morning is too late
        ("2026-03-24T09:00:00+01:00", ("PT1H",), ["2026-03-23T09:00:00+01:00"]),
        ("2026-03-23T08:00:00+01:00", ("PT1H",), ["2026-03-20T09:00:00+01:00"]),
    ],
)  # fmt: skip
def test_a_customer_is_told_in_the_morning_of_a_working_day(
    close: str, lengths: tuple[str, ...], expected: list[str]
) -> None:
    assert mornings(close, *lengths) == expected


def test_the_morning_and_the_working_day_are_those_of_the_agreement() -> None:
    """26 December is an ordinary day in Belgium, 21 July is none; nine is by the clocks there."""
    assert mornings("2025-12-27T00:00:00+01:00", "P1D", calendar="NL 1, holidays 2") == ["2025-12-24T09:00:00+01:00"]
    belgian = {"zone": "Europe/Brussels", "calendar": "BE 1, holidays 2"}
    assert mornings("2025-12-27T00:00:00+01:00", "P1D", **belgian) == ["2025-12-26T09:00:00+01:00"]
    assert mornings("2026-07-22T00:00:00+02:00", "P1D", **belgian) == ["2026-07-20T09:00:00+02:00"]
    assert mornings("2026-04-02T00:00:00+01:00", "P1D", zone="Europe/London") == ["2026-04-01T09:00:00+01:00"]
    assert mornings("2026-03-23T00:00:00+00:00", "P1D", zone="UTC", calendar="") == ["2026-03-20T09:00:00+00:00"]


def test_the_working_week_is_the_one_that_the_agreement_counts_by() -> None:
    """Saturday 21 March is a working day in a week of six; 3 July 2026 is a holiday in the United States."""
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    six = calendar_of(draft(counting={"working_days": week, "clause": "1"})).version
    assert six.endswith("; working days monday, tuesday, wednesday, thursday, friday, saturday")
    assert mornings("2026-03-23T00:00:00+01:00", "P1D", calendar=six) == ["2026-03-21T09:00:00+01:00"]
    american = calendar_of(draft(counting={"holidays": "US", "clause": "1"})).version
    assert american.endswith("; holidays of US")
    assert mornings("2026-07-04T00:00:00+02:00", "P1D", calendar=american) == ["2026-07-02T09:00:00+02:00"]
    # Who says nothing of it is counted by its calendar alone, by its own name.
    assert calendar_of(draft()).version == calendar_for("NL").version


def test_no_reminder_comes_before_what_it_reminds_of() -> None:
    """Told on the evening before: the Friday that comes in a Sunday's place is over, and the last day is ahead."""
    close = local("2026-03-24T00:00:00+01:00")
    steps = of_deadline(Reminders(customer=("P2D", "P1D")), "controller", close, AMSTERDAM, "NL")
    told = local("2026-03-20T20:00:00+01:00")
    assert first(steps, close, told, told) == local("2026-03-23T09:00:00+01:00")
    told = local("2026-03-23T20:00:00+01:00")
    assert first(steps, close, told, told) is None, "to be told is news enough"


def test_hours_are_for_what_is_due_at_an_hour() -> None:
    due_at = local("2026-03-29T14:30:00+02:00")
    steps = of_deadline(
        Reminders(processor=("P1D", "PT4H"), overdue=("P0D", "PT6H")), "processor", due_at, AMSTERDAM, ""
    )
    assert [(one.at, one.overdue, one.level) for one in steps] == [
        (local("2026-03-28T14:30:00+01:00"), False, 0),
        (local("2026-03-29T10:30:00+02:00"), False, 1),
        (due_at, True, 2),
        (due_at + timedelta(hours=6), True, 3),
    ]


def test_what_several_missed_ones_collapse_into() -> None:
    due_at = local("2026-06-10T00:00:00+02:00")
    steps = of_task(None, due_at, AMSTERDAM)
    assert following(steps, due_at - timedelta(days=30)) == due_at - timedelta(days=3)
    late = due_at + timedelta(days=4)
    found = latest(steps, late)
    assert found is not None
    assert (found.at, found.overdue) == (due_at + timedelta(days=3), True)
    assert following(steps, late) == due_at + timedelta(days=7)
    assert following(steps, due_at + timedelta(days=7)) is None


def test_to_be_opened_is_news_enough_unless_it_is_long_past_its_end() -> None:
    due_at = local("2026-06-10T00:00:00+02:00")
    steps = of_task(None, due_at, AMSTERDAM)
    hour, days = timedelta(hours=1), timedelta(days=1)
    for at in (due_at, due_at + hour):
        assert first(steps, due_at, at, due_at + hour) == due_at + 3 * days
    assert first(steps, due_at, due_at + 4 * days, due_at + 4 * days) == due_at + 3 * days, "at once"
    assert first(steps, due_at, due_at, due_at + 4 * days) == due_at + 7 * days, "worked off late: the rest is ahead"
    assert first(steps, due_at, due_at, due_at + 8 * days) == due_at + 7 * days, "nothing is ahead any more"
    assert first(of_task(Reminders(overdue=()), due_at, AMSTERDAM), due_at, due_at + hour, due_at + hour) is None


def test_a_consent_is_asked_for_again_and_then_by_a_person() -> None:
    received = local("2026-03-02T10:00:00+01:00")
    steps = of_consent(None, received, AMSTERDAM, "NL")
    assert [(one.at, one.level) for one in steps] == [
        (local("2026-03-16T09:00:00+01:00"), 0), (local("2026-03-30T09:00:00+02:00"), 1)]  # fmt: skip
    assert of_consent(Reminders(consent=()), received, AMSTERDAM, "NL") == ()


def test_a_consent_is_not_asked_for_again_before_it_was_asked_for() -> None:
    """Asked on a Friday evening: a Saturday's reminder would come that morning, so it comes on Monday."""
    received = local("2026-03-06T20:00:00+01:00")
    (step,) = of_consent(Reminders(consent=("P1D",)), received, AMSTERDAM, "NL")
    assert step.at == local("2026-03-09T09:00:00+01:00")


def test_beyond_the_last_year_nobody_is_reminded() -> None:
    due_at = datetime(9990, 12, 31, 23, tzinfo=UTC)
    assert [one.overdue for one in of_task(None, due_at, AMSTERDAM)][-1:] == [True]
    assert len(of_task(None, due_at, AMSTERDAM)) == 3, "P3D and P7D after it are out of reach"


@pytest.mark.parametrize("wrong", ["P1M", "P2WD", "soon", "P0D", "P400D", "-P1D", "PT0H"])
def test_a_step_that_is_none(wrong: str) -> None:
    assert step_problem("customer", wrong)
    assert step_problem("overdue", "P0D") is None
