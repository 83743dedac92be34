"""Logs for programs: an object a line, with the request and the subject that it is about."""

import json
import logging
from typing import Any

import pytest

from service.logs import as_json, within
from tests.resources.conftest import Desk, desk

__all__ = ["desk"]


class JsonLines(logging.Handler):
    """What would stand on standard error."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(as_json())
        self.lines: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        assert "\n" not in text
        self.lines.append(json.loads(text))


@pytest.fixture
def kept() -> Any:
    handler = JsonLines()
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


async def test_a_line_names_request_and_subject(desk: Desk, kept: JsonLines) -> None:
    agreement = await desk.agreement()
    kept.lines.clear()
    answer = await desk.api.get(f"agreements/{agreement['id']}")
    [line] = [one for one in kept.lines if one["logger"] == "termijn.access"]
    assert line["request"] == answer.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/agreements/{id}", 200)
    assert (line["subject"], line["level"]) == (agreement["id"], "info")
    assert line["at"].endswith("Z")
    assert line["message"].startswith("GET /api/v1/agreements/")
    another = await desk.api.get("terms", headers={"X-Request-Id": "mine"})
    assert another.headers["x-request-id"] not in ("mine", answer.headers["x-request-id"])


async def test_what_is_written_meanwhile_is_about_the_same(
    desk: Desk, kept: JsonLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours, amid a write: the log says amid which."""
    agreement = await desk.agreement()

    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("workflows.engine.engine.write", broken)
    kept.lines.clear()
    answer = await desk.api.call("PATCH", f"agreements/{agreement['id']}", json={"external_id": "A-1"})
    assert answer.status_code == 500
    [wrong] = [one for one in kept.lines if one["level"] == "error"]
    assert (wrong["request"], wrong["subject"]) == (answer.headers["x-request-id"], agreement["id"])
    assert "ZeroDivisionError" in wrong["message"]


def test_nothing_is_left_over_from_another(kept: JsonLines) -> None:
    with within(request="one"):
        logging.getLogger("a").info("in")
    logging.getLogger("a").info("out")
    assert [one.get("request") for one in kept.lines] == ["one", None]
