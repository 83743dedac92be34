"""Search on the board: by all that a subject is known by, and for nobody else."""

from uuid import UUID

import pytest

from tests.board.conftest import SignIn
from tests.board.furnished import HARMFUL, furnish
from tests.board.test_day import part
from tests.pages.conftest import Site, text_of
from tests.people import Person
from workflows.model.agreement import MainContract
from workflows.model.parties import Contact


@pytest.mark.parametrize(
    ("q", "list", "found"),
    [
        ("laptop GONE", "breaches", "A laptop is gone"),
        ("delete logs", "matters", "Delete the logs"),
        ("oslo", "subprocessors", "Hosting Ø"),
        ("anneke", "customers", "Looked For BV"),
        ("anneke@looked.example", "customers", "Looked For BV"),
        ("looked RAAM-77", "agreements", "Looked For BV, RAAM-77"),
        ("raam-77 looked", "agreements", "Looked For BV, RAAM-77"),
        ("more room", "changes", "Hosting Ø"),
        ("audit bv", "audits", "Audit"),
        ("c-100", "customers", "Looked For BV"),
    ],
)
async def test_each_word_is_found_in_what_a_subject_is_known_by(
    site: Site, person: SignIn, q: str, list: str, found: str
) -> None:
    world = site.world
    await world.make_processor()
    made = await furnish(world)
    await site.update(made["subprocessors"], aliases=("Oslo Cloud",))
    anneke = Contact(id=UUID(int=7), name="Anneke", email="anneke@looked.example", phone=None, roles=("contract",))
    customer = await world.make_customer("Looked For BV", contacts=(anneke,), external_id="C-100")
    contract = MainContract(reference="RAAM-77", starts_on=(await world.now()).date())
    await world.make_agreement("stkkr", customer, active=False, main_contracts=(contract,))
    who: Person = await person("auditor", language="en")
    page = (await who.get("/board/search", params={"q": q})).text
    assert found in text_of("<body>" + part(page, list)), text_of(page)
    nothing = (await who.get("/board/search", params={"q": f"{q} elsewhere"})).text
    assert part(nothing, list) == "", "each word has to be there"


async def test_an_id_leads_to_its_subject_and_another_processors_is_not_there(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    made = await furnish(world)
    who: Person = await person("auditor", language="en")
    for path, id in made.items():
        page = (await who.get(f"/board/search?q={id}")).text
        assert f"board/{'changes' if path == 'drafts' else path}/{id}" in page, path
    mine = world.processor
    world.processor = UUID(int=mine.int + 1)
    await world.make_processor()
    other = await person("auditor")
    for q in ("laptop", "muller", str(made["breaches"])):
        assert "board/breaches/" not in (page := (await other.get(f"/board/search?q={q}")).text)
        assert HARMFUL.split()[0] not in page
