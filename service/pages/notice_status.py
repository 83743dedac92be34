"""How a notice stands, in a title and some sentences. Pure."""

from collections.abc import Callable
from typing import Final

import msgspec
from markupsafe import Markup

from service.pages.notice_base import Base
from service.pages.words import Words
from workflows.model.end_reason import EndReason, reason_of
from workflows.notice.table import NOTICE, UNRECEIVED

_Said = tuple[list[Markup], str]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How the notice stands; `tone` is `ask` where the customer may want to act, `wait` or `done`."""

    title: Markup
    lines: tuple[Markup, ...]
    tone: str


def status(v: Base) -> Status:
    """How the notice stands now."""
    lines, tone = _BY_STATE[v.p.state](v)
    if v.facts.over_on is not None:
        lines.append(v.w("say.agreement_over", day=v.w.day(v.facts.over_on)))
    if v.facts.unread_reply:
        lines.append(v.w("say.reply_waits"))
    return Status(title=title(v.w, v.p.state, v.facts.rule), lines=tuple(lines), tone=tone)


def title(w: Words, state: str, rule: str) -> Markup:
    """Where it stands, in a few words."""
    key = f"status.{state}"
    return w(key if w.has(key) else f"{key}_{rule}")


def _unreceived(v: Base) -> _Said:
    state = v.p.state
    return [v.w(f"say.{state}")], "ask"


def _open(v: Base) -> _Said:
    facts = v.facts
    match facts.rule:
        case "objection" | "termination_right":
            if facts.closes_at is None:
                lines = [v.w("say.open_no_end")]
            else:
                key = "say.open_past" if facts.window_over else "say.open_until"
                lines = [v.w(key, until=v.last(facts.closes_at))]
        case "consent":
            lines = [v.w("say.open_unsaid" if facts.unsaid else "say.open_consent")]
        case "information":
            return [v.w("say.open_information"), *v.begun()], "done"
    return lines + _may_end(v) + v.begun(), "ask"


def _may_end(v: Base) -> list[Markup]:
    """The right to end beside another one (P11), while it runs."""
    if v.facts.rule == "termination_right":
        return []
    return [
        v.w("say.open_may_end", what=v.what(right), until=v.last(right.closes_at))
        for right in v.endings()
        if right.closes_at is not None and not right.over
    ]


def _objected(v: Base) -> _Said:
    if v.facts.begun_at is not None:
        return [v.w("say.objected_engaged"), *v.begun()], "wait"
    lines = [v.say("say.objected"), v.w("say.objected_next")]
    if v.facts.barred_by:
        lines = [v.say("say.objected_bars", clause=v.clause(v.facts.barred_by)), v.w("say.objected_bars_next")]
    if v.facts.reasons_asked:
        lines.append(v.w("say.reasons_asked"))
    if v.facts.solution_until is not None:
        lines.append(v.w("say.solution_sought", until=v.last(v.facts.solution_until)))
    if v.facts.solution_from is not None:
        lines.append(v.w("say.solution_unreasoned", day=v.day(v.facts.solution_from)))
    return lines + _may_end(v), "wait"


def _consented(v: Base) -> _Said:
    return v.begun() or [v.begins("say.consented", "say.goes_on_now")], "done"


def _refused(v: Base) -> _Said:
    return [v.say("say.refused")], "done"


def _lapsed(v: Base) -> _Said:
    closes = v.facts.closes_at
    # Not "nobody objected" above an objection: one that was taken back, or was made to an earlier text.
    key = _LAPSED[v.facts.objections]
    said = [v.w(key, until=v.last(closes))] if closes is not None else []
    return said + (v.begun() or [v.begins("say.lapsed_from", "say.goes_on_now")]), "done"


_LAPSED: Final = {"none": "say.lapsed", "past": "say.lapsed_taken_back", "earlier_text": "say.lapsed_anew"}


def _overruled(v: Base) -> _Said:
    settled, starts = v.p.settled, v.facts.starts
    lines = [v.w("say.overruled", day=v.day(settled.at))] if settled is not None else []
    if starts.kind == "day" and starts.day is not None:
        lines.append(v.say("say.overruled_from", day=v.w.day(starts.day)))
    return lines + _reason(v) + v.begun(), "ask"


def _upheld(v: Base) -> _Said:
    settled = v.p.settled
    lines = [v.say("say.upheld", day=v.day(settled.at))] if settled is not None else []
    return lines + _reason(v), "done"


def _reason(v: Base) -> list[Markup]:
    settled = v.p.settled
    given = settled.data.get("reason") if settled is not None else None
    return [v.w("say.reason", reason=given)] if given else []


def _superseded(v: Base) -> _Said:
    settled = v.p.settled
    lines = [v.w("say.superseded", day=v.day(settled.at))] if settled is not None else []
    return lines, "done"


def _cancelled(v: Base) -> _Said:
    settled = v.p.settled
    lines: list[Markup] = []
    if settled is not None:
        key = _CANCELLED.get(reason_of(settled.data), "say.cancelled")
        lines.append(v.say(key, day=v.day(settled.at)))
        if key == "say.cancelled_withdrawn" and v.p.withdrawn_why:
            lines.append(v.w("say.reason", reason=v.p.withdrawn_why))
    return lines, "done"


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
