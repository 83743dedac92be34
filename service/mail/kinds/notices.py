"""The messages about a notice: the announcement, and all that follows it. Pure."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from service.mail.kinds.kind import MailKind
from service.mail.kinds.moments import entry, limited
from service.mail.kinds.notice_words import change_words, notice_words, right_words
from service.mail.kinds.sample_values import CONSENT, END, HOUR, LAST_MOMENT, NOTICES, OBJECT, about_a_notice
from service.mail.kinds.source import Source
from service.mail.kinds.views import AnswerView, Entries
from workflows.model.end_reason import reason_of
from workflows.model.notice import Answer
from workflows.model.per_language import say
from workflows.notice.fact_shapes import Effect, NoticeFacts
from workflows.notice.facts import right_facts
from workflows.notice.open_answers import open_answers
from workflows.terms.names import OBJECTED, OBJECTION, OVERRULED

Make = Callable[[Source], dict[str, Any]]
More = Callable[[Source, NoticeFacts], dict[str, Any]]


def _announcement(s: Source) -> dict[str, Any]:
    """In the words of a notice that is received now: those moments will count."""
    facts = s.facts_received
    return {"change": change_words(s, facts), "notice": notice_words(s, facts)}


def _of_notice(more: More) -> Make:
    """The change and its notice as they are, and what the kind has besides."""

    def make(s: Source) -> dict[str, Any]:
        facts = s.facts
        return {"change": change_words(s, facts), "notice": notice_words(s, facts), **more(s, facts)}

    return make


def _confirmation(s: Source, facts: NoticeFacts) -> dict[str, Any]:
    kind, received = s.data["answer"], s.instant("received_at")
    same = (one for one in facts.answers if (one.answer.answer, one.answer.received_at) == (kind, received))
    found = max(same, key=lambda one: one.answer.recorded_at, default=None)
    arisen = next((one for one in facts.rights if one.rule == OBJECTED and not one.over), None)
    return {
        "answer": AnswerView(
            kind=kind,
            by=(found.answer.by if found is not None else None) or "",
            received=s.moment(received),
            grounds=(found.answer.grounds if found is not None else None) or "",
            # It is no longer on record where it was erased or entered wrongly: nothing follows from it.
            effect=found.effect if found is not None else "overtaken",
            take_back=found is not None and _may_take_back(s, facts, found.answer),
            ends=next((one.ends or "" for one in facts.rights if one.act == "terminate"), "")
            if kind == "terminate"
            else "",
        ),
        "way_out": right_words(s, arisen) if kind == "object" and arisen is not None else None,
    }


def _may_take_back(s: Source, facts: NoticeFacts, answer: Answer) -> bool:
    """Whether the page's form takes it back from the contact who reads this: its own, while that still counts."""
    # A consent that nothing stands in the way of has begun by the time the mail is read.
    if answer.answer == "consent" and facts.starts.kind != "day":
        return False
    opened = open_answers(s.rows, s.letter.contact)
    return any(
        one.answer == "take-back" and one.takes_back == answer.answer and one.would_be == "done" for one in opened
    )


def _decision(s: Source, facts: NoticeFacts) -> dict[str, Any]:
    right = next((one for one in facts.rights if one.rule == _arisen(s) and not one.over), None)
    return {
        "decision": s.data["decision"],
        # A clause that leaves it to the reader is no ground for going ahead.
        "clause": "" if s.terms.subprocessors.over_objection.reading else s.clause(facts.clause),
        "reason": s.data["reason"],
        "way_out": right_words(s, right) if right is not None else None,
    }


def _arisen(s: Source) -> str:
    """The rule of the right to end that stands open after the decision: that over its overruling where the agreement
    gives one, else that which the objection itself gave."""
    overruled = any(one.rule == OVERRULED for one in s.notice.rights)
    return OVERRULED if overruled and s.data["decision"] != "no_solution" else OBJECTED


def _withdrawal(s: Source, _: NoticeFacts) -> dict[str, Any]:
    return {"ended": reason_of(s.data) == "change_ended", "reason": say(s.data.get("reason") or "", s.lang)}


def _reminder(s: Source, _: NoticeFacts) -> dict[str, Any]:
    """A window of a rule that the notice does not have is none: Raises ValueError."""
    closes = s.data.get("closes_at")
    right = next((one for one in s.notice.rights if one.rule == s.data["rule"]), None)
    if right is None:
        raise ValueError(f"the notice gives no right of rule {s.data['rule']!r}")
    until = datetime.fromisoformat(closes) if closes else None
    return {"right": right_words(s, right_facts(s.rows, replace(right, closes_at=until)))}


def _held_open(s: Source, _: NoticeFacts) -> dict[str, Any]:
    before = s.data.get("last_day_before")
    return {
        "held_until": s.last(s.instant("closes_at")),
        "held_from": s.day(date.fromisoformat(before)) if before else "",
    }


def _nothing_more(_: Source, __: NoticeFacts) -> dict[str, Any]:
    return {}


def _announced_moments(s: Source) -> Entries:
    held = s.facts_received.stands_against
    rights = s.rows_received.notice.rights
    return Entries(limited(s, (one for one in rights if not (held and one.rule == OBJECTION))))


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
    return Entries(limited(s, (one for one in s.notice.rights if one.rule == _arisen(s))))


def _all_gone(s: Source) -> Entries:
    """Also of a notice whose receipt was never proven: its announcement has named the moments all the same."""
    return Entries(limited(s, s.rows_received.notice.rights), cancelled=True)


_ANSWER: Final = AnswerView(
    kind="object", by="Kim de Vries", received=HOUR, grounds="too far away", effect="holds", take_back=True
)
_EFFECTS: Final[tuple[tuple[str, Effect], ...]] = (
    ("object", "holds"), ("consent", "allows"), ("refuse", "keeps"), ("take-back", "reopens"), ("terminate", "ends"),
    ("acknowledge", "noted"), ("object", "late"), ("consent", "none"), ("object", "overtaken"), ("object", "settled"),
    ("consent", "disagreement"), ("take-back", "disagreement"), ("object", "holds_after_beginning"),
    ("take-back", "goes_ahead"),
)  # fmt: skip
_ANSWERS: Final = (
    *(replace(_ANSWER, kind=kind, effect=effect) for kind, effect in _EFFECTS),
    *(replace(_ANSWER, kind=kind, effect=effect, by="", grounds="", take_back=False) for kind, effect in _EFFECTS),
    *(
        replace(_ANSWER, kind="terminate", effect="ends", ends=ends)
        for ends in ("service", "main_contract", "main_contract_alone")
    ),
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
            {"right": CONSENT}, {"right": replace(END, ends="main_contract")}, {"right": replace(END, ends="service")},
        ),
        entries=_reminded_moment,
        reminds=True,
    ),
    MailKind(
        name="confirmation",
        about="notice",
        make=_of_notice(_confirmation),
        samples=(
            *about_a_notice(*({"answer": one, "way_out": None} for one in _ANSWERS)),
            *about_a_notice(*({"answer": one, "way_out": replace(END, until=None)} for one in _ANSWERS[:1])),
        ),
    ),
    MailKind(
        name="decision",
        about="notice",
        make=_of_notice(_decision),
        samples=about_a_notice(
            {"decision": "overrule", "clause": "7.1", "reason": "no other host", "way_out": END},
            *({"decision": "overrule", "clause": "7.1", "reason": "no other host",
               "way_out": replace(END, until=None, length="30 days", ends=ends)}
              for ends in ("main_contract", "main_contract_alone", "service", "agreement")),
            {"decision": "overrule", "clause": "7.1", "reason": "no other host",
             "way_out": replace(END, until=None, ends="main_contract")},
            {"decision": "overrule", "clause": "", "reason": "no other host", "way_out": None},
            {"decision": "uphold", "clause": "7.1", "reason": "a fair point", "way_out": None},
            {"decision": "no_solution", "clause": "7.1", "reason": "", "way_out": replace(END, ends="service")},
            {"decision": "no_solution", "clause": "7.1", "reason": "",
             "way_out": replace(END, until=None, ends="main_contract")},
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
        make=_of_notice(_nothing_more),
        samples=about_a_notice({}),
        entries=_all_gone,
        takes_out=True,
    ),
    MailKind(
        name="held_open",
        about="notice",
        make=_of_notice(_held_open),
        samples=about_a_notice(
            {"held_until": LAST_MOMENT, "held_from": "Monday 4 May 2026"}, {"held_until": LAST_MOMENT, "held_from": ""}
        ),
        entries=_held_open_moment,
    ),
)  # fmt: skip
