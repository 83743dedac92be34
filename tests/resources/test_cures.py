"""A failure that is put right, or not, before a right to end arises; and the processor's own right to end."""

from typing import Any

import pytest

from tests.drafts import ID, draft, processor_rule, store
from tests.resources.conftest import Desk
from tests.world import local
from workflows.errors import BadInput

WORD = {"channel": "mail", "by": "Kim"}
DEMAND = {"reason": "No log was kept.", **WORD}
RIGHTS = (
    {"ground": "not_cured", "clause": "10(b)(1)", "ends": "main_contract"},
    {"ground": "unlawful_instruction", "clause": "10(c)", "ends": "main_contract", "party": "processor",
     "reasons": True},
)  # fmt: skip


async def under(desk: Desk, starts: str = "suspension", period: str | None = "P1M", **more: Any) -> Any:
    """An agreement whose failures are to be put right within a month."""
    cure = processor_rule(starts, period, clause="10(b)(1)")
    await store(desk.world, draft({"ending.cure": cure}, ending={"rights": RIGHTS}))
    return await desk.agreement(ID, **more)


async def gate_of(desk: Desk, agreement: Any) -> Any:
    return await desk.gate(agreement["id"], agreement["subprocessors"][0])


async def test_processing_rests_until_it_is_put_right(desk: Desk) -> None:
    agreement = await under(desk, subprocessors=[(await desk.subprocessor())["id"]])
    path = f"agreements/{agreement['id']}"
    assert (await gate_of(desk, agreement))["allowed"]
    unsaid = await desk.refused(f"{path}/demand-cure", DEMAND)
    assert unsaid["guard"] == "suspends_where_that_counts"
    told = await desk.act(f"{path}/demand-cure", {**DEMAND, "suspends": True})
    # Monday 2 March and one month: through 2 April.
    assert told["cure"]["due_at"] == "2026-04-02T22:00:00Z"
    assert [(one["rule"], one["last_day"], one["party"]) for one in told["deadlines"]] == [
        ("ending.cure", "2026-04-02", "processor")
    ]
    no = await gate_of(desk, agreement)
    assert (no["allowed"], no["reason"], no["clause"]) == (False, "suspended", "10(b)(1)")
    assert (await desk.refused(f"{path}/demand-cure", {**DEMAND, "suspends": True}))["guard"] == "no_cure_open"
    early = await desk.refused(f"{path}/terminate", {"ground": "not_cured", **WORD})
    assert "There is time to put it right through 2026-04-02" in early["detail"]
    assert (await desk.refused(f"{path}/confirm-cure", {"evidence": "x", "at": "2026-03-01T00:00:00Z"}))["guard"] == (
        "said_by_now"
    )
    await desk.world.days(10)
    cured = await desk.act(f"{path}/confirm-cure", {"evidence": "the log of a week"})
    told = [
        (one["step"], one["due"], one["suspends"])
        for one in await desk.world.rows(
            "select data ->> 'step' as step, data ->> 'due_at' as due, data ->> 'suspends' as suspends "
            "from message where kind = 'cure' order by id"
        )
    ]
    assert told == [
        ("demanded", "2026-04-02T22:00:00+00:00", "true"),
        ("cured", "2026-04-02T22:00:00+00:00", "true"),
    ]
    assert (cured["deadlines"], cured["cure"]["suspends"]) == ([], True)
    assert (await gate_of(desk, agreement))["allowed"]
    await desk.world.days(40)
    in_time = await desk.refused(f"{path}/terminate", {"ground": "not_cured", **WORD})
    assert "put right in time" in in_time["detail"]
    assert (await desk.refused(f"{path}/confirm-cure", {"evidence": "again"}))["guard"] == "cure_open"


async def test_once_its_time_is_over_the_right_has_arisen(desk: Desk) -> None:
    agreement = await under(desk, "receipt")
    path = f"agreements/{agreement['id']}"
    none = await desk.refused(f"{path}/terminate", {"ground": "not_cured", **WORD})
    assert "this right has not arisen" in none["detail"]
    await desk.act(f"{path}/demand-cure", DEMAND)
    (task,) = await desk.items("tasks", subject=agreement["id"], kind="cure", state="open")
    assert (task["role"], task["due_at"]) == ("director", "2026-04-02T22:00:00Z")
    await desk.world.go(local("2026-04-03T00:00:00+02:00"))
    # Put right the next day, late: what has arisen stays.
    await desk.act(f"{path}/confirm-cure", {"evidence": "log"})
    ended = await desk.act(f"{path}/terminate", {"ground": "not_cured", **WORD})
    assert (ended["state"], ended["end_ground"]) == ("deletion_pending", "not_cured")


async def test_a_time_without_a_number_is_for_a_person_to_judge(desk: Desk) -> None:
    agreement = await under(desk, "receipt", None)
    path = f"agreements/{agreement['id']}"
    told = await desk.act(f"{path}/demand-cure", DEMAND)
    assert (told["cure"]["due_at"], told["deadlines"]) == (None, [])
    ended = await desk.act(f"{path}/terminate", {"ground": "not_cured", **WORD})
    assert ended["state"] == "deletion_pending"
    assert not await desk.items("tasks", subject=agreement["id"], kind="cure", state="open")


async def test_where_no_time_is_written_none_is_given(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    refused = await desk.refused(f"agreements/{agreement['id']}/demand-cure", DEMAND)
    assert refused["guard"] == "cure_foreseen"


async def test_the_processors_own_right(desk: Desk) -> None:
    agreement = await under(desk)
    path = f"agreements/{agreement['id']}"
    not_theirs = await desk.refused(f"{path}/terminate", {"ground": "unlawful_instruction", **WORD})
    assert "This right to end is the processor's (10(c))." in not_theirs["detail"]
    body = {"ground": "unlawful_instruction", "party": "processor"}
    assert (await desk.refused(f"{path}/terminate", body))["guard"] == "ending_reasoned"
    ended = await desk.act(f"{path}/terminate", {**body, "reason": "It insists on selling the addresses."})
    assert (ended["state"], ended["end_ground"]) == ("deletion_pending", "unlawful_instruction")


@pytest.mark.parametrize("left_out", ["rule", "right"])
def test_the_right_and_its_time_go_together(left_out: str) -> None:
    rules = {} if left_out == "rule" else {"ending.cure": processor_rule("suspension", "P1M")}
    rights = () if left_out == "right" else RIGHTS[:1]
    with pytest.raises(BadInput, match=r'"not_cured" goes with the rule "ending\.cure"'):
        draft(rules, ending={"rights": rights})
