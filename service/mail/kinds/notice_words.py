"""A change and its notice, in the words of a mail. Pure."""

from typing import Final, Literal

from service.mail.kinds.rights import OVERRULED, act_of
from service.mail.kinds.source import Source
from service.mail.kinds.views import LineView, MailChange, MailNotice, MailRight, Sub
from service.wording import say_country
from workflows.model.notice import Notice, Right
from workflows.model.parties import Language, Subprocessor
from workflows.notice.guards import standing
from workflows.notice.scope import agreed_alone
from workflows.terms.differences import Difference, differences
from workflows.time import local_day

PLACED: Final = ("add", "replace", "relocate")
MOST_LINES: Final = 30
"""Lines of a new text's changes that a mail holds; the page has them all."""


def sub_words(one: Subprocessor | None, lang: Language) -> Sub | None:
    """A subprocessor for a reader."""
    if one is None:
        return None
    return Sub(
        name=one.name,
        service=one.service,
        country=say_country(one.country, lang),
        categories=", ".join(one.categories),
        transfer_basis=one.transfer_basis or "",
    )


def change_words(s: Source) -> MailChange:
    """What changes, beside what was."""
    change, about = s.change, s.letter.about
    sub = about.subprocessor
    country = change.country or (sub.country if sub is not None else "")
    origin = change.from_country or (sub.country if sub is not None and change.kind == "relocate" else "")
    lines = _lines(s)
    return MailChange(
        kind=change.kind,
        name=sub.name if sub is not None else "",
        sub=sub_words(sub, s.lang),
        replaced=sub_words(about.replaced, s.lang),
        country=say_country(country, s.lang) if country else "",
        from_country=say_country(origin, s.lang) if origin and origin != country else "",
        version=change.to_version or "",
        version_now=about.agreement.terms_version if change.kind == "terms" else "",
        services=", ".join(change.services),
        reason=change.reason,
        wished=s.day(change.effective_on) if change.effective_on is not None else "",
        lines=lines[:MOST_LINES],
        more=len(lines[MOST_LINES:]),
    )


def _lines(s: Source) -> tuple[LineView, ...]:
    """What a new text changes in the one that the notice was laid beside."""
    texts = s.letter.about.texts
    if texts is None:
        return ()

    def said(one: Difference, text: str) -> str:
        return say_country(text, s.lang) if one.country and text else text

    found = differences(*texts, s.lang)
    return tuple(LineView(label=one.label, was=said(one, one.was), becomes=said(one, one.becomes)) for one in found)


def right_words(s: Source, right: Right) -> MailRight:
    """What the customer may do."""
    kind = act_of(right.rule)
    rule = s.terms.rules.get(right.rule)
    ground = "overruled_objection" if right.rule == OVERRULED else "amendment"
    ending = next((one for one in s.terms.ending.rights if one.ground == ground), None)
    reasons = kind == "terminate" and ending is not None and ending.reasons
    return MailRight(
        kind=kind,
        clause=s.clause(right.clause),
        until=s.last(right.closes_at),
        written=right.form == "written",
        grounds="required" if reasons else rule.grounds if rule is not None else "none",
        ends=s.falls(ending) if kind == "terminate" else "",
    )


def notice_words(s: Source, notice: Notice) -> MailNotice:
    """The rule that decides, each right, and the customer's own earliest day."""
    rules, change = s.terms.subprocessors, s.change
    starts, day = _starts(s, notice)
    overruling = rules.overruling
    return MailNotice(
        rule=notice.rule,
        clause=s.clause(notice.clause),
        written=notice.form == "written",
        rights=tuple(right_words(s, one) for one in notice.rights),
        closes=s.last(notice.closes_at),
        own=s.last(notice.proceeds_at) if notice.own_period else None,
        starts=starts,
        starts_day=day,
        amended=notice.revision > 1,
        objected=bool(standing(notice.answers, "object")),
        engaged=notice.engaged_at is not None,
        place_decides=notice.rule == "consent" and change.kind in PLACED and rules.rule == "objection",
        overruling="none" if not overruling.allowed else
        "termination" if overruling.then == "termination" else "allowed",
    )  # fmt: skip


def _starts(s: Source, notice: Notice) -> tuple[Literal["day", "after_yes", "at_once", "once_agreed"], str]:
    """The customer's earliest day (P13): its own yes, or the wished day where that is later."""
    if agreed_alone(s.terms, s.change):
        return "once_agreed", ""
    engages = notice.engages_at
    if engages is not None and engages > s.framing.now:
        return "day", s.day(local_day(engages, s.terms.zone))
    if engages is None and notice.rule == "consent":
        wished = s.change.effective_on
        ahead = wished is not None and wished > local_day(s.framing.now, s.terms.zone)
        return "after_yes", s.day(wished) if wished is not None and ahead else ""
    return "at_once", ""
