"""Persons who sign in: who may let whom in, and what stands in the ledger of it."""

from typing import Any

from service.people.sessions import find_session
from tests.http.conftest import ACME, Api
from tests.people import new_link, signed_in
from workflows.model.users import Hears

ROBIN = {"name": "Robin", "email": "robin@acme.example", "role": "manager", "language": "nl"}


async def events(api: Api, processor: str) -> list[Any]:
    answer = await api.get(f"events?subject={processor}", headers={"Termijn-Processor": processor})
    return [one for one in answer.json()["items"] if ".user_" in one["type"]]


async def test_a_director_manages_the_users_of_its_processor(api: Api, acme: Any) -> None:
    director = await api.key(acme["id"], "director")
    made = await api.post("users", ROBIN, key=director)
    assert made.status_code == 201, made.text
    robin = made.json()
    assert robin["processor_id"] == acme["id"]
    assert robin["hears"] == {"tasks": "at_once", "deadlines": "digest", "answers": "digest", "breaches": "at_once"}
    assert (await api.post("users", {**ROBIN, "email": "Robin@Acme.example"}, key=director)).status_code == 409
    path = f"users/{robin['id']}"
    changed = await api.call(
        "PATCH", path, json={"role": "auditor", "hears": {"tasks": "never"}}, key=director,
        headers={"If-Match": made.headers["ETag"]},
    )  # fmt: skip
    assert changed.json()["role"] == "auditor"
    assert changed.json()["hears"]["tasks"] == "never"
    stale = await api.call("PATCH", path, json={"name": "R."}, key=director, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert (await api.call("PATCH", path, json={"role": "admin"}, key=director)).status_code == 400
    assert (await api.call("DELETE", path, key=director)).status_code == 204
    assert (await api.call("DELETE", path, key=director)).status_code == 204
    assert (await api.call("PATCH", path, json={"name": "R."}, key=director)).status_code == 404
    assert (await api.get(path, key=director)).json()["state"] == "removed"
    assert (await api.post("users", ROBIN, key=director)).status_code == 201, "the address is free again"
    listed = (await api.get("users?state=active", key=director)).json()["items"]
    assert [one["email"] for one in listed] == ["robin@acme.example"]
    said = await events(api, acme["id"])
    assert [one["type"] for one in said] == [
        f"processor.user_{what}" for what in ("added", "changed", "removed", "added")
    ]
    assert said[0]["data"]["user_id"] == robin["id"]
    assert said[1]["data"]["changed"] == ["hears", "role"]
    assert said[0]["actor"].startswith("key:")


async def test_managers_let_nobody_in_and_directors_make_no_admin(api: Api, acme: Any) -> None:
    manager = await api.key(acme["id"], "manager")
    director = await api.key(acme["id"], "director")
    assert (await api.post("users", ROBIN, key=manager)).status_code == 403
    assert (await api.get("users", key=manager)).status_code == 403
    assert (await api.post("users", {**ROBIN, "role": "admin"}, key=director)).status_code == 403
    admin = await api.made("users", {**ROBIN, "role": "admin"})
    assert admin["processor_id"] is None
    for method in ("GET", "PATCH", "DELETE"):
        answer = await api.call(method, f"users/{admin['id']}", key=director, json={} if method == "PATCH" else None)
        assert answer.status_code == 404, method
    assert (await api.get("users", key=director)).json()["items"] == []
    assert [one["id"] for one in (await api.get("users")).json()["items"]] == [admin["id"]]
    refused = await api.post("users", {**ROBIN, "role": "admin", "processor_id": acme["id"]})
    assert refused.status_code == 400


async def test_another_processors_users_are_nobodys(api: Api, acme: Any) -> None:
    other = await api.made("processors", {**ACME, "name": "Other"})
    director = await api.key(acme["id"], "director")
    theirs = await api.made("users", {**ROBIN, "processor_id": other["id"]})
    assert (await api.get(f"users/{theirs['id']}", key=director)).status_code == 404
    assert (await api.call("DELETE", f"users/{theirs['id']}", key=director)).status_code == 404
    assert (await api.post("users", {**ROBIN, "processor_id": other["id"]}, key=director)).status_code == 404
    assert (await api.post("users", ROBIN, key=director)).status_code == 201, "the same person, there too"
    assert (await api.post("users", {**ROBIN, "email": "x@y.example"})).status_code == 400, "whose is not said"
    named = await api.get("users", headers={"Termijn-Processor": acme["id"]})
    assert [one["processor_id"] for one in named.json()["items"]] == [acme["id"]]
    assert len((await api.get("users?role=manager")).json()["items"]) == 2


async def test_who_is_removed_is_out_at_once(api: Api, acme: Any) -> None:
    pool = api.app.state.parts.pool
    async with signed_in(api.app, "manager", acme["id"]) as one, signed_in(api.app, "manager", acme["id"]) as other:
        link = await new_link(api.app, one.email)
        for person in (one, other):
            assert await find_session(pool, person.secret) is not None
        assert (await api.call("DELETE", f"users/{one.id}")).status_code == 204
        changed = await api.call("PATCH", f"users/{other.id}", json={"role": "auditor", "name": "Sam"})
        assert changed.status_code == 200
        for person in (one, other):
            assert await find_session(pool, person.secret) is None
        assert (await api.client.get(f"/board/in/{link}")).status_code == 404


def test_what_a_person_hears_has_a_default_for_all() -> None:
    assert Hears().breaches == "at_once"


async def test_a_user_has_a_calendar_of_an_address_of_its_own(api: Api, acme: Any) -> None:
    director = await api.key(acme["id"], "director")
    robin = await api.made("users", {**ROBIN, "processor_id": acme["id"]})
    first, second = [
        (await api.post(f"users/{robin['id']}/feed", key=director)).json()["url"].partition("termijn.test")[2]
        for _ in range(2)
    ]
    assert (await api.client.get(first)).status_code == 404
    answer = await api.client.get(second)
    assert (answer.status_code, answer.text[:15]) == (200, "BEGIN:VCALENDAR")
    await api.call("DELETE", f"users/{robin['id']}")
    assert (await api.client.get(second)).status_code == 404
    assert (await api.post(f"users/{robin['id']}/feed", key=director)).status_code == 404
