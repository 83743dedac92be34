"""A store of objects that speaks S3, as files use it: bytes under names that Termijn makes, whole or not at all.

What a store says is told apart here alone: an object that is not there is a finding about that one, all else means that
the store is away.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, Final
from uuid import UUID

from service.servers import ObjectsAt, objects_at
from service.settings import Settings
from workflows.errors import Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Store

PIECE: Final = 256 * 1024
AWAY_SECONDS: Final = 30
_CONNECT: Final = "3s"
_SILENT: Final = "15s"
_LONGEST: Final = "120s"
_TRIES: Final = timedelta(seconds=8)
_AT_ONCE: Final = 2
"""Parts of one file under way, of 5 MiB each: what putting it takes in memory."""
_SAVED: Final[Any] = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}
"""Whoever is given an object by the store itself saves it, and opens nothing in place."""


class StoreAway(Unavailable):
    """The store of files does not answer, or lets nobody in: trying again helps once it does."""

    def __init__(self) -> None:
        super().__init__(
            "The store of files does not answer now, and nothing was written: the same request may be sent again.",
            retry_after=AWAY_SECONDS,
        )


class NotInStore(Exception):
    """The store answers, and has no object of that name."""


class Objects:
    """The objects of one bucket. Nothing is asked of the store before the first of them is."""

    def __init__(self, at: ObjectsAt) -> None:
        self._at = at

    @classmethod
    def of(cls, settings: Settings) -> "Objects | None":
        """The store that the settings name; None where files lie in the database."""
        return cls(objects_at(settings.files_url)) if settings.files_url else None

    async def put(self, name: UUID, file: IO[bytes]) -> None:
        """Put the whole of a file under a name that nothing had before. Raises StoreAway."""
        import obstore

        file.seek(0)
        with _asked():
            await obstore.put_async(self._store, str(name), file, attributes=_SAVED, max_concurrency=_AT_ONCE)

    async def read(self, name: UUID) -> AsyncGenerator[bytes]:
        """The bytes of an object, piece by piece. Raises NotInStore, StoreAway."""
        import obstore

        with _asked():
            found = await obstore.get_async(self._store, str(name))
            async for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    async def remove(self, name: UUID) -> None:
        """Remove an object; one that is not there is removed already. Raises StoreAway."""
        import obstore

        with _asked(), contextlib.suppress(NotInStore):
            await obstore.delete_async(self._store, str(name))

    async def look(self) -> None:
        """See that the store answers. Raises StoreAway."""
        import obstore

        with _asked():
            async for _ in obstore.list(self._store, chunk_size=1):
                break

    @cached_property
    def _store(self) -> "S3Store":
        # Some megabytes of it, which a process without a store does not need.
        from obstore.store import S3Store

        at = self._at
        config: Any = {"region": at.region, "virtual_hosted_style_request": not at.endpoint}
        if at.endpoint:
            config["endpoint"] = at.endpoint
        # Said so, a token of a session in the environment, which is another key's, does not go along.
        own: Any = {"access_key_id": at.key_id, "secret_access_key": str(at.secret), "token": None, "expires_at": None}
        return S3Store(
            at.bucket,
            prefix=at.prefix or None,
            config=config,
            credential_provider=(lambda: own) if at.key_id else None,
            client_options={
                "allow_http": at.endpoint.startswith("http://"),
                "connect_timeout": _CONNECT,
                "read_timeout": _SILENT,
                "timeout": _LONGEST,
            },
            retry_config={"max_retries": 1, "retry_timeout": _TRIES},
        )


class Hurried(Objects):
    """The same store for whoever has much else to do: it is read from for so many seconds in all, and once it was away
    it stays away."""

    def __init__(self, objects: Objects, seconds: float) -> None:
        super().__init__(objects._at)
        self._objects = objects
        self._left = seconds

    async def read(self, name: UUID) -> AsyncGenerator[bytes]:
        """As of the store, and StoreAway once the time is over."""
        if self._left <= 0:
            raise StoreAway
        async with contextlib.aclosing(self._objects.read(name)) as pieces:
            while True:
                began = time.monotonic()
                try:
                    async with asyncio.timeout(max(self._left, 0.0)):
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                except (TimeoutError, StoreAway):
                    self._left = 0.0
                    raise StoreAway from None
                finally:
                    self._left -= time.monotonic() - began
                yield piece


@contextlib.contextmanager
def _asked() -> Iterator[None]:
    """What the library raises, as what it means here."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:
        # A bucket that is not there is no word on any object in it.
        if "NoSuchBucket" in str(error):
            raise StoreAway from None
        raise NotInStore from None
    except (BaseError, OSError, ValueError):
        raise StoreAway from None  # the message names the place, and may name more
