"""How a notice stands, in a title and some sentences. Pure."""

from collections.abc import Callable
from typing import Final

import msgspec
from markupsafe import Markup

from service.pages.notice_base import Base, endings
from workflows.model.end_reason import EndReason, reason_of
from workflows.notice.table import NOTICE, UNRECEIVED

_Said = tuple[Markup, list[Markup], str]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How the notice stands; `tone` is `ask` where the customer may want to act, `wait` or `done`."""

    title: Markup
    lines: tuple[Markup, ...]
    tone: str


def status(v: Base) -> Status:
    """How the notice stands now."""
    title, lines, tone = _BY_STATE[v.p.state](v)
    if any(reply.classified_as is None for reply in v.p.notice.replies):
        lines.append(v.w("say.reply_waits"))
    return Status(title=title, lines=tuple(lines), tone=tone)


def _unreceived(v: Base) -> _Said:
    state = v.p.state
    return v.w(f"status.{state}"), [v.w(f"say.{state}")], "ask"


def _open(v: Base) -> _Said:
    notice = v.p.notice
    title = v.w(f"status.open_{notice.rule}")
    match notice.rule:
        case "objection" | "termination_right":
            if notice.closes_at is None:
                lines = [v.w("say.open_no_end")]
            else:
                key = "say.open_past" if v.past(notice.closes_at) else "say.open_until"
                lines = [v.w(key, until=v.last(notice.closes_at))]
        case "consent":
            lines = [v.w("say.open_consent")]
        case "information":
            return title, [v.w("say.open_information"), *v.begun()], "done"
    return title, lines + _may_end(v) + v.begun(), "ask"


def _may_end(v: Base) -> list[Markup]:
    """The right to end beside another one (P11), while it runs."""
    if v.p.notice.rule == "termination_right":
        return []
    return [
        v.w("say.open_may_end", what=v.what(given), until=v.last(right.closes_at))
        for right, given in endings(v.p)
        if right.closes_at is not None and not v.past(right.closes_at)
    ]


def _objected(v: Base) -> _Said:
    title = v.w("status.objected")
    if v.p.notice.engaged_at is not None:
        return title, [v.w("say.objected_engaged"), *v.begun()], "wait"
    return title, [v.say("say.objected"), v.w("say.objected_next")], "wait"


def _consented(v: Base) -> _Said:
    return v.w("status.consented"), v.begun() or _goes_on(v, "say.consented"), "done"


def _goes_on(v: Base, key: str) -> list[Markup]:
    go = v.p.notice.engages_at
    return [v.say(key, day=v.day(go))] if go is not None else []


def _refused(v: Base) -> _Said:
    return v.w("status.refused"), [v.say("say.refused")], "done"


def _lapsed(v: Base) -> _Said:
    closes = v.p.notice.closes_at
    said = [v.w("say.lapsed", until=v.last(closes))] if closes is not None else []
    return v.w("status.lapsed"), said + (v.begun() or _goes_on(v, "say.lapsed_from")), "done"


def _overruled(v: Base) -> _Said:
    settled, first = v.p.settled, v.p.notice.engage_not_before
    lines: list[Markup] = []
    if settled is not None and first is not None:
        lines.append(v.say("say.overruled", day=v.day(settled.at), **{"from": v.w.day(first)}))
    return v.w("status.overruled"), lines + _reason(v) + v.begun(), "ask"


def _upheld(v: Base) -> _Said:
    settled = v.p.settled
    lines = [v.say("say.upheld", day=v.day(settled.at))] if settled is not None else []
    return v.w("status.upheld"), lines + _reason(v), "done"


def _reason(v: Base) -> list[Markup]:
    settled = v.p.settled
    given = settled.data.get("reason") if settled is not None else None
    return [v.w("say.reason", reason=given)] if given else []


def _superseded(v: Base) -> _Said:
    settled = v.p.settled
    lines = [v.w("say.superseded", day=v.day(settled.at))] if settled is not None else []
    return v.w("status.superseded"), lines, "done"


def _cancelled(v: Base) -> _Said:
    settled = v.p.settled
    lines: list[Markup] = []
    if settled is not None:
        key = _CANCELLED.get(reason_of(settled.data), "say.cancelled")
        lines.append(v.say(key, day=v.day(settled.at)))
        if key == "say.cancelled_withdrawn" and v.p.withdrawn_why:
            lines.append(v.w("say.reason", reason=v.p.withdrawn_why))
    return v.w("status.cancelled"), lines, "done"


_CANCELLED: Final[dict[EndReason | None, str]] = {
    "change_withdrawn": "say.cancelled_withdrawn",
    "change_ended": "say.cancelled_change_ended",
    "agreement_ended": "say.cancelled_agreement_ended",
}
_BY_STATE: Final[dict[str, Callable[[Base], _Said]]] = {
    **dict.fromkeys(UNRECEIVED, _unreceived),
    "open": _open,
    "objected": _objected,
    "consented": _consented,
    "refused": _refused,
    "lapsed": _lapsed,
    "overruled": _overruled,
    "upheld": _upheld,
    "superseded": _superseded,
    "cancelled": _cancelled,
}
if set(_BY_STATE) != set(NOTICE.states):
    raise TypeError(f"states without words, or words without a state: {set(_BY_STATE) ^ set(NOTICE.states)}")
