"""The answers that a notice's page offers: those that its rights and its state allow, with what follows. Pure."""

from collections.abc import Callable
from typing import Final, get_args

import msgspec
from markupsafe import Markup

from service.pages.notice_base import Base, endings
from service.pages.read import NoticePage
from workflows.model.notice import Answered
from workflows.notice.guards import same_voice, standing

ANSWERS: Final[tuple[Answered, ...]] = get_args(Answered)
DISTINCT: Final[tuple[Answered, ...]] = ("object", "consent", "refuse")
"""Answers that stand until they are taken back."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that can be chosen; a grave one ends something for good."""

    answer: Answered
    label: Markup
    hint: Markup
    grave: bool = False


def offers(v: Base) -> tuple[Offer, ...]:
    """What the contact may answer now."""
    found = (_OFFERS[answer](v) for answer in ANSWERS if answer in v.actions)
    return tuple(offer for offer in found if offer is not None)


def reasons_wanted(p: NoticePage) -> tuple[Answered, ...]:
    """The answers that are not taken without reasons.

    A refusal by link is none of them: it holds at once, and its reasons may be asked for afterwards.
    """
    return ("terminate",) if any(given is not None and given.reasons for _, given in endings(p)) else ()


def grounds_hint(v: Base, offered: tuple[Offer, ...]) -> Markup:
    """Whether reasons are needed, and for which answers."""
    wanted = reasons_wanted(v.p)
    labels = [offer.label for offer in offered if offer.answer in wanted]
    if labels:
        return v.w("form.grounds_required", answers=Markup("; ").join(labels))
    asked = v.p.notice.grounds != "none" or any(offer.answer == "refuse" for offer in offered)
    return v.w("form.grounds_asked" if asked else "form.grounds_none")


def _stands(v: Base, kind: Answered) -> bool:
    """Whether this contact's own answer of that kind stands."""
    name = v.p.contact.name
    return any(same_voice(one.by, name) for one in standing(v.p.notice.answers, kind))


def _offer(v: Base, answer: Answered, hint: Markup, *, grave: bool = False, **blanks: object) -> Offer:
    return Offer(answer=answer, label=v.w(f"answer.{answer}", **blanks), hint=hint, grave=grave)


def _object(v: Base) -> Offer | None:
    notice = v.p.notice
    if notice.rule != "objection" or _stands(v, "object"):
        return None
    if v.final:
        return _offer(v, "object", v.w("hint.object_over"))
    if v.past(notice.closes_at):
        return _offer(v, "object", v.w("hint.object_late"))
    if notice.engaged_at is not None:
        return _offer(v, "object", v.w("hint.object_engaged"))
    return _offer(v, "object", v.say("hint.object"))


def _consent(v: Base) -> Offer | None:
    if v.p.notice.rule != "consent" or _stands(v, "consent"):
        return None
    if v.final:
        return _offer(v, "consent", v.w("hint.consent_over"))
    wished = v.wished()
    hint = v.say("hint.consent_from", day=wished) if wished is not None else v.say("hint.consent")
    return _offer(v, "consent", hint)


def _refuse(v: Base) -> Offer | None:
    if v.p.notice.rule != "consent" or _stands(v, "refuse"):
        return None
    if v.final:
        return _offer(v, "refuse", v.w("hint.consent_over"))
    engaged = v.p.notice.engaged_at is not None
    return _offer(v, "refuse", v.w("hint.refuse_engaged") if engaged else v.say("hint.refuse"))


def _acknowledge(v: Base) -> Offer | None:
    name = v.p.contact.name
    if any(one.answer == "acknowledge" and one.by == name for one in v.p.notice.answers):
        return None
    return _offer(v, "acknowledge", v.w("hint.acknowledge"))


def _take_back(v: Base) -> Offer | None:
    kind = next((one for one in DISTINCT if _stands(v, one)), None)
    if kind is None:
        return None
    engaged = v.p.notice.engaged_at is not None and kind == "consent"
    return _offer(v, "take-back", v.w(f"hint.take-back_{'engaged' if engaged else kind}"))


def _terminate(v: Base) -> Offer | None:
    given_rights = endings(v.p)
    name = v.p.contact.name
    if not given_rights or any(one.answer == "terminate" and one.by == name for one in v.p.notice.answers):
        return None
    right, given = given_rights[0]
    hint = v.w("hint.terminate_late" if v.past(right.closes_at) else "hint.terminate")
    return _offer(v, "terminate", hint, grave=True, what=v.what(given))


_OFFERS: Final[dict[Answered, Callable[[Base], Offer | None]]] = {
    "object": _object,
    "consent": _consent,
    "refuse": _refuse,
    "acknowledge": _acknowledge,
    "take-back": _take_back,
    "terminate": _terminate,
}
