"""Confirming an item of a deletion plan: named by its own id, or by the task that asks for it."""

from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from db.queries import sql
from service.http.request_context import Locked, WriteUnit
from workflows.model.agreement import ConfirmItem
from workflows.model.change import Confirm

C = TypeVar("C", ConfirmItem, Confirm)


async def item_of_task(unit: WriteUnit, locked: Locked, data: C) -> C:
    """Put the plan item's id where a task's own id was given."""
    item = await unit.connection.fetchval(sql("task_of_item"), unit.processors, data.task_id, locked.id)
    return replace(data, task_id=UUID(item)) if item is not None else data
