"""The calendar that goes with a message: its entries, put in words by the message's own templates. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from service.mail.kinds.views import CalendarEntry, Entries
from service.mail.outgoing.calendar import CalendarSheet, calendar, method
from service.mail.outgoing.mime import Attached
from service.mail.texts.texts import Remark, Texts
from service.wording import last_moment
from workflows.model.parties import Language


def enclosed(
    found: Entries,
    sheet: CalendarSheet,
    texts: Texts,
    lang: Language,
    words: Mapping[str, Any],
    each: Mapping[UUID, Mapping[str, Any]] = MappingProxyType({}),
) -> Attached | None:
    """Entries as the part of a message whose template was given `words`; None where there are none.

    `each`: the words of what an entry is about by its subject, where the message is about several.
    """
    if not found.entries:
        return None
    url = words.get("notice_url") or words.get("link_url") or words.get("page_url")

    def remark(entry: CalendarEntry) -> Remark:
        own = each.get(entry.subject, words)
        return texts.remark(
            lang,
            {
                **{name: own[name] for name in ("processor", "customer", "agreement")},
                "act": entry.act,
                "clause": entry.clause,
                "until": last_moment(entry.until, sheet.zone, lang) if entry.until is not None else None,
                "change": own.get("change"),
                "over": found.cancelled,
                "url": url,
            },
        )

    name = "cancelled.ics" if found.cancelled else "last-moment.ics"
    kind = f"text/calendar; charset=utf-8; method={method(found)}"
    return Attached(calendar(found, sheet, remark, url), kind, name)
