"""Conditions of an agreement's end: each says why not, or None where it holds. Pure."""

from collections.abc import Callable

from workflows.agreement.guards import SPOKEN, At, corrected, ends_at, find_contract, right_for
from workflows.model.agreement import Terminate
from workflows.notice.scope import AMENDMENT


def _new_reference(c: At) -> str | None:
    if any(one.reference == c.data.reference for one in c.entity.main_contracts):
        return f"The main contract {c.data.reference!r} is listed already."
    return None


def _known_contract(c: At) -> str | None:
    if find_contract(c, c.data.reference) is not None:
        return None
    known = ", ".join(one.reference for one in c.entity.main_contracts)
    if c.data.reference is None:
        return f"There are several main contracts: name one in `reference` ({known})."
    return f"No main contract {c.data.reference!r}; known: {known}."


def _ends_after_start(c: At) -> str | None:
    contract = find_contract(c, c.data.reference)
    if contract is not None and c.data.on < contract.starts_on:
        return f"It cannot end before it starts ({contract.starts_on.isoformat()})."
    return None


def _services_apart(c: At) -> str | None:
    ending = c.context.terms.ending
    if ending.services_separately:
        return None
    return f"Under these terms a service does not end apart from its contract ({ending.clause})."


def _known_service(c: At) -> str | None:
    known = _services(c)
    if c.data.service in known:
        return None
    over = [one for one in c.entity.cancelled_services if one.service == c.data.service]
    if over and over[0].ended_at is not None:
        return f"The service {c.data.service!r} has ended already, on {over[0].on.isoformat()}."
    return f"No service {c.data.service!r}; this agreement has: {', '.join(known) or 'none'}."


def _services(c: At) -> tuple[str, ...]:
    """Those that may end apart: what the agreement names, else all that its terms keep data of."""
    over = {one.service for one in c.entity.cancelled_services if one.ended_at is not None}
    listed = {row.service: None for row in c.context.terms.retention if row.service and not row.always}
    return tuple(one for one in c.entity.services or listed if one not in over)


def _service_named(c: At) -> str | None:
    return None if c.data.service is not None else "the end of the agreement is meant"


def _no_service_named(c: At) -> str | None:
    return "the end of a service is meant" if c.data.service is not None else None


def _service_cancelled(c: At) -> str | None:
    planned = [one.service for one in c.entity.cancelled_services]
    if c.data.service in planned:
        return None
    return f"The end of {c.data.service!r} was not asked; taken back can be: {', '.join(planned) or 'none'}."


def _service_data_there(c: At) -> str | None:
    if any(one.service == c.data.service and one.how == "confirmed" for one in c.entity.plan):
        return f"Data of {c.data.service} have been erased: its end cannot be taken back any more."
    return None


def _renews(c: At) -> str | None:
    for one in c.entity.main_contracts:
        if one.renews and not one.ending and one.ends_on is not None:
            return None
    return "nothing renews"


def _all_ended(c: At) -> str | None:
    end = ends_at(c, c.entity.main_contracts)
    if _renews(c) is not None and end is not None and end <= c.now:
        return None
    return "a main contract goes on"


def _ground_given(c: At) -> str | None:
    assert isinstance(c.data, Terminate)
    right = right_for(c, c.data.ground)
    if right is not None and (right.party == "either" or c.data.party == right.party):
        return None
    if right is not None:
        return f"This right to end is the {right.party}'s ({right.clause})."
    ending = c.context.terms.ending
    where = ending.separate_clause or ending.clause
    return (
        f"These terms give no right to end on the ground {c.data.ground!r} ({where}). "
        "The agreement ends with its main contract: end-main-contract."
    )


def _right_open(c: At) -> str | None:
    data = c.data
    arrived = data.received_at or c.at
    match data.ground:
        case "breach_of_law":
            if data.broken_by is not None and data.broken_by == data.party:
                right = right_for(c, data.ground)
                where = f" ({right.clause})" if right is not None else ""
                return f"This right is the other party's: of the one that did not break the law{where}."
            return None
        case "overruled_objection":
            if any(one.rule == "overruled.termination" for one in c.context.rights):
                return None
            return "No objection of this customer was overruled, so this right is not open."
        case "amendment":
            mine = [one for one in c.context.rights if one.rule == AMENDMENT]
            if any(one.closes_at is None or arrived < one.closes_at for one in mine):
                return None
            if mine:
                return "The period for ending after this change is over."
            return "No notice of a change gives this right now."
    return "Unknown ground."


def _ending_reasoned(c: At) -> str | None:
    right = right_for(c, c.data.ground)
    if right is not None and right.reasons and not (c.data.reason or c.data.grounds or "").strip():
        return f"Ending on this ground needs reasons ({right.clause})."
    return None


def _ending_in_form(c: At) -> str | None:
    right = right_for(c, c.data.ground)
    if right is not None and right.form == "written" and c.data.channel in SPOKEN:
        return f"Ending on this ground must be in writing ({right.clause})."
    return None


def _end_planned(c: At) -> str | None:
    if any(one.ending for one in c.entity.main_contracts) or c.entity.end_ground is not None:
        return None
    services = [one.service for one in c.entity.cancelled_services]
    hint = f" The end of a service is taken back by its name, in `service`: {', '.join(services)}." if services else ""
    return f"No end is planned, so there is none to take back.{hint}"


def _nothing_gone(c: At) -> str | None:
    if any(one.kind == "erase" and one.how == "confirmed" and not one.service for one in c.entity.plan):
        return "Data have been erased: the end cannot be taken back any more."
    return None


def _end_moves_ahead(c: At) -> str | None:
    entity = corrected(c)
    if entity.terminates_at != c.entity.terminates_at:
        at = entity.terminates_at
        return None if at is None or at > c.now else "the corrected end is past too"
    if entity.main_contracts == c.entity.main_contracts:
        return "the end is not what is corrected"
    end = ends_at(c, entity.main_contracts)
    return None if end is None or end > c.now else "the corrected end is past too"


def _end_stays(c: At) -> str | None:
    return "the corrected end lies ahead" if _end_moves_ahead(c) is None else None


END_GUARDS: dict[str, Callable[[At], str | None]] = {
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
