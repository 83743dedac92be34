"""Signing in by OpenID Connect, with a provider on this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from joserfc.jwk import RSAKey
from msgspec.structs import replace

from service.settings import Secret, Settings
from tests.board.conftest import board_settings
from tests.board.provider import CLIENT, SECRET, Provider
from tests.databases import Database
from tests.pages.conftest import Site
from tests.people import new_user
from tests.world import World
from workflows.errors import BadInput


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    listening = socket.create_server(("127.0.0.1", 0))
    made = Provider(issuer=f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(made, lifespan="off", log_config=None, ws="none"))
    serving = asyncio.create_task(server._serve([listening]))
    yield made
    server.should_exit = True
    await serving


@pytest.fixture
def settings(database: Database, provider: Provider) -> Settings:
    return replace(
        board_settings(database),
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=Secret(SECRET),
    )


async def there(site: Site, query: str = "") -> str:
    """Where the browser is sent."""
    answer = await site.client.get(f"/board/in/oidc{query}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def manager(site: Site, provider: Provider) -> Any:
    user = await new_user(site.app, "manager", await site.world.make_processor())
    provider.email = user.email.upper()
    return user


async def sessions(site: Site) -> int:
    return len(await site.world.rows("select from user_session where ended_at is null"))


async def test_a_verified_address_signs_in(site: Site, provider: Provider) -> None:
    await manager(site, provider)
    assert "Sign in with 127.0.0.1" in (await site.client.get("/board/in")).text
    where = await there(site, "?back=/board/tasks%3Flate%3D1")
    assert where.startswith(f"{provider.issuer}/authorize?response_type=code")
    assert "code_challenge_method=S256" in where
    assert "prompt" not in where
    back = provider.allow(where)
    answer = await site.client.get(back)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "../../../board/tasks?late=1"
    assert (await site.client.get("/board")).status_code == 200
    assert (await site.client.get(back)).status_code == 403, "its code and its cookie are spent"
    assert await sessions(site) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False}, {"email_verified": "true"}, {"email": None}, {"email": "a@b.example, c@d.example"},
        {"nonce": "another"}, {"aud": "another"}, {"iss": "https://another.example"}, {"exp": 1}, {"azp": "another"},
        {"aud": [CLIENT, "another"]},
    ],
)  # fmt: skip
async def test_what_does_not_hold_lets_nobody_in(claims: dict[str, Any], site: Site, provider: Provider) -> None:
    await manager(site, provider)
    provider.claims = claims
    answer = await site.client.get(provider.allow(await there(site)))
    assert answer.status_code == 403
    assert "text/html" in answer.headers["content-type"]
    assert await sessions(site) == 0


async def test_only_the_browser_that_asked_comes_back(site: Site, provider: Provider) -> None:
    await manager(site, provider)
    back = provider.allow(await there(site))
    stranger = httpx.AsyncClient(transport=site.client._transport, base_url=site.client.base_url)
    assert (await stranger.get(back)).status_code == 403
    assert (await site.client.get(back.replace("state=", "state=x"))).status_code == 403
    other = provider.allow(await there(site)).replace(f"iss={provider.issuer}", "iss=https://another.example")
    assert (await site.client.get(other)).status_code == 403
    assert (await site.client.get("/board/in/oidc/back?error=access_denied&state=x")).status_code == 403
    assert await sessions(site) == 0


async def test_another_key_signs_nothing_and_a_new_one_is_fetched(site: Site, provider: Provider) -> None:
    await manager(site, provider)
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert (await site.client.get(provider.allow(await there(site)))).status_code == 403
    provider.jwks = provider.key
    assert (await site.client.get(provider.allow(await there(site)))).status_code == 303


async def test_nobody_is_made_by_signing_in(site: Site, provider: Provider) -> None:
    await site.world.make_processor()
    provider.email = "stranger@acme.example"
    answer = await site.client.get(provider.allow(await there(site)))
    assert (answer.status_code, "stranger@acme.example" in answer.text) == (403, True)
    assert await site.world.rows("select from app_user") == []


async def test_who_works_for_several_says_for_whom(site: Site, provider: Provider) -> None:
    user = await manager(site, provider)
    other = await World(site.world.pools, site.world.engine).make_processor(name="Second")
    await new_user(site.app, "auditor", other, email=user.email)
    answer = await site.client.get(provider.allow(await there(site)))
    assert answer.status_code == 200
    assert "Acme" in answer.text
    assert "Second" in answer.text
    assert await sessions(site) == 0


async def test_once_more_means_a_sign_in_of_this_moment(site: Site, provider: Provider) -> None:
    await manager(site, provider)
    await site.client.get(provider.allow(await there(site)))
    [row] = await site.world.rows("select extract(year from signed_in_at)::int as year from user_session")
    assert row["year"] == 1970, "when nobody says, it is not fresh"
    shown = (await site.client.get("/board/in?again=1")).text
    assert "oidc?back=/board&again=1" in shown.replace("&amp;", "&")
    where = await there(site, "?again=1")
    assert "prompt=login&max_age=900" in where
    provider.claims = {"auth_time": 1_700_000_000}
    assert (await site.client.get(provider.allow(where))).status_code == 403
    provider.claims = {}
    assert (await site.client.get(provider.allow(await there(site, "?again=1")))).status_code == 303
    rows = await site.world.rows(
        "select signed_in_at > now() - interval '1 minute' as fresh from user_session where ended_at is null"
    )
    assert [one["fresh"] for one in rows] == [True]


async def test_a_provider_that_is_away_is_said(site: Site, provider: Provider) -> None:
    await manager(site, provider)
    provider.down = True
    assert (await site.client.get("/board/in/oidc")).status_code == 403


def test_the_three_settings_go_together() -> None:
    with pytest.raises(BadInput, match=r"TERMIJN_OIDC_CLIENT_ID is missing.*TERMIJN_OIDC_CLIENT_SECRET is missing"):
        Settings.load({"TERMIJN_OIDC_ISSUER": "https://login.acme.example"}, ())
    for wrong in ("http://login.acme.example", "login.acme.example", "https://x.example/?a"):
        with pytest.raises(BadInput, match="TERMIJN_OIDC_ISSUER is malformed"):
            Settings.load({"TERMIJN_OIDC_ISSUER": wrong}, ())
