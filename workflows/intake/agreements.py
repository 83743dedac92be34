"""Agreements as they are entered: terms pinned to a version, blanks filled, subprocessors resolved (P15)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine, Moved, New
from workflows.errors import BadInput, NotFound, Problem, Refused
from workflows.ids import new_id
from workflows.intake.checks import Checks, missing
from workflows.intake.external_ids import check_external_id
from workflows.machine.acting import Acting
from workflows.model.agreement import Agreement, Drafted, DraftUpdate, MainContract
from workflows.model.joining import Joined
from workflows.model.parties import Customer, Entered, Processor, Subprocessor
from workflows.names import name_keys
from workflows.terms.model import RegisterEntry, Terms
from workflows.terms.own import own
from workflows.time import parse_period
from workflows.words import LANGUAGES, Language, said_in

"""What customers read of a subprocessor of which nobody has said what it does."""


class MainContractIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A main contract as it is given; `renews` is the period by which it renews tacitly."""

    reference: str
    starts_on: date
    ends_on: date | None = None
    renews: str | None = None


class AgreementIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new agreement. `subprocessors` absent: those of the terms' own register."""

    customer_id: UUID
    terms: str
    main_contract: MainContractIn
    terms_version: str | None = None
    services: tuple[str, ...] = ()
    subprocessors: tuple[UUID, ...] | None = None
    facts: dict[str, Any] = {}
    external_id: str | None = None


class AgreementPatchIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may still be written while it is a draft, and `external_id` at any time; absent fields stay."""

    main_contract: MainContractIn | None = None
    main_contracts: tuple[MainContractIn, ...] | None = None
    services: tuple[str, ...] | None = None
    subprocessors: tuple[UUID, ...] | None = None
    facts: dict[str, Any] | None = None
    external_id: str | msgspec.UnsetType | None = msgspec.UNSET


class PinnedTerms(msgspec.Struct, frozen=True):
    """The version of terms that an agreement rests on."""

    id: UUID
    version: str
    terms: Terms


async def create_agreement(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    processor: UUID,
    given: AgreementIn,
    *,
    joined: Joined | None = None,
) -> Moved:
    """Write a new draft, and the subprocessors of the register that are not known yet. `joined`: its customer came by
    the processor's page.

    Raises BadInput, NotFound (an id of another processor), Refused (the customer was merged).
    """
    pinned = await find_terms(connection, engine, processor, given.terms, given.terms_version)
    checks = Checks()
    contract = checked_contract(checks, "main_contract", given.main_contract)
    checks.each("services", given.services, checks.line)
    checks.facts("facts", pinned.terms, given.facts)
    checks.line("external_id", given.external_id)
    checks.done()
    await check_external_id(connection, "agreement", processor, given.external_id)
    # Held until the agreement stands: its customer cannot be erased meanwhile (P26).
    await connection.fetch(sql("lock_subjects"), [processor], [given.customer_id])
    customer = await require_customer(connection, processor, given.customer_id)
    if given.subprocessors is None:
        subprocessors = await registered(connection, engine, acting, processor, pinned.terms)
    else:
        subprocessors = await _known(connection, processor, given.subprocessors)
    entity = Agreement(
        id=new_id(),
        processor_id=processor,
        customer_id=given.customer_id,
        terms=pinned.terms.id,
        terms_version=pinned.version,
        terms_version_id=pinned.id,
        main_contracts=(contract,),
        services=tuple(dict.fromkeys(given.services)),
        subprocessors=subprocessors,
        facts=given.facts,
        external_id=given.external_id,
        joined=joined is not None,
    )
    drafted = Drafted(customer_was_over=customer.over_at is not None, joined=joined)
    new = New(kind="agreement", entity=entity, data=drafted)
    return (await engine.create(connection, [new], acting))[0]


async def agreement_update(
    connection: Connection, engine: Engine, processor: UUID, agreement: Agreement, given: AgreementPatchIn
) -> DraftUpdate:
    """Say what an update of a draft has to carry.

    Raises BadInput, and NotFound for a subprocessor of another processor.
    """
    terms = (await engine.terms(connection, [agreement.terms_version_id]))[agreement.terms_version_id]
    checks = Checks()
    contracts: tuple[MainContract, ...] | None = None
    if given.main_contracts is not None:
        contracts = tuple(
            checked_contract(checks, f"main_contracts[{number}]", one)
            for number, one in enumerate(given.main_contracts)
        )
        references = [one.reference for one in contracts]
        if len(set(references)) != len(references) or not contracts:
            checks.wrong("main_contracts", "has to name at least one contract, and each once")
    elif given.main_contract is not None:
        contracts = (checked_contract(checks, "main_contract", given.main_contract),)
    if given.services is not None:
        checks.each("services", given.services, checks.line)
    if given.facts is not None:
        checks.facts("facts", terms, given.facts)
    if given.external_id is not msgspec.UNSET:
        checks.line("external_id", given.external_id)
    checks.done()
    await check_external_id(connection, "agreement", processor, given.external_id, agreement.id)
    subprocessors = given.subprocessors
    if subprocessors is not None:
        subprocessors = await _known(connection, processor, subprocessors)
    return DraftUpdate(
        main_contracts=contracts,
        services=given.services,
        subprocessors=subprocessors,
        facts=given.facts,
        external_id=given.external_id,
    )


async def find_terms(
    connection: Connection, engine: Engine, processor: UUID, terms: str, version: str | None = None
) -> PinnedTerms:
    """Give the latest version of these terms that the processor may see, or the version named.

    Raises BadInput where there is none.
    """
    row = await connection.fetchrow(sql("visible_terms"), [processor], terms, version)
    if row is None:
        rows = await connection.fetch(sql("visible_terms_names"), [processor])
        known = ", ".join(f"{one['terms']} ({one['versions']})" for one in rows)
        wanted = terms[:60] if version is None else f"{terms[:60]}, version {version[:60]}"
        path = "terms" if version is None else "terms_version"
        message = f"there are no terms {wanted!r}; known: {known}"
        raise BadInput(f"{path}: {message}.", (Problem(path, message),))
    return PinnedTerms(row["id"], row["version"], (await engine.terms(connection, [row["id"]]))[row["id"]])


def checked_contract(checks: Checks, path: str, given: MainContractIn) -> MainContract:
    """Turn a main contract as given into its row, noting in `checks` what is wrong with it."""
    checks.line(f"{path}.reference", given.reference)
    checks.day(f"{path}.starts_on", given.starts_on)
    checks.day(f"{path}.ends_on", given.ends_on)
    if given.ends_on is not None and given.ends_on < given.starts_on:
        checks.wrong(f"{path}.ends_on", f"lies before starts_on, {given.starts_on.isoformat()}")
    if given.renews is not None:
        checks.period(f"{path}.renews", given.renews)
        if _in_hours_or_none(given.renews):
            checks.wrong(f"{path}.renews", "is no time by which a contract renews: write it such as P1Y")
    return MainContract(**msgspec.structs.asdict(given))


def _in_hours_or_none(text: str) -> bool:
    try:
        period = parse_period(text)
    except BadInput:
        return False
    return period.unit in ("hours", "working_days") or period.count == 0


async def require_customer(connection: Connection, processor: UUID, customer: UUID) -> Customer:
    """Give the customer an agreement is for.

    Raises NotFound unless it is this processor's, Refused where it was merged into another or erased.
    """
    text = await connection.fetchval(sql("one_customer"), [processor], customer)
    if text is None:
        raise NotFound(missing("customer", customer, "customer_id"))
    found = msgspec.json.decode(text, type=Customer)
    if found.merged_into is not None:
        raise Refused(f"This customer was merged: {found.merged_into} goes on in its place.", guard="merged")
    if found.erased_at is not None:
        raise Refused("What was known of this customer has been erased: enter it as a new customer.", guard="erased")
    return found


async def _known(connection: Connection, processor: UUID, ids: Sequence[UUID]) -> tuple[UUID, ...]:
    wanted = tuple(dict.fromkeys(ids))
    found = set(await connection.fetchval(sql("subprocessors_known"), [processor], list(wanted)))
    for number, one in enumerate(wanted):
        if one not in found:
            raise NotFound(missing("subprocessor", one, f"subprocessors[{number}]"))
    return wanted


async def registered(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    processor: UUID,
    terms: Terms,
) -> tuple[UUID, ...]:
    """The subprocessors of the terms' register, by name or alias; those that are missing are made."""
    register = terms.subprocessors.register
    by_name = await subprocessors_by_name(connection, processor)
    if any(_match(by_name, entry) is None for entry in register):
        # Two agreements entered at once must not both make them.
        await connection.execute(sql("hold_register"), str(processor))
        by_name = await subprocessors_by_name(connection, processor)
    text = await connection.fetchval(sql("one_processor"), [processor], processor)
    own = msgspec.json.decode(text, type=Processor)
    new: list[New] = []
    found: list[UUID] = []
    for entry in register:
        known = _match(by_name, entry)
        if known is None:
            made = _from_register(terms, entry, own)
            new.append(New(kind="subprocessor", entity=made, data=_source(terms, entry)))
            known = made.id
            by_name.update(dict.fromkeys(name_keys((made.name, *made.aliases)), known))
        found.append(known)
    if new:
        await engine.create(connection, new, acting)
    return tuple(dict.fromkeys(found))


async def subprocessors_by_name(connection: Connection, processor: UUID) -> dict[str, UUID]:
    """Give the processor's subprocessors by each key of their names and aliases."""
    rows = await connection.fetch(sql("subprocessor_names"), [processor])
    # The oldest of several with one name counts, and a name before another's alias.
    found: dict[str, UUID] = {}
    for row in rows:
        found.update({name: row["id"] for name in name_keys(row["aliases"]) if name not in found})
    for row in reversed(rows):
        found.update(dict.fromkeys(name_keys([row["name"]]), row["id"]))
    return found


def _match(by_name: dict[str, UUID], entry: RegisterEntry) -> UUID | None:
    return next((by_name[name] for name in name_keys((entry.name, *entry.aliases)) if name in by_name), None)


def _from_register(terms: Terms, entry: RegisterEntry, processor: Processor) -> Subprocessor:
    """A place that the register does not state stays unknown: it is asked for, and never the processor's own.

    What it does is said in each language that the file has words in, first in that of the agreement, and where it has
    none that is said.
    """
    service = own(terms, entry, "service", terms.language) or entry.service
    return Subprocessor(
        id=new_id(),
        processor_id=processor.id,
        name=entry.name,
        service=service or said_in(terms.language)("place.not_stated"),
        country=entry.country,
        aliases=entry.aliases,
        services=entry.services,
        countries=(entry.country,) if entry.country is not None else (),
        service_in=_otherwise(terms, entry),
    )


def _otherwise(terms: Terms, entry: RegisterEntry) -> dict[Language, str]:
    """The service in the languages that the agreement is not in."""
    if not (entry.service or entry.service_nl):
        return {lang: said_in(lang)("place.not_stated") for lang in LANGUAGES if lang != terms.language}
    if given := entry.in_languages.get("service"):
        return {lang: words for lang, words in given.items() if lang != terms.language}
    if not (entry.service and entry.service_nl):
        return {}
    return {"en": entry.service} if terms.language == "nl" else {"nl": entry.service_nl}


def _source(terms: Terms, entry: RegisterEntry) -> Entered:
    return Entered(source={"from": f"{terms.id} {terms.version}, {entry.clause}"})
