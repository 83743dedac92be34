"""Which column of a file is which of ours: our own names in each language, or a mapping file's. Pure."""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from service.importing.findings import WrongCell, failure
from service.importing.sheet import Record
from workflows.names import name_key
from workflows.terms.names import did_you_mean

FACT: Final = "fact:"
CONTACT_PARTS: Final = ("name", "email", "phone", "roles")

_OTHER: Final = re.compile(r"[\W_]+")
_WHO: Final = "|".join(
    ("contact_?persoon", "contact_?person", "personne_de_contact", "interlocuteur", "kontakt_?person",
     "ansprech_?partner", "kontakt", "contact")
)  # fmt: skip
_CONTACT: Final = re.compile(rf"(?:(?:{_WHO})s?)?_?([0-9]{{0,2}})_?(.*?)_?([0-9]{{0,2}})")
_PERSON: Final = re.compile(rf"(?:{_WHO})_?([0-9]{{0,2}})")
_FACT: Final = re.compile(r"""(?:facts?|feit(?:en)?|angaben?|faits?)\s*[:.\[]\s*['"]?(.+?)['"]?\s*\]?""", re.IGNORECASE)
_DOTTED: Final = re.compile(r"[a-z_]+(?:\.[a-z_]+)+", re.IGNORECASE)


class KnownHeading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    columns: dict[str, tuple[str, ...]]
    contact: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, tuple[str, ...]]]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping file: for headings and words that are not ours.

    `columns` names our column for a heading, `values` our word for a cell of one of our columns, `defaults`
    what holds for every row whose cell is empty, `ignore` the headings to leave out, `dates` how days are
    written where they are not ISO 8601.
    """

    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    defaults: dict[str, str] = {}
    ignore: tuple[str, ...] = ()
    dates: Literal["Y-M-D", "D-M-Y", "M-D-Y"] = "Y-M-D"


class Columns(msgspec.Struct, frozen=True):
    """Our column for each of the file's, None for one that is left out; `headings` the other way round."""

    fields: tuple[str | None, ...]
    headings: dict[str, str]

    @property
    def contacts(self) -> tuple[str, ...]:
        """The prefixes of the contacts that have columns: `contact_1_`, `contact_2_`, …"""
        found = {field.rpartition("_")[0] + "_" for field in self.headings if is_contact(field)}
        return tuple(sorted(found, key=lambda one: int(one.split("_")[1])))


@cache
def known() -> KnownHeading:
    """The names that come with the program."""
    text = files("service.importing").joinpath("headings.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), KnownHeading)


@cache
def _by_alias() -> dict[str, str]:
    return {alias: field for field, aliases in known().columns.items() for alias in aliases}


@lru_cache(4096)
def plain(text: str) -> str:
    """A heading or a word as it is compared: small letters and digits, anything else a single `_`."""
    return _OTHER.sub("_", name_key(text)).strip("_")


def field_of(heading: str) -> str | None:
    """Our column that goes by this name, or None; `fact:NAME` and `contact_2_email` are such columns too."""
    name = plain(heading)
    if name in _by_alias():
        return _by_alias()[name]
    if found := _PERSON.fullmatch(name):
        return f"contact_{found[1] or 1}_name"
    if found := _CONTACT.fullmatch(name):
        number = found[1] or found[3] or "1"
        for part, aliases in known().contact.items():
            if found[2] in aliases and not (found[1] and found[3]):
                return f"contact_{int(number)}_{part}"
    if found := _FACT.fullmatch(heading.strip()):
        return FACT + found[1].casefold()
    return FACT + heading.strip().casefold() if _DOTTED.fullmatch(heading.strip()) else None


def is_contact(field: str) -> bool:
    """Whether this is a column of a contact."""
    return field.startswith("contact_")


def is_known(heading: str) -> bool:
    """Whether a heading can be used without a mapping file."""
    return field_of(heading) is not None


def columns_of(heading: Record, mapping: Mapping, ignore: tuple[str, ...], empty: frozenset[int]) -> Columns:
    """Our column for each of the file's. `ignore` are headings to leave out, `empty` columns without any cell.

    Raises BadInput for a heading that is unknown or stands there twice, and where a needed one is missing.
    """
    left_out = {*mapping.ignore, *map(plain, ignore)}
    fields: list[str | None] = []
    headings: dict[str, str] = {}
    wrong: list[WrongCell] = []
    for index, cell in enumerate(heading.cells):
        text = " ".join(cell.split())
        field = mapping.columns.get(plain(text)) or field_of(text)
        if plain(text) in left_out or (not text and index in empty):
            field = None
        elif field is None:
            words = (
                f"is no column that can be loaded.{close_to(text)} Rename it, name ours in a mapping file (`mapping`), "
                "or leave it out (`ignore`)"
            )
            wrong.append(WrongCell(heading.line, text or f"number {index + 1}", words))
        elif field in headings:
            wrong.append(WrongCell(heading.line, text, f"is the same as {headings[field]!r}: leave one of the two out"))
        else:
            headings[field] = text
        fields.append(field)
    if "customer" not in headings:
        wrong.append(WrongCell(heading.line, "customer", "is missing: a column with the customer's name"))
    for field in ("country", "language"):
        if field not in headings and field not in mapping.defaults:
            words = "is missing: add the column, or name one for all in a mapping file ([defaults])"
            wrong.append(WrongCell(heading.line, field, words))
    if wrong:
        raise failure(wrong)
    return Columns(tuple(fields), headings)


def close_to(text: str) -> str:
    """A question after the column that may have been meant; empty where none is near."""
    contacts = [f"contact_{part}" for part in CONTACT_PARTS]
    return did_you_mean(plain(text), [*_by_alias(), *contacts])
