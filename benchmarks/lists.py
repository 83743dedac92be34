"""Every list and page on a small database and on a large one, asked in turn: how much longer the large one takes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Final, Literal
from uuid import UUID

import msgspec

from benchmarks import client
from benchmarks.serving import Server, new_server_key, serving
from benchmarks.stage import Database, Stage
from service.people.sessions import begin_session
from workflows.ids import new_id

WARM: Final = 8
"""Requests before it counts: after five the server decides whether a plan is kept."""
TIMES: Final = 40
PATIENCE: Final = 2.0
"""Seconds after which one page of one database is not asked for again."""
HIGH: Final = 0.99
OK: Final = 200
TOO_SLOW: Final = 408
"""What a connection is told that rested before it asked."""

API: Final = (
    "agreements?limit=1", "agreements", "agreements?sort=customer_name", "agreements?sort=-created_at",
    "agreements?q=zorg", "agreements?q={name}", "agreements?q=zzz", "agreements?state=active", "agreements?state=draft",
    "agreements?terms={terms}", "agreements?terms=none", "agreements?customer_id={customer}",
    "agreements?sort=customer_name&q={name}", "agreements/{agreement}",
    "customers", "customers?sort=name", "customers?sort=-created_at", "customers?q=zorg", "customers?q={name}",
    "customers?sort=name&q=zorg", "customers?sort=name&q={name}", "customers?q=zzz", "customers?name={whole}",
    "customers?country=PT", "customers?state=erased", "customers/{customer}",
    "changes", "changes?sort=-created_at", "changes/{change}",
    "notices", "notices?sort=-closes_at", "notices?sort=customer_name", "notices?q={name}", "notices?state=objected",
    "notices?state=consented", "notices?change_id={change}", "notices?agreement_id={agreement}",
    "notices?customer_id={customer}", "notices?agreement_id={agreement}&state=open", "notices/{notice}",
    "tasks", "tasks?state=open", "tasks?state=open&sort=due_at", "tasks?overdue=true", "tasks?kind=none",
    "tasks?role=director", "tasks?subject={notice}",
    "deadlines", "deadlines?sort=-due_at", "deadlines?overdue=true", "deadlines?overdue=false",
    "deadlines?party=controller", "deadlines?rule=none", "deadlines?agreement_id={agreement}", "deadlines?q={name}",
    "deadlines.ics",
    "requests", "requests?sort=-received_at", "requests?agreement_id={agreement}", "requests?state=fulfilled",
    "audits", "audits?agreement_id={agreement}", "matters", "matters?agreement_id={agreement}",
    "engagements", "engagements?agreement_id={agreement}", "engagements?subprocessor_id={subprocessor}",
    "events", "events?subject={agreement}", "events?type=none", "inbound", "subprocessors", "subprocessors?sort=name",
    "breaches", "announcements", "agreements/{agreement}/timeline",
)  # fmt: skip
ADMINS: Final = (
    "processors", "agreements", "agreements?sort=customer_name", "customers", "notices", "tasks", "tasks?sort=due_at",
    "deadlines",
    "events", "requests", "engagements",
)  # fmt: skip
"""Asked by an admin: lists over all processors."""
BOARD: Final = (
    "", "agreements", "agreements?sort=customer_name&q={name}", "agreements/{agreement}", "customers",
    "customers?sort=name&q=zorg", "customers/{customer}", "changes", "changes/{change}", "notices",
    "notices/{notice}", "tasks", "requests", "audits", "matters", "deadlines", "subprocessors", "announcements",
    "breaches", "calendar", "search?q=zorg", "search?q={name}", "search?q=zzz", "settings", "terms", "inbound",
)  # fmt: skip


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long one page takes on either database, in milliseconds."""

    page: str
    small: tuple[float, ...]
    large: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The large one's median by the small one's."""
        return below(self.large, 0.5) / below(self.small, 0.5)

    @property
    def high_ratio(self) -> float:
        """The same of what all but one in a hundred are below."""
        return below(self.large, HIGH) / below(self.small, HIGH)

    def cells(self) -> tuple[str, ...]:
        shown = [f"{below(times, part):.1f}" for times in (self.small, self.large) for part in (0.5, HIGH)]
        return (f"`{self.page}`", *shown, f"{self.ratio:.1f}", f"{self.high_ratio:.1f}")


PACE_HEADS: Final = ("page", "small, median ms", "p99", "large, median ms", "p99", "ratio", "of p99")


class _Place(msgspec.Struct):
    """A server on one of the databases, and what its pages are asked for with."""

    port: int
    line: client.Line
    words: dict[str, str]
    manager: str
    admin: str
    cookie: str

    async def ask(self, request: bytes) -> tuple[float, int, bytes]:
        """Milliseconds, status and body; over another connection where the server has closed one that rested."""
        for _ in range(2):
            began = time.perf_counter()
            try:
                status, body = await self.line.ask(request)
                if status != TOO_SLOW:
                    return 1000 * (time.perf_counter() - began), status, body
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            self.line.close()
            self.line = await client.connect(self.port)
        raise RuntimeError("the server hangs up: see what it says above")

    def requests(self) -> list[tuple[str, bytes]]:
        """What is asked for, by the name under which it is shown."""
        made = [(f"GET {one}", self._asked(f"/api/v1/{one}", f"Authorization: Bearer {self.manager}")) for one in API]
        made += [
            (f"admin GET {one}", self._asked(f"/api/v1/{one}", f"Authorization: Bearer {self.admin}")) for one in ADMINS
        ]
        return made + [(f"/board/{one}", self._asked(f"/board/{one}", f"Cookie: {self.cookie}")) for one in BOARD]

    def _asked(self, path: str, head: str) -> bytes:
        return f"GET {path.format(**self.words)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n\r\n".encode()


async def measure(
    stage: Stage,
    small: Database,
    large: Database,
    processors: tuple[UUID, UUID],
    only: str = "",
    clock: Literal["system", "simulated"] = "simulated",
) -> AsyncIterator[Pace]:
    """Every page of both, by turns, so that what else the machine does meets both alike. `processors` are those whose
    pages are asked for, in the small database and in the large one."""
    async with AsyncExitStack() as closing:
        both = zip((small, large), processors, strict=True)
        places = [await _open(stage, one, processor, closing, clock) for one, processor in both]
        for (name, asked), (_, as_large) in zip(places[0].requests(), places[1].requests(), strict=True):
            if only in name:
                yield await _pace(name, places, (asked, as_large))


async def _pace(name: str, places: Sequence[_Place], asked: Sequence[bytes]) -> Pace:
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(WARM + TIMES):
        for times, place, request in zip(taken, places, asked, strict=True):
            if sum(times) > 1000 * PATIENCE and len(times) > 2:
                continue
            taken_ms, status, body = await place.ask(request)
            times.append(taken_ms)
            if status != OK:
                raise RuntimeError(f"{name} was answered {status}: {body[:500].decode(errors='replace')}")
    kept = [tuple(times[WARM:]) or tuple(times[-1:]) for times in taken]
    return Pace(page=name, small=kept[0], large=kept[1])


async def _open(
    stage: Stage,
    database: Database,
    processor: UUID,
    closing: AsyncExitStack,
    clock: Literal["system", "simulated"],
) -> _Place:
    server: Server = await closing.enter_async_context(serving(stage, database, clock))
    manager = await new_server_key(server, processor, "manager")
    line = await client.connect(server.port)
    words = await _words(stage, database, processor)
    return _Place(
        port=server.port, line=line, words=words, manager=manager, admin=server.key,
        cookie=f"termijn={await signed_in(stage, database, processor)}",
    )  # fmt: skip


async def _words(stage: Stage, database: Database, processor: UUID) -> dict[str, str]:
    """What the addresses name: somebody in the middle of the list, and what belongs to it."""
    async with stage.connect(database) as connection:
        row = await connection.fetchrow(
            "select a.id as agreement, a.customer_id as customer, a.terms, c.name as whole, "
            "  (select n.id from notice n where n.agreement_id = a.id order by id limit 1) as notice, "
            "  (select x.id from change x where x.processor_id = $1 order by x.id limit 1) as change, "
            "  (select s.id from subprocessor s where s.processor_id = $1 order by s.id desc limit 1) as subprocessor "
            "from (select id from agreement where processor_id = $1 "
            "  order by id offset (select count(*) / 2 from agreement where processor_id = $1) limit 1) middle "
            "join agreement a on a.processor_id = $1 and a.id >= middle.id "
            "  and exists (select from notice n where n.agreement_id = a.id) "
            "join customer c on c.id = a.customer_id "
            "order by a.id limit 1",
            processor,
        )
    assert row is not None, "the lives were copied"
    found = {name: str(value) for name, value in dict(row).items()}
    return {**found, "whole": found["whole"].replace(" ", "%20"), "name": found["whole"].rpartition(" ")[2]}


async def signed_in(stage: Stage, database: Database, processor: UUID) -> str:
    """The secret of a session of a director, who begins with it."""
    async with stage.connect(database) as connection:
        user = new_id()
        await connection.execute(
            "insert into app_user (id, processor_id, name, email, role, language, created_at) "
            "values ($1, $2, 'Robin', $1::uuid || '@benchmark.example', 'director', 'nl', termijn_now())",
            user,
            processor,
        )
        return await begin_session(connection, user, processor)


def below(times: Sequence[float], part: float) -> float:
    """What all but that part of them are not above."""
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]
