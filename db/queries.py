"""The named SQL blocks of `db/sql`, each a statement with a line of why.

A block starts with `-- name: block_name` and runs to the next one.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

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
    return found


def sql(name: str) -> str:
    """The statement of that name. Raises KeyError for an unknown one."""
    return blocks()[name]
