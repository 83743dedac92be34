"""One body holds up nobody else's request."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from service.beside import Beside
from tests.http.conftest import Api
from workflows.errors import BadInput, Problem, Unavailable
from workflows.terms.load import LARGEST, library, parse_toml, to_document

BLOCKED: float = 0.1
"""Seconds of CPU time in one go: what all other requests wait for on a machine as fast as this."""


@pytest.fixture
async def beside() -> AsyncIterator[Beside]:
    made = Beside(seconds=1)
    yield made
    await made.close()


async def test_what_takes_too_long_is_ended_and_the_next_is_read(beside: Beside) -> None:
    assert await beside.run(len, b"abc") == 3
    with pytest.raises(BadInput, match="too long to be read"):
        await beside.run(sum, range(10**12))
    with pytest.raises(BadInput, match="too long to be read"):
        await beside.run(bytes, 2**40)
    with pytest.raises(BadInput) as refused:
        await beside.run(parse_toml, b"\xff", "x")
    assert refused.value.problems == (Problem("x: line 1, column 1", "is not UTF-8: save the file as UTF-8"),)
    assert await beside.run(len, b"abcd") == 4


async def test_what_waits_for_others_is_to_be_sent_again_and_is_not_called_wrong() -> None:
    beside = Beside(seconds=0.05)
    with pytest.raises(Unavailable):
        await beside.run(time.sleep, 60)
    await beside.close()


async def longest_hold(work: Awaitable[Any]) -> tuple[Any, float]:
    """What it gives, and for how long at most others were kept waiting: in CPU time of the process, for a thread that
    keeps the interpreter to itself keeps the loop waiting too."""
    task = asyncio.ensure_future(work)
    longest, before = 0.0, time.process_time()
    while not task.done():
        await asyncio.sleep(0)
        longest, before = max(longest, time.process_time() - before), time.process_time()
    return await task, longest


async def least_hold(work: Callable[[], Awaitable[Any]]) -> tuple[Any, float]:
    """As `longest_hold`, the least of three times where the first was long: what else this process does meanwhile, as
    its collector of cycles, is no part of it."""
    answer, least = await longest_hold(work())
    for _ in range(2):
        if least > BLOCKED:
            least = min(least, (await longest_hold(work()))[1])
    return answer, least


def many(piece: bytes, times: int) -> bytes:
    return b"".join(piece % number for number in range(times))


def nested(size: int, depth: int) -> bytes:
    heads = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return heads + b"\r\n" + b"x\n" * (size // 2)


TOML = "application/toml"
JSON = "application/json"
MAIL = "message/rfc822"
COSTLY: dict[str, tuple[str, str, bytes, int]] = {
    "a key of 120,000 names": ("terms", TOML, b"a." * 120_000 + b"a=1", 400),
    "one hidden behind quotes": ("terms", TOML, b'a=[{k="""x"""", ' + b"b." * 100_000 + b"b=1}]", 400),
    "names below a deep table": ("terms", TOML, b"[a.b.c.d.e.f.g.h.i.j.k.l.m]\n" + many(b"k%x=1\n", 25_000), 400),
    "a list of 100,000": ("terms", JSON, b'{"services":[' + b"1," * 100_000 + b"1]}", 400),
    "names given twice": ("processors", JSON, b'{"a":1,' + many(b'"%x":1,', 6_000) + b'"a":1}', 400),
    "parts in parts": ("inbound", MAIL, nested(600_000, 8), 201),
    "60,000 parts": (
        "inbound",
        MAIL,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx" * 60_000,
        201,
    ),
    "forty years of working days": (
        "terms/mms-solutions/due",
        JSON,
        b'{"rule":"end.erasure","at":"2900-01-01T00:00:00Z","facts":{"end.erasure":"P9999WD"}}',
        200,
    ),
    "a list of 1,500 customers": (
        "imports?terms=stkkr&dry_run=true",
        "text/csv",
        b"country,language,customer_name,main_contract_reference,main_contract_starts_on,contact_name,contact_email\n"
        + many(b"NL,nl,Gemeente %x,R-1,2026-01-01,Jan de Vries,jan@gemeente.example\n", 1_500),
        200,
    ),
    "long parameters": ("inbound", MAIL, b"Content-Disposition: x" + many(b";a*%d=b", 60_000) + b"\r\n\r\nx", 201),
}


async def test_a_costly_body_holds_up_nobody(api: Api, acme: Any) -> None:
    del acme
    held: dict[str, float] = {}
    await api.app.state.parts.beside.run(len, b"")  # starting it is not what is measured
    for name, (path, kind, body, status) in COSTLY.items():
        answer, held[name] = await least_hold(
            partial(api.call, "POST", path, content=body, headers={"Content-Type": kind})
        )
        assert answer.status_code == status, (name, answer.text[:300])
    assert {name: f"{took:.2f} s" for name, took in held.items() if took > BLOCKED} == {}


async def test_a_form_full_of_marks_holds_up_nobody(api: Api, acme: Any) -> None:
    del acme
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for marks in ("\u0300\u0316", "\u0f73"):
        body = b"answer=object&grounds=a" + marks.encode() * (120_000 // len(marks.encode()))
        for path in ("/n/" + "z" * 43, "/board/in"):
            answer, held = await least_hold(partial(api.client.post, path, content=body, headers=form))
            assert answer.status_code in (303, 403, 404, 422), (path, answer.status_code)
            assert held < BLOCKED, (path, marks)


def test_keys_of_terms_are_not_deep() -> None:
    for terms in library().values():
        assert len(str(to_document(terms))) < LARGEST
    with pytest.raises(BadInput, match="line 2, column 63: has a key that is nested too deeply"):
        parse_toml("id = 'a.b'\n" + "a . " * 20 + "a = 1", "x")
    with pytest.raises(BadInput, match="is not a key of a terms file"):
        parse_toml("x = '" + "a." * 50 + "' # " + "a." * 50, "x")
