"""Everything hit together, then calm, and then the whole history has to hold.

    make chaos ARGS="--agreements 200 --seeds 3 --seconds 20"

Each seed gets a database of its own with so many agreements, an API and two workers as processes, and clients that
announce, answer and let time pass. Of a thousand agreements and more a change concerns a tenth, by its service, but one
in ten changes concerns all. Meanwhile processes are killed and stopped, PostgreSQL crashes, connections are cut
(some in a commit), Redis is emptied, and the mail server refuses, falls silent and hangs up. Then the faults stop, time
goes on until every window has closed, and everything must come to rest: the history check, the ledger, every answer
that a client was given, and one body under each Message-ID. `--seed N` repeats one.
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec

from service.up.embedded import RunningServers, start_servers
from service.up.folder import temporary_folder
from tests.databases import ENDURING, MEMORY
from tests.faults.beginning import FEW, SERVICES, copied, make_template
from tests.faults.nursery import Nursery
from tests.faults.rig import Rig

WORKERS: Final = ("worker one", "worker two")
CLIENTS: Final = 4
MOSTLY: Final = 0.9
SAID: Final = {"by": "Kim", "channel": "phone", "grounds": "Not there.", "evidence": "a call"}
ANSWERS: Final = (
    "421 busy", "450 later", "451 later", "550 nobody here", "552 too large", "hang up", "nonsense", "250 taken",
)  # fmt: skip
AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What a connection of our own meets while the server crashes."""
TO_THE_END: Final = timedelta(days=150)
"""By then every window that was opened has closed."""


class SeedFigures(msgspec.Struct):
    """What was done under one seed, and what does not hold after it."""

    seed: int
    faults: Counter[str]
    accepted: int = 0
    events: int = 0
    mails: int = 0
    twice: int = 0
    calm_seconds: float = 0.0
    all_seconds: float = 0.0
    broken: tuple[str, ...] = ()


class Storm:
    """One seed: what clients do, and what goes wrong."""

    def __init__(self, rig: Rig, seed: int, most_changes: int, *, many: bool) -> None:
        self.rig = rig
        self.many = many
        self.most_changes = most_changes
        self.dice = random.Random(seed)
        self.figures = SeedFigures(seed, Counter())
        self.over = asyncio.Event()
        self.changes = 0

    async def run(self, seconds: float) -> SeedFigures:
        await self.rig.takes_over()
        for name in ("api", *WORKERS):
            await self.rig.begin(name)
        await self.rig.up()
        async with asyncio.TaskGroup() as watch:
            watching = watch.create_task(self._supervise())
            async with asyncio.TaskGroup() as group:
                for number in range(CLIENTS):
                    group.create_task(self._client(random.Random(self.dice.random()), number))
                group.create_task(self._time(random.Random(self.dice.random())))
                group.create_task(self._faults())
                await asyncio.sleep(seconds)
                self.over.set()
            watching.cancel()  # not before: a client may still wait for an answer
        await self._calm()
        return self.figures

    # --- clients -------------------------------------------------------------------------------------

    async def _client(self, dice: random.Random, number: int) -> None:
        while not self.over.is_set():
            if self.changes < self.most_changes and dice.random() < 0.1:
                self.changes += 1
                await self._announce(f"Host {number}.{self.changes} BV", dice)
            else:
                await self._answer(dice)
            await asyncio.sleep(dice.uniform(0.0, 0.1))

    async def _announce(self, name: str, dice: random.Random) -> None:
        host = await self.rig.made("subprocessors", {"name": name, "service": "hosting", "country": "NL",
                                                     "bound_on": "2026-01-01"})  # fmt: skip
        services = [dice.choice(SERVICES)] if self.many and dice.random() < MOSTLY else []
        change = await self.rig.made("changes", {"kind": "add", "subprocessor_id": host["id"], "services": services})
        await self.rig.made(f"changes/{change['id']}/notify")

    async def _answer(self, dice: random.Random) -> None:
        """Whatever may be done to one of the notices; a no is an answer too."""
        listed = await self.rig.ask("GET", f"notices?limit=20&sort={dice.choice(['sent_at', '-sent_at'])}")
        if listed.status_code != 200:
            listed = await self.rig.ask("GET", "notices?limit=20")
        if items := listed.json()["items"]:
            one = dice.choice(items)
            action = dice.choice(["object", "consent", "acknowledge", "take-back", "resend"])
            await self.rig.ask("POST", f"notices/{one['id']}/{action}", {} if action == "resend" else SAID)

    async def _time(self, dice: random.Random) -> None:
        while not self.over.is_set():
            await asyncio.sleep(dice.uniform(0.5, 2.0))
            with contextlib.suppress(*AWAY):
                await self._aim(timedelta(hours=dice.uniform(1, 200)))

    async def _aim(self, ahead: timedelta) -> None:
        async with self.rig.owner() as connection:
            await connection.execute("update clock set target = greatest(target, now + $1)", ahead)

    async def _supervise(self) -> None:
        """What ended by itself is begun again after a second, as the units in `deploy/systemd` have it: an API that
        begins while PostgreSQL is away says so and ends."""
        while True:
            await asyncio.sleep(1.0)
            for name, child in list(self.rig.running.items()):
                if child.status is not None and self.rig.running.get(name) is child:
                    await self.rig.begin(name)

    # --- faults --------------------------------------------------------------------------------------

    async def _faults(self) -> None:
        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "API killed": lambda: self._killed("api"),
            "worker killed": lambda: self._killed(self.dice.choice(WORKERS)),
            "worker told to stop": self._told_to_stop,
            "process stopped for a while": self._stopped,
            "PostgreSQL crashed": self._crash,
            "all connections of PostgreSQL ended": self._terminate,
            "one connection of PostgreSQL ended": lambda: self._terminate("limit 1"),
            "cut just before a commit": lambda: self._cut_commit("before"),
            "cut just after a commit": lambda: self._cut_commit("after"),
            "PostgreSQL unreachable": lambda: self._away(*self.rig.to_database.values()),
            "PostgreSQL silent": lambda: self._silent(*self.rig.to_database.values()),
            "a row locked": self._lock,
            "Redis emptied": self._flush,
            "Redis unreachable": lambda: self._away(self.rig.to_redis),
            "Redis silent": lambda: self._silent(self.rig.to_redis),
            "mail server unreachable": lambda: self._away(self.rig.to_mail),
            "mail server cut": self._cut_mail,
            "mail server answers otherwise": self._other_answers,
        }
        while not self.over.is_set():
            await asyncio.sleep(self.dice.uniform(0.1, 1.0))
            kind = self.dice.choice(list(kinds))
            self.figures.faults[kind] += 1
            with contextlib.suppress(*AWAY):
                await kinds[kind]()

    async def _killed(self, name: str) -> None:
        await self.rig.kill(name)
        if self.dice.random() < 0.8:  # else it is found by its lease
            await self.rig.free_leases()
        await self.rig.begin(name)

    async def _told_to_stop(self) -> None:
        name = self.dice.choice(WORKERS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.rig.stop(name), 20)
        await self.rig.begin(name)

    async def _stopped(self) -> None:
        child = self.rig.running[self.dice.choice(("api", *WORKERS))]
        child.signal(signal.SIGSTOP)
        await asyncio.sleep(self.dice.uniform(0.1, 2.0))
        child.signal(signal.SIGCONT)

    async def _crash(self) -> None:
        """One backend is killed: PostgreSQL ends all others, and recovers."""
        async with self.rig.owner() as connection:
            pid = await connection.fetchval(
                "select pid from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid() limit 1"
            )
            if pid:
                os.kill(pid, signal.SIGKILL)

    async def _terminate(self, limit: str = "") -> None:
        async with self.rig.owner() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from (select pid from pg_stat_activity where datname = "
                f"current_database() and pid <> pg_backend_pid() order by random() {limit}) x"
            )

    async def _cut_commit(self, when: Any) -> None:
        self.rig.to_database[self.dice.choice(["api", "worker"])].when = when

    async def _away(self, *ways: Any) -> None:
        for one in ways:
            one.go_away()
        await asyncio.sleep(self.dice.uniform(0.1, 1.0))
        for one in ways:
            one.calm()

    async def _silent(self, *ways: Any) -> None:
        for one in ways:
            one.hold()
        await asyncio.sleep(self.dice.uniform(0.1, 2.0))
        for one in ways:
            one.calm()

    async def _lock(self) -> None:
        async with self.rig.owner() as connection, connection.transaction():
            await connection.execute("select 1 from subject where kind = 'notice' order by random() limit 1 for update")
            await asyncio.sleep(self.dice.uniform(0.1, 2.0))

    async def _flush(self) -> None:
        await self.rig.empty_redis()

    async def _cut_mail(self) -> None:
        self.rig.to_mail.cut()

    async def _other_answers(self) -> None:
        self.rig.mail.next_data.extend(self.dice.choices(ANSWERS, k=self.dice.randint(1, 20)))

    # --- calm ----------------------------------------------------------------------------------------

    async def _calm(self) -> None:
        for way in self.rig.ways:
            way.calm()
        for one in self.rig.to_database.values():
            one.when = None
        self.rig.mail.next_data.clear()
        began = time.monotonic()
        for name in ("api", *WORKERS):
            if self.rig.running[name].status is not None:
                self.rig.running.pop(name)
                await self.rig.begin(name)
        await self._aim(TO_THE_END)
        await self.rig.arrives()
        self.figures.calm_seconds = time.monotonic() - began
        self.figures.broken = (*await self.rig.broken(), *await self.rig.unkept())
        self.figures.accepted = len(self.rig.accepted)
        self.figures.mails, self.figures.twice = self.rig.mails()
        async with self.rig.owner() as connection:
            self.figures.events = await connection.fetchval("select count(*) from event")


# --- the command -------------------------------------------------------------------------------------


async def storms(given: argparse.Namespace, folder: Path, servers: RunningServers) -> list[SeedFigures]:
    """One after another; what came of each is said at once."""
    began = time.monotonic()
    template = f"chaos_{given.agreements}"
    await make_template(servers, template, given.agreements)
    print(f"{given.agreements} agreements in {time.monotonic() - began:.0f} s", flush=True)
    nursery = await Nursery.begun()
    found = []
    seeds = [given.seed] if given.seed is not None else range(given.first, given.first + given.seeds)
    for seed in seeds:
        place = folder / str(seed)
        place.mkdir()
        began = time.monotonic()
        figures = SeedFigures(seed, Counter())
        try:
            async with (
                copied(servers, template, f"storm_{seed}") as database,
                Rig(servers, database, nursery, place) as rig,
            ):
                storm = Storm(rig, seed, given.changes, many=given.agreements >= FEW)
                figures = storm.figures
                await storm.run(given.seconds)
        except Exception as error:  # what ends one seed is told with it, and the others go on
            figures.broken = (*figures.broken, f"it did not come to its end: {told(error)}")
        figures.all_seconds = time.monotonic() - began
        found.append(figures)
        print(line(figures), flush=True)
    await nursery.close()
    return found


def told(error: BaseException) -> str:
    """What it was, also where several things went wrong at once."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(told(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"


def line(one: SeedFigures) -> str:
    """What came of a seed, in a line, and what does not hold below it."""
    said = (
        f"seed {one.seed}: {one.faults.total()} faults, {one.accepted} requests accepted, {one.events} events, "
        f"{one.mails} mails of which {one.twice} came twice, at rest {one.calm_seconds:.1f} s after the last fault, "
        f"{one.all_seconds:.0f} s in all: "
        f"{'everything holds' if not one.broken else 'BROKEN'}"
    )
    return "\n  ".join([said, *one.broken])


def main() -> None:
    parser = argparse.ArgumentParser(prog="make chaos", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--agreements", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=200, help="how many, one after another")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--seconds", type=float, default=30.0, help="of faults, for each seed")
    parser.add_argument("--changes", type=int, default=3, help="that are announced at most, for each seed")
    parser.add_argument("--data", type=Path, help="keep what seeds begin with in this folder, for the next run")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs of all processes")
    given = parser.parse_args()
    folder = temporary_folder(MEMORY)
    servers = start_servers(given.data or folder / "data", settings=ENDURING)
    try:
        found = asyncio.run(storms(given, folder, servers))
    finally:
        servers.stop()
        if given.keep:
            print(f"logs are in {folder}")
        else:
            shutil.rmtree(folder)
    together: Counter[str] = Counter()
    for one in found:
        together += one.faults
    print("\nfaults")
    for kind, count in together.most_common():
        print(f"  {count:6d}  {kind}")
    broken = [one.seed for one in found if one.broken]
    print(f"\n{len(found)} seeds, {sum(one.accepted for one in found)} requests accepted, "
          f"{sum(one.events for one in found)} events, {sum(one.mails for one in found)} mails; at rest within "
          f"{max(one.calm_seconds for one in found):.1f} s; broken: {broken or 'none'}")  # fmt: skip
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
