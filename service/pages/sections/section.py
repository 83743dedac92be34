"""What a part of a contact's own page is: what it reads, shows and takes.

A section is a template `sections/{name}.html`, an SQL block, and where customers take part, a form that
posts to the page's own path with a hidden field `section`. The template sees what the page sees: `s` is the
section's own view, `w` the words, `seal_name` and `seal` the hidden field, `token` the page's path, `trouble`
and `typed` a form that was not taken.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from db.session import Connection
from service.pages.forms import Form, Trouble
from service.pages.read import ContactPage
from service.pages.run_command import Posted
from service.pages.seal import Sealed
from service.pages.words import Words, words_in
from workflows.engine.engine import Engine
from workflows.machine.acting import Acting


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """A form of a section, in the transaction that carries it out."""

    posted: Posted
    page: ContactPage
    form: Form
    seal: Sealed

    @property
    def connection(self) -> Connection:
        return self.posted.connection

    @property
    def engine(self) -> Engine:
        return self.posted.parts.engine

    @property
    def acting(self) -> Acting:
        return self.posted.by(self.page.link)

    @property
    def w(self) -> Words:
        return words_in(self.page.customer.language)

    async def act(self, subject: UUID, trigger: str, data: Any, *, requested: bool = False) -> None:
        """Run one command of the page's contact. Raises Refused, BadInput, NotFound."""
        await self.posted.run(self.page.link, subject, trigger, data, requested=requested)


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the page.

    `block` is read with $1 processors, $2 customer, $3 contact, none where it is empty; `view` makes of its rows
    what the template calls `s`, or None where there is nothing to show. `take` carries out its form: None where it
    was taken. The page then says `contact.noted_{name}`, where the catalogue has that. A Trouble's `field` is the
    id of the element on the page that it is about.
    """

    name: str
    block: str = ""
    view: Callable[[ContactPage, Sequence[Any], Words], Any]
    take: Callable[[Taking], Awaitable[Trouble | None]] | None = None
