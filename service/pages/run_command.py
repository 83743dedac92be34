"""A contact's command, in the transaction of the form that asks for it; and what becomes of a form."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar.connection import Request

from db import clock
from db.session import Connection
from service.http.services import Services
from service.pages.read import OpenLink
from workflows.machine.vocabulary import Command


class Taken(msgspec.Struct, frozen=True):
    """The form was taken, now or before.

    `nonce` names the showing of the page it came from, `what` what was taken, `token` the page to show next where
    that is another one.
    """

    nonce: str
    what: str = ""
    token: str | None = None


class NotOurs(msgspec.Struct, frozen=True):
    """It lacks the page's own hidden field, or has another link's."""


async def act(
    connection: Connection,
    parts: Services,
    request: Request[Any, Any, Any],
    link: OpenLink,
    subject: UUID,
    trigger: str,
    data: Callable[[datetime], Any],
    *,
    requested: bool = True,
) -> None:
    """Run one command of the link's contact; `data` gets the instant (UTC) at which the form arrived.

    `requested` False: a trigger that only pages have. Raises Refused, BadInput, NotFound.
    """
    now = await clock.now(connection)
    at = min(request.scope["state"]["arrived"], now)
    command = Command(
        subject=subject,
        trigger=trigger,
        at=at,
        now=now,
        actor=f"contact:{link.contact}",
        data=data(at),
        requested=requested,
        role="contact",
    )
    await parts.engine.run(connection, [link.processor], [command])
