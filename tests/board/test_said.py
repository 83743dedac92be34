"""What pages of changes and notices say while they move: what is told, from when, and by which form."""

from datetime import date

from service.board.warnings import gathered
from tests.board.conftest import SignIn
from tests.board.test_day import part
from tests.pages.conftest import Site, text_of
from tests.people import Person

UNBOUND = "no date on which the subprocessor was bound to the same duties"


def test_what_differs_by_its_clause_alone_is_warned_of_once() -> None:
    mail = "no reply_to is set: answers by mail reach nobody, so set it on the processor first"
    some = [f"{UNBOUND} ({clause}) (for {count} of 8 agreements)" for clause, count in (("4.2(b)", 2), ("7.2", 3))]
    assert gathered([mail, *some]) == [mail, f"{UNBOUND} (for 5 of 8 agreements)"]
    assert gathered([*some, f"{UNBOUND} (II) (for 3 of 8 agreements)"]) == [UNBOUND]
    assert gathered([mail, some[0]]) == [mail, some[0]]
    assert gathered([f"{UNBOUND} (7.2)"]) == [f"{UNBOUND} (7.2)"]


async def test_a_change_says_who_is_being_told_and_from_when_it_may_be_used(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(await world.make_subprocessor(), effective_on=date(2026, 6, 1))
    who: Person = await person("manager", language="en")
    await world.do(change, "notify")
    path = f"/board/changes/{change}"
    assert "Customers are about to be told." in text_of((await who.get(path)).text)
    await world.drain()
    page = (await who.get(path)).text
    assert "told" not in part(page, "progress").partition("<dl")[0]
    assert "First day of use, at the earliest" in text_of(page)
    notice = await world.notice(change, agreement)
    await site.answer(await site.link(notice["id"]), "object", grounds="Not there")
    await world.drain()
    seen = text_of((await who.get(f"/board/notices/{notice['id']}")).text)
    assert "Form on the customer’s own page" in seen
    assert "page form" not in seen
    await world.do(notice["id"], "decide", decision="uphold", reason="We looked at it")
    await world.drain()
    rights = text_of("<body>" + part((await who.get(f"/board/notices/{notice['id']}")).text, "rights"))
    assert "This is settled: what comes in now is put on record." in rights
    other = await world.make_change(await world.make_subprocessor("Haven BV"))
    await world.announce(other)
    await world.do(other, "withdraw", reason="Not needed")
    page = text_of((await who.get(f"/board/changes/{other}")).text)
    assert "Customers are being told that it is over: 0 of 1 agreements so far." in page
    assert "First day of use" not in page
    await world.drain()
    assert "being told" not in part((await who.get(f"/board/changes/{other}")).text, "progress")


async def test_an_address_that_leads_nowhere_is_answered_in_the_language_of_who_reads(
    site: Site, person: SignIn
) -> None:
    """No session is looked up for what no route answers: the browser keeps the language."""
    await site.world.make_processor()
    who: Person = await person("manager", language="fr")
    await who.get("/board")
    gone = await who.get("/board/nowhere")
    assert gone.status_code == 404
    assert '<html lang="fr"' in gone.text


async def test_lines_that_one_button_settles_are_one_line(site: Site, person: SignIn) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("stkkr", facts={"backup.retention": "P30D"})
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.days(40)
    late = part((await (await person("director", language="en")).get("/board")).text, "late")
    buttons = late.count(f'href="./board/agreements/{agreement}/approve-plan"')
    assert buttons == 1, text_of("<body>" + late)
    assert "<br> " in late
