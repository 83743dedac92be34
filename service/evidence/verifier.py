#!/usr/bin/env python3
"""Checks a bundle of evidence made by Termijn. Needs Python 3.9 or newer and nothing else.

    python3 -I verify.py [folder or evidence.zip]

Without an argument it checks the folder that it lies in. It opens no connection and writes nothing. It ends with
status 0 and a line that begins with OK, or with 1 and the first thing that is wrong. Read README.txt for what that
proves, and what it does not.
"""

import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workflows.ledger.engaged import Engaged, differing

GENESIS = "00" * 32
PERSONAL = {
    "customer": ("address",),
    "task": ("note",),
    "request": ("reference", "note", "result", "evidence"),
    "audit": ("indications", "authority", "auditor", "scope", "nda_evidence", "certificate", "result"),
    "matter": ("subject", "text", "closed_why"),
}
"""Fields of which an event seals nothing, as erasure empties them: null stands sealed for whatever is in them."""


class Wrong(Exception):
    """The first thing that does not hold."""


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        return sorted(
            str(one.relative_to(self.path)).replace("\\", "/") for one in self.path.rglob("*") if one.is_file()
        )

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()


class Packed:
    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path)

    def names(self) -> list[str]:
        names = self.zip.namelist()
        if len(set(names)) != len(names):
            raise Wrong("the archive holds a file twice")
        return sorted(names)

    def read(self, name: str) -> bytes:
        """A file's bytes; what the archive's own check finds comes as BadZipFile."""
        return self.zip.read(name)


def sha256(content: bytes) -> str:
    """The SHA-256 of these bytes, hex."""
    return hashlib.sha256(content).hexdigest()


def lines(bundle: Any, name: str) -> Iterator[Any]:
    """The JSON lines of a file."""
    for number, line in enumerate(bundle.read(name).decode("utf-8").split("\n")[:-1], 1):
        try:
            yield json.loads(line)
        except ValueError:
            raise Wrong(f"{name}, line {number}: is not JSON") from None


def check_manifest(bundle: Any) -> Any:
    """Every file is the one that the manifest names, and there is no other."""
    content = bundle.read("manifest.json")
    if bundle.read("manifest.sha256").decode("ascii", "replace") != sha256(content) + "  manifest.json\n":
        raise Wrong("manifest.json: is not the one whose SHA-256 stands in manifest.sha256")
    manifest = json.loads(content)
    named = {one["path"]: one for one in manifest["files"]}
    there = {name for name in bundle.names() if not name.startswith("__pycache__/")}
    for name in sorted(there - set(named) - {"manifest.json", "manifest.sha256"}):
        raise Wrong(f"{name}: is not in the manifest")
    for name, one in sorted(named.items()):
        if name not in there:
            raise Wrong(f"{name}: is missing")
        content = bundle.read(name)
        if len(content) != one["bytes"] or sha256(content) != one["sha256"]:
            raise Wrong(f"{name}: was altered, its SHA-256 is not the one in the manifest")
    return manifest


def check_chains(bundle: Any, manifest: Any) -> tuple[dict[Any, str], int]:
    """Each subject's events follow from each other, say what was hashed, and end where the subject says."""
    subjects = {one["subject"]: one for one in lines(bundle, "subjects.jsonl")}
    if manifest["about"]["id"] not in subjects:
        raise Wrong("subjects.jsonl: does not hold what the bundle is about")
    seq = dict.fromkeys(subjects, 0)
    head = dict.fromkeys(subjects, GENESIS)
    state = dict.fromkeys(subjects)
    hashes: dict[Any, str] = {}
    erased = 0
    for event in lines(bundle, "events.jsonl"):
        subject = event["subject"]
        where = f"events.jsonl, subject {subject}, event {event['seq']}"
        if subject not in subjects:
            raise Wrong(f"{where}: the subject is not in subjects.jsonl")
        if event["seq"] != seq[subject] + 1:
            raise Wrong(f"{where}: event {seq[subject] + 1} should come here")
        if event["previous"] != head[subject]:
            raise Wrong(f"{where}: does not follow from the event before it")
        made = bytes.fromhex(event["previous"]) + event["seq"].to_bytes(8, "big") + event["body"].encode("utf-8")
        if sha256(made) != event["hash"]:
            raise Wrong(f"{where}: its words are not those that were hashed")
        said = json.loads(event["body"])
        if (said["subject"], said["seq"], said["kind"]) != (subject, event["seq"], subjects[subject]["kind"]):
            raise Wrong(f"{where}: was moved here from elsewhere")
        erased += check_personal(where, said.get("personal_sha256"), event["personal"])
        seq[subject], head[subject], state[subject] = event["seq"], event["hash"], said["after"]
        hashes[subject, event["seq"]] = event["hash"]
    for subject, one in subjects.items():
        if (seq[subject], head[subject]) != (one["version"], one["head"]):
            raise Wrong(
                f"subjects.jsonl, subject {subject}: remembers {one['version']} events, {seq[subject]} are here"
            )
        if state[subject] != one["state"]:
            raise Wrong(f"subjects.jsonl, subject {subject}: is not in the state in which its last event left it")
    return hashes, erased


def check_rows(bundle: Any) -> tuple[int, int]:
    """Each subject's own fields are those that its last event sealed; how many there are, and how many were sealed."""
    sealed = {}
    for event in lines(bundle, "events.jsonl"):
        sealed[event["subject"]] = json.loads(event["body"]).get("row_sha256")
    count = known = 0
    for one in lines(bundle, "subjects.jsonl"):
        where = f"subjects.jsonl, {one['kind']} {one['subject']}"
        count += 1
        if sealed.get(one["subject"]) is None or one["sealed"] is None:
            continue
        known += 1
        if sha256(one["sealed"].encode("utf-8")) != sealed[one["subject"]]:
            raise Wrong(f"{where}: its fields are not those that its last event left")
        left_out = PERSONAL.get(one["kind"], ())
        kept = json.loads(one["sealed"]).items()
        if not holds(one["fields"], {name: value for name, value in kept if value is not None or name not in left_out}):
            raise Wrong(f"{where}: its fields are not those that are sealed beside them")
    check_answers(bundle)
    return count, known


def holds(whole: Any, part: Any) -> bool:
    """Whether all of the part stands in the whole as it is; what is personal stands in the whole alone."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(name in whole and holds(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        same = isinstance(whole, list) and len(whole) == len(part)
        return same and all(holds(whole[at], part[at]) for at in range(len(part)))
    return bool(type(whole) is type(part) and whole == part)


def check_answers(bundle: Any) -> None:
    """The answers are those in the notices' own fields."""
    given = {}
    for one in lines(bundle, "subjects.jsonl"):
        if one["kind"] == "notice" and one["fields"] is not None:
            given[one["subject"]] = list(one["fields"]["answers"])
    for one in lines(bundle, "answers.jsonl"):
        left = given.get(one["notice"]) or [None]
        if not holds(one, left.pop(0)):
            raise Wrong(f"answers.jsonl, notice {one['notice']}: is not what the notice itself says")
    if any(given.values()):
        raise Wrong("answers.jsonl: an answer is missing")


def check_engagements(bundle: Any, about: Any) -> bool:
    """The engagements are those that the events began, and ended when they say; whether that could be told.

    For an agreement every event that can have done so is here; for a change only those of its own notices are.
    """
    steps: dict[int, list[Any]] = {}
    for event in sorted(lines(bundle, "events.jsonl"), key=lambda one: int(one["place"])):
        said = json.loads(event["body"])
        if "row_sha256" not in said and said["kind"] in ("agreement", "notice"):
            return False
        steps.setdefault(event["tx"], []).extend(said.get("engagements", ()))
    engaged = Engaged()
    for one in steps.values():
        engaged.tell(one)
    there = list(lines(bundle, "engagements.jsonl"))
    if about["kind"] == "agreement":
        if why := differing(engaged.rows.get(about["id"], []), there):
            raise Wrong(f"engagements.jsonl: {why}")
        return True
    for row in there:
        told = engaged.rows.get(row["agreement_id"], [])
        begun = [one for one in told if not differing([{**one, **STILL_ON}], [{**row, **STILL_ON}])]
        if not begun and not works_on(row, there):
            raise Wrong(f"engagements.jsonl: engagement {row['id']} follows from no event")
        if begun and begun[0]["until"] is not None and row["until"] is None:
            raise Wrong(f"engagements.jsonl: engagement {row['id']} was ended by an event")
    return True


STILL_ON = {"until": None, "end_reason": None}


def works_on(row: Any, there: list[Any]) -> bool:
    """Whether it goes on with what another change had replaced, whose events are not here."""
    same = ("agreement_id", "subprocessor_id", "country", "notice_id")
    return any(one["end_reason"] == "replaced" and all(one[name] == row[name] for name in same) for one in there)


def check_personal(where: str, commitment: Any, personal: Any) -> int:
    """What stands beside an event is what was committed to; 1 where it was erased since."""
    if commitment is None:
        if personal is not None:
            raise Wrong(f"{where}: has a personal part that nothing commits to")
        return 0
    if personal is None:
        return 1
    if sha256(bytes.fromhex(personal["salt"]) + personal["body"].encode("utf-8")) != commitment:
        raise Wrong(f"{where}: its personal part was altered")
    return 0


def check_terms(bundle: Any) -> None:
    """Each version of the terms is the one whose digest Termijn keeps."""
    for one in lines(bundle, "terms.jsonl"):
        if sha256(bundle.read(one["file"])) != one["sha256"]:
            raise Wrong(f"{one['file']}: is not the version that the agreement rests on")


def check_mails(bundle: Any) -> int:
    """Each mail has the digest that is listed; one without a redacted link is the very message that was sent."""
    count = 0
    for one in lines(bundle, "mails.jsonl"):
        if one["file"] is None:
            continue
        count += 1
        digest = sha256(bundle.read(one["file"]))
        if digest != one["sha256"] or (not one["redacted"] and digest != one["sent_sha256"]):
            raise Wrong(f"{one['file']}: is not the message that mails.jsonl lists")
    return count


def check_received(bundle: Any) -> int:
    """What came back has the digest that is listed, is what was received where nothing was redacted, and is what the
    ledger's events name."""
    digests = {one["id"]: one.get("received_sha256") for one in lines(bundle, "inbound.jsonl")}
    count = 0
    for one in lines(bundle, "inbound.jsonl"):
        if one.get("file") is None:
            continue
        count += 1
        digest = sha256(bundle.read(one["file"]))
        if digest != one["sha256"] or (not one["file_redacted"] and digest != one["received_sha256"]):
            raise Wrong(f"{one['file']}: is not the message that inbound.jsonl lists")
    for event in lines(bundle, "events.jsonl"):
        said = json.loads(event["body"]).get("data") or {}
        named = said.get("inbound_id")
        if named in digests and "sha256" in said and said["sha256"] != digests[named]:
            raise Wrong(f"inbound.jsonl, {named}: is not the message that the ledger names")
    return count


def check_publications(bundle: Any) -> None:
    """A page on which a change was published has the digest that is listed, and is what the ledger's event names."""
    digests = {one["id"]: one["sha256"] for one in lines(bundle, "publications.jsonl")}
    for one in lines(bundle, "publications.jsonl"):
        if one["file"] is not None and sha256(bundle.read(one["file"])) != one["sha256"]:
            raise Wrong(f"{one['file']}: is not the page that publications.jsonl lists")
    for event in lines(bundle, "events.jsonl"):
        said = json.loads(event["body"]).get("data") or {}
        named = said.get("file_id")
        if named in digests and said.get("sha256") != digests[named]:
            raise Wrong(f"publications.jsonl, {named}: is not the page that the ledger names")


def check_files(bundle: Any, missing: Any = ()) -> int:
    """What was handed in has the digest that is listed, and every file that an event names as its evidence is listed
    with the digest that the event names."""
    if "files.jsonl" not in bundle.names():
        return 0
    listed = {}
    packed = set()
    for one in lines(bundle, "files.jsonl"):
        listed[one["subject_id"], one["seq"], one["id"]] = one["sha256"]
        if one["file"] is not None and one["file"] not in missing:
            packed.add(one["file"])
            if sha256(bundle.read(one["file"])) != one["sha256"]:
                raise Wrong(f"{one['file']}: is not the file that files.jsonl lists")
    for event in lines(bundle, "events.jsonl"):
        said = json.loads(event["body"]).get("data") or {}
        named = said.get("files")
        for one in named if isinstance(named, list) else []:
            if listed.get((event["subject"], event["seq"], one["id"])) != one["sha256"]:
                raise Wrong(f"files.jsonl, {one['id']}: is not the file that the ledger names")
    return len(packed)


def check_texts(bundle: Any, missing: Any = ()) -> None:
    """The text of an agreement has the digest that is listed, which the events that send and sign it name."""
    if "texts.jsonl" not in bundle.names():
        return
    listed = {one["id"]: one["sha256"] for one in lines(bundle, "texts.jsonl")}
    for one in lines(bundle, "texts.jsonl"):
        if one["file"] not in missing and sha256(bundle.read(one["file"])) != one["sha256"]:
            raise Wrong(f"{one['file']}: is not the text that texts.jsonl lists")
    for event in lines(bundle, "events.jsonl"):
        said = json.loads(event["body"])
        named = (said.get("data") or {}).get("text")
        if said["type"] not in ("agreement.sent", "agreement.signed") or not isinstance(named, dict):
            continue
        if listed.get(named["id"]) != named["sha256"]:
            raise Wrong(f"texts.jsonl, {named['id']}: is not the text that the ledger names")


def check_documents(bundle: Any) -> None:
    """A declaration, and a letter, has the digest that is kept, and the number that its facts give."""
    for one in (*lines(bundle, "documents.jsonl"), *lines(bundle, "letters.jsonl")):
        if one["file"] is None:
            continue
        if sha256(bundle.read(one["file"])) != one["sha256"]:
            raise Wrong(f"{one['file']}: is not the document that was made")
        facts = bundle.read(one["facts"])
        if sha256(facts) != one["number"]:
            raise Wrong(f"{one['facts']}: does not give the number of {one['file']}")


def check_posted(bundle: Any) -> None:
    """A letter of which an event tells is the one that was made."""
    kept = {one["id"]: one["sha256"] for one in lines(bundle, "letters.jsonl")}
    for event in lines(bundle, "events.jsonl"):
        said = json.loads(event["body"]).get("data") or {}
        if "letter_sha256" in said and kept.get(said["letter_id"]) != said["letter_sha256"]:
            raise Wrong(f"letters.jsonl, {said['letter_id']}: is not the letter that the ledger names")


def check_declared(bundle: Any, hashes: dict[Any, str]) -> None:
    """A declaration rests on the event of the ledger that it names."""
    for one in lines(bundle, "documents.jsonl"):
        if one["file"] is None:
            continue
        facts = json.loads(bundle.read(one["facts"]))
        if hashes.get((facts["agreement"], facts["events"])) != facts["head"]:
            raise Wrong(f"{one['facts']}: names an event of the ledger that is not there")


def check_roots(bundle: Any, hashes: dict[Any, str]) -> int:
    """Each event that a daily root covers leads to that root."""
    roots = {(one["processor_id"], one["number"]): one for one in lines(bundle, "roots.jsonl")}
    for one in lines(bundle, "inclusion.jsonl"):
        where = f"inclusion.jsonl, subject {one['subject']}, event {one['seq']}"
        leaf = hashes.get((one["subject"], one["seq"]))
        root = roots.get((one["processor_id"], one["root"]))
        if leaf is None or root is None:
            raise Wrong(f"{where}: names an event or a root that is not here")
        up = hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest()
        for side, beside in one["path"]:
            pair = (bytes.fromhex(beside), up) if side == "left" else (up, bytes.fromhex(beside))
            up = hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest()
        if up.hex() != root["root"]:
            raise Wrong(f"{where}: does not lead to the root of {root['day']}")
    return len(roots)


def check(bundle: Any) -> str:
    """Everything, in this order; a line about what was found. Raises Wrong."""
    manifest = check_manifest(bundle)
    hashes, erased = check_chains(bundle, manifest)
    rows, sealed = check_rows(bundle)
    told = check_engagements(bundle, manifest["about"])
    check_terms(bundle)
    mails = check_mails(bundle)
    received = check_received(bundle)
    check_publications(bundle)
    missing = [one["path"] for one in manifest.get("left_out", [])]
    handed = check_files(bundle, missing)
    check_texts(bundle, missing)
    check_documents(bundle)
    check_posted(bundle)
    check_declared(bundle, hashes)
    roots = check_roots(bundle, hashes)
    if missing:
        raise Wrong(
            f"{', '.join(missing)}: left out when the bundle was made, since the bytes that were kept are not those "
            "that were handed in, or are gone; all else in it holds"
        )
    return (
        f"OK: {manifest['about']['kind']} {manifest['about']['id']}, {len(manifest['files'])} files, "
        f"{len(hashes)} events ({erased} with an erased personal part), {mails} mails, "
        f"{received} received, {handed} handed in, {roots} daily roots; "
        f"{sealed} of {rows} records are those that the events left, "
        f"engagements {'too' if told else 'were not all told by events'}"
    )


def main(given: list[str]) -> int:
    """Run the command line; gives the exit status."""
    path = Path(given[0]) if given else Path(__file__).resolve().parent
    try:
        print(check(Folder(path) if path.is_dir() else Packed(path)))
    except Wrong as wrong:
        print(f"WRONG: {wrong}")
        return 1
    except Exception as error:  # whatever a damaged file makes of the reading, it is an answer and no crash
        print(f"WRONG: the bundle cannot be read: {type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
