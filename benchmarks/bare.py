"""Bare Litestar: one statement for each request that is measured. python -m benchmarks.bare DSN PORT

Served as Termijn is, by the same server with the same settings and a pool of as many connections; without
keys, tenants, workflows, ledger or doorbell.
"""

import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

READ = "select row_to_json(n)::text from notice n where id = $1"
CHECK = (
    "select exists (select from engagement where agreement_id = $1 and subprocessor_id = $2 "
    "and since <= now() and (until is null or until > now()))"
)
WRITE = """
with s as (
    update subject set state = 'objected', version = version + 1 where id = $1 returning id, processor_id, version
), n as (
    update notice set answers = $2::jsonb, running = false where id = $1 returning customer_id, counting_contact
), e as (
    insert into event (processor_id, subject_id, seq, type, at, recorded_at, body, previous, hash)
    select processor_id, id, version, 'notice.object', now(), now(), $2, '\\x00', '\\x00' from s
)
insert into message (id, processor_id, subject_id, customer_id, contact_id, kind, address, language, data, counts,
    state, created_at, next_at, tries)
select uuidv7(), s.processor_id, s.id, n.customer_id, n.counting_contact, 'confirmation', 'kim@customer.example', 'nl',
    '{}', false, 'queued', now(), now(), 0
from s, n
returning (select row_to_json(o)::text from notice o where o.id = $1)
"""


class Answer(msgspec.Struct):
    grounds: str
    channel: str


def pool_of(request: Request[Any, Any, Any]) -> Any:
    return request.app.state.pool


@get("/health/ready")
async def ready() -> dict[str, str]:
    return {}


@get("/api/v1/notices/{id:uuid}")
async def read(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[bytes]:
    async with pool_of(request).acquire() as connection:
        found = await connection.fetchval(READ, id)
    return Response(found.encode(), media_type="application/json")


@get("/api/v1/engagements/check")
async def check(
    request: Request[Any, Any, Any], agreement_id: FromQuery[UUID], subprocessor_id: FromQuery[UUID]
) -> dict[str, bool]:
    async with pool_of(request).acquire() as connection:
        return {"allowed": await connection.fetchval(CHECK, agreement_id, subprocessor_id)}


@post("/api/v1/notices/{id:uuid}/object", status_code=200)
async def answer(request: Request[Any, Any, Any], id: FromPath[UUID], data: JSONBody[Answer]) -> Response[bytes]:
    async with pool_of(request).acquire() as connection:
        found = await connection.fetchval(WRITE, id, msgspec.json.encode(data).decode())
    return Response(found.encode(), media_type="application/json")


def app(dsn: str) -> Litestar:
    @contextlib.asynccontextmanager
    async def lifespan(made: Litestar) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=10) as pool:
            made.state.pool = pool
            yield

    return Litestar([ready, read, check, answer], lifespan=[lifespan], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    uvicorn.run(
        app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), http="httptools", ws="none", lifespan="on",
        access_log=False, log_config=None, server_header=False, proxy_headers=False,
    )  # fmt: skip
