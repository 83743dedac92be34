"""Addresses of pages as mail programs and people hand them on: with a full stop, a bracket or half a tag behind them,
a line end inside, a slash too many. They lead on to the address that was meant.
"""

import re
import string
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Response
from litestar.connection import Request

from service.http.services import parts_of
from service.links import CALENDAR_TOKEN, TOKEN
from service.pages.render import HEADERS

_IN_TOKEN: Final = frozenset(string.ascii_letters + string.digits + "_-")
_SLUG: Final = re.compile(r"[a-z0-9-]*[a-z0-9]")
TEXT: Final = "text"
_OWN_TEXT: Final = re.compile(rf"(?:{TEXT}|signed)/[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", re.IGNORECASE)
_CALENDAR: Final = "deadlines.ics"
_FEEDS: Final = ("feed.xml", "subprocessors.json")


def lead_on(request: Request[Any, Any, Any]) -> Response[Any] | None:
    """A redirect to the address that was meant; None where it is right, or nothing right is in it.

    The method stays, and with it a posted form.
    """
    kind, _, rest = request.scope["path"].lstrip("/").partition("/")
    wanted = _meant(kind, *rest.partition("/")[::2])
    raw = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    if not wanted or raw == f"/{kind}/{wanted}":
        return None
    query = request.scope["query_string"].decode("latin-1")
    # A proxy may have the pages below a path of its own; how deep this address lies there, clients do not agree on.
    below = urlsplit(parts_of(request).settings.base_url).path
    there = f"{below}/{kind}/{wanted}" + (f"?{query}" if query else "")
    return Response(b"", status_code=307, headers={**HEADERS, "Location": there})


def _meant(kind: str, name: str, rest: str) -> str:
    """What should stand behind the page's kind; empty where that cannot be known."""
    match kind:
        case "n" | "e":
            return token_in(name)
        case "a":
            token = token_in(name)
            return token and token + _file(rest, (TEXT,))
        case "w":
            token = token_in(name, CALENDAR_TOKEN)
            return token and token + _file(rest, (TEXT,))
        case "u":
            return token_in(name, CALENDAR_TOKEN)
        case "p":
            if (text := _OWN_TEXT.match(rest)) is not None:
                token = token_in(name)
                return token and f"{token}/{text[0].lower()}"
            file = _file(rest, (_CALENDAR,))
            token = token_in(name, CALENDAR_TOKEN if file else TOKEN)
            return token and token + file
        case "s" | "j":
            slug = _SLUG.match(name.casefold())
            return slug[0] + _file(rest, _FEEDS if kind == "s" else (TEXT,)) if slug else ""
        case _:
            return ""


def token_in(text: str, longest: int = TOKEN) -> str:
    """The token in what stands at its place: what no token has is left out before its end, and all that follows.

    What was cut off stays cut off, and a letter more is another token: nothing is in either. Nor is a token in a whole
    one of the longer kind, though a dash may stand where the shorter would end.
    """
    places = [place for place, char in enumerate(text) if char in _IN_TOKEN]
    if len(places) == CALENDAR_TOKEN > longest and places[-1] == places[0] + CALENDAR_TOKEN - 1:
        return ""
    for length in (CALENDAR_TOKEN, TOKEN):
        if length <= min(longest, len(places)):
            end = places[length - 1] + 1
            if not (text[end : end + 1].isascii() and text[end : end + 1].isalnum()):
                return "".join(text[place] for place in places[:length])
    return ""


def _file(rest: str, names: tuple[str, ...]) -> str:
    return next((f"/{name}" for name in names if rest.lstrip("/ ").startswith(name)), "")
