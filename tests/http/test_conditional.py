import pytest

from service.http.conditional import IfMatch, etag, none_match, parse_if_match
from tests.http.conftest import Api
from workflows.errors import BadInput, StaleVersion


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        (None, None),
        ("*", None),
        (" * ", None),
        ('"7"', (7,)),
        ('"7", "8"', (7, 8)),
        ('"7","x", W/"9"', (7,)),
        ('W/"7"', ()),
        ('"abc"', ()),
        ('"07"', ()),
    ],
)
def test_if_match_is_read(header: str | None, versions: tuple[int, ...] | None) -> None:
    assert parse_if_match(header) == IfMatch(versions)


@pytest.mark.parametrize("header", ["", "7", '"7', '"7" "8"', "*,*", '"7",', "W/7"])
def test_what_is_no_list_of_tags_is_refused(header: str) -> None:
    with pytest.raises(BadInput):
        parse_if_match(header)


def test_a_version_is_picked_or_stale() -> None:
    assert IfMatch().pick(3) is None
    assert IfMatch((2, 3)).pick(3) == 3
    for versions in ((), (2,)):
        with pytest.raises(StaleVersion):
            IfMatch(versions).pick(3)


@pytest.mark.parametrize(
    ("header", "whole"),
    [(None, True), ("*", False), ('"7"', False), ('W/"7"', False), ('"6", "7"', False), ('"6"', True), ("7", True)],
)
def test_a_reader_gets_the_whole_unless_its_copy_is_current(header: str | None, whole: bool) -> None:
    assert none_match(header, etag(7)) is whole


async def test_etags_over_http(api: Api, acme: dict[str, str]) -> None:
    at = f"processors/{acme['id']}"
    read = await api.get(at)
    assert read.headers["ETag"] == '"1"'
    unchanged = await api.get(at, headers={"If-None-Match": '"1"'})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", '"1"')

    def change(tag: str) -> dict[str, str]:
        return {"If-Match": tag}

    assert (await api.call("PATCH", at, json={"name": "B"}, headers=change('"1"'))).headers["ETag"] == '"2"'
    stale = await api.call("PATCH", at, json={"name": "C"}, headers=change('"1"'))
    assert stale.status_code == 412
    assert stale.json()["type"] == "/problems/stale-version"
    for version, tag in ((3, '"1", "2"'), (4, "*")):
        answer = await api.call("PATCH", at, json={"name": "C"}, headers=change(tag))
        assert answer.headers["ETag"] == f'"{version}"'
    assert (await api.call("PATCH", at, json={"name": "D"})).headers["ETag"] == '"5"'
    assert (await api.get(at, headers={"If-None-Match": '"1"'})).status_code == 200


async def test_if_match_on_what_is_not_there_is_not_found(api: Api, acme: dict[str, str]) -> None:
    path = "processors/0195d0c0-7e52-7000-8000-7465726d696a"
    assert (await api.call("PATCH", path, json={}, headers={"If-Match": '"1"'})).status_code == 404
