"""Processes that die at a step, by kill -9 (faults 1, 2, 4, 5 and 6): what they had begun is done, once."""

import asyncio
import itertools

import httpx
import pytest

from db.failpoints import POINTS
from tests.faults.rig import Rig
from tests.world import World

TERMS = ("kmo-solutions", "stkkr", "mms-solutions")
OF_A_WORKER = tuple(one for one in POINTS if one.startswith(("sweep.", "fan-out.", "mail.")))
OF_THE_API = tuple(one for one in POINTS if one.startswith(("command.", "request.")))
KILLED = -9


async def test_a_worker_killed_at_any_step_loses_nothing_and_does_nothing_twice(rig: Rig, world: World) -> None:
    """Each dies at another step of carrying a change to its agreements, and the last one does the rest."""
    await world.make_processor()
    agreements = [await world.make_agreement(terms) for terms in TERMS]
    await rig.takes_over()
    changes = []
    for point in OF_A_WORKER:
        change = await world.make_change(await world.make_subprocessor(f"{point} BV"))
        await world.do(change, "notify")
        changes.append(change)
        worker = await rig.begin("worker", failpoints=f"{point}=kill")
        assert await asyncio.wait_for(worker.ended(), 20) == KILLED, point
        await rig.free_leases()
    await rig.begin("worker")
    await rig.rests()
    assert await rig.stop("worker") == 0
    told = await world.rows("select change_id, agreement_id from notice")
    assert sorted((row[0], row[1]) for row in told) == sorted(itertools.product(changes, agreements))
    states = await world.rows("select distinct state from message where kind = 'announcement'")
    assert [row["state"] for row in states] == ["received"]
    assert await rig.broken() == []


async def test_the_api_killed_at_any_step_does_what_it_is_asked_again_once(rig: Rig, world: World) -> None:
    """Before and after the commit: the same request with the same key has one effect and one answer. Each API that
    answers the request of the one before dies at the next."""
    await world.make_processor()
    agreements = [await world.make_agreement("kmo-solutions", await world.make_customer(one)) for one in OF_THE_API]
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    await rig.takes_over()
    said = {"by": "Kim", "channel": "phone", "grounds": "Not there.", "evidence": "a call"}
    api = await rig.begin("api", failpoints=f"{OF_THE_API[0]}=kill")
    for point, following, agreement in zip(OF_THE_API, (*OF_THE_API[1:], None), agreements, strict=True):
        notice = (await world.notice(change, agreement))["id"]
        await rig.up()
        with pytest.raises(httpx.HTTPError):
            await rig.client.post(f"notices/{notice}/object", json=said, headers={"Idempotency-Key": point})
        assert await asyncio.wait_for(api.ended(), 20) == KILLED, point
        api = await rig.begin("api", failpoints=f"{following}=kill@2" if following else "")
        await rig.up()
        answer = await rig.ask("POST", f"notices/{notice}/object", said, key=point)
        assert (answer.status_code, answer.json()["state"]) == (200, "objected"), point
        assert len(answer.json()["answers"]) == 1
        events = await world.rows("select 1 from event where subject_id = $1 and type like 'notice.obj%'", notice)
        assert len(events) == 1, point
    assert await rig.broken() == []
