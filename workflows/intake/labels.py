"""Labels: words by which a processor groups its customers, agreements and subprocessors, as it likes."""

from typing import Final

from workflows.intake.checks import Checks
from workflows.model.parties import Labels

MOST: Final = 20
LONGEST: Final = 60
_PARTS: Final = ",;"
"""What stands between labels in a cell of a list."""


def checked_labels(checks: Checks, given: Labels, path: str = "labels") -> Labels:
    """Labels as they are kept: each once, in the order given; `checks` hears what is wrong with them."""
    kept = tuple(dict.fromkeys(one.strip() for one in given))
    for number, one in enumerate(kept):
        at = f"{path}[{number}]"
        if len(one) > LONGEST or any(part in one for part in _PARTS):
            checks.wrong(at, f"is a word or a few, of at most {LONGEST} characters, without comma or semicolon")
        else:
            checks.line(at, one)
    if len(kept) > MOST:
        checks.wrong(path, f"has {len(kept)} entries: at most {MOST}")
    return kept
