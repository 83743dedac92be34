"""Labels on the board: shown, followed to the others that have them, and changed also after sending."""

import json
from typing import Any

import pytest

from tests.board.conftest import SignIn
from tests.board.forms.filling import did
from tests.board.forms.filling import look as look_at
from tests.board.forms.hands import InBrowser
from tests.pages.browsing import DESK, PHONE, Visit, look
from tests.pages.conftest import Site, text_of
from tests.people import Person

ODD = "Tier 1 & <b>more</b>"
LABELS = ("eu-west", ODD, "a-label-without-a-blank-of-as-many-signs-as-one-may-have-is-6")


async def test_a_label_is_shown_and_leads_to_the_others_that_have_it(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    customer = await world.make_customer("With One", labels=LABELS)
    agreement = await world.make_agreement("stkkr", customer, labels=LABELS)
    await world.make_agreement("stkkr", await world.make_customer("Without"))
    worker = await world.make_subprocessor(labels=LABELS)
    who: Person = await person("manager", language="en")
    for path, id in (("agreements", agreement), ("customers", customer), ("subprocessors", worker)):
        page = (await who.get(f"/board/{path}/{id}")).text
        assert f"/board/{path}?label=eu-west" in page
        assert "Tier 1 &amp; &lt;b&gt;more&lt;/b&gt;" in page
    listed = (await who.get("/board/agreements", params={"label": ODD})).text
    assert ("With One" in listed, "Without" in text_of(listed)) == (True, False)
    assert 'id="by-label" name="label" type="text" value="Tier 1 &amp; &lt;b&gt;more&lt;/b&gt;"' in listed
    for lang, word in (("nl", "Labels"), ("de", "Labels"), ("fr", "Étiquettes")):
        other = await person("auditor", language=lang)
        assert word in text_of((await other.get(f"/board/agreements/{agreement}")).text)


async def test_a_form_changes_labels_of_what_was_sent(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("stkkr", labels=("old",))
    who: Person = await person("manager", language="en")
    form = (await who.get(f"/board/agreements/{agreement}/update")).text
    assert ('name="labels"' in form, 'name="services"' in form) == (True, False), text_of(form)
    assert "They stay in the history even after an erasure, so name no person in them." in text_of(form)
    await did(who, "agreements", agreement, "update", labels="new\nTier 1\nNEW")
    page = (await who.get(f"/board/agreements/{agreement}")).text
    assert [f"label={one}" in page for one in ("new", "Tier+1", "NEW", "old")] == [True, True, False, False]
    event = (await world.rows("select type, body from event where subject_id = $1 order by seq", agreement))[-1]
    assert (event["type"], json.loads(event["body"])["data"]) == ("agreement.updated", {"fields": ["labels"]})
    [row] = await world.rows("select labels from agreement where id = $1", agreement)
    assert row["labels"] == ["new", "Tier 1"]


async def test_an_address_is_no_label_and_what_was_typed_stays(site: Site, person: SignIn) -> None:
    """Labels outlive an erasure."""
    world = site.world
    await world.make_processor()
    customer = await world.make_customer("With One", labels=("old",))
    for lang, why in (
        ("en", "is an e-mail address"),
        ("nl", "is een e-mailadres"),
        ("fr", "est une adresse électronique"),
    ):
        who: Person = await person("manager", language=lang)
        shown, _ = await look_at(who, "customers", customer, "update", labels="eu\nkim@customer.example")
        assert why in text_of(shown.text)
        assert "kim@customer.example" in shown.text
    assert (await world.rows("select labels from customer where id = $1", customer))[0]["labels"] == ["old"]


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_labels_are_typed_in_a_browser(visit: Visit, person: SignIn, size: dict[str, int]) -> None:
    world = visit.site.world
    await world.make_processor()
    worker = await world.make_subprocessor(labels=("old", "older"))
    who = await person("manager", language="de")
    async with visit.page("/board", who=who, java_script_enabled=False, viewport=size) as page:
        hand = InBrowser(world, page, visit.base)
        assert await hand.does("subprocessors", worker, "update", labels="eu-west") == worker
        chip = page.get_by_role("link", name="eu-west")
        assert "label=eu-west" in str(await chip.get_attribute("href"))
        assert await page.get_by_role("link", name="older").count() == 0


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", DESK)])
async def test_labels_look_well(visit: Visit, person: SignIn, scheme: Any, size: dict[str, int]) -> None:
    world = visit.site.world
    await world.make_processor()
    customer = await world.make_customer("With One", labels=LABELS)
    agreement = await world.make_agreement("stkkr", customer, labels=LABELS)
    who = await person("director", language="fr")
    async with visit.page("/board", who=who, color_scheme=scheme, viewport=size) as page:
        paths = (f"agreements/{agreement}", f"agreements/{agreement}/update", "agreements?label=eu-west")
        for number, path in enumerate(paths):
            await page.goto(f"{visit.base}/board/{path}")
            await look(page, f"labels-{number}-{size['width']}-{scheme}")
