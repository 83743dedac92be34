"""The pages below /board that read: the front page, lists, and the page of each subject."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.connection import Request
from litestar.params import FromPath

from db.queries import sql
from db.session import transaction
from service.board.dates import calendar_page
from service.board.desk import PageCall, PageDesk
from service.board.door import SIGNED_IN
from service.board.downloads import download, links_to
from service.board.front import front_page
from service.board.index import LISTS
from service.board.lists import list_page
from service.board.render import go
from service.board.search import search_page
from service.board.settings_page import settings_page
from service.board.texts import terms_list, terms_page
from service.board.view import subject_page
from service.board.views import PAGES
from service.board.views.machines import inbound_list, inbound_page
from service.http.auth import session_of
from service.http.request_context import RequestContext
from service.http.routes.evidence import (
    read_agreement_evidence,
    read_certificate,
    read_change_evidence,
    read_signed_record,
)
from service.http.routes.files import read_file
from service.http.routes.letters import read_letter_file
from service.http.services import parts_of
from service.http.session_cookie import cookie_of
from workflows.errors import NotFound


@get("/", opt=SIGNED_IN)
async def show_board(request: Request[Any, Any, Any]) -> Response[Any]:
    """Where a day begins."""
    return await front_page(PageDesk(request))


@get([f"/{path}" for path in LISTS], opt=SIGNED_IN)
async def show_list(request: Request[Any, Any, Any]) -> Response[Any]:
    """A list."""
    return await list_page(PageDesk(request), LISTS[_list(request)], links_to)


@get([f"/{path}/download" for path in LISTS], opt=SIGNED_IN)
async def take_list(request: Request[Any, Any, Any]) -> Response[Any]:
    """A list as a file."""
    return await download(PageDesk(request), LISTS[_list(request)])


@get([f"/{path}/{{id:uuid}}" for path in PAGES], opt=SIGNED_IN)
async def show_subject(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The page of a subject."""
    return await subject_page(PageDesk(request), PAGES[_list(request)], id)


@get("/agreements/{id:uuid}/evidence.zip", opt=SIGNED_IN)
async def take_agreement_evidence(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The bundle for auditors, as a program gets it."""
    found: Response[Any] = await read_agreement_evidence.fn(call=PageCall(request, {}), id=id)
    return found


@get("/changes/{id:uuid}/evidence.zip", opt=SIGNED_IN)
async def take_change_evidence(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The same of a change."""
    found: Response[Any] = await read_change_evidence.fn(call=PageCall(request, {}), id=id)
    return found


@get("/agreements/{id:uuid}/certificate.pdf", opt=SIGNED_IN)
async def take_certificate(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The declaration that the data are gone."""
    found: Response[Any] = await read_certificate.fn(call=PageCall(request, {}), id=id)
    return found


@get("/agreements/{id:uuid}/signed.pdf", opt=SIGNED_IN)
async def take_signed_record(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The record of both parties' signatures."""
    found: Response[Any] = await read_signed_record.fn(call=PageCall(request, {}), id=id)
    return found


@get("/files/{id:uuid}", opt=SIGNED_IN)
async def take_file(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """A file, to be saved."""
    found: Response[Any] = await read_file.fn(call=PageCall(request, {}), id=id)
    return found


@get("/letters/{id:uuid}", opt=SIGNED_IN)
async def take_letter(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """A letter, to be printed."""
    found: Response[Any] = await read_letter_file.fn(call=PageCall(request, {}), id=id)
    return found


@get("/search", opt=SIGNED_IN)
async def show_search(request: Request[Any, Any, Any]) -> Response[Any]:
    """What goes by a name."""
    return await search_page(PageDesk(request))


@get("/calendar", opt=SIGNED_IN)
async def show_calendar(request: Request[Any, Any, Any]) -> Response[Any]:
    """Deadlines by day and week."""
    return await calendar_page(PageDesk(request))


@get("/terms", opt=SIGNED_IN)
async def show_all_terms(request: Request[Any, Any, Any]) -> Response[Any]:
    """Every text that agreements may be made under."""
    return await terms_list(PageDesk(request))


@get("/terms/{id:str}", opt=SIGNED_IN)
async def show_terms(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[Any]:
    """One text."""
    return await terms_page(PageDesk(request), id)


@get("/settings", opt=SIGNED_IN)
async def show_settings(request: Request[Any, Any, Any]) -> Response[Any]:
    """The reader's own sign-ins, and the processor's settings."""
    return await settings_page(PageDesk(request))


@get("/processors/{id:uuid}", opt=SIGNED_IN)
async def show_processor(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The settings, where the forms that change them come back to. Raises NotFound for another's."""
    if id != RequestContext(request).caller.processor:
        raise NotFound("There is no such processor.")
    return await settings_page(PageDesk(request))


@post("/settings/out", opt=SIGNED_IN | {"role": "auditor"})
async def end_sessions(request: Request[Any, Any, Any]) -> Response[Any]:
    """Ends every session of the reader, this one included."""
    session, parts = session_of(request), parts_of(request)
    assert session is not None, "the door lets nobody else in"
    async with transaction(parts.pool, session.processors, admin=session.role == "admin") as connection:
        await connection.execute(sql("end_user_sessions"), list(session.processors), session.user_id)
    return go(request, "/board/in", cookies=[cookie_of(parts.settings.base_url).gone()])


@get("/inbound", opt=SIGNED_IN)
async def show_inbound(request: Request[Any, Any, Any]) -> Response[Any]:
    """Messages that came in."""
    return await inbound_list(PageDesk(request))


@get("/inbound/{id:uuid}", opt=SIGNED_IN)
async def show_message(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """One of them."""
    return await inbound_page(PageDesk(request), id)


def _list(request: Request[Any, Any, Any]) -> str:
    path: str = request.scope["path"]
    return path.split("/")[2]


ROUTES: Final = (
    show_board,
    show_list,
    take_list,
    show_subject,
    take_agreement_evidence,
    take_change_evidence,
    take_certificate,
    take_file,
    take_letter,
    take_signed_record,
    show_search,
    show_calendar,
    show_all_terms,
    show_terms,
    show_settings,
    show_processor,
    end_sessions,
    show_inbound,
    show_message,
)
