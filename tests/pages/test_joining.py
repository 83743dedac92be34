"""A stranger becomes a customer: the page is filled in, the mail's link signs, and the processor's people sign, too."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from db.session import transaction
from service.mail.outgoing.applicants import ask_applicants
from service.mail.outgoing.config import MailConfig
from tests.files import samples
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.pages.browsing import DESK, PHONE, Visit, look
from tests.pages.conftest import SECRET, Site, hidden, text_of
from tests.pages.test_signing import text_for
from workflows.intake.joining import JoiningIn, checked_joining

TYPED = {
    "name": "Bakery Bloom", "country": "NL", "role": "controller", "language": "en", "reference": "SUB-1",
    "starts_on": "2026-03-01", "p1-name": "Kim Jansen", "p1-email": "kim@bloom.example", "p1-phone": "+31 20 123 4567",
    "p1-contract": "yes", "p1-security": "yes",
}  # fmt: skip
SIGNED = {"name": "Kim Jansen", "function": "Director", "consent": "yes"}


@pytest.fixture
async def smtp() -> AsyncIterator[Scripted]:
    server = Scripted()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def config(smtp: Scripted) -> MailConfig:
    """The pages' own secret, so that a link of a mail opens here."""
    return replace(config_for(smtp.port), secret=SECRET)


async def offer(site: Site, terms: str = "kmo-solutions", version: str | None = None, **facts: Any) -> None:
    """The processor wants a page, under terms whose text is there."""
    world = site.world
    async with transaction(world.pools.api, [world.processor]) as connection:
        given = JoiningIn(terms=terms, terms_version=version, languages=("nl", "en", "de", "fr"), facts=facts)
        joining = await checked_joining(connection, world.engine, world.processor, given)
    await site.update(world.processor, joining=joining)


async def begun(site: Site, terms: str = "kmo-solutions", **more: Any) -> None:
    await site.world.make_processor(slug="acme", language="nl", reply_to="privacy@acme.example", **more)
    await text_for(site, terms)
    await offer(site, terms, **FACTS.get(terms, {}))


FACTS: dict[str, dict[str, Any]] = {"kmo-solutions": {"backup.retention": "P30D"}}


async def applied(site: Site, **typed: str) -> httpx.Response:
    shown = await site.client.get("/j/acme?lang=en")
    assert shown.status_code == 200, shown.text
    return await site.client.post("/j/acme", data={**hidden(shown.text), **TYPED, **typed})


async def asked(site: Site, config: MailConfig, smtp: Scripted) -> list[EmailMessage]:
    """What goes out now."""
    before = len(smtp.mails())
    await ask_applicants(site.world.pools.worker, config)
    return smtp.mails()[before:]


def path_of(mail: EmailMessage) -> str:
    [found] = set(re.findall(r"/w/\S+", mail.get_content()))
    return str(found)


async def link(site: Site, config: MailConfig, smtp: Scripted, **typed: str) -> str:
    answer = await applied(site, **typed)
    assert answer.status_code == 200, text_of(answer.text)
    [mail] = await asked(site, config, smtp)
    return path_of(mail)


async def sign(site: Site, path: str, **typed: str) -> httpx.Response:
    shown = await site.client.get(path)
    assert shown.status_code == 200, text_of(shown.text)
    return await site.client.post(path, data={**hidden(shown.text), **SIGNED, **typed})


async def rows(site: Site) -> list[Any]:
    return await site.world.rows("select address, typed::text as typed, signed_at from application order by id")


async def agreement(site: Site) -> Any:
    [row] = await site.world.rows("select a.*, s.state from agreement a join subject s on s.id = a.id")
    return row


async def test_a_stranger_is_in_force_once_the_processor_has_signed(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await begun(site)
    path = await link(site, config, smtp)
    assert await site.world.rows("select from customer") == []
    shown = text_of((await site.client.get(path)).text)
    for typed in ("Bakery Bloom", "Netherlands", "SUB-1", "kim@bloom.example", "+31 20 123 4567", "30 days"):
        assert typed in shown
    saved = await site.client.get(f"{path}/text")
    assert saved.content == samples.PDF
    answer = await sign(site, path)
    assert answer.status_code == 303, text_of(answer.text)
    own = await site.client.get(str(answer.url.join(answer.headers["location"])))
    assert "You have signed" in text_of(own.text)
    made = await agreement(site)
    assert (made["state"], made["joined"], made["in_force_since"]) == ("notified", True, None)
    # Its first day is past, and still nobody is in force by themselves.
    await site.world.days(3)
    assert (await agreement(site))["state"] == "notified"
    [task] = await site.world.rows("select t.text from task t where t.kind = 'joined' and t.done_at is null")
    assert "Bakery Bloom signed the agreement on your public page" in task["text"]
    [row] = await rows(site)
    assert (row["address"], row["typed"], row["signed_at"] is not None) == (None, None, True)
    actors = await site.world.rows(
        "select type, body::json ->> 'actor' as actor from event where type in "
        "('customer.created', 'agreement.created', 'agreement.sent', 'agreement.signed') order by id"
    )
    assert len({one["actor"] for one in actors}) == 1
    assert actors[0]["actor"].startswith("link:")
    assert len(actors) == 4
    await site.world.do(made["id"], "sign", party="processor", name="Robin", function="Director")
    await site.world.drain()
    after = await agreement(site)
    assert after["state"] == "active"
    assert after["in_force_since"] == await site.world.now()
    # Three days were processed for the contract under no agreement.
    [unsigned] = await site.world.rows("select text from task where kind = 'unsigned_processing'")
    assert "since its last signature on Thursday 5 March 2026: settle" in unsigned["text"]
    assert (
        await site.world.rows(
            "select from task where kind = 'joined' and done_at is null and id in (select id from subject where open)"
        )
        == []
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_fit_and_are_read_aloud(visit: Visit, config: MailConfig, smtp: Scripted, scheme: Any) -> None:
    await begun(visit.site)
    signing = await link(visit.site, config, smtp, language="nl")
    for lang, size in (("nl", PHONE), ("de", PHONE), ("fr", PHONE), ("en", DESK)):
        if scheme == "light" or lang in ("de", "en"):
            name = f"{size['width']}-{scheme}"
            async with visit.page(f"/j/acme?lang={lang}", viewport=size, color_scheme=scheme) as page:
                if lang == "de":
                    await page.locator("form details summary").first.click()
                await look(page, f"join-{lang}-{name}")
                await page.click("button[value=apply]")
                assert await page.locator("#trouble li").count() >= 6
                await look(page, f"join-wrong-{lang}-{name}")
    for size in (DESK, PHONE):
        async with visit.page(signing, viewport=size, color_scheme=scheme) as page:
            await look(page, f"join-sign-{size['width']}-{scheme}")
