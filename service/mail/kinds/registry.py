"""Every kind of message by its name: what the outbox, templates, samples and previews know of kinds."""

from typing import Final

from service.links import Purpose
from service.mail.kinds.agreements import AGREEMENT_MAILS
from service.mail.kinds.breaches import BREACH_MAILS
from service.mail.kinds.bundle import BUNDLE_MAILS
from service.mail.kinds.customers import CUSTOMER_MAILS
from service.mail.kinds.kind import MailKind
from service.mail.kinds.notices import NOTICE_MAILS
from service.mail.kinds.requests_audits import DOSSIER_MAILS, MATTER_MAILS
from workflows.errors import BadInput
from workflows.ids import new_id
from workflows.kinds import WORKFLOWS
from workflows.machine.receipts import RECEIPTS, arrived, came_back, handed_over, maybe_arrived

_ALL: Final[tuple[MailKind, ...]] = (
    *NOTICE_MAILS,
    *AGREEMENT_MAILS,
    *BREACH_MAILS,
    *DOSSIER_MAILS,
    *MATTER_MAILS,
    *BUNDLE_MAILS,
    *CUSTOMER_MAILS,
)
MAIL_KINDS: Final[dict[str, MailKind]] = {one.name: one for one in _ALL}


def purpose_of(kind: str) -> Purpose | None:
    """The purpose of the link of its own that a message of this kind carries, if it has one."""
    return MAIL_KINDS[kind].purpose if kind in MAIL_KINDS else None


class KindError(Exception):
    """A kind of message contradicts the tables; raised while loading, never while sending."""


def check_kinds(kinds: tuple[MailKind, ...] = _ALL) -> None:
    """Refuse kinds that share a name, are about nothing, or tell their subject what its table does not hear.

    Raises KindError.
    """
    names = [one.name for one in kinds]
    for kind in kinds:
        if names.count(kind.name) > 1:
            raise KindError(f"two kinds of message are called {kind.name}")
        if kind.about not in WORKFLOWS:
            raise KindError(f"messages of kind {kind.name} are about a {kind.about}, and there is no such subject")
        if not kind.bundle:
            _check_news(kind)
    for name, about in RECEIPTS.items():
        if not any((one.name, one.about) == (name, about) for one in kinds):
            raise KindError(f"the receipt of {name} counts for a {about}, and no such message is written")


def _check_news(kind: MailKind) -> None:
    contact = new_id()
    for news in (
        handed_over(kind.name, contact, copy=False),
        maybe_arrived(kind.name),
        arrived(kind.name, contact, copy=False),
        came_back(kind.name, kind.about, contact, "", copy=False),
    ):
        if news is None:
            continue
        told = "customer" if news.at_customer else kind.about
        if WORKFLOWS[told].shape(news.trigger) is None:
            raise KindError(f"messages of kind {kind.name} tell a {told} {news.trigger!r}, which it never hears")
        try:
            WORKFLOWS[told].decode(news.trigger, news.data)
        except BadInput as error:
            raise KindError(f"what messages of kind {kind.name} tell a {told} does not fit: {error}") from error


check_kinds()
