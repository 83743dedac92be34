"""Whether two names are the same name, however they were typed, and what a name may not have in it. Pure.

One list comes from Windows with composed letters and from a Mac with decomposed ones; programs put no-break spaces,
curly apostrophes and invisible characters into what people typed. None of that tells two parties apart.
`termijn_name_key` in the database is the same function (a test compares them).

A name is refused that would read otherwise than it is stored, or has something in it that nobody sees: two parties
could be made to look like one. What joins letters (U+200C, U+200D) stays, since Persian, Hindi and emoji need it, and
so does what gives the character before it another form, behind one that has such forms: an emoji, a flag, an ideograph,
a Mongolian letter.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from workflows.unicode import normalise

_ALIKE: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4\u0060", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
"""Apostrophes, quotation marks and hyphens that keyboards and word processors put for one another."""
DIRECTING: Final = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks that turn the direction of text, as they stand in a class of a regular expression. So do the others."""
_JOINING: Final = r"\u200c\u200d"
_SELECTING: Final = r"\u180b-\u180d\u180f\ufe00-\ufe0f"
"""What gives the character before it another form."""
_NEVER: Final = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
"""What shows nothing and no name needs."""
IGNORED: Final = _NEVER + DIRECTING + _JOINING + _SELECTING
"""Characters that show nothing and count for nothing where names are compared. Those beyond U+FFFF, for which JSON
Schema has no escape, stand in `_BEYOND`."""
_BEYOND: Final = "\U000e0000-\U000e0fff"
"""Likewise: tags and the selectors of ideographs."""
_BLANK: Final = "\u2800\U0001d159"
"""Signs that are drawn as nothing: the empty pattern of Braille and the null notehead (The Unicode Standard, charts
U+2800 and U+1D100)."""
_STEERING: Final = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
"""What steers the drawing of shorthand and of music, and is not drawn itself."""
UNSEEN: Final = rf"{_NEVER}{_SELECTING}{_BEYOND}{_BLANK}{_STEERING}\u2028\u2029"
"""What a name has not in it outside `FORMED`: all that is ignored, but for what joins or directs, and what is blank."""
_EMOJI: Final = (
    r"\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff\u3030"
    "\\u303d\\u3297\\u3299\U0001f000-\U0001faff"
)
_IDEOGRAPHS: Final = "\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\U00020000-\U0003ffff"
FORMED: Final = (
    rf"[{_EMOJI}][\ufe0e\ufe0f]|[#*0-9]\ufe0f(?=\u20e3)|[\u1820-\u18aa][\u180b-\u180d\u180f]"
    + rf"|[{_IDEOGRAPHS}][\ufe00-\ufe02"
    + "\U000e0100-\U000e01ef]|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
)
"""A character with what gives it another form, as a pattern (Unicode's emoji-variation-sequences.txt and
StandardizedVariants.txt, the Ideographic Variation Database; tags make a flag: UTS 51, ED-14a)."""
_DIRECTING: Final = re.compile(f"[{DIRECTING}]")
_FORMED: Final = re.compile(FORMED)
_NOT_SEEN: Final = re.compile(f"[{UNSEEN}]")
_IGNORED: Final = re.compile(f"[{IGNORED}{_BEYOND}]+")
_SPACE: Final = re.compile("[\t-\r\x1c-\x20\x85\u1680\u2028\u2029]+")


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
    return _SPACE.sub(" ", normalise("NFKC", folded)).strip()


def written_key(text: str) -> str:
    """A number or code of somebody else's books as it is compared: as `name_key`, but capitals count."""
    seen = _IGNORED.sub("", text.translate(_ALIKE))
    return _SPACE.sub(" ", normalise("NFKC", seen)).strip()


def hidden_problem(name: str) -> str | None:
    """Say what a name has in it that hides something, and what to do; None where it shows as it is."""
    if _DIRECTING.search(name):
        return "has marks that change the direction of text: leave them out"
    if found := _NOT_SEEN.search(_FORMED.sub("", name)):
        return f"has the character U+{ord(found[0]):04X}, which nobody sees: leave it out"
    return None


def name_keys(names: Iterable[str]) -> list[str]:
    """The key of each name, in the order given."""
    return [name_key(name) for name in names]


def same_name(one: str, other: str) -> bool:
    """Whether two names are one."""
    return name_key(one) == name_key(other)
