"""`/docs`: the OpenAPI document and a page to read it with, all of it served from here."""

import asyncio
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from litestar import Response, get
from litestar.connection import Request
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from service.http.openapi.document import encoded
from service.http.problems import KINDS, STATUS
from workflows.terms.schema import packaged_schema

ASSETS: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
    "start.js": "text/javascript",
}
_START: Final = b"""\
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/docs/openapi.json", dom_id: "#reader", deepLinking: true, validatorUrl: null,
    docExpansion: "none", defaultModelsExpandDepth: 0,
  });
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


@get("/docs", opt={"public": True}, include_in_schema=False)
async def docs_page() -> Response[bytes]:
    """The page that reads the document."""
    return Response(_PAGE, media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@get("/docs/openapi.json", opt={"public": True}, include_in_schema=False)
async def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The document itself, made when it is first asked for."""
    headers = {"Cache-Control": "no-cache", "Content-Type": "application/json"}
    return Response(await asyncio.to_thread(encoded, request.app), headers=headers)


@get("/docs/terms.schema.json", opt={"public": True}, include_in_schema=False)
async def terms_schema() -> Response[bytes]:
    """The format of terms files, for editors; its address stays."""
    headers = {"Cache-Control": "public, max-age=3600", "Content-Type": "application/schema+json"}
    return Response(packaged_schema(), headers=headers)


@get("/docs/assets/{name:str}", opt={"public": True}, include_in_schema=False)
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
    return _START if name == "start.js" else (_reader() / name).read_bytes()


def _reader() -> Path:
    """Where the wheel of Swagger UI keeps its files; none of its code is run."""
    spec = find_spec("swagger_ui")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "static"


ROUTES: Final = (docs_page, openapi_document, terms_schema, asset, explain_problem)
