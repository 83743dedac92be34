"""What events there are, by kind of subject: what a webhook may ask for by name.

Besides these, `kind.state` names the moment at which a subject comes into that state (`notice.objected`).
"""

from collections.abc import Mapping
from typing import Final

from workflows.kinds import WORKFLOWS

EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(dict.fromkeys(row.event for row in flow.table.rows)) for kind, flow in WORKFLOWS.items()
}
"""As the rows of the tables declare them."""


def known(kind: str) -> frozenset[str]:
    """What may stand behind the dot for a kind of subject: its events and its states."""
    return frozenset(EVENTS[kind]) | frozenset(WORKFLOWS[kind].states)


def asked(wanted: tuple[str, ...], kind: str, type: str, before: str | None, after: str) -> str | None:
    """By what name a webhook that asks for `wanted` is told of an event; None where it did not ask for it.

    The event's own type, unless it asked for the state alone that the subject came into.
    """
    if "*" in wanted or f"{kind}.*" in wanted or type in wanted:
        return type
    entered = f"{kind}.{after}"
    return entered if before != after and entered in wanted else None
