"""Traces, as whoever collects them gets them: from the request to the mail, with names and ids and nothing else."""

import contextlib
import json
import logging
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from db import spans
from db.session import connect_pool, find_row, transaction
from service import otlp
from service.logs import Lines, as_json
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.deliver import deliver
from service.settings import Settings
from service.tracing import collected
from service.webhooks.sending import SendConfig, Sender
from tests.databases import Database
from tests.http.conftest import ACME, Api, serving, settings, settings_of
from tests.mail.conftest import config, smtp
from tests.mail.server import Scripted
from tests.otlp import Gatherer, Taken, gathering
from tests.resources.conftest import CONTACTS
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.errors import BadInput

__all__ = ["config", "settings", "smtp"]

THEIRS = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture
def gatherer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gatherer]:
    with gathering() as made:
        monkeypatch.setenv(ENDPOINT, made.url)
        yield made


@pytest.fixture
def collector(gatherer: Gatherer) -> Iterator[otlp.Otlp]:
    made = otlp.Otlp("termijn-test")
    spans.collect(made)
    yield made
    spans.collect(None)
    made.close()


@contextlib.asynccontextmanager
async def watched_pools(database: Database) -> AsyncIterator[Pools]:
    """Connections that were made when spans were collected already."""
    async with contextlib.AsyncExitStack() as closing:
        pools = []
        for login, role in ((database.api, "termijn_api"), (database.worker, "termijn_worker")):
            pool = await connect_pool(login, role, size=2)  # type: ignore[arg-type]
            closing.push_async_callback(pool.close)
            pools.append(pool)
        yield Pools(*pools)


class Traced:
    """An API and a worker of which spans are collected."""

    def __init__(self, api: Api, world: World, collector: otlp.Otlp, gatherer: Gatherer) -> None:
        self.api = api
        self.world = world
        self._collector = collector
        self._gatherer = gatherer

    def spans(self) -> list[Taken]:
        self._collector.flush(5)
        return self._gatherer.spans()

    async def announced(self) -> tuple[str, str]:
        """A change of which a customer was told; its id, and the id of the agreement."""
        customer = await self.api.made(
            "customers", {"name": "Bakery Kruim", "country": "NL", "language": "nl", "contacts": CONTACTS}
        )
        body = {
            "customer_id": customer["id"], "terms": "stkkr",
            "main_contract": {"reference": "M-77", "starts_on": "2026-01-01"},
        }  # fmt: skip
        agreement = await self.api.made("agreements", body)
        await self.act(f"agreements/{agreement['id']}/send")
        host = {"name": "Nieuw Hosting BV", "service": "hosting", "country": "NL", "bound_on": "2026-01-01"}
        subprocessor = await self.api.made("subprocessors", host)
        change = await self.api.made("changes", {"kind": "add", "subprocessor_id": subprocessor["id"]})
        await self.act(f"changes/{change['id']}/notify")
        return change["id"], agreement["id"]

    async def act(self, path: str, json: Any = None) -> None:
        answer = await self.api.post(path, json if json is not None else {})
        assert answer.status_code == 200, answer.text
        await self.world.drain()


@pytest.fixture
async def traced(
    world: World, engine: Engine, database: Database, config: MailConfig, collector: otlp.Otlp, gatherer: Gatherer
) -> AsyncIterator[Traced]:
    async with watched_pools(database) as pools, serving(settings_of(database), pools.api) as api:
        world.beginnings = None
        world.pools = pools
        world.deliver = partial(deliver, pools.worker, engine, config)  # type: ignore[method-assign]
        await api.made("processors", ACME)
        yield Traced(api, world, collector, gatherer)


def within(found: list[Taken], one: Taken) -> list[str]:
    """The names of what a span is within, the innermost first."""
    by_id = {span.id: span for span in found}
    names = []
    while one.parent in by_id:
        one = by_id[one.parent]
        names.append(one.name)
    return names


async def test_a_mail_is_in_the_trace_of_the_request_that_asked_for_it(traced: Traced, smtp: Scripted) -> None:
    change, _ = await traced.announced()
    assert smtp.to("kim@customer.example")
    found = traced.spans()
    [request] = [one for one in found if one.name == "POST /api/v1/changes/{id}/notify"]
    assert request.parent == ""
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["termijn.subject"] == change
    ours = [one for one in found if one.trace == request.trace]
    [command] = [one for one in ours if one.name == "command change.notify"]
    assert within(found, command)[-1] == request.name
    [statement] = [one for one in ours if one.name == "insert_fan_outs"]
    assert within(found, statement) == ["command change.notify", "transaction", request.name]
    [sent] = [one for one in ours if one.name == "send announcement"]
    assert within(found, sent) == ["fan-out announce", "command change.notify", "transaction", request.name]
    assert (sent.attributes["termijn.outcome"], sent.attributes["smtp.response.code"]) == ("sent", 250)
    [made] = [one for one in ours if one.name == "render announcement"]
    assert made.attributes["termijn.message"] == sent.attributes["termijn.message"]
    [counted] = [one for one in ours if one.name == "told notice.received"]
    assert within(found, counted)[-1] == request.name, "its arrival too"
    assert {one.service for one in found} == {"termijn-test"}


async def test_no_address_token_or_word_of_anybody_stands_in_a_span(
    traced: Traced, smtp: Scripted, gatherer: Gatherer
) -> None:
    change, _ = await traced.announced()
    [notice] = (await traced.api.get("notices", params={"change_id": change})).json()["items"]
    told = [str(one.mail.get_body(("plain",))) for one in smtp.to("kim@customer.example")]
    token = re.search(r"/n/([\w-]+)", "".join(told))[1]  # type: ignore[index]
    for address in (f"/n/{token}", f"/n/{token}x", "/api/v1/agreements/external:A%20secret", "/nobody@nowhere.example"):
        await traced.api.client.get(address)
    await traced.act(f"notices/{notice['id']}/object", {
        "grounds": "Not with these people", "by": "Kim de Vries", "channel": "phone",
        "received_at": "2026-03-02T09:00:00Z",
    })  # fmt: skip
    assert "/n/{token}" in {one.attributes.get("http.route") for one in traced.spans()}
    said = gatherer.everything()
    for word in (
        "@", token, traced.api.admin[4:], "Kim", "Kruim", "Nieuw", "M-77", "these people", "customer.example", "Acme",
        "secret", "select", "insert into", "10 1234567",
    ):  # fmt: skip
        assert word not in said, word


async def test_what_goes_hours_later_is_apart_and_linked(traced: Traced) -> None:
    await traced.announced()
    before = {one.id for one in traced.spans()}
    notify = next(one for one in traced.spans() if one.name.endswith("/notify"))
    answer = await traced.api.get("notices")
    notice = answer.json()["items"][0]["id"]
    contact = (await traced.api.get("customers")).json()["items"][0]["contacts"][0]["id"]
    resent = await traced.api.post(f"notices/{notice}/resend", {"contact_id": contact})
    assert resent.status_code == 200, resent.text
    await traced.world.rows("update clock set now = now + interval '2 hours' returning now")
    await traced.world.drain()
    fresh = [one for one in traced.spans() if one.id not in before]
    asked = next(one for one in fresh if one.name.endswith("/resend"))
    [late] = [one for one in fresh if one.name.startswith("send ")]
    assert late.trace not in (asked.trace, notify.trace)
    assert late.links == [asked.trace]


async def test_the_trace_of_who_asks_is_linked_and_decides_nothing(traced: Traced) -> None:
    await traced.api.get("terms", headers={"traceparent": THEIRS})
    await traced.api.get("terms", headers={"traceparent": "00-zz-1-01"})
    first, second = (one for one in traced.spans() if one.name == "GET /api/v1/terms")
    assert first.links == ["a" * 32]
    assert first.trace != "a" * 32
    assert second.links == []


async def test_what_is_asked_every_second_is_no_trace(traced: Traced) -> None:
    traced.spans()
    before = len(traced.spans())
    for path in ("/health/live", "/health/ready", "/metrics"):
        await traced.api.client.get(path)
    await traced.world.drain()
    assert len(traced.spans()) == before


async def test_a_refusal_is_told_by_its_kind(traced: Traced) -> None:
    change, _ = await traced.announced()
    answer = await traced.api.post(f"changes/{change}/notify", {})
    assert answer.status_code == 409
    refused = [one for one in traced.spans() if one.name == "command change.notify" and one.wrong]
    assert [one.attributes["error.type"] for one in refused] == ["Refused"]


async def test_a_statement_that_fails_is_told_by_its_kind(
    collector: otlp.Otlp, gatherer: Gatherer, database: Database
) -> None:
    async with watched_pools(database) as pools:
        with pytest.raises(asyncpg.PostgresError), spans.span("all", begins=True):
            async with transaction(pools.api) as connection:
                await connection.execute("select 'kim@customer.example' from nowhere")
        await find_row(pools.api, "now")
    collector.flush(5)
    found = {one.name: one for one in gatherer.spans()}
    assert found["statement"].attributes["error.type"] == "UndefinedTableError"
    assert found["statement"].wrong
    assert "rollback" in found
    assert "now" not in found, "nobody asked for what is part of nothing"
    assert "customer" not in gatherer.everything()


async def test_a_line_of_the_log_names_its_trace(collector: otlp.Otlp) -> None:
    record = logging.LogRecord("a", logging.INFO, "a.py", 1, "something %s", ("happened",), None)
    with spans.span("outer", begins=True):
        named = spans.ids()
        line = json.loads(as_json().format(record))
        assert {name: line[name] for name in named} == named
        assert len(line["trace_id"]) == 32
        assert Lines("%(message)s").format(record).endswith(f" trace_id={named['trace_id']} span_id={named['span_id']}")
    assert "trace_id" not in json.loads(as_json().format(record))
    assert Lines("%(message)s").format(record) == "something happened"


def test_where_nobody_takes_them_nothing_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as silent:  # takes connections, and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
        monkeypatch.setattr(otlp, "LAST_SECONDS", 0.1)
        began = time.monotonic()
        with collected(Settings.load({ENDPOINT: "http://127.0.0.1:1"}, ()), "termijn-test"):
            for _ in range(1000):
                with spans.span("one", begins=True):
                    pass
        assert time.monotonic() - began < 2
    assert spans.here() is None


def test_that_they_are_not_taken_is_said_once(gatherer: Gatherer, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(SpanExporter):
        results = iter([False, False, True, True, False])

        def export(self, spans: Any) -> SpanExportResult:
            return SpanExportResult.SUCCESS if next(self.results) else SpanExportResult.FAILURE

    caplog.set_level(logging.INFO)
    one = otlp.Noticing(Failing())
    for _ in range(5):
        one.export([])
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "WARNING"]


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ({}, ""),
        ({ENDPOINT: "http://collector:4318"}, "http://collector:4318"),
        ({ENDPOINT: "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, ""),
        ({ENDPOINT: "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, ""),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://traces.example/v1/traces"},
            "https://traces.example/v1/traces",
        ),
    ],
)
def test_a_setting_of_opentelemetry_asks_for_them(given: dict[str, str], endpoint: str) -> None:
    assert Settings.load(given, ()).traces == endpoint


def test_a_malformed_setting_is_said() -> None:
    with pytest.raises(BadInput, match=ENDPOINT) as wrong:
        Settings.load({ENDPOINT: "collector:4318"}, ())
    assert "http://" in wrong.value.detail


def test_nothing_of_it_is_loaded_where_nobody_asks() -> None:
    code = "import sys, service.app, service.worker; print([one for one in sys.modules if 'opentelemetry' in one])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=Path.cwd())
    assert done.stdout.strip() == "[]"


async def test_a_call_of_a_webhook_names_no_address(collector: otlp.Otlp, gatherer: Gatherer) -> None:
    sender = Sender(SendConfig.of(replace(Settings(), webhook_insecure=True, base_url="http://termijn.test")))
    reply = await sender.post("http://127.0.0.1:1/hook/whsec-token", b"{}", {})
    assert reply.status is None
    collector.flush(5)
    [called] = gatherer.spans()
    assert (called.name, called.wrong, called.attributes["error.type"]) == ("call POST", True, "no answer")
    assert "hook" not in gatherer.everything()
