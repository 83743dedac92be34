"""One picture of each kind, full enough to go wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from service.pictures.audience import Audience, audience
from service.pictures.clocks import BreachClock, clocks
from service.pictures.lanes import Happening, Lane, Window, lanes
from service.pictures.machine import DrawnAction, machine
from service.pictures.picture import Picture
from service.pictures.strip import strip, strip_of
from service.pictures.weeks import WEEKS, monday_of, weeks
from workflows.kinds import WORKFLOWS
from workflows.terms.due import reckon
from workflows.terms.load import library
from workflows.words import Language

NOW = datetime(2027, 4, 25, 10, tzinfo=UTC)
ZONE = "Europe/Amsterdam"
DAY = timedelta(days=1)


def a_deadline(name: str, lang: Language) -> Picture:
    found = strip_of(name, reckon(library()["kmo-solutions"], "subprocessor.objection", NOW - 4 * DAY), now=NOW)
    assert found is not None
    return strip("deadline", found, lang)


def some_hours(name: str, lang: Language) -> Picture:
    found = strip_of(name, reckon(library()["mms-solutions"], "breach.notice", NOW), now=NOW)
    assert found is not None
    return strip("hours", found, lang)


def a_life(name: str, lang: Language) -> Picture:
    told = tuple(Happening(NOW - DAY * ahead, f"{name} {ahead}") for ahead in range(0, 400, 7))
    end = Happening(NOW + 120 * DAY, name, "foreseen")
    windows = (
        Window(NOW - 60 * DAY, NOW - 30 * DAY, name),
        Window(NOW - 10 * DAY, NOW + 20 * DAY, f"{name}, that runs"),
        Window(NOW + 120 * DAY, NOW + 150 * DAY, name, "foreseen"),
    )
    return lanes("life", name, [Lane(name=name, moments=(*told, end)), Lane(name="Data", windows=windows)], NOW, ZONE,
                 lang)  # fmt: skip


def a_change(name: str, lang: Language) -> Picture:
    served = tuple((date(2027, 5, 1) + 3 * ahead * DAY, 7) for ahead in range(50))
    one = Audience(
        stands=((name, 399), (f"{name}, which objected", 1)),
        waiting=7,
        served=served,
        holding=((name, "Objected"),) * 12,
        more=3,
    )
    return audience("change", name, one, lang)


def some_clocks(name: str, lang: Language) -> Picture:
    hour = timedelta(hours=1)
    limits = (None, NOW - 6 * hour, NOW + 18 * hour, NOW + 42 * hour, NOW)
    told = [BreachClock(customer=name, begun_at=NOW - 30 * hour, due_at=due, told_at=NOW - hour) for due in limits]
    waits = [BreachClock(customer=name, begun_at=NOW - 30 * hour, due_at=due) for due in limits * 5]
    return clocks("breach", name, [*told, *waits], NOW, ZONE, lang, more=2)


def a_year(name: str, lang: Language) -> Picture:
    counts = {monday_of(NOW.date()) + 7 * ahead * DAY: ahead**3 for ahead in range(WEEKS)}
    return weeks("year", name, counts, NOW.date(), lang, overdue=12)


def states(name: str, lang: Language) -> Picture:
    workflow = WORKFLOWS["notice"]
    acts = [
        DrawnAction(name, "/board/x?a=1&b=\"'<"),
        *(DrawnAction(one, f"/board/{one}") for one in workflow.actions("open")),
    ]
    return machine("notice", name, workflow, "open", lang, state_name=lambda one: f"{name[:20]} {one}",
                   trigger_name=str, actions=acts)  # fmt: skip


ALL: tuple[Callable[[str, Language], Picture], ...] = (
    a_deadline, some_hours, a_life, a_change, some_clocks, a_year, states,
)  # fmt: skip
