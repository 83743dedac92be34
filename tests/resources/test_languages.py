"""What a processor types may be given in each language: kept and shown so, told so, and missed where it lacks (M14)."""

from typing import Any

import pytest

from tests.resources.conftest import CONTACTS, Desk

SERVICE = {"nl": "verzending van e-mail", "en": "sending of e-mail"}
DATA = {"nl": ["e-mailadressen"], "en": ["e-mail addresses"]}


async def abroad(desk: Desk) -> Any:
    """An agreement of a customer that reads English."""
    contacts = [{**CONTACTS[0], "email": "kim@abroad.example"}]
    made = await desk.customer("Abroad Ltd", language="en", contacts=contacts)
    return await desk.agreement(customer_id=made["id"])


async def test_a_text_is_shown_as_it_was_given(desk: Desk) -> None:
    plain = await desk.subprocessor(categories=["names"])
    assert (plain["service"], plain["categories"]) == ("hosting", ["names"])
    both = await desk.subprocessor("Post BV", service=SERVICE, categories=DATA)
    assert (both["service"], both["categories"]) == (SERVICE, DATA)
    by_item = await desk.subprocessor("Mail BV", categories=["IBAN", {"nl": "namen", "en": "names"}])
    assert by_item["categories"] == {"nl": ["IBAN", "namen"], "en": ["IBAN", "names"]}
    answer = await desk.api.call("PATCH", f"subprocessors/{both['id']}", json={"service": "post"})
    assert (answer.json()["service"], answer.json()["categories"]) == ("post", DATA)
    change = await desk.change(plain["id"], reason={"nl": "goedkoper", "en": "cheaper"})
    assert change["reason"] == {"nl": "goedkoper", "en": "cheaper"}
    assert (await desk.change(both["id"], reason="cheaper"))["reason"] == "cheaper"


@pytest.mark.parametrize("wrong", [{}, {"es": "alojamiento"}, {"nl": "twee\nregels"}, ["hosting"]])
async def test_a_text_in_no_language_or_an_unknown_one_is_refused(desk: Desk, wrong: Any) -> None:
    body = {"name": "Post BV", "service": wrong, "country": "NL"}
    assert (await desk.refused("subprocessors", body))["status"] == 400


async def test_the_preview_says_which_customers_read_another_language(desk: Desk) -> None:
    await desk.agreement()
    english = await abroad(desk)
    known = {"address": "Kade 1", "contact": "dpo@post.example"}
    who = await desk.subprocessor("Post BV", service="verzending", categories=DATA, **known)
    change = await desk.change(who["id"], reason={"nl": "goedkoper"})
    found = await desk.get(f"changes/{change['id']}/preview")
    warned = {one["agreement_id"]: one["warnings"] for one in found["agreements"]}
    said = "the customer reads English, and finds in another language: `reason`, `service`"
    assert [said in one for one in warned.values()] == [one == english["id"] for one in warned]
    assert f"{said} (for 1 of 2 agreements)" in found["warnings"]
    body = {"service": {"nl": "verzending", "en": "delivery"}}
    assert (await desk.api.call("PATCH", f"subprocessors/{who['id']}", json=body)).status_code == 200
    fields = {"reason": {"nl": "goedkoper", "en": "cheaper"}}
    await desk.act(f"changes/{change['id']}/amend", {"fields": fields, "substance": False, "reason": "in English too"})
    found = await desk.get(f"changes/{change['id']}/preview")
    assert not any("another language" in one for one in found["warnings"])


async def test_what_was_announced_is_kept_in_every_language(desk: Desk) -> None:
    await desk.agreement()
    who = await desk.subprocessor("Post BV", service=SERVICE, categories=DATA)
    change = await desk.announced(who["id"], reason={"nl": "goedkoper", "en": "cheaper"})
    (told,) = change["announced"]
    assert (told["subprocessor"]["service_in"], told["subprocessor"]["categories_in"]) == (SERVICE, DATA)
    assert told["reason_in"] == {"nl": "goedkoper", "en": "cheaper"}
    problem = await desk.refused(f"subprocessors/{who['id']}", {"service": {**SERVICE, "en": "post"}}, method="PATCH")
    assert problem["status"] == 409
    assert problem["detail"].startswith("service of Post BV was announced")


async def test_the_preview_warns_of_a_bare_name(desk: Desk) -> None:
    """M27: identity and contact belong in the notice itself."""
    await desk.agreement()
    bare = await desk.subprocessor("Kaal BV", country="US")
    found = await desk.get(f"changes/{(await desk.change(bare['id']))['id']}/preview")
    said = "Kaal BV has no address, contact, categories on record, so the notices say nothing of that: enter it first"
    assert said in found["warnings"]
    assert "no transfer_basis is on record for US: customers are not told of one" in found["warnings"]
    # Japan was found adequate: nothing else needs to be named (GDPR 45).
    adequate = await desk.subprocessor("Nippon KK", country="JP")
    found = await desk.get(f"changes/{(await desk.change(adequate['id']))['id']}/preview")
    assert "transfer_basis" not in str(found["warnings"])
    full = await desk.subprocessor(
        "Vol BV", address="Kade 1", contact="dpo@vol.example", categories=["names"], countries=["IN"],
        transfer_basis="standard clauses",
    )  # fmt: skip
    found = await desk.get(f"changes/{(await desk.change(full['id']))['id']}/preview")
    assert not any("on record" in one for one in found["warnings"])


async def test_each_customer_reads_of_a_breach_in_its_own_language(desk: Desk) -> None:
    await desk.agreement()
    await abroad(desk)
    summary = {"nl": "Een laptop is gestolen", "en": "A laptop was stolen"}
    body = {"discovered_at": (await desk.world.now()).isoformat(), "summary": summary, "categories": DATA,
            "contents": {"consequences": {"nl": "geen", "en": "none"}}}  # fmt: skip
    made = await desk.api.made("breaches", body)
    assert (made["summary"], made["categories"]) == (summary, DATA)
    await desk.act(f"breaches/{made['id']}/notify")
    text = {"nl": "De laptop is terug", "en": "The laptop is back"}
    await desk.act(f"breaches/{made['id']}/update", {"text": text})
    rows = await desk.world.rows("select kind, language, data::text from message where kind like 'breach%'")
    for row in rows:
        other = {"nl": "en", "en": "nl"}[row["language"]]
        assert summary[row["language"]] in row["data"]
        assert summary[other] not in row["data"]
        assert DATA[row["language"]][0] in row["data"]
    assert {(row["kind"], row["language"]) for row in rows} == {
        (kind, lang) for kind in ("breach_notice", "breach_update") for lang in ("nl", "en")
    }
    closed = await desk.act(f"breaches/{made['id']}/close", {"conclusion": {"nl": "Terug", "en": "Back"}})
    assert closed["conclusion"] == {"nl": "Terug", "en": "Back"}


async def test_what_the_register_names_is_said_in_both_languages(desk: Desk) -> None:
    """A plain text in the agreement's language, with the other one beside it."""
    await desk.agreement("stkkr")
    (who,) = [one for one in await desk.items("subprocessors") if one["name"] == "Oxilion"]
    assert who["service"] == "private-cloudhosting in Nederlandse datacenters, ten minste ISO 27001"
    assert who["service_in"] == {"en": "private cloud hosting in Dutch data centres, at least ISO 27001"}
