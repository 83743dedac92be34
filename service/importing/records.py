"""Rows made into customers and agreements: several rows may speak of one customer, or of one agreement. Pure."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from service.importing.cells import Cells
from service.importing.findings import Findings
from service.importing.headings import CONTACT_PARTS, FACT, Columns
from service.importing.places import country_code, place_problem
from workflows.ids import new_id
from workflows.intake.agreements import MainContractIn, PinnedTerms, checked_contract
from workflows.intake.checks import MANY, Checks
from workflows.intake.labels import checked_labels
from workflows.intake.phones import tidy_phone
from workflows.mail_address import address_problem, same_mailbox
from workflows.model.agreement import MainContract, Signature
from workflows.model.parties import Contact, ContactRole, Customer, Labels, Processor
from workflows.names import name_key, name_keys, same_name, written_key
from workflows.terms.names import did_you_mean, listed
from workflows.time import end_of_day
from workflows.words import LANGUAGES, Language

Stand = Literal["draft", "notified", "active", "terminated"]
LATEST: Final = ""
"""The terms version of an agreement that names none."""
SIGNED: Final[dict[Literal["controller", "processor"], str]] = {
    "controller": "signed_by_controller",
    "processor": "signed_by_processor",
}
_AGREEMENT: Final = (
    "reference", "agreement_key", "starts_on", "ends_on", "renews", "state", "in_force_since", "terms_version",
    "services", "labels", "subprocessors", "facts", *SIGNED.values(),
)  # fmt: skip
_NONE: Final = ("none", "geen")


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """What rows are read against: the processor, its terms by version, the names it knows, the instant (UTC)."""

    processor: Processor
    terms: dict[str, PinnedTerms]
    subprocessors: frozenset[str]
    """Names and aliases of those on record, as they are written there."""
    now: datetime


class CustomerRecord(msgspec.Struct, kw_only=True):
    """A customer as the file has it, from its first row on."""

    line: int
    id: UUID
    external: str | None
    name: str | None
    country: str | None
    language: str | None
    role: str
    contacts: list[Contact]
    contact_lines: list[int]

    def entity(self, processor: UUID) -> Customer:
        """The row that is written; of a record with findings, what the rest can be checked with."""
        return Customer(
            id=self.id,
            processor_id=processor,
            name=self.name or "",
            country=self.country or "",
            language=msgspec.convert(self.language or "en", Language),
            role=msgspec.convert(self.role, Literal["controller", "processor"]),
            contacts=tuple(self.contacts),
            external_id=self.external,
        )


class AgreementRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as the file has it; `subprocessors` None: those of the terms' own register (P15)."""

    line: int
    stand: Stand
    contract: MainContract
    terms: PinnedTerms
    version_given: bool
    services: tuple[str, ...]
    subprocessors: tuple[str, ...] | None
    facts: dict[str, object]
    signatures: tuple[Signature, ...]
    in_force_since: datetime | None
    external: str | None = None
    """The processor's own number for it."""
    labels: Labels | None = None
    """None: nothing is said of them."""


class RowRead(msgspec.Struct, frozen=True):
    """What a row of the file speaks of: a customer, and an agreement by the key of its reference; neither where it
    says, word for word, what an earlier row says."""

    line: int
    customer: UUID | None = None
    reference: str | None = None


class RowReader:
    """Takes rows in their order and gathers `customers` and, by customer and reference, `agreements`."""

    def __init__(self, columns: Columns, findings: Findings, books: Books) -> None:
        self.customers: list[CustomerRecord] = []
        self.agreements: dict[tuple[UUID, str], AgreementRecord] = {}
        self.rows: list[RowRead] = []
        self.repeated = 0
        """Rows that say, word for word, what an earlier one says."""
        self._findings = findings
        self._books = books
        self._contacts = columns.contacts
        self._headings = columns.headings
        facts = [field for field in columns.headings if field.startswith(FACT)]
        self._agreement_fields = (*_AGREEMENT, *facts)
        self._named: dict[UUID, dict[str, str]] = {}
        """Subprocessors that a row may name, by version of the terms."""
        self._by_key: dict[str, CustomerRecord] = {}
        self._by_name: dict[str, CustomerRecord] = {}
        self._seen: set[tuple[tuple[str, str], ...]] = set()

    def take(self, cells: Cells) -> None:
        raw = cells.raw()
        if raw in self._seen:
            self.repeated += 1
            self.rows.append(RowRead(cells.line))
            return
        self._seen.add(raw)
        customer = self._customer(cells)
        for prefix in self._contacts:
            if cells.given(*(prefix + part for part in CONTACT_PARTS)):
                self._contact(cells, prefix, customer)
        reference = None
        if cells.given(*self._agreement_fields):
            self._agreement(cells, customer)
            reference = name_key(cells.peek("reference") or "")
        self.rows.append(RowRead(cells.line, customer.id, reference))

    # --- customers ---------------------------------------------------------------------------------

    def _customer(self, cells: Cells) -> CustomerRecord:
        external = cells.text("customer_key")
        name = cells.text("customer")
        name = None if name is None else " ".join(name.split())
        known = self._find(cells, external, name)
        if known is not None:
            self._same(cells, known, name)
            return known
        cells.text("customer", missing="the customer's name")
        country = cells.text("country", missing="two letters of ISO 3166-1, such as NL")
        if country is not None:
            code = country_code(country)
            if code is None:
                cells.wrong("country", place_problem(country))
            country = code
        made = CustomerRecord(
            line=cells.line,
            id=new_id(),
            external=external,
            name=name,
            country=country,
            language=cells.word("language", "language", missing=listed(LANGUAGES)),
            role=cells.word("role", "role") or "controller",
            contacts=[],
            contact_lines=[],
        )
        self.customers.append(made)
        if external is not None:
            self._by_key[written_key(external)] = made
        if name is not None:
            self._by_name.setdefault(name_key(name), made)
        return made

    def _find(self, cells: Cells, external: str | None, name: str | None) -> CustomerRecord | None:
        if external is not None and written_key(external) in self._by_key:
            return self._by_key[written_key(external)]
        same = None if name is None else self._by_name.get(name_key(name))
        if same is None or external is None:
            return same
        if same.external is None:
            cells.wrong("customer_key", f"is missing on line {same.line} for the same customer: give it on both")
            return same
        return None

    def _same(self, cells: Cells, known: CustomerRecord, name: str | None) -> None:
        """A later row may repeat what the customer's first one says, or leave it empty."""
        if name is not None and known.name is not None and name_key(name) != name_key(known.name):
            cells.wrong("customer", f"is {known.name!r} on line {known.line}, under the same key")
        for field, here, there in (
            ("country", country_code(cells.text("country") or ""), known.country),
            ("language", cells.word("language", "language"), known.language),
            ("role", cells.word("role", "role"), known.role),
        ):
            if here and there and here != there:
                cells.wrong(field, f"is {here!r} here and {there!r} on line {known.line}, for the same customer")

    def _contact(self, cells: Cells, prefix: str, customer: CustomerRecord) -> None:
        name = cells.text(prefix + "name", missing="the contact's name")
        email = cells.text(prefix + "email")
        phone = tidy_phone(cells.text(prefix + "phone") or "") or None
        if email is not None and (problem := address_problem(email)):
            cells.wrong(prefix + "email", problem)
        checks = Checks()
        checks.phone(prefix + "phone", phone)
        self._note(cells, checks)
        roles = tuple(msgspec.convert(one, ContactRole) for one in cells.words(prefix + "roles", "roles"))
        if name is None:
            return
        found = Contact(id=new_id(), name=" ".join(name.split()), email=email, phone=phone, roles=roles)
        for index, other in enumerate(customer.contacts):
            if _same_person(other, found):
                customer.contacts[index] = self._joined(cells, prefix, other, found, customer.contact_lines[index])
                return
        customer.contacts.append(found)
        customer.contact_lines.append(cells.line)
        if len(customer.contacts) == MANY + 1:
            cells.wrong(prefix + "name", f"is one more than the {MANY} contacts that a customer may have")

    def _joined(self, cells: Cells, prefix: str, old: Contact, new: Contact, line: int) -> Contact:
        """One person spoken of twice: the same name and telephone, and the roles of both."""
        for part, here, there in (("name", new.name, old.name), ("phone", new.phone, old.phone)):
            if here and there and not same_name(here, there):
                cells.wrong(prefix + part, f"is {here!r} here and {there!r} on line {line}, for the same address")
        roles = tuple(dict.fromkeys((*old.roles, *new.roles)))
        return replace(old, phone=old.phone or new.phone, roles=roles)

    # --- agreements --------------------------------------------------------------------------------

    def _agreement(self, cells: Cells, customer: CustomerRecord) -> None:
        reference = cells.text("reference")
        key = (customer.id, name_key(reference or ""))
        earlier = None if reference is None else self.agreements.get(key)
        others = (field for field in self._agreement_fields if field != "reference")
        if earlier is not None and not cells.given(*others):
            return  # only named again, for another contact
        found = self._read_agreement(cells)
        if found is None:
            return
        if earlier is None:
            self.agreements[key] = found
        elif not _same_agreement(earlier, found):
            cells.wrong("reference", f"is on line {earlier.line} too, for the same customer, with other particulars")

    def _read_agreement(self, cells: Cells) -> AgreementRecord | None:
        """The agreement of this row, or None where some of it could not be read."""
        before = len(self._findings.wrong)
        version = cells.text("terms_version")
        terms = self._books.terms.get(version or LATEST)
        if terms is None:
            known = [one for one in self._books.terms if one != LATEST]
            hint = did_you_mean(version or "", known)
            cells.wrong("terms_version", f"is no version of these terms: leave it empty for the latest.{hint}")
            return None
        zone = terms.terms.zone
        contract = self._contract(cells)
        since = cells.instant("in_force_since", zone)
        stand = cells.word("state", "state") or ("active" if cells.given("in_force_since") else "draft")
        services = cells.several("services") or ()
        checks = Checks()
        facts = cells.facts()
        checks.facts("facts", terms.terms, facts)
        signatures = []
        for party, field in SIGNED.items():
            at = cells.instant(field, zone)
            checks.past(field, at, self._books.now)
            if at is not None:
                signatures.append(Signature(party=party, at=at))
        given = cells.several("labels")
        labels = None if given is None else checked_labels(checks, given)
        self._note(cells, checks)
        subprocessors = self._subprocessors(cells, terms)
        if contract is None or len(self._findings.wrong) > before:
            return None
        found = AgreementRecord(
            line=cells.line,
            stand=msgspec.convert(stand, Stand),
            contract=contract,
            terms=terms,
            version_given=version is not None,
            services=services,
            subprocessors=subprocessors,
            facts=facts,
            signatures=tuple(signatures),
            in_force_since=since,
            external=cells.text("agreement_key"),
            labels=labels,
        )
        return self._stands(cells, found, zone)

    def _contract(self, cells: Cells) -> MainContract | None:
        reference = cells.text("reference", missing="the number or name of the main contract")
        starts_on = cells.day("starts_on", missing="the first day of the main contract, such as 2026-03-31")
        ends_on, renews = cells.last_day("ends_on"), cells.text("renews")
        if reference is None or starts_on is None:
            return None
        checks = Checks()
        given = MainContractIn(reference=reference, starts_on=starts_on, ends_on=ends_on, renews=renews)
        contract = checked_contract(checks, "main_contract", given)
        self._note(cells, checks)
        return contract

    def _stands(self, cells: Cells, found: AgreementRecord, zone: str) -> AgreementRecord | None:
        """How far it has come has to agree with its days; what is over may not be taken for running, nor mailed."""
        contract = found.contract
        over = contract.ends_on is not None and end_of_day(contract.ends_on, zone) <= self._books.now
        if found.stand == "terminated":
            if not over:
                cells.wrong("ends_on", "is not a day in the past, and the agreement has ended: give its last day")
                return None
            return replace(found, contract=replace(contract, ending=True))
        if over and not contract.renews and found.stand != "draft":
            cells.wrong("ends_on", f"is in the past: if it has ended, its state is 'terminated', not {found.stand!r}")
            return None
        if found.stand in ("draft", "notified") and found.in_force_since is not None:
            cells.wrong("in_force_since", f"does not go with the state {found.stand!r}: leave one of the two out")
            return None
        return found

    def _subprocessors(self, cells: Cells, terms: PinnedTerms) -> tuple[str, ...] | None:
        whole = cells.peek("subprocessors")
        given = cells.several("subprocessors")
        if given is None or [one.casefold() for one in given] in ([one] for one in _NONE):
            return None if given is None else ()
        keys = self._subprocessors_of(terms)
        if whole is not None and name_key(whole) in keys:
            given = (whole,)  # a name may hold a comma
        found = name_keys(given)
        for name, key in zip(given, found, strict=True):
            if key not in keys:
                hint = did_you_mean(name, set(keys.values()))
                cells.wrong("subprocessors", f"{name[:60]!r} is no subprocessor on record: enter it first.{hint}")
        return tuple(dict.fromkeys(found))

    def _subprocessors_of(self, terms: PinnedTerms) -> dict[str, str]:
        """Those on record and those of the terms' own register, by their names as they are compared."""
        if terms.id not in self._named:
            names = set(self._books.subprocessors)
            for entry in terms.terms.subprocessors.register:
                names.update((entry.name, *entry.aliases))
            self._named[terms.id] = {name_key(name): name for name in names}
        return self._named[terms.id]

    def _note(self, cells: Cells, checks: Checks) -> None:
        """What the common checks found, at the columns of this file."""
        for problem in checks.found:
            field = problem.path.removeprefix("main_contract.").partition("[")[0]
            if field.startswith("facts."):
                fact = FACT + field.removeprefix("facts.")
                field = "facts" if "facts" in self._headings and fact not in self._headings else fact
                named = f"in the fact {problem.path.removeprefix('facts.')}: {problem.message}"
                cells.wrong(field, named if field == "facts" else problem.message)
            else:
                cells.wrong(field, problem.message)


def _same_agreement(one: AgreementRecord, other: AgreementRecord) -> bool:
    """Whether two rows say the same, wherever they stand and however they write its reference and services."""
    spelled = replace(other.contract, reference=one.contract.reference)
    return set(name_keys(one.services)) == set(name_keys(other.services)) and one == replace(
        other, line=one.line, contract=spelled, services=one.services
    )


def _same_person(one: Contact, other: Contact) -> bool:
    if one.email and other.email:
        return same_mailbox(one.email, other.email)
    return same_name(one.name, other.name) and one.email == other.email and one.phone == other.phone
