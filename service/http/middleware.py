"""What happens to every request, whatever its route: arrival, headers, HEAD, the access log, metrics."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.plugins.problem_details import ProblemDetailsException
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram

from db.session import UNDONE
from db.spans import Span, span
from service.http.external_ids import set_aside
from service.http.hosts import Hosts
from service.http.limits import said
from service.http.problems import encoded, problem
from service.logs import within
from workflows.ids import new_text_id

log = logging.getLogger(__name__)
access_log = logging.getLogger("termijn.access")

WRITES: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))
METHODS: Final = WRITES | {"GET", "HEAD", "OPTIONS", "TRACE"}
_INSTEAD: Final = {"HEAD": "GET", "OPTIONS": "ALLOWED"}
"""HEAD is GET without its body. No route has a method ALLOWED, so the router says which there are; its own
answer to OPTIONS knows one handler of several."""
_SECRET_PATHS: Final = re.compile(r"^/+([anpecuw]|board/in)/.*", re.IGNORECASE | re.DOTALL)
_LONGEST_PATH: Final = 200
_WATCHED: Final = ("/health/", "/metrics")
"""What asks for these asks every few seconds: no spans of them."""
_TRACEPARENT: Final = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

HEADERS: Final[dict[bytes, bytes]] = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
}
"""On every answer, unless a route says otherwise itself."""
LARGEST_REST: Final = 8 * 1024 * 1024
"""Bytes of a refused body that are read all the same."""
REST_SECONDS: Final = 5.0
_HSTS: Final = b"max-age=31536000; includeSubDomains"


UNDONE_STATE: Final = "undone"


async def note_undone(error: Exception, scope: Scope) -> None:
    """Leave in the request's state that it was undone for another's sake, or met a migration (`db.session.UNDONE`)."""
    if isinstance(error, UNDONE):
        scope["state"][UNDONE_STATE] = True


class Arrival(ASGIMiddleware):
    """Stamps requests that may write with the instant at which they reached us, before anything else."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Leave `arrived` in the request's state, UTC."""
        if scope["type"] == ScopeType.HTTP and scope["method"] in WRITES:
            scope["state"]["arrived"] = await scope["litestar_app"].state.parts.arrivals.stamp()
        await next_app(scope, receive, send)


class Metrics:
    """Counters of one process, by route template: no ids, nobody's data."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "termijn_http_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "termijn_http_request_seconds", "Seconds to answer", ("route",), registry=self.registry
        )


class Edge:
    """Around the whole application, its 404s and 500s too."""

    def __init__(self, app: ASGIApp, metrics: Metrics, hosts: Hosts, *, https: bool) -> None:
        self.app = app
        self.metrics = metrics
        self._hosts = hosts
        headers = {**HEADERS, b"strict-transport-security": _HSTS} if https else HEADERS
        self._headers = list(headers.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever escapes is an answer of 500, written down without its message."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        request = new_text_id()
        with within(request=request):
            watched = scope["path"].startswith(_WATCHED)
            named = {"termijn.request": request}
            with span("request", named, kind="server", begins=not watched, cause=_theirs(scope), late=True) as answered:
                await self._one(scope, receive, send, request, answered)

    async def _one(self, scope: HTTPScope, receive: Receive, send: Send, request: str, answered: Span) -> None:
        method: str = scope["method"]
        path = scope["path"]
        began = time.perf_counter()
        scope["state"] = state = scope.get("state", {})
        set_aside(scope)
        rest = _Rest(scope, receive)
        answer = _Answer(send, rest, [*self._headers, (b"x-request-id", request.encode())], method, state)
        inner: Any = {**scope, "method": _INSTEAD[method]} if method in _INSTEAD else scope
        before = {**inner, "state": dict(state)}
        try:
            if "//" in scope["path"]:  # the router would pass over what stands between (`%2F` is a slash here too)
                await _say(answer.send, problem("not-found", 404, "No route has this address."))
            elif not self._hosts.answers(scope):
                await _say(answer.send, _another_host())
            else:
                answer.again = inner["method"] == "GET"
                await self.app(inner, rest.receive, answer.send)
                if answer.withheld:
                    inner, answer = before, answer.anew(before["state"])
                    await self.app(inner, rest.receive, answer.send)
        except Exception as error:  # the last net: a framework's own mistake must not reach a log whole
            log.error("%s escaped", type(error).__name__)
            if not answer.status:
                await _say(answer.send, problem("internal", 500, "Something went wrong here."))
        finally:
            self._note(method, path, inner, answer, began, answered)

    def _note(self, method: str, path: str, scope: Any, answer: "_Answer", began: float, answered: Span) -> None:
        took = time.perf_counter() - began
        route = str(scope.get("path_template", "")) or "(none)"
        status = answer.status or 499
        self.metrics.requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self.metrics.seconds.labels(route).observe(took)
        named = {"method": method[:20], "route": route, "status": status, "ms": round(took * 1000, 1)}
        if isinstance(subject := scope.get("path_params", {}).get("id"), UUID):
            named["subject"] = str(subject)
            answered.note({"termijn.subject": str(subject)})
        known = method if method in METHODS else "_OTHER"
        answered.rename(f"{known} {route}")
        answered.note({"http.request.method": known, "http.route": route, "http.response.status_code": status})
        if status >= 500:
            answered.fail(str(status))
        access_log.info("%s %s %s %.1f ms", method[:20], redacted(path), status, took * 1000, extra=named)


def _theirs(scope: HTTPScope) -> str | None:
    """The trace that whoever asks says this belongs to: linked with ours, which strangers are not to decide about."""
    said = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
    return said.decode() if _TRACEPARENT.fullmatch(said) else None


def redacted(path: str) -> str:
    """A path as it may be written down: links opened by a token lose it, and nothing breaks a line."""
    return quote(_SECRET_PATHS.sub(r"/\1/…", path)[:_LONGEST_PATH], safe="/…:{}")


class _Rest:
    """What a caller still sends when their answer is ready.

    Who is refused amid a large body and is still sending loses the answer to a reset, if the connection ends there.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        names = {name for name, _ in scope["headers"]}
        has_body = b"content-length" in names or b"transfer-encoding" in names
        # Who waits to be told to go on is told by the answer that there is no need.
        self._owed = has_body and b"expect" not in names

    async def receive(self) -> Any:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._owed = False
        return message

    async def pass_over(self) -> None:
        """Read on, within bounds, and keep nothing."""
        came = 0
        try:
            async with asyncio.timeout(REST_SECONDS):
                while self._owed and came < LARGEST_REST:
                    came += len((await self.receive()).get("body", b""))
        except TimeoutError:
            self._owed = False


class _Answer:
    """What goes out, with the headers that all answers have, and without a body for HEAD."""

    def __init__(
        self,
        send: Callable[[Message], Any],
        rest: _Rest,
        headers: list[tuple[bytes, bytes]],
        method: str,
        state: dict[str, Any],
    ) -> None:
        self._send = send
        self._rest = rest
        self._state = state
        self._headers = headers
        self._method = method
        self.status = 0
        self.again = False
        """Whether a request that was undone for another's sake is answered once more: one that only reads."""
        self.withheld = False

    def anew(self, state: dict[str, Any]) -> "_Answer":
        """What goes out instead of an answer that was withheld."""
        return _Answer(self._send, self._rest, self._headers, self._method, state)

    async def send(self, message: Message) -> None:
        if self.again and not self.status and self._state.get(UNDONE_STATE):
            self.withheld = True
        if self.withheld:
            return
        if message["type"] == "http.response.start":
            await self._rest.pass_over()
            given = list(message.get("headers", ()))
            if message["status"] == 405:
                given = [_with_head(name, value) for name, value in given]
                if self._method == "OPTIONS":
                    message["status"] = 204
                    given = [(name, value) for name, value in given if name.lower() == b"allow"]
            names = {name.lower() for name, _ in given}
            given += [each for each in self._headers if each[0] not in names]
            if taken := self._state.get("limits"):
                given += said(taken)
            self.status = message["status"]
            message["headers"] = given
        elif message["type"] == "http.response.body" and (self._method == "HEAD" or self.status == 204):
            message["body"] = b""
        await self._send(message)


def _another_host() -> ProblemDetailsException:
    message = "names no host of ours: TERMIJN_BASE_URL and TERMIJN_HOSTS say which there are"
    return problem("bad-input", 400, f"Host {message}.", errors=[{"path": "Host", "message": message}])


def _with_head(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() == b"allow" and b"GET" in value and b"HEAD" not in value:
        return name, value + b", HEAD"
    return name, value


async def _say(send: Callable[[Message], Any], said: ProblemDetailsException) -> None:
    body = encoded(said)
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": said.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
