"""How a processor's page for strangers is shown."""

import msgspec

from workflows.model.parties import Joining


class JoiningShown(Joining, frozen=True, kw_only=True):
    """The page on which strangers become customers, and its address at this service."""

    path: str


def joining_shown(stored: str | None, slug: str) -> JoiningShown | None:
    """The setting as it is stored, JSON, for the processor of that slug; None where it is off."""
    if stored is None:
        return None
    found = msgspec.json.decode(stored, type=Joining)
    return JoiningShown(**msgspec.structs.asdict(found), path=f"/j/{slug}")
