"""An agreement that says most of what can be said of telling beforehand, and ways in which it could say otherwise."""

import tomllib
from pathlib import Path
from typing import Any, Final

from workflows.terms.load import parse_document
from workflows.terms.model import Terms

LANTERN: Final = tomllib.loads((Path(__file__).parent / "terms" / "told_beforehand.toml").read_text("utf-8"))

PUBLISHED: Final[dict[str, Any]] = {
    f"rules/subprocessor__{rule}/starts": "publication" for rule in ("notice", "objection")
}
"""A customer counts as told once the page is updated."""
LED_BY_PUBLICATION: Final[dict[str, Any]] = {"rules/subprocessor__notice/starts": "publication"}
"""The customer may object from receipt; how long before it begins is counted from the page."""
CONSENT: Final[dict[str, Any]] = {
    "subprocessors/rule": "consent", "rules/subprocessor__objection": None, "rules/subprocessor__alternative": None,
    "rules/subprocessor__emergency": None, "subprocessors/emergency": None, "subprocessors/overruling/allowed": False,
    "subprocessors/revocation": {"clause": "5.7"}, "ending/rights": [],
    "rules/subprocessor__consent": {"clause": "5", "party": "controller", "starts": "receipt"},
}  # fmt: skip
"""Consent is needed, and may be revoked at any time."""
LEAVING: Final[dict[str, Any]] = {
    "subprocessors/rule": "termination_right", "rules/subprocessor__objection": None,
    "rules/subprocessor__alternative": None, "subprocessors/overruling": None,
    "ending/rights/0": {"ground": "subprocessor", "clause": "5.4", "ends": "service", "takes_effect": "engagement"},
    "rules/subprocessor__termination": {
        "clause": "5.4", "party": "controller", "starts": "receipt", "follows": "subprocessor.notice",
    },
}  # fmt: skip
"""Customers are told and may end because of it, but not object."""

TOLD_ALONE: Final[dict[str, Any]] = {
    "subprocessors/rule": "information", "rules/subprocessor__objection": None, "ending/rights": [],
    "rules/subprocessor__alternative": None, "subprocessors/overruling": None,
}  # fmt: skip
"""Customers are told, and asked nothing."""


def lantern(**other: Any) -> Terms:
    """The agreement with other values, each by its path (`rules/subprocessor__notice/period`); None takes one away."""
    document = _copied(LANTERN)
    for path, value in other.items():
        *way, last = [part.replace("__", ".") for part in path.split("/")]
        at: Any = document
        for part in way:
            at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
        if isinstance(at, list):
            at[int(last)] = value
        elif value is None:
            del at[last]
        else:
            at[last] = value
    return parse_document(document, "lantern")


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
