"""Tokens are found as people's programs leave them: folded, quoted, wrapped, encoded; and nothing else is touched."""

import base64
import json
import time
from quopri import encodestring
from uuid import UUID

import pytest

from service.evidence.redact import candidates, redacted
from service.links import digest, token_for

TOKEN = token_for("a secret of at least thirty-two bytes, for tests", UUID(int=7), 1)
URL = f"https://dpa.example.org/n/{TOKEN}"
HTML = f'<p>&gt; <a href="{URL}">{URL}</a></p>'


def in_base64(content: str, of: str = "text/html") -> bytes:
    body = base64.encodebytes(content.encode()).replace(b"\n", b"\r\n")
    return f"Content-Type: {of}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + body


SHAPES = {
    "plain": f"> {URL}\r\n".encode(),
    "with a full stop": f"see {URL}. Regards".encode(),
    "quoted-printable": encodestring(HTML.encode()).replace(b"\n", b"\r\n"),
    "broken where it is quoted": f"> {URL[:60]}\r\n> {URL[60:]}\r\nBye".encode(),
    "broken at the slash": f"> {URL[:26]}\r\n>> {URL[26:]}\r\nBye".encode(),
    "a scanner's": f"https://eur.safelinks.example/?url={URL.replace(':', '%3A').replace('/', '%2F')}&data=1".encode(),
    "a scanner's, twice": f"https://x.example/?u={URL.replace(':', '%253A').replace('/', '%252F')}%26d".encode(),
    "a scanner's, bare": f"https://urldefense.example/v3/__{URL}__;!!abc".encode(),
    "base64": in_base64(HTML),
    "a message within": in_base64(in_base64(HTML).decode(), "message/rfc822"),
    "JSON": json.dumps({"text": f"No.\n> {URL[:50]}\n> {URL[50:]}\n"}).encode(),
    "JSON that escapes slashes": json.dumps({"html": HTML}).replace("/", "\\/").encode(),
    "a whole message in JSON": json.dumps({"raw": base64.b64encode(b"x" * 100 + in_base64(HTML)).decode()}).encode(),
    "a form": f"body={URL.replace(':', '%3A').replace('/', '%2F')}&x=1".encode(),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_token_is_covered_wherever_it_stands(name: str) -> None:
    content = SHAPES[name]
    assert digest(TOKEN) in candidates(content)[0]
    hidden, count = redacted(content, {digest(TOKEN)}, set())
    assert count > 0
    assert len(hidden) == len(content)
    assert digest(TOKEN) not in candidates(hidden)[0]
    assert redacted(content, {digest("another")}, set()) == (content, 0)


def test_a_large_attachment_takes_no_long() -> None:
    content = in_base64("".join(chr(33 + (n * n) % 90) for n in range(6_000_000)), "application/zip")
    began = time.process_time()
    candidates(content)
    assert time.process_time() - began < 10
