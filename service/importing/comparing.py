"""Whether a file says of what is on record what the record says, and what an update of it would carry. Pure.

What a record said when it was entered is no news: a file loaded twice changes nothing, whatever became of the record
since. Who asks for an update means the record as it is now; a contact that changed on record since is left all the
same, since it may have been the customer that put it right.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from service.importing.known import KnownAgreement, KnownCustomer
from service.importing.records import AgreementRecord, CustomerRecord
from workflows.agreement.table import AGREEMENT
from workflows.mail_address import same_mailbox
from workflows.model.agreement import DraftUpdate, MainContract
from workflows.model.parties import Contact, CustomerUpdate
from workflows.names import name_key, name_keys, same_name, written_key

_ADVICE: Final = "an import changes nothing that is on record: change it there, or here"
_OF_THE_CONTRACT: Final = ("starts_on", "ends_on", "renews")
_IN_DRAFTS: Final = frozenset({"reference", *_OF_THE_CONTRACT, "services", "subprocessors", "facts"})
_NUMBER: Final = "agreement_key"
_LABELS: Final = "labels"
_OWN: Final = (_NUMBER, _LABELS)
"""What is the processor's own, and no part of what the parties agreed."""
CALLED: Final[Mapping[str, str]] = {"contact_1_name": "contacts"}
"""By the column at which something is refused: what differs there, where that is more than the column."""
_EMPTY: Final[tuple[object, ...]] = (None, "", (), set(), {})

Left = Literal["not_asked", "told", "merged"]
"""Why a difference was left: no update was asked for, or it is of an agreement that was sent, which changes by its own
actions alone, or of a customer who went into another."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file says otherwise than the record; `words` say so to who may not mean this record at all."""

    line: int
    field: str
    was: str | None
    now: str | None
    words: str
    fixed: bool = False
    """No update changes it."""


def is_numbered(record: CustomerRecord, known: KnownCustomer) -> bool:
    """Whether the file names the customer by its number, so that a difference is one, and no other customer."""
    numbers = (known.now.external_id, known.said.imported.key)
    return record.external is not None and any(
        one is not None and written_key(one) == written_key(record.external) for one in numbers
    )


def customer_differences(record: CustomerRecord, known: KnownCustomer, *, update: bool) -> list[Difference]:
    """Where the file says of a customer what the record does not say, nor said."""
    found: list[Difference] = []
    said_name = known.said.name or known.now.name
    names = (known.now.name,) if update else (known.now.name, said_name)
    if record.name is not None and not any(same_name(record.name, one) for one in names):
        found.append(_different(record.line, "customer", record.name, known.now.name))
    for field in ("country", "language", "role"):
        here, there = getattr(record, field), getattr(known.now, field)
        was = there if update else getattr(known.said, field)
        if here is not None and here not in (there, was):
            found.append(_different(record.line, field, here, there))
    if known.contacts is None and not known.now.contacts:
        return found  # erased
    on_record = (*known.now.contacts, *(known.contacts or ()))
    for contact, line in zip(record.contacts, record.contact_lines, strict=True):
        if any(_says_no_more(contact, one) for one in on_record):
            continue
        meant = _meant(contact, known.now.contacts)
        words = f"names a contact that is not so on record: {_ADVICE}"
        found.append(
            Difference(
                line=line,
                field="contact_1_name",
                was=_person(meant) if meant is not None else None,
                now=_person(contact),
                words=words,
            )
        )
    return found


def customer_update(record: CustomerRecord, known: KnownCustomer, differences: Iterable[Difference]) -> CustomerUpdate:
    """What an update of the customer carries: fields that differ, and contacts changed or added, none taken away."""
    differing = {one.field for one in differences}
    contacts: tuple[Contact, ...] | msgspec.UnsetType = msgspec.UNSET
    if "contact_1_name" in differing:
        contacts = _joined(record, known)
    return CustomerUpdate(
        name=record.name if "customer" in differing and record.name is not None else msgspec.UNSET,
        country=record.country if "country" in differing and record.country is not None else msgspec.UNSET,
        language=msgspec.convert(record.language, CustomerUpdate.__annotations__["language"])
        if "language" in differing
        else msgspec.UNSET,
        role=msgspec.convert(record.role, Literal["controller", "processor"]) if "role" in differing else msgspec.UNSET,
        contacts=contacts,
    )


def agreement_differences(
    record: AgreementRecord, known: KnownAgreement, by_name: Mapping[str, UUID], *, update: bool, numbered: bool
) -> list[Difference]:
    """Where the file says of an agreement what the record does not say, nor said. `numbered`: it, or its customer, is
    named by a number."""
    said, now = known.said, known.now
    editable = "editable" in AGREEMENT.states[known.state].tags
    found: list[Difference] = []

    def differs(field: str, here: object, *there: object, words: str | None = None) -> None:
        # Of what was sent, the record goes its own way: a contract renews, a service ends. A draft stays as it was put.
        as_it_is = update and editable and here not in _EMPTY
        if here not in (there[:1] if as_it_is else there):
            fixed = field not in _OWN and not (editable and field in _IN_DRAFTS)
            one = _different(record.line, field, here, there[0], words=words)
            found.append(replace(one, fixed=fixed))

    contracts = [one for one in (*now.main_contracts, said.main_contract) if one is not None]
    same = [one for one in contracts if name_key(one.reference) == name_key(record.contract.reference)]
    if not same:
        differs("reference", record.contract.reference, contracts[0].reference)
    for field in _OF_THE_CONTRACT:
        differs(field, getattr(record.contract, field), *(getattr(one, field) for one in same or contracts))
    if record.external is not None and (now.external_id is not None or numbered):
        differs(_NUMBER, record.external, now.external_id)
    if record.labels is not None:
        differs(_LABELS, set(record.labels), set(now.labels))
    if record.version_given:
        differs("terms_version", record.terms.version, now.terms_version)
    differs(
        "services", *(set(name_keys(one)) for one in (record.services, now.services, said.services or now.services))
    )
    if record.subprocessors is not None:
        names = {id: name for name, id in by_name.items()}
        listed = {by_name.get(name) for name in record.subprocessors}
        here, there, entered = (
            {names.get(one, str(one)) for one in some}  # type: ignore[arg-type]  # each is on record
            for some in (listed, now.subprocessors, said.subprocessors or now.subprocessors)
        )
        differs("subprocessors", here, there, entered, words=f"are others than on record: {_ADVICE}")
    differs("facts", record.facts, now.facts, said.facts)
    if said.imported is None:
        differs("state", record.stand, known.state)
        return found
    if record.stand not in (said.imported.state, known.state):
        differs("state", record.stand, known.state)
    if record.in_force_since is not None and record.in_force_since != said.imported.in_force_since:
        differs("in_force_since", record.in_force_since, now.in_force_since)
    for signed in record.signatures:
        if signed not in (*said.imported.signatures, *now.signatures):
            words = f"is another instant than on record: {_ADVICE}"
            there_at = next((one.at for one in now.signatures if one.party == signed.party), None)
            differs(f"signed_by_{signed.party}", signed.at, there_at, words=words)
    return found


def draft_update(
    record: AgreementRecord, known: KnownAgreement, by_name: Mapping[str, UUID], differences: Iterable[Difference]
) -> DraftUpdate | None:
    """What an update of the agreement carries; None where nothing of it may still be changed."""
    differing = {one.field for one in differences if not one.fixed}
    if not differing:
        return None
    contracts: tuple[MainContract, ...] | None = None
    if differing & {"reference", *_OF_THE_CONTRACT}:
        there, wanted = known.now.main_contracts, name_key(record.contract.reference)
        at = next((number for number, one in enumerate(there) if name_key(one.reference) == wanted), 0)
        contracts = (*there[:at], record.contract, *there[at + 1 :])
    listed = tuple(dict.fromkeys(by_name[name] for name in record.subprocessors or ()))
    return DraftUpdate(
        main_contracts=contracts,
        services=record.services if "services" in differing else None,
        subprocessors=listed if "subprocessors" in differing else None,
        facts=record.facts if "facts" in differing else None,
        external_id=record.external if _NUMBER in differing else msgspec.UNSET,
        labels=record.labels if record.labels is not None and _LABELS in differing else msgspec.UNSET,
    )


def _joined(record: CustomerRecord, known: KnownCustomer) -> tuple[Contact, ...]:
    contacts = list(known.now.contacts)
    on_record = (*known.now.contacts, *(known.contacts or ()))
    for here in record.contacts:
        if any(_says_no_more(here, one) for one in on_record):
            continue
        there = _meant(here, contacts)
        if there is None:
            contacts.append(here)
            continue
        roles = tuple(dict.fromkeys((*there.roles, *here.roles)))
        contacts[contacts.index(there)] = replace(
            there, name=here.name, email=here.email or there.email, phone=here.phone or there.phone, roles=roles
        )
    return tuple(contacts)


def _meant(here: Contact, contacts: Iterable[Contact]) -> Contact | None:
    """The contact on record that one of the file is: by its address, else by its name where only one has it."""
    many = list(contacts)
    if here.email is not None:
        for one in many:
            if same_mailbox(one.email, here.email):
                return one
    named = [one for one in many if same_name(one.name, here.name)]
    return named[0] if len(named) == 1 else None


def _says_no_more(here: Contact, there: Contact) -> bool:
    """Whether a contact of the file is this one on record; what the file leaves empty says nothing."""
    return (
        same_name(here.name, there.name)
        and same_mailbox(here.email, there.email)
        and (here.phone is None or same_name(here.phone, there.phone or ""))
        and set(here.roles) <= set(there.roles)
    )


def _different(line: int, field: str, here: object, there: object, *, words: str | None = None) -> Difference:
    said = words or f"is {_shown(here)} here and {_shown(there)} on record: {_ADVICE}"
    return Difference(line=line, field=field, was=_text(there), now=_text(here), words=said)


def _person(one: Contact) -> str:
    return ", ".join(str(part) for part in (one.name, one.email, one.phone, "; ".join(one.roles)) if part)


def _text(value: Any) -> str | None:
    if value in _EMPTY:
        return None
    if isinstance(value, set | frozenset):
        return "; ".join(sorted(map(str, value)))
    if isinstance(value, dict):
        return msgspec.json.encode(value, order="deterministic").decode()
    return str(value)


def _shown(value: object) -> str:
    if value in _EMPTY:
        return "empty"
    if isinstance(value, set | frozenset):
        return repr("; ".join(sorted(map(str, value))))
    return repr(str(value))
