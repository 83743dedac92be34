"""Every sort of action that tests take is tried out once before, and what then happens is what was foreseen.

So each row of a table that an action takes is foreseen by some test, without a test of its own.
"""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from service.foresight import course
from tests.world import DUE

if TYPE_CHECKING:
    from tests.resources.conftest import Desk

_WORDS: Final = ("answer", "as", "channel", "data", "decision", "ground", "kind", "outcome", "party")
"""Members of a body by whose value another row of the table may be taken."""

_STANDS: Final = f"""
    select (select state from subject where id::text = $1), exists (select from webhook), due.* from ({DUE}) as due"""
"""Asked before each action: what its subject's state is, and whether anything else would happen besides."""

Told = Counter[tuple[str, str, str | None, str]]


class Tried:
    """What was tried out in this run."""

    def __init__(self) -> None:
        self._sorts: set[str] = set()

    async def before(self, desk: "Desk", path: str, body: Any, more: dict[str, Any]) -> Told | None:
        """What is foreseen, where nothing of this sort was tried out before."""
        collection, id, action = path.split("/") if path.count("/") == 2 else ("", "", "")
        if not action or path == f"webhooks/{id}/test" or "params" in more:
            return None  # a trial is sent to others
        if desk.world.receipt != "received":
            return None  # that mails arrive is taken for granted
        [(state, hooked, *due)] = await desk.world.rows(_STANDS, id)
        if hooked or any(due):
            return None  # what another system answers nobody foresees; what waits already would be done besides
        given = body if isinstance(body, dict) else {}
        how = {name: given[name] for name in _WORDS if isinstance(given.get(name), str)}
        sort = json.dumps([collection, action, state or "", sorted(given), how])
        if sort in self._sorts:
            return None
        self._sorts.add(sort)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(course, "SECONDS", 600.0)
            answer = await desk.api.post(path, body, params={"dry_run": "true"}, **more)
        assert answer.status_code == 200, f"tried out: {answer.text}"
        found = answer.json()
        self._known = await _events(desk)
        return Counter((one["subject_kind"], one["type"], one["before"], one["after"]) for one in found["events"])

    async def after(self, desk: "Desk", foreseen: Told) -> None:
        """What happened is what was foreseen."""
        happened = await _events(desk)
        happened.subtract(self._known)
        assert +happened == foreseen, f"not foreseen: {+happened - foreseen}; did not happen: {foreseen - happened}"


async def _events(desk: "Desk") -> Told:
    rows = await desk.world.rows("select body from event")
    said = [msgspec.json.decode(row["body"]) for row in rows]
    return Counter((one["kind"], one["type"], one["before"], one["after"]) for one in said)


TRIED: Final = Tried()
