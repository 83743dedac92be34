"""The pages in a real browser: from the link to the answer, on desk and phone, light and dark, without scripts."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.pages.browsing import DESK, PHONE, SHOTS, TALL_PHONE, Visit, fits, look
from tests.pages.notices import state, told
from tests.pages.test_contact import customer_of

LABELS = {
    "nl": ("Ik maak bezwaar", "Uw redenen", "Antwoord versturen", "Uw antwoord is ontvangen"),
    "en": ("I object", "Your reasons", "Send the answer", "Your answer has been received"),
}


@pytest.mark.parametrize(
    ("html", "where"),
    [
        ('<div style="width: 400px">x</div>', "try"),
        ("<button style='width: 10px; height: 10px'></button>", "try"),
        ("<p style='width: 9em; overflow: hidden; white-space: nowrap'>mmmmmmmmmmmmmmmmmmmm</p>", "try"),
        # Narrower text makes this one wider.
        ("<p style='width: calc(700px - 40ch)'>x</p>", "try, narrowly"),
    ],
    ids=["too wide", "too small", "spilling", "in the narrow font"],
)
async def test_what_does_not_fit_is_found(browser: Browser, html: str, where: str) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    page = await context.new_page()
    await page.set_content(f"<meta name=viewport content='width=device-width'>{html}")
    with pytest.raises(AssertionError, match=f"^{where}: "):
        await fits(page, "try")
    await context.close()


@pytest.mark.parametrize(
    ("lang", "screen", "scheme"),
    [("nl", DESK, "light"), ("nl", PHONE, "dark"), ("en", DESK, "dark"), ("en", PHONE, "light")],
    ids=["nl-desk-light", "nl-phone-dark", "en-desk-dark", "en-phone-light"],
)
async def test_from_the_link_to_the_answer(visit: Visit, lang: str, screen: Any, scheme: Any) -> None:
    _, _, notice = await told(
        visit.site, "kmo-solutions", lang=lang, reason="More room for backups",
        subprocessor={"name": "Noordelijke Hostingmaatschappij BV", "address": "Hafenweg 1, Hamburg", "country": "DE"},
    )  # fmt: skip
    objects, reasons, send, done = LABELS[lang]
    path = await visit.site.link(notice)
    name = f"notice-{lang}-{screen['width']}-{scheme}"
    async with visit.page(path, viewport=screen, color_scheme=scheme, locale=lang) as page:
        await look(page, name)
        await page.get_by_role("button", name=send).click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await look(page, f"{name}-nothing-chosen")
        await page.get_by_role("alert").get_by_role("link").click()
        await expect(page.locator("#answer-object")).to_be_focused()
        await page.get_by_label(objects, exact=True).check()
        await page.get_by_label(reasons).fill("<script>alert(1)</script> & more")
        await page.get_by_role("button", name=send).click()
        await expect(page.get_by_role("heading", name=done)).to_be_visible()
        await expect(page.locator("#noted")).to_be_focused()
        await expect(page.get_by_text("<script>alert(1)</script> & more")).to_be_visible()
        await look(page, f"{name}-done")
    assert await state(visit.site, notice) == "objected"


async def test_it_works_by_keyboard_alone_and_without_scripts(visit: Visit) -> None:
    _, _, notice = await told(visit.site, "kmo-solutions", lang="en")
    async with visit.page(await visit.site.link(notice), java_script_enabled=False) as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_visible()
        await page.get_by_label("I object", exact=True).focus()
        await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Not for us")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**noted=*")
    assert await state(visit.site, notice) == "objected"


async def test_replacing_compares_on_desk_and_phone(visit: Visit) -> None:
    world = visit.site.world
    await world.make_processor(reply_to="privacy@acme.example")
    old = await world.make_subprocessor("Oldhost BV", service="Archive of invoices", country="BE")
    new = await world.make_subprocessor("Newhost GmbH", service="Storage of invoices", country="DE")
    agreement = await world.make_agreement(
        "constant-it", await world.make_customer("Bakery", language="en"), subprocessors=(old,)
    )
    change = await world.make_change(new, "replace", replaces_id=old, reason="The old one stops.")
    await world.announce(change)
    path = await visit.site.link((await world.notice(change, agreement))["id"])
    for screen in (DESK, PHONE):
        async with visit.page(path, viewport=screen) as page:
            await look(page, f"replace-{screen['width']}")


async def test_settled_notices_and_paper(visit: Visit) -> None:
    _, _, notice = await told(visit.site, "stkkr", lang="nl")
    path = await visit.site.link(notice)
    await visit.site.answer(path, "object", "Liever niet.")
    async with visit.page(path, viewport=DESK) as page:
        await look(page, "objected")
    await visit.site.world.do(notice, "decide", decision="uphold", reason="U hebt gelijk.")
    async with visit.page(path, viewport=PHONE) as page:
        await look(page, "upheld")
        await page.get_by_text("Toch antwoorden").click()
        await expect(page.get_by_role("button", name="Antwoord versturen")).to_be_visible()
        await page.emulate_media(media="print")
        await expect(page.locator("form")).not_to_be_visible()
        if SHOTS is not None:
            await page.pdf(path=Path(SHOTS) / "upheld.pdf")


@pytest.mark.parametrize(("screen", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"])
async def test_the_own_and_the_public_page(visit: Visit, screen: Any, scheme: Any) -> None:
    site = visit.site
    agreement, _, notice = await told(site, "kmo-solutions", lang="nl")
    await site.update(site.world.processor, public=True)
    path = await site.link(notice)
    await site.answer(path, "object", "Wij willen dit niet.")
    own = await site.own_page(await customer_of(site, agreement))
    [row] = await site.world.rows("select slug from processor")
    kind = f"{screen['width']}-{scheme}"
    async with visit.page(own, viewport=screen, color_scheme=scheme) as page:
        await look(page, f"own-{kind}")
        await page.get_by_text("De regels van deze overeenkomst").click()
        await look(page, f"own-{kind}-rules")
        await page.get_by_role("button", name="Teruggave vragen").click()
        await expect(page.get_by_text("Uw verzoek om teruggave is ontvangen")).to_be_visible()
        await expect(page.locator("#noted")).to_be_focused()
        await page.get_by_role("link", name="Bekijken en antwoorden").click()
        await expect(page.get_by_role("heading", name="Er staat een bezwaar")).to_be_visible()
    async with visit.page(f"/s/{row['slug']}", viewport=screen, color_scheme=scheme) as page:
        await look(page, f"public-{kind}")
    async with visit.page("/n/unknown", viewport=screen, color_scheme=scheme) as page:
        await look(page, f"unknown-{kind}")


@pytest.mark.parametrize(("screen", "scheme"), [(DESK, "dark"), (PHONE, "light")], ids=["desk-dark", "phone-light"])
async def test_the_forms_of_the_own_page_and_their_mistakes(visit: Visit, screen: Any, scheme: Any) -> None:
    site = visit.site
    agreement, _, _ = await told(site, "kmo-solutions", lang="en")
    own = await site.own_page(await customer_of(site, agreement))
    kind = f"{screen['width']}-{scheme}"
    async with visit.page(own, viewport=screen, color_scheme=scheme) as page:
        for summary in (
            "Change your own details",
            "Add or remove somebody",
            "Ask for an audit",
            "Does that not work?",
        ):
            await page.get_by_text(summary).click()
        await look(page, f"own-{kind}-open")
        await page.get_by_label("Mail address").fill("nobody")
        await page.get_by_role("button", name="Change the details").click()
        await look(page, f"own-{kind}-mistake")
        await page.get_by_role("alert").get_by_role("link").click()
        await expect(page.locator("#person-email")).to_be_focused()
        await page.get_by_label("Mail address").fill("kim.baker@bakery.example")
        await page.get_by_role("button", name="Change the details").click()
        await expect(page.get_by_text("has been received. You will receive a confirmation by mail")).to_be_visible()
        await look(page, f"own-{kind}-corrected")


@pytest.mark.parametrize(("screen", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"])
@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_the_page_that_confirms_an_erasure(visit: Visit, screen: Any, scheme: Any, lang: str) -> None:
    site = visit.site
    await site.world.make_processor(reply_to="privacy@acme.example")
    host = await site.world.make_subprocessor("Noordelijke Hostingmaatschappij BV")
    customer = await site.world.make_customer("Bakery", language=lang)
    agreement = await site.world.make_agreement("kmo-solutions", customer, subprocessors=(host,))
    path = await site.erasure_page(agreement)
    await site.own_page(customer)
    words = {
        "nl": ("Ja, verwijder onze gegevens", "U hebt de verwijdering bevestigd"),
        "en": ("Yes, erase our data", "You confirmed the erasure"),
    }[lang]
    async with visit.page(path, viewport=screen, color_scheme=scheme) as page:
        await look(page, f"erasure-{lang}-{screen['width']}-{scheme}")
        await page.get_by_role("button", name=words[0]).click()
        await expect(page.get_by_text(words[1])).to_be_visible()
        await look(page, f"own-{lang}-{screen['width']}-{scheme}-erased")
        await page.goto(visit.base + path)
        await look(page, f"gone-{lang}-{screen['width']}-{scheme}")


async def test_a_late_answer_and_the_pages_on_paper(visit: Visit) -> None:
    site = visit.site
    agreement, _, notice = await told(site, "kmo-solutions", lang="en")
    path, own = await site.link(notice), await site.own_page(await customer_of(site, agreement))
    await site.world.days(40)
    await site.answer(path, "object", "We were on holiday.")
    async with visit.page(path, viewport=TALL_PHONE) as page:
        await look(page, "late")
        await expect(page.get_by_text("late", exact=True)).to_be_visible()
    erasure = await site.erasure_page(agreement)
    for name, where in (("notice", path), ("own", own), ("erasure", erasure)):
        async with visit.page(where, viewport=DESK) as page:
            await page.emulate_media(media="print")
            assert not await page.locator("form, .skip, .screen").locator("visible=true").count()
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            if SHOTS is not None:
                await page.screenshot(path=Path(SHOTS) / f"print-{name}.png", full_page=True)
