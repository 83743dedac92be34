"""What the law that the parties chose for their contract says of a penalty. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

from workflows.terms.model import Terms


class GoverningLaw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By which names a file chooses it, and what it says beside a penalty that does or does not replace damages."""

    names: tuple[str, ...]
    penalty: dict[Literal["reserved", "replaced"], str]


@lru_cache(maxsize=1)
def _all() -> Mapping[str, GoverningLaw]:
    data = files("workflows.terms").joinpath("governing_laws.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, GoverningLaw])


def penalty_words(terms: Terms, damages: Literal["reserved", "replaced"]) -> str:
    """What is to be known of a penalty by the law chosen; empty where none is, or it is not known here."""
    chosen = terms.governing_law.casefold()
    found = next((one for one in _all().values() if chosen.startswith(tuple(map(str.casefold, one.names)))), None)
    return found.penalty[damages] if found is not None else ""
