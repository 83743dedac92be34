"""Whether two names are the same name, however they were typed, and what a name may not have in it. Pure.

One list comes from Windows with composed letters and from a Mac with decomposed ones; programs put no-break spaces,
curly apostrophes and invisible characters into what people typed. None of that tells two parties apart.
`termijn_name_key` in the database is the same function (a test compares them).

A name is refused that would read otherwise than it is stored, or has something in it that nobody sees: two parties
could be made to look like one. What joins letters (U+200C, U+200D) stays, since Persian, Hindi and emoji need it.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_ALIKE: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4\u0060", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
"""Apostrophes, quotation marks and hyphens that keyboards and word processors put for one another."""
IGNORED: Final = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
"""Characters that show nothing and count for nothing where names are compared, as the class of a pattern has them."""
DIRECTING: Final = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks that turn the direction of text, as they stand in a class of a regular expression."""
UNSEEN: Final = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\u2800\u3164\ufeff"
    r"\uffa0\ufff9-\ufffb"
)
"""Characters that show nothing and that no name needs, likewise."""
_DIRECTING: Final = re.compile(f"[{DIRECTING}]")
_NOT_SEEN: Final = re.compile(f"[{UNSEEN}]")
_IGNORED: Final = re.compile(rf"[{IGNORED}\U000e0000-\U000e0fff]+")
_SPACE: Final = re.compile("[\t-\r\x1c-\x20\x85\u1680\u2028\u2029]+")


_BLANK: Final = frozenset("\u2800\U0001d159")
"""Signs that are drawn as nothing: the empty pattern of Braille and the null notehead (The Unicode Standard, charts
U+2800 and U+1D100)."""
_DRAWN: Final = ("L", "N", "P", "S")
"""General categories of what is drawn by itself; marks are drawn on something else, and the rest is not at all."""


def can_be_seen(text: str) -> bool:
    """Whether anything in a text shows: a letter, a number, a punctuation mark or a sign.

    Letters that are drawn as nothing, such as U+3164, are among those which Unicode lists as
    Default_Ignorable_Code_Point (DerivedCoreProperties.txt); comparing leaves them out too.
    """
    shown = _IGNORED.sub("", text)
    return any(unicodedata.category(one)[0] in _DRAWN and one not in _BLANK for one in shown)


@lru_cache(maxsize=8192)
def name_key(name: str) -> str:
    """A name as it is compared: without regard to capitals, spaces and the ways in which one letter is written.

    Accents count: José is not Jose.
    """
    folded = written_key(name).casefold()
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def written_key(text: str) -> str:
    """A number or code of somebody else's books as it is compared: as `name_key`, but capitals count."""
    seen = _IGNORED.sub("", text.translate(_ALIKE))
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", seen)).strip()


def hidden_problem(name: str) -> str | None:
    """Say what a name has in it that hides something, and what to do; None where it shows as it is."""
    if _DIRECTING.search(name):
        return "has marks that change the direction of text: leave them out"
    if found := _NOT_SEEN.search(name):
        return f"has the character U+{ord(found[0]):04X}, which nobody sees: leave it out"
    return None


def name_keys(names: Iterable[str]) -> list[str]:
    """The key of each name, in the order given."""
    return [name_key(name) for name in names]


def same_name(one: str, other: str) -> bool:
    """Whether two names are one."""
    return name_key(one) == name_key(other)
