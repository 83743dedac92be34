"""How much anybody may ask in a minute, and whom we answer to."""

import secrets
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest
from litestar.plugins.problem_details import ProblemDetailsException
from redis.asyncio import Redis

from service.http.limits import Limiter, LimitName
from service.settings import LIMITS, Secret, Settings
from service.up.embedded import RunningServers
from tests.databases import Reused
from tests.http.conftest import ACME, serving
from tests.world import World
from workflows.errors import BadInput

TOKEN = "x" * 43


@pytest.fixture
async def redis(servers: RunningServers) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(str(servers.urls.redis))
    yield client
    await client.aclose()


def scope(peer: str = "192.0.2.1", forwarded: str | None = None) -> Any:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    return {"type": "http", "client": (peer, 1), "headers": headers, "state": {}}


async def passes(limiter: Limiter, limit: LimitName, whose: str = "somebody") -> bool:
    try:
        await limiter.take(limit, whose, scope())
    except ProblemDetailsException as error:
        return error.status_code != 429
    return True


async def test_all_processes_count_together(redis: Redis) -> None:
    settings = Settings(secret_key=Secret(secrets.token_hex()), limit_link=5, limit_key=250)
    one, other = Limiter(settings, redis), Limiter(settings, redis)
    assert [await passes(each, "link") for each in (one, other) * 4] == [True] * 5 + [False] * 3
    assert await passes(one, "link", "somebody else")
    let = [await passes(each, "key") for each in (one, other) * 150]
    assert 248 <= sum(let) <= 250, "a process holds at most a hundredth of it unused"
    assert await passes(one, "page"), "what has no limit is not counted"


async def test_redis_holds_nobodys_address(redis: Redis) -> None:
    before = set(await redis.keys("termijn:limit:*"))
    limiter = Limiter(Settings(secret_key=Secret(secrets.token_hex()), limit_failed=5), redis)
    await passes(limiter, "failed", "192.0.2.77")
    (name,) = set(await redis.keys("termijn:limit:*")) - before
    assert b"192.0.2" not in name
    assert 0 < await redis.ttl(name) <= 60


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:1"])
async def test_without_redis_each_process_counts_for_itself(url: str | None) -> None:
    settings = Settings(secret_key=Secret(secrets.token_hex()), limit_link=3)
    client: Redis | None = Redis.from_url(url) if url is not None else None
    for _ in range(2):
        limiter = Limiter(settings, client)
        assert [await passes(limiter, "link") for _ in range(5)] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "no address", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
    ],
)
def test_only_a_trusted_proxy_says_who_asks(peer: str, forwarded: str | None, address: str) -> None:
    settings = Settings(secret_key=Secret("s" * 32), trusted_proxies=(ip_network("10.0.0.0/8"),))
    assert Limiter(settings, None).address_of(scope(peer, forwarded)) == address


def test_the_limits_are_set_unless_they_are_off() -> None:
    plain = Settings.load({}, ())
    assert {name: getattr(plain, name) for name in LIMITS} == LIMITS
    given = Settings.load({"TERMIJN_LIMIT_KEY": "off", "TERMIJN_LIMIT_LINK": "3", "TERMIJN_HOSTS": "a.internal, B"}, ())
    assert (given.limit_key, given.limit_link, given.hosts) == (None, 3, ("a.internal", "b"))
    for name, text in (("LIMIT_KEY", "0"), ("LIMIT_PAGE", "many"), ("TRUSTED_PROXIES", "x"), ("HOSTS", "a:1")):
        with pytest.raises(BadInput, match=f"TERMIJN_{name} is malformed"):
            Settings.load({f"TERMIJN_{name}": text}, ())


async def test_what_is_too_much_is_answered_so(world: World, settings: Settings, reused: Reused) -> None:
    del world
    limited = msgspec.structs.replace(
        settings, limit_failed=2, limit_key=5, limit_inbound=1, limit_link=2, limit_page=2, hosts=("termijn.internal",)
    )
    async with serving(limited, reused.served) as api:
        acme = await api.made("processors", ACME)
        wrong = [await api.get("terms", key="tmj_x") for _ in range(3)]
        assert [one.status_code for one in wrong] == [401, 401, 429]
        assert wrong[2].json()["type"] == "/problems/too-many"
        assert (await api.get("terms")).status_code == 200, "a good key is served all the same"

        mail: dict[str, Any] = {
            "content": b"From: a@b.example\r\n\r\nHello",
            "headers": {"Content-Type": "message/rfc822"},
        }
        key = await api.key(acme["id"], "manager")
        posted = [await api.call("POST", "inbound", key=key, **mail) for _ in range(2)]
        assert [one.status_code for one in posted] == [201, 429]
        assert posted[0].headers["RateLimit-Policy"] == '"key";q=5;w=60, "inbound";q=1;w=60'
        assert posted[0].headers["RateLimit"].startswith('"key";r=4;t=')
        assert [(await api.get("terms")).status_code for _ in range(3)] == [200, 200, 429]

        pages = [await api.client.get(f"/n/{TOKEN}") for _ in range(3)]
        assert [one.status_code for one in pages] == [404, 404, 429]
        assert "Te veel tegelijk" in pages[2].text
        posts = [await api.client.post(f"/n/{TOKEN}", data={"answer": "object"}) for _ in range(3)]
        assert [one.status_code for one in posts] == [404, 404, 429]
        assert int(posts[2].headers["Retry-After"]) > 0
        broken = [await api.client.post(f"/n/{TOKEN}", json={}) for _ in range(4)]
        assert [one.status_code for one in broken] == [415, 415, 415, 429], "what is no form is counted apart"

        for host, status in (
            ("termijn.test", 200), ("TERMIJN.test:8400", 200), ("termijn.internal", 200), ("127.0.0.1:1", 200),
            ("[::1]:8400", 200), ("localhost", 200), ("evil.example", 400), ("", 400), ("127.0.0.1.evil.example", 400),
        ):  # fmt: skip
            assert (await api.client.get("/docs/openapi.json", headers={"Host": host})).status_code == status, host
        assert (await api.client.get("/health/live", headers={"Host": "10.1.2.3"})).status_code == 200
        assert (await api.client.get("/dev/mailbox", headers={"Host": "termijn.test"})).status_code == 404
        assert (await api.client.get("/dev/mailbox", headers={"Host": "localhost"})).status_code == 200
