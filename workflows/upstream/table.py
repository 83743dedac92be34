"""What a subprocessor announces to the processor itself: looked at in time, and carried on to the customers.

    received → answered → closed

Where the subprocessor's own window is shorter than what customers must be given, that is said at once.
"""

from typing import Literal

from msgspec.structs import replace

from workflows.machine.effects import CloseTasks, Effect, OpenTask
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, State, StepInput, Table
from workflows.model.task_words import task_words
from workflows.model.upstream import CameIn, NotedUpstream, Upstream, UpstreamContext

UpstreamStep = StepInput[Upstream, UpstreamContext, D_co]

STATES = (
    State("received", "It came in; somebody decides whether to object, and tells the customers.", frozenset({"live"})),
    State("answered", "The subprocessor has the processor's answer.", frozenset({"live"})),
    State("closed", "Over: what it meant for the customers runs its own course.", final=True),
)
TASKS = ("upstream", "upstream_short")


def came_in(ctx: StepInput[Upstream, object, CameIn]) -> Outcome[Upstream]:
    """What somebody must do: decide in the subprocessor's time, and see to what falls short."""
    entity = ctx.entity
    text = task_words("upstream")
    effects: list[Effect] = [OpenTask("upstream", text, entity.id, entity.object_until)]
    if entity.warning:
        words = task_words("upstream_short", count=ctx.data.short)
        effects.append(OpenTask("upstream_short", words, entity.id, entity.object_until, role="director"))
    said = {
        "subprocessor_id": entity.subprocessor_id,
        "kind": entity.kind,
        "object_until": entity.object_until,
        "effective_on": entity.effective_on,
        "change_id": entity.change_id,
        "short": ctx.data.short,
    }
    return Outcome(entity, said, {"text": entity.text}, tuple(effects))


def _answered(ctx: UpstreamStep[NotedUpstream], answer: Literal["accept", "object"]) -> Outcome[Upstream]:
    entity = replace(ctx.entity, answer=answer, answered_at=ctx.at, note=ctx.data.note)
    late = ctx.entity.object_until is not None and ctx.at >= ctx.entity.object_until
    personal = {"note": ctx.data.note} if ctx.data.note else {}
    return Outcome(entity, {"late": late}, personal, (CloseTasks(TASKS),))


def accept(ctx: UpstreamStep[NotedUpstream]) -> Outcome[Upstream]:
    """The processor goes along; its customers keep their own rights."""
    return _answered(ctx, "accept")


def object_(ctx: UpstreamStep[NotedUpstream]) -> Outcome[Upstream]:
    """The processor objects, for its own sake or for its customers'."""
    return _answered(ctx, "object")


def close(ctx: UpstreamStep[NotedUpstream]) -> Outcome[Upstream]:
    personal = {"note": ctx.data.note} if ctx.data.note else {}
    return Outcome(replace(ctx.entity, closed_at=ctx.at), {}, personal, (CloseTasks(TASKS),))


UPSTREAM = Workflow(
    Table(
        name="upstream",
        entity=Upstream,
        context=UpstreamContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "received", came_in, data=CameIn, event="created"),
            Row("accept", ("received",), "answered", accept, data=NotedUpstream, event="accepted", action=True),
            Row("object", ("received",), "answered", object_, data=NotedUpstream, event="objected", action=True),
            Row("close", ("received", "answered"), "closed", close, data=NotedUpstream, event="closed", action=True),
        ),
        path="upstream-notices",
    )
)
