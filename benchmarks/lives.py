"""A few agreements in the middle of their lives, lived through the API and a worker: the pattern of a large database.

They begin some days apart, so that what they wait for ends on many days.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec

from benchmarks.crew import hear, process
from benchmarks.serving import serving, surroundings
from benchmarks.stage import Database, Stage
from db import clock
from workflows.notice.scope import has_period
from workflows.terms.load import library
from workflows.terms.model import Terms
from workflows.terms.names import OBJECTION

START: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
LIVES: Final = 8
"""Agreements of one processor."""
HOSTS: Final = 6
REQUESTS: Final = 8
"""Open ones of each agreement."""
MARK: Final = "Qzxmark"
"""Stands in a customer's name for what is its own; and in small letters in its contact's address."""


class Pattern(msgspec.Struct, frozen=True):
    """What was lived: processors, the one to be large first."""

    processors: tuple[UUID, ...]


def chosen_terms() -> list[Terms]:
    """Those of the library under a law that times requests, whose customers may object within a period, that begin by a
    date, and that leave nothing blank but periods."""
    return [
        terms
        for _, terms in sorted(library().items())
        if terms.law
        and terms.subprocessors.rule == "objection"
        and has_period(terms, OBJECTION)
        and terms.entry.event == "main_contract_start"
        and terms.entry.period is None
        and all(one.kind == "duration" for one in terms.fields if one.required)
    ]


class Api:
    """An admin who asks for one processor."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.processor: str | None = None

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        return await self._ask("POST", path, body)

    async def get(self, path: str) -> dict[str, Any]:
        return await self._ask("GET", path, None)

    async def clock(self, to: datetime) -> None:
        await self._ask("PUT", "clock", {"now": to.isoformat()})

    async def _ask(self, method: str, path: str, body: Any) -> dict[str, Any]:
        headers = {"Termijn-Processor": self.processor} if self.processor else {}
        answer = await self._client.request(method, f"/api/v1/{path}", json=body, headers=headers)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


@asynccontextmanager
async def _running(stage: Stage, database: Database) -> AsyncIterator[Api]:
    async with stage.connect(database) as connection:
        await clock.start(connection, "simulated", START)
    async with process(stage.folder, "benchmarks.sink") as sink:
        environ = surroundings(stage, database.worker, "simulated") | {
            "TERMIJN_SMTP_URL": f"smtp://127.0.0.1:{await hear(sink)}",
            "TERMIJN_SMTP_ARRIVAL": "direct",
        }
        worker = process(stage.folder, "service.cli.main", "worker", environ=environ)
        async with serving(stage, database, "simulated") as server, worker:
            headers = {"Authorization": f"Bearer {server.key}"}
            url = f"http://127.0.0.1:{server.port}"
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=300) as client:
                yield Api(client)


async def live(stage: Stage, database: Database) -> Pattern:
    """Two processors whose agreements are in force, with windows that run, objections, requests, audits and matters."""
    async with _running(stage, database) as api:
        processors = [await _begin(api, number) for number in range(2)]
        made = [await _agreements(api, one) for one in processors]
        now = START + timedelta(days=LIVES)
        await api.clock(now)
        for one, agreements in zip(processors, made, strict=True):
            await _open(api, one, agreements)
        for month in range(3):
            now += timedelta(days=10)
            for one in processors:
                await _announce(api, one, month)
            await api.clock(now)
        for one, agreements in zip(processors, made, strict=True):
            await _answer(api, one, agreements)
        await api.clock(now + timedelta(days=1))
    return Pattern(processors=tuple(UUID(one) for one in processors))


async def _begin(api: Api, number: int) -> str:
    terms = chosen_terms()[0]
    api.processor = None
    made: str = (
        await api.post(
            "processors", name=f"Benchmark {number}", country="NL", timezone=terms.zone, language="nl", terms=terms.id
        )
    )["id"]
    api.processor = made
    for host in range(HOSTS):
        await api.post(
            "subprocessors", name=f"Hosting {host}", service="hosting", country="NL",
            bound_on=(START - timedelta(days=60)).date().isoformat(),
        )  # fmt: skip
    return made


async def _agreements(api: Api, processor: str) -> list[str]:
    """One a day, each with a customer of its own."""
    api.processor = processor
    made = []
    for number in range(LIVES):
        terms = chosen_terms()[number % len(chosen_terms())]
        contact = {
            "name": "Kim de Wit", "email": f"kim@{MARK.lower()}.example", "phone": "+31 10 1234567",
            "roles": ["contract", "privacy", "security"],
        }  # fmt: skip
        customer = await api.post("customers", name=f"{MARK} {number}", country="NL", language="nl", contacts=[contact])
        agreement = await api.post(
            "agreements", customer_id=customer["id"], terms=terms.id,
            main_contract={"reference": "M-1", "starts_on": (START - timedelta(days=60)).date().isoformat()},
            facts={one.name: "P30D" for one in terms.fields if one.kind == "duration"},
        )  # fmt: skip
        await api.post(f"agreements/{agreement['id']}/send")
        made.append(agreement["id"])
    return made


async def _open(api: Api, processor: str, agreements: list[str]) -> None:
    api.processor = processor
    for number, agreement in enumerate(agreements):
        for one in range(REQUESTS):
            received = START + timedelta(days=(number + 2 * one) % LIVES)
            await api.post(
                "requests", agreement_id=agreement, kind="access", received_from="customer", channel="mail",
                received_at=received.isoformat(), reference=f"R-{one}",
            )  # fmt: skip
        await api.post("audits", agreement_id=agreement, channel="mail")
        await api.post("matters", agreement_id=agreement, kind="information", subject="Where is it kept?")


async def _announce(api: Api, processor: str, number: int) -> None:
    api.processor = processor
    hosts = (await api.get("subprocessors"))["items"]
    change = await api.post("changes", kind="add", subprocessor_id=hosts[number]["id"])
    await api.post(f"changes/{change['id']}/notify")


async def _answer(api: Api, processor: str, agreements: list[str]) -> None:
    """Every third customer objects to what was announced last, and one consents."""
    api.processor = processor
    for agreement in agreements[::3]:
        notices = (await api.get(f"notices?agreement_id={agreement}&state=open"))["items"]
        if notices:
            await api.post(
                f"notices/{notices[0]['id']}/object", grounds="We would rather not.", channel="mail", by="Kim"
            )
