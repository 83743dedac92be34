"""One mail about several notices of one contact (P19): each with its own words, alike ones said once. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from service.mail.kinds.source import Source
from service.mail.kinds.views import MailAgreement, MailChange, MailNotice, SectionView
from service.wording import Moment

TOGETHER: Final = "announcements"
"""The template of such a mail."""
_COMMON: Final = ("processor", "shown_as", "can_reply", "customer", "passes_on", "contact", "page_url", "host")


def together(sources: Sequence[Source], words: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The variables of the one mail, from the letters in it and the words of each, in the same order.

    Agreements of the same terms to which the same change brings the same rights are one section.
    """
    sections: dict[tuple[object, ...], SectionView] = {}
    for source, said in zip(sources, words, strict=True):
        change: MailChange = said["change"]
        notice: MailNotice = said["notice"]
        agreement: MailAgreement = said["agreement"]
        key = (source.change.id, change, notice, agreement.title)
        known = sections.get(key)
        if known is None:
            sections[key] = SectionView(
                change=change, notice=notice, agreement=agreement, notice_url=said["notice_url"], agreements=1
            )
            continue
        both = several_references(known.agreement, agreement)
        sections[key] = replace(known, agreement=both, agreements=known.agreements + 1)
    closing: dict[datetime, Moment | None] = {}
    for source, said in zip(sources, words, strict=True):
        closes_at = source.rows_received.notice.closes_at
        if closes_at is not None and not said["notice"].objected:
            closing[closes_at] = said["notice"].closes
    first = min(closing, default=None)
    return {
        **common(words),
        "sections": list(sections.values()),
        "changes": len({source.change.id for source in sources}),
        "agreements": len({source.notice.agreement_id for source in sources}),
        "statement": next((one.letter.about.statement for one in sources if one.letter.about.statement), ""),
        "first": closing[first] if first is not None else None,
        "same": len(closing) == 1,
    }


def common(words: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all messages in one mail have in common."""
    return {name: words[0][name] for name in _COMMON}


def several_references(one: MailAgreement, other: MailAgreement) -> MailAgreement:
    """Agreements of one title as one, with the contracts of both."""
    return replace(one, references=", ".join(each.references for each in (one, other) if each.references))
