"""Customers and agreements of a checked file into the database, in batches within one transaction."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.importing.records import AgreementRecord, Books, CustomerRecord
from workflows.agreement.takeover import Imported
from workflows.engine.batch import Batch
from workflows.engine.engine import Engine
from workflows.engine.steps import New, begin, take
from workflows.engine.writing import write
from workflows.errors import Conflict
from workflows.ids import new_id
from workflows.intake.agreements import registered, subprocessors_by_name
from workflows.machine.acting import Acting
from workflows.machine.vocabulary import Command
from workflows.model.agreement import Agreement, AgreementContext, Drafted
from workflows.model.parties import Customer, Entered, Subprocessor

ACTOR: Final = "import"
BATCH: Final = 500
"""Customers, with their agreements, written at once."""

Progress = Callable[[Literal["check", "load"], int, int], None]
"""Told of each step: what is done, how many of how many."""


class ImportUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with what the file adds to it."""

    customer: Customer
    record: CustomerRecord
    is_new: bool
    agreements: tuple[AgreementRecord, ...]


def overtaken(line: int) -> Conflict:
    """What a line of the file rests on, or would change, is not as it was when the file was compared with it."""
    return Conflict(
        f"What line {line} is about was changed by somebody else meanwhile. Nothing was loaded: load the file again."
    )


def new_agreement(record: AgreementRecord, customer: Customer, subprocessors: tuple[UUID, ...]) -> Agreement:
    """The draft that an agreement of the file begins as."""
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
        external_id=record.external,
        labels=record.labels or (),
    )


def import_command(entity: Agreement, record: AgreementRecord, books: Books, actor: str = ACTOR) -> Command | None:
    """What brings a draft to where the file says it stands; None where it is still one."""
    match record.stand:
        case "draft":
            return None
        case "notified":
            data = Imported(stands="sent")
        case "active" | "terminated":
            data = Imported(stands="in_force", in_force_since=record.in_force_since)
    return Command(subject=entity.id, trigger="import", at=books.now, now=books.now, actor=actor, data=data)


class Writer:
    def __init__(self, connection: Connection, engine: Engine, books: Books, raw: bytes, actor: str = ACTOR) -> None:
        self._actor = actor
        self._connection = connection
        self._engine = engine
        self._books = books
        self._digest = hashlib.sha256(raw).hexdigest()
        self._register: dict[UUID, tuple[UUID, ...]] = {}
        self._by_name: dict[str, UUID] = {}
        self._subprocessors: dict[UUID, Subprocessor] = {}
        self._unbound: set[UUID] = set()

    async def write(self, units: list[ImportUnit], progress: Progress) -> tuple[str, ...]:
        """Write them all; the names of the engaged subprocessors that are not bound (P21)."""
        await self._read_subprocessors(units)
        resting = {record.terms.id for unit in units for record in unit.agreements}
        await self._engine.terms(self._connection, sorted(resting))
        for number, batch in _batches(units):
            progress("load", number, len(units))
            gathered = Batch(self._books.now, self._engine.texts)
            for unit in batch:
                self._customer(gathered, unit)
                for record in unit.agreements:
                    self._agreement(gathered, unit, record)
            await write(self._connection, gathered)
        progress("load", len(units), len(units))
        return tuple(sorted(self._subprocessors[one].name for one in self._unbound))

    async def hold_customers(self, units: list[ImportUnit]) -> None:
        """Hold those on record that the file adds agreements to, until these stand; at the end, so that they wait for
        as short as can be.

        Raises Conflict where one was merged, came to its end or was erased since it was read (P26).
        """
        added = {unit.customer.id: unit for unit in units if unit.agreements and not unit.is_new}
        ids = sorted(added)  # as everybody locks
        tenant = self._books.processor.id
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            await self._engine.lock(self._connection, [tenant], some)
            for row in await self._connection.fetch(sql("import_goes_on"), tenant, some):
                unit = added[row["id"]]
                was = unit.customer
                if (row["merged_into"], row["over_at"], row["erased_at"]) != (
                    was.merged_into,
                    was.over_at,
                    was.erased_at,
                ):
                    raise overtaken(unit.agreements[0].line)

    async def _read_subprocessors(self, units: list[ImportUnit]) -> None:
        """Those on record, and those of the terms' registers, which are made where they are missing (P15)."""
        processor, now = self._books.processor.id, self._books.now
        acting = Acting(actor=self._actor, at=now, now=now, processors=(processor,))
        self._by_name = await subprocessors_by_name(self._connection, processor)
        for record in (one for unit in units for one in unit.agreements):
            pinned = record.terms
            listed = record.subprocessors
            if pinned.id not in self._register and (listed is None or not set(listed) <= set(self._by_name)):
                self._register[pinned.id] = await registered(
                    self._connection, self._engine, acting, processor, pinned.terms
                )
                self._by_name = await subprocessors_by_name(self._connection, processor)
        rows = await self._connection.fetch(sql("import_subprocessors"), processor)
        found = [msgspec.json.decode(row[0], type=Subprocessor) for row in rows]
        self._subprocessors = {one.id: one for one in found}

    def _customer(self, gathered: Batch, unit: ImportUnit) -> None:
        if not unit.is_new:
            return
        imported: dict[str, Any] = {"file_sha256": self._digest, "line": unit.record.line}
        if unit.record.external is not None:
            imported["key"] = unit.record.external
        new = New(kind="customer", entity=unit.customer, data=Entered(source={"imported": imported}))
        begin(gathered, new, actor=self._actor, at=self._books.now)

    def _agreement(self, gathered: Batch, unit: ImportUnit, record: AgreementRecord) -> None:
        if record.subprocessors is None:
            listed = self._register[record.terms.id]
        else:
            listed = tuple(dict.fromkeys(self._by_name[name] for name in record.subprocessors))
        entity = new_agreement(record, unit.customer, listed)
        imported = {
            "file_sha256": self._digest,
            "line": record.line,
            "state": record.stand,
            "in_force_since": record.in_force_since,
            "signatures": record.signatures,
        }
        drafted = Drafted(customer_was_over=unit.customer.over_at is not None, source={"imported": imported})
        begin(gathered, New(kind="agreement", entity=entity, data=drafted), actor=self._actor, at=self._books.now)
        command = import_command(entity, record, self._books, self._actor)
        if command is None:
            return
        context = AgreementContext(
            customer=unit.customer,
            processor=self._books.processor,
            terms=record.terms.terms,
            subprocessors=tuple(self._subprocessors[one] for one in listed),
        )
        self._unbound.update(one for one in listed if self._subprocessors[one].bound_on is None)
        take(gathered, gathered.subjects[entity.id], {entity.id: (entity, context)}, command)


def _batches(units: list[ImportUnit]) -> Iterator[tuple[int, list[ImportUnit]]]:
    for start in range(0, len(units), BATCH):
        yield start, units[start : start + BATCH]
