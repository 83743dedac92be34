"""A way to PostgreSQL that is cut in a commit: just before the server hears of it, or just after it was carried out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT: Final = b"Q\x00\x00\x00\x0bcommit\x00"
"""The message of the protocol: a query of one word."""
When = Literal["before", "after"]


WRITES: Final = b"begin; set local termijn.processors = '{"
"""How a transaction that may write begins."""


class Cut:
    """Passes on what goes through until it is armed; then the next commit of a write cuts that connection, once.

    A write is what begins with `of`.
    """

    def __init__(self, dsn: str, of: bytes) -> None:
        self._parts = urlsplit(dsn)
        self._of = of
        self.when: When | None = None
        self.away = False
        """Whether no connection is let through: those that ask are closed at once."""
        self.stays_away = False
        """Whether the cut leaves the database away."""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def dsn(self) -> str:
        """The database's address through here."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        credentials = self._parts.netloc.rpartition("@")[0]
        return f"postgresql://{credentials}@127.0.0.1:{port}{self._parts.path}?sslmode=disable"

    def go_away(self) -> None:
        """Cut every connection, and let none through until `away` is False again."""
        self.away = True
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

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
        to_server = None
        try:
            if self.away:
                return
            server, to_server = await self._open()
            answers = asyncio.create_task(self._pass_on(server, to_client))
            try:
                writes = False
                while data := await client.read(65536):
                    if b"begin" in data:
                        writes = self._of in data
                    if self.when is not None and writes and COMMIT in data:
                        await self._cut(data, to_server, server, answers)
                        return
                    to_server.write(data)
                    await to_server.drain()
            finally:
                answers.cancel()
                await asyncio.gather(answers, return_exceptions=True)
        finally:
            for writer in (to_client, to_server):
                if writer is not None:
                    writer.close()
            self._tasks.discard(task)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = parse_qs(self._parts.query).get("host", [""])[0]
        if folder:
            return await asyncio.open_unix_connection(f"{unquote(folder)}/.s.PGSQL.{self._parts.port or 5432}")
        return await asyncio.open_connection(self._parts.hostname, self._parts.port or 5432)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _cut(
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
            assert b"COMMIT" in await server.read(65536)


@contextlib.asynccontextmanager
async def cutting(dsn: str, of: bytes = WRITES) -> AsyncIterator[Cut]:
    """Such a way to the database of `dsn`."""
    cut = Cut(dsn, of)
    await cut.start()
    try:
        yield cut
    finally:
        await cut.stop()
