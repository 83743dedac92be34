"""Terms that say less than the five: no data are called gone, and no right is lost, for what is left unsaid."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.resources.conftest import Desk


async def document(desk: Desk, terms: str) -> Any:
    return {**(await desk.get(f"terms/{terms}"))["document"], "id": "another"}


@pytest.mark.parametrize("declares", [True, False])
async def test_without_holders_in_the_file_the_processor_and_who_works_for_it_hold_the_data(
    desk: Desk, declares: bool
) -> None:
    text = await document(desk, "stkkr")
    end = {name: value for name, value in text["end"].items() if name not in ("holders", "declaration")}
    end.pop("declaration_clause", None)
    if declares:
        end |= {"declaration": True, "declaration_clause": "9"}
    text |= {"end": end, "retention": []}
    text["rules"] = {name: rule for name, rule in text["rules"].items() if not name.startswith("retention.")}
    assert (await desk.api.post("terms", text)).status_code == 201
    hosting = await desk.subprocessor()
    agreement = await desk.agreement("another", subprocessors=[hosting["id"]])
    path = f"agreements/{agreement['id']}"
    await desk.act(f"{path}/end-main-contract", {"on": "2026-03-31"})
    await desk.world.go(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    for task in await desk.items("tasks", subject=agreement["id"], kind="mailbox_read", state="open"):
        await desk.act(f"tasks/{task['id']}/done", {"note": "read"})
    plan = (await desk.act(f"{path}/approve-plan"))["plan"]
    assert {one["holder"] for one in plan if one["kind"] == "erase"} == {"processor", "Hosting BV"}
    for one in plan:
        assert (await desk.get(path))["state"] == "deletion_pending"
        done = await desk.act(f"{path}/confirm", {"task_id": one["id"], "evidence": "log"})
    assert done["state"] == "deleted"
    assert all(one["how"] == "confirmed" for one in done["plan"])


async def test_a_right_to_end_without_a_number_is_offered_and_has_no_last_day(desk: Desk) -> None:
    text = await document(desk, "constant-it")
    text["rules"]["amendment.termination"].pop("period")
    text["subprocessors"]["register"] = []
    assert (await desk.api.post("terms", text)).status_code == 201
    agreement = await desk.agreement("another")
    await desk.announced((await desk.subprocessor())["id"])
    (notice,) = await desk.items("notices", agreement_id=agreement["id"])
    rights = {one["rule"]: one["closes_at"] for one in notice["rights"]}
    assert rights["amendment.termination"] is None
    await desk.world.go(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))
    said = {"channel": "letter", "by": "Kim", "evidence": "letter 5", "grounds": "too many"}
    await desk.act(f"notices/{notice['id']}/terminate", said)
    assert (await desk.get(f"agreements/{agreement['id']}"))["end_ground"] == "amendment"


@pytest.mark.parametrize(
    ("law", "authority"),
    [("GDPR", "not_obliged"), ("HIPAA", "not_obliged"), ("CCPA", None), ("Danish law", None), ("", None)],
)
async def test_what_the_processor_may_do_towards_an_authority_is_the_laws_or_unknown(
    desk: Desk, law: str, authority: str | None
) -> None:
    text = await document(desk, "stkkr")
    text |= {"law": law}
    text.pop("breach")
    text["rules"].pop("breach.authority", None)
    assert (await desk.api.post("terms", text)).status_code == 201
    agreement = await desk.agreement("another")
    said = {"discovered_at": "2026-03-02T08:00:00Z", "summary": "lost", "agreements": [agreement["id"]]}
    (case,) = (await desk.api.made("breaches", said))["cases"]
    assert case["authority"] == authority
