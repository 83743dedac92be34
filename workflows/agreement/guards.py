"""Conditions of an agreement's beginning and of corrections, and what all its guards share. Pure.

Each says why not, or None where it holds.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from workflows.errors import BadInput
from workflows.machine.vocabulary import D_co, Standing, StepInput, UnderTerms
from workflows.model.agreement import (
    Agreement,
    AgreementContext,
    Correct,
    DraftUpdate,
    MainContract,
    Sign,
    Signature,
)
from workflows.model.outages import open_until, outage_on
from workflows.names import same_name
from workflows.terms.model import TerminationRight, Terms
from workflows.time import end_of_day, parse_period, start_of_day

AgreementStep = StepInput[Agreement, AgreementContext, D_co]
AgreementStanding = Standing[Agreement, AgreementContext]
AgreementAlone = Standing[Agreement, object]
AgreementUnderTerms = Standing[Agreement, UnderTerms]
SPOKEN = frozenset({"phone", "in_person"})
CORRECTABLE = (
    "main_contracts", "signatures", "facts", "services", "customer_id", "cancelled_services", "terminates_at",
    "end_noticed_at",
)  # fmt: skip


def ends_at(ctx: AgreementStanding, contracts: tuple[MainContract, ...]) -> datetime | None:
    """The instant after the last day of the last main contract (CI-A6), or None while one goes on."""
    days = [one.ends_on for one in contracts]
    if not days or any(day is None for day in days):
        return None
    return end_of_day(max(day for day in days if day is not None), ctx.context.terms.zone)


def find_contract(ctx: AgreementAlone, reference: str | None) -> MainContract | None:
    """The contract named, or the only one."""
    contracts = ctx.entity.main_contracts
    if reference is None:
        return contracts[0] if len(contracts) == 1 else None
    return next((one for one in contracts if same_name(one.reference, reference)), None)


def right_for(ctx: AgreementStanding, ground: str) -> TerminationRight | None:
    """The terms' own right to end on this ground."""
    return next((one for one in ctx.context.terms.ending.rights if one.ground == ground), None)


def signed_by_all(signatures: tuple[Signature, ...]) -> datetime | None:
    """The last of both parties' signatures (I-18), or None while one is missing."""
    parties = {one.party for one in signatures}
    return max(one.at for one in signatures) if parties == {"controller", "processor"} else None


def corrected(ctx: AgreementStep[Correct]) -> Agreement:
    """The entity with the corrected fields. Raises BadInput where they do not fit."""
    known = {name: ctx.data.data[name] for name in CORRECTABLE if name in ctx.data.data}
    try:
        whole = {**msgspec.to_builtins(ctx.entity), **known}
        return msgspec.convert(whole, Agreement)
    except msgspec.ValidationError as error:
        raise BadInput(f"The corrected data do not fit: {error}.") from error


def number_alone(ctx: AgreementStep[DraftUpdate]) -> str | None:
    """Nothing else may be given, and it has to be."""
    if msgspec.structs.replace(ctx.data, external_id=msgspec.UNSET, labels=msgspec.UNSET) == DraftUpdate() != ctx.data:
        return None
    return "What was sent is put right by `correct`: only `external_id` and `labels` may be changed still."


def facts_missing(terms: Terms, facts: Mapping[str, Any]) -> list[str]:
    """What the terms leave blank and the facts do not say (or say in no usable form)."""
    missing = []
    for field in terms.fields:
        value = facts.get(field.name)
        if value is None and field.required:
            missing.append(f"facts[{field.name!r}] ({field.clause}: {field.text})")
        elif value is not None and field.kind == "duration":
            try:
                parse_period(str(value))
            except BadInput as error:
                missing.append(f"facts[{field.name!r}]: {error.detail}")
    return missing


def facts_given(ctx: AgreementUnderTerms) -> str | None:
    missing = facts_missing(ctx.context.terms, ctx.entity.facts)
    return f"The agreement leaves blank what it must say: {'; '.join(missing)}." if missing else None


def contacts_given(ctx: AgreementStanding) -> str | None:
    contacts = ctx.context.customer.contacts
    if not any(one.email for one in contacts):
        return "The customer has no contact with an e-mail address: add one first."
    for need in ctx.context.terms.contact_needs:
        if not any(need.role in one.roles and getattr(one, need.channel) for one in contacts):
            return (
                f"{need.text} ({need.clause}): the customer needs a contact with role {need.role!r} and {need.channel}."
            )
    return None


def has_contract(ctx: AgreementAlone) -> str | None:
    return None if ctx.entity.main_contracts else "Name the main contract first: its reference and first day."


def signed_by_now(ctx: AgreementStep[Sign]) -> str | None:
    if ctx.data.at is not None and ctx.data.at > ctx.now:
        return "A signature cannot lie in the future; give the instant it was set."
    return None


def signed_text(ctx: AgreementStep[Sign]) -> str | None:
    wanted, text = ctx.data.text_sha256, ctx.context.text
    if wanted is None or (text is not None and text.sha256 == wanted.lower()):
        return None
    there = f"the SHA-256 of its text is {text.sha256}" if text is not None else "no text is kept with its terms"
    return f"This is not the text of the agreement: {there}."


def one_to_sign(ctx: AgreementAlone) -> str | None:
    return "Both parties have signed." if signed_by_all(ctx.entity.signatures) is not None else None


def not_signed_before(ctx: AgreementStep[Sign]) -> str | None:
    if all(one.party != ctx.data.party for one in ctx.entity.signatures):
        return None
    return "This party has signed already; correct the signature where it was entered wrongly."


def period_before_entry(ctx: AgreementStanding) -> str | None:
    return None if ctx.context.terms.entry.period is not None else "the terms give no period before entry"


def no_period_before_entry(ctx: AgreementStanding) -> str | None:
    if ctx.context.terms.entry.period is None:
        return None
    return "The terms give the customer a period before it enters into force: send it, so that the period can begin."


def on_signature(terms: Terms, agreement: Agreement) -> bool:
    """Whether it waits for both signatures: by its terms, or because the customer came by the processor's page."""
    return terms.entry.event == "last_signature" or agreement.joined


def may_start(ctx: AgreementStanding) -> str | None:
    entry = ctx.context.terms.entry
    if on_signature(ctx.context.terms, ctx.entity) and signed_by_all(ctx.entity.signatures) is None:
        return "both parties have to sign first"
    if entry.period is not None and ctx.entity.entry_closes_at is None:
        return "its window has not begun"
    return None


def outage_as_entry_closed(ctx: AgreementStep) -> str | None:
    """On the last day of the period before entry into force customers could not answer, and it would be over without
    the time that they get for it (P3)."""
    closes_at, context = ctx.entity.entry_closes_at, ctx.context
    if closes_at is None or outage_on(closes_at, context.outages, context.terms.zone) is None:
        return "customers could answer"
    return None if open_until(closes_at, context.outages, context.terms) > ctx.at else "that time is over, too"


def correctable(ctx: AgreementStep[Correct]) -> str | None:
    if not any(name in ctx.data.data for name in CORRECTABLE):
        return f"Nothing to correct: `data` may hold {', '.join(CORRECTABLE)}."
    if not ctx.data.reason.strip():
        return "Say in `reason` why it is corrected."
    stays = {one.service for one in corrected(ctx).cancelled_services if one in ctx.entity.cancelled_services}
    for one in ctx.entity.plan:
        if one.service and one.service not in stays and one.how == "confirmed":
            return f"Data of {one.service} have been erased: when it ended cannot be corrected any more."
    return None


def start_moves_ahead(ctx: AgreementStep[Correct]) -> str | None:
    entry, entity = ctx.context.terms.entry, corrected(ctx)
    contracts, day = entity.main_contracts, entity.facts.get(entry.field)
    unsigned = signed_by_all(ctx.entity.signatures) is not None and signed_by_all(entity.signatures) is None
    if unsigned and on_signature(ctx.context.terms, entity):
        return None
    if entry.event == "main_contract_start" and contracts and contracts != ctx.entity.main_contracts:
        first = min(one.starts_on for one in contracts)
    elif entry.event == "named_day" and isinstance(day, str) and day != ctx.entity.facts.get(entry.field):
        first = date.fromisoformat(day)
    else:
        return "the start is not what is corrected"
    starts = start_of_day(first, ctx.context.terms.zone)
    return None if starts > ctx.now else "the corrected start is past too"
