"""The page on which a program's key is revoked: what that does, and the button that does it."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.connection import Request
from litestar.params import FromPath
from markupsafe import escape

from db.queries import sql
from service.board.desk import PageDesk
from service.board.door import SIGNED_IN, insist_on_fresh
from service.board.forms.calling import FormCall
from service.board.render import go
from service.http.routes.processors import revoke_key
from service.pages.forms import LARGEST_FORM
from workflows.errors import NotFound

ADMINS: Final = SIGNED_IN | {"role": "admin"}


@get("/keys/{key_id:uuid}/revoke", opt=ADMINS)
async def ask_revoke(request: Request[Any, Any, Any], key_id: FromPath[UUID]) -> Response[Any]:
    """What comes of it. Nothing is done yet."""
    insist_on_fresh(request)
    desk = PageDesk(request)
    call = desk.call()
    async with call.reading() as unit:
        key = await unit.connection.fetchrow(sql("living_key"), unit.processors, call.caller.tenant(), key_id)
    if key is None:
        raise NotFound("There is no such key, or it was revoked.")
    return desk.shown("revoke.html", key=escape(f"{key['name']} ({key['hint']})"), back=desk.href("settings"))


@post("/keys/{key_id:uuid}/revoke", opt=ADMINS, request_max_body_size=LARGEST_FORM)
async def take_revoke(request: Request[Any, Any, Any], key_id: FromPath[UUID]) -> Response[Any]:
    """Revokes it, as the API does."""
    insist_on_fresh(request)
    call = FormCall(request)
    await revoke_key.fn(call=call, id=call.caller.tenant(), key_id=key_id)
    return go(request, "/board/settings#keys")


ROUTES: Final = (ask_revoke, take_revoke)
