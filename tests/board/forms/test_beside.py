"""What stands beside a form: whom a change reaches, what a notice allows, the plan of a deletion, whom to call."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from tests.board.conftest import SignIn
from tests.board.forms.filling import did, look, path_of
from tests.board.forms.reading import inputs
from tests.pages.conftest import text_of
from tests.people import Person
from tests.world import World


@pytest.fixture
async def manager(world: World, person: SignIn) -> Person:
    await world.make_processor()
    return await person("manager")


async def test_a_change_is_entered_looked_at_and_announced(manager: Person, world: World) -> None:
    agreement = await world.make_agreement("kmo-solutions")
    host = await world.make_subprocessor("Nieuwe Host")
    change = await did(manager, "changes", None, "new", kind="add", subprocessor_id=str(host), reason="Faster")
    path = path_of("changes", change, "notify")
    page = await manager.get(f"{path}?done=new")
    seen = text_of(page.text)
    assert "Done: Prepare a change." in seen
    assert "1 agreement would be told." in seen
    assert "Objection Answer until: Wednesday 1 April 2026, 24:00" in seen
    assert "These remarks do not stop the announcement" in seen
    assert f"subprocessors/{host}/update" in page.text
    assert f'board/agreements/{agreement}">Customer kmo-solutions, ' in page.text, "by its contract"
    looked, fields = await look(manager, "changes", change, "notify")
    assert "Mails that go out To" in text_of(looked.text)
    at_once, _, later = text_of(looked.text).partition("Then by itself, up to Wednesday 1 April 2026, if nobody")
    assert "Customer kmo-solutions, M-1: Objection to a subprocessor (last moment: " in at_once
    assert "Customer kmo-solutions, M-1: from “Received, may be answered” to “No objection in time”" in later
    assert "Objection to a subprocessor (last moment" not in later, "what begins now is told once"
    await world.make_agreement("kmo-solutions")
    answer = await manager.post(path, {**fields, "step": "do"})
    assert answer.status_code == 409
    assert "2 agreements would be told." in text_of(answer.text)
    assert await world.state(change) == "draft", "what was looked at is no longer so"
    assert inputs(answer.text)["preview"] != fields["preview"]
    assert await did(manager, "changes", change, "notify") == change
    await world.drain()
    assert (await world.notice(change, agreement))["state"] == "open"


async def test_a_notice_shows_its_rights_and_what_was_answered(manager: Person, world: World) -> None:
    agreement = await world.make_agreement("constant-it")
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    notice: UUID = (await world.notice(change, agreement))["id"]
    path = path_of("notices", notice, "object")
    seen = text_of((await manager.get(path)).text)
    assert "Objection" in seen
    assert "Right to terminate" in seen
    assert "Nobody has answered yet." in seen
    await did(manager, "notices", notice, "object", channel="phone", by="Kim", grounds="Not there")
    seen = text_of((await manager.get(path)).text)
    assert "Objection, Kim, Monday 2 March 2026" in seen


async def test_a_breach_says_whom_to_call_and_takes_the_call(manager: Person, world: World) -> None:
    await world.make_agreement("kmo-solutions")
    breach = await did(manager, "breaches", None, "new", summary="A laptop is gone", discovered_at="2026-03-02T09:00")
    page = await manager.get(path_of("breaches", breach, "record-call"))
    assert "Whom to tell" in text_of(page.text)
    [case] = await world.rows("select agreement_id, due_at from breach_case where breach_id = $1", breach)
    calls = re.findall(r'href="([^"]*record-call[?]agreement_id=[^"]*)"', page.text)
    assert all(re.search(rf"{case['agreement_id']}&amp;who=[0-9a-f-]{{36}}$", one) for one in calls), calls
    filled = await manager.get(
        f"{path_of('breaches', breach, 'record-call')}?{calls[0].partition('?')[2].replace('&amp;', '&')}"
    )
    assert re.search(r'<option value="[^"]+" selected>Kim[^<]*, Customer', filled.text), (
        "chosen among those whom it names"
    )
    at = (await world.now() + timedelta(hours=1, minutes=-5)).strftime("%Y-%m-%dT%H:%M")
    await did(
        manager, "breaches", breach, "record-call",
        agreement_id=str(case["agreement_id"]), contact="Kim", at=at, outcome="spoken",
    )  # fmt: skip
    assert "told" in text_of((await manager.get(path_of("breaches", breach, "record-call"))).text)


async def test_an_end_that_lies_ahead_is_told_with_what_follows_when_its_day_is_over(
    manager: Person, world: World
) -> None:
    agreement = await world.make_agreement("kmo-solutions")
    looked, _ = await look(manager, "agreements", agreement, "end-main-contract", on="2026-07-31")
    now, _, later = text_of(looked.text).partition("Then by itself, when Friday 31 July 2026 is over")
    assert "It stays where it is: In force." in now
    assert "From “In force” to “" in later
    assert "Friday 14 August 2026" in later, "until when the customer chooses"
    assert await world.state(agreement) == "active", "nothing of it happened"
    looked, _ = await look(manager, "agreements", agreement, "end-main-contract", on="2026-01-31")
    assert "Then by itself" not in text_of(looked.text), "what is over happens at once"
    other = await world.make_agreement("stkkr")
    looked, _ = await look(manager, "agreements", other, "end-main-contract", on="2026-07-31")
    erasures = re.findall(r"<li>[^<]*Erasure after the end", looked.text)
    assert len(erasures) == 1, "it has a period for each that holds the data"


async def test_what_follows_is_told_by_the_clocks_of_the_agreement(world: World, person: SignIn) -> None:
    await world.make_processor(timezone="Europe/London")
    who = await person("manager")
    agreement = await world.make_agreement("kmo-solutions")
    looked, _ = await look(who, "agreements", agreement, "end-main-contract", on="2026-07-31")
    _, _, later = text_of(looked.text).partition("Then by itself, when Friday 31 July 2026 is over")
    assert "(Amsterdam time)" in later
    assert "(London time)" not in later
    given = {"summary": "A laptop is gone", "discovered_at": "2026-03-02T08:00"}
    looked, _ = await look(await person("manager", language="nl"), "breaches", None, "new", **given)
    said = text_of(looked.text)
    assert "Het datalek aan de klant melden (eigen streeftermijn) voor Customer kmo-solutions" in said
    assert "Inform the customer" not in said
    looked, _ = await look(who, "breaches", None, "new", **given)
    _, _, later = text_of(looked.text).partition("Then by itself, up to ")
    assert later.startswith("Tuesday 3 March 2026, if nobody answers or acts")
