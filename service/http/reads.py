"""Who read what holds personal data: on record once an hour for each key and list, before the answer is given."""

from typing import Any, Final, Literal, get_args

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from db.queries import sql
from db.session import GONE, NotWrittenError
from service.http.auth import Caller
from service.http.services import parts_of

ReadList = Literal["customers", "notices", "requests", "breaches", "matters", "audits", "inbound", "events", "timeline"]
"""Where names, addresses and words of persons are shown."""

_WITH_TIMELINE: Final = (["agreements"], ["changes"])
"""Lists of the board in which the page of one shows its timeline."""
_OF_ONE: Final = 2
_LISTS: Final[frozenset[str]] = frozenset(get_args(ReadList))


async def record_reads(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of the API's routes, once it is known who asks. Raises NotWrittenError."""
    del handler
    what = _read(connection)
    if what is None:
        return
    parts, caller = parts_of(connection), _caller(connection)
    key = (caller.id, caller.processor, what)
    if parts.reads.known(key):
        return
    seen = [caller.processor] if caller.processor is not None else list(caller.processors)
    try:
        async with caller.transaction(parts.pool) as written:
            await written.execute(sql("note_read"), seen, what, caller.actor)
    except GONE as error:
        raise NotWrittenError from error
    parts.reads.note(key)


def _caller(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    found: Caller = connection.scope["state"]["caller"]
    return found


def _read(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The list that a request reads, or one of whose items it reads; None where no person stands in it."""
    if connection.scope.get("method") not in ("GET", "HEAD"):
        return None
    below = connection.scope["path"].split("/")[1:]
    on_board = below[:1] == ["board"]
    below = below[1:] if on_board else below[2:]
    if on_board and below[:1] in _WITH_TIMELINE and len(below) == _OF_ONE:
        return "timeline"
    named = below[-1] if below[-1:] == ["timeline"] else below[0] if below else ""
    return named if named in _LISTS else None
