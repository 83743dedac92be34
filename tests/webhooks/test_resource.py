"""The resource: entered, shown, changed, tested, given a new secret, switched off."""

import logging
from typing import Any

import pytest
from msgspec.structs import replace

from service import logs
from service.http.routes import webhooks as routes
from service.webhooks.sending import Sender
from tests.http.conftest import Api
from tests.resources.conftest import Desk
from tests.webhooks.conftest import Hooked, deliveries, tried
from tests.webhooks.receiver import Receiver
from workflows.intake import webhooks as intake


async def test_the_secret_is_shown_once(api: Api, desk: Desk, receiver: Receiver) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await api.post("webhooks", {"url": receiver.url()}, headers=headers)
    assert first.status_code == 201, first.text
    made = first.json()
    assert made["secret"].startswith("whsec_")
    assert (made["events"], made["state"], made["holders"]) == (["*"], "active", [])
    assert made["actions"] == ["test", "rotate", "pause", "resume", "disable"]
    assert first.headers["Location"] == f"/api/v1/webhooks/{made['id']}"
    again = await api.post("webhooks", {"url": receiver.url()}, headers=headers)
    assert again.json()["secret"] is None
    assert again.json()["id"] == made["id"]
    shown = await desk.get(f"webhooks/{made['id']}")
    assert "secret" not in shown
    (listed,) = await desk.items("webhooks")
    assert listed == shown


async def test_neither_ledger_nor_logs_hold_secret_or_path(
    desk: Desk, world: Hooked, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name in logs.QUIET:  # as every process of ours is set
        caplog.set_level(logging.WARNING, logger=name)
    receiver.script = [500]
    made = await desk.api.made("webhooks", {"url": receiver.url("/private-path?token=private-token")})
    await desk.customer()
    await world.drain()
    assert receiver.calls
    await tried(desk, world, made)
    rows = await world.rows("select body from event union all select row_to_json(d)::text from webhook_delivery d")
    said = "".join(row["body"] for row in rows) + caplog.text
    for private in (made["secret"], made["secret"][6:], "private-path", "private-token"):
        assert private not in said


BAD: list[tuple[str, Any]] = [
    ("url", "https://[::ffff:127.0.0.1]/"),
    ("url", "https://2130706433/"),
    ("url", "https://user:password@hooks.example.org/"),
    ("url", "http://hooks.example.org/"),
    ("url", "https://169.254.169.254/latest"),
    ("url", 7),
    ("events", []),
    ("events", ["notice.nothing"]),
    ("events", ["nothing.*"]),
    ("events", ["notice"]),
    ("events", ["*.*"]),
    ("events", ["notice.object", "x" * 5_000]),
    ("events", ["*"] * 500),
    ("events", "*"),
    ("holders", ["processor"]),
    ("description", "a\u0000b"),
    ("state", "disabled"),
    ("secret", "whsec_mine"),
    ("generation", 9),
]


async def test_bad_input(desk: Desk, receiver: Receiver) -> None:
    made = await desk.api.made("webhooks", {"url": receiver.url()})
    for field, value in BAD:
        problem = await desk.refused("webhooks", {"url": receiver.url(), field: value})
        assert problem["status"] == 400, field
        assert problem["errors"][0]["path"].startswith(field), problem
        problem = await desk.refused(f"webhooks/{made['id']}", {field: value}, method="PATCH")
        assert problem["status"] == 400, field


async def test_a_name_that_leads_inside_is_refused_when_it_is_entered(api: Api, desk: Desk) -> None:
    async def inside(host: str, port: int) -> list[str]:
        return ["10.0.0.8"] if host == "inside.example.org" else ["93.184.215.14"]

    parts = api.app.state.parts
    api.app.state.parts = replace(parts, sender=Sender(parts.sender.config, resolver=inside))
    problem = await desk.refused("webhooks", {"url": "https://inside.example.org/"})
    assert problem["errors"][0]["path"] == "url"
    made = await api.made("webhooks", {"url": "https://hooks.example.org/"})
    problem = await desk.refused(f"webhooks/{made['id']}", {"url": "https://inside.example.org/"}, method="PATCH")
    assert problem["errors"][0]["path"] == "url"


async def test_https_alone_where_nothing_else_is_said(api: Api, desk: Desk, receiver: Receiver) -> None:
    parts = api.app.state.parts
    api.app.state.parts = replace(parts, settings=replace(parts.settings, webhook_insecure=False))
    problem = await desk.refused("webhooks", {"url": receiver.url()})
    assert "this machine" in problem["errors"][0]["message"]


async def test_holders_are_those_that_there_are(desk: Desk, receiver: Receiver) -> None:
    sub = await desk.subprocessor("Hosting BV")
    body = {"url": receiver.url(), "events": ["deletion.ordered"]}
    made = await desk.api.made("webhooks", {**body, "holders": ["processor", "backups", "hosting bv", sub["id"]]})
    assert made["holders"] == ["processor", "backups", "hosting bv", sub["id"]]
    problem = await desk.refused("webhooks", {**body, "holders": ["Nobody BV"]})
    assert problem["errors"][0]["path"] == "holders[0]"
    problem = await desk.refused(f"webhooks/{made['id']}", {"events": ["*"]}, method="PATCH")
    assert "deletion.ordered" in problem["errors"][0]["message"]


async def test_a_change_needs_no_more_than_what_changes(desk: Desk, hook: Any) -> None:
    answer = await desk.api.call("PATCH", f"webhooks/{hook['id']}", json={"events": ["notice.*", "agreement.ended"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["url"] == hook["url"]
    assert answer.json()["events"] == ["notice.*", "agreement.ended"]
    stale = await desk.api.call(
        "PATCH", f"webhooks/{hook['id']}", json={"description": "x"}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412


async def test_test_answers_what_the_receiver_said(desk: Desk, hook: Any, receiver: Receiver, world: Hooked) -> None:
    receiver.script = [(200, b"well done"), (500, b"oh no")]
    found = await tried(desk, world, hook)
    assert (found["delivered"], found["status"], found["answer"]) == (True, 200, "well done")
    call = receiver.calls[0]
    assert call.json["type"] == "webhook.test"
    assert call.id == found["message_id"]
    assert call.verified(hook["secret"])["data"]["subject"] == hook["id"]
    found = await tried(desk, world, hook)
    assert (found["delivered"], found["status"], found["answer"]) == (False, 500, "oh no")
    await desk.api.post(f"webhooks/{hook['id']}/pause")
    assert (await tried(desk, world, hook))["delivered"], "one that is paused can be tested"
    tests = await deliveries(desk.api, hook, type="webhook.test")
    assert [one["outcome"] for one in tests] == ["delivered", "failed", "delivered"]


async def test_a_test_without_a_worker_is_not_waited_for_for_ever(
    desk: Desk, hook: Any, receiver: Receiver, world: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "WAIT_SECONDS", 0.0)
    answer = await desk.api.post(f"webhooks/{hook['id']}/test")
    assert answer.status_code == 503
    assert "worker" in answer.json()["detail"]
    await world.rows("update webhook_trial set asked_at = clock_timestamp() - interval '1 minute' returning id")
    assert not await world.courier.round()
    assert receiver.calls == [], "nobody waits for it any more"


async def test_rotate_lets_both_secrets_sign_for_a_day(
    desk: Desk, hook: Any, receiver: Receiver, world: Hooked
) -> None:
    answer = await desk.act(f"webhooks/{hook['id']}/rotate")
    assert answer["secret"] != hook["secret"]
    await desk.customer()
    await world.drain()
    call = receiver.calls[-1]
    assert call.verified(hook["secret"])
    assert call.verified(answer["secret"])
    assert len(call.headers["webhook-signature"].split(" ")) == 2
    await world.days(1)
    await desk.customer()
    await world.drain()
    assert len(receiver.calls[-1].headers["webhook-signature"].split(" ")) == 1
    assert receiver.calls[-1].verified(answer["secret"])
    third = await desk.act(f"webhooks/{hook['id']}/rotate", {"at_once": True})
    await desk.customer()
    await world.drain()
    assert len(receiver.calls[-1].headers["webhook-signature"].split(" ")) == 1
    assert receiver.calls[-1].verified(third["secret"])


async def test_switched_off_is_for_good(desk: Desk, hook: Any, receiver: Receiver, world: Hooked) -> None:
    assert (await desk.api.call("DELETE", f"webhooks/{hook['id']}")).status_code == 204
    shown = await desk.get(f"webhooks/{hook['id']}")
    assert (shown["state"], shown["actions"]) == ("disabled", [])
    await desk.customer()
    await world.drain()
    assert receiver.calls == []
    for action in ("test", "rotate", "resume", "pause", "disable"):
        problem = await desk.refused(f"webhooks/{hook['id']}/{action}")
        assert (problem["status"], problem["state"], problem["actions"]) == (409, "disabled", [])
    assert (await desk.api.call("DELETE", f"webhooks/{hook['id']}")).status_code == 409


async def test_another_processors_webhook_is_not_there(desk: Desk, hook: Any, other: str) -> None:
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/deliveries"), ("GET", "/orders"), ("POST", "/test"),
        ("POST", "/rotate"), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/disable"),
    ):  # fmt: skip
        answer = await desk.api.call(
            method, f"webhooks/{hook['id']}{path}", key=other, json={} if method in ("POST", "PATCH") else None
        )
        assert answer.status_code == 404, (method, path)
    assert (await desk.api.get("webhooks", key=other)).json()["items"] == []


async def test_there_is_an_end_to_how_many(desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST", 2)
    first = await desk.api.made("webhooks", {"url": receiver.url()})
    await desk.api.made("webhooks", {"url": receiver.url()})
    problem = await desk.refused("webhooks", {"url": receiver.url()})
    assert problem["status"] == 409
    await desk.api.call("DELETE", f"webhooks/{first['id']}")
    await desk.api.made("webhooks", {"url": receiver.url()})
