"""What has to go, on the contact's own page: items of the plan, what is held and why, and who left."""

from datetime import date
from uuid import UUID

import pytest

from tests.pages.conftest import Site, text_of
from tests.pages.notices import told
from tests.pages.test_contact import customer_of
from tests.world import local


async def item(site: Site, agreement: UUID, category: str) -> UUID:
    [row] = await site.world.rows(
        "select (p ->> 'id')::uuid as id from agreement, jsonb_array_elements(plan) p "
        "where agreement.id = $1 and p ->> 'category' = $2 limit 1", agreement, category,
    )  # fmt: skip
    found: UUID = row["id"]
    return found


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_the_plan_and_what_stays_are_told_in_the_customers_language(site: Site, lang: str) -> None:
    agreement, _, _ = await told(site, "contict", lang=lang)
    path = await site.own_page(await customer_of(site, agreement))
    heading = {"nl": "Wat er wordt verwijderd, en wanneer", "en": "What will be erased, and when"}[lang]
    assert heading not in text_of((await site.client.get(path)).text)
    world = site.world
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.go(local("2026-04-02T09:00:00+02:00"))
    await world.do(agreement, "hold", ground="AWR 52", categories=["iban"], until=date(2033, 12, 31))
    await world.do(agreement, "approve-plan")
    [back] = await world.rows(
        "select (p ->> 'id')::uuid as id from agreement, jsonb_array_elements(plan) p "
        "where agreement.id = $1 and p ->> 'kind' = 'return'", agreement,
    )  # fmt: skip
    await world.do(agreement, "confirm", task_id=back["id"], evidence="receipt")
    await world.do(agreement, "confirm", task_id=await item(site, agreement, "addresses"), evidence="log")
    said = text_of((await site.client.get(path)).text)
    for words in {
        "nl": (
            heading, "Teruggegeven: de gegevens.", "Gedaan op donderdag 2 april 2026.",
            "In uitvoering. Uiterlijk:", "Blijft voorlopig.", "IBAN: AWR 52, tot en met zaterdag 31 december 2033",
            "Moet nog gebeuren.",
        ),
        "en": (
            heading, "Returned: the data.", "Done on Thursday 2 April 2026.",
            "Under way. At the latest:", "Stays for the time being.", "IBAN: AWR 52, until Saturday 31 December 2033",
            "Still to be done.",
        ),
    }[lang]:  # fmt: skip
        assert words in said, words


@pytest.mark.parametrize(
    ("lang", "from_then", "never"), [("nl", "Vanaf", "Uiterlijk:"), ("en", "From", "At the latest:")]
)
async def test_what_has_no_last_moment_is_shown_from_when_it_begins(
    site: Site, lang: str, from_then: str, never: str
) -> None:
    """KMO 9.5: "na verloop van de voornoemde twee (2) weken … te wissen" is the earliest moment, and no last one."""
    agreement, _, _ = await told(site, "kmo-solutions", lang=lang)
    await site.world.do(agreement, "end-main-contract", on=date(2026, 4, 30))
    await site.world.go(local("2026-05-19T09:00:00+02:00"))
    path = await site.own_page(await customer_of(site, agreement))
    said = text_of((await site.client.get(path)).text)
    plan = said[said.index({"nl": "Wat er wordt verwijderd", "en": "What will be erased, and when"}[lang]) :]
    assert f"{from_then} " in plan
    assert {"nl": "dinsdag 19 mei", "en": "Tuesday 19 May"}[lang] in plan
    assert never not in plan


async def test_a_subprocessor_that_left_is_shown_until_and_after_it_confirmed(site: Site) -> None:
    agreement, change, _ = await told(site, "constant-it", lang="en")
    path = await site.own_page(await customer_of(site, agreement))
    world = site.world
    await world.days(40)
    await world.do(change, "end", on=date(2026, 4, 30), delete_by=date(2026, 5, 31))
    await world.go(local("2026-05-01T00:00:00+02:00"))
    asked = text_of((await site.client.get(path)).text)
    assert "Hosting BV stopped working for us after Thursday 30 April 2026." in asked
    assert "We asked it to confirm that the data have been deleted." in asked
    [row] = await world.rows("select (plan -> 0 ->> 'id')::uuid as id from change where id = $1", change)
    await world.do(change, "confirm", task_id=row["id"], evidence="their letter")
    assert "It confirmed on Friday 1 May 2026 that the data have been deleted." in text_of(
        (await site.client.get(path)).text
    )
