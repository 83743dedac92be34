"""Conditions of an agreement's end: each says why not, or None where it holds. Pure."""

from collections.abc import Callable

from workflows.agreement.guards import SPOKEN, AgreementStep, corrected, ends_at, find_contract, right_for
from workflows.model.agreement import Terminate
from workflows.terms.names import AMENDMENT


def _new_reference(ctx: AgreementStep) -> str | None:
    if any(one.reference == ctx.data.reference for one in ctx.entity.main_contracts):
        return f"The main contract {ctx.data.reference!r} is listed already."
    return None


def _known_contract(ctx: AgreementStep) -> str | None:
    if find_contract(ctx, ctx.data.reference) is not None:
        return None
    known = ", ".join(one.reference for one in ctx.entity.main_contracts)
    if ctx.data.reference is None:
        return f"There are several main contracts: name one in `reference` ({known})."
    return f"No main contract {ctx.data.reference!r}; known: {known}."


def _ends_after_start(ctx: AgreementStep) -> str | None:
    contract = find_contract(ctx, ctx.data.reference)
    if contract is not None and ctx.data.on < contract.starts_on:
        return f"It cannot end before it starts ({contract.starts_on.isoformat()})."
    return None


def _services_apart(ctx: AgreementStep) -> str | None:
    ending = ctx.context.terms.ending
    if ending.services_separately:
        return None
    return f"Under these terms a service does not end apart from its contract ({ending.clause})."


def _known_service(ctx: AgreementStep) -> str | None:
    known = _services(ctx)
    if ctx.data.service in known:
        return None
    over = [one for one in ctx.entity.cancelled_services if one.service == ctx.data.service]
    if over and over[0].ended_at is not None:
        return f"The service {ctx.data.service!r} has ended already, on {over[0].on.isoformat()}."
    return f"No service {ctx.data.service!r}; this agreement has: {', '.join(known) or 'none'}."


def _services(ctx: AgreementStep) -> tuple[str, ...]:
    """Those that may end apart: what the agreement names, else all that its terms keep data of."""
    over = {one.service for one in ctx.entity.cancelled_services if one.ended_at is not None}
    listed = {row.service: None for row in ctx.context.terms.retention if row.service and not row.always}
    return tuple(one for one in ctx.entity.services or listed if one not in over)


def _service_named(ctx: AgreementStep) -> str | None:
    return None if ctx.data.service is not None else "the end of the agreement is meant"


def _no_service_named(ctx: AgreementStep) -> str | None:
    return "the end of a service is meant" if ctx.data.service is not None else None


def _service_cancelled(ctx: AgreementStep) -> str | None:
    planned = [one.service for one in ctx.entity.cancelled_services]
    if ctx.data.service in planned:
        return None
    return f"The end of {ctx.data.service!r} was not asked; taken back can be: {', '.join(planned) or 'none'}."


def _service_data_there(ctx: AgreementStep) -> str | None:
    if any(one.service == ctx.data.service and one.how == "confirmed" for one in ctx.entity.plan):
        return f"Data of {ctx.data.service} have been erased: its end cannot be taken back any more."
    return None


def _renews(ctx: AgreementStep) -> str | None:
    for one in ctx.entity.main_contracts:
        if one.renews and not one.ending and one.ends_on is not None:
            return None
    return "nothing renews"


def _all_ended(ctx: AgreementStep) -> str | None:
    end = ends_at(ctx, ctx.entity.main_contracts)
    if _renews(ctx) is not None and end is not None and end <= ctx.now:
        return None
    return "a main contract goes on"


def _ground_given(ctx: AgreementStep) -> str | None:
    assert isinstance(ctx.data, Terminate)
    right = right_for(ctx, ctx.data.ground)
    if right is not None and (right.party == "either" or ctx.data.party == right.party):
        return None
    if right is not None:
        return f"This right to end is the {right.party}'s ({right.clause})."
    ending = ctx.context.terms.ending
    where = ending.separate_clause or ending.clause
    return (
        f"These terms give no right to end on the ground {ctx.data.ground!r} ({where}). "
        "The agreement ends with its main contract: end-main-contract."
    )


def _right_open(ctx: AgreementStep) -> str | None:
    data = ctx.data
    arrived = data.received_at or ctx.at
    match data.ground:
        case "breach_of_law":
            if data.broken_by is not None and data.broken_by == data.party:
                right = right_for(ctx, data.ground)
                where = f" ({right.clause})" if right is not None else ""
                return f"This right is the other party's: of the one that did not break the law{where}."
            return None
        case "overruled_objection":
            if any(one.rule == "overruled.termination" for one in ctx.context.rights):
                return None
            return "No objection of this customer was overruled, so this right is not open."
        case "amendment":
            mine = [one for one in ctx.context.rights if one.rule == AMENDMENT]
            if any(one.closes_at is None or arrived < one.closes_at for one in mine):
                return None
            if mine:
                return "The period for ending after this change is over."
            return "No notice of a change gives this right now."
    return "Unknown ground."


def _ending_reasoned(ctx: AgreementStep) -> str | None:
    right = right_for(ctx, ctx.data.ground)
    if right is not None and right.reasons and not (ctx.data.reason or ctx.data.grounds or "").strip():
        return f"Ending on this ground needs reasons ({right.clause})."
    return None


def _ending_in_form(ctx: AgreementStep) -> str | None:
    right = right_for(ctx, ctx.data.ground)
    if right is not None and right.form == "written" and ctx.data.channel in SPOKEN:
        return f"Ending on this ground must be in writing ({right.clause})."
    return None


def _end_planned(ctx: AgreementStep) -> str | None:
    if any(one.ending for one in ctx.entity.main_contracts) or ctx.entity.end_ground is not None:
        return None
    services = [one.service for one in ctx.entity.cancelled_services]
    hint = f" The end of a service is taken back by its name, in `service`: {', '.join(services)}." if services else ""
    return f"No end is planned, so there is none to take back.{hint}"


def _nothing_gone(ctx: AgreementStep) -> str | None:
    if any(one.kind == "erase" and one.how == "confirmed" and not one.service for one in ctx.entity.plan):
        return "Data have been erased: the end cannot be taken back any more."
    return None


def _end_moves_ahead(ctx: AgreementStep) -> str | None:
    entity = corrected(ctx)
    if entity.terminates_at != ctx.entity.terminates_at:
        at = entity.terminates_at
        return None if at is None or at > ctx.now else "the corrected end is past too"
    if entity.main_contracts == ctx.entity.main_contracts:
        return "the end is not what is corrected"
    end = ends_at(ctx, entity.main_contracts)
    return None if end is None or end > ctx.now else "the corrected end is past too"


def _end_stays(ctx: AgreementStep) -> str | None:
    return "the corrected end lies ahead" if _end_moves_ahead(ctx) is None else None


END_GUARDS: dict[str, Callable[[AgreementStep], str | None]] = {
    "all_ended": _all_ended,
    "end_moves_ahead": _end_moves_ahead,
    "end_planned": _end_planned,
    "end_stays": _end_stays,
    "ending_in_form": _ending_in_form,
    "ending_reasoned": _ending_reasoned,
    "ends_after_start": _ends_after_start,
    "ground_given": _ground_given,
    "known_contract": _known_contract,
    "known_service": _known_service,
    "no_service_named": _no_service_named,
    "new_reference": _new_reference,
    "nothing_gone": _nothing_gone,
    "renews": _renews,
    "right_open": _right_open,
    "service_cancelled": _service_cancelled,
    "service_data_there": _service_data_there,
    "service_named": _service_named,
    "services_apart": _services_apart,
}
