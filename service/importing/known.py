"""What is on record already, and whether a file says the same of it: so that a file loaded twice loads once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.importing.findings import Findings
from service.importing.records import AgreementRecord, CustomerRecord
from workflows.mail_address import same_mailbox
from workflows.model.agreement import Agreement, MainContract, Signature
from workflows.model.parties import Contact, Customer
from workflows.names import name_key, name_keys, same_name, written_key

_ADVICE = "an import changes nothing that is on record: change it there, or here"


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

    def agreement(self, customer: UUID, reference: str) -> KnownAgreement | None:
        """The agreement on record of this customer under this main contract."""
        return self._agreements.get((customer, name_key(reference)))


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


def compare_customer(record: CustomerRecord, known: KnownCustomer, findings: Findings) -> None:
    """Note where the file says of a customer what the record neither says nor said."""
    names = (known.now.name, known.said.name or known.now.name)
    if record.name is not None and not any(same_name(record.name, one) for one in names):
        findings.add(record.line, "customer", f"is {record.name!r} here and {names[0]!r} on record: {_ADVICE}")
    for field, here, there, was in (
        ("country", record.country, known.now.country, known.said.country),
        ("language", record.language, known.now.language, known.said.language),
        ("role", record.role, known.now.role, known.said.role),
    ):
        if here is not None and here not in (there, was):
            findings.add(record.line, field, f"is {here!r} here and {there!r} on record: {_ADVICE}")
    if known.contacts is None and not known.now.contacts:
        return  # erased
    on_record = (*known.now.contacts, *(known.contacts or ()))
    for contact, line in zip(record.contacts, record.contact_lines, strict=True):
        if not any(_says_no_more(contact, one) for one in on_record):
            findings.add(line, "contact_1_name", f"names a contact that is not so on record: {_ADVICE}")


def compare_agreement(
    record: AgreementRecord, known: KnownAgreement, by_name: dict[str, UUID], findings: Findings
) -> None:
    """Note where the file says of an agreement what the record neither says nor said."""
    said, now = known.said, known.now

    def differs(field: str, here: object, *there: object) -> None:
        if here not in there:
            findings.add(record.line, field, f"is {_shown(here)} here and {_shown(there[0])} on record: {_ADVICE}")

    contracts = [one for one in (*now.main_contracts, said.main_contract) if one is not None]
    same = [one for one in contracts if name_key(one.reference) == name_key(record.contract.reference)]
    for field in ("starts_on", "ends_on", "renews"):
        differs(field, getattr(record.contract, field), *(getattr(one, field) for one in same))
    if record.external is not None and now.external_id is not None:
        differs("agreement_key", record.external, now.external_id)
    if record.version_given:
        differs("terms_version", record.terms.version, now.terms_version)
    if record.terms.terms.id != now.terms:
        words = f"runs under {now.terms!r} on record, not under {record.terms.terms.id!r}"
        findings.add(record.line, "reference", words)
    differs(
        "services", *(set(name_keys(one)) for one in (record.services, now.services, said.services or now.services))
    )
    if record.subprocessors is not None:
        listed = {by_name.get(name) for name in record.subprocessors}
        if listed not in (set(now.subprocessors), set(said.subprocessors or now.subprocessors)):
            findings.add(record.line, "subprocessors", f"are others than on record: {_ADVICE}")
    differs("facts", record.facts, now.facts, said.facts)
    if said.imported is None:
        differs("state", record.stand, known.state)
        return
    differs("state", record.stand, said.imported.state, known.state)
    if record.in_force_since is not None:
        differs("in_force_since", record.in_force_since, now.in_force_since, said.imported.in_force_since)
    for one in record.signatures:
        if one not in (*said.imported.signatures, *now.signatures):
            findings.add(record.line, f"signed_by_{one.party}", f"is another instant than on record: {_ADVICE}")


def _says_no_more(here: Contact, there: Contact) -> bool:
    """Whether a contact of the file is this one on record; what the file leaves empty says nothing."""
    return (
        same_name(here.name, there.name)
        and same_mailbox(here.email, there.email)
        and (here.phone is None or same_name(here.phone, there.phone or ""))
        and set(here.roles) <= set(there.roles)
    )


def _shown(value: object) -> str:
    if value in (None, "", frozenset(), {}):
        return "empty"
    if isinstance(value, set | frozenset):
        return repr("; ".join(sorted(map(str, value))))
    return repr(str(value))
