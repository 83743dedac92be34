"""Lanes, customers of a change, clocks, weeks and states: each shows its figures, and nothing lies on anything else."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from service.pictures.audience import NAMED, Audience, audience
from service.pictures.clocks import MOST, BreachClock, clocks, stands
from service.pictures.lanes import Happening, Lane, Window, lanes
from service.pictures.machine import DrawnAction, graph, machine
from service.pictures.picture import Picture
from service.pictures.weeks import WEEKS, weeks
from tests.pictures.checking import right, tree, words_of
from tests.pictures.samples import ALL, DAY, NOW, ZONE
from workflows.kinds import WORKFLOWS
from workflows.words import LANGUAGES, Language

HOSTILE = "</text><script>alert(1)</script> & \"Zon' \x02 " + "W" * 300


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("picture", ALL, ids=lambda one: one.__name__)
def test_nothing_overlaps_in_any_language(picture: Callable[[str, Language], Picture], lang: Language) -> None:
    right(picture("Noordelijke Hostingmaatschappij BV", lang))


@pytest.mark.parametrize("picture", ALL, ids=lambda one: one.__name__)
def test_hostile_names_are_texts(picture: Callable[[str, Language], Picture]) -> None:
    found = picture(HOSTILE, "nl")
    right(found)
    assert "<script" not in found.__html__()
    assert "&lt;script&gt;" in found.__html__()


@pytest.mark.parametrize("kind", sorted(WORKFLOWS))
def test_every_state_of_every_kind(kind: str) -> None:
    workflow = WORKFLOWS[kind]
    drawn = graph(workflow)
    assert sorted(one for layer in drawn.layers for one in layer) == sorted(workflow.states)
    assert {f"{source}>{dest}" for source, dest in drawn.ways} == {
        one for one in workflow.moves() if len(set(one.split(">"))) == 2
    }
    for state in workflow.states:
        acts = [DrawnAction(one, f"/board/things/1/{one}") for one in workflow.actions(state)]
        found = machine("one", kind, workflow, state, "en", state_name=str, trigger_name=str, actions=acts)
        right(found)
        root = tree(found.wide)
        assert root.attrib["role"] == "group"
        assert [one.attrib["href"] for one in root.iter("a")] == [act.href for act in acts]
        assert all(name in words_of(found.wide) for name in workflow.states)


def test_moments_that_coincide_share_a_mark() -> None:
    same = tuple(Happening(NOW, f"Event {number}") for number in range(1, 31))
    found = lanes("one", "A life", [Lane(name="Agreement", moments=same)], NOW, ZONE, "en")
    right(found)
    assert "1–30" in words_of(found.narrow)


@pytest.mark.parametrize("seed", range(8))
def test_lives_of_any_length_and_density(seed: int) -> None:
    chance = random.Random(seed)
    reach = DAY * chance.choice((0.01, 3, 200, 6000))

    def some() -> tuple[Happening, ...]:
        instants = [NOW + reach * chance.uniform(-1, 1) for _ in range(chance.choice((0, 1, 40)))]
        return tuple(Happening(at, f"Event {at}", "was" if at <= NOW else "foreseen") for at in instants)

    def windows() -> tuple[Window, ...]:
        opens = [NOW + reach * chance.uniform(-1, 1) for _ in range(chance.randrange(5))]
        return tuple(Window(at, at + reach * chance.random(), f"Period {at}") for at in opens)

    all_ = [Lane(name=f"Lane {number}", moments=some(), windows=windows()) for number in range(chance.randrange(1, 5))]
    right(lanes("one", "A life", all_, NOW, ZONE, chance.choice(LANGUAGES)))


def test_a_life_without_anything_says_so() -> None:
    found = lanes("one", "A life", [], NOW, ZONE, "en")
    right(found)
    assert "Nothing happened yet" in words_of(found.wide)


def test_a_share_is_not_rounded_to_all_or_none() -> None:
    found = audience("one", "A change", Audience(stands=(("Sent", 999), ("Open", 1), ("Lapsed", 0))), "en")
    assert [row[2] for row in found.figures.rows] == ["99 %", "< 1 %", "0 %", "100 %"]
    seventh = audience("one", "A change", Audience(stands=(("Sent", 3),), waiting=4), "en")
    assert seventh.figures.rows[0][2] == "43 %"
    assert "No day is known yet" in words_of(found.wide)
    assert "Nobody holds it back." in words_of(found.wide)
    assert [row[1] for row in seventh.figures.rows] == ["3", "4", "7"], "each stands in one place"
    right(audience("one", "A change", Audience(stands=()), "en"))


def test_the_first_of_those_who_hold_a_change_back_are_named() -> None:
    holding = tuple((f"Customer {number}", "Objected") for number in range(NAMED))
    one = Audience(stands=(("Open", 41), ("Objected", 9)), holding=holding, more=31)
    said = words_of(audience("one", "A change", one, "en").narrow)
    assert "Customer 9: Objected" in said
    assert "and 31 more" in said


@pytest.mark.parametrize(
    ("due", "told", "text"),
    [
        (timedelta(minutes=90), None, "1 hour left"),
        (timedelta(0), None, "0 hours left"),
        (timedelta(seconds=-1), None, "1 hour late"),
        (timedelta(minutes=-61), None, "2 hours late"),
        (timedelta(hours=2), timedelta(hours=-1), "told after 23 hours"),
        (timedelta(hours=-2), timedelta(hours=-1), "told late, after 23 hours"),
        (None, None, "no number of hours agreed"),
    ],
)
def test_how_a_clock_stands(due: timedelta | None, told: timedelta | None, text: str) -> None:
    one = BreachClock(customer="Bakery", begun_at=NOW - DAY, due_at=NOW + due if due is not None else None,
                told_at=NOW + told if told is not None else None)  # fmt: skip
    assert stands(one, NOW, "en") == text


def test_the_clocks_that_end_soonest_are_drawn() -> None:
    hour = timedelta(hours=1)
    all_ = [BreachClock(customer=f"Customer {one}", begun_at=NOW, due_at=NOW + one * hour) for one in range(100, 0, -1)]
    found = clocks("one", "A breach", all_, NOW, ZONE, "en")
    assert [row[0] for row in found.figures.rows][:2] == ["Customer 1", "Customer 2"]
    assert found.figures.rows[MOST][2] == "and 80 more agreements"


def test_a_year_begins_with_this_week() -> None:
    found = weeks("one", "Deadlines", {date(2027, 4, 19): 3, date(2027, 4, 12): 9}, date(2027, 4, 25), "en")
    assert found.figures.rows[0] == ("Monday 19 April 2027", "3")
    assert len(found.figures.rows) == WEEKS
    right(found)
