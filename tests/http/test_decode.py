from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from service.http.decode import Incomplete, Instant, Name, Text, read_json, require_json, shaped, shaped_or_incomplete
from workflows.errors import BadInput


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    on: date | None = None
    at: datetime | None = None
    count: int = 0


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name = "x"
    text: Text = ""
    at: Instant | None = None
    inner: tuple[Inner, ...] = ()
    facts: dict[str, Any] = {}
    share: float = 0.0


class Loose(msgspec.Struct, frozen=True):
    name: str = ""


def parse(raw: bytes, shape: type[Any]) -> Any:
    return shaped(read_json(raw), shape)


def wrong(raw: bytes) -> tuple[str, str]:
    with pytest.raises(BadInput) as caught:
        parse(raw, Shape)
    (problem,) = caught.value.problems
    return problem.path, problem.message


def test_what_is_well_formed_is_read() -> None:
    raw = '{"name":"Ünï","at":"2026-03-02T10:00:00+01:00","inner":[{"count":-3}],"share":1e-3}'.encode()
    assert parse(raw, Shape) == Shape(
        name="Ünï", at=datetime(2026, 3, 2, 9, tzinfo=UTC), inner=(Inner(count=-3),), share=0.001
    )
    assert read_json(b"[" * 50 + b"]" * 50)


@pytest.mark.parametrize(
    ("raw", "path", "said"),
    [
        (b'{"inner":[{"count":1.0}]}', "inner[0].count", "expected `int`, got `float`"),
        (b'{"inner":[{"count":"1"}]}', "inner[0].count", "expected `int`, got `str`"),
        (b'{"inner":[{"count":true}]}', "inner[0].count", "expected `int`, got `bool`"),
        (b'{"inner":[{"x":1}]}', "inner[0].x", "is not known here"),
        (b'{"inner":[{"at":"2026-03-02T10:00:00"}]}', "inner[0].at", "needs its offset"),
        (b'{"inner":[{"on":"9999-01-01"}]}', "inner[0].on", "outside 1970 to 9990"),
        (b'{"at":"9999-12-31T23:59:59-23:59"}', "at", "outside 1970 to 9990"),
        (b'{"name":"a\\nb"}', "name", "one line of text"),
        (b'{"name":"a\\n"}', "name", "one line of text"),
        (b'{"name":"a\\u2028b"}', "name", "one line of text"),
        (b'{"name":""}', "name", "length >= 1"),
        (b'{"facts":{"a":{"b":["\\u0000"]}}}', "facts.a.b[0]", "NUL"),
        (b'{"facts":{"a":"\\udfff"}}', "facts.a", "surrogate"),
        (b'{"facts":{"a":1,"a":2}}', "a", "is given twice"),
        (b'{"share":1e999}', "", "too large"),
        (b'{"inner":[{"count":123456789012345678901}]}', "", "more than 20 digits"),
        (b"[1,2]", "", "expected `object`, got `array`"),
    ],
)
def test_what_is_not_is_told_with_its_place(raw: bytes, path: str, said: str) -> None:
    found, message = wrong(raw)
    assert found == path
    assert said in message


def test_every_unknown_field_is_named_also_where_a_shape_would_let_it_pass() -> None:
    with pytest.raises(BadInput) as caught:
        shaped({"name": "x", "version": 1, "actor": "y"}, Loose)
    assert [one.path for one in caught.value.problems] == ["version", "actor"]


class Within(msgspec.Struct):
    name: str


class Needy(msgspec.Struct, forbid_unknown_fields=True):
    who: str
    when: int
    within: tuple[Within, ...] | None = None


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        shaped({"within": [{"name": "x"}, {}], "more": 1}, Needy)
    told = [(one.path, one.message.partition(":")[0]) for one in caught.value.problems]
    missing = [("who", "is required"), ("when", "is required"), ("within[1].name", "is required")]
    assert told == [("more", "is not known here"), *missing]
    found = shaped_or_incomplete({"who": "Kim"}, Needy)
    assert isinstance(found, Incomplete)
    assert [one.path for one in found.missing] == ["when"]
    with pytest.raises(BadInput):
        shaped_or_incomplete({"who": "Kim", "more": 1}, Needy)


def test_a_text_is_bounded() -> None:
    assert parse(b'{"text":"' + b"x" * 10_000 + b'"}', Shape).text == "x" * 10_000
    assert wrong(b'{"facts":{"a":"' + b"x" * 10_001 + b'"}}')[0] == "facts.a"


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_is_taken_as_json(kind: str) -> None:
    require_json(kind)


@pytest.mark.parametrize("end", ["Z", "+01:00"])
def test_digits_beyond_the_microsecond_are_dropped_and_never_rounded_up(end: str) -> None:
    last = f"2026-03-31T23:59:59.9999996{end}"
    found = parse(msgspec.json.encode({"at": last, "text": last, "inner": [{"at": last}]}), Shape)
    assert (found.at.second, found.at.microsecond, found.inner[0].at) == (59, 999_999, found.at)
    assert found.text == last, "words stay as they are"
