"""Whether a contact asked for the same before: one open request at a time, and one form is one request."""

from typing import Literal
from uuid import UUID

from db.queries import sql
from service.pages.sections.section import Taking

Before = Literal["no", "same", "open"]


async def asked_before(t: Taking, about: UUID, kind: str) -> Before:
    """Whether the page's contact has a request of that kind: `same` from this very form, `open` from another.

    The subject it is about must be locked.
    """
    row = await t.connection.fetchrow(
        sql("asked_before"), [t.page.link.processor], about, kind, str(t.page.contact.id), t.seal.nonce
    )
    if row["same"]:
        return "same"
    return "open" if row["open"] else "no"
