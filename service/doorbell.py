"""The doorbell: a job that says only that there is work. What the work is stands in PostgreSQL.

Losing a ring costs time, never work: the sweep looks by itself every second.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

QUEUE = "termijn"
RING = "ring"
HANG_UP_SECONDS = 3.0
"""How long a Redis that says nothing is waited for before its connections are dropped."""


def encode(job: dict[str, Any]) -> bytes:
    """A job as msgpack: nothing that Redis holds can run code here."""
    return msgspec.msgpack.encode(job)


def decode(raw: bytes) -> dict[str, Any]:
    """A job read back. Raises msgspec.DecodeError for bytes that are none."""
    return msgspec.msgpack.decode(raw, type=dict[str, Any])


def connect(url: str) -> ArqRedis:
    """A client with short time-outs: a slow Redis must not slow a request.

    Raises ValueError for a URL that is none.
    """
    pool = ConnectionPool.from_url(url, socket_timeout=2, socket_connect_timeout=1)
    return ArqRedis(pool, job_serializer=encode, job_deserializer=decode, default_queue_name=QUEUE)


class Doorbell:
    """Rings after a commit; never fails the request that made the work."""

    def __init__(self, url: str | None) -> None:
        self._redis = connect(url) if url else None

    async def ring(self) -> None:
        """Say that there is work; a Redis that is away is no reason to fail."""
        if self._redis is None:
            return
        try:
            await asyncio.wait_for(self._redis.enqueue_job(RING, _job_id=RING, _expires=10), 0.5)
        except (RedisError, OSError, TimeoutError) as error:
            log.debug("the doorbell did not ring: %s", type(error).__name__)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose(close_connection_pool=True)


def listener(url: str, heard: Callable[[], None]) -> Worker:
    """An arq worker whose one job calls `heard`; it ends when Redis does, and is then made anew.

    Jobs take milliseconds and leave nothing behind: a lost or doubled one changes nothing.
    """

    async def ring(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        heard()

    return Worker(
        functions=[func(ring, name=RING, keep_result=0, timeout=5, max_tries=1)],
        queue_name=QUEUE,
        redis_pool=connect(url),
        handle_signals=False,
        keep_result=0,
        job_timeout=5,
        max_tries=1,
        poll_delay=0.02,
        health_check_interval=60,
        job_serializer=encode,
        job_deserializer=decode,
        log_results=False,
    )


async def hang_up(listening: Worker) -> None:
    """Let go of a listener and of its connections, whether or not Redis still hears.

    In tasks of their own: what the listener was doing was cancelled, and closing it says so, which is not to be taken
    for a cancellation of whoever hangs up.
    """
    redis = listening.pool
    for close in (listening.close, partial(redis.aclose, close_connection_pool=True)):
        closing = asyncio.ensure_future(close())
        closing.add_done_callback(lambda one: one.cancelled() or one.exception())  # a Redis that is away
        try:
            await asyncio.wait([closing], timeout=HANG_UP_SECONDS)
        finally:
            closing.cancel()


async def empty(listening: Worker) -> None:
    """Throw away what nobody can read. All that the queue ever holds is that there is work, which is looked for anyway.

    Raises RedisError or OSError where Redis is away.
    """
    await listening.pool.delete(QUEUE)
