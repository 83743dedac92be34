"""What a customer reads in German and French: nothing half in another language, and nothing too wide for a phone."""

import re
from datetime import date

import pytest
from playwright.async_api import expect

from tests.pages.browsing import PHONE, Visit, look
from tests.pages.conftest import Site, text_of
from tests.pages.notices import told
from tests.pages.test_contact import customer_of
from tests.test_languages import ENGLISH, HARMLESS
from tests.world import local
from workflows.words import Language

ERASE = {"de": "Zu löschen: ", "fr": "À effacer\u202f: "}
ELSEWHERE = re.compile(r'<span lang="(?:en|nl)">.*?</span>', re.DOTALL)
SAID: dict[Language, tuple[str, ...]] = {
    "de": (
        "Unterauftragsverarbeiter",
        "Was sich ändert",
        "Montag, 2. März 2026",
        "Uhr (Zeit in Amsterdam)",
        "Wenn Sie nichts tun",
    ),
    "fr": (
        "sous-traitant ultérieur",
        "Ce qui change",
        "lundi 2 mars 2026",
        "(heure locale : Amsterdam)",
        "Si vous ne faites rien",
    ),
}


def english_in(html: str, lang: Language) -> list[str]:
    """English words of a page that stand outside what is marked as another language's."""
    text = text_of(ELSEWHERE.sub(" ", html)).replace("’", " ")
    return [word for word in ENGLISH.findall(text) if word not in HARMLESS[lang]]


@pytest.mark.parametrize("lang", ["de", "fr"])
@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
async def test_pages_are_in_the_customers_language_alone(site: Site, terms: str, lang: Language) -> None:
    agreement, _, notice = await told(site, terms, lang=lang, reason="")
    page = await site.client.get(await site.link(notice))
    assert f'<html lang="{lang}">' in page.text
    assert english_in(page.text, lang) == []
    own = await site.own_page(await customer_of(site, agreement))
    assert english_in((await site.client.get(own)).text, lang) == []
    for words in SAID[lang] if terms == "kmo-solutions" else ():
        assert words in text_of(page.text), text_of(page.text)
    world = site.world
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.go(local("2026-04-02T09:00:00+02:00"))
    going = (await site.client.get(own)).text
    assert english_in(going, lang) == []
    if terms == "contict":
        # Rows of its table are said in each language, so that nothing of them is quoted.
        assert ERASE[lang] in going
        assert f"{ERASE[lang]}<span lang=" not in going


@pytest.mark.parametrize("lang", ["de", "fr"])
async def test_every_page_fits_a_phone(visit: Visit, lang: Language) -> None:
    site = visit.site
    agreement, _, notice = await told(
        site, "kmo-solutions", lang=lang,
        subprocessor={"name": "Noordelijke Hostingmaatschappij BV", "address": "Hafenweg 1, Hamburg", "country": "DE"},
    )  # fmt: skip
    await site.update(site.world.processor, public=True, language=lang)
    [row] = await site.world.rows("select slug from processor")
    own, erasure = await site.own_page(await customer_of(site, agreement)), await site.erasure_page(agreement)
    pages = {"notice": await site.link(notice), "own": own, "erasure": erasure, "public": f"/s/{row['slug']}"}
    for name, path in {**pages, "unknown": "/n/unknown", "front": "/"}.items():
        async with visit.page(path, viewport=PHONE, locale=lang) as page:
            await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            await look(page, f"{name}-{lang}-320")
    async with visit.page(pages["notice"], viewport=PHONE, locale=lang) as page:
        await page.locator("form button[type=submit]").first.click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await look(page, f"notice-{lang}-320-nothing-chosen")
        await page.locator("#answer-object").check()
        await page.locator("form button[type=submit]").first.click()
        await look(page, f"notice-{lang}-320-done")


async def test_what_a_processor_typed_in_another_language_is_marked_with_it(site: Site) -> None:
    typed = {"en": "more room for backups", "nl": "meer ruimte voor back-ups"}
    _, _, notice = await told(site, "kmo-solutions", lang="de", reason=typed["en"], reason_in=typed)
    assert '<span lang="en">more room for backups</span>' in (await site.client.get(await site.link(notice))).text
