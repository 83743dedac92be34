"""Who fills in forms of the board: by HTTP as a browser posts them, or in a browser."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from playwright.async_api import Page

from tests.board.forms.filling import did, path_of
from tests.people import Person
from tests.world import World

Text = str | Sequence[str]


class Hand(Protocol):
    """Somebody who does something: opens its form, fills it in, looks at what happens, and does it."""

    async def does(self, list: str, id: UUID | None, action: str, **typed: Text) -> UUID:
        """The subject of the deed."""
        ...


class ByHttp:
    """The same posts as a browser's; what follows from each has happened when it is over."""

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self._person = person

    async def does(self, list: str, id: UUID | None, action: str, **typed: Text) -> UUID:
        shown = await self._person.get(path_of(list, id, action))
        assert [name for name in typed if f'name="{name}"' not in shown.text] == [], "there is an input for each"
        found = await did(self._person, list, id, action, **typed)
        await self._world.drain()
        return found


class InBrowser:
    """A page in which somebody is signed in. Inputs are filled in as they come, choices by their value."""

    def __init__(self, world: World, page: Page, base: str) -> None:
        self._world = world
        self._page = page
        self._base = base

    async def does(self, list: str, id: UUID | None, action: str, **typed: Text) -> UUID:
        page = self._page
        await page.goto(self._base + path_of(list, id, action))
        for name, text in typed.items():
            await self._fill(name, text)
        await page.locator("main form button[value=look]:not(.first)").click()
        do = page.locator("main form button[value=do]")
        assert await do.count() == 1, await page.locator("main").inner_text()
        await do.click()
        place, _, said = page.url.partition("?")
        assert said == f"done={action.partition('?')[0]}", await page.locator("main").inner_text()
        await self._world.drain()
        return UUID(place.removesuffix("/notify").rpartition("/")[2])

    async def _fill(self, name: str, text: Text) -> None:
        field = self._page.locator(f'[name="{name}"]').first
        kind = await field.evaluate("one => one.type")
        if kind == "checkbox":
            for value in [text] if isinstance(text, str) else text:
                await self._page.locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "select-one":
            await field.select_option(text)
        else:
            assert isinstance(text, str)
            await field.fill(text)


class InParts:
    """In a browser the forms that are named, by list and action; all others by HTTP."""

    def __init__(self, browser: Hand, others: Hand, *forms: tuple[str, str]) -> None:
        self._browser = browser
        self._others = others
        self._forms = forms

    async def does(self, list: str, id: UUID | None, action: str, **typed: Text) -> UUID:
        named = (list, action.partition("?")[0]) in self._forms
        return await (self._browser if named else self._others).does(list, id, action, **typed)
