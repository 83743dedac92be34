"""What code says to programs by their paths and ids, and how it is said to people."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def plain() -> Mapping[str, str]:
    """People's English, which is the catalogue's, by what code says; blanks as there."""
    found = tomllib.loads(files("service.answers").joinpath("plain.toml").read_text("utf-8"))
    return {one["says"]: one["people"] for one in found["sentence"]}
