"""A customer's rights under a notice, as the message about it words them. Pure.

An announcement is worded as if it were received at the moment it is made, by the very code that will open
its windows, so that mail and notice name one and the same last moment.
"""

from datetime import datetime
from typing import Final

from service.mail.kinds.views import Act
from service.mail.outgoing.outbox import Letter
from workflows.machine.vocabulary import Standing
from workflows.model.notice import Notice, NoticeContext
from workflows.notice.delivery import open_window
from workflows.notice.table import NOTICE
from workflows.terms.names import AMENDMENT, OBJECTION

OVERRULED: Final = "overruled.termination"


def act_of(rule: str) -> Act:
    """What a customer does that uses the right of this rule."""
    if rule == OBJECTION:
        return "object"
    return "terminate" if rule in (AMENDMENT, OVERRULED) else "consent"


def as_received(letter: Letter, now: datetime) -> Notice:
    """The notice with its windows; where it has not been received, as its receipt at `now` (UTC) will open them."""
    notice, about = letter.about.notice, letter.about
    assert notice is not None
    if notice.received_at is not None or about.change is None:
        return notice
    context = NoticeContext(
        change=about.change,
        agreement=about.agreement,
        customer=letter.customer,
        processor=about.processor,
        subprocessor=about.subprocessor,
        terms=about.terms,
        arrival="direct",
    )
    standing = Standing(state=NOTICE.table.initial, tags=frozenset(), entity=notice, context=context)
    return open_window(standing, notice, now, "direct", now=now)[0]
