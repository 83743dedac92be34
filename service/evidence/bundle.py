"""The bundle of evidence about an agreement or a change: all that is on record, for whoever checks it elsewhere.

It is read from one snapshot and written to a file, so that the database is let go before the first byte is sent, and
before files are read: they may lie in a store. Rows come a few subjects at a time; what is held in memory does not grow
with what they said.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from importlib.resources import files
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from db.queries import sql
from db.session import Connection, transaction
from service.evidence.packing import LeftOut, Packer, ZipEntry
from service.evidence.redact import cover
from service.evidence.shown import root_shown
from service.files.content import TAKEN
from service.files.store import PART, PieceTaker
from workflows.engine.roots import leaves_of
from workflows.errors import Altered, NotFound, Unavailable
from workflows.kinds import WORKFLOWS
from workflows.ledger.merkle import Tree
from workflows.ledger.rows import form_of, in_utc, stored, text_of
from workflows.model.notice import Notice
from workflows.model.parties import Engagement

T = TypeVar("T")
Copy = Callable[[Sequence[UUID], UUID, PieceTaker], Awaitable[None]]
_SHARED_IMPORT: Final = "\nfrom workflows.ledger.engaged import Engaged, differing\n"
_SHARED_FROM: Final = "from collections.abc import Iterable"
_SHARED_AT: Final = "class Wrong(Exception):"
_IN_MEMORY: Final = 1024 * 1024
_FEW: Final = 40
"""Subjects whose rows are read at once."""


async def bundle(
    pool: asyncpg.Pool, processors: Sequence[UUID], subject: UUID, kind: str, out: IO[bytes], copy: Copy
) -> None:
    """Write the bundle about a subject of this kind; the same state gives the same bytes.

    `copy` is `Files.copy`. A file that is not what was handed in is left out, and the manifest says so. Raises
    NotFound, Unavailable where a file was erased meanwhile, and as `copy`, but Altered.
    """
    packer = Packer(out)
    try:
        async with transaction(pool, processors, readonly=True) as connection:
            await connection.execute("set transaction isolation level repeatable read")
            rows = await connection.fetch(sql("evidence_subjects"), list(processors), subject)
            about = next((one for one in rows if one["id"] == subject and one["kind"] == kind), None)
            if about is None:
                raise NotFound(f"There is no {kind} with the id {subject}; look at the list for its id.")
            made = _Bundle(connection, list(processors), subject, rows, packer)
            await made.write()
        await made.pack_files(copy)
    except BaseException:
        packer.give_up()
        raise
    head = about["head"].hex()
    whose = about["processor_id"]
    packer.close(
        {"kind": kind, "id": subject, "processor_id": whose, "version": about["version"], "head": head}, made.left_out
    )


def program() -> bytes:
    """The program that checks a bundle: one file, which carries what it shares with Termijn itself."""
    own = (files("service.evidence") / "verifier.py").read_text(encoding="utf-8")
    shared = (files("workflows.ledger") / "engaged.py").read_text(encoding="utf-8")
    # Without its own first words: the program has some.
    body = shared[shared.index(_SHARED_FROM) :]
    front, there, rest = own.partition(_SHARED_IMPORT)
    if not there:
        raise RuntimeError("the program does not say where the shared part goes")
    return f"{front}{rest}".replace(_SHARED_AT, body.rstrip() + "\n\n\n" + _SHARED_AT, 1).encode()


class _Bundle:
    def __init__(
        self, connection: Connection, processors: list[UUID], subject: UUID, rows: list[Any], packer: Packer
    ) -> None:
        self.connection = connection
        self.processors = processors
        self.subject = subject
        self.rows = rows
        self.ids: list[UUID] = [one["id"] for one in rows]
        self.packer = packer
        self._handed_in: dict[str, Any] = {}
        """Rows of what was handed in, by where each goes in the bundle."""
        self.left_out: list[LeftOut] = []
        self.transactions: set[int] = set()

    async def write(self) -> None:
        folder = files("service.evidence")
        self.packer.add("README.txt", (folder / "README.txt").read_bytes())
        self.packer.add("verify.py", program())
        await self._subjects()
        await self._events()
        await self._terms()
        await self._mails()
        await self._inbound()
        await self._publications()
        await self._files()
        await self._texts()
        await self._rows("links.jsonl", "evidence_links")
        await self._json("deadlines.jsonl", "evidence_deadlines", "deadline")
        await self._engagements()
        await self._documents()
        await self._letters()
        await self._roots()

    async def pack_files(self, copy: Copy) -> None:
        """What people handed in, when all else is written and no transaction is open."""
        for path, row in self._handed_in.items():
            # By way of a file: what is in the archive cannot be taken out of it again.
            with SpooledTemporaryFile(_IN_MEMORY) as room:
                try:
                    await copy(self.processors, row["id"], room)
                except Altered:
                    self.left_out.append(LeftOut(path, row["sha256"].hex()))
                    continue
                room.seek(0)
                with self.packer.entry(path) as out:
                    while piece := room.read(PART):
                        out.write(piece)
            if out.sha256 != row["sha256"].hex():
                raise Unavailable("A file in it was erased while the bundle was made: ask for it again.")

    async def _fetch(self, block: str, ids: Sequence[UUID]) -> list[Any]:
        return list(await self.connection.fetch(sql(block), self.processors, list(ids)))

    async def _subjects(self) -> None:
        """Each subject with its own fields as they are now; answers once more in a file of their own."""
        answers: list[dict[str, Any]] = []
        with self.packer.entry("subjects.jsonl") as out:
            for some in _by(_FEW, self.rows):
                entities = await self._entities(some)
                for row in some:
                    entity, sealed = entities.get(row["id"], (None, None))
                    out.line(
                        {
                            "subject": row["id"],
                            "kind": row["kind"],
                            "parent": row["parent_id"],
                            "state": row["state"],
                            "version": row["version"],
                            "head": row["head"].hex(),
                            "created_at": row["created_at"],
                            "fields": msgspec.Raw(entity) if entity is not None else None,
                            "sealed": sealed,
                        }
                    )
                    if row["kind"] == "notice" and entity is not None:
                        notice = msgspec.json.decode(entity, type=Notice)
                        answers += [
                            {"notice": notice.id, "agreement": notice.agreement_id, **msgspec.to_builtins(one)}
                            for one in notice.answers
                        ]
        with self.packer.entry("answers.jsonl") as out:
            for one in answers:
                out.line(one)

    async def _entities(self, rows: Sequence[Any]) -> dict[UUID, tuple[bytes, str | None]]:
        """The row of each, and what its last event sealed of it."""
        forms = {row["id"]: row["row_form"] for row in rows}
        found: dict[UUID, tuple[bytes, str | None]] = {}
        for kind in sorted({row["kind"] for row in rows} & set(WORKFLOWS)):
            for row in await self._fetch(f"load_{kind}", [one["id"] for one in rows if one["kind"] == kind]):
                # Decoded and encoded again: what the database gives has blanks between its fields.
                plain = stored(WORKFLOWS[kind].table.entity, row["entity"])
                form = form_of(kind, WORKFLOWS[kind].table.entity, forms[row["id"]] or 0)
                text = text_of(form, plain) if form is not None else None
                found[row["id"]] = (msgspec.json.encode(in_utc(plain)), text.decode() if text is not None else None)
        return found

    async def _events(self) -> None:
        with self.packer.entry("events.jsonl") as out:
            for some in _by(_FEW, self.ids):
                for row in await self._fetch("evidence_events", some):
                    self.transactions.add(row["tx"])
                    personal = row["personal"]
                    out.line(
                        {
                            "subject": row["subject_id"],
                            "seq": row["seq"],
                            "id": row["uid"],
                            "place": row["place"],
                            "tx": row["tx"],
                            "body": row["body"],
                            "previous": row["previous"].hex(),
                            "hash": row["hash"].hex(),
                            "personal": {"salt": row["salt"].hex(), "body": personal} if personal is not None else None,
                        }
                    )

    async def _terms(self) -> None:
        rows = {row["id"]: row for some in _by(_FEW, self.ids) for row in await self._fetch("evidence_terms", some)}
        listed = []
        for id, row in sorted(rows.items()):
            # As it was hashed: the database keeps the fields in an order of its own.
            document = msgspec.json.encode(msgspec.json.decode(row["document"]), order="deterministic")
            path = f"terms/{id}.json"
            self.packer.add(path, document)
            listed.append(
                {
                    "id": id,
                    "terms": row["terms"],
                    "version": row["version"],
                    "title": row["title"],
                    "created_at": row["created_at"],
                    "file": path,
                    "sha256": row["digest"].hex(),
                }
            )
        self._list("terms.jsonl", listed)

    async def _mails(self) -> None:
        """Each message as a file; its tokens covered where they are live."""
        listed: dict[UUID, dict[str, Any]] = {}
        for some in _by(_FEW, self.ids):
            for row in await self._fetch("evidence_mails", some):
                if row["id"] not in listed:
                    listed[row["id"]] = await self._mail(row)
        self._list("mails.jsonl", [listed[id] for id in sorted(listed)])

    async def _mail(self, row: Any) -> dict[str, Any]:
        shown: dict[str, Any] = {name: row[name] for name in _MAIL} | {
            "attempts": msgspec.Raw(row["attempts"].encode())
        }
        if row["content"] is None:
            return {**shown, "file": None, "sha256": None, "sent_sha256": None, "redacted": 0}
        plain, hidden = await cover(self.connection, self.processors, row["content"])
        path = f"mails/{row['id']}.eml"
        digest = self.packer.add(path, plain)
        return {**shown, "file": path, "sha256": digest, "sent_sha256": _sha256(row["content"]), "redacted": hidden}

    async def _inbound(self) -> None:
        """What came back, as it was received; it may quote a link."""
        found: dict[UUID, dict[str, Any]] = {}
        for some in _by(_FEW, self.ids):
            for row in await self._fetch("evidence_inbound", some):
                if row["id"] not in found:
                    found[row["id"]] = await self._came_back(row)
        self._list("inbound.jsonl", [found[id] for id in sorted(found)])

    async def _came_back(self, row: Any) -> dict[str, Any]:
        plain, hidden = await cover(self.connection, self.processors, row["content"].encode())
        shown = {name: row[name] for name in _INBOUND} | {
            "attachments": msgspec.Raw(row["attachments"].encode()),
            "content": plain.decode(),
            "content_sha256": _sha256(row["content"].encode()),
            "redacted": hidden,
            "received_sha256": row["sha256"].hex() if row["sha256"] is not None else None,
        }
        received = await self.connection.fetchval(sql("received_content"), self.processors, row["id"])
        if received is None:
            return {**shown, "file": None, "sha256": None, "file_redacted": 0}
        copy, hidden = await cover(self.connection, self.processors, received)
        path = f"inbound/{row['id']}{_ENDINGS.get(row['file_type'], '.bin')}"
        return {**shown, "file": path, "sha256": self.packer.add(path, copy), "file_redacted": hidden}

    async def _publications(self) -> None:
        """The pages on which a change was published, byte for byte: anybody could read them."""
        listed = []
        for some in _by(_FEW, self.ids):
            for row in await self._fetch("evidence_publications", some):
                shown = {name: row[name] for name in _PUBLICATION} | {"sha256": row["sha256"].hex()}
                if row["content"] is None:
                    listed.append({**shown, "file": None})
                    continue
                path = f"publications/{row['id']}{_ENDINGS.get(row['type'], '.bin')}"
                self.packer.add(path, row["content"])
                listed.append({**shown, "file": path})
        self._list("publications.jsonl", listed)

    async def _files(self) -> None:
        """What people handed in as evidence, byte for byte; a mail that came in stands in `inbound/`."""
        listed = []
        for some in _by(_FEW, self.ids):
            for row in await self._fetch("evidence_files", some):
                shown = {name: row[name] for name in _FILE} | {"sha256": row["sha256"].hex()}
                path = f"files/{row['id']}{_ENDINGS.get(row['type'], '.bin')}"
                if row["origin"] != "upload" or row["erased_at"] is not None:
                    listed.append({**shown, "file": None})
                    continue
                self._handed_in[path] = row
                listed.append({**shown, "file": path})
        self._list("files.jsonl", listed)

    async def _texts(self) -> None:
        """The texts of agreements that were sent and signed."""
        rows = {row["id"]: row for some in _by(_FEW, self.ids) for row in await self._fetch("evidence_texts", some)}
        listed = []
        for id, row in sorted(rows.items()):
            path = f"texts/{id}{_ENDINGS.get(row['type'], '.bin')}"
            self._handed_in[path] = row
            listed.append({name: row[name] for name in _TEXT} | {"sha256": row["sha256"].hex(), "file": path})
        self._list("texts.jsonl", listed)

    async def _rows(self, path: str, block: str) -> None:
        with self.packer.entry(path) as out:
            for some in _by(_FEW, self.ids):
                for row in await self._fetch(block, some):
                    out.line(dict(row))

    async def _json(self, path: str, block: str, column: str) -> None:
        with self.packer.entry(path) as out:
            for some in _by(_FEW, self.ids):
                for row in await self._fetch(block, some):
                    out.line(msgspec.json.decode(row[column]))

    async def _engagements(self) -> None:
        rows = await self.connection.fetch(sql("evidence_engagements"), self.processors, self.subject)
        self._list(
            "engagements.jsonl",
            [{**in_utc(stored(Engagement, row["engagement"])), "subprocessor": row["subprocessor"]} for row in rows],
        )

    async def _documents(self) -> None:
        self._list("documents.jsonl", await self._printed("evidence_documents", _DOCUMENT, "documents"))

    async def _letters(self) -> None:
        """Letters that were made for the post; events say which were posted."""
        self._list("letters.jsonl", await self._printed("evidence_letters", _LETTER, "letters"))

    async def _printed(self, block: str, columns: Sequence[str], folder: str) -> list[dict[str, Any]]:
        """PDFs with what each was made from, put into a folder, as they are listed: one that was erased has none."""
        listed = []
        for some in _by(_FEW, self.ids):
            for row in await self._fetch(block, some):
                shown = {name: row[name] for name in columns} | {"sha256": row["sha256"].hex()}
                path, facts = f"{folder}/{row['id']}.pdf", f"{folder}/{row['id']}.json"
                if row["content"] is None:
                    listed.append({**shown, "file": None, "facts": None})
                    continue
                self.packer.add(path, row["content"])
                self.packer.add(facts, row["facts"].encode())
                listed.append({**shown, "file": path, "facts": facts})
        return listed

    async def _roots(self) -> None:
        """The daily roots over these events, and the way from each event to its root."""
        await self.connection.execute(sql("with_bitmaps"))
        rows = await self.connection.fetch(sql("roots_over"), self.processors, sorted(self.transactions))
        self._list("roots.jsonl", [root_shown(row) for row in rows])
        with self.packer.entry("inclusion.jsonl") as out:
            for row in rows:
                await self._inclusion(row, out)

    async def _inclusion(self, root: Any, out: ZipEntry) -> None:
        span = (root["processor_id"], root["from_tx"], root["to_tx"])
        tree = Tree(await leaves_of(self.connection, *span))
        for some in _by(1000, self.ids):
            for row in await self.connection.fetch(sql("places_between"), *span, some):
                out.line(
                    {
                        "subject": row["subject_id"],
                        "seq": row["seq"],
                        "processor_id": root["processor_id"],
                        "root": root["number"],
                        "place": row["place"],
                        "path": tree.path(row["place"]),
                    }
                )

    def _list(self, path: str, rows: Sequence[Any]) -> None:
        with self.packer.entry(path) as out:
            for row in rows:
                out.line(row)


_MAIL: Final = (
    "id", "subject_id", "customer_id", "contact_id", "kind", "address", "language", "counts", "state", "message_id",
    "subject", "dated_at", "created_at", "tries", "carried_by",
)  # fmt: skip
_INBOUND: Final = (
    "id", "subject_id", "message_id", "contact_id", "kind", "sender", "subject_line", "external_id", "received_at",
    "recorded_at", "outcome", "automatic", "held", "classified_at", "classified_as", "classified_by",
)  # fmt: skip
_PUBLICATION: Final = ("id", "subject_id", "revision", "at", "url", "name", "type", "made_at")
_TEXT: Final = ("id", "name", "type", "size", "made_at", "made_by")
_FILE: Final = (
    "id", "subject_id", "seq", "name", "type", "size", "origin", "made_at", "made_by", "erased_at", "removed_at",
)  # fmt: skip
_ENDINGS: Final = {
    **{one.media: f".{one.endings[0]}" for one in TAKEN},
    "message/rfc822": ".eml",
    "application/json": ".json",
    "application/pdf": ".pdf",
    "text/html": ".html",
    "text/plain": ".txt",
}
_LETTER: Final = (
    "id", "subject_id", "kind", "contact_id", "language", "number", "made_at", "made_by", "erased_at",
)  # fmt: skip
_DOCUMENT: Final = ("id", "subject_id", "kind", "language", "number", "made_at", "erased_at")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _by(count: int, things: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(things), count):
        yield things[at : at + count]
