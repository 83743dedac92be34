"""What tests of mails that came in begin with and look at."""

import io
import zipfile
from typing import Any

from tests.resources.conftest import Desk


def new_mail(sender: str, number: int = 1, text: str = "We object.", name: str = "") -> str:
    """A mail that answers nothing by its head."""
    return (
        f"Return-Path: <{sender}>\r\nFrom: {name} <{sender}>\r\nTo: answers@acme.example\r\nSubject: Objection\r\n"
        f"Message-ID: <new-{number}@x.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )


async def tasks(desk: Desk, **more: Any) -> list[tuple[str, str]]:
    return [(one["kind"], one["about_kind"]) for one in await desk.items("tasks", state="open", **more)]


async def evidence(desk: Desk, agreement: str) -> dict[str, bytes]:
    answer = await desk.api.get(f"agreements/{agreement}/evidence.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


async def take(desk: Desk, raw: bytes) -> Any:
    answer = await desk.api.call("POST", "inbound", content=raw, headers={"Content-Type": "message/rfc822"})
    assert answer.status_code == 201, answer.text
    await desk.world.drain()
    return answer.json()
