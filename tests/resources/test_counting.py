"""An agreement that counts by the law of another place, over HTTP."""

from datetime import UTC, datetime

from tests.resources.conftest import Desk


async def test_a_window_under_american_holidays_that_businesses_close_at_five(desk: Desk) -> None:
    text = {**(await desk.get("terms/kmo-solutions"))["document"], "id": "american"}
    text |= {"calendar": "US", "zone": "America/New_York", "language": "en"}
    text["counting"] = {"moves": "controller", "clause": "1.1", "day_ends": "17:00"}
    text["rules"]["subprocessor.objection"] = {
        "clause": "4.4", "party": "controller", "starts": "receipt", "period": "P30D"
    }  # fmt: skip
    answer = await desk.api.post("terms", text)
    assert answer.status_code == 201, answer.text
    agreement = await desk.agreement("american", facts={"backup.retention": "P30D"})
    hosting = await desk.subprocessor()
    await desk.world.go(datetime(2026, 6, 2, 22, 30, tzinfo=UTC))  # 18:30 on Tuesday in New York
    await desk.announced(hosting["id"])
    (notice,) = await desk.items("notices", agreement_id=agreement["id"])
    (right,) = [one for one in notice["rights"] if one["rule"] == "subprocessor.objection"]
    # It counts as Wednesday's; thirty days end on Friday 3 July, in lieu of the Fourth: through Monday 6 July.
    assert right["closes_at"] == notice["closes_at"] == "2026-07-07T04:00:00Z"
    (deadline,) = [one for one in await desk.items("deadlines") if one["rule"] == "subprocessor.objection"]
    assert deadline["due_at"] == "2026-07-07T04:00:00Z"
