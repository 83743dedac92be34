"""Signing in by OpenID Connect (Core 1.0, 3.1: the authorisation code, with PKCE): who somebody is, as a provider says.

Authlib checks what the provider signed, and joserfc the signature. Somebody is let in by an address that the provider
has verified, and only where there is a user with it: nobody is made by signing in.
"""

import secrets
import ssl
import time
from functools import cache
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from service.people.sessions import FRESH
from service.settings import Secret, Settings

TIMEOUT: Final = 10.0
"""Seconds for each answer of the provider."""
_KEPT: Final = 3_600.0
"""Seconds for which what the provider says of itself, and its keys, are not asked again."""
_LEEWAY: Final = 60
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Of signatures with a key of the provider's own: never with a secret that it shares with us, and never none."""


class ProviderError(Exception):
    """The provider does not answer, or what it answers does not say who it is; the words hold nobody's data."""


class Attempt(msgspec.Struct, frozen=True):
    """What the browser keeps while it is at the provider; `again` where somebody has to prove anew who they are."""

    state: str
    nonce: str
    verifier: str
    back: str
    again: bool

    @classmethod
    def new(cls, back: str, *, again: bool) -> "Attempt":
        """Three secrets that nobody knew before."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, back, again)


class Proven(msgspec.Struct, frozen=True):
    """A verified address, and the second (Unix time) at which its holder proved to be it; None where nobody says."""

    email: str
    at: float | None


class Provider:
    """The one provider of a deployment."""

    def __init__(self, issuer: str, client_id: str, client_secret: Secret, base_url: str) -> None:
        self._issuer = issuer
        self._id = client_id
        self._secret = client_secret
        self._redirect = f"{base_url}/board/in/oidc/back"
        self._kept: dict[str, tuple[float, Any]] = {}

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        """The provider that the settings name."""
        if not settings.oidc_issuer:
            return None
        return cls(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.base_url)

    @property
    def host(self) -> str:
        """What the provider is called on our page."""
        return urlsplit(self._issuer).hostname or self._issuer

    async def ask(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in. Raises ProviderError."""
        about = await self._about()
        asked = {
            "response_type": "code",
            "client_id": self._id,
            "redirect_uri": self._redirect,
            "scope": "openid email",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        if attempt.again:
            asked |= {"prompt": "login", "max_age": str(int(FRESH.total_seconds()))}
        where = _text(about, "authorization_endpoint")
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    async def prove(self, attempt: Attempt, code: str, issuer: str) -> Proven:
        """Who came back with a code; `issuer` is the one that the browser names (RFC 9207), empty where it names none.

        Raises ProviderError.
        """
        if issuer and issuer != self._issuer:
            raise ProviderError("another provider answered")
        answer = await self._exchange(attempt, code)
        token = _text(answer, "id_token")
        claims = await self._checked(token, attempt, str(answer.get("access_token", "")))
        email, at = claims.get("email"), claims.get("auth_time")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise ProviderError("the provider does not say that the address is verified")
        if attempt.again and (at is None or time.time() - at > FRESH.total_seconds() + _LEEWAY):
            raise ProviderError("the provider did not ask for a sign-in of this moment")
        return Proven(email, float(at) if at is not None else None)

    async def _exchange(self, attempt: Attempt, code: str) -> Any:
        about = await self._about()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": attempt.verifier,
        }
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in ways
        if not basic:
            form |= {"client_id": self._id, "client_secret": self._secret}
        auth = httpx.BasicAuth(quote(self._id, safe=""), quote(self._secret, safe="")) if basic else None
        return await _fetched("POST", _text(about, "token_endpoint"), data=form, auth=auth)

    async def _checked(self, token: str, attempt: Attempt, access_token: str) -> Any:
        """The claims of an ID token that is the provider's, for us, of this attempt and of now."""
        about = await self._about()
        said = about.get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(algorithms=[one for one in _ALGORITHMS if one in said])
        options: Any = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._id},
        }
        params = {"nonce": attempt.nonce, "client_id": self._id, "access_token": access_token}
        if attempt.again:
            params["max_age"] = str(int(FRESH.total_seconds()))
        for tried, jwks in ((False, await self._keys()), (True, None)):
            try:
                keys = KeySet.import_key_set(jwks if jwks is not None else await self._keys(anew=True))
                decoded = jwt.decode(token, key=keys, registry=registry)
                claims = CodeIDToken(decoded.claims, decoded.header, options, params)
                claims.validate(leeway=_LEEWAY)
                return claims
            except (JoseError, ValueError, KeyError, TypeError) as error:
                if tried:  # its keys may have changed since they were kept
                    raise ProviderError(f"the ID token does not hold: {type(error).__name__}") from None
        raise AssertionError("one of two tries ends it")

    async def _about(self) -> Any:
        found = await self._once(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer:
            raise ProviderError("the provider calls itself otherwise than TERMIJN_OIDC_ISSUER")
        return found

    async def _keys(self, *, anew: bool = False) -> Any:
        return await self._once(_text(await self._about(), "jwks_uri"), anew=anew)

    async def _once(self, url: str, *, anew: bool = False) -> Any:
        kept = self._kept.get(url)
        if kept is not None and time.monotonic() < kept[0] and not anew:
            return kept[1]
        found = await _fetched("GET", url)
        self._kept[url] = (time.monotonic() + _KEPT, found)
        return found


@cache
def _trust() -> ssl.SSLContext:
    """To read the certificates takes longer than to sign somebody in."""
    return httpx.create_ssl_context()


async def _fetched(method: str, url: str, **more: Any) -> Any:
    """An answer in JSON, an object. Redirects are not followed: they would carry our secret elsewhere."""
    try:
        async with httpx.AsyncClient(verify=_trust(), timeout=TIMEOUT, follow_redirects=False) as client:
            answer = await client.request(method, url, **more)
        found = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderError(f"the provider does not answer: {type(error).__name__}") from None
    if answer.status_code != 200 or not isinstance(found, dict):
        raise ProviderError(f"the provider answers {answer.status_code}")
    return found


def _text(found: Any, name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise ProviderError(f"the provider says no {name}")
    return value
