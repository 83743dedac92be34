"""The days that decrees under the Dutch Algemene termijnenwet put on the same footing as a holiday."""

from datetime import date
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

import msgspec


class Decree(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One decree under art. 3(3) Algemene termijnenwet: the years it is about and its days."""

    title: str
    source: str
    first_year: int
    last_year: int
    days: tuple[date, ...]


class Decrees(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The maintained list of decrees, oldest first and without a gap between their years."""

    edition: str
    decree: tuple[Decree, ...]


@lru_cache(maxsize=1)
def decrees() -> Decrees:
    """Give the packaged `decreed_days.toml`; ValueError where it contradicts itself."""
    data = files("workflows.time").joinpath("decreed_days.toml").read_bytes()
    listed = msgspec.toml.decode(data, type=Decrees)
    for decree in listed.decree:
        if any(not decree.first_year <= day.year <= decree.last_year for day in decree.days):
            raise ValueError(f"decreed_days.toml: {decree.title} has a day outside its years")
    if any(later.first_year != earlier.last_year + 1 for earlier, later in pairwise(listed.decree)):
        raise ValueError("decreed_days.toml: the decrees' years must follow each other without a gap")
    return listed
