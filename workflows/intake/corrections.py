"""A wrong entry put right (P25): what may be corrected, in the words of the entry or of the agreement itself."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from workflows.errors import BadInput, Problem
from workflows.intake.agreements import MainContractIn, checked_contract
from workflows.intake.checks import Checks
from workflows.model.agreement import Agreement, CancelledService, Correct, MainContract, Signature
from workflows.terms.model import Terms
from workflows.time import end_of_day

_CONTRACT: Final = ("reference", "starts_on", "ends_on", "renews")
_SIGNATURE: Final = ("party", "at")
_OTHER_NAMES: Final = {"on": "ends_on", "signed_at": "at"}
"""What the entries themselves call these fields."""


class Corrected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `data` may hold; a contract, a signature, the end of a service (`service` and `on`) or a termination
    (`effective_on`) may also be named by its fields alone."""

    main_contract: dict[str, Any] | None = None
    main_contracts: tuple[MainContractIn, ...] | None = None
    signatures: tuple[Signature, ...] | None = None
    facts: dict[str, Any] | None = None
    services: tuple[str, ...] | None = None
    customer_id: UUID | None = None
    service: str | None = None
    on: date | None = None
    effective_on: date | None = None
    noticed_at: datetime | None = None
    """When notice of the end was given."""


def checked_correction(agreement: Agreement, terms: Terms, given: Correct, now: datetime) -> Correct:
    """Say what a correction comes down to: whole fields of the agreement, as the step takes them.

    Raises BadInput with what is unknown or does not fit.
    """
    apart = "service" in given.data
    data = {name if apart else _OTHER_NAMES.get(name, name): value for name, value in given.data.items()}
    contract: dict[str, Any] = {name: data.pop(name) for name in _CONTRACT if name in data}
    signature = {name: data.pop(name) for name in _SIGNATURE if name in data}
    fields = {one.name for one in terms.fields}
    # What only an earlier version of its terms left blank.
    earlier = {name: value for name, value in agreement.facts.items() if name not in fields}
    if "facts" in data and isinstance(data["facts"], dict):
        here = {name: value for name, value in agreement.facts.items() if name in fields}
        data["facts"] = {**here, **data["facts"]}
    said = _convert(data, Corrected, "data")
    if said.main_contract is not None:
        contract = {**{_OTHER_NAMES.get(n, n): v for n, v in said.main_contract.items()}, **contract}
    checks = Checks()
    result: dict[str, Any] = {}
    if said.main_contracts is not None:
        result["main_contracts"] = tuple(
            _kept(agreement, checked_contract(checks, f"data.main_contracts[{number}]", one))
            for number, one in enumerate(said.main_contracts)
        )
    elif contract:
        result["main_contracts"] = _one_contract(checks, agreement, contract)
    if said.signatures is not None:
        result["signatures"] = said.signatures
    elif signature:
        one = _convert(signature, Signature, "data")
        others = tuple(other for other in agreement.signatures if other.party != one.party)
        result["signatures"] = (*others, one)
    for number, one in enumerate(result.get("signatures", ())):
        checks.instant(f"data.signatures[{number}].at", one.at)
        checks.past(f"data.signatures[{number}].at", one.at, now)
    if said.facts is not None:
        checks.facts("data.facts", terms, said.facts)
        result["facts"] = {**earlier, **said.facts}
    if said.services is not None:
        checks.each("data.services", said.services, checks.line)
        result["services"] = said.services
    if said.customer_id is not None:
        result["customer_id"] = said.customer_id
    if apart:
        result["cancelled_services"] = _service_end(checks, agreement, said)
    if said.effective_on is not None:
        result["terminates_at"] = _termination(checks, agreement, terms, said.effective_on)
    if said.noticed_at is not None:
        result["end_noticed_at"] = _notice(checks, agreement, said.noticed_at, now)
    checks.words("reason", given.reason, required=True)
    if not result:
        checks.wrong("data", f"is empty: it may hold {', '.join(Corrected.__struct_fields__)}")
    checks.done()
    return Correct(reason=given.reason, data=msgspec.to_builtins(result), event_id=given.event_id)


def _one_contract(checks: Checks, agreement: Agreement, fields: dict[str, Any]) -> tuple[MainContract, ...]:
    """The contracts with the one that is meant put right: the one of that reference, else the only one."""
    contracts = agreement.main_contracts
    known = [one.reference for one in contracts]
    if len(contracts) > 1 and fields.get("reference") not in known:
        checks.wrong("data.reference", f"names none of the main contracts: {', '.join(known)}")
        checks.done()
    meant = next((one for one in contracts if one.reference == fields.get("reference")), contracts[0])
    old = {name: getattr(meant, name) for name in _CONTRACT}
    given = _convert({**msgspec.to_builtins(old), **fields}, MainContractIn, "data")
    corrected = _kept(agreement, checked_contract(checks, "data", given), meant)
    return tuple(corrected if one is meant else one for one in contracts)


def _service_end(checks: Checks, agreement: Agreement, said: Corrected) -> tuple[CancelledService, ...]:
    """Another last day of a service whose end was entered."""
    checks.day("data.on", said.on)
    known = [one.service for one in agreement.cancelled_services]
    if said.service not in known:
        checks.wrong("data.service", f"is no service whose end was entered; known: {', '.join(known) or 'none'}")
    if said.on is None:
        checks.wrong("data.on", "is missing: give the service's last day")
    checks.done()
    return tuple(
        CancelledService(service=one.service, on=said.on) if one.service == said.service and said.on else one
        for one in agreement.cancelled_services
    )


def _termination(checks: Checks, agreement: Agreement, terms: Terms, day: date) -> datetime | None:
    """Another day at whose end a termination takes effect."""
    checks.day("data.effective_on", day)
    if agreement.terminates_at is None:
        checks.wrong("data.effective_on", "is the day of a termination, and there was none")
    checks.done()
    return end_of_day(day, terms.zone)


def _notice(checks: Checks, agreement: Agreement, at: datetime, now: datetime) -> datetime:
    """Another instant at which notice of the end was given."""
    checks.instant("data.noticed_at", at)
    checks.past("data.noticed_at", at, now)
    if agreement.end_noticed_at is None:
        checks.wrong("data.noticed_at", "is when notice of the end was given, and none was entered")
    return at


def _kept(agreement: Agreement, given: MainContract, meant: MainContract | None = None) -> MainContract:
    """An end that somebody gave stays one, while there is an end at all; an untouched last day keeps its past."""
    old = meant or next((one for one in agreement.main_contracts if one.reference == given.reference), None)
    if old is None:
        return given
    ending = old.ending and given.ends_on is not None
    same = (given.starts_on, given.ends_on, given.renews) == (old.starts_on, old.ends_on, old.renews)
    return msgspec.structs.replace(
        given,
        ending=ending,
        ended_from=old.ended_from if ending else None,
        renewed_from=old.renewed_from if same else None,
    )


def _convert(data: Any, shape: type[Any], path: str) -> Any:
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise BadInput(f"{path} does not fit: {error}.", (Problem(path, str(error)),)) from None
