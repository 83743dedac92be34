"""The answers that a notice's page offers: those that its table takes from this contact, with what follows. Pure."""

from typing import Final

import msgspec
from markupsafe import Markup

from service.pages.notice_base import Base
from workflows.model.notice import Answered
from workflows.notice.open_answers import OpenAnswer, open_answers


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that can be chosen; a grave one ends something for good."""

    answer: Answered
    label: Markup
    hint: Markup
    grave: bool = False


def offers(v: Base) -> tuple[Offer, ...]:
    """What the contact may answer now."""
    return tuple(_offer(v, one) for one in open_answers(v.p.rows, v.p.contact))


def grounds_hint(v: Base, offered: tuple[Offer, ...]) -> Markup:
    """Whether reasons are needed, and for which answers.

    A refusal by link is none of them: it holds at once, and its reasons may be asked for afterwards.
    """
    needs = any(one.grounds == "required" for one in v.endings())
    labels = [offer.label for offer in offered if offer.answer == "terminate" and needs]
    if labels:
        return v.w("form.grounds_required", answers=Markup("; ").join(labels))
    if v.p.notice.grounds == "required" and any(offer.answer == "object" for offer in offered):
        return v.w("form.grounds_agreed")
    asked = v.p.notice.grounds != "none" or any(offer.answer == "refuse" for offer in offered)
    return v.w("form.grounds_asked" if asked else "form.grounds_none")


def _offer(v: Base, one: OpenAnswer) -> Offer:
    blanks = {"what": v.what(v.endings()[0])} if one.answer == "terminate" else {}
    return Offer(
        answer=one.answer,
        label=v.w(f"answer.{one.answer}", **blanks),
        hint=_hint(v, one),
        grave=one.answer == "terminate",
    )


def _hint(v: Base, one: OpenAnswer) -> Markup:
    match one.would_be:
        case "late":
            return v.w(_LATE[one.answer])
        case "outweighed":
            return v.w("hint.outweighed")
        case "stops":
            return v.w("hint.stops")
        case "after_beginning":
            return v.w(_AFTER_BEGINNING.get(one.answer, "hint.refuse_engaged"))
        case "kept":
            return v.w(_SETTLED.get(one.answer, "hint.kept") if v.facts.final else "hint.kept")
        case "done" if one.answer == "take-back":
            return v.w(f"hint.take-back_{one.takes_back}")
        case "done" if one.answer == "consent" and one.begins is not None:
            return v.say("hint.consent_from", day=v.w.day(one.begins))
        case "done" if one.answer == "object" and v.facts.barred_by:
            return v.say("hint.object_bars", clause=v.clause(v.facts.barred_by))
        case "done":
            return v.say(_DONE[one.answer])


_LATE: Final[dict[Answered, str]] = {"object": "hint.object_late", "terminate": "hint.terminate_late"}
_AFTER_BEGINNING: Final[dict[Answered, str]] = {
    "object": "hint.object_engaged", "take-back": "hint.take-back_engaged",
}  # fmt: skip
_SETTLED: Final[dict[Answered, str]] = {
    "object": "hint.object_over", "consent": "hint.consent_over", "refuse": "hint.consent_over",
}  # fmt: skip
_DONE: Final[dict[Answered, str]] = {
    "object": "hint.object", "consent": "hint.consent", "refuse": "hint.refuse", "acknowledge": "hint.acknowledge",
    "terminate": "hint.terminate",
}  # fmt: skip
