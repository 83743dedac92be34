"""The pages of actions: what is asked, what would happen, the deed, once, and what is said where it cannot be."""

import re
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
import pytest

from service.board.forms.choices import SOURCES
from service.board.forms.deeds import FOR_GOOD, deeds
from service.board.forms.names import REFERENCES
from tests.board.conftest import SignIn
from tests.board.forms.filling import did, does, look, path_of
from tests.pages.conftest import Site, text_of
from tests.people import Person
from tests.world import World


@pytest.fixture
async def manager(world: World, person: SignIn) -> Person:
    await world.make_processor()
    return await person("manager")


async def told(world: World, terms: str = "constant-it") -> UUID:
    """A notice that the customer has."""
    agreement = await world.make_agreement(terms)
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    found: UUID = (await world.notice(change, agreement))["id"]
    return found


async def stored(world: World, kind: str, id: UUID) -> Any:
    rows = await world.rows("select to_jsonb(t)::text as one from " + kind + " t where id = $1", id)
    return msgspec.json.decode(rows[0]["one"])


def test_every_reference_has_something_to_choose_from() -> None:
    assert set(REFERENCES.values()) <= SOURCES
    assert set(deeds()) >= FOR_GOOD


async def test_a_customer_is_made_after_a_look_at_it(manager: Person, world: World) -> None:
    typed = {
        "name": "Bakkerij Jansen", "country": "Pays-Bas", "language": "nl", "contacts[1].name": "Kim",
        "contacts[1].email": "kim@bakkerij.example", "contacts[1].roles": ["privacy", "contract"],
    }  # fmt: skip
    seen, _ = await look(manager, "customers", None, "new", **typed)
    assert "No mail goes out." in text_of(seen.text)
    assert await world.rows("select from customer") == []
    id = await did(manager, "customers", None, "new", **typed)
    made = await stored(world, "customer", id)
    assert (made["name"], made["country"], made["language"]) == ("Bakkerij Jansen", "NL", "nl")
    assert [(one["name"], one["roles"]) for one in made["contacts"]] == [("Kim", ["privacy", "contract"])]


async def test_only_what_was_changed_is_sent(manager: Person, world: World) -> None:
    id = await world.make_customer()
    before = await stored(world, "customer", id)
    page = (await manager.get(path_of("customers", id, "update"))).text
    assert before["contacts"][0]["email"] in page
    assert await did(manager, "customers", id, "update", name="Another BV") == id
    assert await stored(world, "customer", id) == {**before, "name": "Another BV", "name_sort": "another bv"}
    [event] = await world.rows("select body from event where subject_id = $1 and seq = 2", id)
    assert set(msgspec.json.decode(event["body"])["data"]) <= {"name", "row"}, event["body"]


async def test_a_telephone_answer_is_recorded_once_however_often_it_is_posted(manager: Person, world: World) -> None:
    notice = await told(world)
    typed = {"channel": "phone", "by": "Kim", "grounds": "Not there", "received_at": "2026-03-02T10:00"}
    seen, fields = await look(manager, "notices", notice, "object", **typed)
    assert "From “Received, may be answered” to “Objection”" in text_of(seen.text)
    assert await world.state(notice) == "open"
    path = path_of("notices", notice, "object")
    answers = [await manager.post(path, {**fields, "step": "do"}) for _ in range(2)]
    assert [one.headers["location"] for one in answers] == [f"../../../board/notices/{notice}?done=object"] * 2
    assert await world.state(notice) == "objected"
    [event] = await world.rows("select body from event where subject_id = $1 and type like '%.object'", notice)
    assert msgspec.json.decode(event["body"])["actor"] == f"user:{manager.id}"
    [answer] = (await stored(world, "notice", notice))["answers"]
    assert answer["received_at"].startswith("2026-03-02T09:00:00"), "the clocks are the processor's"


async def test_what_moved_meanwhile_is_looked_at_anew(manager: Person, world: World) -> None:
    notice = await told(world)
    _, fields = await look(manager, "notices", notice, "acknowledge", channel="mail", by="Kim")
    await did(manager, "notices", notice, "object", channel="mail", by="Kim", grounds="No")
    answer = await manager.post(path_of("notices", notice, "acknowledge"), {**fields, "step": "do"})
    assert answer.status_code == 412
    assert text_of(answer.text).count("It has changed since you looked.") == 1
    assert 'value="Kim"' in answer.text, "what was typed is kept"


async def test_a_refusal_is_in_the_readers_language(manager: Person, world: World, person: SignIn) -> None:
    notice = await told(world)
    agreement = (await stored(world, "notice", notice))["agreement_id"]
    who = await person("manager", language="nl")
    seen = await who.post(path_of("agreements", agreement, "cancel-end"), {"step": "look", "reason": "Toch niet"})
    assert seen.status_code == 409
    assert "Er is geen einde gepland, dus er valt niets terug te nemen." in text_of(seen.text)
    seen = await who.post(path_of("agreements", agreement, "withdraw"), {"step": "look"})
    assert "De stand is “Van kracht”, en dan kan dit niet. Wel kan: " in text_of(seen.text)
    seen = await who.post(path_of("notices", notice, "object"), {"step": "look", "grounds": "Nee"})
    assert "Wie het zei: moet worden ingevuld: wie het zei, met naam" in text_of(seen.text)
    assert 'span lang="en"' not in seen.text


async def test_a_task_leads_to_the_record_that_ends_it(manager: Person, world: World) -> None:
    sub = await world.make_subprocessor("Unbound BV", bound_on=None)
    await world.make_agreement("kmo-solutions", subprocessors=(sub,))
    page = (await manager.get("/board")).text
    assert "Unbound BV. Record it (<q>" in page
    assert f'board/subprocessors/{sub}/update"' in page
    [task] = await world.rows("select id from task where kind = 'bind_subprocessors'")
    assert f'board/subprocessors/{sub}/update"' in (await manager.get(f"/board/tasks/{task['id']}")).text


async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(manager: Person, world: World) -> None:
    notice = await told(world)
    path = path_of("notices", notice, "object")
    answer = await manager.post(path, {"step": "look", "received_at": "2026-03-29T02:30", "grounds": "Because"})
    assert answer.status_code == 422
    assert "The clocks are put forward over this time" in text_of(answer.text)
    answer = await manager.post(path, {"step": "look", "grounds": "Because"})
    assert answer.status_code == 400
    assert '<a href="#f-by">Who said so:' in answer.text
    assert 'id="f-by-wrong1"' in answer.text
    assert 'aria-describedby="f-by-hint f-by-wrong1" aria-invalid="true"' in answer.text
    assert "Because</textarea>" in answer.text


async def test_a_refusal_says_why_and_changes_nothing(manager: Person, world: World) -> None:
    notice = await told(world)
    path = path_of("notices", notice, "take-back")
    seen = await manager.post(path, {"step": "look", "channel": "mail", "by": "Kim"})
    assert seen.status_code == 409
    assert "This is not possible now." in text_of(seen.text)
    assert '<span lang="en">' not in seen.text, "the reader reads English"


async def test_a_directors_decision_is_the_directors(manager: Person, person: SignIn, world: World) -> None:
    notice = await told(world, "stkkr")
    await did(manager, "notices", notice, "object", channel="mail", by="Kim", grounds="No")
    typed = {"decision": "uphold", "reason": "They are right"}
    seen = await manager.post(path_of("notices", notice, "decide"), {"step": "look", **typed})
    assert seen.status_code == 403
    assert "Your role may not do this." in text_of(seen.text)
    director = await person("director")
    await did(director, "notices", notice, "decide", **typed)
    assert await world.state(notice) == "upheld"


async def test_who_only_reads_is_shown_no_form(person: SignIn, world: World) -> None:
    await world.make_processor()
    auditor = await person("auditor")
    customer = await world.make_customer()
    assert (await auditor.get(path_of("customers", customer, "update"))).status_code == 403
    assert (await auditor.post(path_of("customers", customer, "update"), {"step": "do"})).status_code == 403


async def test_another_processors_subject_is_nobodys(manager: Person, site: Site) -> None:
    other = World(site.world.pools, site.world.engine)
    await other.make_processor(name="Other", slug="other")
    customer = await other.make_customer()
    assert (await manager.get(path_of("customers", customer, "update"))).status_code == 404
    assert (await manager.get(path_of("customers", customer, "nonsense"))).status_code == 404


async def test_what_is_chosen_is_chosen_by_name(manager: Person, world: World) -> None:
    for number in range(55):
        await world.make_customer(f"Firma {number:02}")
    wanted = await world.make_customer("Zeeman Vis")
    path = path_of("agreements", None, "new")
    first = (await manager.get(path)).text
    assert "There are more: search to find them." in first
    assert "Zeeman Vis" not in first
    found = await manager.post(path, {"step": "again", "customer_id~find": "zeéman"})
    assert f'<option value="{wanted}">Zeeman Vis</option>' in found.text
    again = await manager.post(path, {"step": "again", "customer_id": str(wanted), "customer_id~find": "Firma 01"})
    assert f'<option value="{wanted}" selected>Zeeman Vis</option>' in again.text


@pytest.mark.parametrize(("lang", "said"), [("nl", "een e-mail is aangekomen"), ("fr", "un courriel est arrivé")])
async def test_an_entry_is_chosen_by_what_happened(person: SignIn, world: World, lang: str, said: str) -> None:
    await world.make_processor()
    who = await person("manager", language=lang)
    page = (await who.get(path_of("agreements", await world.make_agreement("kmo-solutions"), "correct"))).text
    shown = [text_of(one) for one in re.findall(r"<option[^>]*>(.*?)</option>", page, re.DOTALL)]
    assert [one for one in shown if said in one]
    assert not [one for one in shown if "agreement " in one], "nothing of it by the program's names"


async def test_what_the_terms_leave_blank_is_asked_once_they_are_known(manager: Person, world: World) -> None:
    path = path_of("agreements", None, "new")
    customer = await world.make_customer("Zeeman Vis")
    assert "facts.end.erasure" not in (await manager.get(path)).text
    typed = {"customer_id": str(customer), "terms": "mms-solutions", "main_contract.reference": "MSA-1",
             "main_contract.starts_on": "2026-03-01"}  # fmt: skip
    assert 'name="facts.end.erasure"' in (await manager.post(path, {"step": "again", **typed})).text
    more = {"facts.end.erasure": "30", "facts.end.erasure~unit": "days"}
    id = await did(manager, "agreements", None, "new", **typed, **more)
    assert (await stored(world, "agreement", id))["facts"] == {"end.erasure": "P30D"}


async def test_every_form_of_a_subject_opens(manager: Person, world: World) -> None:
    notice = await told(world)
    [row] = await world.rows("select agreement_id, change_id from notice where id = $1", notice)
    subjects = {"notices": notice, "agreements": row["agreement_id"], "changes": row["change_id"]}
    about = {"agreement_id": str(row["agreement_id"])}
    subjects["breaches"] = await did(manager, "breaches", None, "new", summary="Gone", discovered_at="2026-03-02T09:00")
    subjects["requests"] = await did(manager, "requests", None, "new", **about, kind="access", received_from="customer")
    subjects["audits"] = await did(manager, "audits", None, "new", **about)
    subjects["matters"] = await did(manager, "matters", None, "new", **about, kind="instruction", subject="Less")
    for list, action in deeds():
        if list in subjects or action == "new":
            id = subjects.get(list) if action != "new" else None
            answer = await manager.get(path_of(list, id, action))
            opened = (200, 409) if deeds()[list, action].role == "manager" else (403,)
            assert answer.status_code in opened, (list, action)
            assert ('<form method="post" class="asked"' in answer.text) is (answer.status_code == 200)


async def test_a_link_may_fill_in_what_it_knows(manager: Person, world: World) -> None:
    agreement = await world.make_agreement("stkkr")
    page = (await manager.get(f"{path_of('audits', None, 'new')}?agreement_id={agreement}")).text
    assert f'<option value="{agreement}" selected>' in page


async def test_a_secret_is_shown_once(person: SignIn, world: World) -> None:
    director = await person("admin") if await world.make_processor() else None
    assert director is not None
    done = await does(director, "processors", world.processor, "keys", name="Pipeline", role="auditor")
    assert done.status_code == 200
    assert "This is shown once." in text_of(done.text)
    assert "tmj_" in done.text


async def test_a_form_of_another_site_is_not_taken(manager: Person, world: World) -> None:
    customer = await world.make_customer()
    answer = await manager.client.post(path_of("customers", customer, "update"), data={"step": "do", "name": "X"})
    assert answer.status_code == 403


async def test_a_form_says_at_once_what_is_not_possible_and_who_decides(
    manager: Person, world: World, person: SignIn
) -> None:
    notice = await told(world, "stkkr")
    path = path_of("notices", notice, "decide")
    early = await manager.get(path)
    assert (early.status_code, "<textarea" in early.text) == (409, False)
    assert "“Received, may be answered”, where this cannot be done." in text_of(early.text)
    await did(manager, "notices", notice, "object", channel="mail", by="Kim", grounds="No")
    mine, theirs = await manager.get(path), await (await person("director")).get(path)
    assert (mine.status_code, "<textarea" in mine.text) == (403, False)
    assert "a director decides" in text_of(mine.text)
    assert (theirs.status_code, 'value="overrule"' in theirs.text) == (200, True)


async def test_a_choice_that_the_agreement_forbids_is_not_offered(manager: Person, world: World) -> None:
    notice = await told(world, "kmo-solutions")
    await did(manager, "notices", notice, "object", channel="mail", by="Kim", grounds="No")
    asked = await manager.get(path_of("notices", notice, "decide"))
    assert (asked.status_code, 'value="uphold"' in asked.text, 'value="overrule"' in asked.text) == (200, True, False)
    assert "does not let the processor go on against an objection" in text_of(asked.text)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9"])
async def test_a_post_from_another_origin_is_not_taken(manager: Person, world: World, origin: str) -> None:
    notice = await told(world)
    seen, fields = await look(manager, "notices", notice, "acknowledge", channel="mail", by="Kim")
    assert seen.status_code == 200
    path = path_of("notices", notice, "acknowledge")
    answer = await manager.client.post(path, data={**fields, "step": "do"}, headers={"Origin": origin})
    assert (answer.status_code, await world.state(notice)) == (403, "open")
    ours = await manager.client.post(path, data={**fields, "step": "do"}, headers={"Origin": "http://127.0.0.1"})
    assert ours.status_code == 303


@pytest.mark.parametrize("without", ["_key", "_version"])
async def test_what_was_not_looked_at_is_not_done(manager: Person, world: World, without: str) -> None:
    notice = await told(world)
    _, fields = await look(manager, "notices", notice, "acknowledge", channel="mail", by="Kim")
    path = path_of("notices", notice, "acknowledge")
    for given in ("", "9" * 5000 if without == "_version" else ""):
        answer = await manager.post(path, {**fields, without: given, "step": "do"})
        assert (answer.status_code, await world.state(notice)) == (428, "open")
        assert "See first what happens." in text_of(answer.text)


async def test_what_else_may_be_written_is_suggested(manager: Person, world: World) -> None:
    change = await world.make_change(await world.make_subprocessor("Haven BV"))
    await world.announce(await world.make_change(await world.make_subprocessor("Oude Host")))
    drafts = (await manager.get(path_of("announcements", None, "new"))).text
    assert f'value="{change}"' in drafts
    assert "Haven BV" in drafts
    assert "Oude Host" not in drafts, "it was announced"
    assert (
        '<datalist id="f-to-version-list"><option value="' in (await manager.get("/board/changes/new?kind=terms")).text
    )
    [task] = await world.rows("select id from task where done_at is null limit 1")
    assert f", {manager.email}</option>" in (await manager.get(path_of("tasks", task["id"], "assign"))).text


async def test_an_address_opens_no_more_rows_than_it_fills(manager: Person) -> None:
    page = await manager.get("/board/customers/new?contacts[9999].name=Kim")
    assert 'name="contacts[0].name" value="Kim"' in page.text
    assert "contacts[3]" not in page.text


async def test_what_is_amended_begins_as_it_stands(manager: Person, world: World) -> None:
    change = await world.make_change(await world.make_subprocessor(), reason="Moer room", effective_on=date(2026, 6, 1))
    await world.make_agreement("kmo-solutions")
    await world.announce(change)
    page = (await manager.get(path_of("changes", change, "amend"))).text
    assert "Moer room</textarea>" in page
    assert 'value="2026-06-01"' in page
    await did(manager, "changes", change, "amend", substance="no", reason="A typo", **{"fields.reason": "More room"})
    amended = await stored(world, "change", change)
    assert (amended["reason"], amended["effective_on"]) == ("More room", "2026-06-01")


async def test_what_a_draft_leaves_as_it_is_stays(manager: Person, world: World) -> None:
    facts = {"end.erasure": "P30D", "processing.data": "film", "processing.purposes": "archive"}
    id = await world.make_agreement("mms-solutions", active=False, facts=facts)
    page = (await manager.get(path_of("agreements", id, "update"))).text
    assert 'name="facts.processing.data" value="film"' in page
    await did(manager, "agreements", id, "update", **{"facts.processing.data": "photos"})
    assert (await stored(world, "agreement", id))["facts"] == {**facts, "processing.data": "photos"}


async def test_who_signs_in_once_more_comes_back_to_what_was_filled_in(manager: Person, world: World) -> None:
    agreement = await world.make_agreement("stkkr")
    await world.rows("update user_session set signed_in_at = signed_in_at - interval '16 minutes' returning id")
    answer = await manager.get(f"{path_of('agreements', agreement, 'confirm')}?task_id=7")
    assert answer.status_code == 303
    back = quote(f"/board/agreements/{agreement}/confirm?task_id=7", safe="")
    assert answer.headers["location"] == f"../../../board/in?again=1&back={back}"


async def test_a_group_that_is_left_empty_goes_back_to_its_defaults(manager: Person, person: SignIn) -> None:
    director = await person("director")
    page = (await director.get(path_of("users", manager.id, "update"))).text
    assert 'value="admin"' not in page, "an admin is made by an admin"
    emptied = {f"hears.{name}": "" for name in ("tasks", "deadlines", "answers", "breaches")}
    done = await does(director, "users", manager.id, "update", name="Somebody else", **emptied)
    assert done.status_code == 303, text_of(done.text)
