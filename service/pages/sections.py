"""Parts of a contact's own page that come with a subject of their own: what they read, show and take.

A section is a template `sections/{name}.html`, an SQL block, and where customers take part, a form that
posts to the page's own path with a hidden field `section`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from litestar.connection import Request

from db.session import Connection
from service.http.parts import Parts
from service.pages.forms import Form, Trouble
from service.pages.read import ContactPage
from service.pages.seal import Sealed
from service.pages.words import Words


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """A form of a section, in the transaction that carries it out."""

    connection: Connection
    parts: Parts
    request: Request[Any, Any, Any]
    page: ContactPage
    form: Form
    seal: Sealed


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the page.

    `block` is read with $1 processors, $2 customer, $3 contact; `view` makes of its rows what the template
    calls `s`, or None where there is nothing to show. `take` carries out its form: None where it was taken.
    """

    name: str
    block: str
    view: Callable[[ContactPage, Sequence[Any], Words], Any]
    take: Callable[[Taking], Awaitable[Trouble | None]] | None = None


SECTIONS: Final[tuple[Section, ...]] = ()
