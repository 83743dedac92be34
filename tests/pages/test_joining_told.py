"""Who is told what of an application: by whom a mailbox was proven, in which language, and after keys were renewed."""

import re
from email.message import EmailMessage

import httpx
import pytest

from db.queries import sql
from db.session import transaction
from service import applications
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.deliver import deliver
from tests.mail.server import Scripted
from tests.pages.conftest import SECRET, Site, hidden, text_of
from tests.pages.test_every_language import wrong_in
from tests.pages.test_joining import (
    TYPED,
    agreement,
    applied,
    asked,
    begun,
    config,
    link,
    path_of,
    sign,
    smtp,
)
from tests.test_languages import TRANSLATED
from workflows.secret_key import Secret, SecretKey
from workflows.words import Language

__all__ = ["config", "smtp"]

OTHERS = {
    "name": "Win 1000 euro at http://evil.invalid", "reference": "http://evil.invalid/win",
    "p2-name": "Dear winner, click http://evil.invalid", "p2-email": "victim@others.invalid", "p2-contract": "yes",
}  # fmt: skip


async def test_a_withdrawn_one_is_over_and_its_customer_is_told(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    assert (await sign(site, await link(site, config, smtp))).status_code == 303
    made = await agreement(site)
    await site.world.do(made["id"], "withdraw", reason="We do not know you.")
    await site.world.drain()
    assert (await agreement(site))["state"] == "withdrawn"
    assert (
        await site.world.rows("select from task t join subject s on s.id = t.id and s.open where t.kind = 'joined'")
        == []
    )


async def letters(site: Site, config: MailConfig, smtp: Scripted) -> list[EmailMessage]:
    before = len(smtp.mails())
    while await deliver(site.world.pools.worker, site.world.engine, config):
        pass
    return smtp.mails()[before:]


def words_of(mails: list[EmailMessage]) -> list[str]:
    bodies = [mail.get_body(("plain",)) for mail in mails]
    return [" ".join(body.get_content().split()) for body in bodies if body is not None]


async def test_who_proved_no_mailbox_is_told_at_the_processors_signature(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await begun(site)
    assert (await sign(site, await link(site, config, smtp, **OTHERS))).status_code == 303
    sent = await letters(site, config, smtp)
    assert len(sent) == 2
    for mail in sent:
        assert "kim@bloom.example" in str(mail["to"])
        assert "victim" not in mail.as_string()
    words = words_of(sent)
    assert not [one for one in words if "processes personal data for" in one]
    assert len([one for one in words if "was asked for a processing agreement" in one]) == 1
    made = await agreement(site)
    await site.world.do(made["id"], "sign", party="processor", name="Robin", function="Director")
    later = await letters(site, config, smtp)
    assert {"victim@others.invalid" in str(mail["to"]) for mail in later} == {True}
    words = words_of(later)
    assert len([one for one in words if "processes personal data for" in one]) == 1
    assert len(later) == 2


async def test_who_proved_one_mailbox_turns_no_mail_to_another(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    answer = await sign(site, await link(site, config, smtp))
    own = str(answer.url.join(answer.headers["location"])).partition("?")[0]

    async def correct() -> httpx.Response:
        form = hidden((await site.client.get(own)).text)
        wish = {"section": "contacts", "wish": "correct", "name": "Dear winner", "email": "victim@others.invalid"}
        return await site.client.post(own, data={**form, "choice": "", "phone": "+31 20 123 4567", **wish})

    refused = await correct()
    assert (refused.status_code, "before the processor has signed" in text_of(refused.text)) == (409, True)
    assert "victim" not in "".join(mail.as_string() for mail in await letters(site, config, smtp))
    made = await agreement(site)
    await site.world.do(made["id"], "sign", party="processor", name="Robin", function="Director")
    assert (await correct()).status_code == 303


async def test_who_proved_no_mailbox_hears_nothing_where_it_comes_to_nothing(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await begun(site)
    assert (await sign(site, await link(site, config, smtp, **OTHERS))).status_code == 303
    made = await agreement(site)
    await site.world.do(made["id"], "withdraw", reason="We do not know you.")
    sent = await letters(site, config, smtp)
    assert {"kim@bloom.example" in str(mail["to"]) for mail in sent} == {True}
    states = await site.world.rows("select state from message where address = 'victim@others.invalid'")
    assert {row["state"] for row in states} == {"dropped"}
    assert len(states) == 3


async def test_where_the_start_lies_ahead_it_waits_for_both(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    assert (await sign(site, await link(site, config, smtp, starts_on="2026-03-20"))).status_code == 303
    made = await agreement(site)
    await site.world.do(made["id"], "sign", party="processor")
    await site.world.drain()
    assert (await agreement(site))["state"] == "notified"
    await site.world.days(19)
    assert (await agreement(site))["state"] == "active"


@pytest.mark.parametrize("lang", TRANSLATED)
async def test_every_page_and_mail_is_in_the_readers_language(
    site: Site, config: MailConfig, smtp: Scripted, lang: Language
) -> None:
    await begun(site)
    head = {"Accept-Language": lang}
    path = f"/j/acme?lang={lang}"
    shown = (await site.client.get(path)).text
    form = hidden(shown)
    wrong = await site.client.post("/j/acme", data={**form, "p2-phone": "x"})
    stale = await site.client.post("/j/acme", data={**form, **TYPED, "offer": "x"})
    done = await site.client.post("/j/acme", data={**form, **TYPED, "language": lang}, headers=head)
    [mail] = await asked(site, config, smtp)
    assert mail["content-language"] == lang
    signing = await site.client.get(path_of(mail))
    over = await site.client.post(path_of(mail), data={**hidden(signing.text)})
    seen = {
        "page": shown,
        "wrong": wrong.text,
        "stale": stale.text,
        "asked": done.text,
        "sign": signing.text,
        "no": over.text,
    }
    for name, html in seen.items():
        assert f'<html lang="{lang}"' in html, name
        words = re.sub("Bakery Bloom|Kim Jansen|English|Isle of Man", "", html)
        assert wrong_in(words, lang) == [], name
    await site.update(site.world.processor, joining=None)
    gone = await site.client.get(path_of(mail), headers=head)
    assert wrong_in(gone.text, lang) == []


async def test_a_link_goes_on_where_the_key_is_renewed(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    token = (await link(site, config, smtp)).rpartition("/")[2]
    renewed = SecretKey.after(SECRET, Secret("another secret of the tests, long enough too"))
    async with transaction(site.world.pools.api, readonly=True) as connection:
        assert await applications.opened(connection, renewed, token) is not None
        assert await applications.opened(connection, str(renewed), token) is None


async def test_after_a_restore_its_mail_waits_for_a_person(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    await applied(site)
    async with transaction(site.world.pools.worker) as connection:
        await connection.execute(sql("hold_mail"), ["queued"])
        [held] = await connection.fetch(sql("held_mail"))
    assert (held["kind"], held["address"]) == ("application", "kim@bloom.example")
    assert await asked(site, config, smtp) == []
    async with transaction(site.world.pools.worker) as connection:
        await connection.execute(sql("release_mail"), [held["id"]])
    assert len(await asked(site, config, smtp)) == 1
