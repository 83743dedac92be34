"""Letters: made of what a mail would say, taken to be printed, and what was posted when."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.http.lists import BY_ID, Listing, Page, uuid
from service.http.request_context import Locked, RequestContext, WriteUnit
from service.http.subjects import Preparation
from service.letters.store import LetterMaker, LetterShown, letter_shown, posting_of, read_letter
from workflows.errors import NotFound
from workflows.kinds import WORKFLOWS
from workflows.model.posting import LetterPosted, LetterWritten, RecordPosting, WriteLetter

WRITE: Final = "write-letter"

LETTERS: Final = Listing(
    block="list_letters",
    order=BY_ID,
    filters={"subject": uuid.saying("Only those about this notice, case of a breach, or agreement.")},
)


@get("/letters", opt={"spans": True, "query": LETTERS.query}, tags=["letters"])
async def list_letters(call: NamedDependency[RequestContext]) -> Response[Page[LetterShown]]:
    """All letters that were made, in the order of their ids, with when they were posted."""
    return await call.page(LETTERS, letter_shown)


@get("/letters/{id:uuid}", tags=["letters"], media_type="application/pdf")
async def read_letter_file(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[bytes]:
    """The letter as a PDF, to be printed: always the same bytes."""
    async with call.reading() as unit:
        found = await read_letter(unit.connection, unit.processors, id)
    if found.content is None:
        raise NotFound(f"The letter was erased with what it belonged to; its SHA-256 was {found.sha256.hex()}.")
    await call.disclose("message", found.id)
    headers = {"Content-Disposition": f'attachment; filename="letter-{found.number[:16]}.pdf"'}
    return Response(found.content, media_type="application/pdf", headers=headers)


async def written(unit: WriteUnit, kind: str, entity: Any, context: Any, data: WriteLetter) -> LetterWritten:
    """Make a letter about a subject as it stands."""
    maker = LetterMaker(
        connection=unit.connection,
        engine=unit.engine,
        templates=unit.templates,
        now=unit.now,
        actor=unit.acting.actor,
    )
    return await maker.write(entity.id, kind, entity, context, data)


async def posted(unit: WriteUnit, entity: Any, context: Any, data: RecordPosting) -> LetterPosted:
    """What is known of the letter that was posted."""
    zone: str = context.terms.zone
    now: int | None = getattr(entity, "revision", None)
    return await posting_of(unit.connection, unit.processors, entity.id, data, zone, revision=now)


def by_post(kind: str) -> dict[str, Preparation]:
    """The two actions of a kind of subject that customers are told of by letter."""

    async def write(unit: WriteUnit, locked: Locked, data: WriteLetter) -> LetterWritten:
        if WRITE not in WORKFLOWS[kind].actions(locked.state):
            return LetterWritten(letter_id=locked.id, sha256="")  # which its table refuses next, and says why
        return await written(unit, kind, locked.entity, locked.context, data)

    async def post(unit: WriteUnit, locked: Locked, data: RecordPosting) -> LetterPosted:
        return await posted(unit, locked.entity, locked.context, data)

    return {
        WRITE: Preparation(body=WriteLetter, prepare=write),
        "record-posting": Preparation(body=RecordPosting, prepare=post),
    }


ROUTES: Final[tuple[Any, ...]] = (list_letters, read_letter_file)
