"""A receiver of webhooks on this machine that answers as it is told, and keeps what it was sent."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook as Verifier

PEM = Path(__file__).with_name("hooks.pem")
"""A certificate for hooks.example.test that signed itself, with its key, for these tests alone."""


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """What the library makes of it; raises where the signature does not hold."""
        return Verifier(secret).verify(self.body, self.headers)


Answer = int | tuple[int, bytes] | bytes | None
"""A status, a status with a body, the bytes of a whole answer, or None: say nothing until the caller leaves."""


@dataclass
class Receiver:
    """Answers by `script`, then `always`; the last part of a path picks a script of its own from `paths`."""

    script: list[Answer] = field(default_factory=list)
    always: Answer = 204
    paths: dict[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    before: Callable[[Call], Awaitable[None]] | None = None
    """Awaited before each answer."""
    tls: bool = False
    names: list[str | None] = field(default_factory=list)
    """Which names callers asked a certificate for."""

    async def __aenter__(self) -> "Receiver":
        context = None
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(PEM)
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def to(self, path: str) -> list[Call]:
        return [one for one in self.calls if one.path == path]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            request, *lines = head.split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            call = Call(request.split()[1], headers, body)
            self.calls.append(call)
            if self.before is not None:
                await self.before(call)
            answer = self.paths.get(call.path, self.script.pop(0) if self.script else self.always)
            if answer is None:
                await reader.read()
                return
            writer.write(answer if isinstance(answer, bytes) else _whole(answer))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _whole(answer: int | tuple[int, bytes]) -> bytes:
    status, body = (answer, b"") if isinstance(answer, int) else answer
    length = "" if status == 204 else f"Content-Length: {len(body)}\r\n"
    return f"HTTP/1.1 {status} As told\r\n{length}Connection: close\r\n\r\n".encode() + body
