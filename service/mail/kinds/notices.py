"""The messages about a notice: the announcement, and all that follows it. Pure."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from service.mail.kinds.kind import MailKind, nothing_more
from service.mail.kinds.moments import entry, limited
from service.mail.kinds.notice_words import change_words, notice_words, right_words
from service.mail.kinds.rights import OVERRULED, as_received
from service.mail.kinds.sample_values import CONSENT, END, HOUR, LAST_MOMENT, NOTICES, OBJECT, about_a_notice
from service.mail.kinds.source import Source
from service.mail.kinds.views import AnswerView, Entries
from workflows.model.end_reason import reason_of
from workflows.model.notice import Answer, Notice
from workflows.notice.guards import standing
from workflows.terms.names import OBJECTION

Make = Callable[[Source], dict[str, Any]]


def _expected(s: Source) -> Notice:
    return as_received(s.letter, s.framing.now)


def _announcement(s: Source) -> dict[str, Any]:
    return {"change": change_words(s), "notice": notice_words(s, _expected(s))}


def _of_notice(more: Make) -> Make:
    """The change and its notice as they are, and what the kind has besides."""

    def make(s: Source) -> dict[str, Any]:
        return {"change": change_words(s), "notice": notice_words(s, s.notice), **more(s)}

    return make


def _given(s: Source) -> Answer | None:
    """The answer that the message confirms."""
    kind, received = s.data["answer"], s.instant("received_at")
    return next((a for a in reversed(s.notice.answers) if a.answer == kind and a.received_at == received), None)


def _confirmation(s: Source) -> dict[str, Any]:
    answer = _given(s)
    return {
        "answer": AnswerView(
            kind=s.data["answer"],
            by=(answer.by if answer is not None else None) or "",
            received=s.moment(s.instant("received_at")),
            grounds=(answer.grounds if answer is not None else None) or "",
            late=answer.late if answer is not None else False,
            counts=answer.counts if answer is not None else True,
        )
    }


def _decision(s: Source) -> dict[str, Any]:
    not_before = s.data.get("engage_not_before")
    right = next((one for one in s.notice.rights if one.rule == OVERRULED), None)
    return {
        "decision": s.data["decision"],
        "reason": s.data["reason"],
        "not_before": s.day(date.fromisoformat(not_before)) if not_before else "",
        "way_out": right_words(s, right) if right is not None else None,
    }


def _withdrawal(s: Source) -> dict[str, Any]:
    return {"ended": reason_of(s.data) == "change_ended", "reason": s.data.get("reason") or ""}


def _reminder(s: Source) -> dict[str, Any]:
    """A window of a rule that the notice does not have is none: Raises ValueError."""
    closes = s.data.get("closes_at")
    right = next((one for one in s.notice.rights if one.rule == s.data["rule"]), None)
    if right is None:
        raise ValueError(f"the notice gives no right of rule {s.data['rule']!r}")
    until = datetime.fromisoformat(closes) if closes else None
    return {"right": right_words(s, replace(right, closes_at=until))}


def _held_open(s: Source) -> dict[str, Any]:
    before = s.data.get("last_day_before")
    return {
        "held_until": s.last(s.instant("closes_at")),
        "held_from": s.day(date.fromisoformat(before)) if before else "",
    }


def _announced_moments(s: Source) -> Entries:
    notice = _expected(s)
    objected = bool(standing(notice.answers, "object"))
    return Entries(limited(s, (one for one in notice.rights if not (objected and one.rule == OBJECTION))))


def _reminded_moment(s: Source) -> Entries:
    closes = s.data.get("closes_at")
    rights = [one for one in s.notice.rights if one.rule == s.data["rule"]]
    until = datetime.fromisoformat(closes) if closes else None
    return Entries(tuple(entry(s, one, until) for one in rights))


def _held_open_moment(s: Source) -> Entries:
    until = s.instant("closes_at")
    return Entries(limited(s, (one for one in s.notice.rights if one.closes_at == until)))


def _decided_moments(s: Source) -> Entries:
    """What the customer may do against an overruling; of one that follows it, nothing is left to answer."""
    if s.data["decision"] == "uphold":
        return _all_gone(s)
    return Entries(limited(s, (one for one in s.notice.rights if one.rule == OVERRULED)))


def _all_gone(s: Source) -> Entries:
    """Also of a notice whose receipt was never proven: its announcement has named the moments all the same."""
    return Entries(limited(s, _expected(s).rights), cancelled=True)


_ANSWER: Final = AnswerView(
    kind="object", by="Kim de Vries", received=HOUR, grounds="too far away", late=False, counts=True
)
_ANSWERS: Final = (
    *(replace(_ANSWER, kind=kind) for kind in ("object", "consent", "refuse", "take-back", "terminate")),
    replace(_ANSWER, kind="acknowledge", by="", grounds=""),
    replace(_ANSWER, late=True),
    replace(_ANSWER, counts=False),
)

NOTICE_MAILS: Final = (
    MailKind(
        name="announcement",
        about="notice",
        make=_announcement,
        # Twice, so that each notice is tried in both surroundings.
        samples=about_a_notice({}, rounds=len(NOTICES) * 2),
        entries=_announced_moments,
    ),
    MailKind(
        name="reminder",
        about="notice",
        make=_of_notice(_reminder),
        samples=about_a_notice(
            {"right": OBJECT}, {"right": replace(END, until=HOUR)}, {"right": replace(CONSENT, until=LAST_MOMENT)},
            {"right": CONSENT}, {"right": replace(END, ends="main_contract")},
        ),
        entries=_reminded_moment,
        reminds=True,
    ),
    MailKind(
        name="confirmation",
        about="notice",
        make=_of_notice(_confirmation),
        samples=about_a_notice(*({"answer": one} for one in _ANSWERS)),
    ),
    MailKind(
        name="decision",
        about="notice",
        make=_of_notice(_decision),
        samples=about_a_notice(
            {"decision": "overrule", "reason": "no other host", "not_before": "Friday 1 January 2027", "way_out": END},
            {"decision": "overrule", "reason": "no other host", "not_before": "",
             "way_out": replace(END, until=None, ends="main_contract")},
            {"decision": "overrule", "reason": "no other host", "not_before": "", "way_out": None},
            {"decision": "uphold", "reason": "a fair point", "not_before": "", "way_out": None},
        ),
        entries=_decided_moments,
    ),
    MailKind(
        name="withdrawal",
        about="notice",
        make=_of_notice(_withdrawal),
        samples=about_a_notice({"ended": True, "reason": ""}, {"ended": False, "reason": "Another supplier"}),
        entries=_all_gone,
        takes_out=True,
    ),
    MailKind(
        name="superseded",
        about="notice",
        make=_of_notice(nothing_more),
        samples=about_a_notice({}),
        entries=_all_gone,
        takes_out=True,
    ),
    MailKind(
        name="held_open",
        about="notice",
        make=_of_notice(_held_open),
        samples=about_a_notice(
            {"held_until": LAST_MOMENT, "held_from": "1 mei 2026"}, {"held_until": LAST_MOMENT, "held_from": ""}
        ),
        entries=_held_open_moment,
    ),
)  # fmt: skip
