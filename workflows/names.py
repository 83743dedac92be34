"""Whether two names are the same name, however they were typed. Pure.

One list comes from Windows with composed letters and from a Mac with decomposed ones; programs put no-break spaces,
curly apostrophes and invisible characters into what people typed. None of that tells two parties apart.
`termijn_name_key` in the database is the same function (a test compares them).
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_ALIKE: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4\u0060", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
"""Apostrophes, quotation marks and hyphens that keyboards and word processors put for one another."""
UNSEEN: Final = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
"""Characters that nobody sees, as the class of a pattern has them."""
_UNSEEN: Final = re.compile(rf"[{UNSEEN}\U000e0000-\U000e0fff]+")
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
    shown = _UNSEEN.sub("", text)
    return any(unicodedata.category(one)[0] in _DRAWN and one not in _BLANK for one in shown)


def name_key(name: str) -> str:
    """A name as it is compared: without regard to capitals, spaces and the ways in which one letter is written.

    Accents count: José is not Jose.
    """
    folded = written_key(name).casefold()
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def written_key(text: str) -> str:
    """A number or code of somebody else's books as it is compared: as `name_key`, but capitals count."""
    seen = _UNSEEN.sub("", text.translate(_ALIKE))
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", seen)).strip()


def name_keys(names: Iterable[str]) -> list[str]:
    """The key of each name, in the order given."""
    return [name_key(name) for name in names]


def same_name(one: str, other: str) -> bool:
    """Whether two names are one."""
    return name_key(one) == name_key(other)
