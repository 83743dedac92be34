"""Lists whose filter lets few rows through: those are found first, by the filter's own index, and looked through.

A list is read in its order until a page is full. With a filter that few rows pass it would read nearly everything, so
what a filter lets through is looked for first (`db.narrowing`). Where that is much, a page is soon full in the list's
own order.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from db.narrowing import among_name, with_name
from db.queries import narrowed, narrowed_in_order, sql
from db.session import Connection

FEW: Final = 1_000
"""Rows that are looked through at most."""


async def few_rows(
    connection: Connection,
    listed: str,
    form: str,
    filters: Mapping[str, Any],
    values: Sequence[Any],
    after: Sequence[Any] = (),
    sorted_after: Sequence[Any] = (),
) -> Sequence[Any] | None:
    """The rows of a part of a list, where one of its filters lets few through; None where it is to be walked.

    `listed` is the list's block and `form` the one of the order asked for, which takes `values`: the processors, how
    many rows, and the others. `after` is what the cursor says in the list's own order.
    """
    rows: Sequence[Any]
    processors, limit = values[0], values[1]
    given = [name for name, value in filters.items() if value is not None]
    for name, in_order in narrowed(listed).items():
        if name not in given:
            continue
        own = in_order and form == listed
        alone = own and given == [name]
        wanted = limit if alone else FEW + 1
        begin = [] if not in_order else after if own else [None] * len(after)
        ids = await connection.fetchval(sql(with_name(listed, name)), processors, filters[name], wanted, *begin)
        whole = len(ids) < wanted
        if not whole and not (own and (alone or len(processors) == 1)):
            continue
        rows = await connection.fetch(sql(among_name(form)), *values, ids)
        if whole or len(rows) == limit:
            return rows
    # What many rows pass may stand at the end of another order: there an index alone is walked.
    for name in given if len(given) == 1 else ():
        if (form, name) in narrowed_in_order(listed):
            finder = sql(with_name(form, name))
            ids = await connection.fetchval(finder, processors, filters[name], limit, *sorted_after)
            rows = await connection.fetch(sql(among_name(form)), *values, ids)
            return rows
    return None
