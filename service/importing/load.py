"""A whole file into the database: read, checked, compared and written in one transaction, or not at all."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import Connection, transaction, try_lock
from service.importing.cells import Cells
from service.importing.findings import Findings
from service.importing.headings import Mapping, columns_of, is_known, plain
from service.importing.known import Known, KnownCustomer, compare_agreement, compare_customer, goes_on, read_known
from service.importing.records import LATEST, AgreementRecord, Books, CustomerRecord, Reader
from service.importing.sheet import Sheet, decode, read_sheet
from workflows.agreement import AGREEMENT
from workflows.agreement_data import AgreementContext
from workflows.agreement_import import Imported
from workflows.engine import Engine, New, begin
from workflows.entities import Agreement, Customer, Processor, Subprocessor
from workflows.errors import BadInput, Conflict, Refused
from workflows.ids import new_id
from workflows.intake.agreements import find_terms, registered, subprocessors_by_name
from workflows.step import Command
from workflows.writes import Writes

ACTOR: Final = "import"
BATCH: Final = 500
"""Customers, with their agreements, written at once."""
_COLUMN_OF_GUARD: Final = {
    "contacts_given": "contact_1_email",
    "facts_given": "facts",
    "has_contract": "reference",
    "entered_by_now": "in_force_since",
    "no_period_before_entry": "state",
}

Progress = Callable[[Literal["check", "load"], int, int], None]
"""Told of each step: what is done, how many of how many."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be loaded: the file's bytes, the terms of its agreements, and how it is to be read."""

    raw: bytes
    terms: str
    mapping: Mapping = Mapping()
    ignore: tuple[str, ...] = ()
    encoding: str | None = None
    separator: str | None = None
    dry_run: bool = False


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with what the file adds to it."""

    customer: Customer
    record: CustomerRecord
    is_new: bool
    agreements: tuple[AgreementRecord, ...]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was loaded, or would be: numbers of customers, and of agreements by their state in the file."""

    customers: int
    agreements: dict[str, int]
    there_already: int
    """Agreements that were on record as the file has them, and customers of which it adds nothing."""
    repeated: int
    unbound: tuple[str, ...]
    """Engaged subprocessors of which no date is known on which they were bound (P21)."""


async def load_file(
    pool: asyncpg.Pool, engine: Engine, processor: UUID, wish: Wish, progress: Progress = lambda *_: None
) -> Done:
    """Load a file into one processor's records; the commit is the last thing that happens.

    Raises BadInput with every line that is wrong, Conflict while another import of this processor runs.
    """
    sheet = read_sheet(decode(wish.raw, wish.encoding), lambda one: _known(one, wish), wish.separator)
    empty = frozenset(
        index for index in range(len(sheet.heading.cells)) if not any(row.cells[index].strip() for row in sheet.rows)
    )
    columns = columns_of(sheet.heading, wish.mapping, wish.ignore, empty)
    findings = Findings(columns.headings)
    findings.wrong += sheet.wrong
    rows = [Cells(row, columns, wish.mapping, findings) for row in sheet.rows]
    async with transaction(pool, [processor], readonly=wish.dry_run) as connection:
        if not wish.dry_run and not await try_lock(connection, f"import {processor}"):
            raise Conflict("Another import for this processor is under way: wait until it has ended.")
        books = await _books(connection, engine, processor, wish, rows)
        reader = Reader(columns, findings, books)
        for number, cells in enumerate(rows):
            progress("check", number, len(rows))
            reader.take(cells)
        known = await read_known(connection, processor, reader.customers)
        by_name = await subprocessors_by_name(connection, processor)
        units = [one async for one in _units(connection, reader, known, by_name, books, findings)]
        progress("check", len(rows), len(rows))
        _check_steps(units, books, findings)
        findings.done()
        unbound: tuple[str, ...] = ()
        if not wish.dry_run:
            writer = _Writer(connection, engine, books, wish)
            unbound = await writer.write(units, progress)
    return _done(sheet, reader, units, unbound)


def _known(heading: str, wish: Wish) -> bool:
    return is_known(heading) or plain(heading) in wish.mapping.columns


async def _books(connection: Connection, engine: Engine, processor: UUID, wish: Wish, rows: list[Cells]) -> Books:
    text = await connection.fetchval(sql("one_processor"), [processor], processor)
    terms = {LATEST: await find_terms(connection, engine, processor, wish.terms)}
    for version in {cells.peek("terms_version") for cells in rows} - {None}:
        assert version is not None
        try:
            terms[version] = await find_terms(connection, engine, processor, wish.terms, version)
        except BadInput:
            continue  # told at each row that names it
    names = [name for row in await connection.fetch(sql("subprocessor_names"), [processor])
             for name in (row["name"], *row["aliases"])]  # fmt: skip
    return Books(
        processor=msgspec.json.decode(text, type=Processor),
        terms=terms,
        subprocessors=frozenset(names),
        now=await clock.now(connection),
    )


async def _units(
    connection: Connection,
    reader: Reader,
    known: Known,
    by_name: dict[str, UUID],
    books: Books,
    findings: Findings,
) -> Any:
    """Each customer with the agreements that are new; what is on record already has to say the same."""
    wrong = {one.line for one in findings.wrong}
    agreements: dict[UUID, list[AgreementRecord]] = {}
    for (customer, _), agreement in reader.agreements.items():
        agreements.setdefault(customer, []).append(agreement)
    for record in reader.customers:
        mine = agreements.get(record.id, [])
        there = known.customer(record, findings)
        if there is None:
            if record.line not in wrong:
                yield Unit(
                    customer=record.entity(books.processor.id), record=record, is_new=True, agreements=tuple(mine)
                )
            continue
        compare_customer(record, there, findings)
        new = [one for one in mine if not _on_record(one, there, known, by_name, findings)]
        customer = await goes_on(connection, there.now)
        yield Unit(customer=customer, record=record, is_new=False, agreements=tuple(new))


def _on_record(
    record: AgreementRecord, customer: KnownCustomer, known: Known, by_name: dict[str, UUID], findings: Findings
) -> bool:
    found = known.agreement(customer.now.id, record.contract.reference)
    if found is None and customer.now.merged_into is not None:
        found = known.agreement(customer.now.merged_into, record.contract.reference)
    if found is None:
        return False
    compare_agreement(record, found, by_name, findings)
    return True


def _check_steps(units: list[Unit], books: Books, findings: Findings) -> None:
    """Ask the agreement's own table whether each may stand where the file says."""
    for unit in units:
        for record in unit.agreements:
            entity = _agreement(record, unit.customer, ())
            command = _command(entity, record, books)
            if command is None:
                continue
            context = AgreementContext(customer=unit.customer, processor=books.processor, terms=record.terms.terms)
            try:
                AGREEMENT.step(entity.id, entity.processor_id, AGREEMENT.table.initial, entity, context, command)
            except Refused as refused:
                findings.add(record.line, _COLUMN_OF_GUARD.get(refused.guard, ""), refused.detail.rstrip("."))


def _agreement(record: AgreementRecord, customer: Customer, subprocessors: tuple[UUID, ...]) -> Agreement:
    return Agreement(
        id=new_id(),
        processor_id=customer.processor_id,
        customer_id=customer.id,
        terms=record.terms.terms.id,
        terms_version=record.terms.version,
        terms_version_id=record.terms.id,
        main_contracts=(record.contract,),
        services=record.services,
        subprocessors=subprocessors,
        facts=record.facts,
        signatures=record.signatures,
    )


def _command(entity: Agreement, record: AgreementRecord, books: Books) -> Command | None:
    """What brings a draft to where the file says it stands; None where it is still one."""
    match record.stand:
        case "draft":
            return None
        case "notified":
            data = Imported(stands="sent")
        case "active" | "terminated":
            data = Imported(stands="in_force", in_force_since=record.in_force_since)
    return Command(subject=entity.id, trigger="import", at=books.now, now=books.now, actor=ACTOR, data=data)


class _Writer:
    """Writes units in batches, within the caller's transaction."""

    def __init__(self, connection: Connection, engine: Engine, books: Books, wish: Wish) -> None:
        self._connection = connection
        self._engine = engine
        self._books = books
        self._digest = hashlib.sha256(wish.raw).hexdigest()
        self._register: dict[UUID, tuple[UUID, ...]] = {}
        self._by_name: dict[str, UUID] = {}
        self._subprocessors: dict[UUID, Subprocessor] = {}
        self._unbound: set[UUID] = set()

    async def write(self, units: list[Unit], progress: Progress) -> tuple[str, ...]:
        """Write them all; the names of the engaged subprocessors that are not bound (P21)."""
        await self._read_subprocessors(units)
        for number, batch in _batches(units):
            progress("load", number, len(units))
            writes = Writes(self._books.now)
            for unit in batch:
                self._customer(writes, unit)
                for record in unit.agreements:
                    self._agreement(writes, unit, record)
            await writes.flush(self._connection)
        progress("load", len(units), len(units))
        return tuple(sorted(self._subprocessors[one].name for one in self._unbound))

    async def _read_subprocessors(self, units: list[Unit]) -> None:
        """Those on record, and those of the terms' registers, which are made where they are missing (P15)."""
        processor, now = self._books.processor.id, self._books.now
        self._by_name = await subprocessors_by_name(self._connection, processor)
        for record in (one for unit in units for one in unit.agreements):
            pinned = record.terms
            listed = record.subprocessors
            if pinned.id not in self._register and (listed is None or not set(listed) <= set(self._by_name)):
                self._register[pinned.id] = await registered(
                    self._connection, self._engine, processor, pinned.terms, ACTOR, now, now
                )
                self._by_name = await subprocessors_by_name(self._connection, processor)
        rows = await self._connection.fetch(sql("import_subprocessors"), processor)
        found = [msgspec.json.decode(row[0], type=Subprocessor) for row in rows]
        self._subprocessors = {one.id: one for one in found}

    def _customer(self, writes: Writes, unit: Unit) -> None:
        if not unit.is_new:
            return
        said: dict[str, Any] = msgspec.to_builtins(unit.customer)
        contacts = said.pop("contacts")
        said["imported"] = {"file_sha256": self._digest, "line": unit.record.line}
        if unit.record.external is not None:
            said["imported"]["key"] = unit.record.external
        personal = {"contacts": contacts} if contacts else {}
        new = New(kind="customer", entity=unit.customer, data=said, personal=personal)
        begin(writes, new, actor=ACTOR, at=self._books.now)

    def _agreement(self, writes: Writes, unit: Unit, record: AgreementRecord) -> None:
        if record.subprocessors is None:
            listed = self._register[record.terms.id]
        else:
            listed = tuple(dict.fromkeys(self._by_name[name] for name in record.subprocessors))
        entity = _agreement(record, unit.customer, listed)
        said = {
            "customer_id": entity.customer_id,
            "terms": f"{entity.terms} {entity.terms_version}",
            "main_contract": record.contract,
            "services": entity.services,
            "subprocessors": entity.subprocessors,
            "facts": entity.facts,
            "imported": {
                "file_sha256": self._digest,
                "line": record.line,
                "state": record.stand,
                "in_force_since": record.in_force_since,
                "signatures": record.signatures,
            },
        }
        begin(writes, New(kind="agreement", entity=entity, data=said), actor=ACTOR, at=self._books.now)
        command = _command(entity, record, self._books)
        if command is None:
            return
        context = AgreementContext(
            customer=unit.customer,
            processor=self._books.processor,
            terms=record.terms.terms,
            subprocessors=tuple(self._subprocessors[one] for one in listed),
        )
        self._unbound.update(one for one in listed if self._subprocessors[one].bound_on is None)
        self._engine.take(writes, writes.subjects[entity.id], {entity.id: (entity, context)}, command)


def _batches(units: list[Unit]) -> Iterator[tuple[int, list[Unit]]]:
    for start in range(0, len(units), BATCH):
        yield start, units[start : start + BATCH]


def _done(sheet: Sheet, reader: Reader, units: list[Unit], unbound: tuple[str, ...]) -> Done:
    states: dict[str, int] = {}
    for record in (one for unit in units for one in unit.agreements):
        states[record.stand] = states.get(record.stand, 0) + 1
    return Done(
        customers=sum(unit.is_new for unit in units),
        agreements=states,
        there_already=len(reader.agreements) - sum(states.values()),
        repeated=reader.repeated,
        unbound=unbound,
    )
