"""A real browser on the pages: one process a run, a fresh context for each page, nothing let through elsewhere."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.fonts import in_both_fonts, only_ours

if TYPE_CHECKING:
    from tests.pages.conftest import Site  # whose fixtures hand out visits
    from tests.people import Person

PHONE = {"width": 320, "height": 640}
TALL_PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SHOTS = os.environ.get("TERMIJN_SCREENSHOTS")
"""A folder for screenshots, for whoever wants to look at the pages."""
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_FLAGS = ("--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-background-networking",
          "--disable-component-update", "--disable-extensions", "--hide-scrollbars", "--mute-audio",
          "--process-per-site")  # fmt: skip
_SMALL = """() => [...document.querySelectorAll(
        "button, input:not([type=hidden]), textarea, summary, .more a, footer a")]
    .filter(one => one.checkVisibility())
    .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""


_SPILLING = """() => [...document.querySelectorAll(
        "section, form, label, li, p, h1, h2, h3, h4, h5, dd, dt, summary, b, span")]
    .filter(one => one.checkVisibility() && one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1)
    .filter(one => !one.classList.contains("unseen"))
    .map(one => one.outerHTML.slice(0, 80))"""


_MEASURED = f"""() => [
    document.documentElement.scrollWidth - document.documentElement.clientWidth, ({_SPILLING})(), ({_SMALL})()]"""
_AXE = f"self.bringAxe = () => {{ {AXE_SCRIPT}; }}"
"""Every page is given it when it is opened, and compiles none of it before it is looked at: to send it for each look is
as much work as a quarter of the look."""
_WRONG = """wish => {
    if (!self.axe && self.bringAxe) self.bringAxe();
    return self.axe ? axe.run(document, wish).then(found => found.violations) : null;
}"""
_SHOWN: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}, "color_scheme": "light"}
"""What a page can be given later, so that contexts need not differ in it, and how it is where nothing is said."""
_contexts: dict[tuple[int, str], BrowserContext] = {}
_idle: dict[tuple[int, str], list[Page]] = {}


@contextlib.contextmanager
def chromium_running(program: str) -> Iterator[str]:
    """The address of a browser that runs until the end of the run."""
    folder = Path(tempfile.mkdtemp(prefix="termijn-chromium-"))
    process = subprocess.Popen(
        [program, *_FLAGS, "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **only_ours(folder)}, process_group=0,
    )  # fmt: skip
    try:
        yield _address(process, folder / "DevToolsActivePort")
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # some distributions start it by a script, which ends alone
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _address(process: subprocess.Popen[bytes], file: Path) -> str:
    patience = time.monotonic() + 30
    while time.monotonic() < patience and process.poll() is None:
        if file.exists() and len(lines := file.read_text().split()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.02)  # until another program is ready: there is nothing to wait on
    raise AssertionError("chromium did not start")


@dataclass(frozen=True)
class Visit:
    """A browser and where the pages are."""

    site: "Site"
    browser: Browser
    base: str

    @contextlib.asynccontextmanager
    async def page(self, path: str, *, who: "Person | None" = None, **context: Any) -> AsyncIterator[Page]:
        """A page in a context of these settings; nothing may go elsewhere, and nothing may go wrong in it. `who` is
        signed in.

        Contexts and pages are used again, since opening one takes longer than most tests: no page may leave a cookie,
        but below /board, where two people may have a page each at once.
        """
        board = path.startswith("/board")
        shown = {} if board else {name: context.pop(name, usual) for name, usual in _SHOWN.items()}
        key = (id(self.browser), repr((board, sorted(context.items()))))
        if key not in _contexts:
            _contexts[key] = await self.browser.new_context(**context)
            await _contexts[key].add_init_script(_AXE)
        made, idle = _contexts[key], _idle.setdefault(key, [])
        page = idle.pop() if idle else await made.new_page()
        if shown:
            await page.set_viewport_size(shown["viewport"])
            await page.emulate_media(color_scheme=shown["color_scheme"])
        elsewhere: list[str] = []
        said: list[str] = []

        def asked(one: Request) -> None:
            if not one.url.startswith(self.base):
                elsewhere.append(one.url)

        def heard(one: ConsoleMessage) -> None:
            if one.type == "error":
                said.append(one.text)

        page.on("request", asked)
        page.on("console", heard)
        if who is not None:
            await made.add_cookies([{"name": who.cookie, "value": who.secret, "url": self.base, "httpOnly": True}])
        await page.goto(self.base + path)
        yield page
        if board:
            await made.clear_cookies()
        assert elsewhere == []
        assert [one for one in said if "status of 4" not in one] == []
        assert await made.cookies() == []
        page.remove_listener("request", asked)
        page.remove_listener("console", heard)
        await page.emulate_media(media="null")
        idle.append(page)

    async def left(self) -> None:
        """Close what a test that failed left open."""
        for key, made in _contexts.items():
            for page in made.pages if key[0] == id(self.browser) else ():
                if page not in _idle[key]:
                    await page.close()


async def look(page: Page, name: str) -> None:
    """Nothing that axe knows to be wrong; in a wide and a narrow font nothing too wide, nothing too small to hit."""
    if SHOTS is not None:
        folder = Path(SHOTS)
        folder.mkdir(exist_ok=True)
        await page.screenshot(path=folder / f"{name}.png", full_page=True)
    found = await wrong(page)
    assert found == "", found
    await fits(page, name)


async def fits(page: Page, name: str) -> None:
    """In a wide and a narrow font nothing too wide, nothing too small to hit."""
    drawn = zip((name, f"{name}, narrowly"), await in_both_fonts(page, _MEASURED), strict=True)
    for which, (wide, spilling, small) in drawn:
        assert wide <= 0, f"{which}: {wide} pixels too wide"
        assert spilling == [], f"{which}: {spilling}"
        assert small == [], f"{which}: {small}"


async def wrong(page: Page, rules: Sequence[str] = _RULES) -> str:
    """A report of what axe knows to be wrong; what it finds right stays in the browser."""
    await page.wait_for_load_state()  # a click returns when the next page begins to arrive
    wish = {"runOnly": rules, "resultTypes": ["violations"], "preload": False, "elementRef": False, "iframes": False}
    found = await page.evaluate(_WRONG, wish)
    if found is None:  # a page of another context, or one without scripts
        await page.evaluate(f"{AXE_SCRIPT};0")
        found = await page.evaluate(_WRONG, wish)
    return str(AxeResults({"violations": found}).generate_report()) if found else ""
