"""A processor with all that is on record of it: handed over, taken in elsewhere, and erased where it has left."""

import asyncio
import contextlib
import hashlib
import io
import re
import tarfile
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from click.testing import CliRunner, Result

from db import clock as db_clock
from db.session import connect_pool, transaction
from db.tenant import STAYS, tenant_tables
from service.archive.handing_over import hand_over
from service.archive.leaving import leave
from service.archive.manifest import ArchiveManifest
from service.archive.taking_in import take_in
from service.cli.archive import archive_group
from service.http.openapi.examples import EXAMPLES
from service.links import ensure_link
from service.up.embedded import RunningServers
from tests.databases import Database, cloned
from tests.files import samples
from tests.history import check_history
from tests.mail.conftest import SECRET
from tests.resources.conftest import Desk
from tests.resources.test_files import handed, objected
from tests.world import World
from workflows.engine.engine import Engine
from workflows.engine.roots import make_roots
from workflows.engine.verify import verify
from workflows.errors import BadInput, Conflict
from workflows.intake.joining import offered
from workflows.machine.vocabulary import Command
from workflows.model.parties import CustomerUpdate, Processor
from workflows.secret_key import Secret, SecretKey

OWN: dict[str, set[str]] = {
    "event": {"id", "tx"},
    "attempt": {"id"},
    "webhook_delivery": {"id"},
    "ledger_root": {"from_tx", "to_tx"},
    "message": {"next_at", "leased_until"},
    "subscription_mail": {"next_at"},
    "webhook_feed": {"cursor", "leased_until"},
    "watch_reading": {"leased_until"},
    "app_user": {"feed"},
    "told": {"mail_id", "mailed_elsewhere"},
}
"""What each database says for itself."""


@contextlib.asynccontextmanager
async def superuser(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser, server_settings={"timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()


async def rows_of(
    connection: asyncpg.Connection, processor: Any, own: Mapping[str, set[str]] = OWN
) -> dict[str, list[str]]:
    """Every row of every table that travels, as text, without what each database says for itself."""
    found = {}
    for table in await tenant_tables(connection, travelling=True):
        if table.name == "terms_version":
            continue  # those of everybody become its own
        columns = ", ".join(one for one in table.columns if one not in own.get(table.name, set()))
        rows = await connection.fetch(
            f"select row({columns})::text as r from {table.name} where processor_id = $1 order by 1", processor
        )
        found[table.name] = [row["r"] for row in rows]
    return found


def altered(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of an archive with members changed, or left out, and a manifest that fits them."""
    with tarfile.open(source) as old:
        members = {one.name: old.extractfile(one).read() for one in old.getmembers()}  # type: ignore[union-attr]  # files
    changed = {name: change(name, raw) for name, raw in members.items()}
    with tarfile.open(target, "w") as new:
        for name, raw in changed.items():
            if raw is not None:
                info = tarfile.TarInfo(name)
                info.size = len(raw)
                new.addfile(info, io.BytesIO(raw))
    return target


def resealed(source: Path, target: Path, table: str, change: Callable[[bytes], bytes]) -> Path:
    """As `altered`, with a manifest that says what became of one table."""
    made: dict[str, bytes] = {}

    def first(name: str, raw: bytes) -> bytes:
        if name == f"tables/{table}.copy":
            made[name] = change(raw)
            return made[name]
        return raw

    altered(source, target, first)

    def second(name: str, raw: bytes) -> bytes:
        if name != "manifest.json":
            return raw
        manifest = msgspec.json.decode(raw, type=ArchiveManifest)
        tables = tuple(
            msgspec.structs.replace(
                one, sha256=hashlib.sha256(made[one.member]).hexdigest(), rows=made[one.member].count(b"\n")
            )
            if one.name == table
            else one
            for one in manifest.tables
        )
        return msgspec.json.encode(msgspec.structs.replace(manifest, tables=tables))

    return altered(target, target.with_suffix(".again"), second)


def _one_word(raw: bytes) -> bytes:
    return re.sub(rb'"actor":"', b'"actor":"x', raw, count=1)


def _longer(name: str, raw: bytes) -> bytes:
    return raw + b"x" if "subject" in name else raw


async def life(desk: Desk) -> UUID:
    """Something of everything that lasts: subjects, mails and letters, files, links, users, roots."""
    notice = await objected(desk, (await handed(desk))["id"])
    await desk.act(f"notices/{notice['id']}/write-letter", {})
    await desk.api.made("users", {**EXAMPLES["createUser"], "processor_id": desk.processor})
    await desk.api.made("webhooks", EXAMPLES["createWebhook"])
    processor, now = UUID(desk.processor), await desk.world.now()
    customer = UUID(notice["customer_id"])
    contact = UUID((await desk.get(f"customers/{customer}"))["contacts"][0]["id"])
    async with transaction(desk.world.pools.worker, [processor]) as connection:
        await ensure_link(connection, SECRET, processor, customer, contact, "contact", customer, now)
        await ensure_link(connection, SECRET, processor, customer, contact, "notice", UUID(notice["id"]), now)
    for _ in range(2):
        await desk.world.days(1)
        await make_roots(desk.world.pools.worker, SECRET)
        await desk.act(f"notices/{notice['id']}/acknowledge", {"channel": "phone", "by": "Kim"})
    return processor


async def test_all_of_a_processor_is_taken_in_elsewhere_as_it_was_and_erased_here(
    desk: Desk, database: Database, servers: RunningServers, template: str, tmp_path: Path
) -> None:
    file = tmp_path / "acme.archive"
    processor = await life(desk)
    async with superuser(database) as here, cloned(servers, template) as other, superuser(other) as there:
        manifest, digest = await hand_over(here, str(processor), file)
        assert (file.stat().st_mode & 0o777, manifest.processor) == (0o600, processor)
        before = await rows_of(here, processor)
        assert {one.name for one in manifest.tables}.isdisjoint(STAYS)
        assert len(before["event"]) == manifest.events > 10
        lasting = ("document", "file", "file_part", "file_use", "letter", "link", "message", "ledger_root", "app_user")
        assert [name for name in lasting[1:] if not before[name]] == []

        # What is damaged, altered or of another is refused, and nothing is left of it.
        for wrong, says in (
            (altered(file, tmp_path / "1", lambda n, r: r[:-1] if n.endswith("event.copy") else r), "event"),
            (altered(file, tmp_path / "2", lambda n, r: None if n.endswith("notice.copy") else r), "is missing"),
            (altered(file, tmp_path / "3", lambda n, r: r[:100] if n == "manifest.json" else r), "no archive"),
            (resealed(file, tmp_path / "4", "event", _one_word), "hold"),
            (
                resealed(file, tmp_path / "5", "deadline", lambda r: r.replace(str(processor).encode(), b"0" * 32)),
                "another processor",
            ),
        ):
            with pytest.raises(BadInput, match=says):
                await take_in(there, wrong, SECRET)
        assert await there.fetchval("select count(*) from subject") == 0

        taken, found, webhooks = await take_in(there, file, SECRET)
        assert webhooks == [], "the secret is the same: its last root is signed with it"
        assert (taken.events, found.wrong) == (manifest.events, None)
        assert await rows_of(there, processor) == before
        assert (await verify(there, secret=SECRET)).wrong is None
        await check_history(there)
        with pytest.raises(BadInput, match="is here already"):
            await take_in(there, file, SECRET)

        # It goes on there: what happens next falls under the next daily root, which vouches for those before.
        pool = await connect_pool(other.worker, "termijn_worker", size=2)
        async with pool.acquire() as connection:
            await db_clock.start(connection, "simulated", manifest.made_at + timedelta(days=2))
        async with transaction(pool, [processor]) as connection:
            ids = await connection.fetch("select id from customer")
            now = manifest.made_at + timedelta(days=2)
            update = CustomerUpdate(external_id="K-1")
            command = Command(subject=ids[0][0], trigger="update", at=now, now=now, actor="import", data=update)
            await Engine().run(connection, [processor], [command])
        async with pool.acquire() as connection:
            await connection.execute("update clock set now = $1", manifest.made_at + timedelta(days=4))
        assert await make_roots(pool, SECRET) == 1
        await pool.close()
        gone_on = await verify(there, secret=SECRET)
        assert (gone_on.wrong, gone_on.events) == (None, manifest.events + 1)

        # What is erased is what was handed over, and nothing that came later.
        await here.execute("update message set tries = tries + 1 where processor_id = $1", processor)
        with pytest.raises(Conflict, match="something happened since"):
            await leave(here, str(processor), file)
        again = tmp_path / "again.archive"
        last, kept = await hand_over(here, manifest.slug, again)
        assert kept != digest
        with pytest.raises(BadInput, match="not what its manifest says"):
            await leave(here, "acme", altered(again, tmp_path / "6", lambda n, r: r + b"x" if "subject" in n else r))
        _, proof, erased = await leave(here, manifest.slug, again)
        assert erased >= last.rows - 60
        for table in await tenant_tables(here, travelling=False):
            assert await here.fetchval(
                f"select count(*) from {table.name} where processor_id = $1", processor
            ) == 0, table.name  # fmt: skip
        (departed,) = await here.fetch("select former_id, manifest_sha256, events from departure")
        assert (departed["former_id"], departed["manifest_sha256"].hex()) == (processor, proof)
        assert (proof, departed["events"]) == (kept, manifest.events)


async def test_the_command_hands_over_takes_in_and_erases(
    world: World, database: Database, servers: RunningServers, template: str, tmp_path: Path
) -> None:
    await world.make_processor(slug="acme")
    await world.make_agreement("stkkr")
    file = str(tmp_path / "acme.archive")
    async with cloned(servers, template) as other:
        said = await run(database, "export", "acme", file)
        assert said.exit_code == 0, said.output
        digest = said.output.split()[-1]
        taken = await run(other, "import", file)
        assert (taken.exit_code, "the ledger holds: " in taken.output) == (0, True), taken.output
        again = await run(other, "import", file)
        assert (again.exit_code, "is here already" in again.output) == (2, True)
        left = await run(database, "erase", "acme", file)
        assert (left.exit_code, digest in left.output) == (0, True), left.output
        assert digest in (await run(database, "departed")).output
        refused = await run(database, "erase", "acme", file)
        assert (refused.exit_code, "no processor" in refused.output) == (2, True)
    worker = await asyncio.to_thread(
        CliRunner().invoke, archive_group, ["departed"], env={"TERMIJN_DATABASE_URL": database.worker}
    )
    assert (worker.exit_code, "a superuser's login" in worker.output) == (2, True)


async def test_webhooks_whose_receivers_do_not_know_the_new_secret_are_named(
    desk: Desk, database: Database, servers: RunningServers, template: str, tmp_path: Path
) -> None:
    processor = await life(desk)
    [webhook] = await desk.items("webhooks")
    gone = await desk.api.made("webhooks", {**EXAMPLES["createWebhook"], "url": "https://gone.example/x"})
    assert (await desk.api.call("DELETE", f"webhooks/{gone['id']}")).status_code in (200, 204)
    async with superuser(database) as here:
        await hand_over(here, str(processor), file := tmp_path / "acme.archive")
    async with cloned(servers, template) as other, superuser(other) as there:
        _, _, webhooks = await take_in(there, file, "another secret of at least thirty-two bytes")
        assert [(str(one.id), one.url) for one in webhooks] == [(webhook["id"], webhook["url"])]
    renewed = SecretKey.after(Secret(SECRET), Secret("another secret of at least thirty-two bytes"))
    async with cloned(servers, template) as other, superuser(other) as there:
        _, found, webhooks = await take_in(there, file, renewed)
        assert (webhooks, found.wrong) == ([], None), "the secret before is named: receivers know it, links open"
        async with superuser(database) as here:
            tokens = "select id, token_sha256 from link order by id"
            assert await there.fetch(tokens) == await here.fetch(tokens)
    async with cloned(servers, template) as other:
        environ = {"TERMIJN_DATABASE_URL": other.superuser, "TERMIJN_SECRET_KEY": "x" * 32}
        said = await asyncio.to_thread(CliRunner().invoke, archive_group, ["import", str(file)], env=environ)
        assert f"  POST /api/v1/webhooks/{webhook['id']}/rotate  {webhook['url']}" in said.output.splitlines()


async def test_a_sparse_member_is_none(world: World, database: Database, tmp_path: Path) -> None:
    """A few bytes that stand for a terabyte of zeros."""
    processor = await world.make_processor(slug="acme")
    async with superuser(database) as here:
        await hand_over(here, str(processor), file := tmp_path / "acme.archive")
        for name in ("manifest.json", "tables/subject.copy"):
            for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
                with pytest.raises(BadInput, match=r"no archive|is not what its manifest says"):
                    await take_in(here, sparse(file, tmp_path / "sparse", name, form), SECRET)


def sparse(source: Path, target: Path, name: str, form: int) -> Path:
    """A copy with one member as GNU's tar writes it where most of it is holes."""
    with tarfile.open(source) as old, tarfile.open(target, "w", format=form) as new:
        for one in old.getmembers():
            info, raw = tarfile.TarInfo(one.name), old.extractfile(one).read()  # type: ignore[union-attr]  # a file
            info.size = len(raw)
            if one.name == name:
                if form == tarfile.PAX_FORMAT:
                    info.pax_headers = {"GNU.sparse.map": f"0,{len(raw)}", "GNU.sparse.size": str(1 << 40)}
                else:
                    info.type = tarfile.GNUTYPE_SPARSE
            new.addfile(info, io.BytesIO(raw))
    return target


async def run(database: Database, *words: str) -> Result:
    environ = {"TERMIJN_DATABASE_URL": database.superuser, "TERMIJN_SECRET_KEY": SECRET}
    return await asyncio.to_thread(CliRunner().invoke, archive_group, list(words), env=environ)


async def test_the_page_for_new_customers_is_there_after_a_move(
    desk: Desk, database: Database, servers: RunningServers, template: str, tmp_path: Path
) -> None:
    """The library's row there has an id of its own, and the text came with the row of here."""
    version = (await desk.get("terms/kmo-solutions"))["version"]
    answer = await desk.api.call(
        "PUT",
        f"terms/kmo-solutions/{version}/text",
        files={"file": ("a.pdf", samples.PDF)},
        headers={"Termijn-Processor": desk.processor},
    )
    assert answer.status_code == 200, answer.text
    joining = {"terms": "kmo-solutions", "facts": {"backup.retention": "P30D"}, "languages": ["nl"]}
    answer = await desk.api.call("PATCH", f"processors/{desk.processor}", json={"joining": joining})
    assert answer.status_code == 200, answer.text
    async with superuser(database) as here, cloned(servers, template) as other, superuser(other) as there:
        await hand_over(here, desk.processor, tmp_path / "acme")
        await there.execute("set session_replication_role = replica")
        await there.execute("update terms_version set id = uuidv7()")
        await there.execute("set session_replication_role = origin")
        await take_in(there, tmp_path / "acme", "s" * 32)
        said = await there.fetchval("select row_to_json(p)::text from processor p")
        offer = await offered(there, Engine(), msgspec.json.decode(said, type=Processor))
        assert offer is not None
        assert offer.text.sha256 == hashlib.sha256(samples.PDF).hexdigest()
