import re
from datetime import timedelta
from typing import Any

import pytest

from service.keys import mistyped, new_key
from tests.http.conftest import ACME, Api
from tests.world import World


async def test_a_processor_is_made_read_and_changed(api: Api) -> None:
    made = await api.post("processors", ACME)
    assert made.status_code == 201
    id = made.json()["id"]
    assert made.headers["Location"] == f"/api/v1/processors/{id}"
    assert made.headers["ETag"] == '"1"'
    assert made.json() | ACME == made.json()
    assert made.json()["slug"] == "acme-telecom"

    read = await api.get(f"processors/{id}")
    assert read.json() == made.json()

    changed = await api.call("PATCH", f"processors/{id}", json={"notice_time": "P14D"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] == '"2"'
    assert changed.json() == {**made.json(), "notice_time": "P14D", "version": 2}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "Nederland"),
        ("country", "UK"),
        ("timezone", "Amsterdam"),
        ("timezone", "../../etc/passwd"),
        ("language", "pl"),
        ("terms", "nobody-wrote-these"),
        ("reply_to", "a@b, evil@x"),
        ("reply_to", "Kim <kim@acme.example>"),
        ("notice_time", "30 days"),
        ("notice_time", "P1Y2M"),
        ("slug", "Acme Telecom"),
        ("slug", "acme\n"),
        ("reminders.customer[1]", {"customer": ["P7D", "P1M"]}),
        ("reminders.overdue", {"overdue": ["P1D"] * 13}),
        ("name", "   "),
        ("name", "Acme\r\nBcc: all@x"),
        ("name", "x" * 201),
        ("id", "0195d0c0-7e52-7000-8000-7465726d696a"),
        ("version", 7),
    ],
)
async def test_a_field_that_cannot_be_is_named(api: Api, field: str, value: Any) -> None:
    answer = await api.post("processors", {**ACME, re.split(r"\W", field)[0]: value})
    assert answer.status_code == 400, answer.text
    assert [one["path"] for one in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("field", ["name", "country", "timezone", "language", "terms"])
async def test_a_required_field_is_missed_by_name(api: Api, field: str) -> None:
    answer = await api.post("processors", {name: value for name, value in ACME.items() if name != field})
    assert answer.json()["errors"] == [{"path": field, "message": "is required"}]


async def test_slugs_are_made_of_names_and_stay_apart(api: Api) -> None:
    names = ["Café de Böck", "Café de Böck", "电信", "x" * 200]
    slugs = [(await api.made("processors", {**ACME, "name": name}))["slug"] for name in names]
    assert slugs == ["cafe-de-bock", "cafe-de-bock-2", "processor", "x" * 50]
    taken = await api.post("processors", {**ACME, "slug": "cafe-de-bock-2"})
    assert taken.status_code == 409
    assert taken.json()["type"] == "/problems/conflict"


async def test_names_may_be_of_any_script(api: Api) -> None:
    name = "أكمي Télécom \U0001f4de"
    assert (await api.made("processors", {**ACME, "name": name}))["name"] == name


async def test_a_key_is_shown_once_and_lives_until_it_is_revoked(api: Api, acme: Any, world: World) -> None:
    at = f"processors/{acme['id']}/keys"
    made = await api.made(at, {"name": "Robot", "role": "manager"})
    assert not mistyped(made["key"])
    assert (await api.get("terms", key=made["key"])).status_code == 200

    listed = (await api.get(at)).json()["items"]
    assert made["key"] not in str(listed)
    (robot,) = [one for one in listed if one["name"] == "Robot"]
    assert made["key"].startswith(robot["hint"].rstrip("…"))
    assert robot["last_used_at"] == "2026-03-02T09:00:00Z"

    second = await api.made(at, {"name": "Robot 2", "role": "manager"})
    gone = await api.call("DELETE", f"{at}/{made['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    refused = await api.get("terms", key=made["key"])
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert (await api.get("terms", key=second["key"])).status_code == 200
    assert (await api.call("DELETE", f"{at}/{made['id']}")).status_code == 204
    assert [one["revoked_at"] for one in (await api.get(at)).json()["items"] if one["name"] == "Robot"] == [
        "2026-03-02T09:00:00Z"
    ]


async def test_admins_keys_can_be_rotated(api: Api, acme: Any) -> None:
    at = f"processors/{acme['id']}/keys"
    second = await api.made(at, {"name": "Second admin", "role": "admin"})
    assert (await api.get("processors", key=second["key"])).status_code == 200
    (first,) = [one for one in (await api.get(at)).json()["items"] if one["name"] == "bootstrap"]
    assert (await api.call("DELETE", f"{at}/{first['id']}", key=second["key"])).status_code == 204
    assert (await api.get("processors")).status_code == 401


async def test_a_key_of_another_processor_is_not_found(api: Api, acme: Any) -> None:
    other = await api.made("processors", {**ACME, "name": "Other"})
    made = await api.made(f"processors/{other['id']}/keys", {"name": "Robot", "role": "manager"})
    assert (await api.call("DELETE", f"processors/{acme['id']}/keys/{made['id']}")).status_code == 404
    assert (await api.get("terms", key=made["key"])).status_code == 200


def test_a_slip_of_the_pen_is_told_without_a_query() -> None:
    key = new_key()
    assert not mistyped(key)
    for place in range(4, len(key)):
        wrong = key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :]
        assert mistyped(wrong), place
    for wrong in (key[4:], f"tmj_{'é' * 20}", "tmj_\n", f"tmj_{'a' * 300}"):
        assert mistyped(wrong)


def test_a_deployment_may_make_up_its_own_key() -> None:
    assert not mistyped("tmj_made-up-by-a-deployment")


async def test_last_use_is_written_at_most_once_a_minute(api: Api, acme: Any, world: World) -> None:
    key = await api.key(acme["id"], "manager")
    await api.get("terms", key=key)
    await world.go(world.start + timedelta(hours=1))
    await api.get("terms", key=key)
    listed = (await api.get(f"processors/{acme['id']}/keys")).json()["items"]
    assert listed[-1]["last_used_at"] == "2026-03-02T09:00:00Z"


@pytest.mark.parametrize("name", ["Acme\u202eemcA", "Ac\u200bme", "\u200d", "---", "Acme\ufeff", "Ac\u2066me"])
async def test_names_show_as_they_are(api: Api, acme: Any, name: str) -> None:
    assert (await api.post("processors", {**ACME, "name": name})).status_code == 400
    assert (await api.call("PATCH", f"processors/{acme['id']}", json={"name": name})).status_code == 400
    assert (await api.post(f"processors/{acme['id']}/keys", {"name": name, "role": "manager"})).status_code == 400
    for fine in ("Ærø & Søn", "شرکت می\u200cخواهم", "株式会社", "3M"):
        assert (await api.post(f"processors/{acme['id']}/keys", {"name": fine, "role": "manager"})).status_code == 201
