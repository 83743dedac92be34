"""A breach on the board: how many customers know, the calls that wait, and what its end does not end."""

from db.session import transaction
from tests.board.conftest import SignIn
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
