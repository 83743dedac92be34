"""What a form asks, and of whom: days as people choose them, blanks by their words, nothing that would be refused."""

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.board.conftest import SignIn
from tests.board.test_day import part
from tests.pages.conftest import Site, text_of
from tests.people import Person
from workflows.words import LANGUAGES, Language

ASKED = re.compile(r'<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"')


def asked(page: str) -> set[str]:
    """What the form of a page asks."""
    form = page.partition('<form method="post" class="asked"')[2].partition("</form>")[0]
    return {name for name in ASKED.findall(form) if not name.startswith("_")}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_rule_is_tried_with_a_chosen_day_and_with_what_the_text_leaves_open(
    lang: Language, site: Site, person: SignIn
) -> None:
    await site.world.make_processor()
    who: Person = await person("auditor", language=lang)
    path = "/board/terms/mms-solutions?rule=end.erasure"
    page = (await who.get(path)).text
    assert '<input id="on" name="on" type="date"' in page
    assert 'name="facts.end.erasure"' in page
    lacking = part((await who.get(f"{path}&on=2026-03-02")).text, "what-if")
    assert 'class="wrong"' in lacking
    assert "end.erasure" not in text_of(lacking), "a blank is asked for by its words"
    found = (await who.get(f"{path}&on=2026-03-02&facts.end.erasure=30&facts.end.erasure~unit=days")).text
    assert 'class="wrong"' not in part(found, "what-if")
    assert "2026-04-0" in part(found, "what-if")
    assert 'value="30"' in found
    at_two = (await who.get("/board/terms/stkkr?rule=breach.notice&on=2026-03-02&time=14:30")).text
    assert at_two.count('value="14:30"') == 1
    assert "2026-03-0" in part(at_two, "what-if")
    odd = part((await who.get("/board/terms/stkkr?rule=breach.notice&on=2026-02-30")).text, "what-if")
    assert 'class="wrong"' in odd


async def test_a_time_that_the_clocks_show_twice_is_asked_for_again(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    who: Person = await person("auditor", language="en")
    path = "/board/terms/stkkr?rule=breach.notice&on=2026-10-25&time=02:30"
    assert 'name="which"' in part((await who.get(path)).text, "what-if")
    answers = [part((await who.get(f"{path}&which={which}")).text, "what-if") for which in ("first", "second")]
    last = [re.findall(r'<time datetime="([^"]+)', one)[0] for one in answers]
    assert last[0] < last[1]


async def test_only_a_director_is_offered_to_mark_a_directors_task_as_done(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("stkkr")
    await world.do(agreement, "record-violation", rule="secrecy.penalty", at=await world.now())
    [task] = await world.rows("select id from task where kind = 'violation'")
    manager, director = await person("manager", language="en"), await person("director", language="en")
    for path in (f"/board/agreements/{agreement}", f"/board/tasks/{task['id']}"):
        assert f"tasks/{task['id']}/done" not in (await manager.get(path)).text, path
        assert f"tasks/{task['id']}/done" in (await director.get(path)).text, path
    assert "Mark it as done (role: " in text_of((await manager.get(f"/board/tasks/{task['id']}")).text)
    refused = await manager.get(f"/board/tasks/{task['id']}/done")
    assert refused.status_code == 403
    assert not asked(refused.text), "it says who may before anything is typed"
    assert asked((await director.get(f"/board/tasks/{task['id']}/done")).text) == {"note"}


async def test_an_agreement_that_was_sent_is_asked_only_for_what_may_be_changed_still(
    site: Site, person: SignIn
) -> None:
    world = site.world
    await world.make_processor()
    draft, sent = await world.make_agreement("stkkr", active=False), await world.make_agreement("kmo-solutions")
    ended = await world.make_agreement("constant-it")
    await world.do(ended, "end-main-contract", on=date(2026, 3, 31))
    await world.days(90)
    who: Person = await person("manager", language="en")
    assert {"facts", "services", "external_id"} & asked((await who.get(f"/board/agreements/{draft}/update")).text)
    for id in (sent, ended):
        path = f"/board/agreements/{id}/update"
        assert asked((await who.get(path)).text) == {"external_id", "labels"}
        looked = await who.post(path, {"external_id": f"C-{id}", "step": "look"})
        assert looked.status_code == 200, text_of(looked.text)


async def test_a_board_on_a_simulated_clock_says_so_and_what_it_shows(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    who: Person = await person("auditor", language="en")
    for path in ("/board", "/board/agreements", "/board/settings"):
        page = (await who.get(path)).text
        clock = page.partition('class="clock"')[2].partition("</p>")[0]
        assert "Simulated clock" in clock
        assert "datetime=" in clock


async def test_a_form_of_somebody_who_is_signed_in_no_longer_says_so_and_keeps_what_was_typed(
    site: Site, person: SignIn
) -> None:
    await site.world.make_processor()
    who: Person = await person("manager", language="de")
    typed = {"name": "Bäckerei", "country": "DE", "language": "de", "step": "look"}
    await site.world.rows("update user_session set ended_at = clock_timestamp()")
    for files in (None, {"evidence~file": ("a.txt", b"a mail")}):
        answer = await who.post("/board/customers/new", typed, **({"files": files} if files else {}))
        assert answer.status_code == 401
        assert 'target="_blank"' in answer.text
        assert "location" not in answer.headers, "a redirect would lose what was typed"
        assert "zu alt" not in answer.text


async def test_the_day_that_a_decision_really_begins_on_is_said_before_it_is_made(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("stkkr")
    change = await world.make_change(await world.make_subprocessor(), effective_on=date(2026, 6, 1))
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    await world.do(notice, "object", channel="mail", grounds="Not for us", evidence="A mail", by="Kim")
    director: Person = await person("director", language="en")
    typed = {"decision": "overrule", "reason": "We looked at it", "step": "look"}
    path = f"/board/notices/{notice}/decide"
    looked = text_of((await director.post(path, {**typed, "engage_not_before": "2026-04-01"})).text)
    assert "On Monday 1 June 2026 at the earliest, and not on Wednesday 1 April 2026 as you entered" in looked
    looked = text_of((await director.post(path, {**typed, "engage_not_before": "2026-07-01"})).text)
    assert "On Wednesday 1 July 2026 at the earliest: that is what the customer is told." in looked
    lacking = await (await person("director", language="nl")).post(path, typed)
    assert "is nodig om door te gaan" in text_of(lacking.text), "in the reader's language"


async def test_a_person_writes_down_how_an_answer_came_and_never_that_it_came_by_link(
    site: Site, person: SignIn
) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    path = f"/board/notices/{(await world.notice(change, agreement))['id']}/object"
    who: Person = await person("manager", language="en")
    assert 'value="link"' not in (await who.get(path)).text
    assert 'value="phone"' in (await who.get(path)).text
    lacking = await who.post(path, {"grounds": "No", "by": "Kim", "step": "look"})
    assert "is required: how it reached you<" in lacking.text, "nobody else says how it came"
    ended = await world.make_agreement("kmo-solutions", await world.make_customer("Written"))
    await world.do(ended, "end-main-contract", on=date(2026, 3, 31))
    await world.days(31)
    page = (await who.get(f"/board/agreements/{ended}/choose")).text
    assert 'value="letter"' in page
    assert 'value="phone"' not in page, "the agreement wants it in writing"
    assert "The choice must be in writing (" in text_of(page)


async def test_what_may_go_from_a_midnight_on_stands_on_the_day_that_begins_then(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.days(31)
    rows = await world.rows("select due_at from deadline where boundary = 'from' and closed_at is null")
    begins = {row["due_at"].astimezone(ZoneInfo("Europe/Amsterdam")) for row in rows}
    assert begins
    who: Person = await person("auditor", language="en")
    for one in begins:
        assert one.hour == 0
        page = (await who.get(f"/board/calendar?day={one.date()}")).text
        assert part(page, "week").count("May go from") == 1, "one line, in the week that it begins in"
        month = page.partition("<table")[2].partition("</table>")[0]
        there = re.search(rf"day={one.date()}#week\"[^>]*>(.*?)</a>", month, re.DOTALL)
        assert there is not None
        assert len(re.findall(r"\d+", text_of(f"<body>{there[1]}"))) > 1, "its day, and how many"


async def test_who_is_told_though_the_agreement_has_ended_is_marked_so(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    ended = await world.make_agreement("kmo-solutions", await world.make_customer("Ended BV"))
    await world.make_agreement("kmo-solutions", await world.make_customer("Going BV"))
    await world.do(ended, "end-main-contract", on=date(2026, 3, 31))
    await world.days(31)
    change = await world.make_change(await world.make_subprocessor())
    page = text_of((await (await person("manager", language="en")).get(f"/board/changes/{change}/notify")).text)
    assert page.count("only while data of the ended agreement are still there") == 1


async def test_what_follows_of_a_breach_is_said_in_the_readers_words(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("constant-it")
    who: Person = await person("manager", language="nl")
    typed = {
        "discovered_at": "2026-03-02T09:00", "summary": "Een laptop is weg", "agreements": str(agreement),
        "step": "look",
    }  # fmt: skip
    looked = await who.post("/board/breaches/new", typed)
    assert looked.status_code == 200, text_of(looked.text)
    assert "Inform the customer" not in looked.text
