"""What a form asks, and of whom: days as people choose them, blanks by their words, nothing that would be refused."""

import re
from datetime import date

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
        assert asked((await who.get(path)).text) == {"external_id"}
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
