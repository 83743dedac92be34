"""Every kind of subject with its workflow: one place, so that a new kind is one line."""

from workflows.agreement.table import AGREEMENT
from workflows.announcement.table import ANNOUNCEMENT
from workflows.audit.table import AUDIT
from workflows.breach.case import BREACH_CASE
from workflows.breach.table import BREACH
from workflows.change.table import CHANGE
from workflows.customer.table import CUSTOMER
from workflows.machine.machine import Workflow
from workflows.matter.table import MATTER
from workflows.notice.table import NOTICE
from workflows.parties.table import PROCESSOR, SUBPROCESSOR
from workflows.request.table import REQUEST
from workflows.task.table import TASK
from workflows.upstream.table import UPSTREAM
from workflows.webhook.table import WEBHOOK

WORKFLOWS: dict[str, Workflow] = {
    one.name: one
    for one in (
        PROCESSOR,
        CUSTOMER,
        SUBPROCESSOR,
        AGREEMENT,
        ANNOUNCEMENT,
        CHANGE,
        NOTICE,
        TASK,
        WEBHOOK,
        BREACH,
        BREACH_CASE,
        REQUEST,
        AUDIT,
        MATTER,
        UPSTREAM,
    )
}
