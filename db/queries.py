"""The named SQL blocks of `db/sql`, each a statement with a line of why.

A block starts with `-- name: block_name` and runs to the next one. A list that says by what else it may be ordered, or
by which filters few rows are found, stands there in those forms too (`db.sorting`, `db.narrowing`). What puts a row
down whether or not it is there (`put_KIND`), and does no more, is there as `new_KIND` too, for rows that are not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from db.narrowing import AMONG, among_form, among_name, finders, narrowing, narrowing_in_order
from db.sorting import SORT, sort_keys, sorted_forms

PUT = "put_"
NEW = "new_"
_AGAIN = "\non conflict"
_RETURNING = "\nreturning"
NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


@cache
def blocks() -> Mapping[str, str]:
    """Every block by its name.

    Raises ValueError where two blocks share a name.
    """
    found: dict[str, str] = {}
    for file in sorted(files("db").joinpath("sql").iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".sql"):
            continue
        parts = NAME.split(file.read_text("utf-8"))
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name in found:
                raise ValueError(f"{file.name}: the block {name!r} is written twice")
            found[name] = text.strip()
    return found | {form: made for name, text in found.items() for form, made in _forms(name, text)}


def _forms(name: str, text: str) -> Iterator[tuple[str, str]]:
    """What a block is there as besides itself."""
    if name.startswith(PUT) and _RETURNING not in text:
        yield NEW + name.removeprefix(PUT), text.partition(_AGAIN)[0]
    plain = AMONG.sub("", text)
    ordered = dict(sorted_forms(name, plain))
    yield from ordered.items()
    if narrowing(text):
        yield from finders(name, text)
        for form, made in {name: SORT.sub("", plain), **ordered}.items():
            yield among_name(form), among_form(form, made)


def sql(name: str) -> str:
    """The statement of that name. Raises KeyError for an unknown one."""
    return blocks()[name]


def new_form(name: str) -> str:
    """What a block that puts rows down is called for rows that are known to be new; itself where it is there alone."""
    made = NEW + name.removeprefix(PUT)
    return made if made in blocks() else name


def sorts(name: str) -> tuple[str, ...]:
    """What a list may be ordered by, besides the order that its block has."""
    return sort_keys(blocks()[name])


def narrowed(name: str) -> Mapping[str, bool]:
    """By which filters of a list few rows are found, and whether in the order of their ids."""
    return narrowing(blocks()[name])


def narrowed_in_order(name: str) -> Sequence[tuple[str, str]]:
    """The forms of a list in another order, each with a filter by which rows are found in that order."""
    return tuple(narrowing_in_order(name, blocks()[name]))
