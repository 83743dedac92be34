"""What providers post of mails that came in reads as it was written, whatever form and letters it comes in."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.resources.conftest import Desk
from tests.resources.receiving import tasks
from tests.resources.test_inbound import message
from tests.resources.test_notices import told

SNS = {"Content-Type": "text/plain; charset=UTF-8"}


async def test_amazon_posts_its_json_as_plain_text(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    own = (await message(desk, notice["id"])).own_id
    asks = {"Type": "SubscriptionConfirmation", "MessageId": "165545c9", "TopicArn": "arn:aws:sns:eu-west-1:1:ses",
            "Token": "t0ken", "Message": "You have chosen to subscribe.",
            "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t0ken"}  # fmt: skip
    came = await sns(desk, asks)
    assert asks["SubscribeURL"] in came["text"]
    assert ("classify_reply", "processor") in await tasks(desk), "whoever ordered it opens that address"
    inner = {"notificationType": "Bounce", "mail": {"headers": [{"name": "Message-ID", "value": own}]},
             "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"action": "failed"}]}}  # fmt: skip
    bounce = {"Type": "Notification", "MessageId": "22b80b92", "TopicArn": "arn", "Message": json.dumps(inner)}
    came = await sns(desk, bounce)
    assert (came["kind"], came["subject"], came["external_id"]) == ("bounce", notice["id"], "sns:22b80b92")
    assert (await sns(desk, bounce, 200))["id"] == came["id"]
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "undeliverable"
    # As it is handed on without its envelope.
    answer = await desk.api.call("POST", "inbound", content=json.dumps(inner).encode(),
                                 headers={**SNS, "x-amz-sns-message-type": "Notification"})  # fmt: skip
    assert answer.status_code == 201


async def sns(desk: Desk, body: Any, status: int = 201) -> Any:
    answer = await desk.api.call("POST", "inbound", content=json.dumps(body).encode(), headers=SNS)
    assert answer.status_code == status, answer.text
    await desk.world.drain()
    return answer.json()


FIELDS = {"sender": "Kim <kim@customer.example>", "subject": "Bezwaar", "body-plain": "Wij vinden één partij te veel"}
MULTIPART = (
    "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in FIELDS.items())
    + '--b\r\nContent-Disposition: form-data; name="a1"; filename="brief.pdf"\r\n\r\n%PDF-1\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/x-www-form-urlencoded", urlencode(FIELDS, encoding="utf-8").encode()),
        ("application/x-www-form-urlencoded", urlencode(FIELDS, encoding="latin-1").encode()),
        ("multipart/form-data; boundary=b", MULTIPART.encode()),
        ("multipart/form-data; boundary=b", MULTIPART.encode("latin-1")),
        ("application/json", json.dumps(FIELDS, ensure_ascii=False).encode("latin-1")),
        ("application/json; charset=iso-8859-1", json.dumps(FIELDS, ensure_ascii=False).encode("latin-1")),
        ("application/json", json.dumps([FIELDS], ensure_ascii=False).encode("latin-1")),
        ("application/x-www-form-urlencoded", urlencode({"mandrill_events": json.dumps([FIELDS])}).encode()),
    ],
)
async def test_posts_in_latin_letters_and_forms_read_as_they_were_written(
    desk: Desk, kind: str, content: bytes
) -> None:
    _, _, notice = await told(desk)
    answer = await desk.api.call("POST", "inbound", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 201, answer.text
    came = answer.json().get("items", [answer.json()])[0]
    assert (came["kind"], came["text"], came["subject"]) == ("reply", FIELDS["body-plain"], notice["id"])
    assert [one["name"] for one in came["attachments"]] == (["brief.pdf"] if "multipart" in kind else [])
    for one in came["attachments"]:
        assert (await desk.api.get(one["url"].removeprefix("/api/v1/"))).content == b"%PDF-1"


@pytest.mark.parametrize(
    ("kind", "content"),
    [("multipart/form-data", b"x"), ("multipart/form-data; boundary=b", b"--b--"), ("text/plain", b"{}"),
     ("application/x-www-form-urlencoded", b"&" * 5000), ("application/x-www-form-urlencoded", b"a=%"),
     ("application/json", b"[" + b"{}," * 400_000 + b"{}]"), ("text/html", b"<p>")],
)  # fmt: skip
async def test_what_is_none_of_these_is_refused_with_words(desk: Desk, kind: str, content: bytes) -> None:
    answer = await desk.api.call("POST", "inbound", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (400, 415), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
