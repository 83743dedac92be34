"""The pages in a real browser: from the link to the answer, on desk and phone, light and dark, without scripts."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from tests.pages.conftest import Site
from tests.pages.test_contact import customer_of
from tests.pages.test_notice import state, told

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
SHOTS = os.environ.get("TERMIJN_SCREENSHOTS")
"""A folder for screenshots that a person looks at."""

LABELS = {
    "nl": ("Ik maak bezwaar", "Uw redenen", "Antwoord versturen", "Uw antwoord is ontvangen"),
    "en": ("I object", "Your reasons", "Send the answer", "Your answer has been received"),
}


@dataclass(frozen=True)
class Visit:
    """A browser and where the pages are."""

    site: Site
    browser: Browser
    base: str

    @contextlib.asynccontextmanager
    async def page(self, path: str, **context: Any) -> AsyncIterator[Page]:
        """A page opened in a fresh context; nothing may go elsewhere, and nothing may go wrong in it."""
        made = await self.browser.new_context(**context)
        page = await made.new_page()
        elsewhere: list[str] = []
        said: list[str] = []
        page.on("request", lambda one: None if one.url.startswith(self.base) else elsewhere.append(one.url))
        page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        await page.goto(self.base + path)
        yield page
        assert elsewhere == []
        assert [one for one in said if "status of 4" not in one] == []
        assert await made.cookies() == []
        await made.close()


@pytest.fixture
async def visit(site: Site, chromium: str) -> AsyncIterator[Visit]:
    """The pages served on a port of this machine, and a browser."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(site.app, lifespan="off", log_config=None, ws="none"))
    serving = asyncio.create_task(server._serve([listening]))
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield Visit(site, browser, f"http://127.0.0.1:{listening.getsockname()[1]}")
        await browser.close()
    server.should_exit = True
    await serving


async def look(page: Page, name: str) -> None:
    """Nothing that axe knows to be wrong, nothing wider than the screen, nothing too small to hit."""
    if SHOTS is not None:
        folder = Path(SHOTS)
        folder.mkdir(exist_ok=True)
        await page.screenshot(path=folder / f"{name}.png", full_page=True)
    found = await Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.response["violations"] == [], found.generate_report()
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name
    small = await page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([type=hidden]), textarea, summary, .more a")]
            .filter(one => one.checkVisibility())
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    )
    assert small == []


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
        assert await page.get_by_role("alert").is_visible()
        await look(page, f"{name}-nothing-chosen")
        await page.get_by_role("alert").get_by_role("link").click()
        assert await page.evaluate("document.activeElement.id") == "answer-object"
        await page.get_by_label(objects, exact=True).check()
        await page.get_by_label(reasons).fill("<script>alert(1)</script> & more")
        await page.get_by_role("button", name=send).click()
        assert await page.get_by_role("heading", name=done).is_visible()
        assert await page.evaluate("document.activeElement.id") == "noted"
        assert await page.get_by_text("<script>alert(1)</script> & more").is_visible()
        await look(page, f"{name}-done")
    assert await state(visit.site, notice) == "objected"


@pytest.mark.parametrize("terms", ["stkkr", "constant-it", "mms-solutions", "contict"])
async def test_every_agreements_page_is_whole_on_a_phone(visit: Visit, terms: str) -> None:
    _, _, notice = await told(visit.site, terms, lang="nl")
    async with visit.page(await visit.site.link(notice), viewport=PHONE) as page:
        await look(page, f"notice-{terms}")


async def test_it_works_by_keyboard_alone_and_without_scripts(visit: Visit) -> None:
    _, _, notice = await told(visit.site, "kmo-solutions", lang="en")
    async with visit.page(await visit.site.link(notice), java_script_enabled=False) as page:
        await page.keyboard.press("Tab")
        assert await page.get_by_role("link", name="Skip to the content").is_visible()
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
        assert await page.get_by_role("button", name="Antwoord versturen").is_visible()
        await page.emulate_media(media="print")
        assert not await page.locator("form").is_visible()
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
        assert await page.get_by_role("heading", name="Uw verzoek om teruggave is ontvangen").is_visible()
        await page.get_by_role("link", name="Bekijken en antwoorden").click()
        assert await page.get_by_role("heading", name="Er staat een bezwaar").is_visible()
    async with visit.page(f"/s/{row['slug']}", viewport=screen, color_scheme=scheme) as page:
        await look(page, f"public-{kind}")
    async with visit.page("/n/unknown", viewport=screen, color_scheme=scheme) as page:
        await look(page, f"unknown-{kind}")
