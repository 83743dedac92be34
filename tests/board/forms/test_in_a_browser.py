"""Forms in a browser: found by their labels, usable by keyboard and without JavaScript, fit to look at."""

from playwright.async_api import expect

from tests.board.conftest import SignIn
from tests.board.forms.filling import path_of
from tests.pages.browsing import DESK, PHONE, Visit, look
from tests.world import World


async def test_a_form_is_filled_in_and_looked_at_and_done(visit: Visit, person: SignIn, world: World) -> None:
    await world.make_processor(language="nl")
    customer = await world.make_customer()
    manager = await person("manager", language="nl")
    form = path_of("customers", customer, "update")
    async with visit.page(form, who=manager, viewport=PHONE, java_script_enabled=False) as page:
        name = page.locator("main").get_by_label("Naam").first
        await name.fill("Visafslag Zeeman")
        await name.press("Enter")
        await expect(page.get_by_role("heading", name="Klant wijzigen: wat er gebeurt")).to_be_visible()
        await page.get_by_role("button", name="Klant wijzigen").click()
    rows = await world.rows("select name from customer where id = $1", customer)
    assert rows[0]["name"] == "Visafslag Zeeman"
    director = await person("director", language="de")
    async with visit.page(path_of("breaches", None, "new"), who=director, viewport=DESK) as page:
        await look(page, "form")
        await page.get_by_role("button", name="Ansehen, was geschieht").click()
        await expect(page.get_by_role("alert")).to_contain_text("Entdeckt am: Bitte ausfüllen.")
        await look(page, "form-wrong")
        await page.get_by_role("link", name="Entdeckt am: Bitte ausfüllen.").click()
        await expect(page.get_by_label("Entdeckt am")).to_be_focused()
        await page.get_by_label("Entdeckt am").fill("2026-03-02T08:00")
        await page.get_by_label("Was geschehen ist").fill("Ein Notebook ist weg")
        await page.get_by_role("button", name="Ansehen, was geschieht").click()
        await look(page, "form-look")
