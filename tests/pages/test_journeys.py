"""From the mail to the answer and back: every agreement, both languages, desk and phone, without scripts."""

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
import pytest
from playwright.async_api import expect

from service.mail.outgoing.deliver import deliver
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.pages.browsing import DESK, PHONE, TALL_PHONE, Visit, fits, look
from tests.pages.conftest import SECRET
from workflows.ids import new_id
from workflows.model.parties import Contact

DONE = {"nl": "Uw antwoord is ontvangen", "en": "Your answer has been received"}
SEND = {"nl": "Antwoord versturen", "en": "Send the answer"}
REASONS = {"nl": "Uw redenen", "en": "Your reasons"}
LABELS = {
    "object": {"nl": "Ik maak bezwaar", "en": "I object"},
    "acknowledge": {"nl": "Ik heb dit gelezen", "en": "I have read this"},
    "consent": {"nl": "Ik geef toestemming", "en": "I give consent"},
    "refuse": {"nl": "Ik weiger toestemming", "en": "I refuse consent"},
    "terminate": {"nl": "Ik zeg de verwerkersovereenkomst op", "en": "I terminate the processing agreement"},
}
STATUS = {
    "object": {"nl": "Er staat een bezwaar", "en": "An objection stands"},
    "acknowledge": {"nl": "U kunt bezwaar maken", "en": "You can object"},
    "consent": {"nl": "Er is toestemming gegeven", "en": "Consent was given"},
    "refuse": {"nl": "Toestemming is geweigerd", "en": "Consent was refused"},
    "terminate": {"nl": "Dit gaat niet meer door", "en": "This will not go ahead"},
}
GIVEN = {
    "object": {"nl": "Bezwaar", "en": "Objection"},
    "acknowledge": {"nl": "Gelezen", "en": "Read"},
    "consent": {"nl": "Toestemming", "en": "Consent"},
    "refuse": {"nl": "Weigering", "en": "Refusal"},
    "terminate": {"nl": "Opzegging", "en": "Termination"},
}
ANSWERS = {
    "stkkr": ("object", "acknowledge"),
    "kmo-solutions": ("object", "object"),
    "constant-it": ("object", "terminate"),
    "mms-solutions": ("refuse", "consent"),
    "contict": ("consent", "refuse"),
}
"""What is answered on the desk, and on the phone."""


class Post:
    """The mail that was handed to the customers' own mail server."""

    def __init__(self, server: Scripted, base: str) -> None:
        self.server = server
        self.base = base

    def last(self, address: str) -> Any:
        """The newest message to an address."""
        return self.server.to(address)[-1].mail

    def link(self, mail: Any, kind: str) -> str:
        """The path of the link that the text part carries."""
        text = mail.get_body(("plain",)).get_content()
        found = re.search(rf"{re.escape(self.base)}(/{kind}/[\w-]+)", text)
        assert found is not None, text
        assert found[1] in mail.get_body(("html",)).get_content()
        return found[1]


@pytest.fixture
async def post(visit: Visit) -> AsyncIterator[Post]:
    """The real sender, with links to where the pages are, and a mail server that takes everything."""
    server = Scripted()
    await server.start()
    config = msgspec.structs.replace(config_for(server.port), base_url=visit.base, secret=SECRET)
    world = visit.site.world
    world.deliver = partial(deliver, world.pools.worker, world.engine, config)  # type: ignore[method-assign]  # as workers do
    yield Post(server, visit.base)
    await server.stop()


def person(name: str, lang: str) -> Contact:
    address = f"{name.lower()}@{lang}.example"
    return Contact(
        id=new_id(), name=name, email=address, phone="+31 10 1", roles=("contract", "privacy", "security")
    )  # fmt: skip


@pytest.mark.parametrize("terms", list(ANSWERS))
async def test_from_the_mail_to_the_answer_and_its_confirmation(visit: Visit, post: Post, terms: str) -> None:
    world = visit.site.world
    await world.make_processor(reply_to="privacy@acme.example")
    for lang in ("nl", "en"):
        people = (person("Kim", lang), person("Sam", lang))
        await world.make_agreement(terms, await world.make_customer("Bakery", language=lang, contacts=people))
    for answer, screen, host in zip(ANSWERS[terms], (DESK, PHONE), ("First Host", "Second Host"), strict=True):
        sub = await world.make_subprocessor(host, service="backups", country="NL")
        await world.announce(await world.make_change(sub, reason="More room"))
        for lang, scheme in (("nl", "light"), ("en", "dark")):
            mail = post.last(f"kim@{lang}.example")
            assert host in mail["Subject"]
            path, own = post.link(mail, "n"), post.link(mail, "p")
            name = f"journey-{terms}-{lang}-{screen['width']}"
            context: dict[str, Any] = {"viewport": screen, "color_scheme": scheme}
            if screen is PHONE:
                async with visit.page(path, **context) as page:
                    await (look if lang == "nl" else fits)(page, f"{name}-open")
            # As a person does, in a browser without scripts.
            async with visit.page(path, viewport=screen, java_script_enabled=False) as page:
                await expect(page.get_by_role("heading", name=host)).to_be_visible()
                await page.get_by_label(LABELS[answer][lang], exact=True).check()
                await page.get_by_label(REASONS[lang]).fill("Because <of> the & place")
                await page.get_by_role("button", name=SEND[lang]).click()
                await page.get_by_role("heading", name=DONE[lang]).wait_for()
            await world.drain()
            # What anybody finds there afterwards.
            async with visit.page(path, **context) as page:
                await expect(page.get_by_role("heading", name=STATUS[answer][lang])).to_be_visible()
                await expect(page.get_by_role("heading", name=GIVEN[answer][lang], exact=True)).to_be_visible()
                await expect(page.get_by_text("Because <of> the & place")).to_be_visible()
                if screen is DESK:
                    await (look if lang == "en" else fits)(page, name)
            async with visit.page(own, **{**context, "viewport": TALL_PHONE if screen is PHONE else screen}) as page:
                await expect(page.get_by_text("Because <of> the & place").first).to_be_visible()
                if screen is PHONE and lang == "en":
                    await look(page, f"{name}-own")
            if answer == "acknowledge":
                continue  # it changes nothing, and nobody is written to
            for who in ("kim", "sam"):
                told = post.last(f"{who}@{lang}.example")
                said = told.get_body(("plain",)).get_content()
                if answer == "terminate":
                    assert {"nl": "geëindigd", "en": "ended"}[lang] in said
                else:
                    assert "Kim" in said
                    assert "Because <of> the & place" in said
                    assert post.link(told, "n")


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_from_the_own_page_to_the_second_mail_and_the_erasure(visit: Visit, post: Post, lang: str) -> None:
    world = visit.site.world
    await world.make_processor(reply_to="privacy@acme.example")
    people = (person("Kim", lang), person("Sam", lang))
    customer = await world.make_customer("Bakery", language=lang, contacts=people)
    agreement = await world.make_agreement("kmo-solutions", customer)
    ask = {"nl": "Vraag de e-mail voor verwijdering aan", "en": "Ask for the mail about erasure"}[lang]
    yes = {"nl": "Ja, verwijder onze gegevens", "en": "Yes, erase our data"}[lang]
    own = post.link(post.last(f"kim@{lang}.example"), "p")
    sent = len(post.server.to(f"sam@{lang}.example"))
    async with visit.page(own, viewport=PHONE, java_script_enabled=False) as page:
        await page.get_by_role("button", name=ask).click()
        await page.get_by_role("status").wait_for()
    await world.drain()
    assert len(post.server.to(f"sam@{lang}.example")) == sent
    assert await world.rows("select 1 from agreement where id = $1 and choice is null", agreement)
    confirm = post.link(post.last(f"kim@{lang}.example"), "e")
    async with visit.page(confirm, viewport=PHONE, java_script_enabled=False) as page:
        await page.get_by_role("button", name=yes).click()
        await page.get_by_role("status").wait_for()
    await world.drain()
    assert await world.rows("select 1 from agreement where id = $1 and choice ->> 'data' = 'erase'", agreement)
    for who in ("kim", "sam"):
        subject = post.last(f"{who}@{lang}.example")["Subject"]
        assert {"nl": "keuze", "en": "choice"}[lang] in subject


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_a_corrected_address_is_told_to_both_and_its_link_works(visit: Visit, post: Post, lang: str) -> None:
    world = visit.site.world
    await world.make_processor(reply_to="privacy@acme.example")
    customer = await world.make_customer("Bakery", language=lang, contacts=(person("Kim", lang),))
    await world.make_agreement("kmo-solutions", customer)
    own = post.link(post.last(f"kim@{lang}.example"), "p")
    words = {
        "nl": ("Uw eigen gegevens wijzigen", "E-mailadres", "Gegevens wijzigen", "Was u dit niet?"),
        "en": ("Change your own details", "Mail address", "Change the details", "Was this not you?"),
    }[lang]
    async with visit.page(own, viewport=PHONE, java_script_enabled=False) as page:
        await page.get_by_text(words[0]).click()
        await page.get_by_label(words[1]).fill(f"new@{lang}.example")
        await page.get_by_role("button", name=words[2], exact=True).click()
        await page.get_by_role("status").wait_for()
    await world.drain()
    for address in (f"kim@{lang}.example", f"new@{lang}.example"):
        told = post.last(address)
        assert words[3] in told.get_body(("plain",)).get_content()
        assert post.link(told, "p") == own
    await world.announce(await world.make_change(await world.make_subprocessor("Third Host")))
    assert "Third Host" in post.last(f"new@{lang}.example")["Subject"]
