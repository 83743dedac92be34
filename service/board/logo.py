"""The page on which a processor's logo is handed in: a file, looked at by its content, or none any more."""

import base64
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from service.board.desk import PageDesk
from service.board.door import SIGNED_IN
from service.board.forms import calling
from service.board.forms.deeds import UPDATE, deeds
from service.board.forms.placing import refused
from service.board.render import go, words_for
from service.http.request_context import RequestContext
from workflows.errors import NotFound
from workflows.ids import new_id
from workflows.intake.face import LARGEST

WITH_THE_REST: Final = LARGEST * 4
"""A form with a picture that is too large is still read, so that it can be said."""
ADMINS: Final = SIGNED_IN | {"role": "admin"}


@get("/processors/{id:uuid}/logo", opt=ADMINS)
async def ask_logo(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The form, with the logo of now."""
    return await _asked(request, id)


@post("/processors/{id:uuid}/logo", opt=ADMINS, request_max_body_size=WITH_THE_REST)
async def take_logo(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """Puts the picture there, or takes it away."""
    form = await request.form()
    files = [one for _, one in form.multi_items() if isinstance(one, UploadFile) and one.filename]
    content = await files[0].read() if files else b""
    if not content and form.get("remove") != "yes":
        return await _asked(request, id, words_for(request)("logo.none_given"), status=422)
    logo = {"png": base64.b64encode(content).decode()} if content else None
    answer = await calling.act(request, deeds()["processors", UPDATE], {"logo": logo}, None, str(new_id()))
    if answer.taken:
        return go(request, f"/board/settings?done={UPDATE}#processor")
    desk = PageDesk(request)
    return await _asked(request, id, *(desk.f.told(one.words) for one in refused(answer.body)), status=answer.status)


async def _asked(request: Request[Any, Any, Any], id: UUID, *wrong: str, status: int = 200) -> Response[Any]:
    desk = PageDesk(request)
    if id != RequestContext(request).caller.tenant():
        raise NotFound("There is no such processor.")
    return desk.shown("logo.html", status, id=id, face=desk.house.face, wrong=wrong, largest=LARGEST // 1024)


ROUTES: Final = (ask_logo, take_logo)
