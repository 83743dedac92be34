"""Files that people hand in: kept, named as evidence, in the ledger and the bundle, gone with what they belong to."""

import hashlib
import io
import json
import zipfile
from typing import Any

import asyncpg
import pytest

from db.queries import sql
from service.evidence.verifier import Packed, Wrong, check, check_files
from service.files.store import LARGEST_FILE, PART
from tests.databases import Database
from tests.files import samples
from tests.resources.conftest import Desk
from tests.resources.test_inbound import message, post, reply_to
from tests.resources.test_notices import told
from workflows.engine.verify import verify
from workflows.message.table import OUTGOING

HALF = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf'
SAID = {"channel": "letter", "by": "Kim"}


async def handed(desk: Desk, content: bytes = samples.PDF, name: str = "brief.pdf", **more: Any) -> Any:
    answer = await desk.api.call("POST", "files", files={"file": (name, content)}, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def read(desk: Desk, id: str) -> bytes:
    answer = await desk.api.get(f"files/{id}")
    assert answer.status_code == 200, answer.text
    return answer.content


async def objected(desk: Desk, *files: str, notice: Any = None, **more: Any) -> Any:
    if notice is None:
        _, _, notice = await told(desk)
    body = {**SAID, "evidence": {"files": list(files), **more}}
    return await desk.act(f"notices/{notice['id']}/object", body)


async def last_event(desk: Desk, subject: str) -> Any:
    return (await desk.items("events", subject=subject))[-1]


async def test_a_file_is_kept_byte_for_byte_and_never_shown_in_place(desk: Desk) -> None:
    content = samples.PDF + bytes(range(256)) * 4 * 1024 + b"end"
    made = await handed(desk, content, "Brief van “mei”.pdf.exe")
    assert made == {
        "id": made["id"],
        "sha256": hashlib.sha256(content).hexdigest(),
        "name": "Brief van “mei”.pdf.exe.pdf",
        "type": "application/pdf",
        "size": len(content),
    }
    assert len(content) > 2 * PART
    answer = await desk.api.get(f"files/{made['id']}")
    assert answer.content == content
    heads = answer.headers
    assert heads["content-type"] == "application/octet-stream"
    assert heads["content-disposition"].startswith('attachment; filename="Brief van _mei_.pdf.exe.pdf"; filename*=')
    assert heads["content-security-policy"] == "sandbox; default-src 'none'"
    assert heads["x-content-type-options"] == "nosniff"
    (listed,) = await desk.items("files")
    assert (listed["origin"], listed["evidence_of"], listed["erased_at"]) == ("upload", [], None)
    (taken,) = await desk.items("disclosures", about=made["id"])
    assert taken["what"] == "attachment"


@pytest.mark.parametrize(
    ("files", "status", "says"),
    [
        ({"file": ("a.pdf", b"\x7fELF" + bytes(9))}, 400, "none of what is kept: PDF, PNG"),
        ({"file": ("a.pdf", b"")}, 400, "is empty"),
        ({"file": ("a.txt", b"a" * (LARGEST_FILE + 1))}, 413, "25 MiB"),
        ({"file": ("a.txt", b"a" * (LARGEST_FILE + 100_000))}, 413, ""),
        ({"file": (None, b"text")}, 400, "is required"),
        ([("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))], 400, "not several"),
    ],
)
async def test_what_cannot_be_kept_is_refused(desk: Desk, files: Any, status: int, says: str) -> None:
    answer = await desk.api.call("POST", "files", files=files)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert await desk.items("files") == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data; boundary=x", 400),
        (b"--x\r\ngarbage", "multipart/form-data; boundary=x", 400),
        (b"--x--", "multipart/form-data", 400),
        (HALF, "multipart/form-data; boundary=x", 400),
    ],
)  # fmt: skip
async def test_what_is_no_form_is_refused(desk: Desk, body: bytes, kind: str, status: int) -> None:
    answer = await desk.api.call("POST", "files", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_form_of_very_many_parts_is_refused_in_words(desk: Desk) -> None:
    body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 1_100 + b"--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await desk.api.call("POST", "files", content=body, headers=headers)
    assert (answer.status_code, "more parts than" in answer.json()["detail"]) == (400, True)


async def test_the_same_file_under_one_key_is_kept_once(desk: Desk) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await handed(desk, headers=headers)
    assert await handed(desk, headers=headers) == first
    other = await desk.api.call("POST", "files", files={"file": ("brief.pdf", samples.PDF + b"x")}, headers=headers)
    assert other.status_code == 422
    assert len(await desk.items("files")) == 1


async def test_an_answer_rests_on_files_that_the_ledger_names(desk: Desk) -> None:
    file, second = await handed(desk), await handed(desk, samples.PNG, "scan.png")
    notice = await objected(desk, file["id"], second["id"])
    assert notice["answers"][0]["evidence"] == "brief.pdf, scan.png"
    assert notice["answers"][0]["files"] == [file["id"], second["id"]]
    event = await last_event(desk, notice["id"])
    assert event["data"]["files"] == [{"id": one["id"], "sha256": one["sha256"]} for one in (file, second)]
    [body] = await desk.world.rows(
        "select body from event where subject_id = $1::text::uuid and seq = $2", notice["id"], notice["version"]
    )
    assert "brief" not in body["body"]
    listed = await desk.items("files", subject=notice["id"])
    assert [one["id"] for one in listed] == [file["id"], second["id"]]
    use = listed[0]["evidence_of"][0]
    assert (use["subject"], use["subject_kind"], use["event_id"]) == (notice["id"], "notice", event["id"])


async def test_words_about_a_file_stand_as_they_were_said(desk: Desk) -> None:
    notice = await objected(desk, (await handed(desk))["id"], text="Letter of 1 March")
    assert notice["answers"][0]["evidence"] == "Letter of 1 March"
    again = await desk.act(f"notices/{notice['id']}/object", {**SAID, "evidence": {"text": "By phone, too"}})
    assert again["answers"][1]["evidence"] == "By phone, too"
    assert "files" not in again["answers"][1]
    assert "files" not in (await last_event(desk, notice["id"]))["data"]


async def test_evidence_of_a_new_subprocessor_and_of_its_certificates(desk: Desk) -> None:
    file = await handed(desk)
    held = {"framework": "EU-US DPF", "since": "2026-01-01", "evidence": {"files": [file["id"]]}}
    frameworks = (
        await desk.refused(
            "subprocessors",
            {"name": "A", "service": "b", "country": "US", "certifications": [{**held, "framework": "none"}]},
        )
    )["detail"]
    held["framework"] = frameworks.partition("write ")[2].split(" or ")[0].rstrip(".")
    made = await desk.subprocessor(country="US", bound_evidence={"files": [file["id"]]}, certifications=[held])
    assert (made["bound_evidence"], made["certifications"][0]["evidence"]) == ("brief.pdf", "brief.pdf")
    assert [one["id"] for one in (await last_event(desk, made["id"]))["data"]["files"]] == [file["id"]]


async def test_a_proof_that_is_required_may_be_a_file(desk: Desk) -> None:
    _, _, notice = await told(desk, "mms-solutions")
    no = await desk.refused(f"notices/{notice['id']}/consent", {**SAID, "evidence": {}})
    assert [one["path"] for one in no["errors"]] == ["evidence"]
    file = await handed(desk)
    done = await desk.act(f"notices/{notice['id']}/consent", {**SAID, "evidence": {"files": [file["id"]]}})
    assert done["outcome"] is not None


async def test_a_file_that_is_not_there_is_named(desk: Desk, other: str) -> None:
    foreign = await handed(desk, key=other)
    _, _, notice = await told_as(desk)
    for wrong in (foreign["id"], "0190a3c0-0000-7000-8000-000000000000"):
        body = {**SAID, "evidence": {"files": [wrong]}}
        no = await desk.refused(f"notices/{notice['id']}/object", body, headers=tenant(desk))
        assert (no["status"], no["errors"][0]["path"]) == (400, "evidence.files[0]")
    gone = await desk.api.get(f"files/{foreign['id']}", headers=tenant(desk))
    assert gone.status_code == 404
    shape = await desk.refused(
        f"notices/{notice['id']}/object", {**SAID, "evidence": {"file": []}}, headers=tenant(desk)
    )
    assert shape["errors"][0]["path"] == "evidence.file"


def tenant(desk: Desk) -> dict[str, str]:
    return {"Termijn-Processor": desk.processor}


async def told_as(desk: Desk) -> tuple[Any, Any, Any]:
    """As `told`, by a key of the processor itself."""
    key = await desk.api.key(desk.processor, "director")
    return await told(Desk(Keyed(desk.api, key), desk.world, desk.processor))  # type: ignore[arg-type]  # as an Api


class Keyed:
    """The API for one key."""

    def __init__(self, api: Any, key: str) -> None:
        self._api, self._key = api, key

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._api, name)
        return (lambda *a, **more: found(*a, **{"key": self._key, **more})) if callable(found) else found


async def test_what_is_tried_out_claims_nothing(desk: Desk) -> None:
    _, _, notice = await told(desk)
    file = await handed(desk)
    body = {**SAID, "evidence": {"files": [file["id"]]}}
    answer = await desk.api.post(f"notices/{notice['id']}/object", body, params={"dry_run": "true"})
    assert answer.status_code == 200
    assert (await desk.items("files"))[0]["evidence_of"] == []
    assert await desk.world.rows("select from file where claimed_at is not null") == []


async def test_what_becomes_nothing_is_gone_after_a_day(desk: Desk) -> None:
    kept, left = await handed(desk), await handed(desk, samples.PNG, "scan.png")
    await objected(desk, kept["id"])
    async with desk.world.pools.worker.acquire() as connection:
        await connection.execute(sql("forget_unclaimed_files"))
        assert await read(desk, left["id"]) == samples.PNG
        await desk.world.days(2)
        await connection.execute(sql("forget_unclaimed_files"))
        assert (
            await connection.fetchval("select count(*) from file_part where file_id = $1::text::uuid", left["id"]) == 0
        )
    gone = await desk.api.get(f"files/{left['id']}")
    assert (gone.status_code, left["sha256"] in gone.text) == (404, True)
    assert await read(desk, kept["id"]) == samples.PDF
    no = await desk.refused(
        "subprocessors", {"name": "A", "service": "b", "country": "NL", "bound_evidence": {"files": [left["id"]]}}
    )
    assert no["status"] == 400


async def test_a_file_goes_with_the_last_customer_that_it_belongs_to(desk: Desk) -> None:
    first = await desk.agreement("kmo-solutions")
    second = await desk.agreement("stkkr")
    worker = await desk.subprocessor()
    change = await desk.announced(worker["id"])
    file, own = await handed(desk), await handed(desk, samples.PNG, "scan.png")
    notices = {one["agreement_id"]: one for one in await desk.items("notices", change_id=change["id"])}
    await objected(desk, file["id"], own["id"], notice=notices[first["id"]])
    await objected(desk, file["id"], notice=notices[second["id"]])
    await erase(desk, first["customer_id"])
    assert (await desk.api.get(f"files/{own['id']}")).status_code == 404
    assert await read(desk, file["id"]) == samples.PDF
    await erase(desk, second["customer_id"])
    gone = await desk.api.get(f"files/{file['id']}")
    assert (gone.status_code, file["sha256"] in gone.text) == (404, True)
    assert {(one["name"], one["erased_at"] is None) for one in await desk.items("files")} == {("", False)}
    files = await bundled(desk, first["id"])
    assert [json.loads(line)["file"] for line in files["files.jsonl"].splitlines()] == [None, None]


async def erase(desk: Desk, customer: str) -> None:
    async with desk.world.pools.worker.acquire() as connection:
        now = await desk.world.now()
        rows = [{"processor_id": desk.processor, "customer": customer, "at": now.isoformat()}]
        await connection.execute(sql("erase_personal"), json.dumps(rows), *OUTGOING.move("erase"))
        assert (await verify(connection)).wrong is None


async def bundled(desk: Desk, agreement: str) -> dict[str, bytes]:
    answer = await desk.api.get(f"agreements/{agreement}/evidence.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


class Opened:
    """A bundle in memory, as the program that checks it reads one."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def names(self) -> list[str]:
        return sorted(self.files)

    def read(self, name: str) -> bytes:
        return self.files[name]


async def test_the_bundle_carries_the_files_and_its_program_checks_them(desk: Desk) -> None:
    file = await handed(desk)
    notice = await objected(desk, file["id"])
    answer = await desk.api.get(f"agreements/{notice['agreement_id']}/evidence.zip")
    assert "1 handed in" in check(Packed(io.BytesIO(answer.content)))  # type: ignore[arg-type]  # a file as well
    files = await bundled(desk, notice["agreement_id"])
    path = f"files/{file['id']}.pdf"
    assert files[path] == samples.PDF
    listed = files["files.jsonl"]
    altered = {
        path: samples.PDF + b"x",
        "files.jsonl": listed.replace(file["id"].encode(), b"0190a3c0-0000-7000-8000-000000000000", 1),
    }
    for name, content in altered.items():
        with pytest.raises(Wrong, match="is not the file"):
            check_files(Opened({**files, name: content}))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("update file_part set bytes = 'x'", "its bytes were altered"),
        ("delete from file_part", "its bytes were altered"),
        ("update file set sha256 = sha256('x'); update file_part set bytes = 'x'", "names as its evidence"),
        ("delete from file_use", "names as its evidence"),
    ],
)
async def test_a_file_that_was_altered_is_found(desk: Desk, database: Database, how: str, says: str) -> None:
    await objected(desk, (await handed(desk))["id"])
    admin = await asyncpg.connect(database.superuser)
    try:
        attempt = admin.transaction(isolation="repeatable_read")
        await attempt.start()
        await admin.execute(f"set local session_replication_role = replica; {how}")
        found = (await verify(admin)).wrong
        assert found is not None
        assert says in found
        await attempt.rollback()
        assert (await verify(admin)).wrong is None
        for refused in (how.partition(";")[0], "update file set name = 'x'", "update file set claimed_at = null"):
            if "file_use" not in refused:
                with pytest.raises(asyncpg.RestrictViolationError):
                    await admin.execute(refused)
    finally:
        await admin.close()


async def test_a_mail_that_came_in_is_evidence_as_it_is(desk: Desk) -> None:
    _, _, notice = await told(desk)
    came = await post(desk, reply_to(await message(desk, notice["id"]), "We object."))
    await desk.act(f"inbound/{came['id']}/classify", {"as": "objection", "by": "Kim"})
    named = next(one for one in await desk.items("events", subject=notice["id"]) if "files" in one["data"])
    assert named["data"]["files"] == [{"id": came["file"]["id"], "sha256": came["file"]["sha256"]}]
    (listed,) = await desk.items("files", subject=notice["id"])
    assert (listed["origin"], listed["id"]) == ("inbound", came["file"]["id"])
    assert b"We object." in await read(desk, listed["id"])
    files = await bundled(desk, notice["agreement_id"])
    assert [json.loads(line)["file"] for line in files["files.jsonl"].splitlines()] == [None]
