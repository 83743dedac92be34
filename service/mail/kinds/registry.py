"""Every kind of message by its name: what the outbox, templates, samples and previews know of kinds."""

from typing import Final

from service.links import Purpose
from service.mail.kinds.agreements import AGREEMENT_MAILS
from service.mail.kinds.breaches import BREACH_MAILS
from service.mail.kinds.bundle import BUNDLE_MAILS
from service.mail.kinds.customers import CUSTOMER_MAILS
from service.mail.kinds.digest import DIGEST_MAILS
from service.mail.kinds.kind import MailKind
from service.mail.kinds.notices import NOTICE_MAILS
from service.mail.kinds.requests_audits import DOSSIER_MAILS, MATTER_MAILS
from workflows.kinds import WORKFLOWS
from workflows.machine.messages import BOUNCED, RECEIVED

_ALL: Final[tuple[MailKind, ...]] = (
    *NOTICE_MAILS,
    *AGREEMENT_MAILS,
    *BREACH_MAILS,
    *DOSSIER_MAILS,
    *MATTER_MAILS,
    *BUNDLE_MAILS,
    *DIGEST_MAILS,
    *CUSTOMER_MAILS,
)
MAIL_KINDS: Final[dict[str, MailKind]] = {one.name: one for one in _ALL}


def purpose_of(kind: str) -> Purpose | None:
    """The purpose of the link of its own that a message of this kind carries, if it has one."""
    return MAIL_KINDS[kind].purpose if kind in MAIL_KINDS else None


class KindError(Exception):
    """A kind of message contradicts the tables; raised while loading, never while sending."""


def check_kinds(kinds: tuple[MailKind, ...] = _ALL) -> None:
    """Refuse kinds that share a name or are about nothing, and tables that wait for news of what nobody writes.

    Raises KindError.
    """
    names = [one.name for one in kinds]
    for kind in kinds:
        if names.count(kind.name) > 1:
            raise KindError(f"two kinds of message are called {kind.name}")
        if kind.about not in WORKFLOWS:
            raise KindError(f"messages of kind {kind.name} are about a {kind.about}, and there is no such subject")
    if not WORKFLOWS["customer"].takes(BOUNCED):
        raise KindError("a customer does not hear that a message came back")
    for flow in WORKFLOWS.values():
        for name in sorted(flow.table.receipts | (flow.table.bounces or frozenset())):
            if not any((one.name, one.about) == (name, flow.name) for one in kinds):
                raise KindError(f"a {flow.name} hears what becomes of {name}, and no such message is written")
        if flow.table.receipts and not flow.takes(RECEIVED):
            raise KindError(f"the receipt of a message counts for a {flow.name}, which never hears of it")


check_kinds()
