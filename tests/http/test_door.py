"""What a caller may send before anybody looks at it, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from service.http.door import LARGEST_HEAD, Door
from service.http.hosts import Hosts
from service.http.middleware import Edge, Metrics


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers how many bytes of a body came; at /early before it has read any."""
    came = 0
    while scope["path"] != "/early":
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        came += len(message["body"])
        if not message["more_body"]:
            break
    body = str(came).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


edge = Edge(app, Metrics(), Hosts("http://127.0.0.1", ()), https=False)


class Hasty(Door):
    head_seconds = 0.05
    body_seconds = 0.05


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self, sent: bytes) -> tuple[int, str]:
        """The status and the kind of problem, or the body."""
        self.writer.write(sent)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length"))
        body = (await self.reader.readexactly(length)).decode()
        if "application/problem+json" in head:
            assert "connection: close" in head
            assert await self.reader.read() == b"", "the connection ends"
            return int(head.split()[1]), str(msgspec.json.decode(body)["type"])
        return int(head.split()[1]), body


@pytest.fixture
async def port(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    config = Config(app, lifespan="off", ws="none", access_log=False, log_config=None)
    config.load()
    state = ServerState()
    kind: type[Door] = getattr(request, "param", Door)
    server = await asyncio.get_running_loop().create_server(lambda: kind(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    for caller in callers:
        caller.writer.close()
    callers.clear()
    server.close()
    for one in list(state.connections):
        one.transport.abort()
    await server.wait_closed()


callers: list[Caller] = []


async def called(port: int) -> Caller:
    callers.append(Caller(*await asyncio.open_connection("127.0.0.1", port)))
    return callers[-1]


GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        GET + b"A: " + b"x" * LARGEST_HEAD + b"\r\n\r\n",
        GET + b"A: " + b"x" * 2_000_000,
        GET + b"a:b\r\n" * 200_000,
        b"GET /" + b"x" * LARGEST_HEAD + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"a:b\r\n" * 200_000,
    ],
    ids=["one header", "one that never ends", "many headers", "a long address", "trailers"],
)
async def test_a_head_that_is_too_large_is_refused(port: int, sent: bytes) -> None:
    assert await (await called(port)).answer(sent) == (431, "/problems/head-too-large")


async def test_what_is_no_request_is_answered_as_a_problem(port: int) -> None:
    assert await (await called(port)).answer(b"nothing of the kind\r\n\r\n") == (400, "/problems/bad-input")


async def test_requests_pass_one_after_another(port: int) -> None:
    caller = await called(port)
    body = b"x" * 500_000
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    for _ in range(2):
        assert await caller.answer(GET + b"A: " + b"x" * (LARGEST_HEAD - 1_000) + b"\r\n\r\n") == (200, "0")
        assert await caller.answer(post + body) == (200, "500000")
    assert await caller.answer(GET + b"\r\n" + GET + b"\r\n") == (200, "0")


@pytest.mark.parametrize("port", [Hasty], indirect=True)
@pytest.mark.parametrize(
    "sent",
    [
        b"",
        GET,
        b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf",
    ],
    ids=["nothing", "half a head", "an empty line", "half a body", "half a chunk"],
)
async def test_a_request_that_does_not_come_whole_is_ended(port: int, sent: bytes) -> None:
    assert await (await called(port)).answer(sent) == (408, "/problems/too-slow")


@pytest.mark.parametrize("port", [Hasty], indirect=True)
async def test_the_next_request_has_its_time_too(port: int) -> None:
    caller = await called(port)
    assert await caller.answer(GET + b"\r\n") == (200, "0")
    assert await caller.answer(b"\r\n") == (408, "/problems/too-slow")


@pytest.mark.parametrize("port", [Hasty], indirect=True)
async def test_an_answer_that_was_given_early_is_not_given_twice(port: int) -> None:
    caller = await called(port)
    post = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"
    assert await caller.answer(post) == (200, "0")
    assert b" 408 " in await caller.reader.read(), "and then it is ended"


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "when told to go on"])
async def test_who_is_refused_amid_a_large_body_reads_the_answer(waits: bool) -> None:
    config = Config(edge, lifespan="off", ws="none", access_log=False, log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: Door(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    expect = "Expect: 100-continue\r\n" if waits else ""
    head = f"POST /early HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{expect}Content-Length: 6000000\r\n\r\n"
    writer.write(head.encode())
    if not waits:
        for _ in range(60):
            writer.write(b"x" * 100_000)
            await writer.drain()
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 "), "no word of going on"
    assert answer.endswith(b"\r\n\r\n0")
    writer.close()
    server.close()
    await server.wait_closed()
