"""`/docs`: the OpenAPI document and a page to read it with, all of it served from here."""

from functools import cache
from typing import Any, Final

from litestar import Response, Router, get
from litestar.connection import Request
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath
from swagger_ui_bundle import swagger_ui_path

from service.http.problems import KINDS, STATUS

ASSETS: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
    "start.js": "text/javascript",
}
_START: Final = b"""\
window.addEventListener("load", () => {
  SwaggerUIBundle({url: "/docs/openapi.json", dom_id: "#reader", deepLinking: true, validatorUrl: null});
});
"""
_PAGE: Final = b"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Termijn: API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<script src="/docs/assets/swagger-ui-bundle.js" defer></script>
<script src="/docs/assets/start.js" defer></script>
</head>
<body>
<noscript>The document itself: <a href="/docs/openapi.json">openapi.json</a></noscript>
<div id="reader"></div>
</body>
</html>
"""
# The reader sets style attributes and draws its icons from data: addresses.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ABOUT: Final = """\
Data processing agreements that keep themselves. Times are RFC 3339 with an offset, dates and periods
ISO 8601, and working days `P10WD`. Errors are RFC 9457 problem details. A POST repeated with the same
`Idempotency-Key` answers the first answer again; a change with a stale `If-Match` gets 412. An admin's
key names the processor that it means in `Termijn-Processor`.
"""


class DocsPage(OpenAPIRenderPlugin):
    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        del request, openapi_schema
        return _PAGE


def _with_policy(response: Response[Any]) -> Response[Any]:
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@get("/assets/{name:str}", include_in_schema=False)
async def asset(name: FromPath[str]) -> Response[bytes]:
    """A script, style or icon of the page."""
    if name not in ASSETS:
        raise NotFoundException
    headers = {"Cache-Control": "public, max-age=86400", "Content-Type": ASSETS[name]}
    return Response(_asset(name), headers=headers)


@get("/problems/{kind:str}", opt={"public": True}, include_in_schema=False)
async def explain_problem(kind: FromPath[str]) -> Response[str]:
    """What the `type` of a problem means."""
    if kind not in KINDS:
        raise NotFoundException
    title, remedy = KINDS[kind]
    statuses = sorted({status for error, status in STATUS.items() if error.kind == kind})
    said = f" ({', '.join(map(str, statuses))})" if statuses else ""
    return Response(f"{title}{said}\n\n{remedy}\n", media_type="text/plain")


@cache
def _asset(name: str) -> bytes:
    return _START if name == "start.js" else (swagger_ui_path / name).read_bytes()


def openapi() -> OpenAPIConfig:
    """The document's frame and where it is read."""
    return OpenAPIConfig(
        title="Termijn",
        version="1",
        description=_ABOUT,
        use_handler_docstrings=True,
        components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"key": []}],
        render_plugins=[DocsPage(), JsonRenderPlugin(path="/openapi.json")],
        openapi_router=Router("/docs", route_handlers=[asset], opt={"public": True}, after_request=_with_policy),
    )
