"""The program beside a small model of what becomes of a notice (`model.py`): random terms, answers that are typed in
later, jumps of the clock, outages, workers that lose their database in the middle of a batch, and corrections.

A few lives here, the same in each run, so that a run can be repeated; many, others each time, by `make simulate`.
"""

import contextlib
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import failpoints
from tests.drafts import controller_rule, draft, store
from tests.faults.model import Kind, Model, Rules
from tests.world import World
from workflows.engine.engine import Engine
from workflows.ids import new_id
from workflows.time import calendar_for

ASKED: Final = os.environ.get("SIMULATED_LIVES")
LIVES: Final = int(ASKED or "12")
MOST: Final = 150
"""Lives on one database: each takes months, and no calendar is known after 2100."""
RULE: Final[dict[Kind, str]] = {
    "objection": "subprocessor.objection", "consent": "subprocessor.consent",
    "termination_right": "subprocessor.termination",
}  # fmt: skip
SIGNS: Final = {"hours": "PT{}H", "days": "P{}D", "weeks": "P{}W", "working_days": "P{}WD"}
RIGHT: Final = {"ground": "subprocessor", "clause": "7", "ends": "agreement", "party": "controller"}
POINTS: Final = tuple(one for one in failpoints.POINTS if one.startswith("sweep."))

periods = st.one_of(
    st.none(),
    st.tuples(st.just("hours"), st.integers(1, 200)),
    st.tuples(st.just("days"), st.integers(1, 40)),
    st.tuples(st.just("weeks"), st.integers(1, 6)),
    st.tuples(st.just("working_days"), st.integers(1, 25)),
)
kinds = st.sampled_from(("objection", "objection", "consent", "information", "termination_right"))
zones = st.sampled_from(("Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"))
calendars = st.sampled_from(("NL", "DE-BY", "GB-ENG", "US-NY"))
hours = st.one_of(st.integers(0, 72), st.integers(0, 30 * 24))
step = st.one_of(
    st.tuples(st.just("wait"), hours),
    st.tuples(st.just("wait"), hours),
    st.tuples(st.just("answer"), st.sampled_from(("object", "consent", "refuse", "take-back")), st.integers(0, 120)),
    st.tuples(st.just("answer"), st.sampled_from(("object", "consent", "refuse", "take-back")), st.just(0)),
    st.tuples(st.just("down"), st.integers(1, 200)),
    st.tuples(st.just("late"), st.integers(1, 200)),
    st.tuples(st.just("broken"), st.sampled_from(POINTS), hours),
    st.tuples(st.just("restart")),
    st.tuples(st.just("not-received")),
    st.tuples(st.just("uphold")),
    st.tuples(st.just("edge"), st.sampled_from((-1, 0, 1))),
)


class Simulated:
    """One notice under terms of its own, in the program and in the model."""

    world: World
    model: Model
    notice: UUID
    agreement: UUID
    host: UUID

    @classmethod
    async def begun(
        cls, world: World, kind: Kind, period: Any, zone: str, calendar: str, wished: int | None
    ) -> "Simulated":
        if kind in ("consent", "information"):
            period = None  # which neither has
        life = cls()
        life.world = world
        world.processor = new_id()
        world.beginnings = None
        now = await world.now()
        terms = draft(
            {RULE[kind]: controller_rule("receipt", SIGNS[period[0]].format(period[1]) if period else None)}
            if kind in RULE else {},
            without=("subprocessor.objection",) if kind != "objection" else (),
            id=f"simulated-{world.processor}", zone=zone, calendar=calendar,
            subprocessors={"rule": kind, **({} if kind == "objection" else {"overruling": None})},
            **({"ending": {"rights": [RIGHT]}} if kind == "termination_right" else {}),
        )  # fmt: skip
        await store(world, terms)
        await world.make_processor()
        life.agreement = await world.make_agreement(terms.id)
        life.host = await world.make_subprocessor()
        free = calendar_for(calendar)
        rules = Rules(kind=kind, period=period, zone=zone, moves=True,
                      is_free=lambda day: free.holiday(day) is not None,
                      is_equated=lambda day: free.equated(day) is not None)  # fmt: skip
        day = rules.local(now) + timedelta(days=wished) if wished is not None else None
        change = await world.make_change(life.host, effective_on=day)
        await world.announce(change)
        life.notice = (await world.notice(change, life.agreement))["id"]
        life.model = Model(rules, now, day)
        return life

    async def go_on(self, what: str, *how: Any) -> None:
        """One step of both."""
        now = await self.world.now()
        match what:
            case "wait":
                await self.world.go(now + timedelta(hours=how[0]))
            case "edge":
                end = self.model.closes()
                if end is not None and end > now:
                    await self.world.go(end + timedelta(microseconds=how[0]))
            case "answer":
                received = max(now - timedelta(hours=how[1]), self.model.received)
                if self.model.may(how[0]):
                    await self.world.do(self.notice, how[0], by="Kim", channel="mail", grounds="so",
                                        received_at=received)  # fmt: skip
                    await self.world.drain()
                    self.model.hear(how[0], received, now)
            case "down" | "late":
                back = now + timedelta(hours=how[0])
                await self._jump(back)
                if what == "down":
                    await self.world.rows("insert into outage (began_at, ended_at) values ($1, $2) returning id",
                                          now, back)  # fmt: skip
                    self.model.outages.append((now, back))
                await self.world.drain()
            case "broken":
                await self._jump(now + timedelta(hours=how[1]))
                failpoints.ARMED[how[0]] = failpoints.Armed("away")
                with contextlib.suppress(asyncpg.PostgresError):
                    await self.world.drain()
                failpoints.ARMED.clear()
                await self.world.drain()
            case "restart":
                self.world.engine = Engine(arrival="direct")
            case "not-received":
                if not self.model.said and self.model.state(now) in ("open", "lapsed"):
                    await self.world.do(self.notice, "not-received", reason="it came back")
                    await self.world.do(self.notice, "resend")
                    await self.world.drain()
                    self.model.receive(now)
            case "uphold":
                if self.model.state(now) == "objected":
                    await self.world.do(self.notice, "decide", decision="uphold", reason="so be it")
                    await self.world.drain()
                    self.model.upheld, self.model.kept = True, None

    async def _jump(self, to: datetime) -> None:
        await self.world.rows("update clock set now = $1 returning now", to)

    async def compare(self) -> None:
        now = await self.world.now()
        [row] = await self.world.rows(
            "select n.*, s.state from notice n join subject s on s.id = n.id where n.id = $1", self.notice
        )
        state = self.model.state(now)
        found = (row["state"], await self.world.engaged(self.agreement, self.host))
        assert found == (state, self.model.engaged(now)), now
        # While an objection stands nothing closes: an end that an outage moves is moved when it counts again (P3).
        assert row["closes_at"] == self.model.closes(now) or state in ("objected", "upheld"), now
        early = await self.world.rows(
            "select 1 from event where recorded_at < at or (type = 'notice.lapsed' and at < $1 and subject_id = $2)",
            self.model.first or datetime.min.replace(tzinfo=now.tzinfo), self.notice,
        )  # fmt: skip
        assert row["received_at"] != self.model.received or early == []


@pytest.mark.parametrize("part", range(1, -(-LIVES // MOST) + 1))
@settings(
    max_examples=min(LIVES, MOST),
    derandomize=ASKED is None,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(kind=kinds, period=periods, zone=zones, calendar=calendars, wished=st.one_of(st.none(), st.integers(0, 60)),
       steps=st.lists(step, min_size=3, max_size=10))  # fmt: skip
async def test_the_program_does_what_the_model_says(
    world: World,
    part: int,
    kind: Kind,
    period: Any,
    zone: str,
    calendar: str,
    wished: int | None,
    steps: Sequence[tuple[Any, ...]],
) -> None:
    life = await Simulated.begun(world, kind, period, zone, calendar, wished)
    await life.compare()
    for one in steps:
        await life.go_on(*one)
        await life.compare()
    await world.days(70)
    await life.compare()
