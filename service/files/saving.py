"""A file as the answer of a page: to be saved, never shown in place."""

from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response
from litestar.response import Stream

from service.files.store import Files
from workflows.model.agreement import BoundText

BYTES: Final = "application/octet-stream"
IN_MEMORY: Final = 1024 * 1024
SANDBOX: Final = "sandbox; default-src 'none'"
_CHUNK: Final = 64 * 1024


def attached(name: str) -> str:
    """The header by which a file is saved (RFC 6266)."""
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%;' else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def as_saved(files: Files, processor: UUID, text: BoundText, headers: Mapping[str, str]) -> Response[Any]:
    """The text of an agreement, for a page with these headers. Raises as `Files.copy`."""
    file: Any = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed when the last byte was sent
    try:
        await files.copy([processor], text.id, file)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    more = {
        "Content-Disposition": attached(text.name),
        "Content-Security-Policy": SANDBOX,
        "Content-Length": str(size),
    }
    return Stream(chunks(file), media_type=BYTES, headers={**headers, **more})


def chunks(file: Any) -> Any:
    """The bytes of a file, which is closed behind the last."""
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
