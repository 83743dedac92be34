"""Conditions of an agreement's end: each says why not, or None where it holds. Pure."""

from datetime import datetime
from typing import Final

from workflows.agreement.cures import not_cured
from workflows.agreement.guards import (
    SPOKEN,
    AgreementAlone,
    AgreementStanding,
    AgreementStep,
    AgreementUnderTerms,
    corrected,
    ends_at,
    find_contract,
    right_for,
)
from workflows.model.agreement import (
    CancelEnd,
    CancelService,
    Correct,
    EndMainContract,
    MainContract,
    Terminate,
)
from workflows.model.outages import open_until
from workflows.names import same_name
from workflows.terms.model import Ground
from workflows.terms.names import ENDS


def new_reference(ctx: AgreementStep[MainContract]) -> str | None:
    if any(same_name(one.reference, ctx.data.reference) for one in ctx.entity.main_contracts):
        return f"The main contract {ctx.data.reference!r} is listed already."
    return None


def known_contract(ctx: AgreementStep[EndMainContract]) -> str | None:
    if find_contract(ctx, ctx.data.reference) is not None:
        return None
    known = ", ".join(one.reference for one in ctx.entity.main_contracts)
    if ctx.data.reference is None:
        return f"There are several main contracts: name one in `reference` ({known})."
    return f"No main contract {ctx.data.reference!r}; known: {known}."


def ends_after_start(ctx: AgreementStep[EndMainContract]) -> str | None:
    contract = find_contract(ctx, ctx.data.reference)
    if contract is not None and ctx.data.on < contract.starts_on:
        return f"The contract cannot end before it starts ({contract.starts_on.isoformat()})."
    return None


def noticed_by_now(ctx: AgreementStep[EndMainContract]) -> str | None:
    if ctx.data.noticed_at is not None and ctx.data.noticed_at > ctx.now:
        return "Notice of the end cannot have been given later than now: give the instant at which it was."
    return None


def services_apart(ctx: AgreementUnderTerms) -> str | None:
    ending = ctx.context.terms.ending
    if ending.services_separately or any(one.ends == "service" for one in ending.rights):
        return None
    return f"Under these terms a service does not end apart from its contract ({ending.clause})."


def known_service(ctx: AgreementStep[CancelService]) -> str | None:
    known = _services(ctx)
    if ctx.data.service in known:
        return None
    over = [one for one in ctx.entity.cancelled_services if one.service == ctx.data.service]
    if over and over[0].ended_at is not None:
        return f"The service {ctx.data.service!r} has ended already, on {over[0].on.isoformat()}."
    return f"No service {ctx.data.service!r}; this agreement has: {', '.join(known) or 'none'}."


def _services(ctx: AgreementStanding) -> tuple[str, ...]:
    """The services that may end apart: what the agreement names, else all that its terms keep data of."""
    over = {one.service for one in ctx.entity.cancelled_services if one.ended_at is not None}
    listed = {row.service: None for row in ctx.context.terms.retention if row.service and not row.always}
    return tuple(one for one in ctx.entity.services or listed if one not in over)


def service_named(ctx: AgreementStep[CancelEnd]) -> str | None:
    return None if ctx.data.service is not None else "the end of the agreement is meant"


def agreement_meant(ctx: AgreementStep[CancelEnd]) -> str | None:
    if ctx.data.service is None:
        return None
    return "The agreement itself has ended: leave out `service` to take that back."


def a_service_cancelled(ctx: AgreementAlone) -> str | None:
    return None if ctx.entity.cancelled_services else "The end of no service was asked, so there is none to take back."


def service_cancelled(ctx: AgreementStep[CancelEnd]) -> str | None:
    planned = [one.service for one in ctx.entity.cancelled_services]
    if ctx.data.service in planned:
        return None
    return f"The end of {ctx.data.service!r} was not asked; taken back can be: {', '.join(planned) or 'none'}."


def service_data_there(ctx: AgreementStep[CancelEnd]) -> str | None:
    if any(one.service == ctx.data.service and one.how == "confirmed" for one in ctx.entity.plan):
        return f"Data of {ctx.data.service} have been erased: its end cannot be taken back any more."
    return None


def renews(ctx: AgreementAlone) -> str | None:
    for one in ctx.entity.main_contracts:
        if one.renews and not one.ending and one.ends_on is not None:
            return None
    return "nothing renews"


def all_ended(ctx: AgreementStep) -> str | None:
    end = ends_at(ctx, ctx.entity.main_contracts)
    if renews(ctx) is not None and end is not None and end <= ctx.now:
        return None
    return "a main contract goes on"


def ground_given(ctx: AgreementStep[Terminate]) -> str | None:
    right = right_for(ctx, ctx.data.ground)
    if right is not None and right.whose in ("either", ctx.data.party):
        return None
    if right is not None:
        return f"This right to end is the {right.whose}'s ({right.clause})."
    ending = ctx.context.terms.ending
    where = ending.separate_clause or ending.clause
    return (
        f"These terms give no right to end on the ground {ctx.data.ground!r} ({where}). "
        "The agreement ends with its main contract: end-main-contract."
    )


def gives_a_right(ctx: AgreementUnderTerms) -> str | None:
    ending = ctx.context.terms.ending
    if ending.rights:
        return None
    where = ending.separate_clause or ending.clause
    return f"These terms give no right to end ({where}). The agreement ends with its main contract: end-main-contract."


def right_open(ctx: AgreementStep[Terminate]) -> str | None:
    data = ctx.data
    arrived = data.received_at or ctx.at
    match data.ground:
        case "breach_of_law":
            if data.broken_by is not None and data.broken_by == data.party:
                right = right_for(ctx, data.ground)
                where = f" ({right.clause})" if right is not None else ""
                return f"This right is the other party's: of the one that did not break the law{where}."
            return None
        case "not_cured":
            return not_cured(ctx, arrived)
        case "unlawful_instruction":
            return None
        case _:
            mine = [one for one in ctx.context.rights if ENDS[one.rule] == data.ground]
            if any(one.closes_at is None or arrived < _closes(ctx, one.closes_at) for one in mine):
                return None
            if not mine:
                return _NOT_OPEN[data.ground]
            if data.ground == "amendment":
                return "The period for ending after this change is over."
            return "The period in which this right was open is over."


def _closes(ctx: AgreementStanding, closes_at: datetime) -> datetime:
    """When a right closes by every outage that is known, whether or not its notice was held open yet (P3)."""
    return open_until(closes_at, ctx.context.outages, ctx.context.terms)


_NOT_OPEN: Final[dict[Ground, str]] = {
    "overruled_objection": "No objection of this customer was overruled, so this right is not open.",
    "objection": "No objection of this customer stands for which no solution was found, so this right is not open.",
    "subprocessor": "No notice of a subprocessor gives this right now.",
    "amendment": "No notice of a change gives this right now.",
}


def ending_reasoned(ctx: AgreementStep[Terminate]) -> str | None:
    right = right_for(ctx, ctx.data.ground)
    if right is not None and right.reasons and not (ctx.data.reason or ctx.data.grounds or "").strip():
        return f"Ending on this ground needs reasons ({right.clause})."
    return None


def ending_in_form(ctx: AgreementStep[Terminate]) -> str | None:
    right = right_for(ctx, ctx.data.ground)
    if right is None or right.form == "any" or ctx.data.channel not in SPOKEN:
        return None
    if right.form == "text":
        return f"Ending on this ground must be in text form, such as a mail ({right.clause})."
    return f"Ending on this ground must be in writing ({right.clause})."


def end_planned(ctx: AgreementAlone) -> str | None:
    if any(one.ending for one in ctx.entity.main_contracts) or ctx.entity.end_ground is not None:
        return None
    services = [one.service for one in ctx.entity.cancelled_services]
    hint = f" The end of a service is taken back by its name, in `service`: {', '.join(services)}." if services else ""
    return f"No end is planned, so there is none to take back.{hint}"


def nothing_gone(ctx: AgreementAlone) -> str | None:
    if any(one.kind == "erase" and one.how == "confirmed" and not one.service for one in ctx.entity.plan):
        return "Data have been erased: the end cannot be taken back any more."
    return None


def end_moves_ahead(ctx: AgreementStep[Correct]) -> str | None:
    entity = corrected(ctx)
    if entity.terminates_at != ctx.entity.terminates_at:
        at = entity.terminates_at
        return None if at is None or at > ctx.now else "the corrected end is past too"
    if entity.main_contracts == ctx.entity.main_contracts:
        return "the end is not what is corrected"
    end = ends_at(ctx, entity.main_contracts)
    return None if end is None or end > ctx.now else "the corrected end is past too"
