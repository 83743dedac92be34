"""What a customer is told of its own report to an authority: whose decision, by which clause, by when. Pure.

Shown and never acted on: nothing goes to an authority or to the people concerned from here.
"""

from datetime import datetime
from typing import Any

from workflows.terms.law import AUTHORITY, rule_of, said_besides, told_of_people, towards_authority
from workflows.terms.model import Terms
from workflows.words import Language


def told_of_authority(terms: Terms, due_at: datetime | None, unruled: str, lang: Language) -> dict[str, Any]:
    """The facts for a letter; `unruled`: the clause that is cited where neither text nor law has a clock."""
    rule = rule_of(terms, AUTHORITY)
    return {
        "authority": towards_authority(terms) or "",
        "authority_clause": rule.clause if rule is not None else unruled,
        "authority_people": told_of_people(terms),
        "authority_due_at": due_at.isoformat() if due_at is not None else None,
        "authority_from": rule.starts if rule is not None else "",
        "authority_period": (rule.period if rule is not None else None) or "",
        "authority_soon": rule is not None and rule.target,
        "authority_besides": said_besides(terms, AUTHORITY, lang),
    }
