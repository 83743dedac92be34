"""Processors and subprocessors: records without a clock; each change of them is an event.

A processor also hears of what came in and is nobody's: a person reads it.
"""

from typing import Any, Final

import msgspec
from msgspec.structs import asdict, replace

from workflows.machine.effects import CloseTasks, Effect, OpenTask, PlaceKnown
from workflows.machine.machine import Workflow
from workflows.machine.messages import PLACE_KNOWN
from workflows.machine.vocabulary import BIRTH, Outcome, Row, State, StepInput, Table
from workflows.model.change import PlaceKnownSince
from workflows.model.parties import (
    ChatNoted,
    Entered,
    NoContext,
    Processor,
    ProcessorUpdate,
    Subprocessor,
    SubprocessorEdit,
)
from workflows.model.replies import Classified, ReplyIn
from workflows.model.task_words import task_words
from workflows.model.users import UserNoted

PLACE_UNKNOWN: Final = "place_unknown"


def given_fields(data: msgspec.Struct) -> dict[str, Any]:
    """What an update gives; what is absent stays."""
    return {key: value for key, value in asdict(data).items() if value is not msgspec.UNSET}


def entered(ctx: StepInput[Processor, NoContext, Entered]) -> Outcome[Processor]:
    """On record, with what it was entered with."""
    return Outcome(ctx.entity, msgspec.to_builtins(ctx.entity) | ctx.data.source)


def entered_subprocessor(ctx: StepInput[Subprocessor, NoContext, Entered]) -> Outcome[Subprocessor]:
    """On record; where nobody has said where it works, that is asked for."""
    text = task_words("place_unknown", name=ctx.entity.name)
    ask = () if ctx.entity.country is not None else (OpenTask(PLACE_UNKNOWN, text, ctx.id),)
    return Outcome(ctx.entity, msgspec.to_builtins(ctx.entity) | ctx.data.source, effects=ask)


def update_subprocessor(ctx: StepInput[Subprocessor, NoContext, SubprocessorEdit]) -> Outcome[Subprocessor]:
    """Each field given takes the place of the old; a place that was unknown is known from this instant on, and those
    who may still answer what they were told without it read it too."""
    given = given_fields(ctx.data)
    told = given.pop("told_without_place")
    entity = replace(ctx.entity, **given)
    effects: tuple[Effect, ...] = ()
    if ctx.entity.country is None and entity.country is not None:
        known = PlaceKnownSince(entity.country)
        effects = (
            PlaceKnown(ctx.id, entity.country), CloseTasks((PLACE_UNKNOWN,)),
            *(PLACE_KNOWN.to(one, known) for one in told),
        )  # fmt: skip
    return Outcome(entity, msgspec.to_builtins(given), effects=effects)


def amended_with_change(ctx: StepInput[Subprocessor, NoContext, SubprocessorEdit]) -> Outcome[Subprocessor]:
    """What customers are told of it anew stands in its record too."""
    given = given_fields(ctx.data)
    del given["told_without_place"]
    return Outcome(replace(ctx.entity, **given), msgspec.to_builtins(given))


def update(ctx: StepInput[Processor, NoContext, ProcessorUpdate]) -> Outcome[Processor]:
    """Each field given takes the place of the old."""
    given = given_fields(ctx.data)
    return Outcome(replace(ctx.entity, **given), msgspec.to_builtins(given))


def reply(ctx: StepInput[Processor, NoContext, ReplyIn]) -> Outcome[Processor]:
    """P4: what came in and names nobody of ours; one task each, or one for all of a kind that has no end."""
    task = OpenTask(
        "classify_reply",
        task_words("inbound_untied", why=ctx.data.why, id=ctx.data.inbound_id),
        ctx.id,
        ctx.data.due_at,
        key=ctx.data.key or str(ctx.data.inbound_id),
    )
    return Outcome(ctx.entity, ctx.data.event_fields(), effects=(task,))


def classified(ctx: StepInput[Processor, NoContext, Classified]) -> Outcome[Processor]:
    """A person said what a message is."""
    return Outcome(
        ctx.entity,
        {"inbound_id": ctx.data.inbound_id, "classified_as": ctx.data.classified_as},
        effects=(CloseTasks(("classify_reply",), key=str(ctx.data.inbound_id)),),
    )


def user_noted(ctx: StepInput[Processor, NoContext, UserNoted]) -> Outcome[Processor]:
    """Who signs in for it is on its record; the person's name and address stand where they can be erased."""
    said: dict[str, Any] = {"user_id": ctx.data.user_id, "role": ctx.data.role}
    if ctx.data.changed:
        said["changed"] = ctx.data.changed
    given = {"name": ctx.data.name, "email": ctx.data.email}
    return Outcome(ctx.entity, said, personal={name: value for name, value in given.items() if value is not None})


def chat_noted(ctx: StepInput[Processor, NoContext, ChatNoted]) -> Outcome[Processor]:
    """Where its people are told together is on its record; the address itself is a secret."""
    return Outcome(ctx.entity, {"kind": ctx.data.kind, "host": ctx.data.host})


STATES = (State("current", "As it is now.", final=True),)

PROCESSOR = Workflow(
    Table(
        name="processor",
        entity=Processor,
        context=NoContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "current", entered, data=Entered, event="created"),
            Row("update", ("current",), None, update, data=ProcessorUpdate, event="updated"),
            Row("reply", ("current",), None, reply, data=ReplyIn),
            Row("classified", ("current",), None, classified, data=Classified),
            Row("chat_noted", ("current",), None, chat_noted, data=ChatNoted, event="chat_changed"),
            Row("user_added", ("current",), None, user_noted, data=UserNoted),
            Row("user_changed", ("current",), None, user_noted, data=UserNoted),
            Row("user_removed", ("current",), None, user_noted, data=UserNoted),
        ),
        path="processors",
    )
)
SUBPROCESSOR = Workflow(
    Table(
        name="subprocessor",
        entity=Subprocessor,
        context=NoContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "current", entered_subprocessor, data=Entered, event="created"),
            Row("update", ("current",), None, update_subprocessor, data=SubprocessorEdit, event="updated"),
            Row("amended", ("current",), None, amended_with_change, data=SubprocessorEdit, event="updated"),
        ),
        tells=(PLACE_KNOWN,),
        path="subprocessors",
    )
)
