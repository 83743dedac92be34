import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from db.session import transaction
from service.links import Wanted, digest, ensure_link, ensure_links, token_for, url
from tests.mail.conftest import SECRET
from tests.world import Pools, World
from workflows.ids import new_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LINK = UUID("01a200bc-c6ff-753a-baf5-d21f5297a9b9")


def test_a_token_has_256_bits_and_hangs_on_everything_it_is_made_of() -> None:
    token = token_for(SECRET, LINK, 1)
    assert len(base64.urlsafe_b64decode(f"{token}=")) == 32
    assert token == token_for(SECRET, LINK, 1)
    others = {token_for(SECRET, LINK, 2), token_for(SECRET, new_id(), 1), token_for(f"{SECRET}!", LINK, 1)}
    assert len(others | {token}) == 4
    assert len(digest(token)) == 32
    assert url("https://x.example", "notice", token) == f"https://x.example/n/{token}"
    assert url("https://x.example", "contact", token) == f"https://x.example/p/{token}"


@given(st.text(st.characters()))
def test_the_digest_of_any_text_is_that_of_no_token(text: str) -> None:
    assert digest(text) != digest(token_for(SECRET, LINK, 1))


async def test_a_link_is_made_once_and_opens_what_it_is_for(world: World, pools: Pools) -> None:
    await world.make_processor()
    customer = await world.make_customer()
    contact = new_id()
    args = (SECRET, world.processor, customer, contact)
    async with transaction(pools.worker) as connection:
        token = await ensure_link(connection, *args, "contact", customer, NOW)
        again = await ensure_link(connection, *args, "contact", customer, NOW)
        assert token is not None
        assert token == again
        row = await connection.fetchrow("select * from termijn_link($1)", digest(token))
        assert (row["purpose"], row["subject_id"], row["contact_id"]) == ("contact", customer, contact)
        assert await connection.fetchval("select count(*) from link") == 1
        stored = await connection.fetchval("select row_to_json(l)::text from link l")
        assert token not in stored
    async with transaction(pools.api, [world.processor]) as connection:  # the API's login may do the same
        assert await ensure_link(connection, *args, "contact", customer, NOW) == token
        assert await ensure_link(connection, *args, "notice", customer, NOW) not in (None, token)


async def test_a_revoked_link_lives_again_only_for_whoever_is_told_anew(world: World, pools: Pools) -> None:
    await world.make_processor()
    customer = await world.make_customer()
    wanted = Wanted(processor=world.processor, customer=customer, contact=new_id(), purpose="notice", subject=customer)
    async with transaction(pools.worker) as connection:
        (first,) = await ensure_links(connection, SECRET, [wanted], NOW)
        await connection.execute("update link set revoked_at = $1, generation = generation + 1", NOW)

        async def ask(told_at: datetime | None) -> str | None:
            one = Wanted(**{name: getattr(wanted, name) for name in wanted.__struct_fields__[:5]}, told_at=told_at)
            return (await ensure_links(connection, SECRET, [one], NOW))[0]

        assert await ask(None) is None
        assert await ask(NOW - timedelta(microseconds=1)) is None
        second = await ask(NOW)
        assert second not in (None, first)
        assert first is not None
        assert second is not None
        assert await connection.fetch("select * from termijn_link($1)", digest(first)) == []
        assert len(await connection.fetch("select * from termijn_link($1)", digest(second))) == 1
        assert await ask(NOW) == second


async def test_after_a_new_secret_a_link_lives_until_its_contact_is_mailed_another(world: World, pools: Pools) -> None:
    await world.make_processor()
    customer = await world.make_customer()
    about: Any = (world.processor, customer, new_id(), "contact", customer, NOW)

    async def opens(token: str | None) -> bool:
        assert token is not None
        return len(await connection.fetch("select * from termijn_link($1)", digest(token))) == 1

    async with transaction(pools.worker) as connection:
        before = await ensure_link(connection, SECRET, *about)
        assert await opens(before)
        after = await ensure_link(connection, f"{SECRET}, renewed", *about)
        assert (await opens(before), await opens(after)) == (False, True)
        assert await ensure_link(connection, f"{SECRET}, renewed", *about) == after


async def test_two_at_once_make_one_link(world: World, pools: Pools) -> None:
    await world.make_processor()
    customer = await world.make_customer()
    wants = [
        Wanted(processor=world.processor, customer=customer, contact=new_id(), purpose="contact", subject=customer)
        for _ in range(20)
    ]
    async with transaction(pools.worker) as one:
        mine = await ensure_links(one, SECRET, wants[:10], NOW)
        async with transaction(pools.worker) as other:
            theirs = await ensure_links(other, SECRET, wants[10:], NOW)
        both = await ensure_links(one, SECRET, [*wants[10:], *wants[:10]], NOW)
    assert both == [*theirs, *mine]
    assert len(set(both)) == 20
