"""Reading terms files: from TOML, from JSON, and the library that comes with the program."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from workflows.errors import BadInput, Problem
from workflows.terms.check import sense_problems
from workflows.terms.mending import sense_behind
from workflows.terms.model import Terms
from workflows.terms.own import spread
from workflows.terms.shape import MOST_PROBLEMS, TOO_MANY, problems_of
from workflows.terms.syntax import decoded, json_document, toml_document

LARGEST: Final = 256 * 1024
"""Bytes of a terms file; the largest in the library has about a tenth of that."""


def parse_toml(text: str | bytes, source: str) -> Terms:
    """Read a terms file; `source` names it in messages.

    Raises BadInput with every problem found, each `source: key` with what would be right, or the line and column
    where it is no TOML at all.
    """
    return parse_document(_read(text, source, toml_document), source)


def parse_json(text: str | bytes, source: str) -> Terms:
    """Read the rules as JSON. Raises BadInput as `parse_toml` does."""
    return parse_document(_read(text, source, json_document), source)


def parse_file(text: bytes, name: str) -> Terms:
    """Read a terms file by what its name ends in: `.json`, or else TOML. Raises BadInput as `parse_toml` does."""
    return parse_json(text, name) if name.lower().endswith(".json") else parse_toml(text, name)


def _read(text: str | bytes, source: str, reader: Callable[[str], object]) -> object:
    if len(text) > LARGEST:
        raise _bad(source, [Problem("", f"is too large: a terms file has at most {LARGEST} bytes")])
    try:
        return reader(decoded(text) if isinstance(text, bytes) else text.removeprefix("\ufeff"))
    except BadInput as error:
        raise _bad(source, list(error.problems)) from None


def parse_document(document: object, source: str) -> Terms:
    """Read the rules as data (what `to_document` gives, or TOML after parsing).

    Raises BadInput with every problem found, as `parse_toml` does.
    """
    document = spread(document)
    problems = problems_of(document, Terms)
    if problems:
        # Where there are that many, more of them would only be in the way.
        few = len(problems) < MOST_PROBLEMS and not any(one.message.endswith(TOO_MANY) for one in problems)
        behind = sense_behind(document) if few else []
        raise _bad(source, [*problems, *behind])
    try:
        terms = msgspec.convert(document, Terms)
    except msgspec.ValidationError as error:  # what the check of the shape does not know
        raise _bad(source, [Problem("", str(error))]) from None
    problems = sense_problems(terms)
    if problems:
        raise _bad(source, problems)
    return terms


@lru_cache(maxsize=512)
def stored_terms(document: str) -> Terms:
    """Terms as the database keeps them, JSON; versions of the same words are read once a process.

    They were checked when they came in. What is checked since then must not shut out an agreement that lives by them.
    """
    return msgspec.convert(spread(msgspec.json.decode(document)), Terms)


def to_document(terms: Terms) -> dict[str, Any]:
    """Give the rules as data for JSON; defaults left out. `parse_document` reads it back the same."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(terms))
    return document


@lru_cache(maxsize=512)
def stored_digest(document: str) -> bytes:
    """The digest of terms as the database keeps them, JSON."""
    return document_digest(msgspec.json.decode(document))


def document_digest(document: object) -> bytes:
    """SHA-256 of a document, whatever order its fields are stored in: what a version is known by."""
    return hashlib.sha256(msgspec.json.encode(document, order="deterministic")).digest()


@lru_cache(maxsize=1)
def library() -> dict[str, Terms]:
    """Give the terms that come with the program, by id; the mapping is shared, so leave it as it is."""
    found = {}
    for entry in sorted(files("workflows.terms.library").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            terms = parse_toml(entry.read_bytes(), entry.name)
            if entry.name != f"{terms.id}.toml":
                raise _bad(entry.name, [Problem("id", f"is {terms.id!r}: name the file {terms.id}.toml")])
            found[terms.id] = terms
    return found


def _bad(source: str, problems: list[Problem]) -> BadInput:
    named = tuple(Problem(f"{source}: {one.path}" if one.path else source, one.message) for one in problems)
    first = f"{named[0].path}: {named[0].message}"
    more = "" if len(named) == 1 else f" (and {len(named) - 1} more)"
    return BadInput(f"{first}{more}", named)
