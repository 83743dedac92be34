"""Engagements as the ledger tells them: begun, ended, placed, in the order of its events. Pure.

A bundle of evidence carries this beside its own checks, so it needs Python 3.9 and nothing else. It follows
`begin_engagements`, `end_engagements` and `place_engagements` in `db/sql/engagements.sql`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

AGREEMENTS, NOTICES, SUBPROCESSORS = "agreement", "notice", "subprocessor"
"""The kinds of subjects whose events say who works for which agreement, and where."""
ROW = (
    "agreement_id", "subprocessor_id", "country", "since", "until", "basis", "notice_id", "change_id", "replaces_id",
    "end_reason",
)  # fmt: skip
"""What is compared of an engagement."""


class Engaged:
    """The engagements of a processor, as far as its events have been told."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        """By agreement."""
        self._placeless: dict[str, list[str]] = {}
        """Agreements for which a subprocessor began somewhere that nobody had said."""

    def tell(self, steps: Iterable[Any]) -> None:
        """What one transaction did: all that it began and ended, then the places that became known with it."""
        placed = []
        for step in steps:
            if "begin" in step:
                self._begin(step)
            elif "end" in step:
                self._end(step)
            else:
                placed.append(step)
        for step in placed:
            self._place(step)

    def _begin(self, step: Any) -> None:
        rows = self.rows.setdefault(step["agreement_id"], [])
        row = {**dict.fromkeys(ROW), "id": step["begin"], "ended_by": None}
        row.update({name: step.get(name) for name in ROW if name in step})
        there = [one for one in rows if one["until"] is None]
        leaves = step.get("leaves_country")
        for one in there:
            if one["subprocessor_id"] == row["replaces_id"] and (leaves is None or one["country"] in (leaves, None)):
                _close(one, row["since"], "replaced", row["id"])
        same = (row["subprocessor_id"], row["country"])
        if not any((one["subprocessor_id"], one["country"]) == same for one in there):
            self._add(step["agreement_id"], row)

    def _end(self, step: Any) -> None:
        rows = self.rows.setdefault(step["end"], [])
        notice, subprocessor, revive = step.get("notice"), step.get("subprocessor"), step.get("revive")
        there = [one for one in rows if one["until"] is None]
        taken = {(one["subprocessor_id"], one["country"]) for one in there if one["notice_id"] != notice}
        leaving = [
            one
            for one in there
            if notice in (None, one["notice_id"]) and subprocessor in (None, one["subprocessor_id"])
        ]
        fresh: dict[Any, dict[str, Any]] = {}
        for one in leaving:
            until = later(one["since"], step["until"])
            by = {row["id"] for row in rows if row["notice_id"] == one["notice_id"] is not None and row["id"]}
            # Latest first: of several that it had replaced in one country, the last one works on.
            for old in sorted(rows, key=lambda row: instant(row["since"]), reverse=True):
                key = (old["subprocessor_id"], old["country"])
                if old["subprocessor_id"] == revive and old["ended_by"] in by and key not in (*taken, *fresh):
                    fresh[key] = {**old, "id": None, "since": until, "until": None, "replaces_id": None}
        for one in leaving:
            _close(one, later(one["since"], step["until"]), step["reason"], None)
        for one in fresh.values():
            self._add(step["end"], {**one, "end_reason": None, "ended_by": None})

    def _place(self, step: Any) -> None:
        for agreement in self._placeless.pop(step["place"], ()):
            for one in list(self.rows[agreement]):
                if (one["subprocessor_id"], one["country"], one["until"]) == (step["place"], None, None):
                    _close(one, later(one["since"], step["at"]), "place_known", None)
                    fresh = {"id": None, "country": step["country"], "since": one["until"], "until": None}
                    self._add(agreement, {**one, **fresh, "end_reason": None, "ended_by": None})

    def _add(self, agreement: str, row: dict[str, Any]) -> None:
        self.rows[agreement].append(row)
        if row["country"] is None:
            self._placeless.setdefault(row["subprocessor_id"], []).append(agreement)


def differing(told: list[dict[str, Any]], there: list[dict[str, Any]]) -> str:
    """What is wrong with the engagements of an agreement that are there; empty where they are those that were told."""
    left = list(told)
    for row in sorted(there, key=lambda one: str(one["id"])):
        found = next((one for one in left if _same(one, row)), None)
        if found is None:
            named = next((one for one in left if one["id"] == row["id"]), None)
            if named is None:
                return f"engagement {row['id']} follows from no event"
            wrong = next(name for name in ROW if not _equal(name, named[name], row[name]))
            return f"engagement {row['id']}: {wrong} is {row[wrong]}, its events say {named[wrong]}"
        left.remove(found)
    if left:
        one = left[0]
        return f"the engagement of subprocessor {one['subprocessor_id']} since {one['since']} is missing"
    return ""


def instant(text: str) -> datetime:
    """An instant as the ledger writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def later(one: str, other: str) -> str:
    """The later of two instants."""
    return max(one, other, key=instant)


def _close(row: dict[str, Any], until: str, reason: str, by: Any) -> None:
    row["until"], row["end_reason"], row["ended_by"] = until, reason, by


def _same(told: dict[str, Any], there: dict[str, Any]) -> bool:
    return told["id"] in (None, there["id"]) and all(_equal(name, told[name], there[name]) for name in ROW)


def _equal(name: str, told: Any, there: Any) -> bool:
    if name in ("since", "until") and told is not None and there is not None:
        return instant(told) == instant(there)
    return bool(told == there)
