"""The text of an agreement: set once for a version of terms, sent with the agreement, bound by signatures."""

import hashlib
import io
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from db.queries import sql
from service.certificate.agreement_text import filled_in, press_text, rules_digest
from service.certificate.facts import Party
from service.certificate.signed import Enclosed, SignedFacts, SignerFacts, press_signed
from service.certificate.wording import in_any_font
from service.evidence.verifier import Wrong, check, check_texts
from service.library import documents_of, store
from service.mail.kinds.agreements import LARGEST_ENCLOSED
from tests.databases import Database
from tests.files import samples
from tests.resources.conftest import Desk
from tests.resources.test_files import Opened, bundled
from workflows.engine.verify import verify
from workflows.terms.load import library, stored_terms, to_document
from workflows.terms.shape import LONGEST_TEXT
from workflows.words import LANGUAGES, Language

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def set_text(desk: Desk, text: bytes = samples.PDF, terms: str = "kmo-solutions", **more: Any) -> Any:
    version = (await desk.get(f"terms/{terms}"))["version"]
    sent = more or {"files": {"file": ("Overeenkomst.pdf", text)}}
    answer = await desk.api.call("PUT", f"terms/{terms}/{version}/text", **sent)
    return answer


async def mended(desk: Desk, role: str) -> int:
    """A program with another file of the library under the same version starts."""
    terms = library()["kmo-solutions"]
    documents = documents_of([replace(terms, title=f"{terms.title} (mended)")])
    return await store(getattr(desk.world.pools, role), documents)


async def signed(desk: Desk, id: str) -> Any:
    return [one for one in await desk.items("events", subject=id) if one["type"] == "agreement.signed"][-1]


async def test_a_text_is_set_once(desk: Desk) -> None:
    made = (await set_text(desk)).json()
    assert made["sha256"] == hashlib.sha256(samples.PDF).hexdigest()
    assert (made["name"], made["type"]) == ("Overeenkomst.pdf", "application/pdf")
    assert (await set_text(desk)).json() == made
    other = await set_text(desk, samples.PDF + b"x")
    assert (other.status_code, made["sha256"] in other.text) == (409, True)
    version = (await desk.get("terms/kmo-solutions"))["version"]
    read = await desk.api.get(f"terms/kmo-solutions/{version}/text")
    assert read.content == samples.PDF
    assert read.headers["content-disposition"].startswith("attachment")
    await desk.world.days(2)
    async with desk.world.pools.worker.acquire() as connection:
        await connection.execute(sql("forget_unclaimed_files"))
    assert (await desk.api.get(f"files/{made['id']}")).content == samples.PDF


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": samples.DOCX, "headers": {"Content-Type": DOCX}}, 200),
        ({"content": samples.PDF, "headers": {"Content-Type": "application/pdf"}}, 200),
        ({"content": b"text", "headers": {"Content-Type": "application/pdf"}}, 400),
        ({"content": samples.PDF, "headers": {"Content-Type": "text/plain"}}, 415),
        ({"files": {"file": ("a.png", samples.PNG)}}, 400),
    ],
)
async def test_it_is_a_pdf_or_a_docx(desk: Desk, sent: Any, status: int) -> None:
    answer = await set_text(desk, **sent)
    assert answer.status_code == status, answer.text


async def test_no_text_is_none(desk: Desk, other: str) -> None:
    assert (await desk.api.get("terms/kmo-solutions/nothing/text", key=other)).status_code == 404
    version = (await desk.api.get("terms/kmo-solutions", key=other)).json()["version"]
    await set_text_as(desk, version)
    assert (await desk.api.get(f"terms/kmo-solutions/{version}/text", key=other)).status_code == 404


async def set_text_as(desk: Desk, version: str) -> None:
    answer = await desk.api.call(
        "PUT",
        f"terms/kmo-solutions/{version}/text",
        files={"file": ("a.pdf", samples.PDF)},
        headers={"Termijn-Processor": desk.processor},
    )
    assert answer.status_code == 200, answer.text


async def test_sending_and_signing_bind_the_text(desk: Desk) -> None:
    text = (await set_text(desk)).json()
    made = await desk.agreement(active=False)
    await desk.act(f"agreements/{made['id']}/sign", {"party": "processor", "name": "Robin", "function": "Director"})
    said = (await signed(desk, made["id"]))["data"]
    assert said["text"] == {"id": text["id"], "sha256": text["sha256"]}
    assert (said["name"], said["function"]) == ("Robin", "Director")
    await desk.act(f"agreements/{made['id']}/send")
    sent = next(one for one in await desk.items("events", subject=made["id"]) if one["type"] == "agreement.sent")
    assert sent["data"]["text"]["sha256"] == text["sha256"]
    no = await desk.refused(f"agreements/{made['id']}/sign", {"party": "controller", "text_sha256": "0" * 64})
    assert (no["status"], text["sha256"] in no["detail"]) == (409, True)
    body = {"party": "controller", "text_sha256": text["sha256"].upper(), "channel": "letter"}
    done = await desk.act(f"agreements/{made['id']}/sign", body)
    assert done["state"] == "active"
    assert [one.get("text_sha256") for one in done["signatures"]] == [text["sha256"]] * 2
    assert "sign" not in done["actions"]
    again = await desk.refused(f"agreements/{made['id']}/sign", {"party": "controller"})
    assert again["status"] == 409


@pytest.mark.parametrize("role", ["api", "worker"])
async def test_a_text_holds_for_a_file_of_the_library_that_was_mended(desk: Desk, role: str) -> None:
    before = await desk.agreement(active=False)
    text = (await set_text(desk)).json()
    assert (await mended(desk, role), await mended(desk, role)) == (1, 0)
    shown = await desk.get("terms/kmo-solutions")
    assert shown["title"].endswith("(mended)")
    assert (await desk.api.get("terms/kmo-solutions/versions")).json()["items"][1]["version"] == shown["version"]
    assert (await set_text(desk)).json() == text
    after = await desk.agreement(active=False)
    for made in (before, after):
        await desk.act(f"agreements/{made['id']}/send")
        sent = next(one for one in await desk.items("events", subject=made["id"]) if one["type"] == "agreement.sent")
        assert sent["data"]["text"]["sha256"] == text["sha256"]
        await desk.act(f"agreements/{made['id']}/sign", {"party": "processor", "name": "Robin", "function": "Director"})
        assert (await signed(desk, made["id"]))["data"]["text"]["id"] == text["id"]


async def test_the_bundle_carries_what_was_signed(desk: Desk) -> None:
    text = (await set_text(desk)).json()
    made = await desk.agreement()
    await desk.act(f"agreements/{made['id']}/sign", {"party": "controller"})
    files = await bundled(desk, made["id"])
    path = f"texts/{text['id']}.pdf"
    assert files[path] == samples.PDF
    check_texts(Opened(files))
    for name, content in ((path, b"x"), ("texts.jsonl", b"")):
        with pytest.raises(Wrong, match="is not the text"):
            check_texts(Opened({**files, name: content}))
    async with desk.world.pools.worker.acquire() as connection:
        assert (await verify(connection)).wrong is None


async def test_the_record_of_both_signatures_is_made_once(desk: Desk) -> None:
    text = (await set_text(desk)).json()
    made = await desk.agreement()
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/sign", {"party": "controller", "name": "Kim", "function": "Director", "channel": "letter"})
    early = await desk.api.get(f"{path}/signed.pdf")
    assert (early.status_code, early.json()["guard"]) == (409, "signed_by_all")
    await desk.act(f"{path}/sign", {"party": "processor"})
    files = await bundled(desk, made["id"])
    record = await desk.api.get(f"{path}/signed.pdf")
    assert record.content.startswith(b"%PDF-")
    assert (await desk.api.get(f"{path}/signed.pdf")).content == record.content
    given = [each["what"] for each in await desk.items("disclosures", about=made["id"])]
    assert set(given) == {"evidence"}, "no declaration was given: nothing is gone"
    [one] = [json.loads(line) for line in files["documents.jsonl"].splitlines()]
    assert (one["kind"], files[one["file"]] == record.content) == ("signed", True)
    facts = json.loads(files[one["facts"]])
    assert embedded(record.content) == {
        f"{text['sha256'][:16]}.pdf": samples.PDF, "signatures.json": files[one["facts"]]
    }  # fmt: skip
    assert [(each["party"], each["name"], each["text_sha256"]) for each in facts["signatures"]] == [
        ("controller", "Kim", text["sha256"]), ("processor", "", text["sha256"])
    ]  # fmt: skip
    assert "OK" in check(Opened(files))
    assert (await desk.api.get("agreements/0190a3c0-0000-7000-8000-000000000000/signed.pdf")).status_code == 404


def embedded(record: bytes) -> dict[str, bytes]:
    return {name: content for name, [content] in PdfReader(io.BytesIO(record)).attachments.items()}


def words(record: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(record)).pages[0].extract_text().split())


@pytest.fixture
def said() -> SignedFacts:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    one = SignerFacts(
        party="controller",
        at=at,
        name="Кім 中文 \U0001f600",
        function="",
        channel=None,
        text_sha256=None,
        event=1,
        hash="0" * 64,
    )
    return SignedFacts(
        agreement=UUID(int=1), language="en", zone="Europe/Amsterdam", processor=Party("Acme", "NL"),
        customer=Party("Bakkerij “De Molen”", "BE"), terms_title="Terms", terms_version="1", terms_sha256="0" * 64,
        contracts=("M-1",), text_name="", signatures=(one, replace(one, party="processor", channel="link")), events=1,
        head="0" * 64,
    )  # fmt: skip


def test_a_record_says_that_it_is_an_archive_with_its_sources(said: SignedFacts) -> None:
    text = bytes(range(256))
    record = press_signed(said, "0" * 64, [Enclosed("text.pdf", "application/pdf", "The text", text)])
    assert embedded(record)["text.pdf"] == text
    root: Any = PdfReader(io.BytesIO(record)).trailer["/Root"]
    assert "<pdfaid:part>3<" in root["/Metadata"].get_data().decode()
    assert [one.get_object()["/AFRelationship"] for one in root["/AF"]] == ["/Source", "/Source"]
    assert "byte for byte" in words(record)
    assert "byte for byte" not in words(press_signed(said, "0" * 64)), "no text, nothing said of one"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_record_is_set_in_every_language_and_script(said: SignedFacts, lang: Any) -> None:
    facts = replace(said, language=lang)
    assert press_signed(facts, "0" * 64) == press_signed(facts, "0" * 64)


async def test_a_text_that_was_put_in_another_place_is_found(desk: Desk, database: Database) -> None:
    await set_text(desk)
    made = await desk.agreement()
    admin = await asyncpg.connect(database.superuser)
    try:
        attempt = admin.transaction(isolation="repeatable_read")
        await attempt.start()
        await admin.execute("set local session_replication_role = replica; update file_part set bytes = 'x'")
        await admin.execute("update file set sha256 = sha256('x')")
        found = (await verify(admin)).wrong
        await attempt.rollback()
    finally:
        await admin.close()
    assert found is not None
    assert made["id"] in found


async def test_what_is_in_force_by_its_date_may_still_be_signed_once(desk: Desk) -> None:
    made = await desk.agreement()
    assert (made["state"], made["signatures"], "sign" in made["actions"]) == ("active", [], True)
    done = await desk.act(f"agreements/{made['id']}/sign", {"party": "controller"})
    assert (done["state"], [one["party"] for one in done["signatures"]]) == ("active", ["controller"])
    assert set(done["signatures"][0]) == {"party", "at"}
    no = await desk.refused(f"agreements/{made['id']}/sign", {"party": "controller"})
    assert "signed already" in no["detail"]


@pytest.mark.parametrize("size", [100, LARGEST_ENCLOSED + 1])
async def test_a_text_is_kept_however_large(desk: Desk, size: int) -> None:
    content = samples.PDF + b"%" * size
    made = (await set_text(desk, content)).json()
    assert made["size"] == len(content)


async def generated(desk: Desk, language: str = "nl", terms: str = "kmo-solutions", **more: Any) -> Any:
    version = (await desk.get(f"terms/{terms}"))["version"]
    return await desk.api.post(f"terms/{terms}/{version}/text/generate", {"language": language}, **more)


async def test_a_text_is_made_of_the_rules_and_says_so(desk: Desk) -> None:
    version = (await desk.get("terms/kmo-solutions"))["version"]
    answer = await generated(desk, "en")
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made == (await generated(desk, "en")).json()
    assert (made["type"], made["language"]) == ("application/pdf", "en")
    assert made["name"] == f"kmo-solutions-{version}-en.pdf"
    terms = library()["kmo-solutions"]
    assert made["terms_sha256"] == rules_digest(terms).hex()
    content = (await desk.api.get(f"terms/kmo-solutions/{version}/text")).content
    assert content == press_text(terms, "en")
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    said = " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
    assert "What each agreement must still say" in said
    assert "How long backups are kept" in said
    assert made["terms_sha256"] in said.replace(" ", "")
    other = await generated(desk, "nl")
    assert (other.status_code, made["sha256"] in other.text) == (409, True)
    assert (await set_text(desk)).status_code == 409


async def test_a_text_that_was_handed_in_stays(desk: Desk) -> None:
    handed = (await set_text(desk)).json()
    assert (handed["language"], handed["terms_sha256"]) == (None, None)
    assert (await generated(desk)).status_code == 409
    assert (await set_text(desk)).json() == handed


async def test_to_look_at_it_beforehand_sets_none(desk: Desk) -> None:
    version = (await desk.get("terms/kmo-solutions"))["version"]
    path = f"terms/kmo-solutions/{version}/text/generate"
    tried = await desk.api.post(f"{path}?dry_run=true", {"language": "nl"})
    assert tried.status_code == 200, tried.text
    assert (await desk.api.get(f"terms/kmo-solutions/{version}/text")).status_code == 404
    refused = await desk.api.post(path, {"language": "es"})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "language")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_of_the_library_is_the_same_whenever_it_is_made(lang: Language) -> None:
    """From the file, and from the database, which keeps no order of rules: what the form is filled in with is the same
    of each, and what is made of that is, of the largest."""
    made = {}
    for name, terms in library().items():
        stored = stored_terms(msgspec.json.encode(to_document(terms), order="sorted").decode())
        assert filled_in(terms, lang, in_any_font) == filled_in(stored, lang, in_any_font)
        made[name] = press_text(terms, lang), stored
        assert len(PdfReader(io.BytesIO(made[name][0])).pages) >= 1
    first, stored = max(made.values(), key=lambda one: len(one[0]))
    assert press_text(stored, lang) == first


def test_no_provision_is_cut_off() -> None:
    """It is signed: what stands behind a cut would be another agreement."""
    terms = library()["kmo-solutions"]
    [first, *rest] = terms.statements
    long = f"{'Word ' * 797}the end."
    assert len(long) <= LONGEST_TEXT
    made = press_text(replace(terms, statements=(replace(first, text=long), *rest)), "en")
    said = " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages).split())
    assert "the end." in said
    assert "…" not in said
