"""A new secret key with the one before it: nothing that was handed out dies, and what is new comes of the new one."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook as Receiver

from db.session import transaction
from service.applications import application_token
from service.links import digest, ensure_link, feed_token, subscription_token, token_for
from service.pages.seal import make_seal, read_seal
from service.people.sign_in import sign_in_token
from service.settings import Settings
from service.webhooks.signing import headers, secret_for
from tests.databases import Reused
from tests.http.conftest import started_app
from tests.pages.conftest import SECRET, Site, hidden
from tests.pages.notices import told
from tests.pages.test_calendar import feed_of
from tests.pages.test_contact import customer_of
from workflows.engine.root_checks import _signatures
from workflows.errors import BadInput
from workflows.ids import new_id
from workflows.ledger.merkle import Root, sign
from workflows.model.webhook import Webhook
from workflows.secret_key import Secret, SecretKey, keys_of

RENEWED = SecretKey.after(SECRET, Secret("another secret of the tests, long enough too"))


@pytest.fixture
async def renewed(site: Site, reused: Reused) -> AsyncIterator[Site]:
    """The same world, served by a process with the renewed key."""
    settings = replace(site.app.state.parts.settings, secret_key=RENEWED)
    async with started_app(settings, reused.served) as app:
        await app.state.parts.arrivals.calibrate()
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # as in `site`
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            yield Site(site.world, app, client)


async def test_every_link_goes_on_and_so_do_pages_that_were_open(site: Site, renewed: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions", lang="en")
    customer = await customer_of(site, agreement)
    link, own = await site.link(notice), await site.own_page(customer)
    calendar = await feed_of(site, own)
    form = hidden((await site.client.get(link)).text)
    for path in (link, own, calendar):
        assert (await renewed.client.get(path)).status_code == 200, path
    assert link[1:] in (await renewed.client.get(own)).text, "what a page names is the link that opens"
    assert own[1:] in (await renewed.client.get(link)).text
    answered = await renewed.client.post(link, data={**form, "answer": "object", "grounds": "No"})
    assert answered.status_code == 303, answered.text
    async with transaction(site.world.pools.worker) as connection:
        kept = await connection.fetchrow("select contact_id, subject_id from link where purpose = 'notice'")
        about: Any = (
            site.world.processor,
            customer,
            kept["contact_id"],
            "notice",
            kept["subject_id"],
            datetime.now(UTC),
        )
        assert f"/n/{await ensure_link(connection, RENEWED, *about)}" == link, "a second mail has the same"
        only = await ensure_link(connection, str(RENEWED), *about)
        assert f"/n/{only}" != link
        assert len(await connection.fetch("select * from termijn_link($1)", digest(link[3:]))) == 0


async def test_a_link_that_is_new_comes_of_the_new_key(site: Site) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer()
    async with transaction(site.world.pools.worker) as connection:
        about: Any = (site.world.processor, customer, new_id(), "contact", customer, datetime.now(UTC))
        token = await ensure_link(connection, RENEWED, *about)
        [row] = await connection.fetch("select id from link where subject_id = $1", customer)
        assert token == token_for(str(RENEWED), row["id"], 1) != token_for(str(SECRET), row["id"], 1)


async def test_tokens_that_no_row_keeps_are_recognised(renewed: Site) -> None:
    one = new_id()
    for made in (feed_token, subscription_token, sign_in_token, application_token):
        given = (one, 1) if made is feed_token else (one,)
        assert made(SECRET, *given) in {made(key, *given) for key in keys_of(RENEWED)}
    seal = make_seal(SECRET, one, 1_000_000)
    assert read_seal(RENEWED, one, seal, 1_000_000) is not None
    assert read_seal(str(RENEWED), one, seal, 1_000_000) is None
    cut = seal[:-4]
    assert read_seal(RENEWED, one, cut, 1_000_000) is None


async def test_a_receiver_of_events_checks_with_either_secret() -> None:
    at = datetime.now(UTC)
    hook = Webhook(id=new_id(), processor_id=new_id(), url="https://receiver.invalid/", events=("*",), generation=2)
    found = dict(headers(RENEWED, hook, "evt_1", b"{}", sent_at=at, now=at))
    for key in (SECRET, str(RENEWED)):
        Receiver(secret_for(key, hook.id, 2)).verify("{}", found)


def test_a_root_of_the_day_before_is_the_services_own() -> None:
    root = Root(processor=new_id(), number=1, day=date(2026, 3, 1), events=1, root=b"r" * 32, previous=b"p" * 32)
    roots = {root.processor: [(root, {"signature": sign(SECRET, root)})]}
    assert _signatures(roots, RENEWED, ()).signed == 1
    assert "not this secret's" in str(_signatures(roots, str(RENEWED), ()).wrong)


def test_the_settings_name_both_and_never_the_same_twice() -> None:
    given = {"TERMIJN_SECRET_KEY": str(RENEWED), "TERMIJN_SECRET_KEY_PREVIOUS": str(SECRET)}
    assert keys_of(Settings.load(given, ()).secret_key) == (str(RENEWED), str(SECRET))
    assert keys_of(Settings.load({"TERMIJN_SECRET_KEY": str(RENEWED)}, ()).secret_key) == (str(RENEWED),)
    with pytest.raises(BadInput, match="TERMIJN_SECRET_KEY_PREVIOUS is the present secret key"):
        Settings.load({"TERMIJN_SECRET_KEY": str(SECRET), "TERMIJN_SECRET_KEY_PREVIOUS": str(SECRET)}, ())
    with pytest.raises(BadInput, match="TERMIJN_SECRET_KEY_PREVIOUS is too short"):
        Settings.load({"TERMIJN_SECRET_KEY_PREVIOUS": "short"}, ())
    assert repr(RENEWED) == "Secret('…')"
