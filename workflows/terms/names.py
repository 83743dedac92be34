"""The names that terms files and their readers share: rules, penalties, facts, and close matches."""

import difflib
from collections.abc import Iterable
from typing import Final, get_args

import msgspec

from workflows.terms.model import Ground, MatterKind, Party, Starts


class RuleName(msgspec.Struct, frozen=True):
    """What every agreement's rule of that name has in common.

    `party` must or may act; `starts` are the events it can run from; `after` whether it may run from another rule.
    `unseen`: whether it was kept, or had to be, is between the customer and others: its time is shown, and nobody is
    called late.
    """

    party: Party
    starts: tuple[Starts, ...]
    after: bool = False
    unseen: bool = False


_ENDS: Final[tuple[Starts, ...]] = ("end", "request", "notice_of_ending", "year_end")
TOLD: Final[tuple[Starts, ...]] = ("receipt", "sending", "publication")
"""The moments at which a customer may count as told, by what its agreement says."""

RULES: Final[dict[str, RuleName]] = {
    "breach.notice": RuleName("processor", ("discovery", "aware")),
    "breach.authority": RuleName("controller", ("informed", "aware", "discovery"), unseen=True),
    "breach.report": RuleName("processor", ("discovery", "aware", "informed")),
    "subprocessor.notice": RuleName("processor", TOLD),
    "subprocessor.objection": RuleName("controller", TOLD),
    "subprocessor.consent": RuleName("controller", TOLD),
    "subprocessor.termination": RuleName("controller", TOLD),
    "subprocessor.alternative": RuleName("processor", ("objection",)),
    "subprocessor.overruled": RuleName("processor", ("decision",)),
    "subprocessor.emergency": RuleName("processor", ("engagement",)),
    "amendment.notice": RuleName("processor", TOLD),
    "amendment.termination": RuleName("controller", TOLD),
    "request.assist": RuleName("processor", ("request",)),
    "request.forward": RuleName("processor", ("request",)),
    "request.answer": RuleName("controller", ("request",), unseen=True),
    "end.choice": RuleName("controller", ("end", "notice_of_ending"), after=True),
    "end.return": RuleName("processor", _ENDS, after=True),
    "end.erasure": RuleName("processor", _ENDS, after=True),
    "end.certificate": RuleName("processor", ("request",)),
    "end.declaration": RuleName("processor", ("erasure", "end"), after=True),
    "ending.cure": RuleName("processor", ("suspension", "receipt")),
    "audit.next": RuleName("controller", ("last_audit",)),
    "audit.notice": RuleName("controller", ("request",)),
    "audit.notice_after_breach": RuleName("controller", ("request",)),
}
"""Every rule but those of retention; each of them can be asked of every agreement."""

RETENTION: Final = "retention."
MATTER_RULE: Final = "matter."
"""Before a kind of matter: how soon the processor answers it."""
NOTICE: Final = "breach.notice"
REPORT: Final = "breach.report"
"""A later report of a breach, after the notice of it."""
OF_KIND: Final = "breach.notice."
"""Before a kind of breach: how soon the controller is told of one of that kind."""
PLAIN: Final = "breach"
"""What a breach of none of the kinds that an agreement names is called; it goes by `breach.notice`."""
KIND_FACT: Final = "kind"
"""The fact that says of which kind a breach is."""
_RETENTION_NAME: Final = RuleName("processor", ("record", "cancellation", "end", "erasure", "year_end"), after=True)
_MATTER_NAME: Final = RuleName("processor", ("request",))
MATTERS: Final = tuple(f"{MATTER_RULE}{kind}" for kind in get_args(MatterKind))

PENALTIES: Final = ("breach.penalty", "secrecy.penalty", "engagement.penalty")

INSTANT_FACTS: Final = (
    "cancelled_at",
    "discovered_at",
    "informed_at",
    "controller_received_at",
)
"""Facts that are an instant or a date, by name; what an agreement leaves blank is named with a dot."""

UNIT_FACTS: Final = ("violations", "engagements")
"""Facts that are a number of times."""


def rule_name(rule: str) -> RuleName | None:
    """What is common to the rules of that id, None where no agreement can have such a rule."""
    if rule.startswith(RETENTION):
        return _RETENTION_NAME
    if rule.startswith(OF_KIND):
        return RULES[NOTICE]
    return _MATTER_NAME if rule in MATTERS else RULES.get(rule)


def kept_unseen(rule: str) -> bool:
    """Whether nobody here learns if a rule was kept, so that its time can be over and nobody known to be late."""
    known = rule_name(rule)
    return known is not None and known.unseen


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean X?` with a leading space where something known is close, else nothing."""
    close = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""


def listed(known: Iterable[str]) -> str:
    """Names in a sentence: `a, b or c`."""
    names = list(known)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


OBJECTION: Final = "subprocessor.objection"
CONSENT: Final = "subprocessor.consent"
LEAD: Final = "subprocessor.notice"
"""How long before a subprocessor is engaged customers are told of it."""
TEXT_LEAD: Final = "amendment.notice"
"""How long before a new text binds customers are told of it."""
LEADS: Final = (LEAD, TEXT_LEAD)
LEAVING: Final = "subprocessor.termination"
"""The right to end because of a subprocessor, where the text gives that in place of an objection."""
ALTERNATIVE: Final = "subprocessor.alternative"
"""How long a solution is sought after an objection."""
AFTER_DECISION: Final = "subprocessor.overruled"
"""How long after an objection was overruled the subprocessor may begin at the earliest."""
EMERGENCY: Final = "subprocessor.emergency"
"""How soon customers are told of a subprocessor that had to be engaged at once."""
CHANNELS: Final = ("email", "phone")
"""What a rule may be told by; several in one text, with commas."""
CHOICE: Final = "end.choice"
DECLARATION: Final = "end.declaration"
"""By when it is declared, unasked, that the data are gone."""
AMENDMENT: Final = "amendment.termination"
AUDIT: Final = "audit.next"
AUDIT_NOTICE: Final = "audit.notice"
AFTER_BREACH: Final = "audit.notice_after_breach"
"""The notice before an audit that is asked because of a breach, or of signs of one."""
CURE: Final = "ending.cure"

WAITING: Final = frozenset({AUDIT, AUDIT_NOTICE, AFTER_BREACH, AFTER_DECISION, *LEADS})
"""Rules whose period is waited for: it ends for both parties alike, and its end moves for neither."""

OVERRULED: Final = "overruled.termination"
"""The right to end that an overruled objection gives: no rule of the terms, but one of a notice's rights."""
AUTHORISATION: Final = "subprocessor.authorisation"
"""The consent that is asked for where the text is silent on subprocessors: no rule of the terms, but one of a notice's
rights."""
OBJECTED: Final = "objection.termination"
"""The right to end that an objection itself gives: no rule of the terms either."""

OBJECTION_RIGHT: Final = "ending.objection"
"""The same as `due` is asked of it: how long that right stays open."""

ENDS: Final[dict[str, Ground]] = {
    AMENDMENT: "amendment",
    LEAVING: "subprocessor",
    OVERRULED: "overruled_objection",
    OBJECTED: "objection",
}
"""The rules of a notice's rights by which a customer ends something, each with the ground of that right."""
