"""What one of a processor's people was told of, and when: for its director and for an admin."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.connection import Request
from litestar.params import FromPath
from markupsafe import Markup, escape

from db.queries import sql
from service.board.desk import PageDesk
from service.board.door import SIGNED_IN
from service.board.saying import say_deadline, say_task
from service.board.view import Block
from service.http.routes.told import TOLD
from workflows.errors import NotFound

MOST: Final = 50


@get("/users/{id:uuid}/told", opt=SIGNED_IN | {"role": "director"})
async def show_told(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The page; older ones follow by its link."""
    desk = PageDesk(request)
    call = desk.call(limit=MOST, cursor=request.query_params.get("cursor"))
    async with call.reading() as unit:
        user = await unit.connection.fetchrow(sql("read_user"), unit.processors, id)
        if user is None:
            raise NotFound("There is no such user.")
        rows, more = await call.rows(unit, TOLD, id)
        names = await desk.names(unit, [row["subject"] for row in rows])
    block = Block(
        id="told",
        title=escape(user["name"]),
        heads=(
            desk.w("told.what"),
            desk.label("about"),
            desk.w("told.occasion"),
            desk.label("due_at"),
            desk.w("told.when"),
        ),
        rows=[
            (
                _what(desk, row),
                desk.by(names, row["subject"]),
                desk.w(f"told.{row['occasion']}"),
                desk.last_of(row["due_at"], names.get(row["subject"])),
                desk.at(row["told_at"]) if row["state"] == "told" else desk.w(f"told.{row['state']}"),
            )
            for row in rows
        ],
        none=desk.w("list.none"),
        more=desk.link(f"users/{id}/told", desk.w("part.next"), cursor=more) if more else Markup(),
    )
    return desk.shown("blocks_alone.html", title=desk.w("told.title"), blocks=[block])


def _what(desk: PageDesk, row: Any) -> Markup:
    match row["kind"]:
        case "task":
            return say_task(desk, row["text"], msgspec.json.decode(row["data"]))
        case "deadline":
            return say_deadline(desk, row["rule"], row["text"])
        case _:
            return escape(row["text"])


ROUTES: Final = (show_told,)
