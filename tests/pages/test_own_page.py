"""What a contact does on its own page besides choosing: correct itself, ask about contacts or an audit, pass on."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.pages.conftest import Site, has_form, hidden, text_of
from tests.pages.notices import EVERYTHING, told
from tests.pages.test_contact import customer_of
from workflows.ids import new_id
from workflows.model.parties import Contact

MAILS = "select kind, address, contact_id, data::text as data from message where kind = any ($1) order by id"


def people(*names: str, roles: Any = ("contract",), phone: str | None = None) -> tuple[Contact, ...]:
    return tuple(
        Contact(id=new_id(), name=name, email=f"{name.lower()}@bakery.example", phone=phone, roles=roles)
        for name in names
    )


async def bakery(site: Site, contacts: tuple[Contact, ...] = (), terms: str = "kmo-solutions", **more: Any) -> UUID:
    """A customer with an agreement in force."""
    await site.world.make_processor(reply_to="privacy@acme.example")
    contacts = contacts or people("Kim", "Sam")
    customer = await site.world.make_customer("Bakery", language="en", contacts=contacts, **more)
    await site.world.make_agreement(terms, customer)
    return customer


async def correct(site: Site, path: str, **fields: str) -> httpx.Response:
    shown = await site.client.get(path)
    data = {**hidden(shown.text, section="contacts", wish="correct"), **fields}
    return await site.client.post(path, data=data)


async def kim_of(site: Site, customer: UUID) -> Any:
    [row] = await site.world.rows(
        "select contacts -> 0 ->> 'name' as name, contacts -> 0 ->> 'email' as email, "
        "contacts -> 0 ->> 'phone' as phone, contacts -> 0 ->> 'id' as id from customer where id = $1", customer,
    )  # fmt: skip
    return row


async def tasks(site: Site, kind: str) -> list[Any]:
    return await site.world.rows("select id, about, data::text as data, done_at, text from task where kind = $1", kind)


async def test_a_corrected_address_counts_at_once_and_both_addresses_are_told(site: Site) -> None:
    customer = await bakery(site)
    path = await site.own_page(customer)
    answer = await correct(site, path, name="Kim Baker", email="kim.baker@bakery.example", phone="+31 10 7654321")
    assert answer.status_code == 303
    after = await site.client.get(str(answer.url.join(answer.headers["location"])))
    assert "What you entered about the contacts has been received" in after.text
    assert "kim.baker@bakery.example" in after.text
    row = await kim_of(site, customer)
    assert (row["name"], row["email"], row["phone"]) == ("Kim Baker", "kim.baker@bakery.example", "+31 10 7654321")
    mails = await site.world.rows(MAILS, ["contact_corrected"])
    assert [one["address"] for one in mails] == ["kim@bakery.example", "kim.baker@bakery.example"]
    [task] = await tasks(site, "contact_corrected")
    assert task["about"] == customer
    for personal in ("kim", "Kim", "7654321"):
        assert personal not in task["text"]
    [event] = await site.world.rows(
        "select e.body, p.body as personal from event e join personal p using (subject_id, seq) "
        "where e.type = 'customer.contact_corrected'"
    )
    assert f'"actor":"contact:{row["id"]}"' in event["body"]
    assert "bakery.example" not in event["body"]
    assert "kim@bakery.example" in event["personal"]
    assert "kim.baker@bakery.example" in event["personal"]


async def test_a_name_or_number_needs_no_looking_at(site: Site) -> None:
    customer = await bakery(site)
    path = await site.own_page(customer)
    assert (await correct(site, path, name="Kim Baker", email="kim@bakery.example", phone="")).status_code == 303
    mails = await site.world.rows(MAILS, ["contact_corrected"])
    assert [one["address"] for one in mails] == ["kim@bakery.example"]
    assert await tasks(site, "contact_corrected") == []
    assert (await kim_of(site, customer))["name"] == "Kim Baker"


async def test_the_same_form_many_times_is_one_correction(site: Site) -> None:
    customer = await bakery(site)
    path = await site.own_page(customer)
    shown = await site.client.get(path)
    data = {
        **hidden(shown.text, section="contacts", wish="correct"), "name": "Kim", "email": "new@bakery.example",
    }  # fmt: skip
    got = await asyncio.gather(*(site.client.post(path, data=data) for _ in range(20)))
    assert {one.status_code for one in got} == {303}
    assert len(await site.world.rows(MAILS, ["contact_corrected"])) == 2
    assert len(await tasks(site, "contact_corrected")) == 1


async def test_the_address_cannot_be_changed_again_before_a_person_has_looked(site: Site) -> None:
    customer = await bakery(site)
    path = await site.own_page(customer)
    await correct(site, path, name="Kim", email="second@bakery.example", phone="")
    again = await correct(site, path, name="Kim", email="third@bakery.example", phone="")
    assert again.status_code == 409
    assert "A member of staff is still checking your earlier change" in again.text
    assert "third@bakery.example" in again.text
    assert (await kim_of(site, customer))["email"] == "second@bakery.example"
    assert (await correct(site, path, name="Kim B", email="second@bakery.example", phone="")).status_code == 303
    [task] = await tasks(site, "contact_corrected")
    await site.world.do(task["id"], "done", note="Telephoned: it is Kim.")
    assert (await correct(site, path, name="Kim B", email="third@bakery.example", phone="")).status_code == 303
    assert (await kim_of(site, customer))["email"] == "third@bakery.example"


@pytest.mark.parametrize(
    ("fields", "field", "status"),
    [
        ({"email": "nobody"}, "person-email", 422), ({"email": ""}, "person-email", 422),
        ({"email": "a@b.example, evil@x.example"}, "person-email", 422),
        ({"email": "SAM@bakery.example"}, "person-email", 422), ({"name": ""}, "person-name", 422),
        ({"name": "Kim\nBcc: x"}, "person-name", 422), ({"name": "x" * 201}, "person-name", 422),
        ({"phone": "call me"}, "person-phone", 422), ({"phone": ""}, "person-phone", 422),
    ],
)  # fmt: skip
async def test_a_wrong_correction_is_refused_where_it_is_wrong(
    site: Site, fields: dict[str, str], field: str, status: int
) -> None:
    customer = await bakery(site, people("Kim", "Sam", roles=("contract", "security"), phone="+31 10 1234567"))
    path = await site.own_page(customer)
    [before] = await site.world.rows(EVERYTHING)
    good = {"name": "Kim", "email": "kim@bakery.example", "phone": "+31 10 1234567"}
    answer = await correct(site, path, **{**good, **fields})
    assert answer.status_code == status
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-wrong"' in answer.text
    [after] = await site.world.rows(EVERYTHING)
    assert dict(after) == dict(before)


async def test_one_contact_cannot_correct_another(site: Site) -> None:
    customer = await bakery(site)
    path = await site.own_page(customer, contact=1)
    row = await kim_of(site, customer)
    await correct(site, path, name="Sam", email="sam2@bakery.example", phone="", contact_id=row["id"])
    assert (await kim_of(site, customer))["email"] == "kim@bakery.example"


async def test_what_came_back_goes_out_again_to_the_corrected_address(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions", lang="en")
    customer = await customer_of(site, agreement)
    path = await site.own_page(customer)
    row = await kim_of(site, customer)
    await site.world.do(notice, "not-received", reason="another's mailbox")
    assert await site.world.state(notice) == "undeliverable"
    assert (await correct(site, path, name="Kim", email="new@bakery.example", phone="+31 10 1234567")).is_redirect
    await site.world.drain()
    assert await site.world.state(notice) == "open"
    mails = await site.world.rows(MAILS, ["announcement"])
    assert [(one["address"], str(one["contact_id"])) for one in mails[-1:]] == [("new@bakery.example", row["id"])]


async def test_a_bounce_of_the_new_address_opens_a_task(site: Site) -> None:
    customer = await bakery(site)
    row = await kim_of(site, customer)
    await site.tell(customer, "bounced", contact_id=row["id"], words="550 unknown")
    [task] = await tasks(site, "bounced")
    assert task["about"] == customer


async def test_roles_and_other_contacts_are_asked_of_a_person(site: Site) -> None:
    customer = await bakery(site)
    path = await site.own_page(customer)
    shown = await site.client.get(path)
    fields = hidden(shown.text, section="contacts", wish="ask")
    data = {**fields, "words": "Sam <b>leaves</b>, Robin comes: robin@bakery.example"}
    got = await asyncio.gather(*(site.client.post(path, data=data) for _ in range(20)))
    assert {one.status_code for one in got} == {303}
    [task] = await tasks(site, "contacts_asked")
    assert "robin@bakery.example" in task["data"]
    [mail] = await site.world.rows(MAILS, ["contacts_asked"])
    assert mail["address"] == "kim@bakery.example"
    [row] = await site.world.rows("select jsonb_array_length(contacts) as n from customer where id = $1", customer)
    assert row["n"] == 2
    again = await site.client.get(path)
    more = {**hidden(again.text, section="contacts", wish="ask"), "words": "And one more thing"}
    refused = await site.client.post(path, data=more)
    assert refused.status_code == 409
    assert "And one more thing" in refused.text
    empty = await site.client.post(path, data={**more, "words": " "})
    assert (empty.status_code, 'id="ask-wrong"' in empty.text) == (422, True)


@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
async def test_an_audit_can_be_asked_for_once_at_a_time(site: Site, terms: str) -> None:
    customer = await bakery(site, people("Kim", roles=("contract", "security", "privacy"), phone="+31 10 1"), terms)
    path = await site.own_page(customer)
    shown = await site.client.get(path)
    data = {**hidden(shown.text, section="audit"), "indications": "The breach in May", "auditor": "Auditors BV"}
    got = await asyncio.gather(*(site.client.post(path, data=data) for _ in range(5)))
    assert {one.status_code for one in got} == {303}
    after = await site.client.get(str(got[0].url.join(got[0].headers["location"])))
    assert "Your request for an audit has been received" in after.text
    [audit] = await site.world.rows("select id, agreement_id, indications, channel from audit")
    assert (str(audit["agreement_id"]), audit["indications"], audit["channel"]) == (
        data["agreement"], "The breach in May", "link",
    )  # fmt: skip
    [mail] = await site.world.rows(MAILS, ["audit"])
    assert "Auditors BV" in mail["data"]
    assert "Requested; a day is being agreed" in after.text
    again = {**hidden(after.text, section="audit"), "indications": "Now!"}
    assert (await site.client.post(path, data=again)).status_code == 409
    strange = {**again, "agreement": str(new_id())}
    assert (await site.client.post(path, data=strange)).status_code == 400


async def test_a_section_that_is_none_or_a_forged_field_does_nothing(site: Site) -> None:
    customer = await bakery(site)
    path = await site.own_page(customer)
    [before] = await site.world.rows(EVERYTHING)
    shown = await site.client.get(path)
    data = {**hidden(shown.text, section="contacts", wish="ask"), "words": "x"}
    for change in ({"section": "nothing"}, {"section": "deadlines"}, {"form": "A" * 68}):
        assert (await site.client.post(path, data={**data, **change})).status_code == 403
    [after] = await site.world.rows(EVERYTHING)
    assert dict(after) == dict(before)


async def test_a_customer_that_is_a_processor_gets_a_text_to_pass_on(site: Site) -> None:
    world = site.world
    await world.make_processor(reply_to="privacy@acme.example")
    host = await world.make_subprocessor(country="DE", address="Hafenweg 1")
    customer = await world.make_customer("Agency", language="en", role="processor")
    other = await world.make_customer("Bakery", language="en")
    for one in (customer, other):
        await world.make_agreement("kmo-solutions", one)
    await world.announce(await world.make_change(host, reason="More room <backups>"))
    shown = text_of((await site.client.get(await site.own_page(customer))).text)
    assert "Our processor Acme has announced a change to us. New subprocessor: Hosting BV." in shown
    assert "Country: Germany" in shown
    assert "Purpose and reason: More room &lt;backups&gt;" in shown
    assert "announced a change to us" not in await site.shown(await site.own_page(other))


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ("stkkr", "Your agreement says nothing about the cost of this"),
        ("kmo-solutions", "The cost of return or erasure at your request is for you to bear (clause 9.3)"),
        (
            "constant-it",
            "You receive the data in a machine-readable form (clause I 9 and clause II 6.3, printed as 2.3). We may",
        ),
        (
            "mms-solutions",
            "in another form than the one in which you supplied them, the reasonable cost is for you to bear (clause",
        ),
        ("contict", "Your agreement says nothing about the cost of this"),
    ],
)
async def test_the_choice_says_what_it_costs_and_in_which_form(site: Site, terms: str, said: str) -> None:
    customer = await bakery(site, people("Kim", roles=("contract", "security", "privacy"), phone="+31 10 1"), terms)
    shown = await site.client.get(await site.own_page(customer))
    assert said in text_of(shown.text)
    assert has_form(shown.text, button="return")
    assert has_form(shown.text, button="erase") == (terms == "kmo-solutions")
