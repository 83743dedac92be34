"""What may be done now, besides what the state alone allows: nothing is offered that is sure to be refused. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from workflows.entities import Agreement, Notice
from workflows.scope import AMENDMENT
from workflows.terms.model import Ending

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
    ended = agreement.ended_at is not None
    gone = any(one.kind == "erase" and one.how == "confirmed" for one in agreement.plan)
    if not (planned or ended) or gone:
        unfit.add("cancel-end")
    if not ending.rights:
        unfit.add("terminate")
    if not ending.services_separately:
        unfit.add("cancel-service")
    if not agreement.holds:
        unfit.add("release")
    if agreement.plan_approved_at is not None:
        unfit.add("approve-plan")
    return _without(allowed, unfit)


def _without(allowed: tuple[str, ...], unfit: set[str]) -> tuple[str, ...]:
    return tuple(one for one in allowed if one not in unfit)


_NARROWED: Final[Mapping[str, Callable[[tuple[str, ...], Any, Any], tuple[str, ...]]]] = {
    "notice": lambda allowed, entity, context: notice_actions(allowed, entity),
    "agreement": lambda allowed, entity, context: agreement_actions(allowed, entity, context.terms.ending),
}


def offered(kind: str, allowed: tuple[str, ...], entity: Any, context: Any) -> tuple[str, ...]:
    """The same for any kind of subject, with the surroundings that its table's guards see."""
    narrow = _NARROWED.get(kind)
    return allowed if narrow is None else narrow(allowed, entity, context)
