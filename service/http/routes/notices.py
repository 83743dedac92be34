"""Notices: one change told to one agreement, its rights, its answers and its deliveries."""

from datetime import date, datetime
from typing import Any, Final

import msgspec

from service.http.lists import BY_ID, Listing, text, uuid
from service.http.request_context import WriteUnit
from service.http.subjects import Resource, actions, reading
from service.http.views import NoticeShown, notice
from workflows.intake.checks import check_arrival
from workflows.model.notice import Answering
from workflows.model.parties import Channel

NOTICES: Final = Resource(
    kind="notice",
    read="read_notice",
    show=notice,
    shape=NoticeShown,
    whole=False,
    listing=Listing(
        block="list_notices",
        order=BY_ID,
        filters={
            "change_id": uuid,
            "agreement_id": uuid,
            "customer_id": uuid,
            "state": text,
            "rule": text,
            "outcome": text,
        },
    ),
)


class AnswerIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer that reached us otherwise than through the link (P10). `received_at` absent: now."""

    grounds: str | None = None
    channel: Channel = "mail"
    received_at: datetime | None = None
    by: str | None = None
    evidence: str | None = None


class TerminateIn(AnswerIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As an answer; `reason` is the same as `grounds`, `effective_on` a later day on which it ends."""

    reason: str | None = None
    effective_on: date | None = None


async def _answer(unit: WriteUnit, row: Any, data: AnswerIn) -> Answering:
    check_arrival(data, unit.at)
    return Answering(
        grounds=data.grounds or getattr(data, "reason", None),
        channel=data.channel,
        received_at=data.received_at,
        by=data.by,
        evidence=data.evidence,
        effective_on=getattr(data, "effective_on", None),
    )


_ANSWERS: Final = ("object", "consent", "refuse", "acknowledge", "take-back")

ROUTES: Final = (
    *reading(NOTICES),
    *actions(
        NOTICES,
        shapes={**dict.fromkeys(_ANSWERS, AnswerIn), "terminate": TerminateIn},
        prepare=dict.fromkeys((*_ANSWERS, "terminate"), _answer),
    ),
)
