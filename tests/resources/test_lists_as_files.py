"""Lists as files: all of a list, as its filters say, in a form that spreadsheets open and do not run."""

import asyncio
import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from service.cli.export import export_command
from service.http.list_files import XLSX
from tests.databases import Database
from tests.resources.conftest import Desk

CSV = "text/csv"


async def as_file(desk: Desk, path: str, media: str, **params: Any) -> Any:
    answer = await desk.api.get(path, params=params, headers={"Accept": media})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == (f"{media}; charset=utf-8" if media == CSV else media)
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    return answer.content


def rows_of(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode(), newline="")))


def sheet_of(raw: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()


async def test_a_file_holds_the_whole_list(desk: Desk) -> None:
    for number in range(205):
        await desk.customer(f"Customer {number:03}", external_id=f"K-{number}", contacts=[])
    shown = (await desk.items("customers", limit=200, sort="name"))[0]
    found = rows_of(await as_file(desk, "customers", CSV, sort="name"))
    assert [one["name"] for one in found] == [f"Customer {number:03}" for number in range(205)]
    assert found[0]["id"] == shown["id"]
    instant = datetime.fromisoformat(found[0]["created_at (UTC)"] + "Z")
    assert instant == datetime.fromisoformat(shown["created_at"])
    sheet = sheet_of(await as_file(desk, "customers", XLSX, q="K-7"))
    assert len(sheet) == 2
    row = dict(zip(sheet[0], sheet[1], strict=True))
    assert (row["name"], row["external_id"], row["version"]) == ("Customer 007", "K-7", 1)
    assert isinstance(row["created_at (UTC)"], datetime)
    lines = (await as_file(desk, "customers", "application/x-ndjson", q="K-7")).splitlines()
    assert [msgspec.json.decode(one) for one in lines] == await desk.items("customers", q="K-7")
    assert rows_of(await as_file(desk, "customers", CSV, name="nobody")) == []


async def test_no_cell_runs(desk: Desk) -> None:
    names = ["=1+1", "+31 10", "-2", "@SUM(A1)", "\uff1d1", 'a "quoted", name', "plain"]
    for name in names:
        await desk.customer(name, contacts=[{"name": "=cmd|' /C calc'!A0", "email": "kim@customer.example"}])
    found = rows_of(await as_file(desk, "customers", CSV))
    assert [one["name"] for one in found] == [*(f"'{name}" for name in names[:5]), *names[5:]]
    raw = await as_file(desk, "customers", XLSX)
    place = sheet_of(raw)[0].index("name")
    assert [row[place] for row in sheet_of(raw)[1:]] == names
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    assert book.sheet_names == ["customers"]


async def test_every_list_is_a_file(desk: Desk) -> None:
    """What stands inside is a column of its own, several words are one cell, what is deeper is JSON."""
    worker = await desk.subprocessor()
    made = await desk.agreement(subprocessors=[worker["id"]], services=["hosting", "mail"])
    await desk.announced(worker["id"], "relocate", country="BE")
    (row,) = rows_of(await as_file(desk, "agreements", CSV))
    assert row["main_contract.reference"] == "M-1"
    assert row["main_contract.starts_on"] == "2026-01-01"
    assert row["services"] == "hosting; mail"
    assert msgspec.json.decode(row["facts"]) == made["facts"]
    assert row["in_force"] == "true"
    for path in ("subprocessors", "changes", "notices", "tasks", "engagements", "deadlines", "events", "breaches",
                 "requests", "audits", "matters", "announcements", "webhooks", "inbound", "upstream-notices",
                 "watches",
                 "users", "terms", "disclosures"):  # fmt: skip
        answer = await desk.api.get(path, headers={"Accept": CSV})
        if answer.status_code == 404:
            continue
        assert answer.headers["content-type"].startswith(CSV), path
        items = await desk.items(path, limit=200)
        assert len(rows_of(answer.content)) == len(items), path
        sheet = sheet_of(await as_file(desk, path, XLSX))
        assert len(sheet) == len(items) + 1, path


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json, text/csv", "text/html", "application/json;q=0.9, */*;q=0.8"]
)
async def test_whoever_asks_for_no_file_gets_none(desk: Desk, accept: str) -> None:
    answer = await desk.api.get("customers", headers={"Accept": accept})
    assert answer.json() == {"items": [], "next": None}


async def test_a_file_is_no_part_and_no_way_around(desk: Desk, other: str) -> None:
    own = {"Termijn-Processor": desk.processor, "Accept": CSV}
    await desk.api.made("customers", {"name": "X", "country": "NL", "language": "nl", "contacts": []}, headers=own)
    for query in ("limit=1", "cursor=x"):
        assert (await desk.api.get(f"customers?{query}", headers=own)).status_code == 400
    assert (await desk.api.get("customers?odd=1", headers=own)).status_code == 400
    assert (await desk.api.get("customers", headers={"Accept": CSV}, key="tmj_none")).status_code == 401
    theirs = await desk.api.get("customers", headers={"Accept": CSV}, key=other)
    assert rows_of(theirs.content) == []
    everyone = await desk.api.get("customers", headers={"Accept": CSV})  # an admin's list spans all
    assert len(rows_of(everyone.content)) == 1


async def test_the_command_writes_the_same(desk: Desk, database: Database, tmp_path: Path) -> None:
    for name in ("Bakkerij", "=Slagerij"):
        await desk.customer(name)
    served = await as_file(desk, "customers", CSV, sort="name")

    async def export(*arguments: str) -> tuple[int, bytes, str]:
        environment = {"TERMIJN_DATABASE_URL": database.worker}
        done = await asyncio.to_thread(CliRunner().invoke, export_command, list(arguments), env=environment)
        return done.exit_code, done.stdout_bytes, done.stderr

    status, out, _ = await export("customers", "--filter", "sort=name")
    assert status == 0
    without = [{name: one[name] for name in one if name != "actions"} for one in rows_of(out)]  # whose they are differs
    assert without == [{name: one[name] for name in one if name != "actions"} for one in rows_of(served)]
    book = tmp_path / "customers.xlsx"
    assert (await export("customers", "--format", "xlsx", "--output", str(book)))[0] == 0
    assert [row[2] for row in sheet_of(book.read_bytes())[1:]] == ["Bakkerij", "=Slagerij"]
    assert [one.name for one in tmp_path.iterdir()] == ["customers.xlsx"]
    lines = (await export("customers", "--format", "jsonl"))[1].splitlines()
    assert [msgspec.json.decode(one)["name"] for one in lines] == ["Bakkerij", "=Slagerij"]
    for arguments, says in (
        (["nothing"], "There is no list 'nothing'"),
        (["dev/messages"], "There is no list 'dev/messages': known are agreements, "),
        (["customers", "--filter", "odd=1"], "odd is not known here"),
        (["customers", "--processor", "nobody"], "There is no processor 'nobody'"),
        (["customers", "--output", str(tmp_path / "none" / "x.csv")], "No such file"),
    ):
        status, out, err = await export(*arguments)
        assert (status, out) == (2, b"")
        assert says in err
