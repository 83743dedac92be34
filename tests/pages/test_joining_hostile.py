"""What strangers may do to the page for new customers, and what becomes of it: nothing that others would notice."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from db.session import transaction
from service import applications
from service.links import calendar_token
from service.mail.outgoing import applicants
from service.mail.outgoing.config import MailConfig
from tests.mail.server import Scripted
from tests.pages.conftest import Site, hidden, text_of
from tests.pages.test_joining import (
    SIGNED,
    TYPED,
    agreement,
    applied,
    asked,
    begun,
    config,
    link,
    offer,
    path_of,
    rows,
    sign,
    smtp,
)
from workflows.engine.inbound import Inbound, ingest
from workflows.errors import Refused
from workflows.ids import new_id
from workflows.machine.acting import Acting

__all__ = ["config", "smtp"]

FORM = "application/x-www-form-urlencoded"


async def test_a_link_signs_once_however_often_it_is_used(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    path = await link(site, config, smtp)
    form = {**hidden((await site.client.get(path)).text), **SIGNED}
    got = await asyncio.gather(*(site.client.post(path, data=form) for _ in range(5)))
    assert sorted(one.status_code for one in got) == [200, 200, 200, 200, 303]
    assert len(await site.world.rows("select from customer")) == 1
    for one in (await site.client.get(path), await site.client.post(path, data=form)):
        assert (one.status_code, "This has been signed" in text_of(one.text)) == (200, True)
        assert "Bloom" not in one.text
    assert (await site.client.get(f"{path}/text")).status_code == 404


async def test_fetching_the_link_changes_nothing(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    path = await link(site, config, smtp)
    for _ in range(3):
        assert (await site.client.head(path)).status_code == 200
        assert (await site.client.get(path)).status_code == 200
    [row] = await rows(site)
    assert row["signed_at"] is None
    assert await site.world.rows("select from customer") == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": ""}, "Write the name of the organisation"),
        ({"name": "x" * 10_000}, "at most 200 characters"),
        ({"name": "Bakery\u202emoolB"}, "Write the name of the organisation"),
        ({"name": "\u200b"}, "Write the name of the organisation"),
        ({"country": "XX"}, "Choose a country"),
        ({"country": ""}, "Choose a country"),
        ({"role": "admin"}, "Choose the role of the organisation"),
        ({"language": "es"}, "Choose the language"),
        ({"reference": ""}, "number or the name of the main contract"),
        ({"starts_on": "31-12-2026"}, "Give the first day"),
        ({"starts_on": "0000-01-01"}, "Give the first day"),
        ({"starts_on": "9999-12-31"}, "Give the first day"),
        ({"p1-name": ""}, "name of the contact person"),
        ({"p1-email": "a@b.example, evil@x.example"}, "Enter one mail address"),
        ({"p1-email": "kim@bloom.example\nBcc: evil@x.example"}, "Enter one mail address"),
        ({"p1-phone": "call me"}, "Enter a telephone number"),
        ({"p2-name": "Sam"}, "Give an e-mail address or a telephone number"),
        ({"p2-privacy": "yes"}, "name of the contact person"),
    ],
)
async def test_what_is_no_application(site: Site, typed: dict[str, str], says: str) -> None:
    await begun(site)
    answer = await applied(site, **typed)
    assert (answer.status_code, says in text_of(answer.text)) == (422, True), text_of(answer.text)[:600]
    assert 'value="kim@bloom.example"' in answer.text or "p1-email" in typed
    assert await rows(site) == []


async def test_a_contact_that_the_terms_ask_for_is_asked_for(site: Site) -> None:
    await begun(site, "contict")
    lacking = await applied(site, **{"p1-security": "", "p1-contract": "", "p1-phone": ""})
    assert lacking.status_code == 422
    assert "The agreement asks for a contact person" in text_of(lacking.text)
    assert (await applied(site)).status_code == 200


async def test_html_and_controls_in_names_stay_text(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    evil = "<script>alert(1)</script>\"'&"
    path = await link(site, config, smtp, name=f"\x00{evil}\x07", **{"p1-name": evil, "reference": evil})
    shown = (await site.client.get(path)).text
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert (await sign(site, path, name=evil)).status_code == 303
    [row] = await site.world.rows("select name from customer")
    assert row["name"] == evil


async def test_altered_hidden_fields_are_no_form_of_ours(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    assert (await applied(site, form="nonsense")).status_code == 403
    assert (await applied(site, form="")).status_code == 403
    moved = await applied(site, offer="0" * 64)
    assert (moved.status_code, "has changed since you opened it" in text_of(moved.text)) == (409, True)
    assert 'value="Bakery Bloom"' in moved.text
    path = await link(site, config, smtp)
    other = hidden((await site.client.get("/j/acme?lang=en")).text)
    for form, status in (
        ({"form": "x"}, 403),
        ({"form": other["form"]}, 403),
        ({"text": "0" * 64}, 409),
        ({"name": ""}, 422),
        ({"consent": ""}, 422),
        ({"function": "x" * 201}, 422),
    ):
        assert (await sign(site, path, **form)).status_code == status, form
    assert await site.world.rows("select from customer") == []
    away = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for at, data in ((path, SIGNED), ("/j/acme", TYPED)):
        assert (await site.client.post(at, data=data, headers=away)).status_code == 403


async def test_tokens_that_are_none_open_nothing(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    path = await link(site, config, smtp)
    token = path.rpartition("/")[2]
    [row] = await site.world.rows("select id from application")
    foreign = calendar_token("a secret of the tests that is long enough", row["id"], 1)
    unknown = applications.application_token("a secret of the tests that is long enough", new_id())
    wrong = (
        token[:-1],
        f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
        token.swapcase(),
        foreign,
        unknown,
        "x" * 64,
    )
    for one in wrong:
        # A mark within it is taken for what was put behind a shorter one, and leads on to what is none either.
        assert (await site.client.get(f"/w/{one}", follow_redirects=True)).status_code == 404, one
        posted = await site.client.post(f"/w/{one}", data=SIGNED, follow_redirects=True)
        assert posted.status_code == 404, one
    # What mail programs do to an address leads to it all the same.
    assert (await site.client.get(f"/w/{token}.", follow_redirects=True)).status_code == 200
    assert (await site.client.get("/J/ACME/".lower(), follow_redirects=True)).status_code == 200


async def test_a_link_is_too_old_after_two_days_and_all_is_gone_after_a_week(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await begun(site)
    path = await link(site, config, smtp)
    form = {**hidden((await site.client.get(path)).text), **SIGNED}
    await site.world.go(await site.world.now() + applications.OPEN_FOR)
    for one in (await site.client.get(path), await site.client.post(path, data=form)):
        assert (one.status_code, "This link is too old" in text_of(one.text)) == (410, True)
        assert 'href="../j/acme?lang=en"' in one.text
    assert await site.world.rows("select from customer") == []
    await site.world.days(6)
    assert await asked(site, config, smtp) == []
    assert await rows(site) == []
    assert (await site.client.get(path)).status_code == 404


async def test_what_is_offered_meanwhile_is_not_signed_unseen(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    path = await link(site, config, smtp)
    form = {**hidden((await site.client.get(path)).text), **SIGNED}
    await offer(site, **{"backup.retention": "P60D"})
    for one in (await site.client.get(path), await site.client.post(path, data=form)):
        assert (one.status_code, "The agreement has changed" in text_of(one.text)) == (410, True)
    await site.update(site.world.processor, joining=None)
    for one in (await site.client.get(path), await site.client.post(path, data=form)):
        assert (one.status_code, "Nothing can be signed here any more" in text_of(one.text)) == (410, True)
        assert "/j/acme" not in one.text, "that page is not there"
    assert (await site.client.get("/j/acme")).status_code == 404
    assert (await site.client.get("/j/acme/text")).status_code == 404
    assert await site.world.rows("select from customer") == []


async def test_the_same_answer_for_a_customer_and_the_people_are_told_who_it_looks_like(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await begun(site)
    await site.world.make_customer("Bakery Bloom")
    [known] = await site.world.rows("select contacts -> 0 ->> 'email' as email from customer")
    new = await applied(site, **{"p1-email": "nobody@new.example"})
    there = await applied(site, **{"p1-email": known["email"]})
    assert text_of(new.text) == text_of(there.text)
    mails = await asked(site, config, smtp)
    assert {str(mail["to"]) for mail in mails} == {"nobody@new.example", known["email"]}
    for mail in mails:
        assert "Bloom" not in mail.as_string()  # nothing that was typed goes to an address that anybody may type
    path = next(path_of(mail) for mail in mails if mail["to"] == known["email"])
    shown = text_of((await site.client.get(path)).text)
    assert "Looks like" not in shown
    assert (await sign(site, path)).status_code == 303
    assert len(await site.world.rows("select from customer where name = 'Bakery Bloom'")) == 2
    [task] = await site.world.rows("select text from task where kind = 'joined'")
    assert task["text"].endswith("It looks like: Bakery Bloom.")


async def test_of_two_at_once_the_second_is_told_of_the_first(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    paths = [await link(site, config, smtp, **{"p1-email": f"kim{n}@bloom.example"}) for n in range(4)]
    answers = await asyncio.gather(*(sign(site, path) for path in paths))
    assert {one.status_code for one in answers} == {303}
    tasks = await site.world.rows("select text, data::json -> 'looks_like' as alike from task where kind = 'joined'")
    alike = sorted((json.loads(one["alike"]) for one in tasks), key=len)
    assert [len(one) for one in alike] == [0, 1, 2, 3]
    known = {str(row["id"]) for row in await site.world.rows("select id from customer")}
    assert set(alike[-1]) < known
    assert sorted(one["text"].count("Bakery Bloom") for one in tasks) == [1, 2, 2, 2], "each name once"


async def test_the_record_says_whose_mailbox_was_proven(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    assert (await applied(site)).status_code == 200
    sent_at = await site.world.now()
    [mail] = await asked(site, config, smtp)
    await site.world.days(1)
    assert (await sign(site, path_of(mail))).status_code == 303
    [event] = await site.world.rows(
        "select e.body, p.body as personal from event e join personal p using (subject_id, seq) "
        "where e.type = 'agreement.signed'"
    )
    form, *asked_how = json.loads(event["personal"])["evidence"].split("; ")
    assert form.startswith("page form ")
    assert asked_how == ["kim@bloom.example", sent_at.isoformat(), mail["message-id"].strip()]
    assert "bloom.example" not in event["body"], "it can be erased"


async def test_a_flood_is_stopped(
    site: Site, config: MailConfig, smtp: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(site)
    limiter = site.app.state.parts.limiter
    monkeypatch.setitem(limiter._most, "join", 2)
    shown = hidden((await site.client.get("/j/acme?lang=en")).text)
    for _ in range(3):  # one showing of the page is one application
        assert (await site.client.post("/j/acme", data={**shown, **TYPED})).status_code in (200, 429)
    assert len(await rows(site)) == 1
    assert len(await asked(site, config, smtp)) == 1
    over = await applied(site)
    assert (over.status_code, "retry-after" in over.headers) == (429, True)
    statuses = [(await applied(site, **{"p1-email": f"kim{n}@bloom.example"})).status_code for n in range(20)]
    assert set(statuses) == {200, 429}
    assert statuses[-1] == 429
    assert len(await rows(site)) < 20


async def test_who_goes_back_and_mends_the_address_is_asked_there(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await begun(site)
    shown = hidden((await site.client.get("/j/acme?lang=en")).text)
    typo = {**shown, **TYPED, "p1-email": "typo@bloom.example"}
    assert (await site.client.post("/j/acme", data=typo)).status_code == 200
    [first] = await asked(site, config, smtp)
    right = {**shown, **TYPED, "p1-email": "right@bloom.example", "p1-name": "Kim de Vries"}
    for _ in range(2):
        assert (await site.client.post("/j/acme", data=right)).status_code == 200
    [second] = await asked(site, config, smtp)
    assert second["to"] == "right@bloom.example"
    # Whose mailbox the typo was never sees what was typed.
    assert (await site.client.get(path_of(first))).status_code == 404
    assert "Kim de Vries" in (await site.client.get(path_of(second))).text
    assert [row["address"] for row in await rows(site)] == ["right@bloom.example"]
    # After the signature the same showing of the page begins another.
    assert (await sign(site, path_of(second))).status_code == 303
    another = {**right, "name": "Bakery Bloom West"}
    for _ in range(2):
        assert (await site.client.post("/j/acme", data=another)).status_code == 200
    [third] = await asked(site, config, smtp)
    assert "Bakery Bloom West" in (await site.client.get(path_of(third))).text
    assert len(await rows(site)) == 2


async def test_what_is_refused_says_what_to_do(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await begun(site)
    shown = hidden((await site.client.get("/j/acme?lang=en")).text)
    for answer, status in (
        (await site.client.post("/j/acme", data=TYPED), 403),
        (await site.client.post("/j/acme", content=b"{}", headers={"Content-Type": "application/json"}), 415),
        (await site.client.post("/j/acme", content=b"a=b&" * 100, headers={"Content-Type": FORM}), 400),
    ):
        said = text_of(answer.text)
        assert (answer.status_code, "Open the page for new customers again" in said) == (status, True), said[:300]
        assert "your mail" not in said
    monkeypatch.setitem(site.app.state.parts.limiter._most, "join", 1)
    again = [await site.client.post("/j/acme", data={**shown, **TYPED}) for _ in range(2)]
    assert [one.status_code for one in again] == [200, 429]
    assert "Wait an hour and try again" in text_of(again[1].text)


async def test_so_many_wait_and_no_more(
    site: Site, config: MailConfig, smtp: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(site)
    monkeypatch.setattr(applications, "MOST_WAITING", 2)
    answers = [(await applied(site, **{"p1-email": f"kim{n}@bloom.example"})).status_code for n in range(3)]
    assert answers == [200, 200, 429]
    [first, *_] = await asked(site, config, smtp)
    assert (await sign(site, path_of(first))).status_code == 303
    assert (await applied(site)).status_code == 200


async def test_what_opens_no_more_holds_nobody_up(
    site: Site, config: MailConfig, smtp: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(site)
    monkeypatch.setattr(applications, "MOST_WAITING", 2)
    for n in range(2):
        assert (await applied(site, **{"p1-email": f"kim{n}@bloom.example"})).status_code == 200
    await asked(site, config, smtp)
    assert (await applied(site)).status_code == 429
    assert "\ntermijn_waiting_applications 2.0" in (await site.client.get("/metrics")).text
    await site.world.go(await site.world.now() + applications.OPEN_FOR)
    assert (await applied(site)).status_code == 200
    assert "\ntermijn_waiting_applications 1.0" in (await site.client.get("/metrics")).text


async def test_an_address_that_does_not_answer_is_left_alone(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    for _ in range(5):
        assert "on its way" in text_of((await applied(site)).text)
    mails = await asked(site, config, smtp)
    assert len(mails) == 3
    assert (await applied(site, **{"p1-email": "Kim@Bloom.example"})).status_code == 200
    assert await asked(site, config, smtp) == []
    assert (await sign(site, path_of(mails[0]))).status_code == 303
    assert (await applied(site)).status_code == 200
    assert len(await asked(site, config, smtp)) == 1


async def test_two_days_run_from_the_mail(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    assert (await applied(site)).status_code == 200
    await site.world.days(3)
    [mail] = await asked(site, config, smtp)
    assert (await site.client.get(path_of(mail))).status_code == 200
    await site.world.go(await site.world.now() + applications.OPEN_FOR)
    assert (await site.client.get(path_of(mail))).status_code == 410


async def test_no_mail_goes_out_whose_link_would_be_dead(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    assert (await applied(site)).status_code == 200
    await site.world.days(5)
    assert await asked(site, config, smtp) == []


async def test_a_mail_server_that_is_away_uses_no_try_up(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    assert (await applied(site)).status_code == 200
    away = replace(config, smtp=replace(config.smtp, port=1))
    for _ in range(applicants.TRIES + 2):
        await applicants.ask_applicants(site.world.pools.worker, away)
        await site.world.go(await site.world.now() + timedelta(hours=1))
    assert len(await asked(site, config, smtp)) == 1


async def test_a_mail_that_comes_back_is_nobodys_work(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    await link(site, config, smtp)
    [row] = await site.world.rows("select id, own_id from application")
    seal = row["own_id"].partition("@")[0].rpartition(".")[2]
    now = await site.world.now()
    what = Inbound(kind="bounce", message=row["id"], seal=seal, words="no such user", received_at=now)
    acting = Acting(actor="mailbox", at=now, now=now, processors=(site.world.processor,))
    async with transaction(site.world.pools.worker) as connection:
        await ingest(connection, site.world.engine, acting, site.world.processor, what)
    [row] = await site.world.rows("select bounced_at from application")
    assert row["bounced_at"] is not None
    assert await site.world.rows("select from task") == []


async def open_tasks(site: Site, kind: str) -> list[Any]:
    return await site.world.rows(
        "select t.id, t.text from task t join subject s on s.id = t.id and s.open where t.kind = $1", kind
    )


async def correct(site: Site, agreement: UUID, *parties: str) -> None:
    """Only these parties have signed, after all."""
    [row] = await site.world.rows("select signatures::text as said from agreement where id = $1", agreement)
    left = [one for one in json.loads(row["said"]) if one["party"] in parties]
    await site.world.do(agreement, "correct", data={"signatures": left}, reason="It was signed by mistake.")
    await site.world.drain()


async def test_the_task_ends_with_a_signature_and_not_by_hand(site: Site, config: MailConfig, smtp: Scripted) -> None:
    await begun(site)
    assert (await sign(site, await link(site, config, smtp))).status_code == 303
    [task] = await open_tasks(site, "joined")
    with pytest.raises(Refused, match="sign the agreement for the processor, or withdraw it"):
        await site.world.do(task["id"], "done", role="admin")
    await site.world.do((await agreement(site))["id"], "sign", party="processor")
    assert await open_tasks(site, "joined") == []


async def test_a_signature_that_was_a_mistake_takes_it_out_of_force(
    site: Site, config: MailConfig, smtp: Scripted
) -> None:
    await begun(site)
    assert (await sign(site, await link(site, config, smtp))).status_code == 303
    made = (await agreement(site))["id"]
    await site.world.do(made, "sign", party="processor")
    await site.world.drain()
    assert (await agreement(site))["state"] == "active"
    await correct(site, made, "controller")
    now = await agreement(site)
    assert (now["state"], now["in_force_since"]) == ("notified", None)
    [task] = await open_tasks(site, "joined")
    assert "Bakery Bloom signed the agreement on your public page" in task["text"]
    await site.world.days(3)
    assert (await agreement(site))["state"] == "notified", "nothing begins it by itself"
    await site.world.do(made, "sign", party="processor")
    await site.world.drain()
    assert ((await agreement(site))["state"], await open_tasks(site, "joined")) == ("active", [])


@pytest.mark.parametrize("left", ["controller", "processor"])
async def test_a_signature_that_was_a_mistake_begins_nothing_later(
    site: Site, config: MailConfig, smtp: Scripted, left: str
) -> None:
    """The day on which it would have begun lies ahead."""
    await begun(site)
    assert (await sign(site, await link(site, config, smtp, starts_on="2026-03-20"))).status_code == 303
    made = (await agreement(site))["id"]
    await site.world.do(made, "sign", party="processor")
    await correct(site, made, left)
    assert len(await open_tasks(site, "joined")) == (left == "controller")
    await site.world.days(30)
    now = await agreement(site)
    assert (now["state"], now["in_force_since"]) == ("notified", None)
