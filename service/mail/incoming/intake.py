"""From what an inbound message is to what is taken in: shared by the API and the mailbox's reader. Pure."""

from datetime import datetime
from typing import Final

from service.mail.incoming.inbound import Matched
from workflows.engine.inbound import Inbound

_TEXT: Final = 20_000


def came(matched: Matched, received_at: datetime) -> Inbound:
    """What came in at `received_at` (UTC), in text as the database takes it."""
    return Inbound(
        kind=matched.kind,
        message=matched.message_id,
        seal=matched.seal,
        vouched=matched.vouched,
        temporary=matched.temporary,
        external_id=_stored(matched.external_id) if matched.external_id else None,
        sender=_stored(matched.sender),
        subject=_stored(matched.subject),
        text=_stored(matched.text),
        words=_stored(matched.words),
        received_at=received_at,
    )


def _stored(value: str) -> str:
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:_TEXT]
