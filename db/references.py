"""What rows of an archive refer to, while they stand beside the tables: nothing that is another processor's.

Keys of the database name an `id` alone, so they hold too where a row names what somebody else has. Which keys there
are, and which columns have ids, is read from the catalogue: its names alone go into statements.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from db.queries import sql
from db.session import Connection
from db.tenant import TenantTable

_NAMES: Final = {
    "parent_id": "subject",
    "merged_into": "customer",
    "subprocessors": "subprocessor",
    "changes": "change",
    "held": "notice",
}
"""What columns without a key name, where they are not called by the table."""
_SHARED: Final = "terms_version"
"""Of which everybody's rows may be here already, under the same id."""


async def strange_reference(connection: Connection, processor: UUID, known: Mapping[str, TenantTable]) -> str | None:
    """The first of the rows beside that names what is not among them, or what another has here, in words; None
    where there is none, and each subject has its row."""
    keys = await connection.fetch(sql("tenant_references"))
    for key in keys:
        if key["name"] in known and await _is_missing(connection, key, key["referred"] in known):
            return f"{key['name']} names rows of {key['referred']} that are not in it ({', '.join(key['columns'])})"
    ids = [one for one in await connection.fetch(sql("tenant_ids")) if one["name"] in known]
    for one in ids:
        referred = _NAMES.get(one["column"], one["column"].removesuffix("_id"))
        if referred in known and await connection.fetchval(
            f"select exists (select from {_values(one)} where v.id is not null "
            f"and not exists (select from in_{referred} r where r.id = v.id))"
        ):
            return f"{one['name']} names rows of {referred} that are not in it ({one['column']})"
    if (found := await _of_others(connection, processor, ids, known)) is not None:
        return found
    kinds = {key["name"] for key in keys if key["referred"] == "subject" and key["columns"] == ["id"]} | {"processor"}
    for kind in sorted(kinds):
        if await _is_torn(connection, kind):
            return f"{kind} and subject are not of the same things"
    return None


async def _is_missing(connection: Connection, key: Any, travels: bool) -> bool:
    """Whether rows beside name by a key of the database what is not beside them."""
    named = " and ".join(f"x.{one} is not null" for one in key["columns"])
    same = " and ".join(f"r.{theirs} = x.{mine}" for mine, theirs in zip(key["columns"], key["keys"], strict=True))
    there = f"select from in_{key['referred']} r where {same}" if travels else "select where false"
    if key["referred"] == _SHARED:
        there += f" union all select from {_SHARED} r where r.processor_id is null and {same}"
    found: bool = await connection.fetchval(
        f"select exists (select from in_{key['name']} x where {named} and not exists ({there}))"
    )
    return found


async def _is_torn(connection: Connection, kind: str) -> bool:
    """Whether a subject of a kind has no row of it, or a row is of a subject of another kind."""
    found: bool = await connection.fetchval(
        f"select exists (select from (select id from in_subject where kind = $1) s "
        f"full join in_{kind} x using (id) where s.id is null or x.id is null)",
        kind,
    )
    return found


async def _of_others(
    connection: Connection, processor: UUID, ids: Sequence[Any], known: Mapping[str, TenantTable]
) -> str | None:
    """Where an id among the rows beside is that of a row, or of a contact, that another processor has here."""
    wanted = " union ".join(f"select v.id from {_values(one)}" for one in ids)
    await connection.execute(
        f"create temp table in_named on commit drop as {wanted} union select (k.id #>> '{{}}')::uuid "
        "from in_customer x cross join lateral jsonb_path_query(x.contacts, '$[*].id') as k (id)"
    )
    for name, table in known.items():
        if table.key == ("id",) and table.numbered is None and name != _SHARED and await connection.fetchval(
            f"select exists (select from in_named n join {name} t on t.id = n.id where t.processor_id <> $1)", processor
        ):  # fmt: skip
            return f"it names a row of {name} that another processor has here"
    if await connection.fetchval(
        "select exists (select from customer c cross join lateral jsonb_path_query(c.contacts, '$[*].id') as k (id) "
        "join in_named n on n.id::text = k.id #>> '{}' where c.processor_id <> $1)", processor
    ):  # fmt: skip
        return "it names a contact that another processor has here"
    return None


def _values(one: Any) -> str:
    """The ids in a column of rows beside, as `v (id)`."""
    each = f"unnest(x.{one['column']})" if one["listed"] else f"(select x.{one['column']})"
    return f"in_{one['name']} x cross join lateral {each} as v (id)"
