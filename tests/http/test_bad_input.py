"""The list of `Bad input: never a 5xx, always problem+json`, sent to a create, an action and a read."""

from typing import Any

import pytest
import pytest_asyncio

from tests.http.conftest import ACME, Api

JSON = {"Content-Type": "application/json"}
ID = "0195d0c0-7e52-7000-8000-7465726d696a"
FULL_WIDTH = "".join(chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in ID)


@pytest.fixture(scope="module")
def api(steady: Api) -> Api:
    return steady


@pytest_asyncio.fixture
async def acme(api: Api) -> Any:
    return (await api.get("processors")).json()["items"][0]


def body(name: str) -> bytes:
    """A processor whose name is this JSON."""
    return b'{"country":"NL","timezone":"UTC","language":"nl","terms":"contict","name":' + name.encode() + b"}"


BODIES: dict[str, bytes] = {
    "20,000 deep": b"[" * 20_000 + b"]" * 20_000,
    "20,000 deep in a field": body("[" * 20_000 + "]" * 20_000),
    "51 deep": body("[" * 51 + "]" * 51),
    "invalid UTF-8": body('"x"').replace(b'"x"', b'"\xff\xfe"'),
    "overlong UTF-8": body('"x"').replace(b'"x"', b'"\xc0\xaf"'),
    "UTF-16": body('"x"').decode().encode("utf-16"),
    "NUL in text": body('"a\\u0000b"'),
    "NUL in a name": body('"x","a\\u0000":1').replace(b'"name"', b'"name"'),
    "lone surrogate": body('"\\ud800"'),
    "lone surrogate as a name": body('"x","\\udc00":1'),
    "duplicate keys": body('"x","name":"y"'),
    "duplicate unknown keys": body('"x","z":1,"z":2'),
    "unknown field": body('"x","colour":"red"'),
    "mass-assigned version": body('"x","version":1'),
    "mass-assigned actor": body('"x","actor":"admin"'),
    "mass-assigned state": body('"x","state":"current"'),
    "a number": body("1"),
    "5,000 digits": body("9" * 5_000),
    "a negative of 5,000 digits": body("-" + "9" * 5_000),
    "NaN": body("NaN"),
    "Infinity": body("-Infinity"),
    "1e400": body("1e400"),
    "empty array": b"[]",
    "null": b"null",
    "a string": b'"x"',
    "BOM": b"\xef\xbb\xbf" + body('"x"'),
    "trailing bytes": body('"x"') + b"x",
    "two values": body('"x"') + b"{}",
    "cut off": body('"x"')[:-1],
    "single quotes": b"{'name': 'x'}",
    "spaces alone": b"   ",
    "nothing": b"",
    "a boolean as text": body("true"),
    "text as a boolean": body('"x","public":"true"'),
    "one as a boolean": body('"x","public":1'),
    "a name of 60 kB": body('"' + "n" * 60_000 + '"'),
    "blank name": body('" "'),
}


def is_problem(answer: Any, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    assert said["type"].startswith("/problems/")
    assert said["title"]
    assert said["detail"]
    if answer.status_code == 400:
        assert "errors" in said


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_cannot_be_read(api: Api, name: str) -> None:
    is_problem(await api.call("POST", "processors", content=BODIES[name], headers=JSON), 400)
    assert len((await api.get("processors?limit=2")).json()["items"]) == 1


@pytest.mark.parametrize("size", [64 * 1024 + 1, 11_000_000])
async def test_a_body_that_is_too_large(api: Api, size: int) -> None:
    content = body('"' + "n" * size + '"')
    is_problem(await api.call("POST", "processors", content=content, headers=JSON), 413)

    async def unannounced() -> Any:
        for start in range(0, len(content), 60_000):
            yield content[start : start + 60_000]

    is_problem(await api.call("POST", "processors", content=unannounced(), headers=JSON), 413)


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/msgpack",
        "application/x-msgpack",
        "application/json; charset=utf-16",
        "application/jsonx",
        "",
    ],
)
async def test_a_body_of_another_kind(api: Api, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    is_problem(await api.call("POST", "processors", content=body('"x"'), headers=headers), 415)


@pytest.mark.parametrize(
    "value",
    [
        '"2026-03-02T09:00:00"',
        '"0000-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59-23:59"',
        '"0001-01-01T00:00:00+23:59"',
        '"9991-01-01T00:00:00Z"',
        '"1969-12-31T23:59:59Z"',
        '"2026-02-30T00:00:00Z"',
        '"2026-03-02"',
        "1e18",
        "1000000000000000000",
        "1772442000",
        "true",
        "null",
        '""',
        '"２０２６-03-02T09:00:00Z"',
    ],
)
async def test_an_instant_that_is_none(api: Api, value: str) -> None:
    content = f'{{"now":{value}}}'.encode()
    is_problem(await api.call("PUT", "clock", content=content, headers=JSON), 400)


@pytest.mark.parametrize(
    "id",
    [
        "-1",
        "1",
        FULL_WIDTH,
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        ID.replace("-", ""),
        "%00",
        f"{ID}%00",
        "..%2F..%2Fetc",
        "%2F",
        "%ff",
        "%F0%9F%93%9E",
        "x" * 9_000,
        "'; drop table processor; --",
    ],
)
async def test_an_id_that_is_none(api: Api, acme: Any, id: str) -> None:
    for path in (f"processors/{id}", f"processors/{id}/keys", f"terms/{id}"):
        is_problem(await api.get(path), 404)


@pytest.mark.parametrize("id", ["-1", "+1", "01", "1.0", "1e3", "１", "9" * 19, "9" * 5_000, "0x1", "1%00"])
async def test_a_number_that_is_none(api: Api, id: str) -> None:
    is_problem(await api.get(f"events/{id}"), 404)


async def test_paths_that_lead_nowhere(api: Api) -> None:
    for path in ("/api", "/api/v1", "/api/v2/processors", "/api//processors", "/%00", "/n", "/api/v1/processors/x/y"):
        is_problem(await api.get(path), 404)


@pytest.mark.parametrize("method", ["TRACE", "DELETE", "PUT", "PROPFIND", "X" * 50])
async def test_methods_that_are_not_for_this(api: Api, method: str) -> None:
    answer = await api.call(method, "processors")
    is_problem(answer, 405)
    assert {"GET", "POST", "HEAD"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


@pytest.mark.parametrize("host", ["evil.example", "termijn.test:99999", "[::1]", "", "a b", "x" * 300, "127.0.0.1"])
async def test_any_host_is_answered(api: Api, host: str) -> None:
    answer = await api.get("terms", headers={"Host": host})
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        is_problem(answer, 400)


async def test_forwarded_headers_change_nothing(api: Api) -> None:
    forged = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
    answer = await api.get("terms/contict", headers=forged)
    assert answer.status_code == 200
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("key", ["", "x" * 256, "x" * 10_000, "a\tb", "é", "\x7f"])
async def test_an_idempotency_key_that_is_none(api: Api, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    is_problem(await api.call("POST", "processors", json=ACME, headers=headers), 400)


@pytest.mark.parametrize("tag", ["1", '"1', "W/1", '"1" "2"', ",", "", '"1",,"2"', "x" * 5_000])
async def test_an_if_match_that_is_none(api: Api, acme: Any, tag: str) -> None:
    answer = await api.call("PATCH", f"processors/{acme['id']}", json={}, headers={"If-Match": tag})
    is_problem(answer, 400)


@pytest.mark.parametrize("tag", ['W/"1"', '"2"', '"0"', '"x"', '"1.0"', '""', '"999999999999999999999"', '"-1"'])
async def test_an_if_match_that_is_stale_or_weak(api: Api, acme: Any, tag: str) -> None:
    answer = await api.call("PATCH", f"processors/{acme['id']}", json={}, headers={"If-Match": tag})
    is_problem(answer, 412)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=1e2",
        "limit=x",
        "limit=",
        "limit=٣",
        "limit=1&limit=2",
        "cursor=x",
        "cursor=",
        "cursor=-1",
        "cursor=" + "A" * 700,
        "cursor=" + "A" * 44,
        "cursor=%00",
        "slug=%00",
        "slug=" + "x" * 600,
        "colour=red",
        "%ff=%ff",
        "&".join(f"a{n}=1" for n in range(60)),
    ],
)
async def test_a_query_that_cannot_be_used(api: Api, query: str) -> None:
    is_problem(await api.get(f"processors?{query}"), 400)


@pytest.mark.parametrize("named", ["x", "", FULL_WIDTH, "*", ID + "0"])
async def test_a_processor_header_that_is_no_id(api: Api, acme: Any, named: str) -> None:
    is_problem(await api.get("terms", headers={"Termijn-Processor": named.encode()}), 400)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer tmj_", "Bearer x", "bearer tmj_é", "Bearer " + "x" * 9_000],
)
async def test_an_authorization_that_is_none(api: Api, authorization: str) -> None:
    headers = [(b"Authorization", authorization.encode("latin-1"))]
    answer = await api.client.get("/api/v1/terms", headers=headers)
    is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="termijn"'
