"""Pages on which a change was published, as they are entered: what is kept of them."""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.errors import BadInput, Problem
from workflows.ids import new_id
from workflows.intake.checks import Checks
from workflows.model.change import Publish

LONGEST: Final = 500_000


class PublishIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a change was published. Without anything: on the processor's own public page, now.

    `url` is another page, and `content` then what it says, to the letter; `at` since when, absent: now.
    """

    url: str | None = None
    content: str | None = None
    type: str = "text/html"
    at: datetime | None = None


class Page(msgspec.Struct, frozen=True):
    """The processor's own page as it reads now."""

    url: str
    content: bytes


async def kept_publication(
    connection: Connection, processor: UUID, own: Page | None, given: PublishIn, *, at: datetime, actor: str
) -> Publish:
    """Keep what was published, byte for byte, and give what the change is told of it.

    `own` is the processor's own public page, None where it has none; `at` when the request arrived. Raises BadInput.
    """
    checks = Checks()
    checks.line("url", given.url)
    checks.line("type", given.type)
    checks.done()
    if given.url is not None and not given.url.startswith(("https://", "http://")):
        raise _bad("url", "is no address of a page: write one that begins with https://")
    if (given.url is None) != (given.content is None):
        raise _bad(
            "content" if given.content is None else "url", "is required with the other one: give both or neither"
        )
    if given.url is not None and given.content is not None:
        page, kind = Page(given.url, given.content.encode()), given.type
        if not page.content.strip():
            raise _bad("content", "is empty: give what the page says, to the letter")
        if len(page.content) > LONGEST:
            raise _bad("content", f"is longer than {LONGEST} bytes: give the page alone, without what it loads")
    elif own is not None:
        page, kind = own, "text/html"
        if given.at is not None:
            raise _bad("at", "goes with `url`: what stands on your own page now is recorded as of now")
    else:
        raise _bad(
            "url",
            "is required, with `content`: this processor has no public page (`public` of the processor switches it on)",
        )
    digest, found = hashlib.sha256(page.content), new_id()
    name = "published.html" if kind == "text/html" else "published"
    await connection.execute(
        sql("keep_publication"), found, processor, digest.digest(), name, kind, page.content, at, actor
    )
    return Publish(at=given.at or at, url=page.url, file_id=found, sha256=digest.hexdigest())


def _bad(path: str, message: str) -> BadInput:
    return BadInput(f"{path} {message}.", (Problem(path, message),))
