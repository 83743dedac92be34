"""Erasure by link (P23): asking sends a mail and nothing else; only what that mail's link confirms is a choice."""

import asyncio
import time
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from service.pages.seal import make_seal
from tests.pages.conftest import SECRET, Site, has_form, hidden, text_of
from tests.pages.notices import EVERYTHING
from tests.pages.test_contact import choice
from tests.pages.test_own_page import MAILS, people
from workflows.model.agreement import MainContract

ENDED = MainContract(reference="M-1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))


async def bakery(site: Site, **more: Any) -> tuple[UUID, UUID]:
    await site.world.make_processor(reply_to="privacy@acme.example")
    host = await site.world.make_subprocessor()
    customer = await site.world.make_customer("Bakery", language="en", contacts=people("Kim", "Sam"))
    agreement = await site.world.make_agreement("kmo-solutions", customer, subprocessors=(host,), **more)
    return customer, agreement


async def ask(site: Site, customer: UUID, *, contact: int = 0) -> httpx.Response:
    path = await site.own_page(customer, contact=contact)
    shown = await site.client.get(path)
    return await site.client.post(path, data={**hidden(shown.text, button="erase"), "choice": "erase"})


async def confirm(site: Site, path: str) -> httpx.Response:
    shown = await site.client.get(path)
    assert shown.status_code == 200, shown.text
    return await site.client.post(path, data={**hidden(shown.text), "confirm": "erase"})


async def test_the_first_click_sends_a_mail_to_who_asked_and_nothing_else(site: Site) -> None:
    customer, agreement = await bakery(site)
    answer = await ask(site, customer)
    assert answer.status_code == 303
    after = await site.client.get(str(answer.url.join(answer.headers["location"])))
    assert "Nothing has been erased" in after.text
    assert await choice(site, agreement) == (None, None)
    [mail] = await site.world.rows(MAILS, ["erase_confirm", "choice"])
    assert (mail["kind"], mail["address"]) == ("erase_confirm", "kim@bakery.example")
    events = await site.world.rows("select body from event where type = 'agreement.erasure_asked'")
    assert len(events) == 1
    assert has_form(after.text, button="erase")


async def test_one_form_is_one_mail_and_another_within_the_hour_is_refused(site: Site) -> None:
    customer, _ = await bakery(site)
    path = await site.own_page(customer)
    data = {**hidden((await site.client.get(path)).text, button="erase"), "choice": "erase"}
    got = await asyncio.gather(*(site.client.post(path, data=data) for _ in range(20)))
    assert {one.status_code for one in got} == {303}
    refused = await ask(site, customer)
    assert refused.status_code == 409
    assert "within the last hour" in refused.text
    assert (await ask(site, customer, contact=1)).status_code == 303
    assert len(await site.world.rows(MAILS, ["erase_confirm"])) == 2
    await site.world.days(1)
    assert (await ask(site, customer)).status_code == 303


async def test_reading_the_page_that_confirms_changes_nothing(site: Site) -> None:
    customer, agreement = await bakery(site)
    await ask(site, customer)
    path = await site.erasure_page(agreement)
    [before] = await site.world.rows(EVERYTHING)
    got = await asyncio.gather(*(site.client.request(method, path) for method in ("GET", "HEAD") * 20))
    assert {one.status_code for one in got} == {200}
    words = text_of(got[0].text)
    for said in (
        "Nothing has been erased yet",
        "subprocessors: Hosting BV",
        "including those in backups",
        "M-1",
        "9.3",
    ):
        assert said in words, said
    fields = hidden(got[0].text)
    for wrong, status in (
        ({**fields}, 400), ({**fields, "confirm": "keep"}, 400), ({"confirm": "erase"}, 403),
        ({"form": "A" * 68, "confirm": "erase"}, 403),
    ):  # fmt: skip
        assert (await site.client.post(path, data=wrong)).status_code == status
    for site_said in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        elsewhere = await site.client.post(path, data={**fields, "confirm": "erase"}, headers=site_said)
        assert elsewhere.status_code == 403, site_said
    [after] = await site.world.rows(EVERYTHING)
    assert dict(after) == dict(before)


async def test_the_confirmation_is_the_choice_and_spends_the_link(site: Site) -> None:
    customer, agreement = await bakery(site)
    await ask(site, customer)
    path = await site.erasure_page(agreement)
    data = {**hidden((await site.client.get(path)).text), "confirm": "erase"}
    got = await asyncio.gather(*(site.client.post(path, data=data) for _ in range(20)))
    assert {(one.status_code, one.headers.get("location")) for one in got} == {(303, got[0].headers["location"])}
    assert await choice(site, agreement) == ("erase", "link")
    [events] = await site.world.rows(
        "select count(*) as n from event where subject_id = $1 and type = 'agreement.chosen'", agreement
    )
    assert events["n"] == 1
    own = await site.client.get(str(got[0].url.join(got[0].headers["location"])))
    assert "You confirmed the erasure" in own.text
    assert not has_form(own.text, button="erase")
    mails = await site.world.rows(MAILS, ["choice"])
    assert {one["address"] for one in mails} == {"kim@bakery.example", "sam@bakery.example"}
    assert (await site.client.get(path)).status_code == 404
    assert (await site.client.post(path, data={**data, "form": "A" * 68})).status_code == 404


async def test_after_the_end_the_confirmation_ends_the_waiting_but_erases_nothing_by_itself(site: Site) -> None:
    customer, agreement = await bakery(site, main_contracts=(ENDED,))
    await site.world.days(31)
    await ask(site, customer)
    answer = await confirm(site, await site.erasure_page(agreement))
    assert answer.status_code == 303
    await site.world.drain()
    [row] = await site.world.rows("select plan_approved_at, deleted_at from agreement where id = $1", agreement)
    assert tuple(row) == (None, None)
    assert await site.world.rows("select 1 from task where kind = 'approve_plan' and done_at is null")


async def test_any_choice_kills_the_links_that_wait(site: Site) -> None:
    customer, agreement = await bakery(site)
    await ask(site, customer)
    await ask(site, customer, contact=1)
    paths = [await site.erasure_page(agreement, contact=one) for one in (0, 1)]
    own = await site.own_page(customer, contact=1)
    await site.client.post(own, data={**hidden((await site.client.get(own)).text, button="return"), "choice": "return"})
    assert await choice(site, agreement) == ("return", "link")
    for path in paths:
        assert (await site.client.get(path)).status_code == 404
    await site.world.days(1)
    assert (await ask(site, customer)).status_code == 303
    fresh = await site.erasure_page(agreement)
    assert fresh != paths[0]
    assert (await confirm(site, fresh)).status_code == 303
    assert await choice(site, agreement) == ("erase", "link")
    assert (await site.client.get(paths[0])).status_code == 404


async def test_once_the_time_for_choosing_is_over_erasure_can_still_be_confirmed(site: Site) -> None:
    customer, agreement = await bakery(site, main_contracts=(ENDED,))
    await site.world.days(31)
    await ask(site, customer)
    path = await site.erasure_page(agreement)
    await site.world.days(20)
    assert await choice(site, agreement) == (None, None)
    assert (await confirm(site, path)).status_code == 303
    assert await choice(site, agreement) == ("erase", "link")


async def test_where_nothing_is_left_to_choose_the_page_says_so_and_takes_nothing(site: Site) -> None:
    await site.world.make_processor()
    agreement = await site.world.make_agreement("stkkr", await site.world.make_customer("Bakery", language="en"))
    path = await site.erasure_page(agreement)
    shown = await site.client.get(path)
    assert "There is nothing to confirm any more" in shown.text
    assert not has_form(shown.text)
    [row] = await site.world.rows("select id from link where purpose = 'erasure'")
    seal = make_seal(SECRET, row["id"], time.time())
    assert (await site.client.post(path, data={"form": seal, "confirm": "erase"})).status_code == 409
    assert await choice(site, agreement) == (None, None)


@pytest.mark.parametrize("terms", ["stkkr", "constant-it", "mms-solutions", "contict"])
async def test_where_the_agreement_leaves_no_choice_erasure_cannot_be_asked(site: Site, terms: str) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery", language="en")
    agreement = await site.world.make_agreement(terms, customer)
    path = await site.own_page(customer)
    data = {**hidden((await site.client.get(path)).text, button="return"), "choice": "erase"}
    answer = await site.client.post(path, data=data)
    assert answer.status_code == 409
    assert "There is nothing left to choose here" in answer.text
    assert await choice(site, agreement) == (None, None)
    assert await site.world.rows(MAILS, ["erase_confirm"]) == []


async def test_a_link_of_another_kind_opens_no_erasure(site: Site) -> None:
    customer, agreement = await bakery(site)
    await ask(site, customer)
    erasure, own = await site.erasure_page(agreement), await site.own_page(customer)
    for path in (own.replace("/p/", "/e/"), erasure.replace("/e/", "/p/"), erasure.replace("/e/", "/n/"), "/e/x"):
        assert (await site.client.get(path)).status_code == 404, path
