"""Queries and lists: `limit`, `cursor`, filters by field; answered as {"items", "next"}.

A route declares the query parameters that it takes in its `opt`: `query`, by name how each is read, and `required`.
What is not declared is refused, on writes too: nobody's `?dry_run=true` may be passed over.

A list's SQL block takes `$1` processors, `$2` limit, then a value for each column of `order` (null on
the first page), then one for each filter in their order (null where it is absent). Its forms in another order, for
`sort`, are said beside it (`db.sorting`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar, get_args
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sorts
from db.sorting import sorted_names
from service.http.decode import YEARS, bad, check_text
from service.http.named import ByNumber, kinds_of
from workflows.errors import BadInput, Problem
from workflows.intake.external_ids import PREFIX
from workflows.intake.labels import as_kept
from workflows.kinds import WORKFLOWS
from workflows.time import parse_instant

T = TypeVar("T")

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 200
_LONGEST_VALUE: Final = 500
_MOST_PARAMETERS: Final = 50
_NO_NUL: Final = r"^[^\x00]*$"
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Filter(msgspec.Struct, frozen=True):
    """How one query parameter is read, and what the API's document says of it (`schema` is a JSON Schema).

    `read` raises ValueError with what would be right.
    """

    read: Callable[[str], Any]
    schema: Mapping[str, Any]
    words: str = ""

    def __call__(self, value: str) -> Any:
        """The parameter's value. Raises ValueError."""
        return self.read(value)

    def saying(self, words: str) -> "Filter":
        """The same, with words of its own in the document."""
        return replace(self, words=words)


def taken_as(**schema: Any) -> Callable[[Callable[[str], Any]], Filter]:
    """Make a filter of a function that reads a value."""
    return lambda read: Filter(read, schema)


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list."""

    items: list[T]
    next: str | None
    """The cursor of the part after this one; null at the end."""
    unreadable: list[UUID] | msgspec.UnsetType = msgspec.UNSET
    """Ids of this part of which nothing can be shown, as their rows were altered from outside; absent where there are
    none. Tell whoever runs the service."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A list: its SQL block, the columns it is ordered by, and its filters by name.

    `order` gives for each column how its value is read back from a cursor. `turned` are blocks that `sort` names,
    which take the same values as the list's own.
    """

    block: str
    order: Mapping[str, Filter]
    filters: Mapping[str, Filter] = {}
    turned: Mapping[str, str] = {}

    @property
    def query(self) -> dict[str, Filter]:
        """The query parameters that the list takes, as a route declares them."""
        words = {**self.turned, **self.sorted}
        return {**self.filters, **({"sort": one_of(*words)} if words else {}), "limit": limit_of, "cursor": text}

    @property
    def sorted(self) -> dict[str, str]:
        """By what `sort` may be: the block of the form that has that order."""
        return sorted_names(self.block, sorts(self.block))


@taken_as(type="string", maxLength=_LONGEST_VALUE, pattern=_NO_NUL)
def text(value: str) -> str:
    """Take any text, as it is."""
    return value


@taken_as(type="string", maxLength=_LONGEST_VALUE, pattern=_NO_NUL)
def label(value: str) -> str:
    """Take a label as those are kept."""
    return as_kept(value)


@taken_as(type="string", pattern="^[A-Z]{2}$")
def place(value: str) -> str:
    """Take what may be a country's code (ISO 3166-1 alpha-2): whether it is one, says who asks about the place."""
    return value


@taken_as(type="string", format="uuid")
def uuid(value: str) -> UUID:
    """Read an id. Raises ValueError."""
    if not _UUID.fullmatch(value):
        raise ValueError("is not an id")
    return UUID(value)


@taken_as(type="integer", minimum=0, maximum=10**18 - 1)
def whole(value: str) -> int:
    """A whole number of 0 or more."""
    if not value.isascii() or not value.isdecimal() or len(value) > 18:
        raise ValueError("is not a whole number")
    return int(value)


@taken_as(type="boolean")
def boolean(value: str) -> bool:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise ValueError("is true or false")
    return value == "true"


DRY_RUN: Final = {"dry_run": boolean.saying("Whether only to say what would happen; then nothing is written.")}
"""What every write takes."""


def tried_out(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The `opt` of a write that may be asked what it would do; `shape` is how that is told."""
    return {"query": DRY_RUN, "foreseen": shape}


@taken_as(type="string", format="date-time", pattern=YEARS)
def instant(value: str) -> datetime:
    """An RFC 3339 instant."""
    found = parse_instant(value.replace(" ", "+"))  # a + that was not escaped
    if not isinstance(found, datetime):
        raise ValueError("is an instant with its offset, such as 2026-03-02T09:00:00Z")
    return found


@taken_as(type="string", format="date", pattern=YEARS)
def day(value: str) -> date:
    """A day, ISO 8601."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("is a day such as 2026-03-02") from None


def one_of(*allowed: str) -> Filter:
    """One of these words."""

    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"is one of {', '.join(allowed)}")
        return value

    return Filter(read, {"type": "string", "enum": list(allowed)})


def words_of(literal: Any) -> Filter:
    """One of the words of a Literal."""
    return one_of(*get_args(literal))


def state_of(kind: str) -> Filter:
    """One of the states that the table of this kind of subject knows."""
    return one_of(*WORKFLOWS[kind].states)


BY_ID: Final[Mapping[str, Filter]] = {"id": uuid}
SORTED: Final[Mapping[str, Filter]] = {"id": uuid, "sorted_after": text}
"""What a cursor carries where `sort` chose the order."""


def read_query(raw: bytes, known: Mapping[str, Filter], required: Sequence[str] = ()) -> dict[str, Any]:
    """Query parameters by name, each read by its filter; absent ones are absent, and one's own numbers are ByNumber.

    Raises BadInput that names every parameter which is unknown, missing, given twice or cannot be read.
    """
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        bad("", "is a query of too many parameters")
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in pairs:
        if name not in known:
            problems.append(Problem(name[:200], _unknown(known)))
            continue
        if name in found:
            problems.append(Problem(name, "is given twice"))
            continue
        try:
            check_text(value, name, _LONGEST_VALUE)
            numbered = value.startswith(PREFIX) and known[name].schema.get("format") == "uuid" and kinds_of(name)
            found[name] = ByNumber(value) if numbered else known[name](value)
        except BadInput as error:
            problems.append(Problem(name, error.problems[0].message if error.problems else error.detail))
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    given = {name for name, _ in pairs}
    problems += [Problem(name, "is required") for name in required if name not in given]
    if problems:
        said = "; ".join(f"{one.path} {one.message}" for one in problems)
        raise BadInput(f"The query cannot be used: {said}.", tuple(problems))
    return found


def _unknown(known: Mapping[str, Filter]) -> str:
    return f"is not known here; known: {', '.join(sorted(known))}" if known else "is not known here: none is taken"


@taken_as(type="integer", minimum=1, maximum=LARGEST_LIMIT, default=DEFAULT_LIMIT)
def limit_of(value: str) -> int:
    """How many items a part of a list may have."""
    found: int = whole(value) if value.isascii() and value.isdecimal() else 0
    if not 1 <= found <= LARGEST_LIMIT:
        raise ValueError(f"is a number from 1 to {LARGEST_LIMIT}")
    return found


def after_of(order: Mapping[str, Filter], said: list[Any]) -> list[Any]:
    """The values that a cursor carries, as these columns have them. Raises BadInput where they do not fit."""
    if len(said) != len(order):
        bad("cursor", "is not one of this list")
    try:
        return [read(str(value)) for read, value in zip(order.values(), said, strict=True)]
    except ValueError:
        bad("cursor", "is not one of this list")
