"""What may be named by the processor's own number: which places of a request, by their names. Pure."""

from collections.abc import Mapping
from typing import Final, get_args

import msgspec

from service.http.decode import PLAIN
from workflows.intake.external_ids import Numbered

KINDS: Final[tuple[Numbered, ...]] = get_args(Numbered)
INTO: Final = "into"
"""Another of what the address is about."""
NUMBER: Final[Mapping[str, str]] = {"type": "string", "pattern": f"^external:{PLAIN}$"}
"""How the document says it, beside the id."""

_OTHERWISE: Final[Mapping[str, tuple[Numbered, ...]]] = {"replaces_id": ("subprocessor",), "subject": KINDS}


class ByNumber(msgspec.Struct, frozen=True):
    """What a query gave for an id, to be looked up: `external:…`."""

    value: str


def kinds_of(name: str) -> tuple[Numbered, ...]:
    """What an id at a place of this name may be that has a number; nothing where it is none of ours."""
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    one = name.removesuffix("_id").removesuffix("s")
    return tuple(kind for kind in KINDS if kind == one)


def of_the_address(path: str) -> tuple[Numbered, ...]:
    """What the list is of that an address of the API begins with."""
    below = path.split("/")[3:4]
    return tuple(kind for kind in KINDS if below == [f"{kind}s"])
