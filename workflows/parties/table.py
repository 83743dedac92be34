"""Processors and subprocessors: records without a clock; each change of them is an event."""

from typing import Any, TypeVar

import msgspec
from msgspec.structs import asdict, replace

from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import BIRTH, Outcome, Row, State, StepInput, Table
from workflows.model.parties import (
    Entered,
    NoContext,
    Processor,
    ProcessorUpdate,
    Subprocessor,
    SubprocessorUpdate,
)

R = TypeVar("R", Processor, Subprocessor)
U = TypeVar("U", ProcessorUpdate, SubprocessorUpdate)


def given_fields(data: msgspec.Struct) -> dict[str, Any]:
    """What an update gives; what is absent stays."""
    return {key: value for key, value in asdict(data).items() if value is not msgspec.UNSET}


def entered(ctx: StepInput[R, NoContext, Entered]) -> Outcome[R]:
    """On record, with what it was entered with."""
    return Outcome(ctx.entity, msgspec.to_builtins(ctx.entity) | ctx.data.source)


def update(ctx: StepInput[R, NoContext, U]) -> Outcome[R]:
    """Each field given takes the place of the old."""
    given = given_fields(ctx.data)
    return Outcome(replace(ctx.entity, **given), msgspec.to_builtins(given))


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
            Row("create", BIRTH, "current", entered, data=Entered, event="created"),
            Row("update", ("current",), None, update, data=SubprocessorUpdate, event="updated"),
        ),
        path="subprocessors",
    )
)
