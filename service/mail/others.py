"""The kinds of messages about what belongs to an agreement besides its notices, by their names."""

from typing import Final

from service.mail.breach_mails import BREACH_MAILS
from service.mail.bundle_mails import BUNDLE_MAILS
from service.mail.customer_mails import CUSTOMER_MAILS
from service.mail.dossier_mails import DOSSIER_MAILS, MATTER_MAILS
from service.mail.other import Other
from service.mail.reminder_mails import REMINDER_MAILS

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
