"""What a mail would say, as a letter: made, posted, and received only when a person has evidence of it."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from service.evidence import verifier
from service.letters.facts import address_lines, sender_lines
from service.mail.texts.paper import PaperPart, parts_of
from tests.conftest import Database
from tests.files import samples
from tests.resources.conftest import CONTACTS, Desk
from tests.resources.test_ends_as_written import deleted
from tests.resources.test_files import handed
from tests.resources.test_inbound import bounce_of, message
from tests.telling import Life, around
from workflows.engine.verify import verify
from workflows.errors import Refused
from workflows.ids import new_id
from workflows.model.parties import Contact, Customer, Processor

UNREACHED = [{"name": "Kim de Vries", "phone": "+31 10 1234567", "roles": ["contract", "security"]}]
ADDRESS = "Keizersgracht 1\n1015 CN Amsterdam"


FIRST, SECOND = new_id(), new_id()


def posting(letter: Any, day: int, **more: Any) -> dict[str, Any]:
    on = {"on": f"2026-03-{day:02}", "written_on": "2026-03-01", "how": "ordinary"}
    return {"letter_id": str(letter), "sha256": "00" * 32, **on, **more}


def in_state(state: str, **fields: Any) -> Life:
    life = Life(around("kmo-solutions"))
    life.now = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
    life.state, life.notice = state, replace(life.notice, **fields)
    return life


MAILED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "sent_at", "revision", "said", "counts"),
    [
        ("queued", None, 1, {"revision": 1}, True),
        # A mail may have gone out before, or a letter.
        ("queued", MAILED, 1, {"revision": 1}, False),
        ("queued", MAILED, 1, {"revision": 1, "counting": str(SECOND)}, False),
        # What went first is put right.
        ("queued", MAILED, 1, {"revision": 1, "counting": str(FIRST), "recorded_on": "2026-03-02", "correction": "3"},
         True),
        # The mail failed, so the first letter after it is what was sent.
        ("undeliverable", MAILED, 1, {"revision": 1}, True),
        ("undeliverable", MAILED, 1, {"revision": 1, "counting": str(SECOND)}, False),
        ("undeliverable", MAILED, 1,
         {"revision": 1, "counting": str(FIRST), "recorded_on": "2026-03-02", "correction": "3"}, True),
        # The text was amended after the letter was made.
        ("queued", None, 2, {"revision": 1}, False),
        ("undeliverable", MAILED, 2, {"revision": 1}, False),
        ("queued", None, 2, {"revision": 2}, True),
        # A letter that does not say of which text it is, is of the first.
        ("queued", None, 1, {}, True),
        ("queued", None, 2, {}, False),
        ("open", MAILED, 1, {"revision": 1}, False),
        ("sent", MAILED, 1, {"revision": 1}, False),
    ],
)  # fmt: skip
def test_the_first_letter_of_the_present_text_is_what_was_sent(
    state: str, sent_at: datetime | None, revision: int, said: dict[str, Any], counts: bool
) -> None:
    life = in_state(state, sent_at=sent_at, revision=revision)
    assert life.do("record-posting", **posting(FIRST, 5, **said)) == "notice.letter_posted"
    assert life.state == state
    assert (life.notice.sent_at != sent_at) is counts
    if counts:
        assert life.notice.sent_at is not None
        assert life.notice.sent_at.date() == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"recorded_on": "2026-03-03"}, "posted on 2026-03-03, and a letter is posted once"),
        ({"recorded_on": "2026-03-03", "correction": " "}, "say in `correction` what was wrong"),
        ({"correction": "Typed wrong"}, "nothing to put right"),
    ],
)
@pytest.mark.parametrize("state", ["queued", "undeliverable", "open"])
def test_a_letter_is_posted_once(state: str, said: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        in_state(state).do("record-posting", **posting(FIRST, 5, **said))


async def told_by_nobody(desk: Desk) -> Any:
    """A notice to a customer that has lost its only address."""
    customer = await desk.customer("Stille Klant BV", address=ADDRESS)
    await desk.agreement("kmo-solutions", customer_id=customer["id"])
    kept = [{**UNREACHED[0], "id": customer["contacts"][0]["id"]}]
    answer = await desk.api.call("PATCH", f"customers/{customer['id']}", json={"contacts": kept})
    assert answer.status_code == 200, answer.text
    sub = await desk.subprocessor()
    await desk.announced(sub["id"])
    (notice,) = await desk.items("notices")
    assert (notice["state"], notice["sent_at"]) == ("queued", None)
    return notice


async def letter(desk: Desk, about: str, subject: str, **more: Any) -> Any:
    await desk.act(f"{about}/write-letter", more)
    return (await desk.items("letters", subject=subject))[-1]


async def test_a_notice_goes_by_post_and_counts_once_its_receipt_is_proven(desk: Desk) -> None:
    notice = await told_by_nobody(desk)
    path = f"notices/{notice['id']}"
    contact = (await desk.get(f"customers/{notice['customer_id']}"))["contacts"][0]["id"]
    made = await letter(desk, path, notice["id"], contact_id=contact)
    assert (made["kind"], made["language"], made["posted_on"]) == ("announcement", "nl", None)
    pdf = await desk.api.get(f"letters/{made['id']}")
    assert pdf.content.startswith(b"%PDF-")
    assert hashlib.sha256(pdf.content).hexdigest() == made["sha256"]
    [kept] = await desk.world.rows("select facts from letter where id = $1::text::uuid", made["id"])
    for said in ("Stille Klant BV", "T.a.v. Kim de Vries", "Keizersgracht 1", "Hosting BV", "datum van deze brief"):
        assert said in kept["facts"]
    assert "/n/" not in kept["facts"], "whoever prints it gets no link of the customer's"
    early = {"at": (await desk.world.now()).isoformat(), "reason": "by post", "evidence": "receipt"}
    assert (await desk.refused(f"{path}/deemed-received", early))["status"] == 409

    await desk.world.days(1)
    receipt = await handed(desk, samples.PDF)
    posting = {"letter_id": made["id"], "on": "2026-03-02", "how": "registered"}
    assert "has a number" in (await desk.refused(f"{path}/record-posting", posting))["detail"]
    posting |= {"number": "3SABC", "evidence": {"files": [receipt["id"]]}}
    for day, says in (("2026-03-05", "still to come"), ("2026-03-01", "was made on")):
        assert says in (await desk.refused(f"{path}/record-posting", {**posting, "on": day}))["detail"]
    posted = await desk.act(f"{path}/record-posting", posting)
    assert (posted["state"], posted["received_at"], posted["closes_at"]) == ("queued", None, None)
    assert posted["sent_at"] == "2026-03-02T22:59:59.999999Z", "the day is over in the agreement's zone"
    (again,) = await desk.items("letters", subject=notice["id"])
    assert (again["posted_on"], again["posted_how"]) == ("2026-03-02", "registered")
    event = (await desk.items("events", subject=notice["id"]))[-1]
    assert event["type"] == "notice.letter_posted"
    assert event["data"]["letter_sha256"] == made["sha256"]
    assert [one["id"] for one in event["data"]["files"]] == [receipt["id"]]
    [body] = await desk.world.rows(
        "select body from event where subject_id = $1::text::uuid and seq = $2", notice["id"], posted["version"]
    )
    assert "3SABC" not in body["body"], "what the post gave for it stands beside the ledger"

    await desk.world.days(1)
    proof = {"at": "2026-03-03T10:00:00+01:00", "reason": "signed for", "evidence": "track and trace"}
    received = await desk.act(f"{path}/deemed-received", proof)
    assert (received["state"], received["received_how"]) == ("open", "deemed")
    assert received["closes_at"] is not None
    # A further letter, once it counts as received, is evidence alone.
    more = await letter(desk, path, notice["id"])
    beside = {"letter_id": more["id"], "on": "2026-03-04", "how": "ordinary"}
    later = await desk.act(f"{path}/record-posting", beside)
    assert (later["sent_at"], later["closes_at"]) == (received["sent_at"], received["closes_at"])


async def test_a_letter_of_an_older_text_is_evidence_and_another_is_asked_for(desk: Desk) -> None:
    notice = await told_by_nobody(desk)
    path = f"notices/{notice['id']}"
    old = await letter(desk, path, notice["id"])
    amended = {"fields": {"countries": ["NL", "BE"]}, "substance": True, "reason": "moved"}
    await desk.act(f"changes/{notice['change_id']}/amend", amended)
    await desk.world.drain()
    assert [one["outdated"] for one in await desk.items("letters", subject=notice["id"])] == [True]
    await desk.world.days(3)
    on = {"letter_id": old["id"], "on": "2026-03-03", "how": "ordinary"}
    posted = await desk.act(f"{path}/record-posting", on)
    assert (posted["state"], posted["revision"], posted["sent_at"]) == ("queued", 2, None)
    (wanted,) = [one for one in await desk.items("tasks") if one["key"] == "letter"]
    assert (wanted["kind"], wanted["state"], "maak een nieuwe brief" in wanted["text"]) == (
        "undeliverable", "open", True,
    )  # fmt: skip
    proof = {"at": "2026-03-04T10:00:00+01:00", "reason": "signed for", "evidence": "track and trace"}
    assert (await desk.refused(f"{path}/deemed-received", proof))["status"] == 409

    new = await letter(desk, path, notice["id"])
    on = {"letter_id": new["id"], "on": "2026-03-05", "how": "ordinary"}
    assert (await desk.act(f"{path}/record-posting", on))["sent_at"].startswith("2026-03-05")
    assert [one["outdated"] for one in await desk.items("letters", subject=notice["id"])] == [True, False]
    assert (await desk.get(f"tasks/{wanted['id']}"))["state"] == "dropped"


async def test_one_posting_counts_and_is_put_right_as_such(desk: Desk) -> None:
    notice = await told_by_nobody(desk)
    path = f"notices/{notice['id']}"
    first, second = [await letter(desk, path, notice["id"]) for _ in range(2)]
    await desk.world.days(4)
    on = {"letter_id": first["id"], "on": "2026-03-04", "how": "ordinary"}
    sent = (await desk.act(f"{path}/record-posting", on))["sent_at"]
    assert sent.startswith("2026-03-04")
    # Another letter moves nothing, whenever it went; the same one goes once.
    beside = {**on, "letter_id": second["id"], "on": "2026-03-03"}
    assert (await desk.act(f"{path}/record-posting", beside))["sent_at"] == sent
    beside |= {"on": "2026-03-05", "correction": "Typed wrong"}
    assert (await desk.act(f"{path}/record-posting", beside))["sent_at"] == sent
    again = await desk.refused(f"{path}/record-posting", {**on, "on": "2026-03-05"})
    assert "recorded as posted on 2026-03-04" in again["detail"]
    right = await desk.act(f"{path}/record-posting", {**on, "on": "2026-03-05", "correction": "It was Thursday"})
    assert right["sent_at"].startswith("2026-03-05")
    assert [one["posted_on"] for one in await desk.items("letters", subject=notice["id"])] == ["2026-03-05"] * 2
    event = (await desk.items("events", subject=notice["id"]))[-1]
    assert (event["data"]["corrects"], event["data"]["revision"]) == ("2026-03-04", 1)
    # It came back: what is posted then is what was sent.
    await desk.act(f"{path}/not-received", {"reason": "returned to sender"})
    third = await letter(desk, path, notice["id"])
    await desk.world.days(2)
    anew = {**on, "letter_id": third["id"], "on": "2026-03-07"}
    posted = await desk.act(f"{path}/record-posting", anew)
    assert (posted["state"], posted["sent_at"][:10]) == ("undeliverable", "2026-03-07")


async def test_after_a_bounce_the_letter_is_what_was_sent(desk: Desk) -> None:
    await desk.agreement("kmo-solutions")
    sub = await desk.subprocessor()
    await desk.announced(sub["id"])
    (notice,) = await desk.items("notices")
    await desk.act("inbound", {"raw": bounce_of((await message(desk, notice["id"])).return_path)}, status=201)
    path = f"notices/{notice['id']}"
    assert (await desk.get(path))["state"] == "undeliverable"
    made = await letter(desk, path, notice["id"])
    await desk.world.days(2)
    on = {"letter_id": made["id"], "on": "2026-03-03", "how": "ordinary"}
    posted = await desk.act(f"{path}/record-posting", on)
    assert (posted["state"], posted["sent_at"]) == ("undeliverable", "2026-03-03T22:59:59.999999Z")
    other = {**on, "letter_id": notice["id"]}
    assert (await desk.refused(f"{path}/record-posting", other))["errors"][0]["path"] == "letter_id"
    assert (await desk.refused(f"{path}/write-letter", {"contact_id": sub["id"]}))["errors"][0]["path"] == "contact_id"


async def test_the_report_of_a_breach_by_post_informs_nobody_by_itself(desk: Desk) -> None:
    customer = await desk.customer("Klant", contacts=CONTACTS)
    agreement = await desk.agreement("mms-solutions", customer_id=customer["id"])
    body = {"discovered_at": (await desk.world.now()).isoformat(), "summary": "A laptop was stolen"}
    breach = await desk.api.made("breaches", {**body, "agreements": [agreement["id"]]})
    path, about = f"breaches/{breach['id']}", {"agreement_id": agreement["id"]}
    assert {"write-letter", "record-posting"} <= set(breach["actions"])
    case = breach["cases"][0]["id"]
    made = await letter(desk, path, case, **about)
    [kept] = await desk.world.rows("select facts from letter where id = $1::text::uuid", made["id"])
    assert "A laptop was stolen" in kept["facts"]
    on = {"letter_id": made["id"], "on": "2026-03-02", "how": "ordinary", **about}
    shown = await desk.act(f"{path}/record-posting", on)
    (found,) = shown["cases"]
    assert (found["state"], found["informed_at"], found["due_at"]) == ("running", None, breach["cases"][0]["due_at"])
    assert (await desk.items("events", subject=case))[-1]["type"] == "breach_case.letter_posted"
    assert "posted once" in (await desk.refused(f"{path}/record-posting", on))["detail"]
    await desk.act(f"{path}/record-posting", {**on, "correction": "It was registered"})


async def test_the_word_that_the_data_are_gone_goes_by_post_with_the_declaration(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    agreement = await desk.agreement("mms-solutions")
    path = f"agreements/{agreement['id']}"
    assert (await desk.refused(f"{path}/write-letter", {}))["status"] == 409
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    assert (await deleted(desk, agreement))["state"] == "deleted"
    made = await letter(desk, path, agreement["id"])
    [kept] = await desk.world.rows("select facts from letter where id = $1::text::uuid", made["id"])
    assert "Bewaar deze brief" in kept["facts"]
    on = {"letter_id": made["id"], "on": made["made_at"][:10], "how": "ordinary"}
    assert (await desk.act(f"{path}/record-posting", on))["state"] == "deleted"
    assert "posted once" in (await desk.refused(f"{path}/record-posting", on))["detail"]
    bundle = tmp_path / "evidence.zip"
    bundle.write_bytes((await desk.api.get(f"{path}/evidence.zip")).content)
    with zipfile.ZipFile(bundle) as packed:
        (row,) = (json.loads(line) for line in packed.read("letters.jsonl").splitlines())
        assert hashlib.sha256(packed.read(row["file"])).hexdigest() == made["sha256"]
    assert verifier.main([str(bundle)]) == 0
    forger = await asyncpg.connect(database.superuser)
    await forger.execute("set session_replication_role = replica")
    content = await forger.fetchval("select content from letter")
    await forger.execute("update letter set content = content || 'x'")
    found = await verify(forger)
    assert found.wrong is not None
    assert found.wrong.startswith(f"letter {made['id']} is not what event ")
    await forger.execute("update letter set content = $1", content)
    assert (await verify(forger)).wrong is None
    await forger.close()
    # After its retention the letter's words go with everything else that is personal; its digest stays.
    await desk.world.days(800)
    (gone,) = await desk.items("letters", subject=agreement["id"])
    assert (gone["sha256"], gone["erased_at"] is not None) == (made["sha256"], True)
    assert (await desk.refused(f"letters/{made['id']}", method="GET"))["status"] == 404


def test_a_letter_crosses_a_border_with_its_country_and_none_is_made_up() -> None:
    one, acme = new_id(), new_id()
    sender = Processor(
        id=acme, processor_id=acme, slug="acme", name="Acme", country="NL", timezone="Europe/Amsterdam", language="nl",
        terms="x",
    )  # fmt: skip
    unknown = Customer(id=one, processor_id=acme, name="Beispiel GmbH", country="DE", language="de")
    there = replace(unknown, address="Weg 1\n10115 Berlin")
    kim = Contact(id=new_id(), name="Kim")
    assert address_lines(there, kim, sender, "z. Hd. Kim") == (
        "Beispiel GmbH", "z. Hd. Kim", "Weg 1", "10115 Berlin", "DUITSLAND",
    )  # fmt: skip
    assert address_lines(unknown, None, sender, "") == ("Beispiel GmbH",)


@pytest.mark.parametrize(
    ("given", "says", "not_says"),
    [
        ({}, (), ("bereiken", "per brief", "Kade 1")),
        ({"reply_to": "dpo@acme.example"}, ("per e-mail bereiken: dpo@acme.example",), ("per brief", "Kade 1")),
        (
            {"address": "Kade 1\n 1234  AB Zilverdam\n"},
            ("per brief bereiken: Kade 1, 1234 AB Zilverdam",),
            ("per e-mail",),
        ),
        (
            {"address": "Kade 1\n1234 AB Zilverdam", "reply_to": "dpo@acme.example"},
            ("per brief bereiken, Kade 1, 1234 AB Zilverdam, of per e-mail: dpo@acme.example",),
            (),
        ),
    ],
)
async def test_a_letter_offers_the_ways_to_answer_that_are_on_record(
    desk: Desk, given: dict[str, str], says: tuple[str, ...], not_says: tuple[str, ...]
) -> None:
    own = {"address": None, "reply_to": None, **given}
    done = await desk.api.call("PATCH", f"processors/{desk.processor}", json=own)
    assert done.status_code == 200, done.text
    assert done.json()["address"] == ("Kade 1\n1234 AB Zilverdam" if "address" in given else None)
    notice = await told_by_nobody(desk)
    await desk.act(f"notices/{notice['id']}/write-letter", {})
    [one] = await desk.items("letters", subject=notice["id"])
    pages = PdfReader(io.BytesIO((await desk.api.get(f"letters/{one['id']}")).content)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert [part for part in says if part not in text] == []
    assert [part for part in not_says if part in text] == []


def test_an_address_abroad_names_its_country() -> None:
    id = new_id()
    sender = Processor(
        id=id, processor_id=id, slug="acme", name="Acme", country="NL", timezone="Europe/Amsterdam", language="nl",
        terms="x", address="Kade 1\n1234 AB Zilverdam",
    )  # fmt: skip
    there = Customer(id=new_id(), processor_id=id, name="Beispiel GmbH", country="DE", language="de")
    assert sender_lines(sender, there) == ("Kade 1", "1234 AB Zilverdam", "NIEDERLANDE")
    assert sender_lines(sender, replace(there, country="NL")) == ("Kade 1", "1234 AB Zilverdam")
    assert sender_lines(replace(sender, address=None), there) == ()


@pytest.mark.parametrize("address", ["", "\n".join("abcdefg"), "x" * 61])
async def test_a_processors_address_fits_the_window(desk: Desk, address: str) -> None:
    no = await desk.refused(f"processors/{desk.processor}", {"address": address}, method="PATCH")
    assert no["errors"][0]["path"] == "address"


@pytest.mark.parametrize("address", ["", "\n".join("abcdefg"), "x" * 61])
async def test_an_address_fits_the_window(desk: Desk, address: str) -> None:
    body = {"name": "Klant", "country": "NL", "language": "nl", "contacts": CONTACTS, "address": address}
    assert (await desk.refused("customers", body))["errors"][0]["path"] == "address"


def test_what_a_processor_writes_outside_of_blocks_is_a_paragraph() -> None:
    marked = "\x02tTitle\x03\n Own words. \n\n\x02fWhat\x1fHosting\x03\x02p\x03"
    assert parts_of(marked) == (
        PaperPart("title", "Title"), PaperPart("text", "Own words."), PaperPart("fact", "Hosting", "What"),
    )  # fmt: skip
