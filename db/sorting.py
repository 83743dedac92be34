"""The forms of a list in another order, made of its block once, when the blocks are read.

A block whose comment has a line

    -- by KEY TYPE: COLUMN, ID
    -- by KEY TYPE: COLUMN, ID join TABLE ALIAS on CONDITION

is there again as `BLOCK_by_KEY` and `BLOCK_by_KEY_down`. COLUMN is what it is ordered by and never null, and ID what
decides between equals; both are columns of an index that begins with the processor, so that a part of the list reads
no more than itself. Such a form takes one value more, the last: the text of COLUMN that the cursor carries
(`sorted_after` of the last row), beside `$3`, its id; both null on the first page.
"""

import re
from collections.abc import Iterator
from typing import Final, NoReturn

import msgspec

SORT: Final = re.compile(r"^-- by (\w+) (\w+): (.+), (\w+)\.id(?: join (\w+ (\w+) on .+))?$", re.MULTILINE)
_FIRST_ID: Final = "'00000000-0000-0000-0000-000000000000'"
_LAST_ID: Final = "'ffffffff-ffff-ffff-ffff-ffffffffffff'"
_ENDS: Final = {
    "text": ("''", "repeat(chr(1114111), 1000)"),
    "timestamptz": ("'-infinity'::timestamptz", "'infinity'::timestamptz"),
    "date": ("'-infinity'::date", "'infinity'::date"),
}
"""By type: what is before and what is after all values."""


class _Sort(msgspec.Struct, frozen=True):
    key: str
    type: str
    column: str
    ids: str
    join: str | None
    joined: str | None


def sorted_names(block: str, keys: tuple[str, ...]) -> dict[str, str]:
    """By what `sort` says: the block that answers so."""
    return {f"{sign}{key}": f"{block}_by_{key}{'_down' * bool(sign)}" for key in keys for sign in ("", "-")}


def sort_keys(text: str) -> tuple[str, ...]:
    """What a block may be ordered by."""
    return tuple(match[0] for match in SORT.findall(text))


def sorted_forms(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Each form of a list's block by its name. Raises ValueError where the block is not of a list's shape."""
    for match in SORT.finditer(text):
        sort = _Sort(*match.groups())
        for said, form in sorted_names(name, (sort.key,)).items():
            yield form, _form(name, SORT.sub("", text), sort, down=said.startswith("-"))


def _form(name: str, text: str, sort: _Sort, *, down: bool) -> str:
    row = re.search(r"\n    where (\w+)\.processor_id = any \(array\[tenant\.id\]\)\n", text)
    if row is None or sort.type not in _ENDS:
        _odd(name)
    own = row[1]
    driver = sort.joined or own
    more = max(int(number) for number in re.findall(r"\$(\d+)", text)) + 1
    first, last = _ENDS[sort.type]
    way, sign, end, ending = (" desc", "<", last, _LAST_ID) if down else ("", ">", first, _FIRST_ID)
    # A select of its own keeps the value from the planner: told that nothing has an end, it would expect no row before
    # `infinity`, and read all.
    after = f"(select coalesce(${more}::text::{sort.type}, {end}))"
    goes_on = f"({sort.column}, {sort.ids}.id) {sign} ({after}, coalesce($3::uuid, {ending}))"
    if sort.ids != driver:  # the index has no such id: it is told where to begin as well
        goes_on = f"{sort.column} {sign}= {after} and {goes_on}"
    join = f"\n    join {sort.join}" if sort.join else ""
    return _replaced(name, text, {
        "\nselect x.*": "\nselect x.*, x.sort_by::text as sorted_after",
        "cross join lateral (\n    select ": f"cross join lateral (\n    select {sort.column} as sort_by, ",
        row[0]: f"{join}\n    where {driver}.processor_id = any (array[tenant.id])\n",
        f"and {own}.id > coalesce($3::uuid, {_FIRST_ID})": f"and {goes_on}",
        f"order by {own}.processor_id, {own}.id limit $2) x":
            f"order by {driver}.processor_id{way}, {sort.column}{way}, {sort.ids}.id{way} limit $2) x",
        "\norder by x.id limit $2": f"\norder by x.sort_by{way}, x.id{way} limit $2",
    })  # fmt: skip


def _replaced(name: str, text: str, by: dict[str, str]) -> str:
    for old, new in by.items():
        if text.count(old) != 1:
            _odd(name)
        text = text.replace(old, new)
    return text


def _odd(name: str) -> NoReturn:
    raise ValueError(f"{name}: only a list of the common shape can be ordered otherwise")
