"""The mail that tells somebody what waits: in each language, with pages that open for whoever signs in."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from db.session import transaction
from service.board.views import PAGES
from service.mail.outgoing.people import ANEW, mail_users
from service.people.telling import board_path, tell
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.pages.conftest import Site
from tests.people import colleague, signed_in
from workflows.kinds import WORKFLOWS
from workflows.words import LANGUAGES


@pytest.fixture
async def smtp() -> AsyncIterator[Scripted]:
    server = Scripted()
    await server.start()
    yield server
    await server.stop()


def test_each_kind_leads_to_a_page_that_there_is() -> None:
    for kind in WORKFLOWS:
        listed = board_path(kind, uuid4()).split("/")[2]
        assert listed in PAGES or listed == "tasks", kind


async def test_the_board_says_who_looks_after_a_customer(site: Site) -> None:
    await site.world.make_processor()
    manager = await colleague(site.world, "manager")
    [row] = await site.world.rows("select name from app_user")
    customer = await site.world.make_customer("Bakker", manager_id=manager)
    async with signed_in(site.app, "manager", site.world.processor) as person:
        page = (await person.get(f"/board/customers/{customer}")).text
    assert "Account manager" in page
    assert row["name"] in page
    assert "Deputy" not in page


async def test_where_mail_does_not_reach_somebody_another_is_told(site: Site, smtp: Scripted) -> None:
    world = site.world
    await world.make_processor()
    first, second = await colleague(world, "manager"), await colleague(world, "director")
    customer = await world.make_customer("Bakker", manager_id=first)
    await world.make_agreement("kmo-solutions", customer)
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            "insert into deadline (id, processor_id, subject_id, agreement_id, rule, key, text, due_at, last_day, "
            "zone, boundary, party, clause, reading, steps, calendar) "
            "select uuidv7(), processor_id, id, id, 'audit.next', '', 'The audit', termijn_now(), '2026-03-02', "
            "'Europe/Amsterdam', 'exclusive', 'processor', '8.1', '', '[]', 'NL' from agreement"
        )
        await connection.execute('update app_user set hears = \'{"deadlines": "at_once"}\'')
    addresses = {row["id"]: row["email"] for row in await world.rows("select id, email from app_user")}
    smtp.at_rcpt[addresses[first]].append("550 no such user")
    for _ in range(2):
        await tell(world.pools.worker, world.engine)
        await mail_users(world.pools.worker, config_for(smtp.port))
    [mail] = smtp.mails()
    assert addresses[second] in mail["to"]
    assert [row["user_id"] for row in await world.rows("select user_id from told where in_vain")] == [first]
    async with transaction(world.pools.worker) as connection:
        await connection.execute("update clock set now = now + $1::interval", ANEW)
    await tell(world.pools.worker, world.engine)
    await mail_users(world.pools.worker, config_for(smtp.port))
    assert addresses[first] in smtp.mails()[-1]["to"]
    assert await world.rows("select from told where in_vain") == []


SUBJECTS = {
    "en": "Acme: 1 item waits for you",
    "nl": "Acme: 1 punt wacht op u",
    "de": "Acme: 1 Punkt wartet auf Sie",
    "fr": "Acme : 1 point vous attend",
}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_mail_leads_to_the_board(lang: Any, site: Site, smtp: Scripted) -> None:
    world = site.world
    await world.make_processor()
    await colleague(world, "manager", language=lang)
    made = await world.make_subprocessor("Stille Wolk", country=None)
    await tell(world.pools.worker, world.engine)
    await mail_users(world.pools.worker, config_for(smtp.port))
    [mail] = smtp.mails()
    assert mail["subject"].split() == SUBJECTS[lang].split()
    both = {one.get_content_type(): one.get_content() for one in mail.walk() if not one.is_multipart()}
    for text in both.values():
        assert "Stille Wolk" in text
        assert f"/board/subprocessors/{made}" in text
    [path] = set(re.findall(r"/board/subprocessors/[\w-]+", both["text/plain"]))
    assert "/n/" not in both["text/plain"], "no secret is in it"
    async with signed_in(site.app, "manager", world.processor) as person:
        assert (await person.get(path)).status_code == 200


async def test_what_somebody_was_told_can_be_read(site: Site, smtp: Scripted) -> None:
    world = site.world
    await world.make_processor()
    manager = await colleague(world, "manager")
    await world.make_subprocessor("Nowhere BV", country=None)
    await tell(world.pools.worker, world.engine)
    async with signed_in(site.app, "director", world.processor) as director:
        waits = (await director.get(f"/board/users/{manager}/told")).text
        assert "Nobody has said where Nowhere BV works" in waits
        assert "waits for the next mail" in waits
        await mail_users(world.pools.worker, config_for(smtp.port))
        page = (await director.get(f"/board/users/{manager}/told")).text
        assert "waits for the next mail" not in page
        assert f'users/{manager}/told"' in (await director.get("/board/settings")).text
        assert (await director.get(f"/board/users/{uuid4()}/told")).status_code == 404
    async with signed_in(site.app, "manager", world.processor) as other:
        assert (await other.get(f"/board/users/{manager}/told")).status_code == 403
