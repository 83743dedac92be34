"""Processors and subprocessors: records without a clock; each change of them is an event."""

from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import Outcome, Row, State, StepInput, Table
from workflows.model.parties import NoContext, Processor, ProcessorUpdate, Subprocessor, SubprocessorUpdate


def _given(data: Any) -> dict[str, Any]:
    return {key: value for key, value in asdict(data).items() if value is not msgspec.UNSET}


def update(ctx: StepInput[Any, Any]) -> Outcome[Any]:
    """Each field given takes the place of the old."""
    given = _given(ctx.data)
    return Outcome(replace(ctx.entity, **given), msgspec.to_builtins(given), event="updated")


def _record(name: str, entity: Any, shape: type[msgspec.Struct]) -> Workflow:
    return Workflow(
        Table(
            name=name,
            entity=entity,
            context=NoContext,
            initial="current",
            states=(State("current", "As it is now.", final=True),),
            rows=(Row("update", ("current",), None, update, data=shape),),
            guards={},
        )
    )


PROCESSOR = _record("processor", Processor, ProcessorUpdate)
SUBPROCESSOR = _record("subprocessor", Subprocessor, SubprocessorUpdate)
