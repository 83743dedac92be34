"""Signing in by a mailed link, and the session that follows."""

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import expect

from db.session import transaction
from service.people.sessions import open_sessions
from service.people.sign_in import forget_sign_ins, safe_back
from service.people.users import end_sessions
from tests.board.conftest import SignIn
from tests.pages.browsing import Visit, look
from tests.pages.conftest import Site, hidden
from tests.people import new_link, new_user
from tests.world import World


async def opened(site: Site, back: str = "/board", **more: Any) -> tuple[str, dict[str, str]]:
    """The path of a link, and the hidden fields of its page."""
    user = await new_user(site.app, "manager", await site.world.make_processor(), **more)
    path = f"/board/in/{await new_link(site.app, user.email, back)}"
    return path, hidden((await site.client.get(path)).text)


async def test_a_link_signs_in_once_and_signing_out_ends_it(site: Site) -> None:
    path, fields = await opened(site, "/board?show=late")
    answer = await site.client.post(path, data=fields)
    assert answer.status_code == 303
    assert answer.headers["location"] == "../../board?show=late"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("termijn=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert part in cookie
    assert (await site.client.get("/board")).status_code == 200
    assert (await site.client.post(path, data=fields)).status_code == 404
    kept = dict(site.client.cookies)
    out = await site.client.post("/board/out", data=fields)
    assert out.headers["location"] == "../board/in"
    site.client.cookies.update(kept)
    assert (await site.client.get("/board")).status_code == 303, "it ended on the server"


async def test_fetching_a_link_changes_nothing(site: Site) -> None:
    path, fields = await opened(site)
    for _ in range(3):
        assert (await site.client.get(path)).status_code == 200
        assert (await site.client.head(path)).status_code == 200
    assert await site.world.rows("select from user_session") == []
    assert (await site.client.post(path, data=fields)).status_code == 303


async def test_of_two_posts_of_one_link_one_signs_in(site: Site) -> None:
    path, fields = await opened(site)
    answers = await asyncio.gather(*(site.client.post(path, data=fields) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [303, 404, 404, 404]
    assert len(await site.world.rows("select from user_session")) == 1


async def test_an_old_link_lets_nobody_in(site: Site) -> None:
    path, fields = await opened(site)
    async with site.world.pools.worker.acquire() as connection:
        await connection.execute("update user_link set ends_at = clock_timestamp()")
    assert (await site.client.get(path)).status_code == 404
    assert (await site.client.post(path, data=fields)).status_code == 404
    assert (await site.client.get("/board/in/" + "A" * 64)).status_code == 404


async def test_a_session_ends_with_its_time_and_with_its_user(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    one, other = await person("manager"), await person("manager")
    async with site.world.pools.worker.acquire() as connection:
        await connection.execute("update user_session set ends_at = clock_timestamp() where user_id = $1", one.id)
        await connection.execute("update app_user set state = 'removed', removed_at = now() where id = $1", other.id)
    for each in (one, other):
        answer = await each.get("/board/processor")
        assert answer.headers["location"] == "../board/in?back=%2Fboard%2Fprocessor"
        assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_the_answer_is_the_same_for_unknown_addresses_and_five_an_hour(site: Site) -> None:
    user = await new_user(site.app, "manager", await site.world.make_processor())
    fields = hidden((await site.client.get("/board/in")).text)
    shown = []
    for address in (user.email.upper(), "nobody@acme.example"):
        answer = await site.client.post("/board/in", data={**fields, "email": address})
        assert answer.status_code == 200
        shown.append(answer.text)
    assert shown[0] == shown[1]
    assert len(await site.world.rows("select from user_link")) == 1
    assert (await site.client.post("/board/in", data={**fields, "email": "x"})).status_code == 422
    for address in (user.email, "nobody@acme.example"):
        asked = [await site.client.post("/board/in", data={**fields, "email": address}) for _ in range(5)]
        assert [one.status_code for one in asked] == [200, 200, 200, 200, 429]
        assert asked[-1].headers["retry-after"] == "3600"
        assert '"sign_in";q=5;w=3600' in asked[-1].headers["ratelimit-policy"]


async def test_forms_without_the_boards_field_are_refused(site: Site, person: SignIn) -> None:
    path, fields = await opened(site)
    fresh = httpx.AsyncClient(transport=site.client._transport, base_url=site.client.base_url)
    assert (await fresh.post(path, data=fields)).status_code == 403, "no cookie"
    assert (await site.client.post(path)).status_code == 403, "no field"
    assert (await site.client.post(path, data={"_csrf_token": "é" * 128})).status_code == 403
    answer = await site.client.post(path, data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "text/html" in answer.headers["content-type"]
    someone = await person("manager")
    assert (await someone.client.post("/board/out")).status_code == 403
    assert (await someone.get("/board")).status_code == 200


@pytest.mark.parametrize(
    "text", ["//evil.example", "https://evil.example/board", "/board//evil.example", "/boardx", "/board/../n",
             "/board\\x", "/board/in/abc", "/board\r\nX: y", "javascript:alert(1)", ""],
)  # fmt: skip
def test_nobody_comes_back_elsewhere(text: str) -> None:
    assert safe_back(text) == "/board"


async def test_an_admin_chooses_the_processor(site: Site, person: SignIn) -> None:
    first = await site.world.make_processor(slug="first")
    admin = await person("admin")
    assert (await admin.get("/board")).status_code == 200, "there is one alone"
    second = await World(site.world.pools, site.world.engine).make_processor(name="Second")
    answer = await admin.get("/board")
    assert answer.headers["location"] == "./board/processor?back=%2Fboard"
    assert "Second" in (await admin.get("/board/processor")).text
    answer = await admin.post("/board/processor", {"processor": str(second), "back": "/board"})
    assert answer.headers["location"] == "../board"
    assert (await admin.get("/board")).status_code == 200
    manager = await person("manager")
    assert (await manager.get("/board/processor")).status_code == 403
    assert (await manager.post("/board/processor", {"processor": str(first)})).status_code == 403


async def test_keys_open_no_page_and_cookies_no_route_of_the_api(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    someone = await person("director")
    assert (await someone.get("/api/v1/agreements")).status_code == 401


async def test_the_pages_in_a_browser(visit: Visit, person: SignIn) -> None:
    await visit.site.world.make_processor()
    user = await new_user(visit.site.app, "manager", visit.site.world.processor, language="nl")
    async with visit.page("/board/in") as page:
        await look(page, "board-in")
        await page.get_by_label("E-mail address").fill("nobody@acme.example")
        await page.get_by_role("button", name="Send the link").click()
        await expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    async with visit.page(f"/board/in/{await new_link(visit.site.app, user.email)}") as page:
        await look(page, "board-link")
        await page.get_by_role("button", name="Inloggen").click()
        await expect(page.get_by_role("heading", name="Vandaag", level=1)).to_be_visible()
        await page.get_by_role("button", name="Uitloggen").click()
        await expect(page.get_by_role("heading", name="Inloggen")).to_be_visible()  # as whoever was signed in reads
    async with visit.page("/board", who=await person("auditor")) as page:
        await expect(page.get_by_role("button", name="Sign out")).to_be_visible()


async def test_what_cannot_be_taken_back_asks_for_a_fresh_sign_in(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    admin = await person("admin")
    path = f"/board/processors/{site.world.processor}/keys"
    assert (await admin.get(path)).status_code == 200
    async with site.world.pools.worker.acquire() as connection:
        await connection.execute("update user_session set signed_in_at = clock_timestamp() - interval '16 minutes'")
    for answer in (await admin.get(path), await admin.post(path, {"name": "x", "role": "auditor", "step": "do"})):
        assert answer.status_code == 303
        where = answer.headers["location"].removeprefix("../../..")
        assert where == f"/board/in?again=1&back={quote(path, safe='')}"
    asked = (await admin.get(where)).text
    assert f'value="{admin.email}"' in asked
    assert f'name="back" value="{path}"' in asked
    assert (await admin.get(f"/board/processors/{site.world.processor}/update")).status_code == 200
    assert await site.world.rows("select from api_key where role = 'auditor'") == []


async def test_a_user_sees_where_they_are_signed_in(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    one = await person("manager")
    mine = [site.world.processor]
    async with transaction(site.world.pools.api, mine) as connection:
        assert len(await open_sessions(connection, mine, one.id)) == 1
        await end_sessions(connection, mine, one.id)
        assert await open_sessions(connection, mine, one.id) == []
    assert (await one.get("/board")).status_code == 303


async def test_a_cookie_that_somebody_planted_is_never_signed_in(site: Site, person: SignIn) -> None:
    path, fields = await opened(site)
    planted = "x" * 43
    site.client.cookies.set("termijn", planted)
    answer = await site.client.post(path, data=fields)
    assert answer.status_code == 303
    assert planted not in answer.headers["set-cookie"]
    thief = httpx.AsyncClient(transport=site.client._transport, base_url=site.client.base_url)
    for cookie in (planted, "", "é", "x" * 5000):
        answer = await thief.get("/board", headers=[(b"cookie", f"termijn={cookie}".encode())])
        assert answer.status_code == 303, cookie


async def test_signing_in_anew_ends_the_session_before(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    one = await person("manager")
    path = f"/board/in/{await new_link(site.app, one.email)}"
    answer = await one.post(path)
    assert answer.status_code == 303
    one.client.cookies.delete("termijn")
    again = await one.client.get("/board", headers={"cookie": f"termijn={one.secret}"})
    assert again.status_code == 303, "whoever had the old cookie is out"


async def test_another_processors_page_is_nobodys(site: Site, person: SignIn) -> None:
    await site.world.make_processor()
    other = World(site.world.pools, site.world.engine)
    await other.make_processor(name="Second")
    theirs = await other.make_customer()
    manager = await person("manager")
    for path in (f"/board/customers/{theirs}", f"/board/customers/{theirs}/update"):
        assert (await manager.get(path)).status_code == 404, path
    header = {"Termijn-Processor": str(other.processor)}
    assert (await manager.get(f"/board/customers/{theirs}/update", headers=header)).status_code == 404


@pytest.mark.parametrize(
    "body", [b"\xff\xfe=%", b"_csrf_token=a&_csrf_token=b", b"a=1&" * 2000, b'{"email": "x"}', b"--x\r\n", b""]
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
async def test_odd_forms_are_refused_and_break_nothing(body: bytes, kind: str, site: Site) -> None:
    await site.client.get("/board/in")
    answer = await site.client.post("/board/in", content=body, headers={"content-type": kind})
    assert 400 <= answer.status_code < 500


async def test_old_sign_ins_are_forgotten(site: Site) -> None:
    path, fields = await opened(site)
    [user] = await site.world.rows("select email from app_user")
    await site.client.post("/board/in", data={**fields, "email": user["email"]})
    await site.client.post(path, data=fields)
    async with site.world.pools.worker.acquire() as connection:
        await forget_sign_ins(connection)
        assert await connection.fetchval("select count(*) from user_link") == 2
        for table in ("user_link", "user_session"):
            await connection.execute(f"update {table} set ends_at = clock_timestamp() - interval '31 days'")
        await forget_sign_ins(connection)
        for table in ("user_link", "user_session", "user_mail"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0, table
