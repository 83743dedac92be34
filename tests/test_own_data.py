"""What Termijn itself keeps of a customer (P26): gone when nothing needs it, while the chain still verifies."""

from typing import Any
from uuid import UUID

from service.links import digest, token_for
from tests.history import check_history
from tests.resources.conftest import Desk, acme, api, desk, settings
from tests.world import local
from workflows.engine.verify import verify

__all__ = ["acme", "api", "desk", "settings"]


async def finish(desk: Desk, agreement: Any) -> None:
    """From its last day to deleted, at once."""
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": (await desk.world.now()).date().isoformat()})
    await desk.world.days(1)
    await desk.act(f"{path}/approve-plan")
    for one in (await desk.get(path))["plan"]:
        await desk.act(f"{path}/confirm", {"task_id": one["id"], "evidence": "Kim de Vries saw it"})
    assert (await desk.get(path))["state"] == "deleted"


async def holds_name(desk: Desk) -> list[str]:
    """Every table in which the contact's name or address still stands."""
    tables = [row["name"] for row in await desk.world.rows(
        "select c.relname::text as name from pg_class c where c.relkind = 'r' "
        "and c.relnamespace = 'public'::regnamespace order by 1")]  # fmt: skip
    found = ["message.content"] if await desk.world.rows("select 1 from message where content is not null") else []
    for name in tables:
        rows = await desk.world.rows(f"select 1 from {name} t where to_jsonb(t)::text ~* 'kim' limit 1")
        if rows:
            found.append(name)
    return found


async def answered(desk: Desk) -> tuple[Any, Any, Any]:
    """A customer with a notice that was answered with grounds, mail, a reply and links."""
    customer = await desk.customer("Customer of erasure")
    agreement = await desk.agreement("stkkr", customer_id=customer["id"])
    change = await desk.announced((await desk.subprocessor())["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    body = {"channel": "mail", "by": "Kim de Vries", "grounds": "Kim does not want them", "evidence": "mail of Kim"}
    await desk.act(f"notices/{notice['id']}/object", body)
    await desk.act(f"notices/{notice['id']}/take-back", {"channel": "mail", "by": "Kim de Vries"})
    await desk.world.rows(
        "insert into attempt (processor_id, message_id, at, outcome, words) "
        "select processor_id, id, termijn_now(), 'sent', '250 kim@customer.example ok' from message returning id"
    )
    await desk.world.rows(
        "update message set content = 'Dear Kim', subject = 'For Kim', dated_at = termijn_now() returning id"
    )
    await desk.world.rows(
        "insert into inbound (id, processor_id, subject_id, kind, sender, subject_line, content, received_at, "
        "recorded_at) select uuidv7(), processor_id, id, 'reply', 'kim@customer.example', 'Kim', 'From Kim', "
        "termijn_now(), termijn_now() from subject where id = $1 returning id", UUID(notice["id"]),
    )  # fmt: skip
    return customer, agreement, notice


async def link(desk: Desk, secret: str, customer: Any) -> str:
    """A contact's own page, as a mail would name it."""
    (row,) = await desk.world.rows(
        "insert into link (id, processor_id, customer_id, contact_id, purpose, subject_id, generation, token_sha256, "
        "created_at) select uuidv7(), processor_id, id, (contacts -> 0 ->> 'id')::uuid, 'contact', id, 1, "
        "sha256(id::text::bytea), termijn_now() from customer where id = $1 returning id", UUID(customer["id"]),
    )  # fmt: skip
    token = token_for(secret, row["id"], 1)
    await desk.world.rows("update link set token_sha256 = $2 where id = $1 returning id", row["id"], digest(token))
    return f"/p/{token}"


async def test_all_that_is_personal_goes_and_the_ledger_still_verifies(desk: Desk, settings: Any) -> None:
    customer, agreement, notice = await answered(desk)
    path = f"customers/{customer['id']}"
    page = await link(desk, settings.secret_key, customer)
    assert (await desk.api.get(page)).status_code == 200
    await finish(desk, agreement)
    over = await desk.get(path)
    assert over["over_at"] is not None
    assert (over["state"], over["erased_at"]) == ("current", None)
    # Two years after 3 March 2026, the processor's own retention, through the whole of that day.
    await desk.world.go(local("2028-03-03T23:59:59+01:00"))
    assert (await desk.get(path))["contacts"]
    assert (await desk.api.get(page)).status_code == 200
    await desk.world.go(local("2028-03-04T00:00:00+01:00"))
    erased = await desk.get(path)
    assert (erased["state"], erased["contacts"], erased["actions"]) == ("erased", [], [])
    assert erased["erased_at"] == "2028-03-03T23:00:00Z"
    (event,) = await desk.items("events", subject=customer["id"], type="customer.erased")
    counts = event["data"]
    assert (counts["contacts"], counts["answers"], counts["inbound"]) == (1, 2, 1)
    assert counts["messages"] > 0
    assert counts["records"] > 0
    assert await holds_name(desk) == []
    assert (await desk.api.get(page)).status_code == 404
    (before,) = await desk.items("events", subject=notice["id"], type="notice.object")
    assert before["personal"] == "erased"
    assert (await desk.get(f"agreements/{agreement['id']}"))["state"] == "deleted", "what was done stays on record"
    async with desk.world.pools.worker.acquire() as connection:
        found = await verify(connection)
        await check_history(connection)
    assert (found.broken, found.erased > 0) == (None, True)
    again = {
        "customer_id": customer["id"],
        "terms": "stkkr",
        "main_contract": {"reference": "M", "starts_on": "2028-01-01"},
    }
    problem = await desk.refused("agreements", again)
    assert (problem["status"], problem["guard"]) == (409, "erased")
    assert (await desk.refused(path, {"name": "X"}, method="PATCH"))["status"] == 409


async def test_a_new_agreement_keeps_what_it_needs(desk: Desk) -> None:
    customer, agreement, _ = await answered(desk)
    path = f"customers/{customer['id']}"
    await finish(desk, agreement)
    await desk.world.days(700)
    second = await desk.agreement("stkkr", customer_id=customer["id"])
    await desk.world.drain()
    assert (await desk.get(path))["over_at"] is None
    await desk.world.days(800)
    assert (await desk.get(path))["state"] == "current"
    await finish(desk, second)
    await desk.world.days(729)
    assert (await desk.get(path))["contacts"]
    await desk.world.days(3)
    assert (await desk.get(path))["state"] == "erased"


async def test_an_agreement_on_its_way_keeps_what_it_will_need(desk: Desk) -> None:
    """A customer is over, and its data are due before the day on which another's agreement passes to it."""
    customer, agreement, _ = await answered(desk)
    path = f"customers/{customer['id']}"
    await finish(desk, agreement)
    await desk.world.days(700)
    other = await desk.agreement("kmo-solutions")
    await desk.act(f"agreements/{other['id']}/transfer", {"customer_id": customer["id"], "on": "2028-05-01"})
    (event,) = await desk.items("events", subject=customer["id"], type="customer.awaits_agreement")
    # Two years after the day on which it passes, as after the last day of one that had been there.
    assert event["data"]["erases_at"] == "2030-05-01T22:00:00Z"
    # The day on which its data would have gone passes.
    await desk.world.go(local("2028-04-30T12:00:00+02:00"))
    waits = await desk.get(path)
    assert (waits["state"], len(waits["contacts"]), waits["over_at"] is not None) == ("current", 1, True)
    await desk.world.go(local("2028-05-01T12:00:00+02:00"))
    assert (await desk.get(f"agreements/{other['id']}"))["customer_id"] == customer["id"]
    needed = await desk.get(path)
    assert (needed["over_at"], len(needed["contacts"])) == (None, 1)
    await desk.world.go(local("2030-06-01T12:00:00+02:00"))
    assert (await desk.get(path))["state"] == "current"


async def test_a_longer_retention_is_kept_and_a_merged_customer_goes_with_the_other(desk: Desk) -> None:
    customer, agreement, _ = await answered(desk)
    into = await desk.customer("The other")
    await desk.act(f"customers/{customer['id']}/merge", {"into": into["id"]})
    moved = await desk.get(f"agreements/{agreement['id']}")
    assert moved["customer_id"] == into["id"]
    await finish(desk, moved)
    longer = await desk.api.call("PATCH", f"processors/{desk.processor}", json={"retention": "P3Y"})
    assert longer.status_code == 200, longer.text
    await desk.world.days(740)
    waits = await desk.get(f"customers/{into['id']}")
    assert (waits["state"], len(waits["contacts"])) == ("current", 1)
    await desk.world.go(local("2029-03-05T00:00:00+01:00"))
    for one in (into, customer):
        assert (await desk.get(f"customers/{one['id']}"))["state"] == "erased"
    assert await holds_name(desk) == []


async def test_nothing_is_erased_while_a_notice_is_pending(desk: Desk) -> None:
    """Fault 44: an erasure that is due all the same waits, breaks nothing, and is asked again."""
    customer, agreement, notice = await answered(desk)
    id = UUID(customer["id"])
    # As if the timer had been set wrongly: it is due now, in the middle of a window.
    await desk.world.rows(
        "update customer set over_at = timestamptz '2020-01-01' where id = $1 returning id", id)  # fmt: skip
    await desk.world.rows(
        "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
        "select uuidv7(), processor_id, id, 'erase', 'erase', termijn_now(), 60, 'irreversible', '{}' "
        "from customer where id = $1 returning id", id,
    )  # fmt: skip
    await desk.world.drain()
    found = await desk.get(f"customers/{customer['id']}")
    assert (found["state"], len(found["contacts"]), found["set_apart"]) == ("current", 1, None)
    (event,) = await desk.items("events", subject=customer["id"], type="customer.erasure_waits")
    assert event["data"]["erases_at"] == "2026-04-02T22:00:00Z"
    assert (await desk.get(f"notices/{notice['id']}"))["answers"][0]["grounds"] == "Kim does not want them"
    await desk.world.rows("update customer set over_at = null where id = $1 returning id", id)
    await finish(desk, agreement)
    await desk.world.days(735)
    assert (await desk.get(f"customers/{customer['id']}"))["state"] == "erased"
    async with desk.world.pools.worker.acquire() as connection:
        assert (await verify(connection)).broken is None
