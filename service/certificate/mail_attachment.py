"""The declaration with the mail that says that the data are gone, where the terms or the customer ask for one."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from typst import TypstError

from db.session import Connection
from service.certificate.store import declaration
from service.mail.outgoing.mime import Attached
from service.mail.outgoing.outbox import Letter
from workflows.engine.engine import Engine
from workflows.errors import TermijnError

DELETED: Final = "deleted"


async def attachments(
    connection: Connection, engine: Engine, letters: Sequence[Letter]
) -> dict[UUID, Attached | Exception]:
    """What goes with these letters, by message; made once and kept. Those that were made before need nothing.

    What cannot be made stands there as its error, so that the other messages go on.
    """
    found: dict[UUID, Attached | Exception] = {}
    for letter in letters:
        message, about = letter.message, letter.about
        wanted = about.terms.end.declaration or message.data.get("certificate")
        if message.kind != DELETED or message.content is not None or not wanted:
            continue
        try:
            made = await declaration(connection, engine, [message.processor_id], about.agreement.id)
        except (TermijnError, TypstError) as error:
            found[message.id] = error
            continue
        if made.content is not None:
            found[message.id] = Attached(made.content, "application/pdf", f"declaration-{made.number[:16]}.pdf")
    return found
