"""The register of breaches on a contact's own page: what it was told of, and that it says so itself."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from db.session import transaction
from tests.drafts import ID, draft, store
from tests.pages.conftest import Site, has_form, hidden, text_of
from workflows.intake.breaches import BreachIn, new_breach


async def told_of_breach(site: Site, terms: str, **more: Any) -> tuple[UUID, str]:
    """A breach of which a customer under these terms was told, and the path of its contact's page."""
    world = site.world
    await world.make_processor(reply_to="privacy@acme.example")
    customer = await world.make_customer("Bakery", language="en", **more)
    await world.make_agreement(terms, customer)
    given = BreachIn(discovered_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC), summary="A laptop was stolen")
    acting = await world.acting()
    async with transaction(world.pools.api, [world.processor]) as connection:
        breach, new = await new_breach(connection, world.engine, acting, world.processor, given)
        await world.engine.create(connection, new, acting)
    await world.do(breach, "notify")
    await world.drain()
    return breach, await site.own_page(customer)


async def case_of(site: Site, breach: UUID) -> Any:
    [row] = await site.world.rows(
        "select k.*, s.state from breach_case k join subject s on s.id = k.id where k.breach_id = $1", breach
    )
    return row


async def confirmed(site: Site, path: str) -> str:
    """The page once its contact has pressed the button that says that the report arrived."""
    shown = await site.client.get(path)
    sent = await site.client.post(path, data=hidden(shown.text, section="breaches"))
    assert sent.status_code == 303, sent.text
    return (await site.client.get(str(sent.url.join(sent.headers["location"])))).text


async def test_a_customer_that_must_be_telephoned_says_itself_that_it_knows(site: Site) -> None:
    """Contict 8.1: a report in writing is not enough, the customer's own word is."""
    breach, path = await told_of_breach(site, "contict")
    before = await case_of(site, breach)
    assert (before["state"], before["informed_at"]) == ("running", None)
    calls = "select id from task where kind = 'breach_call' and done_at is null"
    assert await site.world.rows(calls)
    await site.world.go(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    after = await confirmed(site, path)
    case = await case_of(site, breach)
    assert (case["state"], case["informed_how"], case["late"]) == ("informed", "answer", False)
    assert case["informed_at"] == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert not await site.world.rows(calls)
    [met] = await site.world.rows(
        "select closed_how from deadline where subject_id = $1 and rule = 'breach.notice'", case["id"]
    )
    assert met["closed_how"] == "met"
    assert not has_form(after, section="breaches")
    # The hours are over and the customer knew in time: nothing is late.
    await site.world.days(3)
    assert not (await case_of(site, breach))["late"]
    assert not await site.world.rows("select from task where kind = 'breach_late'")


async def test_a_customer_that_mail_informed_may_say_so_too_and_outweighs_a_bounce(site: Site) -> None:
    breach, path = await told_of_breach(site, "stkkr")
    before = await case_of(site, breach)
    assert (before["state"], before["informed_how"]) == ("informed", "mail")
    await site.world.days(1)
    after = await confirmed(site, path)
    case = await case_of(site, breach)
    # What informed first still counts; the answer is proof beside it.
    assert (case["state"], case["informed_at"], case["informed_how"]) == ("informed", before["informed_at"], "mail")
    assert case["answered_at"] == await site.world.now()
    assert not has_form(after, section="breaches")
    await site.world.days(1)
    [customer] = await site.world.rows("select (contacts -> 0 ->> 'id') as contact from customer")
    await site.tell(case["id"], "bounced", contact_id=customer["contact"], words="550", kind="breach_notice")
    case = await case_of(site, breach)
    assert (case["state"], case["informed_at"], case["informed_how"]) == ("informed", case["answered_at"], "answer")
    assert await site.world.rows("select from task where kind = 'breach_bounced' and done_at is null")


@pytest.mark.parametrize("wanted", ["00000000-0000-7000-8000-000000000000", "x"])
async def test_a_case_that_is_not_on_the_page_is_not_confirmed(site: Site, wanted: str) -> None:
    breach, path = await told_of_breach(site, "contict")
    shown = await site.client.get(path)
    sent = await site.client.post(path, data={**hidden(shown.text, section="breaches"), "case": wanted})
    assert sent.status_code in (400, 409)
    assert (await case_of(site, breach))["state"] == "running"


async def test_how_long_the_customer_itself_has_is_its_own_laws(site: Site) -> None:
    _, path = await told_of_breach(site, "contict")
    page = (await site.client.get(path)).text
    assert "You have 72 hours for it from the moment you know of it" in page


async def test_a_customer_under_another_law_reads_nothing_of_this_one(site: Site) -> None:
    _, path = await told_of_breach(site, "c2c-baa")
    page = (await site.client.get(path)).text
    assert "HIPAA 164.408(b)" in page
    assert not [one for one in ("GDPR", "72 hours") if one in page]
    assert "That is the outer limit: what must be reported must be reported as soon as possible." in page
    assert "HIPAA 164.404(b)" in page
    assert "HIPAA 164.408(c)" in page
    informed = text_of(await confirmed(site, path))
    assert re.search(r"your period runs until \w+ \d+ \w+ 2026, 24:00 \(", informed), "a day, and no midnight after it"


async def test_without_such_a_rule_nothing_is_said_of_one(site: Site) -> None:
    await store(site.world, draft(breach={"clause": "9", "authority": "not_obliged", "authority_clause": "9",
                                          "channels": ["phone"]}))  # fmt: skip
    _, path = await told_of_breach(site, ID)
    page = (await site.client.get(path)).text
    assert "You decide whether this must be reported. We do not report anything ourselves." in page
