"""Daily roots, shown to an outside authority that stamps them (RFC 3161); only where a setting names one."""

import logging

import asyncpg
import httpx
import msgspec

from db.queries import sql
from db.session import transaction
from service.settings import Settings
from workflows.engine.roots import root_of
from workflows.ledger.stamps import StampError, ask, read_answer

log = logging.getLogger(__name__)

TIMEOUT = 20.0
LARGEST = 64 * 1024
"""Bytes of an answer; with its certificates it has a few thousand."""


class Authority(msgspec.Struct, frozen=True):
    """Who stamps, and the certificates (PEM) that its answers have to lead to; none: any."""

    url: str
    certificates: tuple[bytes, ...] = ()


def authority_of(settings: Settings) -> Authority | None:
    """The authority that a setting names. Raises OSError where its certificates cannot be read."""
    if not settings.timestamp_url:
        return None
    return Authority(settings.timestamp_url, certificates_of(settings))


def certificates_of(settings: Settings) -> tuple[bytes, ...]:
    """What stamps have to lead to. Raises OSError where the file cannot be read."""
    return (settings.timestamp_ca.read_bytes(),) if settings.timestamp_ca is not None else ()


async def stamp_roots(pool: asyncpg.Pool, authority: Authority) -> int:
    """Have the last root of each processor stamped, where it is not yet: it names all that were before it.

    How many were stamped. An authority that does not answer is asked again at the next round.
    """
    async with transaction(pool) as connection:
        waiting = await connection.fetch(sql("unstamped_roots"))
    if not waiting:
        return 0
    made = 0
    async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        for row in waiting:
            one = root_of(row)
            question, nonce = ask(one)
            try:
                answer = await asked(client, authority.url, question)
                at = read_answer(answer, one, nonce, authority.certificates)
            except (httpx.HTTPError, StampError) as error:
                log.warning("the time-stamping authority gave no stamp: %s", str(error) or type(error).__name__)
                return made
            async with transaction(pool) as connection:
                await connection.execute(sql("insert_stamp"), one.processor, one.number, answer, at)
            made += 1
    return made


async def asked(client: httpx.AsyncClient, url: str, question: bytes) -> bytes:
    """What an authority answers, DER. Raises StampError, or errors of httpx."""
    headers = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
    async with client.stream("POST", url, content=question, headers=headers) as response:
        if response.status_code != 200:
            raise StampError(f"it answered {response.status_code}")
        answer = b""
        async for chunk in response.aiter_bytes():
            answer += chunk
            if len(answer) > LARGEST:
                raise StampError("its answer is too long")
        return answer
