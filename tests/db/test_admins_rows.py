"""The second lock where a row belongs to no processor: what an admin alone may write."""

from contextlib import suppress

import asyncpg
import pytest

from db.session import transaction
from tests.world import World
from workflows.ids import new_id

KEY = """insert into api_key (id, processor_id, name, role, secret_sha256, hint, created_at)
values ($1, null, 'mine', 'admin', '\\x00', 'tmj_', now())"""
USER = """insert into app_user (id, processor_id, name, email, role, language, created_at)
values ($1, null, 'mine', 'mine@acme.example', 'admin', 'en', now())"""
TERMS = """insert into terms_version (id, processor_id, terms, version, title, document, digest, created_at)
values ($1, null, 'mine', '1', 'Mine', '{}', '\\x00', now())"""
REPEATED = """insert into idempotency (scope, key, processor_id, request_sha256, status, body, created_at)
values ($1, 'x', null, '\\x00', 200, '', now())"""


class _RolledBack(Exception):
    """Nothing stays behind."""


@pytest.mark.parametrize("statement", [KEY, USER, TERMS, REPEATED])
async def test_what_belongs_to_no_processor_is_an_admins_to_write(world: World, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(world.pools.api, [world.processor]) as connection:
            await connection.execute(statement, new_id())
    with suppress(_RolledBack):
        async with transaction(world.pools.api, [world.processor], admin=True) as connection:
            await connection.execute(statement, new_id())
            raise _RolledBack


@pytest.mark.parametrize("statement", [KEY, USER, TERMS, REPEATED, "update clock set now = now + interval '1 day'"])
async def test_who_does_not_say_that_they_are_an_admin_is_none(world: World, statement: str) -> None:
    await world.make_processor()
    async with world.pools.api.acquire() as connection:
        transaction_ = connection.transaction()
        await transaction_.start()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement, *([new_id()] if "$1" in statement else []))
        await transaction_.rollback()


async def test_the_clock_is_an_admins_to_set_and_admins_keys_are_not_seen(world: World) -> None:
    await world.make_processor()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(world.pools.api, [world.processor]) as connection:
            await connection.execute("update clock set now = now + interval '1 day'")
    async with transaction(world.pools.api, [world.processor]) as connection:
        assert await connection.fetchval("select count(*) from api_key where processor_id is null") == 0
    with suppress(_RolledBack):
        async with transaction(world.pools.worker) as connection:  # it drives a simulated clock
            await connection.execute("update clock set now = now + interval '1 day'")
            raise _RolledBack
