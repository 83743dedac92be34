"""The notice's page over HTTP: what it shows for each agreement and at each time, to whom; reading changes nothing."""

import asyncio
import re
from datetime import date
from typing import Any

import httpx
import pytest

from tests.pages.conftest import SECRET, Site, hidden, offered, text_of
from tests.pages.notices import EVERYTHING, state, told
from tests.world import local
from workflows.ids import new_id
from workflows.model.parties import Contact
from workflows.terms.clauses import in_words
from workflows.terms.load import library
from workflows.words import Language

TERMS = ("stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict")


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("terms", TERMS)
async def test_the_page_says_what_changes_by_which_right_and_until_when(site: Site, terms: str, lang: Language) -> None:
    _, _, notice = await told(
        site, terms, lang=lang, reason="More room for backups",
        subprocessor={
            "country": "DE", "address": "Hafenweg 1", "contact": "dpo@host.example", "categories": ("names",),
        },
    )  # fmt: skip
    answer = await site.client.get(await site.link(notice))
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    words = text_of(answer.text)
    germany = "Duitsland" if lang == "nl" else "Germany"
    for said in (
        "Acme",
        "Bakery",
        "Hosting BV",
        "hosting",
        germany,
        "More room",
        "Hafenweg 1",
        "dpo@host.example",
        "names",
    ):
        assert said in words, said
    [row] = await site.world.rows("select rights, clause from notice where id = $1", notice)
    assert in_words(library()[terms], row["clause"], lang) in words
    window = {
        "nl": "woensdag 1 april 2026, 24:00 uur (tijd in Amsterdam)",
        "en": "Wednesday 1 April 2026, 24:00 (Amsterdam time)",
    }
    exact = '<time datetime="2026-04-02T00:00:00+02:00">'
    own = {
        "nl": "Dat is onze eigen keuze en geen bepaling van uw overeenkomst",
        "en": "That is our own choice and not a term of your agreement",
    }
    silence = {"nl": "Zonder antwoord is er geen toestemming", "en": "Without an answer there is no consent"}
    assert (window[lang] in words) == (terms not in ("mms-solutions", "contict"))
    assert (exact in answer.text) == (terms not in ("mms-solutions", "contict"))
    assert (own[lang] in words) == (terms in ("stkkr", "constant-it"))
    assert (silence[lang] in words) == (terms in ("mms-solutions", "contict"))
    expected = {
        "stkkr": ["object", "acknowledge"],
        "kmo-solutions": ["object", "acknowledge"],
        "constant-it": ["object", "acknowledge", "terminate"],
        "mms-solutions": ["consent", "refuse", "acknowledge"],
        "contict": ["consent", "refuse", "acknowledge"],
    }
    assert offered(answer.text) == expected[terms]


async def test_the_last_moment_is_said_in_the_agreements_zone(site: Site) -> None:
    _, _, notice = await told(site, "mms-solutions", lang="nl")
    assert "tijd in Brussel" in await site.shown(await site.link(notice))


async def test_every_page_has_the_headers_that_keep_it_private(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions")
    [row] = await site.world.rows("select customer_id from agreement where id = $1", agreement)
    for path in (await site.link(notice), await site.own_page(row["customer_id"]), "/n/unknown", "/s/unknown"):
        answer = await site.client.get(path)
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "form-action 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)


async def test_two_hundred_reads_change_nothing(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    [before] = await site.world.rows(EVERYTHING)
    for _ in range(10):
        got = await asyncio.gather(*(site.client.request(method, path) for method in ("GET", "HEAD") * 10))
        assert {one.status_code for one in got} == {200}
        assert {one.content for one in got if one.request.method == "HEAD"} == {b""}
    [after] = await site.world.rows(EVERYTHING)
    assert dict(after) == dict(before)


async def test_reading_takes_two_statements(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    await site.client.get(path)
    seen: list[str] = []
    pool = site.app.state.parts.pool
    async with pool.acquire() as connection:
        kind = type(connection._con)
    for name in ("fetch", "fetchrow", "fetchval"):
        run = getattr(kind, name)

        async def counted(self: Any, query: str, *args: Any, run: Any = run, **more: Any) -> Any:
            seen.append(query)
            return await run(self, query, *args, **more)

        monkeypatch.setattr(kind, name, counted)
    await site.client.get(path)
    assert len(seen) == 2


async def test_unknown_revoked_foreign_and_other_purposes_links_look_the_same(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions")
    [row] = await site.world.rows("select customer_id from agreement where id = $1", agreement)
    path = await site.link(notice)
    token = path.removeprefix("/n/")
    own = (await site.own_page(row["customer_id"])).removeprefix("/p/")
    flipped = token[:-2] + token[-2].swapcase() + token[-1] if token[-2].isalpha() else token.swapcase()
    wrong = [
        "/n/" + "A" * 43, f"/n/{token[:-1]}", f"/n/{token}x", f"/n/{flipped}", f"/n/{own}", f"/p/{token}", "/n/%00",
        "/n/%ff", "/n/" + "é" * 300, "/n/" + "a" * 9000,
    ]  # fmt: skip
    got = [await site.client.get(one) for one in wrong]
    assert [one.status_code for one in got] == [404] * len(wrong)
    assert len({one.text for one in got}) == 1
    posted = await site.client.post("/n/" + "A" * 43, data={"answer": "object"})
    assert (posted.status_code, posted.text) == (404, got[0].text)
    await site.update(row["customer_id"], contacts=())
    assert (await site.client.get(path)).text == got[0].text


async def test_removing_a_contact_kills_its_link_and_no_other(site: Site) -> None:
    world = site.world
    people = [
        Contact(id=new_id(), name=name, email=f"{name}@bakery.example", roles=("contract",)) for name in ("Kim", "Sam")
    ]
    await world.make_processor()
    customer = await world.make_customer("Bakery", contacts=tuple(people))
    agreement = await world.make_agreement("kmo-solutions", customer)
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    kim, sam = await site.link(notice), await site.link(notice, contact=1)
    form = {**hidden((await site.client.get(kim)).text), "answer": "object"}
    await site.update(customer, contacts=(people[1],))
    assert (await site.client.get(kim)).status_code == 404
    assert (await site.client.post(kim, data=form)).status_code == 404
    assert (await site.client.get(sam)).status_code == 200
    assert await state(site, notice) == "open"


async def test_after_the_last_moment_the_page_says_how_it_ended_and_marks_an_answer_late(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions", lang="en")
    path = await site.link(notice)
    await site.world.days(40)
    words = await site.shown(path)
    assert "The last moment has passed" in words
    assert "has been allowed to work with your data since Thursday 2 April 2026" in words
    assert "kept and marked as late" in words
    sent = await site.answer(path, "object", "Too busy before")
    shown = text_of((await site.client.get(str(sent.url.join(sent.headers["location"])))).text)
    assert "It came after the last moment. It is kept and marked as late" in shown
    assert await state(site, notice) == "lapsed"


async def test_all_that_was_answered_is_shown_with_who_and_when(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions", lang="en")
    path = await site.link(notice)
    await site.world.days(3)
    await site.world.do(
        notice, "object", channel="phone", by="Robin", received_at=local("2026-03-03T10:00:00+01:00").isoformat()
    )
    words = await site.shown(path)
    assert "by Robin, by telephone, received Tuesday 3 March 2026, 10:00 (Amsterdam time)" in words
    assert "entered Thursday 5 March 2026" in words
    assert "I withdraw my answer" not in words
    await site.answer(path, "acknowledge")
    assert "by Kim, through this page" in await site.shown(path)


async def test_how_the_processor_decided_is_shown_with_the_date_and_the_right_that_follows(site: Site) -> None:
    _, _, notice = await told(site, "stkkr", lang="en")
    path = await site.link(notice)
    await site.answer(path, "object", "No.")
    await site.world.do(
        notice, "decide", decision="overrule", reason="We <need> it.", engage_not_before=date(2026, 8, 1)
    )
    shown = await site.client.get(path)
    words = text_of(shown.text)
    assert "We are going ahead despite the objection" in words
    assert "Monday 2 March 2026" in words
    assert "Saturday 1 August 2026" in words
    assert "We &lt;need&gt; it." in words
    assert "Terminate the main contract, and the processing agreement with it" in words
    assert "terminate" in offered(shown.text)
    assert (await site.answer(path, "terminate", "We leave.")).status_code == 303
    await site.world.drain()
    [row] = await site.world.rows(
        "select s.state from notice n join subject s on s.id = n.agreement_id where n.id = $1", notice
    )
    assert row["state"] == "deletion_pending", "it ended, and its data have to go at once"


async def test_upheld_and_withdrawn_are_shown_and_take_no_more_effect(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions", lang="en")
    path = await site.link(notice)
    await site.answer(path, "object")
    await site.world.do(notice, "decide", decision="uphold", reason="You are right.")
    assert "The objection has been upheld" in (words := await site.shown(path))
    assert "You are right." in words
    other = await site.world.make_agreement("kmo-solutions", await site.world.make_customer("Other", language="en"))
    second = await site.world.make_change(await site.world.make_subprocessor("Other BV"))
    await site.world.announce(second)
    told_of = (await site.world.notice(second, other))["id"]
    there = await site.link(told_of)
    form = hidden((await site.client.get(there)).text)
    await site.world.do(second, "withdraw", reason="Not needed any more")
    await site.world.drain()
    words = await site.shown(there)
    assert "We withdrew the change on Monday 2 March 2026" in words
    assert "Not needed any more" in words
    sent = await site.client.post(there, data={**form, "answer": "object"})
    assert sent.status_code == 303
    assert await state(site, told_of) == "cancelled"


async def test_replacing_and_moving_show_what_was_beside_what_becomes(site: Site) -> None:
    world = site.world
    await world.make_processor()
    old = await world.make_subprocessor("Oldhost", service="archive", country="BE")
    new = await world.make_subprocessor("Newhost", service="storage", country="DE")
    customer = await world.make_customer("Bakery", language="en")
    agreement = await world.make_agreement("kmo-solutions", customer, subprocessors=(old,))
    replace = await world.make_change(new, "replace", replaces_id=old)
    await world.announce(replace)
    move = await world.make_change(old, "relocate", country="FR", from_country="BE")
    await world.announce(move)
    page = await site.client.get(await site.link((await world.notice(replace, agreement))["id"]))
    words = text_of(page.text)
    for said in (
        "Newhost takes the place of Oldhost",
        "Until now: Oldhost",
        "New: Newhost",
        "Until now: Belgium",
        "New: Germany",
    ):
        assert said in words, said
    words = await site.shown(await site.link((await world.notice(move, agreement))["id"]))
    assert "Subprocessor Oldhost moves to another country" in words
    assert "Until now: Belgium New: France" in words


async def test_an_amended_text_is_shown_beside_the_one_before(site: Site) -> None:
    world = site.world
    await world.make_processor()
    host = await world.make_subprocessor("Host", country="DE")
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer("Bakery", language="en"))
    change = await site.draft(host, reason="Cheaper", country="DE")
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    path = await site.link(notice)
    await site.answer(path, "object")
    await site.answer(path, "take-back")
    await world.do(
        change, "amend", fields={"country": "FR", "reason": "Nearer"}, substance=True, reason="Data centre full"
    )
    await world.drain()
    words = await site.shown(path)
    assert "This text was changed on Monday 2 March 2026" in words
    assert "Why: Data centre full" in words
    assert "Until now: Germany New: France" in words
    assert "Until now: Cheaper New: Nearer" in words
    assert "has no effect" in words


async def test_before_receipt_the_page_says_that_no_time_runs_and_takes_an_answer(site: Site) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer("Bakery", language="en"))
    change = await world.make_change(await world.make_subprocessor())
    await site.unreceived(change)
    notice = (await world.notice(change, agreement))["id"]
    path = await site.link(notice)
    words = await site.shown(path)
    assert "Receipt of this notice is not on record yet" in words
    assert "You have 30 days from the day on which you receive this notice" in words
    assert (await site.answer(path, "acknowledge")).status_code == 303
    [row] = await world.rows("select received_how, closes_at from notice where id = $1", notice)
    assert (row["received_how"], row["closes_at"]) == ("answer", local("2026-04-02T00:00:00+02:00"))


async def test_a_link_dies_with_the_data(site: Site) -> None:
    agreement, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    assert (await site.client.get(path)).status_code == 200
    async with site.world.pools.worker.acquire() as connection:
        await connection.execute("update subject set open = false where id = $1", agreement)
    assert (await site.client.get(path)).status_code == 404
    async with site.world.pools.worker.acquire() as connection:
        await connection.execute("update subject set open = true where id = $1", agreement)


async def test_no_token_reaches_a_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    with caplog.at_level("DEBUG"):
        await site.answer(path, "object", "secret reasons")
        await site.answer(path, "nonsense")
    said = "\n".join(one.getMessage() for one in caplog.records if one.name != "httpx")  # the test's own client
    assert "termijn.access" in {one.name for one in caplog.records}
    for secret in (path.removeprefix("/n/"), "secret reasons", SECRET):
        assert secret not in said


async def test_when_the_database_is_away_a_page_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)

    async def away(*_: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("service.pages.routes.load_notice", away)
    got = await site.client.get(path)
    assert (got.status_code, got.headers["retry-after"]) == (503, "1")
    assert "Probeer het zo meteen opnieuw" in got.text

    async def broken(*_: Any) -> None:
        raise RuntimeError("kim@bakery.example")

    monkeypatch.setattr("service.pages.routes.load_notice", broken)
    got = await site.client.get(path)
    assert got.status_code == 500
    assert "kim@" not in got.text


async def test_the_stylesheet_comes_from_here_and_may_be_kept(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    page = await site.client.get(await site.link(notice))
    found = re.search(r'<link rel="stylesheet" href="([^"]+)">', page.text)
    assert found is not None
    sheet = await site.client.get(str(page.url.join(found[1])))
    assert sheet.status_code == 200
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["cache-control"]
    assert not re.search(r"url\(|@import", sheet.text)
    missing: httpx.Response = await site.client.get("/assets/other.css")
    assert missing.status_code == 404
