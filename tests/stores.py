"""A store that speaks S3, as a process on the loopback, and a way to it that a test can cut."""

import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import count
from typing import Final
from uuid import UUID

import httpx
import obstore
import pytest
from obstore.store import S3Store

from service.files.objects import Objects
from service.servers import objects_at
from tests.faults.ways import Way

_numbers: Final = count(1)


class Bucket:
    """A bucket of a test's own; `url` is the setting that leads to it by `way`."""

    def __init__(self, server: str, way: Way) -> None:
        self.way = way
        self.name = f"kept-{next(_numbers)}"
        self.url = (
            f"s3://key:s3%2Fkey%3Awith%25odd%40signs@{self.name}/some/files"
            f"?endpoint=http://127.0.0.1:{way.port}&region=eu-west-1"
        )
        self.objects = Objects(objects_at(self.url))
        self._server = f"{server}/{self.name}"
        httpx.put(self._server).raise_for_status()
        self._own = S3Store(
            self.name,
            config={"endpoint": server, "region": "eu-west-1", "access_key_id": "own", "secret_access_key": "own"},
            client_options={"allow_http": True},
        )

    def names(self) -> list[str]:
        """What lies in it, whoever put it there."""
        return [one["path"] for one in obstore.list(self._own).collect()]

    def ids(self) -> list[UUID]:
        return [UUID(one.rpartition("/")[2]) for one in self.names()]

    def get(self, name: str) -> bytes:
        return bytes(obstore.get(self._own, name).bytes())

    def headers(self, name: str) -> httpx.Headers:
        """As the store gives it to whoever may have it."""
        return httpx.get(obstore.sign(self._own, "GET", name, timedelta(minutes=1))).headers

    def put(self, name: str, content: bytes) -> None:
        """Put something behind Termijn's back."""
        obstore.put(self._own, name, content)

    def lose(self, name: str) -> None:
        obstore.delete(self._own, name)

    def go(self) -> None:
        """The bucket itself is gone."""
        for one in self.names():
            self.lose(one)
        httpx.delete(self._server).raise_for_status()


SERVER: Final = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.disable()
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
sys.stdin.read()  # whoever started it is gone
"""


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of the store."""
    argv = [sys.executable, "-c", SERVER]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        host, port = server.stdout.readline().split()
        yield f"http://{host}:{port}"
        server.kill()


@contextlib.asynccontextmanager
async def bucket_in(s3: str) -> AsyncIterator[Bucket]:
    host, _, port = s3.rpartition("/")[2].partition(":")
    way = Way((host, int(port)))
    await way.start()
    try:
        yield Bucket(s3, way)
    finally:
        await way.stop()


@pytest.fixture
async def bucket(s3: str) -> AsyncIterator[Bucket]:
    async with bucket_in(s3) as made:
        yield made
