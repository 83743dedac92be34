"""One PO file, read through Babel and kept ready beside it."""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from babel.messages.catalog import Message

DEFAULT_PLURAL: Final = "(n != 1)"
"""English's, and many a language's."""
_FORM: Final = b"1"
"""Of what is kept; another one when this module reads otherwise."""


class SaidSentence(msgspec.Struct, frozen=True, array_like=True):
    """A sentence: the English it was `asked` in, one or with its plural, and its forms as `said`."""

    asked: tuple[str, ...]
    said: tuple[str, ...]


class Contents(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was read: `messages` by key, and why others cannot be used as `problems`."""

    digest: bytes
    plural: str
    messages: dict[str, SaidSentence]
    problems: dict[str, str]


_DECODER: Final = msgspec.msgpack.Decoder(Contents)


def read(file: Traversable) -> Contents:
    """A template (`.pot`) says its English; of another file a sentence that cannot be used is left out and named."""
    raw = file.read_bytes()
    digest = hashlib.blake2b(raw, digest_size=16, key=_FORM).digest()
    beside = file.parent / "__pycache__" / f"{file.name}.kept" if isinstance(file, Path) else None
    if beside is not None:
        with suppress(OSError, msgspec.DecodeError):
            kept = _DECODER.decode(beside.read_bytes())
            if kept.digest == digest:
                return kept
    kept = _parsed(raw, digest, template=file.name.endswith(".pot"))
    if beside is not None and not sys.dont_write_bytecode:
        _keep(beside, kept)
    return kept


def _keep(beside: Path, kept: Contents) -> None:
    """Whole or not at all: other processes start at the same time. Where nothing can be written, nothing is kept."""
    own = beside.with_name(f"{beside.name}.{os.getpid()}")
    with suppress(OSError):
        beside.parent.mkdir(exist_ok=True)
        own.write_bytes(msgspec.msgpack.encode(kept))
        own.replace(beside)


def _parsed(raw: bytes, digest: bytes, *, template: bool) -> Contents:
    # Only here: importing Babel's reader takes longer than most commands do, and most find the file kept.
    from babel.messages.pofile import PoFileError, read_po

    try:
        catalog = read_po(BytesIO(raw), abort_invalid=True)
    except PoFileError as error:
        return Contents(digest, DEFAULT_PLURAL, {}, {"": f"the file cannot be read: {error}"})
    messages: dict[str, SaidSentence] = {}
    problems: dict[str, str] = {}
    for entry in catalog:
        if not entry.id:
            continue
        key = entry.context or ""
        asked = _forms(entry.id)
        said = asked if template else _forms(entry.string)
        wrong = _wrong(entry, asked, said, 2 if template else catalog.num_plurals)
        if not key or key in messages:
            wrong = "has no key" if not key else "stands there twice"
        if wrong:
            problems[key or asked[0]] = wrong
        else:
            messages[key] = SaidSentence(asked, said)
    return Contents(digest, catalog.plural_expr, messages, problems)


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def _wrong(entry: "Message", asked: tuple[str, ...], said: tuple[str, ...], plurals: int) -> str:
    """Why a translation cannot be used; empty where it can."""
    if entry.fuzzy:
        return "is marked fuzzy"
    if not said or not all(said):
        return "is not translated"
    if len(said) != (plurals if len(asked) > 1 else 1):
        return f"has {len(said)} forms, and the language has {plurals}"
    try:
        # One form may leave out the number, as in `a day`.
        free = {"count"} if len(asked) > 1 else set()
        wanted = _blanks(asked[-1])
        differing = [one for one in said if (_blanks(one) ^ wanted) - free]
    except ValueError as error:
        return f"has a brace too many or too few ({error})"
    return f"has other blanks: {differing[0]!r}" if differing else ""


def _blanks(text: str) -> set[str]:
    return set(_names(text))


def _names(text: str) -> Iterator[str]:
    for _, name, _, _ in Formatter().parse(text):
        if name is not None:
            yield name
