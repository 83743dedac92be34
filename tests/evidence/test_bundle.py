"""The bundle: checked by its own script on a bare Python, which finds every kind of tampering."""

import contextlib
import hashlib
import json
import subprocess
import sys
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from service.evidence import verifier
from service.evidence.bundle import program
from tests.evidence.story import WholeLife
from workflows.ledger.rows import listed

Files = dict[str, bytes]


def opened(packed: bytes) -> Files:
    with zipfile.ZipFile(BytesIO(packed)) as found:
        return {name: found.read(name) for name in found.namelist()}


def laid_out(files: Files, folder: Path) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def sealed(files: Files) -> Files:
    """With a manifest made anew, as a forger would."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = [
        {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in sorted(files.items())
        if not name.startswith("manifest.")
    ]
    made = json.dumps(manifest).encode()
    return {
        **files,
        "manifest.json": made,
        "manifest.sha256": f"{hashlib.sha256(made).hexdigest()}  manifest.json\n".encode(),
    }


def verified(place: Path) -> tuple[int, str]:
    """The verdict of the script that is in the bundle, on a Python without any packages."""
    script = place / "verify.py" if place.is_dir() else place.parent / "verify.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), *([] if place.is_dir() else [str(place)])],
        capture_output=True, text=True, timeout=60, check=False, env={},
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def judged(place: Path) -> tuple[int, str]:
    """The same verdict by the same code, in this process: quicker where there is much to be judged."""
    said = StringIO()
    with contextlib.redirect_stdout(said):
        status = verifier.main([str(place)])
    return status, said.getvalue()


def rows(files: Files, name: str) -> list[Any]:
    return [json.loads(line) for line in files[name].decode().split("\n")[:-1]]


def lines(rows: list[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


async def test_it_verifies_unpacked_and_packed(life: WholeLife, tmp_path: Path) -> None:
    for number, packed in enumerate((life.bundle, life.change_bundle)):
        folder = laid_out(opened(packed), tmp_path / str(number))
        status, said = verified(folder)
        assert (status, said[:3]) == (0, "OK:"), said
        count = len(rows(opened(packed), "subjects.jsonl"))
        assert f"{count} of {count} records are those that the events left, engagements too" in said
        archive = tmp_path / f"{number}.zip"
        archive.write_bytes(packed)
        (tmp_path / "verify.py").write_bytes((folder / "verify.py").read_bytes())
        assert verified(archive) == (0, said)


def test_the_verifier_knows_which_fields_no_event_seals() -> None:
    """A bundle with a data subject's request or an audit verifies: what they say in words is nobody's to seal."""
    named = {
        kind: {path for form in forms for path in form.without if "." not in path} for kind, forms in listed().items()
    }
    assert {kind: set(fields) for kind, fields in verifier.PERSONAL.items()} == {k: v for k, v in named.items() if v}
    seal = '{"note":null,"reference":null,"state":"received"}'
    event = {"subject": "1", "body": json.dumps({"row_sha256": hashlib.sha256(seal.encode()).hexdigest()})}
    row = {"subject": "1", "kind": "request", "sealed": seal}

    def judge(**fields: Any) -> None:
        subjects = {**row, "fields": {"note": "", "reference": "R-1", "state": "received", **fields}}
        files = {"events.jsonl": lines([event]), "subjects.jsonl": lines([subjects]), "answers.jsonl": b""}
        verifier.check_rows(SimpleNamespace(read=files.__getitem__))

    judge()
    with pytest.raises(verifier.Wrong, match="not those that are sealed"):
        judge(state="refused")


async def test_the_same_state_gives_the_same_bytes(life: WholeLife) -> None:
    assert life.bundle == life.again
    assert opened(life.bundle)["verify.py"] == program()


async def test_everything_is_in_it(life: WholeLife) -> None:
    files = opened(life.bundle)
    subjects = {row["subject"]: row for row in rows(files, "subjects.jsonl")}
    kinds = {row["kind"] for row in subjects.values()}
    assert {"agreement", "notice", "change", "task", "customer", "subprocessor"} <= kinds
    assert str(life.other) not in subjects, "another customer's agreement is nobody's business here"
    assert [row["subject"] for row in subjects.values() if row["kind"] == "agreement"] == [str(life.agreement)]
    assert [row["subject"] for row in subjects.values() if row["kind"] == "notice"] == [str(life.notice)]
    events = rows(files, "events.jsonl")
    assert len(events) == sum(row["version"] for row in subjects.values())
    assert any(row["personal"] for row in events)
    (answer,) = [row for row in rows(files, "answers.jsonl") if row["answer"] == "consent"]
    assert answer["by"] == "Kim"
    mails = rows(files, "mails.jsonl")
    assert {"agreement", "announcement", "confirmation", "ended", "deleted"} <= {row["kind"] for row in mails}
    assert all(row["attempts"] for row in mails if row["file"])
    deadlines = rows(files, "deadlines.jsonl")
    assert {row["closed_how"] for row in deadlines} > {None} or all(row["closed_how"] for row in deadlines)
    assert all(row["steps"] for row in deadlines)
    assert all("; ".join(row["readings"]) == row["reading"] for row in deadlines)
    assert any(row["readings"] for row in deadlines)
    assert rows(files, "engagements.jsonl")
    (document,) = rows(files, "documents.jsonl")
    assert files[document["file"]] == life.document.content
    assert rows(files, "roots.jsonl")
    covered = {(row["subject"], row["seq"]) for row in rows(files, "inclusion.jsonl")}
    assert covered <= {(row["subject"], row["seq"]) for row in events}
    assert len(covered) > len(events) // 2
    (terms,) = rows(files, "terms.jsonl")
    assert json.loads(files[terms["file"]])["id"] == "contict"


async def test_the_change_brings_every_notice(life: WholeLife) -> None:
    files = opened(life.change_bundle)
    kinds = [row["kind"] for row in rows(files, "subjects.jsonl")]
    assert kinds.count("notice") == 2
    assert "agreement" not in kinds


async def test_no_live_link_is_handed_over(life: WholeLife) -> None:
    assert life.tokens, "the mails that were sent had links"
    files = opened(life.bundle)
    for name, content in files.items():
        plain = content.replace(b"=\r\n", b"")
        assert not [one for one in life.tokens if one.encode() in plain], name
    mails = [row for row in rows(files, "mails.jsonl") if row["file"]]
    assert all(row["redacted"] for row in mails if row["kind"] == "announcement")
    assert all(row["sha256"] != row["sent_sha256"] for row in mails if row["redacted"])
    (reply,) = rows(files, "inbound.jsonl")
    assert reply["redacted"] == 1
    assert "/n/" + "X" * 43 in reply["content"]
    assert reply["file_redacted"] == 1
    assert b"/n/" + b"X" * 43 in files[reply["file"]]
    assert reply["sha256"] != reply["received_sha256"]


def one_of_each(files: Files) -> list[str]:
    """A file of each kind."""
    found = {name.partition("/")[0] + Path(name).suffix: name for name in files}
    return sorted(found.values())


async def test_one_byte_of_any_file_is_found(life: WholeLife, tmp_path: Path) -> None:
    files = opened(life.bundle)
    names = one_of_each(files)
    assert len(names) >= 15
    folder = laid_out(files, tmp_path)
    for name in names:
        if name == "verify.py":
            continue  # the judge itself; below
        altered = bytearray(files[name])
        if not altered:
            altered += b"x"
        at = len(altered) // 2
        altered[at] ^= 1
        (folder / name).write_bytes(bytes(altered))
        status, said = judged(folder)
        assert (status, said[:6]) == (1, "WRONG:"), name
        (folder / name).write_bytes(files[name])
    (folder / "verify.py").write_bytes(files["verify.py"].replace(b"Checks a bundle", b"Checks a bundlf", 1))
    assert judged(folder) == (1, "WRONG: verify.py: was altered, its SHA-256 is not the one in the manifest\n")


async def test_one_byte_of_the_archive_is_found(life: WholeLife, tmp_path: Path) -> None:
    (tmp_path / "verify.py").write_bytes(opened(life.bundle)["verify.py"])
    # Within what was packed: a reader of archives does not look at every byte of the headers between.
    inside = sorted(zipfile.ZipFile(BytesIO(life.bundle)).infolist(), key=lambda one: -one.compress_size)[:6]
    for at in (one.header_offset + 30 + len(one.filename.encode()) + one.compress_size // 2 for one in inside):
        altered = bytearray(life.bundle)
        altered[at] ^= 4
        archive = tmp_path / "evidence.zip"
        archive.write_bytes(bytes(altered))
        status, said = judged(archive)
        assert (status, said[:6]) == (1, "WRONG:"), at


def drop(events: list[Any]) -> list[Any]:
    at = next(i for i, one in enumerate(events) if one["seq"] == 2 and events[i + 1]["seq"] == 3)
    return events[:at] + events[at + 1 :]


def drop_last(events: list[Any]) -> list[Any]:
    last = max((one for one in events), key=lambda one: one["seq"])
    return [one for one in events if one is not last]


def swap(events: list[Any]) -> list[Any]:
    at = next(i for i, one in enumerate(events) if one["seq"] == 2)
    return [*events[: at - 1], events[at], events[at - 1], *events[at + 1 :]]


def reword(events: list[Any]) -> list[Any]:
    return [{**one, "body": one["body"].replace("2026", "2025", 1)} if one["seq"] == 2 else one for one in events]


def rewrite(events: list[Any]) -> list[Any]:
    """Words and hash alike: the next event no longer follows."""
    made = []
    for one in events:
        if one["seq"] == 1:
            body = one["body"].replace("2026", "2025", 1)
            digest = hashlib.sha256(bytes(32) + (1).to_bytes(8, "big") + body.encode()).hexdigest()
            one = {**one, "body": body, "hash": digest}
        made.append(one)
    return made


def retell(events: list[Any]) -> list[Any]:
    at = next(i for i, one in enumerate(events) if one["personal"])
    personal = {**events[at]["personal"], "body": events[at]["personal"]["body"].replace(":", ": ", 1)}
    return [*events[:at], {**events[at], "personal": personal}, *events[at + 1 :]]


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (drop, "event 2 should come here"),
        (drop_last, "remembers"),
        (swap, "event 1 should come here"),
        (reword, "its words are not those that were hashed"),
        (rewrite, "does not follow"),
        (retell, "its personal part was altered"),
    ],
)
async def test_a_forged_chain_is_found_under_a_new_manifest(
    life: WholeLife, tmp_path: Path, forge: Any, why: str
) -> None:
    files = opened(life.bundle)
    forged = {**files, "events.jsonl": lines(forge(rows(files, "events.jsonl")))}
    status, said = judged(laid_out(sealed(forged), tmp_path))
    assert status == 1
    assert why in said


def objection_forgotten(files: Files) -> Files:
    """In the notice's own fields and in the list of answers."""
    subjects = rows(files, "subjects.jsonl")
    for one in subjects:
        if one["kind"] == "notice":
            one["fields"] |= {"answers": [], "outcome": None}
            one["sealed"] = one["sealed"] and json.dumps({**json.loads(one["sealed"]), "answers": [], "outcome": None})
    return {**files, "subjects.jsonl": lines(subjects), "answers.jsonl": b""}


def fields_beside_the_seal(files: Files) -> Files:
    subjects = rows(files, "subjects.jsonl")
    for one in subjects:
        if one["kind"] == "notice":
            one["fields"] |= {"closes_at": "2027-01-01T00:00:00Z"}
    return {**files, "subjects.jsonl": lines(subjects)}


def answers_alone(files: Files) -> Files:
    return {**files, "answers.jsonl": b""}


def yes_put_in(files: Files) -> Files:
    engaged = rows(files, "engagements.jsonl")
    other = "0195d0c0-7e52-7000-8000-7465726d696a"
    more = {**engaged[0], "id": other, "subprocessor_id": other, "until": None}
    return {**files, "engagements.jsonl": lines([*engaged, more])}


def yes_that_goes_on(files: Files) -> Files:
    engaged = rows(files, "engagements.jsonl")
    assert any(one["until"] for one in engaged)
    return {**files, "engagements.jsonl": lines([{**one, "until": None, "end_reason": None} for one in engaged])}


def yes_of_before(files: Files) -> Files:
    engaged = rows(files, "engagements.jsonl")
    return {**files, "engagements.jsonl": lines([{**one, "since": "2020-01-01T00:00:00Z"} for one in engaged])}


def yes_deleted(files: Files) -> Files:
    return {**files, "engagements.jsonl": b""}


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (objection_forgotten, "its fields are not those that its last event left"),
        (fields_beside_the_seal, "its fields are not those that are sealed"),
        (answers_alone, "an answer is missing"),
        (yes_put_in, "follows from no event"),
        (yes_that_goes_on, "until is None"),
        (yes_of_before, "since is 2020"),
        (yes_deleted, "is missing"),
    ],
)
async def test_a_forged_record_is_found(life: WholeLife, tmp_path: Path, forge: Any, why: str) -> None:
    status, said = judged(laid_out(sealed(forge(opened(life.bundle))), tmp_path))
    assert (status, why in said) == (1, True), said


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (objection_forgotten, "its fields are not those that its last event left"),
        (yes_put_in, "follows from no event"),
        (yes_of_before, "follows from no event"),
    ],
)
async def test_a_forged_record_of_a_change_is_found(life: WholeLife, tmp_path: Path, forge: Any, why: str) -> None:
    status, said = judged(laid_out(sealed(forge(opened(life.change_bundle))), tmp_path))
    assert (status, why in said) == (1, True), said


async def test_a_whole_chain_made_anew_is_found_by_a_root(life: WholeLife, tmp_path: Path) -> None:
    """Words, hashes, head and manifest all agree: only the daily root tells."""
    files = opened(life.bundle)
    subjects = rows(files, "subjects.jsonl")
    whose = next(row for row in subjects if row["kind"] == "notice")
    previous, events = "00" * 32, []
    for one in rows(files, "events.jsonl"):
        if one["subject"] == whose["subject"]:
            body = one["body"].replace('"actor":"test"', '"actor":"sets"')
            made = bytes.fromhex(previous) + one["seq"].to_bytes(8, "big") + body.encode()
            one = {**one, "body": body, "previous": previous, "hash": hashlib.sha256(made).hexdigest()}
            previous = one["hash"]
        events.append(one)
    whose["head"] = previous
    forged = {**files, "events.jsonl": lines(events), "subjects.jsonl": lines(subjects)}
    status, said = judged(laid_out(sealed(forged), tmp_path))
    assert status == 1
    assert "does not lead to the root of" in said


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("terms/", "is not the version"),
        ("mails/", "is not the message"),
        ("documents/", "is not the document"),
        ("inbound/", "is not the message"),
    ],
)
async def test_a_file_replaced_under_a_new_manifest_is_found(
    life: WholeLife, tmp_path: Path, name: str, why: str
) -> None:
    files = opened(life.bundle)
    which = next(one for one in sorted(files, reverse=True) if one.startswith(name))
    forged = {**files, which: files[which].replace(b"e", b"a", 1)}
    status, said = judged(laid_out(sealed(forged), tmp_path))
    assert status == 1
    assert why in said


async def test_a_file_added_or_missing_is_found(life: WholeLife, tmp_path: Path) -> None:
    files = opened(life.bundle)
    folder = laid_out(files, tmp_path)
    (folder / "mails" / "more.eml").write_bytes(b"x")
    assert judged(folder) == (1, "WRONG: mails/more.eml: is not in the manifest\n")
    (folder / "mails" / "more.eml").unlink()
    (folder / "answers.jsonl").unlink()
    assert judged(folder) == (1, "WRONG: answers.jsonl: is missing\n")
