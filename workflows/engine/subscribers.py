"""Mails of public pages that came back, or were refused for good: to subscribers, and to those who filled in a form."""

from datetime import datetime
from typing import Final
from uuid import UUID

from db.queries import sql
from db.session import Connection

DEAD_AFTER: Final = 3
"""So many mails that came back one after another take an address off."""


async def came_back(connection: Connection, processor: UUID, mail: UUID, at: datetime, seal: str | None = None) -> bool:
    """Note that this mail came back at an instant (UTC); whether it went to a subscriber or to an applicant.

    Only who has seen the mail knows its `seal`; None where whoever says it is believed without.
    """
    subscription = await connection.fetchval(sql("subscriber_mail_came_back"), [processor], mail, at, seal)
    if subscription is None:
        applied = await connection.fetchval(sql("application_mail_came_back"), [processor], mail, at, seal)
        return applied is not None
    await connection.execute(sql("end_dead_subscription"), [processor], subscription, at, DEAD_AFTER)
    return True
