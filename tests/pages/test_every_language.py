"""Every page that a customer may come to, in each language: nothing half in English, and no word of the program."""

import re
from datetime import date
from uuid import UUID

import pytest

from tests.board.furnished import furnish
from tests.pages.conftest import Site, hidden, text_of
from tests.pages.test_contact import customer_of
from tests.pages.test_signing import with_text
from tests.test_languages import ENGLISH, HARMLESS, TRANSLATED
from tests.world import local
from workflows.terms.names import ENDS, RULES
from workflows.words import Language

TYPED = ("Delete the logs", "We move to Spain.", "A laptop is gone", "more room")
"""What people typed in English."""
MARKED = r'<(\w+)[^>]* lang="(?!{lang}")\w+"[^>]*>.*?</\1>'
"""What stands there in another language, and says so."""
PROGRAM = re.compile(r"\b[a-z]+_[a-z_]+\b|\b(?:None|null|true|false|undefined)\b|`|\{\w*\}|\bPOST\b|/api/")
"""What only programs read; ids stand in addresses alone."""
RULE = re.compile("|".join(map(re.escape, [*RULES, *ENDS])))
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def wrong_in(html: str, lang: Language) -> list[str]:
    """Words of a page that are not its language's."""
    page = re.sub(r"<(script|style|code)\b.*?</\1>", " ", html, flags=re.DOTALL)
    labels = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', page)
    text = text_of(re.sub(MARKED.format(lang=lang), " ", page, flags=re.DOTALL)) + " " + " ".join(labels)
    for one in TYPED:
        text = text.replace(one, " ")
    text = re.sub(r"\S+@\S+", " ", text)
    found = [one for one in ENGLISH.findall(text.replace("’", " ")) if one not in HARMLESS[lang]]
    return [*found, *PROGRAM.findall(text), *RULE.findall(text), *ID.findall(text)]


async def furnished(site: Site, lang: Language) -> dict[str, UUID]:
    """A customer of this language with something of everything, whose text is signed by link."""
    await site.world.make_processor(reply_to="privacy@acme.example", slug="acme", public=True, language=lang)
    made = await furnish(site.world, language=lang)
    await with_text(site, made["agreements"])
    return made


async def pages_of(site: Site, made: dict[str, UUID]) -> dict[str, str]:
    agreement, customer = made["agreements"], await customer_of(site, made["agreements"])
    return {
        "notice": await site.link(made["notices"]),
        "own": await site.own_page(customer),
        "erasure": await site.erasure_page(agreement),
        "signature": await site.link(agreement, purpose="signature", customer=customer, anew=True),
        "public": "/s/acme",
    }


@pytest.mark.parametrize("lang", TRANSLATED)
async def test_every_page_and_what_each_form_answers_is_in_the_readers_language(site: Site, lang: Language) -> None:
    made = await furnished(site, lang)
    seen: dict[str, list[str]] = {}

    async def read(name: str, path: str) -> str:
        answer = await site.client.get(path, headers={"Accept-Language": lang}, follow_redirects=True)
        assert f'<html lang="{lang}"' in answer.text, name
        seen[name] = wrong_in(answer.text, lang)
        return answer.text

    async def send(name: str, path: str, data: dict[str, str]) -> None:
        headers = {"Accept-Language": lang}
        answer = await site.client.post(path, data=data, headers=headers, follow_redirects=True)
        seen[name] = [*wrong_in(answer.text, lang), *([] if f'<html lang="{lang}"' in answer.text else ["lang"])]

    pages = await pages_of(site, made)
    for name, path in pages.items():
        shown = await read(name, path)
        for number, fields in enumerate(every_form(shown)):
            await send(f"{name} left empty {number}", path, fields)
    for answer in ("consent", "object", "take-back"):
        await send(
            f"notice {answer}", pages["notice"], {**hidden(await read("notice", pages["notice"])), "answer": answer}
        )
    await read("own page after answers", pages["own"])
    shown = await read("signature", pages["signature"])
    await send("signed", pages["signature"], {**hidden(shown), "name": "Kim", "function": "x", "consent": "yes"})
    await send("subscribed", "/s/acme", {"address": "ann@reader.example", "lang": lang})
    for path in (
        "/n/unknown",
        "/p/unknown",
        "/a/unknown",
        "/u/unknown",
        "/e/unknown",
        "/s/unknown",
        "/j/unknown",
        "/w/unknown",
        "/",
    ):
        await read(path, path)
    world = site.world
    await world.do(made["agreements"], "end-main-contract", on=date(2026, 3, 31))
    await world.go(local("2026-04-02T09:00:00+02:00"))
    for name, path in (await pages_of(site, made)).items():
        shown = await read(f"{name} at the end", path)
        for number, fields in enumerate(every_form(shown)):
            await send(f"{name} at the end, left empty {number}", path, fields)
    await world.go(local("2026-09-02T09:00:00+02:00"))
    for name, path in pages.items():
        await read(f"{name} long after", path)
    assert {name: words for name, words in seen.items() if words} == {}


def every_form(html: str) -> list[dict[str, str]]:
    """The hidden fields of each form that is posted, with the value of its first button."""
    found = []
    for form in re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL):
        fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
        fields |= dict(re.findall(r'<button[^>]*name="([^"]*)" value="([^"]*)"', form)[:1])
        found.append(fields)
    return found
