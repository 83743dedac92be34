"""The record of an agreement's signatures, as a PDF: who signed which text, when and by which way.

It is made once, when both parties have signed, from facts that are kept beside it: their SHA-256 is its number. The
text that they signed and the facts are embedded in it as files, byte for byte, so that it says all by itself.
"""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
import typst

from db import clock
from db.queries import sql
from db.session import Connection, transaction
from service.certificate.facts import Party, number_of
from service.certificate.render_pdf import fonts
from service.certificate.saying import CATALOGUE
from service.certificate.sealing import Seal, SealAway
from service.certificate.store import Document, DocumentRounds
from service.certificate.wording import Shown, in_any_font, in_own_font, printable
from service.files.store import Files
from service.wording import moment, say_country
from workflows.agreement.guards import signed_by_all
from workflows.agreement.table import AGREEMENT
from workflows.engine.engine import Engine
from workflows.errors import NotFound, Refused, Unavailable
from workflows.ids import new_id
from workflows.model.agreement import Agreement
from workflows.model.parties import Channel, Customer, Processor
from workflows.words import Language

SIGNED: Final = "signed"
FORM: Final = 1
"""Which facts there are; raised when that changes."""


class SignerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A signature with the event of the ledger that holds it. Who signed is empty where nobody said."""

    party: str
    at: datetime
    name: str
    function: str
    channel: Channel | None
    text_sha256: str | None
    event: int
    hash: str


class SignedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the record says. `events` and `head` are the number and the hash of the last signature's event."""

    form: int = FORM
    agreement: UUID
    language: Language
    zone: str
    processor: Party
    customer: Party
    terms_title: str
    terms_version: str
    terms_sha256: str
    contracts: tuple[str, ...]
    text_name: str
    signatures: tuple[SignerFacts, ...]
    events: int
    head: str


class Enclosed(msgspec.Struct, frozen=True):
    """A file within the record: its name there, the type of its content, what it is, and its bytes."""

    name: str
    type: str
    about: str
    content: bytes


class _TextKept(msgspec.Struct, frozen=True):
    """A text that was signed, as its row says it."""

    id: UUID
    name: str
    type: str
    sha256: bytes


class _Source(NamedTuple):
    """What a record is made from, with whose it is."""

    processor: UUID
    customer: UUID
    facts: SignedFacts
    texts: tuple[_TextKept, ...]


class _TextSigned(msgspec.Struct, frozen=True):
    id: UUID


class _SignerSaid(msgspec.Struct, frozen=True):
    """What an event and the personal part beside it say of a signature."""

    party: str = ""
    name: str = ""
    function: str = ""
    text: _TextSigned | None = None


class _SignedBody(msgspec.Struct, frozen=True):
    data: _SignerSaid = _SignerSaid()
    personal_sha256: str | None = None


async def signed_record(
    pool: asyncpg.Pool,
    engine: Engine,
    seal: Seal | None,
    processors: Sequence[UUID],
    agreement: UUID,
    role: str = "admin",
    *,
    files: Files,
) -> Document:
    """The record of an agreement that both parties signed, made and sealed where there is none yet.

    No transaction is open while the texts are read and it is sealed: a store and a stamp may take long. What was erased
    or changed by then is kept of nothing, and of two that are made at once the first is kept.
    Raises NotFound for an unknown agreement and one whose signers were erased, Refused where a signature is missing,
    SealAway where it cannot be sealed, Unavailable where something changed meanwhile, and as `Files.copy`.
    """
    async with transaction(pool, processors, readonly=True) as connection:
        if (found := await _kept(connection, processors, agreement)) is not None:
            return found
        source = await _facts(connection, engine, processors, agreement, role)
    owner, _, facts, texts = source
    texts_signed = [await _embedded(files, processors, one, facts.language) for one in texts]
    said = msgspec.json.encode(facts, order="deterministic")
    number = number_of(said)
    enclosed = {one.name: one for one in texts_signed}  # two texts of the same bytes are one
    content = await asyncio.to_thread(press_signed, facts, number, list(enclosed.values()))
    if seal is not None:
        words = CATALOGUE.in_language(facts.language)
        name = words("signed.seal", processor=facts.processor.name)
        content = await seal.put_on(content, name=name, reason=words("signed.title"))
    async with transaction(pool, processors) as connection:
        # Whoever erases holds the customer: it waits for this, or this for it.
        await connection.execute(sql("share_parents"), list(processors), [source.customer])
        if await _facts(connection, engine, processors, agreement, role) != source:
            raise Unavailable("What the record of the signatures is made from changed meanwhile: ask for it again.")
        await connection.execute(
            sql("insert_document"), new_id(), owner, agreement, SIGNED, facts.language, number, said.decode(), content,
            hashlib.sha256(content).digest(), await clock.now(connection),
        )  # fmt: skip
        made = await _kept(connection, processors, agreement)
    assert made is not None
    return made


class Recorder(DocumentRounds):
    """Makes and seals what records are missing, so that none waits for whoever asks for it first."""

    def __init__(self, pool: asyncpg.Pool, engine: Engine, seal: Seal, files: Files, at_once: int = 20) -> None:
        super().__init__(pool, "unrecorded", "the record of signatures", at_once)
        self._engine = engine
        self._seal = seal
        self._files = files

    async def look(self) -> int:
        """As for all; while nothing can be sealed, the round is over: a metric counts what waits."""
        try:
            return await super().look()
        except SealAway:
            return 0

    async def make(self, processor: UUID, agreement: UUID) -> None:
        await signed_record(self._pool, self._engine, self._seal, [processor], agreement, files=self._files)


async def _kept(connection: Connection, processors: Sequence[UUID], agreement: UUID) -> Document | None:
    row = await connection.fetchrow(sql("read_document"), list(processors), agreement, SIGNED)
    return Document(**row) if row is not None else None


async def _facts(
    connection: Connection, engine: Engine, processors: Sequence[UUID], agreement: UUID, role: str
) -> _Source:
    row = await connection.fetchrow(sql("signed_source"), list(processors), agreement)
    if row is None:
        raise NotFound(f"There is no agreement with the id {agreement}; look at /api/v1/agreements for its id.")
    held = msgspec.json.decode(row["agreement"], type=Agreement)
    if signed_by_all(held.signatures) is None:
        known = await engine.surroundings(connection, AGREEMENT.name, [row["processor_id"]], [agreement])
        raise Refused(
            "A record of the signatures is made once both parties have signed.",
            state=row["state"],
            actions=AGREEMENT.offered(row["state"], held, known[agreement][1], role=role),
            guard="signed_by_all",
        )
    customer = msgspec.json.decode(row["customer"], type=Customer)
    processor = msgspec.json.decode(row["processor"], type=Processor)
    terms = (await engine.terms(connection, [held.terms_version_id]))[held.terms_version_id]
    events = await connection.fetch(sql("signed_events"), list(processors), agreement)
    if any(one["personal"] is None and _commits(one) for one in events):
        raise NotFound(
            "No record of the signatures was made before who signed was erased with the customer's other data; the "
            "events of the agreement say when it was signed."
        )
    last = {_of(one).party: one for one in events}
    signatures = tuple(
        SignerFacts(
            party=one.party,
            at=one.at,
            name=_beside(last.get(one.party)).name,
            function=_beside(last.get(one.party)).function,
            channel=one.channel,
            text_sha256=one.text_sha256,
            event=last[one.party]["seq"] if one.party in last else 0,
            hash=last[one.party]["hash"].hex() if one.party in last else "",
        )
        for one in sorted(held.signatures, key=lambda one: one.at)
    )
    texts = dict.fromkeys(said.text.id for one in last.values() if (said := _of(one)).text is not None)
    kept = [await connection.fetchrow(sql("read_file"), list(processors), one) for one in texts]
    return _Source(
        row["processor_id"],
        customer.id,
        SignedFacts(
            agreement=agreement,
            language=customer.language,
            zone=terms.zone,
            processor=Party(processor.name, processor.country),
            customer=Party(customer.name, customer.country),
            terms_title=terms.title,
            terms_version=held.terms_version,
            terms_sha256=row["digest"].hex(),
            contracts=tuple(one.reference for one in held.main_contracts),
            text_name=row["text_name"] or "",
            signatures=signatures,
            events=row["seq"],
            head=row["hash"].hex(),
        ),
        tuple(
            _TextKept(one["id"], one["name"], one["type"], one["sha256"])
            for one in kept
            if one is not None and one["erased_at"] is None
        ),
    )


async def _embedded(files: Files, processors: Sequence[UUID], text: _TextKept, language: Language) -> Enclosed:
    """A text that was signed, as it was handed in."""
    content = io.BytesIO()
    await files.copy(processors, text.id, content)
    about = CATALOGUE.in_language(language)("signed.embedded")
    return Enclosed(f"{text.sha256.hex()[:16]}{PurePath(text.name).suffix}", text.type, about, content.getvalue())


def _of(row: Any) -> _SignerSaid:
    return msgspec.json.decode(row["body"], type=_SignedBody).data


def _commits(row: Any) -> bool:
    """Whether the event has a personal part, there or erased."""
    return msgspec.json.decode(row["body"], type=_SignedBody).personal_sha256 is not None


def _beside(row: Any) -> _SignerSaid:
    return (
        msgspec.json.decode(row["personal"], type=_SignerSaid) if row is not None and row["personal"] else _SignerSaid()
    )


def press_signed(facts: SignedFacts, number: str, texts: Sequence[Enclosed] = ()) -> bytes:
    """The record as PDF/A-3a (ISO 19005-3) and PDF/UA-1, the same bytes for the same facts and texts.

    Takes some milliseconds of CPU; with a text of 25 MiB some seconds, and a few times its size in memory.
    """
    record = msgspec.json.encode(facts, order="deterministic")
    about = CATALOGUE.in_language(facts.language)("signed.embedded_facts")
    embedded = (*texts, Enclosed("signatures.json", "application/json", about, record))
    named = [{"name": one.name, "type": one.type, "about": one.about} for one in embedded]

    def made(shown: Shown, folder: Path) -> bytes:
        values = {**_values(facts, number, shown, carries=bool(texts)), "embedded": named}
        return typst.compile(
            folder / "main.typ",
            root=folder,
            format="pdf",
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs={"values": msgspec.json.encode(values).decode()},
            pdf_standards=["a-3a", "ua-1"],
            timestamp=int(max(one.at for one in facts.signatures).timestamp()),
        )

    with TemporaryDirectory(prefix="termijn-") as given:  # typst takes no bytes but a source's from memory
        folder = Path(given)
        (folder / "main.typ").write_bytes(_source())
        for one in embedded:
            (folder / one.name).write_bytes(one.content)
        try:
            return made(in_any_font, folder)
        except typst.TypstError:
            return made(in_own_font, folder)  # as for the declaration


def _values(facts: SignedFacts, number: str, shown: Shown, *, carries: bool) -> dict[str, Any]:
    said = CATALOGUE.in_language(facts.language)

    def text(given: str) -> str:
        return printable(given, shown)

    def at(instant: datetime) -> str:
        found = moment(instant, facts.zone, facts.language)
        return f"{found.short}, {found.time} ({text(found.place)})"

    def party(of: Party) -> str:
        return text(f"{of.name}, {say_country(of.country, facts.language)}")

    last = max(one.at for one in facts.signatures)
    parties = {"processor": facts.processor.name, "controller": facts.customer.name}
    return {
        "lang": facts.language,
        "title": said("signed.title"),
        "about": said("signed.about", customer=text(facts.customer.name)),
        "author": text(facts.processor.name),
        "short": f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:16]}".upper(),
        "number": said("head.number"),
        "page": said.text("head.page"),
        "sentence": said("signed.sentence"),
        "about_heading": said("about.heading"),
        "facts": [
            [said("about.processor"), party(facts.processor)],
            [said("about.customer"), party(facts.customer)],
            [said("about.agreement"), text(f"{facts.terms_title}, {facts.terms_version}")],
            [said("about.contract"), text(", ".join(facts.contracts))],
            [said("signed.file"), text(facts.text_name)],
        ],
        "signatures_heading": said("signed.heading"),
        "signatures": [
            {
                "party": text(parties[one.party]),
                "facts": [
                    [said("signed.name"), text(one.name) or said("signed.unsaid")],
                    [said("signed.function"), text(one.function) or said("signed.unsaid")],
                    [said("signed.at"), at(one.at)],
                    [said("signed.channel"), said(f"signed.channel_{one.channel}" if one.channel else "signed.unsaid")],
                ],
                "text": one.text_sha256 or "",
                "hash": one.hash,
            }
            for one in facts.signatures
        ],
        "text_label": said("signed.text"),
        "event_label": said("signed.event"),
        "rules_label": said("signed.rules"),
        "rules": facts.terms_sha256,
        "number_label": said("issued.number"),
        "whole": number,
        "carries": said("signed.carries") if carries else "",
        "check": said("signed.check"),
        "at": [last.year, last.month, last.day],
    }


@cache
def _source() -> bytes:
    return (resources.files("service.certificate") / "templates" / "signed.typ").read_bytes()
