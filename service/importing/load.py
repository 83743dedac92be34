"""A whole file into the database: read, checked, compared and written in one transaction, or not at all."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import Connection, transaction, try_lock
from service.importing.cells import Cells
from service.importing.comparing import CALLED, Left, is_numbered
from service.importing.decoding import decode, sample_of
from service.importing.findings import Findings
from service.importing.headings import Mapping, columns_of, is_known, plain
from service.importing.known import Known, KnownAgreement, KnownCustomer, goes_on, read_known
from service.importing.records import LATEST, AgreementRecord, Books, RowReader
from service.importing.sheet import Sheet, read_sheet
from service.importing.updating import (
    Update,
    carry_out,
    check_updates,
    update_of_agreement,
    update_of_customer,
)
from service.importing.workbook import is_workbook, read_workbook
from service.importing.writing import ACTOR, ImportUnit, Progress, Writer, import_command, new_agreement
from workflows.agreement.table import AGREEMENT
from workflows.engine.engine import Engine
from workflows.errors import BadInput, Conflict, Refused
from workflows.intake.agreements import find_terms, subprocessors_by_name
from workflows.model.agreement import AgreementContext
from workflows.model.parties import Processor
from workflows.names import name_key, written_key

_TOLD_EVERY: Final = 100
"""Rows between two steps of progress."""
_COLUMN_OF_GUARD: Final = {
    "contacts_given": "contact_1_email",
    "facts_given": "facts",
    "has_contract": "reference",
    "no_period_before_entry": "state",
}


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be loaded: the file's bytes, the terms of its agreements, and how it is to be read."""

    raw: bytes
    terms: str
    mapping: Mapping = Mapping()
    ignore: tuple[str, ...] = ()
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    """Which sheet of a workbook."""
    dry_run: bool = False
    update: bool = False
    """What is on record under its number is changed where the file says otherwise."""
    actor: str = ACTOR
    """Whom the events name."""


class FieldDone(msgspec.Struct, frozen=True, kw_only=True):
    """A field in which a row says otherwise than the record; null where a side says nothing. `left` says why it stayed,
    and is null where it was changed."""

    field: str
    was: str | None
    now: str | None
    left: Left | None


class RowDone(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a row: it added something (`new`), said otherwise than the record that has its number
    (`changed`), or said what is on record or in a row before (`same`)."""

    line: int
    """The row's line in the file, or its number in the sheet."""
    outcome: Literal["new", "same", "changed"]
    """Whether it added something, or says otherwise."""
    fields: tuple[FieldDone, ...] = ()
    """In what it says otherwise, whether that was changed or left."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was loaded, or would be: numbers of customers, and of agreements by their state in the file."""

    customers: int
    agreements: dict[str, int]
    there_already: int
    """Agreements that were on record as the file has them, and customers of which it adds nothing."""
    repeated: int
    unbound: tuple[str, ...]
    """Engaged subprocessors of which no date is known on which they were bound (P21)."""
    changed: int = 0
    """Rows that say otherwise than the record."""
    endless: dict[str, int] = {}
    """What was read as "no end", and how often."""
    rows: tuple[RowDone, ...] = ()
    sample: str = ""
    """A word with a letter outside ASCII, of a file that was taken for Windows-1252; empty for any other."""


async def load_file(
    pool: asyncpg.Pool, engine: Engine, processor: UUID, wish: ImportOptions, progress: Progress = lambda *_: None
) -> Done:
    """Load a file into one processor's records; the commit is the last thing that happens.

    Raises BadInput with every line that is wrong, Conflict while another import of this processor runs, or where what
    a line is about was changed while the file was loaded.
    """
    sheet = _sheet(wish)
    empty = frozenset(
        index for index in range(len(sheet.heading.cells)) if not any(row.cells[index].strip() for row in sheet.rows)
    )
    columns = columns_of(sheet.heading, wish.mapping, wish.ignore, empty)
    findings = Findings(columns.headings)
    findings.wrong += sheet.wrong
    rows = [Cells(row, columns, wish.mapping, findings) for row in sheet.rows]
    async with transaction(pool, [processor], readonly=True) as connection:
        books = await _books(connection, engine, processor, wish, rows)
    reader = RowReader(columns, findings, books)
    for number, cells in enumerate(rows):
        if number % _TOLD_EVERY == 0:
            progress("check", number, len(rows))
        reader.take(cells)
    async with transaction(pool, [processor], readonly=wish.dry_run) as connection:
        if not wish.dry_run and not await try_lock(connection, f"import {processor}"):
            raise Conflict("Another import for this processor is under way: wait until it has ended.")
        books = msgspec.structs.replace(books, now=await clock.now(connection))
        units, updates = await _units(connection, reader, books, findings, update=wish.update)
        _check_steps(units, books, findings)
        if wish.update:
            await check_updates(connection, engine, updates, books, wish.actor, findings)
        progress("check", len(rows), len(rows))
        findings.done()
        unbound: tuple[str, ...] = ()
        if not wish.dry_run:
            writer = Writer(connection, engine, books, wish.raw, wish.actor)
            unbound = await writer.write(units, progress)
            if wish.update:
                await carry_out(connection, engine, updates, books, wish.actor)
            await writer.hold_customers(units)
    done = _done(reader, units, updates, unbound, updated=wish.update)
    return msgspec.structs.replace(done, endless=dict(findings.endless), sample=_sample(wish))


def _sample(wish: ImportOptions) -> str:
    return "" if is_workbook(wish.raw) else sample_of(wish.raw, wish.encoding)


def _sheet(wish: ImportOptions) -> Sheet:
    if is_workbook(wish.raw):
        return read_workbook(wish.raw, wish.sheet)
    if wish.sheet is not None:
        raise BadInput("Only a workbook has sheets: leave `sheet` out.")
    return read_sheet(decode(wish.raw, wish.encoding), lambda one: _known(one, wish), wish.separator)


def _known(heading: str, wish: ImportOptions) -> bool:
    return is_known(heading) or plain(heading) in wish.mapping.columns


async def _books(
    connection: Connection, engine: Engine, processor: UUID, wish: ImportOptions, rows: list[Cells]
) -> Books:
    text = await connection.fetchval(sql("one_processor"), [processor], processor)
    try:
        terms = {LATEST: await find_terms(connection, engine, processor, wish.terms)}
    except BadInput as error:
        (problem,) = error.problems
        raise BadInput(f"`{problem.path}`: {problem.message}.") from None
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
    connection: Connection, reader: RowReader, books: Books, findings: Findings, *, update: bool
) -> tuple[list[ImportUnit], list[Update]]:
    """Each customer with the agreements that are new; what is on record has to say the same, unless it is named by its
    number: then it is told where it does not."""
    processor = books.processor.id
    known = await read_known(connection, processor, reader.customers)
    by_name = await subprocessors_by_name(connection, processor)
    agreements: dict[UUID, list[AgreementRecord]] = {}
    for (customer, _), agreement in reader.agreements.items():
        agreements.setdefault(customer, []).append(agreement)
    units: list[ImportUnit] = []
    updates: list[Update] = []
    for record in reader.customers:
        mine = agreements.get(record.id, [])
        there = known.customer(record, findings)
        if there is not None:
            numbered = is_numbered(record, there)
            _gather(updates, findings, update_of_customer(record, there, update=update), numbered=numbered)
            left = []
            for one in mine:
                on_record = _on_record(one, there, known)
                if on_record is None:
                    left.append(one)
                    continue
                _gather_agreement(updates, findings, one, on_record, by_name, numbered=numbered, update=update)
            mine = left
        entity = record.entity(processor) if there is None else await goes_on(connection, there.now)
        units.append(ImportUnit(customer=entity, record=record, is_new=there is None, agreements=tuple(mine)))
    await _check_numbers(connection, processor, units, updates if update else [], findings)
    _check_twice(agreements.values(), findings)
    return units, updates


def _gather(updates: list[Update], findings: Findings, found: Update, *, numbered: bool) -> None:
    """What differs is told of what is named by its number; anything else may be meant otherwise, and is refused."""
    if not found.differences:
        return
    if numbered:
        updates.append(found)
        return
    for one in found.differences:
        findings.add(one.line, one.field, one.words)


def _gather_agreement(
    updates: list[Update],
    findings: Findings,
    record: AgreementRecord,
    known: KnownAgreement,
    by_name: dict[str, UUID],
    *,
    numbered: bool,
    update: bool,
) -> None:
    if record.terms.terms.id != known.now.terms:
        words = f"runs under {known.now.terms!r} on record, not under {record.terms.terms.id!r}"
        findings.add(record.line, "reference", words)
        return
    mine = record.external is not None and record.external == known.now.external_id
    numbered = numbered or mine
    found = update_of_agreement(record, known, by_name, update=update, numbered=numbered)
    _gather(updates, findings, found, numbered=numbered)


def _check_twice(of_customers: Iterable[list[AgreementRecord]], findings: Findings) -> None:
    """Two agreements of a file do not share a number, whether they are on record or not."""
    seen: dict[str, int] = {}
    for one in (one for mine in of_customers for one in mine if one.external is not None):
        assert one.external is not None
        if (line := seen.setdefault(written_key(one.external), one.line)) != one.line:
            whose = f"on line {line}"
            findings.add_once(one.line, "agreement_key", f"is the number {whose}: each has its own")


async def _check_numbers(
    connection: Connection, processor: UUID, units: list[ImportUnit], updates: list[Update], findings: Findings
) -> None:
    """A number names one customer or agreement: what is new brings one that nobody has."""
    new = [("customer", unit.record.external, unit.record.line) for unit in units if unit.is_new]
    new += [("agreement", one.external, one.line) for unit in units for one in unit.agreements]
    new += [(one.kind, one.number, one.differences[0].line) for one in updates]
    numbers = sorted({number for _, number, _ in new if number is not None})
    if not numbers:
        return  # whoever gives numbers meanwhile need not wait
    await connection.execute(sql("hold_external_ids"), str(processor))
    rows = await connection.fetch(sql("find_external_ids"), [processor], ["customer", "agreement"], numbers)
    taken = {(row["kind"], row["external_id"]): f"of the {row['kind']} {row['id']} on record" for row in rows}
    for kind, number, line in new:
        if number is None:
            continue
        if whose := taken.get((kind, number)):
            findings.add(line, f"{kind}_key", f"is the number {whose}: each has its own")
        else:
            taken[kind, number] = f"on line {line}"


def _on_record(record: AgreementRecord, customer: KnownCustomer, known: Known) -> KnownAgreement | None:
    found = known.agreement(customer.now.id, record)
    if found is None and customer.now.merged_into is not None:
        found = known.agreement(customer.now.merged_into, record)
    return found


def _check_steps(units: list[ImportUnit], books: Books, findings: Findings) -> None:
    """Ask the agreement's own table whether each may stand where the file says."""
    for unit in units:
        for record in unit.agreements:
            entity = new_agreement(record, unit.customer, ())
            command = import_command(entity, record, books)
            if command is None:
                continue
            context = AgreementContext(customer=unit.customer, processor=books.processor, terms=record.terms.terms)
            try:
                AGREEMENT.step(AGREEMENT.table.initial, entity, context, command)
            except Refused as refused:
                findings.add(record.line, _column(refused.guard, record), refused.detail.rstrip("."))


def _column(guard: str, record: AgreementRecord) -> str:
    """The cell that a guard speaks of."""
    if guard == "entered_by_now":
        if record.in_force_since is not None:
            return "in_force_since"
        signed = record.terms.terms.entry.event == "last_signature"
        return "signed_by_controller" if signed else "starts_on"
    return _COLUMN_OF_GUARD.get(guard, "")


def _rows(reader: RowReader, units: list[ImportUnit], updates: list[Update], *, updated: bool) -> Iterator[RowDone]:
    fields: dict[int, list[FieldDone]] = {}
    for update in updates:
        for one in update.differences:
            why: Left | None = None if updated else "not_asked"
            if update.kind == "customer" and update.data is None:
                why = "merged"
            elif one.fixed or update.data is None:
                why = "told"
            fields.setdefault(one.line, []).append(
                FieldDone(field=CALLED.get(one.field, one.field), was=one.was, now=one.now, left=why)
            )
    left: set[UUID | tuple[UUID, str]] = {unit.record.id for unit in units if unit.is_new}
    left |= {(unit.record.id, name_key(one.contract.reference)) for unit in units for one in unit.agreements}
    for row in reader.rows:
        spoken: set[UUID | tuple[UUID, str]] = set()
        if row.customer is not None:
            spoken = {row.customer} | ({(row.customer, row.reference)} if row.reference is not None else set())
        mine = tuple(fields.get(row.line, ()))
        yield RowDone(row.line, "new" if spoken & left else "changed" if mine else "same", mine)
        left -= spoken


def _done(
    reader: RowReader, units: list[ImportUnit], updates: list[Update], unbound: tuple[str, ...], *, updated: bool
) -> Done:
    rows = tuple(_rows(reader, units, updates, updated=updated))
    states: dict[str, int] = {}
    for record in (one for unit in units for one in unit.agreements):
        states[record.stand] = states.get(record.stand, 0) + 1
    return Done(
        customers=sum(unit.is_new for unit in units),
        agreements=states,
        there_already=len(reader.agreements) - sum(states.values()),
        repeated=reader.repeated,
        rows=rows,
        changed=sum(bool(one.fields) for one in rows),
        unbound=unbound,
    )
