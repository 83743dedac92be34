"""The messages about an agreement: its beginning, its end, and what becomes of the data. Pure."""

from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from service.mail.kinds.kind import MailKind, nothing_more
from service.mail.kinds.moments import NONE, choice_after, choice_until, to_choose
from service.mail.kinds.notice_words import sub_words
from service.mail.kinds.sample_values import HOUR, LAST_MOMENT, SUB
from service.mail.kinds.source import Source
from service.mail.kinds.views import DataView, Entries
from service.wording import last_day_of
from workflows.agreement.guards import on_signature
from workflows.change.announced import as_told
from workflows.deletion.clocks import CERTIFICATE, CHOICE, ERASURE, RETURN, due_after
from workflows.deletion.items import item_in_words
from workflows.deletion.longer import kept_longer, named
from workflows.terms.names import CURE
from workflows.time import local_day

LARGEST_ENCLOSED: Final = 5 * 1024 * 1024
"""Bytes of a text that goes with the mail; what is larger is fetched from the contact's own page."""


def _asked(s: Source) -> bool:
    """Whether it is no more than asked for: by who came by the processor's page, and the processor has not signed."""
    agreement = s.letter.about.agreement
    return agreement.joined and all(one.party != "processor" for one in agreement.signatures)


def _first(s: Source) -> dict[str, Any]:
    starts, entry = s.data.get("starts_at"), s.terms.entry
    text, agreement = s.data.get("text"), s.letter.about.agreement
    waits = on_signature(s.terms, agreement)
    signed = any(one.party == "controller" for one in agreement.signatures)
    return {
        "asked": _asked(s),
        "text": ("enclosed" if text["size"] <= LARGEST_ENCLOSED else "kept") if text else "",
        "sign_url": s.framing.link_url if (text or waits) and not signed else None,
        "starts": s.moment(datetime.fromisoformat(starts)) if starts else None,
        "entry_clause": s.clause(entry.clause),
        "on_signature": waits,
        # Who came by the processor's page waits for both signatures, whatever the terms say of the beginning.
        "signed_clause": s.clause(entry.clause) if entry.event == "last_signature" else "",
        "window": s.length(entry.period) if entry.period is not None else "",
        "listed": [sub_words(as_told(one, one.country), one.country, s.lang) for one in s.letter.about.listed],
    }


def _signed(s: Source) -> dict[str, Any]:
    text = s.data.get("text")
    return {
        "name": s.data["name"],
        "function": s.data["function"],
        "signed": s.moment(s.instant("at")),
        "sha256": text["sha256"] if text else "",
    }


def _data(s: Source, last_day: date) -> DataView:
    terms, agreement = s.terms, s.letter.about.agreement
    chosen = agreement.choice
    choice = due_after(terms, agreement, CHOICE, last_day)
    chooses = choice is not None or terms.end.data == "choice"
    erasure = due_after(terms, agreement, ERASURE, last_day)
    back = due_after(terms, agreement, RETURN, last_day)
    timed = (terms.rules.get(rule) for rule in (RETURN, ERASURE))
    asked = next((one for one in timed if one is not None and one.starts == "request"), None)
    certificate = terms.rules.get(CERTIFICATE)
    stays = kept_longer(terms, agreement, last_day)
    return DataView(
        how=terms.end.data,
        clause=s.clause(terms.end.clause),
        chosen=chosen.data if chosen is not None else "",
        choice_until=s.last(choice.due_at) if choice is not None else None,
        choice_open=chooses,
        choice_clause=s.clause(choice.clause if choice is not None else terms.end.clause) if chooses else "",
        erased_by=s.last(erasure.due_at) if erasure is not None and erasure.boundary != "from" else None,
        erased_after=erasure is not None and erasure.boundary == "from",
        erased_soon=ERASURE in terms.rules and terms.rules[ERASURE].target,
        erasure_clause=s.clause(erasure.clause) if erasure is not None else "",
        kept_longer=named(terms, stays, s.lang) if stays else "",
        declaration=terms.end.declaration,
        unchosen=_unchosen(s),
        returned_by=s.last(back.due_at) if back is not None else None,
        return_clause=s.clause(back.clause) if back is not None else "",
        on_request=s.length(asked.period) if asked is not None and asked.period is not None else "",
        request_clause=s.clause(asked.clause) if asked is not None else "",
        certificate_clause=s.clause(certificate.clause) if certificate is not None else "",
        retention_clause=s.clause(terms.end.retention_clause),
    )


def _unchosen(s: Source) -> str:
    """What follows where the customer chooses nothing. What has a last day and no word on it ends in erasure."""
    end, choice = s.terms.end, s.terms.rules.get(CHOICE)
    ends = choice is not None and choice.ends
    return "erase" if end.without_choice == "unsaid" and ends else end.without_choice


def _entry_held_open(s: Source) -> dict[str, Any]:
    return {
        "held_until": s.last(s.instant("closes_at")),
        "held_from": s.day(date.fromisoformat(s.data["last_day_before"])),
        "clause": s.clause(s.terms.entry.clause),
    }


def _end_planned(s: Source) -> dict[str, Any]:
    last_day = last_day_of(s.instant("ends_at"), s.terms.zone)
    return {"last_day": s.day(last_day), "after": _data(s, last_day), "outlives": s.outlives}


def _end_confirmed(s: Source) -> dict[str, Any]:
    right = next((one for one in s.terms.ending.rights if one.ground == s.data["ground"]), None)
    return {
        "ground": s.data["ground"],
        "ours": s.data.get("party") == "processor",
        "ends": s.falls(right),
        "services": ", ".join(s.data.get("services", ())),
        "refund": right is not None and right.refund == "prepaid",
        "refund_clause": s.clause(right.refund_clause) if right is not None else "",
        "outlives": s.outlives,
        "clause": s.clause(right.clause if right is not None else s.terms.ending.clause),
        "ends_at": s.last(s.instant("ends_at")),
    }


def _cure(s: Source) -> dict[str, Any]:
    """What is to be put right, until when, and what follows; or that it was put right."""
    rule = s.terms.rules.get(CURE)
    right = next((one for one in s.terms.ending.rights if one.ground == "not_cured"), None)
    until, at = s.data["due_at"], s.data.get("at")
    return {
        "step": s.data["step"],
        "failure": s.data.get("failure", ""),
        "until": s.last(datetime.fromisoformat(until)) if until else None,
        "suspends": s.data["suspends"],
        "clause": s.clause(rule.clause if rule is not None else ""),
        "right_clause": s.clause(right.clause if right is not None else ""),
        "at": s.moment(datetime.fromisoformat(at)) if at else None,
        "evidence": s.data.get("evidence", ""),
        "late": s.data.get("late", False),
    }


def _ended(s: Source) -> dict[str, Any]:
    last_day = date.fromisoformat(s.data["ended_on"])
    return {"last_day": s.day(last_day), "after": _data(s, last_day), "outlives": s.outlives}


def _choice(s: Source) -> dict[str, Any]:
    choice, ended_on = s.letter.about.agreement.choice, s.letter.about.agreement.ended_on
    if choice is None:
        raise ValueError("there is no choice to confirm")
    entry = choice_after(s, ended_on) if ended_on is not None else None
    until = entry.until if entry is not None else None
    return {
        "chosen": choice.data,
        "format": choice.format or "",
        "received": s.moment(choice.received_at),
        "over": ended_on is not None,
        "until": s.last(until) if until is not None and until > s.framing.now else None,
        "returned_first": s.terms.end.data == "return_first",
        "clause": s.clause(s.terms.end.clause),
    }


def _deleted(s: Source) -> dict[str, Any]:
    """Raises ValueError where the data are not gone: a declaration says on which day they were."""
    agreement = s.letter.about.agreement
    if agreement.deleted_at is None:
        raise ValueError("only what is deleted is declared so")
    done = [
        (one, one.done_at)
        for one in agreement.plan
        if one.how == "confirmed" and one.kind != "declare" and one.done_at is not None
    ]
    return {
        "day": _day_of(s, agreement.deleted_at),
        "confirmed": [item_in_words(one, s.lang) for one, _ in done],
        "confirmed_on": [_day_of(s, at) for _, at in done],
        "outlives": s.outlives,
        "not_confirmed": list(s.data.get("not_confirmed", ())),
        "declaration_clause": s.clause(_declared_by(s)),
    }


def _day_of(s: Source, instant: datetime) -> str:
    return s.day(local_day(instant, s.terms.zone))


def _declared_by(s: Source) -> str:
    """The clause that has the attached declaration made: unasked, or because the customer asked for it."""
    if s.terms.end.declaration:
        return s.terms.end.declaration_clause
    asked = s.terms.rules.get(CERTIFICATE) if s.data.get("certificate") else None
    return asked.clause if asked is not None else ""


def _corrected(s: Source) -> dict[str, Any]:
    return {"reason": s.data["reason"]}


def _end_planned_moment(s: Source) -> Entries:
    return to_choose(s, last_day_of(s.instant("ends_at"), s.terms.zone))


def _ended_moment(s: Source) -> Entries:
    return to_choose(s, date.fromisoformat(s.data["ended_on"]))


def _chosen_moment(s: Source) -> Entries:
    """The calendar entry for the instant until which the choice can be changed."""
    ended_on = s.letter.about.agreement.ended_on
    entry = choice_after(s, ended_on) if ended_on is not None else None
    return Entries((entry,)) if entry is not None else NONE


def _no_choice_any_more(s: Source) -> Entries:
    return Entries((choice_until(s, None, ""),), cancelled=True) if CHOICE in s.terms.rules else NONE


def _choice_again(s: Source) -> dict[str, Any]:
    """Raises ValueError where the agreement has not ended, so that there is nothing to choose."""
    agreement = s.letter.about.agreement
    if agreement.ended_on is None:
        raise ValueError("the agreement goes on: there is nothing to choose")
    return {
        "last_day": s.day(agreement.ended_on),
        "until": s.last(s.instant("closes_at")),
        "clause": s.clause(s.terms.rules[CHOICE].clause),
        "unchosen": _unchosen(s),
        "outlives": s.outlives,
    }


def _choice_held_open(s: Source) -> dict[str, Any]:
    """More time after an outage of ours; raises ValueError as a reminder does."""
    held_from = s.day(date.fromisoformat(s.data["last_day_before"]))
    again = _choice_again(s)
    return {"held_until": again.pop("until"), "held_from": held_from, **again}


def _reminded_moment(s: Source) -> Entries:
    return Entries((choice_until(s, s.instant("closes_at"), s.terms.rules[CHOICE].clause),))


_DATA: Final = DataView(
    how="choice", clause="9", chosen="", choice_until=LAST_MOMENT, choice_open=True, choice_clause="9.5",
    erased_by=LAST_MOMENT, erased_after=False, erased_soon=True, erasure_clause="9.5", kept_longer="", declaration=True,
    retention_clause="12.3", unchosen="erase", returned_by=None, return_clause="", on_request="", request_clause="",
    certificate_clause="",
)  # fmt: skip
_ALL_DATA: Final = (
    _DATA,
    replace(_DATA, choice_until=None, erased_by=None, declaration=False, retention_clause=""),
    replace(_DATA, erased_by=None, erased_after=True, kept_longer="audit logs (6.1)"),
    replace(_DATA, erased_by=None, erased_after=True, chosen="erase"),
    replace(_DATA, erased_by=None, erased_after=True, erased_soon=False),
    replace(_DATA, erased_by=None, erased_after=True, erased_soon=False, chosen="erase"),
    replace(_DATA, how="return_first", choice_open=False),
    replace(_DATA, how="erase", choice_open=False),
    replace(_DATA, chosen="return"),
    replace(_DATA, chosen="return", returned_by=LAST_MOMENT, return_clause="9.6"),
    replace(_DATA, chosen="erase"),
    replace(
        _DATA,
        choice_until=None,
        erased_by=None,
        declaration=False,
        unchosen="keep",
        on_request="30 days",
        request_clause="9.7",
        certificate_clause="9.8",
    ),
    replace(_DATA, choice_until=None, unchosen="return"),
    replace(_DATA, choice_until=None, erased_by=None, unchosen="unsaid"),
)
_LAST_DAY: Final = "Thursday 24 December 2026"
_ENDS: Final = (
    *({"last_day": _LAST_DAY, "after": one, "outlives": ""} for one in _ALL_DATA),
    {"last_day": _LAST_DAY, "after": _DATA, "outlives": "1.1"},
)

_CURE: Final[dict[str, Any]] = {
    "step": "demanded", "failure": "No log was kept.", "until": None, "suspends": False, "clause": "10(b)(1)",
    "right_clause": "10(b)(2)", "at": None, "evidence": "", "late": False,
}  # fmt: skip

AGREEMENT_MAILS: Final = (
    MailKind(
        name="agreement",
        about="agreement",
        make=_first,
        purpose="signature",
        samples=(
            {"starts": HOUR, "entry_clause": "1.1", "on_signature": False, "window": "", "listed": [SUB], "text": "",
             "sign_url": None, "signed_clause": "", "asked": False},
            {"starts": None, "entry_clause": "2.1", "on_signature": True, "signed_clause": "2.1", "window": "14 days",
             "listed": [], "text": "enclosed", "sign_url": "https://dpa.example.org/a/sample", "asked": False},
            {"starts": HOUR, "entry_clause": "1.1", "on_signature": False, "signed_clause": "", "window": "",
             "listed": [], "text": "kept", "sign_url": "https://dpa.example.org/a/sample", "asked": False},
            {"starts": None, "entry_clause": "1.1", "on_signature": True, "signed_clause": "", "window": "",
             "listed": [], "text": "enclosed", "sign_url": None, "asked": True},
        ),
    ),
    MailKind(
        name="signed",
        about="agreement",
        make=_signed,
        samples=(
            {"name": "Kim de Vries", "function": "Director", "signed": HOUR, "sha256": "0" * 64},
            {"name": "Kim de Vries", "function": "Director", "signed": HOUR, "sha256": ""},
        ),
    ),
    MailKind(name="agreement_withdrawn", about="agreement", make=nothing_more),
    MailKind(
        name="entry_held_open",
        about="agreement",
        make=_entry_held_open,
        samples=({"held_until": LAST_MOMENT, "held_from": "Monday 4 May 2026", "clause": "1.1"},),
    ),
    MailKind(
        name="end_planned",
        about="agreement",
        make=_end_planned,
        samples=_ENDS,
        entries=_end_planned_moment,
    ),
    MailKind(
        name="end_confirmed",
        about="agreement",
        make=_end_confirmed,
        samples=tuple(
            {"ground": ground, "ours": ground == "unlawful_instruction", "ends": ends, "ends_at": LAST_MOMENT,
             "clause": clause, "outlives": outlives,
             "services": "telephony" if ends == "service" else "", "refund": ends == "service", "refund_clause": clause}
            for ground, ends, clause, outlives in (
                ("overruled_objection", "main_contract", "7.2", ""), ("amendment", "agreement", "12", ""),
                ("breach_of_law", "main_contract_alone", "11.5", "1.1"), ("breach_of_law", "", "", ""),
                ("not_cured", "main_contract", "10(b)", ""), ("amendment", "service", "12", ""),
                ("unlawful_instruction", "main_contract_alone", "10(c)", ""))
        ),
    ),
    MailKind(
        name="cure",
        about="agreement",
        make=_cure,
        samples=(
            {**_CURE, "until": LAST_MOMENT},
            {**_CURE, "suspends": True},
            {**_CURE, "step": "cured", "at": HOUR, "evidence": "Logs, week 9"},
            {**_CURE, "step": "cured", "at": HOUR, "evidence": "Logs, week 9", "late": True},
        ),
    ),
    MailKind(
        name="ended",
        about="agreement",
        make=_ended,
        samples=_ENDS,
        entries=_ended_moment,
    ),
    MailKind(
        name="end_cancelled", about="agreement", make=nothing_more, entries=_no_choice_any_more, takes_out=True
    ),
    MailKind(
        name="choice",
        about="agreement",
        make=_choice,
        samples=(
            {"chosen": "return", "format": "CSV", "received": HOUR, "over": False,
             "until": None, "returned_first": False, "clause": "9.5"},
            {"chosen": "return", "format": "", "received": HOUR, "over": True,
             "until": LAST_MOMENT, "returned_first": False, "clause": "9.5"},
            {"chosen": "erase", "format": "", "received": HOUR, "over": True,
             "until": LAST_MOMENT, "returned_first": False, "clause": "9.5"},
            {"chosen": "erase", "format": "", "received": HOUR, "over": True,
             "until": None, "returned_first": True, "clause": ""},
        ),
        entries=_chosen_moment,
    ),
    MailKind(
        name="deleted",
        about="agreement",
        make=_deleted,
        samples=(
            {"day": "Monday 7 December 2026", "not_confirmed": [], "declaration_clause": "10.3", "outlives": "",
             "confirmed": ["Erased: the live system."], "confirmed_on": ["Monday 7 December 2026"]},
            {"day": "Monday 7 December 2026", "confirmed": [], "confirmed_on": [], "not_confirmed": ["the backups"],
             "declaration_clause": "", "outlives": "1.1"},
        ),
    ),
    MailKind(name="corrected", about="agreement", make=_corrected, samples=({"reason": "a wrong day"},)),
    MailKind(
        name="reminder_choice",
        about="agreement",
        make=_choice_again,
        samples=(
            {"last_day": "Monday 30 November 2026", "until": LAST_MOMENT, "clause": "9.5", "outlives": "",
             "unchosen": "erase"},
            {"last_day": "Monday 30 November 2026", "until": LAST_MOMENT, "clause": "", "outlives": "1.1",
             "unchosen": "return"},
        ),
        entries=_reminded_moment,
        reminds=True,
    ),
    MailKind(
        name="choice_held_open",
        about="agreement",
        make=_choice_held_open,
        samples=(
            {"last_day": "Monday 30 November 2026", "held_until": LAST_MOMENT, "held_from": "Monday 14 December 2026",
             "clause": "9.5", "outlives": "", "unchosen": "erase"},
            {"last_day": "Monday 30 November 2026", "held_until": LAST_MOMENT, "held_from": "Monday 14 December 2026",
             "clause": "", "outlives": "1.1", "unchosen": "return"},
        ),
        entries=_reminded_moment,
    ),
)  # fmt: skip
