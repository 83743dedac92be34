"""A letter is made and posted: the same for every kind of subject that tells a customer something. Pure.

That it was posted is evidence. Whether the customer counts as told by it, and since when, is what the subject's own
rows say of evidence of receipt: no letter is taken to have arrived.
"""

from datetime import datetime, timedelta
from typing import Any, Protocol

from workflows.model.posting import LetterPosted, LetterWritten
from workflows.time import end_of_day, local_day

WRITTEN = "letter_written"
POSTED = "letter_posted"


class _Given(Protocol):
    @property
    def data(self) -> LetterPosted: ...
    @property
    def now(self) -> datetime: ...


def written_said(data: LetterWritten) -> dict[str, Any]:
    """What the event tells of a letter that was made."""
    return {"letter_id": data.letter_id, "contact_id": data.contact_id, "letter_sha256": data.sha256}


def posted_said(data: LetterPosted) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the event tells of a posting, and what stands beside the ledger."""
    said = {"letter_id": data.letter_id, "letter_sha256": data.sha256, "on": data.on, "how": data.how}
    if data.revision is not None:
        said["revision"] = data.revision
    if data.recorded_on is not None:
        said["corrects"] = data.recorded_on
    return said, {name: found for name in ("number", "evidence", "correction") if (found := getattr(data, name))}


def posted_at(data: LetterPosted, zone: str, now: datetime) -> datetime:
    """The instant (UTC) that a day of posting stands for: its last, or now where the day is not over."""
    return min(end_of_day(data.on, zone) - timedelta(microseconds=1), now)


def not_posted_by(ctx: _Given, zone: str) -> str | None:
    """Why a day is none on which the letter can have been posted."""
    if ctx.data.on > local_day(ctx.now, zone):
        return "The letter cannot have been posted on a day that is still to come: give the day, up to today."
    if ctx.data.on < ctx.data.written_on:
        return f"That letter was made on {ctx.data.written_on.isoformat()}: give the day on which it was posted."
    if ctx.data.how == "registered" and not (ctx.data.number or "").strip():
        return "A registered letter has a number: give it."
    return None


def posted_twice(ctx: _Given) -> str | None:
    """Why a posting is none: a letter goes into the post once, and what was recorded wrong of it is put right."""
    on, corrects = ctx.data.recorded_on, bool((ctx.data.correction or "").strip())
    if on is not None and not corrects:
        return (
            f"That letter is recorded as posted on {on.isoformat()}, and a letter is posted once: where that was "
            "wrong, record it anew and say in `correction` what was wrong."
        )
    if on is None and corrects:
        return "No posting of that letter is recorded yet, so there is nothing to put right: leave `correction` out."
    return None
