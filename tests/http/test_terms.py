import hashlib
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from db.queries import sql
from db.session import transaction
from tests.http.conftest import ACME, Api
from tests.world import World
from workflows.ids import new_id
from workflows.terms.load import library, parse_toml, to_document
from workflows.terms.schema import packaged_schema


@pytest.fixture
async def document(api: Api) -> Any:
    return (await api.get("terms/contict")).json()["document"]


async def test_the_library_is_there_from_the_start(api: Api) -> None:
    items = (await api.get("terms")).json()["items"]
    assert [one["id"] for one in items] == sorted(library())
    assert all(one["document"]["rules"] for one in items)
    assert [one["processor_id"] for one in items] == [None] * len(items)
    one = (await api.get("terms?id=contict")).json()["items"]
    assert one == [(await api.get("terms/contict")).json()]


async def test_a_new_version_of_an_admin_is_everyones(api: Api, acme: Any, document: Any) -> None:
    key = await api.key(acme["id"], "manager")
    made = await api.post("terms", {"document": {**document, "version": "2027-1", "title": "New"}})
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/api/v1/terms/contict"
    for who in (None, key):
        assert (await api.get("terms/contict", key=who)).json()["title"] == "New"
    old = (await api.get(f"terms/contict?version={document['version']}", key=key)).json()
    assert old["document"] == document
    versions = (await api.get("terms/contict/versions", key=key)).json()["items"]
    assert [one["version"] for one in versions] == ["2027-1", document["version"]]


async def test_a_new_version_of_a_processor_is_its_own_alone(api: Api, acme: Any, document: Any) -> None:
    other = await api.made("processors", {**ACME, "name": "Other"})
    mine, theirs = await api.key(acme["id"], "manager"), await api.key(other["id"], "manager")
    made = await api.post("terms", {**document, "version": "mine"}, key=mine)
    assert made.status_code == 201, made.text
    assert made.json()["processor_id"] == acme["id"]
    assert (await api.get("terms/contict", key=mine)).json()["version"] == "mine"
    assert (await api.get("terms/contict", key=theirs)).json()["version"] == document["version"]
    assert (await api.get("terms/contict?version=mine", key=theirs)).status_code == 404
    fresh = await api.post("terms", {**document, "id": "my-own"}, key=mine)
    assert fresh.status_code == 201
    assert (await api.get("terms/my-own", key=theirs)).status_code == 404
    ids = [one["id"] for one in (await api.get("terms", key=mine)).json()["items"]]
    assert ids == sorted({*library(), "my-own"})
    both = (await api.get("terms?id=contict")).json()["items"]
    assert {one["processor_id"] for one in both} == {None, acme["id"]}


async def test_terms_come_as_toml_too(api: Api) -> None:
    raw = files("workflows.terms.library").joinpath("contict.toml").read_bytes()
    raw = raw.replace(b'version = "', b'version = "toml-', 1)
    made = await api.call("POST", "terms", content=raw, headers={"Content-Type": "application/toml"})
    assert made.status_code == 201, made.text
    assert made.json()["version"].startswith("toml-")


async def test_the_same_terms_twice_are_one_version(api: Api, document: Any) -> None:
    again = await api.post("terms", document)
    assert again.status_code == 200
    assert len((await api.get("terms/contict/versions")).json()["items"]) == 1
    other_rules = await api.post("terms", {**document, "title": "Other"})
    assert other_rules.status_code == 409


SAID = """
id = "old"
version = "1"
title = "Terms that say what used to be taken for granted"
language = "en"
zone = "Europe/Amsterdam"
calendar = "NL"

[counting]
moves = "controller"
law = "Termijnenwet"
working_days = ["monday", "tuesday", "wednesday", "thursday", "friday"]

[entry]
event = "main_contract_start"
clause = "1"

[ending]
clause = "2"
in_force_until = "end"

[[ending.rights]]
ground = "breach_of_law"
clause = "2"
ends = "agreement"
party = "controller"

[amendment]
how = "silent"

[subprocessors]
rule = "objection"
clause = "3"

[subprocessors.overruling]
allowed = false
clause = "3"

[end]
data = "erase"
clause = "4"

[rules."breach.notice"]
clause = "5"
party = "processor"
starts = "discovery"
period = "PT24H"

[rules."subprocessor.objection"]
clause = "3"
party = "controller"
starts = "receipt"
period = "P14D"

[penalties."breach.penalty"]
clause = "6"
currency = "EUR"
base = "500.00"
per = "lateness"
damages = "reserved"

[breach]
clause = "5"
authority = "assists"
authority_clause = "5"

[requests]
clause = "7"
direct = "forward"

[requests.free]
clause = "7"
amount = "2"
unit = "hours"
per = "month"

[[retention]]
category = "logs"
clause = "8"
by_processor = true
text = "logs"

[rules."retention.logs"]
clause = "8"
party = "processor"
starts = "record"
period = "P30D"

[rules."end.erasure"]
clause = "4"
party = "processor"
starts = "end"
period = "P30D"
"""
TAKEN = (
    'moves = "controller"', 'in_force_until = "end"', 'ends = "agreement"\nparty = "controller"',
    "by_processor = true", 'unit = "hours"', 'per = "month"',
)  # fmt: skip
KEPT = "ed7b82a7dab93da8675e18484bf5d2aa35c24f969b656c943ff92f8fbb651356"
"""The digest under which the last release stored that file: it left out what it took for granted."""


async def post_file(api: Api, text: str) -> Any:
    return await api.call("POST", "terms", content=text, headers={"Content-Type": "application/toml"})


async def test_an_old_file_posted_again_is_the_version_that_was_stored_of_it(api: Api, world: World) -> None:
    left_out = SAID
    for one in TAKEN:
        assert one in left_out
        left_out = left_out.replace(one, one.partition("\n")[0] if "\n" in one else "")
    document = msgspec.json.encode(to_document(parse_toml(left_out, "old")), order="deterministic")
    digest = hashlib.sha256(document).digest()
    assert digest.hex() == KEPT
    async with transaction(world.pools.worker) as connection:
        values = (new_id(), None, "old", "1", "An old one", document.decode(), digest, await world.now())
        await connection.execute(sql("insert_terms_version"), *values)
    there = (await api.get("terms/old")).json()
    for text in (SAID, left_out):
        again = await post_file(api, text)
        assert (again.status_code, again.json()) == (200, there)
    for changed in (('party = "controller"\n\n[am', 'party = "either"\n\n[am'), ("true", "false"), ("P14D", "P15D")):
        assert changed[0] in SAID
        assert (await post_file(api, SAID.replace(*changed))).status_code == 409


async def test_what_a_file_of_today_says_is_not_what_it_leaves_unsaid(api: Api) -> None:
    assert (await post_file(api, SAID)).status_code == 201
    assert (await post_file(api, SAID)).status_code == 200
    assert (await post_file(api, SAID.replace(TAKEN[1], ""))).status_code == 409


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("application/toml", b"id = ", 400),
        ("application/toml", b"\xff\xfe", 400),
        ("application/toml", b"", 400),
        ("application/toml", b"x = " + b"[" * 5_000, 400),
        ("application/toml", b"#" * 300_000, 413),
        ("application/json", b"{}", 400),
        ("application/json", b"[]", 400),
        ("application/json", b"null", 400),
        ("application/json", b'{"document": []}', 400),
        ("application/json", b'{"document": {"id": 1}}', 400),
        ("application/yaml", b"id: x", 415),
        ("text/plain", b"id = 'x'", 415),
    ],
)
async def test_terms_that_are_none(api: Api, kind: str, content: bytes, status: int) -> None:
    answer = await api.call("POST", "terms", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_what_is_wrong_with_terms_is_named_by_its_place(api: Api, document: Any) -> None:
    wrong = {**document, "zone": "Europe/Nowhere", "colour": "red"}
    answer = await api.post("terms", wrong)
    assert answer.status_code == 400
    assert "colour" in [one["path"] for one in answer.json()["errors"]]


async def test_due_is_reckoned(api: Api, acme: Any) -> None:
    key = await api.key(acme["id"], "auditor")
    body = {"rule": "breach.notice", "at": "2026-03-02T09:00:00+01:00"}
    answer = await api.post("terms/stkkr/due", body, key=key)
    assert answer.status_code == 200, answer.text
    assert {"due_at", "last_day", "boundary", "clause", "steps", "party", "reading"} <= set(answer.json())
    assert answer.json()["due_at"].endswith("Z")


@pytest.mark.parametrize(
    "body",
    [
        {"rule": "x", "at": "2026-03-02T09:00:00Z"},
        {"rule": "breach.notice", "at": "yesterday"},
        {"rule": "breach.notice", "at": "0000-01-01T00:00:00Z"},
        {"rule": "breach.notice", "at": "9990-12-31T23:59:59Z"},
        {"rule": "breach.notice", "at": 1772442000},
        {"rule": "breach.notice", "at": "2026-03-02T09:00:00Z", "facts": {"x": 1}},
        {"rule": "breach.notice", "at": "2026-03-02T09:00:00Z", "facts": []},
        {"rule": "breach.notice"},
        {},
    ],
)
async def test_a_question_that_cannot_be_answered(api: Api, body: Any) -> None:
    answer = await api.post("terms/stkkr/due", body)
    assert answer.status_code in (200, 400), answer.text
    if body.get("at") != "9990-12-31T23:59:59Z":
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_penalty_is_reckoned(api: Api) -> None:
    body = {"rule": "breach.penalty", "due": "2026-03-02T09:00:00Z", "at": "2026-03-02T12:30:00Z"}
    answers = [await api.post(f"terms/{one}/penalty", body) for one in library()]
    assert {one.status_code for one in answers} == {200}
    assert any(one.json()["amount"] != "0.00" for one in answers)
    assert (await api.post("terms/stkkr/penalty", {**body, "at": "2026-03-02"})).status_code == 400


async def test_terms_that_nobody_wrote_are_not_found(api: Api) -> None:
    assert (await api.get("terms/nobody")).status_code == 404
    assert (await api.get("terms/contict?version=none")).status_code == 404
    assert (await api.get("terms/nobody/versions")).status_code == 404
    body = {"rule": "breach.notice", "at": "2026-03-02T09:00:00Z"}
    assert (await api.post("terms/nobody/due", body)).status_code == 404


async def test_the_free_days_of_a_calendar(api: Api) -> None:
    found = (await api.get("calendars/US?year=2026")).json()
    assert (found["id"], found["called"], found["note"]) == ("US", "the United States", "")
    lieu = next(one for one in found["days"] if one["day"] == "2026-07-03")
    assert lieu["name"] == "Independence Day (observed)"
    assert "5 U.S.C. § 6103" in lieu["source"]
    refused = await api.get("calendars/UK?year=2026")
    assert refused.status_code == 404
    assert "Did you mean GB?" in refused.json()["detail"]
    assert (await api.get("calendars/US?year=1999")).status_code == 400
    assert (await api.get("calendars/US")).json()["year"] >= 2026


async def test_the_format_of_terms_files_is_served_at_a_stable_address(api: Api) -> None:
    answer = await api.client.get("/docs/terms.schema.json")
    assert answer.headers["Content-Type"] == "application/schema+json"
    assert answer.content == packaged_schema()
