"""Who sees a change in a record while notices live, and what becomes of them: the rows of decision 24, one by one.

What of a subprocessor was told is in `test_amended_facts` and `test_places`, a customer's contacts in
`test_contacts_change`.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import CONTACTS, Desk
from tests.resources.test_notices import told
from tests.world import local


async def patch(desk: Desk, path: str, **fields: Any) -> Any:
    answer = await desk.api.call("PATCH", path, json=fields)
    assert answer.status_code == 200, answer.text
    await desk.world.drain()
    return answer.json()


async def as_it_was(desk: Desk, notice: Any) -> None:
    """The notice and its mails are what they were."""
    now = await desk.get(f"notices/{notice['id']}")
    same = ("state", "rule", "clause", "rights", "closes_at", "proceeds_at", "customer_id", "revision", "received_at")
    assert {name: now[name] for name in same} == {name: notice[name] for name in same}
    rows = await desk.world.rows("select count(*) as n from message where kind = 'announcement'")
    assert rows[0]["n"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"aliases": ["Host"]},
        {"services": ["voip"]},
        {"bound_on": "2026-02-01", "bound_evidence": "a contract"},
    ],
)
async def test_what_no_notice_says_of_a_subprocessor(desk: Desk, fields: Any) -> None:
    _, worker, notice = await told(desk)
    await patch(desk, f"subprocessors/{worker['id']}", **fields)
    await as_it_was(desk, notice)


async def test_the_subprocessor_that_goes_stays_as_it_was_told(desk: Desk) -> None:
    made = await desk.agreement()
    old, new = await desk.subprocessor("Old"), await desk.subprocessor("New")
    first = await desk.announced(old["id"])
    await desk.world.days(40)
    assert (await desk.gate(made["id"], old["id"]))["allowed"], first
    change = await desk.announced(new["id"], "replace", replaces_id=old["id"])
    problem = await desk.refused(f"subprocessors/{old['id']}", {"service": "else"}, method="PATCH")
    assert (problem["status"], change["id"] in problem["detail"]) == (409, True)
    assert "withdraw it" in problem["detail"]


@pytest.mark.parametrize("fields", [{"name": "Customer International"}, {"language": "en"}])
async def test_what_is_sent_from_then_on_is_in_the_customers_new_name_or_language(desk: Desk, fields: Any) -> None:
    _, _, notice = await told(desk)
    await patch(desk, f"customers/{notice['customer_id']}", **fields)
    await as_it_was(desk, notice)
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "mail"})
    (row,) = await desk.world.rows("select language from message where kind = 'confirmation'")
    assert row["language"] == fields.get("language", "nl")


async def test_the_services_of_an_agreement(desk: Desk) -> None:
    made, _, notice = await told(desk)
    wrong = {"data": {"services": ["voip"]}, "reason": "a wrong entry"}
    await desk.act(f"agreements/{made['id']}/correct", wrong)
    await as_it_was(desk, notice)


async def test_an_agreement_that_passes_to_another_customer(desk: Desk) -> None:
    made, _, notice = await told(desk)
    heir = await desk.customer("Heir", contacts=[{**CONTACTS[0], "email": "heir@customer.example"}])
    await desk.act(f"agreements/{made['id']}/transfer", {"customer_id": heir["id"], "on": "2026-03-10"})
    await desk.world.go(datetime(2026, 3, 11, tzinfo=UTC))
    assert (await desk.get(f"agreements/{made['id']}"))["customer_id"] == heir["id"]
    await as_it_was(desk, notice)


async def test_an_agreement_that_ends(desk: Desk) -> None:
    made, _, notice = await told(desk)
    await desk.act(f"agreements/{made['id']}/end-main-contract", {"on": "2026-03-10"})
    await as_it_was(desk, notice)
    await desk.world.go(local("2026-03-11T00:00:00+01:00"))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "cancelled"


async def test_a_new_version_of_the_terms(desk: Desk) -> None:
    _, _, notice = await told(desk)
    (known,) = [one for one in await desk.items("terms") if one["id"] == "kmo-solutions"]
    document = (await desk.get("terms/kmo-solutions"))["document"]
    document = {**document, "version": "9"}
    answer = await desk.api.post("terms", document)
    assert answer.status_code in (200, 201), (answer.text, known)
    await desk.world.drain()
    await as_it_was(desk, notice)


@pytest.mark.parametrize(
    "fields", [{"name": "Acme International"}, {"reply_to": "dpo@acme.example"}, {"language": "en"},
               {"notice_time": "P45D"}],
)  # fmt: skip
async def test_a_processors_own_settings(desk: Desk, fields: Any) -> None:
    _, _, notice = await told(desk, "stkkr")
    await patch(desk, f"processors/{desk.processor}", **fields)
    await as_it_was(desk, notice)
