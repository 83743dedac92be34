"""A processor's public page as it reads at a moment, so that what was published can be kept."""

from uuid import UUID

from db.queries import sql
from db.session import Connection
from service.pages.read import public_of
from service.pages.render import page
from service.pages.words import words_in
from workflows.intake.publications import Page
from workflows.words import LANGUAGES


async def as_published(connection: Connection, processor: UUID, base_url: str) -> Page | None:
    """The page in the processor's language, and its address; None where the processor has none."""
    row = await connection.fetchrow(sql("public_page"), [processor])
    found = public_of(row) if row is not None else None
    if found is None or not found.processor.public:
        return None
    others = [words_in(one) for one in LANGUAGES]
    words, zone = words_in(found.processor.language), found.processor.timezone
    text = page("public.html", words, public=found, zone=zone, languages=others).content
    return Page(f"{base_url}/s/{found.processor.slug}", text.encode())
