"""A breach on the board: how many customers know, the calls that wait, and what its end does not end."""

import re

from db.session import transaction
from tests.board.conftest import SignIn
from tests.board.forms.filling import did, look
from tests.board.forms.hands import ByHttp
from tests.board.forms.test_stories import clock
from tests.board.test_day import part
from tests.pages.conftest import Site, text_of
from tests.people import Person
from workflows.intake.breaches import BreachIn, new_breach


async def test_calls_that_wait_stand_first_and_the_customers_own_time_runs_on(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreements = (await world.make_agreement("contict"), await world.make_agreement("stkkr"))
    acting = await world.acting()
    async with transaction(world.pools.api, [world.processor]) as connection:
        found = BreachIn(discovered_at=acting.now, summary="A laptop is gone", agreements=agreements)
        breach, cases = await new_breach(connection, world.engine, acting, world.processor, found)
        await world.engine.create(connection, cases, acting)
    await world.drain()
    await world.do(breach, "notify")
    await world.drain()
    waiting = await world.rows(
        "select t.id from task t join breach_case k on k.id = t.about where t.kind = 'breach_call' "
        "and t.done_at is null"
    )
    assert waiting
    who: Person = await person("manager", language="en")
    page = (await who.get(f"/board/breaches/{breach}")).text
    assert all(f"tasks/{one['id']}" in part(page, "tasks") for one in waiting)
    assert "Customers are being told" in text_of(page)
    assert "of 2 informed" in text_of(page)
    for agreement in agreements:
        call = f"record-call?agreement_id={agreement}&contact=Kim"
        await ByHttp(world, who).does("breaches", breach, call, at=clock(await world.now()), outcome="spoken")
    await world.drain()
    looked = await who.post(f"/board/breaches/{breach}/close", {"conclusion": "Found again", "step": "look"})
    said = text_of(looked.text)
    assert "for the customer it runs on until" in said


async def test_what_several_agreements_ask_is_asked_once_beside_who_asks_it(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    for terms in ("kmo-solutions", "mms-solutions", "contict"):
        await world.make_agreement(terms, await world.make_customer(f"{terms} & Co"))
    who: Person = await person("manager", language="en")
    breach = await did(who, "breaches", None, "new", discovered_at=clock(await world.now()), summary="A laptop is gone")
    page = (await who.get(f"/board/breaches/{breach}/update")).text
    questions, _, otherwise = page.partition("<details>\n<summary>Answer one of them in other words")
    asked = re.findall(r'name="contents\.(\w+)"', questions)
    assert len(asked) == len(set(asked))
    assert {"consequences", "measures", "group", "cause"} <= set(asked)
    aside = set(re.findall(r'name="contents\.(\w+)"', otherwise))
    assert aside == {"data_categories", "subject_number", "description", "numbers", "summary", "data_kinds", "people"}
    assert not aside & set(asked), "they are what is asked above"
    said = text_of(page)
    assert "Asked by kmo-solutions &amp; Co (6.3(d)); mms-solutions &amp; Co (annex 3)." in said
    assert "Answers the question of mms-solutions &amp; Co (annex 3): description of the incident." in said
    assert "Known so far: A laptop is gone" in said
    await did(who, "breaches", breach, "update", categories="names", **{"contents.measures": "Wiped from afar"})
    said = text_of((await who.get(f"/board/breaches/{breach}")).text)
    assert said.count("Wiped from afar") == 2
    call = (await who.get(f"/board/breaches/{breach}/record-call")).text
    assert re.search(r'<option value="[^"]+">[^<]*, contict &amp; Co</option>', call), "chosen by name, escaped once"
    [case] = await world.rows("select agreement_id from breach_case where breach_id = $1 limit 1", breach)
    typed = {"agreement_id": str(case["agreement_id"]), "contact": ["Kim", "Robin"], "outcome": "spoken"}
    looked, _ = await look(who, "breaches", breach, "record-call", at=clock(await world.now()), **typed)
    assert "something else is written beside it" in text_of(looked.text)
    assert 'value="Robin"' in looked.text
