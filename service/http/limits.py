"""How much anybody may ask in a minute, or in an hour, across all processes.

    failed    keys that open nothing, by address; a good key from there is served all the same
    link      what is posted through one link
    inbound   messages handed in with one key
    key       all requests of one key
    page      pages fetched from one address
    sign_in   mails that let one address sign in, in an hour
    join      applications of strangers that one address is asked about, in an hour

Redis counts for all processes. A process takes a hundredth of a limit from it at a time, so that most requests ask
nobody. Without Redis, or while it is away, each process counts for itself. What is counted under is an HMAC: there is
no address, key or link in Redis.
"""

import hashlib
import hmac
import logging
import math
import time
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal

import msgspec
from litestar.types import Scope
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.http.problems import problem
from service.settings import Network, Settings

log = logging.getLogger(__name__)

LimitName = Literal["failed", "link", "inbound", "key", "page", "sign_in", "join"]

WINDOW: Final = 60
"""Seconds, from the first request that is counted."""
_HOUR: Final = 3_600
_SHARE: Final = 100
_MOST_COUNTERS: Final = 20_000
_AWAY_SECONDS: Final = 5.0
"""For so long Redis is left alone once it did not answer."""
_V6_SITE: Final = 64
"""Bits of an IPv6 address that one customer of a network has to itself."""


class Counted(msgspec.Struct, frozen=True):
    """What is left after a request: of `most` in a window, `left`, for `seconds` more."""

    limit: LimitName
    most: int
    left: int
    seconds: int

    @property
    def window(self) -> int:
        return window_of(self.limit)


def window_of(limit: LimitName) -> int:
    """The seconds of a limit's window."""
    return _HOUR if limit in ("sign_in", "join") else WINDOW


class _Counter:
    """One window of one caller, as this process knows it."""

    __slots__ = ("mine", "shared", "until")

    def __init__(self, until: float) -> None:
        self.until = until
        self.mine = 0
        """What this process may still let pass without asking."""
        self.shared = 0
        """What was left for all when it last asked."""


class Limiter:
    """The counters of this process, and what it knows of all others'."""

    def __init__(self, settings: Settings, redis: Redis | None) -> None:
        self._secret = settings.secret_key.encode()
        self._most: Mapping[LimitName, int | None] = {
            "failed": settings.limit_failed,
            "link": settings.limit_link,
            "inbound": settings.limit_inbound,
            "key": settings.limit_key,
            "page": settings.limit_page,
            "sign_in": settings.limit_sign_in,
            "join": settings.limit_join,
        }
        self._trusted = settings.trusted_proxies
        self._redis = redis
        self._away_until = 0.0
        self._counters: dict[str, _Counter] = {}

    async def take(self, limit: LimitName, whose: str, scope: Scope, *, times: int = 1) -> None:
        """Count one request of the limit, or of so many times it; what is left goes out with its answer.

        Raises 429 where nothing is left.
        """
        most = self._most[limit]
        if most is None:
            return
        most *= times
        name = self._name(limit, whose)
        counter = self._counters.get(name)
        if counter is None or counter.until <= time.monotonic():
            counter = self._new(name, window_of(limit))
        if counter.mine <= 0:
            await self._ask(name, counter, most, window_of(limit))
        passes = counter.mine > 0
        if passes:
            counter.mine -= 1
        seconds = max(1, math.ceil(counter.until - time.monotonic()))
        left = max(0, counter.mine) + counter.shared
        scope["state"].setdefault("limits", []).append(Counted(limit, most, left, seconds))
        if not passes:
            words = f"{most} in {window_of(limit)} seconds are taken here: send it again in {seconds}."
            raise problem("too-many", 429, words, headers={"Retry-After": str(seconds)})

    def address_of(self, scope: Scope) -> str:
        """Who is at the other end: the peer, or whom trusted proxies name. Of IPv6 the network that one has."""
        client = scope.get("client")
        found = _address(client[0]) if client else None
        said = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        hops = b",".join(said).decode("latin-1").split(",") if said else []
        while found is not None and hops and _within(found, self._trusted):
            before = _address(hops.pop().strip())
            if before is None:
                break
            found = before
        if isinstance(found, IPv6Address):
            return str(ip_network((int(found) >> (128 - _V6_SITE) << (128 - _V6_SITE), _V6_SITE)))
        return str(found)

    def _name(self, limit: LimitName, whose: str) -> str:
        digest = hmac.new(self._secret, f"limit {limit} {whose}".encode(), hashlib.sha256).hexdigest()
        return f"termijn:limit:{limit}:{digest[:32]}"

    def _new(self, name: str, window: int) -> _Counter:
        if len(self._counters) >= _MOST_COUNTERS:
            now = time.monotonic()
            self._counters = {name: one for name, one in self._counters.items() if one.until > now}
        if len(self._counters) >= _MOST_COUNTERS:  # a storm from everywhere: the oldest go
            self._counters = dict(list(self._counters.items())[_MOST_COUNTERS // 2 :])
        counter = self._counters[name] = _Counter(time.monotonic() + window)
        counter.shared = -1
        return counter

    async def _ask(self, name: str, counter: _Counter, most: int, window: int) -> None:
        """Take a share of what is left; nothing where this window has none."""
        if counter.shared == 0:
            return
        share = max(1, most // _SHARE)
        if self._redis is not None and time.monotonic() >= self._away_until:
            try:
                async with self._redis.pipeline(transaction=False) as pipeline:
                    pipeline.set(name, 0, nx=True, ex=window)
                    pipeline.incrby(name, share)
                    pipeline.pttl(name)
                    _, used, left = await pipeline.execute()
            except (RedisError, OSError, TimeoutError) as error:
                self._away_until = time.monotonic() + _AWAY_SECONDS
                log.warning("limits are counted by this process alone: %s", type(error).__name__)
            else:
                counter.until = time.monotonic() + (left if left > 0 else window * 1000) / 1000
                counter.mine += max(0, share - max(0, used - most))
                counter.shared = max(0, most - used)
                return
        if counter.shared < 0:
            counter.mine, counter.shared = most, 0
        else:
            counter.mine, counter.shared = counter.shared, 0


def said(taken: Sequence[Counted]) -> list[tuple[bytes, bytes]]:
    """The headers that say what is left (draft-ietf-httpapi-ratelimit-headers).

    A limit that counts by link and by address is told once: of which less is left.
    """
    tightest: dict[LimitName, Counted] = {}
    for one in sorted(taken, key=lambda one: one.left):
        tightest.setdefault(one.limit, one)
    taken = [one for one in taken if tightest[one.limit] is one]
    policy = ", ".join(f'"{one.limit}";q={one.most};w={one.window}' for one in taken)
    left = ", ".join(f'"{one.limit}";r={one.left};t={one.seconds}' for one in taken)
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _within(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in one for one in networks if one.version == address.version)
