"""Labels: kept on customers, agreements and subprocessors, listed by, and asked of the gate by."""

import asyncio
import json
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli.gate import gate_command
from tests.resources.conftest import Desk
from workflows.engine.verify import verify

EU = ["eu-west", "Tier 1"]


async def change(desk: Desk, path: str, body: Any, status: int = 200, **more: Any) -> Any:
    answer = await desk.api.call("PATCH", path, json=body, **more)
    assert answer.status_code == status, answer.text
    return answer.json()


async def ask(desk: Desk, *checks: Any, status: int = 200) -> Any:
    answer = await desk.api.post("engagements/check", {"checks": list(checks)})
    assert answer.status_code == status, answer.text
    return answer.json()["items"] if status == 200 else answer.json()


async def test_labels_are_kept_changed_and_listed_by(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    worker = await desk.subprocessor(labels=["eu-west", " eu-west ", "Tier 1"])
    assert worker["labels"] == EU
    customer = agreement["customer_id"]
    assert agreement["labels"] == []
    for path, listed in (
        (f"agreements/{agreement['id']}", "agreements"),
        (f"customers/{customer}", "customers"),
        (f"subprocessors/{worker['id']}", "subprocessors"),
    ):
        changed = await change(desk, path, {"labels": EU})
        assert changed["labels"] == EU
        assert [one["id"] for one in await desk.items(listed, label="eu-west")] == [changed["id"]]
        assert await desk.items(listed, label="eu") == []
        assert [one["id"] for one in await desk.items(listed, label="EU-WEST")] == [changed["id"]]
        assert (await change(desk, path, {"labels": []}))["labels"] == []
        assert await desk.items(listed, label="eu-west") == []
    async with desk.world.pools.worker.acquire() as connection:
        assert (await verify(connection)).wrong is None, "rows are as their events left them"


async def test_what_was_sent_takes_labels_and_a_number_still_and_nothing_else(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    path = f"agreements/{agreement['id']}"
    both = await change(desk, path, {"labels": ["a"], "external_id": "A-1"})
    assert (both["labels"], both["external_id"]) == (["a"], "A-1")
    assert (await change(desk, path, {"labels": ["b"]}))["external_id"] == "A-1"
    assert (await change(desk, path, {"external_id": "A-2"}))["labels"] == ["b"]
    no = await change(desk, path, {"labels": ["c"], "services": ["x"]}, 409)
    assert "`external_id` and `labels`" in no["detail"]
    etag = (await desk.api.get(path)).headers["etag"]
    await change(desk, path, {"labels": ["d"]}, headers={"If-Match": etag})
    await change(desk, path, {"labels": ["e"]}, 412, headers={"If-Match": etag})
    event = (await desk.items("events", subject=agreement["id"]))[-1]
    assert event["data"]["fields"] == ["labels"]


@pytest.mark.parametrize(
    ("labels", "path"),
    [
        ([""], "labels[0]"),
        (["fine", "   "], "labels[1]"),
        (["fine", "kim@customer.example"], "labels[1]"),
        (["a" * 61], "labels[0]"),
        (["a,b"], "labels[0]"),
        (["a;b"], "labels[0]"),
        (["a\nb"], "labels[0]"),
        (["a\u202eb"], "labels[0]"),
        (["a\u200b"], "labels[0]"),
        (["a\u2028b"], "labels[0]"),
        ([str(n) for n in range(21)], "labels"),
        ("eu-west", "labels"),
        ([1], "labels[0]"),
        (None, "labels"),
        ({"a": "b"}, "labels"),
    ],
)
async def test_labels_that_are_none_are_refused(desk: Desk, labels: Any, path: str) -> None:
    no = await desk.refused("subprocessors", {"name": "A", "service": "b", "country": "NL", "labels": labels})
    assert (no["status"], no["errors"][0]["path"]) == (400, path)


async def test_the_gate_says_yes_to_a_label_where_each_agreement_does(desk: Desk) -> None:
    worker = await desk.subprocessor()
    first = await desk.agreement("stkkr", subprocessors=[worker["id"]])
    second = await desk.agreement("stkkr", subprocessors=[worker["id"]])
    third = await desk.agreement("stkkr", subprocessors=[])
    for one, labels in ((first, ["a", "all"]), (second, ["a", "all"]), (third, ["all"])):
        await change(desk, f"agreements/{one['id']}", {"labels": labels})

    def about(label: str) -> Any:
        return {"agreement_id": f"label:{label}", "subprocessor_id": worker["id"]}

    plain = {"agreement_id": third["id"], "subprocessor_id": worker["id"]}
    yes, no, none, single, bad = await ask(
        desk, about("a"), about("all"), about("nothing"), plain, {**about("a"), "subprocessor_id": "x"}
    )
    assert (yes["allowed"], yes["label"], len(yes["agreements"])) == (True, "a", 2)
    assert yes["since"] == max(one["since"] for one in yes["agreements"])
    assert (no["allowed"], [one["allowed"] for one in no["agreements"]]) == (False, [True, True, False])
    assert no["why"].startswith("1 of 3 agreements with the label 'all' say no.")
    assert (none["allowed"], none["agreements"]) == (False, [])
    assert (single["allowed"], single["agreement_id"]) == (False, third["id"])
    assert bad["error"]["type"] == "/problems/bad-input"
    place = (await ask(desk, {**about("a"), "country": "nowhere"}))[0]
    assert (place["allowed"], place["error"]["status"]) == (False, 400)
    gone = (await ask(desk, {**about("a"), "subprocessor_id": "0190a3c0-0000-7000-8000-000000000000"}))[0]
    assert (gone["allowed"], gone["error"]["status"]) == (False, 404)
    answer = await desk.api.get("engagements/check", params=about("a"))
    assert answer.status_code == 400


async def test_an_agreement_that_is_over_is_asked_no_more(desk: Desk) -> None:
    worker = await desk.subprocessor()
    first = await desk.agreement("stkkr", subprocessors=[worker["id"]])
    customer = {"customer_id": first["customer_id"], "terms": "stkkr", "subprocessors": []}
    contract = {"reference": "Never", "starts_on": "2027-01-01"}
    draft = await desk.api.made("agreements", {**customer, "main_contract": contract, "labels": ["a"]})
    await change(desk, f"agreements/{first['id']}", {"labels": ["a"]})
    about = {"agreement_id": "label:a", "subprocessor_id": worker["id"]}
    assert len((await ask(desk, about))[0]["agreements"]) == 2
    await desk.act(f"agreements/{draft['id']}/withdraw", {"reason": "It came to nothing"})
    [said] = await ask(desk, about)
    assert (said["allowed"], [one["agreement_id"] for one in said["agreements"]]) == (True, [first["id"]])


async def test_more_agreements_than_are_asked_at_once_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.http.routes.engagements.MOST_CHECKS", 2)
    worker = await desk.subprocessor()
    for _ in range(2):
        one = await desk.agreement("stkkr")
        await change(desk, f"agreements/{one['id']}", {"labels": ["a"]})
    about = {"agreement_id": "label:a", "subprocessor_id": worker["id"]}
    assert len((await ask(desk, about))[0]["agreements"]) == 2
    no = await ask(desk, about, {**about, "country": "BE"}, status=400)
    assert "more than 2 agreements at once" in no["detail"]


@pytest.mark.parametrize(
    ("items", "status", "says"),
    [
        ([{"allowed": True, "why": "All", "label": "a", "agreements": [1]}], 0, "yes: All"),
        ([{"allowed": False, "why": "1 of 1", "label": "a", "agreements": [0]}], 1, "  x: because"),
        ([{"allowed": False, "why": "None", "label": "a", "agreements": []}], 1, "no: None"),
        ([{"allowed": True, "why": "All", "label": "a", "agreements": []}], 2, "something else"),
        ([{"allowed": True, "why": "All", "label": "a", "agreements": [1, 0]}], 2, "something else"),
        ([{"allowed": True, "why": "All", "label": "b", "agreements": [1]}], 2, "another question"),
        ([{"allowed": False, "error": {"detail": "There is no such"}}], 2, "There is no such"),
        ([], 2, "no answer of the gate"),
        ([{"allowed": True}], 2, "no answer of the gate"),
    ],
)
async def test_the_command_believes_a_label_only_where_each_answer_bears_it_out(
    items: Any, status: int, says: str
) -> None:
    one = {"why": "because", "agreement_id": "x", "subprocessor_id": "s", "country": "NL"}
    for item in items:
        if "agreements" in item:
            item["agreements"] = [{**one, "allowed": bool(each)} for each in item["agreements"]]
    asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        asked.append((head.split(b" ")[0], json.loads(await reader.readexactly(length))))
        body = json.dumps({"items": items}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        words = ["--agreement", "label:a", "--subprocessor", "s", "--url", f"http://127.0.0.1:{port}"]
        done = await asyncio.to_thread(CliRunner().invoke, gate_command, words, env={"TERMIJN_KEY": "tmj_key"})
    assert (done.exit_code, says in done.output) == (status, True), done.output
    assert asked == [(b"POST", {"checks": [{"agreement_id": "label:a", "subprocessor_id": "s"}]})]


async def test_of_very_many_labels_nobody_asks_at_once(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    worker = await desk.subprocessor()
    asks = [{"agreement_id": f"label:l{number}", "subprocessor_id": worker["id"]} for number in range(101)]
    assert "at most 100" in str(await ask(desk, *asks, status=400))
    await change(desk, f"agreements/{agreement['id']}", {"labels": ["l7"]})
    answers = await ask(desk, *asks[:100])
    assert [len(one["agreements"]) for one in answers] == [int(number == 7) for number in range(100)]


async def test_labels_that_look_the_same_are_the_same(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    path = f"agreements/{agreement['id']}"
    worker = await desk.subprocessor()
    kept = await change(desk, path, {"labels": ["cafe\u0301", "caf\u00e9", "eu\u00a0west", "EU  West", "Caf\u00c9"]})
    assert kept["labels"] == ["caf\u00e9", "eu west"]
    for asked in ("caf\u00e9", "CAF\u00c9", "cafe\u0301", "eu west", "EU\u00a0West", " eu  west "):
        (answer,) = await ask(desk, {"agreement_id": f"label:{asked}", "subprocessor_id": worker["id"]})
        assert [one["agreement_id"] for one in answer["agreements"]] == [agreement["id"]], asked
        assert [one["id"] for one in await desk.items("agreements", label=asked)] == [agreement["id"]], asked
    (nothing,) = await ask(desk, {"agreement_id": "label: ", "subprocessor_id": worker["id"]})
    assert "names no label" in nothing["error"]["detail"] + str(nothing["error"])
