"""The facts of a notice, in the words of a mail. Pure."""

from typing import Final

from service.mail.kinds.source import Source
from service.mail.kinds.views import LineView, MailChange, MailNotice, MailRight, Sub
from service.wording import say_announced_place, say_country
from workflows.model.change import AnnouncedSubprocessor
from workflows.model.parties import Language
from workflows.notice.fact_shapes import NoticeFacts, RightFacts
from workflows.terms.differences import Difference, differences
from workflows.terms.due import clock_of
from workflows.terms.names import AUTHORISATION, LEAD

MOST_LINES: Final = 30
"""Lines of a new text's changes that a mail holds; the page has them all."""


def sub_words(one: AnnouncedSubprocessor | None, country: str | None, lang: Language) -> Sub | None:
    """A subprocessor for a reader, in the country where it works or will work."""
    if one is None:
        return None
    return Sub(
        name=one.name,
        aliases=", ".join(one.aliases),
        service=one.service_in.get(lang) or one.service,
        country=say_country(country, lang),
        countries=", ".join(say_country(code, lang) for code in one.countries),
        address=one.address or "",
        contact=one.contact or "",
        categories=", ".join(one.categories_in.get(lang) or one.categories),
        transfer_basis=one.transfer_basis or "",
    )


def change_words(s: Source, facts: NoticeFacts) -> MailChange:
    """What changes, beside what was."""
    text = facts.text
    lines = _lines(s)
    origin = text.from_country if facts.kind == "relocate" else None
    return MailChange(
        kind=facts.kind,
        name=text.subprocessor.name if text.subprocessor is not None else "",
        sub=sub_words(text.subprocessor, text.country, s.lang),
        replaced=sub_words(text.replaced, text.replaced.country if text.replaced is not None else None, s.lang),
        country=say_announced_place(text.country, text.place_known_at, s.terms.zone, s.lang) if text.country else "",
        from_country=say_country(origin, s.lang) if origin and origin != text.country else "",
        version=text.to_version or "",
        version_now=facts.version_now or "" if facts.kind == "terms" else "",
        services=", ".join(text.services),
        reason=text.reason,
        wished=s.day(text.effective_on) if text.effective_on is not None else "",
        lines=lines[:MOST_LINES],
        more=len(lines[MOST_LINES:]),
    )


def _lines(s: Source) -> tuple[LineView, ...]:
    """What a new text changes in the one that the notice was laid beside."""
    texts = s.letter.about.texts
    if texts is None:
        return ()

    def readable(one: Difference, text: str) -> str:
        return say_country(text, s.lang) if one.country and text else text

    found = differences(*texts, s.lang)
    return tuple(
        LineView(label=one.label, was=readable(one, one.was), becomes=readable(one, one.becomes)) for one in found
    )


def right_words(s: Source, right: RightFacts) -> MailRight:
    """What the customer may do."""
    return MailRight(
        kind=right.act,
        # A law's article is no place where the agreement could set a last day.
        clause="" if right.rule == AUTHORISATION else s.clause(right.clause),
        until=s.last(right.closes_at),
        over=right.over,
        length=s.length(right.uncounted) if right.uncounted is not None and right.closes_at is None else "",
        form=right.form,
        grounds=right.grounds,
        ends=right.ends or "",
    )


def notice_words(s: Source, facts: NoticeFacts) -> MailNotice:
    """The rule that decides, each right, what silence means, and the customer's own earliest day."""
    starts, silence = facts.starts, facts.silence
    own = silence.until if silence.kind == "own" else None
    return MailNotice(
        rule=facts.rule,
        clause=s.clause(facts.clause),
        form=facts.form,
        rights=tuple(right_words(s, one) for one in facts.rights),
        closes=s.last(facts.closes_at),
        closes_over=facts.window_over,
        own=s.last(own),
        own_over=silence.over,
        silence=silence.kind,
        lapses_beside=silence.lapses_beside,
        starts="at_once" if starts.kind == "now" else starts.kind,
        starts_day=s.day(starts.day) if starts.day is not None and starts.kind != "begun" else "",
        began=s.day(starts.day) if starts.day is not None and starts.kind == "begun" else "",
        amended=facts.amended is not None,
        anew=facts.amended is not None and facts.amended.anew,
        objected=facts.stands_against and facts.rule != "consent",
        engaged=facts.begun_at is not None,
        place_decides=facts.place_decides,
        unsaid=facts.unsaid,
        overruling=facts.overruling,
        barred_by=s.clause(facts.barred_by),
        from_sending=_from_sending(s, facts),
        objected_ends=facts.objected.ends if facts.objected is not None else "",
        objected_clause=s.clause(facts.objected.clause) if facts.objected is not None else "",
        objected_after=s.length(facts.objected.after) if facts.objected is not None and facts.objected.after else "",
        overruled_ends=facts.overruled_ends or "",
        reasons_asked=facts.reasons_asked,
        over=s.day(facts.over_on) if facts.over_on is not None else "",
    )


def _from_sending(s: Source, facts: NoticeFacts) -> bool:
    """Whether all that is counted for the customer runs from the sending, whenever the message arrives."""
    counted = [one.rule for one in facts.rights if one.rule in s.terms.rules]
    counted += [one for one in (LEAD,) if one in s.terms.rules]
    return bool(counted) and all(clock_of(s.terms, one).starts == "sending" for one in counted)
