"""Evidence over HTTP: who may have it, what is answered, and the declaration with the mail that says so."""

import base64
import hashlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from service.certificate.store import Declarer
from service.mail.outgoing.deliver import deliver
from tests.evidence.story import to_deleted
from tests.evidence.test_bundle import judged, laid_out, opened, rows, sealed, verified
from tests.evidence.test_certificate import read
from tests.http.conftest import ACME
from tests.lantern import PUBLISHED, lantern
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.resources.conftest import CONTACTS, Desk
from workflows.terms.load import to_document


@pytest.fixture
async def posted(desk: Desk) -> AsyncIterator[Scripted]:
    """The desk with a real sender and a mail server behind it."""
    smtp = Scripted()
    await smtp.start()
    world = desk.world
    world.processor = UUID(desk.processor)
    config = config_for(smtp.port)
    world.deliver = partial(deliver, world.pools.worker, world.engine, config)  # type: ignore[method-assign]
    yield smtp
    await smtp.stop()


async def ended(desk: Desk, terms: str, **more: Any) -> str:
    made = await desk.agreement(terms, **more)
    await desk.act(f"agreements/{made['id']}/end-main-contract", {"on": "2026-03-31"})
    return str(made["id"])


async def test_a_declaration_once_deleted_and_the_same_with_the_mail(desk: Desk, posted: Scripted) -> None:
    agreement = await ended(desk, "contict")
    path = f"agreements/{agreement}/certificate.pdf"
    problem = await desk.refused(path, method="GET")
    assert problem["status"] == 409
    assert problem["state"] == "active"
    assert "hold" in problem["actions"]
    assert problem["clause"] == "10.3"
    await to_deleted(desk.world, UUID(agreement))
    answer = await desk.api.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="declaration-' in answer.headers["content-disposition"]
    digest = hashlib.sha256(answer.content).digest()
    assert answer.headers["etag"] == f'"{digest.hex()}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    again = await desk.api.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    (given,) = await desk.items("disclosures", about=agreement)
    assert (given["what"], given["by"][:4]) == ("declaration", "key:"), "what was not sent again is on record once"
    mails = [one.mail for one in posted.attempts]
    attached = [
        part for mail in mails for part in mail.iter_attachments() if part.get_content_type() == "application/pdf"
    ]
    assert [part.get_content() for part in attached] == [answer.content], "one contact, one mail, the kept bytes"
    (last,) = [mail for mail in mails if list(mail.iter_attachments()) and "verwijderd" in mail["subject"]]
    body = last.get_body(("plain",))
    assert body is not None
    assert "De verklaring zit als PDF bij dit bericht" in body.get_content()


async def test_without_a_duty_to_declare_it_is_there_and_goes_with_no_mail(desk: Desk, posted: Scripted) -> None:
    customer = await desk.customer("Foreign Ltd", language="en", contacts=CONTACTS)
    agreement = await ended(desk, "constant-it", customer_id=customer["id"])
    await to_deleted(desk.world, UUID(agreement), unconfirmed=True, evidence="asked three times")
    said = read((await desk.api.get(f"agreements/{agreement}/certificate.pdf")).content)
    assert "The agreement does not require a declaration" in said
    assert "Not confirmed" in said
    assert "asked three times" in said
    assert "The agreement allows this" in said
    assert not [one for one in posted.attempts if b"application/pdf" in one.content]


async def test_the_bundle_is_answered_and_verifies(desk: Desk, posted: Scripted, tmp_path: Path) -> None:
    agreement = await ended(desk, "kmo-solutions")
    change = await desk.announced((await desk.subprocessor("Cloud BV"))["id"])
    path = f"agreements/{agreement}/evidence.zip"
    key = await desk.api.key(desk.processor, "auditor")
    answer = await desk.api.get(path, key=key)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    status, said = verified(laid_out(opened(answer.content), tmp_path / "agreement"))
    assert status == 0, said
    assert (await desk.api.get(path, headers={"If-None-Match": answer.headers["etag"]})).status_code == 304
    await desk.act(f"agreements/{agreement}/hold", {"ground": "tax law", "categories": ["invoices"]})
    assert (await desk.api.get(path)).headers["etag"] != answer.headers["etag"], "there is one more event"
    body = {"discovered_at": "2026-03-02T08:00:00Z", "summary": "A lost laptop.", "agreements": [agreement]}
    await desk.api.made("breaches", {**body, "categories": ["names"]})
    await desk.world.drain()
    answer = await desk.api.get(path)
    kinds = {row["kind"] for row in rows(opened(answer.content), "subjects.jsonl")}
    assert {"breach", "breach_case"} <= kinds, "a kind of its own comes along by its parent"
    status, said = verified(laid_out(opened(answer.content), tmp_path / "later"))
    assert status == 0, said
    of_change = await desk.api.get(f"changes/{change['id']}/evidence.zip")
    status, said = verified(laid_out(opened(of_change.content), tmp_path / "change"))
    assert status == 0, said
    wrong = await desk.refused(f"changes/{agreement}/evidence.zip", method="GET")
    assert wrong["status"] == 404


async def test_a_published_page_is_in_the_bundle_byte_for_byte(desk: Desk, tmp_path: Path) -> None:
    await desk.api.made("terms", {"document": to_document(lantern(**PUBLISHED))})
    agreement = await desk.agreement("lantern-dpa")
    change = await desk.announced((await desk.subprocessor("Cloud BV"))["id"])
    body = {"url": "https://lantern.example/subprocessors", "content": "<h1>Cloud BV</h1>"}
    await desk.act(f"changes/{change['id']}/publish", body)
    for name, path in (("change", f"changes/{change['id']}"), ("agreement", f"agreements/{agreement['id']}")):
        files = opened((await desk.api.get(f"{path}/evidence.zip")).content)
        (page,) = rows(files, "publications.jsonl")
        assert (page["subject_id"], page["url"], page["revision"]) == (change["id"], body["url"], 1)
        assert files[page["file"]] == body["content"].encode()
        status, said = verified(laid_out(files, tmp_path / name))
        assert status == 0, said
    forged = b"<h1>Other BV</h1>"
    digest = hashlib.sha256(forged).hexdigest()
    file, there = page["file"], page["sha256"]
    listed = files["publications.jsonl"]
    status, said = judged(laid_out(sealed({**files, file: forged}), tmp_path / "page"))
    assert (status, said) == (1, f"WRONG: {file}: is not the page that publications.jsonl lists\n")
    relisted = {**files, file: forged, "publications.jsonl": listed.replace(there.encode(), digest.encode())}
    status, said = judged(laid_out(sealed(relisted), tmp_path / "list"))
    assert status == 1
    assert said.endswith("is not the page that the ledger names\n")


async def test_it_is_nobody_elses(desk: Desk) -> None:
    agreement = await ended(desk, "kmo-solutions")
    made = await desk.api.made("processors", {**ACME, "name": "Another", "slug": "another"})
    other = await desk.api.key(made["id"], "director")
    for what in ("evidence.zip", "certificate.pdf"):
        answer = await desk.api.get(f"agreements/{agreement}/{what}", key=other)
        assert answer.status_code == 404
        without = await desk.api.client.get(f"/api/v1/agreements/{agreement}/{what}")
        assert without.status_code == 401


async def test_declarations_that_cannot_be_made_stop_no_other_however_many(
    desk: Desk, posted: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    bad = [str((await desk.agreement("kmo-solutions"))["id"]) for _ in range(3)]
    good = await ended(desk, "stkkr")
    await to_deleted(desk.world, UUID(good))
    world = desk.world
    broken = "update agreement set deleted_at = termijn_now(), plan = '[7]' where id = any ($1::uuid[]) returning id"
    assert len(await world.rows(broken, bad)) == 3
    declarer = Declarer(world.pools.worker, world.engine, at_once=2)
    assert max(bad) < good, "they come first at each look that begins anew"
    assert [await declarer.look() for _ in range(5)] == [0, 1, 0, 0, 0]
    assert [str(row["subject_id"]) for row in await world.rows("select subject_id from document")] == [good]
    said = [one.getMessage() for one in caplog.records if one.name == "service.certificate.store"]
    assert len(said) == len(bad), "each is named once, though it was tried again"
    assert all(one in " ".join(said) for one in bad)
    mended = "update agreement set deleted_at = null, plan = '[]' where id = any ($1::uuid[]) returning id"
    assert len(await world.rows(mended, bad)) == 3


async def test_what_was_erased_is_named_by_its_digest(desk: Desk, posted: Scripted, tmp_path: Path) -> None:
    """Personal parts, mails and the declaration gone, as by the processor's own retention: all still verifies."""
    agreement = await ended(desk, "stkkr")
    await to_deleted(desk.world, UUID(agreement))
    world = desk.world
    declarer = Declarer(world.pools.worker, world.engine)
    assert await declarer.look() == 1, "the worker makes what nobody asked for yet"
    assert await declarer.look() == 0
    path = f"agreements/{agreement}/certificate.pdf"
    before = await desk.api.get(path)
    await desk.world.rows("delete from personal returning seq")
    await desk.world.rows("update message set content = null returning id")
    await desk.world.rows("update document set content = null, facts = null, erased_at = termijn_now() returning id")
    problem = await desk.refused(path, method="GET")
    assert problem["status"] == 404
    assert hashlib.sha256(before.content).hexdigest() in problem["detail"]
    bundle = await desk.api.get(f"agreements/{agreement}/evidence.zip")
    files = opened(bundle.content)
    status, said = verified(laid_out(files, tmp_path))
    assert status == 0, said
    assert "(0 with an erased" not in said
    assert all(row["file"] is None for row in rows(files, "documents.jsonl") + rows(files, "mails.jsonl"))
