"""Mails as a reader of mail shows them: on a phone and a desktop, light and dark."""

from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.texts.samples import samples
from service.mail.texts.texts import packaged_texts
from tests.fonts import in_both_fonts
from tests.pages.browsing import wrong
from workflows.words import LANGUAGES, Language

SHOWN: tuple[tuple[str, int], ...] = (*((kind, 0) for kind in MAIL_KINDS), ("announcement", 1), ("announcement", 3))
CLOSELY = (("announcement", 1), ("breach_notice", 0), ("deleted", 0))
"""Between them they have every building block."""
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_MISSED = """() => [...document.querySelectorAll('a')].filter(one => {
    const box = one.getBoundingClientRect(); return box.width && box.height < 24 }).map(one => one.textContent)"""
_MEASURED = f"() => [document.documentElement.scrollWidth - document.documentElement.clientWidth, ({_MISSED})()]"


async def looked(page: Page, kind: str, number: int, lang: Language) -> None:
    sample: dict[str, Any] = samples(kind, lang)[number] | {"passes_on": True}
    await page.set_content(packaged_texts().write(kind, lang, sample).html)
    for wide, missed in await in_both_fonts(page, _MEASURED):
        assert wide <= 0, (kind, lang)
        assert missed == [], (kind, lang)
    # What the inbox shows beside the subject is not in the mail itself.
    assert await page.locator("body > div").first.is_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(600, "dark"), (320, "light")])
async def test_mails_fit_the_screen_and_are_readable(
    browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
    asked: list[str] = []
    context.on("request", lambda one: asked.append(one.url))
    page = await context.new_page()
    for kind, number in SHOWN:
        for lang in LANGUAGES if width < 600 else ("nl", "en"):
            await looked(page, kind, number, lang)
        if (kind, number) in CLOSELY:
            assert await wrong(page, _RULES) == "", kind
    assert [one for one in asked if one.startswith("http")] == []
    await context.close()
