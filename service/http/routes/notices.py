"""Notices: one change told to one agreement, its rights, its answers and its deliveries."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from service.http.lists import BY_ID, Listing, instant, state_of, text, uuid, words_of
from service.http.request_context import Locked, WriteUnit
from service.http.routes.letters import by_post
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Preparation, Resource, routes
from workflows.intake.answers import notice_answer_lacks
from workflows.intake.checks import check_arrival
from workflows.model.evidence import Evidence
from workflows.model.notice import Answering, Notice, NoticeRule
from workflows.model.parties import Channel


class AttemptShown(msgspec.Struct, frozen=True, kw_only=True):
    message_id: UUID
    kind: str
    contact_id: UUID
    to: str
    at: datetime
    outcome: str
    code: int | None
    words: str


class NoticeShown(Notice, SubjectShown, frozen=True, kw_only=True):
    """A notice, with every answer ever given and every delivery."""

    customer_name: str
    subprocessor_name: str | None
    """Null where the change is about no subprocessor."""
    attempts: list[AttemptShown]


class AnswerIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer that somebody else gave and a person enters (P10). `received_at` absent: now.

    `evidence` says where it is kept, and is required where the answer has to be in writing.
    """

    channel: Channel
    by: str
    grounds: str | None = None
    received_at: datetime | None = None
    evidence: Evidence | None = None


class TerminateIn(AnswerIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As an answer; `reason` is the same as `grounds`, `effective_on` a later day on which it ends."""

    reason: str | None = None
    effective_on: date | None = None


def shown(row: Any) -> NoticeShown:
    """A row of `notice_shown`."""
    return NoticeShown(
        **own_fields(row, Notice),
        **standing("notice", row),
        customer_name=row["customer_name"],
        subprocessor_name=row["subprocessor_name"],
        attempts=msgspec.json.decode(row["attempts"], type=list[AttemptShown]),
    )


NOTICES: Final = Resource(
    kind="notice",
    read="read_notice",
    show=shown,
    shape=NoticeShown,
    whole=False,
    listing=Listing(
        block="list_notices",
        order=BY_ID,
        filters={
            "change_id": uuid,
            "agreement_id": uuid,
            "customer_id": uuid,
            "state": state_of("notice"),
            "rule": words_of(NoticeRule),
            "outcome": text,
            "q": text,
            "since": instant,
        },
    ),
)


async def _answer(unit: WriteUnit, locked: Locked, data: AnswerIn) -> Answering:
    del locked
    check_arrival(data, unit.at)
    return Answering(
        grounds=data.grounds or getattr(data, "reason", None),
        channel=data.channel,
        received_at=data.received_at,
        by=data.by,
        evidence=data.evidence,
        effective_on=getattr(data, "effective_on", None),
    )


def _entry(action: str, body: type[AnswerIn]) -> Preparation:
    return Preparation(
        body=body,
        prepare=_answer,
        lacks=lambda locked, given: notice_answer_lacks(action, locked.entity, given),
    )


_ANSWERS: Final = ("object", "consent", "refuse", "acknowledge", "take-back")

ROUTES: Final = routes(
    NOTICES,
    actions={
        **{one: _entry(one, AnswerIn) for one in _ANSWERS},
        "terminate": _entry("terminate", TerminateIn),
        **by_post("notice"),
    },
)
