"""The text of agreements, set on the page of their terms: handed in as a file, or made of the rules."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Response, post
from litestar.connection import Request
from litestar.params import FromPath
from markupsafe import Markup

from service.board.desk import PageDesk
from service.board.door import SIGNED_IN
from service.board.forms.calling import FormCall
from service.board.render import go, words_for
from service.board.texts import terms_page
from service.files.store import LARGEST_FILE
from service.http.routes.files import AROUND
from service.http.routes.terms_text import TextWanted, generate_terms_text, set_terms_text
from service.pages.forms import LARGEST_FORM, read_form
from workflows.errors import BadInput, Conflict, TooLarge
from workflows.words import LANGUAGES

MANAGERS: Final = SIGNED_IN | {"role": "manager"}
_PATH: Final = "/terms/{id:str}/{version:str}/text"


@post(_PATH, opt=MANAGERS, request_max_body_size=LARGEST_FILE + AROUND)
async def take_text(request: Request[Any, Any, Any], id: FromPath[str], version: FromPath[str]) -> Response[Any]:
    """Keeps a file as the version's text."""

    async def work() -> None:
        await set_terms_text.fn(call=FormCall(request), id=id, version=version)

    return await _done(request, id, version, work)


@post(f"{_PATH}/generate", opt=MANAGERS, request_max_body_size=LARGEST_FORM)
async def make_text(request: Request[Any, Any, Any], id: FromPath[str], version: FromPath[str]) -> Response[Any]:
    """Makes the text of the rules, in the language that was chosen."""
    form = await read_form(request)
    language = next((one for one in LANGUAGES if one == form["language"]), None)
    if language is None:
        return await _refused(request, id, version, words_for(request)("terms.text_language"), 422)

    async def work() -> None:
        await generate_terms_text.fn(call=FormCall(request), id=id, version=version, data=TextWanted(language=language))

    return await _done(request, id, version, work)


async def _done(
    request: Request[Any, Any, Any], id: str, version: str, work: Callable[[], Awaitable[None]]
) -> Response[Any]:
    try:
        await work()
    except (BadInput, TooLarge) as error:
        problems = getattr(error, "problems", ())
        return await _refused(request, id, version, problems[0].message if problems else error.detail, 422)
    except Conflict as error:
        return await _refused(request, id, version, error.detail, 409)
    return go(request, f"{_page(id, version)}#text")


async def _refused(request: Request[Any, Any, Any], id: str, version: str, why: str, status: int) -> Response[Any]:
    desk = PageDesk(request)
    said = why if isinstance(why, Markup) else desk.f.told(why)
    return await terms_page(desk, id, version=version, wrong=said, status=status)


def _page(id: str, version: str) -> str:
    return f"/board/terms/{quote(id, safe='')}?{urlencode({'version': version})}"


ROUTES: Final = (take_text, make_text)
