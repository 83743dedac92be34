"""References of whoever keeps terms and code, such as (I-06) or (CI-A3, P24): for the record and for programs. Pure.

They lead to pages of this documentation (docs/readings.md, docs/rules.md). A reader of the terms has none of these at
hand: what they stand for is said in the sentence that they stand in.
"""

import re
from typing import Final

REFERENCE: Final = re.compile(r"\b(?:[A-Z]{2}-A\d{1,2}|I-[0-2]\d|P(?:[6-9]|1\d|2[0-5]))\b")
"""Those from P1 to P5 are what half of all agreements call the priority of an incident: they stay."""
_ASIDE: Final = re.compile(r"( ?)\(([^()]*)\)")
_BETWEEN: Final = re.compile(r"([,;] )")


def without_references(text: str) -> str:
    """A text without the references that stand in brackets in it; what else is in these stays."""
    return _ASIDE.sub(_kept, text) if REFERENCE.search(text) else text


def _kept(found: "re.Match[str]") -> str:
    parts = _BETWEEN.split(found[2])
    kept = [one for one in parts[::2] if not REFERENCE.fullmatch(one)]
    if len(kept) == len(parts[::2]):
        return found[0]
    return f"{found[1]}({', '.join(kept)})" if kept else ""
