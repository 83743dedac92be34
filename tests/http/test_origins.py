"""Whose pages may post: told by what a browser sends beside a form."""

import pytest
from litestar.types import Scope

from service.http.origins import from_elsewhere
from service.settings import Settings


def asked(host: str, **said: str) -> Scope:
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": host, **said}.items()]
    return {"headers": headers}  # type: ignore[return-value]  # what else a scope has is not looked at


@pytest.mark.parametrize(
    ("host", "said", "elsewhere"),
    [
        ("dpa.example", {}, False),
        ("dpa.example", {"origin": "https://dpa.example"}, False),
        ("dpa.example:443", {"origin": "https://DPA.example"}, False),
        ("inner:8000", {"origin": "https://dpa.example"}, False),
        ("inner:8000", {"origin": "https://other.example"}, False),
        ("localhost:8000", {"origin": "http://localhost:8000"}, False),
        ("localhost:8000", {"origin": "http://localhost:8001"}, True),
        ("dpa.example", {"origin": "http://dpa.example"}, True),
        ("dpa.example", {"origin": "https://dpa.example:8443"}, True),
        ("dpa.example", {"origin": "https://dpa.example.evil.example"}, True),
        ("dpa.example", {"origin": "https://evil.example"}, True),
        ("dpa.example", {"origin": "https://evil.example", "sec_fetch_site": "same-origin"}, True),
        ("dpa.example", {"origin": ""}, True),
        ("dpa.example", {"origin": "null"}, False),
        ("dpa.example", {"origin": "null", "sec_fetch_site": "none"}, False),
        ("dpa.example", {"origin": "null", "sec_fetch_site": "cross-site"}, True),
        ("dpa.example", {"origin": "null", "sec_fetch_site": "same-origin"}, False),
        ("dpa.example", {"sec_fetch_site": "same-origin"}, False),
        ("dpa.example", {"sec_fetch_site": "same-site"}, True),
        ("dpa.example", {"sec_fetch_site": "cross-site", "origin": "https://dpa.example"}, True),
    ],
)
def test_a_post_is_ours_where_all_that_the_browser_says_is_so(host: str, said: dict[str, str], elsewhere: bool) -> None:
    settings = Settings(base_url="https://dpa.example", hosts=("other.example",))
    assert from_elsewhere(asked(host, **said), settings) is elsewhere
