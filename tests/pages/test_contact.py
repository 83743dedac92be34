"""The contact's own page, and a processor's public one."""

import asyncio
import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.drafts import ID, draft, processor_rule, store
from tests.pages.conftest import Site, has_form, hidden, text_of
from tests.pages.notices import EVERYTHING, told
from tests.world import FACTS, local
from workflows.ids import new_id
from workflows.model.agreement import MainContract
from workflows.model.parties import Contact
from workflows.model.public_list import FORMAT, SCHEMA_PATH, list_schema

jsonschema = pytest.importorskip("jsonschema")


async def customer_of(site: Site, agreement: UUID) -> UUID:
    [row] = await site.world.rows("select customer_id from agreement where id = $1", agreement)
    found: UUID = row["customer_id"]
    return found


async def choice(site: Site, agreement: UUID) -> Any:
    [row] = await site.world.rows(
        "select choice ->> 'data' as data, choice ->> 'channel' as channel from agreement where id = $1", agreement
    )
    return row["data"], row["channel"]


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
async def test_the_own_page_shows_agreement_rules_people_and_open_notices(site: Site, terms: str, lang: str) -> None:
    agreement, _, notice = await told(site, terms, lang=lang)
    there = await site.link(notice)
    page = await site.client.get(await site.own_page(await customer_of(site, agreement)))
    words = text_of(page.text)
    assert page.status_code == 200
    assert f'<html lang="{lang}">' in page.text
    assert f'href="..{there}"' in page.text
    for said in ("Bakery", "Hosting BV", "kim@bakery.example", "M-1", {"nl": "Van kracht", "en": "In force"}[lang]):
        assert said in words, said


async def test_a_notice_without_a_link_of_its_own_gets_none_by_reading(site: Site) -> None:
    agreement, _, _ = await told(site, "kmo-solutions", lang="en")
    path = await site.own_page(await customer_of(site, agreement))
    [before] = await site.world.rows(EVERYTHING)
    got = await asyncio.gather(*(site.client.request(method, path) for method in ("GET", "HEAD") * 10))
    assert {one.status_code for one in got} == {200}
    [after] = await site.world.rows(EVERYTHING)
    assert dict(after) == dict(before)
    assert "Use the link in the mail about it to answer" in text_of(got[0].text)
    assert "/n/" not in got[0].text


async def test_subprocessors_at_work_announced_and_all_answers(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions", lang="en")
    customer = await customer_of(site, agreement)
    path = await site.own_page(customer)
    words = await site.shown(path)
    assert "Announced New subprocessor: Hosting BV hosting, Netherlands" in words
    assert "No subprocessor works with your data" in words
    await site.answer(await site.link(notice), "acknowledge")
    await site.world.days(31)
    words = await site.shown(path)
    assert "Hosting BV hosting, Netherlands Since Thursday 2 April 2026" in words
    assert "Nothing is announced" in words
    assert "Read: New subprocessor: Hosting BV by Kim, through this page" in words


async def test_who_worked_until_the_end_may_still_hold_the_data(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions", lang="en")
    path = await site.own_page(await customer_of(site, agreement))
    await site.answer(await site.link(notice), "acknowledge")
    await site.world.days(31)
    assert "May still hold your data" not in await site.shown(path)
    await site.world.do(agreement, "end-main-contract", on="2026-04-30")
    await site.world.go(local("2026-05-02T00:00:00+02:00"))
    words = await site.shown(path)
    assert "No subprocessor may work with your data any more" in words
    assert "May still hold your data, until these are erased Hosting BV hosting, Netherlands Worked for you" in words
    await site.world.do(agreement, "choose", data="erase", channel="letter", by="Kim")
    await site.world.drain()
    await site.world.do(agreement, "approve-plan")
    [plan] = await site.world.rows("select plan::text as plan from agreement where id = $1", agreement)
    its = [one["id"] for one in json.loads(plan["plan"]) if one.get("subprocessor_id")]
    assert its
    for item in its:
        await site.world.do(agreement, "confirm", task_id=item, evidence="Letter of 3 May")
    words = await site.shown(path)
    assert "Hosting BV hosting" not in words, "it confirmed that it holds none"
    assert "No subprocessor works with your data" in words


async def test_the_notices_page_leads_to_the_own_page_where_there_is_one(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions")
    there = await site.link(notice)
    assert "../p/" not in (await site.client.get(there)).text
    own = await site.own_page(await customer_of(site, agreement))
    assert f'href="..{own}"' in (await site.client.get(there)).text


async def test_return_can_be_asked_once_and_is_confirmed(site: Site) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery", language="en")
    agreement = await site.world.make_agreement("kmo-solutions", customer)
    path = await site.own_page(customer)
    shown = await site.client.get(path)
    data = {**hidden(shown.text), "choice": "return", "format": "CSV"}
    assert data["agreement"] == str(agreement)
    got = await asyncio.gather(*(site.client.post(path, data=data) for _ in range(20)))
    assert {one.status_code for one in got} == {303}
    assert await choice(site, agreement) == ("return", "link")
    [events] = await site.world.rows(
        "select count(*) as n from event where subject_id = $1 and type = 'agreement.chosen'", agreement
    )
    assert events["n"] == 1
    after = await site.client.get(str(got[0].url.join(got[0].headers["location"])))
    assert "Your request for return has been received" in after.text
    assert "you asked for the data to be returned" in text_of(after.text)
    assert not has_form(after.text, button="return")


async def test_a_certificate_may_be_asked_for_where_the_agreement_promises_one(site: Site) -> None:
    rules = {"end.certificate": processor_rule("request", "P30D", clause="11.2")}
    await store(site.world, draft(rules))
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery", language="en")
    agreement = await site.world.make_agreement(ID, customer)
    path = await site.own_page(customer)
    assert "Ask for a certificate of erasure" not in (await site.client.get(path)).text
    await site.world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await site.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    shown = await site.client.get(path)
    assert "Ask for a certificate of erasure" in shown.text
    data = {**hidden(shown.text), "choice": "certificate"}
    got = await asyncio.gather(*(site.client.post(path, data=data) for _ in range(5)))
    assert {one.status_code for one in got} == {303}
    after = await site.client.get(str(got[0].url.join(got[0].headers["location"])))
    assert "You asked for a certificate." in after.text
    assert "Ask for a certificate of erasure" not in after.text
    [events] = await site.world.rows(
        "select count(*) as n from event where subject_id = $1 and type = 'agreement.certificate_asked'", agreement
    )
    assert events["n"] == 1
    [deadline] = await site.world.rows("select last_day from deadline where rule = 'end.certificate'")
    assert deadline["last_day"] == date(2026, 5, 1)


async def test_return_asked_too_late_is_refused_in_plain_words(site: Site) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery", language="en")
    contract = MainContract(reference="M-1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
    agreement = await site.world.make_agreement("kmo-solutions", customer, main_contracts=(contract,))
    path = await site.own_page(customer)
    await site.world.days(31)
    shown = await site.client.get(path)
    assert "You can ask for return until" in shown.text
    assert "Tuesday 14 April 2026, 24:00 (Amsterdam time)" in text_of(shown.text)
    data = {**hidden(shown.text), "choice": "return"}
    await site.world.days(20)
    sent = await site.client.post(path, data=data)
    assert sent.status_code == 409
    assert await choice(site, agreement) == (None, None)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"choice": "keep"}, 400), ({"choice": ""}, 400), ({"agreement": "x"}, 400),
        ({"agreement": str(new_id())}, 400), ({"form": ""}, 403), ({"form": "A" * 68}, 403),
    ],
)  # fmt: skip
async def test_what_is_no_request_for_return_changes_nothing(site: Site, change: dict[str, str], status: int) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery")
    agreement = await site.world.make_agreement("kmo-solutions", customer)
    path = await site.own_page(customer)
    data = {**hidden((await site.client.get(path)).text), "choice": "return"}
    assert (await site.client.post(path, data={**data, **change})).status_code == status
    assert await choice(site, agreement) == (None, None)


async def test_another_customers_agreement_cannot_be_chosen_for(site: Site) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery")
    await site.world.make_agreement("kmo-solutions", customer)
    other = await site.world.make_agreement("kmo-solutions", await site.world.make_customer("Other"))
    path = await site.own_page(customer)
    data = {**hidden((await site.client.get(path)).text), "choice": "return", "agreement": str(other)}
    assert (await site.client.post(path, data=data)).status_code == 400
    assert await choice(site, other) == (None, None)
    assert "Other" not in await site.shown(path)


async def test_drafts_are_not_shown(site: Site) -> None:
    await site.world.make_processor()
    customer = await site.world.make_customer("Bakery", language="en")
    await site.world.make_agreement("kmo-solutions", customer, active=False)
    assert "There is no agreement at this moment" in await site.shown(await site.own_page(customer))


async def test_the_page_dies_with_its_contact(site: Site) -> None:
    await site.world.make_processor()
    people = [
        Contact(id=new_id(), name=name, email=f"{name}@bakery.example", roles=("contract",)) for name in ("Kim", "Sam")
    ]
    customer = await site.world.make_customer("Bakery", contacts=tuple(people))
    path = await site.own_page(customer)
    assert "Sam@bakery.example" in await site.shown(path)
    await site.update(customer, contacts=(people[1],))
    assert (await site.client.get(path)).status_code == 404


async def test_the_public_page_is_there_only_where_it_is_wanted(site: Site) -> None:
    await site.world.make_processor(slug="acme", public=False)
    for path in ("/s/acme", "/s/acme/subprocessors.json", "/s/acme/feed.xml", "/s/other", "/s/%00", "/s/%ff"):
        assert (await site.client.get(path)).status_code == 404, path


async def test_the_public_page_shows_who_works_and_what_is_announced_and_no_customer(site: Site) -> None:
    world = site.world
    await world.make_processor(slug="acme", public=True, language="en")
    used = await world.make_subprocessor("First <Host>", service="hosting", country="NL", address="Kade 1, Delft")
    coming = await world.make_subprocessor("Second Host", service="backup", country="DE")
    customer = await world.make_customer("Very Secret Customer")
    await world.make_agreement("kmo-solutions", customer, subprocessors=(used,))
    await world.make_agreement(
        "mms-solutions",
        await world.make_customer("Another Secret"),
        subprocessors=(used,),
        facts=FACTS["mms-solutions"],
    )
    change = await world.make_change(coming, effective_on=date(2026, 6, 1), reason="Because of Very Secret Customer")
    draft = await world.make_change(await world.make_subprocessor("Nobody Knows"))
    assert draft
    await world.announce(change)
    html = await site.client.get("/s/acme")
    assert '<link rel="alternate" type="application/json" href="acme/subprocessors.json">' in html.text
    words = text_of(html.text)
    assert "First &lt;Host&gt; Service hosting Country Netherlands Address Kade 1, Delft In use since" in words
    assert "New subprocessor: Second Host Service backup Country Germany Announced on Monday 2 March 2026" in words
    assert "Planned for Monday 1 June 2026" in words
    data = await site.client.get("/s/acme/subprocessors.json")
    assert data.headers["content-type"] == "application/json"
    body = data.json()
    assert body["processor"] == {"name": "Acme", "slug": "acme"}
    assert [(one["name"], one["service"], one["country"], one["address"]) for one in body["in_use"]] == [
        ("First <Host>", "hosting", "NL", "Kade 1, Delft")
    ]
    assert body["in_use"][0]["since"].endswith("Z")
    schema = (await site.client.get(SCHEMA_PATH)).json()
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(body)
    assert body["$schema"].endswith(SCHEMA_PATH)
    for there in ("/s/acme/subprocessors.json", "/s/acme/feed.xml", SCHEMA_PATH):
        tag = (await site.client.get(there)).headers["etag"]
        assert (await site.client.get(there, headers={"If-None-Match": tag})).status_code == 304
    [announced] = body["announced"]
    assert (announced["kind"], announced["name"], announced["effective_on"]) == ("add", "Second Host", "2026-06-01")
    feed = await site.client.get("/s/acme/feed.xml")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    atom = "{http://www.w3.org/2005/Atom}"
    root = ET.fromstring(feed.text)
    assert root.tag == f"{atom}feed"
    assert [one.text for one in root.iterfind(f"{atom}entry/{atom}title")] == ["New subprocessor: Second Host"]
    assert root.findtext(f"{atom}updated") == "2026-03-02T10:00:00+01:00"
    for one in (root, *root.iterfind(f"{atom}entry")):  # what each must have, once (RFC 4287, 4.1)
        assert [len(one.findall(f"{atom}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
    assert root.find(f"{atom}link[@rel='self']").get("href") == "http://testserver/s/acme/feed.xml"  # type: ignore[union-attr]  # or it fails
    assert root.findtext(f"{atom}author/{atom}name") == "Acme"
    said = root.find(f"{atom}entry/{{{FORMAT}}}change").attrib  # type: ignore[union-attr]  # or it fails
    assert said == {
        "kind": "add", "name": "Second Host", "country": "DE",
        "announced_at": "2026-03-02T10:00:00+01:00", "effective_on": "2026-06-01",
    }  # fmt: skip
    for text in (html.text, data.text, feed.text):
        for secret in ("Secret", "Kim", "Nobody Knows"):
            assert secret not in text
    assert '<html lang="nl">' in (await site.client.get("/s/acme?lang=nl")).text
    await world.days(120)
    body = (await site.client.get("/s/acme/subprocessors.json")).json()
    assert {one["name"] for one in body["in_use"]} == {"First <Host>", "Second Host"}
    assert body["announced"] == []
    assert re.search("<updated>", (await site.client.get("/s/acme/feed.xml")).text)


def test_the_format_of_lists_is_published_as_it_is() -> None:
    packaged = Path(__file__).parents[2] / "docs/subprocessors-1.schema.json"
    assert packaged.read_bytes() == list_schema(), "run `make docs`"
    jsonschema.Draft202012Validator.check_schema(json.loads(list_schema()))


async def test_who_is_not_bound_yet_is_announced_and_not_in_use(site: Site) -> None:
    """The public list and a contact's own page agree with the gate (P21)."""
    world = site.world
    await world.make_processor(slug="acme", public=True, language="en")
    await world.make_agreement("kmo-solutions", await world.make_customer())
    unbound = await world.make_subprocessor("Second Host", country="DE", bound_on=None)
    await world.announce(await world.make_change(unbound))
    await world.days(60)

    async def listed() -> tuple[list[str], list[str]]:
        body = (await site.client.get("/s/acme/subprocessors.json")).json()
        return [one["name"] for one in body["in_use"]], [one["name"] for one in body["announced"]]

    assert await world.rows("select 1 from engagement where subprocessor_id = $1 and until is null", unbound)
    assert await listed() == ([], ["Second Host"])
    await site.update(unbound, bound_on=date(2026, 5, 1))
    assert await listed() == (["Second Host"], [])


async def test_the_feed_speaks_of_the_processors_own_days(site: Site) -> None:
    """Half past midnight in Amsterdam is still the day before in UTC."""
    world = site.world
    await world.make_processor(slug="acme", public=True, language="en")
    await world.make_agreement("kmo-solutions", await world.make_customer())
    await world.go(datetime(2026, 3, 11, 23, 30, tzinfo=UTC))
    await world.announce(await world.make_change(await world.make_subprocessor("Second Host", country="DE")))
    text = (await site.client.get("/s/acme/feed.xml")).text
    assert text.count("<updated>2026-03-12T00:30:00+01:00</updated>") == 2
    assert "Announced on: Thursday 12 March 2026. Planned for: as agreed with each customer." in text
    assert "2026-03-11" not in text


async def test_what_nobody_has_decided_to_ask_stands_on_no_page(site: Site) -> None:
    """An agreement without a word on subprocessors: the customer reads nothing of it before a person asks."""
    world = site.world
    await world.make_processor(language="en")
    customer = await world.make_customer(language="en")
    agreement = await world.make_agreement("oxil-annex", customer)
    change = await world.make_change(await world.make_subprocessor("Store Ltd", country="GB"))
    await world.announce(change)
    path = await site.own_page(customer)
    assert "Store Ltd" not in await site.shown(path)
    await world.do((await world.notice(change, agreement))["id"], "resend")
    await world.drain()
    assert "Store Ltd" in await site.shown(path)
