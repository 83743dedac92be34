"""The same request twice: one effect, the same answer."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from tests.conftest import Database
from tests.http.conftest import ACME, Api


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def same(first: httpx.Response, again: httpx.Response) -> None:
    assert again.status_code == first.status_code
    assert again.content == first.content
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers.get(name) == first.headers.get(name)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_repeated_create_answers_the_first_answer(api: Api) -> None:
    first = await api.post("processors", ACME, headers=keyed("one"))
    assert first.status_code == 201
    same(first, await api.post("processors", ACME, headers=keyed("one")))
    assert len((await api.get("processors")).json()["items"]) == 1


async def test_the_answer_stays_the_first_one_whatever_happened_since(api: Api, acme: Any) -> None:
    at = f"processors/{acme['id']}"
    first = await api.call("PATCH", at, json={"name": "B"}, headers={**keyed("one"), "If-Match": '"1"'})
    assert first.headers["ETag"] == '"2"'
    await api.call("PATCH", at, json={"name": "C"})
    again = await api.call("PATCH", at, json={"name": "B"}, headers={**keyed("one"), "If-Match": '"1"'})
    same(first, again)
    assert (await api.get(at)).json()["name"] == "C"


async def test_a_request_on_another_version_is_another_request(api: Api, acme: Any) -> None:
    """Else the refusal of a stale or malformed `If-Match` would come back for the right one."""
    at = f"processors/{acme['id']}"
    for wrong, status in (("0", 400), ('"9"', 412)):
        refused = await api.call("PATCH", at, json={"name": "B"}, headers={**keyed(wrong), "If-Match": wrong})
        assert refused.status_code == status
        right = await api.call("PATCH", at, json={"name": "B"}, headers={**keyed(wrong), "If-Match": '"1"'})
        assert "Idempotent-Replayed" not in right.headers
        assert right.status_code in (200, 422), right.text


async def test_the_order_of_fields_makes_no_other_request(api: Api) -> None:
    first = await api.post("processors", ACME, headers=keyed("one"))
    turned = dict(reversed(list(ACME.items())))
    assert list(turned) != list(ACME)
    same(first, await api.post("processors", turned, headers=keyed("one")))


@pytest.mark.parametrize("change", ["body", "path", "method"])
async def test_another_request_with_the_same_key_is_refused(api: Api, acme: Any, change: str) -> None:
    at = f"processors/{acme['id']}/keys"
    body = {"name": "Robot", "role": "manager"}
    await api.made(at, body, headers=keyed("one"))
    match change:
        case "body":
            answer = await api.post(at, {**body, "role": "auditor"}, headers=keyed("one"))
        case "path":
            answer = await api.post("processors", {**ACME, "name": "Two"}, headers=keyed("one"))
        case _:
            answer = await api.call("PATCH", f"processors/{acme['id']}", json={}, headers=keyed("one"))
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/key-reused"


async def test_fifty_at_once_have_one_effect(api: Api) -> None:
    answers = await asyncio.gather(*(api.post("processors", ACME, headers=keyed("one")) for _ in range(50)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert sum("Idempotent-Replayed" not in one.headers for one in answers) == 1
    assert len((await api.get("processors")).json()["items"]) == 1


async def test_a_refusal_is_kept_and_undoes_its_work(api: Api) -> None:
    await api.made("processors", {**ACME, "slug": "acme"})
    first = await api.post("processors", {**ACME, "slug": "acme"}, headers=keyed("one"))
    assert first.status_code == 409
    same(first, await api.post("processors", {**ACME, "slug": "acme"}, headers=keyed("one")))
    assert len((await api.get("processors")).json()["items"]) == 1


async def test_what_may_be_otherwise_next_time_is_not_kept(api: Api, acme: Any) -> None:
    at = f"processors/{acme['id']}"
    stale = {**keyed("one"), "If-Match": '"2"'}
    assert (await api.call("PATCH", at, json={"name": "B"}, headers=stale)).status_code == 412
    await api.call("PATCH", at, json={"name": "A"})
    answer = await api.call("PATCH", at, json={"name": "B"}, headers=stale)
    assert answer.status_code == 200
    assert "Idempotent-Replayed" not in answer.headers


async def test_another_callers_key_is_another_key(api: Api, acme: Any) -> None:
    key = await api.key(acme["id"], "manager")
    document = (await api.get("terms/contict")).json()["document"] | {"version": "x"}
    first = await api.post("terms", document, headers=keyed("one"))
    second = await api.post("terms", document, key=key, headers=keyed("one"))
    assert (first.status_code, second.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in second.headers
    assert second.json()["processor_id"] == acme["id"]


async def test_a_key_shown_once_is_not_shown_again_nor_stored(api: Api, acme: Any, database: Database) -> None:
    at = f"processors/{acme['id']}/keys"
    body = {"name": "Robot", "role": "manager"}
    first = await api.made(at, body, headers=keyed("one"))
    again = await api.post(at, body, headers=keyed("one"))
    assert again.status_code == 201
    assert again.json() == {**first, "key": None, "detail": "It was shown once, in the first answer to this request."}
    owner = await asyncpg.connect(database.superuser)
    for table in ("idempotency", "api_key"):
        stored = await owner.fetchval(f"select string_agg(t::text, '') from {table} t")
        assert first["key"] not in stored
        assert first["key"].encode().hex() not in stored
    await owner.close()


async def test_an_answer_is_forgotten_after_two_days(api: Api, database: Database) -> None:
    await api.made("processors", ACME, headers=keyed("one"))
    owner = await asyncpg.connect(database.superuser)
    await owner.execute("update idempotency set created_at = created_at - interval '49 hours'")
    again = await api.post("processors", ACME, headers=keyed("one"))
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers
    assert await owner.fetchval("select count(*) from idempotency") == 1
    await owner.close()


async def test_a_second_request_waits_for_the_first(api: Api, database: Database) -> None:
    """The first is held inside its transaction; the second is seen waiting, then answers the same."""
    owner = await asyncpg.connect(database.superuser)
    hold = owner.transaction()
    await hold.start()
    await owner.execute("lock table processor in exclusive mode")
    tasks = [asyncio.create_task(api.post("processors", ACME, headers=keyed("one"))) for _ in range(2)]
    watch = await asyncpg.connect(database.superuser)
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while await watch.fetchval(waiting) < 2:  # noqa: ASYNC110 - the database cannot set an event
            await asyncio.sleep(0)
    await hold.rollback()
    first, second = await asyncio.gather(*tasks)
    assert (first.status_code, first.content) == (201, second.content)
    assert len((await api.get("processors")).json()["items"]) == 1
    await owner.close()
    await watch.close()
