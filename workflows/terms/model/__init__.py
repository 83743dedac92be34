"""The rules of an agreement as data: what a terms file may say.

A terms file is TOML. Every rule carries the `clause` it rests on and, where the text is unclear,
the `reading` that was taken. What the agreement does not say is absent; nothing is filled in.
Periods are ISO 8601 durations in one unit (`PT48H`, `P30D`, `P2W`, `P3M`) or working days (`P10WD`).
"""

from workflows.terms.model.base import (
    Base,
    Form,
    Party,
    Role,
)
from workflows.terms.model.counting import (
    Counting,
)
from workflows.terms.model.data import (
    EndRules,
    Holder,
    Retention,
)
from workflows.terms.model.document import (
    ContactNeed,
    Field,
    Statement,
    Terms,
)
from workflows.terms.model.duties import (
    Allowance,
    AuditRules,
    BreachKind,
    BreachRules,
    Content,
    MatterKind,
    MatterRule,
    Requests,
)
from workflows.terms.model.life import (
    Amendment,
    Ending,
    Entry,
    Ground,
    Survival,
    TerminationRight,
)
from workflows.terms.model.penalties import (
    Penalty,
)
from workflows.terms.model.rules import (
    AFTER,
    Due,
    ReadAs,
    Rule,
    Starts,
)
from workflows.terms.model.subprocessors import (
    CountryFlag,
    Emergency,
    Overruling,
    Region,
    RegisterEntry,
    Revocation,
    Subprocessors,
)

__all__ = [
    "AFTER",
    "Allowance",
    "Amendment",
    "AuditRules",
    "Base",
    "BreachKind",
    "BreachRules",
    "ContactNeed",
    "Content",
    "Counting",
    "CountryFlag",
    "Due",
    "Emergency",
    "EndRules",
    "Ending",
    "Entry",
    "Field",
    "Form",
    "Ground",
    "Holder",
    "MatterKind",
    "MatterRule",
    "Overruling",
    "Party",
    "Penalty",
    "ReadAs",
    "Region",
    "RegisterEntry",
    "Requests",
    "Retention",
    "Revocation",
    "Role",
    "Rule",
    "Starts",
    "Statement",
    "Subprocessors",
    "Survival",
    "TerminationRight",
    "Terms",
]
