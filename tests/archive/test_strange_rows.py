"""An archive names its own rows alone: whatever it has of another processor, nothing of it is taken in."""

from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from db.queries import sql
from db.references import _NAMES
from db.tenant import tenant_tables
from service.archive.handing_over import hand_over
from service.archive.leaving import leave
from service.archive.manifest import ArchiveManifest
from service.archive.taking_in import take_in
from tests.archive.test_archive import altered, resealed, rows_of, superuser
from tests.databases import Database
from tests.db.samples import Samples
from tests.mail.conftest import SECRET
from tests.world import World
from workflows.errors import BadInput
from workflows.ids import new_id

UNTIED = {
    ("concern", "id"), ("customer", "manager_id"), ("customer", "deputy_id"), ("disclosure", "about"),
    ("engagement", "ended_by"), ("engagement", "replaces_id"), ("event", "uid"), ("fan_out", "cursor"),
    ("file", "object_id"),
    ("inbound", "contact_id"), ("letter", "contact_id"), ("link", "contact_id"), ("message", "contact_id"),
    ("notice", "counting_contact"), ("task", "about"), ("watch_reading", "seen"), ("webhook_order", "item_id"),
}  # fmt: skip
"""Columns with ids of things of several kinds, or of what may be gone: they name nothing that another has."""


async def test_each_column_with_an_id_says_whose(database: Database) -> None:
    async with superuser(database) as connection:
        known = {one.name for one in await tenant_tables(connection, travelling=True)}
        ids = [one for one in await connection.fetch(sql("tenant_ids")) if one["name"] in known]
        keys = await connection.fetch(sql("tenant_references"))
    named = {(one["name"], one["column"]) for one in ids if one["column"] != "id"} | {("concern", "id")}
    told = {one for one in named if _NAMES.get(one[1], one[1].removesuffix("_id")) in known}
    assert named - told == UNTIED, "say in db/references.py what it names, or here that it may be anything"
    assert ("link", "customer_id") in told
    assert ("timer", "subject", ["subject_id"], ["id"]) in [tuple(one.values()) for one in keys]


async def test_what_names_rows_of_another_is_refused_whole(world: World, database: Database, tmp_path: Path) -> None:
    acme, others = await world.make_processor(slug="acme"), World(world.pools, world.engine)
    agreement = await world.make_agreement("stkkr")
    evil = await others.make_processor(slug="evil")
    own = await others.make_agreement("stkkr")
    async with superuser(database) as connection:
        samples = await Samples.of(connection)
        theirs = await connection.fetchrow("select id, contacts from customer where processor_id = $1", acme)
        customer = await connection.fetchval("select id from customer where processor_id = $1", evil)
        contact = await connection.fetchval("select contacts -> 0 ->> 'id' from customer where id = $1", theirs["id"])
        link: dict[str, Any] = {"customer_id": customer, "subject_id": own, "purpose": "contact"}
        bad: list[tuple[str, dict[str, Any], str]] = [
            ("timer", {"subject_id": theirs["id"], "trigger": "erase"}, "timer names rows of subject"),
            (
                "message",
                {"subject_id": own, "customer_id": theirs["id"], "carried_by": None},
                r"message .*\(customer_id",
            ),
            ("link", {**link, "customer_id": theirs["id"]}, "link names rows of customer"),
            ("link", {**link, "contact_id": contact}, "a contact that another processor has"),
            ("deadline", {"subject_id": own, "agreement_id": agreement, "task_id": None}, r"deadline .*\(agreement_id"),
            ("concern", {"id": agreement}, "a row of subject that another processor has"),
            ("disclosure", {"about": theirs["id"]}, "a row of subject that another processor has"),
            ("inbound", {"subject_id": None, "message_id": None, "file_id": None, "held": [agreement]}, r"\(held\)"),
            ("subject", {"kind": "matter", "parent_id": None}, "matter and subject"),
        ]
        archives = []
        for number, (table, values, says) in enumerate(bad):
            await connection.execute("set session_replication_role = replica")
            made = await samples.insert(connection, table, **{"id": new_id(), "processor_id": evil, **values})
            await hand_over(connection, "evil", tmp_path / str(number))
            await connection.execute(f"delete from {table} where id = $1", made["id"])
            await connection.execute("set session_replication_role = origin")
            archives.append((tmp_path / str(number), says))
        # An admin who was told, since nobody works for it, does not go along.
        admin = await samples.insert(connection, "app_user", id=new_id(), processor_id=None, role="admin")
        concern = await samples.insert(connection, "concern", id=new_id(), processor_id=evil)
        await samples.insert(
            connection, "told", id=new_id(), processor_id=evil, concern_id=concern["id"], user_id=admin["id"],
            mail_id=None,
        )  # fmt: skip
        good, _ = await hand_over(connection, "evil", tmp_path / "good")
        before = await rows_of(connection, acme)
        await leave(connection, "evil", tmp_path / "good")
        for file, says in archives:
            with pytest.raises(BadInput, match=says):
                await take_in(connection, file, SECRET)
        await _burns_nothing(connection, tmp_path)
        assert await connection.fetchval("select count(*) from subject where processor_id = $1", evil) == 0
        taken, found, _ = await take_in(connection, tmp_path / "good", SECRET)
        assert (taken, found.wrong) == (good, None)
        assert await rows_of(connection, acme) == before


async def _burns_nothing(connection: asyncpg.Connection, room: Path) -> None:
    """Roots that only the manifest speaks of, or that no days can have made, cost no transactions."""
    first = await connection.fetchval(sql("burn_transactions"))

    def claiming(name: str, raw: bytes) -> bytes:
        if name != "manifest.json":
            return raw
        manifest = msgspec.json.decode(raw, type=ArchiveManifest)
        tables = [
            msgspec.structs.replace(one, rows=first + 5_000) if one.name == "ledger_root" else one
            for one in manifest.tables
        ]
        return msgspec.json.encode(msgspec.structs.replace(manifest, tables=tuple(tables)))

    said = altered(room / "good", room / "said", claiming)
    with pytest.raises(BadInput, match=r"ledger_root.* is not what"):
        await take_in(connection, said, SECRET)
    many = resealed(room / "good", room / "many", "ledger_root", lambda raw: b"\n" * (first + 200_000))
    with pytest.raises(BadInput, match="daily roots"):
        await take_in(connection, many, SECRET)
    assert await connection.fetchval(sql("burn_transactions")) < first + 100
