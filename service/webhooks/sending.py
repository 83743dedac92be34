"""One attempt at handing a message to a receiver, or at reading a list: at a checked address, within ten seconds, no
further.

The name is resolved once; every address that it has is checked, and one of them is called. So whoever
answers for the name cannot lead the call elsewhere between the check and the connection.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, Literal

import httpx
import msgspec

from db.spans import span
from service.settings import Secret, Settings
from workflows.intake.addresses import WebhookTarget, refused, target_of

TIMEOUT: Final = 10.0
"""Seconds for all of it: resolving, connecting, and the whole answer."""
LARGEST_ANSWER: Final = 64 * 1024
RESOLVE_TIMEOUT: Final = 3.0
"""Seconds that a name is looked up for when a webhook is entered."""
_TRIED: Final = 2
"""Addresses of one name that are called, where the first takes no connection."""

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""From a host and a port to its addresses; raises OSError where there are none."""


class SendConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What calling a receiver takes: the key that secrets are derived from, and whether this machine may be called.

    `base_url` is what addresses of ours in messages start with; `timeout` is in seconds.
    """

    secret: Secret
    base_url: str
    insecure: bool = False
    timeout: float = TIMEOUT

    @classmethod
    def of(cls, settings: Settings) -> "SendConfig":
        """The sender's part of the settings."""
        return cls(secret=settings.secret_key, base_url=settings.base_url, insecure=settings.webhook_insecure)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt. `status` is None where there was no answer; `words` say what happened, in ours."""

    status: int | None
    words: str
    took_ms: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = MappingProxyType({})
    """The answer's, in lower case."""
    whole: bool = True
    """The body ends there."""

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent, and how many bytes of the answer are read."""

    method: Literal["GET", "POST"]
    headers: Mapping[str, str]
    body: bytes | None = None
    largest: int = LARGEST_ANSWER


class BadAddressError(Exception):
    """A name leads to where nothing may be sent."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@cache
def _public_trust() -> ssl.SSLContext:
    """The authorities that are trusted everywhere; reading them takes a while."""
    return httpx.create_ssl_context()


class Sender:
    """Calls receivers; one for the whole process. No proxy, no redirect, no cookie, no connection kept."""

    def __init__(
        self, config: SendConfig, *, resolver: Resolver = resolve, trust: ssl.SSLContext | None = None
    ) -> None:
        self.config = config
        self._resolve = resolver
        self._trust = trust

    async def problem(self, url: str) -> str | None:
        """Say where a URL leads that may not be called; None where it may, or where its name has no address now."""
        target = target_of(url, insecure=self.config.insecure)
        try:
            async with asyncio.timeout(RESOLVE_TIMEOUT):
                await self._addresses(target)
        except BadAddressError as error:
            return str(error)
        except (OSError, TimeoutError, UnicodeError):
            return None
        return None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Hand it over, within some seconds. Never raises for what a receiver, its name or the network does."""
        own = {
            "Content-Type": "application/json",
            "User-Agent": "Termijn-Webhooks/1",
            "Accept": "application/json",
        }
        return await self._reply(url, _Call(method="POST", headers={**own, **headers}, body=body))

    async def get(self, url: str, headers: Mapping[str, str], *, largest: int) -> Reply:
        """Read what stands at an address, up to `largest` bytes, under the same conditions."""
        own = {"User-Agent": "Termijn-Lists/1"}
        return await self._reply(url, _Call(method="GET", headers={**own, **headers}, largest=largest))

    async def _reply(self, url: str, call: _Call) -> Reply:
        began = time.monotonic()
        method = {"http.request.method": call.method}
        with span(f"call {call.method}", method, kind="client", begins=True) as calling:
            found = await self._called(url, call)
            if found.status is not None:
                calling.note({"http.response.status_code": found.status})
            if not found.delivered:
                calling.fail("no answer" if found.status is None else str(found.status))
        return msgspec.structs.replace(found, took_ms=round((time.monotonic() - began) * 1000))

    async def _called(self, url: str, call: _Call) -> Reply:
        within = self.config.timeout
        try:
            async with asyncio.timeout(within):
                target = target_of(url, insecure=self.config.insecure)
                addresses = await self._addresses(target)
                return await self._call(target, addresses, call)
        except TimeoutError:
            return Reply(status=None, words=f"no answer within {within:g} seconds")
        except ValueError as error:
            return Reply(status=None, words=f"the URL {error}")
        except BadAddressError as error:
            return Reply(status=None, words=str(error))
        except httpx.ConnectError as error:
            return Reply(status=None, words=_why_not_connected(error))
        except OSError as error:
            return Reply(status=None, words=f"the name has no address ({type(error).__name__})")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Reply(status=None, words=f"the connection broke ({type(error).__name__})")

    async def _addresses(self, target: WebhookTarget) -> list[str]:
        """Every address of the host, all of which may be called."""
        addresses = await self._resolve(target.host, target.port)
        if not addresses:
            raise OSError("no address")
        for one in addresses:
            why = refused(one, loopback=self.config.insecure)
            if why is not None:
                raise BadAddressError(f"its name leads to {why}: only public addresses are called")
        return addresses

    async def _call(self, target: WebhookTarget, addresses: list[str], call: _Call) -> Reply:
        for address in addresses[:_TRIED][:-1]:
            try:
                return await self._exchange(target, address, call)
            except httpx.ConnectError:
                continue
        return await self._exchange(target, addresses[:_TRIED][-1], call)

    async def _exchange(self, target: WebhookTarget, address: str, call: _Call) -> Reply:
        pinned = f"[{address}]" if ":" in address else address
        async with httpx.AsyncClient(
            verify=self._trust or _public_trust(), trust_env=False, follow_redirects=False, timeout=self.config.timeout
        ) as client:
            request = client.build_request(
                call.method,
                f"{target.scheme}://{pinned}:{target.port}{target.path}",
                content=call.body,
                headers={"Host": target.netloc, "Accept-Encoding": "identity", **call.headers},
                # The certificate is asked for, and compared with, the name and not the address.
                extensions={"sni_hostname": target.host},
            )
            response = await client.send(request, stream=True)
            try:
                body, whole = await _read(response, call.largest)
            finally:
                await response.aclose()
        status = response.status_code
        return Reply(
            status=status,
            words=_words(status, whole, call.largest),
            body=body,
            headers={name.lower(): value for name, value in response.headers.items()},
            whole=whole,
        )


async def _read(response: httpx.Response, largest: int) -> tuple[bytes, bool]:
    """The answer's first bytes, and whether that is all of it."""
    read = bytearray()
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) > largest:
            return bytes(read[:largest]), False
    return bytes(read), True


def _words(status: int, whole: bool, largest: int) -> str:
    if 300 <= status < 400 and status != HTTPStatus.NOT_MODIFIED:
        return f"answered {status}: redirects are not followed"
    more = "" if whole else f", more than {largest // 1024} KiB of it"
    return f"answered {status}{more}"


def _why_not_connected(error: httpx.ConnectError) -> str:
    """TLS that does not hold is worth telling from a port that is closed."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            reason = getattr(seen, "verify_message", "") or seen.reason or "no reason given"
            return f"the certificate or TLS does not hold ({reason})"
        seen = seen.__cause__ or seen.__context__
    return "no connection: the port is closed or the network is away"
