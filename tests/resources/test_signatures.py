"""Signatures given elsewhere: what documenso and DocuSeal post is recorded, kept, or asked about; those in files."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from tests.files import samples
from tests.resources.conftest import Desk

CONTACT = "kim@customer.example"
AT = "2026-03-01T10:12:47.579Z"
WAITS: dict[str, Any] = {"signingStatus": "NOT_SIGNED", "signedAt": None}


def documenso(
    agreement: str | None, *signers: dict[str, Any], event: str = "DOCUMENT_COMPLETED", id: int = 73, **more: Any
) -> dict[str, Any]:
    """As documenso posts it, with the recipients under the name that its first releases gave them too."""
    recipients = [
        {
            "id": number, "documentId": id, "templateId": None, "email": CONTACT, "name": "Kim de Wit", "token": "x",
            "documentDeletedAt": None, "expired": None, "signedAt": AT, "authOptions": None, "signingOrder": 1,
            "rejectionReason": None, "role": "SIGNER", "readStatus": "OPENED", "signingStatus": "SIGNED",
            "sendStatus": "SENT", **one,
        }
        for number, one in enumerate(signers or ({},), 1)
    ]  # fmt: skip
    payload = {
        "id": id, "externalId": agreement, "userId": 1, "title": "Processing agreement", "status": "COMPLETED",
        "createdAt": AT, "updatedAt": AT, "completedAt": AT, "teamId": 1, "templateId": None, "source": "DOCUMENT",
        "recipients": recipients, "Recipient": recipients, **more,
    }  # fmt: skip
    return {"event": event, "payload": payload, "createdAt": AT, "webhookEndpoint": "https://dpa.example/x"}


def docuseal(agreement: str | None, *, event: str = "form.completed", **more: Any) -> dict[str, Any]:
    """As DocuSeal posts it of one who signed."""
    data = {
        "id": 1, "submission_id": 12, "email": CONTACT, "name": "Kim de Wit", "role": "First Party", "phone": None,
        "external_id": agreement, "status": "completed", "completed_at": AT, "declined_at": None, "metadata": {},
        "documents": [{"name": "dpa", "url": "https://sign.example/dpa.pdf"}],
        "submission": {"id": 12, "status": "completed"}, "template": {"id": 7, "name": "DPA"}, **more,
    }  # fmt: skip
    return {"event_type": event, "timestamp": AT, "data": data}


async def drafted(desk: Desk, **more: Any) -> Any:
    return await desk.agreement(active=False, **more)


async def signed(desk: Desk, id: str) -> list[Any]:
    return [one for one in await desk.items("events", subject=id) if one["type"] == "agreement.signed"]


async def tasks(desk: Desk) -> list[Any]:
    return [one for one in await desk.items("tasks") if one["kind"] == "classify_reply" and one["done_at"] is None]


async def patched(desk: Desk, path: str, change: dict[str, Any]) -> None:
    answer = await desk.api.call("PATCH", path, json=change)
    assert answer.status_code == 200, answer.text
    await desk.world.drain()


async def test_who_signed_at_documenso_has_signed(desk: Desk) -> None:
    made = await drafted(desk)
    secret = await desk.api.key(desk.processor, "manager", "documenso")
    body = documenso(made["id"])
    answer = await desk.api.client.post(
        "/api/v1/signatures/documenso", json=body, headers={"X-Documenso-Secret": secret}
    )
    assert answer.status_code == 201, answer.text
    came = answer.json()
    assert (came["kind"], came["outcome"], came["subject"]) == ("signature", "taken", made["id"])
    [event] = await signed(desk, made["id"])
    assert (event["data"]["party"], event["data"]["signed_at"]) == ("controller", "2026-03-01T10:12:47.579000Z")
    assert (event["data"]["name"], event["data"]["evidence"]) == ("Kim de Wit", "documenso 73")
    [proof] = event["data"]["files"]
    assert proof["sha256"] == came["file"]["sha256"]
    kept = json.loads((await desk.api.get(f"inbound/{came['id']}/raw")).content)
    assert [one.pop("token") for one in kept["payload"]["recipients"]] == ["X"]
    assert kept["payload"]["recipients"][0].items() <= body["payload"]["recipients"][0].items()
    [signature] = (await desk.get(f"agreements/{made['id']}"))["signatures"]
    assert (signature["party"], signature["at"]) == ("controller", "2026-03-01T10:12:47.579000Z")

    again = await desk.api.client.post(
        "/api/v1/signatures/documenso", json=body, headers={"X-Documenso-Secret": secret}
    )
    assert (again.status_code, again.json()) == (200, came)
    later = await desk.act("signatures/documenso", documenso(made["id"], event="DOCUMENT_SIGNED"), status=201)
    assert later["outcome"] == "no_effect"
    assert len(await signed(desk, made["id"])) == 1
    assert await tasks(desk) == []


@pytest.mark.parametrize("headers", [{}, {"X-Documenso-Secret": "tmj_wrong"}, {"X-Documenso-Secret": ""}])
async def test_a_wrong_secret_is_refused(desk: Desk, headers: dict[str, str]) -> None:
    made = await drafted(desk)
    for provider, body in (("documenso", documenso(made["id"])), ("docuseal", docuseal(made["id"]))):
        no = await desk.api.client.post(f"/api/v1/signatures/{provider}", json=body, headers=headers)
        assert no.status_code == 401, no.text
    reader = await desk.api.key(desk.processor, "auditor")
    no = await desk.api.client.post(
        "/api/v1/signatures/documenso", json=documenso(made["id"]), headers={"X-Documenso-Secret": reader}
    )
    assert no.status_code == 403
    assert await signed(desk, made["id"]) == []


async def test_both_sign_at_docuseal_and_it_enters_into_force(desk: Desk) -> None:
    made = await drafted(desk, terms="contict", external_id="A-17")
    await desk.act(f"agreements/{made['id']}/send")
    theirs = await desk.act("signatures/docuseal", docuseal("A-17"), status=201)
    assert (theirs["outcome"], theirs["subject"]) == ("taken", made["id"])
    ours = docuseal("A-17#processor", id=2, name="Robin", email="robin@elsewhere.example")
    assert (await desk.act("signatures/docuseal", ours, status=201))["outcome"] == "taken"
    await desk.world.drain()
    now = await desk.get(f"agreements/{made['id']}")
    assert ({one["party"] for one in now["signatures"]}, now["state"]) == ({"controller", "processor"}, "active")
    proofs = [(one["data"]["name"], one["data"]["evidence"]) for one in await signed(desk, made["id"])]
    assert proofs == [("Kim de Wit", "DocuSeal 12"), ("Robin", "DocuSeal 12")]


@pytest.mark.parametrize(
    "more",
    [
        {"metadata": {"agreement": "A-17", "party": "processor"}},
        {"external_id": "A-17#processor"},
    ],
)
async def test_the_report_itself_says_which_party_it_is(desk: Desk, more: dict[str, Any]) -> None:
    made = await drafted(desk, external_id="A-17")
    body = docuseal(None, email="somebody@elsewhere.example", **more)
    assert (await desk.act("signatures/docuseal", body, status=201))["outcome"] == "taken"
    [event] = await signed(desk, made["id"])
    assert event["data"]["party"] == "processor"


async def test_what_a_role_is_called_and_a_number_that_fits_make_nobody_a_party(desk: Desk) -> None:
    made = await drafted(desk, external_id="7")
    body = docuseal(None, email="stranger@elsewhere.example", external_id=7, role="Customer")
    assert (await desk.act("signatures/docuseal", body, status=201))["outcome"] == "no_effect"
    assert await signed(desk, made["id"]) == []
    assert len(await tasks(desk)) == 1


async def test_the_whole_submission_tells_of_all_who_signed(desk: Desk) -> None:
    made = await drafted(desk, external_id="docuseal:12")
    one = docuseal(None)["data"]
    submitters = [one, {**one, "id": 2, "metadata": {"party": "processor"}, "name": "Robin"}]
    body = {"event_type": "submission.completed", "timestamp": AT, "data": {"id": 12, "submitters": submitters}}
    await desk.act("signatures/docuseal", body, status=201)
    assert [event["data"]["party"] for event in await signed(desk, made["id"])] == ["controller", "processor"]


async def test_a_user_signs_for_the_processor_by_their_address(desk: Desk) -> None:
    made = await drafted(desk)
    user = {"name": "Robin", "email": "Robin@acme.example", "role": "director", "language": "nl"}
    await desk.api.made("users", {**user, "processor_id": desk.processor})
    both = documenso(made["id"], {}, {"email": "robin@acme.example", "name": "Robin"})
    await desk.act("signatures/documenso", both, status=201)
    assert [event["data"]["name"] for event in await signed(desk, made["id"])] == ["Kim de Wit", "Robin"]


async def test_what_names_no_agreement_is_kept_and_asked_about(desk: Desk) -> None:
    await drafted(desk)
    came = await desk.act("signatures/documenso", documenso("nobody's"), status=201)
    assert (came["outcome"], came["subject"], came["kind"]) == ("untied", None, "signature")
    [task] = await tasks(desk)
    assert "documenso meldt een handtekening onder zijn document 73" in task["text"]
    assert [one["id"] for one in await desk.items("inbound", kind="signature")] == [came["id"]]
    await desk.act(f"inbound/{came['id']}/classify", {"as": "other"})
    assert await tasks(desk) == []


async def test_a_party_of_the_number_is_nobodys_where_two_are_to_sign(desk: Desk) -> None:
    """Our own signature comes first: `A-17#controller` does not make it the customer's."""
    made = await drafted(desk, external_id="A-17")
    ours = {"email": "boss@elsewhere.example", "name": "Our Boss"}
    begun = documenso("A-17#controller", ours, {**WAITS}, event="DOCUMENT_SIGNED")
    assert (await desk.act("signatures/documenso", begun, status=201))["outcome"] == "no_effect"
    assert await signed(desk, made["id"]) == []
    done = await desk.act("signatures/documenso", documenso("A-17#controller", ours, {}), status=201)
    assert done["outcome"] == "taken"
    [event] = await signed(desk, made["id"])
    assert (event["data"]["party"], event["data"]["name"]) == ("controller", "Kim de Wit")
    [task] = await tasks(desk)
    assert "niets zegt voor welke partij" in task["text"]


async def test_a_party_of_the_number_is_that_of_the_only_one_who_is_to_sign(desk: Desk) -> None:
    made = await drafted(desk, external_id="A-17")
    alone = documenso("A-17#controller", {"email": "other@elsewhere.example"}, {"role": "CC"})
    await desk.act("signatures/documenso", alone, status=201)
    assert [event["data"]["party"] for event in await signed(desk, made["id"])] == ["controller"]


@pytest.mark.parametrize("second", [CONTACT, "second@elsewhere.example"])
async def test_a_side_has_signed_once_all_of_it_have(desk: Desk, second: str) -> None:
    """Two sign for the customer, as its articles ask: the first alone binds nobody, least of all where the second
    declines."""
    made = await drafted(desk, terms="contict", external_id="A-17")
    await desk.act(f"agreements/{made['id']}/send")
    await desk.act(f"agreements/{made['id']}/sign", {"party": "processor"})
    begun = documenso("A-17", {}, {**WAITS, "email": second}, event="DOCUMENT_SIGNED")
    assert (await desk.act("signatures/documenso", begun, status=201))["outcome"] == "no_effect"
    declined = {"email": second, "signingStatus": "REJECTED", "signedAt": None}
    refused = documenso("A-17", {}, declined, event="DOCUMENT_REJECTED")
    assert (await desk.act("signatures/documenso", refused, status=201))["outcome"] == "no_effect"
    await desk.world.drain()
    now = await desk.get(f"agreements/{made['id']}")
    assert ([one["party"] for one in now["signatures"]], now["state"]) == (["processor"], "notified")
    [task] = await tasks(desk)
    assert "weigerde document 73" in task["text"]


async def test_the_last_of_a_side_makes_its_signature(desk: Desk) -> None:
    made = await drafted(desk)
    later = {"name": "Second", "signedAt": "2026-03-01T12:00:00Z"}
    await desk.act("signatures/documenso", documenso(made["id"], later, {}), status=201)
    [event] = await signed(desk, made["id"])
    assert (event["data"]["name"], event["data"]["signed_at"]) == ("Second, Kim de Wit", "2026-03-01T12:00:00Z")


@pytest.mark.parametrize("submission", [{"id": 12, "status": "pending"}, None])
async def test_a_form_waits_for_its_submission(desk: Desk, submission: Any) -> None:
    """It tells of one signer: whether others of the same side have still to sign, only the submission says."""
    made = await drafted(desk, external_id="A-17")
    first = docuseal("A-17#controller", submission=submission)
    assert (await desk.act("signatures/docuseal", first, status=201))["outcome"] == "no_effect"
    assert (await signed(desk, made["id"]), await tasks(desk)) == ([], [])
    one = docuseal("A-17#controller")["data"]
    body = {"event_type": "submission.completed", "timestamp": AT, "data": {"id": 12, "submitters": [one]}}
    assert (await desk.act("signatures/docuseal", body, status=201))["outcome"] == "taken"
    assert len(await signed(desk, made["id"])) == 1


@pytest.mark.parametrize("at", [None, "soon", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
async def test_no_instant_is_made_up(desk: Desk, at: str | None) -> None:
    made = await drafted(desk)
    came = await desk.act("signatures/documenso", documenso(made["id"], {"signedAt": at}), status=201)
    assert came["outcome"] == "no_effect"
    [task] = await tasks(desk)
    assert "niet wanneer zij werd gezet" in task["text"]
    assert await signed(desk, made["id"]) == []


@pytest.mark.parametrize(
    ("signer", "says"),
    [
        ({"email": "stranger@elsewhere.example"}, "niets zegt voor welke partij"),
        ({"email": ""}, "niets zegt voor welke partij"),
        ({"signingStatus": "REJECTED", "signedAt": None, "rejectionReason": "No"}, "weigerde document 73"),
    ],
)
async def test_what_is_not_certain_is_asked(desk: Desk, signer: dict[str, Any], says: str) -> None:
    made = await drafted(desk)
    came = await desk.act("signatures/documenso", documenso(made["id"], signer, event="DOCUMENT_REJECTED"), status=201)
    assert (came["outcome"], came["subject"]) == ("no_effect", made["id"])
    [task] = await tasks(desk)
    assert (says in task["text"], task["subject"]) == (True, made["customer_id"])
    assert await signed(desk, made["id"]) == []
    await desk.act(f"inbound/{came['id']}/classify", {"as": "other"})
    assert await tasks(desk) == []


SECRET = "kY3vTn0Wq8"


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("documenso", documenso(None, {"token": SECRET}, {**WAITS, "token": SECRET}, qrToken=f"qr_{SECRET}")),
        ("documenso", documenso(None, documentMeta={"message": f"Sign\nat https://x.example/sign/{SECRET}\n\"now\""})),
        ("docuseal", docuseal(None, slug=SECRET, embed_src=f"https://x.example/s/{SECRET}")),
        ("docuseal", docuseal(None, documents=[{"name": "dpa", "url": f"https://x.example?of={SECRET}"}])),
    ],
)  # fmt: skip
async def test_who_reads_a_report_cannot_sign_with_it(desk: Desk, provider: str, body: dict[str, Any]) -> None:
    """An auditor may read what came in, and its bundle of evidence; neither opens the document for one who waits."""
    made = await drafted(desk, external_id=f"{provider}:{73 if provider == 'documenso' else 12}")
    came = await desk.act(f"signatures/{provider}", body, status=201)
    assert came["subject"] == made["id"]
    auditor = await desk.api.key(desk.processor, "auditor")
    for path in (came["raw_url"][8:], f"files/{came['file']['id']}", f"agreements/{made['id']}/evidence.zip"):
        answer = await desk.api.get(path, key=auditor)
        assert answer.status_code == 200, answer.text
        content = answer.content
        if path.endswith("zip"):
            with ZipFile(BytesIO(content)) as bundle:
                content = b"".join(bundle.read(name) for name in bundle.namelist())
        assert b"Kim de Wit" in content
        assert SECRET.encode() not in content


async def test_what_named_no_agreement_is_tried_again(desk: Desk) -> None:
    """The number is put right here, and documenso sends its report again."""
    made = await drafted(desk)
    body = documenso("A-99")
    came = await desk.act("signatures/documenso", body, status=201)
    assert (await desk.act("signatures/documenso", body)) == came
    assert len(await tasks(desk)) == 1
    await patched(desk, f"agreements/{made['id']}", {"external_id": "A-99"})
    again = await desk.act("signatures/documenso", body)
    assert (again["id"], again["outcome"], again["subject"]) == (came["id"], "taken", made["id"])
    [event] = await signed(desk, made["id"])
    assert event["data"]["files"][0]["sha256"] == came["file"]["sha256"]
    assert (again["classified_as"], await tasks(desk)) == ("other", [])
    assert (await desk.act("signatures/documenso", body)) == again
    assert len(await signed(desk, made["id"])) == 1


async def test_what_a_person_has_dealt_with_stays(desk: Desk) -> None:
    made = await drafted(desk)
    body = documenso("A-99")
    came = await desk.act("signatures/documenso", body, status=201)
    await desk.act(f"inbound/{came['id']}/classify", {"as": "other"})
    await patched(desk, f"agreements/{made['id']}", {"external_id": "A-99"})
    assert (await desk.act("signatures/documenso", body))["outcome"] == "untied"
    assert await signed(desk, made["id"]) == []


async def test_what_was_refused_is_tried_again(desk: Desk) -> None:
    """Its address was nobody's, and is the contact's since."""
    made = await drafted(desk)
    body = documenso(made["id"], {"email": "new@customer.example"})
    came = await desk.act("signatures/documenso", body, status=201)
    assert len(await tasks(desk)) == 1
    await desk.act("signatures/documenso", body)
    assert len(await tasks(desk)) == 1
    at = f"customers/{made['customer_id']}"
    [contact] = (await desk.get(at))["contacts"]
    await patched(desk, at, {"contacts": [contact | {"email": "new@customer.example"}]})
    again = await desk.act("signatures/documenso", body)
    assert (again["id"], again["outcome"]) == (came["id"], "taken")
    assert len(await signed(desk, made["id"])) == 1
    assert await tasks(desk) == []


async def test_an_agreement_that_takes_no_signature_is_asked_about(desk: Desk) -> None:
    made = await drafted(desk)
    await desk.act(f"agreements/{made['id']}/withdraw")
    came = await desk.act("signatures/documenso", documenso(made["id"]), status=201)
    assert came["outcome"] == "no_effect"
    [task] = await tasks(desk)
    assert "niet aanneemt" in task["text"]


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("documenso", documenso(None, event="DOCUMENT_OPENED")),
        ("documenso", documenso(None, {"signingStatus": "NOT_SIGNED", "signedAt": None}, event="DOCUMENT_SIGNED")),
        ("documenso", documenso(None, {"role": "CC"})),
        ("docuseal", docuseal(None, event="form.viewed")),
        ("docuseal", {"event_type": "template.created", "data": {"id": 7}}),
    ],
)
async def test_what_tells_of_no_signature_is_passed_over(desk: Desk, provider: str, body: dict[str, Any]) -> None:
    answer = await desk.act(f"signatures/{provider}", body)
    assert answer == {"items": []}
    assert await desk.items("inbound") == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"nothing", b'{"event": 7}', b'{"event": "X", "payload": {"recipients": {}}}', b"[" * 20_000]
)
async def test_what_is_no_report_says_what_is_wrong(desk: Desk, body: bytes) -> None:
    json_type = {"Content-Type": "application/json"}
    no = await desk.refused("signatures/documenso", content=body, headers=json_type)
    assert (no["status"], no["type"]) == (400, "/problems/bad-input")
    plain = await desk.api.call("POST", "signatures/docuseal", content=b"{}", headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415


async def test_it_is_tried_out(desk: Desk) -> None:
    made = await drafted(desk)
    answer = await desk.act("signatures/documenso?dry_run=true", documenso(made["id"]))
    assert any(one["type"] == "agreement.signed" for one in answer["events"])
    assert await signed(desk, made["id"]) == []
    assert await desk.items("inbound") == []


async def test_a_signature_that_comes_as_a_file(desk: Desk) -> None:
    """On paper, scanned; or a PDF that was signed elsewhere: the file is its evidence."""
    made = await drafted(desk)
    file = await desk.api.call("POST", "files", files={"file": ("signed.pdf", samples.PDF)})
    body = {"party": "controller", "name": "Kim", "at": "2026-03-01T09:00:00Z", "channel": "letter"}
    await desk.act(f"agreements/{made['id']}/sign", {**body, "evidence": {"files": [file.json()["id"]]}})
    [event] = await signed(desk, made["id"])
    assert (event["data"]["evidence"], event["data"]["files"][0]["id"]) == ("signed.pdf", file.json()["id"])
    assert [one["id"] for one in await desk.items("files", subject=made["id"])] == [file.json()["id"]]


async def test_a_report_that_is_no_text_is_refused_wherever_that_stands(desk: Desk) -> None:
    body = json.dumps({**documenso("A-17"), "odd": "?"}).encode().replace(b'"?"', b'"\x80"')
    problem = await desk.refused("signatures/documenso", content=body, headers={"Content-Type": "application/json"})
    assert (problem["status"], problem["detail"]) == (400, "The body is not JSON.")


@pytest.mark.parametrize(
    ("path", "body", "at"),
    [
        ("documenso", {"event": "DOCUMENT_COMPLETED", "payload": {}}, "payload"),
        ("docuseal", {"event_type": "form.completed", "data": {"id": None}}, "data.id"),
    ],
)
async def test_a_report_of_no_document_is_refused(desk: Desk, path: str, body: Any, at: str) -> None:
    problem = await desk.refused(f"signatures/{path}", body)
    assert (problem["status"], [one["path"] for one in problem["errors"]]) == (400, [at])
