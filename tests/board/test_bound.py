"""A subprocessor of which nobody said when it was bound: the board and the customer say what the gate says."""

from datetime import date

from tests.board.conftest import SignIn
from tests.pages.conftest import Site
from tests.people import Person


async def test_what_is_announced_is_nowhere_called_in_use_before_it_is_bound(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    host = await world.make_subprocessor("Haven BV", bound_on=None)
    change = await world.make_change(host)
    await world.announce(change)
    await world.days(40)
    notice = await world.notice(change, agreement)
    assert notice["engaged_at"] is not None
    manager: Person = await person("manager", language="en")
    auditor: Person = await person("auditor", language="en")
    pages = (f"/board/changes/{change}", f"/board/notices/{notice['id']}", f"/board/subprocessors/{host}")
    for path in pages:
        page = (await manager.get(path)).text
        assert 'id="stopped"' in page, path
        assert f"board/subprocessors/{host}/update" in page.partition('id="stopped"')[2].partition("</section>")[0]
        assert "/update" not in (await auditor.get(path)).text.partition('id="stopped"')[2].partition("</section>")[0]
    assert "1 once the subprocessor is bound" in (await manager.get(pages[0])).text
    told, own = await site.link(notice["id"]), await site.own_page(notice["customer_id"])
    assert "werkt pas met uw gegevens als voor hem dezelfde plichten gelden" in await site.shown(told)
    assert "werkt pas met uw gegevens als voor hem dezelfde plichten gelden" in await site.shown(own)
    await site.update(host, bound_on=date(2026, 4, 1))
    for path in pages:
        assert 'id="stopped"' not in (await manager.get(path)).text, path
    assert "met uw gegevens werken" in await site.shown(told)
    assert "werkt pas met uw gegevens" not in await site.shown(own)
