"""Kinds of breach with clocks of their own, and a later report after the notice."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from db.session import transaction
from tests.breaches import found
from tests.drafts import ID, draft, processor_rule, store
from tests.test_notices import system
from tests.world import World, local
from workflows.breach.words import kind_carried
from workflows.errors import BadInput, Refused
from workflows.terms.due import UNSAID_KIND, due
from workflows.terms.explain import explain
from workflows.terms.model import Terms
from workflows.words import Language

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
KINDS = [
    {"id": "wrongful_disclosure", "clause": "2(e)", "text": {"en": "a wrongful disclosure", "de": "eine Offenlegung"}},
    {"id": "attempt", "clause": "2(f)", "text": "an attempt that failed"},
]


def by_kind(report: dict[str, Any] | None = None) -> Terms:
    """Ten working days for a breach, three for a wrongful disclosure, no number for an attempt."""
    rules = {
        "breach.notice": processor_rule("discovery", "P10WD", clause="2(d)"),
        "breach.notice.wrongful_disclosure": processor_rule("discovery", "P3WD", clause="2(e)"),
        "breach.notice.attempt": processor_rule("discovery", clause="2(f)", note="with the quarterly report"),
        **({"breach.report": report} if report else {}),
    }
    return draft(rules, breach={"clause": "2", "kinds": KINDS})


@pytest.mark.parametrize(
    ("facts", "rule", "last", "unsaid"),
    [
        # Monday 2 March: the third working day is the 5th, the tenth the 16th.
        ({}, "breach.notice.wrongful_disclosure", "2026-03-05", True),
        ({"kind": "wrongful_disclosure"}, "breach.notice.wrongful_disclosure", "2026-03-05", False),
        ({"kind": "breach"}, "breach.notice", "2026-03-16", False),
        ({"kind": "attempt"}, "breach.notice.attempt", "None", False),
    ],
)
def test_the_shortest_counts_until_somebody_says_the_kind(
    facts: dict[str, str], rule: str, last: str, unsaid: bool
) -> None:
    said = due(by_kind(), "breach.notice", AT, facts)
    assert (said.rule, str(said.last_day)) == (rule, last)
    assert (UNSAID_KIND in said.steps) == unsaid
    alone = due(by_kind(), "breach.notice.wrongful_disclosure", AT)
    assert (alone.clause, str(alone.last_day)) == ("2(e)", "2026-03-05")


def test_a_kind_that_nobody_names_is_refused() -> None:
    with pytest.raises(BadInput, match=r"is no kind of breach here\. Did you mean attempt"):
        due(by_kind(), "breach.notice", AT, {"kind": "attemt"})
    with pytest.raises(BadInput, match="'kind' is not a fact"):
        due(draft(), "breach.notice", AT, {"kind": "breach"})


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            "Notice of a breach to the controller: a wrongful disclosure (2(e)): the processor, within 3 working days",
        ),
        ("de", "eine Offenlegung"),
        ("nl", "“a wrongful disclosure” (in het Engels)"),
        ("fr", "a wrongful disclosure"),
    ],
)
def test_each_kind_is_explained_by_its_name(lang: Language, said: str) -> None:
    told = explain(by_kind(processor_rule("informed", "PT72H", clause="2(g)")), lang)
    assert said in told
    assert "2(g)" in told


async def case(world: World) -> Any:
    (row,) = await world.rows("select * from breach_case")
    return row


async def running(world: World) -> dict[str, str]:
    rows = await world.rows(
        "select rule, last_day, due_at from deadline where closed_at is null and rule like 'breach.%'"
    )
    return {row["rule"]: str(row["last_day"]) for row in rows}


async def discovered(world: World, terms: Terms, **more: Any) -> UUID:
    await store(world, terms)
    await world.make_processor()
    await world.go(local("2026-03-02T09:00:00+01:00"))
    return await found(world, await world.make_agreement(ID), **more)


async def test_a_kind_with_more_time_moves_the_deadline_and_both_are_on_record(world: World) -> None:
    breach = await discovered(world, by_kind())
    assert await running(world) == {"breach.notice.wrongful_disclosure": "2026-03-05"}
    with pytest.raises(Refused, match="Known: breach, wrongful_disclosure, attempt"):
        await world.do(breach, "name-kind", kind="theft")
    await world.do(breach, "name-kind", kind="breach")
    await world.drain()
    assert await running(world) == {"breach.notice": "2026-03-16"}
    rows = await world.rows("select body from event where type = 'breach_case.kind_named'")
    assert ["2026-03-05T23:00:00" in rows[0]["body"], "2026-03-16T23:00:00" in rows[0]["body"]] == [True, True]
    await world.do(breach, "name-kind", kind="attempt")  # without a number: the processor's own target
    await world.drain()
    assert list(await running(world)) == ["breach.target"]
    await world.do(breach, "name-kind", kind="wrongful_disclosure")
    await world.do(breach, "notify")
    await world.drain()
    assert (await world.rows("select data ->> 'kind' as kind from message where kind = 'breach_notice'"))[0]["kind"]
    await world.do((await case(world))["id"], "acknowledge", by="Kim")
    await world.drain()
    assert await running(world) == {}
    with pytest.raises(Refused, match="Every customer is informed"):
        await world.do(breach, "name-kind", kind="breach")


async def test_the_kind_may_be_known_when_it_is_found(world: World) -> None:
    await discovered(world, by_kind(), kind="breach")
    assert await running(world) == {"breach.notice": "2026-03-16"}
    (event,) = await world.rows("select body from event where type = 'breach.created'")
    assert '"kind":"breach"' in event["body"], "why its clock is that one"
    agreement = (await case(world))["agreement_id"]
    with pytest.raises(BadInput, match="kind is no kind of breach that these agreements name; known: breach, wrong"):
        await found(world, agreement, kind="theft")


OTHER = "other-terms"


def by_one_id(text: str = "a wrong number was dialled") -> Terms:
    """Another text that names a kind by the same id, with a clock of its own."""
    kinds = [{"id": "wrongful_disclosure", "clause": "4", "text": text}]
    rules = {
        "breach.notice": processor_rule("discovery", "P8WD", clause="3"),
        "breach.notice.wrongful_disclosure": processor_rule("discovery", "P5WD", clause="4"),
    }
    return draft(rules, id=OTHER, breach={"clause": "3", "kinds": kinds})


async def kinds(world: World) -> dict[UUID, tuple[str, str]]:
    """Of each agreement what was said of its kind, and the last day."""
    rows = await world.rows(
        "select c.agreement_id, c.kind, d.last_day from breach_case c"
        " join deadline d on d.subject_id = c.id and d.rule like 'breach.notice%' and d.closed_at is null"
    )
    return {row["agreement_id"]: (row["kind"], str(row["last_day"])) for row in rows}


async def test_whose_text_means_another_thing_by_it_is_not_moved(world: World) -> None:
    await store(world, by_kind())
    await store(world, by_one_id())
    await world.make_processor()
    await world.go(local("2026-03-02T09:00:00+01:00"))
    one, other = await world.make_agreement(ID), await world.make_agreement(OTHER, await world.make_customer("Other"))
    with pytest.raises(BadInput, match="kind is not the same in all of these agreements"):
        await found(world, one, other, kind="wrongful_disclosure")
    breach = await found(world, one, other)
    with pytest.raises(Refused, match=f"do not mean the same by 'wrongful_disclosure' .*a wrong number.*{other}"):
        await world.do(breach, "name-kind", kind="wrongful_disclosure")
    with pytest.raises(Refused, match=f"no open case for {other} whose text names that kind"):
        await world.do(breach, "name-kind", kind="attempt", agreements=[str(other)])
    assert await kinds(world) == {one: ("", "2026-03-05"), other: ("", "2026-03-09")}
    await world.do(breach, "name-kind", kind="breach", agreements=[str(other)])
    await world.drain()
    assert await kinds(world) == {one: ("", "2026-03-05"), other: ("breach", "2026-03-12")}
    await world.do(breach, "name-kind", kind="breach")
    await world.drain()
    assert await kinds(world) == {one: ("breach", "2026-03-16"), other: ("breach", "2026-03-12")}
    with pytest.raises(Refused, match="of that kind already"):
        await world.do(breach, "name-kind", kind="breach")
    (row,) = await world.rows("select id from breach_case where agreement_id = $1", one)
    await world.do(row["id"], "acknowledge", by="Kim")
    await world.do(breach, "name-kind", kind="wrongful_disclosure", agreements=[str(one), str(other)])
    await world.drain()
    assert await kinds(world) == {other: ("wrongful_disclosure", "2026-03-09")}
    (row,) = await world.rows("select kind from breach_case where agreement_id = $1", one)
    assert row["kind"] == "wrongful_disclosure", "should its clock run again, it is by that one"


@pytest.mark.parametrize(
    ("said", "text", "carried"),
    [
        ("wrongful_disclosure", "A  wrongful disclosure", "wrongful_disclosure"),
        ("wrongful_disclosure", "a wrong number was dialled", ""),
        ("breach", "a wrongful disclosure", "breach"),
        ("breach", "a wrong number was dialled", ""),
        ("attempt", "a wrongful disclosure", ""),
        ("", "a wrongful disclosure", ""),
    ],
)
def test_what_was_said_goes_for_one_more_whose_text_means_the_same(said: str, text: str, carried: str) -> None:
    assert kind_carried(said, by_one_id(text), [by_kind()]) == carried
    assert kind_carried(said, draft(), [by_kind()]) == ""


async def test_where_no_agreement_counts_by_kind_there_is_nothing_to_say(world: World) -> None:
    breach = await discovered(world, draft())
    with pytest.raises(Refused, match="counts by the kind of breach"):
        await world.do(breach, "name-kind", kind="breach")


@pytest.mark.parametrize(("starts", "first", "later"), [("discovery", True, True), ("informed", False, True)])
async def test_a_later_report_is_met_by_an_update_that_is_sent(
    world: World, starts: str, first: bool, later: bool
) -> None:
    breach = await discovered(world, by_kind(processor_rule(starts, "PT72H", clause="2(g)")))
    assert ("breach.report" in await running(world)) == first
    await world.do(breach, "update", text="Not sent to anybody yet")
    await world.do(breach, "notify")
    await world.drain()
    await world.do((await case(world))["id"], "acknowledge", by="Kim")
    await world.drain()
    assert ("breach.report" in await running(world)) == later
    (task,) = await world.rows("select text, due_at from task where kind = 'breach_report' and done_at is null")
    assert "(2(g))" in task["text"]
    assert (await case(world))["report_due_at"] == task["due_at"]
    await world.do(breach, "update", text="The detailed report")
    await world.drain()
    assert "breach.report" not in await running(world)
    assert not await world.rows("select from task where kind = 'breach_report' and done_at is null")
    assert (await case(world))["reported_at"] is not None


async def came_back(world: World, kind: str, place: int = 0) -> None:
    """One of the mails of a kind comes back, the first where nothing else is said."""
    rows = await world.rows(f"select id, subject_id, contact_id from message where kind = '{kind}' order by id")
    async with transaction(world.pools.worker, [world.processor]) as connection:
        await connection.execute("update message set state = 'bounced' where id = $1", rows[place]["id"])
    contact = str(rows[place]["contact_id"])
    await system(world, rows[place]["subject_id"], "bounced", contact_id=contact, words="550 no such user", kind=kind)
    await world.drain()


@pytest.mark.parametrize("starts", ["discovery", "informed"])
async def test_a_report_that_came_back_from_everybody_is_owed_again(world: World, starts: str) -> None:
    breach = await discovered(world, by_kind(processor_rule(starts, "PT72H", clause="2(g)")))
    await world.do(breach, "notify")
    await world.drain()
    await world.do((await case(world))["id"], "acknowledge", by="Kim")
    await world.do(breach, "update", text="The detailed report")
    await world.drain()
    assert "breach.report" not in await running(world)
    await came_back(world, "breach_update")
    assert "breach.report" in await running(world)
    stands = await case(world)
    assert (stands["reported_at"], stands["informed_at"] is not None) == (None, True)
    tasks = await world.rows("select kind, due_at from task where done_at is null and kind <> 'breach_follow_up'")
    due_at = stands["report_due_at"]
    assert {row["kind"]: row["due_at"] for row in tasks} == {"breach_report": due_at, "breach_bounced": due_at}
    await world.do(breach, "update", text="Once more")
    await world.drain()
    assert "breach.report" not in await running(world)
    assert not await world.rows("select from task where kind = 'breach_report' and done_at is null")


async def test_a_later_update_that_stands_is_the_report(world: World) -> None:
    breach = await discovered(world, by_kind(processor_rule("discovery", "PT72H", clause="2(g)")))
    await world.do(breach, "notify")
    await world.drain()
    for text in ("The detailed report", "And more"):
        await world.do(breach, "update", text=text)
        await world.drain()
        await world.days(1)
    sent = await world.rows("select created_at from message where kind = 'breach_update' order by id")
    assert (await case(world))["reported_at"] == sent[0]["created_at"]
    await came_back(world, "breach_update")
    assert "breach.report" not in await running(world)
    assert (await case(world))["reported_at"] == sent[1]["created_at"]
    (task,) = await world.rows("select due_at from task where kind = 'breach_bounced' and done_at is null")
    assert task["due_at"] is None, "nothing is owed by then"
    await came_back(world, "breach_update", 1)
    assert "breach.report" in await running(world)


async def test_what_is_settled_owes_no_report_and_what_opens_again_does(world: World) -> None:
    breach = await discovered(world, by_kind(processor_rule("informed", "PT72H", clause="2(g)")))
    assert "breach.report" not in await running(world), "nobody is informed"
    await world.do(breach, "notify")
    await world.drain()
    assert "breach.report" in await running(world), "the mail arrived"
    await world.do(breach, "correct", discovered_at=local("2026-03-01T09:00:00+01:00"), reason="a day earlier")
    await world.drain()
    assert "breach.report" in await running(world)
    await world.do(breach, "close", conclusion="It was found again.")
    await world.drain()
    assert await running(world) == {}
    await world.do(breach, "reopen", reason="It was another laptop.")
    await world.drain()
    assert "breach.report" in await running(world)
