"""Of which kind a breach is, said on the board: chosen by the agreement's own words, shown with its clock."""

from datetime import UTC, datetime

from tests.board.conftest import SignIn
from tests.board.forms.hands import ByHttp
from tests.breaches import found
from tests.drafts import ID, store
from tests.pages.conftest import Site, text_of
from tests.people import Person
from tests.test_breach_kinds import by_kind


async def test_a_kind_is_chosen_by_its_name_and_moves_the_last_moment(site: Site, person: SignIn) -> None:
    world = site.world
    await store(world, by_kind())
    await world.make_processor()
    await world.go(datetime(2026, 3, 2, 8, tzinfo=UTC))
    breach = await found(world, await world.make_agreement(ID))
    who: Person = await person("manager", language="de")
    page = text_of((await who.get(f"/board/breaches/{breach}")).text)
    assert "Niemand hat es gesagt: Die kürzeste der Fristen zählt." in page
    form = (await who.get(f"/board/breaches/{breach}/name-kind")).text
    assert 'value="wrongful_disclosure"' in form
    assert 'value="breach"' in form
    assert 'name="agreements"' in form
    assert "eine Offenlegung (Customer" in text_of(form), "whose kind it is"
    assert "Eine Verletzung keiner dieser Arten" in text_of(form)
    await ByHttp(world, who).does("breaches", breach, "name-kind", kind="wrongful_disclosure")
    await world.drain()
    page = text_of((await who.get(f"/board/breaches/{breach}")).text)
    assert "eine Offenlegung" in page
    assert "Freitag, 6. März" in page or "Donnerstag, 5. März" in page
