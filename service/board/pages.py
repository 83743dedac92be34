"""The pages below /board that read: the front page, lists, and the page of each subject."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.connection import Request
from litestar.params import FromPath

from service.board.desk import PageCall, PageDesk
from service.board.door import SIGNED_IN
from service.board.front import front_page
from service.board.index import LISTS
from service.board.lists import list_page
from service.board.view import subject_page
from service.board.views import PAGES
from service.http.routes.evidence import read_agreement_evidence, read_certificate, read_change_evidence


@get("/", opt=SIGNED_IN)
async def show_board(request: Request[Any, Any, Any]) -> Response[Any]:
    """Where a day begins."""
    return await front_page(PageDesk(request))


@get([f"/{path}" for path in LISTS], opt=SIGNED_IN)
async def show_list(request: Request[Any, Any, Any]) -> Response[Any]:
    """A list."""
    return await list_page(PageDesk(request), LISTS[_list(request)])


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


def _list(request: Request[Any, Any, Any]) -> str:
    path: str = request.scope["path"]
    return path.split("/")[2]


ROUTES: Final = (show_board, show_list, show_subject, take_agreement_evidence, take_change_evidence, take_certificate)
