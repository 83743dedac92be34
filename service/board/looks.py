"""How the board looks to whoever reads: its theme, remembered by the browser, and its language, by the user."""

from typing import Any, Final

import msgspec
from litestar import Response, post
from litestar.connection import Request
from litestar.datastructures import Cookie

from service.board.door import SIGNED_IN
from service.board.render import go
from service.board.theme import COOKIE, SYSTEM, Theme
from service.http.auth import session_of
from service.http.idempotency import StoredAnswer
from service.http.request_context import RequestContext, WriteUnit
from service.http.services import parts_of
from service.http.session_cookie import cookie_of
from service.pages.forms import LARGEST_FORM, read_form
from service.people.managing import Managing, UserChange
from service.people.sign_in import safe_back
from workflows.errors import BadInput
from workflows.words import Language

_YEAR: Final = 365 * 24 * 3600


@post("/settings/looks", opt=SIGNED_IN | {"role": "auditor", "tenant": False}, request_max_body_size=LARGEST_FORM)
async def take_looks(request: Request[Any, Any, Any]) -> Response[Any]:
    """Another theme, another language, or both; back to the page that was read."""
    session, form = session_of(request), await read_form(request)
    assert session is not None, "the door lets nobody else in"
    try:
        theme = msgspec.convert(form["theme"], Theme)
        language = msgspec.convert(form["language"], Language)
    except msgspec.ValidationError:
        raise BadInput("A choice is none of those that the form offers.") from None

    async def work(unit: WriteUnit) -> StoredAnswer:
        managing = Managing(unit.connection, unit.engine, unit.acting)
        if (mine := await managing.hold(session.user_id)) is not None:
            await managing.change(mine, UserChange(language=language))
        return StoredAnswer(status=204)

    if language != session.language:
        await RequestContext(request).write(work)
    named = cookie_of(parts_of(request).settings.base_url, COOKIE)
    remembered = Cookie(
        key=named.name,
        value=theme,
        max_age=0 if theme == SYSTEM else _YEAR,
        path="/",
        secure=named.secure,
        httponly=True,
        samesite="lax",
    )
    return go(request, safe_back(form["back"]), cookies=[remembered])


ROUTES: Final = (take_looks,)
