"""The kinds of messages about what belongs to an agreement besides its notices, by their names."""

from typing import Final

from service.mail.kinds.breaches import BREACH_MAILS
from service.mail.kinds.bundles import BUNDLE_MAILS
from service.mail.kinds.customers import CUSTOMER_MAILS
from service.mail.kinds.other import MailKind
from service.mail.kinds.reminders import REMINDER_MAILS
from service.mail.kinds.requests_audits import DOSSIER_MAILS, MATTER_MAILS

__all__ = ["MAIL_KINDS", "RECEIPTS", "MailKind"]

_ALL: Final[tuple[MailKind, ...]] = (
    *BREACH_MAILS,
    *DOSSIER_MAILS,
    *MATTER_MAILS,
    *BUNDLE_MAILS,
    *CUSTOMER_MAILS,
    *REMINDER_MAILS,
)
RECEIPTS: Final = frozenset({"breach_notice"})
"""Those among them whose arrival matters to what they are about."""
MAIL_KINDS: Final[dict[str, MailKind]] = {one.name: one for one in _ALL}
