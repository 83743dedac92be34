"""An archive taken in: all of it under the same ids, or nothing."""

import hmac
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

import asyncpg
import msgspec

from db import tenant
from db.migrate import migrations
from db.queries import sql
from db.references import strange_reference
from db.session import Connection
from db.tenant import TenantTable, tenant_tables
from service.archive.manifest import (
    FORM,
    LONGEST_MANIFEST,
    MANIFEST,
    ArchivedTable,
    ArchiveManifest,
    Hashing,
    digest_of,
)
from service.links import digest, token_for
from workflows.engine.roots import root_of
from workflows.engine.verify import Verified, verify
from workflows.errors import BadInput
from workflows.ledger.merkle import sign
from workflows.secret_key import keys_of

FIRST_TX: Final = 3
"""The number of the first transaction of rows that were taken in; PostgreSQL's own begin there."""

MOST_ROOTS: Final = 100_000
"""One a day: those of more than 270 years."""


class WebhookMoved(msgspec.Struct, frozen=True):
    """A webhook that was taken in: it signs by this installation's secret, which its receiver does not know."""

    id: UUID
    url: str


async def take_in(
    connection: Connection, source: Path, secret: str
) -> tuple[ArchiveManifest, Verified, Sequence[WebhookMoved]]:
    """Take in an archive, in one transaction that ends once its ledger has been computed anew and holds.

    Besides its manifest and what was verified, the webhooks whose receivers know the secret of the installation before,
    where that is not `secret` or is not known to be.

    Links get digests by `secret`: where it is that of the installation before, links that were sent go on to open.
    Mail that was still to be sent waits for a person. Raises BadInput for what is no archive or is damaged, has rows
    that are here already or name what is another processor's, is of a newer schema, or whose ledger does not hold.
    """
    try:
        with source.open("rb") as file:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                manifest, _ = read_manifest(tar, source)
                rows = check_members(tar, manifest, source)
            await _make_room(connection, rows.get("ledger_root", 0), source)
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:") as tar:
                if read_manifest(tar, source)[0] != manifest:
                    raise BadInput(f"{source} was written to meanwhile.")
                found, webhooks = await _take_in(connection, tar, manifest, source, secret)
    except (tarfile.TarError, EOFError) as error:
        raise BadInput(f"{source} is no archive of `termijn archive`, or a part of one: {error}") from None
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror or error}") from None
    return manifest, found, webhooks


async def _take_in(
    connection: Connection, tar: tarfile.TarFile, manifest: ArchiveManifest, source: Path, secret: str
) -> tuple[Verified, Sequence[WebhookMoved]]:
    async with connection.transaction(isolation="repeatable_read"):
        known = {one.name: one for one in await tenant_tables(connection, travelling=True)}
        if await connection.fetchrow(sql("archived_processor"), str(manifest.processor)) is not None:
            raise BadInput(f"The processor {manifest.slug} ({manifest.processor}) is here already.")
        await _put_beside(connection, tar, manifest, known, source)
        await _check_references(connection, manifest, known, source)
        same = await _settle(connection, secret)
        await _take_over(connection, manifest, known)
        found = await verify(connection, manifest.processor, secret=secret or None)
        if found.wrong is not None:
            raise BadInput(f"{source}: its ledger does not hold: {found.wrong}; nothing was taken in.")
        if found.events != manifest.events:
            raise BadInput(f"{source}: it is of {manifest.events} events and has {found.events}.")
        rows = [] if same else await connection.fetch(sql("webhooks_that_sign"), manifest.processor)
    return found, [WebhookMoved(row["id"], row["url"]) for row in rows]


def read_manifest(tar: tarfile.TarFile, source: Path) -> tuple[ArchiveManifest, str]:
    """What an archive says of itself, and its SHA-256. Raises BadInput."""
    first = tar.next()
    said = tar.extractfile(first) if first is not None and first.name == MANIFEST and _is_plain(first) else None
    raw = said.read(LONGEST_MANIFEST) if said is not None else b""
    try:
        manifest = msgspec.json.decode(raw, type=ArchiveManifest)
    except msgspec.DecodeError:
        raise BadInput(f"{source} is no archive of `termijn archive`.") from None
    if manifest.form > FORM or manifest.migration > migrations()[-1][0]:
        raise BadInput(f"{source} was made by a newer version ({manifest.migration}): take it in with that one.")
    return manifest, digest_of(raw)


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Whether it is a file with all its bytes: a sparse one (GNU) makes endless zeros of a few."""
    return member.isreg() and not member.issparse()


def check_members(tar: tarfile.TarFile, manifest: ArchiveManifest, source: Path) -> dict[str, int]:
    """Read an archive to its end, behind its manifest; how many rows each table has, as read.

    Raises BadInput where it is not what the manifest says.
    """
    left = {one.member: one for one in manifest.tables}
    while (member := tar.next()) is not None:
        one = left.pop(member.name, None)
        file: Any = tar.extractfile(member) if one is not None and _is_plain(member) else None
        if one is None or file is None or _read(file) != (one.sha256, one.rows):
            raise BadInput(f"{source}: {member.name[:100]!r} is not what its manifest says.")
    if left:
        raise BadInput(f"{source} is a part of an archive: {', '.join(sorted(left))} is missing.")
    return {one.name: one.rows for one in manifest.tables}


def _read(file: IO[bytes]) -> tuple[str, int]:
    """The digest of a table and its rows: each ends its line, and has none within."""
    hashing, rows = Hashing(file), 0
    while some := hashing.read(1 << 20):
        rows += some.count(b"\n")
    return hashing.digest.hexdigest(), rows


async def _make_room(connection: Connection, roots: int, source: Path) -> None:
    """Transactions that roots cover get low numbers, one for each root: this database's own have to lie behind them."""
    if roots > MOST_ROOTS:
        raise BadInput(f"{source} has {roots} daily roots: more than there were days.")
    while await connection.fetchval(sql("burn_transactions")) <= FIRST_TX + roots:
        pass


async def _put_beside(
    connection: Connection, tar: tarfile.TarFile, manifest: ArchiveManifest, known: dict[str, TenantTable], source: Path
) -> None:
    listed = {one.member: one for one in manifest.tables}
    seen = set()
    while (member := tar.next()) is not None:
        one = listed.get(member.name)
        if one is None or not _is_plain(member) or one.name in seen:
            raise BadInput(f"{source} holds {member.name[:100]!r}, which is no part of it.")
        table = known.get(one.name)
        if table is None or not set(one.columns) <= set(table.copied):
            raise BadInput(f"{source} has rows of {one.name[:60]!r}, which this version does not know.")
        seen.add(one.name)
        await _copy(connection, tar.extractfile(member), one, table, manifest, source)
    if missing := {one.name for one in manifest.tables} - seen:
        raise BadInput(f"{source} is a part of an archive: {', '.join(sorted(missing))} is missing.")
    for name, table in known.items():
        if name not in seen:  # younger than the archive
            await tenant.put_beside(connection, table, table.copied, None)


async def _copy(
    connection: Connection, file: Any, one: ArchivedTable, table: TenantTable, manifest: ArchiveManifest, source: Path
) -> None:
    rows: Any = Hashing(file)
    try:
        count = await tenant.put_beside(connection, table, one.columns, rows)
    except asyncpg.DataError as error:
        raise BadInput(f"{source}: {one.name} cannot be read: {error}") from None
    if rows.digest.hexdigest() != one.sha256 or count != one.rows:
        raise BadInput(f"{source}: {one.name} is not what its manifest says.")
    if await tenant.of_another(connection, manifest.processor, table):
        raise BadInput(f"{source}: {one.name} has rows of another processor.")


async def _check_references(
    connection: Connection, manifest: ArchiveManifest, known: dict[str, TenantTable], source: Path
) -> None:
    try:
        strange = await strange_reference(connection, manifest.processor, known)
    except asyncpg.DataError as error:
        raise BadInput(f"{source}: what its rows name cannot be read: {error}") from None
    if strange is not None:
        raise BadInput(f"{source}: {strange}; nothing was taken in.")


async def _settle(connection: Connection, secret: str) -> bool:
    """Make what was put beside this database's own; whether a secret of ours is known to be that of the one before."""
    last = await tenant.last_root_beside(connection)
    root = root_of(last) if last is not None and secret else None
    before = None
    if root is not None:
        right = (key for key in keys_of(secret) if hmac.compare_digest(sign(key, root), last["signature"]))
        before = next(right, None)
    links = await tenant.links_beside(connection)
    digests = {
        # What a link that was revoked opened is known by the generation before.
        row["id"]: digest(token_for(before or secret, row["id"], row["generation"] - (row["revoked_at"] is not None)))
        for row in links
    }
    await tenant.settle_beside(connection, digests, FIRST_TX)
    if root is not None:
        await tenant.sign_beside(connection, root.number, sign(secret, root))
    return before is not None


async def _take_over(connection: Connection, manifest: ArchiveManifest, known: dict[str, TenantTable]) -> None:
    columns = {one.name: one.columns for one in manifest.tables}
    for name, table in known.items():
        mine = columns.get(name, table.copied)
        try:
            if name == "terms_version":
                other = await tenant.take_over_texts(connection, manifest.processor, mine)
                if other is not None:
                    raise BadInput(f"A version of terms with the id {other} is here already, with another text.")
            else:
                await tenant.take_over(connection, table, mine)
        except asyncpg.UniqueViolationError as error:
            raise BadInput(f"Rows of {name} are here already: {error.detail or error}") from None
        except asyncpg.IntegrityConstraintViolationError as error:
            raise BadInput(f"Rows of {name} are not as they can be: {error}") from None
    await connection.execute(sql("carry_texts_taken_in"), manifest.processor)
    await tenant.settle_feeds(connection, manifest.processor)
