"""What `[counting]` in a terms file changes: whose last day moves, what a working day is, when a business day ends."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from workflows.errors import BadInput
from workflows.terms.due import due
from workflows.terms.explain import explain
from workflows.terms.load import parse_toml
from workflows.terms.model import Terms

PLAIN = (Path(__file__).parent / "sixth.toml").read_text("utf-8")


def terms(counting: str = "", *, calendar: str = "GB-ENG", zone: str = "Europe/London") -> Terms:
    """The sixth agreement under another calendar; 7 working days to object, 20 days to choose, help within 10 days."""
    text = PLAIN.replace('calendar = "BE"', f'calendar = "{calendar}"').replace("Europe/Lisbon", zone)
    text = text.replace("[entry]", f"{counting}\n\n[entry]")
    text += '\n[rules."request.assist"]\nclause = "§8"\nparty = "processor"\nstarts = "request"\nperiod = "P10D"\n'
    return parse_toml(text, "counting.toml")


def last_day(found: Terms, rule: str, at: date) -> str:
    return str(due(found, rule, at).last_day)


@pytest.mark.parametrize(
    ("moves", "controller", "processor"),
    [
        # 20 days from 4 December 2026 end on Thursday 24 December, from 5 December on Friday 25 December.
        ("controller", "2026-12-29", "2026-12-25"),
        ("processor", "2026-12-25", "2026-12-29"),
        ("both", "2026-12-29", "2026-12-29"),
        ("none", "2026-12-25", "2026-12-25"),
    ],
)
def test_whose_last_day_moves(moves: str, controller: str, processor: str) -> None:
    found = terms(f'[counting]\nmoves = "{moves}"\nclause = "§1.4"')
    assert last_day(found, "end.choice", date(2026, 12, 5)) == controller
    assert last_day(found, "request.assist", date(2026, 12, 15)) == processor


def test_without_it_the_protective_reading_holds() -> None:
    assert last_day(terms(), "end.choice", date(2026, 12, 5)) == "2026-12-29"
    assert last_day(terms(), "request.assist", date(2026, 12, 15)) == "2026-12-25"
    steps = " ".join(due(terms(), "end.choice", date(2026, 12, 5)).steps)
    assert "A period in which the controller may act is never shortened" in steps


def test_the_steps_name_the_law_or_the_clause() -> None:
    found = terms('[counting]\nmoves = "both"\nlaw = "§ 193 BGB"', calendar="DE-BY", zone="Europe/Berlin")
    helped = due(found, "request.assist", date(2026, 5, 25))  # Thursday 4 June, Corpus Christi
    assert str(helped.last_day) == "2026-06-05"
    assert any(
        "moves for the processor (§ 193 BGB): past Thursday 4 June 2026 (Corpus Christi)" in s for s in helped.steps
    )
    stays = due(terms('[counting]\nmoves = "none"\nclause = "§1.4"'), "end.choice", date(2026, 12, 5))
    assert any("No last day of the controller's moves (§1.4): it stays on Friday 25 December" in s for s in stays.steps)


def test_by_a_law_equated_days_count_for_the_processor_too() -> None:
    swedish = {"calendar": "SE", "zone": "Europe/Stockholm"}
    by_law = terms('[counting]\nmoves = "both"\nlaw = "Lag (1930:173) § 2"', **swedish)
    by_clause = terms('[counting]\nmoves = "both"\nclause = "§1.4"', **swedish)
    midsummer_eve = date(2026, 6, 9)  # and ten days
    assert last_day(by_law, "request.assist", midsummer_eve) == "2026-06-22"
    assert last_day(by_clause, "request.assist", midsummer_eve) == "2026-06-19"


def test_the_clocks_of_a_law_follow_that_law() -> None:
    text = PLAIN.replace('calendar = "BE"', 'calendar = "BE"\nlaw = "GDPR"')
    found = parse_toml(text.replace("[entry]", '[counting]\nmoves = "none"\nclause = "§1.4"\n\n[entry]'), "x.toml")
    assert last_day(found, "request.answer", date(2026, 10, 25)) == "2026-11-25"
    assert last_day(found, "request.answer", date(2026, 11, 25)) == "2026-12-28"


def test_a_working_week_and_the_holidays_of_another_place() -> None:
    six = terms(
        '[counting]\nworking_days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]\nclause = "§1"'
    )
    assert last_day(six, "subprocessor.objection", date(2026, 6, 3)) == "2026-06-11"  # 4, 5, 6, 8, 9, 10, 11
    american = terms('[counting]\nholidays = "US"\nclause = "§1"')
    assert last_day(american, "subprocessor.objection", date(2026, 6, 30)) == "2026-07-10"  # not 3 July
    assert last_day(american, "subprocessor.objection", date(2026, 8, 27)) == "2026-09-08"  # 31 August, not 7 September
    steps = due(american, "subprocessor.objection", date(2026, 6, 30)).steps
    assert any("Monday to Friday without the legal holidays of the United States" in step for step in steps)


SIX_DAYS = 'working_days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]'


@pytest.mark.parametrize(
    ("said", "last", "steps", "told"),
    [
        # Seven working days from Friday 5 June 2026, Saturdays among them: 6, 8, 9, 10, 11, 12 and Saturday 13 June.
        ('clause = "§1"', "2026-06-15", "past Saturday 13 June 2026", "the program's protective reading"),
        ('moves = "both"\nlaw = "§ 193"', "2026-06-15", "to the next open day", "on a Saturday, Sunday or holiday"),
        (
            'moves = "both"\nclause = "§1"',
            "2026-06-13",
            "Saturday 13 June 2026 is a working day",
            "no working day, it mo",
        ),
        ('moves = "none"\nclause = "§1"', "2026-06-13", "it stays on Saturday 13 June", "it stays there (§1)"),
    ],
)
def test_a_saturday_on_which_people_work_is_free_by_a_law_and_by_the_protective_reading_alone(
    said: str, last: str, steps: str, told: str
) -> None:
    found = terms(f"[counting]\n{SIX_DAYS}\n{said}")
    counted = due(found, "subprocessor.objection", date(2026, 6, 5))
    assert str(counted.last_day) == last
    assert any(steps in one for one in counted.steps)
    assert told in explain(found, "en")


def test_a_last_day_moves_to_the_working_days_of_a_clause() -> None:
    found = terms(f'[counting]\n{SIX_DAYS}\nmoves = "controller"\nclause = "§1"')
    counted = due(found, "end.choice", date(2026, 6, 1))  # twenty days: Sunday 21 June
    assert any(
        "moves for the controller (§1): past Sunday 21 June 2026 to the next working day" in s for s in counted.steps
    )


@pytest.mark.parametrize(("week", "last"), [('"saturday", "sunday"', 27), ('"sunday"', 28)])
def test_a_week_that_leaves_a_last_day_nowhere_is_refused(week: str, last: int) -> None:
    days = f"[counting]\nworking_days = [{week}]"
    for said in ('clause = "§1"', 'moves = "both"\nlaw = "§ 193"'):
        with pytest.raises(BadInput) as error:
            terms(f"{days}\n{said}")
        assert [one.path for one in error.value.problems] == ["counting.toml: counting.working_days"]
    by_clause = terms(f'{days}\nmoves = "both"\nclause = "§1"')
    assert due(by_clause, "end.choice", date(2026, 6, 3)).last_day == date(2026, 6, last)  # past Tuesday 23 June
    assert by_clause.counting is not None
    stored = replace(by_clause, counting=replace(by_clause.counting, moves=""))
    with pytest.raises(BadInput, match="every day is free"):
        due(stored, "end.choice", date(2026, 6, 3))


@pytest.mark.parametrize(
    ("at", "last"),
    [
        (datetime(2026, 6, 3, 16, 0, tzinfo=UTC), "2026-06-12"),  # 17:00 in London, still Wednesday's
        (datetime(2026, 6, 3, 16, 0, 1, tzinfo=UTC), "2026-06-15"),  # a second later it is Thursday's
        (datetime(2026, 6, 5, 18, 0, tzinfo=UTC), "2026-06-17"),  # Friday evening: Monday's
        (datetime(2026, 6, 6, 9, 0, tzinfo=UTC), "2026-06-17"),  # Saturday: Monday's
        (datetime(2026, 5, 3, 9, 0, tzinfo=UTC), "2026-05-14"),  # Sunday before the bank holiday: Tuesday's
    ],
)
def test_what_arrives_after_a_business_day_counts_as_the_next_ones(at: datetime, last: str) -> None:
    found = terms('[counting]\nday_ends = "17:00"\nclause = "§1.2"')
    assert str(due(found, "subprocessor.objection", at).last_day) == last


def test_the_end_of_a_business_day_is_said_and_may_end_the_last_day() -> None:
    found = terms('[counting]\nday_ends = "17:00"\nclause = "§1.2"')
    late = due(found, "subprocessor.objection", datetime(2026, 6, 3, 18, 30, tzinfo=UTC))
    assert any(
        "A business day ends at 17:00 (§1.2), and what arrives after that counts as the next" in s for s in late.steps
    )
    assert (late.due_at, late.boundary) == (datetime(2026, 6, 15, 23, tzinfo=UTC), "exclusive")
    assert any("the last day itself counts as a whole" in step for step in late.steps)
    ends = terms('[counting]\nday_ends = "17:00"\nlast_day_ends = "business_day"\nclause = "§1.2"')
    then = due(ends, "subprocessor.objection", datetime(2026, 6, 3, 18, 30, tzinfo=UTC))
    assert (then.due_at, then.boundary) == (datetime(2026, 6, 15, 16, tzinfo=UTC), "inclusive")


def test_hours_and_whole_days_know_no_end_of_a_business_day() -> None:
    found = terms('[counting]\nday_ends = "17:00"\nclause = "§1.2"')
    at = datetime(2026, 6, 3, 18, 30, tzinfo=UTC)
    assert due(found, "breach.notice", at).due_at == datetime(2026, 6, 5, 6, 30, tzinfo=UTC)
    assert last_day(found, "subprocessor.objection", date(2026, 6, 3)) == "2026-06-12"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('moves = "both"', "counting.law: is missing: moves = 'both' is no protective reading"),
        ('working_days = ["monday"]', "counting.clause: is missing: name the clause or the law"),
        ('working_days = []\nclause = "1"', "counting.working_days: is empty"),
        ('working_days = ["monday", "monday"]\nclause = "1"', "counting.working_days: has 'monday' 2 times"),
        ('working_days = ["maandag"]\nclause = "1"', "counting.working_days[0]: is 'maandag': write"),
        ('holidays = "XX"\nclause = "1"', "counting.holidays: There is no calendar of 'XX'"),
        ('day_ends = "5 pm"\nclause = "1"', "counting.day_ends: '5 pm' is no time of day"),
        ('day_ends = "24:00"\nclause = "1"', "counting.day_ends: '24:00' is no time of day"),
        ('last_day_ends = "business_day"\nclause = "1"', 'counting.last_day_ends: is "business_day"'),
        ('law = "§ 193 BGB"\nmove = "both"', "counting.move: is not a key of a terms file. Did you mean moves?"),
    ],
)
def test_what_does_not_hold_together_is_said(written: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        terms(f"[counting]\n{written}")
    assert any(f"counting.toml: {said}" in f"{one.path}: {one.message}" for one in error.value.problems)


def test_it_is_explained_in_words() -> None:
    said = explain(
        terms('[counting]\nmoves = "both"\nlaw = "§ 193 BGB"\nholidays = "US"\nday_ends = "17:00"', calendar="DE-BY"),
        "en",
    )
    for line in (
        "legal holidays of Germany (Bavaria).",
        "it moves to the next open day, for either party (§ 193 BGB).",
        "Thursday and Friday, without the legal holidays of the United States.",
        "A business day ends at 17:00: what arrives later, or on no working day, counts as the next working day's.",
    ):
        assert line in said
    assert "That is the program's protective reading, not the text of the agreement." in explain(terms(), "en")
    assert "no holidays count" in explain(terms(calendar="none"), "en")
    assert "Dat is de beschermende lezing van het programma" in explain(terms(), "nl")
