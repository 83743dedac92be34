"""A contact's form, in the transaction that carries it out; and what becomes of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.session import Connection
from service.http.services import Services
from service.pages.read import OpenLink
from workflows.engine.engine import Held
from workflows.machine.acting import Acting


class Taken(msgspec.Struct, frozen=True):
    """The form was taken, now or before.

    `nonce` names the showing of the page it came from, `what` what was taken, `token` the page to show next where
    that is another one.
    """

    nonce: str
    what: str = ""
    token: str | None = None


class NotOurs(msgspec.Struct, frozen=True):
    """The form lacks the page's own hidden field, or has that of another link."""


class Unsure(msgspec.Struct, frozen=True):
    """The database went away in the commit: whether the form was taken is not known. `seal` is its hidden field."""

    seal: str


class Posted:
    """A form in its transaction; `at` is when it arrived, `now` when it is carried out, both UTC."""

    def __init__(self, connection: Connection, parts: Services, *, at: datetime, now: datetime) -> None:
        self.connection = connection
        self.parts = parts
        self.at = at
        self.now = now
        self._held: Held | None = None

    def by(self, link: OpenLink) -> Acting:
        """The link's contact, who acts."""
        return Acting(
            actor=f"contact:{link.contact}",
            role="contact",
            at=self.at,
            now=self.now,
            processors=(link.processor,),
        )

    async def hold(self, link: OpenLink, subject: UUID) -> Any:
        """The entity of a subject of the link's processor, locked; None where it is gone. `run` goes on from there."""
        self._held = await self.parts.engine.hold(self.connection, [link.processor], [subject])
        return self._held.loaded[subject][0] if subject in self._held.loaded else None

    async def run(self, link: OpenLink, subject: UUID, trigger: str, data: Any, *, requested: bool = True) -> None:
        """Run one command of the link's contact. `requested` False: a trigger that only pages have.

        Raises Refused, BadInput, NotFound.
        """
        command = self.by(link).command(subject, trigger, data, requested=requested)
        held, self._held = self._held, None
        if held is not None and subject not in held.loaded:
            held = None
        await self.parts.engine.run(self.connection, [link.processor], [command], held=held)
