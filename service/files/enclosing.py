"""The text of the agreement with the mail that brings the agreement."""

import io
import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from db.session import Connection
from service.files.objects import Objects
from service.files.store import copy_file, set_apart
from service.mail.kinds.agreements import LARGEST_ENCLOSED
from service.mail.outgoing.mime import Attached
from service.mail.outgoing.outbox import Letter
from workflows.errors import Altered, Unavailable

_SENT: Final = "agreement"
_BYTES: Final = "application/octet-stream"
_ODD: Final = re.compile(r"[^A-Za-z0-9.-]+")


async def texts_enclosed(
    connection: Connection, letters: Sequence[Letter], objects: Objects | None
) -> dict[UUID, Attached | Exception]:
    """What goes with these letters, by message. Those that were made before need nothing.

    A text that cannot be had stands there as its error, so that the other messages go on. Each is read once.
    """
    found: dict[UUID, Attached | Exception] = {}
    texts: dict[tuple[UUID, str], bytes | Exception] = {}
    for letter in letters:
        message, text = letter.message, letter.message.data.get("text")
        if message.kind != _SENT or message.content is not None or not text or text["size"] > LARGEST_ENCLOSED:
            continue
        which = (message.processor_id, text["id"])
        if which not in texts:
            texts[which] = await _text(connection, *which, objects)
        content = texts[which]
        if isinstance(content, Exception):
            found[message.id] = content
            continue
        agreement = letter.about.agreement
        name = f"{agreement.terms}-{agreement.terms_version}.{text['name'].rpartition('.')[2]}"
        found[message.id] = Attached(content, _BYTES, _ODD.sub("-", name))
    return found


async def _text(connection: Connection, processor: UUID, text: str, objects: Objects | None) -> bytes | Exception:
    content = io.BytesIO()
    try:
        await copy_file(connection, [processor], UUID(text), content, objects)
    except Altered as error:
        await set_apart(connection, [processor], error)
        return error
    except Unavailable as error:
        return error
    return content.getvalue()
