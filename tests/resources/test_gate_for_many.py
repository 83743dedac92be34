"""The gate for many at once: each is answered as alone, in order, and what is wrong with one stops no other.

`Desk.gate` asks both ways wherever a test asks the gate.
"""

from typing import Any
from uuid import uuid4

from tests.http.conftest import ACME
from tests.resources.conftest import Desk

PATH = "engagements/check"


async def asked(desk: Desk, checks: Any, **more: Any) -> Any:
    answer = await desk.api.post(PATH, {"checks": checks}, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_each_has_its_answer_or_its_own_error(desk: Desk) -> None:
    worker = await desk.subprocessor(external_id="S-1")
    made = await desk.agreement(subprocessors=[worker["id"]], external_id="A-1")
    agreement, nobody = made["id"], str(uuid4())
    checks: list[Any] = [
        {"agreement_id": agreement, "subprocessor_id": worker["id"]},
        {"agreement_id": "external:A-1", "subprocessor_id": "external:S-1", "country": "NL"},
        {"agreement_id": agreement, "subprocessor_id": worker["id"], "country": "DE"},
        {"agreement_id": agreement, "subprocessor_id": worker["id"], "country": "XX"},
        {"agreement_id": nobody, "subprocessor_id": worker["id"]},
        {"agreement_id": agreement, "subprocessor_id": nobody},
        {"agreement_id": "external:A-2", "subprocessor_id": worker["id"]},
        {"agreement_id": "{" + agreement + "}", "subprocessor_id": worker["id"]},
        {"agreement_id": agreement, "subprocessor_id": 7},
        {"agreement_id": agreement},
        {"agreement_id": agreement, "subprocessor_id": worker["id"], "place": "NL"},
        "one",
        None,
    ]
    found = await asked(desk, checks)
    for question, answer in zip(checks[:7], found, strict=False):
        alone = await desk.api.get(PATH, params=question)
        assert answer == (alone.json() if alone.status_code == 200 else {"error": alone.json(), "allowed": False})
    assert [one["allowed"] for one in found] == [True, True, *[False] * 11]
    assert [one["error"]["status"] for one in found[3:]] == [400, 404, 404, 404, 400, 400, 400, 400, 400, 400]
    paths = [[each["path"] for each in one["error"].get("errors", ())] for one in found[3:]]
    assert paths == [["country"], [], [], [], ["agreement_id"], ["subprocessor_id"], ["subprocessor_id"], ["place"],
                     [""], [""]]  # fmt: skip
    assert await asked(desk, []) == []
    # Another processor's are nobody's.
    other = await desk.api.made("processors", {**ACME, "name": "Another", "slug": "another"})
    theirs = await asked(desk, checks[:2], key=await desk.api.key(other["id"], "auditor"))
    assert [one["error"]["status"] for one in theirs] == [404, 404]


async def test_it_is_a_question(desk: Desk) -> None:
    """An auditor asks too; nothing is kept of it, and only so many are taken at once."""
    worker = await desk.subprocessor()
    made = await desk.agreement(subprocessors=[worker["id"]])
    checks = [{"agreement_id": made["id"], "subprocessor_id": worker["id"]}]
    key = await desk.api.key(desk.processor, "auditor")
    assert (await asked(desk, checks * 1_000, key=key))[-1]["allowed"]
    headers = {"Idempotency-Key": "same"}
    for number in (1, 2):
        assert len(await asked(desk, checks * number, key=key, headers=headers)) == number
    problem = await desk.refused(PATH, {"checks": checks * 1_001})
    assert [one["path"] for one in problem["errors"]] == ["checks"]
    assert (await desk.refused(PATH, {"checks": {}}))["status"] == 400
    assert (await desk.refused(PATH, {"checks": [{"agreement_id": "x" * 1024 * 1024}]}))["status"] in (400, 413)
