"""One service ends apart (P22): its data go by their own clock while the agreement lives on. Pure."""

from collections.abc import Iterable

from msgspec.structs import replace

from workflows.agreement.guards import AgreementStanding, AgreementStep
from workflows.agreement.plan import approval, deadline, with_items, withdrawn
from workflows.agreement.timers import SERVICE_ENDED
from workflows.deletion.clocks import due_of
from workflows.deletion.hold_rules import holding
from workflows.deletion.items import live_services, service_items
from workflows.machine.effects import CloseTasks, Effect, OpenTask, SetTimer
from workflows.machine.messages import SERVICE_ENDED as NOTICE_SERVICE_ENDED
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, CancelEnd, CancelledService, CancelService, EndedService
from workflows.model.task_words import task_words
from workflows.time import end_of_day


def cancel_service(ctx: AgreementStep[CancelService]) -> Outcome[Agreement]:
    """One service ends apart from its contract, where the terms know that."""
    one = CancelledService(service=ctx.data.service, on=ctx.data.on)
    entity = _with(ctx.entity, (one,))
    said = {"service": one.service, "on": one.on}
    return Outcome(entity, said, effects=(_timer(ctx, one),))


def cancelled(ctx: AgreementStanding, services: tuple[CancelledService, ...]) -> tuple[Agreement, tuple[Effect, ...]]:
    """The agreement with the ends of these services, and their timers."""
    return _with(ctx.entity, services), tuple(_timer(ctx, one) for one in services)


def service_ended(ctx: AgreementStep[EndedService]) -> Outcome[Agreement]:
    """The data of this service go by its own rows of the retention table, approved and confirmed like any other."""
    planned = next((one for one in ctx.entity.cancelled_services if one.service == ctx.data.service), None)
    assert planned is not None
    ended = replace(planned, ended_at=ctx.at)
    entity = _with(ctx.entity, (ended,))
    left = live_services(entity)
    effects: list[Effect] = [NOTICE_SERVICE_ENDED.to(one) for one in ctx.context.open_notices]
    if left or not entity.services:
        entity = replace(entity, services=left)
    else:
        text = task_words("no_service_left")
        effects.append(OpenTask("main_contract", text, ctx.id))
    items = service_items(ctx.context.terms, ctx.id, entity, ended, ctx.context.subprocessors)
    entity = with_items(entity, items)
    for one in items:
        if holding(entity, one) is None:
            effects += deadline(ctx.id, one, due_of(ctx.context.terms, entity, one))
    effects += approval(ctx, entity)
    return Outcome(entity, {"service": ended.service, "plan": len(items)}, effects=tuple(effects))


def cancel_service_end(ctx: AgreementStep[CancelEnd]) -> Outcome[Agreement]:
    """A service goes on after all; what was planned for its data falls."""
    assert ctx.data.service is not None
    entity, effects = back_in_service(ctx.entity, (ctx.data.service,))
    said = {"service": ctx.data.service, "reason": ctx.data.reason}
    return Outcome(entity, said, effects=(*effects, *approval(ctx, entity)))


def back_in_service(entity: Agreement, names: Iterable[str]) -> tuple[Agreement, tuple[Effect, ...]]:
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
    clear = (SERVICE_ENDED.clear(_name(name)) for name in sorted(wanted))
    return entity, (*clear, *withdrawn(fallen), CloseTasks(("main_contract",)))


def corrected_services(
    ctx: AgreementStanding, entity: Agreement, given: tuple[CancelledService, ...]
) -> tuple[Agreement, tuple[Effect, ...]]:
    """P25: other last days of services: what followed from the wrong ones falls and is computed anew."""
    before = entity.cancelled_services
    moved = [one for one in given if one not in before]
    gone = [one.service for one in before if one.service not in {new.service for new in given}]
    entity, effects = back_in_service(entity, [*gone, *(one.service for one in moved)])
    fresh = [replace(one, ended_at=None) for one in moved]
    return _with(entity, fresh), (*effects, *(_timer(ctx, one) for one in fresh))


def service_timers(ctx: AgreementStanding, entity: Agreement) -> tuple[Effect, ...]:
    """The ends of services that are still to come."""
    return tuple(_timer(ctx, one) for one in entity.cancelled_services if one.ended_at is None)


def _with(agreement: Agreement, changed: Iterable[CancelledService]) -> Agreement:
    new = {one.service: one for one in changed}
    kept = tuple(new.pop(one.service, one) for one in agreement.cancelled_services)
    return replace(agreement, cancelled_services=(*kept, *new.values()))


def _name(service: str) -> str:
    return f"service:{service}"


def _timer(ctx: AgreementStanding, one: CancelledService) -> SetTimer:
    at = end_of_day(one.on, ctx.context.terms.zone)
    return SERVICE_ENDED.at(at, EndedService(one.service), name=_name(one.service))
