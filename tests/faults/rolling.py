"""An update while it is under way: processes of the last release and of today beside each other, on one database and on
one Redis. Part of `make last`:

    python -m tests.faults.rolling FOLDER      where the last release lies

First today's migrations are applied while the last release's processes are asked and work: nobody may be answered that
it failed, and what is to be sent again (503) is answered then. What one then announces the other's worker carries on,
in both directions, also where it died in the middle; mails go out, customers answer by link at either API, and windows
close under either worker. Exit 1 where anything does not hold.
"""

import asyncio
import contextlib
import itertools
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from db import clock
from db.migrate import migrate
from service.up.embedded import RunningServers, start_servers
from service.up.folder import temporary_folder
from tests.databases import ENDURING, MEMORY, Database
from tests.faults.nursery import ROOT, Nursery
from tests.faults.rig import Rig
from tests.faults.ways import Way
from tests.http.conftest import ACME
from tests.pages.conftest import hidden
from tests.world import FACTS, World
from workflows.engine.verify import verify

TERMS: Final = ("kmo-solutions", "stkkr", "mms-solutions", "constant-it")
DIES: Final = "fan-out.written=kill"
"""Where a worker of either release ends in the middle of an announcement."""
KILLED: Final = -9
BUSY: Final = 503
AGAIN: Final = 0
"""Requests that may have to be sent again while migrations are applied, in all. More where a release cannot help it."""
SLOWEST: Final = 15.0
"""Seconds that an answer may take while tables are changed: a migration waits for one, and soon gives way."""
AFTERWARDS: Final = 2.0
"""Seconds that are asked on, before migrations and after them."""


class Beside(Rig):
    """Another release's processes on the same database, and on the same mail server."""

    def __init__(self, first: Rig, nursery: Nursery, servers: RunningServers, folder: Path) -> None:
        super().__init__(servers, first.database, nursery, folder)
        self.mail = first.mail
        self.accepted = first.accepted

    async def __aenter__(self) -> "Beside":
        self.to_mail = Way(("127.0.0.1", self.mail.port))
        for way in self.ways:
            await way.start()
        return self


class Update:
    """What happens in the meantime, at the two releases by their names."""

    def __init__(self, old: Rig, new: Rig) -> None:
        self.rigs = {"the last release": old, "today's": new}
        self.old, self.new = old, new
        self.agreements: list[str] = []
        self.again = 0
        """How often a request was to be sent again."""

    async def run(self) -> list[str]:
        await self.old.begin("api")
        await self.old.up()
        await self.old.begin("worker")
        await self.old.made("processors", ACME)
        await self._agree(self.old)
        failed = await self._migrated()
        await self.new.begin("api")
        await self.new.up()
        await self._agree(self.new)
        await self.new.rests()
        hosts = []
        for announcer, carrier in ((self.old, self.new), (self.new, self.old)):
            await self._alone(carrier)
            hosts.append(await self._announced(announcer, carrier))
        await self.old.begin("worker")
        await self._pass(timedelta(days=150))
        for rig in self.rigs.values():
            if "worker" in rig.running:
                await rig.stop("worker")
        return [*failed, *await self._wrong(hosts), *await self.new.broken(), *await self.new.unkept()]

    async def _migrated(self) -> list[str]:
        """Today's migrations, while people read and write at the last release and its worker sends; what failed."""
        over = asyncio.Event()
        asking = [asyncio.create_task(self._asked(over, number)) for number in range(4)]
        await asyncio.sleep(AFTERWARDS)
        began = time.monotonic()
        applied = await migrate(self.new.database.owner)
        took = time.monotonic() - began
        await asyncio.sleep(AFTERWARDS)
        over.set()
        answers = [one for each in await asyncio.gather(*asking) for one in each]
        slowest = max(seconds for seconds, _ in answers)
        count = f"{len(answers)} requests, {self.again} of them sent again"
        print(f"{len(applied)} migrations in {took:.1f} s, {count}, the slowest {slowest:.1f} s")
        wrong = [said for _, said in answers if said]
        if slowest > SLOWEST:
            wrong.append(f"an answer took {slowest:.1f} s while migrations ran")
        if self.again > AGAIN:
            wrong.append(f"{self.again} requests had to be sent again while migrations ran, of {AGAIN} that may")
        return wrong

    async def _asked(self, over: asyncio.Event, number: int) -> list[tuple[float, str]]:
        """How long each request took until `over`, and what was wrong with its answer."""
        found = []
        names = itertools.count(1)
        while not over.is_set():
            name = f"Host {number}.{next(names)} BV"
            host = {"name": name, "service": "hosting", "country": "NL"}
            own = f"agreements/{self.agreements[number]}"
            reads = [("GET", path, None) for path in ("agreements", "deadlines", "tasks", "customers", own)]
            for method, path, body in (*reads, ("POST", "subprocessors", host)):
                began = time.monotonic()
                try:
                    answer = await self.old.client.request(method, path, json=body)
                    if answer.status_code == BUSY:  # prepared for a view of before, or chosen to end a deadlock: once
                        self.again += 1
                        answer = await self.old.client.request(method, path, json=body)
                    said = "" if answer.is_success else f"{method} {path}: {answer.status_code} {answer.text[:200]}"
                except httpx.HTTPError as error:
                    said = f"{method} {path}: {error!r}"
                found.append((time.monotonic() - began, said))
        return found

    async def _agree(self, rig: Rig) -> None:
        """Agreements in force, made at this API."""
        for number, terms in enumerate(TERMS, len(self.agreements)):
            contact = {"name": "Kim", "email": f"kim@c{number}.example", "roles": ["contract", "privacy", "security"]}
            customer = await rig.made("customers", {"name": f"Customer {number}", "country": "NL", "language": "nl",
                                                    "contacts": [contact]})  # fmt: skip
            body = {"customer_id": customer["id"], "terms": terms, "facts": FACTS.get(terms, {}),
                    "main_contract": {"reference": "M-1", "starts_on": "2026-01-01"}}  # fmt: skip
            agreement = await rig.made("agreements", body)
            await rig.made(f"agreements/{agreement['id']}/send")
            self.agreements.append(agreement["id"])

    async def _alone(self, carrier: Rig) -> None:
        """The other release's worker dies in the middle of what it carries on, and this one's does the rest."""
        for rig in self.rigs.values():
            if "worker" in rig.running:
                await rig.stop("worker")
        other = self.new if carrier is self.old else self.old
        await other.begin("worker", failpoints=DIES)

    async def _announced(self, announcer: Rig, carrier: Rig) -> tuple[str, str]:
        """A host of whom everybody was told, and the agreement of the customer who objects by link."""
        name = f"Host {announcer.port} BV"
        host = await announcer.made("subprocessors", {"name": name, "service": "hosting", "country": "NL",
                                                      "bound_on": "2026-01-01"})  # fmt: skip
        change = await announcer.made("changes", {"kind": "add", "subprocessor_id": host["id"]})
        before = len(self.new.mail.attempts)
        await announcer.made(f"changes/{change['id']}/notify")
        ended = await asyncio.wait_for(announcer.running["worker"].ended(), 60)
        assert ended == KILLED
        announcer.running.pop("worker")
        await announcer.free_leases()
        await carrier.begin("worker")
        await self.new.rests()
        told = [one for one in self.new.mail.attempts[before:] if name in str(one.mail.get_body(("plain",)))]
        assert len(told) == len(self.agreements), f"{len(told)} were told of {name}"
        notices = (await carrier.client.get("notices", params={"change_id": change["id"]})).json()["items"]
        objecting = next(one for one in notices if one["rule"] == "objection" and one["closes_at"])
        await self._object(announcer, objecting)
        await self.new.rests()
        return str(host["id"]), str(objecting["agreement_id"])

    async def _object(self, rig: Rig, notice: Any) -> None:
        """By the link in the mail, whoever sent that, at this release's API."""
        number = self.agreements.index(notice["agreement_id"])
        mail = next(one for one in reversed(self.new.mail.attempts) if one.recipient == f"kim@c{number}.example")
        body = mail.mail.get_body(("plain",))
        assert body is not None
        words = str(body.get_content())
        path = "/n/" + words.partition("/n/")[2].split()[0].rstrip(".>)")
        origin = f"http://127.0.0.1:{rig.port}"
        page = await rig.client.get(f"{origin}{path}")
        assert page.status_code == 200, f"{path}: {page.status_code}"
        fields = {**hidden(page.text), "answer": "object", "grounds": "Not there."}
        posted = await rig.client.post(f"{origin}{path}", data=fields, headers={"Origin": origin})
        assert posted.status_code < 400, posted.text[-500:]
        shown = (await rig.client.get(f"notices/{notice['id']}")).json()
        assert shown["state"] == "objected", shown["state"]

    async def _pass(self, ahead: timedelta) -> None:
        async with self.new.owner() as connection:
            await connection.execute("update clock set target = now + $1", ahead)
        await self.new.arrives()

    async def _wrong(self, hosts: list[tuple[str, str]]) -> list[str]:
        """Each API gives the same answers, and they are right: nobody works against an objection, or without a yes."""
        wrong = []
        for host, objected in hosts:
            for number, agreement in enumerate(self.agreements):
                asks = TERMS[number % len(TERMS)] == "mms-solutions"
                expected = agreement != objected and not asks
                for name, rig in self.rigs.items():
                    gate = await rig.client.get(
                        "engagements/check", params={"agreement_id": agreement, "subprocessor_id": host}
                    )
                    if gate.json()["allowed"] is not expected:
                        wrong.append(f"{name} says {gate.json()} of {TERMS[number % len(TERMS)]}")
        return wrong


@contextlib.asynccontextmanager
async def made_ready(servers: RunningServers, last: Path) -> AsyncIterator[Database]:
    """The database with the last release's schema, and a clock to be moved."""
    urls = servers.urls
    database = Database("termijn", urls.superuser, urls.owner, urls.api, urls.worker)
    environ = {**os.environ, "PYTHONPATH": str(last), "TERMIJN_DATABASE_URL": database.owner}
    command = [sys.executable, "-m", "service.cli.main", "migrate"]
    migrated = await asyncio.create_subprocess_exec(*command, cwd=last, env=environ, stdout=asyncio.subprocess.DEVNULL)
    assert await migrated.wait() == 0
    connection = await asyncpg.connect(database.superuser)
    await clock.start(connection, "simulated", World.start)
    await connection.close()
    yield database


async def update(servers: RunningServers, last: Path, folder: Path) -> list[str]:
    """What does not hold after it."""
    old_ones, new_ones = await Nursery.begun(last), await Nursery.begun(ROOT)
    places = [folder / "old", folder / "new"]
    for one in places:
        one.mkdir()
    async with (
        made_ready(servers, last) as database,
        Rig(servers, database, old_ones, places[0]) as old,
        Beside(old, new_ones, servers, places[1]) as new,
    ):
        wrong = await Update(old, new).run()
    connection = await asyncpg.connect(database.superuser)
    found = await verify(connection)
    await connection.close()
    await old_ones.close()
    await new_ones.close()
    print(f"{found.events} events of both, {new.mails()[0]} mails")
    return wrong


def main() -> None:
    last = Path(sys.argv[1]).resolve()
    began = time.monotonic()
    folder = temporary_folder(MEMORY)
    servers = start_servers(folder / "data", settings=ENDURING)
    try:
        wrong = asyncio.run(update(servers, last, folder))
    finally:
        servers.stop()
        if "--keep" in sys.argv:
            print(f"logs are in {folder}")
        else:
            shutil.rmtree(folder)
    for one in wrong:
        print(f"does not hold: {one}")
    print(f"the last release and today's beside each other: {len(wrong)} things wrong, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
