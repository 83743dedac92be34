"""The day on the board: what is shown late, what waits, and that no button leads to a refusal."""

import re
from datetime import date, timedelta

from db.session import transaction
from tests.board.conftest import SignIn
from tests.board.forms.filling import did
from tests.board.forms.test_stories import clock
from tests.board.furnished import furnish
from tests.pages.conftest import Site, text_of
from tests.people import Person, told
from tests.world import World
from workflows.model.agreement import MainContract
from workflows.model.reminders import Reminders

TASK = re.compile(r'class="act" href="[^"]*board/(tasks/[0-9a-f-]{36}/done)"[^>]*>([^<]*)<')
"""A button that leads to a task's form, and what it says."""


def part(page: str, id: str) -> str:
    """A part of a page by its anchor."""
    return page.partition(f'id="{id}"')[2].partition("</section>")[0]


async def test_what_is_late_for_want_of_a_choice_is_mended_by_its_buttons(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", facts={"backup.retention": "P30D"})
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.days(200)
    [task] = await world.rows("select id from task where about = $1 and kind = 'mailbox_read'", agreement)
    director: Person = await person("director")
    today = (await director.get("/board")).text
    assert "Erasure after the end" not in part(today, "late"), "it may begin now, and has no last moment"
    assert "May go from" in part(today, "mine")
    assert "May go from" in part((await director.get(f"/board/agreements/{agreement}")).text, "deadlines")
    first = f"tasks/{task['id']}/done"
    late = TASK.findall(part((await director.get("/board")).text, "late"))
    assert {href for href, _ in late} == {first}, "nothing else can be done yet"
    assert {"First read the mailbox once more"} == {words.strip() for _, words in late}, "one thing has one name"
    page = (await director.get(f"/board/agreements/{agreement}")).text
    assert {href for href, _ in TASK.findall(part(page, "tasks"))} == {first}
    assert f"agreements/{agreement}/confirm" not in page
    refused = text_of((await director.post(f"/board/agreements/{agreement}/approve-plan", data={})).text)
    assert "mailbox_read" not in refused
    await world.do(task["id"], "done", note="Nothing was asked")
    await world.drain()
    late_now = part((await director.get("/board")).text, "late")
    assert f"agreements/{agreement}/approve-plan" in late_now
    assert f"agreements/{agreement}/confirm" not in late_now
    await world.do(agreement, "approve-plan")
    await world.drain()
    assert f"agreements/{agreement}/confirm" in part((await director.get("/board")).text, "late")


async def test_what_a_customer_should_have_done_waits_for_the_customer_wherever_it_is_told(
    site: Site, person: SignIn
) -> None:
    world = site.world
    await world.make_processor(reminders=Reminders(processor=(), overdue=()))
    who: Person = await person("director")
    await world.make_agreement("kmo-solutions")
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            "insert into deadline (id, processor_id, subject_id, agreement_id, rule, key, text, due_at, last_day, "
            "zone, boundary, party, clause, reading, steps, calendar) "
            "select uuidv7(), a.processor_id, a.id, a.id, r.rule, '', 'Tell somebody', "
            "termijn_now() + interval '1 day', '2026-03-03', 'Europe/Amsterdam', 'exclusive', 'controller', '8.1', '', "
            "'[]', 'NL' from agreement a, unnest(array['end.choice', 'breach.authority']) as r (rule)"
        )  # fmt: skip
    await world.days(10)
    page = (await who.get("/board")).text
    assert "Nothing is late." in text_of("<body>" + part(page, "late"))
    assert part(page, "customers").count("days late") == 1
    # Whether a customer had to report to the authority, or did, nobody here knows.
    assert part(page, "customers").count("time is over") == 1
    assert "party=processor" in (await shown_all(world, who))
    [mail] = await told(world)
    assert [(one["awaited"], one["over"], one["late_hours"] is None) for one in mail.lines] == [
        (True, False, False), (True, True, True),
    ]  # fmt: skip


async def shown_all(world: World, who: Person) -> str:
    """Where the rest of what is late is shown, once something is late here, too."""
    async with transaction(world.pools.worker) as connection:
        await connection.execute("update deadline set party = 'processor'")
    return part((await who.get("/board")).text, "late")


async def test_days_of_an_agreement_are_days_in_it_wherever_its_processor_is(site: Site, person: SignIn) -> None:
    """A task of an agreement ends by the same clocks as its deadline, on each page and in each mail."""
    world = site.world
    await world.make_processor(timezone="America/Los_Angeles")
    who: Person = await person("director")
    await world.make_agreement("constant-it", subprocessors=())
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    [notice] = await world.rows("select id, agreement_id from notice")
    await world.days(1)
    await world.do(notice["id"], "object", by="Kim", channel="mail", grounds="Too far")
    await world.drain()
    [task] = await world.rows("select id from task where kind = 'decide_objection'")
    for page in ("", "tasks", f"tasks/{task['id']}", f"notices/{notice['id']}"):
        assert "Thursday 2 April 2026, 24:00 (Amsterdam time)" in text_of((await who.get(f"/board/{page}")).text), page
    await world.days(1)
    lines = [line for mail in await told(world) for line in mail.lines if "objected" in line["what"]]
    assert {(line["day"], line["time"], line["place"]) for line in lines} == {
        ("Thursday 2 April 2026", "24:00", "Amsterdam"),
    }  # fmt: skip


async def test_what_is_pressing_comes_first_and_what_records_lack_is_one_line(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    who: Person = await person("director")
    for number in range(12):
        await world.make_subprocessor(f"Host {number}", country=None)
    await world.drain()
    mine = part((await who.get("/board")).text, "mine")
    assert "Of 12 subprocessors nobody has said where they work" in mine
    assert "Host 3" not in mine
    assert "board/tasks?kind=place_unknown&amp;state=open" in mine
    made = await furnish(world)
    await world.do(made["notices"], "object", channel="mail", by="Kim", grounds="No")
    await world.drain()
    mine = text_of("<body>" + part((await who.get("/board")).text, "mine"))
    assert mine.index("objection") < mine.index("Of 13 subprocessors")


async def test_a_consent_without_a_period_waits_for_its_customer(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("iapm-atd")
    change = await world.make_change(await world.make_subprocessor("Hosting BV"))
    await world.announce(change)
    notice = await world.notice(change, agreement)
    assert (notice["closes_at"], notice["outcome"]) == (None, None)
    who: Person = await person("director")
    theirs = part((await who.get("/board")).text, "customers")
    assert "Since Monday 2 March 2026" in text_of("<body>" + theirs)
    assert f"board/notices/{notice['id']}" in theirs
    await world.do(notice["id"], "consent", channel="mail", by="Kim")
    await world.drain()
    assert f"board/notices/{notice['id']}" not in part((await who.get("/board")).text, "customers")


async def test_what_is_to_be_done_at_once_is_not_late_the_moment_it_comes_up(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor(timezone="Europe/Brussels")
    agreement = await world.make_agreement("mms-solutions")
    who: Person = await person("manager", language="nl")
    at = clock(await world.now(), "Europe/Brussels")
    given = {"kind": "access", "received_from": "data_subject", "channel": "mail"}
    await did(who, "requests", None, "new", agreement_id=str(agreement), received_at=at, **given)
    page = (await who.get("/board")).text
    assert "geef het verzoek meteen door" in text_of("<body>" + part(page, "today"))
    assert "uur te laat" not in page
    assert part(page, "late").count("<li>") == 0
    await world.go(await world.now() + timedelta(hours=3))
    page = (await who.get("/board")).text
    assert "3 uur te laat" in text_of("<body>" + part(page, "late"))


async def test_agreements_of_a_customer_stand_in_the_order_of_their_contracts(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    customer = await world.make_customer("Zorggroep")
    for reference in ("C-3", "A-1", "B-2"):
        contract = MainContract(reference=reference, starts_on=date(2026, 1, 1))
        await world.make_agreement("kmo-solutions", customer, main_contracts=(contract,))
    page = (await (await person("manager")).get("/board/agreements")).text
    assert re.findall(r"Zorggroep, (\w-\d)", page) == ["A-1", "B-2", "C-3"]


async def test_mail_that_waits_since_a_restore_stands_on_top_until_somebody_says_what_becomes_of_it(
    site: Site, person: SignIn
) -> None:
    world = site.world
    await world.make_processor()
    await world.make_agreement("kmo-solutions")
    director, manager = await person("director", language="nl"), await person("manager", language="nl")
    assert 'id="held"' not in (await director.get("/board")).text
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update message set next_at = 'infinity'")
    theirs, own = ["<body>" + part((await one.get("/board")).text, "held") for one in (manager, director)]
    assert "Meld het de directie" in text_of(theirs)
    assert "termijn" not in theirs
    assert all(f"<code>termijn mail {one}</code>" in own for one in ("held", "release", "drop"))
