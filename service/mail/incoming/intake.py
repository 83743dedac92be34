"""From what an inbound message is to what is taken in: shared by the API and the mailbox's reader. Pure."""

from datetime import datetime
from typing import Final

import msgspec

from service.mail.incoming.inbound import Matched
from workflows.engine.inbound import Inbound, Received

_TEXT: Final = 20_000


def came(matched: Matched, received_at: datetime, received: Received | None = None) -> Inbound:
    """What came in at `received_at` (UTC), in text as the database takes it, with all of it as it was received."""
    return Inbound(
        kind=matched.kind,
        message=matched.message_id,
        seal=matched.seal,
        vouched=matched.vouched,
        temporary=matched.temporary,
        automatic=matched.automatic,
        unclear=matched.unclear,
        external_id=_stored(matched.external_id) if matched.external_id else None,
        sender=_stored(matched.sender),
        senders=matched.senders or ((matched.sender,) if matched.sender else ()),
        name=_stored(matched.name),
        mentioned=matched.mentioned,
        links=matched.links,
        subject=_stored(matched.subject),
        text=_stored(matched.text),
        words=_stored(matched.words),
        attachments=tuple(msgspec.to_builtins(one) for one in matched.attachments),
        received=received,
        received_at=received_at,
    )


def _stored(value: str) -> str:
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:_TEXT]
