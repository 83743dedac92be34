"""The named SQL blocks of `db/sql`, each a statement with a line of why.

A block starts with `-- name: block_name` and runs to the next one. A list that says by what else it may be ordered
stands there in those forms too (`db.sorting`).
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from db.sorting import sort_keys, sorted_forms

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
    return found | {form: made for name, text in found.items() for form, made in sorted_forms(name, text)}


def sql(name: str) -> str:
    """The statement of that name. Raises KeyError for an unknown one."""
    return blocks()[name]


def sorts(name: str) -> tuple[str, ...]:
    """What a list may be ordered by, besides the order that its block has."""
    return sort_keys(blocks()[name])
