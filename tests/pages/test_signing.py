"""Signing by link: the page shows the text and its digest, one form signs, once, and every contact hears of it."""

import asyncio
import io
import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.async_api import expect

from db import clock
from db.queries import sql
from db.session import transaction
from service.files.store import keep, looked_at
from tests.files import samples
from tests.pages.browsing import DESK, PHONE, Visit, look
from tests.pages.conftest import Site, hidden, text_of
from tests.pages.test_erasure import bakery
from tests.pages.test_own_page import MAILS

FILLED = {"name": "Kim Jansen", "function": "Director", "consent": "yes"}


async def with_text(site: Site, agreement: UUID, content: bytes = samples.PDF) -> str:
    """Set the text of an agreement's version of terms; its SHA-256."""
    given = await looked_at(io.BytesIO(content), "Overeenkomst.pdf")
    [row] = await site.world.rows("select terms_version_id from agreement where id = $1", agreement)
    async with transaction(site.world.pools.api, [site.world.processor]) as connection:
        now = await clock.now(connection)
        file = await keep(connection, site.world.processor, given, now, "test", claimed=True)
        version = row["terms_version_id"]
        await connection.execute(sql("set_terms_text"), site.world.processor, version, file, now, "test", None, None)
    return given.sha256.hex()


async def text_for(site: Site, terms: str, version: str | None = None, content: bytes = samples.PDF) -> str:
    """Set the text of a version of terms, the latest where none is named; its SHA-256."""
    given = await looked_at(io.BytesIO(content), "Overeenkomst.pdf")
    async with transaction(site.world.pools.api, [site.world.processor]) as connection:
        now = await clock.now(connection)
        found = await connection.fetchrow(sql("visible_terms"), [site.world.processor], terms, version)
        file = await keep(connection, site.world.processor, given, now, "test", claimed=True)
        values = (site.world.processor, found["id"], file, now, "test", None, None)
        await connection.execute(sql("set_terms_text"), *values)
    return given.sha256.hex()


async def page_of(site: Site, customer: UUID, agreement: UUID, *, contact: int = 0) -> str:
    return await site.link(agreement, contact=contact, purpose="signature", customer=customer, anew=True)


async def sign(site: Site, path: str, **typed: str) -> httpx.Response:
    shown = await site.client.get(path)
    assert shown.status_code == 200, shown.text
    return await site.client.post(path, data={**hidden(shown.text), **FILLED, **typed})


async def signatures(site: Site, agreement: UUID) -> Any:
    [row] = await site.world.rows("select signatures::text as found from agreement where id = $1", agreement)
    return json.loads(row["found"])


async def test_a_customer_reads_and_signs(site: Site) -> None:
    customer, agreement = await bakery(site)
    digest = await with_text(site, agreement)
    path = await page_of(site, customer, agreement)
    shown = await site.client.get(path)
    assert digest in shown.text
    assert "Your signature is asked for" in text_of(shown.text)
    saved = await site.client.get(f"{path}/text")
    assert (saved.content, saved.headers["content-disposition"].split(";")[0]) == (samples.PDF, "attachment")
    assert "sandbox" in saved.headers["content-security-policy"]
    answer = await sign(site, path)
    assert answer.status_code == 303, answer.text
    after = await site.client.get(str(answer.url.join(answer.headers["location"])))
    assert "This agreement was signed for Bakery" in text_of(after.text)
    assert "<form" not in after.text
    [one] = await signatures(site, agreement)
    assert (one["party"], one["channel"], one["text_sha256"]) == ("controller", "link", digest)
    [event] = await site.world.rows(
        "select e.body, p.body as personal from event e join personal p using (subject_id, seq) "
        "where e.type = 'agreement.signed'"
    )
    assert digest in event["body"]
    assert '"actor":"contact:' in event["body"]
    assert "Kim Jansen" not in event["body"]
    assert '"function":"Director"' in event["personal"]
    mails = await site.world.rows(MAILS, ["signed"])
    assert [one["address"] for one in mails] == ["kim@bakery.example", "sam@bakery.example"]


async def test_one_signature_however_often_and_by_whomever_it_is_sent(site: Site) -> None:
    customer, agreement = await bakery(site)
    first, second = [await page_of(site, customer, agreement, contact=number) for number in (0, 1)]
    form = {**hidden((await site.client.get(first)).text), **FILLED}
    other = {**hidden((await site.client.get(second)).text), **FILLED}
    got = await asyncio.gather(
        *(site.client.post(first, data=form) for _ in range(3)), site.client.post(second, data=other)
    )
    assert {one.status_code for one in got} == {303}
    assert len(await site.world.rows("select from event where type = 'agreement.signed'")) == 1
    for _ in range(3):
        assert (await site.client.head(first)).status_code == 200


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({"name": ""}, 422, "Write your name"),
        ({"name": "x" * 201}, 422, "Write your name"),
        ({"function": " "}, 422, "Write your function"),
        ({"name": "Kim\u202emiK"}, 422, "Write your name"),
        ({"consent": ""}, 422, "Tick that you have read"),
        ({"text": "0" * 64}, 409, "had been open for a long time"),
        ({"form": "nonsense"}, 403, ""),
    ],
)
async def test_what_is_no_signature(site: Site, typed: dict[str, str], status: int, says: str) -> None:
    customer, agreement = await bakery(site)
    await with_text(site, agreement)
    answer = await sign(site, await page_of(site, customer, agreement), **typed)
    assert (answer.status_code, says in text_of(answer.text)) == (status, True), text_of(answer.text)
    assert await signatures(site, agreement) == []


async def test_a_text_that_was_not_seen_is_not_signed(site: Site) -> None:
    customer, agreement = await bakery(site)
    path = await page_of(site, customer, agreement)
    form = {**hidden((await site.client.get(path)).text), **FILLED}
    await with_text(site, agreement)
    assert (await site.client.post(path, data=form)).status_code == 409
    assert await signatures(site, agreement) == []


async def test_the_last_signature_brings_it_into_force(site: Site) -> None:
    await site.world.make_processor()
    agreement = await site.world.make_agreement("contict", active=False)
    [row] = await site.world.rows("select customer_id from agreement where id = $1", agreement)
    customer = row["customer_id"]
    await site.world.do(agreement, "send")
    await site.world.do(agreement, "sign", party="processor")
    assert await site.world.state(agreement) == "notified"
    assert (await sign(site, await page_of(site, customer, agreement))).status_code == 303
    await site.world.drain()
    assert await site.world.state(agreement) == "active"


async def test_a_choice_about_the_data_leaves_the_link_to_sign(site: Site) -> None:
    customer, agreement = await bakery(site)
    path, erasure = await page_of(site, customer, agreement), await site.erasure_page(agreement)
    await site.world.do(agreement, "choose", data="return", channel="mail", by="Kim")
    assert [(await site.client.get(one)).status_code for one in (path, erasure)] == [200, 404]


async def test_what_is_over_is_not_signed_and_other_links_open_nothing(site: Site) -> None:
    customer, agreement = await bakery(site)
    path = await page_of(site, customer, agreement)
    own = await site.own_page(customer)
    assert (await site.client.get(f"/a/{own.rpartition('/')[2]}")).status_code == 404
    assert (await site.client.get(f"{path[:-1]}x")).status_code == 404
    assert (await site.client.get(f"{path}/text")).status_code == 404
    draft = await site.world.make_agreement("stkkr", customer, active=False)
    assert (await site.client.get(await page_of(site, customer, draft))).status_code == 404


async def test_the_own_page_gives_the_text_and_leads_to_the_signature(site: Site) -> None:
    customer, agreement = await bakery(site)
    path = await page_of(site, customer, agreement)
    own = await site.own_page(customer)
    assert "Read and sign" not in text_of(await site.shown(own))
    digest = await with_text(site, agreement)
    page = (await site.client.get(own)).text
    assert digest in page
    assert f"../a/{path.rpartition('/')[2]}" in page
    assert (await site.client.get(f"{own}/text/{agreement}")).content == samples.PDF
    assert (await site.client.get(f"{own}/text/{customer}")).status_code == 404
    await sign(site, path)
    assert "Read and sign" not in text_of(await site.shown(own))


async def test_the_own_page_gives_the_record_once_both_have_signed(site: Site) -> None:
    customer, agreement = await bakery(site)
    own = await site.own_page(customer)
    await sign(site, await page_of(site, customer, agreement))
    assert (await site.client.get(f"{own}/signed/{agreement}")).status_code == 404
    await site.world.do(agreement, "sign", party="processor", name="Robin")
    assert f"/signed/{agreement}" in (await site.client.get(own)).text
    record = await site.client.get(f"{own}/signed/{agreement}")
    assert record.content.startswith(b"%PDF-")
    assert record.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(("screen", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"])
async def test_signing_in_a_browser(visit: Visit, screen: Any, scheme: Any) -> None:
    site = visit.site
    customer, agreement = await bakery(site)
    await with_text(site, agreement)
    path = await page_of(site, customer, agreement)
    own = await site.own_page(customer)
    async with visit.page(path, viewport=screen, color_scheme=scheme, java_script_enabled=True) as page:
        await look(page, f"sign-{screen['width']}-{scheme}")
        await page.get_by_label("Your name").fill("Kim Jansen")
        await page.get_by_role("button", name="Sign the agreement").click()
        await expect(page.get_by_text("Write your function")).to_be_visible()
        assert await page.get_by_label("Your name").input_value() == "Kim Jansen"
        await page.get_by_label("Your function").fill("Director")
        await page.get_by_label("I have read the agreement").check()
        await look(page, f"sign-wrong-{screen['width']}-{scheme}")
        await page.get_by_role("button", name="Sign the agreement").click()
        await expect(page.get_by_text("This agreement was signed for Bakery")).to_be_visible()
        await site.world.do(agreement, "sign", party="processor", name="Robin")
        await page.goto(visit.base + own)
        await look(page, f"own-signed-{screen['width']}-{scheme}")
