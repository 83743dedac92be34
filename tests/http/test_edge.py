"""What every answer has, and what no log has."""

import contextlib
import logging
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.http.hosts import Hosts
from service.http.middleware import HEADERS, Edge, Metrics, redacted
from service.http.request_context import RequestContext
from service.settings import Settings
from service.up.sink import Sink
from tests.http.conftest import ACME, Api
from workflows.engine.engine import Engine

TOKEN = "SeCrEtToKeN0123456789"


@pytest.mark.parametrize(
    "path",
    ["/health/live", "/metrics", "/docs", "/docs/openapi.json", "/api/v1/terms", "/api/v1/x", "/x", "/dev/mailbox"],
)
async def test_every_answer_has_its_headers(api: Api, path: str) -> None:
    answer = await api.get(path)
    names = {name.decode() for name in HEADERS}
    assert names <= set(answer.headers), names - set(answer.headers)
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"].partition("style-src")[0]
    assert "http:" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("https", "said"), [(True, [b"max-age=31536000; includeSubDomains"]), (False, [])])
async def test_a_service_behind_https_is_asked_for_by_nothing_else(https: bool, said: list[bytes]) -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    edge = Edge(app, Metrics(), Hosts("http://termijn.test", ()), https=https)
    headers = [(b"host", b"termijn.test")]
    scope: Any = {
        "type": "http", "method": "GET", "path": "/health/live", "raw_path": b"/health/live", "query_string": b"",
        "headers": headers, "client": None, "state": {},
    }  # fmt: skip
    await edge(scope, receive, send)
    assert [value for name, value in sent[0]["headers"] if name == b"strict-transport-security"] == said


@pytest.mark.parametrize("path", ["/api/v1/terms", "/health/live", "/docs", "/api/v1/unknown", "/dev/mailbox"])
async def test_head_is_get_without_its_body(api: Api, path: str) -> None:
    whole, head = await api.get(path), await api.call("HEAD", path)
    assert head.status_code == whole.status_code
    assert head.content == b""
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert head.headers["Content-Length"] == str(len(whole.content))


async def test_head_where_nothing_is_read_is_refused(api: Api) -> None:
    answer = await api.call("HEAD", "terms/contict/due")
    assert answer.status_code == 405


async def test_options_says_what_is_allowed_and_needs_no_key(api: Api) -> None:
    answer = await api.client.options("/api/v1/processors")
    assert (answer.status_code, answer.content) == (204, b"")
    assert {"GET", "HEAD", "POST", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
    assert (await api.client.options("/api/v1/unknown")).status_code == 404


def test_paths_are_written_down_without_tokens() -> None:
    for path in (
        f"/n/{TOKEN}",
        f"/p/{TOKEN}",
        f"/N/{TOKEN}/x",
        f"//n/{TOKEN}",
        f"/p/{TOKEN}\nGET /x",
        f"/e/{TOKEN}",
        f"/c/{TOKEN}",
        f"/u/{TOKEN}",
        f"/a/{TOKEN}/text",
        f"/board/in/{TOKEN}",
    ):
        assert TOKEN not in redacted(path)
    assert redacted("/a\nb\x1b[31m") == "/a%0Ab%1B%5B31m"
    assert len(redacted("/" + "x" * 9_000)) < 300


async def test_logs_and_metrics_hold_no_token_and_no_query(
    api: Api, acme: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await api.get(f"/n/{TOKEN}")
        await api.call("POST", f"/p/{TOKEN}", data={"answer": TOKEN})
        await api.get(f"customers?name={TOKEN}")
        await api.get("terms", key=f"tmj_{TOKEN}")
        await api.get(f"processors/{acme['id']}", headers={"Cookie": TOKEN})
    ours = [one for one in caplog.records if one.name.startswith(("termijn", "service", "workflows", "db"))]
    assert len([one for one in ours if one.name == "termijn.access"]) == 5
    assert TOKEN not in "".join(one.getMessage() for one in ours)
    counted = (await api.client.get("/metrics")).text
    assert TOKEN not in counted
    assert acme["id"] not in counted
    assert 'termijn_http_requests_total{method="GET",route="/api/v1/processors/{id}",status="200"} 1.0' in counted


async def test_health_and_depths(api: Api, acme: Any) -> None:
    assert (await api.client.get("/health/live")).json() == {"live": True}
    ready = await api.client.get("/health/ready")
    assert ready.json() == {"ready": True, "checks": {"database": "ok", "migrations": "ok"}}
    counted = (await api.client.get("/metrics")).text
    for name in ("due_timers", "unsent_messages", "open_fan_outs", "parked_subjects"):
        assert f"termijn_{name} 0.0" in counted
    assert "termijn_database_up 1.0" in counted


async def test_health_names_what_is_down(api: Api) -> None:
    await api.app.state.parts.pool.close()
    ready = await api.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"database": "down"}
    assert "database" in ready.json()["detail"]
    assert (await api.client.get("/health/live")).status_code == 200
    assert "termijn_database_up 0.0" in (await api.client.get("/metrics")).text
    answer = await api.get("terms")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


async def test_a_pool_without_a_free_connection_is_told_to_come_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.session.ACQUIRE_SECONDS", 0.01)
    pool = api.app.state.parts.pool
    async with contextlib.AsyncExitStack() as held:
        for _ in range(pool.get_max_size()):
            await held.enter_async_context(pool.acquire())
        for answer in (await api.get("terms"), await api.post("processors", ACME)):
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "1"
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await api.get("terms")).status_code == 200


async def test_a_deadlock_is_tried_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = api.app.state.parts.engine
    create, left = engine.create, [2]

    async def unlucky(*given: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        return await create(*given, **named)

    monkeypatch.setattr(engine, "create", unlucky)
    assert (await api.post("processors", ACME)).status_code == 201
    left[0] = 3
    assert (await api.post("processors", {**ACME, "name": "Two"})).status_code == 503
    assert len((await api.get("processors")).json()["items"]) == 1


async def test_who_reads_and_is_undone_is_answered_at_the_second_try(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, left = RequestContext.rows, [1]

    async def unlucky(*given: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        return await rows(*given, **named)

    monkeypatch.setattr(RequestContext, "rows", unlucky)
    assert (await api.get("customers?limit=2")).json() == {"items": [], "next": None}
    left[0] = 2
    refused = await api.get("customers")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["X-Request-Id"]


async def test_a_dry_run_is_tried_again_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    create, left = Engine.create, [1]

    async def unlucky(*given: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        return await create(*given, **named)

    monkeypatch.setattr(Engine, "create", unlucky)
    assert (await api.post("processors?dry_run=true", ACME)).json()["state"] == "current"
    left[0] = 2
    assert (await api.post("processors?dry_run=true", ACME)).status_code == 503


async def test_the_documentation_needs_no_internet(api: Api) -> None:
    page = await api.client.get("/docs")
    assert page.status_code == 200
    assert "//" not in page.text.replace("<!doctype", "")
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"):
        assert f"/docs/assets/{name}" in page.text or name == "favicon-32x32.png"
        assert (await api.client.get(f"/docs/assets/{name}")).status_code == 200
    assert (await api.client.get("/docs/assets/index.html")).status_code == 404
    document = (await api.client.get("/docs/openapi.json")).json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert "application/toml" in document["paths"]["/api/v1/terms"]["post"]["requestBody"]["content"]
    inbound = document["paths"]["/api/v1/inbound"]["post"]["requestBody"]["content"]
    assert {"raw", "kind", "message_id"} <= set(inbound["application/json"]["schema"]["properties"])


def keep(folder: Path, to: str, subject: str, text: str, html: str | None = None) -> None:
    """What the sink does with a message."""
    mail = EmailMessage()
    mail["To"], mail["Subject"], mail["Date"] = to, subject, "Mon, 02 Mar 2026 09:00:00 +0000"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    sink = Sink(folder)
    number = len(list(folder.glob("*.eml"))) + 1
    folder.joinpath(f"{number:08d}.json").write_text(f'{{"from":"x@y.example","to":["{to}"],"seq":{number}}}')
    folder.joinpath(f"{number:08d}.eml").write_bytes(mail.as_bytes())
    del sink


async def test_the_mailbox_for_programs_and_for_people(api: Api, settings: Settings) -> None:
    folder = settings.mail_sink
    assert folder is not None
    assert (await api.get("dev/messages")).json() == {"items": [], "next": None}
    keep(folder, "a@x.example", "One", "See http://termijn.test/n/abc", "<script>alert(1)</script><b>One</b>")
    keep(folder, "b@x.example", "<script>Two", "Hello")
    keep(folder, "A@x.example", "Three", "Hello")
    items = (await api.get("dev/messages")).json()["items"]
    assert [one["subject"] for one in items] == ["One", "<script>Two", "Three"]
    assert {"to", "subject", "text", "html", "links", "raw_url", "at"} <= set(items[0])
    assert items[0]["links"] == ["http://termijn.test/n/abc"]
    assert [one["subject"] for one in (await api.get("dev/messages?to=a@x.example")).json()["items"]] == [
        "One",
        "Three",
    ]
    assert [one["subject"] for one in (await api.get("dev/messages?subject=two")).json()["items"]] == ["<script>Two"]
    first = (await api.get("dev/messages?limit=2")).json()
    assert [one["subject"] for one in first["items"]] == ["One", "<script>Two"]
    rest = (await api.get(f"dev/messages?limit=2&cursor={first['next']}")).json()
    assert ([one["subject"] for one in rest["items"]], rest["next"]) == (["Three"], None)
    assert b"Subject: One" in (await api.get(items[0]["raw_url"])).content

    here = {"Host": "127.0.0.1:8400"}
    page = await api.client.get("/dev/mailbox", headers=here)
    assert "&lt;script&gt;Two" in page.text
    assert "<script" not in page.text
    assert page.text.index("Three") < page.text.index("One")
    shown = await api.client.get("/dev/mailbox/00000001", headers=here)
    assert "<script" not in shown.text
    framed = await api.client.get("/dev/mailbox/00000001/html", headers=here)
    assert framed.headers["Content-Security-Policy"].startswith("sandbox")
    assert "allow-scripts" not in framed.headers["Content-Security-Policy"]
    for path in ("/dev/mailbox/9", "/dev/mailbox/..", "/dev/mailbox/9/raw", "/api/v1/dev/messages/9/raw"):
        assert (await api.get(path)).status_code == 404


async def test_a_caller_who_hangs_up_is_no_failure_of_ours(
    api: Api, acme: Any, caplog: pytest.LogCaptureFixture
) -> None:
    del acme
    headers = [(b"authorization", f"Bearer {api.admin}".encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/customers", "raw_path": b"/api/v1/customers",
        "query_string": b"", "headers": [(b"host", b"termijn.test"), *headers], "scheme": "http", "http_version": "1.1",
        "root_path": "", "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2), "state": {},
    }  # fmt: skip
    came: list[Any] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return came.pop(0)

    async def send(message: Any) -> None:
        del message

    await api.app(scope, receive, send)  # type: ignore[arg-type]  # the two spell ASGI's types differently
    shown = (await api.client.get("/metrics")).text
    assert 'route="/api/v1/customers",status="499"' in shown
    assert 'status="500"' not in shown
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
