"""The mail that lets somebody in: sent at once, in the reader's language, and only while its link does."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import pytest
from msgspec.structs import replace

from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.people import TRIES, mail_users
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.pages.conftest import SECRET, Site, hidden
from tests.people import new_user
from workflows.words import LANGUAGES


@pytest.fixture
async def smtp() -> AsyncIterator[Scripted]:
    server = Scripted()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def config(smtp: Scripted) -> MailConfig:
    """The pages' own secret, so that the link opens here."""
    return replace(config_for(smtp.port), secret=SECRET)


async def ask(site: Site, email: str) -> None:
    fields = hidden((await site.client.get("/board/in")).text)
    assert (await site.client.post("/board/in", data={**fields, "email": email})).status_code == 200


def parts(mail: EmailMessage) -> dict[str, str]:
    return {one.get_content_type(): one.get_content() for one in mail.walk() if not one.is_multipart()}


async def rows(site: Site) -> list[Any]:
    return await site.world.rows("select tries, next_at, sent_at, words from user_mail order by id")


async def test_the_mailed_link_signs_in(site: Site, config: MailConfig, smtp: Scripted) -> None:
    user = await new_user(site.app, "manager", await site.world.make_processor(), language="nl")
    await ask(site, user.email)
    assert await mail_users(site.world.pools.worker, config) == 1
    [mail] = smtp.mails()
    assert mail["to"] == f'"{user.name}" <{user.email}>' or mail["to"] == f"{user.name} <{user.email}>"
    assert mail["subject"] == "Inloggen: Acme"
    assert mail["content-language"] == "nl"
    both = parts(mail)
    [path] = set(re.findall(r"/board/in/[\w=-]+", both["text/plain"]))
    assert path in both["text/html"]
    assert "you" not in both["text/plain"].split()
    answer = await site.client.post(path, data=hidden((await site.client.get(path)).text))
    assert answer.status_code == 303
    assert await mail_users(site.world.pools.worker, config) == 0
    assert await site.world.rows("select from message") == [], "it stands in nobody's evidence"


async def test_everybody_with_the_address_is_written_to_in_their_language(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    processor = await site.world.make_processor()
    await new_user(site.app, "manager", processor, email="both@acme.example", language="de")
    await new_user(site.app, "admin", None, email="both@acme.example", language="fr")
    await ask(site, "Both@acme.example")
    await mail_users(site.world.pools.worker, config)
    assert [one["subject"] for one in smtp.mails()] == ["Anmelden: Acme", "Connexion : Termijn"]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_each_language_has_its_mail(lang: Any, site: Site, config: MailConfig, smtp: Scripted) -> None:
    user = await new_user(site.app, "manager", await site.world.make_processor(), language=lang)
    await ask(site, user.email)
    await mail_users(site.world.pools.worker, config)
    [mail] = smtp.mails()
    assert f'lang="{lang}"' in parts(mail)["text/html"]
    assert "Acme" in parts(mail)["text/plain"]


async def test_a_link_that_lets_nobody_in_is_not_sent(site: Site, config: MailConfig, smtp: Scripted) -> None:
    processor = await site.world.make_processor()
    late, gone = [await new_user(site.app, "manager", processor) for _ in range(2)]
    for one in (late, gone):
        await ask(site, one.email)
    async with site.world.pools.worker.acquire() as connection:
        await connection.execute(
            "update user_link set ends_at = clock_timestamp() "
            "where user_id = (select id from app_user where email = $1)", late.email
        )  # fmt: skip
        await connection.execute(
            "update app_user set state = 'removed', removed_at = now() where email = $1", gone.email
        )
    assert await mail_users(site.world.pools.worker, config) == 0
    assert smtp.mails() == []
    assert [one["next_at"] for one in await rows(site)] == [None, None]


async def test_while_the_server_is_away_it_waits(site: Site, config: MailConfig, smtp: Scripted) -> None:
    user = await new_user(site.app, "manager", await site.world.make_processor())
    await ask(site, user.email)
    away = replace(config, smtp=replace(config.smtp, port=1))
    for _ in range(TRIES):
        assert await mail_users(site.world.pools.worker, away) == 1
        [row] = await rows(site)
        async with site.world.pools.worker.acquire() as connection:
            await connection.execute("update user_mail set next_at = termijn_now() where next_at is not null")
    assert row["next_at"] is None, "given up in the end"
    assert row["sent_at"] is None
