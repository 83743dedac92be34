"""Pictures on the board: a life and what comes, a change's customers, a breach's clocks, and where each stands."""

import re
from datetime import date

from db.session import transaction
from tests.board.conftest import SignIn
from tests.pages.conftest import Site, text_of
from tests.texts import further, stored
from workflows.intake.breaches import BreachIn, new_breach

NAME = 'Bakery <b onclick="x"> & sons'


async def test_the_pages_of_subjects_are_drawn(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer(NAME))
    change = await world.make_change(await world.make_subprocessor(), effective_on=date(2026, 5, 1))
    await world.announce(change)
    acting = await world.acting()
    async with transaction(world.pools.api, [world.processor]) as connection:
        found = BreachIn(discovered_at=acting.now, summary="A laptop is gone", agreements=(agreement,))
        breach, new = await new_breach(connection, world.engine, acting, world.processor, found)
        await world.engine.create(connection, new, acting)
    who = await person("director", language="en")

    async def seen(path: str, *said: str) -> str:
        answer = await who.get(f"/board/{path}")
        assert answer.status_code == 200, text_of(answer.text)
        assert "<b " not in answer.text
        assert "<script" not in answer.text
        for one in said:
            assert one in text_of(answer.text), (path, one)
        return answer.text

    life = f"agreements/{agreement}"
    now = await seen(life, "What happened, what runs and what comes", "period that runs", "Where it stands")
    assert "comes if nobody acts" not in now
    await seen(f"{life}?ahead=1", "comes if nobody acts")
    await seen(
        f"changes/{change}",
        "Over its customers, drawn",
        "Received, may be answered: 1 of 1",
        "Friday 1 May 2026: 100 %, 1 of 1",
    )
    await seen(f"breaches/{breach}", "The clocks", "24 hours left")
    notice = (await world.notice(change, agreement))["id"]
    page = await seen(f"notices/{notice}", "Where it stands", "What may be done now")
    assert f'href="../../board/notices/{notice}/object"' in page
    auditor = await person("auditor", language="nl")
    answer = await auditor.get(f"/board/notices/{notice}")
    assert "Er kan nu niets." in text_of(answer.text)


async def test_what_comes_is_undone(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer("Bakery"))
    await world.announce(await world.make_change(await world.make_subprocessor()))
    counted = (
        "select (select count(*) from event) as events, (select count(*) from timer) as timers, termijn_now() as now"
    )
    before = await world.rows(counted)
    who = await person("manager", language="en")
    first = await world.rows(counted)
    answer = await who.get(f"/board/agreements/{agreement}?ahead=1")
    assert answer.status_code == 200
    assert dict((await world.rows(counted))[0]) == dict(first[0])
    assert before[0]["now"] == first[0]["now"]


async def test_a_change_of_terms_shows_what_the_new_text_says_otherwise(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    version = await stored(world, further("kmo-solutions", "2", end__choice="P3W"))
    change = await world.make_change(None, "terms", terms="kmo-solutions", to_version="2", to_version_id=version)
    page = text_of((await (await person("director", language="en")).get(f"/board/changes/{change}")).text)
    assert "What they say otherwise" in page
    assert "2 weeks" in page
    assert "3 weeks" in page


async def test_a_change_is_drawn_with_the_counts_beside_it_and_who_objected_holds_it_back(
    site: Site, person: SignIn
) -> None:
    world = site.world
    await world.make_processor()
    agreements = [
        await world.make_agreement("stkkr", await world.make_customer(name)) for name in ("Alder", "Birch", "Cedar")
    ]
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    for agreement in agreements[:2]:
        notice = (await world.notice(change, agreement))["id"]
        await world.do(notice, "object", channel="mail", grounds="Not for us", evidence="A mail", by="Kim")
    await world.do((await world.notice(change, agreements[0]))["id"], "decide", decision="uphold", reason="So be it")
    page = (await (await person("manager", language="en")).get(f"/board/changes/{change}")).text
    progress, drawn = (page.partition(f'id="{id}"')[2].partition("</section>")[0] for id in ("progress", "drawn"))
    beside = re.findall(r'<th scope="row"><a[^>]*>([^<]+)</a></th><td><span[^>]*>[^<]*</span>(\d+)</td>', progress)
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th><td>([^<]*)</td><td>([^<]*)</td></tr>', drawn)
    together = next(number for number, row in enumerate(rows) if row[0] == "Together")
    assert beside == [row[:2] for row in rows[:together]]
    assert sum(int(count) for _, count in beside) == int(rows[together][1]) == 3
    held = {row[1]: row[2] for row in rows if row[0] == "Who holds it back"}
    assert held.keys() >= {"Alder", "Birch"}
    assert held["Alder"] != held["Birch"], "one is decided, the other is not"
