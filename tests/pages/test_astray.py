"""Addresses of pages as mail programs and people hand them on: what is meant is found, what is cut off is not."""

import re
from uuid import UUID

import pytest

from service.links import CALENDAR_TOKEN, TOKEN, calendar_token, token_for
from service.pages.astray import token_in
from service.pages.render import front
from tests.pages.conftest import SECRET, Site, hidden
from tests.pages.notices import answers, state, told
from workflows.ids import new_id
from workflows.words import LANGUAGES

LINK = UUID("01a200bc-c6ff-753a-baf5-d21f5297a9b9")
BEHIND = (
    "/", ".", ").", ")", "]", "%3E", "&gt;", "%26gt%3B", ",", ";", ":", "!", "%22", "%E2%80%9D", "'", "*", "**",
    "_", "-", "%20", "%20en", "%C2%A0", "%E2%80%8B", "%0D%0A", "=", "%3D", "=3D", "%3D%0D%0A", "&amp;utm=1", "%7C",
    "/.", "/)", "/%3E", "%3C/a%3E", "%5D(", "%A0", "%2F",
)  # fmt: skip
INSIDE = ("%20", "%0D%0A", "%3D%0D%0A", "%0A%20", "%E2%80%8B", "%C2%AD", "%3E%20")
BEFORE = ("%3C", "%20", "%22")


def test_a_token_ends_in_a_letter_or_a_digit_and_has_one_length() -> None:
    for number in range(200):
        token = token_for(SECRET, LINK, number)
        assert len(token) == TOKEN
        assert token[-1].isalnum()
    assert len(calendar_token(SECRET, LINK, 1)) == CALENDAR_TOKEN


@pytest.mark.parametrize("whole", [TOKEN, CALENDAR_TOKEN])
def test_nothing_is_in_less_than_a_token(whole: int) -> None:
    token = "a" * whole
    assert token_in(token, whole) == token
    assert token_in(f"<{token}>x", whole) == token
    assert token_in(f"{token}_", whole) == token
    assert token_in(f"{token}x", whole) == ""
    assert token_in("a" * (TOKEN - 1), whole) == ""


@pytest.mark.parametrize("mark", ["-", "_"])
def test_no_token_is_in_one_of_the_longer_kind(mark: str) -> None:
    longer = "a" * TOKEN + mark + "a" * (CALENDAR_TOKEN - TOKEN - 1)
    assert token_in(longer) == token_in(f"<{longer}>.") == ""
    assert token_in(longer, CALENDAR_TOKEN) == longer
    assert token_in(longer[:-1]) == "a" * TOKEN, "words behind a token, and a dash between"


async def test_a_mangled_link_leads_to_its_page(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    half = len(path) - 20
    mangled = [
        *(f"{path}{tail}" for tail in BEHIND),
        *(f"{path[:half]}{mark}{path[half:]}" for mark in INSIDE),
        *(path.replace("/n/", f"/n/{mark}") for mark in BEFORE),
    ]
    whole = f"http://testserver{path}?utm_source=x"
    for method in ("GET", "HEAD"):
        opened = await site.client.request(method, whole)
        assert opened.status_code == 200
        for one in mangled:
            request = site.client.build_request(method, f"{one}?utm_source=x")
            # Each leads to the same address, which need not be drawn anew for each.
            while str(request.url) != whole:
                answer = await site.client.send(request)
                assert answer.next_request is not None, one
                request = answer.next_request


async def test_what_was_cut_off_opens_nothing(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    for one in (
        path[:-1],
        f"{path[:-1]}.",
        f"{path[:-1]}&amp;",
        f"/n/{path[4:]}",
        "/n/%3E",
        "/n/x/y",
        "/p/x/y",
        "/s/%20",
    ):
        answer = await site.client.get(one, follow_redirects=True)
        assert answer.status_code == 404, one
        assert "werkt niet" in answer.text


async def test_the_form_of_a_mangled_address_is_not_lost(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    fields = {**hidden((await site.client.get(path)).text), "answer": "object", "grounds": "nee"}
    # As a page posts that was opened below a slash: its own address, and the token once more.
    answer = await site.client.post(f"{path}/{path[3:]}", data=fields, follow_redirects=True)
    assert answer.status_code == 200
    assert [one["answer"] for one in await answers(site, notice)] == ["object"]
    assert await state(site, notice) == "objected"


async def test_a_contacts_page_and_its_calendar_are_found_too(site: Site) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery")
    path = await site.own_page(customer)
    for tail in ("/", ".", "%3E", "/%3E"):
        answer = await site.client.get(f"{path}{tail}", follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, path)
    link = (await site.world.rows("select id from link where purpose = 'contact'"))[0]["id"]
    feed = f"/p/{calendar_token(SECRET, link, 1)}/deadlines.ics"
    assert (await site.client.get(feed)).status_code == 200
    for tail in ("/", ".", "%3E", ")", "%20"):
        for calendar in (feed, f"{path}/deadlines.ics"):
            answer = await site.client.get(f"{calendar}{tail}", follow_redirects=True)
            assert (answer.status_code, answer.url.path) == (200, calendar)


async def test_the_public_page_is_found_too(site: Site) -> None:
    await site.world.make_processor(public=True)
    slug = (await site.world.rows("select slug from processor"))[0]["slug"]
    for tail in ("", "/", ".", ")", "%3E", "%20"):
        for name in ("", "/feed.xml", "/subprocessors.json"):
            answer = await site.client.get(f"/s/{slug}{name}{tail}", follow_redirects=True)
            assert answer.status_code == 200, (name, tail)
            assert answer.url.path == f"/s/{slug}{name}"
    assert (await site.client.get(f"/s/{slug.upper()}", follow_redirects=True)).status_code == 200
    assert (await site.client.get(f"/s/{new_id()}", follow_redirects=True)).status_code == 404


async def test_the_address_itself_leads_on(site: Site) -> None:
    answer = await site.client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert 'href="docs"' in answer.text
    assert 'href="board"' in answer.text
    assert "Use the link in that message" in answer.text
    assert "dev/mailbox" not in answer.text  # there is no mail sink here
    assert 'href="dev/mailbox"' in front("", mailbox=True).content
    style = re.search(r'href="(assets/[^"]+\.css)"', answer.text)
    assert style is not None
    assert (await site.client.get(f"/{style[1]}")).status_code == 200


@pytest.mark.parametrize(
    ("asked", "first"), [("", "nl"), ("fr-BE,fr;q=0.9,en;q=0.8", "fr"), ("cs, DE;q=0.5", "de"), ("*", "nl")]
)
async def test_where_nobodys_language_is_known_the_browsers_comes_first(site: Site, asked: str, first: str) -> None:
    for path in ("/", "/n/nobody"):
        text = (await site.client.get(path, headers={"Accept-Language": asked})).text
        spoken = re.findall(r'<section lang="(..)"', text)
        assert f'<html lang="{first}">' in text
        assert spoken[0] == first
        assert sorted(spoken) == sorted(LANGUAGES)
