"""Every kind of subject with its workflow: one place, so that a new kind is one line."""

from workflows.agreement import AGREEMENT
from workflows.change import CHANGE
from workflows.machine import Workflow
from workflows.notice import NOTICE
from workflows.records import CUSTOMER, PROCESSOR, SUBPROCESSOR
from workflows.task import TASK

WORKFLOWS: dict[str, Workflow] = {
    one.name: one for one in (PROCESSOR, CUSTOMER, SUBPROCESSOR, AGREEMENT, CHANGE, NOTICE, TASK)
}
