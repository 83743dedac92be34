"""What is on record already, as it is and as it was entered: so that a file loaded twice loads once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.importing.findings import Findings
from service.importing.records import AgreementRecord, CustomerRecord
from workflows.model.agreement import Agreement, MainContract, Signature
from workflows.model.parties import Contact, Customer
from workflows.names import name_key, written_key


class Entered(msgspec.Struct, frozen=True):
    """What an import says of itself in the first event of what it made; all absent where something else made it."""

    key: str | None = None
    state: str | None = None
    in_force_since: datetime | None = None
    signatures: tuple[Signature, ...] = ()


class _CustomerSaid(msgspec.Struct, frozen=True):
    name: str | None = None
    country: str | None = None
    language: str | None = None
    role: str | None = None
    imported: Entered = Entered()


class _AgreementSaid(msgspec.Struct, frozen=True):
    customer_id: UUID | None = None
    main_contract: MainContract | None = None
    services: tuple[str, ...] | None = None
    subprocessors: tuple[UUID, ...] | None = None
    facts: dict[str, Any] | None = None
    imported: Entered | None = None


class _CustomerEvent(msgspec.Struct, frozen=True):
    data: _CustomerSaid = _CustomerSaid()


class _AgreementEvent(msgspec.Struct, frozen=True):
    data: _AgreementSaid = _AgreementSaid()


class _Personal(msgspec.Struct, frozen=True):
    contacts: tuple[Contact, ...] = ()


class KnownCustomer(msgspec.Struct, frozen=True):
    """A customer on record: as it is, and as it was entered."""

    now: Customer
    said: _CustomerSaid
    contacts: tuple[Contact, ...] | None
    """As they were entered; None where they were erased."""


class KnownAgreement(msgspec.Struct, frozen=True):
    """An agreement on record: as it is, and as it was entered."""

    now: Agreement
    state: str
    said: _AgreementSaid


class Known:
    """The customers and agreements on record that a file may speak of."""

    def __init__(self, customers: Iterable[KnownCustomer], agreements: Iterable[KnownAgreement]) -> None:
        self._by_key: dict[str, KnownCustomer] = {}
        self._by_name: dict[str, list[KnownCustomer]] = {}
        for customer in customers:
            for number in (customer.now.external_id, customer.said.imported.key):
                if number is not None:
                    self._by_key.setdefault(written_key(number), customer)
            for name in {name_key(customer.now.name), name_key(customer.said.name or customer.now.name)}:
                self._by_name.setdefault(name, []).append(customer)
        self._agreements: dict[tuple[UUID, str], KnownAgreement] = {}
        many = list(agreements)
        self._numbered = {
            (agreement.now.customer_id, written_key(agreement.now.external_id)): agreement
            for agreement in many
            if agreement.now.external_id is not None
        }
        # What was entered for a customer goes before what came to it later.
        for agreement in many:
            if agreement.said.customer_id is not None and agreement.said.main_contract is not None:
                key = (agreement.said.customer_id, name_key(agreement.said.main_contract.reference))
                self._agreements.setdefault(key, agreement)
        for agreement in many:
            for one in agreement.now.main_contracts:
                self._agreements.setdefault((agreement.now.customer_id, name_key(one.reference)), agreement)

    def customer(self, record: CustomerRecord, findings: Findings) -> KnownCustomer | None:
        """The customer on record that the file means, by its key, or by its name where one of them has no key."""
        if record.external is not None and written_key(record.external) in self._by_key:
            return self._by_key[written_key(record.external)]
        named = self._by_name.get(name_key(record.name or ""), [])
        if record.external is not None:
            named = [one for one in named if one.said.imported.key is None and one.now.external_id is None]
        going_on = [one for one in named if one.now.merged_into is None]
        if len(going_on) > 1:
            words = f"is the name of {len(going_on)} customers on record: give each its customer_key, or merge them"
            findings.add(record.line, "customer", words)
        return next(iter(going_on or named), None)

    def agreement(self, customer: UUID, record: AgreementRecord) -> KnownAgreement | None:
        """The agreement on record of this customer by its number, or under this main contract."""
        if record.external is not None and (customer, written_key(record.external)) in self._numbered:
            return self._numbered[customer, written_key(record.external)]
        return self._agreements.get((customer, name_key(record.contract.reference)))


async def read_known(connection: Connection, processor: UUID, records: Iterable[CustomerRecord]) -> Known:
    """Read what the file may speak of."""
    names = sorted({name_key(one.name) for one in records if one.name})
    keys = sorted({name_key(one.external) for one in records if one.external is not None})
    rows = await connection.fetch(sql("import_customers"), processor, names, keys)
    customers = [
        KnownCustomer(
            now=msgspec.json.decode(row["entity"], type=Customer),
            said=msgspec.json.decode(row["created"], type=_CustomerEvent).data,
            contacts=None if row["personal"] is None else msgspec.json.decode(row["personal"], type=_Personal).contacts,
        )
        for row in rows
    ]
    ids = [one.now.id for one in customers]
    return Known(
        customers,
        [
            KnownAgreement(
                now=msgspec.json.decode(row["entity"], type=Agreement),
                state=row["state"],
                said=msgspec.json.decode(row["created"], type=_AgreementEvent).data,
            )
            for row in await connection.fetch(sql("import_agreements"), processor, ids)
        ],
    )


async def goes_on(connection: Connection, customer: Customer) -> Customer:
    """The customer itself, or the one that it was merged into (P26)."""
    seen = {customer.id}
    while customer.merged_into is not None and customer.merged_into not in seen:
        seen.add(customer.merged_into)
        text = await connection.fetchval(sql("one_customer"), [customer.processor_id], customer.merged_into)
        customer = msgspec.json.decode(text, type=Customer)
    return customer
