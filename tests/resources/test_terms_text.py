"""The text of an agreement: set once for a version of terms, sent with the agreement, bound by signatures."""

import hashlib
from typing import Any

import pytest

from db.queries import sql
from service.mail.kinds.agreements import LARGEST_ENCLOSED
from tests.files import samples
from tests.resources.conftest import Desk

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def set_text(desk: Desk, text: bytes = samples.PDF, terms: str = "kmo-solutions", **more: Any) -> Any:
    version = (await desk.get(f"terms/{terms}"))["version"]
    sent = more or {"files": {"file": ("Overeenkomst.pdf", text)}}
    answer = await desk.api.call("PUT", f"terms/{terms}/{version}/text", **sent)
    return answer


async def signed(desk: Desk, id: str) -> Any:
    return [one for one in await desk.items("events", subject=id) if one["type"] == "agreement.signed"][-1]


async def test_a_text_is_set_once(desk: Desk) -> None:
    made = (await set_text(desk)).json()
    assert made["sha256"] == hashlib.sha256(samples.PDF).hexdigest()
    assert (made["name"], made["type"]) == ("Overeenkomst.pdf", "application/pdf")
    assert (await set_text(desk)).json() == made
    other = await set_text(desk, samples.PDF + b"x")
    assert (other.status_code, made["sha256"] in other.text) == (409, True)
    version = (await desk.get("terms/kmo-solutions"))["version"]
    read = await desk.api.get(f"terms/kmo-solutions/{version}/text")
    assert read.content == samples.PDF
    assert read.headers["content-disposition"].startswith("attachment")
    await desk.world.days(2)
    async with desk.world.pools.worker.acquire() as connection:
        await connection.execute(sql("forget_unclaimed_files"))
    assert (await desk.api.get(f"files/{made['id']}")).content == samples.PDF


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": samples.DOCX, "headers": {"Content-Type": DOCX}}, 200),
        ({"content": samples.PDF, "headers": {"Content-Type": "application/pdf"}}, 200),
        ({"content": b"text", "headers": {"Content-Type": "application/pdf"}}, 400),
        ({"content": samples.PDF, "headers": {"Content-Type": "text/plain"}}, 415),
        ({"files": {"file": ("a.png", samples.PNG)}}, 400),
    ],
)
async def test_it_is_a_pdf_or_a_docx(desk: Desk, sent: Any, status: int) -> None:
    answer = await set_text(desk, **sent)
    assert answer.status_code == status, answer.text


async def test_no_text_is_none(desk: Desk, other: str) -> None:
    assert (await desk.api.get("terms/kmo-solutions/nothing/text", key=other)).status_code == 404
    version = (await desk.api.get("terms/kmo-solutions", key=other)).json()["version"]
    await set_text_as(desk, version)
    assert (await desk.api.get(f"terms/kmo-solutions/{version}/text", key=other)).status_code == 404


async def set_text_as(desk: Desk, version: str) -> None:
    answer = await desk.api.call(
        "PUT",
        f"terms/kmo-solutions/{version}/text",
        files={"file": ("a.pdf", samples.PDF)},
        headers={"Termijn-Processor": desk.processor},
    )
    assert answer.status_code == 200, answer.text


async def test_sending_and_signing_bind_the_text(desk: Desk) -> None:
    text = (await set_text(desk)).json()
    made = await desk.agreement(active=False)
    await desk.act(f"agreements/{made['id']}/sign", {"party": "processor", "name": "Robin", "function": "Director"})
    said = (await signed(desk, made["id"]))["data"]
    assert said["text"] == {"id": text["id"], "sha256": text["sha256"]}
    assert (said["name"], said["function"]) == ("Robin", "Director")
    await desk.act(f"agreements/{made['id']}/send")
    sent = next(one for one in await desk.items("events", subject=made["id"]) if one["type"] == "agreement.sent")
    assert sent["data"]["text"]["sha256"] == text["sha256"]
    no = await desk.refused(f"agreements/{made['id']}/sign", {"party": "controller", "text_sha256": "0" * 64})
    assert (no["status"], text["sha256"] in no["detail"]) == (409, True)
    body = {"party": "controller", "text_sha256": text["sha256"].upper(), "channel": "letter"}
    done = await desk.act(f"agreements/{made['id']}/sign", body)
    assert done["state"] == "active"
    assert [one.get("text_sha256") for one in done["signatures"]] == [text["sha256"]] * 2
    assert "sign" not in done["actions"]
    again = await desk.refused(f"agreements/{made['id']}/sign", {"party": "controller"})
    assert again["status"] == 409


async def test_what_is_in_force_by_its_date_may_still_be_signed_once(desk: Desk) -> None:
    made = await desk.agreement()
    assert (made["state"], made["signatures"], "sign" in made["actions"]) == ("active", [], True)
    done = await desk.act(f"agreements/{made['id']}/sign", {"party": "controller"})
    assert (done["state"], [one["party"] for one in done["signatures"]]) == ("active", ["controller"])
    assert set(done["signatures"][0]) == {"party", "at"}
    no = await desk.refused(f"agreements/{made['id']}/sign", {"party": "controller"})
    assert "signed already" in no["detail"]


@pytest.mark.parametrize("size", [100, LARGEST_ENCLOSED + 1])
async def test_a_text_is_kept_however_large(desk: Desk, size: int) -> None:
    content = samples.PDF + b"%" * size
    made = (await set_text(desk, content)).json()
    assert made["size"] == len(content)
