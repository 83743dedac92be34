"""Lists handed in over HTTP: the same import as the command's."""

import io
from typing import Any

import msgspec
import xlsxwriter

from service.http.list_files import XLSX
from tests.importing.conftest import ROW, table
from tests.resources.conftest import Desk

PATH = "imports?terms=stkkr"
NUMBERED = {**ROW, "customer_key": "K-1", "agreement_key": "A-1"}


async def handed_in(desk: Desk, raw: bytes, path: str = PATH, media: str = "text/csv", **more: Any) -> Any:
    answer = await desk.api.post(path, content=raw, headers={"Content-Type": media}, **more)
    return answer.status_code, answer.json()


async def test_a_list_is_tried_loaded_and_loaded_again(desk: Desk) -> None:
    raw = table([NUMBERED, {**NUMBERED, "reference": "M-2", "agreement_key": "A-2"}])
    new = [{"line": 2, "outcome": "new"}, {"line": 3, "outcome": "new"}]
    expected = {
        "customers": 1, "agreements": {"draft": 2}, "there_already": 0, "rows": new, "unbound": [], "changed": 0,
        "dry_run": True,
    }  # fmt: skip
    assert await handed_in(desk, raw, f"{PATH}&dry_run=true") == (200, expected)
    assert await desk.items("customers") == []
    assert await handed_in(desk, raw) == (200, {**expected, "dry_run": False})
    made = await desk.get("agreements/external:A-2")
    assert made["customer_id"] == (await desk.get("customers/external:K-1"))["id"]
    first = (await desk.get("agreements/external:A-2/timeline"))["items"][0]
    assert first["actor"].startswith("key:")
    form = {"file": ("customers.csv", raw, "text/csv")}
    answer = await desk.api.post(PATH, files=form)
    assert (answer.status_code, answer.json()["there_already"]) == (200, 2)
    assert (await desk.api.post(PATH, files={"a": form["file"], "b": form["file"]})).status_code == 400
    status, again = await handed_in(desk, raw, media="text/csv; charset=utf-8")
    same = [{"line": 2, "outcome": "same"}, {"line": 3, "outcome": "same"}]
    assert (status, again["customers"], again["agreements"], again["rows"]) == (200, 0, {}, same)


async def test_a_customer_is_known_by_the_number_that_it_has_by_now(desk: Desk) -> None:
    made = await desk.customer("Alpha B.V.", external_id="K-1", contacts=[])
    raw = table([{"customer": "Alpha B.V.", "customer_key": "K-1", "country": "NL", "language": "nl"}])
    status, done = await handed_in(desk, raw)
    assert (status, done["customers"], done["rows"]) == (200, 0, [{"line": 2, "outcome": "same"}])
    beta = raw.replace(b"Alpha", b"Beta")
    status, told = await handed_in(desk, beta)
    said = {"field": "customer", "was": "Alpha B.V.", "now": "Beta B.V.", "left": "not_asked"}
    assert (status, told["changed"]) == (200, 1)
    assert told["rows"] == [{"line": 2, "outcome": "changed", "fields": [said]}]
    assert await desk.items("customers") == [made]
    status, done = await handed_in(desk, beta, f"{PATH}&update=true")
    assert (status, done["rows"][0]["fields"]) == (200, [{**said, "left": None}])
    (now,) = await desk.items("customers")
    assert (now["id"], now["name"]) == (made["id"], "Beta B.V.")


async def test_a_workbook_is_a_list_too(desk: Desk) -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for place, (name, value) in enumerate(NUMBERED.items()):
            sheet.write_string(0, place, name)
            sheet.write_string(1, place, value)
    status, done = await handed_in(desk, made.getvalue(), media=XLSX)
    assert (status, done["customers"]) == (200, 1), done


async def test_what_is_wrong_is_named_and_nothing_is_loaded(desk: Desk) -> None:
    beta = {**ROW, "customer": "Beta", "country": "XX"}
    status, problem = await handed_in(desk, table([NUMBERED, beta]))
    assert status == 400
    assert "line 3, column 'country'" in {one["path"] for one in problem["errors"]}
    assert await desk.items("customers") == []
    for raw, path, media, wanted in (
        (b"", PATH, "text/csv", 400),
        (b"PK\x03\x04", PATH, XLSX, 400),
        (table([ROW]), PATH, "application/json", 415),
        (table([ROW]), "imports", "text/csv", 400),
        (table([ROW]), "imports?terms=none", "text/csv", 400),
        (table([ROW]), f"{PATH}&separator=x", "text/csv", 400),
        (b"x" * (8 * 1024 * 1024 + 64 * 1024 + 1), PATH, "text/csv", 413),
    ):
        assert (await handed_in(desk, raw, path, media))[0] == wanted, (path, media)
    key = await desk.api.key(desk.processor, "auditor")
    assert (await handed_in(desk, table([ROW]), key=key))[0] == 403
    assert msgspec.json.encode(await desk.items("customers")) == b"[]"
