"""Ends as the texts of the five agreements have it: what is kept and until when, who says so, who else is asked."""

from datetime import UTC, datetime
from typing import Any

from tests.resources.conftest import Desk


async def told(desk: Desk, terms: str, **more: Any) -> Any:
    agreement = await desk.agreement(terms)
    body = {"agreement_id": agreement["id"], "kind": "retention_terms", "channel": "letter",
            "subject": "Bewaartermijn", "text": "gegevens uiterlijk 1 september 2026 wissen", **more}  # fmt: skip
    made = await desk.api.made("matters", body)
    await desk.world.drain()
    return made, agreement


async def test_a_retention_under_kmo_is_a_day_by_which_the_data_go(desk: Desk) -> None:
    """9.2: "niet langer dan de door Verwerkingsverantwoordelijke tijdig schriftelijk aangegeven bewaartermijn"."""
    made, _ = await told(desk, "kmo-solutions", erase_by="2026-09-01")
    (deadline,) = await desk.items("deadlines", subject=made["id"])
    assert (deadline["last_day"], deadline["party"], deadline["clause"]) == ("2026-09-01", "processor", "9.1, 9.2")
    assert (made["due_at"], made["erase_by"]) == ("2026-09-01T22:00:00Z", "2026-09-01")
    (task,) = await desk.items("tasks", subject=made["id"], state="open")
    assert task["due_at"] == made["due_at"]
    # Noted is not done: somebody still erases, and says so.
    await desk.act(f"matters/{made['id']}/answer", {"answer": "noted"})
    (task,) = await desk.items("tasks", subject=made["id"], state="open")
    assert (task["kind"], task["due_at"]) == ("matter_erase", made["due_at"])
    assert await desk.items("deadlines", subject=made["id"])
    await desk.act(f"matters/{made['id']}/answer", {"answer": "done"})
    assert not await desk.items("tasks", subject=made["id"], state="open")
    assert not await desk.items("deadlines", subject=made["id"])


async def test_a_statutory_retention_under_mms_is_a_hold(desk: Desk) -> None:
    """12.2: "tenzij verantwoordelijke heeft aangegeven dat … langer moeten worden bewaard"."""
    made, agreement = await told(desk, "mms-solutions", keep_until="2033-12-31", text="art. 52 AWR")
    held = await desk.get(f"agreements/{agreement['id']}")
    (hold,) = held["holds"]
    assert (hold["until"], hold["ground"]) == ("2033-12-31", "art. 52 AWR (12.3)")
    assert made["keep_until"] == "2033-12-31"


async def test_a_day_that_is_only_written_in_words_is_asked_for(desk: Desk) -> None:
    made, _ = await told(desk, "kmo-solutions")
    (task,) = await desk.items("tasks", subject=made["id"], state="open")
    assert "erase_by" in task["text"]
    answered = await desk.act(f"matters/{made['id']}/answer", {"answer": "noted", "erase_by": "2026-09-01"})
    assert answered["erase_by"] == "2026-09-01"
    (deadline,) = await desk.items("deadlines", subject=made["id"])
    assert deadline["last_day"] == "2026-09-01"


async def deleted(desk: Desk, agreement: Any) -> Any:
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/approve-plan")
    for item in (await desk.get(path))["plan"]:
        await desk.act(f"{path}/confirm", {"task_id": item["id"], "evidence": "log of the day"})
    return await desk.get(path)


async def test_secrecy_outlives_the_data_and_so_does_its_penalty(desk: Desk) -> None:
    """MMS 1.3, 12.5: article 4 "blijft ook na afloop … van kracht", its € 5.000 included (4.4)."""
    agreement = await desk.agreement("mms-solutions")
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    assert (await deleted(desk, agreement))["state"] == "deleted"
    await desk.world.days(30)
    body = {"rule": "secrecy.penalty", "at": "2026-04-20T08:00:00Z", "note": "An employee talked"}
    after = await desk.act(f"{path}/record-violation", body)
    assert after["state"] == "deleted"
    (found,) = (await desk.get(f"{path}/penalties"))["items"]
    assert found["penalty"]["amount"] == "5000.00"
    assert await desk.items("tasks", kind="violation", role="director")


async def test_contict_destroys_on_request(desk: Desk) -> None:
    """10.2: "vernietigen na verstrijken van de wettelijke bewaartermijn en/of op verzoek"; 10.1: return first."""
    agreement = await desk.agreement("contict", services=["voip"])
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    before = {one["id"]: one["due_at"] for one in (await desk.get(path))["plan"] if one["kind"] == "erase"}
    assert set(before.values()) == {"2026-04-30T22:00:00Z"}
    asked = await desk.act(f"{path}/choose", {"data": "erase", "channel": "letter", "by": "Kim"})
    now = asked["choice"]["received_at"]
    assert {one["due_at"] for one in asked["plan"] if one["kind"] == "erase"} == {now}
    assert {one["due_at"] for one in asked["deadlines"] if one["rule"] != "end.erasure" or one["key"]} == {now}
    assert asked["plan"][0]["kind"] == "return"
    other = await desk.agreement("contict", services=["voip"], customer_id=(await desk.customer("B"))["id"])
    early = await desk.act(f"agreements/{other['id']}/choose", {"data": "erase", "channel": "letter", "by": "Kim"})
    assert early["choice"]["data"] == "erase"
    await desk.act(f"agreements/{other['id']}/end-main-contract", {"on": "2026-04-10"})
    await desk.world.go(datetime(2026, 4, 11, 9, 0, tzinfo=UTC))
    ended = await desk.get(f"agreements/{other['id']}")
    assert {one["due_at"] for one in ended["plan"] if one["kind"] == "erase"} == {"2026-04-10T22:00:00Z"}


async def test_contict_declares_with_the_exception_that_a_law_keeps(desk: Desk) -> None:
    """10.3 with 10.2: the declaration names what a legal duty keeps, and comes again when that is gone (CO-A15)."""
    agreement = await desk.agreement("contict", services=["voip"])
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    hold = {"categories": ["contract_information"], "ground": "art. 52 AWR", "until": "2033-12-31"}
    await desk.act(f"{path}/hold", hold)
    await desk.act(f"{path}/approve-plan")
    for item in (await desk.get(path))["plan"]:
        if item["kind"] == "declare" or item["category"] == "contract_information":
            continue
        await desk.act(f"{path}/confirm", {"task_id": item["id"], "evidence": "log"})
    declare = next(one for one in (await desk.get(path))["plan"] if one["kind"] == "declare")
    assert declare["state"] == "ordered"
    declared = await desk.act(f"{path}/confirm", {"task_id": declare["id"], "evidence": "the letter"})
    assert declared["state"] == "deletion_pending"
    assert [one["state"] for one in declared["plan"] if one["kind"] == "declare"] == ["done", "waiting"]


async def test_one_service_that_ends_is_asked_of_everybody_who_holds_its_data(desk: Desk) -> None:
    """Contict bijlage 1, column "Sub-verwerker": also where Contict holds the data itself ("Ja")."""
    agreement = await desk.agreement("contict", services=["voip", "mobile", "cloud", "security"])
    path = f"agreements/{agreement['id']}"
    for service in ("cloud", "security", "mobile", "voip"):
        await desk.act(f"{path}/cancel-service", {"service": service, "on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    plan = (await desk.get(path))["plan"]
    asked = {(one["service"], one["category"], one["holder"]) for one in plan}
    assert {
        ("cloud", "office_365_backup", "processor"), ("cloud", "office_365_backup", "Solarwinds Cove"),
        ("cloud", "office_365_backup", "AFAS"), ("cloud", "user_profiles", "Microsoft"),
        ("security", "user_profiles", "Phished"), ("security", "user_statistics", "Phished"),
        ("security", "user_profiles", "Fortinet"), ("security", "user_statistics", "Fortinet"),
        ("voip", "user_profiles", "Enreach/Routit"), ("voip", "mac_address", "Enreach/Routit"),
        ("voip", "email_address", "Enreach/Routit"), ("mobile", "imei", "Mobile provider"),
    } <= asked  # fmt: skip
    assert len({one["text_nl"] for one in plan}) == len(plan)
    assert len({one["text"] for one in plan}) == len(plan)
    assert {one["due_at"] for one in plan} == {"2026-04-30T22:00:00Z"}


async def test_backups_under_kmo_are_counted_from_the_day_the_data_left(desk: Desk) -> None:
    """9.3(c) "zo spoedig mogelijk", bijlage A 5; the file: from the day the data leave the live systems."""
    agreement = await desk.agreement("kmo-solutions")
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-04-30"})
    await desk.world.go(datetime(2026, 5, 19, 9, 0, tzinfo=UTC))
    assert not await desk.items("deadlines", agreement_id=agreement["id"], overdue="true")
    (task,) = await desk.items("tasks", subject=agreement["id"], kind="mailbox_read", state="open")
    await desk.act(f"tasks/{task['id']}/done", {"note": "nothing asked"})
    planned = await desk.act(f"{path}/approve-plan")
    (backups,) = [one for one in planned["plan"] if one["holder"] == "backups"]
    assert backups["due_at"] == backups["expected_at"] == "2026-06-18T22:00:00Z"  # P30D from 19 May, the first day
    assert backups["id"] not in {one["key"] for one in planned["deadlines"]}
    await desk.world.go(datetime(2026, 7, 9, 9, 0, tzinfo=UTC))
    assert not await desk.items("deadlines", agreement_id=agreement["id"], overdue="true")
    live = [one for one in planned["plan"] if one["holder"] != "backups"]
    for item in live:
        shown = await desk.act(f"{path}/confirm", {"task_id": item["id"], "evidence": "log of the day"})
    (backups,) = [one for one in shown["plan"] if one["holder"] == "backups"]
    assert backups["expected_at"] is None
    assert backups["due_at"] == "2026-08-08T22:00:00Z"  # P30D from 9 July: through 8 August
    (deadline,) = [one for one in shown["deadlines"] if one["key"] == backups["id"]]
    assert (deadline["due_at"], deadline["last_day"]) == ("2026-08-08T22:00:00Z", "2026-08-08")


async def test_nothing_is_due_under_kmo_while_a_return_is_open(desk: Desk) -> None:
    agreement = await desk.agreement("kmo-solutions")
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-04-30"})
    await desk.world.go(datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
    (shown,) = [one for one in (await desk.get(path))["deadlines"] if one["rule"] == "end.erasure"]
    assert (shown["boundary"], shown["due_at"]) == ("from", "2026-05-18T22:00:00Z")
    returning = await desk.act(f"{path}/choose", {"data": "return", "channel": "letter", "by": "Kim", "evidence": "it"})
    assert not [one for one in returning["deadlines"] if one["rule"] == "end.erasure"]
    await desk.world.go(datetime(2026, 6, 30, 9, 0, tzinfo=UTC))
    assert not await desk.items("deadlines", agreement_id=agreement["id"], overdue="true")
