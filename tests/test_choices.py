"""What becomes of the data where the choice has no last day, or is what sets the clock."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.drafts import ID, controller_rule, draft, processor_rule, store
from tests.world import World, local
from workflows.errors import Refused
from workflows.model.agreement import MainContract

LAST_DAY = date(2026, 3, 31)
OVER = local("2026-04-01T00:00:00+02:00")


async def ended(world: World, terms: Any) -> UUID:
    """An agreement under these terms whose last day, 31 March, is over."""
    await store(world, terms)
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    await world.do(agreement, "end-main-contract", on=LAST_DAY)
    await world.go(OVER)
    return agreement


async def choose(world: World, agreement: UUID, data: str, **more: Any) -> None:
    await world.do(agreement, "choose", data=data, channel="mail", by="Kim", **more)
    await world.drain()


async def tasks(world: World, agreement: UUID) -> dict[str, datetime | None]:
    rows = await world.rows(
        "select t.kind, t.due_at from task t join subject s on s.id = t.id where t.about = $1 and s.state = 'open' "
        "and not t.data ? 'deadline_id'", agreement,
    )  # fmt: skip
    return {row["kind"]: row["due_at"] for row in rows}


async def deadlines(world: World, agreement: UUID) -> dict[str, datetime]:
    rows = await world.rows(
        "select rule, min(due_at) as due_at from deadline where agreement_id = $1 and closed_at is null group by rule",
        agreement,
    )
    return {row["rule"]: row["due_at"] for row in rows}


async def test_unsaid_a_person_asks_and_nothing_goes(world: World) -> None:
    agreement = await ended(world, draft(end={"data": "choice"}))
    assert await world.state(agreement) == "terminated"
    # The processor's own thirty days or the text's own end of erasure, whichever is earlier: 30 April.
    assert await tasks(world, agreement) == {"ask_choice": local("2026-05-01T00:00:00+02:00")}
    assert await deadlines(world, agreement) == {"end.erasure": local("2026-05-01T00:00:00+02:00")}
    await world.days(100)
    assert await world.state(agreement) == "terminated"
    # Late, and a choice all the same: it has no last day.
    await choose(world, agreement, "return")
    assert set(await tasks(world, agreement)) == {"return"}
    await choose(world, agreement, "erase")
    assert await world.state(agreement) == "deletion_pending"
    assert set(await tasks(world, agreement)) == {"approve_plan"}


async def test_unsaid_and_no_answer_the_plan_is_a_persons(world: World) -> None:
    agreement = await ended(world, draft(end={"data": "choice"}))
    [row] = await world.rows("select id from task where about = $1 and kind = 'ask_choice'", agreement)
    await world.do(row["id"], "done", note="asked three times")
    await world.drain()
    assert await world.state(agreement) == "deletion_pending"
    assert set(await tasks(world, agreement)) == {"approve_plan", "mailbox_read"}


async def test_erased_by_the_texts_own_time_without_a_choice(world: World) -> None:
    agreement = await ended(
        world, draft(end={"data": "choice", "without_choice": "erase", "without_choice_clause": "11"})
    )
    assert await world.state(agreement) == "deletion_pending"
    assert set(await tasks(world, agreement)) == {"approve_plan", "mailbox_read"}
    assert set((await deadlines(world, agreement)).values()) == {local("2026-05-01T00:00:00+02:00")}
    # Until the first data are gone return may be asked, and then comes first.
    await world.days(20)
    await choose(world, agreement, "return")
    assert "return" in await tasks(world, agreement)


async def test_returned_without_a_choice(world: World) -> None:
    end = {"data": "choice", "without_choice": "return", "without_choice_clause": "11"}
    agreement = await ended(world, draft({"end.return": processor_rule("end", "P14D")}, end=end))
    assert await world.state(agreement) == "terminated"
    assert await tasks(world, agreement) == {"return": local("2026-04-15T00:00:00+02:00")}
    assert (await deadlines(world, agreement))["end.return"] == local("2026-04-15T00:00:00+02:00")
    [row] = await world.rows("select plan -> 0 ->> 'id' as id from agreement where id = $1", agreement)
    await world.do(agreement, "confirm", task_id=UUID(row["id"]), evidence="signed for")
    await world.drain()
    assert await world.state(agreement) == "deletion_pending"
    assert "end.return" not in await deadlines(world, agreement)


async def test_returned_without_a_choice_once_its_period_is_over(world: World) -> None:
    end = {"data": "choice", "without_choice": "return", "without_choice_clause": "11"}
    agreement = await ended(world, draft({"end.choice": controller_rule("end", "P14D")}, end=end))
    assert "return" not in await tasks(world, agreement)
    await world.days(15)
    assert set(await tasks(world, agreement)) == {"return"}
    assert await world.state(agreement) == "terminated"


async def test_kept_until_the_customer_asks(world: World) -> None:
    end = {"data": "choice", "without_choice": "keep", "without_choice_clause": "11"}
    rules = {"end.erasure": processor_rule("request", "P30D"), "end.return": processor_rule("request", "P10D")}
    agreement = await ended(world, draft(rules, end=end))
    assert (await tasks(world, agreement), await deadlines(world, agreement)) == ({}, {})
    await world.days(200)
    assert (await world.state(agreement), await tasks(world, agreement)) == ("terminated", {})
    await world.go(local("2026-11-02T10:00:00+01:00"))
    await choose(world, agreement, "return")
    assert await deadlines(world, agreement) == {
        "end.return": local("2026-11-13T00:00:00+01:00"),
        "end.erasure": local("2026-12-03T00:00:00+01:00"),
    }
    assert await tasks(world, agreement) == {"return": local("2026-11-13T00:00:00+01:00")}


async def test_erasure_goes_by_the_clock_of_return_where_the_text_has_one_for_both(world: World) -> None:
    end = {"data": "choice", "without_choice": "keep", "without_choice_clause": "11", "erasure_asked": "end.return"}
    rules = {"end.erasure": processor_rule("end", note="nothing runs from the end"),
             "end.return": processor_rule("request", "P30D")}  # fmt: skip
    agreement = await ended(world, draft(rules, end=end))
    assert await deadlines(world, agreement) == {}
    await world.go(local("2026-05-05T10:00:00+02:00"))
    await choose(world, agreement, "erase")
    assert await world.state(agreement) == "deletion_pending"
    assert await deadlines(world, agreement) == {"end.erasure": local("2026-06-05T00:00:00+02:00")}


async def test_a_request_before_the_end_counts_from_the_end(world: World) -> None:
    await store(world, draft({"end.erasure": processor_rule("request", "P30D")}, end={"data": "choice"}))
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    await choose(world, agreement, "erase")
    await world.do(agreement, "end-main-contract", on=LAST_DAY)
    await world.go(OVER)
    assert await world.state(agreement) == "deletion_pending"
    assert await deadlines(world, agreement) == {"end.erasure": local("2026-05-01T00:00:00+02:00")}


async def test_from_the_day_on_which_notice_of_the_end_was_given(world: World) -> None:
    await store(world, draft({"end.erasure": processor_rule("notice_of_ending", "P90D")}))
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    with pytest.raises(Refused, match="later than now"):
        await world.do(agreement, "end-main-contract", on=LAST_DAY, noticed_at=local("2026-03-20T10:00:00+01:00"))
    await world.do(agreement, "end-main-contract", on=LAST_DAY, noticed_at=local("2026-02-20T10:00:00+01:00"))
    # 20 February and 90 days: through 21 May, known before the end.
    assert await deadlines(world, agreement) == {"end.erasure": local("2026-05-22T00:00:00+02:00")}
    await world.do(agreement, "cancel-end", reason="goes on")
    assert await deadlines(world, agreement) == {}
    await world.do(agreement, "end-main-contract", on=LAST_DAY)
    await world.go(OVER)
    # 2 March, now, and 90 days.
    assert await deadlines(world, agreement) == {"end.erasure": local("2026-06-01T00:00:00+02:00")}


async def test_a_choice_whose_time_runs_from_the_notice_may_be_over_at_the_end(world: World) -> None:
    rules = {"end.choice": controller_rule("notice_of_ending", "P14D")}
    await store(world, draft(rules, end={"data": "choice"}))
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    await world.do(agreement, "end-main-contract", on=LAST_DAY)
    # Noticed on 2 March: through Monday 16 March.
    assert await deadlines(world, agreement) == {"end.choice": local("2026-03-17T00:00:00+01:00")}
    other = await world.make_agreement(ID, await world.make_customer("Another"))
    await world.do(other, "end-main-contract", on=LAST_DAY)
    await choose(world, other, "return")
    assert await deadlines(world, other) == {}
    await world.go(OVER)
    assert await world.state(agreement) == "deletion_pending"
    assert "end.choice" not in await deadlines(world, agreement)
    with pytest.raises(Refused, match="The period for asking return ended"):
        await choose(world, agreement, "return")


async def test_a_notice_that_was_entered_wrongly_is_put_right(world: World) -> None:
    await store(world, draft({"end.erasure": processor_rule("notice_of_ending", "P90D")}))
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    await world.do(agreement, "end-main-contract", on=LAST_DAY)
    given = local("2026-02-20T10:00:00+01:00")
    await world.do(agreement, "correct", reason="it came by letter", data={"end_noticed_at": given.isoformat()})
    assert await deadlines(world, agreement) == {"end.erasure": local("2026-05-22T00:00:00+02:00")}
    await world.go(OVER)
    given = local("2026-02-19T10:00:00+01:00")
    await world.do(agreement, "correct", reason="a day before", data={"end_noticed_at": given.isoformat()})
    assert await deadlines(world, agreement) == {"end.erasure": local("2026-05-21T00:00:00+02:00")}


async def test_an_end_that_nobody_gave_notice_of_has_no_such_clock(world: World) -> None:
    await store(world, draft({"end.erasure": processor_rule("notice_of_ending", "P90D")}))
    await world.make_processor()
    fixed = MainContract(reference="M-1", starts_on=date(2026, 1, 1), ends_on=LAST_DAY)
    agreement = await world.make_agreement(ID, main_contracts=(fixed,))
    await world.go(OVER)
    assert await world.state(agreement) == "deletion_pending"
    assert await deadlines(world, agreement) == {}


async def test_a_certificate_goes_to_who_asks(world: World) -> None:
    terms = draft({"end.certificate": processor_rule("request", "P30D", clause="11.2")})
    agreement = await ended(world, terms)
    await world.go(local("2026-04-02T10:00:00+02:00"))
    await world.do(agreement, "ask-certificate", channel="mail", by="Kim")
    # 2 April and 30 days: through 2 May.
    assert (await deadlines(world, agreement))["end.certificate"] == local("2026-05-03T00:00:00+02:00")
    await erase(world, agreement)
    assert await deadlines(world, agreement) == {}
    assert [row["data"].get("certificate") for row in await deleted_mails(world, agreement)] == [True]


async def test_a_certificate_that_is_asked_for_afterwards_goes_at_once(world: World) -> None:
    agreement = await ended(world, draft({"end.certificate": processor_rule("request", "P30D")}))
    await erase(world, agreement)
    assert [row["data"].get("certificate") for row in await deleted_mails(world, agreement)] == [None]
    await world.do(agreement, "ask-certificate", channel="phone", by="Kim")
    assert [row["data"].get("certificate") for row in await deleted_mails(world, agreement)] == [None, True]


async def test_without_the_rule_no_certificate_is_promised(world: World) -> None:
    agreement = await ended(world, draft(end={"declaration": True, "declaration_clause": "11.4"}))
    with pytest.raises(Refused, match=r"unasked once the data are gone \(11\.4\)"):
        await world.do(agreement, "ask-certificate", channel="mail", by="Kim")


@pytest.mark.parametrize(
    ("starts", "at_the_end", "once_gone"),
    [
        # It ended with 31 March and the data are gone on 1 April: sixty days are through 30 May, and 31 May from then.
        ("end", "2026-05-31T00:00:00+02:00", "2026-05-31T00:00:00+02:00"),
        ("erasure", None, "2026-06-01T00:00:00+02:00"),
    ],
)
async def test_a_declaration_may_have_a_time_of_its_own(
    world: World, starts: str, at_the_end: str | None, once_gone: str
) -> None:
    rules = {"end.declaration": processor_rule(starts, "P60D")}
    agreement = await ended(world, draft(rules, end={"declaration": True, "declaration_clause": "11.4"}))
    assert (await deadlines(world, agreement)).get("end.declaration") == (at_the_end and local(at_the_end))
    await world.do(agreement, "approve-plan")
    (erase_item,) = await waiting(world, agreement)
    await world.do(agreement, "confirm", task_id=erase_item, evidence="log 7")
    assert (await deadlines(world, agreement))["end.declaration"] == local(once_gone)
    assert (await tasks(world, agreement))["declare"] == local(once_gone)
    (declare,) = await waiting(world, agreement)
    await world.do(agreement, "confirm", task_id=declare, evidence="letter")
    assert await deadlines(world, agreement) == {}
    assert await world.state(agreement) == "deleted"


async def waiting(world: World, agreement: UUID) -> list[UUID]:
    """What was ordered and nobody has confirmed."""
    rows = await world.rows(
        "select item ->> 'id' as id from agreement a, jsonb_array_elements(a.plan) item where a.id = $1 "
        "and item ->> 'ordered_at' is not null and item ->> 'done_at' is null", agreement,
    )  # fmt: skip
    return [UUID(row["id"]) for row in rows]


async def erase(world: World, agreement: UUID) -> None:
    """Every task of the plan is confirmed."""
    await world.do(agreement, "approve-plan")
    while plan := await waiting(world, agreement):
        await world.do(agreement, "confirm", task_id=plan[0], evidence="log 7")
    assert await world.state(agreement) == "deleted"


async def deleted_mails(world: World, agreement: UUID) -> list[Any]:
    rows = await world.rows(
        "select data::text as data from message where subject_id = $1 and kind = 'deleted' order by id", agreement
    )
    return [{"data": msgspec.json.decode(row["data"])} for row in rows]


async def test_what_has_to_be_kept_goes_when_that_is_over_and_no_earlier(world: World) -> None:
    row = {"category": "invoices", "text": "invoices", "clause": "12", "always": True}
    rules = {"retention.invoices": processor_rule("end", "P2Y", minimum=True)}
    agreement = await ended(world, draft(rules, retention=[row]))
    await world.do(agreement, "approve-plan")
    plan = {one["category"]: one for one in await plan_of(world, agreement)}
    kept, rest = plan["invoices"], plan[""]
    assert (kept["ordered_at"], kept["due_at"], rest["ordered_at"] is not None) == (None, None, True)
    assert datetime.fromisoformat(kept["begins_at"]) == local("2028-04-01T00:00:00+02:00")
    with pytest.raises(Refused, match="they may go from 2028-04-01 on"):
        await world.do(agreement, "confirm", task_id=UUID(kept["id"]), evidence="log")
    assert rest["text"] == "Erase: all personal data that the processor holds, except invoices (12)."
    assert "except invoices (12)" not in kept["text"]
    await world.do(agreement, "confirm", task_id=UUID(rest["id"]), evidence="log")
    # What is gone in time is never called late for what has to stay.
    assert "end.erasure" not in await deadlines(world, agreement)
    await world.go(local("2028-03-31T23:59:59+02:00"))
    assert set(await tasks(world, agreement)) == set()
    await world.go(local("2028-04-01T00:00:00+02:00"))
    assert set(await tasks(world, agreement)) == {"erase"}
    await world.do(agreement, "confirm", task_id=UUID(kept["id"]), evidence="log")
    assert await world.state(agreement) == "deleted"


async def test_what_is_kept_is_an_exception_to_the_declaration(world: World) -> None:
    row = {"category": "invoices", "text": "invoices", "clause": "12", "always": True}
    rules = {"retention.invoices": processor_rule("end", "P2Y", minimum=True)}
    end = {"declaration": True, "declaration_clause": "11.4"}
    agreement = await ended(world, draft(rules, retention=[row], end=end))
    await world.do(agreement, "approve-plan")
    plan = {one["category"] or one["kind"]: one for one in await plan_of(world, agreement)}
    assert plan["declare"]["text"].endswith("no longer there, except invoices (12), which have to be kept.")
    with pytest.raises(Refused, match="The declaration comes last"):
        await world.do(agreement, "confirm", task_id=UUID(plan["declare"]["id"]), evidence="letter")
    await world.do(agreement, "confirm", task_id=UUID(plan["erase"]["id"]), evidence="log")
    await world.do(agreement, "confirm", task_id=UUID(plan["declare"]["id"]), evidence="letter, but for the invoices")
    await world.go(local("2028-04-01T00:00:00+02:00"))
    await world.do(agreement, "confirm", task_id=UUID(plan["invoices"]["id"]), evidence="log")
    # That these are gone too is declared once they are.
    assert set(await tasks(world, agreement)) == {"declare"}
    last = [one for one in await plan_of(world, agreement) if one["kind"] == "declare"][-1]
    await world.do(agreement, "confirm", task_id=UUID(last["id"]), evidence="letter")
    assert await world.state(agreement) == "deleted"


async def test_in_force_from_the_day_that_the_parties_name(world: World) -> None:
    day = {"name": "entry.day", "kind": "date", "clause": "1", "text": "the day on which it begins"}
    await store(world, draft(entry={"event": "named_day", "field": "entry.day"}, fields=[day]))
    await world.make_processor()
    agreement = await world.make_agreement(ID, facts={"entry.day": "2026-03-16"})
    await world.go(local("2026-03-15T23:59:59+01:00"))
    assert await world.state(agreement) == "notified"
    await world.go(local("2026-03-16T00:00:00+01:00"))
    assert await world.state(agreement) == "active"
    # It was entered wrongly, and lies ahead.
    await world.do(agreement, "correct", reason="a slip", data={"facts": {"entry.day": "2026-04-01"}})
    assert await world.state(agreement) == "notified"
    await world.go(local("2026-04-01T00:00:00+02:00"))
    assert await world.state(agreement) == "active"


async def plan_of(world: World, agreement: UUID) -> list[Any]:
    [row] = await world.rows("select plan::text as plan from agreement where id = $1", agreement)
    found: list[Any] = msgspec.json.decode(row["plan"])
    return found
