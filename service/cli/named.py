"""Terms by their id or from a file, for commands that need no database."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import click
import msgspec

from workflows.errors import BadInput, TermijnError
from workflows.terms.load import LARGEST, library, parse_toml
from workflows.terms.model import Terms
from workflows.terms.names import did_you_mean

_ENCODER: Final = msgspec.json.Encoder()


class WrongTerms(click.ClickException):
    """Wrong use or bad input: one line on stderr, exit status 2."""

    exit_code = 2


def terms_named(name: str) -> Terms:
    """Give terms by their id in the library, or from a `.toml` file.

    Raises BadInput where there are none of that name, or the file is wrong.
    """
    found = library().get(name)
    if found is not None:
        return found
    if name.endswith(".toml"):
        return _from_file(name)
    known = library()
    raise BadInput(
        f"There are no terms {name[:60]!r}.{did_you_mean(name, known)} "
        f"Known: {', '.join(known)}, or the path of a .toml file."
    )


@lru_cache(maxsize=16)
def _from_file(name: str) -> Terms:
    return parse_toml(read_file(name), name)


def named(name: str) -> Terms:
    """The same; WrongTerms where there are none of that name, or the file is wrong."""
    try:
        return terms_named(name)
    except TermijnError as error:
        raise WrongTerms(error.detail) from None


def read_file(name: str) -> bytes:
    """The bytes of a file, but for what no terms file would have. Raises BadInput where it cannot be read."""
    try:
        with Path(name).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with NUL
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(f"{name} cannot be read: {why}.") from None


def print_json(answer: object) -> None:
    """One JSON line."""
    click.echo(_ENCODER.encode(answer).decode())
