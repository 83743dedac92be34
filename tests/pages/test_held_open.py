"""After an outage on the last day a contact's own page takes a choice until the moved end (P3)."""

from tests.pages.conftest import Site, has_form, hidden, text_of
from tests.pages.test_contact import choice
from tests.test_notices import outage
from tests.world import local


async def test_after_an_outage_on_the_last_day_return_can_be_asked_until_the_moved_end(site: Site) -> None:
    """P3: two weeks after 31 March, and the day after the outage."""
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery", language="en")
    agreement = await site.world.make_agreement("kmo-solutions", customer)
    path = await site.own_page(customer)
    await site.world.do(agreement, "end-main-contract", on="2026-03-31")
    await site.world.go(local("2026-04-14T18:00:00+02:00"))
    assert "You can ask for return until Tuesday 14 April 2026, 24:00" in await site.shown(path)
    await outage(site.world, "2026-04-14T12:00:00+02:00", "2026-04-14T13:00:00+02:00")
    await site.world.go(local("2026-04-15T23:59:00+02:00"))
    shown = await site.client.get(path)
    assert "You can ask for return until Wednesday 15 April 2026, 24:00" in text_of(shown.text)
    data = {**hidden(shown.text, button="return"), "choice": "return", "format": "CSV"}
    answer = await site.client.post(path, data=data)
    assert answer.status_code == 303
    assert await choice(site, agreement) == ("return", "link")


async def test_before_the_worker_has_looked_the_page_knows_of_the_outage(site: Site) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery", language="en")
    agreement = await site.world.make_agreement("kmo-solutions", customer)
    path = await site.own_page(customer)
    await site.world.do(agreement, "end-main-contract", on="2026-03-31")
    await site.world.go(local("2026-04-14T18:00:00+02:00"))
    await outage(site.world, "2026-04-14T12:00:00+02:00", "2026-04-14T13:00:00+02:00")
    await site.world.rows("update clock set now = $1 returning now", local("2026-04-15T09:00:00+02:00"))
    shown = await site.client.get(path)
    assert "You can ask for return until Wednesday 15 April 2026, 24:00" in text_of(shown.text)
    data = {**hidden(shown.text, button="return"), "choice": "return", "format": "CSV"}
    assert (await site.client.post(path, data=data)).status_code == 303
    assert await choice(site, agreement) == ("return", "link")


async def test_at_the_moved_end_nothing_can_be_asked_any_more(site: Site) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery", language="en")
    agreement = await site.world.make_agreement("kmo-solutions", customer)
    path = await site.own_page(customer)
    await site.world.do(agreement, "end-main-contract", on="2026-03-31")
    await outage(site.world, "2026-04-14T12:00:00+02:00", "2026-04-14T13:00:00+02:00")
    await site.world.go(local("2026-04-15T23:59:00+02:00"))
    open_form = (await site.client.get(path)).text
    await site.world.go(local("2026-04-16T00:00:00+02:00"))
    assert not has_form((await site.client.get(path)).text, button="return")
    data = {**hidden(open_form, button="return"), "choice": "return", "format": "CSV"}
    assert (await site.client.post(path, data=data)).status_code == 409
    assert await choice(site, agreement) == (None, None)
