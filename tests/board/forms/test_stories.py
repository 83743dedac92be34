"""A manager's and a director's weeks with each of the five agreements, from its making to the day its data are gone,
on the board alone: nothing is asked of the API but that time passes. What a day has, a browser does in
`test_the_day.py`; here the forms are posted as it posts them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.board.conftest import SignIn
from tests.board.forms.hands import ByHttp, Hand, InBrowser, InParts, Text
from tests.pages.browsing import DESK, Visit
from tests.world import World, local
from workflows.time import local_time

WORD: dict[str, Text] = {"channel": "phone", "by": "Kim"}
CUSTOMER: dict[str, Text] = {
    "name": "Visafslag Zeeman", "country": "Nederland", "language": "nl", "contacts[0].name": "Kim",
    "contacts[0].email": "kim@visafslag.example", "contacts[0].phone": "+31 10 1234567",
    "contacts[0].roles": ["contract", "privacy", "security"],
}  # fmt: skip
HOST: dict[str, Text] = {
    "name": "Waterhosting", "service": "hosting", "country": "NL", "bound_on": "2026-01-01", "address": "Kade 1",
    "contact": "hulp@waterhosting.example", "categories": "names",
}  # fmt: skip


RETURN: dict[str, Text] = {"data": "return", "format": "CSV", "channel": "letter"}


@dataclass(frozen=True)
class Story:
    """What an agreement leaves blank, how its customer answers a change, and what becomes of that."""

    terms: str
    facts: dict[str, Text] = field(default_factory=dict)
    signed: bool = False
    answer: str = "object"
    decided: str = "uphold"
    choice: dict[str, Text] = field(default_factory=dict)
    browsed: tuple[tuple[str, str], ...] = ()
    """Forms that are filled in in a browser, since the day of `test_the_day.py` has them not."""


def days(count: str, name: str) -> dict[str, Text]:
    return {f"facts.{name}": count, f"facts.{name}~unit": "days"}


STORIES = [
    Story("stkkr", days("30", "backup.retention"), decided="overrule"),
    Story("kmo-solutions", days("30", "backup.retention"), choice=RETURN,
          browsed=(("agreements", "end-main-contract"), ("agreements", "choose"))),
    Story("constant-it", choice=RETURN),
    Story(
        "mms-solutions",
        {**days("30", "end.erasure"), "facts.processing.data": "film", "facts.processing.purposes": "archive"},
        answer="refuse",
        decided="",
    ),
    Story("contict", signed=True, answer="refuse", decided=""),
]  # fmt: skip


async def lived(world: World, story: Story, manager: Hand, director: Hand, clerk: Hand) -> None:
    """The whole life of an agreement; how it went is read from the database, never asked of the API. The clerk does
    again what the manager did before."""
    customer = await manager.does("customers", None, "new", **CUSTOMER)
    agreement = await begun(world, story, manager, customer)
    change = await announced(world, story, manager, director, agreement)
    await manager.does("changes", change, "withdraw", reason="Not needed any more")
    assert await world.state(change) == "withdrawn"
    await breached(world, manager)
    await ended(world, story, manager, director, clerk, agreement)
    assert await world.state(agreement) == "deleted"
    events = await world.rows("select body from event where body::jsonb ->> 'actor' like 'key:%'")
    assert events == [], "no program did any of it"


async def begun(world: World, story: Story, manager: Hand, customer: UUID) -> UUID:
    agreement = await manager.does(
        "agreements", None, f"new?terms={story.terms}&customer_id={customer}",
        **{"main_contract.reference": "M-1", "main_contract.starts_on": "2026-01-01"}, **story.facts,
    )  # fmt: skip
    await manager.does("agreements", agreement, "send")
    if story.signed:
        for party in ("processor", "controller"):
            await manager.does("agreements", agreement, "sign", party=party)
    assert await world.state(agreement) == "active"
    return agreement


async def announced(world: World, story: Story, manager: Hand, director: Hand, agreement: UUID) -> UUID:
    host = await manager.does("subprocessors", None, "new", **HOST)
    change = await manager.does("changes", None, f"new?kind=add&subprocessor_id={host}", kind="add", reason="More room")
    await manager.does("changes", change, "notify")
    notice = (await world.notice(change, agreement))["id"]
    await manager.does("notices", notice, story.answer, **WORD, grounds="We know them")
    if story.decided:
        day: dict[str, Text] = {"engage_not_before": "2026-05-01"} if story.decided == "overrule" else {}
        await director.does("notices", notice, "decide", decision=story.decided, reason="We looked at it", **day)
    assert await world.state(notice) == {"uphold": "upheld", "overrule": "overruled", "": "refused"}[story.decided]
    return change


async def breached(world: World, manager: Hand) -> None:
    breach = await manager.does(
        "breaches", None, "new", discovered_at=clock(await world.now()), summary="A laptop is gone", people_max="12"
    )
    await manager.does("breaches", breach, "notify")
    [case] = await world.rows("select agreement_id from breach_case where breach_id = $1", breach)
    await manager.does(
        "breaches", breach, f"record-call?agreement_id={case['agreement_id']}&contact=Kim",
        at=clock(await world.now()), outcome="spoken",
    )  # fmt: skip
    await manager.does("breaches", breach, "close", conclusion="It was found again")
    assert await world.state(breach) == "closed"


async def ended(world: World, story: Story, manager: Hand, director: Hand, clerk: Hand, agreement: UUID) -> None:
    await manager.does("agreements", agreement, "end-main-contract", on="2026-05-31")
    await world.go(local("2026-06-02T09:00:00+02:00"))
    if story.choice:
        said: dict[str, Text] = {**WORD, "evidence": "Letter of today", **story.choice}
        await manager.does("agreements", agreement, "choose", **said)
    for _ in range(400):
        shown = await stored(world, agreement)
        if shown["state"] == "deleted":
            return
        for task in await world.rows(
            "select id from task where about = $1 and kind = 'mailbox_read' and done_at is null", agreement
        ):
            await manager.does("tasks", task["id"], "done", note="Nothing asked")
        ready = [one for one in shown["plan"] if not one.get("done_at") and one.get("ordered_at")]
        if ready:
            await manager.does("agreements", agreement, f"confirm?task_id={ready[0]['id']}", evidence="Log of today")
            manager = clerk
        elif any(not one.get("approved_at") for one in shown["plan"]):
            await director.does("agreements", agreement, "approve-plan")
        else:
            await world.days(30)


async def stored(world: World, agreement: UUID) -> Any:
    [row] = await world.rows(
        "select to_jsonb(a)::text as one, s.state from agreement a join subject s using (id) where id = $1", agreement
    )
    return {**msgspec.json.decode(row["one"]), "state": row["state"]}


def clock(at: datetime, zone: str = "Europe/Amsterdam") -> str:
    """As it is typed, in the processor's zone."""
    return local_time(at, zone).replace(tzinfo=None).isoformat(timespec="minutes")


@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.terms)
async def test_a_life_on_the_board(visit: Visit, world: World, person: SignIn, story: Story) -> None:
    await world.make_processor(reply_to="privacy@acme.example")
    manager, director = await person("manager"), await person("director")
    clerk = ByHttp(world, manager)
    if not story.browsed:
        return await lived(world, story, clerk, ByHttp(world, director), clerk)
    size: dict[str, Any] = {"viewport": DESK, "java_script_enabled": False}
    async with visit.page("/board", who=manager, **size) as first:
        desk = InParts(InBrowser(world, first, visit.base), clerk, *story.browsed)
        await lived(world, story, desk, ByHttp(world, director), clerk)
