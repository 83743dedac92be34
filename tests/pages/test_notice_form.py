"""The form on a notice's page: what it takes, once and from nobody else, and how it says what is missing."""

import asyncio
import re
import time

import pytest

from service.http import turns
from service.pages.words import words_in
from tests.drafts import controller_rule, draft, processor_rule, store
from tests.pages.conftest import Site, hidden, offered, text_of
from tests.pages.notices import answers, state, told
from tests.world import local
from workflows.ids import new_id
from workflows.model.parties import Contact
from workflows.words import LANGUAGES, Language


async def test_the_form_answers_once_and_shows_that_it_did(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    sent = await site.answer(path, "object", "We host <script>alert(1)</script> ourselves.\r\nReally.")
    assert sent.status_code == 303
    assert await state(site, notice) == "objected"
    [given] = await answers(site, notice)
    assert (given["by"], given["channel"], given["late"]) == ("Kim", "link", False)
    assert given["grounds"] == "We host <script>alert(1)</script> ourselves.\nReally."
    assert re.fullmatch(r"contact:[0-9a-f-]{36}", given["recorded_by"])
    shown = await site.client.get(str(sent.url.join(sent.headers["location"])))
    assert "Uw antwoord is ontvangen" in shown.text
    assert "<script>" not in shown.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown.text
    assert "Uw antwoord is ontvangen" not in await site.shown(path)
    assert "Uw antwoord is ontvangen" not in await site.shown(path + "?noted=0123456789abcdef01234567")
    [mail] = await site.world.rows("select count(*) as n from message where kind = 'confirmation'")
    assert mail["n"] == 1


async def test_another_answer_from_one_showing_of_the_page_is_another(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    fields = hidden((await site.client.get(path)).text)
    for answer, grounds in (("object", "One."), ("object", "One."), ("object", "Two."), ("take-back", "")):
        sent = await site.client.post(path, data={**fields, "answer": answer, "grounds": grounds})
        assert sent.status_code == 303
    given = [(one["answer"], one["grounds"]) for one in await answers(site, notice)]
    assert given == [("object", "One."), ("object", "Two."), ("take-back", None)]
    assert await state(site, notice) == "open"


async def test_fifty_posts_of_one_form_are_one_answer(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    data = {**hidden((await site.client.get(path)).text), "answer": "object", "grounds": "No."}
    got = await asyncio.gather(*(site.client.post(path, data=data) for _ in range(50)))
    assert {one.status_code for one in got} == {303}
    assert len({one.headers["location"] for one in got}) == 1
    assert len(await answers(site, notice)) == 1
    [events] = await site.world.rows(
        "select count(*) as n from event where subject_id = $1 and type = 'notice.object'", notice
    )
    assert events["n"] == 1


async def test_posts_to_notices_of_a_locked_change_take_turns(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by a link of its own, and all hold their one change still."""
    monkeypatch.setattr(turns, "SECONDS", 0.2)
    world = site.world
    await world.make_processor()
    agreements = [await world.make_agreement("kmo-solutions") for _ in range(turns.BEHIND + 1)]
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    paths = [await site.link((await world.notice(change, one))["id"]) for one in agreements]
    data = [{**hidden((await site.client.get(path)).text), "answer": "object", "grounds": "No."} for path in paths]
    async with world.pools.worker.acquire() as connection, connection.transaction():
        await connection.execute("select from subject where id = $1 for update", change)
        asked = [asyncio.create_task(site.client.post(path, data=one)) for path, one in zip(paths, data, strict=True)]
        assert (await next(asyncio.as_completed(asked))).status_code == 503
    assert sorted([(await one).status_code for one in asked]) == [303] * turns.BEHIND + [503]


async def test_the_same_form_sent_again_after_taking_back_does_not_answer_again(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    data = {**hidden((await site.client.get(path)).text), "answer": "object"}
    await site.client.post(path, data=data)
    assert (await site.answer(path, "take-back")).status_code == 303
    assert await state(site, notice) == "open"
    assert (await site.client.post(path, data=data)).status_code == 303
    assert await state(site, notice) == "open"


@pytest.mark.parametrize("missing", ["none", "empty", "forged", "anothers"])
async def test_a_post_without_the_pages_own_field_answers_nothing(site: Site, missing: str) -> None:
    world = site.world
    second = Contact(id=new_id(), name="Sam", email="sam@bakery.example", roles=("contract",))
    first = Contact(id=new_id(), name="Kim", email="kim@bakery.example", roles=("contract",))
    await world.make_processor()
    customer = await world.make_customer("Bakery", contacts=(first, second))
    agreement = await world.make_agreement("kmo-solutions", customer)
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    path, other = await site.link(notice), await site.link(notice, contact=1)
    field = {
        "none": {},
        "empty": {"form": ""},
        "forged": {"form": "A" * 68},
        "anothers": hidden((await site.client.get(other)).text),
    }[missing]
    sent = await site.client.post(path, data={**field, "answer": "object"})
    assert sent.status_code == 403
    assert await state(site, notice) == "open"
    assert await answers(site, notice) == []


@pytest.mark.parametrize("site_said", ["cross-site", "same-site"])
async def test_a_post_that_another_site_made_answers_nothing(site: Site, site_said: str) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    data = {**hidden((await site.client.get(path)).text), "answer": "object"}
    sent = await site.client.post(path, data=data, headers={"Sec-Fetch-Site": site_said})
    assert sent.status_code == 403
    assert await state(site, notice) == "open"
    assert (await site.client.post(path, data=data, headers={"Sec-Fetch-Site": "same-origin"})).status_code == 303


async def test_a_page_open_for_months_is_shown_again_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    data = {**hidden((await site.client.get(path)).text), "answer": "object", "grounds": "Typed with care"}
    later = time.time() + 31 * 24 * 3600
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: later)
        sent = await site.client.post(path, data=data)
        assert sent.status_code == 409
        assert "Typed with care" in sent.text
        assert re.search(r'value="object"[^>]* checked', sent.text)
        assert await state(site, notice) == "open"
        again = await site.client.post(path, data={**data, **hidden(sent.text)})
    assert again.status_code == 303
    assert await state(site, notice) == "objected"


@pytest.mark.parametrize(
    ("answer", "said"),
    [("", "Kies een antwoord"), ("agree", "kennen wij hier niet"), ("resend", "kennen wij hier niet")],
)
async def test_no_answer_or_an_unknown_one_is_said_beside_the_form(site: Site, answer: str, said: str) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    sent = await site.answer(await site.link(notice), answer, "kept")
    assert sent.status_code == 400
    assert said in sent.text
    assert "kept" in sent.text
    assert await answers(site, notice) == []


async def test_an_answer_that_the_notice_gives_no_right_to_is_refused_in_plain_words(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions", lang="en")
    for answer in ("consent", "refuse", "terminate"):
        sent = await site.answer(await site.link(notice), answer)
        assert sent.status_code == 409
        assert "not give a right to this answer" in sent.text
    assert (await site.answer(await site.link(notice), "take-back")).status_code == 409
    assert await answers(site, notice) == []


async def test_required_reasons_are_asked_for_and_what_was_typed_stays(site: Site) -> None:
    _, _, notice = await told(site, "constant-it", lang="en")
    path = await site.link(notice)
    sent = await site.answer(path, "terminate", "  ")
    assert sent.status_code == 422
    assert 'href="#grounds"' in sent.text
    assert 'aria-invalid="true"' in sent.text
    assert re.search(r'value="terminate"[^>]* checked', sent.text)
    assert await answers(site, notice) == []
    again = await site.client.post(path, data={**hidden(sent.text), "answer": "terminate", "grounds": "Not acceptable"})
    assert again.status_code == 303
    assert [one["answer"] for one in await answers(site, notice)] == ["terminate"]


async def test_a_refusal_holds_without_reasons(site: Site) -> None:
    _, _, notice = await told(site, "contict", lang="en")
    path = await site.link(notice)
    assert (await site.answer(path, "refuse")).status_code == 303
    assert await state(site, notice) == "refused"
    assert "take-back" in offered((await site.client.get(path)).text)


async def test_too_many_words_are_refused_and_kept(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    sent = await site.answer(path, "object", "é" * 10_001)
    assert sent.status_code == 422
    assert "10.001" in sent.text
    assert "é" * 10_001 in sent.text
    assert (await site.answer(path, "object", "😀" * 300_000)).status_code == 413
    assert (await site.answer(path, "object", "é" * 10_000)).status_code == 303


@pytest.mark.parametrize(
    "body",
    [
        b"", b"answer", b"answer=object&answer=refuse", b"%00=%00", b"answer=%ff%fe&form=%ED%A0%80", b"&" * 50,
        b"\xff\xfe=\x00", b"answer=object&grounds=%00%01%E2%80%AE",
    ],
)  # fmt: skip
async def test_odd_bodies_are_never_a_fault(site: Site, body: bytes) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    form = hidden((await site.client.get(path)).text)["form"].encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for sent in (body, body + b"&form=" + form.replace(b"=", b"%3D")):
        got = await site.client.post(path, content=sent, headers=kind)
        assert got.status_code in (303, 400, 403), got.text
        assert got.status_code != 303 or b"answer=object&grounds" in body
    for other in ("text/plain", "application/json", "multipart/form-data; boundary=x", ""):
        assert (await site.client.post(path, content=body, headers={"Content-Type": other})).status_code == 415


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"wij+vinden+%E9%E9n+partij+te+veel", "wij vinden één partij te veel"),
        (b"\x80 100 \x96 caf\xe9", "€ 100 – café"),
        ("één".encode() + b"+en+%E9%E9n", "één en één"),
        ("é 😀".encode() + b"%C3", "é 😀Ã"),
        ("e\u0301e\u0301n".encode(), "één"),
        (b"100%25+en+100%", "100% en 100%"),
        (b"a%81b", "ab"),
    ],
)
async def test_reasons_in_another_encoding_read_as_they_were_written(site: Site, sent: bytes, read: str) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    path = await site.link(notice)
    form = hidden((await site.client.get(path)).text)["form"].encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"answer=object&form=" + form.replace(b"=", b"%3D") + b"&grounds=" + sent
    assert (await site.client.post(path, content=body, headers=kind)).status_code == 303
    assert [(one["answer"], one["grounds"]) for one in await answers(site, notice)] == [("object", read)]


async def test_control_characters_in_reasons_are_left_out(site: Site) -> None:
    _, _, notice = await told(site, "kmo-solutions")
    assert (await site.answer(await site.link(notice), "object", "a\x00b\x1bc\td")).status_code == 303
    assert (await answers(site, notice))[0]["grounds"] == "abc\td"


async def test_an_answer_counts_up_to_the_last_microsecond_and_not_after(site: Site) -> None:
    for end, expected in (("2026-04-01T23:59:59.999999+02:00", "objected"), ("2026-04-02T00:00:00+02:00", "lapsed")):
        if expected == "objected":
            _, _, notice = await told(site, "kmo-solutions")
        else:
            agreement = await site.world.make_agreement("kmo-solutions")
            change = await site.world.make_change(await site.world.make_subprocessor("Other BV"))
            await site.world.announce(change)
            notice = (await site.world.notice(change, agreement))["id"]
            [row] = await site.world.rows("select closes_at from notice where id = $1", notice)
            end = row["closes_at"].isoformat()
        path = await site.link(notice)
        form = hidden((await site.client.get(path)).text)
        await site.world.go(local(end))
        sent = await site.client.post(path, data={**form, "answer": "object"})
        assert sent.status_code == 303
        assert await state(site, notice) == expected
        assert (await answers(site, notice))[0]["late"] is (expected == "lapsed")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_reasons_that_the_agreement_asks_for_are_asked_for_until_they_are_given(
    site: Site, lang: Language
) -> None:
    terms = draft({
        "subprocessor.objection": controller_rule("receipt", "P14D", grounds="required"),
        "subprocessor.alternative": processor_rule("objection", "P30D"),
    })  # fmt: skip
    await store(site.world, terms)
    _, _, notice = await told(site, terms.id, lang=lang)
    link, words = await site.link(notice), words_in(lang)
    missing = " ".join(words("say.reasons_asked").split())
    shown = text_of((await site.client.get(link)).text)
    assert words("form.grounds_agreed") in shown
    assert words("form.grounds_asked") not in shown
    await site.world.do(notice, "object", channel="mail", by="Kim")
    assert missing in text_of((await site.client.get(link)).text)
    await site.world.do(notice, "object", channel="mail", by="Kim", grounds="too far away")
    told_then = text_of((await site.client.get(link)).text)
    assert missing not in told_then
    counted = words("say.solution_unreasoned", day="|").partition("|")[0]
    assert counted.strip() in told_then, "from which of the two the time is counted"
