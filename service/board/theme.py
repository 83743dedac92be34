"""In which theme a browser shows the board."""

from typing import Any, Final, Literal, get_args

from litestar.connection import Request

from service.http.services import parts_of
from service.http.session_cookie import cookie_of

Theme = Literal["system", "light", "dark"]
"""As the device has it, or one of the two."""
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
SYSTEM: Final = THEMES[0]
COOKIE: Final = "termijn-theme"


def theme_of(request: Request[Any, Any, Any]) -> Theme:
    """The theme that this browser was told to show; what it was not told it has from the device."""
    said = request.cookies.get(cookie_of(parts_of(request).settings.base_url, COOKIE).name, "")
    return next((one for one in THEMES if one == said), SYSTEM)
