"""Who of a processor's people is told of what, and when."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db import clock
from db.session import transaction
from service.mail.texts.sentences import CATALOGUE
from service.mail.texts.texts import PEOPLE, packaged_texts
from service.people.mails import TOLD
from service.people.users import remove_user
from tests.people import colleague, told
from tests.world import World, local
from workflows.engine.history import look
from workflows.model.reminders import Reminders
from workflows.model.telling import DAY, QUIET, Colleague, Concern, Line, SaidNow, speak_of, steps_of, topic_of
from workflows.model.users import Hears, Role
from workflows.words import LANGUAGES, Language

MANAGER, DEPUTY, DIRECTOR, OTHER = (UUID(int=number) for number in range(1, 5))
FRIDAY = local("2026-03-06T18:00:00+01:00")


def who(id: UUID, role: Role = "manager", **hears: Any) -> Colleague:
    return Colleague(id=id, role=role, hears=Hears(**hears))


EVERYBODY = (who(MANAGER), who(DEPUTY), who(DIRECTOR, "director"), who(OTHER))


def concern(**more: Any) -> Concern:
    values: dict[str, Any] = {
        "kind": "task", "topic": "tasks", "since": local("2026-03-02T10:00:00+01:00"), "due_at": FRIDAY,
        "inclusive": False, "reminds": False, "for_directors": False, "kept_by": None, "manager_id": MANAGER,
        "deputy_id": DEPUTY, "zone": "Europe/Amsterdam", "calendar": "NL", "seen_at": None, "heard": True, **more,
    }  # fmt: skip
    return Concern(**values)


def life(one: Concern, colleagues: tuple[Colleague, ...] = EVERYBODY) -> list[tuple[str, UUID, str]]:
    """Each line that is ever said of it: the occasion, whom, and when it goes out, on the clocks of Amsterdam."""
    lines: list[Line] = []
    now: datetime | None = one.since
    seen = None
    while now is not None:
        spoken: SaidNow = speak_of(concern_at(one, seen), colleagues, now)
        known = {(line.user_id, line.occasion) for line in lines}
        lines += [line for line in spoken.lines if (line.user_id, line.occasion) not in known]
        seen, now = now, spoken.next_at
    return [(line.occasion, line.user_id, f"{line.at + timedelta(hours=1):%a %H:%M}") for line in lines]


def concern_at(one: Concern, seen: datetime | None) -> Concern:
    return Concern(**{name: getattr(one, name) for name in one.__struct_fields__ if name != "seen_at"}, seen_at=seen)


@pytest.mark.parametrize(
    ("kind", "what", "about", "reminds", "topic"),
    [
        ("task", "approve_plan", "agreement", False, "tasks"),
        ("task", "decide_objection", "notice", False, "answers"),
        ("task", "deadline_near", "agreement", True, "deadlines"),
        ("deadline", "end.erasure", "agreement", False, "deadlines"),
        ("deadline", "breach.notice", "breach_case", False, "breaches"),
        ("task", "breach_call", "breach_case", False, "breaches"),
        ("breach", "", "breach", False, "breaches"),
    ],
)
def test_each_concern_is_of_a_topic(kind: Any, what: str, about: str, reminds: bool, topic: str) -> None:
    assert topic_of(kind, what, about, reminds=reminds) == topic


def test_a_task_goes_to_its_manager_then_to_the_deputy_then_to_the_directors() -> None:
    assert life(concern()) == [
        ("new", MANAGER, "Mon 10:00"),
        ("soon", MANAGER, "Thu 09:00"),
        ("overdue", MANAGER, "Fri 18:00"),
        ("overdue", DEPUTY, "Sat 18:00"),
        ("overdue", DIRECTOR, "Sun 18:00"),
    ]


@pytest.mark.parametrize(
    ("more", "people", "told_of"),
    [
        ({"manager_id": None, "deputy_id": None}, EVERYBODY, {MANAGER, DEPUTY, DIRECTOR, OTHER}),
        ({"manager_id": UUID(int=9)}, EVERYBODY, {DEPUTY}),
        ({"for_directors": True}, EVERYBODY, {DIRECTOR}),
        ({"for_directors": True}, EVERYBODY[:2], {MANAGER, DEPUTY}),
        ({"kept_by": OTHER}, EVERYBODY, {OTHER}),
        ({"kept_by": OTHER, "for_directors": True}, EVERYBODY, {OTHER}),
        ({}, (who(MANAGER, tasks="never"), who(DIRECTOR, "director")), set()),
        ({}, (), set()),
    ],
)
def test_the_nearest_who_is_there_is_told(more: Any, people: tuple[Colleague, ...], told_of: set[UUID]) -> None:
    one = concern(**more)
    assert {line.user_id for line in speak_of(one, people, one.since).lines} == told_of


def test_nothing_overdue_is_silenced_for_everybody() -> None:
    deaf: dict[str, Any] = {"tasks": "never", "deadlines": "never", "answers": "never", "breaches": "never"}
    people = (who(MANAGER, **deaf), who(DIRECTOR, "director", **deaf))
    assert life(concern(), people) == [("overdue", DIRECTOR, "Sat 09:00")], "before a day is over"
    assert life(concern(), (who(MANAGER, **deaf),)) == [("overdue", MANAGER, "Sat 09:00")], "there is nobody else"


@pytest.mark.parametrize(
    ("due", "reads"),
    [
        ("2026-03-04T18:00:00+01:00", "Thu 09:00"),
        ("2026-03-05T09:00:00+01:00", "Thu 09:00"),
        ("2026-03-05T00:00:00+01:00", "Thu 09:00"),
        ("2026-03-06T18:00:00+01:00", "Sat 09:00"),  # no working morning within a day
        ("2026-04-06T00:00:00+02:00", "Mon 08:00"),  # Easter Monday; the test's clock is winter time
        ("2026-03-28T09:30:00+01:00", "Sat 09:30"),  # the clocks go forward: the next morning is within a day
    ],
)
def test_a_digest_of_what_is_overdue_comes_within_a_day(due: str, reads: str) -> None:
    people = (who(MANAGER, deadlines="digest"),)
    one = concern(kind="deadline", topic="deadlines", due_at=local(due), since=local(due))
    [line] = speak_of(one, people, one.since).lines
    assert line.at - one.due_at <= DAY if one.due_at else False
    if "03-28" not in due:
        assert (f"{line.at + timedelta(hours=1):%a %H:%M}", line.digest) == (reads, True)


def test_a_day_of_25_hours_is_too_long_to_wait() -> None:
    due = local("2026-10-24T09:30:00+02:00")
    one = concern(kind="deadline", topic="deadlines", due_at=due, since=due)
    [line] = speak_of(one, (who(MANAGER, deadlines="digest"),), due).lines
    assert (line.at, line.digest) == (due, False)


def test_a_digest_waits_for_a_working_day_where_nothing_is_overdue() -> None:
    saturday = local("2026-04-04T10:00:00+02:00")
    one = concern(since=saturday, due_at=None)
    [line] = speak_of(one, (who(MANAGER, tasks="digest"),), saturday).lines
    assert line.at == local("2026-04-07T09:00:00+02:00"), "Easter Monday is none"


def test_what_is_opened_late_is_not_told_of_three_times_at_once() -> None:
    late = concern(since=FRIDAY + 9 * DAY)
    assert [step.at - late.since for step in steps_of(late)] == [0 * DAY, 0 * DAY, DAY, 2 * DAY]


def test_an_inclusive_end_is_overdue_an_instant_later() -> None:
    one = concern(kind="deadline", inclusive=True)
    assert steps_of(one)[0].at == FRIDAY + timedelta(microseconds=1)


def test_a_reminder_leaves_what_is_overdue_to_its_deadline() -> None:
    assert {step.occasion for step in steps_of(concern(reminds=True))} == {"new", "soon"}


def test_whoever_comes_later_is_told_of_what_nobody_who_is_there_was_told() -> None:
    one = concern(seen_at=FRIDAY + 9 * DAY, heard=False)
    [line] = speak_of(one, (who(OTHER),), FRIDAY + 10 * DAY).lines
    assert (line.user_id, line.occasion) == (OTHER, "overdue")


async def ended(world: World, **more: Any) -> UUID:
    """An agreement that ends on 20 March; its plan waits for approval from 8 April, until 9 May."""
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer("Bakker", **more))
    await world.do(agreement, "end-main-contract", on="2026-03-20", reference="M-1")
    return agreement


async def broken(world: World) -> list[str]:
    async with world.pools.worker.acquire() as connection:
        return [one.says for one in (await look(connection, await clock.now(connection))).broken if "told" in one.says]


async def test_a_life_is_told_to_people_and_nobody_reads_a_line_twice(world: World) -> None:
    await world.make_processor()
    manager, director = await colleague(world, "manager", language="nl"), await colleague(world, "director")
    agreement = await ended(world, manager_id=manager)
    await world.days(120)
    mails = await told(world)
    assert [(f"{one.at:%d %b %H:%M}", one.user == director, one.occasions) for one in mails] == [
        ("07 Apr 22:00", False, ["new", "new"]),
        ("07 May 07:00", False, ["soon", "soon"]),
        ("08 May 22:00", False, ["overdue", "overdue"]),
        ("10 May 22:00", True, ["overdue", "overdue"]),
    ]
    [plan, _] = mails[2].lines
    assert plan["what"].startswith("Keur het verwijderplan goed")
    assert (plan["customer"], plan["day"], plan["time"], plan["place"]) == (
        "Bakker", "vrijdag 8 mei 2026", "24:00", "Amsterdam"
    )  # fmt: skip
    assert plan["path"] == f"/board/agreements/{agreement}"
    assert [one.lines[0]["late_hours"] for one in mails] == [None, None, 0, 48]
    assert await broken(world) == []


async def test_a_deadline_that_no_task_reminds_of_is_told_of(world: World) -> None:
    await world.make_processor(reminders=Reminders(processor=(), overdue=()))
    await colleague(world, "manager", deadlines="never")
    director = await colleague(world, "director")
    await world.make_agreement("kmo-solutions")
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            "insert into deadline (id, processor_id, subject_id, agreement_id, rule, key, text, due_at, last_day, "
            "zone, boundary, party, clause, reading, steps, calendar) "
            "select uuidv7(), processor_id, id, id, 'audit.next', '', 'The audit', termijn_now() + interval '1 day', "
            "'2026-03-03', 'Europe/Amsterdam', 'inclusive', 'processor', '8.1', '', '[]', 'NL' from agreement"
        )  # fmt: skip
    await world.days(10)
    [mail] = await told(world)
    assert (mail.lines[0]["what"], mail.lines[0]["clause"]) == ("The audit", "clause 8.1")
    assert (mail.user, mail.at, mail.occasions) == (director, local("2026-03-04T09:00:00+01:00"), ["overdue"])


async def test_whoever_comes_when_nobody_is_left_is_told(world: World) -> None:
    await world.make_processor()
    first = await colleague(world, "manager")
    await ended(world)
    await world.days(120)
    second = await colleague(world, "director")
    await world.drain()
    assert {one.user for one in await told(world)} == {first}, "somebody who is there was told"
    async with transaction(world.pools.api, [world.processor]) as connection:
        await remove_user(connection, [world.processor], first, await clock.now(connection))
    await world.drain()
    assert [(one.user, one.occasions) for one in await told(world)][-1] == (second, ["overdue", "overdue"])


async def test_where_nobody_works_the_admins_are_told_of_what_is_overdue(world: World) -> None:
    await world.make_processor()
    admin = await colleague(world, "admin", tasks="never", deadlines="never")
    await ended(world)
    await world.days(120)
    mails = await told(world)
    assert {one.user for one in mails} == {admin}, "even where they want to hear nothing"
    lines = [line for one in mails for line in one.lines]
    assert {(line["occasion"], line["processor"]) for line in lines} == {("overdue", "Acme")}
    assert all(line["path"].startswith("/board/processor?back=%2Fboard%2F") for line in lines)
    assert await world.rows("select from user_mail where processor_id is not null") == []
    assert await broken(world) == []
    director = await colleague(world, "director")
    await world.drain()
    assert [(one.user, set(one.occasions)) for one in (await told(world))[len(mails) :]] == [(director, {"overdue"})]


async def test_what_waits_where_nobody_works_an_admin_reads_on_a_morning(world: World) -> None:
    await world.make_processor()
    admin, silent = await colleague(world, "admin"), await colleague(world, "admin", tasks="never")
    await world.make_agreement("kmo-solutions")
    await world.announce(await world.make_change(await world.make_subprocessor(country=None)))
    await world.drain()
    assert await told(world) == [], "nothing is overdue, and no morning came"
    await world.days(2)
    mails = await told(world)
    assert {one.user for one in mails} == {admin}, silent
    assert {(line["occasion"], line["processor"]) for one in mails for line in one.lines} == {("new", "Acme")}


async def test_a_task_names_the_deadlines_that_it_is_told_of_for(world: World) -> None:
    """Whoever is let in late is told of what the task settles, as the board shows it."""
    await world.make_processor()
    agreement = await world.make_agreement("stkkr", facts={"backup.retention": "P30D"})
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.days(40)
    await colleague(world, "director")
    await world.drain()
    [mail] = await told(world)
    [line] = [one for one in mail.lines if one["with_it"]]
    assert "Erasure after the end" in line["with_it"]
    rows = await world.rows("select data from user_mail where kind = 'told'")
    assert msgspec.json.decode(rows[0]["data"])["overdue"] == sum(1 + len(one["with_it"]) for one in mail.lines)


async def test_an_admin_who_comes_later_is_told_too(world: World) -> None:
    await world.make_processor()
    await ended(world)
    await world.days(120)
    assert await told(world) == []
    first = await colleague(world, "admin")
    await world.drain()
    async with transaction(world.pools.api, [world.processor], admin=True) as connection:
        await remove_user(connection, [world.processor], first, await clock.now(connection))
    second = await colleague(world, "admin")
    await world.days(1)
    assert {one.user for one in await told(world)} == {first, second}


async def test_an_admin_who_is_made_or_removed_inside_one_processor_counts_for_all(world: World) -> None:
    """Row-level security shows whoever acts the one that they act for."""
    other = World(world.pools, world.engine)
    await other.make_processor(name="Beta", slug="beta")
    first = await colleague(world, "admin")
    await ended(other)
    await other.days(120)
    assert {one.user for one in await told(world)} == {first}
    await world.make_processor()
    async with transaction(world.pools.api, [world.processor], admin=True) as connection:
        await remove_user(connection, [world.processor], first, await clock.now(connection))
    await world.drain()
    second = await colleague(world, "admin")
    await world.days(1)
    heard = [one for one in await told(world) if one.user == second]
    assert {line["processor"] for one in heard for line in one.lines} == {"Beta"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_mail_to_an_admin_says_why_and_whose_it_is(lang: Language) -> None:
    line = {"occasion": "overdue", "what": "Erasure", "customer": "", "clause": "", "day": "", "late_hours": 30}
    values = {"name": "Robin", "processor": "Termijn", "shown_as": "Termijn", "host": "x.example", "count": 1,
              "overdue": 1, "more": 0, "url": "https://x.example/board"}  # fmt: skip

    def text(processor: str, people: str) -> str:
        lines = [{**line, "processor": processor, "url": "https://x.example/board/tasks"}]
        return packaged_texts().write(TOLD, lang, {**values, "lines": lines, "people": people}, layout=PEOPLE).text

    said = text("Acme Telecom", "https://x.example/board/users/new")
    assert "Acme Telecom" in said
    assert "https://x.example/board/users/new" in said
    assert "users/new" not in text("", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_the_customers_to_do_is_not_said_to_be_done_here(lang: Language) -> None:
    line = {"occasion": "overdue", "what": "Erasure", "customer": "Bakker", "clause": "", "day": "", "late_hours": 30,
            "processor": "", "url": "https://x.example/board/tasks"}  # fmt: skip
    values = {"name": "Robin", "processor": "Termijn", "shown_as": "Termijn", "host": "x.example", "more": 0,
              "url": "https://x.example/board", "people": ""}  # fmt: skip

    def mail(*awaited: bool) -> str:
        own = awaited.count(False)
        said = {**values, "lines": [{**line, "awaited": one} for one in awaited], "count": own, "overdue": own,
                "awaited": awaited.count(True)}  # fmt: skip
        written = packaged_texts().write(TOLD, lang, said, layout=PEOPLE)
        return f"{written.subject}\n{written.html}"

    said = CATALOGUE.in_language(lang)
    late, title = said("told.part.awaited"), said("told.title")  # plain text has headings in capitals
    assert (late in mail(False), title in mail(False)) == (False, True)
    assert (late in mail(False, True), title in mail(False, True)) == (True, True)
    assert (late in mail(True), title in mail(True)) == (True, False)
    assert "1" in mail(True).splitlines()[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whose_own_time_is_over_is_not_called_late(lang: Language) -> None:
    line = {"occasion": "overdue", "what": "Report", "customer": "Bakker", "clause": "", "day": "", "processor": "",
            "url": "https://x.example/board/tasks", "awaited": True, "over": True, "late_hours": None}  # fmt: skip
    values = {"name": "Robin", "processor": "Termijn", "shown_as": "Termijn", "host": "x.example", "more": 0,
              "url": "https://x.example/board", "people": "", "count": 0, "overdue": 0, "awaited": 0}  # fmt: skip
    late = {**line, "over": False, "late_hours": 30}
    said = CATALOGUE.in_language(lang)
    alone = packaged_texts().write(TOLD, lang, {**values, "lines": [line], "over": 1}, layout=PEOPLE)
    assert (said("told.part.over") in alone.html, said("told.title_over") in alone.html) == (True, True)
    assert not [key for key in ("part.awaited", "title_awaited", "late") if said(f"told.{key}") in alone.html]
    both = packaged_texts().write(TOLD, lang, {**values, "lines": [late, line], "over": 1, "awaited": 1}, layout=PEOPLE)
    assert both.html.index(said("told.part.awaited")) < both.html.index(said("told.part.over"))
    assert alone.subject != both.subject


async def test_what_was_done_before_the_morning_is_not_told(world: World) -> None:
    await world.make_processor()
    await colleague(world, "manager", tasks="digest")
    await world.make_subprocessor(country=None)
    await world.drain()
    assert await told(world) == []
    [task] = await world.rows("select id from task")
    await world.do(task["id"], "done")
    await world.days(3)
    assert await told(world) == []
    assert await world.rows("select from told where next_at is not null") == []


async def test_nobody_is_written_to_all_the_time(world: World) -> None:
    await world.make_processor()
    await colleague(world, "manager")
    for name in ("One", "Two", "Three"):
        await world.make_subprocessor(name, country=None)
        await world.drain()
    assert [len(one.lines) for one in await told(world)] == [1]
    await world.days(1)
    assert [(one.at - World.start, len(one.lines)) for one in await told(world)] == [(timedelta(0), 1), (QUIET, 2)]


async def test_the_check_finds_what_nobody_was_told_of(world: World) -> None:
    await world.make_processor()
    await colleague(world, "manager")
    await ended(world)
    await world.days(120)
    assert await broken(world) == []
    async with transaction(world.pools.worker) as connection:
        await connection.execute("update told set mail_id = null where occasion = 'overdue'")
    assert await broken(world) == ["it is overdue for a day, and nobody was told"]
