"""Ways to a server that a test can cut, hold up, slow down and take away; one to PostgreSQL also sees commits.

What goes through is passed on byte by byte. A way is spoken to by its own address on the loopback.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT: Final = b"Q\x00\x00\x00\x0bcommit\x00"
"""The message of PostgreSQL's protocol: a query of one word, as db/session.py ends what it writes."""
WRITES: Final = b"begin; set local termijn.processors = '{"
"""How a transaction that may write begins."""
BEGINS: Final = re.compile(rb"Q....begin", re.DOTALL)
"""A message that begins a transaction, of whichever kind: what a statement itself says may have that word, too."""
When = Literal["before", "after"]
_PIECE: Final = 65536


class Way:
    """A way to `host:port`, or to a socket in the file system."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self._target = target
        self.away = False
        """Whether no connection is let through: those that ask are closed at once."""
        self.pause = 0.0
        """Seconds by which each piece comes later."""
        self.came = asyncio.Event()
        """Set whenever somebody asks for a connection."""
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    def cut(self) -> None:
        """End every connection; new ones are let through."""
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    def go_away(self) -> None:
        """End every connection, and let none through until `away` is False again."""
        self.away = True
        self.cut()

    def hold(self) -> None:
        """Let nothing pass, in either direction, and say nothing: a black hole, until `let_go`."""
        self._open.clear()

    def let_go(self) -> None:
        self._open.set()

    def calm(self) -> None:
        """All is well from here on."""
        self.away, self.pause = False, 0.0
        self.let_go()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.came.set()
        to_server = None
        with contextlib.suppress(OSError, asyncio.CancelledError):  # cut, or a server that is not there
            try:
                if self.away:
                    return
                await self._open.wait()
                server, to_server = await self._reached()
                answers = asyncio.create_task(self._answers(server, to_client))
                try:
                    await self._asks(client, to_server, server, answers)
                finally:
                    answers.cancel()
                    await asyncio.gather(answers, return_exceptions=True)
            finally:
                for writer in (to_client, to_server):
                    if writer is not None:
                        writer.close()
                self._tasks.discard(task)

    async def _reached(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, str):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target)

    async def _asks(
        self,
        client: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        answers: "asyncio.Task[None]",
    ) -> None:
        """What the client says, until it says no more."""
        del server, answers
        while data := await client.read(_PIECE):
            await self._pass(data, to_server)

    async def _answers(self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        while data := await server.read(_PIECE):
            await self._pass(data, to_client)
        to_client.close()

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self.pause:
            await asyncio.sleep(self.pause)
        await self._open.wait()
        writer.write(data)
        await writer.drain()


class DatabaseWay(Way):
    """A way to PostgreSQL. Armed by `when`, the next commit of a write ends that connection, once: just before the
    server hears of it, or just after it was carried out. A write is what begins with `of`."""

    def __init__(self, dsn: str, of: bytes = WRITES) -> None:
        self._parts = urlsplit(dsn)
        folder = parse_qs(self._parts.query).get("host", [""])[0]
        number = self._parts.port or 5432
        super().__init__(
            f"{unquote(folder)}/.s.PGSQL.{number}" if folder else (self._parts.hostname or "localhost", number)
        )
        self._of = of
        self.when: When | None = None
        self.stays_away = False
        """Whether the cut leaves the database away."""
        self.commits = 0
        """Of writes that passed."""

    @property
    def dsn(self) -> str:
        """The database's address through here."""
        credentials = self._parts.netloc.rpartition("@")[0]
        return f"postgresql://{credentials}@127.0.0.1:{self.port}{self._parts.path}?sslmode=disable"

    async def _asks(
        self,
        client: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        answers: "asyncio.Task[None]",
    ) -> None:
        writes = False
        while data := await client.read(_PIECE):
            if BEGINS.search(data):
                writes = self._of in data
            if writes and COMMIT in data:
                self.commits += 1
                if self.when is not None:
                    await self._end(data, to_server, server, answers)
                    return
            await self._pass(data, to_server)

    async def _end(
        self,
        data: bytes,
        to_server: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        answers: "asyncio.Task[None]",
    ) -> None:
        when, self.when = self.when, None
        if self.stays_away:
            self.go_away()
        if when == "after":
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)
            to_server.write(data)
            await to_server.drain()
            assert b"COMMIT" in await server.read(_PIECE)


@contextlib.asynccontextmanager
async def database_way(dsn: str, of: bytes = WRITES) -> AsyncIterator[DatabaseWay]:
    """Such a way to the database of `dsn`."""
    way = DatabaseWay(dsn, of)
    await way.start()
    try:
        yield way
    finally:
        await way.stop()
