"""As small an HTTP/1.1 client as serves: one that costs little beside the server it measures."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterable

CONNECTIONS = 8
END = b"\r\n\r\n"


class Line:
    """One connection that is kept open (RFC 9112)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises IncompleteReadError where the server hangs up."""
        self._writer.write(request)
        head = (await self._reader.readuntil(END)).lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 : head.index(b"\r", at)]) if at >= 0 else 0
        body = await self._reader.readexactly(length) if length else b""
        return int(head[9:12]), body

    def close(self) -> None:
        self._writer.close()


def request(method: str, path: str, key: str, body: bytes = b"") -> bytes:
    """A whole request, ready to be written."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def connect(port: int) -> Line:
    return Line(*await asyncio.open_connection("127.0.0.1", port))


async def drive(port: int, requests: Iterable[bytes], seconds: float) -> tuple[int, Counter[int]]:
    """Send over a few connections for so many seconds, or until none is left; how many, and the statuses."""
    left = deque(requests)
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds

    async def use(line: Line) -> None:
        while left and time.perf_counter() < until:
            status, _ = await line.ask(left.popleft())
            statuses[status] += 1
        line.close()

    lines = [await connect(port) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(use(line) for line in lines))
    return statuses.total(), statuses
