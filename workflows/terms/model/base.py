"""Words that all parts of a terms file share."""

from typing import Literal

import msgspec

from workflows.words import Language

Party = Literal["controller", "processor"]
"""Who must or may act within a period; decides which way a last day may move (I-05, I-06)."""


Form = Literal["any", "text", "written"]
"""How something must be said: `text`, in words that can be read and kept and that say who sends them (Textform, § 126b
BGB: a mail will do, a telephone call will not, and nothing is signed); `written`, in writing, as its text means it."""


Role = Literal["contract", "security", "privacy"]
"""What a customer's contact is there for."""


class Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Anything in a terms file that rests on a clause.

    `ids` are the numbers of the rows that this part carries, in the clause-by-clause reading of the
    agreement on which the file rests; a row that is no rule stands in `statements`. A text that customers
    see may have a Dutch twin (`text_nl`, `duty_nl`); where that is empty the text itself is shown. A file may
    also write it as a table by language (`text = { en = "…", de = "…" }`): `in_languages` has all of them then, by
    the key that they stand under.
    """

    ids: tuple[str, ...] = ()
    in_languages: dict[str, dict[Language, str]] = {}
