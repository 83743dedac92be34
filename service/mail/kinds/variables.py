"""What a message's template may name, and its entries of the reader's calendar, by its kind. Pure."""

from typing import Any

from service.mail.kinds.kind import MailKind
from service.mail.kinds.moments import NONE
from service.mail.kinds.registry import MAIL_KINDS
from service.mail.kinds.source import Source
from service.mail.kinds.views import Entries, MailAgreement
from service.mail.outgoing.outbox import Letter


def variables(source: Source) -> dict[str, Any]:
    """Everything the template of a letter's kind may name.

    Raises ValueError for a kind that nobody writes, KeyError and ValueError for a message without its data.
    """
    letter, framing = source.letter, source.framing
    about = letter.about
    return {
        "processor": about.processor.name,
        "shown_as": about.processor.display_name or about.processor.name,
        "can_reply": framing.can_reply,
        "customer": letter.customer.name,
        "passes_on": letter.customer.role == "processor",
        "contact": letter.contact.name,
        "agreement": MailAgreement(
            title=about.terms.title, references=", ".join(one.reference for one in about.agreement.main_contracts)
        ),
        "notice_url": framing.notice_url,
        "page_url": framing.page_url,
        "host": framing.host,
        "by_letter": framing.by_letter,
        **_kind(letter).make(source),
    }


def entries(source: Source) -> Entries:
    """The entries of a message; none where it has no last moment, or that moment is over."""
    make = _kind(source.letter).entries
    if make is None:
        return NONE
    found = make(source)
    if found.cancelled:
        return found
    return Entries(tuple(one for one in found.entries if one.until is not None and one.until > source.framing.now))


def _kind(letter: Letter) -> MailKind:
    kind = letter.message.kind
    if kind not in MAIL_KINDS:
        raise ValueError(f"there is no template for messages of kind {kind!r}")
    return MAIL_KINDS[kind]
