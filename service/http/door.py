"""The door to the API: HTTP/1.1 as uvicorn speaks it, with bounds on what a caller may send and how long it may take.

uvicorn waits for ever for the rest of a request and keeps headers without a bound, so one caller could fill the
memory and a few could hold every connection.

    a head (request line and headers)   at most 32 KiB, whole within 10 s of its first byte, or of the connection
    a body                              30 s, and a second more for each 16 KiB that came
    trailers                            count with the head

What is refused here is answered as a problem, like all else, and ends the connection.
"""

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.problems import encoded, problem

LARGEST_HEAD: Final = 32 * 1024
"""Bytes of a request line and its headers."""
_SLOWEST: Final = 16 * 1024
"""Bytes of a body that earn it a second more."""


class _Reading(Enum):
    HEAD = auto()
    BODY = auto()
    WHOLE = auto()
    """Nothing is owed: the request came whole."""


class Door(HttpToolsProtocol):
    """One connection."""

    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 30.0
    linger_seconds: ClassVar[float] = 2.0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._stage = _Reading.HEAD
        self._since = self.loop.time()
        self._head = 0
        """Bytes of the head, trailers included, as the parser gave them."""
        self._came = 0
        """Bytes since the stage began, without those of its first piece."""
        self._timer: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._enter(_Reading.HEAD)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it is too much."""
        if self._refused:
            return
        self._came += len(data)
        super().data_received(data)
        if self._refused or self.transport.is_closing():
            return
        if self._stage is _Reading.HEAD and self._came > LARGEST_HEAD:
            self._refuse(431)
            return
        if self._stage is _Reading.WHOLE and (self.cycle is None or self.cycle.response_complete):
            self._enter(_Reading.HEAD)  # empty lines before a request: they have ended uvicorn's own wait for one
        self._watch()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head = 0
        self._enter(_Reading.HEAD)

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer."""
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body begins."""
        super().on_headers_complete()
        self._enter(_Reading.BODY)

    def on_message_complete(self) -> None:
        """The request came whole."""
        super().on_message_complete()
        self._enter(_Reading.WHOLE)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not take, or what it was told to stop at."""
        self._refuse(431 if self._head > LARGEST_HEAD else 400)

    def _enter(self, stage: _Reading) -> None:
        self._stage = stage
        self._since = self.loop.time()
        self._came = 0

    def _count(self, *pieces: bytes) -> None:
        self._head += sum(map(len, pieces))
        if self._head > LARGEST_HEAD:
            raise httptools.HttpParserError("the head is too large")  # ends the parsing: `send_400_response`

    def _watch(self) -> None:
        """One timer a connection, set only where a request did not come whole at once."""
        if self._timer is None and self._stage is not _Reading.WHOLE:
            self._timer = self.loop.call_later(self._left(), self._look)

    def _left(self) -> float:
        """Seconds that the stage may still take."""
        allowed = self.head_seconds if self._stage is _Reading.HEAD else self.body_seconds + self._came / _SLOWEST
        return self._since + allowed - self.loop.time()

    def _look(self) -> None:
        self._timer = None
        if self._refused:
            self.transport.abort()
        if self._stage is _Reading.WHOLE or self.transport.is_closing():
            return
        answering = self.cycle is not None and not self.cycle.response_complete
        ours = self.flow.read_paused if self._stage is _Reading.BODY else answering
        if ours:  # it waits for us: for the rest to be read, or for the answer to the request before
            self._since = self.loop.time()
        if self._left() > 0:
            self._watch()
        else:
            self._refuse(408)

    def _refuse(self, status: int) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            begun, self.cycle.disconnected = self.cycle.response_started, True
            self.cycle.message_event.set()
            if begun:
                self.transport.close()
                return
        kind, detail = _WORDS[status]
        body = encoded(problem(kind, status, detail, errors=[]))
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
            "content-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\n"
            "cache-control: no-store\r\n"
            "x-content-type-options: nosniff\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        # Who is still sending would lose the answer to a reset: what comes is passed over until they have read it.
        self._refused = True
        self.transport.write_eof()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(self.linger_seconds, self._look)


_WORDS: Final = {
    400: ("bad-input", "This is not a request of HTTP/1.1."),
    408: ("too-slow", "The rest of the request did not come in time; send it again, whole."),
    431: ("head-too-large", f"The request line and its headers have more than {LARGEST_HEAD} bytes; send fewer."),
}
