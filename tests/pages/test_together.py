"""One page for all that a contact was told of together (P19): each notice with its own facts, form and answers."""

import asyncio
import re
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect

from tests.pages.browsing import DESK, PHONE, Visit, look
from tests.pages.conftest import Site, hidden, offered, text_of
from tests.pages.notices import EVERYTHING, answers, state
from workflows.engine.engine import New
from workflows.ids import new_id
from workflows.model.agreement import MainContract
from workflows.model.announcement import Announcement
from workflows.model.parties import Contact


class Together:
    """Two subprocessors and a measure, told to two contacts of a customer with two agreements."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.id = new_id()
        self.customer = new_id()
        self.changes: list[UUID] = []
        self.agreements: list[UUID] = []

    async def tell(self, *, lang: str = "nl", terms: tuple[str, ...] = ("kmo-solutions",), people: int = 1) -> None:
        world = self.site.world
        await world.make_processor(reply_to="privacy@acme.example")
        contacts = tuple(
            Contact(id=new_id(), name=name, email=f"{name.lower()}@bakery.example", roles=("contract",))
            for name in ("Kim", "Sam")[:people]
        )
        self.customer = await world.make_customer("Bakery", language=lang, contacts=contacts)
        for number, one in enumerate(terms, 1):
            contract = MainContract(reference=f"M-{number}", starts_on=world.start.date())
            self.agreements.append(await world.make_agreement(one, self.customer, main_contracts=(contract,)))
        for name, country in (("Noordelijke Hosting BV", "NL"), ("Frankfurt Cloud GmbH", "DE")):
            host = await world.make_subprocessor(name, country=country)
            self.changes.append(await world.make_change(host, reason=f"More room at {name}"))
        self.changes.append(await world.make_change(None, "measure", reason="Locks on every door"))
        entity = Announcement(id=self.id, processor_id=world.processor, changes=tuple(self.changes))
        await world.create(New(kind="announcement", entity=entity))
        await world.announce(self.id)
        for contact in range(people):
            for change in self.changes:
                for agreement in self.agreements:
                    await self.path(self.changes.index(change), self.agreements.index(agreement), contact=contact)

    async def notice(self, change: int, agreement: int = 0) -> UUID:
        found: UUID = (await self.site.world.notice(self.changes[change], self.agreements[agreement]))["id"]
        return found

    async def path(self, change: int, agreement: int = 0, *, contact: int = 0) -> str:
        return await self.site.link(await self.notice(change, agreement), contact=contact)


class _Forms(HTMLParser):
    """Each form's hidden fields, with what its button sends, and its answers."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(({}, []))
        elif (tag == "input" and given.get("type") == "hidden") or (tag == "button" and given.get("name")):
            self.forms[-1][0][given["name"]] = given["value"]
        elif tag == "input" and given.get("name") == "answer":
            self.forms[-1][1].append(given["value"])


def forms(html: str) -> dict[str, tuple[dict[str, str], list[str]]]:
    """The page's forms by the notice that each answers."""
    found = _Forms()
    found.feed(html)
    return {fields["notice"]: (fields, offers) for fields, offers in found.forms}


@pytest.fixture
def together(site: Site) -> Together:
    return Together(site)


async def test_each_notice_has_its_own_part_on_whichever_page(together: Together) -> None:
    site = together.site
    await together.tell(lang="en", terms=("kmo-solutions", "constant-it"))
    for own in ((0, 0), (2, 1)):
        shown = await site.client.get(await together.path(*own))
        assert shown.status_code == 200
        said = text_of(shown.text)
        assert "3 changes" in said
        assert "6 notices, each with its own answer" in said
        for name in ("Noordelijke Hosting BV", "Frankfurt Cloud GmbH", "Locks on every door"):
            assert name in said
        for agreement in ("M-1", "M-2"):
            assert f"New subprocessor: Frankfurt Cloud GmbH ({agreement})" in said
        found = forms(shown.text)
        wanted = [str(await together.notice(change, agreement)) for change in range(3) for agreement in range(2)]
        assert sorted(found) == sorted(wanted)
        assert next(iter(found)) == str(await together.notice(*own)), "its own comes first"
        assert found[str(await together.notice(0, 0))][1] == ["object", "acknowledge"]
        assert found[str(await together.notice(2, 0))][1] == ["acknowledge"]
        ids = re.findall(r' id="([^"]+)"', shown.text)
        assert len(ids) == len(set(ids))
        assert len({fields["form"] for fields, _ in found.values()}) == 6


async def test_an_answer_is_that_of_the_notice_its_form_names_and_by_default_the_links_own(together: Together) -> None:
    site = together.site
    await together.tell()
    path = await together.path(0)
    first, second, third = [await together.notice(number) for number in range(3)]
    page = forms((await site.client.get(path)).text)
    sent = await site.client.post(path, data={**page[str(second)][0], "answer": "object", "grounds": "Not there."})
    assert sent.status_code == 303
    assert [await state(site, one) for one in (first, second, third)] == ["open", "objected", "open"]
    shown = await site.client.get(str(sent.url.join(sent.headers["location"])))
    assert "Uw antwoord is ontvangen" in shown.text
    noted = shown.text.partition('id="noted"')[2].partition("</section>")[0]
    assert "Frankfurt Cloud GmbH" in noted
    assert "Noordelijke" not in noted
    # What was open before answers another notice all the same; without a name it is the link's own.
    own = {name: value for name, value in page[str(first)][0].items() if name != "notice"}
    assert (await site.client.post(path, data={**own, "answer": "acknowledge"})).status_code == 303
    assert [one["answer"] for one in await answers(site, first)] == ["acknowledge"]
    [given] = await answers(site, second)
    assert (given["answer"], given["grounds"]) == ("object", "Not there.")
    assert await answers(site, third) == []


async def test_fifty_posts_of_one_form_and_posts_of_every_form_are_one_answer_each(together: Together) -> None:
    site = together.site
    await together.tell()
    path = await together.path(0)
    page = forms((await site.client.get(path)).text)
    ways = {"0": "object", "1": "object", "2": "acknowledge"}
    notices = [await together.notice(number) for number in range(3)]
    bodies = [{**page[str(one)][0], "answer": ways[str(n)]} for n, one in enumerate(notices)]
    got = await asyncio.gather(*(site.client.post(path, data=bodies[number % 3]) for number in range(51)))
    assert {one.status_code for one in got} == {303}
    assert len({one.headers["location"] for one in got}) == 3
    for one in notices:
        assert len(await answers(site, one)) == 1


async def test_reading_prefetching_and_posts_without_the_hidden_fields_do_nothing(together: Together) -> None:
    site = together.site
    await together.tell()
    path = await together.path(1)
    own = await together.notice(1)
    page = forms((await site.client.get(path)).text)
    [before] = await site.world.rows(EVERYTHING)
    for method, headers in (
        ("GET", {}), ("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}),
        ("OPTIONS", {}), ("GET", {"User-Agent": "Mozilla/5.0 (scanner)", "Sec-Fetch-Dest": "empty"}),
    ):  # fmt: skip
        await site.client.request(method, path, headers=headers)
    assert (await site.client.get(f"{path}?answer=object&notice={own}")).status_code == 200
    fields = page[str(own)][0]
    for body in (
        {"answer": "object"},
        {"answer": "object", "notice": str(own)},
        {"answer": "object", "notice": str(own), "form": ""},
        {"answer": "object", "notice": str(own), "form": fields["form"][:-2]},
    ):
        assert (await site.client.post(path, data=body)).status_code == 403
    [after] = await site.world.rows(EVERYTHING)
    assert dict(after) == dict(before)


@pytest.mark.parametrize("named", ["another-customers", "another-contacts", "another-matter", "revoked", "none", "odd"])
async def test_a_notice_to_which_this_contact_has_no_living_link_is_not_answered(
    together: Together, named: str
) -> None:
    site, world = together.site, together.site.world
    await together.tell(people=2)
    path = await together.path(0)
    fields = hidden((await site.client.get(path)).text)
    wanted = await together.notice(1)
    match named:
        case "another-customers":
            await world.make_agreement("kmo-solutions", await world.make_customer("Smithy"))
            [row] = await world.rows("select id from notice where customer_id <> $1 limit 1", together.customer)
            wanted = row["id"]
            await site.link(wanted)
        case "another-contacts":
            await world.rows(
                "update link set revoked_at = now() where subject_id = $1 and contact_id = "
                "(select (contacts -> 0 ->> 'id')::uuid from customer where id = $2) returning 1",
                wanted, together.customer,
            )  # fmt: skip
        case "another-matter":
            alone = await world.make_change(await world.make_subprocessor("Third BV"))
            await world.announce(alone)
            wanted = (await world.notice(alone, together.agreements[0]))["id"]
            await site.link(wanted)
        case "revoked":
            await world.do(wanted, "not-received", reason="another's mailbox")
        case "none":
            wanted = new_id()
    value = "1; drop table notice" if named == "odd" else str(wanted)
    sent = await site.client.post(path, data={**fields, "notice": value, "answer": "object"})
    assert sent.status_code == 403
    assert await world.rows("select 1 from notice where answers <> '[]'") == []
    if named == "revoked":
        shown = await site.client.get(path)
        assert "Frankfurt Cloud" not in shown.text
        assert "2 berichten" in shown.text


async def test_what_was_wrong_is_said_beside_its_own_form(together: Together) -> None:
    site = together.site
    await together.tell(lang="en", terms=("constant-it",))
    path = await together.path(0)
    second = await together.notice(1)
    page = forms((await site.client.get(path)).text)
    assert "terminate" in page[str(second)][1]
    body = {**page[str(second)][0], "answer": "terminate", "grounds": ""}
    refused = await site.client.post(path, data=body)
    assert refused.status_code == 422
    assert 'href="#n2-grounds"' in refused.text
    assert 'id="n2-grounds-wrong"' in refused.text
    assert 'id="grounds-wrong"' not in refused.text
    assert refused.text.count(" checked") == 1
    assert await answers(site, second) == []


async def test_one_notice_is_shown_as_ever(together: Together) -> None:
    site, world = together.site, together.site.world
    await together.tell()
    change = await world.make_change(await world.make_subprocessor("Alone BV"))
    await world.announce(change)
    shown = await site.client.get(await site.link((await world.notice(change, together.agreements[0]))["id"]))
    assert set(hidden(shown.text)) == {"form"}
    assert offered(shown.text) == ["object", "acknowledge"]
    assert "Noordelijke" not in shown.text
    assert 'id="together"' not in shown.text


@pytest.mark.parametrize(
    ("screen", "scheme", "lang"), [(DESK, "light", "nl"), (PHONE, "light", "nl"), (PHONE, "dark", "en")],
    ids=["desk", "phone", "phone-dark"],
)  # fmt: skip
async def test_three_notices_in_a_browser(visit: Visit, screen: Any, scheme: Any, lang: str) -> None:
    together = Together(visit.site)
    await together.tell(lang=lang)
    second = await together.notice(1)
    objects, send = ("Ik maak bezwaar", "Antwoord versturen") if lang == "nl" else ("I object", "Send the answer")
    name = f"together-{lang}-{screen['width']}-{scheme}"
    async with visit.page(await together.path(0), viewport=screen, color_scheme=scheme, locale=lang) as page:
        await look(page, name)
        part = page.get_by_role("region", name="Frankfurt Cloud GmbH", exact=False).first
        await part.get_by_role("button", name=send).click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.get_by_role("alert").get_by_role("link").click()
        await expect(page.locator("#n2-answer-object")).to_be_focused()
        await part.get_by_label(objects, exact=True).check()
        await part.get_by_role("button", name=send).click()
        await page.wait_for_url("**noted=*")
        await look(page, f"{name}-done")
    assert await state(visit.site, second) == "objected"
    assert await state(visit.site, await together.notice(0)) == "open"
