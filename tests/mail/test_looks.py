"""Mails as a reader of mail shows them: on a phone and a desktop, light and dark."""

import shutil
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from service.mail.texts.samples import samples
from service.mail.texts.texts import ALL_KINDS, packaged_texts

SHOWN: tuple[tuple[str, int], ...] = (*((kind, 0) for kind in ALL_KINDS), ("announcement", 1), ("announcement", 3))
CLOSELY = (("announcement", 1), ("breach_notice", 0), ("deleted", 0))
"""Between them they have every building block."""
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_MISSED = """() => [...document.querySelectorAll('a')].filter(one => {
    const box = one.getBoundingClientRect(); return box.width && box.height < 24 }).map(one => one.textContent)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as player:
        started = player.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


def looked(page: Page, kind: str, number: int, lang: Literal["nl", "en"]) -> None:
    sample: dict[str, Any] = samples(kind, lang)[number] | {"passes_on": True}
    page.set_content(packaged_texts().write(kind, lang, sample).html)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, (kind, lang)
    assert page.evaluate(_MISSED) == []
    # What the inbox shows beside the subject is not in the mail itself.
    assert page.locator("body > div").first.is_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(600, "dark"), (320, "light")])
def test_mails_fit_the_screen_and_are_readable(browser: Browser, width: int, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
    asked: list[str] = []
    context.on("request", lambda one: asked.append(one.url))
    page = context.new_page()
    for kind, number in SHOWN:
        for lang in ("nl", "en"):
            looked(page, kind, number, lang)
        if (kind, number) in CLOSELY:
            found = Axe().run(page, options={**_RULES})
            assert found.response["violations"] == [], (kind, found.generate_report())
    assert [one for one in asked if one.startswith("http")] == []
    context.close()
