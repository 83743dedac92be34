"""The API with one processor, and the few steps that most tests begin with."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.beginnings import Beginnings, lived
from tests.http.conftest import ACME, Api, acme, api, settings
from tests.resources.tried import TRIED
from tests.world import World

__all__ = ["acme", "api", "settings"]

CONTACTS = [
    {
        "name": "Kim de Vries",
        "email": "kim@customer.example",
        "phone": "+31 10 1234567",
        "roles": ["contract", "privacy", "security"],
    }
]
FACTS = {
    "mms-solutions": {"end.erasure": "P30D"},
    "kmo-solutions": {"backup.retention": "P30D"},
    "eu-scc-2021-915": {"subprocessor.objection": "P30D"},
    "eu-scc-2021-914-c2p": {"subprocessor.objection": "P30D"},
    "eu-scc-2021-914-p2p": {"subprocessor.notice": "P30D"},
    "cnil-clauses": {"entry.day": "2025-01-01", "breach.notice": "PT48H", "subprocessor.objection": "P30D"},
    "keepnet-dpa": {"data.region": "EU"},
}


@dataclass(frozen=True)
class Desk:
    """What a manager does, over HTTP, while the worker does its part at once."""

    api: Api
    world: World
    processor: str

    @property
    def beginnings(self) -> Beginnings | None:
        return self.world.beginnings

    def around(self) -> object:
        return self.processor, self.world.around()

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.api.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def items(self, path: str, **params: Any) -> list[Any]:
        found: list[Any] = (await self.get(path, **params))["items"]
        return found

    async def act(self, path: str, json: Any = None, *, status: int = 200, **more: Any) -> Any:
        """An action; then everything that is due is done. The first of its sort is tried out before."""
        tried = await TRIED.before(self, path, json, more) if status == 200 else None
        answer = await self.api.post(path, json, **more)
        assert answer.status_code == status, answer.text
        await self.world.drain()
        if tried is not None:
            await TRIED.after(self, tried)
        return answer.json()

    async def refused(self, path: str, json: Any = None, *, method: str = "POST", **more: Any) -> Any:
        """The problem that a request is answered with."""
        answer: httpx.Response = await self.api.call(method, path, json=json, **more)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        return answer.json()

    @lived
    async def customer(self, name: str = "Customer", **more: Any) -> Any:
        body = {"name": name, "country": "NL", "language": "nl", "contacts": CONTACTS, **more}
        return await self.api.made("customers", body)

    @lived
    async def subprocessor(self, name: str = "Hosting BV", **more: Any) -> Any:
        body = {"name": name, "service": "hosting", "country": "NL", "bound_on": "2026-01-01", **more}
        return await self.api.made("subprocessors", body)

    @lived
    async def agreement(self, terms: str = "kmo-solutions", *, active: bool = True, **more: Any) -> Any:
        customer = more.pop("customer_id", None) or (await self.customer(f"Customer of {terms}"))["id"]
        body = {
            "customer_id": customer,
            "terms": terms,
            "main_contract": {"reference": "M-1", "starts_on": "2026-01-01"},
            "facts": FACTS.get(terms, {}),
            **more,
        }
        made = await self.api.made("agreements", body)
        if not active:
            return made
        await self.act(f"agreements/{made['id']}/send")
        if terms == "contict":
            for party in ("processor", "controller"):
                await self.act(f"agreements/{made['id']}/sign", {"party": party})
        return await self.get(f"agreements/{made['id']}")

    @lived
    async def change(self, subprocessor: str, kind: str = "add", **more: Any) -> Any:
        return await self.api.made("changes", {"kind": kind, "subprocessor_id": subprocessor, **more})

    @lived
    async def announced(self, subprocessor: str, kind: str = "add", **more: Any) -> Any:
        """A change that everybody was told of and received."""
        made = await self.change(subprocessor, kind, **more)
        await self.act(f"changes/{made['id']}/notify")
        return await self.get(f"changes/{made['id']}")

    async def gate(self, agreement: str, subprocessor: str, **more: Any) -> Any:
        """What the gate says; asked among others it says the same."""
        question = {"agreement_id": agreement, "subprocessor_id": subprocessor, **more}
        alone = await self.get("engagements/check", **question)
        others = [{"agreement_id": agreement, "subprocessor_id": agreement}, {"agreement_id": subprocessor}]
        asked = await self.api.post("engagements/check", {"checks": [*others, question, question]})
        assert asked.json()["items"][2:] == [alone, alone]
        return alone


@pytest.fixture
def desk(api: Api, acme: Any, world: World) -> Desk:
    """The desk of the only processor there is."""
    return Desk(api, world, acme["id"])


@pytest.fixture
async def other(api: Api) -> str:
    """A second processor, so that an admin has to name the one that is meant; its key."""
    made = await api.made("processors", {**ACME, "name": "Another", "slug": "another"})
    return await api.key(made["id"], "director")
