"""Which answers a notice's form takes from one contact, and what each would do: asked of the notice's own table, so
that nothing is promised that is refused. Pure."""

from datetime import date
from typing import Final, Literal, get_args

import msgspec

from workflows.errors import NotAllowed, Refused
from workflows.machine.vocabulary import Command, Step
from workflows.model.notice import Answered, Answering, Notice
from workflows.model.parties import Contact
from workflows.notice.fact_shapes import NoticeRows
from workflows.notice.guards import same_voice, standing
from workflows.notice.table import NOTICE
from workflows.time import local_day

ANSWERS: Final[tuple[Answered, ...]] = get_args(Answered)
DISTINCT: Final[tuple[Answered, ...]] = ("object", "consent", "refuse")
"""Answers that stand until they are taken back."""

WouldBe = Literal["done", "late", "kept", "after_beginning", "stops", "outweighed"]
"""What an answer would do: what it says; be marked as late; be kept, without effect by itself; go to whoever decides,
since it has begun; stop at once what has begun; stand beside another contact's no, which outweighs it."""


class OpenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that the contact may give now. `takes_back` is the kind of its own answer that would fall; `begins` the
    first day on which a consent lets it begin, None where nothing stands in its way."""

    answer: Answered
    would_be: WouldBe
    takes_back: Answered | None = None
    begins: date | None = None


def open_answers(rows: NoticeRows, reader: Contact) -> tuple[OpenAnswer, ...]:
    """What this contact may answer now; not what it has said already, nor what only another can take back."""
    found = (_open(rows, reader, answer) for answer in ANSWERS)
    return tuple(one for one in found if one is not None)


def _open(rows: NoticeRows, reader: Contact, answer: Answered) -> OpenAnswer | None:
    own = next((kind for kind in DISTINCT if _stands(rows.notice, kind, reader)), None)
    if answer == own or (answer == "take-back" and own is None):
        return None
    if answer in ("acknowledge", "terminate") and any(
        one.answer == answer and one.by == reader.name for one in rows.notice.answers
    ):
        return None
    step = _tried(rows, reader, answer)
    if step is None:
        return None
    assert isinstance(step.entity, Notice)
    engages = step.entity.engages_at
    ahead = engages is not None and engages > rows.now
    return OpenAnswer(
        answer=answer,
        would_be=_would_be(rows, step),
        takes_back=own if answer == "take-back" else None,
        begins=local_day(engages, rows.terms.zone) if ahead and engages is not None else None,
    )


def _stands(notice: Notice, kind: Answered, reader: Contact) -> bool:
    return any(same_voice(one.by, reader.name) for one in standing(notice.answers, kind))


def _tried(rows: NoticeRows, reader: Contact, answer: Answered) -> Step | None:
    """The step that the answer would be, with reasons; None where it would be refused."""
    command = Command(
        subject=rows.notice.id,
        trigger=answer,
        at=rows.now,
        now=rows.now,
        actor="reader",
        data=Answering(grounds="-", channel="link", by=reader.name, contact_id=reader.id),
        requested=True,
    )
    try:
        return NOTICE.step(rows.state, rows.notice, rows.context, command)
    except (Refused, NotAllowed):
        return None


def _would_be(rows: NoticeRows, step: Step) -> WouldBe:
    assert isinstance(step.entity, Notice)
    given = step.entity.answers[-1]
    if given.late:
        return "late"
    if rows.notice.engaged_at is not None and step.entity.engaged_at is None:
        return "stops"
    if given.answer == "object" and step.entity.engaged_at is not None:
        return "after_beginning"
    if not given.counts:
        return "after_beginning" if rows.notice.engaged_at is not None and not step.final else "kept"
    return "outweighed" if step.event == "notice.disagreement" else "done"
