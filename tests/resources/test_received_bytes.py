"""What came in is kept byte for byte, sealed, and goes with its customer."""

import json
from hashlib import sha256
from typing import Any

import asyncpg
import pytest

from db.queries import sql
from tests.conftest import Database
from tests.resources.conftest import Desk
from tests.resources.receiving import evidence, new_mail, take
from tests.resources.test_inbound import message, post
from tests.resources.test_notices import told
from tests.test_clock_watch import run_command
from workflows.engine.verify import verify
from workflows.message.table import OUTGOING

LETTER = b"%PDF-1.4 bezwaar-letter-12345\n"


def with_letter(original: Any) -> bytes:
    return (
        f"From: Kim <kim@customer.example>\r\nTo: answers@acme.example\r\nSubject: Re: a change\r\n"
        f"In-Reply-To: {original.own_id}\r\nMessage-ID: <pdf@customer.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
        "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
        "filename*=utf-8''bezwaar%20%C3%A9%C3%A9n.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "JVBERi0xLjQgYmV6d2Fhci1sZXR0ZXItMTIzNDUK\r\n--b--\r\n"
    ).encode()


async def test_what_was_received_is_kept_byte_for_byte_and_sealed(desk: Desk) -> None:
    made, _, notice = await told(desk)
    raw = with_letter(await message(desk, notice["id"]))
    came = await take(desk, raw)
    digest = sha256(raw).hexdigest()
    assert came["file"] == {**came["file"], "sha256": digest, "type": "message/rfc822", "size": len(raw)}
    (one,) = came["attachments"]
    assert (one["name"], one["type"], one["size"]) == ("bezwaar één.pdf", "application/pdf", len(LETTER))
    assert (await desk.api.get(one["url"].removeprefix("/api/v1/"))).content == LETTER
    assert (await desk.api.get(came["raw_url"].removeprefix("/api/v1/"))).content == raw
    (event,) = await desk.items("events", subject=notice["id"], type="notice.reply")
    assert event["data"] == {**event["data"], "inbound_id": came["id"], "sha256": digest}
    files = await evidence(desk, made["id"])
    assert files[f"inbound/{came['id']}.eml"] == raw
    (row,) = [json.loads(line) for line in files["inbound.jsonl"].splitlines()]
    assert (row["sha256"], row["received_sha256"], row["file_redacted"]) == (digest, digest, 0)
    for path in (f"inbound/{came['id']}/attachments/7", f"inbound/{made['id']}/raw"):
        assert (await desk.api.get(path)).status_code == 404


async def test_what_was_received_belongs_to_its_processor(desk: Desk, other: str) -> None:
    answer = await desk.api.post("inbound", {"raw": new_mail("a@b.example")},
                                 headers={"Termijn-Processor": desk.processor})  # fmt: skip
    assert (await desk.api.get(answer.json()["raw_url"].removeprefix("/api/v1/"), key=other)).status_code == 404


@pytest.mark.parametrize("how", ["content", "both"])
async def test_verify_finds_what_was_altered(desk: Desk, database: Database, how: str) -> None:
    _, _, notice = await told(desk)
    await take(desk, with_letter(await message(desk, notice["id"])))
    async with desk.world.pools.worker.acquire() as connection:
        assert (await verify(connection)).wrong_file is None
    with pytest.raises(asyncpg.RestrictViolationError):
        await desk.world.rows("update file set content = 'x' returning id")
    admin = await asyncpg.connect(database.superuser)
    try:
        await admin.execute("set session_replication_role = replica")
        more = ", sha256 = sha256('x')" if how == "both" else ""
        await admin.execute(f"update file set content = 'x'{more}")
    finally:
        await admin.close()
    status, said = await run_command(database, "verify")
    assert status == 1
    assert "its bytes were altered" in said if how == "content" else "another was put in its place" in said


async def test_what_was_received_goes_with_its_customer(desk: Desk) -> None:
    made, _, notice = await told(desk)
    came = await take(desk, with_letter(await message(desk, notice["id"])))
    maybe = await post(desk, new_mail("boss@customer.example", text="Boss wants it"))
    for one in (came, maybe):
        await desk.act(f"inbound/{one['id']}/classify", {"as": "other"})
    stranger = await post(desk, new_mail("stranger@example.org", 2))
    async with desk.world.pools.worker.acquire() as connection:
        now = await desk.world.now()
        rows = [{"processor_id": desk.processor, "customer": notice["customer_id"], "at": now.isoformat()}]
        await connection.execute(sql("erase_personal"), json.dumps(rows), *OUTGOING.move("erase"))
        assert (await verify(connection)).wrong_file is None
    for one in (came, maybe):
        erased = await desk.get(f"inbound/{one['id']}")
        assert (erased["text"], erased["sender"], erased["attachments"], erased["raw_url"]) == ("", "", [], None)
        assert erased["file"] == {**one["file"], "name": ""}
        gone = await desk.api.get(f"inbound/{one['id']}/raw")
        assert (gone.status_code, one["file"]["sha256"] in gone.text) == (404, True)
    assert (await desk.get(f"inbound/{stranger['id']}"))["raw_url"] is not None
    files = await evidence(desk, made["id"])
    assert not [name for name in files if name.startswith("inbound/")]
