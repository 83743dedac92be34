"""What may be done now, besides what the state alone allows: nothing is offered that is sure to be refused. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from workflows.deletion.hold_rules import standing, wants_approval
from workflows.model.agreement import Agreement
from workflows.model.notice import Notice
from workflows.model.request import Request
from workflows.terms.model import AuditRules, Ending
from workflows.terms.names import AMENDMENT

TERMINATIONS: Final = frozenset((AMENDMENT, "overruled.termination"))
"""Rules of a notice's rights that end the agreement."""


def notice_actions(allowed: tuple[str, ...], notice: Notice) -> tuple[str, ...]:
    """Of what the table allows in a notice's state, what its own rule and rights leave."""
    unfit: set[str] = set()
    if notice.rule != "objection":
        unfit.add("object")
    if notice.rule != "consent":
        unfit |= {"consent", "refuse"}
    if not any(one.rule in TERMINATIONS for one in notice.rights):
        unfit.add("terminate")
    return _without(allowed, unfit)


def agreement_actions(allowed: tuple[str, ...], agreement: Agreement, ending: Ending) -> tuple[str, ...]:
    """Of what the table allows in an agreement's state, what its terms and its own fields leave."""
    unfit: set[str] = set()
    planned = any(one.ending for one in agreement.main_contracts) or agreement.end_ground is not None
    planned = planned or any(one.ended_at is None for one in agreement.cancelled_services)
    ended = agreement.ended_at is not None
    gone = any(one.kind == "erase" and one.how == "confirmed" and not one.service for one in agreement.plan)
    if not (planned or ended) or (ended and gone):
        unfit.add("cancel-end")
    if not ending.rights:
        unfit.add("terminate")
    if not ending.services_separately:
        unfit.add("cancel-service")
    if not standing(agreement):
        unfit |= {"release", "override"}
    if not any(wants_approval(agreement, one) for one in agreement.plan):
        unfit.add("approve-plan")
    if not any(one.done_at is None for one in agreement.plan):
        unfit.add("confirm")
    if agreement.adopting is None or agreement.adopting.waits_for != "facts":
        unfit.add("give-facts")
    return _without(allowed, unfit)


def request_actions(allowed: tuple[str, ...], request: Request) -> tuple[str, ...]:
    """Of what the table allows in a request's state, what fits whoever it came from."""
    if request.received_from == "data_subject" and request.forwarded_at is None:
        return tuple(one for one in allowed if one == "forward")
    unfit = {"forward"}
    if request.written_at is not None:
        unfit.add("written")
    return _without(allowed, unfit)


def audit_actions(allowed: tuple[str, ...], rules: AuditRules | None) -> tuple[str, ...]:
    """Of what the table allows in an audit's state, what the terms let the processor do."""
    unfit: set[str] = set()
    if rules is None or not rules.may_refuse:
        unfit.add("refuse")
    if rules is None or not rules.certificate_clause:
        unfit.add("certificate")
    return _without(allowed, unfit)


def _without(allowed: tuple[str, ...], unfit: set[str]) -> tuple[str, ...]:
    return tuple(one for one in allowed if one not in unfit)


_NARROWED: Final[Mapping[str, Callable[[tuple[str, ...], Any, Any], tuple[str, ...]]]] = {
    "notice": lambda allowed, entity, context: notice_actions(allowed, entity),
    "request": lambda allowed, entity, context: request_actions(allowed, entity),
    "audit": lambda allowed, entity, context: audit_actions(allowed, context.terms.audit),
    "agreement": lambda allowed, entity, context: agreement_actions(allowed, entity, context.terms.ending),
}


def offered(kind: str, allowed: tuple[str, ...], entity: Any, context: Any) -> tuple[str, ...]:
    """The same for any kind of subject, with the surroundings that its table's guards see."""
    narrow = _NARROWED.get(kind)
    return allowed if narrow is None else narrow(allowed, entity, context)
