"""The board as it looks: nothing that axe knows to be wrong, nothing too wide, in both themes."""

from typing import Any

import pytest

from tests.board.conftest import SignIn
from tests.board.furnished import furnish
from tests.pages.browsing import DESK, PHONE, Visit, look

SEEN = ("", "agreements", "agreements/{agreements}", "changes/{changes}", "notices/{notices}", "breaches/{breaches}")
"""Pages that have every part that there is; the others are made of the same."""


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", DESK)])
async def test_pages_in_both_themes(visit: Visit, person: SignIn, scheme: Any, size: dict[str, int]) -> None:
    await visit.site.world.make_processor()
    made = await furnish(visit.site.world)
    await visit.site.world.days(3)
    async with visit.page(
        "/board", who=await person("director", language="de"), color_scheme=scheme, viewport=size
    ) as page:
        for path in SEEN:
            await page.goto(f"{visit.base}/board/{path.format(**made)}".rstrip("/"))
            await look(page, f"board-{path.replace('/{', '-').rstrip('}') or 'today'}-{size['width']}-{scheme}")
