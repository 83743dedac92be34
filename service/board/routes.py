"""The board: what a processor's people see and do, signed in. Below `/board`, and nowhere in the API's document."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.connection import Request
from litestar.plugins.problem_details import ProblemDetailsException

from db.queries import sql
from db.session import transaction
from service.board import imports, joining, logo, looks, oidc, own, pages, revoking, sign_in, terms_text, told_page
from service.board.csrf import Csrf
from service.board.door import SIGNED_IN, explain
from service.board.forms import pages as actions
from service.board.house import find_house
from service.board.render import go, show
from service.http.auth import session_of
from service.http.reads import record_reads
from service.http.services import parts_of
from service.pages.forms import LARGEST_FORM, read_form
from service.people.sessions import Session, choose_processor
from service.people.sign_in import safe_back
from workflows.errors import NotFound

ADMIN: Final = SIGNED_IN | {"role": "admin", "tenant": False}


@get("/processor", opt=ADMIN)
async def show_processors(request: Request[Any, Any, Any]) -> Response[Any]:
    """An admin says for which processor the board is."""
    session = _session(request)
    async with transaction(parts_of(request).pool, session.processors, readonly=True) as connection:
        rows = await connection.fetch(sql("processors_to_choose"), session.processors)
    return show(request, "processor.html", processors=rows, back=safe_back(request.query_params.get("back", "")))


@post("/processor", opt=ADMIN, request_max_body_size=LARGEST_FORM)
async def take_processor(request: Request[Any, Any, Any]) -> Response[Any]:
    """From here on the board is this processor's."""
    form = await read_form(request)
    try:
        wanted = UUID(form["processor"])
    except ValueError:
        raise NotFound("There is no such processor.") from None
    if not await choose_processor(parts_of(request).pool, _session(request), wanted):
        raise NotFound("There is no such processor.")
    return go(request, safe_back(form["back"]))


def _session(request: Request[Any, Any, Any]) -> Session:
    found = session_of(request)
    assert found is not None, "the door lets nobody else in"
    return found


ROUTES: Final = (
    *pages.ROUTES,
    show_processors,
    take_processor,
    *sign_in.ROUTES,
    *oidc.ROUTES,
    *own.ROUTES,
    *logo.ROUTES,
    *joining.ROUTES,
    *terms_text.ROUTES,
    *imports.ROUTES,
    *looks.ROUTES,
    *revoking.ROUTES,
    *told_page.ROUTES,
    *actions.ROUTES,
)

BOARD: Final = Router(
    "/board",
    route_handlers=list(ROUTES),
    middleware=[Csrf],
    guards=[find_house, record_reads],
    exception_handlers={Exception: explain, ProblemDetailsException: explain},
    include_in_schema=False,
)
"""What `service.app` registers."""
