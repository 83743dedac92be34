"""Lives in which anything may be asked of anybody: subjects of every kind, under terms that nobody wrote, over HTTP.

Whatever is offered is done, with data made up by the shape of the action; between that time passes, also in one jump,
and with outages. Each request is carried out or refused, nothing is set apart, and the history holds.
"""

import datetime
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec
from msgspec import inspect

from service.http.openapi.examples import EXAMPLES
from tests.bred import bred, facts_for
from tests.drafts import store
from tests.http.conftest import Api
from tests.world import World
from workflows.kinds import WORKFLOWS

LISTS: Final = {flow.table.path: kind for kind, flow in WORKFLOWS.items() if flow.table.path}
OFFERED: Final = (*(one for one in LISTS if one not in ("processors", "webhooks", "watches")), "agreements", "notices")
"""Whose actions are asked for: webhooks and watches ask the machines of others."""
DAY: Final = datetime.timedelta(days=1)
WORDS: Final = ("as agreed", "Kim de Vries", "EU", "P30D", "hosting", "https://list.example/subprocessors", "M-1", "2")
CONTACT: Final = {"name": "Kim", "email": "kim@c.example", "roles": ["contract", "privacy", "security"]}


class Wanderer:
    """One processor's life, of so many steps; `did` says how often what was asked, and what came of it."""

    def __init__(self, api: Api, world: World, dice: Random) -> None:
        self.api = api
        self.world = world
        self.dice = dice
        self.did: Counter[tuple[str, int]] = Counter()
        self.hosts: list[str] = []
        self.agreements: list[str] = []

    async def live(self, steps: int) -> None:
        """From the first agreement until so many things were tried, and half a year more. Raises AssertionError where
        one is answered by neither a yes nor a reasoned no."""
        for number in range(3):
            await self._host()
            await self._agree(f"wandering-{number}")
        ways = (self._act, self._begin, self._pass, self._jump, self._correct)
        for _ in range(steps):
            await self.dice.choices(ways, (60, 12, 20, 4, 4))[0]()
        await self.world.days(180)

    # --- what is asked ----------------------------------------------------------------------------------

    async def _ask(self, method: str, path: str, body: Any = None, *, called: str) -> Any:
        """The body of a yes, None after a no."""
        answer: httpx.Response = await self.api.call(method, path, json=body)
        self.did[called, answer.status_code] += 1
        assert answer.status_code < 500, f"{method} {path} {body}: {answer.text}"
        if answer.is_success:
            return answer.json()
        problem = answer.json()
        assert len(problem["detail"]) > 10, f"{method} {path}: {problem}"
        return None

    async def _host(self) -> None:
        name = f"Host {len(self.hosts) + 1}"
        body = {"name": name, "service": "hosting", "country": self.dice.choice(["NL", "US"]), "bound_on": "2026-01-01"}
        self.hosts.append((await self.api.made("subprocessors", body))["id"])

    async def _agree(self, terms: str) -> None:
        rules = bred(self.dice, terms)
        await store(self.world, rules)
        customer = {"name": f"Customer {terms}", "country": "NL", "language": "nl", "contacts": [CONTACT]}
        made = await self.api.made("customers", customer)
        body = {"customer_id": made["id"], "terms": terms, "facts": facts_for(rules),
                "main_contract": {"reference": "M-1", "starts_on": "2026-01-01"},
                **({"services": ["hosting", "support"]} if self.dice.random() < 0.3 else {})}  # fmt: skip
        agreement = await self._ask("POST", "agreements", body, called="agreements")
        if agreement is None:
            return
        self.agreements.append(agreement["id"])
        await self._ask("POST", f"agreements/{agreement['id']}/send", {}, called="send")
        for party in ("processor", "controller"):
            await self._ask("POST", f"agreements/{agreement['id']}/sign", {"party": party}, called="sign")
        await self.world.drain()

    async def _begin(self) -> None:
        """Another subject, of any kind that a person can make."""
        if not self.agreements:
            return
        about = {"agreement_id": self.dice.choice(self.agreements)}
        now = (await self.world.now()).isoformat()
        host = self.dice.choice(self.hosts)
        kind = self.dice.choice(["add", "replace", "relocate", "remove", "measure"])
        change = {"kind": kind, "reason": "more room", **({"subprocessor_id": host} if kind != "measure" else {}),
                  **({"text": "Keys are renewed each year."} if kind == "measure" else {}),
                  **({"country": "BE"} if kind == "relocate" else {}),
                  **({"replaces_id": self.dice.choice(self.hosts)} if kind == "replace" else {})}  # fmt: skip
        bodies = {
            "changes": change,
            "breaches": {"discovered_at": now, "summary": "a lost disk", "agreements": [about["agreement_id"]]},
            "requests": {**EXAMPLES["createRequest"], **about},
            "audits": about,
            "matters": {**about, "kind": self.dice.choice(["instruction", "information"]), "subject": "Backups"},
            "upstream-notices": {"subprocessor_id": host, "kind": "other", "text": "We move our halls."},
        }  # fmt: skip
        if self.dice.random() < 0.2:
            await self._host()
        path = self.dice.choices(list(bodies), (6, 1, 1, 1, 1, 1))[0]
        made = await self._ask("POST", path, bodies[path], called=path)
        if made is not None and path == "changes":
            await self._ask("POST", f"changes/{made['id']}/notify", {}, called="changes/notify")
        await self.world.drain()

    async def _act(self) -> None:
        """Whatever is offered of some subject."""
        for path in self.dice.sample(OFFERED, len(OFFERED)):
            if path == "customers" and self.dice.random() < 0.8:  # two of whom are soon one
                continue
            items = (await self.api.get(path, params={"limit": "100"})).json()["items"]
            if open_ones := [one for one in items if one.get("actions")]:
                break
        else:
            return
        one = self.dice.choice(open_ones)
        action = self.dice.choice(one["actions"])
        shape = WORKFLOWS[LISTS[path]].shape(action)
        now = await self.world.now()
        body = Made(self.dice, now, list(_ids(one))).of(inspect.type_info(shape)) if shape else {}
        await self._ask("POST", f"{path}/{one['id']}/{action}", body, called=f"{path}/{action}")
        await self.world.drain()

    # --- time and corrections ---------------------------------------------------------------------------

    async def _pass(self) -> None:
        await self.world.go(await self.world.now() + self.dice.choice((0.1, 1, 5, 20)) * self.dice.random() * DAY)

    async def _jump(self) -> None:
        """All was down, and is back: what fell due meanwhile is worked off, and the outage is on record."""
        now = await self.world.now()
        back = now + self.dice.uniform(0.1, 6) * DAY
        async with self.world.pools.worker.acquire() as connection:
            await connection.execute("update clock set now = $1", back)
            if self.dice.random() < 0.7:
                await connection.execute("insert into outage (began_at, ended_at) values ($1, $2)", now, back)
        await self.world.drain()

    async def _correct(self) -> None:
        """Contacts come, go and move."""
        items = (await self.api.get("customers")).json()["items"]
        one = self.dice.choice(items)
        others = [{**CONTACT, "name": f"Robin {number}", "email": f"robin{number}@c.example"} for number in range(2)]
        kept = [contact for contact in one.get("contacts", []) if self.dice.random() < 0.7]
        body = {"contacts": [*kept, *self.dice.sample(others, self.dice.randint(0, 2))]}
        await self._ask("PATCH", f"customers/{one['id']}", body, called="customers/contacts")
        await self.world.drain()


def _ids(shown: Any) -> Iterable[str]:
    """All ids that stand in what was shown."""
    if isinstance(shown, dict):
        for value in shown.values():
            yield from _ids(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from _ids(value)
    elif isinstance(shown, str) and len(shown) == 36 and shown.count("-") == 4:
        yield shown


class Made:
    """Values by their types, as JSON has them; what may be left out often is."""

    def __init__(self, dice: Random, now: datetime.datetime, ids: list[str]) -> None:
        self.dice = dice
        self.now = now
        self.ids = ids

    def of(self, kind: inspect.Type) -> Any:
        match kind:
            case inspect.StructType():
                return {one.encode_name: self.of(one.type) for one in kind.fields
                        if one.required or self.dice.random() < 0.4}  # fmt: skip
            case inspect.UnionType():
                return self.of(self.dice.choice(kind.types))
            case inspect.LiteralType():
                return self.dice.choice(kind.values)
            case inspect.DateTimeType():
                return (
                    self.now + self.dice.choice((-1, -0.1, -0.01, 0, 0, 0, 1)) * self.dice.random() * DAY
                ).isoformat()
            case inspect.DateType():
                return (self.now + self.dice.randint(-10, 60) * DAY).date().isoformat()
            case inspect.UUIDType():
                return self.dice.choice(self.ids) if self.ids else str(UUID(int=self.dice.getrandbits(128)))
            case inspect.BoolType():
                return self.dice.random() < 0.5
            case inspect.IntType():
                return self.dice.randint(kind.ge or 0, kind.le or 100)
            case inspect.NoneType():
                return None
            case inspect.StrType():
                return self.dice.choice(WORDS)
            case inspect.VarTupleType():
                return [self.of(kind.item_type) for _ in range(self.dice.randint(0, 2))]
            case inspect.DictType():
                key = kind.key_type
                keys = key.values if isinstance(key, inspect.LiteralType) else self.dice.sample(WORDS, 1)
                return {str(one): self.of(kind.value_type) for one in self.dice.sample(list(keys), 1)}
            case inspect.AnyType():
                return self.dice.choice(WORDS)
            case _:
                raise AssertionError(f"nothing is made of {kind}")


def shown(did: Counter[tuple[str, int]]) -> str:
    """How often what was asked, a yes and a no apart."""
    rows = [f"  {count:6d}  {status}  {name}" for (name, status), count in sorted(did.items())]
    return "\n".join(rows) + f"\n{msgspec.json.encode(sum(did.values())).decode()} requests"
