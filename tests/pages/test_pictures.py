"""Pictures on customers' pages: how a window was counted, an agreement's life; and all kinds of them in a browser."""

from typing import Any

import pytest

from service.pages.render import assets
from tests.pages.browsing import DESK, PHONE, Visit, look
from tests.pages.conftest import Site, text_of
from tests.pages.notices import told
from tests.pages.test_contact import customer_of
from tests.pictures.samples import ALL


@pytest.mark.parametrize(
    ("terms", "lang", "said"),
    [
        ("kmo-solutions", "nl", ("Hoe dit geteld is", "Termijn: 30 dagen.", "dag 30; de laatste dag")),
        ("constant-it", "de", ("Wie gezählt wurde", "der Tag des Ereignisses", "der letzte Tag")),
    ],
)
async def test_a_notice_shows_how_its_window_was_counted(site: Site, terms: str, lang: str, said: Any) -> None:
    _, _, notice = await told(site, terms, lang=lang)
    words = text_of((await site.client.get(await site.link(notice))).text)
    for one in said:
        assert one in words


async def test_where_no_window_runs_nothing_is_drawn(site: Site) -> None:
    _, _, notice = await told(site, "contict", lang="en")
    assert 'class="picture"' not in (await site.client.get(await site.link(notice))).text


async def test_the_own_page_shows_the_agreements_life_and_its_deadlines(site: Site) -> None:
    agreement, _, _ = await told(site, "kmo-solutions", lang="en")
    shown = (await site.client.get(await site.own_page(await customer_of(site, agreement)))).text
    words = text_of(shown)
    for said in ("What happened and what comes", "In force (happened)",
                 "Notice received: New subprocessor: Hosting BV (happened)", "period that runs", "How this was counted",
                 "day 30; the last day"):  # fmt: skip
        assert said in words, said
    assert shown.count("<script") == 0


async def test_a_period_that_was_decided_or_withdrawn_runs_no_more(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions", lang="en")
    own, path = await site.own_page(await customer_of(site, agreement)), await site.link(notice)
    await site.answer(path, "object")
    await site.world.do(notice, "decide", decision="uphold", reason="You are right.")
    course = text_of((await site.client.get(path)).text)
    assert "Objection Monday 2 March 2026" in course
    assert "The objection has been upheld Monday 2 March 2026" in course
    words = text_of((await site.client.get(own)).text)
    assert "The objection has been upheld: New subprocessor: Hosting BV (happened)" in words
    assert "period that runs" not in words
    second = await site.world.make_change(await site.world.make_subprocessor("Other BV"))
    await site.world.announce(second)
    assert "period that runs" in text_of((await site.client.get(own)).text)
    await site.world.do(second, "withdraw", reason="Not needed any more")
    await site.world.drain()
    words = text_of((await site.client.get(own)).text)
    assert "This will not go ahead: New subprocessor: Other BV (happened)" in words
    assert "period that runs" not in words


@pytest.mark.parametrize(("screen", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"])
async def test_every_kind_of_picture_on_desk_and_phone(visit: Visit, screen: Any, scheme: Any) -> None:
    pictures = [make(make.__name__.replace("_", " ").capitalize(), "nl") for make in ALL]
    shown = "\n".join(f"<section><h2>{one.title}</h2>{one.__html__()}</section>" for one in pictures)
    async with visit.page("/", viewport=screen, color_scheme=scheme) as page:
        await page.set_content(
            f'<!doctype html><html lang="nl"><head><title>Pictures</title>'
            f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" '
            f'href="{visit.base}/assets/{assets()["pages.css"]}"></head><body><main><h1>Pictures</h1>{shown}</main></body></html>',
            wait_until="load",
        )
        assert await page.locator(".wide svg").first.is_visible() == (screen is DESK)
        assert await page.locator(".narrow svg").first.is_visible() == (screen is PHONE)
        for place in (1, 3):  # all tables are made alike; these are the hours' and a change's
            await page.locator("summary").nth(place).click()
        await look(page, f"pictures-{screen['width']}-{scheme}")
        await page.emulate_media(media="print")
        assert await page.locator(".wide svg").first.is_visible()
        assert await page.locator(".narrow svg").first.is_hidden()
