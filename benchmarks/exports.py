"""How long an export takes to begin: from the request to the first byte of the file, which is then hung up on."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

from benchmarks.client import END
from benchmarks.lists import PACE_HEADS, TIMES, WARM, Pace
from benchmarks.loading import Loaded
from benchmarks.serving import Server, new_server_key, serving
from benchmarks.stage import Stage

FIRST_BYTE_HEADS: Final = ("export", *PACE_HEADS[1:])
_LISTS: Final = (
    "agreements", "agreements?sort=customer_name", "customers", "notices", "tasks", "deadlines", "engagements",
    "events",
)  # fmt: skip
_FORMATS: Final = ("text/csv", "application/jsonl")


async def first_bytes(stage: Stage, small: Loaded, large: Loaded, only: str = "") -> AsyncIterator[Pace]:
    """Each list as a file in each format that is sent as it is read, of both databases by turns."""
    async with AsyncExitStack() as closing:
        asked: list[tuple[Server, str]] = []
        for one in (small, large):
            server = await closing.enter_async_context(serving(stage, one.database))
            asked.append((server, await new_server_key(server, one.processor, "manager")))
        for name in _LISTS:
            for media in _FORMATS:
                if only in (shown := f"GET {name} as {media}"):
                    yield await _pace(shown, name, media, asked)


async def _pace(shown: str, name: str, media: str, asked: list[tuple[Server, str]]) -> Pace:
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(WARM + TIMES):
        for times, (server, key) in zip(taken, asked, strict=True):
            times.append(await _first_byte(server.port, name, media, key))
    small, large = (tuple(times[WARM:]) for times in taken)
    return Pace(page=shown, small=small, large=large)


async def _first_byte(port: int, name: str, media: str, key: str) -> float:
    """Milliseconds. Raises RuntimeError where it is answered with anything but a file."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"Host: 127.0.0.1\r\nAccept: {media}\r\nAuthorization: Bearer {key}"
    began = time.perf_counter()
    writer.write(f"GET /api/v1/{name} HTTP/1.1\r\n{head}\r\n\r\n".encode())
    answer = await reader.readuntil(END)
    if b" 200 " not in answer.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"{name} as {media}: {answer.decode()}")
    await reader.readexactly(1)
    taken = time.perf_counter() - began
    writer.close()
    return 1000 * taken
