"""One service ends apart (P22): its data go by their own clock while the agreement lives on. Pure."""

from collections.abc import Iterable

from msgspec.structs import replace

from workflows.agreement.guards import At
from workflows.agreement.plan import approval, deadline, with_items, withdrawn
from workflows.deletion.hold_rules import holding
from workflows.deletion.items import due_of, live_services, service_items
from workflows.machine.effects import (
    RANK_END,
    ClearTimer,
    CloseTasks,
    Effect,
    OpenTask,
    SetTimer,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import (
    Agreement,
    CancelledService,
)
from workflows.time import end_of_day


def cancel_service(c: At) -> Outcome[Agreement]:
    """One service ends apart from its contract, where the terms know that."""
    one = CancelledService(service=c.data.service, on=c.data.on)
    entity = _with(c.entity, (one,))
    said = {"service": one.service, "on": one.on}
    return Outcome(entity, said, effects=(_timer(c, one),), event="service_ending")


def service_ended(c: At) -> Outcome[Agreement]:
    """The data of this service go by its own rows of the retention table, approved and confirmed like any other."""
    planned = next((one for one in c.entity.cancelled_services if one.service == c.data.service), None)
    assert planned is not None
    ended = replace(planned, ended_at=c.at)
    entity = _with(c.entity, (ended,))
    left = live_services(entity)
    effects: list[Effect] = []
    if left or not entity.services:
        entity = replace(entity, services=left)
    else:
        text = "No service is left under this agreement: settle whether its main contract ends."
        effects.append(OpenTask("main_contract", text, c.id))
    items = service_items(c.context.terms, c.id, entity, ended, c.context.subprocessors)
    entity = with_items(entity, items)
    for one in items:
        if holding(entity, one) is None:
            effects += deadline(c, one, due_of(c.context.terms, entity, one))
    effects += approval(c, entity)
    return Outcome(entity, {"service": ended.service, "plan": len(items)}, effects=tuple(effects))


def cancel_service_end(c: At) -> Outcome[Agreement]:
    """A service goes on after all; what was planned for its data falls."""
    entity, effects = back_in_service(c, c.entity, (c.data.service,))
    said = {"service": c.data.service, "reason": c.data.reason}
    return Outcome(entity, said, effects=(*effects, *approval(c, entity)), event="service_end_cancelled")


def back_in_service(c: At, entity: Agreement, names: Iterable[str]) -> tuple[Agreement, tuple[Effect, ...]]:
    """As if these services had not ended; nothing of their data has gone."""
    wanted = set(names)
    fallen = [one for one in entity.plan if one.service in wanted]
    ended = [one.service for one in entity.cancelled_services if one.service in wanted and one.ended_at is not None]
    entity = replace(
        entity,
        services=(*entity.services, *(name for name in ended if entity.services and name not in entity.services)),
        cancelled_services=tuple(one for one in entity.cancelled_services if one.service not in wanted),
        plan=tuple(one for one in entity.plan if one.service not in wanted),
    )
    clear = (ClearTimer(_name(name)) for name in sorted(wanted))
    return entity, (*clear, *withdrawn(fallen), CloseTasks(("main_contract",)))


def corrected_services(c: At, given: tuple[CancelledService, ...]) -> tuple[Agreement, tuple[Effect, ...]]:
    """P25: other last days of services: what followed from the wrong ones falls and is computed anew."""
    moved = [one for one in given if one not in c.entity.cancelled_services]
    gone = [one.service for one in c.entity.cancelled_services if one.service not in {new.service for new in given}]
    entity, effects = back_in_service(c, c.entity, [*gone, *(one.service for one in moved)])
    fresh = [replace(one, ended_at=None) for one in moved]
    return _with(entity, fresh), (*effects, *(_timer(c, one) for one in fresh))


def service_timers(c: At, entity: Agreement) -> tuple[Effect, ...]:
    """The ends of services that are still to come."""
    return tuple(_timer(c, one) for one in entity.cancelled_services if one.ended_at is None)


def _with(agreement: Agreement, changed: Iterable[CancelledService]) -> Agreement:
    new = {one.service: one for one in changed}
    kept = tuple(new.pop(one.service, one) for one in agreement.cancelled_services)
    return replace(agreement, cancelled_services=(*kept, *new.values()))


def _name(service: str) -> str:
    return f"service:{service}"


def _timer(c: At, one: CancelledService) -> SetTimer:
    at = end_of_day(one.on, c.context.terms.zone)
    return SetTimer(_name(one.service), at, "service_ended", RANK_END, data={"service": one.service})
