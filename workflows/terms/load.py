"""Reading terms files: from TOML, from JSON, and the library that comes with the program."""

import hashlib
import re
import tomllib
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

LARGEST: Final = 256 * 1024
"""Bytes of a terms file; the largest in the library has about a tenth of that."""
DEEPEST: Final = 16
"""Names in one dotted key; a terms file has at most four. The parser takes the square of them, in time and memory."""
_PIECES: Final = re.compile(
    r'''
    (?P<passed> """ (?:[^\\]|\\.)*? (?:"{3,5}|\Z) | \'{3} .*? (?:\'{3,5}|\Z) | \# [^\n]*+ )
    | (?P<name> " (?:[^"\\\n]|\\.)*+ "? | ' [^'\n]*+ '? | [A-Za-z0-9_-]++ )
    | (?P<dot> \. )
    | (?P<space> [ \t]++ )
    | (?P<other> . )
    ''',
    re.VERBOSE | re.DOTALL,
)
"""The whole of a file, piece by piece, each looked at once."""


def parse_toml(text: str | bytes, source: str) -> Terms:
    """Read a terms file; `source` names it in messages.

    Raises BadInput with every problem found, each `source: key` with what would be right, or the line
    where it is no TOML at all.
    """
    if len(text) > LARGEST:
        raise _bad(source, [Problem("", f"has {len(text)} bytes: a terms file has at most {LARGEST}")])
    plain = _decoded(text, source) if isinstance(text, bytes) else text
    _refuse_deep_keys(plain, source)
    try:
        document = tomllib.loads(plain.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise _bad(source, [_syntax(str(error), plain)]) from None
    except RecursionError:
        raise _bad(source, [Problem("", "is nested too deeply: nothing in a terms file is")]) from None
    except ValueError:  # a number with thousands of digits
        raise _bad(source, [Problem("", "holds a number that is too long: a terms file has none")]) from None
    return parse_document(document, source)


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
@lru_cache(maxsize=64)
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


def _refuse_deep_keys(text: str, source: str) -> None:
    dots = 0
    for piece in _PIECES.finditer(text):
        match piece.lastgroup:
            case "dot":
                dots += 1
                if dots >= DEEPEST:
                    line = text.count("\n", 0, piece.start()) + 1
                    raise _bad(source, [Problem(f"line {line}", "has a key that is nested too deeply")])
            case "name" | "space":
                pass
            case _:
                dots = 0


def _decoded(raw: bytes, source: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _bad(source, [Problem(f"line {line}", "is not UTF-8: save the file as UTF-8")]) from None


def _syntax(message: str, text: str) -> Problem:
    """Tell the line of a TOML error, which the parser gives only inside its sentence."""
    what, _, place = message.rpartition(" (at ")
    if place.startswith("line "):
        number = place.removeprefix("line ").split(",")[0]
        return Problem(f"line {number}", f"is not TOML: {what[:1].lower()}{what[1:]}")
    return Problem(f"line {text.count(chr(10)) + 1}", f"is not TOML: {message[:200]}")


def _bad(source: str, problems: list[Problem]) -> BadInput:
    named = tuple(Problem(f"{source}: {one.path}" if one.path else source, one.message) for one in problems)
    first = f"{named[0].path}: {named[0].message}"
    more = "" if len(named) == 1 else f" (and {len(named) - 1} more)"
    return BadInput(f"{first}{more}", named)
