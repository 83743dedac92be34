"""People on the board: let in, changed and removed by forms, and what each does for themselves."""

import re

from playwright.async_api import expect

from tests.board.conftest import SignIn
from tests.pages.browsing import Visit, look
from tests.pages.conftest import Site, hidden, text_of
from tests.pages.notices import told
from tests.people import Person

ROBIN = {"name": "Robin", "email": "robin@acme.example", "role": "manager", "language": "nl"}


async def done(person: Person, path: str, **typed: str) -> str:
    """Fill in a form, look at what it would do, and do it: where that leads."""
    shown = await person.get(path)
    assert shown.status_code == 200, shown.text
    looked = await person.post(path, {**typed, "step": "look"})
    assert looked.status_code == 200, text_of(looked.text)
    of_user = any(said in looked.text for said in ("No invitation is mailed", "It holds at once", "signed out at once"))
    assert of_user is ("/users/" in path), "what follows of a user is said"
    if path.endswith("/new"):
        assert {typed["name"], typed["email"]} <= set(re.findall(r"<dd>([^<]*)</dd>", looked.text)), "nothing is blind"
    answer = await person.client.post(path, data={**hidden(looked.text, _csrf_token=await person.csrf()), "step": "do"})
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"])


async def test_a_director_lets_people_in_and_out(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    director, manager = await person("director"), await person("manager")
    assert (await manager.get("/board/users/new")).status_code == 403
    where = await done(director, "/board/users/new", **ROBIN)
    [robin] = await site.world.rows("select id, role, processor_id from app_user where email = 'robin@acme.example'")
    assert where.endswith(f"/board/users/{robin['id']}?done=new")
    assert where.startswith("../")
    settings = (await director.client.get(f"/board/users/{robin['id']}?done=new", follow_redirects=True)).text
    assert f'/users/{robin["id"]}/remove"' in settings
    assert "users/new" in settings
    assert robin["processor_id"] == site.world.processor
    told = {"hears.tasks": "digest", "hears.deadlines": "digest", "hears.answers": "never", "hears.breaches": "at_once"}
    await done(director, f"/board/users/{robin['id']}/update", **{**ROBIN, "role": "auditor", **told})
    await done(director, f"/board/users/{manager.id}/remove")
    [heard] = await site.world.rows("select hears ->> 'answers' as answers from app_user where id = $1", robin["id"])
    assert heard["answers"] == "never"
    rows = await site.world.rows("select id, role, state from app_user")
    assert {(one["id"], one["role"], one["state"]) for one in rows} == {
        (director.id, "director", "active"), (manager.id, "manager", "removed"), (robin["id"], "auditor", "active"),
    }  # fmt: skip
    assert (await manager.get("/board")).status_code == 303
    assert (await director.get("/board")).status_code == 200
    bodies = await site.world.rows("select body from event where body like '%processor.user_%'")
    assert len(bodies) == 3
    assert all(f'"actor":"user:{director.id}"' in one["body"] for one in bodies)


async def test_a_director_makes_no_admin_by_a_form(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    director = await person("director")
    answer = await director.post("/board/users/new", {**ROBIN, "role": "admin", "_key": "once", "step": "do"})
    assert answer.status_code == 403
    assert await site.world.rows("select from app_user where role = 'admin'") == []


async def test_everybody_has_a_calendar_and_ends_their_own_sessions(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    auditor, other = await person("auditor"), await person("auditor")
    shown = await auditor.post("/board/settings/calendar")
    assert shown.status_code == 200
    address = shown.text.partition("<code>")[2].partition("</code>")[0]
    assert address.startswith("http://127.0.0.1/c/")
    assert (await site.client.get(address.removeprefix("http://127.0.0.1"))).status_code == 200
    answer = await auditor.post("/board/settings/out")
    assert answer.headers["location"] == "../../board/in"
    auditor.client.cookies.set(auditor.cookie, auditor.secret)
    assert (await auditor.get("/board")).status_code == 303
    assert (await other.get("/board")).status_code == 200


async def test_an_admin_revokes_a_key(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    await site.world.rows(
        "insert into api_key (id, processor_id, name, role, secret_sha256, hint, created_at, revoked_at) "
        "select lpad(to_hex(n), 32, '0')::uuid, (select id from processor), 'old', 'auditor', "
        "sha256(n::text::bytea), 'x', termijn_now(), termijn_now() from generate_series(1, 200) n"
    )
    admin, director = await person("admin"), await person("director")
    robot = {"name": "robot", "role": "auditor", "_key": "once", "step": "do"}
    await admin.post(f"/board/processors/{site.world.processor}/keys", robot)
    [key] = await site.world.rows("select id from api_key where name = 'robot'")
    path = f"/board/keys/{key['id']}/revoke"
    assert f'{key["id"]}/revoke"' in (await admin.get("/board/settings")).text
    assert "opens nothing" in (await admin.get(path)).text
    assert len(await site.world.rows("select from api_key where revoked_at is not null")) == 200
    assert (await director.get(path)).status_code == (await director.post(path)).status_code == 403
    assert (await admin.post(path)).status_code == 303
    assert len(await site.world.rows("select from api_key where revoked_at is not null")) == 201
    assert (await admin.get(path)).status_code == 404


async def test_everybody_says_what_they_are_told(visit: Visit, person: SignIn) -> None:
    await visit.site.world.make_processor()
    auditor = await person("auditor")
    async with visit.page("/board/settings", who=auditor) as page:
        await page.get_by_role("link", name="Your language, and what you are told").click()
        await look(page, "board-mine")
        await page.get_by_label("Deadlines").select_option("never")
        await page.get_by_label("Language").select_option("fr")
        await page.get_by_role("button", name="Keep this").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Paramètres")
    [row] = await visit.site.world.rows("select language, hears from app_user where id = $1", auditor.id)
    assert row["language"] == "fr"
    assert '"deadlines": "never"' in row["hears"]
    assert '"tasks": "at_once"' in row["hears"]
    wrong = await auditor.post("/board/settings/mine", {"language": "xx"})
    assert wrong.status_code == 400


async def test_what_the_agreement_reserves_for_the_board_is_a_directors_who_signs_in(
    site: Site, person: SignIn
) -> None:
    _, _, notice = await told(site, "stkkr")
    await site.world.do(notice, "object", channel="mail", grounds="Not for us", evidence="A mail", by="Kim")
    path = f"/board/notices/{notice}/decide"
    words = {"decision": "uphold", "reason": "We looked at it"}
    manager, director = await person("manager"), await person("director")
    refused = await manager.post(path, {**words, "step": "look"})
    assert refused.status_code == 403, text_of(refused.text)
    assert await site.world.state(notice) == "objected"
    await done(director, path, **words)
    assert await site.world.state(notice) == "upheld"
    [event] = await site.world.rows("select body from event where body like '%notice.upheld%'")
    assert f'"actor":"user:{director.id}"' in event["body"]


async def test_theme_and_language_are_chosen_below_every_page(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    who = await person("auditor", language="en")
    assert "data-theme" not in (await who.get("/board/agreements")).text
    back = {"back": "/board/agreements?state=active"}
    done = await who.post("/board/settings/looks", {"theme": "dark", "language": "de", **back})
    assert done.headers["location"] == "../../board/agreements?state=active"
    page = (await who.get("/board/agreements?state=active&q=1")).text
    assert '<html lang="de" class="board" data-theme="dark">' in page
    assert 'name="back" value="/board/agreements?state=active&amp;q=1"' in page
    await who.post("/board/settings/looks", {"theme": "system", "language": "de", "back": "//elsewhere.example"})
    assert "data-theme" not in (await who.get("/board")).text
    assert (await who.post("/board/settings/looks", {"theme": "pink", "language": "de"})).status_code == 400
