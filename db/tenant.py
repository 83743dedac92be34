"""All rows of one processor, table by table: copied out, put beside the tables to be looked at, taken in, erased.

Which tables and columns there are is read from the catalogue, so a table that comes later goes along. Its names alone
go into statements, and none that somebody else gives.
"""

from collections.abc import Mapping, Sequence
from typing import IO, Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection

STAYS: Final = frozenset(
    {
        *("api_key", "idempotency", "user_link", "user_mail", "user_session"),
        *("chat", "chat_line", "chat_post", "subscription_asked", "webhook_trial"),
        *("application", "notice_tally", "file_object", "unrecorded"),
    }
)
"""Tables that do not travel: keys of people and programs and what they opened, the addresses of chats, which let in
whoever has them, digests by the installation's secret, what strangers typed and nobody signed yet, counts and
marks that the database makes of the rows itself, and what has to go from the installation's own store."""
_PLACE: Final = {
    # How many of the processor's own events a program was told of: numbers of events are each database's own.
    (
        "webhook_feed",
        "cursor",
    ): "(select count(*) from event e where e.processor_id = x.processor_id and e.id <= x.cursor)",
    # Digests of links, and what opens a user's calendar, are keys.
    ("link", "token_sha256"): "''::bytea",
    ("app_user", "feed"): "0",
    ("told", "mail_id"): "null::uuid",
    # Traces are the installation's.
    **{(table, "traceparent"): "null::text" for table in ("message", "timer", "fan_out")},
    # An archive has the bytes of files in it, wherever they lay.
    ("file", "object_id"): "null::uuid",
    ("file", "altered_at"): "null::timestamptz",
    ("told", "mailed_elsewhere"): "x.mail_id is not null or x.mailed_elsewhere",
}
_TEXTS: Final = "terms_version"


class TenantTable(msgspec.Struct, frozen=True):
    """A table with rows of processors: what may be written of each, what it is ordered by, and the column that each
    database numbers by itself."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    numbered: str | None = None

    @property
    def copied(self) -> tuple[str, ...]:
        """What stands in an archive: numbers keep rows in their order."""
        return (self.numbered, *self.columns) if self.numbered is not None else self.columns


async def tenant_tables(connection: Connection, *, travelling: bool) -> list[TenantTable]:
    """Each after those that it refers to; `travelling`: only those that go along."""
    rows = {row["name"]: row for row in await connection.fetch(sql("tenant_tables"))}
    ordered: list[str] = []

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in ordered or name not in rows:
            return
        if name in way:
            raise RuntimeError(f"tables refer to each other in a circle: {' -> '.join((*way, name))}")
        for other in sorted(rows[name]["refers"]):
            visit(other, (*way, name))
        ordered.append(name)

    for name in sorted(rows):
        visit(name, ())
    wanted = [name for name in ordered if not (travelling and name in STAYS)]
    return [
        TenantTable(name, tuple(rows[name]["columns"]), tuple(rows[name]["key"]), rows[name]["numbered"])
        for name in wanted
    ]


async def copy_out(
    connection: Connection,
    processor: UUID,
    table: TenantTable,
    out: IO[bytes],
    between: tuple[UUID | None, UUID | None] = (None, None),
) -> int:
    """Write a processor's rows of a table as PostgreSQL's text; how many they are. `between`: only those whose first
    key lies there."""
    columns = ", ".join(_PLACE.get((table.name, one), f"x.{one}") + f" as {one}" for one in table.copied)
    order = ", ".join(f"x.{one}" for one in table.key)
    mine = f"x.processor_id = '{processor}'::uuid"
    for limit, sign in zip(between, "><", strict=True):
        mine += f" and x.{table.key[0]} {sign} '{limit}'::uuid" if limit is not None else ""
    if table.name == "told":  # where nobody works for a processor, admins are told: they do not go along
        mine += f" and x.user_id in (select id from app_user where processor_id = '{processor}'::uuid)"
    if table.name == _TEXTS:
        mine += (
            " or x.processor_id is null and x.terms in ("
            f"select terms from agreement where processor_id = '{processor}'::uuid union "
            f"select terms from change where processor_id = '{processor}'::uuid union "
            f"select terms from processor where id = '{processor}'::uuid)"
        )
    said = await connection.copy_from_query(
        f"select {columns} from {table.name} x where {mine} order by {order}",  # the catalogue's names
        output=out, format="text", timeout=None,
    )  # fmt: skip
    return int(said.rpartition(" ")[2])


async def put_beside(connection: Connection, table: TenantTable, columns: Sequence[str], source: Any) -> int:
    """Put rows of an archive (`source` None: there are none) into a table of this transaction alone; how many they are.

    Raises PostgreSQL's errors.
    """
    listed = ", ".join(table.copied)
    await connection.execute(
        f"create temp table {_aside(table)} on commit drop as select {listed} from {table.name} limit 0"
    )
    if source is None:
        return 0
    said = await connection.copy_to_table(
        _aside(table), source=source, columns=list(columns), format="text", timeout=None
    )
    return int(said.rpartition(" ")[2])


async def of_another(connection: Connection, processor: UUID, table: TenantTable) -> bool:
    """Whether a row that was put beside is another's."""
    also = " and processor_id is not null" if table.name == _TEXTS else ""
    found: bool = await connection.fetchval(
        f"select exists (select from {_aside(table)} where processor_id is distinct from $1{also})",
        processor,
    )
    return found


async def take_over(connection: Connection, table: TenantTable, columns: Sequence[str]) -> None:
    """Take in what was put beside, in its order; what an older archive does not have keeps its default."""
    listed = ", ".join(one for one in columns if one != table.numbered)
    order = ", ".join(table.key)
    await connection.execute(
        f"insert into {table.name} ({listed}) select {listed} from {_aside(table)} order by {order}"
    )


async def take_over_texts(connection: Connection, processor: UUID, columns: Sequence[str]) -> UUID | None:
    """Take in versions of terms that the rows name, or that are the processor's own; from now on they are all its own.

    One that is here already stays; the id of one that is here as another text, else None.
    """
    other = await connection.fetchval(
        "select v.id from in_terms_version v join terms_version t on t.id = v.id where t.digest <> v.digest limit 1"
    )
    if other is not None:
        return UUID(str(other))
    await connection.execute(
        "delete from in_terms_version v where exists (select from terms_version t where t.id = v.id) "
        "or v.processor_id is null and not exists (select from in_agreement a where strpos(a::text, v.id::text) > 0) "
        "and not exists (select from in_change c where strpos(c::text, v.id::text) > 0) "
        "and not exists (select from in_notice n where n.from_version_id = v.id) "
        "and not exists (select from in_terms_text x where x.terms_version_id = v.id)"
    )
    await connection.execute("update in_terms_version set processor_id = $1", processor)
    listed = ", ".join(columns)
    await connection.execute(f"insert into terms_version ({listed}) select {listed} from in_terms_version order by id")
    return None


async def links_beside(connection: Connection) -> Sequence[Any]:
    """The links that were put beside."""
    found: Sequence[Any] = await connection.fetch("select id, generation, revoked_at from in_link")
    return found


async def settle_beside(connection: Connection, digests: Mapping[UUID, bytes], first_tx: int) -> None:
    """Make what was put beside this database's own: digests of links by its secret, mail that waits for a person,
    leases that nobody holds, and transactions by the root that covers them, `first_tx` the first of them."""
    await connection.execute(
        "update in_link l set token_sha256 = d.digest from unnest($1::uuid[], $2::bytea[]) as d (id, digest) "
        "where l.id = d.id", list(digests), list(digests.values()),
    )  # fmt: skip
    for table in ("message", "subscription_mail"):
        await connection.execute(f"update in_{table} set next_at = 'infinity' where next_at is not null")
    # Whatever an archive says, its bytes are in it: no name in this installation's store is anybody's to bring along.
    await connection.execute("update in_file set object_id = null, altered_at = null")
    for table in ("message", "webhook_feed", "watch_reading"):
        await connection.execute(f"update in_{table} set leased_until = null")
    await connection.execute(
        "update in_event e set tx = coalesce((select ($1::bigint + r.number - 1)::text::xid8 from in_ledger_root r "
        "where (e.tx::text::bigint) >= r.from_tx and (e.tx::text::bigint) < r.to_tx), pg_current_xact_id())", first_tx,
    )  # fmt: skip
    await connection.execute(
        "update in_ledger_root set from_tx = case when number = 1 then 0 else $1::bigint + number - 1 end, "
        "to_tx = $1::bigint + number", first_tx,
    )  # fmt: skip


async def settle_feeds(connection: Connection, processor: UUID) -> None:
    """Webhooks go on behind the events that they were told of, by this database's numbers."""
    for row in await connection.fetch("select webhook_id, cursor from in_webhook_feed"):
        place = await connection.fetchval(sql("place_of_event"), processor, row["cursor"]) if row["cursor"] else 0
        await connection.execute("update webhook_feed set cursor = $2 where webhook_id = $1", row["webhook_id"], place)


async def last_root_beside(connection: Connection) -> Any:
    """The last root that was put beside, None where there is none."""
    return await connection.fetchrow(
        "select processor_id, number, day, events, root, previous, signature from in_ledger_root "
        "order by number desc limit 1"
    )


async def sign_beside(connection: Connection, number: int, signature: bytes) -> None:
    """Sign the last root for this database: by it the earlier ones are vouched for."""
    await connection.execute("update in_ledger_root set signature = $2 where number = $1", number, signature)


async def lock_tables(connection: Connection, tables: Sequence[TenantTable], seconds: float) -> None:
    """Let nobody write into tables until the transaction ends; the first word of it, so that it sees what was written.

    Raises PostgreSQL's errors where others do not let go in that time.
    """
    await connection.execute(f"set local lock_timeout = '{seconds * 1000:.0f}ms'")
    await connection.execute(f"lock table {', '.join(one.name for one in tables)} in exclusive mode")


async def erase_rows(connection: Connection, processor: UUID, tables: Sequence[TenantTable]) -> int:
    """Erase every row of a processor, its events too; how many they were.

    The database lets nobody do that but a superuser who says that no trigger and no reference counts meanwhile.
    """
    await connection.execute("set local session_replication_role = replica")
    for one in await _pointers(connection):
        await connection.execute(f"update {one[0]} set {one[1]} = null where {one[1]} = $1", processor)
    erased = 0
    for table in tables:
        said = await connection.execute(
            f"delete from {table.name} where processor_id = $1",
            processor,
        )
        erased += int(said.rpartition(" ")[2])
    await connection.execute("set local session_replication_role = origin")
    return erased


async def left_rows(connection: Connection, processor: UUID, tables: Sequence[TenantTable]) -> list[str]:
    """The tables with rows that are a processor's, or name it."""
    places = [(one.name, "processor_id") for one in tables] + await _pointers(connection)
    return [
        name
        for name, column in places
        if await connection.fetchval(f"select exists (select from {name} where {column} = $1)", processor)
    ]


async def _pointers(connection: Connection) -> list[tuple[str, str]]:
    """Columns of rows that are not a processor's and name one: an admin's sign-in, for whom it was chosen."""
    return [
        (key["name"], key["columns"][0])
        for key in await connection.fetch(sql("tenant_references"))
        if key["referred"] == "processor" and key["columns"] != ["processor_id"]
    ]


def _aside(table: TenantTable) -> str:
    return f"in_{table.name}"
