"""Mails to anybody who subscribed to a public page: confirmed by a second mail, ended by a link, at least once."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from db.session import transaction
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.subscribers import tell_subscribers
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.pages.conftest import SECRET, Site
from workflows.engine.inbound import Inbound, ingest


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


async def told(site: Site, config: MailConfig, smtp: Scripted) -> list[EmailMessage]:
    """What goes out now."""
    before = len(smtp.mails())
    await tell_subscribers(site.world.pools.worker, config)
    return smtp.mails()[before:]


def path_of(mail: EmailMessage) -> str:
    [found] = set(re.findall(r"/u/\S+", mail.get_content()))
    return str(found)


async def asked(site: Site, address: str = "ann@reader.example", **more: Any) -> int:
    answer = await site.client.post("/s/acme", data={"address": address, "lang": "en", **more})
    return answer.status_code


async def rows(site: Site) -> list[Any]:
    return await site.world.rows("select address, confirmed_at, ended_at from subscription order by id")


async def test_an_address_is_told_once_it_was_confirmed_and_until_it_ends(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    world = site.world
    await world.make_processor(slug="acme", public=True, language="nl")
    early = await world.make_change(await world.make_subprocessor("Early Host"))
    await world.announce(early)
    await world.days(1)
    assert "Ask for mails" in (await site.client.get("/s/acme?lang=en")).text
    assert await asked(site) == 200
    [mail] = await told(site, config, smtp)
    assert mail["to"] == "ann@reader.example"
    assert mail["subject"] == "Acme: do you want mails about its subprocessors?"
    path = path_of(mail)
    # Fetching changes nothing, however often; until it is confirmed nothing more is sent.
    for _ in range(3):
        assert "Yes, send me mails" in (await site.client.get(path)).text
    later = await world.make_change(await world.make_subprocessor("Later Host"))
    await world.announce(later)
    assert await told(site, config, smtp) == []
    await world.days(1)
    assert (await site.client.post(path, data={"do": "confirm"})).status_code == 200
    assert await told(site, config, smtp) == []  # what was announced before stands on the page
    await world.days(1)
    change = await world.make_change(await world.make_subprocessor("Third Host"))
    await world.announce(change)
    [mail] = await told(site, config, smtp)
    assert "Third Host" in mail["subject"]
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert "/s/acme?lang=en" in mail.get_content()
    assert "no period runs from it" in " ".join(mail.get_content().split())
    assert await told(site, config, smtp) == []  # once
    await world.days(1)
    await world.do(change, "amend", fields={"reason": "another text"}, substance=True, reason="it was wrong")
    await world.drain()
    assert len(await told(site, config, smtp)) == 1  # a new text is told anew
    assert "Stop the mails" in (await site.client.get(path)).text
    assert (await site.client.post(path, data={"do": "end"})).status_code == 200
    [row] = await rows(site)
    assert (row["address"], row["ended_at"] is not None) == (None, True)
    another = await world.make_change(await world.make_subprocessor("Fourth Host"))
    await world.announce(another)
    assert await told(site, config, smtp) == []
    assert "No more mails" in (await site.client.get(path)).text
    assert (await site.client.post(path, data={"do": "confirm"})).status_code == 400


async def test_a_mail_programs_own_button_ends_it(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await site.world.make_processor(slug="acme", public=True)
    await asked(site)
    [mail] = await told(site, config, smtp)
    await site.client.post(path_of(mail), data={"do": "confirm"})
    answer = await site.client.post(path_of(mail), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert [one["address"] for one in await rows(site)] == [None]


async def test_nobody_is_pestered_and_nobody_learns_who_subscribed(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await site.world.make_processor(slug="acme", public=True)
    for _ in range(3):
        assert await asked(site) == 200
    assert len(await told(site, config, smtp)) == 1
    assert await asked(site, "ANN@reader.example") == 200  # the same mailbox
    assert await told(site, config, smtp) == []
    await site.world.days(1)
    assert await asked(site) == 200
    assert len(await told(site, config, smtp)) == 1
    # Never confirmed: forgotten after a week.
    await site.world.days(8)
    await told(site, config, smtp)
    assert [one["address"] for one in await rows(site)] == [None]


async def test_whoever_never_answers_is_left_alone_for_a_week_and_an_answer_ends_that(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await site.world.make_processor(slug="acme", public=True)
    mails = []
    for _ in range(5):
        assert await asked(site) == 200
        mails.append(len(await told(site, config, smtp)))
        await site.world.days(1)
    assert mails == [1, 1, 1, 0, 0]
    [kept] = await site.world.rows("select asks, digest::text as digest from subscription_asked")
    assert (kept["asks"], "ann" in kept["digest"]) == (3, False)
    await site.world.days(5)
    assert await told(site, config, smtp) == []
    assert await asked(site) == 200
    [mail] = await told(site, config, smtp)
    await site.client.post(path_of(mail), data={"do": "confirm"})
    assert await site.world.rows("select 1 from subscription_asked") == []


async def test_what_is_refused(site: Site) -> None:
    await site.world.make_processor(slug="acme", public=True)
    assert await asked(site, "nobody") == 422
    assert await asked(site, "a@x.example, b@x.example") == 422
    assert (await site.client.post("/s/other", data={"address": "ann@reader.example"})).status_code == 404
    elsewhere = await site.client.post(
        "/s/acme", data={"address": "ann@reader.example"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert elsewhere.status_code == 403
    assert await rows(site) == []
    for path in ("/u/nothing", f"/u/{'A' * 64}"):
        assert (await site.client.get(path)).status_code == 404
        assert (await site.client.post(path, data={"do": "end"})).status_code == 404


async def test_a_server_that_is_away_is_tried_again(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await site.world.make_processor(slug="acme", public=True)
    await asked(site)
    await smtp.stop()
    await tell_subscribers(site.world.pools.worker, config)
    [row] = await site.world.rows("select sent_at, next_at, tries from subscription_mail")
    assert (row["sent_at"], row["tries"]) == (None, 1)
    assert row["next_at"] is not None
    await smtp.start()


async def confirmed(site: Site, config: MailConfig, smtp: Scripted, address: str = "ann@reader.example") -> None:
    await site.world.make_processor(slug="acme", public=True)
    await asked(site, address)
    [mail] = await told(site, config, smtp)
    await site.client.post(path_of(mail), data={"do": "confirm"})
    await site.world.days(1)


async def announced(site: Site, name: str) -> UUID:
    change = await site.world.make_change(await site.world.make_subprocessor(name))
    await site.world.announce(change)
    return change


async def test_who_was_told_of_a_change_is_told_that_it_was_withdrawn(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await confirmed(site, config, smtp)
    sent = await announced(site, "First Host")
    assert len(await told(site, config, smtp)) == 1
    unsent = await announced(site, "Second Host")
    for change in (sent, unsent):
        await site.world.do(change, "withdraw", reason="not needed")
    await site.world.drain()
    # Of the second nobody had heard, and nobody hears of it.
    [mail] = await told(site, config, smtp)
    assert mail["subject"] == "Acme withdrew a change of its subprocessors: First Host"
    assert "has withdrawn it: it does not happen" in mail.get_content()
    assert await told(site, config, smtp) == []


def bounce(sent: EmailMessage) -> Inbound:
    """The word of somebody who has seen the mail."""
    found = re.search(r"<([0-9a-f-]{36})\.([0-9a-f]{20})@", str(sent["Message-ID"]))
    assert found is not None
    return Inbound(kind="bounce", message=UUID(found[1]), seal=found[2], received_at=datetime(2026, 3, 3, tzinfo=UTC))


async def test_an_address_from_which_all_comes_back_is_taken_off(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    world = site.world
    await confirmed(site, config, smtp)

    async def came(what: Inbound) -> str:
        acting = await world.acting()
        async with transaction(world.pools.worker) as connection:
            made, _ = await ingest(connection, world.engine, acting, world.processor, what)
        [row] = await world.rows("select outcome from inbound where id = $1", made)
        return str(row["outcome"])

    for number, name in enumerate(("One", "Two", "Three")):
        await announced(site, f"{name} Host")
        [mail] = await told(site, config, smtp)
        assert smtp.attempts[-1].sender.startswith("bounce+")
        if number == 0:  # anybody can write such a mail: without its seal it says nothing
            assert await came(replace(bounce(mail), seal="0" * 20)) == "untied"
        [row] = await rows(site)
        assert row["address"] == "ann@reader.example"
        assert await came(bounce(mail)) == "taken"
    [row] = await rows(site)
    assert (row["address"], row["ended_at"] is not None) == (None, True)
    await announced(site, "Four Host")
    assert await told(site, config, smtp) == []
