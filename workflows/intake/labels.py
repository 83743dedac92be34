"""Labels: words by which a processor groups its customers, agreements and subprocessors, as it likes."""

import re
from typing import Final

from workflows.intake.checks import Checks
from workflows.mail_address import address_problem
from workflows.model.parties import Labels
from workflows.unicode import normalise

MOST: Final = 20
LONGEST: Final = 60
_PARTS: Final = ",;"
"""What stands between labels in a cell of a list."""

_BLANKS: Final = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
"""Unicode's space separators, in runs."""


def as_kept(label: str) -> str:
    """A label as it is kept and asked for: what looks the same is the same."""
    return normalise("NFC", _BLANKS.sub(" ", label).strip())


def checked_labels(checks: Checks, given: Labels, path: str = "labels") -> Labels:
    """Labels as they are kept: each once whatever its capitals, in the order given; `checks` hears what is wrong."""
    first: dict[str, str] = {}
    for each in map(as_kept, given):
        first.setdefault(each.lower(), each)
    kept = tuple(first.values())
    for number, one in enumerate(kept):
        at = f"{path}[{number}]"
        if "@" in one and address_problem(one.strip("<>()[]\"'")) is None:
            checks.wrong(at, "is an e-mail address, and a label stays when personal data are erased: name a group")
        elif len(one) > LONGEST or any(part in one for part in _PARTS):
            checks.wrong(at, f"is a word or a few, of at most {LONGEST} characters, without comma or semicolon")
        else:
            checks.line(at, one)
    if len(kept) > MOST:
        checks.wrong(path, f"has {len(kept)} entries: at most {MOST}")
    return kept
