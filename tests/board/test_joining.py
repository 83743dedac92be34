"""The text of agreements and the page for new customers, set on the board."""

import email
import email.policy
from functools import partial
from typing import Any

import httpx

from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.deliver import deliver
from tests.board.conftest import SignIn
from tests.board.forms.hands import InBrowser
from tests.files import samples
from tests.mail.server import Scripted
from tests.pages.browsing import DESK, PHONE, Visit, look
from tests.pages.conftest import Site, text_of
from tests.pages.test_joining import TYPED, asked, begun, config, path_of, smtp
from tests.pages.test_signing import text_for

__all__ = ["config", "smtp"]

TERMS = "/board/terms/kmo-solutions"


async def version_of(site: Site, terms: str = "kmo-solutions") -> str:
    [row] = await site.world.rows("select version from terms_version where terms = $1 order by id desc limit 1", terms)
    return str(row["version"])


async def test_a_text_is_made_of_the_rules_and_shown(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    manager = await person("manager")
    version = await version_of(site)
    path = f"{TERMS}/{version}/text/generate"
    assert "No text was set for this version" in text_of((await manager.get(TERMS)).text)
    none = await manager.post(path, {"language": ""})
    assert (none.status_code, "Choose the language" in none.text) == (422, True)
    made = await manager.post(path, {"language": "en"})
    assert made.status_code == 303, text_of(made.text)
    shown = (await manager.get(str(made.url.join(made.headers["location"])))).text
    assert "made of these rules, language: English" in text_of(shown)
    [row] = await site.world.rows("select f.id, f.name from terms_text t join file f on f.id = t.file_id")
    saved = await manager.get(f"/board/files/{row['id']}")
    assert saved.content.startswith(b"%PDF")
    other = await manager.post(path, {"language": "nl"})
    assert (other.status_code, "has a text, and agreements may rest on it" in text_of(other.text)) == (409, True)


async def test_a_text_is_handed_in(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    manager = await person("manager")
    path = f"{TERMS}/{await version_of(site)}/text"
    token = {"_csrf_token": await manager.csrf()}
    wrong = await manager.client.post(path, data=token, files={"file": ("a.png", samples.PNG)})
    assert (wrong.status_code, "none of what is kept" in text_of(wrong.text)) == (422, True)
    made = await manager.client.post(path, data=token, files={"file": ("Text.pdf", samples.PDF)})
    assert made.status_code == 303, text_of(made.text)
    assert "handed in as a file" in text_of((await manager.get(TERMS)).text)
    auditor = await person("auditor")
    assert (await auditor.post(f"{path}/generate", {"language": "en"})).status_code == 403


async def set_up(admin: Any, site: Site, **typed: Any) -> httpx.Response:
    [row] = await site.world.rows("select terms_version_id as id from terms_text")
    form = {"text": str(row["id"]), "facts.backup.retention": "30", "facts.backup.retention~unit": "days"}
    path = f"/board/processors/{site.world.processor}/joining"
    found: httpx.Response = await admin.post(path, {**form, "languages": ["nl", "en"], "do": "on", **typed})
    return found


async def test_the_page_is_set_up_and_taken_away(site: Site, person: SignIn) -> None:
    await site.world.make_processor(slug="acme")
    admin = await person("admin")
    path = f"/board/processors/{site.world.processor}/joining"
    assert "No terms have a text yet" in text_of((await admin.get(path)).text)
    await text_for(site, "kmo-solutions")
    lacking = await set_up(admin, site, **{"facts.backup.retention": ""})
    assert lacking.status_code in (400, 422)
    assert "backup" in text_of(lacking.text)
    none = await set_up(admin, site, languages=[])
    assert (none.status_code, "names the languages of the page" in text_of(none.text)) == (400, True)
    assert (await site.client.get("/j/acme")).status_code == 404
    made = await set_up(admin, site)
    assert made.status_code == 303, text_of(made.text)
    assert (await site.client.get("/j/acme?lang=en")).status_code == 200
    again = (await admin.get(path)).text
    assert 'value="en" checked' in again
    assert 'value="de" checked' not in again
    [event] = await site.world.rows("select body from event where type = 'processor.updated'")
    assert '"joining":{' in event["body"]
    gone = await admin.post(path, {"do": "off"})
    assert gone.status_code == 303
    assert (await site.client.get("/j/acme")).status_code == 404
    assert (await (await person("director")).get(path)).status_code == 403


async def test_the_forms_fit_and_are_read_aloud(visit: Visit, person: SignIn) -> None:
    await visit.site.world.make_processor(slug="acme")
    admin = await person("admin")
    for size in (DESK, PHONE):
        for scheme in ("light", "dark"):
            name = f"{size['width']}-{scheme}"
            async with visit.page(TERMS, who=admin, viewport=size, color_scheme=scheme) as page:
                await look(page, f"board-text-{name}")
    await text_for(visit.site, "kmo-solutions")
    await set_up(admin, visit.site)
    for size in (DESK, PHONE):
        for scheme in ("light", "dark"):
            path = f"/board/processors/{visit.site.world.processor}/joining"
            async with visit.page(path, who=admin, viewport=size, color_scheme=scheme) as page:
                await look(page, f"board-joining-{size['width']}-{scheme}")


async def test_a_stranger_becomes_a_customer_with_a_signed_agreement(
    visit: Visit, person: SignIn, config: MailConfig, smtp: Scripted
) -> None:
    """Read, filled in, proven by a mail, signed by both: in force, with text and record on the customer's own page."""
    site, world = visit.site, visit.site.world
    await begun(site)
    known = await world.make_customer("Bakery Bloom")
    world.deliver = partial(deliver, world.pools.worker, world.engine, config)  # type: ignore[method-assign]
    async with visit.page("/j/acme?lang=en", viewport=PHONE, java_script_enabled=False) as page:
        await page.get_by_text("Its rules in plain words").click()
        assert "Ends with the main contract" in await page.inner_text("main")
        for name, value in TYPED.items():
            if name in ("role", "language"):
                await page.check(f"#{name}-{value}")
            elif name == "country":
                await page.select_option("#country", value)
            elif value == "yes":
                await page.check(f"#{name}")
            else:
                await page.fill(f"#{name}", value)
        await page.click("button[value=apply]")
        assert "Look at your mail" in await page.inner_text("h1")
    [mail] = await asked(site, config, smtp)
    assert mail["to"] == "kim@bloom.example"
    async with visit.page(path_of(mail), viewport=PHONE, java_script_enabled=False) as page:
        assert "Bakery Bloom" in await page.inner_text("main")
        await page.fill("#name", "Kim Jansen")
        await page.fill("#function", "Director")
        await page.check("#consent")
        await page.click("button[value=sign]")
        assert "You have signed" in await page.inner_text("#noted")
        own = page.url.partition("?")[0].removeprefix(visit.base)
    await world.drain()
    sent = {row["kind"]: row for row in await world.rows("select kind, address, content from message order by id")}
    assert set(sent) == {"agreement", "signed"}
    assert {one["address"] for one in sent.values()} == {"kim@bloom.example"}
    told = email.message_from_bytes(sent["agreement"]["content"], policy=email.policy.default)
    [enclosed] = list(told.iter_attachments())
    assert enclosed.get_content() == samples.PDF
    words = " ".join(told.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert "It enters into force when both parties have signed." in words
    assert "Read and sign" not in words
    director = await person("director")
    async with visit.page("/board", who=director, viewport=DESK) as page:
        said = await page.inner_text("main")
        assert "Bakery Bloom signed the agreement on your public page" in said
        [row] = await world.rows("select id from agreement")
        [task] = await world.rows("select id from task where kind = 'joined'")
        await page.goto(f"{visit.base}/board/tasks/{task['id']}")
        for action in ("sign", "withdraw"):  # the words of the task name both
            assert await page.locator(f'main a[href$="agreements/{row["id"]}/{action}"]').count() == 1, action
        looks_like = page.locator("main dd a", has_text="Bakery Bloom")
        assert str(known) in [str(await one.get_attribute("href"))[-36:] for one in await looks_like.all()]
        await look(page, "joined-task")
        hand = InBrowser(world, page, visit.base)
        await hand.does("agreements", row["id"], "sign", party="processor", name="Robin", function="Director")
        await page.goto(f"{visit.base}/board/agreements/{row['id']}")
        said = await page.inner_text("main")
        assert "somebody on the page for new customers" in said
        assert "By the page for new customers" in said
    assert await world.rows("select from task t join subject s on s.id = t.id and s.open where t.kind = 'joined'") == []
    [now] = await world.rows("select s.state from agreement a join subject s on s.id = a.id")
    assert now["state"] == "active"
    async with visit.page(own, viewport=DESK) as page:
        record = page.locator('a[href*="/signed/"]')
        assert await record.count() == 1
        assert await page.locator('a[href*="/text/"]').count() == 1
        path = str(await record.get_attribute("href"))
        await look(page, "joined-own")
    saved = await site.client.get(f"/p/{path}")
    assert saved.content.startswith(b"%PDF")
