"""The kinds of messages about what belongs to an agreement besides its notices, by their names."""

from typing import Final

from service.mail.kinds.breaches import BREACH_MAILS
from service.mail.kinds.bundles import BUNDLE_MAILS
from service.mail.kinds.customers import CUSTOMER_MAILS
from service.mail.kinds.other import Other
from service.mail.kinds.reminders import REMINDER_MAILS
from service.mail.kinds.requests_audits import DOSSIER_MAILS, MATTER_MAILS

__all__ = ["OTHERS", "RECEIPTS", "Other"]

_ALL: Final[tuple[Other, ...]] = (
    *BREACH_MAILS,
    *DOSSIER_MAILS,
    *MATTER_MAILS,
    *BUNDLE_MAILS,
    *CUSTOMER_MAILS,
    *REMINDER_MAILS,
)
RECEIPTS: Final = frozenset({"breach_notice"})
"""Those among them whose arrival matters to what they are about."""
OTHERS: Final[dict[str, Other]] = {one.name: one for one in _ALL}
