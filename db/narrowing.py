"""The forms of a list in which few rows are looked through: those that a filter lets through, found by its own index.

Left to walk in its order, a list reads all that a filter throws away before it finds the few that it is asked for. A
block whose comment has a line

    -- among FILTER: SELECT
    -- among FILTER in order: SELECT
    -- among FILTER by KEY: SELECT
    -- among FILTER by KEY down: SELECT

has a block `BLOCK_with_FILTER` that gives the ids which the filter lets through, and, in each order that the list
knows, a form `..._among` that looks through given ids alone and takes them as its last value. SELECT gives a column
`id`. It may use $1 processors, $2 the filter's value, $3 how many are wanted at most. `in order` says that it gives of
each processor the first ones in the list's own order, after what the cursor says ($4, and $5 where that has two parts):
one part of them is enough for one part of the list. `by KEY` says the same of an order of `db.sorting`, with the id in
$4 and the text of its column in $5; its block is called by the name of that order's form.

Every row is looked up by its id in a select of its own (`offset 0`): there is no other plan, whatever was known of the
tables when it was made.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

AMONG: Final = re.compile(r"^-- among (\w+)(?: (in order|by \w+(?: down)?))?: (.+)$\n", re.MULTILINE)
_BY: Final = "by "
_LIST: Final = re.compile(
    r"(?P<head>cross join lateral \(\n    select (?:[^\n]*?x\.\*(?= from)|.+?\n   )) "
    r"from (?P<table>\w+) (?P<own>\w)\b(?P<joins>.*?)"
    r"\n    where (?P<where>.+?)\n    order by (?P<order>.+?) limit \$2\) x\n",
    re.DOTALL,
)
_TENANTS: Final = "from unnest($1::uuid[]) as tenant (id)"
_JOIN: Final = re.compile(r"(left )?join (\w+) (\w+) on (.+?)(?=\n|$| (?:left )?join )")


def with_name(block: str, filter: str) -> str:
    """The block that finds what a filter of a list lets through."""
    return f"{block}_with_{filter}"


def among_name(block: str) -> str:
    """The form of a list, or of one of its orders, that looks through given ids."""
    return f"{block}_among"


def narrowing(text: str) -> Mapping[str, bool]:
    """By which filters few rows are found, and whether those come in the order of their ids."""
    return {name: bool(order) for name, order, _ in AMONG.findall(text) if not order.startswith(_BY)}


def narrowing_in_order(name: str, text: str) -> Iterator[tuple[str, str]]:
    """By which filters rows are found in an order other than the list's own: the form of that order, and the filter."""
    for filter, order, _ in AMONG.findall(text):
        if order.startswith(_BY):
            yield _form(name, order), filter


def finders(name: str, text: str) -> Iterator[tuple[str, str]]:
    """The blocks that find what each filter lets through, by name."""
    for filter, order, select in AMONG.findall(text):
        yield (
            with_name(_form(name, order), filter),
            (
                f"select coalesce(array_agg(f.id), '{{}}') from ({select}) f\nwhere $1::uuid[] is not null"
                if order
                else f"select coalesce(array_agg(f.id), '{{}}') from (select f.id from ({select}) f\n"
                f"    where $1::uuid[] is not null limit $3) f"
            ),
        )


def _form(name: str, order: str) -> str:
    return "_".join((name, *order.split())) if order.startswith(_BY) else name


def among_form(name: str, text: str) -> str:
    """A list, in one of its orders, of given ids. Raises ValueError where the block is not of a list's shape."""
    shape = _LIST.search(text)
    if shape is None or _TENANTS not in text:
        _odd(name)
    table, own, where = shape["table"], shape["own"], shape["where"]
    joins = _JOIN.sub(_looked_up, shape["joins"])
    # All processors together: their rows are few.
    order = f"order by {re.sub(r'^[a-z].processor_id(?: desc)?, ', '', shape['order'])} limit $2"
    last = max(int(number) for number in re.findall(r"\$(\d+)", text)) + 1
    given = f"(select distinct id from unnest(${last}::{_type(table)}[]) as f (id)) as found"
    rows = f"from {given}\n    {_row(table, own, 'found')}{joins}\n    where {where}"
    if table.endswith("_shown"):
        # What is shown of a row costs more than what it is chosen by: it is worked out for the rows that are left.
        rows = f"from (select {own}.id {rows}\n    {order}) cut\n    {_row(table, own, 'cut')}{joins}"
    made = f"{text[: shape.start()]}{shape['head'].rstrip()}\n    {rows}\n    {order}) x\n{text[shape.end() :]}"
    return made.replace(_TENANTS, "from (select $1::uuid[] as ids) tenant").replace("array[tenant.id]", "tenant.ids")


def _row(table: str, alias: str, of: str) -> str:
    return f"cross join lateral (select * from {table} where id = {of}.id offset 0) {alias}"


def _looked_up(join: re.Match[str]) -> str:
    left, table, alias, condition = join.groups()
    row = f"(select {alias}.* from {table} {alias} where {condition} offset 0) {alias}"
    return f"left join lateral {row} on true" if left else f"cross join lateral {row}"


def _type(table: str) -> str:
    return "bigint" if table == "event" else "uuid"


def _odd(name: str) -> NoReturn:
    raise ValueError(f"{name}: only a list of the common shape can look through given ids")
