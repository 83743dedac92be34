"""Terms as the last release kept them: what it took for granted it left out, whether a file said it or not. Pure.

Until then these were defaults, and a document leaves its defaults out. Today a document has what its file says, so the
same file gives another document. Who posts a file again means the version that is stored. Currencies and working days
are not among them: those were kept where a file said them.
"""

from collections.abc import Mapping
from operator import is_
from typing import Any, Final

import msgspec

from workflows.terms.model import Allowance, Counting, Ending, EndRules, Retention, TerminationRight, Terms

_TAKEN: Final[Mapping[type, Mapping[str, tuple[object, object]]]] = {
    Allowance: {"unit": ("hours", ""), "per": ("month", "")},
    Counting: {"moves": ("controller", "")},
    Ending: {"in_force_until": ("end", "")},
    EndRules: {"cost": ("unsaid", "")},
    Retention: {"by_processor": (True, None)},
    TerminationRight: {"party": ("controller", "")},
}
"""What each part left out, and how it leaves it out today."""

_NEVER: Final = object()


def formerly(terms: Terms) -> Terms:
    """The terms without what the last release would have left out of their document."""
    made: Terms = _without(terms)
    return made


def _without(part: Any) -> Any:
    """Whatever has nothing of it stays the object that it is: by that a default is known, and left out."""
    if isinstance(part, msgspec.Struct):
        taken = _TAKEN.get(type(part), {})
        changed = {}
        for name in part.__struct_fields__:
            value = getattr(part, name)
            then, now = taken.get(name, (_NEVER, None))
            made = now if value == then else _without(value)
            if made is not value:
                changed[name] = made
        return msgspec.structs.replace(part, **changed) if changed else part
    if isinstance(part, tuple):
        several = tuple(_without(one) for one in part)
        return part if all(map(is_, several, part)) else several
    if isinstance(part, dict):
        named = {name: _without(one) for name, one in part.items()}
        return part if all(map(is_, named.values(), part.values())) else named
    return part
