"""What cases of the checker are made of: the least file there is, and what one of them changes in it.

A case changes the least file there is: `wrong` is what brings the problem, `mended` what one does who takes the message
at its word. Keys of a change are paths, with strokes between the names; `GONE` takes a key away.
"""

import copy
from collections.abc import Mapping
from typing import Any, Final

import msgspec

GONE: Final = object()
Changes = Mapping[str, Any]

LEAST: Final[Mapping[str, Any]] = {
    "id": "least",
    "version": "1",
    "title": "The least that a file may say",
    "language": "en",
    "zone": "Europe/Amsterdam",
    "calendar": "NL",
    "entry": {"event": "main_contract_start", "clause": "1"},
    "ending": {"clause": "10"},
    "amendment": {"how": "silent"},
    "subprocessors": {"rule": "information", "clause": "7"},
    "end": {"data": "erase", "clause": "11"},
    "rules": {
        "breach.notice": {"clause": "9", "party": "processor", "starts": "aware"},
        "end.erasure": {"clause": "11", "party": "processor", "starts": "end"},
    },
}

OBJECTION: Final[Changes] = {
    "subprocessors/rule": "objection",
    "subprocessors/overruling": {"allowed": False, "clause": "7"},
    "rules/subprocessor.objection": {"clause": "7", "party": "controller", "starts": "receipt"},
}
CONSENT: Final[Changes] = {
    "subprocessors/rule": "consent",
    "rules/subprocessor.consent": {"clause": "7", "party": "controller", "starts": "receipt"},
}
UNSAID: Final[Changes] = {"subprocessors": {"rule": "unsaid"}}
UNILATERAL: Final[Changes] = {"amendment": {"how": "unilateral", "clause": "12"}}
OVER: Final = "subprocessors/overruling"
ERASURE: Final = "rules/end.erasure"
NOTICE: Final = "rules/breach.notice"
KINDS: Final = {"clause": "9", "kinds": [{"id": "theft", "clause": "9", "text": "a theft"}]}


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """`said`: how the message reads, a part of it at least."""

    said: str
    wrong: Changes
    mended: Changes


def changed(*changes: Changes) -> dict[str, Any]:
    """The least file with all of these changes, one after the other."""
    made: dict[str, Any] = copy.deepcopy(dict(LEAST))
    for one in changes:
        for path, value in one.items():
            *above, name = path.split("/")
            table = made
            for part in above:
                table = table.setdefault(part, {})
            if value is GONE:
                table.pop(name, None)
            else:
                table[name] = copy.deepcopy(value)
    return made


def right(ground: str, **more: Any) -> dict[str, Any]:
    return {"ground": ground, "clause": "14", "ends": "agreement", **more}


def rule(party: str, starts: str, **more: Any) -> dict[str, Any]:
    return {"clause": "5", "party": party, "starts": starts, **more}


def penalty(**more: Any) -> dict[str, Any]:
    return {"clause": "18", "per": "lateness", "damages": "reserved", **more}


def audit(**more: Any) -> dict[str, Any]:
    return {"clause": "13", **more}
