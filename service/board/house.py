"""Whose board a page is: the processor's name, its clocks and its language, read before each page."""

from datetime import datetime
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from db.queries import sql
from db.session import GONE, NotWrittenError
from service.face import Face, face
from service.http.auth import Caller
from service.http.services import parts_of
from workflows.words import Language


class House(msgspec.Struct, frozen=True, kw_only=True):
    """The processor for which somebody is signed in. `now` is UTC."""

    name: str
    timezone: str
    language: Language
    slug: str
    display_name: str | None
    colour: str | None
    logo: str | None
    now: datetime

    @property
    def face(self) -> Face:
        """What stands above each page."""
        return face(self.name, self.display_name, self.colour, self.logo)


async def find_house(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard below /board, once it is known who asks: leaves the House in the request's state.

    Raises NotWrittenError where the database is away.
    """
    del handler
    caller: Caller | None = connection.scope["state"].get("caller")
    if caller is None or caller.processor is None:
        return
    try:
        async with caller.transaction(parts_of(connection).pool, readonly=True) as reading:
            row = await reading.fetchrow(sql("board_house"), list(caller.processors), caller.processor)
    except GONE as error:
        raise NotWrittenError from error
    if row is not None:
        connection.scope["state"]["house"] = House(**row)


def house_of(connection: ASGIConnection[Any, Any, Any, Any]) -> House | None:
    """Whose board it is; None where nobody acts for a processor."""
    found: House | None = connection.scope["state"].get("house")
    return found
