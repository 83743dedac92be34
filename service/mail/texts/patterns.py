"""A mail written once for all who are told the same: what is a reader's own is put in afterwards.

Ten thousand customers who are told of a change read the same mail but for their names and their links. So templates are
run with blanks in place of those, and what comes of it is kept as a pattern by all else that they were given. That is
right as long as a blank is only printed, which is all that packaged templates do with one; a filter that would do more
says so (`NoPattern`), and the mail is written in full.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from markupsafe import escape
from msgspec.structs import replace

from service.mail.kinds.views import MailAgreement
from service.mail.texts.flowing import flow, words_of
from workflows.words import Spoken

T = TypeVar("T", bound=msgspec.Struct)

OWN: Final = ("customer", "contact", "notice_url", "page_url", "link_url", "url")
"""Variables that are a reader's own; of its `agreement` the references are, too."""
MOST: Final = 128
"""Patterns that are kept, each as long as its mail."""
_MARK: Final = "".join(chr(0xF1000 + secrets.randbelow(0xE000)) for _ in range(4))
"""What begins a blank. No text holds it: such letters have no meaning, and these four are drawn by each process."""
_FIRST_BLANK: Final = 0xF0000
_BLANK: Final = re.compile(f"{_MARK}=(.)")
_FLOWED: Final = re.compile(f"{_MARK}<(.*?){_MARK},(.*?){_MARK},(.*?){_MARK}>", re.DOTALL)


class NoPattern(Exception):
    """What a template does with a reader's own words hangs on which they are."""


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph with blanks: it is broken into lines once they are filled."""

    first: str
    rest: str
    pieces: tuple[str | int, ...]


Pieces = tuple[str | int | Paragraph, ...]
"""Words as they are, and numbers of blanks."""


def flowed(text: str, first: str = "", rest: str = "") -> str:
    """`flow` for templates: a paragraph that has a blank is left for later."""
    text = str(text)
    if _MARK not in text:
        return flow(text, first, rest)
    if f"{_MARK}<" in text:
        raise NoPattern("a paragraph within a paragraph")
    # One line until then, as whoever leaves out empty lines would have it.
    return f"{_MARK}<{first}{_MARK},{rest}{_MARK},{' '.join(words_of(text))}{_MARK}>"


def upper(text: str) -> str:
    """Capital letters, for templates."""
    if _MARK in text:
        raise NoPattern("capital letters")
    return text.upper()


class Patterns:
    """The patterns of one set of templates; those that were not used for the longest time go."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, MailPattern | None] = OrderedDict()

    def write(self, what: Hashable, variables: Mapping[str, Any], write: Callable[[Mapping[str, Any]], T]) -> T:
        """What `write` makes of the variables, by a pattern where one can be; `what` tells apart what is written.

        Its fields are plain text, but for one that is called `html`. Raises what `write` raises.
        """
        blanked, words = with_blanks(variables)
        try:
            key = what, msgspec.msgpack.encode(blanked, enc_hook=_with_language)
        except TypeError:
            return write(variables)
        if key in self._kept:
            self._kept.move_to_end(key)
        else:
            self._kept[key] = _pattern(write, blanked)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        pattern = self._kept[key]
        return pattern.filled(words) if pattern is not None else write(variables)


def with_blanks(variables: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Variables with blanks for a reader's own words, and those. What is not one line of words stays as it is."""
    made, words = dict(variables), list[str]()

    def blank(value: Any) -> Any:
        if type(value) is not str or not value or " ".join(words_of(value)) != value:
            return value
        words.append(value)
        return f"{_MARK}={chr(_FIRST_BLANK + len(words) - 1)}"

    for name in OWN:
        if name in made:
            made[name] = blank(made[name])
    agreement = made.get("agreement")
    if isinstance(agreement, MailAgreement):
        made["agreement"] = replace(agreement, references=blank(agreement.references))
    return made, words


def _with_language(value: object) -> object:
    """What a text in a language of its own is known by. Raises NotImplementedError for anything else."""
    if isinstance(value, Spoken):
        return value.lang, str(value), value.foreign
    raise NotImplementedError


class MailPattern:
    """What came of templates that were run with blanks, taken apart at them."""

    def __init__(self, written: msgspec.Struct) -> None:
        self._type = type(written)
        self._fields = [(name, pieces_of(getattr(written, name))) for name in written.__struct_fields__]

    def filled(self, words: Sequence[str]) -> Any:
        escaped = [str(escape(one)) for one in words]
        return self._type(*(_fill(pieces, escaped if name == "html" else words) for name, pieces in self._fields))


def _pattern(write: Callable[[Mapping[str, Any]], T], blanked: Mapping[str, Any]) -> MailPattern | None:
    try:
        return MailPattern(write(blanked))
    except NoPattern:
        return None


def pieces_of(text: str) -> Pieces:
    """What was written with blanks, taken apart at them."""
    found: list[str | int | Paragraph] = []
    rest = _FLOWED.split(text)
    for at in range(0, len(rest) - 1, 4):
        words, first, after, paragraph = rest[at : at + 4]
        found += [*_at_blanks(words), Paragraph(first, after, _at_blanks(paragraph))]
    return (*found, *_at_blanks(rest[-1]))


def _at_blanks(text: str) -> tuple[str | int, ...]:
    return tuple(ord(one) - _FIRST_BLANK if at % 2 else one for at, one in enumerate(_BLANK.split(text)))


def _fill(pieces: Pieces, words: Sequence[str]) -> str:
    said: list[str] = []
    for one in pieces:
        if isinstance(one, Paragraph):
            said.append(flow(_fill(one.pieces, words), one.first, one.rest))
        else:
            said.append(words[one] if isinstance(one, int) else one)
    return "".join(said)
