"""A small provider of OpenID Connect on this machine, which does as it is told."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "termijn"
SECRET = "a secret/with+odd characters"
KEY = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Provider:
    """Its answers, as an ASGI application; `claims` replace those of an honest ID token, `key` signs it."""

    issuer: str = ""
    email: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    jwks: RSAKey = field(default_factory=lambda: KEY)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    down: bool = False

    def allow(self, where: str) -> str:
        """What its page does once somebody has signed in there: the path and query to come back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?code={code}&state={asked['state']}&iss={self.issuer}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status, answer = self._answered(scope["path"], dict(scope["headers"]), parse_qs(body.decode()))
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answered(self, path: str, headers: dict[bytes, bytes], form: dict[str, list[str]]) -> tuple[int, Any]:
        if self.down:
            return 500, {}
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/jwks",
                    "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
                }
            case "/jwks":
                return 200, {"keys": [self.jwks.as_dict(private=False)]}
            case "/token":
                return self._token(headers, {name: values[0] for name, values in form.items()})
        return 404, {}

    def _token(self, headers: dict[bytes, bytes], form: dict[str, str]) -> tuple[int, Any]:
        asked = self.codes.pop(form["code"], None)
        wanted = base64.b64encode(b"termijn:a%20secret%2Fwith%2Bodd%20characters").decode()
        if asked is None or headers[b"authorization"].decode() != f"Basic {wanted}":
            return 400, {"error": "invalid_grant"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"],
            "email": self.email, "email_verified": True, **({"auth_time": now} if "max_age" in asked else {}),
            **self.claims,
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": token}
