"""Terms by their id or from a file, for commands that need no database."""

import errno
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import click
import msgspec

from service.cli.words import refusal
from workflows.errors import BadInput, TermijnError
from workflows.terms.load import LARGEST, library, parse_file
from workflows.terms.model import Terms
from workflows.terms.names import did_you_mean
from workflows.words import Language

_ENCODER: Final = msgspec.json.Encoder()
_WHY: Final[Mapping[int | None, str]] = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.EISDIR: "it is a folder",
    errno.EACCES: "you may not read it",
}
"""Why a file cannot be opened, where the system's own words are in one language."""


class WrongTerms(click.ClickException):
    """Wrong use or bad input: one line on stderr, exit status 2."""

    exit_code = 2


def terms_named(name: str) -> Terms:
    """Give terms by their id in the library, or from a `.toml` or `.json` file.

    Raises BadInput where there are none of that name, or the file is wrong.
    """
    found = library().get(name)
    if found is not None:
        return found
    if name.lower().endswith((".toml", ".json")):
        return _from_file(name)
    known = library()
    raise BadInput(
        f"There are no terms {name[:60]!r}.{did_you_mean(name, known)} "
        f"Known: {', '.join(known)}, or the path of a .toml or .json file."
    )


@lru_cache(maxsize=16)
def _from_file(name: str) -> Terms:
    return parse_file(read_file(name), name)


def named(name: str, lang: Language) -> Terms:
    """The same; WrongTerms where there are none of that name, or the file is wrong."""
    try:
        return terms_named(name)
    except TermijnError as error:
        raise WrongTerms(refusal(error, lang)) from None


def read_file(name: str) -> bytes:
    """The bytes of a file, but for what no terms file would have. Raises BadInput where it cannot be read."""
    try:
        with Path(name).open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        why = _WHY.get(error.errno) or error.strerror or "the system does not say why"
    except ValueError:  # a name with NUL
        why = "there is no such file"
    shown = name.replace("\0", "\\0")
    raise BadInput(f"{shown} cannot be read: {why}.")


def print_json(answer: object) -> None:
    """One JSON line."""
    click.echo(_ENCODER.encode(answer).decode())
